//! The bands of one output of one family, as they are asked for step by step.

use crate::base::to_count;

/// The 95 % point of the standard normal distribution.
pub(crate) const Z90: f64 = 1.644_853_6;

/// The calibration of one output of one family; lengths are in units of the predicted scale.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Calibration {
    /// The middle of each bucket as the logarithm of the step, first step = 1.
    pub(crate) knots: Vec<f64>,
    /// Half width of the 50 % band at each knot.
    pub(crate) half50: Vec<f64>,
    /// Half width of the 90 % band at each knot.
    pub(crate) half90: Vec<f64>,
    /// The same two while inputs stay inside those met; never larger.
    pub(crate) inside: [Vec<f64>; 2],
    /// Usual variance between members at each knot.
    pub(crate) between: Vec<f64>,
    /// Share of the noise's variance that has a memory.
    pub(crate) slow_share: f64,
    /// What is left of that part after a step.
    pub(crate) rho: f64,
    /// See [`crate::model::FittedModel::spread_scale`].
    pub(crate) spread_scale: f64,
}

impl Calibration {
    /// For an output without any left-out measurement: as wide as the output ever moved.
    pub(super) fn unknown(spread_scale: f64) -> Self {
        Self {
            knots: vec![0.0],
            half50: vec![0.6745],
            half90: vec![Z90],
            inside: [vec![0.6745], vec![Z90]],
            between: vec![0.0],
            slow_share: 1.0,
            rho: 0.99,
            spread_scale,
        }
    }

    /// Half widths of the 50 % and 90 % band at a step, first step = 0; `likeness` as in
    /// [`crate::model::caution::likeness`], 1 inside what was met.
    pub(crate) fn halves(&self, step: usize, likeness: f64) -> [f64; 2] {
        let (at, weight) = self.place(step);
        [(&self.half50, 0), (&self.half90, 1)].map(|(anywhere, which)| {
            let inside = blend(&self.inside[which], at, weight);
            likeness * inside + (1.0 - likeness) * blend(anywhere, at, weight)
        })
    }

    /// Standard deviation of the whole error at a step, with the same likeness.
    pub(crate) fn sigma(&self, step: usize, likeness: f64) -> f64 {
        self.halves(step, likeness)[1] / Z90
    }

    /// Usual variance between members at a step.
    pub(crate) fn between_at(&self, step: usize) -> f64 {
        let (at, weight) = self.place(step);
        blend(&self.between, at, weight)
    }

    /// Steps up to which left-out runs measured the bands; beyond them the last one is held.
    ///
    /// A knot is the middle of a bucket, and a bucket begins at a power of two (see
    /// [`super::cells::buckets`]) and is between a third and five thirds as long: so its end is
    /// where the middle says.
    pub(crate) fn measured_steps(&self) -> usize {
        let Some(last) = self.knots.last() else {
            return 0;
        };
        let middle = last.exp() - 0.5;
        let first = if middle < 1.0 {
            0.0
        } else {
            middle.log2().floor().exp2()
        };
        to_count((2.0 * middle - first).round())
    }

    /// The knot below a step and the weight of the next one; held beyond both ends.
    fn place(&self, step: usize) -> (usize, f64) {
        let x = (step as f64).ln_1p();
        let above = self.knots.partition_point(|&knot| knot <= x);
        if above == 0 {
            return (0, 0.0);
        }
        if above == self.knots.len() {
            return (above - 1, 0.0);
        }
        let (left, right) = (self.knots[above - 1], self.knots[above]);
        (above - 1, (x - left) / (right - left))
    }
}

fn blend(values: &[f64], at: usize, weight: f64) -> f64 {
    let next = values.get(at + 1).copied().unwrap_or(values[at]);
    values[at] * (1.0 - weight) + next * weight
}
