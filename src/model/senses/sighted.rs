//! Which modalities are used: tried one by one with a model of their own while the score falls.

use super::{
    Memory, Reader, Record,
    ground::{Ground, read_all},
    listen::{listened, listened_until},
    pick::pick,
    reader::{MIN_RECORDS, track_of},
};
use crate::{
    base::{Issue, Issues, Place, Severity},
    data::{Dataset, Modality},
    model::{
        FittedModel, ModalityGain, ModelError, leftout::LeftOut, normalizer::Normalizer,
        prepare::ChannelMap, prepared::Prepared, runs::TierRuns,
    },
};

/// A modality that brings less is switched off.
const MIN_GAIN: f64 = 0.005;
/// A sighted answer must score better than the sensors' by this factor.
const BETTER: f64 = 0.99;
/// Most channels that one modality gives.
const MOST_CHANNELS: usize = 3;

/// What pictures, sound and checklists tell beyond the sensors.
#[derive(Debug, Clone, Default)]
pub(crate) struct Senses {
    /// How each modality is read; `None` where it is absent, too rare or switched off.
    pub(crate) readers: [Option<Reader>; 3],
    /// What answers where modalities are known, the largest set first.
    pub(crate) sighted: Vec<Sighted>,
}

/// What answers where a set of modalities is known.
#[derive(Debug, Clone)]
pub(crate) struct Sighted {
    /// The set.
    pub(crate) set: [bool; 3],
    /// A model with what they say as further channels.
    pub(crate) model: Box<FittedModel>,
    /// For each output that moves, whether that model answers it.
    pub(crate) better: Vec<bool>,
}

/// A model tried with further channels.
pub(crate) struct Trial {
    /// The model.
    pub(crate) model: FittedModel,
    /// Its left-out score in each output that moves, in units of the output's spread.
    pub(crate) scores: Vec<f64>,
}

/// What answers one output from sensors alone.
pub(crate) struct Answering<'a> {
    /// Its left-out runs.
    pub(crate) runs: &'a TierRuns,
    /// Their score, in units of the output's spread.
    pub(crate) score: f64,
}

/// The ground on which modalities are chosen.
pub(crate) struct Desk<'a> {
    pub(crate) dataset: &'a Dataset,
    pub(crate) prepared: &'a Prepared,
    pub(crate) leftout: &'a LeftOut,
    pub(crate) answering: &'a [Answering<'a>],
}

/// Trains a model on a dataset whose last inputs are known up to a start only.
pub(crate) type Train<'a> = dyn FnMut(&Dataset, Memory) -> Result<Trial, ModelError> + 'a;

