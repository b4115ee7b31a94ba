//! The checked form of a scenario: positions instead of names, values instead of edits.

use super::{Edit, Kpi, KpiSpec, ScenarioError, ScenarioSpec, Start, edits, kpi, start};
use crate::{
    base::{Digest, Issues, Phrase},
    data::{ControlPlan, Dataset},
};

/// A scenario that can be asked of a dataset.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// What people call it.
    pub name: String,
    /// From which situation.
    pub start: Start,
    /// How many steps.
    pub horizon_steps: usize,
    /// The controls over the horizon, every control of the dataset, edits applied.
    pub controls: ControlPlan,
    /// The controls as they were really run (held beyond the end of the record).
    pub recorded: ControlPlan,
    /// The changes as they were asked for.
    pub edits: Vec<Edit>,
    /// The controls that differ from the record, by dataset index.
    pub edited: Vec<usize>,
    /// What is asked.
    pub kpis: Vec<Kpi>,
    /// A digest of all of it but the names that people gave.
    pub digest: Digest,
}

/// Checks a scenario against a dataset and works its edits out.
///
/// Steps beyond the end of the record hold the last control values; that is an issue, not an
/// error. Default KPIs are `defaults`, or the mean of every `kpi` channel (else of the first
/// outputs) where these are empty.
///
/// # Errors
///
/// [`ScenarioError`] naming file, line and what is allowed.
pub fn make_plan(
    spec: &ScenarioSpec,
    dataset: &Dataset,
    defaults: &[KpiSpec],
    issues: &mut Issues,
) -> Result<Plan, ScenarioError> {
    let (start, horizon_steps) = start::resolve_start(spec, dataset, issues)?;
    let kpis = kpi::resolve_kpis(spec, dataset, defaults)?;
    let recorded = edits::recorded_rows(spec, dataset, start, horizon_steps, issues)?;
    let (rows, edited) = edits::edited_rows(spec, dataset, start, &recorded, issues)?;
    let channels = dataset.controls();
    let digest = digest_of(dataset, start, &rows, &recorded, &kpis);
    let plan_of = |rows| {
        ControlPlan::new(channels.clone(), rows, horizon_steps).map_err(|error| {
            ScenarioError::Range {
                file: spec.file.clone(),
                line: 0,
                found: Phrase::new(
                    "detail-controls-horizon",
                    "controls that do not fit the horizon",
                ),
                expected: error.phrase(),
            }
        })
    };
    Ok(Plan {
        name: spec.name.clone(),
        start,
        horizon_steps,
        controls: plan_of(rows)?,
        recorded: plan_of(recorded)?,
        edits: spec.edits.clone(),
        edited,
        kpis,
        digest,
    })
}

fn digest_of(
    dataset: &Dataset,
    start: Start,
    rows: &[Vec<f64>],
    recorded: &[Vec<f64>],
    kpis: &[Kpi],
) -> Digest {
    let episode = &dataset.episodes[start.episode];
    let mut parts: Vec<Vec<u8>> = vec![
        format!(
            "{}|{}|{}|{}|{}",
            episode.name, episode.start_ns, dataset.step_secs, start.step, start.context_steps
        )
        .into_bytes(),
    ];
    for (position, control) in dataset.controls().into_iter().enumerate() {
        parts.push(dataset.channels[control].name.clone().into_bytes());
        for rows in [rows, recorded] {
            parts.push(Digest::of_numbers(&rows[position]).as_bytes().to_vec());
        }
    }
    for kpi in kpis {
        let channel = &dataset.channels[kpi.channel].name;
        parts.push(
            format!(
                "{channel}|{:?}|{}|{}|{:?}",
                kpi.reduce,
                kpi.better.name(),
                kpi.unit,
                kpi.delta
            )
            .into_bytes(),
        );
    }
    Digest::of_parts(parts.iter().map(Vec::as_slice))
}
