//! Lets the families race on blocks that the scored member did not see.

use super::{
    CandidateScore, ModelError, Tier,
    blend::{Blend, FAMILIES, Shares},
    calibration::Calibration,
    leftout::{LeftOut, LeftOutStart},
    prepared::{SimOutput, SimStart, Simulator},
};
use crate::base::StopToken;

/// A more complex family must be better by this factor, as a geometric mean over the folds: one
/// fold that no family can know, such as the only one with the largest values, decides nothing.
const MARGIN: f64 = 0.98;
/// … must not be worse than this over all folds together …
const ASTRAY: f64 = 1.5;
/// … and in at least this share of the folds.
const CONSISTENT: f64 = 0.6;
/// Blends whose errors differ by less than this factor are taken for equal.
const EVEN: f64 = 1.01;
/// Steps from no share to the whole.
const GRID: usize = 4;
/// Starts that are run together.
const CHUNK: usize = 16;
/// A risk counts as at least this share of the worst one's.
const LEAST_RISK: f64 = 0.01;

/// What one family, or a blend of them, said about every left-out start.
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
    /// How its members differ.
    pub(crate) middle: Between,
    /// How they differ once moved apart; absent where they are not.
    apart: Option<Between>,
    /// Each member's squared error over the starts of all folds, `[O][M]`.
    risks: Vec<Vec<f64>>,
}

/// How members differ.
#[derive(Debug, Clone)]
pub(crate) struct Between {
    /// Variance between all members, `[start][H, O]`.
    pub(crate) seen: Vec<Vec<f32>>,
    /// The same where the inputs after the start are those of another start: a future that no
    /// member learned from.
    pub(crate) unseen: Vec<Vec<f32>>,
    /// Variance between members of each run's mean over the measured steps, `[start][O]`, NaN
    /// where nothing was measured.
    pub(crate) of_means: Vec<Vec<f64>>,
}

impl Between {
    fn with_capacity(n_starts: usize) -> Self {
        Self {
            seen: Vec::with_capacity(n_starts),
            unseen: Vec::with_capacity(n_starts),
            of_means: Vec::with_capacity(n_starts),
        }
    }

    fn add(&mut self, members: [&[SimOutput]; 2], target: &[f32], n_obs: usize) {
        let [seen, unseen] = members;
        self.seen.push(variances(seen));
        self.unseen.push(variances(unseen));
        let of_means = (0..n_obs).map(|output| {
            let means = seen
                .iter()
                .map(|one| known_mean(&one.mean, target, output, n_obs));
            variance(means)
        });
        self.of_means.push(of_means.collect());
    }
}

impl TierRuns {
    /// Runs every member of one family from every start.
    pub(crate) fn new(
        tier: Tier,
        simulator: &dyn Simulator,
        leftout: &LeftOut,
        modalities: [bool; 3],
        n_obs: usize,
    ) -> Self {
        let mut runs = Self::empty(tier, simulator.n_members(), leftout, n_obs);
        for chunk in Chunk::all(leftout, modalities) {
            let sims: Vec<[Vec<SimOutput>; 2]> = (0..runs.n_members)
                .map(|member| {
                    [&chunk.starts, &chunk.shifted].map(|starts| simulator.simulate(member, starts))
                })
                .collect();
            for at in 0..chunk.starts.len() {
                let [seen, unseen] = [0, 1].map(|future| {
                    let members = sims.iter().map(|one| one[future][at].clone());
                    members.collect::<Vec<SimOutput>>()
                });
                runs.add(
                    &leftout.starts[chunk.first + at],
                    [&seen, &unseen],
                    None,
                    n_obs,
                );
            }
        }
        runs
    }

