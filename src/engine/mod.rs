//! What the program can do: one file a use case, no threads that outlive a call, no window.
//!
//! Both the window's worker and the command line call these functions, so that whatever one can
//! do the other can too, with the same bytes as a result.
//!
//! Invariants: every use case either ends with its answer or leaves the project as it was; the
//! numbers of an answer depend on data, scenario, seed and device, never on threads or the clock.

mod anomaly;
mod answer;
mod append;
mod challenge;
mod compare;
mod demo;
mod doctor;
mod doubts;
mod draws;
mod env;
mod error;
mod frames;
mod gap_scores;
mod import_data;
mod inspect_gap;
mod judge;
mod kpi_values;
mod learned;
mod loaded;
mod recipe_memory;
mod run_scenario;
mod saved_texts;
mod sensor_faults;
mod stretches;
mod train_model;
mod truth;
mod unfinished;
mod write_report;
mod write_tables;

pub use anomaly::{AnomalyAnswer, AnomalySpan, find_anomalies};
pub use answer::{
    AnsweringModel, CompareAnswer, CompareRequest, DeviceLine, DoctorAnswer, GapAnswer, GapRequest,
    KpiLine, RunAnswer, ScenarioNote, ScenarioSide, StretchTrace, TruthAnswer, TruthLine,
};
pub use compare::compare;
pub use demo::{demo_scenarios, make_demo};
pub use doctor::{check_device, doctor, has_display};
pub use env::Env;
pub use error::{EngineError, phrases, said};
pub use frames::{FrameScores, inspect_frames, write_frames};
pub use import_data::{ImportHow, PreviewRequest, excerpt, import_data, preview};
pub use inspect_gap::{inspect_gap, inspect_gap_at_fault};
pub use judge::judge;
pub use loaded::Loaded;
pub use recipe_memory::{Memory, RememberedRecipe, forget_recipes, remembered_recipes};
pub use run_scenario::run_scenario;
pub use saved_texts::{read_scenario, save_scenario, save_text, saved_scenarios, saved_texts};
pub use sensor_faults::SensorFaults;
pub use stretches::usual_warmup;
pub use train_model::{Trained, train_model};
pub use truth::{make_plant, truth};
pub use unfinished::UnfinishedTraining;
pub use write_report::{check_report_kind, write_report};
pub use write_tables::{check_out, write_anomalies, write_stretches, write_trajectory};

// What the rooms below give goes on to `app` and `cli` through this door.
pub use crate::import::{
    Excerpt, ImportRequest, Imported, Preview, PreviewFact, PreviewZone, RecipeDraft, Setting,
    TimeChoice,
};
pub use crate::model::{
    Attention, CandidateScore, DeviceChoice, FittedModel, FramesWay, Fusion, Members, ModalityGain,
    NoisePlan, Picture, Preset, SensesPlan, SensesWay, Surprise, SurpriseTrace, Tier, TrainConfig,
    TrainEvent,
};
pub use crate::store::{Access, ImportRecord, ModelRecord, Regime, Trial};
pub use crate::synth::{Excitation, SynthSpec};
