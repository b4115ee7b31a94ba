//! What can be wrong with a question.

/// A scenario that cannot be asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScenarioError {
    /// The text is no scenario file.
    #[error("{}: {found}; expected {expected}", place(file, *line))]
    Spec {
        /// The file's name.
        file: String,
        /// One-based line, 0 where unknown.
        line: usize,
        /// What stands there.
        found: String,
        /// What is allowed.
        expected: String,
    },
    /// The file was written by a newer program.
    #[error(
        "{}: the scenario file has version {found}, this program reads up to {known}",
        place(file, *line)
    )]
    Version {
        /// The file's name.
        file: String,
        /// One-based line.
        line: usize,
        /// The file's version.
        found: i64,
        /// The newest version that this program reads.
        known: i64,
    },
    /// An edit names a channel that is not there.
    #[error(
        "{}: there is no channel {channel:?}; the nearest names are {}; the controls are {}",
        place(file, *line), quoted(nearest), quoted(controls)
    )]
    UnknownChannel {
        /// The file's name.
        file: String,
        /// One-based line, 0 where unknown.
        line: usize,
        /// The name found.
        channel: String,
        /// The channels that are spelt most like it.
        nearest: Vec<String>,
        /// The channels that may be edited.
        controls: Vec<String>,
    },
    /// An edit names a channel that nobody sets.
    #[error(
        "{}: channel {channel:?} is of role {role}, only controls can be edited; they are {}",
        place(file, *line), quoted(controls)
    )]
    NotAControl {
        /// The file's name.
        file: String,
        /// One-based line, 0 where unknown.
        line: usize,
        /// The name found.
        channel: String,
        /// Its role.
        role: &'static str,
        /// The channels that may be edited.
        controls: Vec<String>,
    },
    /// An edit leaves a hard limit or a trip limit.
    #[error(
        "{}: {channel:?} would be {value:.6} {unit} at step {step} after the start; its limit {limit} is {bound} {unit}",
        place(file, *line)
    )]
    OutsideLimits {
        /// The file's name.
        file: String,
        /// One-based line, 0 where unknown.
        line: usize,
        /// The control.
        channel: String,
        /// The value that was asked.
        value: f64,
        /// The control's unit.
        unit: String,
        /// The first such step after the start.
        step: usize,
        /// The limit's name, such as `high`.
        limit: &'static str,
        /// The limit's value.
        bound: f64,
    },
    /// An edit gives a value that is no finite number.
    #[error(
        "{}: {channel:?} would not be a finite number at step {step} after the start",
        place(file, *line)
    )]
    NotFinite {
        /// The file's name.
        file: String,
        /// One-based line, 0 where unknown.
        line: usize,
        /// The control.
        channel: String,
        /// The first such step after the start.
        step: usize,
    },
    /// A range of steps that is empty, inverted or too long.
    #[error("{}: {found}; expected {expected}", place(file, *line))]
    Range {
        /// The file's name.
        file: String,
        /// One-based line, 0 where unknown.
        line: usize,
        /// The range found.
        found: String,
        /// What is allowed.
        expected: String,
    },
    /// The situation to start from is not in the data.
    #[error("{}: {found}; expected {expected}", place(file, 0))]
    Start {
        /// The file's name.
        file: String,
        /// What was asked.
        found: String,
        /// What is there.
        expected: String,
    },
    /// A control was never recorded in the episode, so that nothing can be held.
    #[error(
        "{}: control {channel:?} has no value in episode {episode:?}",
        place(file, 0)
    )]
    NoRecord {
        /// The file's name.
        file: String,
        /// The control.
        channel: String,
        /// The episode.
        episode: String,
    },
    /// A KPI is made of a channel that is not predicted.
    #[error(
        "{}, kpi {kpi:?}: {channel:?} {why}; the nearest names are {}; the outputs are {}",
        place(file, 0),
        quoted(nearest),
        quoted(outputs)
    )]
    UnknownKpiChannel {
        /// The file's name.
        file: String,
        /// The KPI's name.
        kpi: String,
        /// The channel asked for.
        channel: String,
        /// Why it cannot be used.
        why: String,
        /// The outputs that are spelt most like it.
        nearest: Vec<String>,
        /// The channels that a KPI may be made of.
        outputs: Vec<String>,
    },
}

impl ScenarioError {
    /// The next step, in words.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Spec { line: 0, .. } => {
                "start the file with format = \"gemba-scenario\" and version = 1".to_owned()
            }
            Self::Spec { line, .. } => format!("correct line {line} of the scenario file"),
            Self::Version { .. } => {
                "open it with the newer program, or write the scenario anew".to_owned()
            }
            Self::UnknownChannel { nearest, .. } => did_you_mean(nearest),
            Self::NotAControl { .. } => {
                "edit a control, or give the channel the role control in the recipe".to_owned()
            }
            Self::OutsideLimits { limit, bound, .. } => format!(
                "choose a value inside {limit} = {bound}, or correct the limit in the recipe"
            ),
            Self::NotFinite { .. } => "choose a smaller factor or value".to_owned(),
            Self::Range { .. } => {
                "give from_step < to_step inside the horizon, counted from the start".to_owned()
            }
            Self::Start { .. } => {
                "choose an episode and a step that are in the data, or leave [start] out".to_owned()
            }
            Self::NoRecord { channel, .. } => {
                format!("start in an episode that recorded {channel:?}, or ignore it in the recipe")
            }
            Self::UnknownKpiChannel { nearest, .. } => did_you_mean(nearest),
        })
    }
}

fn did_you_mean(nearest: &[String]) -> String {
    nearest.first().map_or_else(
        || "look at the channels with gemba inspect".to_owned(),
        |name| format!("did you mean {name:?}?"),
    )
}

fn place(file: &str, line: usize) -> String {
    let file = if file.is_empty() { "scenario" } else { file };
    if line == 0 {
        file.to_owned()
    } else {
        format!("{file}, line {line}")
    }
}

fn quoted(names: &[String]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    let names: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
    names.join(", ")
}
