//! The built-in plant: what it writes and what it would truly have done.

use std::path::Path;

use super::{EngineError, Env, TruthAnswer, TruthLine};
use crate::{
    base::Phrase,
    scenario::ScenarioSpec,
    synth::{SynthSpec, true_deltas, write_plant},
};

/// Simulates the built-in plant and writes what a factory would hand over.
///
/// # Errors
///
/// [`EngineError`] for an unknown plant or fault and where files cannot be written.
pub fn make_plant(spec: &SynthSpec, out: &Path, env: &Env<'_>) -> Result<(), EngineError> {
    if !(spec.hours.is_finite() && spec.hours > 0.0) {
        return Err(EngineError::Number {
            name: Phrase::new("detail-hours", "the number of hours"),
            found: spec.hours.to_string(),
            expected: Phrase::new("detail-above-zero", "a finite number above 0"),
        });
    }
    Ok(write_plant(spec, out, env.reporter, env.stop)?)
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
    let kpis = true_deltas(dir, baseline, variant)?
        .into_iter()
        .map(|line| TruthLine {
            kpi: line.kpi,
            a: line.baseline,
            b: line.variant,
        })
        .collect();
    Ok(TruthAnswer { kpis })
}
