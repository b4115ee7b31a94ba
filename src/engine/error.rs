//! What can stop a use case, each with the next step.

use std::path::PathBuf;

/// A use case could not be carried out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// Files could not be imported.
    #[error(transparent)]
    Import(#[from] crate::import::ImportError),
    /// The project could not be read or written.
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
    /// The scenario cannot be asked.
    #[error(transparent)]
    Scenario(#[from] crate::scenario::ScenarioError),
    /// The data do not hold together.
    #[error(transparent)]
    Data(#[from] crate::data::DataError),
    /// The model could not be trained or asked.
    #[error(transparent)]
    Model(#[from] crate::model::ModelError),
    /// The built-in plant could not be simulated.
    #[error(transparent)]
    Synth(#[from] crate::synth::SynthError),
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] crate::base::FileError),
    /// The project holds no data.
    #[error("the project holds no data yet\n  {}", project.display())]
    NoData {
        /// The project's folder.
        project: PathBuf,
    },
    /// The project holds no model that can be asked.
    #[error("the project holds no usable model{}\n  {}", reason(why), project.display())]
    NoModel {
        /// The project's folder.
        project: PathBuf,
        /// What is wrong with the model that is there; empty where there is none.
        why: String,
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
        "A starts at step {} of episode {} for {} steps, B at step {} of episode {} for {} steps; \
         both need one start and horizon",
        a.1, a.0, a.2, b.1, b.0, b.2
    )]
    DifferentStarts {
        /// Episode, first step and horizon of A.
        a: (usize, usize, usize),
        /// The same of B.
        b: (usize, usize, usize),
    },
    /// A KPI on a channel that a rollout does not give.
    #[error("the KPI {kpi:?} needs channel {channel:?}, which the model does not predict")]
    KpiChannel {
        /// The KPI.
        kpi: String,
        /// The channel.
        channel: String,
    },
    /// A device that this build or machine has not.
    #[error("the device {device:?} cannot be used: {why}")]
    NoDevice {
        /// The device asked for.
        device: &'static str,
        /// Why not.
        why: String,
        /// What would help.
        hint: String,
    },
    /// A number out of its range.
    #[error("{name} is {found}; expected {expected}")]
    Number {
        /// What it is.
        name: &'static str,
        /// What was given.
        found: String,
        /// What is allowed.
        expected: &'static str,
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
    /// The next step, in English.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Import(error) => error.hint(),
            Self::Store(error) => error.hint(),
            Self::Scenario(error) => error.hint(),
            Self::Model(error) => error.hint(),
            Self::Synth(error) => error.hint(),
            Self::Data(_) => Some("correct the recipe or the files and import again".to_owned()),
            Self::File(error) => Some(file_hint(error)),
            Self::NoData { project } => Some(format!(
                "import files first: gemba import FILES --project {}",
                project.display()
            )),
            Self::NoModel { project, .. } => Some(format!(
                "train one first: gemba train {}",
                project.display()
            )),
            Self::ReadOnly { .. } => {
                Some("close the other program, or copy the project to a writable place".to_owned())
            }
            Self::NoRows { .. } => {
                Some("ask for a shorter warm-up with --warmup, or another split".to_owned())
            }
            Self::DifferentStarts { .. } => {
                Some("give both scenario files the same [start] and [horizon]".to_owned())
            }
            Self::KpiChannel { .. } => Some(
                "choose a channel whose role is kpi, observation, control or disturbance"
                    .to_owned(),
            ),
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
                | Self::Import(crate::import::ImportError::Stopped(_))
                | Self::Model(crate::model::ModelError::Stopped(_))
                | Self::Synth(crate::synth::SynthError::Stopped)
        )
    }
}

fn reason(why: &str) -> String {
    if why.is_empty() {
        String::new()
    } else {
        format!(": {why}")
    }
}

fn file_hint(error: &crate::base::FileError) -> String {
    if error.is_full_disk() {
        "free some space and try again; nothing was changed".to_owned()
    } else if error.is_read_only() {
        "choose a place that may be written, or change its permissions".to_owned()
    } else {
        "check that the path is right and may be read".to_owned()
    }
}
