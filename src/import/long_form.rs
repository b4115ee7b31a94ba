//! Turns a table of (time, tag, value) rows into one column a tag.
//!
//! Tags that were sampled at the same times stay together; each other set of times becomes a table
//! of its own, which is joined by time like the file of another logger.
//!
//! What a mark of quality beside a value calls bad is left out, in long tables as in wide ones. Only marks that leave no
//! doubt count: Good, Bad and Uncertain, or OPC's 192.

use std::collections::BTreeMap;

use super::{
    stamp::DayOrder,
    table::{Column, Table},
};
use crate::base::{Issue, Issues, Place, Severity, to_count};

const TAGS: &str = "tag tagname tag_name tagid tag_id point pointname point_name point_id sensor \
    sensor_id sensorname sensor_name variable channel signal metric parameter measurement \
    attribute series タグ タグ名 項目 項目名 測点 測定点 測定項目 信号 信号名 変数 センサ センサー \
    チャンネル チャネル ポイント";
const VALUES: &str = "value val values reading wert measurement_value numeric_value 値 測定値 計測値 \
    データ 数値";
/// What names a tag's value behind its separator.
const PROCESS_VALUES: &str = "pv cv value val values reading 値 測定値 計測値 現在値";
const UNITS: &str = "unit units uom einheit 単位";
/// Beside tag, value and unit a long table holds at most so many columns, such as a quality.
const MOST_OTHERS: usize = 4;

/// Where the parts of a long table stand.
struct Plan {
    tag: usize,
    value: usize,
    unit: Option<usize>,
}

/// Gives the table itself, or one table for each set of times where it is long.
pub(super) fn widen(mut table: Table, issues: &mut Issues) -> Vec<Table> {
    let Some(plan) = plan_of(&table) else {
        leave_out_bad_cells(&mut table, issues);
        return vec![table];
    };
    leave_out_bad_rows(&mut table, plan.value, issues);
    let tags = rows_of_tags(&table, plan.tag);
    let mut groups: BTreeMap<Vec<i64>, Vec<(usize, Vec<usize>)>> = BTreeMap::new();
    for (tag, rows) in tags
        .into_iter()
        .enumerate()
        .filter(|(_, rows)| !rows.is_empty())
    {
        let times = rows.iter().map(|&row| table.times[row]).collect();
        groups.entry(times).or_default().push((tag, rows));
    }
    let n_tags: usize = groups.values().map(Vec::len).sum();
    issues.push(
        Issue::new(
            Place::file(&table.source).in_column(&table.columns[plan.tag].name),
            Severity::Info,
            "long-form",
            format!(
                "the rows are (time, tag, value): {} rows became {n_tags} channels named after \
                 the tags",
                table.times.len()
            ),
        )
        .with("rows", table.times.len())
        .with("channels", n_tags),
    );
    groups
        .into_iter()
        .map(|(times, tags)| Table {
            columns: tags
                .iter()
                .map(|(tag, rows)| column_of(&table, &plan, *tag, rows))
                .collect(),
            rival: rival_of(&table, &tags[0].1),
            times,
            ..bare(&table)
        })
        .collect()
}

/// The table without its rows.
fn bare(table: &Table) -> Table {
    Table {
        source: table.source.clone(),
        columns: Vec::new(),
        times: Vec::new(),
        time_columns: table.time_columns.clone(),
        rival: None,
        ..*table
    }
}

/// The other reading of the dates, for the rows of one tag.
fn rival_of(table: &Table, rows: &[usize]) -> Option<(DayOrder, Vec<i64>)> {
    let (order, times) = table.rival.as_ref()?;
    Some((*order, rows.iter().map(|&row| times[row]).collect()))
}

/// Whether the heads of a table name tags and their values.
pub(super) fn has_heads(header: &[String]) -> bool {
    let has = |words: &str| header.iter().any(|head| is_one_of(head, words));
    has(TAGS) && has(VALUES)
}

/// Whether a head is one of some words.
fn is_one_of(head: &str, words: &str) -> bool {
    let name = head.trim().to_lowercase();
    words.split_whitespace().any(|word| word == name)
}

