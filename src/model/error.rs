//! What can go wrong with a model, by whose fault it is.

use crate::base::{Phrase, Stopped};

/// A model could not be trained or asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// It was asked to stop.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// The dataset does not hold together.
    #[error("the dataset does not hold together")]
    Data(#[from] crate::data::DataError),
    /// Too little data.
    #[error(
        "training needs at least {needed} steps in train and val blocks, found {found} usable ones"
    )]
    TooFewRows {
        /// Usable steps.
        found: usize,
        /// Steps needed.
        needed: usize,
    },
    /// Steps enough, but nearly all of them in pieces too short to learn from.
    #[error(
        "{steps} steps stand in pieces of fewer than {piece} steps between gaps, too short to learn from"
    )]
    ShortPieces {
        /// Steps in such pieces.
        steps: usize,
        /// Steps of the shortest piece that is used.
        piece: usize,
    },
    /// No channel that could be predicted.
    #[error("no channel of dataset {dataset:?} has the role observation or kpi")]
    NoOutput {
        /// The dataset's name.
        dataset: String,
    },
    /// Only channels that never move.
    #[error("no observation or kpi of dataset {dataset:?} ever changes in train and val blocks")]
    NothingMoves {
        /// The dataset's name.
        dataset: String,
    },
    /// A channel that the model needs is not in the dataset.
    #[error("dataset {dataset:?} has no channel {channel:?}, which the model needs")]
    MissingChannel {
        /// The dataset's name.
        dataset: String,
        /// The channel's name.
        channel: String,
    },
    /// Data on another time grid than the model learned on.
    #[error(
        "the model learned on a time step of {expected} s, the data have one of {found} s: what it knows of a step is not true here"
    )]
    OtherStep {
        /// The data's step in seconds.
        found: f64,
        /// The step that it learned on.
        expected: f64,
    },
    /// A start without enough measured steps before it, or beyond the record.
    #[error(
        "a rollout from step {start} of episode {episode} with {n_context} measured steps before it does not fit: the episode has {n_steps} steps"
    )]
    Start {
        /// The episode's position.
        episode: usize,
        /// The first predicted step.
        start: usize,
        /// Measured steps asked.
        n_context: usize,
        /// How long the episode is.
        n_steps: usize,
    },
    /// A plan for another horizon.
    #[error("the control plan has {found} steps where the rollout has {expected}")]
    PlanLength {
        /// Steps planned.
        found: usize,
        /// Steps rolled out.
        expected: usize,
    },
    /// A family that this model does not have.
    #[error("the model has no candidate {tier:?}")]
    NoTier {
        /// The family's name.
        tier: &'static str,
    },
    /// A device that is not there.
    #[error("device {asked:?} cannot be used: {reason}")]
    Device {
        /// The device asked for, as on the command line.
        asked: String,
        /// Why not.
        reason: Phrase,
    },
    /// A number that is none.
    #[error("training gave a number that is not finite in {term:?} at step {step}")]
    NotFinite {
        /// The training step.
        step: usize,
        /// The term of the loss, or the channel.
        term: String,
    },
    /// A file that is not what was written.
    #[error("the model file is damaged: {what} is {found}, expected {expected}")]
    Damaged {
        /// Which part.
        what: String,
        /// What was found.
        found: String,
        /// What should be there.
        expected: String,
    },
    /// A file of a newer program.
    #[error("the model file has version {found}; this program reads up to version {known}")]
    Newer {
        /// The file's version.
        found: u64,
        /// The newest version known here.
        known: u64,
    },
    /// A training state of other data or settings.
    #[error("the training state belongs to other {what}: found {found}, expected {expected}")]
    OtherRun {
        /// What differs.
        what: &'static str,
        /// What the state says.
        found: String,
        /// What was asked.
        expected: String,
    },
    /// A tensor operation was refused.
    #[error("a tensor operation was refused")]
    Candle(#[source] Box<candle_core::Error>),
    /// A worker thread could not be started or did not come back.
    #[error("a worker thread could not be used: {reason}")]
    Thread {
        /// Why.
        reason: String,
    },
}

impl From<candle_core::Error> for ModelError {
    fn from(error: candle_core::Error) -> Self {
        Self::Candle(Box::new(error))
    }
}

