//! How many steps pass before an input shows in an output: cross-correlation after whitening.

use nalgebra::{DMatrix, DVector};

use super::series::EpisodeSeries;
use crate::model::prepared::Prepared;

/// The longest dead time looked for.
const MAX_LAG: usize = 40;
/// Order of the whitening filter (Box and Jenkins 1970, chapter 11).
const ORDER: usize = 8;

/// Dead time of each input for one output, in steps; 0 where nothing significant is seen.
pub(crate) fn dead_times(
    prepared: &Prepared,
    series: &[EpisodeSeries],
    output: usize,
) -> Vec<usize> {
    (0..prepared.n_in)
        .map(|input| dead_time(prepared, series, output, prepared.n_obs + input).unwrap_or(0))
        .collect()
}

fn dead_time(
    prepared: &Prepared,
    series: &[EpisodeSeries],
    output: usize,
    input: usize,
) -> Option<usize> {
    let blocks: Vec<_> = prepared.folds.iter().flatten().collect();
    let shortest = blocks.iter().map(|block| block.end - block.start).max()?;
    let max_lag = MAX_LAG.min(shortest / 4);
    let column = |source: usize, block: usize| {
        let place = blocks[block];
        &series[place.episode].columns[source][place.start..place.end]
    };
    let covariance: Vec<f64> = (0..=ORDER)
        .map(|lag| {
            (0..blocks.len())
                .map(|block| {
                    let values = column(input, block);
                    let shifted = values.iter().skip(lag);
                    shifted.zip(values).map(|(a, b)| a * b).sum::<f64>()
                })
                .sum()
        })
        .collect();
    if covariance[0] <= 0.0 {
        return None;
    }
    let matrix = DMatrix::from_fn(ORDER, ORDER, |row, column| {
        let ridge = if row == column {
            1e-6 * covariance[0]
        } else {
            0.0
        };
        covariance[row.abs_diff(column)] + ridge
    });
    let right = DVector::from_fn(ORDER, |row, _| covariance[row + 1]);
    let filter = matrix.cholesky()?.solve(&right);
    let whiten = |values: &[f64]| -> Vec<f64> {
        (ORDER..values.len())
            .map(|step| {
                let past: f64 = (0..ORDER)
                    .map(|lag| filter[lag] * values[step - 1 - lag])
                    .sum();
                values[step] - past
            })
            .collect()
    };
    let mut cross = vec![0.0; max_lag + 1];
    let (mut power_in, mut power_out, mut count) = (0.0, 0.0, 0.0);
    for block in 0..blocks.len() {
        let (u, y) = (whiten(column(input, block)), whiten(column(output, block)));
        let mean = y.iter().sum::<f64>() / y.len().max(1) as f64;
        for (lag, sum) in cross.iter_mut().enumerate() {
            *sum += u
                .iter()
                .zip(y.iter().skip(lag))
                .map(|(a, b)| a * (b - mean))
                .sum::<f64>();
        }
        power_in += u.iter().map(|a| a * a).sum::<f64>();
        power_out += y.iter().map(|b| (b - mean).powi(2)).sum::<f64>();
        count += y.len() as f64;
    }
    let length = (power_in * power_out).sqrt();
    if length <= 0.0 || count < 30.0 {
        return None;
    }
    let peak = cross.iter().fold(0.0_f64, |a, b| a.max(b.abs())) / length;
    // Four standard errors of a white pair, and not a mere ripple before the main response.
    let threshold = (4.0 / count.sqrt()).max(0.3 * peak);
    let first = cross
        .iter()
        .position(|sum| sum.abs() / length >= threshold)?;
    // One step earlier than seen: a too long dead time cannot be repaired, a too short one can.
    Some(first.saturating_sub(1))
}
