//! Numbers that compare; pure functions on arrays. NaN in a measured series means missing.

use crate::{
    data::{Band, Trajectory},
    scenario::Kpi,
};

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

/// How one output's prediction differs from what was measured, pooled over all pairings.
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
    /// Theil's shares of the squared error: bias, spread, pattern.
    pub theil: [f64; 3],
    /// 1 − RMSE / RMSE of persistence.
    pub skill_vs_persistence: f64,
}

/// Scores one output over all its pairings.
///
/// `naive_mae` is the mean absolute one-step change in the training data.
pub fn channel_gap(pairings: &[Pairing<'_>], naive_mae: f64) -> ChannelGap {
    let _unused = (pairings, naive_mae);
    todo!()
}

/// NRMSE (over the pooled spread) and coverage of each step of the horizon: `(nrmse, coverage90)`.
pub fn by_horizon(pairings: &[Pairing<'_>]) -> Vec<(f64, f64)> {
    let _unused = pairings;
    todo!()
}

/// A KPI of one draw.
pub fn kpi_of_draw(kpi: &Kpi, trajectory: &Trajectory, draw: usize) -> Option<f64> {
    let _unused = (kpi, trajectory, draw);
    todo!()
}

/// A KPI of a plain series.
pub fn kpi_of_series(kpi: &Kpi, values: &[f64], step_secs: f64) -> f64 {
    let _unused = (kpi, values, step_secs);
    todo!()
}

/// A mean with an interval.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Interval {
    /// The centre.
    pub mean: f64,
    /// The lower end.
    pub lo: f64,
    /// The upper end.
    pub hi: f64,
}

/// One KPI under two scenarios with common random numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct PairedKpi {
    /// Under the baseline.
    pub a: Interval,
    /// Under the variant.
    pub b: Interval,
    /// Variant − baseline.
    pub delta: Interval,
    /// Confidence level of the intervals, such as 0.95.
    pub level: f64,
    /// Probability that the variant is better by more than the smallest difference that matters.
    pub p_better: f64,
    /// Probability that the difference does not matter.
    pub p_equal: f64,
    /// (var A + var B) / var(A − B): what common random numbers bring.
    pub variance_ratio: f64,
    /// The smallest difference that matters, as used.
    pub delta_min: f64,
    /// Whether paired-t and BCa bootstrap agree on the sign.
    pub methods_agree: bool,
}

/// Compares paired KPI values, one of each scenario a draw.
///
/// `member_of_draw` makes the upper level of the hierarchical bootstrap; `spread_scale` ≥ 1 widens
/// the spread between members so that it covers what the ensemble missed on validation.
pub fn paired_kpi(
    a: &[f64],
    b: &[f64],
    member_of_draw: &[usize],
    kpi: &Kpi,
    delta_min: f64,
    spread_scale: f64,
    seed: u64,
) -> PairedKpi {
    let _unused = (a, b, member_of_draw, kpi, delta_min, spread_scale, seed);
    todo!()
}

/// The difference of two trajectories of one output with a simultaneous (sup-t) 95 % band, and
/// the first step at which the band leaves zero.
#[derive(Debug, Clone, PartialEq)]
pub struct DeltaTrace {
    /// Mean of variant − baseline, `[H]`.
    pub mean: Vec<f64>,
    /// The simultaneous band.
    pub band: Band,
    /// The first step that differs.
    pub first_divergence: Option<usize>,
}

/// See [`DeltaTrace`]; `output` is the position among the outputs.
pub fn delta_trace(a: &Trajectory, b: &Trajectory, output: usize, spread_scale: f64) -> DeltaTrace {
    let _unused = (a, b, output, spread_scale);
    todo!()
}
