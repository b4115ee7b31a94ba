//! What can go wrong between the window and the use cases.

use crate::{
    base::{FileError, Phrase, Text},
    engine::{self, EngineError},
};

/// A job or a command could not be carried out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AppError {
    /// The use case said no.
    #[error(transparent)]
    Engine(Box<EngineError>),
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The job broke off through a fault of the program.
    #[error("the job broke off: {reason}")]
    Panicked {
        /// What the program said as it broke off.
        reason: String,
    },
    /// A folder without any file that could be shown.
    #[error("the folder holds no file that can be previewed\n  {}", path.display())]
    EmptyFolder {
        /// The folder.
        path: std::path::PathBuf,
    },
    /// A thread could not be started.
    #[error("the machine gave no thread for {name:?}")]
    Thread {
        /// Its name.
        name: &'static str,
        /// Why the machine refused.
        source: std::io::Error,
    },
}

impl From<EngineError> for AppError {
    fn from(error: EngineError) -> Self {
        Self::Engine(Box::new(error))
    }
}

impl AppError {
    /// The next step, in English; `None` where the text says it all.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Engine(error) => error.hint(),
            Self::File(error) => Some(error.hint()),
            Self::Panicked { .. } => {
                Some("nothing saved was changed; try again or restart the program".to_owned())
            }
            Self::EmptyFolder { .. } => {
                Some("choose a folder with sensor logs (CSV, TSV, TXT)".to_owned())
            }
            Self::Thread { .. } => Some("close other programs and start again".to_owned()),
        }
    }

    /// The next step in a language.
    pub fn hint_in(&self, text: &Text) -> Option<String> {
        Some(text.say(&self.hint_phrase()?))
    }

    /// The next step with the key and values that other languages need.
    pub fn hint_phrase(&self) -> Option<Phrase> {
        Some(self.phrase().hint(self.hint()?))
    }

    /// The same with the key and values that other languages need.
    pub fn phrase(&self) -> Phrase {
        let phrase = match self {
            Self::Engine(error) => return error.phrase(),
            Self::File(error) => return error.phrase(),
            Self::Panicked { reason } => Phrase::new("error-panicked", "").with("reason", reason),
            Self::EmptyFolder { path } => {
                Phrase::new("error-empty-folder", "").with("path", path.display())
            }
            Self::Thread { name, .. } => {
                Phrase::new("error-no-thread", "").with("name", format!("{name:?}"))
            }
        };
        phrase.in_english(self.to_string())
    }

    /// Whether it only ended because it was asked to.
    pub fn is_stopped(&self) -> bool {
        matches!(self, Self::Engine(error) if error.is_stopped())
    }

    /// Whether there is no project where one was expected.
    pub(crate) fn is_no_project(&self) -> bool {
        self.phrase().key() == "error-store-not-a-project"
    }

    /// Whether a place could not be written.
    pub(crate) fn is_read_only(&self) -> bool {
        let mut next: Option<&(dyn std::error::Error + 'static)> = Some(self);
        while let Some(error) = next {
            if let Some(file) = error.downcast_ref::<FileError>() {
                return file.is_read_only();
            }
            if let Some(io) = error.downcast_ref::<std::io::Error>() {
                return matches!(
                    io.kind(),
                    std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem
                );
            }
            next = error.source();
        }
        false
    }

    /// The whole chain, each reason once.
    pub fn whole_phrase(&self) -> Phrase {
        let own = self.phrase();
        let causes = std::error::Error::source(self).map(engine::phrases);
        let causes: Vec<Phrase> = causes
            .into_iter()
            .flatten()
            .filter(|cause| cause.english() != own.english())
            .collect();
        causes.into_iter().fold(own, Phrase::because)
    }

    /// The whole chain in one text.
    pub fn full_text(&self, text: &Text) -> String {
        text.say(&self.whole_phrase())
    }
}
