//! Left-out starts that candidates are run from side by side, and their score there.

use super::{
    equation::NarxEquation,
    fit::{FIRST_LOOK, Ground},
    run::{Run, Runner, Seats, Track, sizes},
};
use crate::model::{leftout::LeftOutStart, prepared::SimStart};

/// Starts that are run side by side.
pub(super) struct Group<'a> {
    /// Their positions among all.
    pub(super) places: Vec<usize>,
    /// The starts.
    pub(super) seats: Seats<'a>,
}

/// At how many starts a candidate is looked at.
#[derive(Debug, Clone, Copy)]
pub(super) enum Look {
    /// About [`FIRST_LOOK`].
    First,
    /// All of them.
    Close,
}

impl<'a> Ground<'a> {
    /// Root mean square of the free-run errors on left-out folds; infinite where any member runs
    /// away from a start in its fold.
    pub(super) fn score(&self, equation: &NarxEquation, look: Look) -> f64 {
        match self.errors(equation, None, look) {
            Some((sum, count)) if count > 0.0 => (sum / count).sqrt(),
            _ => f64::INFINITY,
        }
    }

    /// Every so many starts, fold by fold.
    pub(super) fn grouped(&self, look: Look) -> Vec<Group<'a>> {
        let all = self.leftout.starts.iter();
        let every = match look {
            Look::First => all.len().div_ceil(FIRST_LOOK).max(1),
            Look::Close => 1,
        };
        let starts: Vec<(usize, &LeftOutStart)> = all.enumerate().step_by(every).collect();
        let folds = starts.chunk_by(|(_, a), (_, b)| a.fold == b.fold);
        let groups = folds.flat_map(|starts| {
            let starts = starts.iter();
            let starts = starts.map(|(at, start)| (*at, start.sim_start([false; 3])));
            self.seated(starts.collect())
        });
        groups.collect()
    }

    /// Seats starts that are made of those at some places, those of one length together.
    pub(super) fn seated<'s>(&self, mut starts: Vec<(usize, SimStart<'s>)>) -> Vec<Group<'s>> {
        starts.sort_by_key(|(_, start)| sizes(start));
        let (places, starts): (Vec<usize>, Vec<SimStart<'s>>) = starts.into_iter().unzip();
        let mut places = places.into_iter();
        let seats = Seats::of(&starts, self.limits, self.prepared.n_obs, |_| true);
        let groups = seats.map(|seats| Group {
            places: places.by_ref().take(seats.starts.len()).collect(),
            seats,
        });
        groups.collect()
    }

    pub(super) fn groups_of(&self, look: Look) -> &[Group<'a>] {
        match look {
            Look::First => &self.first_look,
            Look::Close => &self.close_look,
        }
    }

    pub(super) fn fold_of(&self, group: &Group<'_>) -> usize {
        group
            .places
            .first()
            .map_or(0, |&at| self.leftout.starts[at].fold)
    }

    /// The other outputs' runs from each start, where those are chosen.
    pub(super) fn others_of(&self, group: &Group<'_>) -> Vec<&[Track]> {
        let places = group.places.iter();
        places
            .filter_map(|&at| self.others.get(at).map(Vec::as_slice))
            .collect()
    }

    /// Sum and number of squared errors from starts in the members' folds, of one member or of all;
    /// `None` where a run goes away.
    pub(super) fn errors(
        &self,
        equation: &NarxEquation,
        only: Option<usize>,
        look: Look,
    ) -> Option<(f64, f64)> {
        let (mut sum, mut count) = (0.0, 0.0);
        let n_obs = self.prepared.n_obs;
        let runners: Vec<Runner<'_>> = (0..equation.members.len())
            .map(|member| Runner::new(equation, member, self.limits, n_obs))
            .collect();
        let mut all: Vec<(usize, Run)> = Vec::new();
        for group in self.groups_of(look) {
            let fold = self.fold_of(group);
            if only.is_some_and(|only| only != fold) {
                continue;
            }
            let runs = runners[fold].free_runs(&group.seats, &self.others_of(group));
            if runs.iter().any(|run| run.went_away) {
                return None;
            }
            all.extend(group.places.iter().copied().zip(runs));
        }
        // Summed in the order of starts, whichever were run together.
        all.sort_by_key(|(at, _)| *at);
        for (at, run) in all {
            let targets = &self.leftout.starts[at].target;
            let n_past = run.track.raw.len() - self.leftout.horizon;
            for (step, value) in run.track.raw[n_past..].iter().enumerate() {
                let target = f64::from(targets[step * n_obs + equation.output]);
                if target.is_finite() {
                    sum += (value - target).powi(2);
                    count += 1.0;
                }
            }
        }
        Some((sum, count))
    }
}
