//! Levenberg steps on the free-run error: K. Levenberg, Quarterly of Applied Mathematics 2 (1944), 164.

use nalgebra::{DMatrix, DVector};

/// How strongly coefficients are tied to where they came from, relative to what the run feels.
const TIE: f64 = 1e-4;
/// Steps at the most.
const N_STEPS: usize = 8;

/// Sum of squared errors, and the normal equations around the present coefficients.
pub(super) struct Normal {
    /// The sum.
    pub(super) cost: f64,
    /// Products of slopes, `[N, N]`.
    pub(super) left: DMatrix<f64>,
    /// Products of slopes and errors, `[N]`.
    pub(super) right: DVector<f64>,
}

/// Moves coefficients to where the sum of squared errors is less.
///
/// `linearize` gives `None` where the runs go away.
pub(super) fn descend(coef: &mut [f64], linearize: impl Fn(&[f64]) -> Option<Normal>) {
    let n = coef.len();
    let mut damping = 1e-3;
    let first = coef.to_vec();
    let Some(mut now) = linearize(coef) else {
        return;
    };
    // Directions that the free run hardly feels stay where least squares has put them.
    let tie = TIE * now.left.trace() / n as f64;
    for at in 0..n {
        now.left[(at, at)] += tie;
    }
    for _step in 0..N_STEPS {
        let mut damped = now.left.clone();
        for at in 0..n {
            damped[(at, at)] += damping * now.left[(at, at)].max(1e-9) + 1e-9;
        }
        let Some(cholesky) = damped.cholesky() else {
            return;
        };
        let change = cholesky.solve(&now.right);
        let moved = coef.iter().zip(change.iter());
        let tried: Vec<f64> = moved.map(|(weight, step)| weight + step).collect();
        let better = linearize(&tried).map(|mut new| {
            for (at, (now, from)) in tried.iter().zip(&first).enumerate() {
                let moved = now - from;
                new.cost += tie * moved * moved;
                new.left[(at, at)] += tie;
                new.right[at] -= tie * moved;
            }
            new
        });
        let Some(better) = better.filter(|new| new.cost < now.cost) else {
            damping *= 10.0;
            continue;
        };
        coef.copy_from_slice(&tried);
        let gained = (now.cost - better.cost) / now.cost.max(1e-12);
        now = better;
        damping *= 0.3;
        if gained < 1e-4 {
            return;
        }
    }
}
