//! Moves a flat array of parameters by `AdamW`, with a clipped gradient and a mean of weights.
//!
//! Own code, because candle's optimiser keeps its state to itself, and an exact resume needs it.

use super::params::{Layout, Part, is_residual};

/// How the weights are moved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rate {
    /// Step size of the nonlinear part.
    pub(super) residual: f32,
    /// Step size of the linear part, which starts near its goal.
    pub(super) linear: f32,
    /// Pull of the nonlinear part's weights towards zero, a step of size 1.
    pub(super) decay: f32,
    /// How much of the running mean stays at each step.
    pub(super) keep: f32,
}

/// The optimiser's memory (Loshchilov and Hutter 2019).
#[derive(Debug, Clone, PartialEq)]
pub(super) struct AdamW {
    /// Running mean of the gradient.
    pub(super) first: Vec<f32>,
    /// Running mean of its square.
    pub(super) second: Vec<f32>,
    /// Running mean of the weights.
    pub(super) mean_weights: Vec<f32>,
    /// Steps taken.
    pub(super) n_steps: u32,
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
            let bent = is_residual(slot.part);
            let size = if bent { rate.residual } else { rate.linear };
            // Biases stay free: they place the bends.
            let decay = if bent && slot.n_cols > 1 {
                size * rate.decay
            } else {
                0.0
            };
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
        // An early mean must not remember the very first weights for long.
        let keep = rate.keep.min(power as f32 / (power as f32 + 10.0));
        stabilize(layout, theta);
        for (mean, value) in self.mean_weights.iter_mut().zip(theta.iter()) {
            *mean += (1.0 - keep) * (value - *mean);
        }
    }
}

/// Scales a gradient so that its norm is at most 1; returns the norm it had.
#[expect(clippy::cast_possible_truncation, reason = "weights are f32")]
pub(crate) fn clip(grad: &mut [f32]) -> f64 {
    let norm = grad
        .iter()
        .map(|g| f64::from(*g).powi(2))
        .sum::<f64>()
        .sqrt();
    if norm > 1.0 {
        let factor = (1.0 / norm) as f32;
        for slope in grad {
            *slope *= factor;
        }
    }
    norm
}

/// Shrinks the state matrix where its spectral radius exceeds 1, so that no free run can blow up.
#[expect(clippy::cast_possible_truncation, reason = "weights are f32")]
pub(super) fn stabilize(layout: &Layout, theta: &mut [f32]) {
    let (n, width) = (layout.dims.n_state, layout.dims.n_drive());
    let core = layout.get_mut(theta, Part::Core);
    let matrix: Vec<f64> = (0..n * n)
        .map(|i| f64::from(core[i / n * width + i % n]))
        .collect();
    let radius = spectral_radius(&matrix, n);
    if radius > 1.0 && radius.is_finite() {
        let factor = (1.0 / radius) as f32;
        for row in core.chunks_exact_mut(width).take(n) {
            for value in &mut row[..n] {
                *value *= factor;
            }
        }
    }
}

/// The spectral radius by Gelfand's formula: the norm of a very high power, by repeated squaring.
pub(super) fn spectral_radius(matrix: &[f64], n: usize) -> f64 {
    const N_SQUARES: u32 = 14;
    let mut power = matrix.to_vec();
    let mut log_norm = 0.0;
    for _square in 0..N_SQUARES {
        let norm = power.iter().map(|a| a * a).sum::<f64>().sqrt();
        if !(norm > 0.0 && norm.is_finite()) {
            return norm;
        }
        log_norm = 2.0 * (log_norm + norm.ln());
        let mut next = vec![0.0; n * n];
        for (row, out) in power.chunks_exact(n).zip(next.chunks_exact_mut(n)) {
            for (factor, other) in row.iter().zip(power.chunks_exact(n)) {
                let factor = factor / (norm * norm);
                for (total, value) in out.iter_mut().zip(other) {
                    *total += factor * value;
                }
            }
        }
        power = next;
    }
    let norm = power.iter().map(|a| a * a).sum::<f64>().sqrt();
    if norm > 0.0 {
        ((log_norm + norm.ln()) / f64::from(1_u32 << N_SQUARES)).exp()
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_radius_of_a_skewed_rotation_is_its_modulus() {
        // Similar to a rotation by 0.3 scaled by 0.95, far from normal.
        let (c, s) = (0.95 * 0.3_f64.cos(), 0.95 * 0.3_f64.sin());
        let radius = spectral_radius(&[c, -s * 20.0, s / 20.0, c], 2);
        assert!((radius - 0.95).abs() < 1e-3, "{radius}");
        assert!((spectral_radius(&[1.0, 0.0, 0.0, 0.5], 2) - 1.0).abs() < 1e-3);
    }

    #[test]
    fn a_long_gradient_is_cut_to_one_and_a_short_one_is_kept() {
        let mut long = [3.0, 4.0];
        assert!((clip(&mut long) - 5.0).abs() < 1e-6);
        assert!((long[0] - 0.6).abs() < 1e-6 && (long[1] - 0.8).abs() < 1e-6);
        let mut short = [0.3, 0.4];
        clip(&mut short);
        assert!((short[1] - 0.4).abs() < 1e-9);
    }
}
