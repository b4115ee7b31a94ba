//! Opens what a file is packed in: gzip, Zstandard, Excel, Parquet, Arrow, SQLite. Every table inside
//! comes out as text, so that it meets the same reader as a plain file.

use std::{any::Any, panic::AssertUnwindSafe};

use super::{
    columnar, database, json_rows, spreadsheet,
    unpack::{self, Container, sniff},
    walk::Found,
};
use crate::base::{Issue, Issues, Phrase, Place, Severity, StopToken};

/// One text of a file.
pub(super) struct Part {
    /// As shown to people: the file, and the sheet or table where there are several.
    pub(super) shown: String,
    pub(super) bytes: Vec<u8>,
    /// Whether the text was written cell by cell here, see [`super::cells`].
    pub(super) is_cells: bool,
}

/// Opens a file's bytes; a plain file is its own only part.
///
/// # Errors
///
/// A sentence with what was found, what is expected and the next step.
pub(super) fn open(
    found: &Found,
    bytes: Vec<u8>,
    issues: &mut Issues,
    stop: &StopToken,
) -> Result<Vec<Part>, Phrase> {
    let plain = |bytes: Vec<u8>| Part {
        shown: found.shown.clone(),
        bytes,
        is_cells: false,
    };
    let mut bytes = bytes;
    let packing = sniff(&bytes);
    if packing == Container::Gzip {
        bytes = unpack::gunzip(&bytes, stop)?;
    } else if packing == Container::Zstandard {
        bytes = guarded(|| unpack::unzstd(&bytes, stop))?;
    }
    let is_packed = matches!(packing, Container::Gzip | Container::Zstandard);
    match sniff(&bytes) {
        Container::Plain if json_rows::is_json(&found.shown) => {
            let rows = json_rows::read(&bytes)?;
            Ok(parts_of(
                found,
                rows.map(|text| (String::new(), text)).into_iter().collect(),
            ))
        }
        Container::Plain => Ok(vec![plain(bytes)]),
        Container::Zip => {
            let sheets = guarded(|| spreadsheet::sheets(&bytes, stop))?;
            Ok(parts_of(found, sheets))
        }
        Container::Parquet | Container::Sqlite if is_packed => {
            let words = "it is packed once more, expected the bare file; unpack it";
            Err(Phrase::new("detail-packed-once-more", words))
        }
        Container::Parquet => {
            drop(bytes);
            let flat = guarded(|| columnar::read_parquet(&found.path, stop))?;
            name_nested(found, &flat.nested, issues);
            Ok(parts_of(found, vec![(String::new(), flat.text)]))
        }
        Container::Arrow => {
            let flat = guarded(|| columnar::read_arrow(&bytes, stop))?;
            name_nested(found, &flat.nested, issues);
            Ok(parts_of(found, vec![(String::new(), flat.text)]))
        }
        Container::Sqlite => {
            drop(bytes);
            if database::has_waiting_rows(&found.path) {
                issues.push(waiting(found));
            }
            Ok(parts_of(found, database::tables(&found.path, stop)?))
        }
        Container::Gzip | Container::Zstandard => {
            let words = "it is packed twice, which is not read; unpack it once";
            Err(Phrase::new("detail-packed-twice", words))
        }
        Container::OldExcel => {
            let words = "it is an old .xls workbook, expected .xlsx; save it as .xlsx or CSV";
            Err(Phrase::new("detail-old-excel", words))
        }
    }
}

/// Libraries that parse hostile files may panic; that must not take the import with it.
fn guarded<T>(work: impl FnOnce() -> Result<T, Phrase>) -> Result<T, Phrase> {
    let gave_up = |_: Box<dyn Any + Send>| {
        let words = "it is broken: the reader gave up; export it again";
        Phrase::new("detail-reader-gave-up", words)
    };
    std::panic::catch_unwind(AssertUnwindSafe(work)).map_err(gave_up)?
}

fn parts_of(found: &Found, tables: Vec<(String, String)>) -> Vec<Part> {
    let is_only = tables.len() == 1;
    tables
        .into_iter()
        .map(|(name, text)| Part {
            shown: if is_only {
                found.shown.clone()
            } else {
                format!("{} [{}]", found.shown, name.replace('/', "_"))
            },
            bytes: text.into_bytes(),
            is_cells: true,
        })
        .collect()
}

fn name_nested(found: &Found, names: &[String], issues: &mut Issues) {
    if names.is_empty() {
        return;
    }
    let list = names.join(", ");
    let issue = Issue::new(
        Place::file(&found.shown),
        Severity::Warning,
        "nested-columns",
        format!("nested columns were left out: {list}; export them as plain columns"),
    );
    issues.push(issue.with("columns", list));
}

fn waiting(found: &Found) -> Issue {
    Issue::new(
        Place::file(&found.shown),
        Severity::Warning,
        "waiting-rows",
        "its newest rows still wait in a write-ahead file and were not read; close the program \
         that writes it and import again",
    )
}
