//! Reads the sheets of an Excel workbook as text, cell by cell.
//!
//! Dates are numbers in a workbook: a column that holds whole days only is written as dates, so
//! that a column of times beside it can be its clock.

use std::{collections::BTreeSet, io::Cursor};

use calamine::{DataRef, Reader as _, Xlsx, XlsxError, open_workbook_from_rs};

use super::{cells::CellText, unpack};
use crate::base::{Phrase, StopToken, Stopped};

/// Wider sheets are no logs.
const MOST_COLUMNS: u32 = 5_000;
/// Longer runs of blank rows are written as one.
const MOST_BLANK_ROWS: u32 = 1_000;
/// Merged cells are looked at in so many rows from the top.
const HEADER_ROWS: u32 = 30;

type Book<'a> = Xlsx<Cursor<&'a [u8]>>;

/// Reads all sheets with at least two rows: name and text.
///
/// # Errors
///
/// A sentence where the workbook is broken or larger than is read, or on a stop.
pub(super) fn sheets(bytes: &[u8], stop: &StopToken) -> Result<Vec<(String, String)>, Phrase> {
    unpack::check_zip(bytes)?;
    let mut book: Book<'_> =
        open_workbook_from_rs(Cursor::new(bytes)).map_err(|error: XlsxError| {
            Phrase::new(
                "detail-workbook",
                format!(
                    "it is no workbook that can be read ({error}); save it again as .xlsx or CSV"
                ),
            )
            .with("error", error)
        })?;
    let mut sheets = Vec::new();
    for name in book.sheet_names() {
        let merged = merged_heads(&mut book, &name);
        let seen = look(&mut book, &name, stop)?;
        let text = write(&mut book, &name, &seen, &merged, stop)?;
        if text.lines().filter(|line| !line.trim().is_empty()).count() >= 2 {
            sheets.push((name, text));
        }
    }
    Ok(sheets)
}

/// Header cells that reach over several columns: row, first column, last column.
fn merged_heads(book: &mut Book<'_>, name: &str) -> Vec<(u32, u32, u32)> {
    let regions = book.merge_cells_by_sheet_name(name).unwrap_or_default();
    regions
        .iter()
        .filter(|region| region.start.0 < HEADER_ROWS && region.start.1 < region.end.1)
        .map(|region| (region.start.0, region.start.1, region.end.1))
        .collect()
}

/// What a first look at a sheet tells.
#[derive(Debug, Default)]
struct Seen {
    n_columns: u32,
    /// Columns whose dates are all whole days.
    day_columns: BTreeSet<u32>,
}

