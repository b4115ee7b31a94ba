//! A rollout as CSV that any spreadsheet opens (RFC 4180).

use std::collections::BTreeSet;

use super::html::visible;
use crate::{
    base::{format_time, time_of_step},
    data::{ControlPlan, Dataset, Trajectory},
};

/// A rollout as CSV, one row a step.
///
/// Columns: `step`, `time` (UTC, empty where the data had no clock), `secs` since the start, every
/// control, and five an output: its name for the mean, then `_lo50`, `_hi50`, `_lo90`, `_hi90`.
/// What is missing stays empty. A name that a spreadsheet would take for a formula gets an apostrophe.
pub fn trajectory_csv(
    dataset: &Dataset,
    trajectory: &Trajectory,
    controls: &ControlPlan,
) -> String {
    let name = |channel: usize| {
        dataset
            .channels
            .get(channel)
            .map_or("", |channel| channel.name.as_str())
    };
    let mut names = Vec::new();
    let mut columns: Vec<&[f64]> = Vec::new();
    for (&channel, row) in controls.channels().iter().zip(controls.rows()) {
        names.push(name(channel).to_owned());
        columns.push(row);
    }
    for (output, &channel) in trajectory.channels.iter().enumerate() {
        for (ending, values) in trajectory.columns(output) {
            names.push(format!("{}{ending}", name(channel)));
            columns.push(values);
        }
    }
    let mut out = "step,time,secs".to_owned();
    let mut taken: BTreeSet<String> = ["step", "time", "secs"].map(str::to_owned).into();
    for name in names {
        let mut cell = name;
        while !taken.insert(cell.clone()) {
            cell.push('_');
        }
        out.push(',');
        out.push_str(&name_cell(&cell));
    }
    out.push_str("\r\n");
    for step in 0..trajectory.n_steps {
        push_row(&mut out, dataset, trajectory, step, &columns);
    }
    out
}

fn push_row(
    out: &mut String,
    dataset: &Dataset,
    trajectory: &Trajectory,
    step: usize,
    columns: &[&[f64]],
) {
    out.push_str(&step.to_string());
    out.push(',');
    if dataset.has_clock {
        let time_ns = time_of_step(trajectory.start_ns, step, trajectory.step_secs);
        out.push_str(&format_time(time_ns));
    }
    out.push(',');
    out.push_str(&((step + 1) as f64 * trajectory.step_secs).to_string());
    for values in columns {
        out.push(',');
        if let Some(value) = values.get(step).filter(|value| value.is_finite()) {
            out.push_str(&value.to_string());
        }
    }
    out.push_str("\r\n");
}

/// A name as a cell: no formula, no control marks, quoted where it must be.
pub fn name_cell(name: &str) -> String {
    let name = visible(name);
    let is_formula = name
        .trim_start()
        .starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    let name = if is_formula { format!("'{name}") } else { name };
    if name.contains([',', '"', ';']) || name.starts_with(' ') || name.ends_with(' ') {
        format!("\"{}\"", name.replace('"', "\"\""))
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_never_a_formula_and_keeps_its_quotes() {
        assert_eq!(name_cell("=cmd|' /C calc'!A0"), "'=cmd|' /C calc'!A0");
        assert_eq!(name_cell("-1"), "'-1");
        assert_eq!(name_cell("＝1"), "'＝1");
        assert_eq!(name_cell("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(name_cell("水位"), "水位");
    }
}
