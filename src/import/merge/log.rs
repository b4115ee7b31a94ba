//! Puts files of the same columns together: one log of several unbroken stretches.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    alike::{Group, with_missing_columns},
    overlap::drop_repeated,
    same_unit, unions, zones,
};
use crate::{
    base::{Digest, Issue, Issues, Place, Severity, StopToken, to_count},
    data::Split,
    import::{
        clock::{self, median_step},
        recipe::Recipe,
        table::Table,
        timeline::note_ambiguous,
    },
};

/// Rows that are sorted without a look at whether the end was asked for.
const SORTED_ROWS: usize = 1_000_000;

/// Name, unit and words of a log's column.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::import) struct Head {
    pub(in crate::import) name: String,
    pub(in crate::import) unit: String,
    pub(in crate::import) words: Vec<String>,
}

/// Rows in order of time without a restart.
#[derive(Debug, Clone)]
pub(in crate::import) struct Stretch {
    /// The file.
    pub(in crate::import) source: String,
    pub(in crate::import) times: Vec<i64>,
    /// One list a column.
    pub(in crate::import) values: Vec<Vec<f64>>,
    /// What the file's name says it is for.
    pub(in crate::import) split: Option<Split>,
}

/// All files of one set of columns.
#[derive(Debug, Clone)]
pub(in crate::import) struct Log {
    pub(in crate::import) heads: Vec<Head>,
    pub(in crate::import) stretches: Vec<Stretch>,
    pub(in crate::import) has_clock: bool,
    pub(in crate::import) counted_nanos: Option<f64>,
    pub(in crate::import) time_columns: Vec<String>,
    /// The offset from UTC its stamps carry, ns.
    pub(in crate::import) offset_ns: Option<i64>,
}

impl Log {
    /// Rows of all stretches.
    pub(in crate::import) fn n_rows(&self) -> usize {
        self.stretches.iter().map(|part| part.times.len()).sum()
    }

    /// The first and last time.
    pub(in crate::import) fn range(&self) -> Option<(i64, i64)> {
        let first = self
            .stretches
            .iter()
            .filter_map(|part| part.times.first())
            .min()?;
        let last = self
            .stretches
            .iter()
            .filter_map(|part| part.times.last())
            .max()?;
        Some((*first, *last))
    }
}

/// Groups tables by their columns, the longest log first; files that go on where another ends are
/// joined unless `keeps_files`.
pub(in crate::import) fn merge(
    mut tables: Vec<Table>,
    recipe: &Recipe,
    keeps_files: bool,
    issues: &mut Issues,
    stop: &StopToken,
) -> Vec<Log> {
    let hints = split_hints(&tables);
    zones::agree(&mut tables, issues);
    let mut groups: BTreeMap<Vec<String>, Vec<(Table, Option<Split>)>> = BTreeMap::new();
    for (table, hint) in tables.into_iter().zip(hints) {
        let mut names: Vec<String> = table.columns.iter().map(|col| col.name.clone()).collect();
        names.sort();
        groups.entry(names).or_default().push((table, hint));
    }
    let groups = with_missing_columns(groups, issues);
    let mut logs: Vec<Log> = groups
        .into_iter()
        .map(|mut group| {
            agree_on_dates(&mut group, issues);
            same_unit::agree(&mut group, recipe, issues);
            merge_group(group, keeps_files, issues, stop)
        })
        .collect();
    logs.sort_by(|left, right| {
        right
            .n_rows()
            .cmp(&left.n_rows())
            .then_with(|| left.stretches[0].source.cmp(&right.stretches[0].source))
    });
    logs
}

/// Files named train, val and test decide the split, where there is a train file and another.
fn split_hints(tables: &[Table]) -> Vec<Option<Split>> {
    let hints: Vec<Option<Split>> = tables.iter().map(|table| hint_of(&table.source)).collect();
    let has_train = hints.contains(&Some(Split::Train));
    let has_other = hints.contains(&Some(Split::Test)) || hints.contains(&Some(Split::Val));
    if has_train && has_other {
        hints
    } else {
        vec![None; tables.len()]
    }
}

