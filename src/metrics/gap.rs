//! How a prediction differs from what was measured, channel by channel and step by step.

use super::stats;
use crate::data::Band;

/// One output predicted over a stretch of time, beside what was measured.
#[derive(Debug, Clone, Copy)]
pub struct Pairing<'a> {
    /// Measured, NaN where missing.
    pub real: &'a [f64],
    /// Predicted.
    pub mean: &'a [f64],
    /// The 90 % band.
    pub band90: Option<&'a Band>,
    /// Draws of this output, one row a draw; for CRPS.
    pub draws: &'a [Vec<f32>],
    /// The measured value before the first predicted step; for persistence.
    pub last_seen: f64,
}

impl Pairing<'_> {
    /// The steps of which both values are there, as (step, measured, predicted).
    fn rows(&self) -> impl Iterator<Item = (usize, f64, f64)> + '_ {
        let both = self.real.iter().zip(self.mean).enumerate();
        both.map(|(step, (&real, &mean))| (step, real, mean))
            .filter(|(_, real, mean)| real.is_finite() && mean.is_finite())
    }

    /// The 90 % band of a step.
    fn band_at(&self, step: usize) -> Option<(f64, f64)> {
        let band = self.band90?;
        let (lo, hi) = (*band.lo.get(step)?, *band.hi.get(step)?);
        (lo.is_finite() && hi.is_finite()).then_some((lo, hi))
    }
}

/// How one output's prediction differs from what was measured, pooled over all pairings.
///
/// A number that cannot be had (no rows, no band, no spread) is NaN.
#[derive(Debug, Clone, PartialEq)]
pub struct ChannelGap {
    /// Rows scored.
    pub n: usize,
    /// Root mean squared error, in the unit.
    pub rmse: f64,
    /// Mean absolute error, in the unit.
    pub mae: f64,
    /// RMSE over the measured spread (population standard deviation).
    pub nrmse: f64,
    /// 100 (1 − NRMSE).
    pub fit_percent: f64,
    /// MAE over the naive one-step MAE of the training data.
    pub mase: f64,
    /// Mean of predicted − measured.
    pub bias: f64,
    /// Lag of the prediction behind the measurement, in steps, by cross-correlation.
    pub lag_steps: i64,
    /// Continuous ranked probability score, fair estimator, in the unit.
    pub crps: f64,
    /// Share of measurements inside the 90 % band.
    pub coverage90: f64,
    /// Mean width of the 90 % band, in the unit.
    pub width90: f64,
    /// Theil's shares of the squared error: bias, spread, pattern; all 0 where there is no error.
    pub theil: [f64; 3],
    /// 1 − RMSE / RMSE of persistence.
    pub skill_vs_persistence: f64,
}

