//! Left-out starts that candidates are run from side by side, and their score there.

use super::{
    equation::NarxEquation,
    fit::Ground,
    run::{Runner, Seats, Track},
};
use crate::model::{leftout::LeftOutStart, prepared::SimStart};

/// Starts that are run side by side.
pub(super) struct Deck<'a> {
    /// Their positions among all.
    pub(super) places: Vec<usize>,
    /// The starts.
    pub(super) seats: Seats<'a>,
}

impl<'a> Ground<'a> {
    /// Root mean square of the free-run errors on left-out folds; infinite where any member runs
    /// away from a start in its fold. At most about `n_starts` starts are looked at.
    pub(super) fn score(&self, equation: &NarxEquation, n_starts: usize) -> f64 {
        match self.errors(equation, None, n_starts) {
            Some((sum, count)) if count > 0.0 => (sum / count).sqrt(),
            _ => f64::INFINITY,
        }
    }

    fn every(&self, n_starts: usize) -> usize {
        self.leftout.starts.len().div_ceil(n_starts).max(1)
    }

    /// About so many starts, fold by fold.
    pub(super) fn dealt(&self, n_starts: usize) -> (usize, Vec<Deck<'a>>) {
        let every = self.every(n_starts);
        let starts = self.leftout.starts.iter().enumerate().step_by(every);
        let starts: Vec<(usize, &LeftOutStart)> = starts.collect();
        let folds = starts.chunk_by(|(_, a), (_, b)| a.fold == b.fold);
        let decks = folds.flat_map(|starts| {
            let starts = starts.iter();
            let starts: Vec<_> = starts
                .map(|(at, start)| (*at, start.sim_start([false; 3])))
                .collect();
            self.seated(&starts)
        });
        (every, decks.collect())
    }

    /// Seats starts that are made of those at some places.
    pub(super) fn seated<'s>(&self, starts: &[(usize, SimStart<'s>)]) -> Vec<Deck<'s>> {
        let (places, starts): (Vec<usize>, Vec<SimStart<'s>>) = starts.iter().copied().unzip();
        let mut places = places.into_iter();
        let seats = Seats::of(&starts, self.limits, self.prepared.n_obs).into_iter();
        let decks = seats.map(|seats| Deck {
            places: places.by_ref().take(seats.starts.len()).collect(),
            seats,
        });
        decks.collect()
    }

    pub(super) fn decks_of(&self, n_starts: usize) -> &[Deck<'a>] {
        let every = self.every(n_starts);
        let decks = self.decks.iter().find(|(one, _)| *one == every);
        decks.map_or(&[], |(_, decks)| decks)
    }

    pub(super) fn fold_of(&self, deck: &Deck<'_>) -> usize {
        deck.places
            .first()
            .map_or(0, |&at| self.leftout.starts[at].fold)
    }

    /// The other outputs' runs from each start, where those are chosen.
    pub(super) fn others_of(&self, deck: &Deck<'_>) -> Vec<&[Track]> {
        let places = deck.places.iter();
        places
            .filter_map(|&at| self.others.get(at).map(Vec::as_slice))
            .collect()
    }

    /// Sum and number of squared errors from about so many starts in the members' folds, of one
    /// member or of all; `None` where a run goes away.
    pub(super) fn errors(
        &self,
        equation: &NarxEquation,
        only: Option<usize>,
        n_starts: usize,
    ) -> Option<(f64, f64)> {
        let (mut sum, mut count) = (0.0, 0.0);
        let n_obs = self.prepared.n_obs;
        let runners: Vec<Runner<'_>> = (0..equation.members.len())
            .map(|member| Runner::new(equation, member, self.limits, n_obs))
            .collect();
        for deck in self.decks_of(n_starts) {
            let fold = self.fold_of(deck);
            if only.is_some_and(|only| only != fold) {
                continue;
            }
            let runs = runners[fold].free_runs(&deck.seats, &self.others_of(deck));
            if runs.iter().any(|run| run.went_away) {
                return None;
            }
            for (&at, run) in deck.places.iter().zip(runs) {
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
        }
        Some((sum, count))
    }
}
