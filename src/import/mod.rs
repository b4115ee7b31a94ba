//! The only readers of the customer's files: from any factory's files to one dataset.
//!
//! A bad row never stops an import: it becomes an issue with place and severity.

use std::path::PathBuf;

use crate::{
    base::{FileError, Issues, Reporter, StopToken},
    data::Dataset,
};

/// What is to be imported.
#[derive(Debug, Clone, Default)]
pub struct ImportRequest {
    /// Files or folders.
    pub sources: Vec<PathBuf>,
    /// The recipe's text and its file name; `None` = guess one.
    pub recipe: Option<(String, String)>,
    /// The dataset's name.
    pub name: String,
}

/// What an import gives.
#[derive(Debug)]
pub struct Imported {
    /// The dataset.
    pub dataset: Dataset,
    /// The recipe that was used, guessed or given, as TOML.
    pub recipe_toml: String,
    /// What was worked around.
    pub issues: Issues,
    /// Data rows read from the sources, before gridding.
    pub n_rows: u64,
    /// What was guessed, with how sure it is: (what, guess, confidence 0 to 1).
    pub guesses: Vec<(String, String, f64)>,
}

/// The first rows of a file and how it would be read.
#[derive(Debug, Clone)]
pub struct Preview {
    /// The file's name.
    pub source: String,
    /// Such as `Shift_JIS`.
    pub encoding: String,
    /// Such as `;`.
    pub delimiter: String,
    /// Decimal mark.
    pub decimal: char,
    /// The time column or columns, with the format.
    pub time: String,
    /// The channels as they would be imported.
    pub channels: Vec<crate::data::Channel>,
    /// Column heads as they stand in the file.
    pub header: Vec<String>,
    /// The first rows, as written.
    pub rows: Vec<Vec<String>>,
    /// What looks odd.
    pub issues: Issues,
}

/// Nothing could be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// A file could not be opened.
    #[error(transparent)]
    File(#[from] FileError),
    /// The import was stopped.
    #[error("the import was stopped; nothing was kept")]
    Stopped,
}

/// Reads files and folders into one dataset.
///
/// # Errors
///
/// [`ImportError`] only where nothing can be read; everything else is an issue.
pub fn import(
    request: &ImportRequest,
    reporter: &dyn Reporter,
    stop: &StopToken,
) -> Result<Imported, ImportError> {
    let _unused = (request, reporter, stop);
    todo!()
}

/// Shows how a file would be read, from its first 200 rows.
///
/// # Errors
///
/// [`ImportError`] where the file cannot be read at all.
pub fn preview(source: &std::path::Path) -> Result<Preview, ImportError> {
    let _unused = source;
    todo!()
}
