//! The answers of the use cases; the window draws them, the command line writes them as JSON.

use crate::{
    base::{Issue, Phrase, Text},
    data::{Split, Trajectory},
    metrics::{ChannelGap, DeltaTrace, LimitLine, PairedKpi},
    model::{FittedModel, OutputSkill, Picture, Tier},
    scenario::{Kpi, Plan, ScenarioSpec},
    trust::{self, Cause, Judgement, Outcome, Reason, Standing, Support},
};

/// What is compared.
#[derive(Debug, Clone, PartialEq)]
pub struct CompareRequest {
    /// Scenario A.
    pub baseline: ScenarioSpec,
    /// Scenario B.
    pub variant: ScenarioSpec,
    /// Draws of each scenario, over all members.
    pub n_draws: usize,
    /// The smallest difference that matters, for KPIs that name none.
    pub delta: Option<f64>,
    /// Seed of the draws.
    pub seed: u64,
}

/// One scenario's side of a comparison.
#[derive(Debug, Clone)]
pub struct ScenarioSide {
    /// The checked scenario.
    pub plan: Plan,
    /// Its futures.
    pub trajectory: Trajectory,
    /// How well the data cover it.
    pub support: Support,
    /// What the camera is expected to see, `(step, picture)`, first step = 1; empty where the model
    /// predicts no pictures.
    pub pictures: Vec<(usize, Picture)>,
}

/// One KPI's line.
#[derive(Debug, Clone)]
pub struct KpiLine {
    /// The KPI.
    pub kpi: Kpi,
    /// Its values under A and B.
    pub paired: PairedKpi,
    /// Its value in what really happened, where that was recorded.
    pub real: Option<f64>,
    /// How well the model foretells its output; `None` where its channel is an input or never moves.
    pub skill: Option<OutputSkill>,
    /// What the model leaves open about it.
    pub doubts: Vec<Reason>,
}

/// The model that gave an answer, as a report names it: the one in use may have changed since.
#[derive(Debug, Clone, PartialEq)]
pub struct AnsweringModel {
    /// Its name.
    pub id: String,
    /// The family that answers for most outputs.
    pub tier: Tier,
    /// The device it was trained on.
    pub device: String,
    /// Left-out error of that family, in units of the outputs' spread; NaN where it was not scored.
    pub rmse_norm: f64,
    /// The same of the naive family.
    pub naive_rmse_norm: f64,
}

impl AnsweringModel {
    pub(crate) fn of(model: &FittedModel) -> Self {
        let rmse_of = |tier: Tier| {
            let score = model.scores().iter().find(|score| score.tier == tier);
            score.map_or(f64::NAN, |score| score.rmse_norm)
        };
        Self {
            id: model.id().to_owned(),
            tier: model.tier(),
            device: model.device().to_owned(),
            rmse_norm: rmse_of(model.tier()),
            naive_rmse_norm: rmse_of(Tier::Naive),
        }
    }
}

/// What was worked around in a scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScenarioNote {
    /// "A" or "B"; empty where it holds for both.
    pub side: &'static str,
    /// What.
    pub issue: Issue,
}

impl ScenarioNote {
    /// Whether the answer is about something else than what was asked: an edit was cut, or controls were
    /// held beyond the record.
    pub fn changes_question(&self) -> bool {
        matches!(self.issue.code, "edit-clipped" | "beyond-record")
    }

    /// The note in words, with its side and channel.
    pub fn words(&self, text: &Text) -> String {
        let words = text.issue(&self.issue);
        let channel = self.issue.place.column.as_deref().unwrap_or_default();
        match (self.side, channel) {
            (_, "") => words,
            ("", _) => format!("{channel}: {words}"),
            (side, _) => {
                let args = [("side", side), ("channel", channel), ("note", &words)];
                text.with("compare-note", &args)
            }
        }
    }
}

/// A against B.
#[derive(Debug, Clone)]
pub struct CompareAnswer {
    /// Baseline.
    pub a: ScenarioSide,
    /// Variant.
    pub b: ScenarioSide,
    /// KPI table.
    pub kpis: Vec<KpiLine>,
    /// What was worked around in the scenarios.
    pub notes: Vec<ScenarioNote>,
    /// Difference of each output, in the trajectories' order.
    pub deltas: Vec<DeltaTrace>,
    /// Limits that are set on outputs.
    pub limits: Vec<LimitLine>,
    /// May the question be answered?
    pub judgement: Judgement,
    /// The model that answered.
    pub model: AnsweringModel,
    /// Whether it was the first model of a training, which was not saved.
    pub is_provisional: bool,
    /// Draws of each scenario.
    pub n_draws: usize,
    /// Members that answered.
    pub n_members: usize,
    /// Digests of dataset, model and the two scenarios, hexadecimal.
    pub digests: [String; 4],
    /// Seed of the draws.
    pub seed: u64,
    /// Seconds it took; not part of any reproducible answer.
    pub secs: f64,
}

impl CompareAnswer {
    /// How well the data cover what was asked: the side that is edited, the worse where both are.
    pub fn support(&self) -> &Support {
        self.support_of().1
    }

