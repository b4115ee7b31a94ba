//! How records are read while modalities are chosen: encoders, readers and what they said.

use super::{
    Fused, Reader, Record,
    choose::{Desk, too_rare},
    ground::{Ground, read_all},
    learned::{Attend, Encoder, Lesson, Targets, Voices},
    listen::{FUSED, Voice},
    pick::pick,
    reader::{patience, track_of},
};
use crate::{
    base::Issues,
    data::{FeatureTrack, Modality},
    model::ModelError,
};

/// Most channels that one modality gives.
const MOST_CHANNELS: usize = 3;

/// Everything that reads records, and what was read.
#[derive(Default)]
pub(super) struct Ears {
    /// Readers with the numbers that foretell the sensors' errors.
    pub(super) readers: [Option<Reader>; 3],
    /// What they said, in order of time.
    pub(super) records: [Vec<Record>; 3],
    /// What turns records into features, where that was learned.
    pub(super) encoders: [Option<Encoder>; 3],
    /// Readers with all their numbers, and what those said.
    all: ([Option<Reader>; 3], [Vec<Record>; 3]),
    /// Modalities put together, and what they said.
    pub(super) fused: Option<(Fused, Vec<Record>)>,
}

impl Ears {
    /// Readers and records with the numbers that foretell the sensors' errors.
    pub(super) fn new(
        desk: &Desk<'_>,
        is_learned: bool,
        notes: &mut Issues,
    ) -> Result<Self, ModelError> {
        let mut ears = Self::default();
        let targets = Targets::new(desk.leftout, desk.answering, desk.prepared);
        for (at, modality) in Modality::ALL.into_iter().enumerate() {
            let Some(track) = track_of(&desk.dataset.media.tracks, modality) else {
                continue;
            };
            let read;
            let mut track = track;
            if is_learned {
                ears.encoders[at] = Encoder::learn(&desk.lesson(&targets), modality, track)?;
                if let Some(encoder) = &ears.encoders[at] {
                    let folds = &desk.prepared.folds;
                    let items = encoder.read(desk.dataset, modality, track.items.iter(), folds)?;
                    read = numbered(modality, items);
                    track = &read;
                }
            }
            let patience = patience(modality, desk.prepared.step_secs);
            let (reader, records, count) = read_all(desk.prepared, track, patience);
            if reader.is_none() {
                notes.push(too_rare(modality, count));
            }
            (ears.all.0[at], ears.all.1[at]) = (reader, records);
        }
        (ears.readers, ears.records) = desk.picked(&ears.all.0, &ears.all.1);
        Ok(ears)
    }

    /// Learns attention over the modalities that tell something; whether there is any.
    pub(super) fn put_together(&mut self, desk: &Desk<'_>) -> Result<bool, ModelError> {
        if self.readers.iter().flatten().count() < 2 {
            return Ok(false);
        }
        let whole = |at: usize| {
            self.all.0[at]
                .clone()
                .filter(|_| self.readers[at].is_some())
        };
        let readers = [0, 1, 2].map(whole);
        let targets = Targets::new(desk.leftout, desk.answering, desk.prepared);
        let voices = Voices {
            readers: &readers,
            records: &self.all.1,
        };
        let Some(attend) = Attend::learn(&desk.lesson(&targets), voices, desk.prepared)? else {
            return Ok(false);
        };
        let track = numbered(Modality::Image, attend.fuse_all(voices, desk.prepared)?);
        // Readings are means of fresh records already.
        let (age, _) = patience(Modality::Image, desk.prepared.step_secs);
        let (reader, records, _) = read_all(desk.prepared, &track, (age, 1));
        let (picked, records) = desk.picked(&[reader, None, None], &[records, vec![], vec![]]);
        let ([Some(reader), ..], [records, ..]) = (picked, records) else {
            return Ok(false);
        };
        let fused = Fused {
            readers,
            attend,
            reader,
        };
        self.fused = Some((fused, records));
        Ok(true)
    }

    /// What is heard of a set of modalities.
    pub(super) fn voices(&self, set: [bool; 3], is_fused: bool) -> Vec<Voice<'_>> {
        if is_fused {
            let fused = self.fused.iter().map(|(fused, records)| Voice {
                name: FUSED,
                reader: &fused.reader,
                records,
            });
            return fused.collect();
        }
        let of = |at: usize| {
            Some(Voice {
                name: Modality::ALL[at].name(),
                reader: self.readers[at].as_ref()?,
                records: &self.records[at],
            })
        };
        (0..3).filter(|&at| set[at]).filter_map(of).collect()
    }
}

/// A track of numbers without names of their own.
fn numbered(modality: Modality, items: Vec<crate::data::FeatureItem>) -> FeatureTrack {
    let width = items.first().map_or(0, |item| item.features.len());
    FeatureTrack {
        modality,
        names: (1..=width).map(|at| at.to_string()).collect(),
        items,
    }
}

impl Desk<'_> {
    fn lesson<'a>(&'a self, targets: &'a Targets<'a>) -> Lesson<'a> {
        Lesson {
            dataset: self.dataset,
            folds: &self.prepared.folds,
            targets,
            is_pretrained: self.plan.pretrain,
            is_aligned: self.plan.align,
            is_hiding: self.is_hiding,
            seed: self.seed,
            n_threads: self.n_threads,
            stop: self.stop,
        }
    }

    /// The same readers and records with the few numbers that foretell the sensors' errors.
    fn picked(
        &self,
        readers: &[Option<Reader>; 3],
        records: &[Vec<Record>; 3],
    ) -> ([Option<Reader>; 3], [Vec<Record>; 3]) {
        let ground = Ground::new(self.leftout, readers, records);
        let n_obs = self.answering.len();
        let dims = [0, 1, 2].map(|at| {
            let Some(reader) = &readers[at] else {
                return Vec::new();
            };
            // The best number of each output first, then the second ones.
            let mut found: Vec<(usize, f64, usize)> = Vec::new();
            for (output, answering) in self.answering.iter().enumerate() {
                let size = (output, n_obs, self.prepared.n_in);
                let picked = pick((&ground, reader, at), answering.runs, size);
                let ranked = picked.into_iter().enumerate();
                found.extend(ranked.map(|(rank, (dim, left))| (rank, left, dim)));
            }
            found.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
            let mut dims: Vec<usize> = Vec::new();
            for (_, _, dim) in found {
                if dims.len() < MOST_CHANNELS && !dims.contains(&dim) {
                    dims.push(dim);
                }
            }
            dims
        });
        let of_reader = |at: usize| {
            let reader = readers[at].as_ref().filter(|_| !dims[at].is_empty());
            reader.map(|reader| reader.picked(&dims[at]))
        };
        let of_record = |at: usize| {
            let few = |record: &Record| Record {
                numbers: dims[at].iter().map(|&dim| record.numbers[dim]).collect(),
                ..*record
            };
            records[at].iter().map(few).collect()
        };
        ([0, 1, 2].map(of_reader), [0, 1, 2].map(of_record))
    }
}
