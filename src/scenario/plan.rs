//! The checked form of a scenario: positions instead of names, values instead of edits.

use super::{Better, KpiSpec, Reduce, ScenarioError, ScenarioSpec};
use crate::{
    base::{Digest, Issues},
    data::{ControlPlan, Dataset},
};

/// From which situation a plan starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// The episode's position in the dataset.
    pub episode: usize,
    /// The first predicted step.
    pub step: usize,
    /// Measured steps before it that warm the model up.
    pub context_steps: usize,
}

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
    /// The controls that differ from the record, by dataset index.
    pub edited: Vec<usize>,
    /// What is asked.
    pub kpis: Vec<Kpi>,
    /// A digest of all of it.
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
    let _unused = (spec, dataset, defaults, issues);
    todo!()
}
