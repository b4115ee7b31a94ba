//! Lets the families race on blocks that the scored member did not see.

use super::{
    CandidateScore, Tier,
    calibration::Calibration,
    leftout::LeftOut,
    prepared::{SimStart, Simulator},
};

/// A more complex family must be better by this factor, as a geometric mean over the folds: one
/// fold that no family can know, such as the only one with the largest values, decides nothing.
const MARGIN: f64 = 0.98;
/// … must not be worse than this over all folds together …
const ASTRAY: f64 = 1.5;
/// … and in at least this share of the folds.
const CONSISTENT: f64 = 0.6;

/// What one family said about every left-out start.
#[derive(Debug, Clone)]
pub(crate) struct TierRuns {
    /// The family.
    pub(crate) tier: Tier,
    /// How many members it has.
    pub(crate) n_members: usize,
    /// Mean of the member that did not see the fold, `[start][H, O]`.
    pub(crate) mean: Vec<Vec<f32>>,
    /// Its scale, likewise.
    pub(crate) scale: Vec<Vec<f32>>,
    /// Variance between all members, likewise.
    pub(crate) between: Vec<Vec<f32>>,
    /// The same where the inputs after the start are those of another start: a future that no
    /// member learned from.
    pub(crate) between_unseen: Vec<Vec<f32>>,
    /// Mean over the measured steps of each run, of every member, `[start][M][O]`, NaN where
    /// nothing was measured.
    pub(crate) window_means: Vec<Vec<Vec<f64>>>,
}

impl TierRuns {
    /// Runs every member from every start.
    pub(crate) fn new(
        tier: Tier,
        simulator: &dyn Simulator,
        leftout: &LeftOut,
        modalities: [bool; 3],
        n_obs: usize,
    ) -> Self {
        let starts: Vec<SimStart<'_>> = leftout
            .starts
            .iter()
            .map(|start| start.sim_start(modalities))
            .collect();
        let n_members = simulator.n_members();
        let size = leftout.horizon * n_obs;
        let n_starts = starts.len();
        let mut runs = Self {
            tier,
            n_members,
            mean: vec![Vec::new(); n_starts],
            scale: vec![Vec::new(); n_starts],
            between: Vec::new(),
            between_unseen: Vec::new(),
            window_means: vec![Vec::with_capacity(n_members); n_starts],
        };
        let mut sums = vec![Moments::new(size); n_starts];
        for member in 0..n_members {
            for (at, output) in simulator.simulate(member, &starts).into_iter().enumerate() {
                let start = &leftout.starts[at];
                sums[at].add(&output.mean);
                let window_mean = (0..n_obs)
                    .map(|output_idx| known_mean(&output.mean, &start.target, output_idx, n_obs))
                    .collect();
                runs.window_means[at].push(window_mean);
                if start.fold == member {
                    runs.mean[at] = output.mean;
                    runs.scale[at] = output.scale;
                }
            }
        }
        runs.between = sums
            .into_iter()
            .map(|one| one.variances(n_members))
            .collect();
        let shifted: Vec<SimStart<'_>> = (0..n_starts)
            .map(|at| SimStart {
                future_input: starts[(at + n_starts / 2) % n_starts].future_input,
                ..starts[at]
            })
            .collect();
        let mut sums = vec![Moments::new(size); n_starts];
        for member in 0..n_members {
            let outputs = simulator.simulate(member, &shifted);
            for (sum, output) in sums.iter_mut().zip(outputs) {
                sum.add(&output.mean);
            }
        }
        runs.between_unseen = sums
            .into_iter()
            .map(|one| one.variances(n_members))
            .collect();
        runs
    }

    /// Sums of one output in one fold, or in all.
    pub(crate) fn sums(
        &self,
        leftout: &LeftOut,
        output: usize,
        fold: Option<usize>,
        n_obs: usize,
    ) -> ErrorSums {
        let mut sums = ErrorSums::default();
        for (at, start) in leftout.starts.iter().enumerate() {
            if fold.is_some_and(|fold| fold != start.fold) {
                continue;
            }
            for cell in (output..start.target.len()).step_by(n_obs) {
                let target = f64::from(start.target[cell]);
                if target.is_finite() {
                    sums.squared += (f64::from(self.mean[at][cell]) - target).powi(2);
                    sums.count += 1.0;
                }
            }
        }
        sums
    }
}