fn hint_of(source: &str) -> Option<Split> {
    let name = source.rsplit('/').next().unwrap_or(source).to_lowercase();
    name.split(|letter: char| !letter.is_alphanumeric())
        .find_map(|word| match word {
            "train" | "training" => Some(Split::Train),
            "val" | "valid" | "validation" => Some(Split::Val),
            "test" | "testing" => Some(Split::Test),
            _ => None,
        })
}

fn merge_group(mut group: Group, keeps_files: bool, issues: &mut Issues, stop: &StopToken) -> Log {
    let heads = heads_of(&group);
    let first = &group[0].0;
    let has_clock = first.has_clock;
    let counted_nanos = first.counted_nanos;
    let offset_ns = first.offset_ns;
    let time_columns = first.time_columns.clone();
    clock::note_time(first, group.len(), issues);
    let mut stretches: Vec<Stretch> = Vec::new();
    let mut seen: BTreeSet<Digest> = BTreeSet::new();
    let is_lone = group.len() == 1;
    for (table, split) in &mut group {
        // What comes after the end was asked for is of no use.
        let is_open = !is_lone && !stop.is_stopped();
        let digest = is_open.then(|| digest_of(table, stop)).flatten();
        if digest.is_some_and(|digest| !seen.insert(digest)) {
            issues.push(Issue::new(
                Place::file(&table.source),
                Severity::Warning,
                "same-file-twice",
                "the file holds the same rows as an earlier one and was left out",
            ));
            continue;
        }
        let values = recode(table, &heads);
        let times = std::mem::take(&mut table.times);
        let place = Place::file(&table.source);
        let part = Stretch {
            source: table.source.clone(),
            times,
            values,
            split: *split,
        };
        stretches.extend(in_order(part, table.has_clock, &place, issues, stop));
    }
    if has_clock {
        stretches.sort_by(|left, right| {
            (left.times.first(), &left.source).cmp(&(right.times.first(), &right.source))
        });
        drop_repeated(&mut stretches, keeps_files, issues, stop);
        if !keeps_files {
            stretches = join_contiguous(stretches);
        }
    } else {
        stretches.sort_by(|left, right| {
            (left.split, natural(&left.source)).cmp(&(right.split, natural(&right.source)))
        });
    }
    Log {
        heads,
        stretches,
        has_clock,
        counted_nanos,
        time_columns,
        offset_ns,
    }
}

/// Files of one logger write dates in one order: those that leave it open follow the others.
fn agree_on_dates(group: &mut [(Table, Option<Split>)], issues: &mut Issues) {
    let mut certain = group
        .iter()
        .filter(|(table, _)| table.rival.is_none())
        .filter_map(|(table, _)| table.order);
    let known = certain
        .next()
        .filter(|first| certain.all(|other| other == *first));
    let mut is_said = false;
    for (table, _) in group {
        let (Some(order), Some((other, times))) = (table.order, table.rival.take()) else {
            continue;
        };
        if known == Some(other) {
            table.times = times;
            table.order = Some(other);
        } else if known != Some(order) && !is_said {
            is_said = true;
            note_ambiguous(order, other, Place::file(&table.source), issues);
        }
    }
}

/// A key under which `run_2` stands before `run_10`.
pub(in crate::import) fn natural(name: &str) -> Vec<(String, u64)> {
    let mut key = Vec::new();
    let (mut word, mut digits) = (String::new(), String::new());
    for letter in name.chars() {
        if letter.is_ascii_digit() {
            digits.push(letter);
            continue;
        }
        if !digits.is_empty() {
            let number = digits.parse().unwrap_or(u64::MAX);
            key.push((std::mem::take(&mut word), number));
            digits.clear();
        }
        word.push(letter);
    }
    key.push((word, digits.parse().unwrap_or(0)));
    key
}

