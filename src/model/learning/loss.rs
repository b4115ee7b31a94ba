//! What errors are measured by, and which loss a step takes.

use crate::{base::to_f32, model::prepared::Prepared};

/// The smallest scale, in units of an output's spread.
pub(crate) const SCALE_FLOOR: f32 = 1e-3;
/// Bounds of the log scale.
pub(crate) const LOG_SCALE: [f32; 2] = [-7.0, 2.0];
/// Errors beyond so many scales count linearly.
pub(crate) const BEND: f32 = 4.0;

/// What errors are measured by.
#[derive(Debug, Clone)]
pub(crate) struct Gauge {
    /// Standard deviation of each output over all folds, `[O]`.
    pub(crate) spread: Vec<f32>,
    /// Lower and upper end that each output cannot pass, `[O]`: a value there is a bound.
    pub(crate) rails: Vec<[f32; 2]>,
}

impl Gauge {
    /// The gauge of some data.
    pub(crate) fn of(prep: &Prepared) -> Self {
        let spread = |output: usize| {
            let (mut count, mut sum, mut square) = (0.0_f64, 0.0_f64, 0.0_f64);
            for block in prep.folds.iter().flatten() {
                let obs = &prep.episodes[block.episode].obs;
                let rows = obs[block.start * prep.n_obs..block.end * prep.n_obs].iter();
                for value in rows.skip(output).step_by(prep.n_obs) {
                    let value = f64::from(*value);
                    if value.is_finite() {
                        (count, sum, square) = (count + 1.0, sum + value, square + value * value);
                    }
                }
            }
            let mean = sum / count.max(1.0);
            to_f32((square / count.max(1.0) - mean * mean).max(1e-8).sqrt())
        };
        Self {
            spread: (0..prep.n_obs).map(spread).collect(),
            rails: prep.rails.clone(),
        }
    }
}

/// Which loss the mean is trained with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Huber loss on the mean; the scale learns beside it.
    Huber,
    /// A likelihood whose terms are weighted by their scale (Seitzer et al. 2022).
    Likelihood,
}

impl Phase {
    /// The loss of a step, where a share of all steps begins with the Huber loss.
    pub(crate) fn at(step: usize, n_steps: usize, huber_share: f64) -> Self {
        if (step as f64) < huber_share * n_steps as f64 {
            Self::Huber
        } else {
            Self::Likelihood
        }
    }
}

/// The root of a mean; infinite where it is none.
pub(crate) fn root_mean(square: f64, count: f64) -> f64 {
    let error = (square / count.max(1.0)).sqrt();
    if error.is_finite() {
        error
    } else {
        f64::INFINITY
    }
}

/// Each fold's ratio of a new error to an old one, for no more than a factor of 20; not a number is
/// the worst. A fold where both are 0 is left out: nothing was measured in it.
pub(crate) fn ratios(pairs: impl Iterator<Item = (f64, f64)>) -> Vec<f64> {
    let told = pairs.filter(|&(new, old)| new != 0.0 || old != 0.0);
    let bounded = |(new, old): (f64, f64)| {
        let ratio = new / old;
        if ratio.is_nan() {
            20.0
        } else {
            ratio.clamp(0.05, 20.0)
        }
    };
    told.map(bounded).collect()
}

/// The geometric mean of ratios, 1 where there are none.
pub(crate) fn geometric_mean(ratios: &[f64]) -> f64 {
    let sum: f64 = ratios.iter().map(|ratio| ratio.ln()).sum();
    (sum / ratios.len().max(1) as f64).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fold_without_a_measurement_says_nothing_and_one_that_went_wrong_says_the_worst() {
        let of = |pairs: &[(f64, f64)]| geometric_mean(&ratios(pairs.iter().copied()));
        assert!((of(&[(0.5, 1.0), (0.0, 0.0)]) - 0.5).abs() < 1e-12);
        assert!((of(&[(0.0, 0.0)]) - 1.0).abs() < 1e-12);
        assert!((of(&[(f64::INFINITY, f64::INFINITY)]) - 20.0).abs() < 1e-9);
        assert!((of(&[(0.1, 0.0)]) - 20.0).abs() < 1e-9);
        assert!((of(&[(0.0, 1.0)]) - 0.05).abs() < 1e-9);
    }

    #[test]
    fn a_gauge_skips_what_is_missing_and_is_never_0() {
        let nan = f32::NAN;
        let one = Prepared::of_columns(vec![1.0, nan, 3.0, nan], vec![0.0; 4], 2);
        assert!((Gauge::of(&one).spread[0] - 1.0).abs() < 1e-6);
        let none = Prepared::of_columns(vec![nan; 4], vec![0.0; 4], 2);
        assert!(Gauge::of(&none).spread[0] > 0.0);
    }
}
