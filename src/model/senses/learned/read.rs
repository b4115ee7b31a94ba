//! Records as learned numbers without a race of families: aligned with the sensors themselves.

use super::{encoder::Encoder, school::Lesson, target::Targets};
use crate::{
    base::{Issues, StopToken},
    data::{Dataset, FeatureTrack},
    model::{
        ModelError, SensesPlan,
        prepare::prepare,
        prepared::{Block, Prepared},
        senses::reader::track_of,
    },
};

/// The records of every modality as numbers of encoders that learned from some recordings; no label
/// is looked at. `learns_from` has one entry a recording.
///
/// What is foretold and aligned with is the outputs themselves. A modality whose records are too
/// few is left out.
///
/// # Errors
///
/// [`ModelError`] where the dataset does not hold together and where it was asked to stop.
pub fn learned_tracks(
    dataset: &Dataset,
    learns_from: &[bool],
    (plan, seed): (SensesPlan, u64),
    stop: &StopToken,
) -> Result<Vec<FeatureTrack>, ModelError> {
    let prepared = prepare(dataset, 2, false, &mut Issues::new(), stop)?.prepared;
    let targets = Targets::of_outputs(&prepared);
    let whole = |(episode, _): (usize, &bool)| Block {
        episode,
        start: 0,
        end: prepared.episodes[episode].n_steps,
    };
    let listed = learns_from.iter().enumerate().take(prepared.episodes.len());
    let folds = [listed.filter(|one| *one.1).map(whole).collect()];
    let lesson = Lesson {
        dataset,
        folds: &folds,
        targets: &targets,
        is_pretrained: plan.pretrain,
        is_aligned: plan.align,
        is_hiding: true,
        seed,
        n_threads: 0,
        stop,
    };
    let mut tracks = Vec::new();
    for modality in crate::data::Modality::ALL {
        let Some(track) = track_of(&dataset.media.tracks, modality) else {
            continue;
        };
        let Some(encoder) = Encoder::learn(&lesson, modality, track)? else {
            continue;
        };
        let items = encoder.read(dataset, modality, track.items.iter(), &[])?;
        let width = items.first().map_or(0, |item| item.features.len());
        tracks.push(FeatureTrack {
            modality,
            names: (1..=width).map(|at| at.to_string()).collect(),
            items,
        });
    }
    Ok(tracks)
}

impl<'a> Targets<'a> {
    /// The outputs themselves as what is to be foretold.
    pub(super) fn of_outputs(prepared: &'a Prepared) -> Self {
        let horizon = prepared.episodes.iter().map(|one| one.n_steps).max();
        let cells: Vec<Vec<[f64; 2]>> = prepared
            .episodes
            .iter()
            .map(|one| {
                let cell = |&y: &f32| {
                    if y.is_finite() {
                        [f64::from(y), 1.0]
                    } else {
                        [0.0; 2]
                    }
                };
                one.obs.iter().map(cell).collect()
            })
            .collect();
        Self::of_cells(prepared, prepared.n_obs, horizon.unwrap_or(1) / 4, &cells)
    }
}
