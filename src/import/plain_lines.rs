//! Reads the plain lines of a block: one cell a column, no quote, numbers and times as usual.

use std::{collections::BTreeMap, ops::Range};

use super::{
    clock,
    column::MAX_WORDS,
    dialect::Sort,
    intake::Intake,
    number::{self, Cell},
    quick_stamp::QuickStamp,
    records::Delimiter,
    timeline::{self, Candidates, NO_TIME, RowTimes, TimePlan},
};

/// A block of text, and how many bytes of the whole stand from its first one on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece<'a> {
    pub(super) text: &'a str,
    pub(super) left: usize,
}

/// Plain lines that follow each other.
#[derive(Debug)]
pub(super) struct Run {
    /// Bytes of the whole text from its first line on.
    pub(super) left: usize,
    pub(super) n_bytes: usize,
    pub(super) rows: Range<usize>,
}

/// What was read of a block.
#[derive(Default)]
pub(super) struct Block<'a> {
    pub(super) runs: Vec<Run>,
    /// Values, or codes of `words`; NaN where one is missing.
    pub(super) columns: Vec<Vec<f64>>,
    /// The words of each column, in the order of their first use.
    pub(super) words: Vec<Vec<&'a str>>,
    pub(super) times: Candidates,
    /// Bytes of the whole text behind it.
    pub(super) left: usize,
}

/// What a column's cells are read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Used up by the time.
    Time,
    Number,
    /// Nothing so far.
    Blank,
    /// An event's own time, which is not learned from.
    Event,
    Words {
        keeps_zeros: bool,
    },
}

/// How a plain line looks.
pub(super) struct Form<'f, 'd> {
    intake: &'f Intake<'d>,
    mark: u8,
    decimal: u8,
    kinds: Vec<Kind>,
    /// Columns of numbers that have no unit glued to them.
    is_bare: Vec<bool>,
    /// Columns whose numbers show that a line is a record.
    shows: Vec<bool>,
    telltale: Option<usize>,
}

impl<'f, 'd> Form<'f, 'd> {
    /// `None` where the table's lines cannot be plain.
    pub(super) fn of(intake: &'f Intake<'d>, telltale: Option<usize>) -> Option<Self> {
        let dialect = intake.dialect;
        let Delimiter::Mark(mark) = dialect.marks.delimiter else {
            return None;
        };
        if dialect.width != dialect.header.len() || dialect.width < 2 || mark == b'\n' {
            return None;
        }
        let kind_of = |column: usize| {
            let builder = &intake.builders[column];
            match builder.sort {
                _ if intake.time_columns.contains(&column) => Kind::Time,
                Sort::Number => Kind::Number,
                Sort::Blank => Kind::Blank,
                Sort::Time => Kind::Event,
                Sort::Words => Kind::Words {
                    keeps_zeros: builder.keeps_zeros,
                },
            }
        };
        let kinds: Vec<Kind> = (0..dialect.width).map(kind_of).collect();
        let is_bare: Vec<bool> = kinds
            .iter()
            .zip(&intake.builders)
            .map(|(kind, builder)| *kind == Kind::Number && builder.suffix.is_empty())
            .collect();
        Some(Self {
            intake,
            mark,
            decimal: if dialect.decimal == ',' { b',' } else { b'.' },
            shows: is_bare
                .iter()
                .zip(&dialect.sorts)
                .map(|(is_bare, sort)| *is_bare && *sort == Sort::Number)
                .collect(),
            is_bare,
            kinds,
            telltale,
        })
    }

    /// Reads the plain lines of a block.
    pub(super) fn read<'a>(&self, piece: Piece<'a>) -> Block<'a> {
        let mut reader = Reader::new(self, piece.text);
        let mut runs: Vec<Run> = Vec::new();
        let end = piece.text.len();
        let (mut at, mut n_rows) = (0, 0);
        let mut is_run = false;
        while at < end {
            let start = at;
            let is_plain = reader.line(&mut at);
            if !is_plain {
                reader.forget(n_rows);
                is_run = false;
                at = line_end(piece.text.as_bytes(), at);
                continue;
            }
            match runs.last_mut().filter(|_| is_run) {
                Some(run) => {
                    run.rows.end += 1;
                    run.n_bytes = run.left + at - piece.left;
                }
                None => runs.push(Run {
                    left: piece.left - start,
                    n_bytes: at - start,
                    rows: n_rows..n_rows + 1,
                }),
            }
            is_run = true;
            n_rows += 1;
        }
        Block {
            runs,
            columns: reader.columns,
            words: reader.words.into_iter().map(|words| words.list).collect(),
            times: reader.times,
            left: piece.left - end,
        }
    }
}

