//! Works the edits of a scenario out on the recorded controls.

use super::{Edit, EditOp, ScenarioError, ScenarioSpec, Start, names};
use crate::{
    base::{Issue, Issues, Phrase, Place, Severity},
    data::{Channel, Dataset, Role},
};

/// One control over the horizon.
struct Row {
    /// The value before the first step.
    before: f64,
    values: Vec<f64>,
    /// Which edit last touched a step.
    touched: Vec<Option<usize>>,
}

/// The recorded controls over the horizon; the last values hold where the record is missing or over.
pub(super) fn recorded_rows(
    spec: &ScenarioSpec,
    dataset: &Dataset,
    start: Start,
    horizon_steps: usize,
    issues: &mut Issues,
) -> Result<Vec<Vec<f64>>, ScenarioError> {
    let episode = &dataset.episodes[start.episode];
    let n_left = episode.n_steps() - start.step;
    if horizon_steps > n_left {
        let n_held = horizon_steps - n_left;
        let text = format!(
            "{n_held} of {horizon_steps} steps lie beyond the record; the controls keep their \
             last values there"
        );
        issues.push(
            Issue::new(
                Place::file(&spec.file),
                Severity::Info,
                "beyond-record",
                text,
            )
            .with("held", n_held)
            .with("horizon", horizon_steps),
        );
    }
    dataset
        .controls()
        .into_iter()
        .map(|control| {
            let steps = start.step..start.step + horizon_steps;
            let mut values = episode.bridged(control, steps);
            // A log that begins later begins with its first value.
            let n_blank = values.iter().take_while(|value| value.is_nan()).count();
            let first = match values.get(n_blank) {
                Some(value) => Some(*value),
                None => episode.columns[control]
                    .iter()
                    .copied()
                    .find(|value| value.is_finite()),
            };
            let first = first.ok_or_else(|| ScenarioError::Start {
                file: spec.file.clone(),
                line: spec.start.lines.episode,
                found: no_value(&dataset.channels[control].name, &episode.name),
                expected: Phrase::new(
                    "detail-recorded-controls",
                    "an episode in which every control was recorded",
                ),
            })?;
            values[..n_blank].fill(first);
            Ok(values)
        })
        .collect()
}

/// The controls with the edits applied, and which of them differ from the record.
pub(super) fn edited_rows(
    spec: &ScenarioSpec,
    dataset: &Dataset,
    start: Start,
    recorded: &[Vec<f64>],
    issues: &mut Issues,
) -> Result<(Vec<Vec<f64>>, Vec<usize>), ScenarioError> {
    let controls = dataset.controls();
    let episode = &dataset.episodes[start.episode];
    let mut rows: Vec<Row> = recorded
        .iter()
        .zip(&controls)
        .map(|(values, &control)| {
            let before = start.step.checked_sub(1);
            let before = before.map(|at| episode.bridged(control, at..at + 1)[0]);
            Row {
                before: before
                    .filter(|value| value.is_finite())
                    .unwrap_or(values[0]),
                values: values.clone(),
                touched: vec![None; values.len()],
            }
        })
        .collect();
    for (number, edit) in spec.edits.iter().enumerate() {
        let position = find_control(spec, dataset, &controls, edit)?;
        apply(spec, edit, number, &mut rows[position], issues)?;
    }
    for (row, &control) in rows.iter().zip(&controls) {
        check_limits(spec, &dataset.channels[control], row)?;
    }
    let edited = controls
        .iter()
        .zip(rows.iter().zip(recorded))
        .filter(|(_, (row, recorded))| row.values != **recorded)
        .map(|(&control, _)| control)
        .collect();
    Ok((rows.into_iter().map(|row| row.values).collect(), edited))
}

fn find_control(
    spec: &ScenarioSpec,
    dataset: &Dataset,
    controls: &[usize],
    edit: &Edit,
) -> Result<usize, ScenarioError> {
    let control_names = || -> Vec<String> {
        controls
            .iter()
            .map(|&control| dataset.channels[control].name.clone())
            .collect()
    };
    let Some(idx) = dataset.channel_idx(&edit.channel) else {
        let all = dataset.channels.iter().map(|channel| channel.name.as_str());
        let mut nearest = names::by_nearness(&edit.channel, all);
        nearest.truncate(3);
        return Err(ScenarioError::UnknownChannel {
            file: spec.file.clone(),
            line: edit.line,
            channel: edit.channel.clone(),
            nearest,
            controls: control_names(),
        });
    };
    let role = dataset.channels[idx].role;
    match controls.iter().position(|&control| control == idx) {
        Some(position) if role == Role::Control => Ok(position),
        _ => Err(ScenarioError::NotAControl {
            file: spec.file.clone(),
            line: edit.line,
            channel: edit.channel.clone(),
            role: role.name(),
            controls: control_names(),
        }),
    }
}