impl ModelError {
    /// The same with the key and values that other languages need.
    pub fn phrase(&self) -> Phrase {
        let of = |key: &'static str| Phrase::new(key, "");
        let phrase = match self {
            Self::Stopped(stopped) => return stopped.phrase(),
            Self::Data(_) => of("error-model-data"),
            Self::TooFewRows { found, needed } => of("error-model-few-rows")
                .with("found", found)
                .with("needed", needed),
            Self::ShortPieces { steps, piece } => of("error-model-short-pieces")
                .with("steps", steps)
                .with("piece", piece),
            Self::NoOutput { dataset } => {
                of("error-model-no-output").with("dataset", format!("{dataset:?}"))
            }
            Self::NothingMoves { dataset } => {
                of("error-model-nothing-moves").with("dataset", format!("{dataset:?}"))
            }
            Self::MissingChannel { dataset, channel } => of("error-model-channel")
                .with("dataset", format!("{dataset:?}"))
                .with("channel", format!("{channel:?}")),
            Self::OtherStep { found, expected } => of("error-model-time-step")
                .with("found", found)
                .with("expected", expected),
            Self::Start {
                episode,
                start,
                n_context,
                n_steps,
            } => of("error-model-start")
                .with("episode", episode)
                .with("start", start)
                .with("context", n_context)
                .with("steps", n_steps),
            Self::PlanLength { found, expected } => of("error-model-plan")
                .with("found", found)
                .with("expected", expected),
            Self::NoTier { tier } => of("error-model-tier").with("tier", format!("{tier:?}")),
            Self::Device { asked, reason } => of(if asks_for_a_build(asked) {
                "error-model-device-build"
            } else {
                "error-model-device"
            })
            .with("device", asked)
            .with("quoted", format!("{asked:?}"))
            .with_phrase("why", reason.clone()),
            Self::NotFinite { step, term } => of("error-model-number")
                .with("step", step)
                .with("term", format!("{term:?}")),
            Self::Damaged {
                what,
                found,
                expected,
            } => of("error-model-damaged")
                .with("what", what)
                .with("found", found)
                .with("expected", expected),
            Self::Newer { found, known } => of("error-model-newer")
                .with("found", found)
                .with("known", known),
            Self::OtherRun {
                what,
                found,
                expected,
            } => of("error-model-other-run")
                .with("what", what)
                .with("found", found)
                .with("expected", expected),
            Self::Candle(_) => of("error-model-tensor"),
            Self::Thread { reason } => of("error-model-thread").with("why", reason),
        };
        phrase.in_english(self.to_string())
    }

    /// The next step for the user, in English.
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Stopped(_) | Self::Thread { .. } => return None,
            Self::Data(_) => "import the files again",
            Self::TooFewRows { .. } => {
                "add recordings, shorten the grid's step, or give more of the record to train"
            }
            Self::ShortPieces { .. } => {
                "choose a longer step of the grid, which closes gaps, or record without gaps"
            }
            Self::NoOutput { .. } => "give at least one channel the role observation or kpi",
            Self::NothingMoves { .. } => "record a time in which the line changes",
            Self::MissingChannel { .. } => "train a model on this dataset, or rename the channel",
            Self::OtherStep { .. } => {
                "train again with `gemba train`, or import with the step that it learned on"
            }
            Self::Start { .. } => "choose a later start or fewer context steps",
            Self::PlanLength { .. } => "give one value for each step of the horizon",
            Self::NoTier { .. } => "ask for a candidate that `gemba models` lists",
            Self::Device { asked, .. } => return Some(device_hint(asked)),
            Self::NotFinite { .. } => {
                "look at the channel's values around the place, or leave the channel out"
            }
            Self::Damaged { .. } => "use the previous model, or train again",
            Self::Newer { .. } => "install the newer program, or train again with this one",
            Self::OtherRun { .. } => "train without --resume",
            Self::Candle(_) => "try --device cpu",
        };
        Some(text.to_owned())
    }
}

fn device_hint(asked: &str) -> String {
    if asks_for_a_build(asked) {
        format!("build with --features {asked}, or use --device cpu")
    } else {
        "use --device cpu".to_owned()
    }
}

/// Whether the device is one that this build leaves out.
fn asks_for_a_build(device: &str) -> bool {
    matches!(device, "cuda" | "metal") && !has_feature(device)
}

fn has_feature(name: &str) -> bool {
    (name == "cuda" && cfg!(feature = "cuda")) || (name == "metal" && cfg!(feature = "metal"))
}
