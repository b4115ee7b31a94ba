//! The scenario file as values.

use serde::Deserialize;

use super::{ScenarioError, parse, write};

/// What a scenario file calls itself.
pub(super) const FORMAT: &str = "gemba-scenario";

/// The newest version that is read, and the one that is written.
pub(super) const VERSION: i64 = 1;

/// A scenario as it stands in a file; every name still unchecked.
#[derive(Debug, Clone, PartialEq)]
pub struct ScenarioSpec {
    /// What people call it.
    pub name: String,
    /// From which situation.
    pub start: StartSpec,
    /// How many steps to roll out; `None` = as far as the episode goes, at most 360.
    pub horizon_steps: Option<usize>,
    /// What is changed; none = the controls as they were really run.
    pub edits: Vec<Edit>,
    /// What is asked; none = the project's defaults.
    pub kpis: Vec<KpiSpec>,
    /// The file's name for messages.
    pub file: String,
}

impl ScenarioSpec {
    /// Whether it changes the same on the same stretch, wherever in files the two stand.
    pub fn is_same_change(&self, other: &Self) -> bool {
        let edits = |spec: &Self| -> Vec<Edit> {
            let edits = spec.edits.iter().cloned();
            edits.map(|edit| Edit { line: 0, ..edit }).collect()
        };
        let start = |spec: &Self| StartSpec {
            lines: StartLines::default(),
            ..spec.start.clone()
        };
        self.horizon_steps == other.horizon_steps
            && start(self) == start(other)
            && edits(self) == edits(other)
    }
}

/// From which situation a scenario starts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StartSpec {
    /// The episode's name, or `None` for the latest.
    pub episode: Option<String>,
    /// A time in RFC 3339.
    pub at: Option<String>,
    /// Or a step of the episode.
    pub step: Option<usize>,
    /// Measured steps that warm the model up; default 50.
    pub context_steps: Option<usize>,
    /// Where they stand, for messages.
    pub lines: StartLines,
}

/// One-based lines of what `[start]` says in a file; 0 for what it does not say, or where there is
/// no file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StartLines {
    /// Of `episode`.
    pub episode: usize,
    /// Of `at`.
    pub at: usize,
    /// Of `step`.
    pub step: usize,
    /// Of `context_steps`.
    pub context_steps: usize,
}

/// How a control is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EditOp {
    /// Set to a value.
    Set,
    /// Add a value.
    Add,
    /// Multiply by a value.
    Scale,
    /// Go in a straight line from the present value to a value, reached by `to_step` and kept
    /// from then on.
    RampTo,
    /// Keep the value that it has at `from_step`.
    Hold,
    /// Follow `points`, straight lines between them; unchanged before the first, the last kept.
    Schedule,
}

/// One change of one control.
#[derive(Debug, Clone, PartialEq)]
pub struct Edit {
    /// The control's name.
    pub channel: String,
    /// How it is changed.
    pub op: EditOp,
    /// The value of `set`, `add`, `scale`, `ramp_to`.
    pub value: f64,
    /// `schedule`: (step after the start, value).
    pub points: Vec<(usize, f64)>,
    /// First changed step after the start.
    pub from_step: usize,
    /// The step after the last changed; `None` = to the horizon.
    pub to_step: Option<usize>,
    /// One-based line in the file, for messages; 0 where made in the window.
    pub line: usize,
}

/// How a channel over the horizon becomes one number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reduce {
    /// Mean.
    Mean,
    /// Sum over steps.
    Sum,
    /// Integral over time, unit · s.
    Integral,
    /// Least value.
    Min,
    /// Greatest value.
    Max,
    /// Value of the last step.
    Last,
    /// Standard deviation over the horizon.
    Std,
    /// Minutes above a level.
    MinutesAbove(f64),
    /// Minutes below a level.
    MinutesBelow(f64),
}

/// Which direction of a KPI is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// Less is better.
    Lower,
    /// More is better.
    Higher,
    /// Nobody said: a difference is neither good nor bad.
    Unknown,
}

/// A KPI as it stands in a file.
#[derive(Debug, Clone, PartialEq)]
pub struct KpiSpec {
    /// What people call it.
    pub name: String,
    /// The channel it is made of.
    pub channel: String,
    /// How.
    pub reduce: Reduce,
    /// Which direction is good.
    pub better: Better,
    /// The unit shown.
    pub unit: String,
    /// The smallest difference that matters; `None` = proposed from the past spread.
    pub delta: Option<f64>,
    /// One-based line in the file, for messages; 0 where it stands in none.
    pub line: usize,
}

impl ScenarioSpec {
    /// Reads a scenario file's text.
    ///
    /// # Errors
    ///
    /// [`ScenarioError::Spec`], [`ScenarioError::Range`] or [`ScenarioError::Version`] with file
    /// and line.
    pub fn parse(text: &str, file: &str) -> Result<Self, ScenarioError> {
        parse::parse(text, file)
    }

    /// Writes the scenario as a file's text; `parse` reads it back.
    pub fn to_toml(&self) -> String {
        write::to_toml(self)
    }
}

impl EditOp {
    /// Every way.
    pub const ALL: [Self; 6] = [
        Self::Set,
        Self::Add,
        Self::Scale,
        Self::RampTo,
        Self::Hold,
        Self::Schedule,
    ];

    /// The name in files and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Set => "set",
            Self::Add => "add",
            Self::Scale => "scale",
            Self::RampTo => "ramp_to",
            Self::Hold => "hold",
            Self::Schedule => "schedule",
        }
    }

    /// Whether it needs a value.
    pub fn takes_value(self) -> bool {
        !matches!(self, Self::Hold | Self::Schedule)
    }
}

impl Reduce {
    /// Whether it grows with the time that it is of.
    pub fn adds_up(self) -> bool {
        match self {
            Self::Sum | Self::Integral | Self::MinutesAbove(_) | Self::MinutesBelow(_) => true,
            Self::Mean | Self::Min | Self::Max | Self::Last | Self::Std => false,
        }
    }

    /// Every name in files.
    pub const NAMES: [&'static str; 9] = [
        "mean",
        "sum",
        "integral",
        "min",
        "max",
        "last",
        "std",
        "minutes_above",
        "minutes_below",
    ];

    /// The name in files and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Sum => "sum",
            Self::Integral => "integral",
            Self::Min => "min",
            Self::Max => "max",
            Self::Last => "last",
            Self::Std => "std",
            Self::MinutesAbove(_) => "minutes_above",
            Self::MinutesBelow(_) => "minutes_below",
        }
    }

    /// The level, where there is one.
    pub fn level(self) -> Option<f64> {
        match self {
            Self::MinutesAbove(level) | Self::MinutesBelow(level) => Some(level),
            _ => None,
        }
    }

    /// Reads [`Reduce::name`] back; `None` for an unknown name or a missing level.
    pub fn from_name(name: &str, level: Option<f64>) -> Option<Self> {
        Some(match name {
            "mean" => Self::Mean,
            "sum" => Self::Sum,
            "integral" => Self::Integral,
            "min" => Self::Min,
            "max" => Self::Max,
            "last" => Self::Last,
            "std" => Self::Std,
            "minutes_above" => Self::MinutesAbove(level?),
            "minutes_below" => Self::MinutesBelow(level?),
            _ => return None,
        })
    }
}

impl Better {
    /// The name in files and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lower => "lower",
            Self::Higher => "higher",
            Self::Unknown => "unknown",
        }
    }
}
