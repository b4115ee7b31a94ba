//! How a text table is laid out: delimiter, decimal mark, preamble, header, units, width.
//!
//! Every candidate delimiter is tried on the beginning of the file and scored by how alike its
//! records are and how many of their cells are numbers or times.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use super::{
    number::{self, Cell},
    records::{Delimiter, Records},
    stamp::{DayOrder, read_stamp},
    units::{is_unit, split_unit},
};

/// How much of a file is looked at to find its layout.
pub(super) const SAMPLE_BYTES: usize = 256 * 1024;
const SAMPLE_RECORDS: usize = 400;

/// What a column of the sample holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// Nothing.
    Blank,
    /// Mostly numbers.
    Number,
    /// Mostly times.
    Time,
    /// Mostly words.
    Words,
}

/// How a text table is laid out.
#[derive(Debug, Clone)]
pub(super) struct Dialect {
    pub(super) delimiter: Delimiter,
    pub(super) decimal: char,
    /// One name a column; made up where the file has no header.
    pub(super) header: Vec<String>,
    /// One unit a column; empty where none is written.
    pub(super) units: Vec<String>,
    /// What the columns of the sample hold.
    pub(super) sorts: Vec<Sort>,
    pub(super) has_header: bool,
    /// The line of the first data record.
    pub(super) first_line: u64,
    /// Non-blank lines above the header.
    pub(super) n_preamble: usize,
    /// The data records of the sample.
    pub(super) sample: Vec<Vec<String>>,
}

type Row<'a> = (u64, Vec<Cow<'a, str>>);

/// Finds the layout; `None` where the text holds no record.
pub(super) fn detect(text: &str) -> Option<Dialect> {
    let head = beginning(text);
    let mut best: Option<(f64, Delimiter, Vec<Row<'_>>)> = None;
    for delimiter in [
        Delimiter::Mark(b','),
        Delimiter::Mark(b';'),
        Delimiter::Mark(b'\t'),
        Delimiter::Mark(b'|'),
        Delimiter::Blanks,
    ] {
        let rows = rows_of(head, delimiter);
        let score = score(&rows);
        if best.as_ref().is_none_or(|(top, _, _)| score > top + 1e-9) {
            best = Some((score, delimiter, rows));
        }
    }
    let (_, delimiter, rows) = best?;
    lay_out(delimiter, &rows)
}

/// The first part of a text, cut at a line end.
pub(super) fn beginning(text: &str) -> &str {
    if text.len() <= SAMPLE_BYTES {
        return text;
    }
    let mut end = SAMPLE_BYTES;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end]
        .rfind('\n')
        .map_or(&text[..end], |at| &text[..=at])
}

fn rows_of(text: &str, delimiter: Delimiter) -> Vec<Row<'_>> {
    let mut records = Records::new(text, delimiter);
    let mut rows = Vec::new();
    let mut cells = Vec::new();
    while rows.len() < SAMPLE_RECORDS
        && let Some(line) = records.read(&mut cells)
    {
        rows.push((line, std::mem::take(&mut cells)));
    }
    rows
}

/// The commonest width of the records; wide ones win ties.
fn usual_width(rows: &[Row<'_>]) -> (usize, usize) {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for (_, cells) in rows.iter().filter(|(_, cells)| !is_blank(cells)) {
        *counts.entry(cells.len()).or_default() += 1;
    }
    counts
        .into_iter()
        .max_by_key(|&(width, count)| (count, width))
        .unwrap_or((0, 0))
}

