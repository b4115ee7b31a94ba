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
    /// 1 − RMSE / RMSE of persistence; NaN where no row can be compared.
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
    let (mut model, mut persistence, mut n) = (0.0, 0.0, 0);
    for pairing in pairings.iter().filter(|p| p.last_seen.is_finite()) {
        for (_, real, mean) in pairing.rows() {
            model += (mean - real) * (mean - real);
            persistence += (pairing.last_seen - real) * (pairing.last_seen - real);
            n += 1;
        }
    }
    if n == 0 {
        // Nothing was foretold better than by anybody else.
        return f64::NAN;
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
mod tests {
    use super::*;
    use crate::base::{Purpose, Stream};

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9, "{found} {expected}");
    }

    fn pairing<'a>(real: &'a [f64], mean: &'a [f64]) -> Pairing<'a> {
        Pairing {
            real,
            mean,
            band90: None,
            draws: &[],
            last_seen: 1.0,
        }
    }

    #[test]
    fn scores_match_the_hand_calculation_and_skip_what_is_missing() {
        let real = [1.0, 2.0, f64::NAN, 4.0, 5.0];
        let mean = [2.0, 2.0, 9.0, 3.0, 7.0];
        let band = Band {
            lo: vec![0.0, 2.5, 0.0, 3.0, 4.0],
            hi: vec![2.0, 3.5, 9.0, 5.0, 8.0],
        };
        let mut one = pairing(&real, &mean);
        one.band90 = Some(&band);
        let gap = channel_gap(&[one], 0.5);
        assert_eq!(gap.n, 4);
        near(gap.rmse, 1.5_f64.sqrt());
        near(gap.mae, 1.0);
        near(gap.bias, 0.5);
        near(gap.nrmse, (1.5_f64 / 2.5).sqrt());
        near(gap.fit_percent, 100.0 * (1.0 - 0.6_f64.sqrt()));
        near(gap.mase, 2.0);
        near(gap.coverage90, 0.75);
        near(gap.width90, 2.25);
        // Persistence stays at 1: squares 0, 1, 9, 16.
        near(gap.skill_vs_persistence, 1.0 - (6.0_f64 / 26.0).sqrt());
        near(gap.theil.iter().sum(), 1.0);
        near(gap.theil[0], 0.25 / 1.5);
        let none = channel_gap(&[], 0.5);
        assert!(none.n == 0 && none.rmse.is_nan() && none.skill_vs_persistence.is_nan());
    }

    #[test]
    fn fair_crps_matches_the_definition() {
        // mean |x − y| = 4/3, mean over the three pairs of |x_i − x_j| = 2, halved.
        near(fair_crps(&mut [3.0, 0.0, 1.0], 2.0), 4.0 / 3.0 - 1.0);
        near(fair_crps(&mut [3.0], 1.0), 2.0);
    }

    #[test]
    fn pooling_two_pairings_is_scoring_their_rows_together() {
        let (real, mean) = ([1.0, 2.0, 3.0, 5.0], [1.5, 2.5, 2.0, 5.0]);
        let whole = channel_gap(&[pairing(&real, &mean)], 1.0);
        let parts = channel_gap(
            &[
                pairing(&real[..1], &mean[..1]),
                pairing(&real[1..], &mean[1..]),
            ],
            1.0,
        );
        near(whole.rmse, parts.rmse);
        near(whole.nrmse, parts.nrmse);
        near(whole.crps, parts.crps);
    }

    #[test]
    fn a_perfect_prediction_has_no_gap_and_nothing_scored_is_not_a_number() {
        let real = [1.0, 2.0, 4.0];
        let gap = channel_gap(&[pairing(&real, &real)], 1.0);
        near(gap.rmse, 0.0);
        near(gap.fit_percent, 100.0);
        assert!(gap.theil.iter().all(|part| part.to_bits() == 0));
        let none = channel_gap(&[], 1.0);
        assert_eq!(none.n, 0);
        assert!(none.rmse.is_nan() && none.crps.is_nan());
    }

    #[test]
    fn a_late_prediction_has_a_positive_lag_and_noise_has_none() {
        for seed in 0..20 {
            let mut draws = Stream::new(seed, Purpose::Test, &[1]).draws();
            let mut level = 0.0;
            let mut signal: Vec<f64> = Vec::new();
            for _step in 0..300 {
                level = 0.9 * level + draws.normal();
                signal.push(level);
            }
            let noisy: Vec<f64> = signal.iter().map(|v| v + 0.3 * draws.normal()).collect();
            let late = pairing(&noisy[7..], &signal[..293]);
            assert_eq!(lag_of(&[late]), 7, "seed {seed}");
            let early = pairing(&noisy[..293], &signal[7..]);
            assert_eq!(lag_of(&[early]), -7, "seed {seed}");
            assert_eq!(lag_of(&[pairing(&noisy, &signal)]), 0, "seed {seed}");
        }
    }

    #[test]
    fn the_scores_of_each_step_pool_to_the_whole() {
        let (first, second) = ([1.0, 2.0], [3.0, 5.0]);
        let (guess, other) = ([2.0, 2.0], [3.0, 3.0]);
        let both = [pairing(&first, &guess), pairing(&second, &other)];
        let steps = by_horizon(&both);
        let spread = stats::population_std(&[1.0, 2.0, 3.0, 5.0]);
        near(steps[0].0, 0.5_f64.sqrt() / spread);
        near(steps[1].0, 2.0_f64.sqrt() / spread);
        assert!(steps[0].1.is_nan());
        let whole = channel_gap(&both, 1.0).nrmse;
        near(
            (0.5 * steps[0].0.mul_add(steps[0].0, steps[1].0 * steps[1].0)).sqrt(),
            whole,
        );
    }

    #[test]
    fn scaling_the_unit_scales_the_gap_and_nothing_else() {
        for seed in 0..200 {
            let mut draws = Stream::new(seed, Purpose::Test, &[2]).draws();
            let real: Vec<f64> = (0..24).map(|_| draws.normal()).collect();
            let mean: Vec<f64> = (0..24).map(|_| draws.normal()).collect();
            let gap = channel_gap(&[pairing(&real, &mean)], 1.0);
            let by_four = |values: &[f64]| values.iter().map(|v| 4.0 * v).collect::<Vec<_>>();
            let (real4, mean4) = (by_four(&real), by_four(&mean));
            let scaled = channel_gap(&[pairing(&real4, &mean4)], 4.0);
            near(scaled.rmse, 4.0 * gap.rmse);
            near(scaled.nrmse, gap.nrmse);
            near(scaled.mase, gap.mase);
            near(scaled.theil.iter().sum(), 1.0);
            assert!(
                gap.theil.iter().all(|part| (0.0..=1.0).contains(part)),
                "seed {seed}"
            );
        }
    }
}
