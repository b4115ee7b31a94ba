//! How far training is: the shares of the whole at which its stages begin, about as their times are.

use std::cell::Cell;

use super::TrainHooks;
use crate::base::{Issue, Progress, Reporter};

// By the times of trainings of 1,000 to 10,000 rows: the search of settings takes longest.
pub(super) const NARX_FROM: f64 = 0.02;
pub(super) const NEURAL_FROM: f64 = 0.05;
pub(super) const LEARNING_FROM: f64 = 0.6;
/// Where the transformer begins, where there is one.
pub(super) const TRANSFORMER_FROM: f64 = 0.78;
pub(super) const SCORING_FROM: f64 = 0.97;
/// Where trials of pictures, sound and checklists begin, where there are any: each trains again.
const TRIALS_FROM: f64 = 0.4;

/// Tells how far training is.
pub(super) fn report(hooks: &TrainHooks<'_>, stage: &'static str, done: f64) {
    tell(hooks.reporter, stage, done);
}

/// The same, where only the reporter is at hand.
pub(super) fn tell(reporter: &dyn Reporter, stage: &'static str, done: f64) {
    reporter.report(Progress {
        stage,
        done_frac: Some(done),
        detail: String::new(),
    });
}

/// Reports of the sensors' race, as a part of a training that tries records after it.
pub(super) struct BeforeTrials<'a>(pub(super) &'a dyn Reporter);

impl Reporter for BeforeTrials<'_> {
    fn report(&self, progress: Progress) {
        let done_frac = progress.done_frac.map(|done| TRIALS_FROM * done);
        self.0.report(Progress {
            done_frac,
            ..progress
        });
    }

    fn note(&self, issue: &Issue) {
        self.0.note(issue);
    }
}

/// Counts trials of records against as many as there will be about.
pub(super) struct Trials {
    n_done: Cell<usize>,
    n_expected: usize,
}

impl Trials {
    /// Each kind of record is tried beside those that helped, then what is used is trained in full,
    /// which takes as long as all trials before it.
    pub(super) fn of(n_modalities: usize) -> Self {
        Self {
            n_done: Cell::new(0),
            n_expected: n_modalities * (n_modalities + 1) / 2,
        }
    }

    /// Tells that one more begins; `in_full` where it is the last and longest.
    pub(super) fn begin(&self, hooks: &TrainHooks<'_>, in_full: bool) {
        let share = self.n_done.get() as f64 / self.n_expected.max(1) as f64;
        let share = if in_full { 1.0 } else { share.min(1.0) };
        let done = TRIALS_FROM + (SCORING_FROM - TRIALS_FROM) * 0.5 * share;
        report(hooks, "records", done);
        self.n_done.set(self.n_done.get() + 1);
    }
}
