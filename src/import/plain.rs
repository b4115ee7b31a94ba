//! A text table as it is written: every cell as text, broken records mended and named.

use std::{borrow::Cow, path::Path};

use super::{
    dialect::{Dialect, Sort},
    encoding,
    error::ImportError,
    number::{self, Cell},
    rows::Rows,
    table,
    walk::file_name,
};
use crate::base::{Issue, Issues, Place, Severity, read_file};

/// A text table before its cells become numbers and times.
#[derive(Debug, Clone, Default)]
pub struct PlainTable {
    /// One name a column, header records joined by a blank; empty where the file has no header.
    pub header: Vec<String>,
    /// The data records.
    pub rows: Vec<Vec<String>>,
    /// Such as `Shift_JIS`.
    pub encoding: String,
    /// Such as `;`.
    pub delimiter: String,
    /// What was mended or left out.
    pub issues: Issues,
}

/// Reads a text table without making numbers of its cells.
///
/// # Errors
///
/// [`ImportError`] where the file cannot be opened.
pub fn read_plain(source: &Path) -> Result<PlainTable, ImportError> {
    let bytes = read_file(source)?;
    let name = file_name(source);
    Ok(plain_of(&bytes, &name))
}

pub(super) fn plain_of(bytes: &[u8], name: &str) -> PlainTable {
    let decoded = encoding::decode(bytes);
    let mut plain = PlainTable {
        encoding: decoded.encoding.to_owned(),
        ..PlainTable::default()
    };
    if decoded.text.trim().is_empty() {
        return plain;
    }
    let Some(dialect) = table::layout(&decoded) else {
        return plain;
    };
    table::layout_issues(&decoded, &dialect, name, &mut plain.issues);
    dialect.delimiter.name().clone_into(&mut plain.delimiter);
    if dialect.has_header {
        plain.header = joined_header(&dialect);
    }
    let width = dialect.width.max(plain.header.len());
    let mut rows = Rows::new(&decoded.text, &dialect);
    let mut cells: Vec<Cow<'_, str>> = Vec::new();
    let mut footer: Option<(u64, u64, String)> = None;
    while let Some(line) = rows.read(&mut cells) {
        if is_footer(&cells, &dialect) {
            let example = || cells[0].trim().chars().take(24).collect();
            footer.get_or_insert_with(|| (0, line, example())).0 += 1;
            continue;
        }
        rows.note_width(&cells, line);
        let mut row: Vec<String> = cells.drain(..).map(Cow::into_owned).collect();
        if row.len() < width {
            row.resize(width, String::new());
        }
        plain.rows.push(row);
    }
    rows.flaws.say(&dialect, name, &mut plain.issues);
    if let Some((count, line, example)) = footer {
        plain.issues.push(
            Issue::new(
                Place::file(name).at_row(line),
                Severity::Info,
                "skipped-lines",
                format!("{count} lines hold no values and were left out"),
            )
            .with("count", count)
            .with("line", line)
            .with("example", example),
        );
    }
    plain
}

/// A record that is much too short and has nothing where numbers and times should be.
fn is_footer(cells: &[Cow<'_, str>], dialect: &Dialect) -> bool {
    let mut typed = cells
        .iter()
        .zip(&dialect.sorts)
        .filter(|(_, sort)| matches!(sort, Sort::Number | Sort::Time));
    let has_typed = dialect
        .sorts
        .iter()
        .any(|sort| matches!(sort, Sort::Number | Sort::Time));
    cells.len() * 2 < dialect.width
        && has_typed
        && typed.all(|(cell, sort)| match sort {
            Sort::Number => number::read_cell(cell, dialect.decimal) == Cell::Text,
            _ => !super::dialect::time_of(cell),
        })
}

fn joined_header(dialect: &Dialect) -> Vec<String> {
    let width = dialect
        .header_rows
        .iter()
        .map(Vec::len)
        .max()
        .unwrap_or(0)
        .max(dialect.width);
    (0..width)
        .map(|column| {
            let parts: Vec<&str> = dialect
                .header_rows
                .iter()
                .filter_map(|cells| cells.get(column).map(String::as_str))
                .filter(|cell| !cell.is_empty())
                .collect();
            parts.join(" ")
        })
        .collect()
}
