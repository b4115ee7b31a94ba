//! What can stop an import; everything smaller is an issue.

use std::path::PathBuf;

use super::draft::Setting;
use crate::base::{FileError, Phrase, Stopped};

/// Nothing could be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// A file could not be opened.
    #[error(transparent)]
    File(#[from] FileError),
    /// No source was named.
    #[error("no file or folder was given to import")]
    NoSource,
    /// A source that is not there.
    #[error("there is no such file or folder\n  {}", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A pipe or a device; it may never end.
    #[error("found a pipe or device where a file or folder is expected\n  {}", path.display())]
    NotAFile {
        /// Where.
        path: PathBuf,
    },
    /// A folder, where the beginning of one file is looked at.
    #[error("found a folder where a file is expected\n  {}", path.display())]
    Folder {
        /// Where.
        path: PathBuf,
    },
    /// A file without a byte, or with blanks only.
    #[error("the file is empty\n  {}", path.display())]
    Empty {
        /// Where.
        path: PathBuf,
    },
    /// Files were found, none of them a table of numbers.
    #[error(
        "found {n_files} files but no readable table of sensor values{}\n  {}",
        reason.as_ref().map(|why| format!(" ({why})")).unwrap_or_default(),
        place.display()
    )]
    NothingReadable {
        /// The first source.
        place: PathBuf,
        /// How many files were looked at.
        n_files: usize,
        /// What was wrong with the first of them.
        reason: Option<Phrase>,
    },
    /// Too few rows to learn anything.
    #[error("{source_name:?} has {found} usable rows, at least {expected} are expected")]
    TooFewRows {
        /// The file.
        source_name: String,
        /// Rows found.
        found: usize,
        /// Rows needed.
        expected: usize,
    },
    /// Only times, words and constants.
    #[error(
        "no column of {source_name:?} can be predicted: {n_columns} columns, none is an \
         observation that changes"
    )]
    NoOutput {
        /// The file.
        source_name: String,
        /// How many columns there are.
        n_columns: usize,
    },
    /// The recipe could not be understood.
    #[error("{file}, line {line}: {problem}")]
    Recipe {
        /// The recipe's file name.
        file: String,
        /// One-based line.
        line: usize,
        /// What was found and what is expected.
        problem: Phrase,
    },
    /// A setting of the recipe under which nothing can be read.
    #[error("nothing of {source_name:?} can be read under this setting: {}", setting.english())]
    Setting {
        /// The setting.
        setting: Setting,
        /// The file.
        source_name: String,
    },
    /// The file of a place is not there any more, or several have its name.
    #[error("found {n_files} files called {source_name:?} among the sources, expected one")]
    NoPlace {
        /// The file.
        source_name: String,
        /// How many were found.
        n_files: usize,
    },
    /// The import was stopped.
    #[error("the import was stopped; nothing was kept")]
    Stopped(#[from] Stopped),
}

impl ImportError {
    /// The same with the key and values that other languages need.
    pub fn phrase(&self) -> Phrase {
        let at =
            |key: &'static str, path: &PathBuf| Phrase::new(key, "").with("path", path.display());
        let phrase = match self {
            Self::File(error) => return error.phrase(),
            Self::NoSource => Phrase::new("error-import-no-source", ""),
            Self::Missing { path } => at("error-import-missing", path),
            Self::NotAFile { path } => at("error-import-not-a-file", path),
            Self::Folder { path } => at("error-import-folder", path),
            Self::Empty { path } => at("error-import-empty", path),
            Self::NothingReadable {
                place,
                n_files,
                reason: None,
            } => at("error-import-nothing", place).with("files", n_files),
            Self::NothingReadable {
                place,
                n_files,
                reason: Some(reason),
            } => at("error-import-nothing-why", place)
                .with("files", n_files)
                .with_phrase("why", reason.clone()),
            Self::TooFewRows {
                source_name,
                found,
                expected,
            } => Phrase::new("error-import-few-rows", "")
                .with("file", format!("{source_name:?}"))
                .with("found", found)
                .with("expected", expected),
            Self::NoOutput {
                source_name,
                n_columns,
            } => Phrase::new("error-import-no-output", "")
                .with("file", format!("{source_name:?}"))
                .with("columns", n_columns),
            Self::Recipe {
                file,
                line,
                problem,
            } => Phrase::new("error-import-recipe", "")
                .with("file", file)
                .with("line", line)
                .with_phrase("problem", problem.clone()),
            Self::Setting {
                setting,
                source_name,
            } => Phrase::new("error-import-setting", "")
                .with("file", format!("{source_name:?}"))
                .with_phrase("setting", Phrase::new(setting.key(), setting.english())),
            Self::NoPlace {
                source_name,
                n_files,
            } => Phrase::new("error-import-no-place", "")
                .with("file", format!("{source_name:?}"))
                .with("files", n_files),
            Self::Stopped(_) => Phrase::new("error-import-stopped", ""),
        };
        phrase.in_english(self.to_string())
    }

