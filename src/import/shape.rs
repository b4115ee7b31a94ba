//! What stays the same between two exports of one machine: kind, columns, units, layout.

use std::{collections::BTreeSet, io::Read as _, path::PathBuf};

use super::{
    containers,
    dialect::{Dialect, SAMPLE_BYTES},
    encoding,
    error::ImportError,
    json_rows, table,
    timeline::TimeRule,
    unpack::{self, Container},
    walk::{self, FileKind, Found},
};
use crate::base::{Digest, FileError, Issues, StopToken, open_file, read_file};

/// Files of a folder that are looked at; more of them tell nothing new.
const MOST_FILES: usize = 64;

/// The shape of everything that is imported together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shape {
    tables: BTreeSet<TableShape>,
}

/// One table: nothing in here depends on its rows, its file's name or its times.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct TableShape {
    kind: &'static str,
    delimiter: &'static str,
    n_header_rows: usize,
    /// Names and units, in the order of the file.
    columns: Vec<(String, String)>,
    has_names: bool,
}

impl Shape {
    /// The name under which a recipe is remembered.
    pub fn digest(&self) -> Digest {
        let mut parts: Vec<String> = Vec::new();
        for table in &self.tables {
            parts.push(format!("{} {}", table.kind, table.delimiter));
            parts.push(table.n_header_rows.to_string());
            for (name, unit) in &table.columns {
                parts.extend([name.clone(), unit.clone()]);
            }
        }
        Digest::of_parts(parts.iter().map(String::as_bytes))
    }

    /// The names of all columns, in lower case.
    pub fn columns(&self) -> BTreeSet<String> {
        let columns = self.tables.iter().flat_map(|table| &table.columns);
        columns.map(|(name, _)| name.clone()).collect()
    }

    /// Whether every table names its columns; without names two machines look alike.
    pub fn has_names(&self) -> bool {
        self.tables.iter().all(|table| table.has_names)
    }
}

/// The shape of some sources, from the beginning of each file; `None` where none holds a table.
///
/// # Errors
///
/// [`ImportError`] where a source is missing or its folder cannot be listed.
pub fn shape_of(sources: &[PathBuf], stop: &StopToken) -> Result<Option<Shape>, ImportError> {
    let files = walk::find(sources, &mut Issues::new())?;
    let texts = files.iter().filter(|found| found.kind == FileKind::Text);
    let mut shape = Shape::default();
    for found in texts.take(MOST_FILES) {
        stop.check()?;
        // A file that cannot be read is named by the import itself.
        shape
            .tables
            .extend(tables_of(found, stop).unwrap_or_default());
    }
    Ok((!shape.tables.is_empty()).then_some(shape))
}

fn tables_of(found: &Found, stop: &StopToken) -> Result<Vec<TableShape>, ImportError> {
    let mut bytes = head_of(found)?;
    let container = unpack::sniff(&bytes);
    if container == Container::Plain && !json_rows::is_json(&found.shown) {
        let shape = shape_of_text(&bytes, false);
        return Ok(shape.into_iter().collect());
    }
    bytes = read_file(&found.path)?;
    let parts = containers::open(found, bytes, &mut Issues::new(), stop).unwrap_or_default();
    let shapes = parts.iter().filter_map(|part| {
        let head = &part.bytes[..part.bytes.len().min(SAMPLE_BYTES)];
        shape_of_text(head, part.is_cells)
    });
    Ok(shapes.collect())
}

/// The beginning of a file, cut at the end of a line.
pub(super) fn head_of(found: &Found) -> Result<Vec<u8>, ImportError> {
    let mut bytes = Vec::new();
    open_file(&found.path)?
        .take(SAMPLE_BYTES as u64)
        .read_to_end(&mut bytes)
        .map_err(|error| FileError::new("read the file", &found.path, error))?;
    cut_last_line(&mut bytes);
    Ok(bytes)
}

/// Drops the last line of a beginning, which is cut off somewhere.
pub(super) fn cut_last_line(bytes: &mut Vec<u8>) {
    if bytes.len() >= SAMPLE_BYTES
        && let Some(end) = bytes.iter().rposition(|byte| *byte == b'\n')
    {
        // In UTF-16 the NUL of the line end is cut too, which is dropped.
        bytes.truncate(end + 1);
    }
}

fn shape_of_text(bytes: &[u8], is_cells: bool) -> Option<TableShape> {
    let decoded = encoding::decode(bytes);
    let dialect = table::layout_by(&decoded, &TimeRule::default(), is_cells)?;
    if !table::is_table(&dialect) {
        return None;
    }
    Some(of_dialect(&dialect, is_cells))
}

fn of_dialect(dialect: &Dialect, is_cells: bool) -> TableShape {
    let columns = dialect.header.iter().zip(&dialect.units);
    TableShape {
        kind: if is_cells { "cells" } else { "text" },
        delimiter: dialect.delimiter.name(),
        n_header_rows: dialect.header_rows.len(),
        columns: columns
            .map(|(name, unit)| (plain(name), plain(unit)))
            .collect(),
        has_names: dialect.has_header,
    }
}

/// The same word however wide, large or spaced it is written.
fn plain(word: &str) -> String {
    let narrow = |sign: char| match u32::from(sign) {
        0x3000 => ' ',
        wide @ 0xff01..=0xff5e => char::from_u32(wide - 0xfee0).unwrap_or(sign),
        _ => sign,
    };
    let narrow: String = word.chars().map(narrow).collect();
    let words: Vec<&str> = narrow.split_whitespace().collect();
    words.join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str) -> Shape {
        let tables = shape_of_text(text.as_bytes(), false).into_iter().collect();
        Shape { tables }
    }

    fn log(head: &str, start: u32) -> String {
        let mut text = format!("{head}\n");
        for row in 0..30 {
            let cells = [start + row, row % 3, row * 7 % 5].map(|cell| cell.to_string());
            text.push_str(&cells.join(","));
            text.push('\n');
        }
        text
    }

    #[test]
    fn rows_and_the_way_names_are_typed_do_not_count_and_a_column_more_does() {
        let first = shape(&log("t,Pump [V],Level [cm]", 0));
        let second = shape(&log("T, pump [v],LEVEL  [cm]", 5000).replace(", ", ","));
        assert_eq!(first.digest(), second.digest());
        let other = shape(&log("t,Pump [V],Level [mm]", 0));
        assert_ne!(first.digest(), other.digest());
        let order = shape(&log("t,Level [cm],Pump [V]", 0));
        assert_ne!(first.digest(), order.digest());
        assert!(first.has_names());
    }

    #[test]
    fn a_table_without_names_says_so() {
        let bare = log("x", 0).lines().skip(1).collect::<Vec<_>>().join("\n");
        assert!(!shape(&bare).has_names());
    }
}
