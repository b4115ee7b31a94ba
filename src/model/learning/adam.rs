//! Moves a flat array of parameters by `AdamW`, with a clipped gradient and a mean of weights.
//!
//! Own code, because candle's optimiser keeps its state to itself, and an exact resume needs it.

use super::layout::Slot;
use crate::base::to_f32;

/// Up to so many rows weights are pulled towards zero with full force; the more the data say, the
/// less a prior counts beside them.
const DECAY_ROWS: f64 = 5000.0;
/// How much of the running means of gradient and square stays at each step.
const BETA: [f32; 2] = [0.9, 0.99];

/// The optimiser's memory (Loshchilov and Hutter 2019).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AdamW {
    /// Running mean of the gradient.
    pub(crate) first: Vec<f32>,
    /// Running mean of its square.
    pub(crate) second: Vec<f32>,
    /// Running mean of the weights.
    pub(crate) mean_weights: Vec<f32>,
    /// Steps taken.
    pub(crate) n_steps: u32,
}

impl AdamW {
    /// A fresh memory for some weights.
    pub(crate) fn new(theta: &[f32]) -> Self {
        Self {
            first: vec![0.0; theta.len()],
            second: vec![0.0; theta.len()],
            mean_weights: theta.to_vec(),
            n_steps: 0,
        }
    }

    /// Moves the weights once; `pace` gives each array's step size and its pull towards zero.
    ///
    /// The running mean of the weights follows by [`AdamW::remember`].
    pub(crate) fn step<P>(
        &mut self,
        slots: &[Slot<P>],
        theta: &mut [f32],
        grad: &[f32],
        pace: impl Fn(&Slot<P>) -> [f32; 2],
    ) {
        self.n_steps = self.n_steps.saturating_add(1);
        let correct = BETA.map(|beta| 1.0 - beta.powi(self.power()));
        for slot in slots {
            let [size, decay] = pace(slot);
            let range = slot.range.clone();
            let weights = theta[range.clone()].iter_mut().zip(&grad[range.clone()]);
            let firsts = self.first[range.clone()].iter_mut();
            let moments = firsts.zip(&mut self.second[range]);
            for ((weight, slope), (first, second)) in weights.zip(moments) {
                *first += (1.0 - BETA[0]) * (slope - *first);
                *second += (1.0 - BETA[1]) * (slope * slope - *second);
                let mean = *first / correct[0];
                let square = *second / correct[1];
                *weight -= decay * *weight + size * mean / (square.sqrt() + 1e-8);
            }
        }
    }

    /// Takes the weights into their running mean, of which `keep` stays.
    pub(crate) fn remember(&mut self, theta: &[f32], keep: f32) {
        let power = self.power() as f32;
        // An early mean must not remember the very first weights for long.
        let keep = keep.min(power / (power + 10.0));
        for (mean, value) in self.mean_weights.iter_mut().zip(theta) {
            *mean += (1.0 - keep) * (value - *mean);
        }
    }

    /// Steps taken, as far as they still count.
    fn power(&self) -> i32 {
        i32::try_from(self.n_steps.min(100_000)).unwrap_or(100_000)
    }
}

/// Scales a gradient so that its norm is at most 1; returns the norm it had.
pub(crate) fn clip(grad: &mut [f32]) -> f64 {
    let square = grad.iter().map(|g| f64::from(*g).powi(2));
    let norm = square.sum::<f64>().sqrt();
    if norm > 1.0 {
        let factor = to_f32(1.0 / norm);
        for slope in grad {
            *slope *= factor;
        }
    }
    norm
}

/// How hard weights that learn from so many rows are pulled towards zero.
pub(crate) fn decay_of(n_rows: usize) -> f32 {
    to_f32((DECAY_ROWS / n_rows as f64).clamp(0.01, 1.0))
}

/// Share of the greatest step size: a warm-up of some steps, then half a cosine down to `least`.
pub(crate) fn cosine(step: usize, n_steps: usize, n_warm: f64, least: f64) -> f32 {
    let done = step as f64 / n_steps.max(1) as f64;
    let cosine = 0.5 * (1.0 + (std::f64::consts::PI * done).cos());
    let warm = ((step + 1) as f64 / n_warm).min(1.0);
    to_f32(warm * (least + (1.0 - least) * cosine))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_gradient_is_cut_to_one_and_a_short_one_is_kept() {
        let mut long = [3.0, 4.0];
        assert!((clip(&mut long) - 5.0).abs() < 1e-6);
        assert!((long[0] - 0.6).abs() < 1e-6 && (long[1] - 0.8).abs() < 1e-6);
        let mut short = [0.3, 0.4];
        clip(&mut short);
        assert!((short[1] - 0.4).abs() < 1e-9);
    }

    #[test]
    fn the_first_step_is_as_long_as_its_size_whatever_the_slope_and_decay_pulls_to_zero() {
        let slots = [0, 1].map(|part: usize| Slot {
            part,
            name: String::new(),
            n_rows: 1,
            n_cols: 1,
            range: part..part + 1,
        });
        let mut theta = [1.0, 1.0];
        let mut adam = AdamW::new(&theta);
        let pace = |slot: &Slot<usize>| [0.1, if slot.part == 1 { 0.5 } else { 0.0 }];
        adam.step(&slots, &mut theta, &[1e-3, -7.0], pace);
        assert!((theta[0] - 0.9).abs() < 1e-4 && (theta[1] - 0.6).abs() < 1e-4);
        adam.remember(&theta, 0.98);
        // After one step the mean keeps no more than this of the first weights.
        let kept = 1.0 / 11.0;
        assert!((adam.mean_weights[0] - (kept + (1.0 - kept) * theta[0])).abs() < 1e-6);
    }

    #[test]
    fn the_step_size_rises_then_falls_to_its_least() {
        let size = |step: usize| cosine(step, 100, 20.0, 0.01);
        assert!(size(0) < size(10) && size(10) < size(19) && size(20) > size(60));
        assert!((size(100) - 0.01).abs() < 1e-6);
        assert!(cosine(0, 0, 20.0, 0.01).is_finite());
    }
}
