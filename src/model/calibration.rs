//! Bands that hold on free runs: conformal quantiles per output and horizon bucket.
//!
//! Errors of left-out members are pooled in buckets that double in width; a band around the mean
//! of all members is narrower by what averaging brings. Where a left-out member was driven by inputs
//! beyond those it had met, its error tells little of what all members together know: among inputs
//! that were met such steps count less (weighted conformal prediction, Tibshirani et al. 2019).
//! Coverage is promised for futures like the recorded ones only (exchangeability), not under controls
//! that were never tried.

use std::collections::BTreeMap;

use super::{
    leftout::LeftOut,
    runs::{Between, TierRuns, averaging_gain},
};

/// The 95 % point of the standard normal distribution.
const Z90: f64 = 1.644_853_6;
/// Lags at which the residuals' memory is measured.
const LAGS: [usize; 6] = [1, 2, 4, 8, 16, 32];
/// Memories tried.
const RHOS: [f64; 12] = [
    0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.97, 0.98, 0.99, 0.995, 0.999,
];

/// The calibration of one output of one family; lengths are in units of the predicted scale.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Calibration {
    /// The middle of each bucket as the logarithm of the step, first step = 1.
    pub(crate) knots: Vec<f64>,
    /// Half width of the 50 % band at each knot.
    pub(crate) half50: Vec<f64>,
    /// Half width of the 90 % band at each knot.
    pub(crate) half90: Vec<f64>,
    /// The same two while inputs stay inside those met; never larger.
    pub(crate) inside: [Vec<f64>; 2],
    /// Usual variance between members at each knot.
    pub(crate) between: Vec<f64>,
    /// Share of the noise's variance that has a memory.
    pub(crate) slow_share: f64,
    /// What is left of that part after a step.
    pub(crate) rho: f64,
    /// See [`super::FittedModel::spread_scale`].
    pub(crate) spread_scale: f64,
}

impl Calibration {
    /// Fits the calibration of one output; `long` tells how errors grow where runs go on.
    pub(crate) fn fit(
        (runs, leftout): (&TierRuns, &LeftOut),
        long: Option<(&TierRuns, &LeftOut)>,
        output: usize,
        n_obs: usize,
    ) -> Self {
        let mut calibration = Self {
            spread_scale: spread_scale(runs, leftout, output, n_obs),
            ..Self::default()
        };
        let mut weights = Vec::new();
        let stays = unlearned(runs, leftout, output, n_obs);
        let usual = buckets(leftout.horizon).into_iter();
        let mut parts: Vec<_> = usual.map(|steps| (runs, leftout, steps)).collect();
        if let Some((runs, far)) = long {
            let beyond = buckets(far.horizon).into_iter();
            let beyond = beyond.map(|(first, end)| (first.max(leftout.horizon), end));
            let beyond = beyond.filter(|(first, end)| end - end.min(first) >= leftout.horizon / 2);
            parts.extend(beyond.map(|steps| (runs, far, steps)));
        }
        let mut last = BTreeMap::new();
        let mut sizes = Vec::new();
        for (runs, leftout, (first, end)) in parts {
            let here = Bucket::collect(runs, leftout, (output, n_obs, stays), first..end);
            let folds = here.with_ended(last, end - first);
            let cells = Cells::of(folds.values());
            last = folds;
            if cells.scores.is_empty() {
                continue;
            }
            let own = cells.between[0].min(cells.between[1]);
            let gain = averaging_gain(cells.squared, own, runs.n_members);
            let middle = (first + end) as f64 * 0.5 + 0.5;
            calibration.knots.push(middle.ln());
            let half = |share: f64, is_inside: bool| gain * cells.quantile(share, is_inside);
            calibration.half50.push(half(0.5, false));
            calibration.half90.push(half(0.9, false));
            calibration.inside[0].push(half(0.5, true));
            calibration.inside[1].push(half(0.9, true));
            sizes.push((end - first, here.n_steps));
            let count = cells.scores.len() as f64;
            let usual = cells.apart[0].min(cells.apart[1]);
            calibration.between.push(usual / count);
            weights.push(count);
        }
        if calibration.knots.is_empty() {
            return Self::unknown(calibration.spread_scale);
        }
        (calibration.slow_share, calibration.rho) =
            memory(runs, leftout, (output, n_obs), &calibration);
        calibration.widen(&sizes);
        calibration.settle(&weights);
        calibration
    }

