//! How far a long piece of work is, told to whoever listens.

use super::Issue;

/// One message about how far the work is.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// A stable word for the stage, such as `reading`; `stage-<stage>` is its locale key.
    pub stage: &'static str,
    /// What has been done, from 0 to 1; `None` where the end is not known.
    pub done_frac: Option<f64>,
    /// A name or number that helps, such as the file being read.
    pub detail: String,
}

/// Listens to progress; it must never block.
pub trait Reporter: Sync {
    /// Takes one message.
    fn report(&self, progress: Progress);

    /// Takes a flaw that was worked around on the way.
    fn note(&self, issue: &Issue) {
        let detail = format!("{}: {}", issue.place, issue.text);
        self.report(Progress {
            stage: "issue",
            done_frac: None,
            detail,
        });
    }
}

/// Listens to nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Reporter for Silent {
    fn report(&self, _progress: Progress) {}
}

impl<F: Fn(Progress) + Sync> Reporter for F {
    fn report(&self, progress: Progress) {
        self(progress);
    }
}
