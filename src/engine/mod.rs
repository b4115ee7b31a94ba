//! What the program can do: one file a use case, no threads of its own, no window.
//!
//! Both the window's worker and the command line call these functions, so that whatever one can
//! do the other can too, with the same bytes as a result.

mod answer;
mod loaded;

pub use answer::{
    CompareAnswer, CompareRequest, DeviceLine, DoctorAnswer, GapAnswer, GapRequest, KpiLine,
    LimitLine, RunAnswer, ScenarioSide, StretchTrace, TruthAnswer, TruthLine,
};
pub use loaded::Loaded;

// What the rooms below give goes on to `app` and `cli` through this door.
pub use crate::import::{ImportRequest, Imported, Preview};
pub use crate::model::{
    CandidateScore, DeviceChoice, FittedModel, Members, ModalityGain, Preset, Tier, TrainConfig,
    TrainEvent,
};
pub use crate::store::{Access, ImportRecord, ModelRecord};
pub use crate::synth::{Excitation, SynthSpec};

use std::path::Path;

use crate::{
    base::{Clock, Locale, Reporter, StopToken},
    scenario::ScenarioSpec,
};

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

/// A use case could not be carried out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// Files could not be imported.
    #[error(transparent)]
    Import(#[from] crate::import::ImportError),
    /// The project could not be read or written.
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
    /// The scenario cannot be asked.
    #[error(transparent)]
    Scenario(#[from] crate::scenario::ScenarioError),
    /// The model could not be trained or asked.
    #[error(transparent)]
    Model(#[from] crate::model::ModelError),
    /// The built-in plant could not be simulated.
    #[error(transparent)]
    Synth(#[from] crate::synth::SynthError),
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] crate::base::FileError),
}

/// Imports files into a project folder, which is made where it is not there.
///
/// # Errors
///
/// [`EngineError`]; the project's earlier dataset is then untouched.
pub fn import_data(
    project: &Path,
    request: &ImportRequest,
    append: bool,
    env: &Env<'_>,
) -> Result<Loaded, EngineError> {
    let _unused = (project, request, append, env);
    todo!()
}

/// Trains all candidates, saves checkpoints and the result into the project.
///
/// # Errors
///
/// [`EngineError`]; the model in use is then untouched.
pub fn train_model(
    project: &Path,
    config: &TrainConfig,
    resume: bool,
    on_event: &mut dyn FnMut(&TrainEvent),
    env: &Env<'_>,
) -> Result<FittedModel, EngineError> {
    let _unused = (project, config, resume, on_event, env);
    todo!()
}

/// Compares two scenarios with common random numbers.
///
/// # Errors
///
/// [`EngineError`] where there is no model or a scenario does not fit.
pub fn compare(
    loaded: &Loaded,
    request: &CompareRequest,
    env: &Env<'_>,
) -> Result<CompareAnswer, EngineError> {
    let _unused = (loaded, request, env);
    todo!()
}

/// Rolls one scenario out.
///
/// # Errors
///
/// As [`compare`].
pub fn run_scenario(
    loaded: &Loaded,
    spec: &ScenarioSpec,
    n_draws: usize,
    seed: u64,
    env: &Env<'_>,
) -> Result<RunAnswer, EngineError> {
    let _unused = (loaded, spec, n_draws, seed, env);
    todo!()
}

/// Measures where the model differs from the plant.
///
/// # Errors
///
/// [`EngineError`] where there is no model or the split has no rows.
pub fn inspect_gap(
    loaded: &Loaded,
    request: &GapRequest,
    env: &Env<'_>,
) -> Result<GapAnswer, EngineError> {
    let _unused = (loaded, request, env);
    todo!()
}

/// Says whether a question may be answered from the log.
///
/// # Errors
///
/// [`EngineError`] where the scenario does not fit.
pub fn judge(
    loaded: &Loaded,
    spec: &ScenarioSpec,
    env: &Env<'_>,
) -> Result<(crate::trust::Judgement, crate::trust::Support), EngineError> {
    let _unused = (loaded, spec, env);
    todo!()
}

/// The true deltas of a folder that the built-in plant wrote.
///
/// # Errors
///
/// [`EngineError`] where the folder holds no truth or a scenario does not fit.
pub fn truth(
    dir: &Path,
    baseline: &ScenarioSpec,
    variant: &ScenarioSpec,
) -> Result<TruthAnswer, EngineError> {
    let _unused = (dir, baseline, variant);
    todo!()
}

/// Writes a comparison as one self-contained HTML page.
///
/// # Errors
///
/// [`EngineError`] where the file cannot be written.
pub fn write_report(
    loaded: &Loaded,
    answer: &CompareAnswer,
    locale: Locale,
    out: &Path,
    env: &Env<'_>,
) -> Result<(), EngineError> {
    let _unused = (loaded, answer, locale, out, env);
    todo!()
}

/// Builds the example: plant, files, import into `dir/example.gemba`, scenario files. Not trained.
///
/// # Errors
///
/// [`EngineError`] where files cannot be written.
pub fn make_demo(dir: &Path, env: &Env<'_>) -> Result<Loaded, EngineError> {
    let _unused = (dir, env);
    todo!()
}

/// The example's scenarios: A as it was run, B with the conveyor 8 % faster.
pub fn demo_scenarios() -> (ScenarioSpec, ScenarioSpec) {
    todo!()
}

/// Says what this machine and build can do.
pub fn doctor() -> DoctorAnswer {
    todo!()
}