    /// The next step, in English.
    pub fn hint(&self) -> Option<String> {
        let words = match self {
            Self::File(error) => return Some(error.hint()),
            Self::NoSource | Self::Missing { .. } => "name an existing file or folder",
            Self::NotAFile { .. } => "save the stream to a file first and import that",
            Self::Folder { .. } => "name one of its files",
            Self::Empty { .. } => "export the log again; nothing was written into this file",
            Self::NothingReadable { .. } => {
                "a table needs rows of numbers separated by comma, semicolon, tab or blanks; \
                 save spreadsheets as CSV"
            }
            Self::TooFewRows { .. } => "export a longer stretch of time",
            Self::NoOutput { .. } => {
                "give a recipe with role = \"observation\" for the column to predict"
            }
            Self::Recipe { .. } => "correct the recipe, or import without one to have it guessed",
            Self::Setting { .. } => "choose another value, or let it be found",
            Self::NoPlace { .. } => {
                "put the files back where they were imported from, each with a name of its own"
            }
            Self::Stopped(_) => return None,
        };
        Some(words.to_owned())
    }
}

/// Holds, for tests, that what a reader says of a broken file is said in every language.
#[cfg(test)]
pub(super) mod told {
    use std::collections::BTreeMap;

    use crate::base::{Locale, Phrase, Text};

    /// Fails where words are not the same in English and in the locale file, or not Japanese in
    /// Japanese; what a library says stays in its own words.
    pub(in crate::import) fn is_told<'p>(phrases: impl IntoIterator<Item = &'p Phrase>) {
        let [english, japanese] = [Locale::En, Locale::Ja].map(Text::new);
        let mut by_key = BTreeMap::new();
        for phrase in phrases {
            let parts = phrase.args().iter().map(|(_, part)| part.key());
            let keys: Vec<&str> = parts.chain([phrase.key()]).collect();
            by_key.insert(keys, phrase);
        }
        assert!(!by_key.is_empty(), "nothing was said");
        for phrase in by_key.values() {
            assert!(!phrase.key().is_empty(), "{phrase}: only in English");
            assert_eq!(english.say(phrase), phrase.english());
            let mut told = japanese.say(phrase);
            for words in as_written(phrase) {
                told = told.replace(words, "");
            }
            let is_word =
                |word: &&str| word.len() > 3 && word.bytes().all(|b| b.is_ascii_lowercase());
            let n_words = told.split([' ', '（', '）']).filter(is_word).count();
            assert!(n_words < 2 && !told.is_ascii(), "{told}");
            assert!(!told.contains("detail-"), "{told}");
        }
    }

    /// The values that stand so in every language.
    fn as_written(phrase: &Phrase) -> Vec<&str> {
        let mut list = Vec::new();
        for (_, value) in phrase.args() {
            if value.key().is_empty() {
                list.push(value.english());
            }
            list.extend(as_written(value));
        }
        list
    }
}
