//! The plant's log as a dataset, without files.

use super::{
    SynthError, SynthSpec,
    plant::STEP_SECS,
    run::{Run, run},
    signals::{N_CONTROLS, SIGNALS},
};
use crate::data::{Dataset, Episode, Media, Span, Split};

/// When the log begins: 2026-01-05T08:00:00+09:00, in ns since 1970 UTC.
pub(super) const START_NS: i64 = 1_767_567_600_000_000_000;

/// The episode's name: its first day by the clock on the wall.
const EPISODE: &str = "2026-01-05";

/// Steps between two blocks that nobody may use.
const GAP_STEPS: usize = 50;

/// Runs the plant and gives its log, split by time 70/15/15 with a gap; no images, sound or
/// checklists.
///
/// # Errors
///
/// [`SynthError`] for an unknown plant or fault.
pub fn plant_dataset(spec: &SynthSpec) -> Result<Dataset, SynthError> {
    let run = run(spec, 0)?;
    Ok(to_dataset(&run))
}

/// The log of a run as a dataset.
pub(super) fn to_dataset(run: &Run) -> Dataset {
    let n_steps = run.n_steps;
    let mut channels: Vec<_> = SIGNALS
        .iter()
        .map(super::signals::Signal::channel)
        .collect();
    for (channel, column) in channels.iter_mut().zip(&run.log) {
        let n_missing = column.iter().filter(|value| value.is_nan()).count();
        channel.missing_frac = n_missing as f64 / n_steps.max(1) as f64;
    }
    let cuts = [0, n_steps * 70 / 100, n_steps * 85 / 100, n_steps];
    let spans = Split::ALL
        .into_iter()
        .enumerate()
        .map(|(block, split)| Span {
            episode: 0,
            start: cuts[block] + if block == 0 { 0 } else { GAP_STEPS },
            end: cuts[block + 1],
            split,
        })
        .filter(|span| span.start < span.end)
        .collect();
    Dataset {
        name: "filling".to_owned(),
        step_secs: STEP_SECS,
        has_clock: true,
        utc_offset_secs: Some(9 * 3600),
        channels,
        episodes: vec![Episode {
            name: EPISODE.to_owned(),
            start_ns: START_NS,
            columns: run.log.clone(),
        }],
        spans,
        media: Media::default(),
    }
}

/// The file of the log without its ending, which is what an import calls the recording.
pub(super) const LOG: &str = "sensors";

/// The same with the controls that the plant obeyed, whatever faults did to the log, and called as
/// an import calls it, so that a scenario finds the same steps here and there.
pub(super) fn to_true_dataset(run: &Run) -> Dataset {
    let mut dataset = to_dataset(run);
    LOG.clone_into(&mut dataset.episodes[0].name);
    for (control, column) in dataset.episodes[0].columns.iter_mut().enumerate() {
        if control < N_CONTROLS {
            *column = run.truth.iter().map(|row| row[control]).collect();
        }
    }
    dataset
}