fn each_cell(
    book: &mut Book<'_>,
    name: &str,
    stop: &StopToken,
    mut visit: impl FnMut(u32, u32, &DataRef<'_>) -> Result<(), Phrase>,
) -> Result<(), Phrase> {
    let broken = |error: XlsxError| {
        Phrase::new(
            "detail-sheet",
            format!("sheet {name:?} cannot be read to its end ({error})"),
        )
        .with("name", name)
        .with("error", error)
    };
    let mut cells = book.worksheet_cells_reader(name).map_err(broken)?;
    let mut count = 0_u32;
    loop {
        let cell = cells.next_cell().map_err(broken)?;
        let Some(cell) = cell else {
            return Ok(());
        };
        count = count.wrapping_add(1);
        if count.is_multiple_of(4096) {
            stop.check().map_err(Stopped::phrase)?;
        }
        let (row, column) = cell.get_position();
        if column >= MOST_COLUMNS {
            let column = column + 1;
            return Err(Phrase::new(
                "detail-sheet-wide",
                format!(
                    "sheet {name:?} has a cell in column {column}, expected at most {MOST_COLUMNS}"
                ),
            )
            .with("name", name)
            .with("column", column)
            .with("most", MOST_COLUMNS));
        }
        visit(row, column, cell.get_value())?;
    }
}

fn look(book: &mut Book<'_>, name: &str, stop: &StopToken) -> Result<Seen, Phrase> {
    let mut seen = Seen::default();
    let mut clocked: BTreeSet<u32> = BTreeSet::new();
    each_cell(book, name, stop, |_, column, value| {
        if !matches!(value, DataRef::Empty) {
            seen.n_columns = seen.n_columns.max(column + 1);
        }
        if let DataRef::DateTime(date) = value {
            if date.as_f64().fract() == 0.0 && date.as_f64() >= 1.0 {
                seen.day_columns.insert(column);
            } else {
                clocked.insert(column);
            }
        }
        Ok(())
    })?;
    seen.day_columns.retain(|column| !clocked.contains(column));
    Ok(seen)
}

fn write(
    book: &mut Book<'_>,
    name: &str,
    seen: &Seen,
    merged: &[(u32, u32, u32)],
    stop: &StopToken,
) -> Result<String, Phrase> {
    let mut out = CellText::default();
    let mut next_row = 0_u32;
    let mut row_cells: Vec<(u32, String)> = Vec::new();
    each_cell(book, name, stop, |row, column, value| {
        let Some(text) = text_of(value, seen.day_columns.contains(&column)) else {
            return Ok(());
        };
        if row < next_row {
            // A row that was written already: only a made-up file does that.
            return Ok(());
        }
        if row > next_row {
            end_row(&mut out, next_row, &mut row_cells, seen.n_columns, merged)?;
            let blank = (row - next_row - 1).min(MOST_BLANK_ROWS);
            for _ in 0..blank {
                out.end_row()?;
            }
            next_row = row;
        }
        row_cells.push((column, text));
        Ok(())
    })?;
    end_row(&mut out, next_row, &mut row_cells, seen.n_columns, merged)?;
    Ok(out.into_text())
}

/// Writes one row. A row that is filled to a half is padded to the sheet's width, so that empty
/// cells at its end count as missing; a title above the table stays short.
fn end_row(
    out: &mut CellText,
    row: u32,
    cells: &mut Vec<(u32, String)>,
    n_columns: u32,
    merged: &[(u32, u32, u32)],
) -> Result<(), Phrase> {
    spread_merged(row, cells, n_columns, merged);
    cells.sort_by_key(|(column, _)| *column);
    cells.dedup_by_key(|(column, _)| *column);
    let is_wide = cells.len() * 2 >= n_columns as usize;
    for (column, text) in cells.drain(..) {
        while out.row_width() < column as usize {
            out.push("");
        }
        out.push(&text);
    }
    while is_wide && out.row_width() < n_columns as usize {
        out.push("");
    }
    out.end_row()
}

/// The words of a merged head stand over each of its columns; a title over the whole sheet does
/// not.
fn spread_merged(
    row: u32,
    cells: &mut Vec<(u32, String)>,
    n_columns: u32,
    merged: &[(u32, u32, u32)],
) {
    for &(_, first, last) in merged.iter().filter(|(of, _, _)| *of == row) {
        let last = last.min(n_columns.saturating_sub(1));
        if (last + 1).saturating_sub(first) * 4 > n_columns * 3 {
            continue;
        }
        let words = cells.iter().find(|(column, _)| *column == first).cloned();
        let Some((_, words)) = words else { continue };
        for column in first + 1..=last {
            if !cells.iter().any(|(of, _)| *of == column) {
                cells.push((column, words.clone()));
            }
        }
    }
}

fn text_of(value: &DataRef<'_>, is_day: bool) -> Option<String> {
    Some(match value {
        // `#N/A` and its kin say that there is no value.
        DataRef::Empty | DataRef::Error(_) => return None,
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            text.clone()
        }
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(yes) => u8::from(*yes).to_string(),
        DataRef::DateTime(date) => {
            if date.is_duration() {
                (date.as_f64() * 86_400.0).to_string()
            } else {
                date_text(*date, is_day)
            }
        }
    })
}

/// A workbook's date: days since the end of 1899, or of 1903, as text.
fn date_text(date: calamine::ExcelDateTime, is_day: bool) -> String {
    if date.as_f64() < 1.0 {
        let (_, _, _, hour, minute, second, milli) = date.to_ymd_hms_milli();
        return format!("{hour:02}:{minute:02}:{second:02}.{milli:03}");
    }
    let (year, month, day, hour, minute, second, milli) = date.to_ymd_hms_milli();
    if is_day {
        return format!("{year:04}-{month:02}-{day:02}");
    }
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{milli:03}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_dates_and_fractions_are_times() {
        let date = |value: f64| {
            calamine::ExcelDateTime::new(value, calamine::ExcelDateTimeType::DateTime, false)
        };
        assert_eq!(date_text(date(46_027.0), true), "2026-01-05");
        assert_eq!(date_text(date(46_027.5), false), "2026-01-05 12:00:00.000");
        assert_eq!(date_text(date(0.25), false), "06:00:00.000");
    }

    #[test]
    fn a_merged_head_stands_over_its_columns_and_a_title_does_not() {
        let mut cells = vec![(1, "zone 1".to_owned())];
        spread_merged(2, &mut cells, 8, &[(2, 1, 3)]);
        assert_eq!(cells.len(), 3);
        let mut title = vec![(0, "Line 3".to_owned())];
        spread_merged(0, &mut title, 8, &[(0, 0, 7)]);
        assert_eq!(title.len(), 1);
    }
}