impl TierRuns {
    /// By what factor the mean over members is better than the left-out member in one output.
    fn gain(&self, leftout: &LeftOut, output: usize, n_obs: usize) -> f64 {
        let (mut squared, mut between, mut unseen) = (0.0, 0.0, 0.0);
        for (at, start) in leftout.starts.iter().enumerate() {
            for cell in (output..start.target.len()).step_by(n_obs) {
                let target = f64::from(start.target[cell]);
                if target.is_finite() {
                    squared += (f64::from(self.mean[at][cell]) - target).powi(2);
                    between += f64::from(self.between[at][cell]);
                    unseen += f64::from(self.between_unseen[at][cell]);
                }
            }
        }
        averaging_gain(squared, between.min(unseen), self.n_members)
    }
}

/// Sums over members, cell by cell.
#[derive(Debug, Clone)]
struct Moments {
    cells: Vec<(f64, f64)>,
}

impl Moments {
    fn new(size: usize) -> Self {
        Self {
            cells: vec![(0.0, 0.0); size],
        }
    }

    fn add(&mut self, values: &[f32]) {
        for (cell, &value) in self.cells.iter_mut().zip(values) {
            let value = f64::from(value);
            *cell = (cell.0 + value, cell.1 + value * value);
        }
    }

    fn variances(self, n_members: usize) -> Vec<f32> {
        let count = n_members as f64;
        let variance = |(first, second): (f64, f64)| {
            let spread = second - first * first / count;
            super::context::to_f32((spread / (count - 1.0).max(1.0)).max(0.0))
        };
        self.cells.into_iter().map(variance).collect()
    }
}

/// Sums of errors over left-out steps.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ErrorSums {
    squared: f64,
    count: f64,
}

impl ErrorSums {
    /// Root mean square error of the left-out member; NaN without any measurement.
    pub(crate) fn rmse(&self) -> f64 {
        (self.squared / self.count).sqrt()
    }
}

/// By what factor the mean over members is better than one member that did not see the block.
///
/// A member's squared error is that of the mean plus its own deviation from the mean. On its
/// left-out fold it stands apart from members that have seen it, which overstates the deviation;
/// hence callers give the smaller of that variance and the one in futures nobody has seen. The
/// floor guards against members that disagree by chance on a few steps.
pub(crate) fn averaging_gain(squared: f64, between: f64, n_members: usize) -> f64 {
    if squared <= 0.0 {
        return 1.0;
    }
    let own = between * (1.0 - 1.0 / n_members as f64);
    (1.0 - own / squared).max(0.3).sqrt()
}

/// Scores one family.
pub(crate) fn score(
    runs: &TierRuns,
    leftout: &LeftOut,
    spreads: &[f64],
    calibrations: &[Calibration],
    (n_params, fit_secs): (usize, f64),
) -> CandidateScore {
    let n_obs = spreads.len();
    let rmse_norm_by_channel: Vec<f64> = (0..n_obs)
        .map(|output| runs.sums(leftout, output, None, n_obs).rmse() / spreads[output])
        .collect();
    let crps: Vec<f64> = (0..n_obs)
        .map(|output| {
            mean_crps(runs, leftout, output, &calibrations[output], n_obs) / spreads[output]
        })
        .collect();
    CandidateScore {
        tier: runs.tier,
        n_params,
        fit_secs,
        rmse_norm: finite_mean(&rmse_norm_by_channel),
        crps_norm: finite_mean(&crps),
        rmse_norm_by_channel,
    }
}

/// The winner of each output, simplest family first.
pub(crate) fn choose(candidates: &[TierRuns], leftout: &LeftOut, n_obs: usize) -> Vec<Tier> {
    let n_folds = leftout
        .starts
        .iter()
        .map(|start| start.fold + 1)
        .max()
        .unwrap_or(0);
    (0..n_obs)
        .map(|output| {
            let mut best = &candidates[0];
            for challenger in &candidates[1..] {
                if beats(challenger, best, leftout, (output, n_obs), n_folds) {
                    best = challenger;
                }
            }
            best.tier
        })
        .collect()
}

