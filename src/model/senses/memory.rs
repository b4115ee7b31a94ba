//! How long a record stays true: what it tells of records that come later.

use super::Record;

/// Lags of the knots: 1, 2, 4, … steps.
const KNOTS: usize = 14;
/// Fewer pairs say nothing of a lag.
const MIN_PAIRS: f64 = 8.0;

/// For each number of a reading, which share of it is still there at a later step.
///
/// It is the slope of a later record's number on the present one's, so that noise in a record, a
/// short memory and a change of lot all lower it, and nothing has to be assumed of their shape.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Memory {
    /// Slopes at lags of 1, 2, 4, … steps, `[D][KNOTS]`; never rising.
    pub(crate) slopes: Vec<Vec<f64>>,
}

impl Memory {
    /// Measures the slopes between records (ordered by episode and step) and what came later.
    /// `said` holds the reading at each record's own step.
    pub(super) fn fit(records: &[Record], said: &[Vec<f64>]) -> Self {
        let n_dims = said.first().map_or(0, Vec::len);
        let mut top = vec![vec![0.0; KNOTS]; n_dims];
        let mut bottom = vec![vec![0.0; KNOTS]; n_dims];
        let mut count = [0.0; KNOTS];
        for (at, now) in records.iter().enumerate() {
            let later = &records[at + 1..];
            for (knot, count) in count.iter_mut().enumerate() {
                let lag = 1_usize << knot;
                let from = (now.episode, now.step + lag);
                let next = later.partition_point(|one| (one.episode, one.step) < from);
                let Some(then) = later.get(next) else { break };
                if then.episode != now.episode {
                    break;
                }
                if then.step >= now.step + 2 * lag {
                    continue;
                }
                *count += 1.0;
                for dim in 0..n_dims {
                    top[dim][knot] += said[at][dim] * then.numbers[dim];
                    bottom[dim][knot] += said[at][dim] * said[at][dim];
                }
            }
        }
        let slopes = top.iter().zip(&bottom);
        let slopes = slopes.map(|(top, bottom)| falling(top, bottom, &count));
        Self {
            slopes: slopes.collect(),
        }
    }

    /// What is left of one number after some steps.
    pub(crate) fn left(&self, dim: usize, lag: usize) -> f64 {
        let slopes = &self.slopes[dim];
        let place = (lag.max(1) as f64).log2();
        let below = slopes
            .len()
            .saturating_sub(1)
            .min(lag.max(1).ilog2() as usize);
        let above = (below + 1).min(slopes.len() - 1);
        let weight = (place - below as f64).clamp(0.0, 1.0);
        slopes[below] * (1.0 - weight) + slopes[above] * weight
    }

    /// What is left at each step of what was left at step `until`, of the number that lasts longest;
    /// all of it before.
    pub(super) fn parts(memories: &[&Self], until: usize, n_steps: usize) -> Vec<f64> {
        let left = |lag: usize| {
            let numbers = memories
                .iter()
                .flat_map(|one| (0..one.slopes.len()).map(move |dim| one.left(dim, lag)));
            numbers.fold(0.0, f64::max)
        };
        let known = left(until);
        let part = |step: usize| {
            if step < until {
                1.0
            } else if known > 0.0 {
                (left(step + 1) / known).min(1.0)
            } else {
                0.0
            }
        };
        (0..n_steps).map(part).collect()
    }
}

/// Slopes between 0 and 1 that never rise; a lag that was never met takes its neighbour's.
fn falling(top: &[f64], bottom: &[f64], count: &[f64]) -> Vec<f64> {
    let known = |knot: usize| {
        (count[knot] >= MIN_PAIRS && bottom[knot] > 0.0).then(|| top[knot] / bottom[knot])
    };
    let first = (0..top.len()).find_map(known).unwrap_or(1.0);
    let mut least = first.clamp(0.0, 1.0);
    let mut slopes = Vec::with_capacity(top.len());
    for knot in 0..top.len() {
        least = known(knot).unwrap_or(least).clamp(0.0, least);
        slopes.push(least);
    }
    slopes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_every_time_is_forgotten_and_what_stays_is_kept() {
        let mut records = Vec::new();
        for step in 0..400_usize {
            // One number stays for 100 steps, the other jumps about without memory.
            let lot = if (step / 100).is_multiple_of(2) {
                1.0
            } else {
                -1.0
            };
            let noise = if (step * 7919 % 13).is_multiple_of(2) {
                1.0
            } else {
                -1.0
            };
            records.push(Record {
                episode: 0,
                step: step * 2,
                numbers: vec![lot, noise],
            });
        }
        let said: Vec<Vec<f64>> = records.iter().map(|one| one.numbers.clone()).collect();
        let memory = Memory::fit(&records, &said);
        assert!(memory.left(0, 2) > 0.95 && memory.left(0, 100) < 0.6);
        assert!(memory.left(1, 32) < 0.2, "{:?}", memory.slopes[1]);
        assert!(memory.left(0, 9999) <= memory.left(0, 200));
    }

    #[test]
    fn what_was_heard_has_the_part_that_is_left_of_it() {
        let falls = |from: f64| Memory {
            slopes: vec![
                (0..KNOTS)
                    .map(|knot| from / f64::from(1_u32 << knot))
                    .collect(),
            ],
        };
        let (slow, quick) = (falls(1.0), falls(0.3));
        let parts = Memory::parts(&[&quick, &slow], 4, 16);
        assert_eq!(parts[..4], [1.0; 4]);
        // A quarter is left after four steps, an eighth after eight, a sixteenth after sixteen.
        assert!((parts[7] - 0.5).abs() < 1e-12 && (parts[15] - 0.25).abs() < 1e-12);
        assert!(parts.windows(2).all(|pair| pair[0] >= pair[1]), "{parts:?}");
        // A lot that never changes never loses its part; what is gone at once has none.
        let lot = Memory {
            slopes: vec![vec![0.9; KNOTS]],
        };
        let parts = Memory::parts(&[&quick, &lot], 4, 4000);
        assert!(parts.iter().all(|part| (part - 1.0).abs() < 1e-12));
        let gone = Memory {
            slopes: vec![vec![0.0; KNOTS]],
        };
        assert_eq!(Memory::parts(&[&gone], 2, 4), [1.0, 1.0, 0.0, 0.0]);
    }
}
