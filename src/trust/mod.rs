//! May this answer be believed? Support along the rollout, answerability, causes of the gap.

use crate::{
    data::{Dataset, Trajectory},
    metrics::{ChannelGap, PairedKpi, Pairing},
    scenario::{Kpi, Plan},
};

/// How well the data cover a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SupportLevel {
    /// Like most of the data.
    Inside,
    /// At the rim of the data.
    Edge,
    /// Beyond the data.
    Outside,
    /// Against a limit or a law.
    Impossible,
}

impl SupportLevel {
    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Inside => "inside",
            Self::Edge => "edge",
            Self::Outside => "outside",
            Self::Impossible => "impossible",
        }
    }
}

/// Support along a rollout.
#[derive(Debug, Clone, PartialEq)]
pub struct Support {
    /// The verdict over the horizon.
    pub verdict: SupportLevel,
    /// The first step that is not inside or edge.
    pub exit_step: Option<usize>,
    /// One level a step.
    pub levels: Vec<SupportLevel>,
    /// Distance to the training data as a percentile of held-out distances, one a step.
    pub percentile: Vec<f64>,
    /// Hours of similar real operation.
    pub similar_hours: f64,
    /// In how many separate stretches.
    pub n_campaigns: usize,
    /// When the last of them was, ns since 1970 UTC.
    pub last_similar_ns: Option<i64>,
}

/// The training data as a support reference.
#[derive(Debug, Clone)]
pub struct SupportModel {}

impl SupportModel {
    /// Learns what the training and validation data cover.
    pub fn fit(dataset: &Dataset) -> Self {
        let _unused = dataset;
        todo!()
    }

    /// Assesses a plan and the trajectory that it leads to.
    pub fn assess(&self, dataset: &Dataset, plan: &Plan, trajectory: &Trajectory) -> Support {
        let _unused = (dataset, plan, trajectory);
        todo!()
    }

    /// The supported range of a control (1st to 99th percentile) and its density over 32 bins
    /// from its least to its greatest value.
    pub fn control_range(&self, channel: usize) -> Option<ControlRange> {
        let _unused = channel;
        todo!()
    }
}

/// What the data say about one control.
#[derive(Debug, Clone, PartialEq)]
pub struct ControlRange {
    /// Least value in the data.
    pub min: f64,
    /// Greatest value.
    pub max: f64,
    /// 1st percentile.
    pub low: f64,
    /// 99th percentile.
    pub high: f64,
    /// Share of steps in 32 equal bins from `min` to `max`.
    pub density: Vec<f64>,
}

/// Whether a question may be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Yes.
    Answerable,
    /// Within limits that are named.
    Partly,
    /// No.
    NotFromThisLog,
}

impl Verdict {
    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Answerable => "answerable",
            Self::Partly => "partly",
            Self::NotFromThisLog => "not-from-this-log",
        }
    }
}

/// One check behind a verdict.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// A stable word such as `feedback`; `judge-<check>-<level>` is its key in the locale files.
    pub check: &'static str,
    /// What this check alone says.
    pub level: Verdict,
    /// What was measured.
    pub value: f64,
    /// What it is held against.
    pub threshold: f64,
    /// The channel concerned; empty where all.
    pub channel: String,
    /// In English words.
    pub text: String,
    /// The values named in the text, for other languages.
    pub args: Vec<(&'static str, String)>,
}

/// May this question be answered from this log?
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// The answer.
    pub verdict: Verdict,
    /// Every check.
    pub reasons: Vec<Reason>,
    /// What would help, each as (locale key, values, English words).
    pub suggestions: Vec<(&'static str, Vec<(&'static str, String)>, String)>,
}

/// Judges a question; `support` is of the variant.
pub fn judge(dataset: &Dataset, plan: &Plan, support: &Support) -> Judgement {
    let _unused = (dataset, plan, support);
    todo!()
}

/// A likely cause of a gap and the next action.
#[derive(Debug, Clone, PartialEq)]
pub struct Cause {
    /// A stable word such as `clock-offset`; `cause-<cause>` and `action-<cause>` are locale keys.
    pub cause: &'static str,
    /// The output concerned.
    pub channel: String,
    /// How strong, 0 to 1.
    pub strength: f64,
    /// What was seen, in English.
    pub evidence: String,
    /// What to do next, in English.
    pub action: String,
    /// The values named in the evidence, for other languages.
    pub args: Vec<(&'static str, String)>,
}

/// Ranks likely causes of the gap, strongest first. `outputs` are the dataset's indices of the
/// scored channels, one list of pairings and one score each; `inputs` the recorded inputs over
/// the same stretches, `[pairing][input]`.
pub fn rank_causes(
    dataset: &Dataset,
    outputs: &[usize],
    pairings: &[Vec<Pairing<'_>>],
    scores: &[ChannelGap],
    inputs: &[Vec<Vec<f64>>],
) -> Vec<Cause> {
    let _unused = (dataset, outputs, pairings, scores, inputs);
    todo!()
}

/// A stage of proof, and what was passed.
#[derive(Debug, Clone, PartialEq)]
pub struct StageReport {
    /// 1 synthetic, 2 near real, 3 continuous.
    pub stage: u8,
    /// Checks as (locale key, passed, evidence in English).
    pub checks: Vec<(&'static str, bool, String)>,
}

/// The verdict in one sentence: which is better, by how much, how sure; weaker where a check
/// failed. Used by the window, the command line and the page alike.
pub fn verdict_sentence(
    kpi: &Kpi,
    paired: &PairedKpi,
    judgement: &Judgement,
    support: &Support,
    text: &crate::base::Text,
) -> String {
    let _unused = (kpi, paired, judgement, support, text);
    todo!()
}