/// Where the line behind this one begins.
fn line_end(bytes: &[u8], from: usize) -> usize {
    let end = bytes[from..].iter().position(|byte| *byte == b'\n');
    end.map_or(bytes.len(), |end| from + end + 1)
}

/// The words of one column.
#[derive(Default)]
struct Words<'a> {
    list: Vec<&'a str>,
    /// The code of each word; NaN where it says that a value is missing.
    codes: BTreeMap<&'a str, f64>,
    last: Option<(&'a str, f64)>,
}

impl<'a> Words<'a> {
    /// `None` where there are too many.
    fn code_of(&mut self, word: &'a str, keeps_zeros: bool) -> Option<f64> {
        if let Some((last, code)) = self.last
            && last == word
        {
            return Some(code);
        }
        let code = match self.codes.get(word) {
            Some(code) => *code,
            None if !keeps_zeros && number::is_no_word(word) => f64::NAN,
            None if self.list.len() <= MAX_WORDS => {
                self.list.push(word);
                (self.list.len() - 1) as f64
            }
            None => return None,
        };
        self.codes.insert(word, code);
        self.last = Some((word, code));
        Some(code)
    }
}

/// Reads one line after the other.
struct Reader<'r, 'a> {
    form: &'r Form<'r, 'r>,
    text: &'a str,
    columns: Vec<Vec<f64>>,
    words: Vec<Words<'a>>,
    times: Candidates,
    /// Where stamps stand in one column and carry no zone of a recipe.
    quick: Option<QuickStamp<'r>>,
    row_times: RowTimes,
    /// Whether the line shows a number where the table has them.
    is_typed: bool,
}

impl<'r, 'a> Reader<'r, 'a> {
    fn new(form: &'r Form<'r, 'r>, text: &'a str) -> Self {
        let width = form.kinds.len();
        let first = line_end(text.as_bytes(), 0).max(2 * width);
        let n_lines = text.len() / first + 16;
        let room = |kind: &Kind| match kind {
            Kind::Time => Vec::new(),
            _ => Vec::with_capacity(n_lines),
        };
        let quick = match &form.intake.plan {
            TimePlan::Stamps {
                columns,
                fraction: None,
                orders,
            } if columns.len() == 1
                && form.intake.rule.zone.is_none()
                && form.intake.rule.format.is_none() =>
            {
                Some(QuickStamp::new(orders))
            }
            _ => None,
        };
        Self {
            form,
            text,
            columns: form.kinds.iter().map(room).collect(),
            words: form.kinds.iter().map(|_| Words::default()).collect(),
            times: Candidates::default(),
            quick,
            row_times: RowTimes::default(),
            is_typed: false,
        }
    }

    /// Drops what an odd line has left behind the first rows.
    fn forget(&mut self, n_rows: usize) {
        for column in &mut self.columns {
            column.truncate(n_rows);
        }
        self.times.truncate(n_rows);
    }

    /// Reads the line at a place and moves behind it; false where it is not plain, the place is
    /// then somewhere within it.
    fn line(&mut self, at: &mut usize) -> bool {
        let bytes = self.text.as_bytes();
        let start = *at;
        let last = self.form.kinds.len() - 1;
        self.is_typed = false;
        self.row_times.times.clear();
        for column in 0..=last {
            if !self.number(column, at) && !self.cell(column, at) {
                return false;
            }
            match bytes.get(*at) {
                Some(byte) if *byte == self.form.mark && column < last => *at += 1,
                Some(b'\n') | None if column == last => {}
                _ => return false,
            }
        }
        let is_timed = match &self.form.intake.plan {
            TimePlan::Counted { .. } => self.is_typed,
            _ if self.row_times.times.is_empty() => self.slow_times(start, *at),
            _ => true,
        };
        let has_time =
            |times: &[i64]| times.is_empty() || times.iter().any(|time| *time != NO_TIME);
        if !is_timed || !has_time(&self.row_times.times) {
            return false;
        }
        self.times.push(&self.row_times.times);
        *at = (*at + 1).min(bytes.len());
        true
    }