impl Desk<'_> {
    /// Adds modalities one by one while the left-out score falls.
    ///
    /// `train` trains the quick families, by which modalities are chosen; `whole` all of them, for
    /// the set that was chosen.
    ///
    /// # Errors
    ///
    /// What `train` and `whole` give.
    pub(crate) fn choose(
        &self,
        train: &mut Train<'_>,
        whole: Option<&mut Train<'_>>,
        notes: &mut Issues,
    ) -> Result<(Senses, Vec<ModalityGain>), ModelError> {
        let (readers, records) = self.readers(notes);
        let mut gains = self.no_gains();
        let mut open: Vec<usize> = (0..3).filter(|&at| readers[at].is_some()).collect();
        let mut before: Vec<f64> = self.answering.iter().map(|one| one.score).collect();
        let mut used = [false; 3];
        let mut tried: Vec<Sighted> = Vec::new();
        while !open.is_empty() {
            let mut best: Option<(f64, usize, Vec<f64>)> = None;
            let mut worthless = Vec::new();
            for &at in &open {
                let mut set = used;
                set[at] = true;
                let (sighted, scores) = self.sighted((&readers, &records), set, train)?;
                tried.push(sighted);
                let gain = 1.0 - sum(&scores) / sum(&before).max(1e-300);
                let by_output = before.iter().zip(&scores);
                let mut of_modality = gains.iter_mut();
                if let Some(one) = of_modality.find(|one| one.modality == Modality::ALL[at]) {
                    one.gain = gain;
                    one.by_output = by_output.map(|(old, new)| 1.0 - new / old).collect();
                }
                // What brings nothing now is not tried again beside others: each trial costs time.
                if gain <= MIN_GAIN {
                    worthless.push(at);
                }
                if best.as_ref().is_none_or(|best| gain > best.0) {
                    best = Some((gain, at, scores));
                }
            }
            let Some((_, at, scores)) = best.filter(|best| best.0 > MIN_GAIN) else {
                break;
            };
            used[at] = true;
            before = scores;
            open.retain(|one| *one != at && !worthless.contains(one));
            let mut of_modality = gains.iter_mut();
            if let Some(one) = of_modality.find(|one| one.modality == Modality::ALL[at]) {
                one.used = true;
            }
        }
        tried.retain(|one| (0..3).all(|at| used[at] || !one.set[at]));
        tried.sort_by_key(|one| std::cmp::Reverse(one.set.iter().filter(|on| **on).count()));
        if let (Some(whole), Some(first)) = (whole, tried.first_mut()) {
            let (sighted, scores) = self.sighted((&readers, &records), first.set, whole)?;
            if sum(&scores) < sum(&before) {
                *first = sighted;
            }
        }
        let mut readers = readers;
        for at in (0..3).filter(|&at| !used[at]) {
            readers[at] = None;
        }
        let senses = Senses {
            readers,
            sighted: tried,
        };
        Ok((senses, gains))
    }

    /// Readers and records with the numbers that foretell the sensors' errors.
    fn readers(&self, notes: &mut Issues) -> ([Option<Reader>; 3], [Vec<Record>; 3]) {
        let mut readers = [None, None, None];
        let mut records = [Vec::new(), Vec::new(), Vec::new()];
        for (at, modality) in Modality::ALL.into_iter().enumerate() {
            if let Some((reader, read, count)) = read_all(self.dataset, self.prepared, modality) {
                if reader.is_none() {
                    notes.push(too_rare(modality, count));
                }
                (readers[at], records[at]) = (reader, read);
            }
        }
        let ground = Ground::new(self.leftout, &readers, &records);
        let n_obs = self.answering.len();
        let mut picks: [Vec<usize>; 3] = [const { Vec::new() }; 3];
        for (at, reader) in readers.iter().enumerate() {
            let Some(reader) = reader else { continue };
            // The best number of each output first, then the second ones.
            let mut found: Vec<(usize, f64, usize)> = Vec::new();
            for (output, answering) in self.answering.iter().enumerate() {
                let size = (output, n_obs, self.prepared.n_in);
                let picked = pick((&ground, reader, at), answering.runs, size);
                let ranked = picked.into_iter().enumerate();
                found.extend(ranked.map(|(rank, (dim, left))| (rank, left, dim)));
            }
            found.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
            for (_, _, dim) in found {
                if picks[at].len() < MOST_CHANNELS && !picks[at].contains(&dim) {
                    picks[at].push(dim);
                }
            }
        }
        drop(ground);
        for at in 0..3 {
            let dims = &picks[at];
            readers[at] = readers[at]
                .take()
                .filter(|_| !dims.is_empty())
                .map(|reader| reader.picked(dims));
            for record in &mut records[at] {
                record.numbers = dims.iter().map(|&dim| record.numbers[dim]).collect();
            }
        }
        (readers, records)
    }

    /// A model that knows a set of modalities, with the score of what then answers each output.
    fn sighted(
        &self,
        (readers, records): (&[Option<Reader>; 3], &[Vec<Record>; 3]),
        set: [bool; 3],
        train: &mut Train<'_>,
    ) -> Result<(Sighted, Vec<f64>), ModelError> {
        let heard = listened(self.dataset, readers, records, set);
        let mut fading = Memory::default();
        for reader in (0..3)
            .filter(|&at| set[at])
            .filter_map(|at| readers[at].as_ref())
        {
            fading.slopes.extend(reader.memory.slopes.iter().cloned());
        }
        let trial = train(&heard, fading)?;
        let mut better = Vec::with_capacity(self.answering.len());
        let mut scores = Vec::with_capacity(self.answering.len());
        for (answering, score) in self.answering.iter().zip(&trial.scores) {
            let wins = *score < BETTER * answering.score;
            better.push(wins);
            scores.push(if wins { *score } else { answering.score });
        }
        let sighted = Sighted {
            set,
            model: Box::new(trial.model),
            better,
        };
        Ok((sighted, scores))
    }

    fn no_gains(&self) -> Vec<ModalityGain> {
        let tracks = &self.dataset.media.tracks;
        let there = Modality::ALL.into_iter();
        let there = there.filter(|&modality| track_of(tracks, modality).is_some());
        let none = |modality| ModalityGain {
            modality,
            used: false,
            gain: 0.0,
            by_output: vec![0.0; self.answering.len()],
        };
        there.map(none).collect()
    }
}

fn too_rare(modality: Modality, count: usize) -> Issue {
    let text = format!(
        "has {count} usable records in train and val blocks, fewer than {MIN_RECORDS} or all \
         alike: it is not used"
    );
    let place = Place::default().in_column(modality.name());
    Issue::new(place, Severity::Info, "modality-too-rare", text)
        .with("count", count)
        .with("least", MIN_RECORDS)
}

fn sum(scores: &[f64]) -> f64 {
    scores.iter().filter(|score| score.is_finite()).sum()
}

impl Senses {
    /// Whether a modality is read at all.
    pub(crate) fn uses(&self, modality: Modality) -> bool {
        let at = Modality::ALL.iter().position(|one| *one == modality);
        at.is_some_and(|at| self.readers[at].is_some())
    }

    /// What answers where just these records are known, and the dataset as it sees it; `None`
    /// where no used modality says anything.
    pub(crate) fn listen(
        &self,
        dataset: &Dataset,
        (map, normalizer): (&ChannelMap, &Normalizer),
        place: (usize, usize, usize),
    ) -> Option<(&Sighted, Dataset)> {
        self.sighted.iter().find_map(|one| {
            let how = (one.set, map, normalizer);
            let heard = listened_until(dataset, &self.readers, how, place)?;
            Some((one, heard))
        })
    }
}
