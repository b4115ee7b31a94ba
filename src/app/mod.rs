//! The running program without a window: state, commands, effects, the worker.
//!
//! `apply` changes state and returns effects; it starts nothing. The worker runs one long job at
//! a time on its own thread and answers through bounded channels.

mod command;
mod session;

pub use command::{
    Command, GapCommand, ImportCommand, Panel, ProjectCommand, ReportCommand, ScenarioCommand,
    TrainingCommand, WindowCommand,
};
pub use session::{Desk, JobView, Message, Session, TrainingView};

// What the window draws comes through this door; it never sees `engine`.
pub use crate::engine::{
    CandidateScore, CompareAnswer, GapAnswer, GapRequest, KpiLine, Loaded, ModalityGain, Preset,
    Preview, StretchTrace, Tier,
};