    /// Runs a blend from every start.
    ///
    /// # Errors
    ///
    /// [`ModelError::Stopped`].
    pub(crate) fn of_blend(
        blend: &Blend<'_>,
        leftout: &LeftOut,
        modalities: [bool; 3],
        n_obs: usize,
        stop: &StopToken,
    ) -> Result<Self, ModelError> {
        let n_members = leftout.starts.iter().map(|start| start.fold + 1).max();
        let mut runs = Self::empty(Tier::Linear, n_members.unwrap_or(0), leftout, n_obs);
        runs.apart = Some(Between::with_capacity(leftout.starts.len()));
        for chunk in Chunk::all(leftout, modalities) {
            let seen = blend.answer(&chunk.starts, stop)?;
            let unseen = blend.answer(&chunk.shifted, stop)?;
            for (at, (seen, unseen)) in seen.iter().zip(&unseen).enumerate() {
                let pair = [seen, unseen];
                let middle = pair.map(|answer| answer.middle.as_slice());
                let apart = pair.map(|answer| answer.apart.as_slice());
                let start = &leftout.starts[chunk.first + at];
                runs.add(start, middle, Some(apart), n_obs);
            }
        }
        Ok(runs)
    }

    fn empty(tier: Tier, n_members: usize, leftout: &LeftOut, n_obs: usize) -> Self {
        let n_starts = leftout.starts.len();
        Self {
            tier,
            n_members,
            mean: Vec::with_capacity(n_starts),
            scale: Vec::with_capacity(n_starts),
            middle: Between::with_capacity(n_starts),
            apart: None,
            risks: vec![vec![0.0; n_members]; n_obs],
        }
    }

    /// Takes what all members said about the next start, in its own future and in another's.
    fn add(
        &mut self,
        start: &LeftOutStart,
        middle: [&[SimOutput]; 2],
        apart: Option<[&[SimOutput]; 2]>,
        n_obs: usize,
    ) {
        let own = middle[0].get(start.fold).cloned().unwrap_or_default();
        self.mean.push(own.mean);
        self.scale.push(own.scale);
        self.middle.add(middle, &start.target, n_obs);
        for (output, risks) in self.risks.iter_mut().enumerate() {
            for (risk, said) in risks.iter_mut().zip(middle[0]) {
                *risk += squared_error(&said.mean, &start.target, output, n_obs);
            }
        }
        if let (Some(between), Some(members)) = (&mut self.apart, apart) {
            between.add(members, &start.target, n_obs);
        }
    }

    /// The members' weights in the mean over them in one output: the inverse of each one's risk.
    ///
    /// A member errs most on the fold that it did not see. Where nothing else resembles that fold
    /// it errs there by far more than the others do on theirs, and knows less of the whole.
    pub(crate) fn weights(&self, output: usize) -> Vec<f64> {
        let risks = &self.risks[output];
        let finite = risks.iter().copied().filter(|risk| risk.is_finite());
        let floor = LEAST_RISK * finite.fold(0.0, f64::max);
        let inverse = risks.iter().map(|risk| {
            let weight = risk.max(floor).recip();
            if weight.is_finite() { weight } else { 0.0 }
        });
        let inverse: Vec<f64> = inverse.collect();
        let whole: f64 = inverse.iter().sum();
        if whole > 0.0 {
            return inverse.iter().map(|weight| weight / whole).collect();
        }
        vec![1.0 / risks.len().max(1) as f64; risks.len()]
    }

    /// How the members differ as they stand in a rollout.
    pub(crate) fn apart(&self) -> &Between {
        self.apart.as_ref().unwrap_or(&self.middle)
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
                    between += f64::from(self.middle.seen[at][cell]);
                    unseen += f64::from(self.middle.unseen[at][cell]);
                }
            }
        }
        averaging_gain(squared, between.min(unseen), self.n_members)
    }
}

/// Starts that are run together.
struct Chunk<'a> {
    first: usize,
    starts: Vec<SimStart<'a>>,
    /// The same pasts with the inputs that came after another start.
    shifted: Vec<SimStart<'a>>,
}

impl<'a> Chunk<'a> {
    fn all(leftout: &'a LeftOut, modalities: [bool; 3]) -> impl Iterator<Item = Self> {
        let all = &leftout.starts;
        let n_starts = all.len();
        (0..n_starts).step_by(CHUNK).map(move |first| {
            let range = first..(first + CHUNK).min(n_starts);
            let starts: Vec<SimStart<'a>> = all[range.clone()]
                .iter()
                .map(|start| start.sim_start(modalities))
                .collect();
            let other = |at: usize| all[(at + n_starts / 2) % n_starts].sim_start(modalities);
            let pairs = starts.iter().zip(range);
            let shifted = pairs.map(|(start, at)| SimStart {
                future_input: other(at).future_input,
                ..*start
            });
            Self {
                first,
                shifted: shifted.collect(),
                starts,
            }
        })
    }
}

