//! Splits text into records and cells, with the line each record starts at.

use std::borrow::Cow;

use super::quotes::{self, Taken};

/// What stands between two cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Delimiter {
    /// One letter of ASCII.
    Mark(u8),
    /// Several letters, such as a comma and a blank.
    Text(&'static str),
    /// Any number of blanks.
    Blanks,
}

impl Delimiter {
    /// As people write it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Mark(b'\t') => "tab",
            Self::Mark(b' ') => "blank",
            Self::Mark(mark) => [",", ";", "|", ":", "^", "~"]
                .into_iter()
                .find(|text| text.as_bytes() == [mark])
                .unwrap_or("?"),
            Self::Text(", ") => "comma and blank",
            Self::Text("; ") => "semicolon and blank",
            Self::Text(text) => text,
            Self::Blanks => "blanks",
        }
    }

    /// How many bytes of a delimiter stand at a place; 0 where there is none.
    pub(super) fn length_at(self, bytes: &[u8], at: usize) -> usize {
        match self {
            Self::Mark(mark) => usize::from(bytes.get(at) == Some(&mark)),
            Self::Text(text) => {
                let is_here = bytes
                    .get(at..)
                    .is_some_and(|rest| rest.starts_with(text.as_bytes()));
                if is_here { text.len() } else { 0 }
            }
            Self::Blanks => 0,
        }
    }
}

/// How a quote is written within a quoted cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Escape {
    /// Twice.
    Doubled,
    /// Behind a backslash.
    Backslash,
}

/// The marks that give a text its shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Marks {
    pub(super) delimiter: Delimiter,
    pub(super) quote: u8,
    pub(super) escape: Escape,
}

impl From<Delimiter> for Marks {
    fn from(delimiter: Delimiter) -> Self {
        Self {
            delimiter,
            quote: b'"',
            escape: Escape::Doubled,
        }
    }
}

/// Bytes that may be looked at to pair odd quotes; later records are read by the plain rule.
const MOST_WORK: usize = 100_000_000;

/// A record with more stray quotes than this is not forced into the usual width.
const MOST_STRAYS: u32 = 6;

/// Reads one record after the other.
#[derive(Debug, Clone)]
pub(super) struct Records<'a> {
    rest: &'a str,
    line: u64,
    marks: Marks,
    width: Option<usize>,
    is_odd: bool,
    work_left: usize,
}

impl<'a> Records<'a> {
    /// Starts at the first line of a text.
    pub(super) fn new(text: &'a str, marks: impl Into<Marks>) -> Self {
        Self {
            rest: text,
            line: 1,
            marks: marks.into(),
            width: None,
            is_odd: false,
            work_left: MOST_WORK,
        }
    }

    /// Says how many cells a record should have: it decides where quotes are odd.
    pub(super) fn expecting(mut self, width: usize) -> Self {
        self.width = Some(width);
        self
    }

    /// Whether the record read last has quotes that do not pair.
    pub(super) fn is_odd(&self) -> bool {
        self.is_odd
    }

    /// The text that is still to be read.
    pub(super) fn rest(&self) -> &'a str {
        self.rest
    }

    /// The text between two places of one reading.
    pub(super) fn raw_until(&self, later: &Self) -> &'a str {
        let length = self.rest.len().saturating_sub(later.rest.len());
        self.rest.get(..length).unwrap_or("")
    }

    /// Reads the next record into `cells` and gives the line it starts at; a blank line gives no
    /// cells.
    pub(super) fn read(&mut self, cells: &mut Vec<Cow<'a, str>>) -> Option<u64> {
        cells.clear();
        self.is_odd = false;
        if self.rest.is_empty() {
            return None;
        }
        let line = self.line;
        let (row, taken) = first_line(self.rest);
        let has_quote = row.as_bytes().contains(&self.marks.quote);
        if self.marks.delimiter == Delimiter::Blanks {
            quotes::split_blanks(row, self.marks.quote, cells);
            self.skip(taken, 1);
            return Some(line);
        }
        let is_blank = self.marks.delimiter != Delimiter::Mark(b'\t') && row.trim().is_empty();
        if is_blank {
            self.skip(taken, 1);
            return Some(line);
        }
        if !has_quote {
            split_plain(row, self.marks.delimiter, cells);
            self.skip(taken, 1);
            return Some(line);
        }
        let strict = quotes::split_strict(self.rest, self.marks, cells);
        let is_wide = self.width.is_none_or(|width| cells.len() == width);
        if let Some(strict) = strict {
            // A cell over several lines is believed where nothing speaks against it.
            let is_long = strict.n_lines > 1;
            let is_doubtful = !is_wide && (is_long || quotes::has_glued_quotes(row, self.marks))
                || strict.has_inner && self.width.is_some();
            if !is_doubtful {
                self.skip(strict.n_bytes, strict.n_lines);
                return Some(line);
            }
        }
        self.read_odd(row, taken, strict, cells);
        Some(line)
    }

    /// Reads a record whose quotes do not pair: within its own line, towards the usual width.
    fn read_odd(
        &mut self,
        row: &'a str,
        taken: usize,
        strict: Option<Taken>,
        cells: &mut Vec<Cow<'a, str>>,
    ) {
        let mut found = Vec::new();
        let work = &mut self.work_left;
        let cost = quotes::search(row, self.marks, self.width, &mut found, work);
        if cost.is_some_and(|cost| cost <= MOST_STRAYS) {
            let is_same = strict.is_some_and(|strict| strict.n_lines == 1) && found == *cells;
            self.is_odd = !is_same;
            *cells = found;
            self.skip(taken, 1);
            return;
        }
        if let Some(strict) = strict {
            self.skip(strict.n_bytes, strict.n_lines);
            return;
        }
        self.is_odd = true;
        cells.clear();
        let work = &mut self.work_left;
        if quotes::search(row, self.marks, None, cells, work).is_none() {
            cells.clear();
            split_plain(row, self.marks.delimiter, cells);
        }
        self.skip(taken, 1);
    }

    /// Passes over text that was read elsewhere.
    pub(super) fn skip(&mut self, taken: usize, n_lines: u64) {
        self.rest = &self.rest[taken..];
        self.line += n_lines;
    }
}

