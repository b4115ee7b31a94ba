//! What can be wrong with a question.

/// A scenario that cannot be asked; a line of 0 means that it is not known.
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
        /// One-based line.
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
        /// One-based line.
        line: usize,
        /// The name found.
        channel: String,
        /// Its role.
        role: &'static str,
        /// The channels that may be edited.
        controls: Vec<String>,
    },
    /// An edit leaves a hard limit, a trip limit or the finite numbers.
    #[error(
        "{}: {channel:?} would be {found} at step {step} after the start; expected {expected}",
        place(file, *line)
    )]
    OutsideLimits {
        /// The file's name.
        file: String,
        /// One-based line.
        line: usize,
        /// The control.
        channel: String,
        /// The first such step after the start.
        step: usize,
        /// The value that was asked, with its unit.
        found: String,
        /// The limit by name, with its value and unit.
        expected: String,
    },
    /// A range of steps that is empty, inverted or too long.
    #[error("{}: {found}; expected {expected}", place(file, *line))]
    Range {
        /// The file's name.
        file: String,
        /// One-based line.
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
    /// A KPI is made of a channel that is not predicted.
    #[error(
        "{}, kpi {kpi:?}: {channel:?} is {}; the outputs, nearest name first, are {}",
        place(file, 0), of_role(*role), quoted(outputs)
    )]
    UnknownKpiChannel {
        /// The file's name.
        file: String,
        /// The KPI's name.
        kpi: String,
        /// The channel asked for.
        channel: String,
        /// Its role, which is not predicted; `None` where there is no such channel.
        role: Option<&'static str>,
        /// The channels that a KPI may be made of, nearest name first.
        outputs: Vec<String>,
    },
}

impl ScenarioError {
    /// The next step, in words.
    pub fn hint(&self) -> Option<String> {
        let words = match self {
            Self::Spec { line: 0 | 1, .. } => {
                "start the file with format = \"gemba-scenario\" and version = 1"
            }
            Self::Spec { line, .. } => {
                return Some(format!("correct line {line} of the scenario file"));
            }
            Self::Version { .. } => "open it with the newer program, or write the scenario anew",
            Self::UnknownChannel { nearest: names, .. }
            | Self::UnknownKpiChannel { outputs: names, .. } => {
                return names.first().map(|name| format!("did you mean {name:?}?"));
            }
            Self::NotAControl { .. } => {
                "edit a control, or give the channel the role control in the recipe"
            }
            Self::OutsideLimits { .. } => {
                "choose a value inside the limits, or correct them in the recipe"
            }
            Self::Range { .. } => {
                "give from_step < to_step inside the horizon, counted from the start"
            }
            Self::Start { .. } => {
                "choose an episode and a step that are in the data, or leave [start] out"
            }
        };
        Some(words.to_owned())
    }
}

fn place(file: &str, line: usize) -> String {
    let file = if file.is_empty() { "scenario" } else { file };
    if line == 0 {
        file.to_owned()
    } else {
        format!("{file}, line {line}")
    }
}

fn of_role(role: Option<&str>) -> String {
    role.map_or_else(
        || "no channel".to_owned(),
        |role| format!("of role {role} and is not predicted"),
    )
}

fn quoted(names: &[String]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    let names: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
    names.join(", ")
}
