//! What can be wrong with data that is already in memory.

use crate::base::Phrase;

/// Data that does not hold together.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// A control plan whose rows do not fit or hold a value that is no number.
    #[error(
        "a control plan needs {horizon_steps} finite values for each of its {channels} channels"
    )]
    PlanShape {
        /// How many channels were planned.
        channels: usize,
        /// How many steps were asked.
        horizon_steps: usize,
    },
    /// An episode whose columns differ in number or length.
    #[error(
        "episode {episode:?} has {found} values in column {column} where {expected} are expected"
    )]
    EpisodeShape {
        /// The episode's name.
        episode: String,
        /// The column's position.
        column: usize,
        /// How many values there are.
        found: usize,
        /// How many there should be.
        expected: usize,
    },
    /// Two channels of one name.
    #[error("two channels are called {name:?}")]
    SameName {
        /// The name.
        name: String,
    },
    /// No step length.
    #[error("the step must be longer than 0 s, found {found} s")]
    StepSecs {
        /// The step found.
        found: f64,
    },
    /// A span outside its episode.
    #[error("the {split} span {start}..{end} lies outside episode {episode}")]
    Span {
        /// The span's split.
        split: &'static str,
        /// Its first step.
        start: usize,
        /// The step after its last.
        end: usize,
        /// The episode's position.
        episode: usize,
    },
}

impl DataError {
    /// The same with the key and values that other languages need.
    pub fn phrase(&self) -> Phrase {
        let phrase = match self {
            Self::PlanShape {
                channels,
                horizon_steps,
            } => Phrase::new("error-data-plan", "")
                .with("steps", horizon_steps)
                .with("channels", channels),
            Self::EpisodeShape {
                episode,
                column,
                found,
                expected,
            } => Phrase::new("error-data-episode", "")
                .with("episode", format!("{episode:?}"))
                .with("column", column)
                .with("found", found)
                .with("expected", expected),
            Self::SameName { name } => {
                Phrase::new("error-data-same-name", "").with("name", format!("{name:?}"))
            }
            Self::StepSecs { found } => Phrase::new("error-data-step", "").with("found", found),
            Self::Span {
                split,
                start,
                end,
                episode,
            } => Phrase::new("error-data-span", "")
                .with("split", split)
                .with("start", start)
                .with("end", end)
                .with("episode", episode),
        };
        phrase.in_english(self.to_string())
    }
}
