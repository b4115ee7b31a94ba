//! Flaws in the input that were worked around, each with its place.

use std::{collections::BTreeMap, fmt};

use super::Phrase;

/// How much an issue matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// An answer may suffer.
    Warning,
    /// Something is lost or must not be trusted.
    Error,
}

impl Severity {
    /// The name in files and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// Reads [`Severity::name`] back.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Info, Self::Warning, Self::Error]
            .into_iter()
            .find(|severity| severity.name() == name)
    }
}

/// Where an issue was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file's name, or the dataset's.
    pub source: String,
    /// One-based row or line.
    pub row: Option<u64>,
    /// The column or channel.
    pub column: Option<String>,
}

impl Place {
    /// A whole file.
    pub fn file(source: impl Into<String>) -> Self {
        Self {
            source: source.into(),
            ..Self::default()
        }
    }

    /// The same place, in one row.
    pub fn at_row(mut self, row: u64) -> Self {
        self.row = Some(row);
        self
    }

    /// The same place, in one column or channel.
    pub fn in_column(mut self, column: impl Into<String>) -> Self {
        self.column = Some(column.into());
        self
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)?;
        if let Some(row) = self.row {
            write!(f, ", row {row}")?;
        }
        if let Some(column) = &self.column {
            write!(f, ", {column}")?;
        }
        Ok(())
    }
}

/// A flaw in the input that was worked around.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// Where.
    pub place: Place,
    /// How much it matters.
    pub severity: Severity,
    /// A stable word such as `stuck`; `issue-<code>` is its key in the locale files.
    pub code: &'static str,
    /// What was found and what was done instead, in English.
    pub text: String,
    /// The values named in the text, for other languages.
    pub args: BTreeMap<&'static str, String>,
}

impl Issue {
    /// An issue without named values.
    pub fn new(
        place: Place,
        severity: Severity,
        code: &'static str,
        text: impl Into<String>,
    ) -> Self {
        Self {
            place,
            severity,
            code,
            text: text.into(),
            args: BTreeMap::new(),
        }
    }

    /// The same issue with one more named value.
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.args.insert(name, value.to_string());
        self
    }

    /// The same issue with one more value that is words itself: their key, so that it can be said in other
    /// languages, and the values that the key asks for, and the values of those.
    pub fn with_words(self, name: &'static str, words: &Phrase) -> Self {
        let values = words.args().iter();
        let issue = values.fold(self, |issue, (name, value)| issue.with_words(name, value));
        issue.with(
            name,
            match words.key() {
                "" | "error-io" => words.english(),
                key => key,
            },
        )
    }
}

impl Issue {
    /// The words that [`Issue::with_words`] took in under this name.
    pub fn words(&self, name: &str) -> Option<Phrase> {
        let why = self.args.get(name)?;
        // As deep as the words of an issue are said: what they are about may be words too.
        let plain = self.args.iter().filter(|(known, _)| **known != name);
        let with_values = |words: Phrase| {
            let values = plain.clone();
            values.fold(words, |words, (name, value)| words.with(name, value))
        };
        let inner = plain.clone().map(|(name, value)| {
            let words = Phrase::new(value, value);
            (*name, with_values(words))
        });
        let words = Phrase::new(why, &self.text);
        Some(inner.fold(words, |words, (name, value)| words.with_phrase(name, value)))
    }
}

/// The issues met on the way, in the order they were met.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Issues {
    list: Vec<Issue>,
}

impl Issues {
    /// An empty list.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one.
    pub fn push(&mut self, issue: Issue) {
        self.list.push(issue);
    }

    /// Adds all of another list.
    pub fn extend(&mut self, other: Self) {
        self.list.extend(other.list);
    }

    /// The issues, oldest first.
    pub fn as_slice(&self) -> &[Issue] {
        &self.list
    }

    /// The issues by value.
    pub fn into_vec(self) -> Vec<Issue> {
        self.list
    }

    /// Whether none was met.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}
