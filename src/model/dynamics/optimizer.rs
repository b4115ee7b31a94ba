//! How fast each array is moved, and a state matrix that cannot blow up.

use super::params::{Layout, Part, is_residual};
use crate::{base::to_f32, model::learning::AdamW};

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

/// Moves the weights once.
pub(super) fn descend(
    adam: &mut AdamW,
    layout: &Layout,
    theta: &mut [f32],
    grad: &[f32],
    rate: Rate,
) {
    adam.step(&layout.slots, theta, grad, |slot| {
        let bent = is_residual(slot.part);
        let size = if bent { rate.residual } else { rate.linear };
        // Biases stay free: they place the bends.
        let decays = bent && slot.n_cols > 1;
        [size, if decays { size * rate.decay } else { 0.0 }]
    });
    stabilize(layout, theta);
    adam.remember(theta, rate.keep);
}

/// Shrinks the state matrix where its spectral radius exceeds 1, so that no free run can blow up.
pub(super) fn stabilize(layout: &Layout, theta: &mut [f32]) {
    let (n, width) = (layout.dims.n_state, layout.dims.n_drive());
    let core = layout.get_mut(theta, Part::Core);
    let matrix: Vec<f64> = (0..n * n)
        .map(|i| f64::from(core[i / n * width + i % n]))
        .collect();
    let radius = spectral_radius(&matrix, n);
    if radius > 1.0 && radius.is_finite() {
        let factor = to_f32(1.0 / radius);
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
}
