//! What can go wrong with a project on disk.

use std::path::{Path, PathBuf};

use crate::{
    base::{FileError, Phrase, Stopped},
    data::DataError,
};

/// A project could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The caller named something that is no project.
    #[error("this is no Gemba project: {found}\n  {}", path.display())]
    NotAProject {
        /// The folder.
        path: PathBuf,
        /// What is there instead.
        found: Phrase,
    },
    /// The project was written by a newer program.
    #[error(
        "the project has format version {found}, this program knows versions up to {known}\n  {}",
        path.display()
    )]
    Newer {
        /// The folder.
        path: PathBuf,
        /// The project's version.
        found: i64,
        /// The newest version that is understood.
        known: i64,
    },
    /// The caller wants to write into a project that is open for reading only.
    #[error("the project is open for reading only\n  {}", path.display())]
    ReadOnly {
        /// The folder.
        path: PathBuf,
    },
    /// The caller asked for a model that is not there.
    #[error("there is no model {id:?}, found {known:?}")]
    NoModel {
        /// What was asked for.
        id: String,
        /// What is there.
        known: Vec<String>,
    },
    /// The caller's data do not hold together.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The caller's data have no form in the file format.
    #[error("the {what} cannot be written: {found}")]
    NoForm {
        /// What was to be written.
        what: &'static str,
        /// Why it cannot.
        found: String,
    },
    /// A file is not what was once written.
    #[error("a file of the project is damaged: {found}\n  {}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        found: Phrase,
    },
    /// The index is not what was once written.
    #[error("the project's index is damaged: {found}\n  {}", path.display())]
    DamagedIndex {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        found: Phrase,
    },
    /// None of the models is whole.
    #[error("none of the {count} saved models is whole\n  {}", path.display())]
    NoWholeModel {
        /// The folder.
        path: PathBuf,
        /// How many there are.
        count: usize,
    },
    /// The disk is full.
    #[error("the disk is full\n  {}", path.display())]
    Full {
        /// The file that could not grow.
        path: PathBuf,
    },
    /// The machine refused to read or write the index.
    #[error("the project's index could not be read or written\n  {}", path.display())]
    Index {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Box<rusqlite::Error>,
    },
    /// The machine refused to read or write a file.
    #[error(transparent)]
    File(FileError),
    /// The end was asked for before the save was done; the project is as before.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

impl From<FileError> for StoreError {
    fn from(error: FileError) -> Self {
        if error.is_full_disk() {
            Self::Full { path: error.path }
        } else {
            Self::File(error)
        }
    }
}

impl StoreError {
    /// The next step, in words.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NotAProject { .. } => {
                "name a folder that ends in .gemba, or make one with `gemba import`"
            }
            Self::Newer { .. } => "open it with a newer version of Gemba; nothing was changed",
            Self::ReadOnly { .. } => {
                "close the other window that has it open, or copy the folder to a place that can \
                 be written"
            }
            Self::NoModel { .. } => "choose one of `gemba models`",
            Self::Data(_) | Self::NoForm { .. } | Self::Stopped(_) => return None,
            Self::Damaged { .. } => {
                "import the sources again, or copy the file from a backup of the project folder"
            }
            Self::DamagedIndex { .. } => {
                "copy project.sqlite from a backup, or import the sources into a new project"
            }
            Self::NoWholeModel { .. } => "train again with `gemba train`",
            Self::Full { .. } => "free space or save elsewhere; the last save is untouched",
            Self::Index { .. } => {
                "check that the folder can be read and written, or copy it elsewhere and open the \
                 copy"
            }
            Self::File(error) => return Some(error.hint()),
        };
        Some(hint.to_owned())
    }

    /// The same with the key and values that other languages need.
    pub fn phrase(&self) -> Phrase {
        let at = |key: &'static str, path: &Path| Phrase::new(key, "").with("path", path.display());
        let phrase = match self {
            Self::NotAProject { path, found } => {
                at("error-store-not-a-project", path).with_phrase("found", found.clone())
            }
            Self::Newer { path, found, known } => at("error-store-newer", path)
                .with("found", found)
                .with("known", known),
            Self::ReadOnly { path } => at("error-store-read-only", path),
            Self::NoModel { id, known } => Phrase::new("error-store-no-model", "")
                .with("id", format!("{id:?}"))
                .with("known", format!("{known:?}")),
            Self::Data(error) => return error.phrase(),
            Self::NoForm { what, found } => Phrase::new("error-store-no-form", "")
                .with("what", what)
                .with("found", found),
            Self::Damaged { path, found } => {
                at("error-store-damaged", path).with_phrase("found", found.clone())
            }
            Self::DamagedIndex { path, found } => {
                at("error-store-damaged-index", path).with_phrase("found", found.clone())
            }
            Self::NoWholeModel { path, count } => {
                at("error-store-no-whole-model", path).with("count", count)
            }
            Self::Full { path } => at("error-store-full", path),
            Self::Index { path, .. } => at("error-store-index", path),
            Self::File(error) => return error.phrase(),
            Self::Stopped(stopped) => return stopped.phrase(),
        };
        phrase.in_english(self.to_string())
    }

    /// Says what could not be written and why.
    pub(super) fn no_form(what: &'static str, why: &impl ToString) -> Self {
        Self::NoForm {
            what,
            found: why.to_string(),
        }
    }

    /// Whether the content, not the machine, is at fault.
    pub(super) fn is_damage(&self) -> bool {
        matches!(self, Self::Damaged { .. } | Self::DamagedIndex { .. })
    }

    /// Sorts what SQLite says by whose fault it is.
    pub(super) fn of_sql(path: &Path, source: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        let path = path.to_path_buf();
        match source.sqlite_error_code() {
            Some(Code::DatabaseCorrupt | Code::NotADatabase) => Self::DamagedIndex {
                path,
                found: source.to_string().into(),
            },
            Some(Code::DiskFull) => Self::Full { path },
            Some(Code::ReadOnly) => Self::ReadOnly { path },
            _ => Self::Index {
                path,
                source: Box::new(source),
            },
        }
    }
}
