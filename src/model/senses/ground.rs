//! What each modality says at the starts that families are scored on.

use super::{Reader, Reading, Record};
use crate::{
    data::{FeatureItem, FeatureTrack},
    model::{
        leftout::LeftOut,
        prepared::{Block, Prepared},
    },
};

/// Readings at the starts.
pub(super) struct Ground<'a> {
    /// The starts.
    pub(super) leftout: &'a LeftOut,
    /// What each modality says at the last measured step of each start.
    pub(super) readings: Vec<[Option<Reading>; 3]>,
}

impl<'a> Ground<'a> {
    pub(super) fn new(
        leftout: &'a LeftOut,
        readers: &[Option<Reader>; 3],
        records: &[Vec<Record>; 3],
    ) -> Self {
        let readings = leftout.starts.iter().map(|start| {
            let (episode, step) = start.place;
            [0, 1, 2].map(|at| {
                let reader = readers[at].as_ref()?;
                reader.reading(&records[at], (episode, step.checked_sub(1)?))
            })
        });
        Self {
            leftout,
            readings: readings.collect(),
        }
    }
}

/// The numbers that a reading leads to expect at a later step.
pub(super) fn expected(reader: &Reader, reading: &Reading, step: usize) -> Vec<f64> {
    let lag = step.saturating_sub(reading.step);
    let numbers = reading.numbers.iter().enumerate();
    let left = numbers.map(|(dim, number)| number * reader.memory.left(dim, lag));
    left.collect()
}

/// Fits a reader on the records of a track that are inside the folds, and reads all records; tells
/// how many were inside.
pub(super) fn read_all(
    prepared: &Prepared,
    track: &FeatureTrack,
    patience: (usize, usize),
) -> (Option<Reader>, Vec<Record>, usize) {
    let n_in = prepared.n_in;
    let input_at = |item: &FeatureItem| {
        let input = &prepared.episodes.get(item.episode)?.input;
        input.get(item.step * n_in..(item.step + 1) * n_in)
    };
    let usable: Vec<(&FeatureItem, &[f32])> = track
        .items
        .iter()
        .filter(|item| item.features.len() == track.names.len())
        .filter(|item| item.features.iter().any(|x| x.is_finite()))
        .filter_map(|item| Some((item, input_at(item)?)))
        .collect();
    let is_inside = |item: &FeatureItem| {
        let holds = |block: &Block| {
            block.episode == item.episode && (block.start..block.end).contains(&item.step)
        };
        prepared.folds.iter().flatten().any(holds)
    };
    let rows: Vec<(&FeatureItem, &[f32])> = usable
        .iter()
        .copied()
        .filter(|(item, _)| is_inside(item))
        .collect();
    let reader = Reader::fit(&rows, patience);
    let records = reader.iter().flat_map(|reader| {
        let read = |&(item, input): &(&FeatureItem, &[f32])| reader.record(item, input);
        usable.iter().map(read)
    });
    let records = records.collect();
    (reader, records, rows.len())
}
