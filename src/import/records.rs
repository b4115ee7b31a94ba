//! Splits text into records and cells, with the line each record starts at.

use std::borrow::Cow;

/// What stands between two cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Delimiter {
    /// One letter of ASCII.
    Mark(u8),
    /// Any number of blanks.
    Blanks,
}

impl Delimiter {
    /// As people write it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Mark(b',') => ",",
            Self::Mark(b';') => ";",
            Self::Mark(b'\t') => "tab",
            Self::Mark(b'|') => "|",
            Self::Mark(_) => "?",
            Self::Blanks => "blanks",
        }
    }
}

/// A quoted cell that runs over more lines than this was not meant as one.
const MAX_QUOTED_LINES: usize = 64;

/// Reads one record after the other.
#[derive(Debug, Clone)]
pub(super) struct Records<'a> {
    rest: &'a str,
    line: u64,
    delimiter: Delimiter,
}

impl<'a> Records<'a> {
    /// Starts at the first line of a text.
    pub(super) fn new(text: &'a str, delimiter: Delimiter) -> Self {
        Self {
            rest: text,
            line: 1,
            delimiter,
        }
    }

    /// Reads the next record into `cells` and gives the line it starts at; a blank line gives no
    /// cells.
    pub(super) fn read(&mut self, cells: &mut Vec<Cow<'a, str>>) -> Option<u64> {
        cells.clear();
        if self.rest.is_empty() {
            return None;
        }
        let line = self.line;
        let (row, taken) = first_line(self.rest);
        let mark = match self.delimiter {
            Delimiter::Blanks => {
                cells.extend(row.split_whitespace().map(unquoted));
                self.skip(taken, 1);
                return Some(line);
            }
            Delimiter::Mark(mark) => mark,
        };
        if row.trim().is_empty() && mark != b'\t' {
            self.skip(taken, 1);
            return Some(line);
        }
        if !row.contains('"') {
            cells.extend(row.split(char::from(mark)).map(Cow::Borrowed));
            self.skip(taken, 1);
            return Some(line);
        }
        if let Some((taken, n_lines)) = split_quoted(self.rest, mark, cells) {
            self.skip(taken, n_lines);
        } else {
            // A quote that never closes is a letter like any other.
            cells.clear();
            cells.extend(row.split(char::from(mark)).map(Cow::Borrowed));
            self.skip(taken, 1);
        }
        Some(line)
    }

    fn skip(&mut self, taken: usize, n_lines: u64) {
        self.rest = &self.rest[taken..];
        self.line += n_lines;
    }
}

/// The first line without its end, and how many bytes it takes with it.
fn first_line(text: &str) -> (&str, usize) {
    let (row, taken) = text
        .find('\n')
        .map_or((text, text.len()), |end| (&text[..end], end + 1));
    (row.strip_suffix('\r').unwrap_or(row), taken)
}

fn unquoted(cell: &str) -> Cow<'_, str> {
    let inner = cell
        .strip_prefix('"')
        .and_then(|cell| cell.strip_suffix('"'));
    Cow::Borrowed(inner.unwrap_or(cell))
}

/// Splits a record that holds quotes; `None` where a quote does not close in time.
fn split_quoted<'a>(
    text: &'a str,
    mark: u8,
    cells: &mut Vec<Cow<'a, str>>,
) -> Option<(usize, u64)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    let mut n_lines = 1;
    loop {
        let blanks = bytes[at..]
            .iter()
            .take_while(|byte| **byte == b' ' && mark != b' ')
            .count();
        if bytes.get(at + blanks) == Some(&b'"') {
            let start = at + blanks + 1;
            let end = closing_quote(bytes, start)?;
            let inner = &text[start..end];
            n_lines += inner.matches('\n').count() as u64;
            let tail = bytes[end + 1..]
                .iter()
                .take_while(|byte| **byte != mark && **byte != b'\n')
                .count();
            let after = &text[end + 1..end + 1 + tail];
            let value = if inner.contains("\"\"") || !after.trim().is_empty() {
                Cow::Owned(inner.replace("\"\"", "\"") + after.trim_end())
            } else {
                Cow::Borrowed(inner)
            };
            cells.push(value);
            at = end + 1 + tail;
        } else {
            let length = bytes[at..]
                .iter()
                .take_while(|byte| **byte != mark && **byte != b'\n')
                .count();
            let cell = &text[at..at + length];
            cells.push(Cow::Borrowed(cell.strip_suffix('\r').unwrap_or(cell)));
            at += length;
        }
        match bytes.get(at) {
            Some(byte) if *byte == mark => at += 1,
            Some(_) => return Some((at + 1, n_lines)),
            None => return Some((at, n_lines)),
        }
    }
}

fn closing_quote(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    let mut lines = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' if bytes.get(at + 1) == Some(&b'"') => at += 1,
            b'"' => return Some(at),
            b'\n' => {
                lines += 1;
                if lines > MAX_QUOTED_LINES {
                    return None;
                }
            }
            _ => {}
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str, delimiter: Delimiter) -> Vec<(u64, Vec<String>)> {
        let mut records = Records::new(text, delimiter);
        let mut cells = Vec::new();
        let mut list = Vec::new();
        while let Some(line) = records.read(&mut cells) {
            list.push((line, cells.iter().map(|cell| cell.to_string()).collect()));
        }
        list
    }

    #[test]
    fn quotes_escapes_and_line_ends_in_cells_are_kept() {
        let rows = all("a,\"b \"\"c\"\"\r\nd\",e\r\n1,2,3\n", Delimiter::Mark(b','));
        assert_eq!(rows[0].1, ["a", "b \"c\"\r\nd", "e"]);
        assert_eq!(rows[1], (3, vec!["1".into(), "2".into(), "3".into()]));
    }

    #[test]
    fn a_quote_that_never_closes_swallows_nothing() {
        let rows = all("a,\"b\n1,2\n3,4", Delimiter::Mark(b','));
        assert_eq!(rows.len(), 3);
    }

    #[test]
    fn blanks_count_once() {
        assert_eq!(all("  1   2  \n", Delimiter::Blanks)[0].1, ["1", "2"]);
    }
}
