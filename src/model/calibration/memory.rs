//! How errors hang together: their memory from step to step, and the error of a window's mean.

use super::bands::Calibration;
use crate::model::{
    leftout::LeftOut,
    runs::{TierRuns, averaging_gain},
};

/// Lags at which the residuals' memory is measured.
const LAGS: [usize; 6] = [1, 2, 4, 8, 16, 32];
/// Memories tried.
const RHOS: [f64; 12] = [
    0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.97, 0.98, 0.99, 0.995, 0.999,
];

/// Fits a slow and a white part to the residuals' autocorrelation.
pub(super) fn memory(
    runs: &TierRuns,
    leftout: &LeftOut,
    (output, n_obs): (usize, usize),
    calibration: &Calibration,
) -> (f64, f64) {
    let mut products = [0.0; LAGS.len()];
    let mut powers = [0.0; LAGS.len()];
    for (at, start) in leftout.starts.iter().enumerate() {
        let residuals: Vec<f64> = (0..leftout.horizon)
            .map(|step| {
                let cell = step * n_obs + output;
                let error = f64::from(start.target[cell]) - f64::from(runs.mean[at][cell]);
                error / (calibration.sigma(step, 1.0) * f64::from(runs.scale[at][cell]).max(1e-9))
            })
            .collect();
        for (position, &lag) in LAGS.iter().enumerate() {
            for (now, then) in residuals.iter().skip(lag).zip(&residuals) {
                if now.is_finite() && then.is_finite() {
                    products[position] += now * then;
                    powers[position] += 0.5 * (now * now + then * then);
                }
            }
        }
    }
    let correlations: Vec<(f64, f64)> = LAGS
        .iter()
        .zip(products.iter().zip(&powers))
        .filter(|(_, (_, power))| **power > 0.0)
        .map(|(&lag, (product, power))| (lag as f64, product / power))
        .collect();
    let mut best = (f64::INFINITY, 0.0, 0.0);
    for rho in RHOS {
        let (mut top, mut bottom) = (0.0, 0.0);
        for (lag, correlation) in &correlations {
            let shape = rho.powf(*lag);
            top += correlation * shape;
            bottom += shape * shape;
        }
        let share = if bottom > 0.0 {
            (top / bottom).clamp(0.0, 1.0)
        } else {
            0.0
        };
        let misfit: f64 = correlations
            .iter()
            .map(|(lag, correlation)| (correlation - share * rho.powf(*lag)).powi(2))
            .sum();
        if misfit < best.0 - 1e-12 {
            best = (misfit, share, rho);
        }
    }
    (best.1, best.2)
}

/// How much the members' spread of a window mean must be widened to cover the error of its mean.
pub(super) fn spread_scale(runs: &TierRuns, leftout: &LeftOut, output: usize, n_obs: usize) -> f64 {
    let (mut squared, mut own, mut apart, mut count) = (0.0, 0.0, 0.0, 0.0);
    for (at, start) in leftout.starts.iter().enumerate() {
        let (mut error, mut n_known) = (0.0, 0.0);
        for cell in (output..start.target.len()).step_by(n_obs) {
            let target = f64::from(start.target[cell]);
            if target.is_finite() {
                error += f64::from(runs.mean[at][cell]) - target;
                n_known += 1.0;
            }
        }
        if n_known > 0.0 {
            squared += (error / n_known).powi(2);
            own += runs.middle.of_means[at][output];
            apart += runs.apart().of_means[at][output];
            count += 1.0;
        }
    }
    if count == 0.0 {
        return 1.0;
    }
    let error = squared * averaging_gain(squared, own, runs.n_members).powi(2);
    if apart <= 1e-12 * count {
        return if error > 1e-12 * count { 4.0 } else { 1.0 };
    }
    (error / apart).sqrt().clamp(1.0, 4.0)
}
