//! Puts the cells of a record that is too long or too short where they belong.
//!
//! Each column's cells in good records make a profile. A broken record is laid against the
//! profiles at the least cost: cells are kept, joined, split, left out or left blank. Where
//! nothing fits better than reading from the left, the record stays as it is.

use std::{borrow::Cow, collections::BTreeMap};

use super::{
    dialect::{Dialect, Sort, time_of},
    number::{self, Cell},
    quotes,
    records::{Delimiter, Marks},
};

/// Different shapes beyond which a column holds free text.
const MOST_SHAPES: usize = 12;
/// Cells of a record times columns beyond which it is not searched.
const MOST_STATES: usize = 40_000;
/// Cells times columns that may be looked at in all; later records stay as they are.
const MOST_WORK: usize = 20_000_000;
/// Cells that may be joined to one.
const MOST_JOINED: usize = 14;

/// What each operation costs, in misfits of a cell.
const DROP_BLANK: f64 = 0.8;
const DROP_LAST_BLANK: f64 = 0.05;
const DROP_SURPLUS: f64 = 1.5;
const LEAVE_BLANK: f64 = 1.2;
const END_EARLY: f64 = 0.15;
const JOIN: f64 = 0.4;
const SPLIT: f64 = 0.9;
/// A record this far from every profile is no record of the table.
const HOPELESS: f64 = 4.0;

/// A record further away than this may be written with another delimiter.
const FOREIGN: f64 = 1.6;
/// Delimiters that a lone record may be written with.
const FOREIGN_MARKS: [u8; 5] = [b',', b';', b'\t', b'|', b' '];

/// What the cells of a column look like.
#[derive(Debug)]
struct Profile {
    sort: Sort,
    blank_frac: f64,
    /// How often each shape is seen; empty where there are too many.
    shapes: BTreeMap<String, u32>,
    n_filled: u32,
    /// Whether cells hold several words, which may themselves hold a delimiter.
    is_wordy: bool,
    low: f64,
    high: f64,
}

/// Mends records of one table.
#[derive(Debug)]
pub(super) struct Mender {
    profiles: Vec<Profile>,
    decimal: char,
    marks: Marks,
    glue: String,
    work_left: usize,
}

/// How a state of the search was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Move {
    Keep,
    Drop,
    Blank,
    Join(usize),
    /// Cut behind this many bytes.
    Split(usize),
}

impl Mender {
    /// Learns the profiles from the sample's good records.
    pub(super) fn new(dialect: &Dialect) -> Self {
        let good: Vec<&Vec<String>> = dialect
            .sample
            .iter()
            .filter(|cells| cells.len() == dialect.width)
            .collect();
        let profiles = (0..dialect.width)
            .map(|column| {
                let cells = good.iter().map(|cells| cells[column].as_str());
                Profile::new(cells, dialect.sorts[column], dialect.decimal)
            })
            .collect();
        let can_mend = good.len() >= 3 && dialect.delimiter != Delimiter::Blanks;
        Self {
            profiles,
            decimal: dialect.decimal,
            marks: dialect.marks,
            glue: match dialect.delimiter {
                Delimiter::Mark(mark) => char::from(mark).to_string(),
                Delimiter::Text(text) => text.to_owned(),
                Delimiter::Blanks => " ".to_owned(),
            },
            work_left: if can_mend { MOST_WORK } else { 0 },
        }
    }

