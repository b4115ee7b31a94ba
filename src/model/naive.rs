//! The bar every model must clear: stay as you are, go back to the mean, or something between.

use super::{
    leftout::LeftOut,
    prepared::{Prepared, SimOutput, SimStart, Simulator},
};
use crate::base::to_f32;

/// Shares of the distance to the mean that are left after a step; 1 = persistence, 0 = the mean.
const KEPT: [f64; 9] = [1.0, 0.9995, 0.999, 0.997, 0.99, 0.97, 0.9, 0.7, 0.0];

/// Runs from the last measured value back to the operating point's mean at a fitted pace.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct NaiveModel {
    /// Mean of each output over all folds but the member's, `[M][O]`.
    pub(crate) means: Vec<Vec<f64>>,
    /// Share of the distance to the mean that is left after one step, `[O]`.
    pub(crate) kept: Vec<f64>,
    /// Number of inputs, which it does not look at.
    pub(crate) n_in: usize,
}

impl NaiveModel {
    /// Fits means on the other folds and the pace on left-out starts.
    pub(crate) fn fit(prepared: &Prepared, leftout: &LeftOut) -> Self {
        let n_obs = prepared.n_obs;
        let means = (0..prepared.folds.len())
            .map(|left_out| {
                (0..n_obs)
                    .map(|at| mean_without(prepared, left_out, at))
                    .collect()
            })
            .collect();
        let mut model = Self {
            means,
            kept: vec![1.0; n_obs],
            n_in: prepared.n_in,
        };
        for output in 0..n_obs {
            let mut best = f64::INFINITY;
            for kept in KEPT {
                let error = model.squared_error(leftout, output, kept);
                if error < 0.999 * best {
                    best = error;
                    model.kept[output] = kept;
                }
            }
        }
        model
    }

    fn squared_error(&self, leftout: &LeftOut, output: usize, kept: f64) -> f64 {
        let n_obs = self.kept.len();
        let mut sum = 0.0;
        for start in &leftout.starts {
            let sim = start.sim_start([false; 3]);
            let mean = self.means[start.fold][output];
            let mut distance = self.last(&sim, start.fold, output) - mean;
            for row in start.target.chunks(n_obs) {
                distance *= kept;
                let target = f64::from(row[output]);
                if target.is_finite() {
                    sum += (mean + distance - target).powi(2);
                }
            }
        }
        sum
    }

    fn last(&self, start: &SimStart<'_>, member: usize, output: usize) -> f64 {
        let rows = start.past_obs.chunks(self.kept.len()).rev();
        rows.map(|row| f64::from(row[output]))
            .find(|value| value.is_finite())
            .unwrap_or(self.means[member][output])
    }
}

impl Simulator for NaiveModel {
    fn n_params(&self) -> usize {
        (self.means.len() + 1) * self.kept.len()
    }

    fn n_members(&self) -> usize {
        self.means.len()
    }

    fn simulate(&self, member: usize, starts: &[SimStart<'_>]) -> Vec<SimOutput> {
        let n_obs = self.kept.len();
        starts
            .iter()
            .map(|start| {
                let horizon = start.future_input.len() / self.n_in;
                let mut mean = vec![0.0; horizon * n_obs];
                for output in 0..n_obs {
                    let center = self.means[member][output];
                    let mut distance = self.last(start, member, output) - center;
                    for row in mean.chunks_mut(n_obs) {
                        distance *= self.kept[output];
                        row[output] = to_f32(center + distance);
                    }
                }
                SimOutput {
                    scale: vec![1.0; mean.len()],
                    mean,
                }
            })
            .collect()
    }
}

fn mean_without(prepared: &Prepared, left_out: usize, output: usize) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for (fold, blocks) in prepared.folds.iter().enumerate() {
        for block in blocks.iter().filter(|_| fold != left_out) {
            let rows = &prepared.episodes[block.episode].obs;
            for step in block.start..block.end {
                let value = f64::from(rows[step * prepared.n_obs + output]);
                if value.is_finite() {
                    sum += value;
                    count += 1.0;
                }
            }
        }
    }
    if count > 0.0 { sum / count } else { 0.0 }
}
