//! Moves a flat array of parameters by `AdamW`, with a clipped gradient and a mean of weights.

use super::layout::{Layout, decays};

/// How the weights are moved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rate {
    /// Step size.
    pub(super) size: f32,
    /// Pull of the weights towards zero, a step of size 1.
    pub(super) decay: f32,
    /// How much of the running mean stays at each step.
    pub(super) keep: f32,
}

/// The optimiser's memory (Loshchilov and Hutter 2019).
#[derive(Debug, Clone, PartialEq)]
pub(super) struct AdamW {
    first: Vec<f32>,
    second: Vec<f32>,
    /// Running mean of the weights.
    pub(super) mean_weights: Vec<f32>,
    n_steps: u32,
}

impl AdamW {
    /// A fresh memory for some weights.
    pub(super) fn new(theta: &[f32]) -> Self {
        Self {
            first: vec![0.0; theta.len()],
            second: vec![0.0; theta.len()],
            mean_weights: theta.to_vec(),
            n_steps: 0,
        }
    }

    /// Moves the weights once.
    pub(super) fn step(&mut self, layout: &Layout, theta: &mut [f32], grad: &[f32], rate: Rate) {
        const BETA: [f32; 2] = [0.9, 0.99];
        self.n_steps = self.n_steps.saturating_add(1);
        let power = i32::try_from(self.n_steps.min(100_000)).unwrap_or(100_000);
        let correct = [1.0 - BETA[0].powi(power), 1.0 - BETA[1].powi(power)];
        for slot in &layout.slots {
            let decay = if decays(slot.part) {
                rate.size * rate.decay
            } else {
                0.0
            };
            let range = slot.range.clone();
            let weights = theta[range.clone()].iter_mut().zip(&grad[range.clone()]);
            let moments = self.first[range.clone()]
                .iter_mut()
                .zip(&mut self.second[range]);
            for ((weight, slope), (first, second)) in weights.zip(moments) {
                *first += (1.0 - BETA[0]) * (slope - *first);
                *second += (1.0 - BETA[1]) * (slope * slope - *second);
                let size = rate.size * (*first / correct[0]);
                *weight -= decay * *weight + size / ((*second / correct[1]).sqrt() + 1e-8);
            }
        }
        // An early mean must not remember the very first weights for long.
        let keep = rate.keep.min(power as f32 / (power as f32 + 10.0));
        for (mean, value) in self.mean_weights.iter_mut().zip(theta.iter()) {
            *mean += (1.0 - keep) * (value - *mean);
        }
    }
}
