//! What can stop a use case, each with the next step.

use std::{error::Error, io, path::PathBuf};

use crate::{
    base::{FileError, Phrase, Stopped, Text, io_phrase},
    data::DataError,
    import::ImportError,
    model::ModelError,
    report::ReportError,
    scenario::ScenarioError,
    store::StoreError,
    synth::SynthError,
};

/// A use case could not be carried out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// Files could not be imported.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The project could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The scenario cannot be asked.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// The data do not hold together.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The model could not be trained or asked.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The built-in plant could not be simulated.
    #[error(transparent)]
    Synth(#[from] SynthError),
    /// The report could not be made.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The project holds no data.
    #[error("the project holds no data yet\n  {}", project.display())]
    NoData {
        /// The project's folder.
        project: PathBuf,
    },
    /// A source that `--append` would read again is gone.
    #[error(
        "an earlier source is no longer there: appending reads it again, and its rows would be \
         lost\n  {}",
        path.display()
    )]
    SourceGone {
        /// The source.
        path: PathBuf,
    },
    /// A source that `--append` reads again no longer holds what was imported.
    #[error(
        "an earlier source is no longer what was imported: {n_rows} rows from {from} to {to} would \
         be lost\n  {}",
        path.display()
    )]
    SourceChanged {
        /// The source.
        path: PathBuf,
        /// Rows of the project that nothing holds any more.
        n_rows: usize,
        /// The time of the first of them.
        from: String,
        /// The time of the last of them.
        to: String,
    },
    /// The same of rows that carry no clock.
    #[error(
        "an earlier source is no longer what was imported, and no clock tells whether its rows \
         are still there\n  {}",
        path.display()
    )]
    SourceReplaced {
        /// The source.
        path: PathBuf,
    },
    /// The project remembers no recipe of this id.
    #[error("the project remembers no recipe {id:?}")]
    NoRecipe {
        /// The id.
        id: String,
    },
    /// The project holds no model that can be asked.
    #[error("the project holds no usable model{}\n  {}", reason(why.as_ref()), project.display())]
    NoModel {
        /// The project's folder.
        project: PathBuf,
        /// What is wrong with the model that is there; `None` where there is none.
        why: Option<Phrase>,
    },
    /// The model predicts no pictures.
    #[error("the model in use predicts no pictures\n  {}", project.display())]
    NoPictures {
        /// The project's folder.
        project: PathBuf,
    },
    /// No picture of a split can be predicted and compared.
    #[error(
        "no picture of the {split} blocks has {needed} steps of its block and an earlier picture \
         before it"
    )]
    NoFrames {
        /// The split.
        split: &'static str,
        /// Steps of warm-up and lead together.
        needed: usize,
    },
    /// The project may only be looked at.
    #[error(
        "the project is open elsewhere or its disk is read-only, so nothing can be saved\n  {}",
        project.display()
    )]
    ReadOnly {
        /// The project's folder.
        project: PathBuf,
    },
    /// A split without a stretch long enough to be scored.
    #[error(
        "the {split} blocks have no stretch longer than the {warmup_steps} warm-up steps; the longest has {longest}"
    )]
    NoRows {
        /// The split.
        split: &'static str,
        /// Steps given before each rollout.
        warmup_steps: usize,
        /// Steps of the longest block of the split.
        longest: usize,
    },
    /// Two scenarios that cannot be laid side by side.
    #[error(
        "A starts at step {} of episode {:?} for {} steps, B at step {} of episode {:?} for {} steps; \
         both need one start and horizon",
        a.1, a.0, a.2, b.1, b.0, b.2
    )]
    DifferentStarts {
        /// Episode, first step and horizon of A.
        a: Box<(String, usize, usize)>,
        /// The same of B.
        b: Box<(String, usize, usize)>,
    },
    /// Two scenarios that start alike from more and from less that is known.
    #[error("A is warmed up by {a} measured steps before the start, B by {b}; both need as many")]
    DifferentContexts {
        /// Context steps of A.
        a: usize,
        /// The same of B.
        b: usize,
    },
    /// A KPI on a channel that a rollout does not give.
    #[error("the KPI {kpi:?} needs channel {channel:?}, which the model does not predict")]
    KpiChannel {
        /// The KPI.
        kpi: String,
        /// The channel.
        channel: String,
    },
    /// A control that is edited and that the model does not know.
    #[error(
        "the model learned from earlier data, where {channel:?} was no control or never moved, so \
         it cannot say what changing it does\n  {}",
        project.display()
    )]
    UnlearnedControl {
        /// The control.
        channel: String,
        /// The project's folder.
        project: PathBuf,
    },
    /// A device that this build or machine has not.
    #[error("the device {device:?} cannot be used: {why}")]
    NoDevice {
        /// The device asked for.
        device: &'static str,
        /// Why not.
        why: Phrase,
        /// What would help.
        hint: Phrase,
    },
    /// A number out of its range.
    #[error("{name} is {found}; expected {expected}")]
    Number {
        /// What it is.
        name: Phrase,
        /// What was given.
        found: String,
        /// What is allowed.
        expected: Phrase,
    },
    /// Futures that are too long and too many to be held.
    #[error(
        "{n_steps} steps of {n_outputs} outputs leave memory for {fits} draws; at least {needed} are needed"
    )]
    TooLarge {
        /// Predicted steps.
        n_steps: usize,
        /// Predicted channels.
        n_outputs: usize,
        /// How many draws can be held.
        fits: usize,
        /// The fewest that tell something.
        needed: usize,
    },
    /// A file of a kind that is not written.
    #[error("files of this kind are not written; expected {expected}\n  {}", path.display())]
    FileKind {
        /// The file asked for.
        path: PathBuf,
        /// The kinds that are.
        expected: &'static str,
    },
    /// It was asked to stop.
    #[error("stopped on request; what was saved before stays valid")]
    Stopped,
}

