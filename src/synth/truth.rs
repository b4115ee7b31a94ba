//! The true answer to a what-if: the same line, the same disturbances, other controls.

use std::path::Path;

use serde_json::{Value, json};

use super::{
    Excitation, SynthError, SynthSpec,
    dataset::{LOG, to_true_dataset},
    plant::STEP_SECS,
    run::run,
    signals::{N_CONTROLS, SIGNALS},
};
use crate::{
    base::{Issues, Phrase, read_text},
    data::Role,
    scenario::{Kpi, Plan, Reduce, ScenarioSpec, make_plan},
};

/// The file that makes a folder a plant's.
pub(super) const FILE: &str = "truth.json";

const FORMAT: &str = "gemba-truth";
const VERSION: u64 = 1;

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

/// Re-runs the plant of a folder under two scenarios with the same disturbances.
///
/// A scenario may name the recording as an import does, or by a day of it. The KPIs are those of the
/// baseline, else of the variant, else the mean of each KPI channel.
///
/// # Errors
///
/// [`SynthError`] where the folder holds no truth or a scenario does not fit.
pub fn true_deltas(
    dir: &Path,
    baseline: &ScenarioSpec,
    variant: &ScenarioSpec,
) -> Result<Vec<TrueDelta>, SynthError> {
    deltas_of(&read_spec(dir)?, baseline, variant)
}

/// As [`true_deltas`], from the spec itself.
pub(super) fn deltas_of(
    spec: &SynthSpec,
    baseline: &ScenarioSpec,
    variant: &ScenarioSpec,
) -> Result<Vec<TrueDelta>, SynthError> {
    let dataset = to_true_dataset(&run(spec, 0)?);
    let [baseline, variant] = [baseline, variant].map(alone);
    // What lies beyond the record was already told when the question was asked.
    let mut issues = Issues::new();
    let first = make_plan(&baseline, &dataset, &variant.kpis, &mut issues)?;
    let second = make_plan(&variant, &dataset, &baseline.kpis, &mut issues)?;
    let sides = [series_of(spec, &first)?, series_of(spec, &second)?];
    Ok(first
        .kpis
        .into_iter()
        .map(|kpi| TrueDelta {
            baseline: reduce(kpi.reduce, &sides[0][kpi.channel]),
            variant: reduce(kpi.reduce, &sides[1][kpi.channel]),
            kpi,
        })
        .collect())
}

/// The scenario as it is asked of this plant alone: beside other plants an import numbers the
/// recordings, `sensors-2`.
fn alone(spec: &ScenarioSpec) -> ScenarioSpec {
    let mut spec = spec.clone();
    let number = spec.start.episode.as_deref().and_then(|name| {
        let number = name.strip_prefix(LOG)?.strip_prefix('-')?;
        number.parse::<usize>().ok()
    });
    if number.is_some() {
        spec.start.episode = Some(LOG.to_owned());
    }
    spec
}

/// One true column a signal over the horizon of a plan.
fn series_of(spec: &SynthSpec, plan: &Plan) -> Result<Vec<Vec<f64>>, SynthError> {
    let from_step = plan.start.step;
    let rows = plan.controls.rows();
    let controls: Vec<[f64; N_CONTROLS]> = (0..plan.horizon_steps)
        .map(|step| std::array::from_fn(|control| rows[control][step]))
        .collect();
    let truth = run(spec, from_step)?.again(spec, from_step, &controls)?;
    Ok((0..SIGNALS.len())
        .map(|signal| truth.iter().map(|row| row[signal]).collect())
        .collect())
}

/// A true series as one number.
fn reduce(how: Reduce, values: &[f64]) -> f64 {
    let n_values = values.len().max(1) as f64;
    let sum: f64 = values.iter().sum();
    let minutes = |count: usize| count as f64 * STEP_SECS / 60.0;
    match how {
        Reduce::Mean => sum / n_values,
        Reduce::Sum => sum,
        Reduce::Integral => sum * STEP_SECS,
        Reduce::Min => values.iter().copied().fold(f64::INFINITY, f64::min),
        Reduce::Max => values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        Reduce::Last => values.last().copied().unwrap_or(f64::NAN),
        Reduce::Std => {
            let mean = sum / n_values;
            let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
            (squares / n_values).sqrt()
        }
        Reduce::MinutesAbove(level) => minutes(values.iter().filter(|x| **x > level).count()),
        Reduce::MinutesBelow(level) => minutes(values.iter().filter(|x| **x < level).count()),
    }
}

/// The content of `truth.json`: the spec is all that a re-run needs.
pub(super) fn to_json(spec: &SynthSpec) -> String {
    let kpis: Vec<Value> = SIGNALS
        .iter()
        .filter(|signal| signal.role == Role::Kpi)
        .map(|signal| {
            json!({
                "channel": signal.name,
                "unit": signal.unit,
                "value": "noise-free value of the signal at the end of each step",
            })
        })
        .collect();
    let truth = json!({
        "format": FORMAT,
        "version": VERSION,
        "program": env!("CARGO_PKG_VERSION"),
        "spec": {
            "plant": spec.plant,
            "hours": spec.hours,
            "excitation": spec.excitation.name(),
            "faults": spec.faults,
            "seed": spec.seed,
        },
        "start": "2026-01-05T08:00:00+09:00",
        "step_secs": STEP_SECS,
        "integration": "Runge-Kutta 4, 5 s",
        "kpis": kpis,
    });
    format!("{truth:#}\n")
}

fn read_spec(dir: &Path) -> Result<SynthSpec, SynthError> {
    let file = dir.join(FILE);
    let bad = |found: Phrase, expected: Phrase| SynthError::Truth {
        file: file.clone(),
        found,
        expected,
    };
    let truth: Value = serde_json::from_str(&read_text(&file)?).map_err(|error| {
        bad(
            Phrase::new("detail-no-json", format!("no JSON: {error}")).with("why", error),
            Phrase::new("detail-truth", "what gemba synth wrote"),
        )
    })?;
    if truth["format"] != FORMAT {
        return Err(bad(
            format!("format {}", truth["format"]).into(),
            "format \"gemba-truth\"".into(),
        ));
    }
    match truth["version"].as_u64() {
        Some(1..=VERSION) => {}
        _ => {
            return Err(bad(
                format!("version {}", truth["version"]).into(),
                Phrase::new(
                    "detail-truth-version",
                    "version 1, the newest that this program reads",
                ),
            ));
        }
    }
    let spec = &truth["spec"];
    let read = || {
        Some(SynthSpec {
            plant: spec["plant"].as_str()?.to_owned(),
            hours: spec["hours"].as_f64()?,
            excitation: Excitation::from_name(spec["excitation"].as_str()?)?,
            faults: spec["faults"]
                .as_array()?
                .iter()
                .map(|fault| fault.as_str().map(str::to_owned))
                .collect::<Option<_>>()?,
            seed: spec["seed"].as_u64()?,
        })
    };
    read().ok_or_else(|| {
        bad(
            Phrase::new("detail-truth-part", "an incomplete spec"),
            Phrase::new(
                "detail-truth-spec",
                "plant, hours, excitation, faults and seed",
            ),
        )
    })
}
