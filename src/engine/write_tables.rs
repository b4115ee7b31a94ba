//! Trajectories and stretches as tables for other programs.

use std::{fmt::Write as _, path::Path};

use super::{AnomalyAnswer, EngineError, GapAnswer, Loaded, RunAnswer};
use crate::{
    base::{self, format_zoned},
    data::Dataset,
    report::name_cell,
    store::write_trajectory_parquet,
};

/// Refuses a file of a kind that is not written, such as another than `.csv, .parquet`.
///
/// # Errors
///
/// [`EngineError::FileKind`] with those that are.
pub fn check_out(out: &Path, expected: &'static str) -> Result<(), EngineError> {
    let found = extension(out);
    let mut known = expected.split(", ");
    if known.any(|ending| ending.strip_prefix('.') == Some(found.as_str())) {
        return Ok(());
    }
    Err(EngineError::FileKind {
        path: out.to_path_buf(),
        expected,
    })
}

/// Writes a rolled-out scenario: one row a step with its time on the log's own clock, columns of each
/// output. A name that a spreadsheet would take for a formula gets an apostrophe.
///
/// # Errors
///
/// [`EngineError`] for a kind of file that is not written, and where the file cannot be written.
pub fn write_trajectory(loaded: &Loaded, run: &RunAnswer, out: &Path) -> Result<(), EngineError> {
    check_out(out, ".csv, .parquet")?;
    if extension(out) == "parquet" {
        let trajectory = &run.side.trajectory;
        return Ok(write_trajectory_parquet(out, &loaded.dataset, trajectory)?);
    }
    let text = trajectory_csv(&loaded.dataset, run);
    Ok(base::write_atomic(out, text.as_bytes())?)
}

/// Writes every row of a gap: episode, step, channel, measured, predicted, 90 % band.
///
/// # Errors
///
/// [`EngineError`] for a kind of file that is not written, and where the file cannot be written.
pub fn write_stretches(loaded: &Loaded, gap: &GapAnswer, out: &Path) -> Result<(), EngineError> {
    check_out(out, ".csv")?;
    let dataset = &loaded.dataset;
    let mut text = String::from("episode,step,channel,real,mean,lo90,hi90\n");
    for stretch in &gap.stretches {
        let episode = name_cell(&dataset.episodes[stretch.episode].name);
        for (output, &channel) in gap.channels.iter().enumerate() {
            let name = name_cell(&dataset.channels[channel].name);
            for step in 0..stretch.mean[output].len() {
                push_line(
                    &mut text,
                    &[&episode, &(stretch.start + step).to_string(), &name],
                    &[
                        stretch.real[output][step],
                        stretch.mean[output][step],
                        stretch.lo90[output][step],
                        stretch.hi90[output][step],
                    ],
                );
            }
        }
    }
    Ok(base::write_atomic(out, text.as_bytes())?)
}

/// Writes every step of a split: episode, step, time, score, whether it is flagged, and each
/// channel's part in the score.
///
/// # Errors
///
/// [`EngineError`] for a kind of file that is not written, and where the file cannot be written.
pub fn write_anomalies(
    loaded: &Loaded,
    answer: &AnomalyAnswer,
    out: &Path,
) -> Result<(), EngineError> {
    check_out(out, ".csv")?;
    let (dataset, surprise) = (&loaded.dataset, &answer.surprise);
    let mut text = String::from("episode,step,time,score,flagged");
    for &channel in &surprise.channels {
        text.push(',');
        text.push_str(&name_cell(&dataset.channels[channel].name));
    }
    text.push('\n');
    for span in dataset.spans_of(answer.split) {
        let episode = &dataset.episodes[span.episode];
        let (name, trace) = (name_cell(&episode.name), &surprise.episodes[span.episode]);
        for step in span.start..span.end {
            let time_ns = episode.time_ns(step, dataset.step_secs);
            let time = format_zoned(time_ns, dataset.shown_offset_secs());
            let score = trace.score[step];
            let is_flagged = if score > surprise.limit { "1" } else { "0" };
            let numbers: Vec<f64> = trace
                .parts
                .iter()
                .map(|part| thousandths(f64::from(part[step])))
                .collect();
            let score = thousandths(score).to_string();
            push_line(
                &mut text,
                &[&name, &step.to_string(), &time, &score, is_flagged],
                &numbers,
            );
        }
    }
    Ok(base::write_atomic(out, text.as_bytes())?)
}

/// A score is no finer than this.
fn thousandths(x: f64) -> f64 {
    (x * 1000.0).round() / 1000.0
}

fn trajectory_csv(dataset: &Dataset, run: &RunAnswer) -> String {
    let trajectory = &run.side.trajectory;
    let mut head = vec!["step".to_owned(), "time".to_owned()];
    for &channel in &trajectory.channels {
        let name = &dataset.channels[channel].name;
        for part in ["mean", "lo50", "hi50", "lo90", "hi90", "real"] {
            head.push(name_cell(&format!("{name}.{part}")));
        }
    }
    let mut text = head.join(",");
    text.push('\n');
    let episode = &dataset.episodes[run.side.plan.start.episode];
    for step in 0..trajectory.n_steps {
        let numbers: Vec<f64> = (0..trajectory.channels.len())
            .flat_map(|output| {
                let (band50, band90) = (&trajectory.band50[output], &trajectory.band90[output]);
                [
                    trajectory.mean[output][step],
                    band50.lo[step],
                    band50.hi[step],
                    band90.lo[step],
                    band90.hi[step],
                    run.real[output][step],
                ]
            })
            .collect();
        let time_ns = episode.time_ns(run.side.plan.start.step + step, dataset.step_secs);
        let time = format_zoned(time_ns, dataset.shown_offset_secs());
        push_line(&mut text, &[&step.to_string(), &time], &numbers);
    }
    text
}

/// A missing number is an empty cell.
fn push_line(text: &mut String, words: &[&str], numbers: &[f64]) {
    text.push_str(&words.join(","));
    for number in numbers {
        text.push(',');
        if number.is_finite() {
            // Writing to a string cannot fail.
            write!(text, "{number}").ok();
        }
    }
    text.push('\n');
}

fn extension(path: &Path) -> String {
    path.extension()
        .map(|end| end.to_string_lossy().to_lowercase())
        .unwrap_or_default()
}