fn apply(
    spec: &ScenarioSpec,
    edit: &Edit,
    number: usize,
    row: &mut Row,
    issues: &mut Issues,
) -> Result<(), ScenarioError> {
    let horizon_steps = row.values.len();
    let from = edit.from_step;
    let asked = edit.to_step.unwrap_or(horizon_steps);
    let to = asked.min(horizon_steps);
    check_range(spec, edit, (from, asked), horizon_steps)?;
    // Points that a to_step cuts off are left out on purpose.
    let last_point = edit.points.last().filter(|_| edit.to_step.is_none());
    let far = last_point.map_or(asked, |(step, _)| *step);
    if far > horizon_steps {
        let text = format!(
            "the edit of {:?} goes to step {far}; it ends with the horizon at step {horizon_steps}",
            edit.channel
        );
        issues.push(
            Issue::new(spec_place(spec, edit), Severity::Info, "edit-clipped", text)
                .with("to", far)
                .with("horizon", horizon_steps),
        );
    }
    let present = if from == 0 {
        row.before
    } else {
        row.values[from - 1]
    };
    let held = row.values[from];
    // What is ramped stays where it got to: a line that jumped back would surprise everybody.
    let end = if edit.op == EditOp::RampTo {
        horizon_steps
    } else {
        to
    };
    for step in from..end {
        let value = match edit.op {
            EditOp::Set => edit.value,
            EditOp::Add => row.values[step] + edit.value,
            EditOp::Scale => row.values[step] * edit.value,
            EditOp::RampTo => {
                let done_frac = ((step + 1 - from) as f64 / (asked - from) as f64).min(1.0);
                if done_frac < 1.0 {
                    present + (edit.value - present) * done_frac
                } else {
                    edit.value
                }
            }
            EditOp::Hold => held,
            EditOp::Schedule => match on_points(&edit.points, step) {
                Some(value) => value,
                None => continue,
            },
        };
        row.values[step] = value;
        row.touched[step] = Some(number);
    }
    Ok(())
}

/// Refuses an edit that would change nothing inside the horizon.
fn check_range(
    spec: &ScenarioSpec,
    edit: &Edit,
    (from, asked): (usize, usize),
    horizon_steps: usize,
) -> Result<(), ScenarioError> {
    let bad = |found: Phrase, expected: Phrase| {
        Err(ScenarioError::Range {
            file: spec.file.clone(),
            line: edit.line,
            found: found.with("channel", format!("{:?}", edit.channel)),
            expected,
        })
    };
    if from >= asked || from >= horizon_steps {
        let found = format!("an edit of {:?} in steps {from} to {asked}", edit.channel);
        return bad(
            Phrase::new("detail-edit-steps", found)
                .with("from", from)
                .with("to", asked),
            Phrase::new(
                "detail-inside-horizon",
                format!("from_step < to_step and from_step < {horizon_steps}, the horizon"),
            )
            .with("horizon", horizon_steps),
        );
    }
    let last = asked.min(horizon_steps) - 1;
    match edit.points.first() {
        Some((first, _)) if *first > last => {
            let found = format!("a schedule of {:?} from step {first} on", edit.channel);
            let expected = format!("a first point in steps 0 to {last}, where the edit ends");
            bad(
                Phrase::new("detail-schedule-from", found).with("from", first),
                Phrase::new("detail-first-point", expected).with("last", last),
            )
        }
        _ => Ok(()),
    }
}

/// The value at a step of the line that a schedule's points make, the last one kept; `None` before the
/// first.
pub fn on_points(points: &[(usize, f64)], step: usize) -> Option<f64> {
    let next = points.partition_point(|(at, _)| *at <= step);
    let (from, low) = *points.get(next.checked_sub(1)?)?;
    let Some((to, high)) = points.get(next) else {
        return Some(low);
    };
    let done_frac = (step - from) as f64 / (to - from) as f64;
    Some(low + (high - low) * done_frac)
}

fn check_limits(spec: &ScenarioSpec, channel: &Channel, row: &Row) -> Result<(), ScenarioError> {
    let limits = &channel.limits;
    for (step, (&value, touched)) in row.values.iter().zip(&row.touched).enumerate() {
        let Some(edit) = touched.and_then(|number| spec.edits.get(number)) else {
            continue;
        };
        let lows = [("low", limits.low), ("trip_low", limits.trip_low)];
        let highs = [("high", limits.high), ("trip_high", limits.trip_high)];
        let passed = lows
            .into_iter()
            .filter(|(_, low)| low.is_some_and(|low| value < low))
            .map(|limit| ("detail-at-least", "at least", limit))
            .chain(
                highs
                    .into_iter()
                    .filter(|(_, high)| high.is_some_and(|high| value > high))
                    .map(|limit| ("detail-at-most", "at most", limit)),
            )
            .next();
        let unit = &channel.unit;
        let expected = match passed {
            _ if !value.is_finite() => Phrase::new("detail-finite", "a finite number"),
            Some((key, side, (name, Some(bound)))) => {
                let english = format!("{side} {bound} {unit}, the limit {name}");
                Phrase::new(key, english)
                    .with("bound", bound)
                    .with("unit", unit)
                    .with("limit", name)
            }
            _ => continue,
        };
        return Err(ScenarioError::OutsideLimits {
            file: spec.file.clone(),
            line: edit.line,
            channel: channel.name.clone(),
            step,
            found: format!("{value:.6} {unit}"),
            expected,
        });
    }
    Ok(())
}

fn no_value(control: &str, episode: &str) -> Phrase {
    let english = format!("control {control:?} has no value in episode {episode:?}");
    Phrase::new("detail-no-control-value", english)
        .with("control", format!("{control:?}"))
        .with("episode", format!("{episode:?}"))
}

fn spec_place(spec: &ScenarioSpec, edit: &Edit) -> Place {
    let place = Place::file(&spec.file).in_column(&edit.channel);
    if edit.line == 0 {
        place
    } else {
        place.at_row(edit.line as u64)
    }
}
