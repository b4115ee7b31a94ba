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
            && dialect.units[column].is_empty()
            && cells.iter().any(has_zeros)
            && !is_measured(&cells)
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

    /// `<0.05` counts as its bound, `5.2)` as its number, a mark of quality behind it, and `5.2-` or
    /// `(5.2)` as below zero; anything else is lost and counted.
    fn odd_number(&mut self, cell: &str, decimal: char, line: u64) -> f64 {
        self.bad.add(line, cell);
        if let Some(value) = below_zero(cell, decimal) {
            return value;
        }
        let bare = cell
            .trim_start_matches(['<', '>', '=', '≦', '≧', '~', '≒'])
            .trim_end_matches([')', ']', '*', '#']);
        match number::read_cell(bare, decimal) {
            Cell::Number(value) if bare.len() < cell.len() => value,
            _ => f64::NAN,
        }
    }

    /// A column of words that are numbers in most rows is one of numbers; the other words are missing.
    pub(super) fn settle(&mut self, decimal: char) {
        const MOST_STRANGE: usize = 20;
        if self.sort != Sort::Words || self.keeps_zeros || self.codes.len() > MAX_WORDS {
            return;
        }
        let mut numbers: Vec<Option<f64>> = vec![None; self.codes.len()];
        let mut words: Vec<&str> = vec![""; self.codes.len()];
        for (word, &code) in &self.codes {
            words[code] = word;
            numbers[code] = match number::read_cell(word, decimal) {
                Cell::Number(value) => Some(value),
                _ => below_zero(word, decimal),
            };
        }
        let n_strange = numbers.iter().filter(|number| number.is_none()).count();
        let filled = || self.values.iter().filter_map(|code| index_of(*code));
        let n_filled = filled().count();
        let n_numbers = filled().filter(|&code| numbers[code].is_some()).count();
        let n_kinds = numbers.len() - n_strange;
        if n_numbers * 10 < n_filled * 6 || n_strange > MOST_STRANGE || n_kinds < 3 {
            return;
        }
        let example = numbers.iter().position(Option::is_none);
        self.bad = Tally {
            count: (n_filled - n_numbers) as u64,
            first_line: 0,
            example: example.map_or_else(String::new, |code| words[code].to_owned()),
        };
        for value in &mut self.values {
            let number = index_of(*value).and_then(|code| numbers[code]);
            *value = number.unwrap_or(f64::NAN);
        }
        (self.sort, self.codes) = (Sort::Number, BTreeMap::new());
    }

    /// A word of a column whose words mostly are numbers with a sign or a unit, of few kinds.
    pub(super) fn signed_number(&self) -> Option<&str> {
        const LEAST_WORDS: usize = 10;
        const MOST_SIGNS: usize = 4;
        if self.sort != Sort::Words || self.keeps_zeros || self.codes.len() < LEAST_WORDS {
            return None;
        }
        let mut signs: Vec<&str> = Vec::new();
        let (mut count, mut example) = (0, None);
        for word in self.codes.keys() {
            let bare = word.trim_start_matches('(');
            let digits = bare.trim_start_matches(|letter: char| {
                letter.is_ascii_digit() || matches!(letter, '.' | ',' | '+' | '-')
            });
            let is_number =
                digits.len() < bare.len() && bare.contains(['.', ',']) || digits.starts_with(' ');
            if !is_number || digits.contains(|letter: char| letter.is_ascii_digit()) {
                continue;
            }
            count += 1;
            example = example.or(Some(word.as_str()));
            if !signs.contains(&digits.trim()) {
                signs.push(digits.trim());
            }
        }
        let is_most = count * 2 > self.codes.len() && signs.len() <= MOST_SIGNS;
        example.filter(|_| is_most)
    }

    fn push_word(&mut self, cell: &str) {
        let word = cell.trim();
        let code = if !self.keeps_zeros && number::is_no_word(word) {
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

/// `5.2-` and `(5.2)`, as bookkeepers write what is below zero.
fn below_zero(cell: &str, decimal: char) -> Option<f64> {
    let bare = cell.strip_suffix('-');
    let bare = bare.or_else(|| cell.strip_prefix('(')?.strip_suffix(')'))?;
    match number::read_cell(bare, decimal) {
        Cell::Number(value) if value >= 0.0 => Some(-value),
        _ => None,
    }
}

/// Whether digits move as what is measured does: over many levels in small steps.
fn is_measured(cells: &[&str]) -> bool {
    const LEVELS: usize = 12;
    let values: Vec<f64> = cells.iter().filter_map(|cell| cell.parse().ok()).collect();
    let mut levels: Vec<u64> = values.iter().map(|value| value.to_bits()).collect();
    levels.sort_unstable();
    levels.dedup();
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let way: f64 = values
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).abs())
        .sum();
    let n_steps = values.len().saturating_sub(1).max(1) as f64;
    levels.len() >= LEVELS && way / n_steps <= 0.15 * (high - low)
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
