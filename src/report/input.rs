//! Everything that a report says, gathered by the caller.

use crate::{
    base::Severity,
    data::{Dataset, Trajectory},
    metrics::{DeltaTrace, LimitLine, PairedKpi},
    scenario::{Kpi, Plan},
    trust::{Judgement, Reason, StageReport, Support},
};

/// One scenario's side.
#[derive(Debug, Clone, Copy)]
pub struct ReportSide<'a> {
    /// The checked scenario.
    pub plan: &'a Plan,
    /// Its futures.
    pub trajectory: &'a Trajectory,
    /// How well the data cover it.
    pub support: &'a Support,
}

/// One KPI's line.
#[derive(Debug, Clone, Copy)]
pub struct ReportKpi<'a> {
    /// The KPI.
    pub kpi: &'a Kpi,
    /// Its values under A and B.
    pub paired: &'a PairedKpi,
    /// What really happened, where that was recorded.
    pub real: Option<f64>,
    /// What the model leaves open about it.
    pub doubts: &'a [Reason],
}

/// Everything a report says.
#[derive(Debug, Clone)]
pub struct ReportInput<'a> {
    /// The data.
    pub dataset: &'a Dataset,
    /// Baseline.
    pub a: ReportSide<'a>,
    /// Variant.
    pub b: ReportSide<'a>,
    /// KPI table.
    pub kpis: Vec<ReportKpi<'a>>,
    /// Differences, in the trajectories' order.
    pub deltas: &'a [DeltaTrace],
    /// The limits of outputs.
    pub limits: &'a [LimitLine],
    /// May it be answered?
    pub judgement: &'a Judgement,
    /// Whether the first model of a training answered, which was not saved.
    pub is_provisional: bool,
    /// What was passed.
    pub stage: &'a StageReport,
    /// The model: name, tier, device, members, draws.
    pub model: [String; 5],
    /// Issues of the import, (severity, text).
    pub issues: Vec<(Severity, String)>,
    /// Digests of dataset, model, scenario A, scenario B.
    pub digests: [String; 4],
    /// Seed of the draws.
    pub seed: u64,
    /// The program's version.
    pub version: String,
    /// When, ns since 1970 UTC.
    pub now_ns: i64,
}
