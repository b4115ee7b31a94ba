//! One signal of the line: what it is called, what it is for, how far it can be trusted.

/// What a signal is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Set by people or controllers.
    Control,
    /// Measured, but not chosen.
    Disturbance,
    /// What the line does.
    Observation,
    /// An observation that decisions look at.
    Kpi,
    /// A word or number about the run, never an input of the model.
    Label,
    /// Left out.
    Ignore,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 6] = [
        Self::Control,
        Self::Disturbance,
        Self::Observation,
        Self::Kpi,
        Self::Label,
        Self::Ignore,
    ];

    /// The name in files and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Control => "control",
            Self::Disturbance => "disturbance",
            Self::Observation => "observation",
            Self::Kpi => "kpi",
            Self::Label => "label",
            Self::Ignore => "ignore",
        }
    }

    /// Reads [`Role::name`] back.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// Whether the model predicts such a signal.
    pub fn is_output(self) -> bool {
        matches!(self, Self::Observation | Self::Kpi)
    }

    /// Whether the model is given such a signal over the horizon.
    pub fn is_input(self) -> bool {
        matches!(self, Self::Control | Self::Disturbance)
    }
}

/// How a signal's numbers behave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChannelKind {
    /// Any number.
    Continuous,
    /// Two values.
    Binary,
    /// A few values without order, such as product codes.
    Category,
}

impl ChannelKind {
    /// The name in files and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Continuous => "continuous",
            Self::Binary => "binary",
            Self::Category => "category",
        }
    }

    /// Reads [`ChannelKind::name`] back.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Continuous, Self::Binary, Self::Category]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

/// A sensor's school grade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// No finding.
    A,
    /// Small findings.
    B,
    /// Use with care.
    C,
    /// Weak.
    D,
    /// Hardly usable.
    E,
    /// Not usable.
    F,
}

impl Grade {
    /// Every grade, best first.
    pub const ALL: [Self; 6] = [Self::A, Self::B, Self::C, Self::D, Self::E, Self::F];

    /// The letter.
    pub fn name(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
            Self::D => "D",
            Self::E => "E",
            Self::F => "F",
        }
    }

    /// Reads [`Grade::name`] back.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grade| grade.name() == name)
    }
}

/// Bounds of a signal, in its unit; each is optional.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Limits {
    /// The hard lower bound: no scenario may go below.
    pub low: Option<f64>,
    /// The hard upper bound.
    pub high: Option<f64>,
    /// Below it an alarm sounds.
    pub alarm_low: Option<f64>,
    /// Above it an alarm sounds.
    pub alarm_high: Option<f64>,
    /// Below it the line trips.
    pub trip_low: Option<f64>,
    /// Above it the line trips.
    pub trip_high: Option<f64>,
}

impl Limits {
    /// The limits that are set, with their names in files.
    pub fn named(&self) -> Vec<(&'static str, f64)> {
        [
            ("low", self.low),
            ("high", self.high),
            ("alarm_low", self.alarm_low),
            ("alarm_high", self.alarm_high),
            ("trip_low", self.trip_low),
            ("trip_high", self.trip_high),
        ]
        .into_iter()
        .filter_map(|(name, limit)| limit.map(|limit| (name, limit)))
        .collect()
    }
}

/// One signal of the line.
#[derive(Debug, Clone, PartialEq)]
pub struct Channel {
    /// The name in the program; unique in a dataset.
    pub name: String,
    /// The column it came from.
    pub source: String,
    /// What it is for.
    pub role: Role,
    /// How sure the role is, 0 to 1; 1 where a person said so.
    pub role_confidence: f64,
    /// The unit as written in the file; empty where unknown.
    pub unit: String,
    /// How its numbers behave.
    pub kind: ChannelKind,
    /// Its bounds.
    pub limits: Limits,
    /// How far the sensor can be trusted.
    pub grade: Grade,
    /// The share of steps without a value, 0 to 1.
    pub missing_frac: f64,
    /// The codes of the findings behind the grade, such as `stuck`.
    pub findings: Vec<String>,
}

impl Channel {
    /// The finding of a column that looks like an input and was left out as a copy of an earlier one:
    /// what that one does cannot be told from what this one does.
    pub const MOVES_ALONG: &str = "moves-along";

    /// A continuous signal with nothing else known.
    pub fn new(name: impl Into<String>, role: Role, unit: impl Into<String>) -> Self {
        let name = name.into();
        Self {
            source: name.clone(),
            name,
            role,
            role_confidence: 1.0,
            unit: unit.into(),
            kind: ChannelKind::Continuous,
            limits: Limits::default(),
            grade: Grade::A,
            missing_frac: 0.0,
            findings: Vec::new(),
        }
    }
}
