//! What the window shows: rebuilt at every start, nothing of it is saved.

use std::{path::PathBuf, sync::Arc};

use super::{
    AnomalyAnswer, CandidateScore, CompareAnswer, Coverage, Excerpt, GapAnswer, Loaded, Panel,
    Preview, RecipeDraft, TrainingPlan, apply::import,
};
use crate::{
    base::{Issue, Locale, Phrase, Severity},
    data::Pyramid,
    scenario::{ScenarioSpec, StartSpec},
};

/// The state behind the window.
#[derive(Debug)]
pub struct Session {
    /// The open project.
    pub loaded: Option<Loaded>,
    /// Which data these are: another number wherever positions of channels, recordings and steps may
    /// mean something else than before. A training on the same data keeps it.
    pub data_id: u64,
    /// One pyramid a channel and episode, `[episode][channel]`.
    pub pyramids: Arc<Vec<Vec<Pyramid>>>,
    /// What was recorded when.
    pub coverage: Arc<Coverage>,
    /// A file that waits to be imported: the last reading of it that gave something.
    pub preview: Option<Preview>,
    /// What was decided about it.
    pub wizard: Wizard,
    /// The lines of a file around a place that was asked for.
    pub excerpt: Option<Excerpt>,
    /// Scenario A.
    pub baseline: ScenarioSpec,
    /// Scenario B.
    pub variant: ScenarioSpec,
    /// The scenarios that were saved in the project, by name.
    pub saved: Vec<(String, ScenarioSpec)>,
    /// The newest comparison.
    pub compare: Option<Arc<CompareAnswer>>,
    /// Whether `compare` answers an older question than the one asked now.
    pub compare_stale: bool,
    /// The newest gap.
    pub gap: Option<Arc<GapAnswer>>,
    /// Whether `gap` was measured with an earlier model than the one that answers now.
    pub gap_stale: bool,
    /// How surprising the steps of its split are.
    pub anomaly: Option<Arc<AnomalyAnswer>>,
    /// The running training.
    pub training: Option<TrainingView>,
    /// The running and the last jobs, newest last.
    pub jobs: Vec<JobView>,
    /// Messages that wait to be read.
    pub messages: Vec<Message>,
    /// The view in front.
    pub panel: Panel,
    /// The language.
    pub locale: Locale,
    /// Dark or light.
    pub dark: bool,
    /// Small things around the work.
    pub desk: Desk,
}

/// Small things around the work: what was open, what waits, what can be undone.
#[derive(Debug, Clone, Default)]
pub struct Desk {
    /// Projects opened lately, newest first.
    pub recent: Vec<PathBuf>,
    /// Files that wait for the preview to be accepted.
    pub waiting: Vec<PathBuf>,
    /// The project that they go to, and its name; `None` = beside the first of them.
    pub goes_to: Option<(PathBuf, String)>,
    /// How many changes of B can be undone.
    pub undo_steps: usize,
    /// How many can be done again.
    pub redo_steps: usize,
    /// Whether the data of this project were looked at.
    pub has_seen_data: bool,
    /// The training that ended last.
    pub last_training: Option<TrainingView>,
    /// The trainings that were stopped and can go on, at most one a project.
    pub unfinished: Vec<Unfinished>,
    /// The report that was written last.
    pub last_report: Option<PathBuf>,
    /// Where the views are, as the window writes it; empty = the default.
    pub layout: String,
    /// Whether the window is shown to others: large type, no bars.
    pub presents: bool,
    /// Now, ns since 1970 UTC, as of the last frame.
    pub now_ns: i64,
}

/// What was decided about a file that waits to be imported.
#[derive(Debug, Clone, Default)]
pub struct Wizard {
    /// The decisions; whatever they leave open is found.
    pub draft: RecipeDraft,
    /// What they were when the file was first shown.
    pub opened_with: RecipeDraft,
    /// Whether the preview is older than the decisions.
    pub is_stale: bool,
    /// Why nothing can be read under the newest decisions, and the next step.
    pub problem: Option<(String, String)>,
    /// Why the import that was tried gave nothing, and the next step; it can be tried again.
    pub failure: Option<(String, String)>,
    /// What the memory of recipes said.
    pub notes: Vec<Issue>,
    /// The newest job that reads the file.
    pub(super) newest: u64,
}

impl Wizard {
    /// Whether leaving would lose a decision.
    pub fn is_changed(&self) -> bool {
        self.draft != self.opened_with
    }
}