fn is_blank(cells: &[Cow<'_, str>]) -> bool {
    cells.iter().all(|cell| cell.trim().is_empty())
}

fn score(rows: &[Row<'_>]) -> f64 {
    let (width, count) = usual_width(rows);
    if width < 2 {
        return 0.05;
    }
    let n_rows = rows.iter().filter(|(_, cells)| !is_blank(cells)).count();
    let body: Vec<&Row<'_>> = rows
        .iter()
        .filter(|(_, cells)| cells.len() == width)
        .collect();
    let tail = &body[body.len().saturating_sub(60)..];
    let (mut typed, mut filled) = (0_usize, 0_i32);
    for cell in tail.iter().flat_map(|(_, cells)| cells) {
        if cell.trim().is_empty() {
            continue;
        }
        filled += 1;
        let is_typed = number::read_cell(cell, '.') != Cell::Text
            || number::read_cell(cell, ',') != Cell::Text
            || time_of(cell);
        typed += usize::from(is_typed);
    }
    let typed = typed as f64 / f64::from(filled.max(1));
    let alike = count as f64 / n_rows.max(1) as f64;
    alike * (0.2 + typed) * (1.0 - 0.5 / width as f64)
}

/// Whether a cell is a time in any order.
pub(super) fn time_of(cell: &str) -> bool {
    DayOrder::ALL
        .into_iter()
        .any(|order| read_stamp(cell, order).is_some())
}

fn sort_of<'a>(cells: impl Iterator<Item = &'a str>, decimal: char) -> Sort {
    let (mut numbers, mut times, mut words) = (0, 0, 0);
    for cell in cells.take(120) {
        match number::read_cell(cell, decimal) {
            Cell::Missing => {}
            // Eight or fourteen digits can be both; a time needs a plausible year.
            Cell::Number(_) | Cell::Infinite if cell.trim().len() < 8 => numbers += 1,
            _ if time_of(cell) => times += 1,
            Cell::Number(_) | Cell::Infinite => numbers += 1,
            Cell::Text => words += 1,
        }
    }
    let all = numbers + times + words;
    if all == 0 {
        Sort::Blank
    } else if times * 10 >= all * 7 {
        Sort::Time
    } else if numbers * 10 >= all * 6 {
        Sort::Number
    } else {
        Sort::Words
    }
}

fn lay_out(delimiter: Delimiter, rows: &[Row<'_>]) -> Option<Dialect> {
    let (width, _) = usual_width(rows);
    if width == 0 {
        return None;
    }
    let body: Vec<&Row<'_>> = rows
        .iter()
        .filter(|(_, cells)| cells.len() == width && !is_blank(cells))
        .collect();
    let tail = &body[body.len() / 3..];
    let (point, comma) = number::decimal_votes(
        tail.iter()
            .flat_map(|(_, cells)| cells.iter().map(Cow::as_ref)),
    );
    let decimal = if comma > point { ',' } else { '.' };
    let sorts: Vec<Sort> = (0..width)
        .map(|column| {
            sort_of(
                tail.iter().map(|(_, cells)| cells[column].as_ref()),
                decimal,
            )
        })
        .collect();
    let first = first_data(rows, &sorts, decimal);
    let top = header_top(rows, first, width);
    let (mut header, mut units) = names_and_units(&rows[top..first], width);
    let has_header = top < first;
    let n_columns = header.len().max(width);
    header.resize(n_columns, String::new());
    units.resize(n_columns, String::new());
    let mut all_sorts = sorts;
    all_sorts.resize(n_columns, Sort::Blank);
    units_from_preamble(&rows[..top], &mut units);
    unique_names(&mut header, has_header);
    Some(Dialect {
        delimiter,
        decimal,
        header,
        units,
        sorts: all_sorts,
        has_header,
        first_line: rows.get(first).map_or_else(
            || rows.last().map_or(1, |(line, _)| line + 1),
            |(line, _)| *line,
        ),
        n_preamble: rows[..top]
            .iter()
            .filter(|(_, cells)| !is_blank(cells))
            .count(),
        sample: rows[first.min(rows.len())..]
            .iter()
            .filter(|(_, cells)| !is_blank(cells))
            .map(|(_, cells)| cells.iter().map(|cell| cell.trim().to_owned()).collect())
            .collect(),
    })
}

/// The first record whose typed columns hold what the body holds.
fn first_data(rows: &[Row<'_>], sorts: &[Sort], decimal: char) -> usize {
    let has_typed = sorts
        .iter()
        .any(|sort| matches!(sort, Sort::Number | Sort::Time));
    if !has_typed {
        // A table of words: its first full record is the header.
        let header = rows
            .iter()
            .position(|(_, cells)| cells.len() == sorts.len() && !is_blank(cells));
        return header.map_or(0, |at| at + 1);
    }
    let fits = |cells: &[Cow<'_, str>]| {
        let (mut good, mut bad) = (0, 0);
        for (cell, sort) in cells.iter().zip(sorts) {
            let is_good = match sort {
                Sort::Number => match number::read_cell(cell, decimal) {
                    Cell::Missing => continue,
                    found => found != Cell::Text,
                },
                Sort::Time if cell.trim().is_empty() => continue,
                Sort::Time => time_of(cell),
                Sort::Blank | Sort::Words => continue,
            };
            if is_good {
                good += 1;
            } else {
                bad += 1;
            }
        }
        good > 2 * bad && cells.len() * 2 > sorts.len()
    };
    let found = (0..rows.len()).find(|&at| {
        let next = rows[at + 1..].iter().find(|(_, cells)| !is_blank(cells));
        fits(&rows[at].1) && next.is_none_or(|(_, cells)| fits(cells))
    });
    found.unwrap_or(rows.len())
}

/// The first of the header records right above the data.
fn header_top(rows: &[Row<'_>], first: usize, width: usize) -> usize {
    let mut top = first;
    let mut header_width = None;
    while top > 0 && first - top < 6 {
        let cells = &rows[top - 1].1;
        let n_cells = cells.len();
        let fits = match header_width {
            None => n_cells + 1 >= width.max(2) || width == 1,
            Some(wanted) => n_cells == wanted && n_cells > 1,
        };
        if !fits || is_blank(cells) {
            break;
        }
        header_width = header_width.or(Some(n_cells));
        top -= 1;
    }
    top
}

fn names_and_units(rows: &[Row<'_>], width: usize) -> (Vec<String>, Vec<String>) {
    let n_columns = rows
        .iter()
        .map(|(_, cells)| cells.len())
        .max()
        .unwrap_or(width);
    let mut units = vec![String::new(); n_columns];
    let mut name_rows: Vec<&Row<'_>> = rows.iter().collect();
    if name_rows.len() > 1
        && let Some((_, last)) = name_rows.last()
        && last
            .iter()
            .all(|cell| cell.trim().is_empty() || is_unit(cell))
    {
        for (unit, cell) in units.iter_mut().zip(last) {
            cell.trim()
                .trim_matches(['[', ']', '(', ')'])
                .clone_into(unit);
        }
        name_rows.pop();
    }
    // A row that says the same in every column names the place, not the columns.
    let n_rows = name_rows.len();
    name_rows.retain(|(_, cells)| {
        let mut filled = cells.iter().filter(|cell| !cell.trim().is_empty());
        let first = filled.next();
        n_rows == 1 || cells.len() < 3 || !filled.all(|cell| Some(cell) == first)
    });
    let mut names = vec![String::new(); n_columns];
    for column in 0..n_columns {
        let mut parts: Vec<String> = Vec::new();
        let mut unit = String::new();
        for (_, cells) in &name_rows {
            let Some(cell) = cells.get(column).map(|cell| cell.trim()) else {
                continue;
            };
            if cell.is_empty() {
                continue;
            }
            let (name, found) = split_unit(cell);
            // A unit belongs to the last part only: "temperature (K)" above "quality" is no K.
            unit = found;
            if !parts.contains(&name) {
                parts.push(name);
            }
        }
        names[column] = parts.join(" ");
        if units[column].is_empty() {
            units[column] = unit;
        }
    }
    (names, units)
}

/// Loggers write a row of units far above the data: 単位 or "unit" and one unit a column.
fn units_from_preamble(rows: &[Row<'_>], units: &mut [String]) {
    let found = rows.iter().find(|(_, cells)| {
        let head = cells.first().map(|cell| cell.trim().to_lowercase());
        matches!(head.as_deref(), Some("単位" | "unit" | "units")) && cells.len() == units.len()
    });
    for (unit, cell) in units
        .iter_mut()
        .zip(found.iter().flat_map(|(_, cells)| cells))
        .skip(1)
    {
        if unit.is_empty() {
            cell.trim().clone_into(unit);
        }
    }
}

/// Gives nameless columns a name and every column its own.
pub(super) fn unique_names(names: &mut [String], has_header: bool) {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for (column, name) in names.iter_mut().enumerate() {
        if name.is_empty() {
            *name = if has_header && column == 0 {
                "index".to_owned()
            } else {
                format!("col{}", column + 1)
            };
        }
        let plain = name.clone();
        let mut count = 1;
        while !seen.insert(name.clone()) {
            count += 1;
            *name = format!("{plain}_{count}");
        }
    }
}
