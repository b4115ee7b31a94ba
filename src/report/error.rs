//! What can stop a report.

use std::error::Error;

use crate::base::Phrase;

/// A report could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// The writer of workbooks refused what it was given.
    #[error("the workbook cannot be put together")]
    Workbook(#[source] Box<dyn Error + Send + Sync>),
    /// The typesetter refused what it was given.
    #[error("the pages cannot be set: {0}")]
    Paper(String),
}

impl ReportError {
    /// The same with the key that other languages need.
    pub fn phrase(&self) -> Phrase {
        match self {
            Self::Workbook(_) => Phrase::new("error-workbook", self.to_string()),
            Self::Paper(found) => Phrase::new("error-paper", self.to_string()).with("found", found),
        }
    }

    /// The next step, in English.
    pub fn hint(&self) -> String {
        match self {
            Self::Workbook(_) | Self::Paper(_) => "write it as a page: --out FILE.html".to_owned(),
        }
    }
}
