//! Collects the cells of one column: numbers, or codes of words.

use std::collections::BTreeMap;

use super::{
    dialect::{Dialect, Sort},
    number::{self, Cell},
};
use crate::base::{Issue, Place, Severity, to_count};

/// Different words in a column beyond which it holds notes, not codes.
pub(super) const MAX_WORDS: usize = 1000;

/// Collects the cells of one column.
pub(super) struct Builder {
    pub(super) sort: Sort,
    pub(super) values: Vec<f64>,
    pub(super) codes: BTreeMap<String, usize>,
    pub(super) suffix: String,
    /// A number-like column whose leading zeros mean it is a code.
    pub(super) keeps_zeros: bool,
    pub(super) n_missing: u64,
    pub(super) bad: Tally,
    pub(super) infinite: Tally,
}

/// How often something odd was met, and where first.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) count: u64,
    pub(super) first_line: u64,
    pub(super) example: String,
}

impl Tally {
    pub(super) fn add(&mut self, line: u64, example: &str) {
        if self.count == 0 {
            self.first_line = line;
            self.example = example.chars().take(24).collect();
        }
        self.count += 1;
    }

    /// Says what was met, where first, and how many cells a row should have; nothing of nothing.
    pub(super) fn say(
        &self,
        (severity, code): (Severity, &'static str),
        what: &str,
        n_expected: usize,
        place: &Place,
    ) -> Option<Issue> {
        if self.count == 0 {
            return None;
        }
        let text = format!(
            "{} {what} (first in line {}, beginning {:?})",
            self.count, self.first_line, self.example
        );
        let issue = Issue::new(place.clone().at_row(self.first_line), severity, code, text);
        let issue = issue.with("count", self.count);
        let issue = issue.with("line", self.first_line);
        Some(
            issue
                .with("example", &self.example)
                .with("expected", n_expected),
        )
    }
}

impl Builder {
    pub(super) fn new(dialect: &Dialect, column: usize) -> Self {
        let cells: Vec<&str> = dialect
            .sample
            .iter()
            .filter_map(|row| row.get(column).map(String::as_str))
            .filter(|cell| !number::is_missing(cell))
            .collect();
        let mut sort = dialect.sorts[column];
        let suffix = common_suffix(&cells, dialect.decimal);
        if sort == Sort::Words && !suffix.is_empty() {
            sort = Sort::Number;
        }
        let has_zeros = |cell: &&str| {
            cell.len() > 1
                && cell.starts_with('0')
                && cell.bytes().all(|byte| byte.is_ascii_digit())
        };
        let width = cells.first().map_or(0, |cell| cell.len());
        let keeps_zeros = sort == Sort::Number
            && cells.iter().any(has_zeros)
            && cells.iter().all(|cell| cell.len() == width);
        if keeps_zeros {
            sort = Sort::Words;
        }
        Self {
            sort,
            values: Vec::new(),
            codes: BTreeMap::new(),
            suffix,
            keeps_zeros,
            n_missing: 0,
            bad: Tally::default(),
            infinite: Tally::default(),
        }
    }

    pub(super) fn push(&mut self, cell: &str, decimal: char, line: u64) {
        if self.sort == Sort::Blank {
            self.sort = match number::read_cell(cell, decimal) {
                Cell::Missing => Sort::Blank,
                Cell::Number(_) | Cell::Infinite => Sort::Number,
                Cell::Text => Sort::Words,
            };
        }
        if self.sort == Sort::Words {
            self.push_word(cell);
            return;
        }
        let trimmed = cell.trim();
        let bare = if self.suffix.is_empty() {
            trimmed
        } else {
            trimmed
                .strip_suffix(self.suffix.as_str())
                .unwrap_or(trimmed)
        };
        let value = match number::read_cell(bare, decimal) {
            Cell::Number(value) => value,
            Cell::Missing => {
                self.n_missing += 1;
                f64::NAN
            }
            Cell::Infinite => {
                self.infinite.add(line, trimmed);
                f64::NAN
            }
            Cell::Text => self.odd_number(trimmed, decimal, line),
        };
        self.values.push(value);
    }

    /// `<0.05` counts as its bound and `5.2)` as its number, a mark of quality behind it; anything else is lost and counted.
    fn odd_number(&mut self, cell: &str, decimal: char, line: u64) -> f64 {
        self.bad.add(line, cell);
        let bare = cell
            .trim_start_matches(['<', '>', '=', '≦', '≧', '~', '≒'])
            .trim_end_matches([')', ']', '*', '#']);
        match number::read_cell(bare, decimal) {
            Cell::Number(value) if bare.len() < cell.len() => value,
            _ => f64::NAN,
        }
    }

    fn push_word(&mut self, cell: &str) {
        let word = cell.trim();
        let code = if !self.keeps_zeros && number::is_missing(word) {
            self.n_missing += 1;
            f64::NAN
        } else {
            self.code_of(word)
        };
        self.values.push(code);
    }

    /// The code of a word; NaN where there are too many.
    fn code_of(&mut self, word: &str) -> f64 {
        let next = self.codes.len();
        match self.codes.get(word) {
            Some(code) => *code as f64,
            None if next <= MAX_WORDS => {
                self.codes.insert(word.to_owned(), next);
                next as f64
            }
            None => f64::NAN,
        }
    }

    /// Adds cells that were read elsewhere: NaN where one is missing, and codes of `words` in the
    /// order of their first use in a column of words.
    pub(super) fn append(&mut self, values: &[f64], words: &[&str]) {
        let n_missing = values.iter().filter(|value| value.is_nan()).count();
        self.n_missing += n_missing as u64;
        if self.sort != Sort::Words || words.is_empty() {
            self.values.extend_from_slice(values);
            return;
        }
        let mut known: Vec<Option<f64>> = vec![None; words.len()];
        for &value in values {
            let code = match index_of(value) {
                Some(index) => *known[index].get_or_insert_with(|| self.code_of(words[index])),
                None => f64::NAN,
            };
            self.values.push(code);
        }
    }
}

fn index_of(code: f64) -> Option<usize> {
    (!code.is_nan()).then(|| to_count(code))
}

/// A unit glued to every number, such as `12.5 °C`.
fn common_suffix(cells: &[&str], decimal: char) -> String {
    let tail = |cell: &str| {
        let at = cell
            .char_indices()
            .rev()
            .take_while(|(_, letter)| !letter.is_numeric())
            .last()
            .map_or(cell.len(), |(at, _)| at);
        cell[at..].to_owned()
    };
    let Some(first) = cells.first().map(|cell| tail(cell)) else {
        return String::new();
    };
    let fits = |cell: &&str| {
        cell.strip_suffix(first.as_str())
            .is_some_and(|bare| matches!(number::read_cell(bare, decimal), Cell::Number(_)))
    };
    if first.trim().is_empty() || first.chars().count() > 8 || !cells.iter().all(fits) {
        return String::new();
    }
    first
}