/// `None` where the end was asked for.
fn digest_of(table: &Table, stop: &StopToken) -> Option<Digest> {
    let mut parts: Vec<Vec<u8>> = vec![
        table
            .times
            .iter()
            .flat_map(|time| time.to_le_bytes())
            .collect(),
    ];
    for column in &table.columns {
        stop.check().ok()?;
        parts.push(column.name.clone().into_bytes());
        parts.push(Digest::of_numbers(&column.values).as_bytes().to_vec());
        parts.push(column.words.join("\n").into_bytes());
    }
    Some(Digest::of_parts(parts.iter().map(Vec::as_slice)))
}

/// Names in the order of the first file, then those that only later ones have, units from the first that writes one, words of all.
fn heads_of(group: &[(Table, Option<Split>)]) -> Vec<Head> {
    let mut heads: Vec<Head> = Vec::new();
    for column in group.iter().flat_map(|(table, _)| &table.columns) {
        if heads.iter().all(|head| head.name != column.name) {
            heads.push(Head {
                name: column.name.clone(),
                unit: String::new(),
                words: Vec::new(),
            });
        }
    }
    for head in &mut heads {
        let columns: Vec<_> = group
            .iter()
            .filter_map(|(table, _)| table.columns.iter().find(|col| col.name == head.name))
            .collect();
        head.unit = columns
            .iter()
            .find(|column| !column.unit.is_empty())
            .map_or_else(String::new, |column| column.unit.clone());
        if columns.iter().all(|column| column.words.is_empty()) {
            continue;
        }
        let mut words: BTreeSet<String> = BTreeSet::new();
        for column in columns {
            words.extend(column.words.iter().cloned());
            if column.words.is_empty() {
                let numbers = column.values.iter().filter(|value| value.is_finite());
                words.extend(numbers.take(1000).map(f64::to_string));
            }
        }
        head.words = words.into_iter().collect();
    }
    heads
}

/// The table's values in the log's order of columns and with the log's codes.
fn recode(table: &mut Table, heads: &[Head]) -> Vec<Vec<f64>> {
    let n_rows = table.times.len();
    heads
        .iter()
        .map(|head| {
            let Some(column) = table.columns.iter_mut().find(|col| col.name == head.name) else {
                return vec![f64::NAN; n_rows];
            };
            let mut values = std::mem::take(&mut column.values);
            if head.words.is_empty() {
                return values;
            }
            let code_of = |word: &str| {
                let found = head
                    .words
                    .binary_search_by(|known| known.as_str().cmp(word));
                found.map_or(f64::NAN, |code| code as f64)
            };
            let codes: Vec<f64> = column.words.iter().map(|word| code_of(word)).collect();
            for value in &mut values {
                if value.is_finite() {
                    *value = if codes.is_empty() {
                        code_of(&value.to_string())
                    } else {
                        code_at(&codes, *value)
                    };
                }
            }
            values
        })
        .collect()
}

fn code_at(codes: &[f64], value: f64) -> f64 {
    codes.get(to_count(value)).copied().unwrap_or(f64::NAN)
}

/// Repairs the clock, sorts rows, drops doubled stamps, and splits a log that starts anew.
fn in_order(
    mut part: Stretch,
    has_clock: bool,
    place: &Place,
    issues: &mut Issues,
    stop: &StopToken,
) -> Vec<Stretch> {
    if has_clock {
        let has_date = part
            .times
            .iter()
            .any(|time| *time >= crate::import::stamp::DAY);
        clock::repair(&mut part.times, has_date, place, issues, stop);
    }
    if stop.is_stopped() {
        return vec![part];
    }
    let n_back = part
        .times
        .windows(2)
        .filter(|pair| pair[1] < pair[0])
        .count();
    if !has_clock && n_back > 0 && n_back * 8 < part.times.len() {
        return split_restarts(&part, place, issues);
    }
    if n_back > 0 {
        let first = part
            .times
            .windows(2)
            .position(|pair| pair[1] < pair[0])
            .unwrap_or(0)
            + 2;
        sort_rows(&mut part, stop);
        issues.push(
            Issue::new(
                place.clone().at_row(first as u64),
                Severity::Warning,
                "backward-times",
                format!(
                    "time runs backward {n_back} times (first at data row {first}); the rows \
                     were sorted by time"
                ),
            )
            .with("count", n_back)
            .with("row", first),
        );
    }
    if stop.is_stopped() {
        return vec![part];
    }
    unions::join(&mut part, place, issues);
    clock::spread_coarse(&mut part.times, place, issues);
    drop_doubled(&mut part, place, issues);
    vec![part]
}

