//! Reads folders with one file a sensor and one cycle a row: each file becomes one channel.
//!
//! Files of as many rows but few columns tell something about each cycle, such as a state. Sensors
//! sampled faster than the slowest one are averaged down to it, and that is said.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    channels::stem_of,
    table::{Column, Table},
    timeline::nanos_of,
};
use crate::base::{Issue, Issues, Place, Severity};

/// A row of fewer values is no course of a sensor.
const MIN_WIDTH: usize = 20;
/// A state of a cycle has at most so many values.
const MOST_LEVELS: usize = 30;

/// Joins matrix files of one folder; all other tables stay as they are.
pub(super) fn fold(tables: Vec<Table>, issues: &mut Issues) -> Vec<Table> {
    let mut groups: BTreeMap<(String, usize), Vec<Table>> = BTreeMap::new();
    let mut rest = Vec::new();
    for table in tables {
        if is_nameless(&table) {
            let folder = table.source.rsplit_once('/').map_or("", |(dir, _)| dir);
            let key = (folder.to_owned(), table.times.len());
            groups.entry(key).or_default().push(table);
        } else {
            rest.push(table);
        }
    }
    for ((_, n_cycles), group) in groups {
        let (wide, narrow): (Vec<Table>, Vec<Table>) = group
            .into_iter()
            .partition(|table| table.columns.len() >= MIN_WIDTH);
        let base = wide.iter().map(|table| table.columns.len()).min();
        let is_matrix = wide.len() >= 2
            && base.is_some_and(|base| wide.iter().all(|table| table.columns.len() % base == 0));
        if let (Some(base), true) = (base, is_matrix) {
            rest.push(one_log(&wide, &narrow, n_cycles, base, issues));
        } else {
            rest.extend(wide);
            rest.extend(narrow);
        }
    }
    rest.sort_by(|left, right| left.source.cmp(&right.source));
    rest
}

/// Whether nothing but numbers stands in a file, without names and times.
fn is_nameless(table: &Table) -> bool {
    let mut columns = table.columns.iter().enumerate();
    table.counted_nanos.is_some()
        && table.times.len() >= 2
        && columns
            .all(|(at, column)| column.words.is_empty() && column.name == format!("col{}", at + 1))
}

fn one_log(
    wide: &[Table],
    narrow: &[Table],
    n_cycles: usize,
    base: usize,
    issues: &mut Issues,
) -> Table {
    let mut columns: Vec<Column> = wide.iter().map(|table| course(table, base)).collect();
    let goes_on = follow_on(&columns, base);
    for table in narrow {
        for (at, column) in table.columns.iter().enumerate() {
            columns.push(state(table, column, at, base));
        }
    }
    let first = &wide[0];
    let step_nanos = first.counted_nanos.unwrap_or(1e9);
    let n_rows = n_cycles * base;
    let times = (0..n_rows)
        .map(|row| {
            let at = if goes_on { row } else { row % base };
            nanos_of(at as f64 * step_nanos)
        })
        .collect();
    say(wide, n_cycles, base, goes_on, step_nanos, issues);
    Table {
        source: first.source.clone(),
        columns,
        times,
        has_clock: false,
        counted_nanos: Some(step_nanos),
        time_columns: Vec::new(),
        lacks_zone: false,
        offset_ns: None,
        order: None,
        rival: None,
        lacks_step: false,
    }
}

/// One sensor's course through all cycles, averaged down to `base` values a cycle.
fn course(table: &Table, base: usize) -> Column {
    let ratio = table.columns.len() / base;
    let mut values = Vec::with_capacity(table.times.len() * base);
    for row in 0..table.times.len() {
        for at in 0..base {
            let part = &table.columns[at * ratio..(at + 1) * ratio];
            let sum: f64 = part.iter().map(|column| column.values[row]).sum();
            values.push(sum / ratio as f64);
        }
    }
    Column {
        name: stem_of(&table.source).to_owned(),
        unit: String::new(),
        words: Vec::new(),
        values,
    }
}

/// A value a cycle, held through its cycle; few different ones are states.
fn state(table: &Table, column: &Column, at: usize, base: usize) -> Column {
    let levels: BTreeSet<String> = column
        .values
        .iter()
        .filter(|value| value.is_finite())
        .map(f64::to_string)
        .take(1_000_000)
        .collect();
    let words: Vec<String> = if levels.len() <= MOST_LEVELS {
        levels.into_iter().collect()
    } else {
        Vec::new()
    };
    let code = |value: f64| {
        if words.is_empty() {
            return value;
        }
        let found = words.binary_search(&value.to_string());
        found.map_or(f64::NAN, |code| code as f64)
    };
    let values = column
        .values
        .iter()
        .flat_map(|value| std::iter::repeat_n(code(*value), base))
        .collect();
    let stem = stem_of(&table.source);
    Column {
        name: if table.columns.len() == 1 {
            stem.to_owned()
        } else {
            format!("{stem} {}", at + 1)
        },
        unit: String::new(),
        words,
        values,
    }
}

/// Whether each cycle goes on where the one before ended: at most sensors the jump between two
/// cycles is no larger than a few steps within one.
fn follow_on(columns: &[Column], base: usize) -> bool {
    let goes_on = columns
        .iter()
        .filter(|column| {
            let (mut inside, mut between) = (Vec::new(), Vec::new());
            for (at, pair) in column.values.windows(2).enumerate() {
                let jump = (pair[1] - pair[0]).abs();
                if jump.is_finite() {
                    let list = if (at + 1) % base == 0 {
                        &mut between
                    } else {
                        &mut inside
                    };
                    list.push(jump);
                }
            }
            median(&mut between) <= 5.0 * median(&mut inside) + f64::EPSILON
        })
        .count();
    goes_on * 4 >= columns.len() * 3
}

fn median(list: &mut [f64]) -> f64 {
    if list.is_empty() {
        return 0.0;
    }
    let middle = list.len() / 2;
    *list.select_nth_unstable_by(middle, f64::total_cmp).1
}

fn say(
    wide: &[Table],
    n_cycles: usize,
    base: usize,
    goes_on: bool,
    step_nanos: f64,
    issues: &mut Issues,
) {
    let step = step_nanos * 1e-9;
    let kept = if goes_on {
        "the cycles follow on and were kept as one recording"
    } else {
        "the cycles do not follow on: each is an episode"
    };
    let n_fast = wide
        .iter()
        .filter(|table| table.columns.len() > base)
        .count();
    issues.push(
        Issue::new(
            Place::file(&wide[0].source),
            Severity::Warning,
            "cycle-matrix",
            format!(
                "{} files hold one cycle a row, {n_cycles} cycles of {base} values: each file \
                 became a channel, {n_fast} of them averaged down to {base} values; {kept}. \
                 How far apart are two values of a cycle? Taken as {step} s; give step_secs in \
                 the recipe",
                wide.len()
            ),
        )
        .with("files", wide.len())
        .with("cycles", n_cycles)
        .with("values", base)
        .with("fast", n_fast)
        .with("follow", if goes_on { "yes" } else { "no" })
        .with("step", step),
    );
}