impl EngineError {
    /// The same with the key and values that other languages need.
    #[expect(clippy::too_many_lines, reason = "one arm a kind of error")]
    pub fn phrase(&self) -> Phrase {
        let of = |key: &'static str| Phrase::new(key, "");
        let phrase = match self {
            Self::Import(error) => return error.phrase(),
            Self::Store(error) => return error.phrase(),
            Self::Scenario(error) => return error.phrase(),
            Self::Data(error) => return error.phrase(),
            Self::Model(error) => return error.phrase(),
            Self::Synth(error) => return error.phrase(),
            Self::Report(error) => return error.phrase(),
            Self::File(error) => return error.phrase(),
            Self::NoData { project } => of("error-no-data").with("path", project.display()),
            Self::SourceGone { path } => of("error-source-gone").with("path", path.display()),
            Self::SourceChanged {
                path,
                n_rows,
                from,
                to,
            } => of("error-source-changed")
                .with("rows", n_rows)
                .with("from", from)
                .with("to", to)
                .with("path", path.display()),
            Self::SourceReplaced { path } => {
                of("error-source-replaced").with("path", path.display())
            }
            Self::NoRecipe { id } => of("error-no-recipe").with("id", id),
            Self::NoModel { project, why: None } => {
                of("error-no-model").with("path", project.display())
            }
            Self::NoModel {
                project,
                why: Some(why),
            } => of("error-no-usable-model")
                .with_phrase("why", why.clone())
                .with("path", project.display()),
            Self::NoPictures { project } => of("error-no-pictures").with("path", project.display()),
            Self::NoFrames { split, needed } => of("error-no-frames")
                .with("split", split)
                .with("needed", needed),
            Self::ReadOnly { project } => of("error-read-only").with("path", project.display()),
            Self::NoRows {
                split,
                warmup_steps,
                longest,
            } => of("error-no-rows")
                .with("split", split)
                .with("warmup", warmup_steps)
                .with("longest", longest),
            Self::DifferentStarts { a, b } => of("error-different-starts")
                .with("step_a", a.1)
                .with("episode_a", format!("{:?}", a.0))
                .with("horizon_a", a.2)
                .with("step_b", b.1)
                .with("episode_b", format!("{:?}", b.0))
                .with("horizon_b", b.2),
            Self::DifferentContexts { a, b } => {
                of("error-different-contexts").with("a", a).with("b", b)
            }
            Self::KpiChannel { kpi, channel } => of("error-kpi-channel")
                .with("kpi", format!("{kpi:?}"))
                .with("channel", format!("{channel:?}")),
            Self::UnlearnedControl { channel, project } => of("error-unlearned-control")
                .with("channel", format!("{channel:?}"))
                .with("path", project.display()),
            Self::NoDevice { device, why, hint } => of("error-no-device")
                .with("device", format!("{device:?}"))
                .with_phrase("why", why.clone())
                .with_phrase("hint", hint.clone()),
            Self::Number {
                name,
                found,
                expected,
            } => of("error-number")
                .with_phrase("name", name.clone())
                .with("found", found)
                .with_phrase("expected", expected.clone()),
            Self::TooLarge {
                n_steps,
                n_outputs,
                fits,
                needed,
            } => of("error-too-large")
                .with("steps", n_steps)
                .with("outputs", n_outputs)
                .with("fits", fits)
                .with("needed", needed),
            Self::FileKind { path, expected } => of("error-file-kind")
                .with("expected", expected)
                .with("path", path.display()),
            Self::Stopped => of("error-stopped-early"),
        };
        phrase.in_english(self.to_string())
    }