impl Session {
    /// A session with nothing open.
    pub fn new(locale: Locale, dark: bool) -> Self {
        Self {
            loaded: None,
            data_id: 0,
            pyramids: Arc::default(),
            coverage: Arc::default(),
            preview: None,
            wizard: Wizard::default(),
            excerpt: None,
            baseline: as_it_was_run("A"),
            variant: as_it_was_run("B"),
            saved: Vec::new(),
            compare: None,
            compare_stale: false,
            gap: None,
            gap_stale: false,
            anomaly: None,
            training: None,
            jobs: Vec::new(),
            messages: Vec::new(),
            panel: Panel::Home,
            locale,
            dark,
            desk: Desk::default(),
        }
    }

    /// Where the project of the files that wait to be imported will be, if that folder may be written.
    pub fn import_goes_to(&self) -> Option<PathBuf> {
        if let Some((project, _)) = &self.desk.goes_to {
            return Some(project.clone());
        }
        let first = self.desk.waiting.first()?;
        Some(import::beside(first).0)
    }

    /// The running job that is waited for: a training, else the newest one, comparisons last.
    pub fn running_job(&self) -> Option<&JobView> {
        let running = || {
            let jobs = self.jobs.iter();
            jobs.filter(|job| job.state == JobState::Running)
        };
        running()
            .rfind(|job| job.kind == "train")
            .or_else(|| running().rfind(|job| job.kind != "compare"))
            .or_else(|| running().next_back())
    }

    /// The training of the open project that was stopped and can go on.
    pub fn unfinished(&self) -> Option<&Unfinished> {
        let open = self.loaded.as_ref().map(|loaded| &loaded.path);
        let mut stopped = self.desk.unfinished.iter();
        let of_open = stopped.find(|stopped| Some(&stopped.project) == open);
        of_open.filter(|_| self.training.is_none())
    }

    /// Whether a job of this kind runs or waits.
    pub fn is_busy_with(&self, kind: &str) -> bool {
        self.jobs
            .iter()
            .any(|job| job.kind == kind && job.state.is_open())
    }
}

/// A scenario without changes, from the latest episode.
pub(crate) fn as_it_was_run(name: &str) -> ScenarioSpec {
    ScenarioSpec {
        name: name.to_owned(),
        start: StartSpec::default(),
        horizon_steps: None,
        edits: Vec::new(),
        kpis: Vec::new(),
        file: String::new(),
    }
}

/// A training as the window shows it.
#[derive(Debug, Clone, Default)]
pub struct TrainingView {
    /// (step, loss on training windows).
    pub train_curve: Vec<(f64, f64)>,
    /// (step, free-run error on validation).
    pub val_curve: Vec<(f64, f64)>,
    /// Candidates scored so far.
    pub scores: Vec<CandidateScore>,
    /// 0 to 1.
    pub done_frac: f64,
    /// Seconds left, where known.
    pub left_secs: Option<f64>,
    /// What it was asked to do.
    pub plan: TrainingPlan,
}

/// A training that was stopped after a state was saved that it can go on from.
#[derive(Debug, Clone, PartialEq)]
pub struct Unfinished {
    /// The project that holds the state.
    pub project: PathBuf,
    /// What it was asked to do; only the same can go on.
    pub plan: TrainingPlan,
    /// How far it was, 0 to 1.
    pub done_frac: f64,
}

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// Others are carried out first.
    Waiting,
    /// It is carried out.
    Running,
    /// It gave what was asked for.
    Done,
    /// It could not be done.
    Failed,
    /// It ended because it was asked to.
    Cancelled,
}

impl JobState {
    /// The stable id; `state-<id>` is the locale key.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether it has not ended yet.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::Running)
    }
}

/// A job as the window shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct JobView {
    /// Its number.
    pub id: u64,
    /// `job-<kind>` is its locale key.
    pub kind: &'static str,
    /// Why it runs, as a locale key.
    pub cause: &'static str,
    /// How far it is.
    pub state: JobState,
    /// The stage; `stage-<stage>` is the locale key.
    pub stage: &'static str,
    /// 0 to 1, where known.
    pub done_frac: Option<f64>,
    /// A name or the reason of a failure.
    pub detail: Phrase,
    /// Seconds since it started, or that it took.
    pub secs: f64,
}

/// Something the user must know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its number.
    pub id: u64,
    /// The kind of job that failed; empty where it is about none.
    pub job: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// What happened.
    pub text: Phrase,
    /// The next step.
    pub hint: Option<Phrase>,
    /// The file that it is about.
    pub path: Option<PathBuf>,
}
