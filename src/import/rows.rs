//! The data records of one table, mended where they are broken, up to where the table ends.

use std::borrow::Cow;

use super::{
    column::Tally,
    dialect::{Dialect, Sort},
    header::{counts, is_head, is_same},
    mend::Mender,
    records::Records,
};
use crate::base::{Issue, Issues, Place, Severity};

/// Headers within the data beyond this many are no longer looked behind.
const MOST_REPEATS: u64 = 100;

/// What was odd about the records.
#[derive(Default)]
pub(super) struct RecordFlaws {
    mended: Tally,
    short: Tally,
    long: Tally,
    heads: Tally,
    /// Lines of a second table, or of the same table once more.
    other: Tally,
    twice: Tally,
}

/// Reads the data records of one table.
pub(super) struct Rows<'a, 'd> {
    records: Records<'a>,
    /// Where the data begins, to compare with.
    start: Option<Records<'a>>,
    dialect: &'d Dialect,
    mender: Mender,
    /// The first typed column: names stand where its values should.
    pub(super) telltale: Option<usize>,
    pub(super) flaws: RecordFlaws,
    pub(super) is_mended: bool,
    is_over: bool,
}

impl<'a, 'd> Rows<'a, 'd> {
    /// Starts at the first data record of a text.
    pub(super) fn new(text: &'a str, dialect: &'d Dialect) -> Self {
        let is_typed = |sort: &Sort| matches!(sort, Sort::Number | Sort::Time);
        Self {
            records: Records::new(text, dialect.marks).expecting(dialect.width),
            start: None,
            dialect,
            mender: Mender::new(dialect),
            telltale: dialect.sorts.iter().position(is_typed),
            flaws: RecordFlaws::default(),
            is_mended: false,
            is_over: false,
        }
    }

    /// Reads the next record and gives its line; records that are all blank are passed over.
    pub(super) fn read(&mut self, cells: &mut Vec<Cow<'a, str>>) -> Option<u64> {
        self.is_mended = false;
        while !self.is_over {
            let before = self.records.clone();
            let line = self.records.read(cells)?;
            if line < self.dialect.first_line || cells.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            if self.start.is_none() {
                self.start = Some(before.clone());
            } else if self.is_other_head(cells) {
                self.meet_head(cells, line);
                continue;
            }
            if self.records.is_odd() {
                self.is_mended = true;
            }
            if cells.len() != self.dialect.width {
                let raw = before.raw_until(&self.records);
                if let Some(mended) = self.mender.mend(cells, raw) {
                    *cells = mended;
                    self.is_mended = true;
                }
            }
            if self.is_mended {
                let example = cells.first().map_or("", |cell| cell.trim());
                self.flaws.mended.add(line, example);
            }
            return Some(line);
        }
        None
    }

