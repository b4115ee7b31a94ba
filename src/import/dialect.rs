//! How a text table is written: delimiter, quote, escape, decimal mark, and what they enclose.
//!
//! Every way of writing that the text allows is tried on the beginning of the file and scored as
//! a whole: how alike its records are, and how plain their cells. The best one wins, not the
//! first that fits.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use super::{
    header,
    number::{self, Cell},
    records::{Delimiter, Escape, Marks, Records},
    stamp::{DayOrder, read_stamp},
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
    /// Delimiter, quote and escape.
    pub(super) marks: Marks,
    /// Cells of a data record.
    pub(super) width: usize,
    pub(super) decimal: char,
    /// Whether the decimal mark could also be a thousands mark.
    pub(super) decimal_is_open: bool,
    /// A number that speaks against the decimal mark of the recipe.
    pub(super) decimal_doubt: Option<String>,
    /// One name a column; made up where the file has no header.
    pub(super) header: Vec<String>,
    /// The header records as written, padded to the same width.
    pub(super) header_rows: Vec<Vec<String>>,
    /// One unit a column; empty where none is written.
    pub(super) units: Vec<String>,
    /// What the columns of the sample hold.
    pub(super) sorts: Vec<Sort>,
    pub(super) has_header: bool,
    /// The line of the first data record.
    pub(super) first_line: u64,
    /// Non-blank lines above the header.
    pub(super) n_preamble: usize,
    /// The line of a header record that had to be mended.
    pub(super) mended_header: Option<u64>,
    /// The data records of the sample.
    pub(super) sample: Vec<Vec<String>>,
}

pub(super) type Row<'a> = (u64, Vec<Cow<'a, str>>);

/// One way of writing and how well it fits.
struct Candidate<'a> {
    score: f64,
    marks: Marks,
    width: usize,
    rows: Vec<Row<'a>>,
    /// The lines whose quotes did not pair.
    odd_lines: BTreeSet<u64>,
}

/// What a recipe says about the layout; what it leaves open is found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct LayoutRule {
    pub(super) delimiter: Option<Delimiter>,
    pub(super) decimal: Option<char>,
    /// How many records above the data name the columns.
    pub(super) header_rows: Option<usize>,
    /// Whether the cells are those of a sheet, whose numbers are written with points.
    pub(super) is_sheet: bool,
}

/// The delimiters that a recipe may name.
pub(super) fn delimiters() -> impl Iterator<Item = Delimiter> {
    let all = DELIMITERS.into_iter().map(|(delimiter, _)| delimiter);
    all.filter(|delimiter| delimiter.name() != "?")
}

/// Finds the layout; `None` where the text holds no record.
pub(super) fn detect(text: &str) -> Option<Dialect> {
    detect_by(text, &LayoutRule::default())
}

/// The same where a recipe has a say.
pub(super) fn detect_by(text: &str, rule: &LayoutRule) -> Option<Dialect> {
    let head = beginning(text);
    let mut list = possible_marks(head);
    if let Some(delimiter) = rule.delimiter {
        list.retain(|marks| marks.delimiter == delimiter);
        if list.is_empty() {
            list.push(delimiter.into());
        }
    }
    let mut best: Option<Candidate<'_>> = None;
    for marks in list {
        let found = judge(head, marks);
        if best
            .as_ref()
            .is_none_or(|top| found.score > top.score + 1e-9)
        {
            best = Some(found);
        }
    }
    let best = best?;
    lay_out(text, &best, rule)
}

/// The layout of a text whose cells [`super::cells`] has written: only the header is to be found.
pub(super) fn of_cells(text: &str, rule: &LayoutRule) -> Option<Dialect> {
    let found = judge(beginning(text), Delimiter::Mark(b'\t').into());
    let rule = LayoutRule {
        header_rows: rule.header_rows,
        is_sheet: true,
        ..LayoutRule::default()
    };
    lay_out(text, &found, &rule)
}

fn lay_out(text: &str, found: &Candidate<'_>, rule: &LayoutRule) -> Option<Dialect> {
    let further = further(text, found.marks, found.width);
    header::lay_out(
        (found.marks, found.width),
        (&found.rows, &further),
        &found.odd_lines,
        rule,
    )
}

/// Records from further on in a text: its beginning may be a line at rest, or a tag that was not there.
fn further(text: &str, marks: Marks, width: usize) -> Vec<Row<'_>> {
    const PLACES: [usize; 4] = [30, 55, 75, 96];
    const MOST_BYTES: usize = 64 * 1024;
    const MOST_ROWS: usize = 60;
    let bytes = text.as_bytes();
    let line_from = |at: usize| {
        let end = bytes.get(at..)?.iter().position(|byte| *byte == b'\n')?;
        Some(at + end + 1)
    };
    let mut rows = Vec::new();
    for percent in PLACES {
        let Some(start) = line_from(text.len() / 100 * percent) else {
            continue;
        };
        let most = (start + MOST_BYTES).min(text.len());
        let Some(end) = bytes[start..most].iter().rposition(|byte| *byte == b'\n') else {
            continue;
        };
        let end = start + end + 1;
        let mut records = Records::new(&text[start..end], marks).expecting(width);
        let mut cells = Vec::new();
        let mut n_rows = 0;
        while n_rows < MOST_ROWS
            && let Some(line) = records.read(&mut cells)
        {
            n_rows += 1;
            if cells.len() == width {
                rows.push((line, std::mem::take(&mut cells)));
            }
        }
    }
    rows
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