fn plan_of(table: &Table) -> Option<Plan> {
    if table.counted_nanos.is_some() {
        return None;
    }
    let columns = &table.columns;
    let find = |words: &str| {
        columns
            .iter()
            .position(|column| is_one_of(&column.name, words))
    };
    let has_numbers = |column: &Column| {
        column.words.is_empty() && column.values.iter().any(|value| value.is_finite())
    };
    let filled = |column: &&Column| column.values.iter().any(|value| value.is_finite());
    let (tag, value, sure) = if let (Some(tag), Some(value)) = (find(TAGS), find(VALUES)) {
        (tag, value, true)
    } else {
        // Without telling names: one column of words, one of numbers, and stamps that repeat.
        let tag = columns.iter().position(|column| !column.words.is_empty())?;
        (tag, columns.iter().position(has_numbers)?, false)
    };
    let unit = find(UNITS).filter(|unit| *unit != tag);
    let n_others = columns.iter().filter(filled).count().saturating_sub(2);
    let limit = if sure {
        MOST_OTHERS
    } else {
        usize::from(unit.is_some())
    };
    let n_tags = columns[tag].words.len();
    let is_possible = tag != value
        && (2..table.times.len()).contains(&n_tags)
        && n_others <= limit
        && has_numbers(&columns[value]);
    (is_possible && (sure || stamps_repeat(table, n_tags))).then_some(Plan { tag, value, unit })
}

/// Whether most stamps come about once a tag.
fn stamps_repeat(table: &Table, n_tags: usize) -> bool {
    let mut times = table.times.clone();
    times.sort_unstable();
    times.dedup();
    times.len() as f64 * n_tags as f64 <= table.times.len() as f64 * 1.25
}

/// The rows of each tag, in order of time.
fn rows_of_tags(table: &Table, tag: usize) -> Vec<Vec<usize>> {
    let column = &table.columns[tag];
    let mut rows: Vec<Vec<usize>> = vec![Vec::new(); column.words.len()];
    for (row, code) in column.values.iter().enumerate() {
        if let Some(list) = position(*code).and_then(|code| rows.get_mut(code)) {
            list.push(row);
        }
    }
    for list in &mut rows {
        list.sort_by_key(|&row| table.times[row]);
    }
    rows
}

fn position(code: f64) -> Option<usize> {
    code.is_finite().then(|| to_count(code))
}

fn column_of(table: &Table, plan: &Plan, tag: usize, rows: &[usize]) -> Column {
    let value = &table.columns[plan.value];
    let unit = plan.unit.and_then(|unit| {
        let column = &table.columns[unit];
        let code = position(*column.values.get(*rows.first()?)?)?;
        column.words.get(code).cloned()
    });
    let (name, own_unit) = super::units::split_unit(&table.columns[plan.tag].words[tag]);
    Column {
        name,
        unit: unit.filter(|_| own_unit.is_empty()).unwrap_or(own_unit),
        words: Vec::new(),
        values: rows.iter().map(|&row| value.values[row]).collect(),
    }
}

const QUALITIES: &str = "quality qualitydetail quality_detail qualitycode quality_code opcquality \
    opc_quality status statuscode status_code 品質 品質コード ステータス";
const GOOD: &str = "good good(192) 良 良好";
const NOT_GOOD: &str = "bad uncertain questionable substituted annotated 不良 不定";
/// From here on OPC calls a value good.
const OPC_GOOD: f64 = 192.0;

/// Leaves out the values of a long table that its own column of quality does not call good.
fn leave_out_bad_rows(table: &mut Table, value: usize, issues: &mut Issues) {
    let is_quality = |column: &Column| is_quality_name(&column.name);
    let quality = table.columns.iter().position(is_quality);
    if let Some(quality) = quality.filter(|quality| *quality != value) {
        leave_out(table, &[value], quality, issues);
    }
}

/// The same of a wide table, where `TI1.Quality` tells of `TI1` or of `TI1.PV`, but `weld_quality` of no
/// `weld_current`: that is a judgement of the product.
fn leave_out_bad_cells(table: &mut Table, issues: &mut Issues) {
    for quality in 0..table.columns.len() {
        let Some(stem) = value_stem(&table.columns[quality].name) else {
            continue;
        };
        let is_of = |column: &Column| {
            let rest = column.name.strip_prefix(stem);
            rest.is_some_and(|rest| {
                let word = rest.strip_prefix(is_separator);
                rest.is_empty() || word.is_some_and(|word| is_one_of(word, PROCESS_VALUES))
            })
        };
        let values: Vec<usize> = (0..table.columns.len())
            .filter(|&at| at != quality && is_of(&table.columns[at]))
            .filter(|&at| table.columns[at].words.is_empty())
            .filter(|&at| value_stem(&table.columns[at].name) != Some(stem))
            .collect();
        leave_out(table, &values, quality, issues);
    }
}

fn is_quality_name(name: &str) -> bool {
    let lower = name.trim().to_lowercase();
    QUALITIES.split_whitespace().any(|word| word == lower)
}

fn is_separator(letter: char) -> bool {
    matches!(letter, '.' | '_' | '/' | ':' | ' ' | '-')
}

/// What stands before the word for quality in a column's name.
fn value_stem(name: &str) -> Option<&str> {
    let at = name.rfind(is_separator)?;
    let stem = &name[..at];
    (is_quality_name(&name[at + 1..]) && !stem.is_empty()).then_some(stem)
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
