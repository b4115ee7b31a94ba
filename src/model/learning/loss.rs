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

/// A ratio of errors that counts for no more than a factor of 20; not a number is the worst.
pub(crate) fn bounded(ratio: f64) -> f64 {
    if ratio.is_nan() {
        20.0
    } else {
        ratio.clamp(0.05, 20.0)
    }
}