/// The delimiters in the order of preference, with how far each is trusted: a tab between cells
/// and a blank within them is likelier than the other way round.
const DELIMITERS: [(Delimiter, f64); 12] = [
    (Delimiter::Text(", "), 1.0),
    (Delimiter::Text("; "), 1.0),
    (Delimiter::Mark(b','), 1.0),
    (Delimiter::Mark(b';'), 1.0),
    (Delimiter::Mark(b'\t'), 1.0),
    (Delimiter::Text("||"), 1.0),
    (Delimiter::Mark(b'|'), 1.0),
    (Delimiter::Mark(b'~'), 0.8),
    (Delimiter::Mark(b'^'), 0.8),
    (Delimiter::Mark(1), 1.0),
    (Delimiter::Blanks, 0.7),
    (Delimiter::Mark(b' '), 0.7),
];

fn trust_of(delimiter: Delimiter) -> f64 {
    let found = DELIMITERS.iter().find(|(known, _)| *known == delimiter);
    found.map_or(1.0, |(_, trust)| *trust)
}

/// Every way of writing that leaves a trace in the text.
fn possible_marks(text: &str) -> Vec<Marks> {
    let bytes = text.as_bytes();
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .take(SAMPLE_RECORDS)
        .collect();
    let mut list = Vec::new();
    for (delimiter, _) in DELIMITERS {
        let holds = |line: &&&str| match delimiter {
            Delimiter::Blanks => line.trim().contains([' ', '\t']),
            _ => (0..line.len()).any(|at| delimiter.length_at(line.as_bytes(), at) > 0),
        };
        let count = lines.iter().filter(holds).count();
        if count * 8 < lines.len() || count == 0 {
            continue;
        }
        let mut quotes = vec![b'"'];
        if has_single_quotes(&lines, delimiter) {
            quotes.push(b'\'');
        }
        for quote in quotes {
            let escapes = [Escape::Doubled, Escape::Backslash];
            let is_escaped = bytes.windows(2).any(|pair| pair == [b'\\', quote]);
            for escape in escapes.into_iter().take(1 + usize::from(is_escaped)) {
                list.push(Marks {
                    delimiter,
                    quote,
                    escape,
                });
            }
        }
    }
    // One column of anything is what remains.
    let comma: Marks = Delimiter::Mark(b',').into();
    if !list.contains(&comma) {
        list.insert(0, comma);
    }
    list
}

/// Whether apostrophes begin cells and close them.
fn has_single_quotes(lines: &[&str], delimiter: Delimiter) -> bool {
    let opens = |line: &&&str| {
        line.match_indices('\'').any(|(at, _)| {
            let before = &line[..at];
            match delimiter {
                Delimiter::Mark(mark) => before.trim_end().as_bytes().last() == Some(&mark),
                Delimiter::Text(text) => before.ends_with(text),
                Delimiter::Blanks => before.is_empty() || before.ends_with([' ', '\t']),
            }
        })
    };
    lines.iter().filter(opens).count() * 10 >= lines.len().max(10)
}

fn judge(text: &str, marks: Marks) -> Candidate<'_> {
    let mut rows = rows_of(text, marks, None);
    let (width, alike) = best_width(&rows, marks);
    let n_odd = rows.iter().filter(|row| row.is_odd).count();
    let neat = 1.0 - 0.5 * n_odd as f64 / rows.len().max(1) as f64;
    let plain: Vec<Row<'_>> = rows.drain(..).map(|row| row.row).collect();
    let score = if width < 2 || width == 2 && is_one_column(&plain) {
        0.05
    } else {
        let quality = quality(&plain, width, marks);
        trust_of(marks.delimiter) * neat * alike * (0.1 + quality) * (1.0 - 0.5 / width as f64)
    };
    // The width is known now and decides where quotes are letters.
    let again = rows_of(text, marks, Some(width));
    let odd = again.iter().filter(|row| row.is_odd);
    Candidate {
        score,
        marks,
        width,
        odd_lines: odd.map(|row| row.row.0).collect(),
        rows: again.into_iter().map(|row| row.row).collect(),
    }
}

/// Whether records of two cells only end in a delimiter.
fn is_one_column(rows: &[Row<'_>]) -> bool {
    rows.iter()
        .filter(|(_, cells)| cells.len() == 2)
        .all(|(_, cells)| cells[1].trim().is_empty())
}

struct ReadRow<'a> {
    row: Row<'a>,
    is_odd: bool,
}

fn rows_of(text: &str, marks: Marks, width: Option<usize>) -> Vec<ReadRow<'_>> {
    let mut records = Records::new(text, marks);
    if let Some(width) = width {
        records = records.expecting(width);
    }
    let mut rows = Vec::new();
    let mut cells = Vec::new();
    while rows.len() < SAMPLE_RECORDS
        && let Some(line) = records.read(&mut cells)
    {
        rows.push(ReadRow {
            row: (line, std::mem::take(&mut cells)),
            is_odd: records.is_odd(),
        });
    }
    rows
}