    /// Widens each bucket's bands by how few independent errors they come from; `sizes` holds each
    /// one's width and how many different steps were met in it, in all and weighted.
    fn widen(&mut self, sizes: &[(usize, [f64; 2])]) {
        let hang_together = 1.0 + 2.0 * self.slow_share * self.rho / (1.0 - self.rho);
        for (at, (width, n_steps)) in sizes.iter().enumerate() {
            let stretch = hang_together.min(*width as f64);
            let [all, inside] = n_steps.map(|n| few_stretches(n / stretch));
            self.half50[at] *= all;
            self.half90[at] *= all;
            for half in &mut self.inside {
                half[at] *= inside;
            }
        }
    }

    /// Makes bands rise with the horizon and keeps them in each other.
    fn settle(&mut self, weights: &[f64]) {
        let [inside50, inside90] = &mut self.inside;
        for (inner, outer) in [(&mut self.half50, &mut self.half90), (inside50, inside90)] {
            rise(inner, weights);
            rise(outer, weights);
            for (inner, outer) in inner.iter_mut().zip(outer.iter_mut()) {
                // A few steps that happen to be met exactly are no proof of certainty.
                *outer = outer.max(1e-6);
                *inner = inner.min(*outer);
            }
        }
        for (inside, anywhere) in self.inside.iter_mut().zip([&self.half50, &self.half90]) {
            for (inside, anywhere) in inside.iter_mut().zip(anywhere) {
                *inside = inside.min(*anywhere);
            }
        }
    }

    /// For an output without any left-out measurement: as wide as the output ever moved.
    fn unknown(spread_scale: f64) -> Self {
        Self {
            knots: vec![0.0],
            half50: vec![0.6745],
            half90: vec![Z90],
            inside: [vec![0.6745], vec![Z90]],
            between: vec![0.0],
            slow_share: 1.0,
            rho: 0.99,
            spread_scale,
        }
    }

    /// Half widths of the 50 % and 90 % band at a step, first step = 0; `likeness` as in
    /// [`super::caution::likeness`], 1 inside what was met.
    pub(crate) fn halves(&self, step: usize, likeness: f64) -> [f64; 2] {
        let (at, weight) = self.place(step);
        [(&self.half50, 0), (&self.half90, 1)].map(|(anywhere, which)| {
            let inside = blend(&self.inside[which], at, weight);
            likeness * inside + (1.0 - likeness) * blend(anywhere, at, weight)
        })
    }

    /// Standard deviation of the whole error at a step, with the same likeness.
    pub(crate) fn sigma(&self, step: usize, likeness: f64) -> f64 {
        self.halves(step, likeness)[1] / Z90
    }

    /// Usual variance between members at a step.
    pub(crate) fn between_at(&self, step: usize) -> f64 {
        let (at, weight) = self.place(step);
        blend(&self.between, at, weight)
    }

    /// The knot below a step and the weight of the next one; held beyond both ends.
    fn place(&self, step: usize) -> (usize, f64) {
        let x = (step as f64).ln_1p();
        let above = self.knots.partition_point(|&knot| knot <= x);
        if above == 0 {
            return (0, 0.0);
        }
        if above == self.knots.len() {
            return (above - 1, 0.0);
        }
        let (left, right) = (self.knots[above - 1], self.knots[above]);
        (above - 1, (x - left) / (right - left))
    }
}

/// Left-out steps: of one fold in one bucket, or of all folds together.
#[derive(Debug, Clone, Default)]
struct Cells {
    /// Errors in units of the predicted scale, absolute, each with how much the member had met the
    /// like; sorted where folds are together.
    scores: Vec<(f64, f64)>,
    /// Sums of the variance between members in their own and in unseen futures, same units.
    between: [f64; 2],
    /// The same of members that were moved apart.
    apart: [f64; 2],
    squared: f64,
}

impl Cells {
    /// All folds together.
    fn of<'a>(folds: impl Iterator<Item = &'a FoldCells>) -> Self {
        let mut all = Self::default();
        for fold in folds {
            for _time in 0..fold.times {
                all.scores.extend(&fold.cells.scores);
            }
            let times = fold.times as f64;
            for future in 0..2 {
                all.between[future] += times * fold.cells.between[future];
                all.apart[future] += times * fold.cells.apart[future];
            }
            all.squared += times * fold.cells.squared;
        }
        all.scores.sort_by(|a, b| a.0.total_cmp(&b.0));
        all
    }

    /// The conformal quantile: the share of one more error than there are (Vovk et al. 2005), each
    /// with a weight of its own inside what was met (Tibshirani et al. 2019).
    fn quantile(&self, share: f64, is_inside: bool) -> f64 {
        let weight = |likeness: f64| if is_inside { likeness } else { 1.0 };
        let whole: f64 = self.scores.iter().map(|one| weight(one.1)).sum();
        let (mut sum, wanted) = (0.0, share * (whole + 1.0));
        let reached = self.scores.iter().find(|one| {
            sum += weight(one.1);
            sum >= wanted - 1e-9
        });
        let last = self.scores.last();
        reached.or(last).map_or(0.0, |one| one.0)
    }
}