/// Scores one output over all its pairings.
///
/// `naive_mae` is the mean absolute one-step change in the training data.
pub fn channel_gap(pairings: &[Pairing<'_>], naive_mae: f64) -> ChannelGap {
    let rows = || pairings.iter().flat_map(Pairing::rows);
    let real: Vec<f64> = rows().map(|(_, real, _)| real).collect();
    let predicted: Vec<f64> = rows().map(|(_, _, mean)| mean).collect();
    let errors: Vec<f64> = rows().map(|(_, real, mean)| mean - real).collect();
    let n = errors.len() as f64;
    let rmse = (errors.iter().map(|error| error * error).sum::<f64>() / n).sqrt();
    let mae = errors.iter().map(|error| error.abs()).sum::<f64>() / n;
    let nrmse = ratio(rmse, stats::population_std(&real));
    let (coverage90, width90) = band_scores(pairings);
    ChannelGap {
        n: errors.len(),
        rmse,
        mae,
        nrmse,
        fit_percent: 100.0 * (1.0 - nrmse),
        mase: ratio(mae, naive_mae),
        bias: stats::mean(&errors),
        lag_steps: lag_of(pairings),
        crps: pooled_crps(pairings),
        coverage90,
        width90,
        theil: theil_shares(&real, &predicted),
        skill_vs_persistence: skill(pairings),
    }
}

/// NRMSE (over the pooled spread) and coverage of each step of the horizon: `(nrmse, coverage90)`.
pub fn by_horizon(pairings: &[Pairing<'_>]) -> Vec<(f64, f64)> {
    let real: Vec<f64> = pairings
        .iter()
        .flat_map(Pairing::rows)
        .map(|(_, real, _)| real)
        .collect();
    let spread = stats::population_std(&real);
    let n_steps = pairings.iter().map(|p| p.mean.len()).max().unwrap_or(0);
    let mut sums = vec![[0.0; 4]; n_steps];
    for pairing in pairings {
        for (step, real, mean) in pairing.rows() {
            let sum = &mut sums[step];
            sum[0] += (mean - real) * (mean - real);
            sum[1] += 1.0;
            if let Some((lo, hi)) = pairing.band_at(step) {
                sum[2] += f64::from(u8::from(lo <= real && real <= hi));
                sum[3] += 1.0;
            }
        }
    }
    sums.into_iter()
        .map(|[squares, rows, inside, banded]| {
            (ratio((squares / rows).sqrt(), spread), inside / banded)
        })
        .collect()
}

/// A quotient that is 0 where nothing is divided and NaN where something is divided by nothing.
fn ratio(number: f64, by: f64) -> f64 {
    if by > 0.0 {
        number / by
    } else if number == 0.0 {
        0.0
    } else {
        f64::NAN
    }
}

fn band_scores(pairings: &[Pairing<'_>]) -> (f64, f64) {
    let (mut inside, mut width, mut count) = (0.0, 0.0, 0.0);
    for pairing in pairings {
        for (step, real, _) in pairing.rows() {
            if let Some((lo, hi)) = pairing.band_at(step) {
                inside += f64::from(u8::from(lo <= real && real <= hi));
                width += hi - lo;
                count += 1.0;
            }
        }
    }
    (inside / count, width / count)
}

/// Fair CRPS (Ferro 2014) over all rows; the absolute error where there are no draws.
fn pooled_crps(pairings: &[Pairing<'_>]) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    let mut draws = Vec::new();
    for pairing in pairings {
        for (step, real, mean) in pairing.rows() {
            draws.clear();
            let at_step = pairing.draws.iter().filter_map(|draw| draw.get(step));
            draws.extend(at_step.map(|&v| f64::from(v)).filter(|v| v.is_finite()));
            if draws.is_empty() {
                draws.push(mean);
            }
            sum += fair_crps(&mut draws, real);
            count += 1.0;
        }
    }
    sum / count
}

fn fair_crps(draws: &mut [f64], real: f64) -> f64 {
    draws.sort_unstable_by(f64::total_cmp);
    let m = draws.len() as f64;
    let miss = draws.iter().map(|draw| (draw - real).abs()).sum::<f64>() / m;
    if draws.len() < 2 {
        return miss;
    }
    // Sum over pairs of |x_i − x_j| from the order statistics.
    let pairs: f64 = draws
        .iter()
        .enumerate()
        .map(|(at, draw)| (2.0 * at as f64 + 1.0 - m) * draw)
        .sum();
    miss - pairs / (m * (m - 1.0))
}

/// Theil's (1966) split of the mean squared error.
fn theil_shares(real: &[f64], predicted: &[f64]) -> [f64; 3] {
    let bias = stats::mean(predicted) - stats::mean(real);
    let (spread_real, spread_predicted) = (
        stats::population_std(real),
        stats::population_std(predicted),
    );
    let rho = stats::correlation(predicted.iter().zip(real));
    let parts = [
        bias * bias,
        (spread_predicted - spread_real) * (spread_predicted - spread_real),
        (2.0 * (1.0 - rho) * spread_predicted * spread_real).max(0.0),
    ];
    let total: f64 = parts.iter().sum();
    if total > 0.0 {
        parts.map(|part| part / total)
    } else {
        [0.0; 3]
    }
}

fn skill(pairings: &[Pairing<'_>]) -> f64 {
    let (mut model, mut persistence) = (0.0, 0.0);
    for pairing in pairings.iter().filter(|p| p.last_seen.is_finite()) {
        for (_, real, mean) in pairing.rows() {
            model += (mean - real) * (mean - real);
            persistence += (pairing.last_seen - real) * (pairing.last_seen - real);
        }
    }
    1.0 - ratio(model.sqrt(), persistence.sqrt())
}

/// The lag at which prediction and measurement are most alike, looked for within 40 steps or a
/// quarter of the stretch.
///
/// A lag is named only where it removes a fifth of the unlikeness: noise alone moves the peak.
fn lag_of(pairings: &[Pairing<'_>]) -> i64 {
    let longest = pairings.iter().map(|p| p.mean.len()).max().unwrap_or(0);
    let reach = i64::try_from((longest / 4).min(40)).unwrap_or(0);
    let likeness = |lag: i64| {
        let (mut sum, mut weight) = (0.0, 0.0);
        for pairing in pairings {
            let (mean, real) = stats::shifted(pairing.mean, pairing.real, lag);
            sum += stats::correlation(mean.iter().zip(real)) * mean.len() as f64;
            weight += mean.len() as f64;
        }
        if weight > 0.0 { sum / weight } else { 0.0 }
    };
    let at_zero = likeness(0);
    let mut best = (0, at_zero);
    for lag in (1..=reach).flat_map(|lag| [lag, -lag]) {
        let found = likeness(lag);
        if found > best.1 {
            best = (lag, found);
        }
    }
    if 1.0 - best.1 < 0.8 * (1.0 - at_zero) {
        best.0
    } else {
        0
    }
}

#[cfg(test)]
mod tests;
