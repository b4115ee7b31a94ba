//! Why the plant could not be simulated.

use std::path::PathBuf;

use crate::{
    base::{FileError, Phrase},
    scenario::ScenarioError,
};

/// The plant could not be simulated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SynthError {
    /// No such plant.
    #[error("there is no plant {found:?}; expected {allowed:?}")]
    Plant {
        /// The name found.
        found: String,
        /// The plants that there are.
        allowed: &'static str,
    },
    /// A duration that makes no sense.
    #[error("a plant cannot run for {found} hours; expected one minute to {most} hours")]
    Hours {
        /// The hours found.
        found: f64,
        /// The longest run.
        most: f64,
    },
    /// A fault that cannot be made.
    #[error("the fault {fault:?} has {found}; expected {expected}")]
    Fault {
        /// The fault as written.
        fault: String,
        /// What is wrong in it.
        found: Phrase,
        /// What is allowed.
        expected: Phrase,
    },
    /// The folder holds something else.
    #[error("the folder already holds files that no plant wrote\n  {}", dir.display())]
    NotEmpty {
        /// The folder.
        dir: PathBuf,
    },
    /// `truth.json` is damaged or of another kind.
    #[error("{found}; expected {expected}\n  {}", file.display())]
    Truth {
        /// The file.
        file: PathBuf,
        /// What stands there.
        found: Phrase,
        /// What is expected.
        expected: Phrase,
    },
    /// A scenario does not fit the plant.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// A picture could not be encoded.
    #[error("could not encode a picture\n  {}", file.display())]
    Picture {
        /// The picture's file.
        file: PathBuf,
        /// Why.
        source: image::ImageError,
    },
    /// The job was asked to end.
    #[error("the plant was stopped; the folder is as it was before")]
    Stopped,
    /// A file could not be written or read.
    #[error(transparent)]
    File(#[from] FileError),
}

impl SynthError {
    /// The same with the key and values that other languages need.
    pub fn phrase(&self) -> Phrase {
        let of = |key: &'static str| Phrase::new(key, "");
        let phrase = match self {
            Self::Plant { found, allowed } => of("error-synth-plant")
                .with("found", format!("{found:?}"))
                .with("allowed", format!("{allowed:?}"))
                .with("plant", allowed),
            Self::Hours { found, most } => of("error-synth-hours")
                .with("found", found)
                .with("most", most),
            Self::Fault {
                fault,
                found,
                expected,
            } => of("error-synth-fault")
                .with("fault", format!("{fault:?}"))
                .with_phrase("found", found.clone())
                .with_phrase("expected", expected.clone()),
            Self::NotEmpty { dir } => of("error-synth-not-empty").with("path", dir.display()),
            Self::Truth {
                file,
                found,
                expected,
            } => of("error-synth-truth")
                .with_phrase("found", found.clone())
                .with_phrase("expected", expected.clone())
                .with("path", file.display()),
            Self::Scenario(error) => return error.phrase(),
            Self::Picture { file, .. } => of("error-synth-picture").with("path", file.display()),
            Self::Stopped => of("error-synth-stopped"),
            Self::File(error) => return error.phrase(),
        };
        phrase.in_english(self.to_string())
    }

    /// The next step, in words.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Plant { allowed, .. } => Some(format!("use gemba synth {allowed}")),
            Self::Hours { .. } => Some("use for example --hours 48".to_owned()),
            Self::Fault { .. } => Some("use for example --fault stuck:tank_level@3h+2h".to_owned()),
            Self::NotEmpty { .. } => Some("choose a new or empty folder with --out".to_owned()),
            Self::Truth { .. } => {
                Some("give the folder that gemba synth wrote, or write it anew".to_owned())
            }
            Self::Scenario(error) => error.hint(),
            Self::Stopped => Some("run gemba synth again to the end".to_owned()),
            Self::File(error) => Some(error.hint()),
            Self::Picture { .. } => None,
        }
    }
}
