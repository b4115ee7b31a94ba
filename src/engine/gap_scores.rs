//! From stretches to scores: pairings, errors by horizon, the heat map.

use super::stretches::Stretch;
use crate::{
    base::to_count,
    data::{Dataset, Split},
    metrics::{Pairing, by_horizon},
};

/// Most columns of the heat map.
const MAX_BUCKETS: usize = 8;
/// Most points of the curve over the horizon.
const MAX_POINTS: usize = 400;

/// Predicted beside measured, `[output][stretch]`.
pub(crate) fn pairings_of(stretches: &[Stretch], n_outputs: usize) -> Vec<Vec<Pairing<'_>>> {
    (0..n_outputs)
        .map(|output| {
            stretches
                .iter()
                .map(|stretch| Pairing {
                    real: &stretch.trace.real[output],
                    mean: &stretch.trace.mean[output],
                    band90: stretch.band90.get(output),
                    draws: &stretch.draws[output],
                    last_seen: stretch.last_seen[output],
                })
                .collect()
        })
        .collect()
}

/// The mean absolute one-step change of a channel in the training blocks; NaN where there is none.
pub(crate) fn naive_mae(dataset: &Dataset, channel: usize) -> f64 {
    let (mut sum, mut n) = (0.0, 0_u64);
    for span in dataset.spans_of(Split::Train) {
        let column = &dataset.episodes[span.episode].columns[channel][span.start..span.end];
        for pair in column.windows(2) {
            let change = (pair[1] - pair[0]).abs();
            if change.is_finite() {
                sum += change;
                n += 1;
            }
        }
    }
    if n == 0 { f64::NAN } else { sum / n as f64 }
}

/// Errors over the horizon, step by step and in buckets that grow.
#[derive(Debug, Clone)]
pub(crate) struct Bucketed {
    /// `(nrmse, coverage90)` of each output and step.
    by_step: Vec<Vec<(f64, f64)>>,
    /// NRMSE of each output and bucket.
    pub(crate) heat: Vec<Vec<f64>>,
    /// The last step of each bucket, counted from 1.
    pub(crate) last_steps: Vec<usize>,
}

impl Bucketed {
    pub(crate) fn new(pairings: &[Vec<Pairing<'_>>]) -> Self {
        let by_step: Vec<Vec<(f64, f64)>> =
            pairings.iter().map(|output| by_horizon(output)).collect();
        let n_steps = by_step.iter().map(Vec::len).max().unwrap_or(0);
        let last_steps = bucket_ends(n_steps);
        let heat = by_step
            .iter()
            .map(|steps| {
                let mut first = 0;
                last_steps
                    .iter()
                    .map(|&last| {
                        let end = last.min(steps.len());
                        let bucket = &steps[first.min(end)..end];
                        first = last;
                        mean_of(bucket.iter().map(|(nrmse, _)| nrmse * nrmse)).sqrt()
                    })
                    .collect()
            })
            .collect();
        Self {
            by_step,
            heat,
            last_steps,
        }
    }
}

/// `(step, nrmse, coverage90)`, mean over channels; long horizons are thinned evenly.
pub(crate) fn pooled_by_horizon(buckets: &Bucketed) -> Vec<(usize, f64, f64)> {
    let n_steps = buckets.by_step.iter().map(Vec::len).max().unwrap_or(0);
    let stride = n_steps.div_ceil(MAX_POINTS).max(1);
    (0..n_steps)
        .step_by(stride)
        .map(|step| {
            let at_step = || {
                buckets
                    .by_step
                    .iter()
                    .filter_map(move |steps| steps.get(step))
            };
            (
                step + 1,
                mean_of(at_step().map(|&(nrmse, _)| nrmse)),
                mean_of(at_step().map(|&(_, coverage)| coverage)),
            )
        })
        .collect()
}

/// The last step of each bucket: about equal ratios, so that near steps are told apart.
fn bucket_ends(n_steps: usize) -> Vec<usize> {
    let n_buckets = n_steps.min(MAX_BUCKETS);
    let mut ends: Vec<usize> = Vec::with_capacity(n_buckets);
    for bucket in 1..=n_buckets {
        let power = bucket as f64 / n_buckets as f64;
        let end = to_count((n_steps as f64).powf(power).round());
        let least = ends.last().map_or(1, |last| last + 1);
        // Leave at least one step to every bucket that follows.
        ends.push(end.clamp(least, n_steps - (n_buckets - bucket)));
    }
    ends
}

/// The mean of the finite numbers; NaN where there is none.
fn mean_of(numbers: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut n) = (0.0, 0_u64);
    for number in numbers.filter(|number| number.is_finite()) {
        sum += number;
        n += 1;
    }
    if n == 0 { f64::NAN } else { sum / n as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_grow_and_end_with_the_horizon() {
        for n_steps in [1, 2, 7, 8, 9, 60, 5000] {
            let ends = bucket_ends(n_steps);
            assert_eq!(ends.last(), Some(&n_steps));
            assert!(ends.windows(2).all(|pair| pair[0] < pair[1]), "{ends:?}");
            assert!(ends.len() <= MAX_BUCKETS);
        }
        assert!(bucket_ends(0).is_empty());
    }

    #[test]
    fn a_mean_of_nothing_is_missing_and_gaps_do_not_count() {
        assert!(mean_of([f64::NAN].into_iter()).is_nan());
        assert!((mean_of([1.0, f64::NAN, 3.0].into_iter()) - 2.0).abs() < 1e-12);
    }
}
