//! The numbers that a scenario is judged by.

use super::{Better, KpiSpec, Reduce, ScenarioError, ScenarioSpec, direction::usual_better, names};
use crate::data::{Channel, Dataset, Role};

/// KPIs are made of at most so many outputs where nobody named any.
const MAX_DEFAULT_OUTPUTS: usize = 3;

/// A named number of a trajectory with unit and direction.
#[derive(Debug, Clone, PartialEq)]
pub struct Kpi {
    /// What people call it.
    pub name: String,
    /// The dataset's index of the channel.
    pub channel: usize,
    /// How it is made.
    pub reduce: Reduce,
    /// Which direction is good.
    pub better: Better,
    /// The unit shown.
    pub unit: String,
    /// The smallest difference that matters, in the KPI's unit; `None` = propose one.
    pub delta: Option<f64>,
}

/// The scenario's KPIs, else the defaults, else one a KPI channel.
pub(super) fn resolve_kpis(
    spec: &ScenarioSpec,
    dataset: &Dataset,
    defaults: &[KpiSpec],
) -> Result<Vec<Kpi>, ScenarioError> {
    let asked = if spec.kpis.is_empty() {
        defaults
    } else {
        &spec.kpis
    };
    if !asked.is_empty() {
        return asked
            .iter()
            .map(|kpi| resolve_kpi(spec, dataset, kpi))
            .collect();
    }
    let mut channels = dataset.channels_where(|role| role == Role::Kpi);
    if channels.is_empty() {
        channels = dataset.outputs();
        channels.truncate(MAX_DEFAULT_OUTPUTS);
    }
    Ok(channels
        .into_iter()
        .map(|idx| mean_of(idx, &dataset.channels[idx]))
        .collect())
}

fn mean_of(idx: usize, channel: &Channel) -> Kpi {
    Kpi {
        name: channel.name.clone(),
        channel: idx,
        reduce: Reduce::Mean,
        better: usual_better(channel),
        unit: channel.unit.clone(),
        delta: None,
    }
}

fn resolve_kpi(
    spec: &ScenarioSpec,
    dataset: &Dataset,
    kpi: &KpiSpec,
) -> Result<Kpi, ScenarioError> {
    let bad = |role| {
        let outputs = dataset.outputs().into_iter();
        let outputs = outputs.map(|idx| dataset.channels[idx].name.as_str());
        ScenarioError::UnknownKpiChannel {
            file: spec.file.clone(),
            line: kpi.line,
            kpi: kpi.name.clone(),
            channel: kpi.channel.clone(),
            role,
            outputs: names::by_nearness(&kpi.channel, outputs),
        }
    };
    let idx = dataset.channel_idx(&kpi.channel).ok_or_else(|| bad(None))?;
    let channel = &dataset.channels[idx];
    if !channel.role.is_output() {
        return Err(bad(Some(channel.role)));
    }
    let unit = if kpi.unit.is_empty() {
        unit_of(kpi.reduce, &channel.unit)
    } else {
        kpi.unit.clone()
    };
    Ok(Kpi {
        name: kpi.name.clone(),
        channel: idx,
        reduce: kpi.reduce,
        better: kpi.better,
        unit,
        delta: kpi.delta,
    })
}

fn unit_of(reduce: Reduce, unit: &str) -> String {
    match reduce {
        Reduce::Integral => format!("{unit}·s"),
        Reduce::MinutesAbove(_) | Reduce::MinutesBelow(_) => "min".to_owned(),
        _ => unit.to_owned(),
    }
}