/// The steps of one fold that speak in a bucket.
#[derive(Debug, Clone)]
struct FoldCells {
    cells: Cells,
    /// Width of the bucket in which they were measured.
    width: usize,
    /// How often they count, so that a fold keeps its weight in wider buckets.
    times: usize,
}

/// What was measured in one bucket.
struct Bucket {
    folds: BTreeMap<usize, Cells>,
    /// How many different steps are in it, and the same weighted by how much the like was met.
    n_steps: [f64; 2],
}

impl Bucket {
    fn collect(
        runs: &TierRuns,
        leftout: &LeftOut,
        (output, n_obs, stays): (usize, usize, f64),
        steps: std::ops::Range<usize>,
    ) -> Self {
        let mut folds: BTreeMap<usize, Cells> = BTreeMap::new();
        let mut seen = BTreeMap::new();
        for (at, start) in leftout.starts.iter().enumerate() {
            for step in steps.clone() {
                let cell = step * n_obs + output;
                let target = f64::from(start.target[cell]);
                let scale = f64::from(runs.scale[at][cell]).max(1e-9);
                // That a channel stays at its end is no proof of how sure the rest is.
                let (is, said) = (start.target[cell], runs.mean[at][cell]);
                if !target.is_finite() || leftout.rests_as_said(output, is, said) {
                    continue;
                }
                let score = (target - f64::from(runs.mean[at][cell])).abs() / scale;
                let unit = (scale * scale).recip();
                let of = |between: &Between| {
                    [&between.seen, &between.unseen].map(|one| unit * f64::from(one[at][cell]))
                };
                let (between, apart) = (of(&runs.middle), of(runs.apart()));
                let cells = folds.entry(start.fold).or_default();
                for future in 0..2 {
                    cells.between[future] += between[future];
                    cells.apart[future] += apart[future];
                }
                cells.squared += score * score;
                let likeness = start.likeness[step] + (1.0 - start.likeness[step]) * stays;
                cells.scores.push((score, likeness));
                let place = (start.place.0, start.place.1 + step);
                let most = seen.entry(place).or_insert(likeness);
                *most = likeness.max(*most);
            }
        }
        Self {
            folds,
            n_steps: [seen.len() as f64, seen.values().sum()],
        }
    }

    /// The folds of a bucket, and what those said last that have ended before it.
    ///
    /// A fold too short for a late bucket does not err less for that: without it the bands of late
    /// steps would come from the other folds alone, and fall where the worst one has ended.
    fn with_ended(
        &self,
        last: BTreeMap<usize, FoldCells>,
        width: usize,
    ) -> BTreeMap<usize, FoldCells> {
        let mut folds = last;
        for cells in folds.values_mut() {
            cells.times = (width / cells.width).max(1);
        }
        for (&fold, cells) in &self.folds {
            let cells = cells.clone();
            let here = FoldCells {
                cells,
                width,
                times: 1,
            };
            folds.insert(fold, here);
        }
        folds
    }
}

/// Which share of the squared error under inputs that a member had not met stays with those who had.
///
/// A family that learns from having met them errs there much less than the member that had not; one that
/// cannot, because the plant bends and it does not, errs there with all folds, and its errors count on.
fn unlearned(runs: &TierRuns, leftout: &LeftOut, output: usize, n_obs: usize) -> f64 {
    let (mut own, mut others) = (0.0, 0.0);
    for (at, start) in leftout.starts.iter().enumerate() {
        let cells = (output..start.target.len()).step_by(n_obs);
        for (cell, likeness) in cells.zip(&start.likeness) {
            let (target, said) = (start.target[cell], runs.mean[at][cell]);
            let met = runs.others[at].get(cell).copied();
            let met = met.filter(|met| met.is_finite() && said.is_finite());
            let Some(met) = met.filter(|_| target.is_finite()) else {
                continue;
            };
            own += (1.0 - likeness) * f64::from(said - target).powi(2);
            others += (1.0 - likeness) * f64::from(met - target).powi(2);
        }
    }
    if own > 0.0 {
        (others / own).min(1.0)
    } else {
        1.0
    }
}

