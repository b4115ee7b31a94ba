//! Says what a sensor did that no other bears out.

use super::{
    agree::{Sign, Suspect},
    grade::{Finding, short},
};
use crate::data::Dataset;

/// The finding against an accused sensor.
pub(super) fn alone(suspect: &Suspect, dataset: &Dataset) -> Finding {
    let (from, to) = (suspect.from, suspect.to);
    let share = (to - from) as f64 / dataset.episodes[suspect.episode].n_steps() as f64;
    let demerit = if share > 0.1 { 2 } else { 1 };
    let (first, last) = (from + 1, to);
    let finding = match suspect.sign {
        Sign::Offset(size) => Finding::new(
            "disagrees",
            demerit,
            format!(
                "jumps by {} at step {first} and back at step {last}; no other sensor bears it out",
                short(size)
            ),
        )
        .with("size", short(size)),
        Sign::Drifted(size) => Finding::new(
            "drifted",
            demerit,
            format!(
                "drifts by {} from about step {first} and jumps back at step {last}; no other \
                 sensor bears it out",
                short(size)
            ),
        )
        .with("size", short(size)),
        Sign::Late(steps) => {
            let secs = short(steps * dataset.step_secs);
            Finding::new(
                "late",
                demerit,
                format!(
                    "tells what the other sensors tell {secs} s later than usual, from about step \
                     {first} to {last}"
                ),
            )
            .with("secs", secs)
        }
    };
    let mut finding = finding.with("from", first).with("to", last);
    finding.row = Some(first as u64);
    finding
}
