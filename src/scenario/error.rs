//! What can be wrong with a question.

use crate::{base::Phrase, data::Role};

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
        found: Phrase,
        /// What is allowed.
        expected: Phrase,
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
        place(file, *line), Phrase::names(nearest), Phrase::names(controls)
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
        place(file, *line), Phrase::names(controls)
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
        expected: Phrase,
    },
    /// A range of steps that is empty, inverted or too long.
    #[error("{}: {found}; expected {expected}", place(file, *line))]
    Range {
        /// The file's name.
        file: String,
        /// One-based line.
        line: usize,
        /// The range found.
        found: Phrase,
        /// What is allowed.
        expected: Phrase,
    },
    /// The situation to start from is not in the data.
    #[error("{}: {found}; expected {expected}", place(file, *line))]
    Start {
        /// The file's name.
        file: String,
        /// One-based line, 0 where unknown.
        line: usize,
        /// What was asked.
        found: Phrase,
        /// What is there.
        expected: Phrase,
    },
    /// Two KPIs that nobody could tell apart.
    #[error(
        "{}: a second kpi called {name:?}; expected a name of its own for each",
        place(file, *line)
    )]
    SameKpi {
        /// The file's name.
        file: String,
        /// One-based line of the second, 0 where unknown.
        line: usize,
        /// The name of both.
        name: String,
    },
    /// A KPI is made of a channel that is not predicted.
    #[error(
        "{}, kpi {kpi:?}: {channel:?} is {}; the outputs, nearest name first, are {}",
        place(file, *line), of_role(role.map(Role::name)), Phrase::names(outputs)
    )]
    UnknownKpiChannel {
        /// The file's name.
        file: String,
        /// One-based line, 0 where unknown.
        line: usize,
        /// The KPI's name.
        kpi: String,
        /// The channel asked for.
        channel: String,
        /// Its role, which is not predicted; `None` where there is no such channel.
        role: Option<Role>,
        /// The channels that a KPI may be made of, nearest name first.
        outputs: Vec<String>,
    },
}

impl ScenarioError {
    /// The same with the key and values that other languages need.
    pub fn phrase(&self) -> Phrase {
        let phrase = match self {
            Self::Spec {
                file,
                line,
                found,
                expected,
            } => found_expected(line_key(*line), place(file, *line), found, expected)
                .with("line", line),
            Self::Version {
                file,
                line,
                found,
                known,
            } => of("error-scenario-version", place(file, *line))
                .with("found", found)
                .with("known", known),
            Self::UnknownChannel {
                file,
                line,
                channel,
                nearest,
                controls,
            } => of("error-scenario-channel", place(file, *line))
                .with("channel", format!("{channel:?}"))
                .with("first", quoted_first(nearest))
                .with_phrase("nearest", Phrase::names(nearest))
                .with_phrase("controls", Phrase::names(controls)),
            Self::NotAControl {
                file,
                line,
                channel,
                role,
                controls,
            } => of("error-scenario-not-a-control", place(file, *line))
                .with("channel", format!("{channel:?}"))
                .with_phrase("role", Phrase::role(role))
                .with_phrase("controls", Phrase::names(controls)),
            Self::OutsideLimits {
                file,
                line,
                channel,
                step,
                found,
                expected,
            } => of("error-scenario-limit", place(file, *line))
                .with("channel", format!("{channel:?}"))
                .with("step", step)
                .with("found", found)
                .with_phrase("expected", expected.clone()),
            Self::Range {
                file,
                line,
                found,
                expected,
            } => found_expected("error-scenario-range", place(file, *line), found, expected),
            Self::Start {
                file,
                line,
                found,
                expected,
            } => found_expected("error-scenario-start", place(file, *line), found, expected),
            Self::SameKpi { file, line, name } => {
                of("error-scenario-same-kpi", place(file, *line)).with("name", format!("{name:?}"))
            }
            Self::UnknownKpiChannel {
                file,
                line,
                kpi,
                channel,
                role,
                outputs,
            } => of("error-scenario-kpi", place(file, *line))
                .with("kpi", format!("{kpi:?}"))
                .with("channel", format!("{channel:?}"))
                .with_phrase("role", of_role(role.map(Role::name)))
                .with("first", quoted_first(outputs))
                .with_phrase("outputs", Phrase::names(outputs)),
        };
        phrase.in_english(self.to_string())
    }

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
            Self::SameKpi { .. } => "write name = \"…\" into each [[kpi]], each another one",
            Self::Start { .. } => {
                "choose an episode and a step that are in the data, or leave [start] out"
            }
        };
        Some(words.to_owned())
    }
}

/// The first line tells whether a text is a scenario file at all.
fn line_key(line: usize) -> &'static str {
    match line {
        0 | 1 => "error-scenario-head",
        _ => "error-scenario-line",
    }
}

fn place(file: &str, line: usize) -> Phrase {
    match (file, line) {
        ("", 0) => Phrase::new("detail-scenario", "scenario"),
        (file, 0) => Phrase::plain(file),
        (file, line) => {
            let file = if file.is_empty() { "scenario" } else { file };
            Phrase::new("detail-line", format!("{file}, line {line}"))
                .with("file", file)
                .with("line", line)
        }
    }
}

fn of_role(role: Option<&str>) -> Phrase {
    match role {
        None => Phrase::new("detail-no-channel", "no channel"),
        Some(role) => Phrase::new(
            "detail-not-predicted",
            format!("of role {role} and is not predicted"),
        )
        .with_phrase("role", Phrase::role(role)),
    }
}

fn of(key: &'static str, place: Phrase) -> Phrase {
    Phrase::new(key, "").with_phrase("place", place)
}

fn found_expected(key: &'static str, place: Phrase, found: &Phrase, expected: &Phrase) -> Phrase {
    of(key, place)
        .with_phrase("found", found.clone())
        .with_phrase("expected", expected.clone())
}

fn quoted_first(names: &[String]) -> String {
    names
        .first()
        .map(|name| format!("{name:?}"))
        .unwrap_or_default()
}