/// The variance between members of each cell.
fn variances(members: &[SimOutput]) -> Vec<f32> {
    let size = members.first().map_or(0, |one| one.mean.len());
    let cell = |at: usize| variance(members.iter().map(|one| f64::from(one.mean[at])));
    (0..size)
        .map(|at| super::context::to_f32(cell(at)))
        .collect()
}

fn variance(values: impl Iterator<Item = f64>) -> f64 {
    let (mut count, mut first, mut second) = (0.0, 0.0, 0.0);
    for value in values {
        count += 1.0;
        first += value;
        second += value * value;
    }
    let spread = second - first * first / f64::max(count, 1.0);
    (spread / f64::max(count - 1.0, 1.0)).max(0.0)
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

/// The shares of the families that know the inputs, in each output.
///
/// The linear family answers alone unless others bring something; among blends that err as little
/// the most even one is taken, because shares learned from a few folds are themselves uncertain.
pub(crate) fn shares(candidates: &[TierRuns], leftout: &LeftOut, n_obs: usize) -> Vec<Shares> {
    (0..n_obs)
        .map(|output| {
            let products = Products::new(candidates, leftout, output, n_obs);
            let mut fit = Vec::new();
            for shares in blends(products.exists) {
                let ratio = products.ratio(shares);
                if ratio < MARGIN {
                    fit.push((ratio, shares));
                }
            }
            let least = fit.iter().map(|one| one.0).fold(f64::INFINITY, f64::min);
            let mut best = Shares::LINEAR;
            for (ratio, shares) in fit {
                if ratio <= least * EVEN && shares.entropy() >= best.entropy() {
                    best = shares;
                }
            }
            best
        })
        .collect()
}

/// Every blend on a grid that has a share of a flexible family.
fn blends(exists: [bool; 3]) -> Vec<Shares> {
    let mut list = Vec::new();
    for narx in 0..=GRID {
        for neural in 0..=GRID - narx {
            let parts = [GRID - narx - neural, narx, neural];
            let is_there = (0..3).all(|at| parts[at] == 0 || exists[at]);
            if is_there && narx + neural > 0 {
                list.push(Shares(parts.map(|part| part as f64 / GRID as f64)));
            }
        }
    }
    list
}

/// Sums of products of the families' left-out errors in one output, fold by fold; each family's
/// errors are those of the mean over its members.
struct Products {
    exists: [bool; 3],
    folds: Vec<[[f64; 3]; 3]>,
    /// The weight of each fold's member in each family's mean.
    weights: [Vec<f64>; 3],
}

impl Products {
    fn new(candidates: &[TierRuns], leftout: &LeftOut, output: usize, n_obs: usize) -> Self {
        let runs = FAMILIES.map(|tier| candidates.iter().find(|runs| runs.tier == tier));
        let gains = runs.map(|runs| runs.map_or(0.0, |runs| runs.gain(leftout, output, n_obs)));
        let n_folds = leftout.starts.iter().map(|start| start.fold + 1).max();
        let mut folds = vec![[[0.0; 3]; 3]; n_folds.unwrap_or(0)];
        for (at, start) in leftout.starts.iter().enumerate() {
            for cell in (output..start.target.len()).step_by(n_obs) {
                let target = f64::from(start.target[cell]);
                if !target.is_finite() {
                    continue;
                }
                let errors = [0, 1, 2].map(|family| {
                    let said = runs[family].map_or(target, |one| f64::from(one.mean[at][cell]));
                    gains[family] * (said - target)
                });
                for (row, first) in folds[start.fold].iter_mut().zip(errors) {
                    for (sum, second) in row.iter_mut().zip(errors) {
                        *sum += first * second;
                    }
                }
            }
        }
        let broken = |at: usize| folds.iter().any(|fold| !fold[at][at].is_finite());
        // A polynomial that found nothing to bend is the linear family under another name.
        let bends =
            |at: usize| at == 0 || runs[at].map(|one| &one.mean) != runs[0].map(|one| &one.mean);
        let exists = [0, 1, 2].map(|at| runs[at].is_some() && !broken(at) && bends(at));
        let weights = runs.map(|runs| runs.map_or(Vec::new(), |runs| runs.weights(output)));
        Self {
            exists,
            folds,
            weights,
        }
    }

    /// What a fold counts: as much as its member does in the mean that answers. That member alone
    /// did not know the fold; how it does there says little of the others.
    fn weight(&self, shares: Shares, fold: usize) -> f64 {
        let families = self.weights.iter().zip(shares.0);
        let parts = families.map(|(weights, share)| share * weights.get(fold).unwrap_or(&0.0));
        parts.sum()
    }

    /// Error against the linear family's, as a geometric mean over folds; infinite where it is
    /// worse in too many of them or goes astray.
    fn ratio(&self, shares: Shares) -> f64 {
        let squared = |fold: &[[f64; 3]; 3]| {
            let (mut mixed, mut linear) = (0.0, fold[0][0]);
            for (at, row) in fold.iter().enumerate() {
                for (other, product) in row.iter().enumerate() {
                    let weight = shares.0[at] * shares.0[other];
                    // A broken family has no share, and NaN times zero is NaN.
                    if weight > 0.0 {
                        mixed += weight * product;
                    }
                }
            }
            if !linear.is_finite() {
                linear = f64::MAX;
            }
            [f64::max(mixed, 0.0), linear]
        };
        let folds: Vec<[f64; 2]> = self.folds.iter().map(squared).collect();
        let whole = |at: usize| folds.iter().map(|one| one[at]).sum::<f64>().sqrt();
        let (mut ratio, mut won, mut all) = (0.0, 0.0, 0.0);
        for (fold, [mixed, linear]) in folds.iter().enumerate() {
            // A fold without a measurement says nothing.
            if *mixed > 0.0 || *linear > 0.0 {
                let weight = self.weight(shares, fold);
                ratio += weight * bounded((mixed / linear).sqrt()).ln();
                won += if mixed < linear { weight } else { 0.0 };
                all += weight;
            }
        }
        if whole(0) < ASTRAY * whole(1) && won >= CONSISTENT * all {
            (ratio / all).exp()
        } else {
            f64::INFINITY
        }
    }
}

/// Whether one family is better than another in an output.
pub(crate) fn beats(
    challenger: &TierRuns,
    holder: &TierRuns,
    leftout: &LeftOut,
    (output, n_obs): (usize, usize),
) -> bool {
    // What answers is the mean over members, so that is what competes.
    let gains = [challenger, holder].map(|runs| runs.gain(leftout, output, n_obs));
    let new = |fold| gains[0] * challenger.sums(leftout, output, fold, n_obs).rmse();
    let old = |fold| gains[1] * holder.sums(leftout, output, fold, n_obs).rmse();
    let (whole, bound) = (new(None), ASTRAY * old(None));
    if whole.is_nan() || whole >= bound {
        return false;
    }
    let n_folds = leftout.starts.iter().map(|start| start.fold + 1).max();
    let mut ratios = Vec::new();
    for fold in 0..n_folds.unwrap_or(0) {
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

/// The geometric mean of ratios.
fn geometric_mean(ratios: &[f64]) -> f64 {
    let sum: f64 = ratios.iter().map(|ratio| bounded(*ratio).ln()).sum();
    (sum / ratios.len().max(1) as f64).exp()
}

/// No fold may count for more than a factor of 20.
fn bounded(ratio: f64) -> f64 {
    if ratio.is_nan() {
        1.0
    } else {
        ratio.clamp(0.05, 20.0)
    }
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

fn squared_error(values: &[f32], target: &[f32], output: usize, n_obs: usize) -> f64 {
    let cells = (output..target.len()).step_by(n_obs);
    let known = cells.filter(|&cell| target[cell].is_finite());
    known
        .map(|cell| (f64::from(values[cell]) - f64::from(target[cell])).powi(2))
        .sum()
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
