//! Finds the order of rows in tables without a time: runs told apart by a key and counted from
//! their start, or a column that holds the sampling rate.

use std::collections::BTreeSet;

use super::{
    table::{Column, Table},
    timeline::nanos_of,
};
use crate::base::{Issue, Issues, Place, Severity};

/// Keys and counters stand at the left.
const FIRST_COLUMNS: usize = 4;
const MIN_ROWS: usize = 20;

/// Gives times to tables whose rows are only counted.
pub(super) fn find(tables: &mut Vec<Table>, issues: &mut Issues) {
    let mut run_counts: Vec<(String, usize)> = Vec::new();
    for table in tables.iter_mut().filter(|table| !table.has_clock) {
        if let Some(n_runs) = by_key(table, issues) {
            run_counts.push((table.source.clone(), n_runs));
        } else if table.lacks_step {
            by_rate(table, issues);
        }
    }
    tables.retain(|table| {
        let is_list = table.columns.len() == 1 && table.counted_nanos.is_some();
        let folder = |source: &str| source.rsplit_once('/').map_or(0, |(dir, _)| dir.len());
        let fits: Vec<&str> = run_counts
            .iter()
            .filter(|(source, n_runs)| {
                *n_runs == table.times.len() && folder(source) == folder(&table.source)
            })
            .map(|(source, _)| source.as_str())
            .collect();
        let is_left_out = is_list && !fits.is_empty();
        if is_left_out {
            issues.push(value_a_run(table, &fits));
        }
        !is_left_out
    });
}

fn value_a_run(table: &Table, fits: &[&str]) -> Issue {
    let files = fits.join(", ");
    Issue::new(
        Place::file(&table.source),
        Severity::Warning,
        "value-a-run",
        format!(
            "its {} values are one a run of {files}; it was left out because it does not say of \
             which",
            table.times.len()
        ),
    )
    .with("count", table.times.len())
    .with("files", files)
}

/// A counter that goes up by one and begins anew whenever a key changes. The counter is a column
/// at the left, or the time column that a recipe names.
fn by_key(table: &mut Table, issues: &mut Issues) -> Option<usize> {
    let n_first = table.columns.len().min(FIRST_COLUMNS);
    if table.times.len() < MIN_ROWS {
        return None;
    }
    let (counter, starts) = if table.lacks_step {
        (0..n_first).find_map(|at| {
            let column = &table.columns[at];
            let starts = restarts(&column.values)?;
            column.words.is_empty().then_some((Some(at), starts))
        })?
    } else {
        let counts: Vec<f64> = table.times.iter().map(|time| *time as f64 * 1e-9).collect();
        (None, restarts(&counts)?)
    };
    let key =
        (0..n_first).find(|&at| Some(at) != counter && is_key(&table.columns[at], &starts))?;
    as_words(&mut table.columns[key]);
    let name = table.columns[key].name.clone();
    if let Some(counter) = counter {
        let counts = table.columns.remove(counter);
        let time = |count: &f64| nanos_of(count * 1e9);
        table.times = counts.values.iter().map(time).collect();
        table.time_columns = vec![counts.name];
        table.lacks_step = false;
        table.counted_nanos = None;
    }
    let n_runs = starts.len() + 1;
    let counter = table.time_columns.join(", ");
    issues.push(
        Issue::new(
            Place::file(&table.source).in_column(&name),
            Severity::Warning,
            "runs-by-key",
            format!(
                "{n_runs} runs are told apart by {name:?} and counted by {counter:?}: each run is \
                 an episode. How long is one count? Taken as 1 s"
            ),
        )
        .with("runs", n_runs)
        .with("key", name)
        .with("counter", counter),
    );
    Some(n_runs)
}

/// The rows at which a counter begins anew; `None` where it is no counter.
fn restarts(values: &[f64]) -> Option<Vec<usize>> {
    let is_whole = values
        .iter()
        .all(|value| value.is_finite() && value.fract() == 0.0);
    if !is_whole {
        return None;
    }
    let mut starts = Vec::new();
    for (at, pair) in values.windows(2).enumerate() {
        let step = pair[1] - pair[0];
        if step < 0.0 {
            starts.push(at + 1);
        } else if (step - 1.0).abs() > 0.0 {
            return None;
        }
    }
    let is_plain = !starts.is_empty() && starts.len() * 8 < values.len();
    is_plain.then_some(starts)
}

/// Whether a column keeps its value within each run and changes from run to run.
fn is_key(column: &Column, starts: &[usize]) -> bool {
    let mut changes = column
        .values
        .windows(2)
        .enumerate()
        .filter(|(_, pair)| pair[0].to_bits() != pair[1].to_bits())
        .map(|(at, _)| at + 1);
    starts.iter().all(|start| changes.next() == Some(*start)) && changes.next().is_none()
}

/// Keys are names, also where they are written as numbers.
fn as_words(column: &mut Column) {
    if !column.words.is_empty() {
        return;
    }
    let words: BTreeSet<String> = column.values.iter().map(f64::to_string).collect();
    let words: Vec<String> = words.into_iter().collect();
    for value in &mut column.values {
        let found = words.binary_search(&value.to_string());
        *value = found.map_or(f64::NAN, |code| code as f64);
    }
    column.words = words;
}

/// A column that holds nothing but the sampling rate or the length of a step.
fn by_rate(table: &mut Table, issues: &mut Issues) {
    let found = table.columns.iter().enumerate().find_map(|(at, column)| {
        let name = column.name.trim().to_lowercase();
        let mut values = column.values.iter().filter(|value| value.is_finite());
        let first = *values.next()?;
        let is_one = values.all(|value| value.to_bits() == first.to_bits());
        if !is_one || first <= 0.0 {
            return None;
        }
        let step_nanos = match name.as_str() {
            "fs"
            | "fs_hz"
            | "sampling_rate"
            | "sample_rate"
            | "sampling_frequency"
            | "samplerate"
            | "サンプリング周波数" => 1e9 / first,
            "ts"
            | "dt"
            | "sampling_time"
            | "sample_time"
            | "sampling_period"
            | "サンプリング周期" => first * 1e9,
            _ => return None,
        };
        (step_nanos >= 1.0).then_some((at, step_nanos))
    });
    let Some((at, step_nanos)) = found else {
        return;
    };
    let column = &table.columns[at];
    let n_rows = table.times.len();
    table.times = (0..n_rows)
        .map(|row| nanos_of(row as f64 * step_nanos))
        .collect();
    table.counted_nanos = Some(step_nanos);
    table.lacks_step = false;
    let secs = step_nanos * 1e-9;
    issues.push(
        Issue::new(
            Place::file(&table.source).in_column(&column.name),
            Severity::Info,
            "rate-column",
            format!("the column holds the sampling rate: rows are taken as {secs:.9} s apart"),
        )
        .with("secs", format!("{secs:.9}")),
    );
}
