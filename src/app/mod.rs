//! The running program without a window: state, commands, effects, the worker.
//!
//! `apply` changes state and returns effects; it starts nothing. The worker's threads carry jobs
//! out and answer through bounded channels; `Driver` brings both together once a frame.

mod apply;
mod command;
mod coverage;

mod driver;
mod effect;
mod error;
mod history;
mod job;
mod program;
mod session;
mod settings;
mod worker;

pub use command::{
    Command, GapCommand, ImportCommand, JobCommand, Panel, ProjectCommand, ReportCommand,
    ScenarioCommand, TrainingCommand, TrainingPlan, WindowCommand,
};

pub use coverage::{Coverage, CoverageBin};
pub use driver::Driver;
pub use effect::{Dialog, Effect};
pub use error::AppError;
pub use job::{Job, JobContext, Opened, Outcome, Slot, run_job};
pub use program::{App, AppOptions};
pub use session::{Desk, JobState, JobView, Message, Session, TrainingView, Unfinished, Wizard};
pub use settings::{Settings, data_dir};
pub use worker::{Event, LossPoint, Run, Wake, Worker};

// What the window draws comes through this door; it never sees `engine`.
pub use crate::engine::{
    Access, AnomalyAnswer, AnomalySpan, Attention, CandidateScore, CompareAnswer, CompareRequest,
    Excerpt, FittedModel, FramesWay, Fusion, GapAnswer, GapRequest, KpiLine, Loaded, ModalityGain,
    Preset, Preview, PreviewFact, PreviewRequest, PreviewZone, RecipeDraft, SensesWay, Setting,
    StretchTrace, Tier, TimeChoice, UnfinishedTraining,
};
