//! Lets the families race on blocks that the scored member did not see.

use super::{
    CandidateScore,
    blend::{FAMILIES, N, PLACES, Shares},
    calibration::Calibration,
    learning::geometric_mean,
    leftout::LeftOut,
    runs::TierRuns,
};

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
    let of = |output: usize| Products::new(candidates, leftout, output, n_obs).best();
    (0..n_obs).map(of).collect()
}

/// Every blend on a grid that has a share of a flexible family.
fn blends(exists: [bool; N]) -> Vec<Shares> {
    let mut list = Vec::new();
    for narx in 0..=GRID {
        for neural in 0..=GRID - narx {
            for transformer in 0..=GRID - narx - neural {
                let linear = GRID - narx - neural - transformer;
                let parts = [linear, narx, neural, transformer];
                let is_there = PLACES.into_iter().all(|at| parts[at] == 0 || exists[at]);
                if is_there && linear < GRID {
                    list.push(Shares(parts.map(|part| part as f64 / GRID as f64)));
                }
            }
        }
    }
    list
}

/// Sums of products of the families' left-out errors in one output, fold by fold; each family's
/// errors are those of the mean over its members.
struct Products {
    exists: [bool; N],
    folds: Vec<[[f64; N]; N]>,
    /// The weight of each fold's member in each family's mean.
    weights: [Vec<f64>; N],
}

