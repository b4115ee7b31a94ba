//! Marks of quality beside values: what a logger calls bad is not learned from.
//!
//! Long tables carry the mark of each value in a column of their own, wide ones in a column named after
//! the value's. Only marks that leave no doubt count: Good, Bad and Uncertain, or OPC's 192.

use super::table::{Column, Table};
use crate::base::{Issue, Issues, Place, Severity, to_count};

const NAMES: &str = "quality qualitydetail quality_detail qualitycode quality_code opcquality \
    opc_quality status statuscode status_code 品質 品質コード ステータス";
const GOOD: &str = "good good(192) 良 良好";
const NOT_GOOD: &str = "bad uncertain questionable substituted annotated 不良 不定";
/// From here on OPC calls a value good.
const OPC_GOOD: f64 = 192.0;

/// Leaves out the values of a long table that its own column of quality does not call good.
pub(super) fn of_long(table: &mut Table, value: usize, issues: &mut Issues) {
    let is_quality = |column: &Column| is_name(&column.name);
    let quality = table.columns.iter().position(is_quality);
    if let Some(quality) = quality.filter(|quality| *quality != value) {
        leave_out(table, &[value], quality, issues);
    }
}

/// The same of a wide table, where `TI1.Quality` tells of `TI1` or of `TI1.PV`.
pub(super) fn of_wide(table: &mut Table, issues: &mut Issues) {
    for quality in 0..table.columns.len() {
        let Some(stem) = stem_of(&table.columns[quality].name) else {
            continue;
        };
        let is_of = |column: &Column| {
            let rest = column.name.strip_prefix(stem);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(is_separator))
        };
        let values: Vec<usize> = (0..table.columns.len())
            .filter(|&at| at != quality && is_of(&table.columns[at]))
            .filter(|&at| table.columns[at].words.is_empty())
            .filter(|&at| stem_of(&table.columns[at].name) != Some(stem))
            .collect();
        leave_out(table, &values, quality, issues);
    }
}

fn is_name(name: &str) -> bool {
    let lower = name.trim().to_lowercase();
    NAMES.split_whitespace().any(|word| word == lower)
}

fn is_separator(letter: char) -> bool {
    matches!(letter, '.' | '_' | '/' | ':' | ' ' | '-')
}

/// What stands before the word for quality in a column's name.
fn stem_of(name: &str) -> Option<&str> {
    let at = name.rfind(is_separator)?;
    let stem = &name[..at];
    (is_name(&name[at + 1..]) && !stem.is_empty()).then_some(stem)
}

/// Which rows are not good; `None` where the column tells nothing for sure.
fn not_good(column: &Column) -> Option<Vec<bool>> {
    let means = |word: &str, list: &str| {
        let lower = word.trim().to_lowercase().replace(' ', "");
        list.split_whitespace().any(|known| known == lower)
    };
    let (is_known, is_good): (Vec<bool>, Vec<bool>) = if column.words.is_empty() {
        let is_code = |value: f64| value.fract() == 0.0 && (0.0..256.0).contains(&value);
        let values = column.values.iter();
        let n_usual = values
            .clone()
            .filter(|value| (**value - OPC_GOOD).abs() < 0.5);
        let is_opc = n_usual.count() * 2 >= column.values.len();
        values
            .map(|&value| {
                (
                    is_opc && (value.is_nan() || is_code(value)),
                    value >= OPC_GOOD,
                )
            })
            .unzip()
    } else {
        let of_word = |word: &String| {
            let is_good = means(word, GOOD) || word.trim().starts_with("192");
            let is_number = word.trim().parse::<u8>().is_ok();
            (is_good || is_number || means(word, NOT_GOOD), is_good)
        };
        let words: Vec<(bool, bool)> = column.words.iter().map(of_word).collect();
        let of_code = |code: &f64| {
            if code.is_nan() {
                return (true, false);
            }
            words.get(to_count(*code)).copied().unwrap_or_default()
        };
        column.values.iter().map(of_code).unzip()
    };
    let n_good = is_good.iter().filter(|good| **good).count();
    // Where hardly anything is good, the marks mean something else.
    if !is_known.iter().all(|known| *known) || n_good * 2 < is_good.len() {
        return None;
    }
    let told = column.values.iter().map(|value| !value.is_nan());
    Some(
        told.zip(is_good)
            .map(|(told, good)| told && !good)
            .collect(),
    )
}

fn leave_out(table: &mut Table, values: &[usize], quality: usize, issues: &mut Issues) {
    let Some(bad) = not_good(&table.columns[quality]) else {
        return;
    };
    let marks = table.columns[quality].name.clone();
    for &at in values {
        let column = &mut table.columns[at];
        let mut count = 0_usize;
        for (value, _) in column.values.iter_mut().zip(&bad).filter(|(_, bad)| **bad) {
            count += usize::from(!value.is_nan());
            *value = f64::NAN;
        }
        if count == 0 {
            continue;
        }
        let text = format!("{count} values that {marks:?} does not call good were left out");
        let place = Place::file(&table.source).in_column(&column.name);
        let issue = Issue::new(place, Severity::Warning, "bad-quality", text);
        issues.push(issue.with("count", count).with("marks", &marks));
    }
}