    /// The record's cells in their columns; `None` where reading from the left is as good.
    /// `raw` is the record as written, to see which cells were quoted.
    pub(super) fn mend<'a>(
        &mut self,
        cells: &[Cow<'a, str>],
        raw: &'a str,
    ) -> Option<Vec<Cow<'a, str>>> {
        let (n_cells, width) = (cells.len(), self.profiles.len());
        if self.work_left == 0 || n_cells == width || n_cells == 0 {
            return None;
        }
        self.work_left = self.work_left.saturating_sub(n_cells * width);
        let (cost, own) = self.fit(cells, raw, &self.glue);
        if cost > FOREIGN {
            let rest = raw.trim_end_matches(['\r', '\n']);
            let foreign = FOREIGN_MARKS.into_iter().filter_map(|mark| {
                let other = self.split_foreign(rest, mark)?;
                let (cost, mended) = self.fit(&other, raw, &char::from(mark).to_string());
                Some((cost, mended.unwrap_or(other)))
            });
            let best = foreign.min_by(|left, right| left.0.total_cmp(&right.0));
            if let Some((other, mended)) = best
                && other < FOREIGN
                && mended.len() == width
            {
                return Some(mended);
            }
        }
        own
    }

    /// The cells of a record that was written with another delimiter.
    fn split_foreign<'a>(&self, raw: &'a str, mark: u8) -> Option<Vec<Cow<'a, str>>> {
        if self.glue.as_bytes() == [mark] || !raw.as_bytes().contains(&mark) {
            return None;
        }
        let marks = Marks {
            delimiter: Delimiter::Mark(mark),
            ..self.marks
        };
        let mut cells = Vec::new();
        quotes::split_strict(raw, marks, &mut cells)?;
        Some(cells)
    }

    /// The least cost and the cells it gives, where reading from the left is not as good.
    fn fit<'a>(
        &self,
        cells: &[Cow<'a, str>],
        raw: &str,
        glue: &str,
    ) -> (f64, Option<Vec<Cow<'a, str>>>) {
        let (n_cells, width) = (cells.len(), self.profiles.len());
        if n_cells * width > MOST_STATES {
            return (f64::INFINITY, None);
        }
        let quote = char::from(self.marks.quote);
        let may_join: Vec<bool> = cells
            .iter()
            .map(|cell| !raw.contains(&format!("{quote}{cell}{quote}")))
            .collect();
        let (cost, moves) = self.search(cells, &may_join);
        let is_plain = moves.iter().enumerate().all(|(at, (made, _, _))| {
            if at < width.min(n_cells) {
                *made == Move::Keep
            } else {
                matches!(made, Move::Drop | Move::Blank)
            }
        });
        if is_plain || cost > HOPELESS {
            return (cost, None);
        }
        let mut mended = Vec::with_capacity(width);
        for (made, cell, _) in moves {
            match made {
                Move::Keep => mended.push(cells[cell].clone()),
                Move::Drop => {}
                Move::Blank => mended.push(Cow::Borrowed("")),
                Move::Join(count) => {
                    let parts: Vec<&str> =
                        cells[cell..cell + count].iter().map(Cow::as_ref).collect();
                    mended.push(Cow::Owned(parts.join(glue)));
                }
                Move::Split(at) => {
                    let (left, right) = cells[cell].split_at(at);
                    mended.push(Cow::Owned(left.to_owned()));
                    mended.push(Cow::Owned(right.to_owned()));
                }
            }
        }
        (cost, Some(mended))
    }

    /// The cheapest moves: each with the cell and the column it starts at.
    fn search(
        &self,
        cells: &[Cow<'_, str>],
        may_join: &[bool],
    ) -> (f64, Vec<(Move, usize, usize)>) {
        let (n_cells, width) = (cells.len(), self.profiles.len());
        let stride = width + 1;
        let mut costs = vec![f64::INFINITY; (n_cells + 1) * stride];
        let mut from: Vec<Option<(Move, usize, usize)>> = vec![None; costs.len()];
        costs[0] = 0.0;
        for cell in 0..=n_cells {
            for column in 0..=width {
                let cost = costs[cell * stride + column];
                if !cost.is_finite() {
                    continue;
                }
                for (made, n_used, n_filled, extra) in self.moves(cells, may_join, cell, column) {
                    let key = (cell + n_used) * stride + column + n_filled;
                    if cost + extra < costs[key] - 1e-9 {
                        costs[key] = cost + extra;
                        from[key] = Some((made, cell, column));
                    }
                }
            }
        }
        let mut key = n_cells * stride + width;
        let cost = costs[key];
        let mut moves = Vec::new();
        while let Some((made, cell, column)) = from[key] {
            moves.push((made, cell, column));
            key = cell * stride + column;
        }
        moves.reverse();
        (cost, moves)
    }

    /// Every move from a place: cells used, columns filled, cost.
    fn moves(
        &self,
        cells: &[Cow<'_, str>],
        may_join: &[bool],
        cell: usize,
        column: usize,
    ) -> Vec<(Move, usize, usize, f64)> {
        let width = self.profiles.len();
        let mut list = Vec::new();
        let Some(text) = cells.get(cell).map(|cell| cell.trim()) else {
            if column < width {
                list.push((Move::Blank, 0, 1, END_EARLY));
            }
            return list;
        };
        if column == width {
            let cost = if text.is_empty() {
                DROP_LAST_BLANK
            } else {
                DROP_SURPLUS
            };
            list.push((Move::Drop, 1, 0, cost));
            return list;
        }
        let profile = &self.profiles[column];
        list.push((Move::Keep, 1, 1, profile.misfit(text, self.decimal)));
        if text.is_empty() {
            list.push((Move::Drop, 1, 0, DROP_BLANK));
        }
        let blank = 0.3 * profile.misfit("", self.decimal);
        list.push((Move::Blank, 0, 1, LEAVE_BLANK + blank));
        if (profile.is_free() || profile.is_wordy) && may_join[cell] && !text.is_empty() {
            let most = may_join[cell..]
                .iter()
                .take(MOST_JOINED)
                .take_while(|may| **may)
                .count();
            for count in (2..=most).filter(|count| !cells[cell + count - 1].trim().is_empty()) {
                let odd = if profile.is_free() { 0.1 } else { 0.4 };
                let cost = JOIN + 0.05 * count as f64 + odd;
                list.push((Move::Join(count), count, 1, cost));
            }
        }
        if let Some(next) = self.profiles.get(column + 1)
            && cells.len() < width
            && let Some(at) = profile.seam(next, cells[cell].as_ref())
        {
            list.push((Move::Split(at), 1, 2, SPLIT));
        }
        list
    }
}

impl Profile {
    fn new<'a>(cells: impl Iterator<Item = &'a str>, sort: Sort, decimal: char) -> Self {
        let mut profile = Self {
            sort,
            blank_frac: 0.0,
            shapes: BTreeMap::new(),
            n_filled: 0,
            is_wordy: false,
            low: f64::INFINITY,
            high: f64::NEG_INFINITY,
        };
        let (mut n_cells, mut n_blank) = (0, 0);
        let mut is_free = false;
        for cell in cells {
            n_cells += 1;
            if cell.is_empty() {
                n_blank += 1;
                continue;
            }
            profile.n_filled += 1;
            profile.is_wordy |= sort == Sort::Words && cell.contains(char::is_whitespace);
            if let Cell::Number(value) = number::read_cell(cell, decimal) {
                profile.low = profile.low.min(value);
                profile.high = profile.high.max(value);
            }
            if !is_free {
                *profile.shapes.entry(shape_of(cell)).or_default() += 1;
                is_free = profile.shapes.len() > MOST_SHAPES
                    || sort == Sort::Words && cell.chars().count() > 40;
            }
        }
        if is_free {
            profile.shapes.clear();
        }
        profile.blank_frac = f64::from(n_blank) / f64::from(n_cells.max(1));
        profile
    }

    /// Whether the column holds words of any shape.
    fn is_free(&self) -> bool {
        self.sort == Sort::Words && self.shapes.is_empty()
    }

    /// How badly a cell fits into the column.
    fn misfit(&self, cell: &str, decimal: char) -> f64 {
        if cell.is_empty() {
            return match self.blank_frac {
                0.5.. => 0.0,
                frac if frac > 0.0 => 0.2,
                _ => 0.9,
            };
        }
        if self.n_filled == 0 {
            return 1.0;
        }
        let found = number::read_cell(cell, decimal);
        match self.sort {
            Sort::Number => match found {
                Cell::Number(value) => {
                    let slack = (self.high - self.low).abs();
                    if value < self.low - slack || value > self.high + slack {
                        0.6
                    } else {
                        0.0
                    }
                }
                Cell::Missing | Cell::Infinite => 0.1,
                Cell::Text => 2.0,
            },
            Sort::Time if !time_of(cell) => 2.0,
            _ if !self.shapes.is_empty() => {
                if self.shapes.contains_key(&shape_of(cell)) {
                    0.0
                } else {
                    1.0
                }
            }
            Sort::Time | Sort::Blank => 0.1,
            Sort::Words => match found {
                Cell::Text if !time_of(cell) => 0.1,
                _ => 0.8,
            },
        }
    }

    /// How likely a cell of this shape is; 0 where it is never seen.
    fn chance(&self, cell: &str) -> f64 {
        if cell.trim().is_empty() {
            return 0.0;
        }
        if self.is_free() {
            return if cell.starts_with(char::is_alphabetic) {
                0.2
            } else {
                0.001
            };
        }
        let count = self.shapes.get(&shape_of(cell)).copied().unwrap_or(0);
        f64::from(count) / f64::from(self.n_filled.max(1))
    }

    /// Where a cell falls into one of this column and one of the next; `None` where it is not
    /// plain.
    fn seam(&self, next: &Self, cell: &str) -> Option<usize> {
        if self.is_free() || cell.len() > 200 {
            return None;
        }
        let mut best: Option<(f64, usize)> = None;
        let mut second = 0.0;
        for (at, _) in cell.char_indices().skip(1) {
            let (left, right) = cell.split_at(at);
            let chance = self.chance(left) * next.chance(right);
            if best.is_none_or(|(top, _)| chance > top) {
                second = best.map_or(0.0, |(top, _)| top);
                best = Some((chance, at));
            } else if chance > second {
                second = chance;
            }
        }
        let (chance, at) = best?;
        (chance > 0.005 && chance > 4.0 * second).then_some(at)
    }
}

/// Digits as 0, letters as a, everything else as it is.
fn shape_of(cell: &str) -> String {
    cell.chars()
        .take(48)
        .map(|letter| match letter {
            '0'..='9' => '0',
            _ if letter.is_alphabetic() => 'a',
            _ => letter,
        })
        .collect()
}
