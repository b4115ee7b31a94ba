//! Reads the text files among the sources and tells sensor tables from the rest.

use super::{
    checklist::{self, Sheet},
    containers,
    dialect::Dialect,
    encoding::{self, Decoded},
    error::ImportError,
    table::{self, Table},
    ticks::{self, Markdown},
    timeline::TimeRule,
    walk::{Found, not_understood, unreadable},
    watch::Watch,
};
use crate::base::{Issue, Issues, Large, Phrase, Place, Severity, io_phrase};

/// A log of this many lines is one, however few of them are its rows.
const MANY_LINES: usize = 2000;

/// The memory of longer texts is given back by a thread of its own.
const LONG_BYTES: usize = 16 << 20;

/// What a text file turned out to be.
#[derive(Debug)]
pub(super) enum TextFile {
    /// Rows of sensor values.
    Sensors(Table),
    /// Answers and notes: the text, for the checklist reader.
    Checklist(Sheet),
    /// A list of media files and their times.
    Manifest(super::manifest::Manifest),
    /// Nothing that can be used, with the reason.
    Nothing(Reason),
}

/// Why a text file is of no use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reason {
    /// No byte, or blanks only.
    Empty,
    /// Fewer than two rows.
    TooFewRows(usize),
    /// No table.
    NotATable,
    /// The machine refused.
    Unreadable(Phrase),
}

/// Reads all tables of one file.
///
/// # Errors
///
/// [`ImportError`] where a file that a person named cannot be read, and on a stop.
pub(super) fn read_tables_of(
    found: &Found,
    rule: &TimeRule,
    is_checklist: bool,
    issues: &mut Issues,
    watch: Watch<'_>,
) -> Result<Vec<TextFile>, ImportError> {
    let bytes = match watch.read_file(&found.path) {
        Ok(bytes) => bytes?,
        Err(error) if found.is_named => return Err(error.into()),
        Err(error) => {
            let why = io_phrase(&error.source);
            issues.push(unreadable(&found.shown, &why));
            return Ok(vec![TextFile::Nothing(Reason::Unreadable(why))]);
        }
    };
    let parts = match containers::open(found, bytes, issues, watch.stop) {
        Ok(parts) => parts,
        Err(why) => {
            watch.check()?;
            issues.push(unreadable(&found.shown, &why));
            return Ok(vec![TextFile::Nothing(Reason::Unreadable(why))]);
        }
    };
    if parts.is_empty() {
        issues.push(not_understood(&found.shown));
        return Ok(vec![TextFile::Nothing(Reason::NotATable)]);
    }
    let mut texts = Vec::new();
    for part in parts {
        let found = Found {
            shown: part.shown,
            ..found.clone()
        };
        let bytes = Large::new(part.bytes, watch.stop);
        texts.push(sort_text(
            (&found, &bytes, part.is_cells),
            rule,
            is_checklist,
            issues,
            watch,
        )?);
        if bytes.len() > LONG_BYTES {
            bytes.give_back();
        }
    }
    Ok(texts)
}

/// Finds out what one text holds, and reads it; `is_rows` = a table cut out of another file.
fn sort_text(
    (found, bytes, is_rows): (&Found, &[u8], bool),
    rule: &TimeRule,
    is_checklist: bool,
    issues: &mut Issues,
    watch: Watch<'_>,
) -> Result<TextFile, ImportError> {
    let decoded = encoding::decode(bytes);
    if decoded.text.trim().is_empty() {
        issues.push(Issue::new(
            Place::file(&found.shown),
            Severity::Warning,
            "empty-file",
            "the file is empty and was left out",
        ));
        return Ok(TextFile::Nothing(Reason::Empty));
    }
    if ticks::is_markdown(&found.shown) && !is_rows {
        return match ticks::read_markdown(&decoded.text, &found.shown, issues) {
            Markdown::Ticks(sheet) => Ok(TextFile::Checklist(sheet)),
            Markdown::Rows(text) => sort_text(
                (found, text.as_bytes(), true),
                rule,
                is_checklist,
                issues,
                watch,
            ),
            Markdown::Nothing => {
                issues.push(not_understood(&found.shown));
                Ok(TextFile::Nothing(Reason::NotATable))
            }
        };
    }
    let layout = table::layout_by(&decoded, rule, is_rows);
    let Some(dialect) = layout else {
        issues.push(not_understood(&found.shown));
        return Ok(TextFile::Nothing(Reason::NotATable));
    };
    if let Some(manifest) = super::manifest::read(&decoded, &dialect) {
        return Ok(TextFile::Manifest(manifest));
    }
    let text = (&decoded, &dialect);
    if let Some(sheet) = answers_of(text, &found.shown, rule, is_checklist, issues) {
        return Ok(TextFile::Checklist(sheet));
    }
    if !table::is_table(&dialect) {
        issues.push(not_understood(&found.shown));
        return Ok(TextFile::Nothing(Reason::NotATable));
    }
    read_sensors((found, &decoded, &dialect), rule, issues, watch)
}

/// The answers of a checklist or of notes; `None` where a table is neither.
pub(super) fn answers_of(
    (decoded, dialect): (&Decoded<'_>, &Dialect),
    shown: &str,
    rule: &TimeRule,
    is_checklist: bool,
    issues: &mut Issues,
) -> Option<Sheet> {
    // Who calls a file a checklist knows better.
    let guessed_by = Some(rule).filter(|_| !is_checklist);
    checklist::read(decoded, dialect, shown, is_checklist, issues)
        .or_else(|| ticks::read_wide(decoded, dialect, shown, guessed_by, issues))
        .or_else(|| ticks::read_notes(decoded, dialect, shown, issues))
}

/// Reads a table of sensor values, and says why where it is none.
fn read_sensors(
    (found, decoded, dialect): (&Found, &Decoded<'_>, &Dialect),
    rule: &TimeRule,
    issues: &mut Issues,
    watch: Watch<'_>,
) -> Result<TextFile, ImportError> {
    let mut own = Issues::new();
    table::layout_issues(decoded, dialect, &found.shown, &mut own);
    let table = table::read_table(decoded, dialect, &found.shown, rule, &mut own, watch)?;
    let n_rows = table.times.len();
    let n_lines = decoded
        .text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .take(MANY_LINES)
        .count();
    let has_values = table
        .columns
        .iter()
        .any(|column| column.values.iter().any(|value| value.is_finite()));
    if n_rows < 2 && has_values {
        issues.push(
            Issue::new(
                Place::file(&found.shown),
                Severity::Warning,
                "too-few-rows",
                format!("{n_rows} rows are too few; the file was left out"),
            )
            .with("count", n_rows),
        );
        return Ok(TextFile::Nothing(Reason::TooFewRows(n_rows)));
    }
    if !has_values || n_rows * 2 < n_lines && n_lines < MANY_LINES {
        let is_short = n_rows < 2 && table::is_table(dialect);
        issues.push(not_understood(&found.shown));
        return Ok(TextFile::Nothing(if is_short && has_values {
            Reason::TooFewRows(n_rows)
        } else {
            Reason::NotATable
        }));
    }
    issues.extend(own);
    Ok(TextFile::Sensors(table))
}
