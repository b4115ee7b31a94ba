//! Keeps equations from running away; integrators may stay.

use nalgebra::DMatrix;

use super::equation::Equation;

/// Rounding and the estimate's own error may exceed one by this much.
const TOLERANCE: f64 = 5e-4;
/// Where an unstable equation is pulled to.
const TARGET: f64 = 0.9995;

/// Scales the outputs' past of one member until nothing grows; says whether that succeeded.
pub(crate) fn stabilize(equations: &mut [Equation], member: usize, n_obs: usize) -> bool {
    for _round in 0..4 {
        let radius = spectral_radius(equations, member, n_obs);
        if !radius.is_finite() {
            return false;
        }
        if radius <= 1.0 + TOLERANCE {
            return true;
        }
        // Scaling lag i by g^i scales every root by g.
        let factor = TARGET / radius;
        for equation in equations.iter_mut() {
            let coef = &mut equation.coef[member];
            for (term, weight) in equation.terms.iter().zip(coef) {
                if term.source < n_obs {
                    let power = i32::try_from(term.lag).unwrap_or(i32::MAX);
                    *weight *= factor.powi(power);
                }
            }
        }
    }
    false
}

/// The largest growth a step of the equations without inputs, by repeated squaring.
fn spectral_radius(equations: &[Equation], member: usize, n_obs: usize) -> f64 {
    let terms = equations.iter().flat_map(|equation| &equation.terms);
    let depth = terms
        .filter(|term| term.source < n_obs)
        .map(|term| term.lag)
        .max()
        .unwrap_or(0);
    if depth == 0 {
        return 0.0;
    }
    let n = equations.len();
    let mut slot = vec![0; n_obs];
    for (position, equation) in equations.iter().enumerate() {
        slot[equation.output] = position;
    }
    let mut power = DMatrix::<f64>::zeros(n * depth, n * depth);
    for (position, equation) in equations.iter().enumerate() {
        for (term, weight) in equation.terms.iter().zip(&equation.coef[member]) {
            if term.source < n_obs {
                power[(position, (term.lag - 1) * n + slot[term.source])] += weight;
            }
        }
    }
    for row in n..n * depth {
        power[(row, row - n)] = 1.0;
    }
    // After k squarings the matrix is A^(2^k), kept at length one; its true length in logarithms.
    let mut log_length = 0.0;
    for _squaring in 0..14 {
        let length = power.norm();
        if length == 0.0 || !length.is_finite() {
            return if length == 0.0 { 0.0 } else { f64::NAN };
        }
        power /= length;
        log_length = 2.0 * (log_length + length.ln());
        power = &power * &power;
    }
    ((log_length + power.norm().max(f64::MIN_POSITIVE).ln()) / f64::from(1 << 14)).exp()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::linear::Term;

    fn equation(weights: &[f64]) -> Equation {
        let mut coef = weights.to_vec();
        coef.push(0.0);
        Equation {
            output: 0,
            terms: (1..=weights.len())
                .map(|lag| Term { source: 0, lag })
                .collect(),
            coef: vec![coef],
            gain: 1.0,
        }
    }

    #[test]
    fn the_radius_is_the_largest_root() {
        // Roots 0.9 and 0.5.
        let radius = spectral_radius(&[equation(&[1.4, -0.45])], 0, 1);
        assert!((radius - 0.9).abs() < 1e-3, "{radius}");
    }

    #[test]
    fn an_integrator_stays_and_growth_is_stopped() {
        let mut integrator = [equation(&[1.0])];
        assert!(stabilize(&mut integrator, 0, 1));
        assert!((integrator[0].coef[0][0] - 1.0).abs() < 1e-12);
        let mut growing = [equation(&[1.1])];
        assert!(stabilize(&mut growing, 0, 1));
        assert!(growing[0].coef[0][0] < 1.0);
    }
}