    /// The text behind the last record, where plain records of the table may follow; `None` before
    /// its first record and behind its last.
    pub(super) fn rest(&self) -> Option<&'a str> {
        (self.start.is_some() && !self.is_over).then(|| self.records.rest())
    }

    /// Passes over plain records that were read elsewhere.
    pub(super) fn pass(&mut self, n_bytes: usize, n_lines: u64) {
        self.records.skip(n_bytes, n_lines);
    }

    /// Counts a record that was kept although it has cells too few or too many.
    pub(super) fn note_width(&mut self, cells: &[Cow<'a, str>], line: u64) {
        let example = cells.first().map_or("", |cell| cell.trim());
        if cells.len() < self.dialect.width {
            self.flaws.short.add(line, example);
        } else if cells.len() > self.dialect.header.len() {
            self.flaws.long.add(line, example);
        }
    }

    /// Whether names stand where values should.
    fn is_other_head(&self, cells: &[Cow<'a, str>]) -> bool {
        let cell = self.telltale.and_then(|column| cells.get(column));
        let starts_with_letter =
            cell.is_some_and(|cell| cell.trim_start().starts_with(char::is_alphabetic));
        if !starts_with_letter {
            return false;
        }
        if self.is_own_head(cells) {
            return true;
        }
        let dialect = self.dialect;
        if !is_head(cells, &dialect.sorts, dialect.decimal) {
            return false;
        }
        let mut next = Vec::new();
        let mut ahead = self.records.clone();
        if cells.len() == dialect.width && dialect.sorts.contains(&Sort::Time) {
            // Where the log's own rows go on, words are a remark between them.
            ahead.clone().read(&mut next);
            let (good, bad) = counts(&next, &dialect.sorts, dialect.decimal);
            if next.len() == dialect.width && good > bad {
                return false;
            }
        }
        // Behind names of columns stand values, in as many cells.
        (0..2).all(|_| {
            ahead.read(&mut next).is_some()
                && next.len() == cells.len()
                && !is_head(&next, &[Sort::Number; 2], dialect.decimal)
        })
    }

    fn is_own_head(&self, cells: &[Cow<'a, str>]) -> bool {
        let heads = &self.dialect.header_rows;
        heads.last().is_some_and(|head| is_same(head, cells))
    }

    /// Decides what stands below a head within the data: the log goes on, the same table stands
    /// there once more, or another table begins.
    fn meet_head(&mut self, cells: &[Cow<'a, str>], line: u64) {
        let example = cells.first().map_or("", |cell| cell.trim());
        let is_own = self.is_own_head(cells);
        if is_own && (self.flaws.heads.count > MOST_REPEATS || !self.is_repeat()) {
            self.flaws.heads.add(line, example);
            return;
        }
        let tally = if is_own {
            &mut self.flaws.twice
        } else {
            &mut self.flaws.other
        };
        tally.add(line, example);
        let mut rest = Vec::new();
        while self.records.read(&mut rest).is_some() {
            tally.count += u64::from(!rest.is_empty());
        }
        self.is_over = true;
    }

    /// Whether what follows is the table's data once more.
    fn is_repeat(&self) -> bool {
        let Some(start) = &self.start else {
            return false;
        };
        let (mut left, mut right) = (start.clone(), self.records.clone());
        let (mut first, mut second) = (Vec::new(), Vec::new());
        let (mut n_same, mut n_rows) = (0_u64, 0_u64);
        while right.read(&mut second).is_some() {
            if second.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            n_rows += 1;
            left.read(&mut first);
            let n_like = first
                .iter()
                .zip(&second)
                .filter(|(left, right)| left.trim() == right.trim())
                .count();
            n_same += u64::from(n_like * 10 >= second.len() * 7);
            // A log that goes on differs soon.
            if n_rows == 20 && n_same < 10 {
                return false;
            }
        }
        n_rows > 0 && n_same * 10 >= n_rows * 9
    }
}

impl RecordFlaws {
    /// Says what was mended and what was left out, with its place.
    pub(super) fn say(&self, dialect: &Dialect, source: &str, issues: &mut Issues) {
        let place = Place::file(source);
        if let Some(line) = dialect.mended_header {
            issues.push(
                Issue::new(
                    place.clone().at_row(line),
                    Severity::Warning,
                    "mended-header",
                    format!("the names of the columns in line {line} were mended"),
                )
                .with("line", line),
            );
        }
        let expected = dialect.header.len();
        let mut say = |tally: &Tally, severity, code, what: &str| {
            let said = tally.say((severity, code), what, expected, &place);
            if let Some(issue) = said {
                issues.push(issue);
            }
        };
        let short = format!("rows have fewer than {expected} cells; the rest counts as missing");
        say(&self.short, Severity::Warning, "short-rows", &short);
        let long = format!("rows have more than {expected} cells; the surplus was left out");
        say(&self.long, Severity::Warning, "long-rows", &long);
        say(
            &self.mended,
            Severity::Warning,
            "mended-rows",
            "rows had stray quotes, cells too many or too few; they were put where they fit best",
        );
        say(
            &self.heads,
            Severity::Info,
            "repeated-header",
            "lines repeat the header and were left out",
        );
        say(
            &self.twice,
            Severity::Warning,
            "same-table-twice",
            "lines hold the table's rows once more and were left out",
        );
        say(
            &self.other,
            Severity::Warning,
            "second-table",
            "lines belong to another table in the same file and were left out",
        );
    }
}
