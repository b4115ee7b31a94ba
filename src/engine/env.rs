//! What every use case needs from outside.

use crate::base::{Clock, Reporter, StopToken, Stopped};

/// What every use case needs from outside.
#[derive(Clone, Copy)]
pub struct Env<'a> {
    /// Measures durations and dates the audit trail.
    pub clock: &'a dyn Clock,
    /// Is told how far the work is.
    pub reporter: &'a dyn Reporter,
    /// Asks for the end.
    pub stop: &'a StopToken,
    /// Threads; results do not depend on it. 0 = all cores but one, at least one.
    pub n_threads: usize,
}

impl Env<'_> {
    /// How many threads may be used, at least one.
    pub(crate) fn threads(&self) -> usize {
        if self.n_threads > 0 {
            return self.n_threads;
        }
        std::thread::available_parallelism().map_or(1, |cores| cores.get().saturating_sub(1).max(1))
    }

    /// Tells a stage.
    pub(crate) fn tell(
        &self,
        stage: &'static str,
        done_frac: Option<f64>,
        detail: impl Into<String>,
    ) {
        self.reporter.report(crate::base::Progress {
            stage,
            done_frac,
            detail: detail.into(),
        });
    }

    /// Tells every issue; the answer goes on without what it was about.
    pub(crate) fn tell_issues(&self, issues: crate::base::Issues) {
        for issue in issues.into_vec() {
            self.reporter.note(&issue);
        }
    }

    /// Leaves where the end was asked for.
    pub(crate) fn check(&self) -> Result<(), super::EngineError> {
        self.stop
            .check()
            .map_err(|Stopped| super::EngineError::Stopped)
    }
}