/// Errors within a stretch hang together: the quantile of few stretches is widened as Student's
/// distribution is against the normal one (first term of Fisher's expansion). A stretch is as long
/// as the errors' memory, at most as the bucket.
fn few_stretches(n_stretches: f64) -> f64 {
    1.0 + (Z90 * Z90 + 1.0) / (4.0 * n_stretches.max(2.0))
}

/// Steps `[first, end)` that double in number: 0, 1, 2–3, 4–7, ….
fn buckets(horizon: usize) -> Vec<(usize, usize)> {
    let mut list = Vec::new();
    let (mut first, mut width) = (0, 1);
    while first < horizon {
        let end = (first + width).min(horizon);
        // A short rest at the end joins its neighbour.
        match list.last_mut() {
            Some((_, last_end)) if (end - first) * 3 < width => *last_end = end,
            _ => list.push((first, end)),
        }
        if first > 0 {
            width *= 2;
        }
        first = end;
    }
    list
}

/// Makes a list rise: neighbours that fall are replaced by their weighted mean.
fn rise(values: &mut [f64], weights: &[f64]) {
    let mut pools: Vec<(f64, f64, usize)> = Vec::new();
    for (&value, &weight) in values.iter().zip(weights) {
        pools.push((value, weight, 1));
        while let [.., left, right] = pools[..]
            && left.0 > right.0
        {
            let weight = left.1 + right.1;
            let mean = (left.0 * left.1 + right.0 * right.1) / weight;
            pools.truncate(pools.len() - 2);
            pools.push((mean, weight, left.2 + right.2));
        }
    }
    let smooth = pools
        .iter()
        .flat_map(|&(value, _, count)| std::iter::repeat_n(value, count));
    for (value, new) in values.iter_mut().zip(smooth) {
        *value = new;
    }
}

fn blend(values: &[f64], at: usize, weight: f64) -> f64 {
    let next = values.get(at + 1).copied().unwrap_or(values[at]);
    values[at] * (1.0 - weight) + next * weight
}