fn sort_rows(part: &mut Stretch, stop: &StopToken) {
    let mut order: Vec<usize> = (0..part.times.len()).collect();
    for piece in order.chunks_mut(SORTED_ROWS) {
        if stop.is_stopped() {
            return;
        }
        piece.sort_by_key(|&row| part.times[row]);
    }
    // Sorted pieces are only merged.
    order.sort_by_key(|&row| part.times[row]);
    part.times = order.iter().map(|&row| part.times[row]).collect();
    for column in part.values.iter_mut().take_while(|_| !stop.is_stopped()) {
        *column = order.iter().map(|&row| column[row]).collect();
    }
}

fn drop_doubled(part: &mut Stretch, place: &Place, issues: &mut Issues) {
    let n_rows = part.times.len();
    let keeps: Vec<bool> = (0..n_rows)
        .map(|row| row + 1 == n_rows || part.times[row + 1] != part.times[row])
        .collect();
    let Some(first) = keeps.iter().position(|keep| !keep) else {
        return;
    };
    let n_lost = keeps.iter().filter(|keep| !**keep).count();
    retain_rows(&mut part.times, &keeps);
    for column in &mut part.values {
        retain_rows(column, &keeps);
    }
    issues.push(
        Issue::new(
            place.clone().at_row(first as u64 + 1),
            Severity::Warning,
            "duplicate-times",
            format!(
                "{n_lost} rows have the same time as the next one (first at data row {}); the \
                 last of them was kept",
                first + 1
            ),
        )
        .with("count", n_lost)
        .with("row", first + 1),
    );
}

pub(super) fn retain_rows<T>(list: &mut Vec<T>, keeps: &[bool]) {
    let mut row = 0;
    list.retain(|_| {
        row += 1;
        keeps[row - 1]
    });
}

fn split_restarts(part: &Stretch, place: &Place, issues: &mut Issues) -> Vec<Stretch> {
    let mut cuts = vec![0];
    cuts.extend((1..part.times.len()).filter(|&row| part.times[row] < part.times[row - 1]));
    issues.push(
        Issue::new(
            place.clone().at_row(cuts[1] as u64 + 1),
            Severity::Info,
            "restarts",
            format!(
                "the time starts anew {} times (first at data row {}); each start begins an \
                 episode",
                cuts.len() - 1,
                cuts[1] + 1
            ),
        )
        .with("count", cuts.len() - 1)
        .with("row", cuts[1] + 1),
    );
    cuts.push(part.times.len());
    let mut stretches = Vec::new();
    for pair in cuts.windows(2) {
        let (start, end) = (pair[0], pair[1]);
        let mut piece = Stretch {
            source: part.source.clone(),
            times: part.times[start..end].to_vec(),
            values: part
                .values
                .iter()
                .map(|column| column[start..end].to_vec())
                .collect(),
            split: part.split,
        };
        drop_doubled(&mut piece, place, issues);
        stretches.push(piece);
    }
    stretches
}

/// Files that go on where the one before ends are one recording.
fn join_contiguous(stretches: Vec<Stretch>) -> Vec<Stretch> {
    let mut joined: Vec<Stretch> = Vec::new();
    for part in stretches {
        let Some(last) = joined.last_mut() else {
            joined.push(part);
            continue;
        };
        let step = median_step(&last.times);
        let gap = match (last.times.last(), part.times.first()) {
            (Some(end), Some(start)) => start.saturating_sub(*end),
            _ => 0,
        };
        let goes_on = last.split == part.split
            && gap > 0
            && gap <= step.saturating_mul(2)
            && median_step(&part.times) == step;
        if goes_on {
            last.times.extend(part.times);
            for (column, more) in last.values.iter_mut().zip(part.values) {
                column.extend(more);
            }
        } else {
            joined.push(part);
        }
    }
    joined
}
