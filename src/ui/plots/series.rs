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
    /// Whether each point has a dot: readings that stand far apart.
    pub(crate) has_dots: bool,
}

/// Two readings further apart than this many of their usual distances have an outage between them.
const BRIDGED: f64 = 2.0;

/// What was measured, as a line that a slow sensor's blanks do not break and an outage does.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Measured {
    /// The readings, with a NaN where nothing was measured for long.
    pub(crate) points: Vec<[f64; 2]>,
    /// Whether most readings stand more than a step apart.
    pub(crate) is_slow: bool,
    /// The share of the whole stretch that the line covers.
    pub(crate) covered_frac: f64,
}

impl Measured {
    /// The line through a column whose first value stands at `first_x`.
    pub(crate) fn of(column: &[f64], first_x: f64, step: f64) -> Self {
        let known: Vec<usize> = (0..column.len())
            .filter(|&index| column[index].is_finite())
            .collect();
        let mut apart: Vec<usize> = known.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let middle = apart.len() / 2;
        let usual = match apart.len() {
            0 => 1,
            _ => *apart.select_nth_unstable(middle).1,
        };
        let most = BRIDGED * usual as f64;
        let x = |index: usize| first_x + index as f64 * step;
        let mut points: Vec<[f64; 2]> = Vec::with_capacity(known.len());
        let (mut before, mut n_missing) = (None, 0);
        for &index in &known {
            let is_far = |before: &usize| (index - before) as f64 > most;
            if let Some(before) = before.filter(is_far) {
                points.push([x(before + 1), f64::NAN]);
                n_missing += index - before - 1;
            }
            points.push([x(index), column[index]]);
            before = Some(index);
        }
        // Both ends may wait for a reading as long as any other stretch.
        let ends = [
            known.first().copied().unwrap_or(column.len()),
            before.map_or(0, |last| column.len() - 1 - last),
        ];
        n_missing += ends
            .into_iter()
            .filter(|&end| end as f64 > most)
            .sum::<usize>();
        Self {
            points,
            is_slow: usual > 1,
            covered_frac: 1.0 - n_missing as f64 / column.len().max(1) as f64,
        }
    }

    /// At most about so many of its readings; every outage stays.
    pub(crate) fn thinned(mut self, most: usize) -> Self {
        let every = self.points.len().div_ceil(most.max(1)).max(1);
        let mut n_seen = 0;
        self.points.retain(|point| {
            n_seen += 1;
            point[1].is_nan() || (n_seen - 1) % every == 0
        });
        self
    }
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
    fn an_outage_breaks_the_line_and_a_slow_sensor_is_joined() {
        let mut column = vec![1.0; 100];
        column[20] = f64::NAN;
        column[40..60].fill(f64::NAN);
        let fast = Measured::of(&column, -5.0, 2.0);
        assert_eq!(runs_of_numbers(&fast.points), [0..39, 40..80], "one break");
        assert!(!fast.is_slow && (fast.covered_frac - 0.8).abs() < 1e-9);
        assert!(
            (fast.points[1][0] + 3.0).abs() < 1e-9,
            "{:?}",
            fast.points[1]
        );

        // A laboratory's value each ten steps, one left out, then an outage of fifty.
        let is_read =
            |step: &usize| step.is_multiple_of(10) && *step != 30 && !(100..150).contains(step);
        let column: Vec<f64> = (0..300)
            .map(|step| {
                if is_read(&step) {
                    step as f64
                } else {
                    f64::NAN
                }
            })
            .collect();
        let slow = Measured::of(&column, 0.0, 1.0);
        assert!(slow.is_slow);
        assert_eq!(runs_of_numbers(&slow.points), [0..9, 10..25]);
        assert!(slow.covered_frac > 0.75 && slow.covered_frac < 0.85);

        let none = Measured::of(&[f64::NAN; 50], 0.0, 1.0);
        assert!(none.points.is_empty() && none.covered_frac < 1e-9);
        let one = Measured::of(&[f64::NAN, 4.0, f64::NAN], 0.0, 1.0);
        assert_eq!(one.points, [[1.0, 4.0]]);
    }

    #[test]
    fn thinning_keeps_every_outage() {
        let mut column = vec![1.0; 10_000];
        column[4_001..4_500].fill(f64::NAN);
        let thin = Measured::of(&column, 0.0, 1.0).thinned(100);
        assert!(thin.points.len() <= 102, "{}", thin.points.len());
        assert_eq!(runs_of_numbers(&thin.points).len(), 2);
    }

    #[test]
    fn extents_pass_over_what_is_no_number() {
        assert_eq!(extent([f64::NAN, 2.0, -1.0].into_iter()), Some((-1.0, 2.0)));
        assert_eq!(extent([f64::INFINITY].into_iter()), None);
    }
}