impl Products {
    fn new(candidates: &[TierRuns], leftout: &LeftOut, output: usize, n_obs: usize) -> Self {
        let runs = FAMILIES.map(|tier| candidates.iter().find(|runs| runs.tier == tier));
        let gains = runs.map(|runs| runs.map_or(0.0, |runs| runs.gain(leftout, output, n_obs)));
        let n_folds = leftout.starts.iter().map(|start| start.fold + 1).max();
        let mut folds = vec![[[0.0; N]; N]; n_folds.unwrap_or(0)];
        for (at, start) in leftout.starts.iter().enumerate() {
            for cell in (output..start.target.len()).step_by(n_obs) {
                let target = f64::from(start.target[cell]);
                if !target.is_finite() {
                    continue;
                }
                let errors = PLACES.map(|family| {
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
        let exists = PLACES.map(|at| runs[at].is_some() && !broken(at) && bends(at));
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

    /// The most even of the blends that err least; the linear family alone where none is better.
    fn best(&self) -> Shares {
        let mut better = Vec::new();
        for shares in blends(self.exists) {
            let ratio = self.ratio(shares);
            if ratio < MARGIN {
                better.push((ratio, shares));
            }
        }
        // Blends that err alike are many where families are: the last and dearest of them must bring as
        // much beyond the others as any flexible one beyond the line.
        let attends = |shares: &Shares| shares.0[N - 1] > 0.0;
        let least_of = |with: bool| {
            let those = better.iter().filter(|one| attends(&one.1) == with);
            those.map(|one| one.0).fold(f64::INFINITY, f64::min)
        };
        if least_of(true) >= MARGIN * least_of(false).min(1.0) {
            better.retain(|one| !attends(&one.1));
        }
        let least = better.iter().map(|one| one.0).fold(f64::INFINITY, f64::min);
        let mut best = Shares::LINEAR;
        for (ratio, shares) in better {
            if ratio <= least * EVEN && shares.entropy() >= best.entropy() {
                best = shares;
            }
        }
        best
    }

    /// Error against the linear family's, as a geometric mean over folds; infinite where it is
    /// worse in too many of them or goes astray.
    fn ratio(&self, shares: Shares) -> f64 {
        let squared = |fold: &[[f64; N]; N]| {
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
            ratios.push(bounded(if new < old {
                new / old
            } else {
                1.0 / (old / new)
            }));
        }
    }
    let held = ratios.len() as f64;
    let won = ratios.iter().filter(|&&ratio| ratio < 1.0).count() as f64;
    won >= CONSISTENT * held && geometric_mean(&ratios) < MARGIN
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
pub(crate) fn mean_crps(
    runs: &TierRuns,
    leftout: &LeftOut,
    output: usize,
    calibration: &Calibration,
    n_obs: usize,
) -> f64 {
    let folds = crps_of_folds(runs, leftout, output, calibration, (n_obs, 0));
    let (sum, count) = (folds.iter()).fold((0.0, 0.0), |all, one| (all.0 + one.0, all.1 + one.1));
    sum / count
}

/// The same fold by fold from a step of the runs on, each as its sum over steps and their number.
pub(crate) fn crps_of_folds(
    runs: &TierRuns,
    leftout: &LeftOut,
    output: usize,
    calibration: &Calibration,
    (n_obs, from): (usize, usize),
) -> Vec<(f64, f64)> {
    let n_folds = leftout.starts.iter().map(|start| start.fold + 1).max();
    let mut folds = vec![(0.0, 0.0); n_folds.unwrap_or(0)];
    for (at, start) in leftout.starts.iter().enumerate() {
        let (sum, count) = &mut folds[start.fold];
        let cells = (output..start.target.len()).step_by(n_obs).enumerate();
        for (step, cell) in cells.skip(from) {
            let target = f64::from(start.target[cell]);
            if target.is_finite() {
                let sigma =
                    calibration.sigma(step, start.likeness[step]) * f64::from(runs.scale[at][cell]);
                *sum += normal_crps(target - f64::from(runs.mean[at][cell]), sigma);
                *count += 1.0;
            }
        }
    }
    folds
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

/// The mean over outputs that have a number; no number where all lack it, and 0 of no outputs.
fn finite_mean(values: &[f64]) -> f64 {
    let finite: Vec<f64> = values.iter().copied().filter(|x| x.is_finite()).collect();
    if finite.is_empty() {
        // Of plain sign, so that it is sorted behind every number.
        return if values.is_empty() { 0.0 } else { f64::NAN };
    }
    finite.iter().sum::<f64>() / finite.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Five folds alike; errors of the linear and the neural family with some correlation.
    fn products(neural: f64, correlation: f64) -> Products {
        let cross = correlation * neural;
        let mut fold = [[0.0; N]; N];
        (fold[0][0], fold[2][2]) = (1.0, neural * neural);
        (fold[0][2], fold[2][0]) = (cross, cross);
        Products {
            exists: [true, false, true, false],
            folds: vec![fold; 5],
            weights: [vec![0.2; 5], Vec::new(), vec![0.2; 5], Vec::new()],
        }
    }

    #[test]
    fn families_that_err_apart_share_and_one_that_brings_nothing_has_none() {
        assert_eq!(products(1.0, -0.8).best(), Shares([0.5, 0.0, 0.5, 0.0]));
        assert_eq!(products(0.3, 0.9).best(), Shares([0.0, 0.0, 1.0, 0.0]));
        assert_eq!(products(1.0, 1.0).best(), Shares::LINEAR);
        assert_eq!(products(3.0, 0.5).best(), Shares::LINEAR);
    }

    #[test]
    fn the_transformer_has_a_share_only_where_the_others_are_worse_without_it() {
        let answer = |correlation: f64| {
            let mut products = products(0.5, 0.0);
            products.exists[3] = true;
            products.weights[3] = vec![0.2; 5];
            for fold in &mut products.folds {
                fold[3][3] = 0.25;
                (fold[2][3], fold[3][2]) = (0.25 * correlation, 0.25 * correlation);
            }
            products.best().0[3]
        };
        assert!(answer(0.0) > 0.0);
        assert!(answer(1.0) <= 0.0);
    }

    #[test]
    fn a_family_that_is_worse_in_most_folds_has_no_share() {
        let mut products = products(0.5, 0.9);
        for fold in &mut products.folds[..3] {
            fold[0] = [1.0, 0.0, 2.0, 0.0];
            fold[2] = [2.0, 0.0, 4.0, 0.0];
        }
        assert_eq!(products.best(), Shares::LINEAR);
        // Where the member that missed those folds counts little, so do they.
        products.weights[2] = vec![0.02, 0.02, 0.02, 0.47, 0.47];
        assert!(products.best().0[2] > 0.5);
    }

    #[test]
    fn a_family_that_broke_in_every_output_is_not_scored_as_perfect() {
        let broken = finite_mean(&[f64::NAN, f64::INFINITY]);
        assert!(broken.is_nan() && broken.total_cmp(&9.0).is_gt());
        assert!((finite_mean(&[f64::NAN, 0.5]) - 0.5).abs() < 1e-12);
        assert!(finite_mean(&[]).abs() < 1e-12);
    }

    #[test]
    fn the_score_of_a_sure_forecast_is_its_error_and_of_a_normal_one_is_known() {
        assert!((normal_crps(-2.0, 0.0) - 2.0).abs() < 1e-12);
        // 2 / sqrt(2 pi) - 1 / sqrt(pi) at the centre.
        assert!((normal_crps(0.0, 1.0) - 0.233_695).abs() < 1e-5);
    }

    #[test]
    fn the_score_of_a_normal_forecast_agrees_with_scoringrules() {
        let text = include_str!("../../tests/golden/metrics.json");
        let golden: serde_json::Value = serde_json::from_str(text).unwrap();
        let cases = golden["crps_normal"].as_array().unwrap();
        assert!(cases.len() > 10);
        for case in cases {
            let [error, sigma, score] = [0, 1, 2].map(|at| case[at].as_f64().unwrap());
            let found = normal_crps(error, sigma);
            assert!(
                (found - score).abs() < 1e-6 * sigma.max(1.0),
                "{case} {found}"
            );
        }
    }
}