    /// Reads a cell that is nothing but a number, and moves to its end.
    #[inline]
    fn number(&mut self, column: usize, at: &mut usize) -> bool {
        let form = self.form;
        let bytes = self.text.as_bytes();
        if !form.is_bare[column] {
            return false;
        }
        let Some((value, n_bytes)) = number::leading_number(&bytes[*at..], form.decimal) else {
            return false;
        };
        let mut end = *at + n_bytes;
        match bytes.get(end) {
            None | Some(b'\n') => {}
            Some(byte) if *byte == form.mark => {}
            Some(b'\r') if bytes.get(end + 1) == Some(&b'\n') => end += 1,
            Some(_) => return false,
        }
        self.columns[column].push(value);
        self.is_typed |= form.shows[column];
        *at = end;
        true
    }

    /// Reads any other cell, and moves to its end.
    fn cell(&mut self, column: usize, at: &mut usize) -> bool {
        let form = self.form;
        let (mark, quote) = (form.mark, form.intake.dialect.marks.quote);
        let rest = &self.text.as_bytes()[*at..];
        let end = rest
            .iter()
            .position(|byte| *byte == mark || *byte == b'\n' || *byte == quote)
            .unwrap_or(rest.len());
        if rest.get(end) == Some(&quote) {
            return false;
        }
        let cell = self.text[*at..*at + end].trim();
        *at += end;
        // Names where values should stand may begin another table.
        if form.telltale == Some(column) && cell.starts_with(char::is_alphabetic) {
            return false;
        }
        let decimal = form.intake.dialect.decimal;
        let value = match form.kinds[column] {
            Kind::Time => {
                return self.time(cell, decimal);
            }
            Kind::Number => {
                let suffix = form.intake.builders[column].suffix.as_str();
                let bare = match suffix {
                    "" => cell,
                    _ => cell.strip_suffix(suffix).unwrap_or(cell),
                };
                match number::read_cell(bare, decimal) {
                    Cell::Number(value) => {
                        self.is_typed |= form.shows[column];
                        value
                    }
                    Cell::Missing => f64::NAN,
                    Cell::Infinite | Cell::Text => return false,
                }
            }
            Kind::Blank if number::read_cell(cell, decimal) == Cell::Missing => f64::NAN,
            Kind::Blank => return false,
            Kind::Event => match number::read_cell(cell, decimal) {
                Cell::Missing => f64::NAN,
                Cell::Infinite => return false,
                Cell::Number(_) | Cell::Text => 0.0,
            },
            Kind::Words { keeps_zeros } => match self.words[column].code_of(cell, keeps_zeros) {
                Some(code) => code,
                None => return false,
            },
        };
        self.columns[column].push(value);
        true
    }

    /// Reads a cell of the time where that is quickly done; false where the line is not plain.
    fn time(&mut self, cell: &str, decimal: char) -> bool {
        let times = &mut self.row_times.times;
        let intake = self.form.intake;
        if let TimePlan::Number {
            unit_nanos, serial, ..
        } = &intake.plan
        {
            // The days of a spreadsheet in a zone are read as the record reader does.
            if serial.is_some() && intake.rule.zone.is_some() {
                times.clear();
                return true;
            }
            let Cell::Number(value) = number::read_cell(cell, decimal) else {
                return false;
            };
            times.push(clock::time_of_number(value, *unit_nanos, *serial));
        } else if let Some(quick) = &mut self.quick
            && !quick.read(cell, NO_TIME, times)
        {
            times.clear();
        }
        true
    }

    /// Reads the time of a whole line as the record reader does.
    fn slow_times(&mut self, start: usize, end: usize) -> bool {
        let intake = self.form.intake;
        let line = &self.text[start..end];
        let cells: Vec<&str> = line.split(char::from(self.form.mark)).collect();
        let decimal = intake.dialect.decimal;
        timeline::row_times(
            &intake.plan,
            intake.rule,
            &cells,
            decimal,
            &mut self.row_times,
        );
        !self.row_times.is_skipped
    }
}
