//! Left-out errors in buckets of steps, and how much each of them counts.

use std::{collections::BTreeMap, ops::Range};

use crate::model::{
    leftout::LeftOut,
    runs::{Between, TierRuns},
};

/// Left-out steps: of one fold in one bucket, or of all folds together.
#[derive(Debug, Clone, Default)]
pub(super) struct Cells {
    /// Errors in units of the predicted scale, absolute, each with how much the member had met the
    /// like; sorted where folds are together.
    pub(super) scores: Vec<(f64, f64)>,
    /// Sums of the variance between members in their own and in unseen futures, same units.
    pub(super) between: [f64; 2],
    /// The same of members that were moved apart.
    pub(super) apart: [f64; 2],
    /// Sum of the squared errors, same units.
    pub(super) squared: f64,
}

impl Cells {
    /// All folds together.
    pub(super) fn of<'a>(folds: impl Iterator<Item = &'a FoldCells>) -> Self {
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
    pub(super) fn quantile(&self, share: f64, is_inside: bool) -> f64 {
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
pub(super) struct FoldCells {
    cells: Cells,
    /// Width of the bucket in which they were measured.
    width: usize,
    /// How often they count, so that a fold keeps its weight in wider buckets.
    times: usize,
}

/// What was measured in one bucket.
pub(super) struct Bucket {
    folds: BTreeMap<usize, Cells>,
    /// How many different steps are in it, and the same weighted by how much the like was met.
    pub(super) n_steps: [f64; 2],
}

impl Bucket {
    /// What the starts say of one output in some steps; `stays` as [`unlearned`] gives it.
    pub(super) fn collect(
        runs: &TierRuns,
        leftout: &LeftOut,
        (output, n_obs, stays): (usize, usize, f64),
        steps: Range<usize>,
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
    pub(super) fn with_ended(
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
pub(super) fn unlearned(runs: &TierRuns, leftout: &LeftOut, output: usize, n_obs: usize) -> f64 {
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

/// Steps `[first, end)` that double in number: 0, 1, 2–3, 4–7, ….
pub(super) fn buckets(horizon: usize) -> Vec<(usize, usize)> {
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

#[cfg(test)]
mod tests {
    use super::*;

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
    fn the_last_knot_tells_up_to_where_bands_were_measured() {
        use crate::model::calibration::Calibration;
        for horizon in 1..=4000 {
            let list = buckets(horizon);
            let knots = list
                .iter()
                .map(|&(first, end)| ((first + end) as f64 * 0.5 + 0.5).ln());
            let mut calibration = Calibration {
                knots: knots.collect(),
                ..Calibration::default()
            };
            assert_eq!(calibration.measured_steps(), horizon);
            calibration.knots.pop();
            let before = list[list.len() - 1].0;
            assert_eq!(calibration.measured_steps(), before, "of {horizon}");
        }
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
}