    /// The same with the letter of its side.
    pub fn support_of(&self) -> (&'static str, &Support) {
        let (a, b) = (&self.a, &self.b);
        trust::weaker_support((&a.plan, &a.support), (&b.plan, &b.support))
    }

    /// How firmly the first KPI's answer may be told.
    pub fn standing(&self) -> Standing {
        self.standing_of(self.kpis.first())
    }

    /// How firmly the answer about one of the KPIs may be told.
    pub fn standing_of(&self, line: Option<&KpiLine>) -> Standing {
        let paired = line.map(|line| &line.paired);
        let doubts = line.map_or(&[][..], |line| &line.doubts);
        let (judgement, support) = (&self.judgement, self.support());
        trust::standing_with(judgement, support, paired, doubts, self.is_provisional)
    }

    /// What the model leaves open about the KPIs, each doubt once.
    pub fn doubts(&self) -> Vec<&Reason> {
        let mut out: Vec<&Reason> = Vec::new();
        for doubt in self.kpis.iter().flat_map(|line| &line.doubts) {
            if !out.contains(&doubt) {
                out.push(doubt);
            }
        }
        out
    }

    /// One of the KPIs' answer in a sentence.
    pub fn sentence(&self, line: &KpiLine, text: &Text) -> String {
        let (judgement, support) = (&self.judgement, self.support());
        trust::verdict_sentence(
            &line.kpi,
            &line.paired,
            judgement,
            support,
            &line.doubts,
            text,
        )
    }

    /// What came out for one of the KPIs.
    pub fn outcome(&self, line: &KpiLine) -> Outcome {
        let carried = self.support().carried_frac();
        let standing = self.standing_of(Some(line));
        Outcome::of(&line.kpi, &line.paired, &line.doubts, standing, carried)
    }
}

/// One scenario rolled out.
#[derive(Debug, Clone)]
pub struct RunAnswer {
    /// Plan, futures, support.
    pub side: ScenarioSide,
    /// What really happened, `[O][H]`, NaN where not recorded.
    pub real: Vec<Vec<f64>>,
}

/// Where the gap is measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GapRequest {
    /// Which blocks.
    pub split: Split,
    /// Steps of each rollout; `None` = each block once, as far as it goes.
    pub horizon_steps: Option<usize>,
    /// Measured steps given before each rollout.
    pub warmup_steps: usize,
    /// Draws of each rollout.
    pub n_draws: usize,
    /// Seed of the draws.
    pub seed: u64,
    /// One family only; `None` = what answers each output.
    pub tier: Option<Tier>,
}

/// One stretch that was predicted and measured.
#[derive(Debug, Clone, PartialEq)]
pub struct StretchTrace {
    /// The episode's position.
    pub episode: usize,
    /// The first predicted step.
    pub start: usize,
    /// What was measured, `[O][H]`.
    pub real: Vec<Vec<f64>>,
    /// What was predicted, `[O][H]`.
    pub mean: Vec<Vec<f64>>,
    /// Lower line of the 90 % band.
    pub lo90: Vec<Vec<f64>>,
    /// Upper line of the 90 % band.
    pub hi90: Vec<Vec<f64>>,
}

/// Where the model differs from the plant.
#[derive(Debug, Clone)]
pub struct GapAnswer {
    /// What was asked.
    pub request: GapRequest,
    /// Draws of each rollout; fewer than asked where those do not fit into memory.
    pub n_draws: usize,
    /// The dataset's indices of the scored channels.
    pub channels: Vec<usize>,
    /// One score a channel.
    pub scores: Vec<ChannelGap>,
    /// `(step, nrmse, coverage90)` pooled over channels.
    pub by_horizon: Vec<(usize, f64, f64)>,
    /// NRMSE of each channel and horizon bucket, `[O][bucket]`.
    pub heat: Vec<Vec<f64>>,
    /// The last step of each bucket.
    pub heat_steps: Vec<usize>,
    /// Likely causes, strongest first.
    pub causes: Vec<Cause>,
    /// The stretches.
    pub stretches: Vec<StretchTrace>,
}

/// One true delta.
#[derive(Debug, Clone)]
pub struct TruthLine {
    /// The KPI.
    pub kpi: Kpi,
    /// Its true value under A.
    pub a: f64,
    /// Its true value under B.
    pub b: f64,
}

/// The truth about two scenarios of the built-in plant.
#[derive(Debug, Clone)]
pub struct TruthAnswer {
    /// One line a KPI.
    pub kpis: Vec<TruthLine>,
}

/// A device in `doctor`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceLine {
    /// Its name.
    pub name: String,
    /// Whether this build can use it here.
    pub usable: bool,
    /// Why not; empty where it can.
    pub why_not: Phrase,
}

/// What this machine and build can do.
#[derive(Debug, Clone)]
pub struct DoctorAnswer {
    /// The program's version.
    pub version: String,
    /// Devices for tensors.
    pub devices: Vec<DeviceLine>,
    /// The one that `auto` takes.
    pub chosen: String,
    /// How the window is drawn.
    pub renderer: String,
    /// Memory of the machine.
    pub memory_gib: f64,
    /// The fonts that text is set in.
    pub fonts: Vec<String>,
    /// What is missing, as (text, hint).
    pub problems: Vec<(Phrase, Phrase)>,
}