fn beats(
    challenger: &TierRuns,
    holder: &TierRuns,
    leftout: &LeftOut,
    (output, n_obs): (usize, usize),
    n_folds: usize,
) -> bool {
    // What answers is the mean over members, so that is what competes.
    let gains = [challenger, holder].map(|runs| runs.gain(leftout, output, n_obs));
    let new = |fold| gains[0] * challenger.sums(leftout, output, fold, n_obs).rmse();
    let old = |fold| gains[1] * holder.sums(leftout, output, fold, n_obs).rmse();
    let (whole, bound) = (new(None), ASTRAY * old(None));
    if whole.is_nan() || whole >= bound {
        return false;
    }
    let mut ratios = Vec::with_capacity(n_folds);
    for fold in 0..n_folds {
        let (new, old) = (new(Some(fold)), old(Some(fold)));
        if new.is_finite() && old.is_finite() {
            ratios.push(if new < old {
                new / old
            } else {
                1.0 / (old / new)
            });
        }
    }
    let held = ratios.len() as f64;
    let won = ratios.iter().filter(|&&ratio| ratio < 1.0).count() as f64;
    won >= CONSISTENT * held && geometric_mean(&ratios) < MARGIN
}

/// The geometric mean of ratios; none may count for more than a factor of 20.
fn geometric_mean(ratios: &[f64]) -> f64 {
    let bounded = ratios.iter().map(|ratio| {
        if ratio.is_nan() {
            1.0
        } else {
            ratio.clamp(0.05, 20.0)
        }
    });
    let sum: f64 = bounded.map(f64::ln).sum();
    (sum / ratios.len().max(1) as f64).exp()
}

/// Continuous ranked probability score of the calibrated normal distribution around the left-out
/// member (Gneiting and Raftery 2007, equation 21), mean over steps.
fn mean_crps(
    runs: &TierRuns,
    leftout: &LeftOut,
    output: usize,
    calibration: &Calibration,
    n_obs: usize,
) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for (at, start) in leftout.starts.iter().enumerate() {
        for (step, cell) in (output..start.target.len()).step_by(n_obs).enumerate() {
            let target = f64::from(start.target[cell]);
            if target.is_finite() {
                let sigma = calibration.sigma(step) * f64::from(runs.scale[at][cell]);
                sum += normal_crps(target - f64::from(runs.mean[at][cell]), sigma);
                count += 1.0;
            }
        }
    }
    sum / count
}

fn normal_crps(error: f64, sigma: f64) -> f64 {
    if sigma <= 0.0 {
        return error.abs();
    }
    let z = error / sigma;
    let density = (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt();
    sigma * (z * (2.0 * normal_cdf(z) - 1.0) + 2.0 * density - 1.0 / std::f64::consts::PI.sqrt())
}

/// Abramowitz and Stegun 1964, formula 26.2.17; error below 7.5e-8.
fn normal_cdf(z: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * z.abs());
    let weights = [
        0.319_381_530,
        -0.356_563_782,
        1.781_477_937,
        -1.821_255_978,
        1.330_274_429,
    ];
    let series = weights
        .iter()
        .rev()
        .fold(0.0, |sum, weight| (sum + weight) * t);
    let tail = series * (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt();
    if z >= 0.0 { 1.0 - tail } else { tail }
}

fn known_mean(values: &[f32], target: &[f32], output: usize, n_obs: usize) -> f64 {
    let cells = (output..target.len()).step_by(n_obs);
    let known: Vec<f64> = cells
        .filter(|&cell| target[cell].is_finite())
        .map(|cell| f64::from(values[cell]))
        .collect();
    known.iter().sum::<f64>() / known.len() as f64
}

fn finite_mean(values: &[f64]) -> f64 {
    let finite: Vec<f64> = values.iter().copied().filter(|x| x.is_finite()).collect();
    if finite.is_empty() {
        return 0.0;
    }
    finite.iter().sum::<f64>() / finite.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_score_of_a_sure_forecast_is_its_error_and_of_a_normal_one_is_known() {
        assert!((normal_crps(-2.0, 0.0) - 2.0).abs() < 1e-12);
        // 2 / sqrt(2 pi) - 1 / sqrt(pi) at the centre.
        assert!((normal_crps(0.0, 1.0) - 0.233_695).abs() < 1e-5);
    }

    #[test]
    fn averaging_never_helps_beyond_the_floor() {
        assert!((averaging_gain(1.0, 0.0, 5) - 1.0).abs() < 1e-12);
        assert!((averaging_gain(1.0, 9.0, 5) - 0.3_f64.sqrt()).abs() < 1e-12);
        assert!((averaging_gain(1.0, 0.5, 5) - 0.6_f64.sqrt()).abs() < 1e-12);
    }
}
