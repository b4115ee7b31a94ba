//! The built-in plant: a filling line with known physics, so that every what-if has a known answer.

use std::path::Path;

use crate::{
    base::{FileError, Reporter, StopToken},
    scenario::{Kpi, ScenarioSpec},
};

/// How the controls are moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Excitation {
    /// Steps chosen without looking at the line.
    OpenLoop,
    /// Controllers with small deliberate moves on top.
    Dither,
    /// Controllers and operators only.
    ClosedLoop,
}

/// What plant is to be simulated.
#[derive(Debug, Clone, PartialEq)]
pub struct SynthSpec {
    /// The plant's name; `filling` is the only one so far.
    pub plant: String,
    /// How long.
    pub hours: f64,
    /// How the controls are moved.
    pub excitation: Excitation,
    /// Faults as written on the command line, such as `stuck:level@3h+2h`.
    pub faults: Vec<String>,
    /// Seed of everything random.
    pub seed: u64,
}

/// True KPIs of two scenarios.
#[derive(Debug, Clone, PartialEq)]
pub struct TrueDelta {
    /// The KPI.
    pub kpi: Kpi,
    /// Its true value under the baseline.
    pub baseline: f64,
    /// Its true value under the variant.
    pub variant: f64,
}

/// The plant could not be simulated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SynthError {
    /// A file could not be written or read.
    #[error(transparent)]
    File(#[from] FileError),
}

/// Simulates the plant and writes what a factory would hand over, and `truth.json`.
///
/// # Errors
///
/// [`SynthError`] for an unknown plant or fault and where files cannot be written.
pub fn write_plant(
    spec: &SynthSpec,
    out: &Path,
    reporter: &dyn Reporter,
    stop: &StopToken,
) -> Result<(), SynthError> {
    let _unused = (spec, out, reporter, stop);
    todo!()
}

/// Re-runs the plant of a folder under two scenarios with the same disturbances.
///
/// # Errors
///
/// [`SynthError`] where the folder holds no truth or a scenario does not fit.
pub fn true_deltas(
    dir: &Path,
    baseline: &ScenarioSpec,
    variant: &ScenarioSpec,
) -> Result<Vec<TrueDelta>, SynthError> {
    let _unused = (dir, baseline, variant);
    todo!()
}