/// Fits a slow and a white part to the residuals' autocorrelation.
fn memory(
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
fn spread_scale(runs: &TierRuns, leftout: &LeftOut, output: usize, n_obs: usize) -> f64 {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        Tier,
        prepared::{Block, Prepared, PreparedEpisode, SimOutput, SimStart, Simulator},
    };

    /// Two members that always say 0.
    #[derive(Debug)]
    struct Nought;

    impl Simulator for Nought {
        fn n_params(&self) -> usize {
            0
        }

        fn n_members(&self) -> usize {
            2
        }

        fn simulate(&self, _member: usize, starts: &[SimStart<'_>]) -> Vec<SimOutput> {
            let said = |start: &SimStart<'_>| SimOutput {
                mean: vec![0.0; start.future_input.len()],
                scale: vec![1.0; start.future_input.len()],
            };
            starts.iter().map(said).collect()
        }
    }

    /// Two members; the second had not met large inputs and says 0, the first repeats the input,
    /// where it learns.
    #[derive(Debug)]
    struct Second {
        learns: bool,
    }

    impl Simulator for Second {
        fn n_params(&self) -> usize {
            0
        }

        fn n_members(&self) -> usize {
            2
        }

        fn simulate(&self, member: usize, starts: &[SimStart<'_>]) -> Vec<SimOutput> {
            let knows = self.learns && member == 0;
            let said = |start: &SimStart<'_>| SimOutput {
                mean: start
                    .future_input
                    .iter()
                    .map(|u| if knows { *u } else { 0.0 })
                    .collect(),
                scale: vec![1.0; start.future_input.len()],
            };
            starts.iter().map(said).collect()
        }
    }

    /// Recordings of some steps, a fold each, that go from one level to another as their input does.
    fn prepared(recordings: [(usize, f32, f32); 2]) -> Prepared {
        let episode = |(n_steps, from, to): (usize, f32, f32)| {
            let share = |step: usize| step as f32 / n_steps as f32;
            let levels: Vec<f32> = (0..n_steps)
                .map(|step| from + (to - from) * share(step))
                .collect();
            PreparedEpisode {
                n_steps,
                obs: levels.clone(),
                input: levels,
                context: vec![Vec::new(); 3],
            }
        };
        let fold = |(episode, (end, ..)): (usize, (usize, f32, f32))| {
            vec![Block {
                episode,
                start: 0,
                end,
            }]
        };
        Prepared {
            n_obs: 1,
            n_in: 1,
            n_features: [0; 3],
            step_secs: 1.0,
            episodes: recordings.map(episode).into(),
            folds: recordings.into_iter().enumerate().map(fold).collect(),
            rails: vec![crate::model::rails::FREE; 1],
            fading: crate::model::senses::Memory::default(),
        }
    }

    fn fitted(prepared: &Prepared, family: &dyn Simulator) -> (Calibration, usize) {
        let leftout = LeftOut::new(prepared);
        let runs = TierRuns::new(Tier::Linear, family, &leftout, [false; 3], 1);
        let calibration = Calibration::fit((&runs, &leftout), None, 0, 1);
        (calibration, leftout.horizon - 1)
    }

    #[test]
    fn the_errors_of_a_fold_that_ended_early_still_count_in_late_bands() {
        // The plant stays at 1 in a long recording and at 10 in a short one.
        let prepared = prepared([(400, 1.0, 1.0), (96, 10.0, 10.0)]);
        let (calibration, last) = fitted(&prepared, &Nought);
        let late = calibration.halves(last, 1.0)[1];
        assert!(late >= 10.0, "{late}: {calibration:?}");
    }

    #[test]
    fn errors_at_inputs_never_met_count_on_where_having_met_them_does_not_help() {
        let prepared = prepared([(400, 0.5, 1.0), (400, 0.0, 10.0)]);
        for (learns, narrow) in [(true, true), (false, false)] {
            let (calibration, last) = fitted(&prepared, &Second { learns });
            let [inside, anywhere] = [1.0, 0.0].map(|like| calibration.halves(last, like)[1]);
            assert!(anywhere > 5.0, "{calibration:?}");
            assert_eq!(inside < 2.0, narrow, "{learns} {calibration:?}");
        }
    }

    #[test]
    fn buckets_cover_every_step_once() {
        for horizon in [1, 2, 3, 24, 100, 205, 360] {
            let list = buckets(horizon);
            assert_eq!(list[0].0, 0);
            assert_eq!(list[list.len() - 1].1, horizon);
            assert!(
                list.windows(2).all(|pair| pair[0].1 == pair[1].0),
                "{list:?}"
            );
        }
    }

    #[test]
    fn a_falling_pair_is_pooled() {
        let mut values = [1.0, 3.0, 2.0, 5.0];
        rise(&mut values, &[1.0, 1.0, 3.0, 1.0]);
        let expected = [1.0, 2.25, 2.25, 5.0];
        assert!(
            values
                .iter()
                .zip(expected)
                .all(|(a, b)| (a - b).abs() < 1e-12)
        );
    }

    #[test]
    fn the_conformal_rank_is_one_more_than_the_plain_one() {
        let scores: Vec<(f64, f64)> = (1..=19).map(|one| (f64::from(one), 1.0)).collect();
        let cells = Cells {
            scores,
            ..Cells::default()
        };
        for is_inside in [false, true] {
            assert!((cells.quantile(0.9, is_inside) - 18.0).abs() < 1e-12);
            assert!((cells.quantile(0.5, is_inside) - 10.0).abs() < 1e-12);
        }
    }

    #[test]
    fn errors_under_inputs_that_were_not_met_hardly_count_among_those_that_were() {
        let near = (1..=90).map(|one| (f64::from(one) / 90.0, 1.0));
        let far = (1..=30).map(|one| (f64::from(one), 0.01));
        let mut cells = Cells {
            scores: near.chain(far).collect(),
            ..Cells::default()
        };
        cells.scores.sort_by(|a, b| a.0.total_cmp(&b.0));
        assert!(cells.quantile(0.9, true) < 1.0);
        assert!(cells.quantile(0.9, false) > 10.0);
    }

    #[test]
    fn errors_without_memory_are_many_and_those_that_hang_together_few() {
        let widened = |slow_share: f64| {
            let mut one = Calibration::unknown(1.0);
            (one.slow_share, one.rho) = (slow_share, 0.99);
            one.widen(&[(100, [500.0, 500.0])]);
            one.half90[0] / Z90
        };
        assert!((widened(0.0) - few_stretches(500.0)).abs() < 1e-12);
        // A hundredfold memory is as long as the bucket: five stretches.
        assert!((widened(1.0) - few_stretches(5.0)).abs() < 1e-12);
    }
}