    /// The next step in a language.
    pub fn hint_in(&self, text: &Text) -> Option<String> {
        Some(text.say_hint(&self.phrase(), &self.hint()?))
    }

    /// The next step, in English.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Import(error) => error.hint(),
            Self::Store(error) => error.hint(),
            Self::Scenario(error) => error.hint(),
            Self::Model(error) => error.hint(),
            Self::Synth(error) => error.hint(),
            Self::Data(_) => Some("correct the recipe or the files and import again".to_owned()),
            Self::Report(error) => Some(error.hint()),
            Self::File(error) => Some(error.hint()),
            Self::NoData { project } => Some(format!(
                "import files first: gemba import FILES --project {}",
                project.display()
            )),
            Self::SourceGone { .. } => Some(
                "put the file back where it was, or import all files that are to be kept, without \
                 --append"
                    .to_owned(),
            ),
            Self::SourceChanged { .. } | Self::SourceReplaced { .. } => Some(
                "give each export a name of its own and append the new one, or import all files \
                 that are to be kept, without --append"
                    .to_owned(),
            ),
            Self::NoRecipe { .. } => Some("list them: gemba recipes P".to_owned()),
            Self::NoModel { project, .. } => Some(format!(
                "train one first: gemba train {}",
                project.display()
            )),
            Self::NoPictures { .. } => Some(
                "import a folder with at least 40 camera pictures beside the sensors and train again"
                    .to_owned(),
            ),
            Self::NoFrames { .. } => Some(
                "ask for a shorter --lead or --warmup, or another split".to_owned(),
            ),
            Self::ReadOnly { .. } => {
                Some("close the other program, or copy the project to a writable place".to_owned())
            }
            Self::NoRows { .. } => {
                Some("ask for a shorter warm-up with --warmup, or another split".to_owned())
            }
            Self::DifferentStarts { .. } => {
                Some("give both scenario files the same [start] and [horizon]".to_owned())
            }
            Self::DifferentContexts { .. } => {
                Some("give both scenario files the same context_steps".to_owned())
            }
            Self::KpiChannel { .. } => Some(
                "choose a channel whose role is kpi, observation, control or disturbance"
                    .to_owned(),
            ),
            Self::UnlearnedControl { project, .. } => {
                Some(format!("train again: gemba train {}", project.display()))
            }
            Self::TooLarge { .. } => {
                Some("ask for a shorter horizon, fewer steps or fewer draws".to_owned())
            }
            Self::FileKind { expected, .. } => Some(format!("end the name in {expected}")),
            Self::NoDevice { hint, .. } => Some(format!("{hint}, or choose --device cpu")),
            Self::Number { .. } | Self::Stopped => None,
        }
    }

    /// Whether it only ended because it was asked to.
    pub fn is_stopped(&self) -> bool {
        matches!(
            self,
            Self::Stopped
                | Self::Import(ImportError::Stopped(_))
                | Self::Store(StoreError::Stopped(_))
                | Self::Model(ModelError::Stopped(_))
                | Self::Synth(SynthError::Stopped)
        )
    }
}

fn reason(why: Option<&Phrase>) -> String {
    why.map_or_else(String::new, |why| format!(": {why}"))
}

/// What an error says in a language: itself, then each of its causes.
pub fn said(error: &(dyn Error + 'static), text: &Text) -> Vec<String> {
    let phrases = phrases(error);
    phrases.iter().map(|phrase| text.say(phrase)).collect()
}

/// An error and each of its causes, each reason once.
pub fn phrases(error: &(dyn Error + 'static)) -> Vec<Phrase> {
    let mut list: Vec<Phrase> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let phrase = phrase_of(error).unwrap_or_else(|| Phrase::plain(error.to_string()));
        if list.iter().all(|known| known.english() != phrase.english()) {
            list.push(phrase);
        }
        next = error.source();
    }
    list
}

/// The phrase of an error that this program knows.
fn phrase_of(error: &(dyn Error + 'static)) -> Option<Phrase> {
    let known = error.downcast_ref().map(EngineError::phrase);
    known
        .or_else(|| error.downcast_ref().map(FileError::phrase))
        .or_else(|| error.downcast_ref().map(DataError::phrase))
        .or_else(|| error.downcast_ref::<io::Error>().map(io_phrase))
        .or_else(|| {
            error
                .downcast_ref::<Stopped>()
                .map(|stopped| stopped.phrase())
        })
}