fn split_plain<'a>(row: &'a str, delimiter: Delimiter, cells: &mut Vec<Cow<'a, str>>) {
    match delimiter {
        Delimiter::Mark(mark) => cells.extend(row.split(char::from(mark)).map(Cow::Borrowed)),
        Delimiter::Text(text) => {
            // Editors cut the blank of a delimiter at the end of a line.
            let mark = text.trim_end();
            let (body, is_cut) = match row.strip_suffix(mark) {
                Some(body) if mark != text => (body, true),
                _ => (row, false),
            };
            cells.extend(body.split(text).map(Cow::Borrowed));
            if is_cut {
                cells.push(Cow::Borrowed(""));
            }
        }
        Delimiter::Blanks => cells.extend(row.split_whitespace().map(Cow::Borrowed)),
    }
}

/// The first line without its end, and how many bytes it takes with it.
fn first_line(text: &str) -> (&str, usize) {
    let (row, taken) = text
        .find('\n')
        .map_or((text, text.len()), |end| (&text[..end], end + 1));
    (row.strip_suffix('\r').unwrap_or(row), taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str, delimiter: Delimiter, width: Option<usize>) -> Vec<(u64, Vec<String>)> {
        let mut records = Records::new(text, delimiter);
        records.width = width;
        let mut cells = Vec::new();
        let mut list = Vec::new();
        while let Some(line) = records.read(&mut cells) {
            list.push((line, cells.iter().map(ToString::to_string).collect()));
        }
        list
    }

    #[test]
    fn quotes_escapes_and_line_ends_in_cells_are_kept() {
        let comma = Delimiter::Mark(b',');
        let rows = all("a,\"b \"\"c\"\"\r\nd\",e\r\n1,2,3\n", comma, None);
        assert_eq!(rows[0].1, ["a", "b \"c\"\r\nd", "e"]);
        assert_eq!(rows[1], (3, vec!["1".into(), "2".into(), "3".into()]));
    }

    #[test]
    fn a_quote_that_never_closes_swallows_nothing() {
        let rows = all("a,\"b\n1,2\n3,4", Delimiter::Mark(b','), None);
        assert_eq!(rows.len(), 3);
        let rows = all("a,\"\n1,\"2\"\n3,4", Delimiter::Mark(b','), None);
        assert_eq!(rows.len(), 3);
        assert_eq!(rows[0].1, ["a", "\""]);
    }

    #[test]
    fn blanks_count_once() {
        assert_eq!(all("  1   2  \n", Delimiter::Blanks, None)[0].1, ["1", "2"]);
        assert_eq!(
            all("1 \"two three\"  4\n", Delimiter::Blanks, None)[0].1,
            ["1", "two three", "4"]
        );
    }

    #[test]
    fn the_usual_width_tells_which_quotes_are_letters() {
        let check = |row: &str, expected: &[&str]| {
            let found = all(row, Delimiter::Mark(b','), Some(expected.len()));
            assert_eq!(found[0].1, expected, "{row}");
        };
        check("1,\"a,b,\"c, d\",e", &["1", "\"a", "b", "c, d", "e"]);
        check("1,\"24\"\",\"b, c\"", &["1", "24\"", "b, c"]);
        check("1,\"5\" pipe\",2", &["1", "5\" pipe", "2"]);
        check("\"a\"\"b\",2", &["a\"b", "2"]);
        check("\"a\"\"b\",2", &["a", "b", "2"]);
        check("1,\"a\"b", &["1", "a", "b"]);
        check("1,\"\"a, b\",2", &["1", "\"a, b", "2"]);
    }

    #[test]
    fn a_delimiter_may_have_several_letters() {
        let rows = all("a, b, \"c, d\"\n1,5, 2,5, \n", Delimiter::Text(", "), None);
        assert_eq!(rows[0].1, ["a", "b", "c, d"]);
        assert_eq!(rows[1].1, ["1,5", "2,5", ""]);
    }
}
