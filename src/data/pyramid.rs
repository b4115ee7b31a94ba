//! A min/max pyramid: any range of a long column at any width in little time, spikes kept.

/// A min/max pyramid of one column: any range at any width in little time, spikes kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Pyramid {}

impl Pyramid {
    /// Builds it; blocks of 64 samples upward.
    pub fn build(values: &[f64]) -> Self {
        let _unused = values;
        todo!()
    }

    /// At most four points a pixel of `values[start..end]` as (step, value), in order; every
    /// extreme of every pixel is there; a NaN marks a gap.
    pub fn slice(
        &self,
        values: &[f64],
        start: usize,
        end: usize,
        width_px: usize,
    ) -> Vec<(f64, f64)> {
        let _unused = (values, start, end, width_px);
        todo!()
    }
}