pub(super) fn is_blank(cells: &[Cow<'_, str>]) -> bool {
    cells.iter().all(|cell| cell.trim().is_empty())
}

/// The commonest width of the records; wide ones win ties.
pub(super) fn usual_width<'a>(rows: impl Iterator<Item = &'a Row<'a>>) -> (usize, usize) {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for (_, cells) in rows.filter(|(_, cells)| !is_blank(cells)) {
        *counts.entry(cells.len()).or_default() += 1;
    }
    counts
        .into_iter()
        .max_by_key(|&(width, count)| (count, width))
        .unwrap_or((0, 0))
}

/// The width that explains the records best, and how alike they are to it: longer records may
/// have a delimiter within a cell, shorter ones miss cells.
fn best_width(rows: &[ReadRow<'_>], marks: Marks) -> (usize, f64) {
    let widths: Vec<usize> = rows
        .iter()
        .map(|row| &row.row.1)
        .filter(|cells| !is_blank(cells))
        .map(Vec::len)
        .collect();
    let (usual, _) = usual_width(rows.iter().map(|row| &row.row));
    let count = |wanted: usize| widths.iter().filter(|width| **width == wanted).count();
    // The first record may name more or fewer columns than most records seem to have; prose is
    // as long as it likes.
    let first = widths
        .iter()
        .copied()
        .find(|width| *width > 1)
        .filter(|first| marks.delimiter != Delimiter::Blanks && count(*first) * 10 >= widths.len());
    let alike = |wanted: usize| {
        let credit = |width: usize| match width.cmp(&wanted) {
            std::cmp::Ordering::Equal => 1.0,
            _ if marks.delimiter == Delimiter::Blanks => 0.0,
            std::cmp::Ordering::Greater => 0.35,
            std::cmp::Ordering::Less => 0.1,
        };
        widths.iter().copied().map(credit).sum::<f64>() / widths.len().max(1) as f64
    };
    let weight = |width: usize| alike(width) * (1.0 - 0.5 / width.max(1) as f64);
    match first {
        Some(first) if weight(first) > weight(usual) + 1e-9 => (first, alike(first)),
        _ => (usual, alike(usual)),
    }
}

/// How plain the cells of the last records are: numbers and times most of all, pieces of a torn
/// cell least.
fn quality(rows: &[Row<'_>], width: usize, marks: Marks) -> f64 {
    let body: Vec<&Row<'_>> = rows
        .iter()
        .filter(|(_, cells)| cells.len() == width)
        .collect();
    let tail = &body[body.len().saturating_sub(60)..];
    let (mut sum, mut count) = (0.0, 0);
    for (_, cells) in tail {
        for (column, cell) in cells.iter().enumerate() {
            if cell.trim().is_empty() {
                // Two single blanks in a row speak for blanks that only align.
                count += i32::from(marks.delimiter == Delimiter::Mark(b' '));
                continue;
            }
            count += 1;
            let lead = column > 0 && cell.starts_with(' ') && marks.delimiter != Delimiter::Blanks;
            let worth = match quality_of(cell) {
                // Prose is made of words between blanks; a table is not.
                worth if worth < 1.0 && is_blank_mark(marks.delimiter) => 0.3 * worth,
                worth => worth,
            };
            sum += worth * if lead { 0.95 } else { 1.0 };
        }
    }
    // A delimiter written twice leaves every second column blank.
    let n_blank = (0..width)
        .filter(|&column| {
            tail.iter()
                .all(|(_, cells)| cells[column].trim().is_empty())
        })
        .count();
    let blank_frac = n_blank as f64 / width.max(1) as f64;
    sum / f64::from(count.max(1)) * (1.0 - 0.3 * blank_frac)
}

fn is_blank_mark(delimiter: Delimiter) -> bool {
    matches!(delimiter, Delimiter::Blanks | Delimiter::Mark(b' '))
}

fn quality_of(cell: &str) -> f64 {
    let cell = cell.trim();
    let is_typed = number::read_cell(cell, '.') != Cell::Text
        || number::read_cell(cell, ',') != Cell::Text
        || time_of(cell);
    if is_typed {
        return 1.0;
    }
    let is_torn = |quote: char| {
        cell.starts_with(quote) != cell.ends_with(quote) && cell.matches(quote).count() % 2 == 1
    };
    if is_torn('"') || is_torn('\'') {
        0.05
    } else if cell.contains([',', ';', '\t', '|']) {
        0.35
    } else if cell.chars().count() <= 40 {
        0.6
    } else {
        0.4
    }
}

/// Whether a cell is a time in any order.
pub(super) fn time_of(cell: &str) -> bool {
    DayOrder::ALL
        .into_iter()
        .any(|order| read_stamp(cell, order).is_some())
}

/// What the cells of a column hold.
pub(super) fn sort_of<'a>(cells: impl Iterator<Item = &'a str>, decimal: char) -> Sort {
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
