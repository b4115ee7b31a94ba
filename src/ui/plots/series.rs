//! Lines and areas as a lane draws them; a NaN breaks a line.

use eframe::egui::Color32;

/// A line of a lane.
#[derive(Debug, Clone)]
pub(crate) struct Trace {
    /// What it is, for the accessible name.
    pub(crate) name: String,
    /// Points in order of x; NaN breaks the line.
    pub(crate) points: Vec<[f64; 2]>,
    /// Its color.
    pub(crate) color: Color32,
    /// Its width in points.
    pub(crate) width: f32,
}

/// A filled area between two lines.
#[derive(Debug, Clone)]
pub(crate) struct Area {
    /// What it is.
    pub(crate) name: String,
    /// Positions, ascending.
    pub(crate) xs: Vec<f64>,
    /// Lower line.
    pub(crate) lo: Vec<f64>,
    /// Upper line.
    pub(crate) hi: Vec<f64>,
    /// Fill, with its opacity.
    pub(crate) color: Color32,
    /// Hatched instead of filled: beyond what the data support.
    pub(crate) is_hatched: bool,
}

/// The stretches of a line that hold numbers, as ranges of indices.
pub(crate) fn runs_of_numbers(points: &[[f64; 2]]) -> Vec<std::ops::Range<usize>> {
    let mut runs = Vec::new();
    let mut start = None;
    for (index, point) in points.iter().enumerate() {
        match (point[1].is_finite(), start) {
            (true, None) => start = Some(index),
            (false, Some(first)) => {
                runs.push(first..index);
                start = None;
            }
            _ => {}
        }
    }
    if let Some(first) = start {
        runs.push(first..points.len());
    }
    runs
}

/// Least and greatest finite number of some numbers.
pub(super) fn extent(numbers: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    numbers
        .filter(|number| number.is_finite())
        .fold(None, |range, number| {
            let (low, high) = range.unwrap_or((number, number));
            Some((low.min(number), high.max(number)))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_value_breaks_the_line() {
        let points = [[0.0, 1.0], [1.0, f64::NAN], [2.0, 3.0], [3.0, 4.0]];
        assert_eq!(runs_of_numbers(&points), [0..1, 2..4]);
        assert!(runs_of_numbers(&[[0.0, f64::NAN]]).is_empty());
    }

    #[test]
    fn extents_pass_over_what_is_no_number() {
        assert_eq!(extent([f64::NAN, 2.0, -1.0].into_iter()), Some((-1.0, 2.0)));
        assert_eq!(extent([f64::INFINITY].into_iter()), None);
    }
}
