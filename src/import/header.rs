//! The layout of a table's records: where data begins, what names and units stand above.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use super::{
    dialect::{Dialect, LayoutRule, Row, Sort, is_blank, sort_of, time_of, usual_width},
    number::{self, Cell},
    quotes,
    records::{Delimiter, Marks},
    units::{is_unit, split_unit},
};

/// Finds the layout of the first table among the records.
pub(super) fn lay_out(
    (marks, width): (Marks, usize),
    (rows, further): (&[Row<'_>], &[Row<'_>]),
    odd_lines: &BTreeSet<u64>,
    rule: &LayoutRule,
) -> Option<Dialect> {
    let (dialect, top) = lay_out_rows((marks, width), (rows, further), odd_lines, rule)?;
    if rule.header_rows.is_some() {
        return Some(dialect);
    }
    let above = &rows[..top];
    let (other, count) = usual_width(above.iter());
    let n_above = above.iter().filter(|(_, cells)| !is_blank(cells)).count();
    if n_above < 5 || other < 2 || other * 2 < width || count * 10 < n_above * 8 {
        return Some(dialect);
    }
    // What stands above may be no preamble but a table of its own.
    match lay_out_rows((marks, other), (above, &[]), odd_lines, rule) {
        Some((first, _)) if is_full_table(&first) => Some(first),
        _ => Some(dialect),
    }
}

/// Whether a layout has names, several typed columns, and rows that agree with them.
fn is_full_table(dialect: &Dialect) -> bool {
    let is_typed = |sort: &&Sort| matches!(**sort, Sort::Number | Sort::Time);
    let n_typed = dialect.sorts.iter().filter(is_typed).count();
    let n_fit = dialect
        .sample
        .iter()
        .filter(|cells| fits(cells, &dialect.sorts, dialect.decimal, 2))
        .count();
    let n_rows = dialect.sample.len();
    dialect.has_header && n_typed >= 2 && n_rows >= 4 && n_fit * 10 >= n_rows * 9
}

/// The layout if the records are one table, and the record its header begins at.
fn lay_out_rows(
    (marks, width): (Marks, usize),
    (rows, further): (&[Row<'_>], &[Row<'_>]),
    odd_lines: &BTreeSet<u64>,
    rule: &LayoutRule,
) -> Option<(Dialect, usize)> {
    if width == 0 {
        return None;
    }
    let body: Vec<&Row<'_>> = rows
        .iter()
        .filter(|(_, cells)| cells.len() == width && !is_blank(cells))
        .collect();
    let tail = &body[(body.len() / 3).max(usize::from(body.len() > 1))..];
    let columns = columns_of(width, tail.iter().copied().chain(further));
    let cells = rows.iter().flat_map(|(_, cells)| cells).map(Cow::as_ref);
    let usual = number::usual_mark(marks.delimiter, rule.is_sheet, cells);
    let found = number::decimal_by(rule.decimal, &columns, usual);
    let decimal = found.mark;
    let decimal_doubt = rule
        .decimal
        .and_then(|mark| number::doubtful_decimal(&columns, mark));
    let sorts: Vec<Sort> = (0..width)
        .map(|column| {
            let cells = tail.iter().map(|(_, cells)| cells[column].as_ref());
            sort_of(cells, decimal)
        })
        .collect();
    let first = first_data(rows, &sorts, decimal);
    let (top, bottom, first) = match rule.header_rows {
        Some(n_wanted) => block_of(rows, first, n_wanted),
        None => whole_block(rows, first, &sorts, decimal),
    };
    let mut head: Vec<Row<'_>> = rows[top..bottom].to_vec();
    let mut mended_header = mend_head(&mut head, &sorts, odd_lines);
    let mut top = top;
    if head.is_empty()
        && rule.header_rows.is_none()
        && let Some(found) = foreign_head(rows, first, &sorts, decimal)
    {
        mended_header = Some(found.0);
        head.push(found);
        top = first - 1;
    }
    let (mut header, mut units) = names_and_units(&head, width);
    let has_header = !head.is_empty();
    let n_columns = header.len().max(width);
    header.resize(n_columns, String::new());
    units.resize(n_columns, String::new());
    let last_head = head.last().map(|(_, cells)| cells.clone());
    let end = next_head(rows, first, &sorts, decimal, last_head.as_deref());
    let mut all_sorts = later_sorts(sorts, further, decimal);
    all_sorts.resize(n_columns, Sort::Blank);
    units_from_preamble(&rows[..top], &mut units);
    unique_names(&mut header, has_header);
    let after = || rows.last().map_or(1, |(line, _)| line + 1);
    let dialect = Dialect {
        delimiter: marks.delimiter,
        marks,
        width,
        decimal,
        decimal_is_open: found.is_open,
        decimal_doubt,
        header,
        header_rows: head.iter().map(|(_, cells)| trimmed(cells)).collect(),
        units,
        sorts: all_sorts,
        has_header,
        first_line: rows.get(first).map_or_else(after, |(line, _)| *line),
        n_preamble: rows[..top]
            .iter()
            .filter(|(_, cells)| !is_blank(cells))
            .count(),
        mended_header,
        sample: rows[first.min(end)..end]
            .iter()
            .filter(|(_, cells)| !is_blank(cells))
            .map(|(_, cells)| trimmed(cells))
            .collect(),
    };
    Some((dialect, top))
}

/// The cells of each column, in the order of the rows.
fn columns_of<'a>(width: usize, rows: impl Iterator<Item = &'a Row<'a>>) -> Vec<Vec<&'a str>> {
    let mut columns = vec![Vec::new(); width];
    for (_, cells) in rows {
        for (column, cell) in columns.iter_mut().zip(cells) {
            column.push(cell.trim());
        }
    }
    columns
}

fn trimmed(cells: &[Cow<'_, str>]) -> Vec<String> {
    cells.iter().map(|cell| cell.trim().to_owned()).collect()
}

/// What columns hold by the whole file: one that begins with words, such as those of a historian for a
/// tag that was not there yet, may hold numbers further on.
fn later_sorts(mut sorts: Vec<Sort>, further: &[Row<'_>], decimal: char) -> Vec<Sort> {
    const MOST_CELLS: usize = 100;
    if further.len() < MOST_CELLS {
        return sorts;
    }
    for (column, sort) in sorts.iter_mut().enumerate() {
        let cells = further.iter().map(|(_, cells)| cells[column].as_ref());
        let some = cells.step_by(further.len() / MOST_CELLS);
        if *sort == Sort::Words && sort_of(some, decimal) == Sort::Number {
            *sort = Sort::Number;
        }
    }
    sorts
}

/// A head with blank cells too many loses them, one with a cell too few names no row numbers; the
/// line of the last head record that was mended.
fn mend_head(head: &mut [Row<'_>], sorts: &[Sort], odd_lines: &BTreeSet<u64>) -> Option<u64> {
    let width = sorts.len();
    let has_row_names = sorts.last().is_some_and(|sort| *sort != Sort::Blank);
    let mut mended = None;
    for (line, cells) in head {
        if cells.len() + 1 == width && is_unit_row(cells) {
            // The last column has no unit.
            cells.push(Cow::Borrowed(""));
            continue;
        }
        let n_filled = cells.iter().filter(|cell| !cell.trim().is_empty()).count();
        let surplus = cells.len().saturating_sub(width);
        if surplus > 0 && surplus <= 2 && n_filled == width {
            cells.retain(|cell| !cell.trim().is_empty());
            mended = Some(*line);
        } else if cells.len() + 1 == width && has_row_names {
            cells.insert(0, Cow::Borrowed(""));
            mended = Some(*line);
        } else if odd_lines.contains(line) || cells.len() < width {
            mended = Some(*line);
        }
    }
    mended
}

/// How many cells in typed columns hold what the column holds, and how many do not.
pub(super) fn counts(cells: &[impl AsRef<str>], sorts: &[Sort], decimal: char) -> (usize, usize) {
    let (mut good, mut bad) = (0, 0);
    for (cell, sort) in cells.iter().zip(sorts) {
        let cell = cell.as_ref();
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
    (good, bad)
}

/// Whether a record is data: its cells fit more than `times` as often as not.
fn fits(cells: &[impl AsRef<str>], sorts: &[Sort], decimal: char, times: usize) -> bool {
    let (good, bad) = counts(cells, sorts, decimal);
    good > times * bad && cells.len() * 2 > sorts.len()
}

/// Whether a record within the data names columns: only words, where numbers and times should be.
pub(super) fn is_head(cells: &[Cow<'_, str>], sorts: &[Sort], decimal: char) -> bool {
    let mut n_filled = 0;
    let mut n_typed = 0;
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for (column, cell) in cells.iter().enumerate() {
        let cell = cell.trim();
        if cell.is_empty() {
            continue;
        }
        let is_name = number::read_cell(cell, decimal) == Cell::Text
            && !time_of(cell)
            && cell.chars().count() <= 60;
        if !is_name || !seen.insert(cell) {
            return false;
        }
        n_filled += 1;
        let sort = sorts.get(column).copied();
        n_typed += usize::from(matches!(sort, Some(Sort::Number | Sort::Time)));
    }
    n_filled * 2 > cells.len().max(2) && n_typed >= 1 && n_typed + 1 >= n_filled.min(2)
}

/// Where the next table's head stands among the records; their number where there is none.
fn next_head(
    rows: &[Row<'_>],
    first: usize,
    sorts: &[Sort],
    decimal: char,
    head: Option<&[Cow<'_, str>]>,
) -> usize {
    let same = |cells: &[Cow<'_, str>]| head.is_some_and(|head| is_same(head, cells));
    (first..rows.len())
        .skip(1)
        .find(|&at| {
            let cells = &rows[at].1;
            same(cells)
                || is_head(cells, sorts, decimal)
                    && rows.get(at + 1).is_some_and(|(_, next)| {
                        next.len() == cells.len() && !is_head(next, sorts, decimal)
                    })
        })
        .unwrap_or(rows.len())
}

/// Whether two records say the same.
pub(super) fn is_same(left: &[impl AsRef<str>], right: &[impl AsRef<str>]) -> bool {
    left.len() == right.len()
        && left
            .iter()
            .zip(right)
            .all(|(left, right)| left.as_ref().trim() == right.as_ref().trim())
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
    let found = (0..rows.len()).find(|&at| {
        let mut next = rows[at + 1..].iter().map(|(_, cells)| cells);
        let mut next = next.by_ref().filter(|cells| !is_blank(cells));
        let goes_on = match (next.next(), next.next()) {
            (None, _) => true,
            (Some(next), behind) => {
                fits(next, sorts, decimal, 1)
                    || counts(next, sorts, decimal).0 > 0
                        && behind.is_some_and(|cells| fits(cells, sorts, decimal, 2))
            }
        };
        fits(&rows[at].1, sorts, decimal, 2) && goes_on
    });
    found.unwrap_or(rows.len())
}

/// A header block of as many records as a recipe says, right above the data; where the data seem
/// to begin earlier they begin behind it.
fn block_of(rows: &[Row<'_>], first: usize, n_wanted: usize) -> (usize, usize, usize) {
    let filled = |at: &usize| !is_blank(&rows[*at].1);
    let behind = (0..rows.len()).filter(filled).nth(n_wanted);
    let first = first.max(behind.unwrap_or(rows.len()));
    let above = (0..first).rev().filter(filled).take(n_wanted);
    (above.last().unwrap_or(first), first, first)
}

/// The header block, also where the first data records are broken: the block's records and the
/// first record of the data.
fn whole_block(
    rows: &[Row<'_>],
    first: usize,
    sorts: &[Sort],
    decimal: char,
) -> (usize, usize, usize) {
    let (top, bottom) = header_block(rows, first, sorts.len());
    let is_typed = |cell: &Cow<'_, str>| {
        !cell.trim().is_empty() && (sort_of([cell.as_ref()].into_iter(), decimal) != Sort::Words)
    };
    let last = rows[top..bottom].last();
    let is_units = |cells: &[Cow<'_, str>]| {
        let mut filled = cells.iter().filter(|cell| !cell.trim().is_empty());
        filled.clone().any(|cell| cell.trim() != "-") && filled.all(|cell| is_unit(cell))
    };
    let is_sound = last.is_some_and(|(_, cells)| is_units(cells) || !cells.iter().any(is_typed));
    if is_sound {
        return (top, bottom, first);
    }
    for early in (first.saturating_sub(2)..first).rev() {
        let (up, down) = header_block(rows, early, sorts.len());
        let is_names = up < down && down == early && is_head(&rows[down - 1].1, sorts, decimal);
        if is_names && !is_blank(&rows[early].1) {
            return (up, down, early);
        }
    }
    (top, bottom, first)
}

/// Names right above the data that are written with another delimiter than the data.
fn foreign_head<'a>(
    rows: &[Row<'a>],
    first: usize,
    sorts: &[Sort],
    decimal: char,
) -> Option<Row<'a>> {
    let (line, cells) = &rows[first.checked_sub(1)?];
    let raw = cells.join(" ");
    [b',', b';', b'\t', b'|', b' ']
        .into_iter()
        .find_map(|mark| {
            let mut names = Vec::new();
            quotes::split_strict(&raw, Delimiter::Mark(mark).into(), &mut names)?;
            let is_names = names.len() == sorts.len() && is_head(&names, sorts, decimal);
            let owned = |name: &Cow<'_, str>| Cow::Owned(name.trim().to_owned());
            is_names.then(|| (*line, names.iter().map(owned).collect()))
        })
}

/// The header records above the data: the first of them and the one behind the last.
fn header_block(rows: &[Row<'_>], first: usize, width: usize) -> (usize, usize) {
    // A blank line may stand between names and data.
    let mut bottom = first;
    while bottom > 0 && first - bottom < 2 && is_blank(&rows[bottom - 1].1) {
        bottom -= 1;
    }
    let mut top = bottom;
    let mut header_width = None;
    while top > 0 && bottom - top < 6 {
        let cells = &rows[top - 1].1;
        let n_cells = cells.len();
        // A row of units may end before the last column.
        if is_unit_row(cells) && n_cells + 1 >= width && n_cells <= width {
            top -= 1;
            continue;
        }
        let fits = match header_width {
            None => n_cells + 1 >= width.max(2) || width == 1,
            Some(wanted) => n_cells == wanted && n_cells > 1,
        };
        if !fits || is_blank(cells) || is_title(cells) {
            break;
        }
        header_width = header_width.or(Some(n_cells));
        top -= 1;
    }
    if top == bottom {
        (first, first)
    } else {
        (top, bottom)
    }
}

/// Whether a wide record fills one cell only, and with no unit.
fn is_title(cells: &[Cow<'_, str>]) -> bool {
    let mut filled = cells.iter().filter(|cell| !cell.trim().is_empty());
    let first = filled.next();
    cells.len() > 2 && filled.next().is_none() && first.is_some_and(|cell| !is_unit(cell))
}

/// What a row of units begins with, in lower case.
const UNIT_HEADS: &str = "単位 unit units einheit einheiten";
/// What rows of ranges begin with, in lower case.
const RANGE_HEADS: &str = "下限 上限 下限値 上限値 最小 最大 最小値 最大値 min max minimum maximum";

/// Whether the first cell of a record is one of some words.
fn is_led_by(cells: &[Cow<'_, str>], heads: &str) -> bool {
    let first = cells.first().map_or("", |cell| cell.trim());
    let lower = first.trim_matches(['[', ']', '(', ')']).to_lowercase();
    heads.split(' ').any(|head| head == lower)
}

/// Whether a record says that it holds units, and mostly does.
fn is_unit_row(cells: &[Cow<'_, str>]) -> bool {
    let filled = || cells.iter().skip(1).filter(|cell| !cell.trim().is_empty());
    let n_units = filled().filter(|cell| is_unit(cell)).count();
    is_led_by(cells, UNIT_HEADS) && n_units > 0 && n_units * 2 >= filled().count()
}

/// Whether a record says that it holds the ends of ranges, and holds numbers.
fn is_range_row(cells: &[Cow<'_, str>]) -> bool {
    let mut filled = cells.iter().skip(1).filter(|cell| !cell.trim().is_empty());
    is_led_by(cells, RANGE_HEADS) && filled.all(|cell| number::read_cell(cell, '.') != Cell::Text)
}

fn names_and_units(rows: &[Row<'_>], width: usize) -> (Vec<String>, Vec<String>) {
    let n_columns = rows
        .iter()
        .map(|(_, cells)| cells.len())
        .max()
        .unwrap_or(width);
    let mut units = vec![String::new(); n_columns];
    let mut name_rows: Vec<&Row<'_>> = rows.iter().collect();
    let named = name_rows.iter().position(|(_, cells)| is_unit_row(cells));
    if let Some(at) = named.filter(|_| name_rows.len() > 1) {
        let (_, cells) = name_rows.remove(at);
        for (unit, cell) in units.iter_mut().zip(cells).skip(1) {
            cell.trim()
                .trim_matches(['[', ']', '(', ')'])
                .clone_into(unit);
        }
    }
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
    // The lower and upper ends of ranges name nothing.
    if name_rows.iter().any(|(_, cells)| !is_range_row(cells)) {
        name_rows.retain(|(_, cells)| !is_range_row(cells));
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
    let found = rows
        .iter()
        .find(|(_, cells)| is_led_by(cells, UNIT_HEADS) && cells.len() == units.len());
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
    // How far each name was counted, so that thousands of the same name take no longer.
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for (column, name) in names.iter_mut().enumerate() {
        if name.is_empty() {
            *name = if has_header && column == 0 {
                "index".to_owned()
            } else {
                format!("col{}", column + 1)
            };
        }
        if seen.insert(name.clone()) {
            continue;
        }
        let plain = name.clone();
        let count = counts.entry(plain.clone()).or_insert(1);
        while !seen.insert(name.clone()) {
            *count += 1;
            *name = format!("{plain}_{count}");
        }
    }
}
