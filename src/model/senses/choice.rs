//! Which modalities are used: added one by one while the left-out score falls.

use super::{
    Correction, Reader, Reading, Record,
    ground::{Ground, expected, read_all},
    reader::{MIN_RECORDS, track_of},
};
use crate::{
    base::{Issue, Issues, Place, Severity},
    data::{Dataset, Modality},
    model::{
        ModalityGain, calibration::Calibration, context::to_f32, leftout::LeftOut,
        normalizer::Normalizer, prepare::ChannelMap, prepared::Prepared, race::mean_crps,
        runs::TierRuns,
    },
};

/// A modality that brings less is switched off.
const MIN_GAIN: f64 = 0.005;

/// What pictures, sound and checklists tell beyond the sensors.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Senses {
    /// How each modality is read; `None` where it is absent, too rare or switched off.
    pub(crate) readers: [Option<Reader>; 3],
    /// What answers where just these modalities are known: every set of those that are used.
    pub(crate) sighted: Vec<Sighted>,
}

/// What answers where a set of modalities is known.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sighted {
    /// The set.
    pub(crate) set: [bool; 3],
    /// The moved answer of each output that moves: of the families, then of the naive one.
    pub(crate) outputs: Vec<[Option<Moved>; 2]>,
    /// Whether the families answer for an output whatever the race said without modalities.
    pub(crate) by_families: Vec<bool>,
}

/// A moved answer with bands that fit it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Moved {
    /// The move.
    pub(crate) correction: Correction,
    /// The bands.
    pub(crate) calibration: Calibration,
}

/// What answers one output from sensors alone.
pub(crate) struct Answering<'a> {
    /// Left-out runs of the families, then of the naive one where that answers.
    pub(crate) runs: [Option<&'a TierRuns>; 2],
    /// The same of runs that go on for longer.
    pub(crate) far: [Option<&'a TierRuns>; 2],
    /// Their bands.
    pub(crate) calibration: [Option<&'a Calibration>; 2],
}

/// The ground on which modalities are chosen.
pub(crate) struct Field<'a> {
    pub(crate) dataset: &'a Dataset,
    pub(crate) prepared: &'a Prepared,
    pub(crate) leftout: &'a LeftOut,
    pub(crate) long: Option<&'a LeftOut>,
    /// Standard deviation of each output that moves.
    pub(crate) spreads: &'a [f64],
    pub(crate) answering: &'a [Answering<'a>],
}

impl Field<'_> {
    /// Adds modalities one by one while the left-out score falls.
    pub(crate) fn choose(&self, notes: &mut Issues) -> (Senses, Vec<ModalityGain>) {
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
        let near = Ground::new(self.leftout, &readers, &records);
        let far = self.long.map(|long| Ground::new(long, &readers, &records));
        let desk = Desk {
            field: self,
            readers: &readers,
            near: &near,
            far: far.as_ref(),
        };
        let mut used = [false; 3];
        let mut before = desk.blind();
        let mut gains = self.no_gains();
        let mut open: Vec<usize> = (0..3).filter(|&at| readers[at].is_some()).collect();
        while !open.is_empty() {
            let tried: Vec<(usize, Vec<f64>)> = open
                .iter()
                .map(|&at| {
                    let mut set = used;
                    set[at] = true;
                    (at, desk.sighted(set).1)
                })
                .collect();
            let mut best: Option<(f64, usize, Vec<f64>)> = None;
            for (at, scores) in tried {
                let gain = 1.0 - sum(&scores) / sum(&before).max(1e-300);
                let by_output = before.iter().zip(&scores);
                if let Some(one) = gains
                    .iter_mut()
                    .find(|one| one.modality == Modality::ALL[at])
                {
                    one.gain = gain;
                    one.by_output = by_output.map(|(old, new)| 1.0 - new / old).collect();
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
            open.retain(|one| *one != at);
            if let Some(one) = gains
                .iter_mut()
                .find(|one| one.modality == Modality::ALL[at])
            {
                one.used = true;
            }
        }
        let sets = (1..8_usize).map(|bits| [0, 1, 2].map(|at| bits >> at & 1 == 1));
        let is_used = |set: &[bool; 3]| (0..3).all(|at| used[at] || !set[at]);
        let sighted = sets.filter(is_used).map(|set| desk.sighted(set).0);
        let sighted = sighted.collect();
        for at in (0..3).filter(|&at| !used[at]) {
            readers[at] = None;
        }
        (Senses { readers, sighted }, gains)
    }

    fn no_gains(&self) -> Vec<ModalityGain> {
        let tracks = &self.dataset.media.tracks;
        let there = Modality::ALL.into_iter();
        let there = there.filter(|&modality| track_of(tracks, modality).is_some());
        let none = |modality| ModalityGain {
            modality,
            used: false,
            gain: 0.0,
            by_output: vec![0.0; self.spreads.len()],
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

/// What every set of modalities is tried on.
struct Desk<'a> {
    field: &'a Field<'a>,
    readers: &'a [Option<Reader>; 3],
    near: &'a Ground<'a>,
    far: Option<&'a Ground<'a>>,
}

impl Desk<'_> {
    fn n_obs(&self) -> usize {
        self.field.spreads.len()
    }

    /// The score of each output from sensors alone, in units of its spread.
    fn blind(&self) -> Vec<f64> {
        let answering = self.field.answering.iter().enumerate();
        let of = |(output, one): (usize, &Answering<'_>)| {
            let kind = usize::from(one.runs[1].is_some());
            let pair = one.runs[kind].zip(one.calibration[kind]);
            pair.map_or(f64::NAN, |(runs, calibration)| {
                self.score(runs, output, calibration)
            })
        };
        answering.map(of).collect()
    }

    fn score(&self, runs: &TierRuns, output: usize, calibration: &Calibration) -> f64 {
        let crps = mean_crps(runs, self.field.leftout, output, calibration, self.n_obs());
        crps / self.field.spreads[output]
    }

    /// What answers where a set is known, with the score of each output.
    fn sighted(&self, set: [bool; 3]) -> (Sighted, Vec<f64>) {
        let n_obs = self.n_obs();
        let mut sighted = Sighted {
            set,
            outputs: Vec::with_capacity(n_obs),
            by_families: Vec::with_capacity(n_obs),
        };
        let mut scores = Vec::with_capacity(n_obs);
        for (output, answering) in self.field.answering.iter().enumerate() {
            let tried = [0, 1].map(|kind| self.moved(answering, kind, set, output));
            let is_naive = answering.runs[1].is_some();
            let of = |kind: usize| tried[kind].as_ref().map_or(f64::INFINITY, |one| one.1);
            let by_families = !is_naive || of(0) < of(1);
            scores.push(of(usize::from(!by_families)));
            sighted.by_families.push(by_families);
            sighted
                .outputs
                .push(tried.map(|one| one.and_then(|one| one.0)));
        }
        (sighted, scores)
    }

    /// The moved answer of one output where that is better, and the score of what answers.
    fn moved(
        &self,
        answering: &Answering<'_>,
        kind: usize,
        set: [bool; 3],
        output: usize,
    ) -> Option<(Option<Moved>, f64)> {
        let (runs, plain) = (answering.runs[kind]?, answering.calibration[kind]?);
        let n_obs = self.n_obs();
        let blind = self.score(runs, output, plain);
        let ground = (self.near, self.readers, set);
        let Some(correction) = Correction::fit(ground, runs, (output, n_obs)) else {
            return Some((None, blind));
        };
        let leftout = self.field.leftout;
        let near = self.apply(&correction, runs, self.near, (set, output));
        let far = self.far.zip(answering.far[kind]);
        let far = far.map(|(ground, runs)| {
            (
                self.apply(&correction, runs, ground, (set, output)),
                ground.leftout,
            )
        });
        let far = far.as_ref().map(|(runs, long)| (runs, *long));
        let calibration = Calibration::fit((&near, leftout), far, output, n_obs);
        let score = self.score(&near, output, &calibration);
        if score < blind {
            let moved = Moved {
                correction,
                calibration,
            };
            return Some((Some(moved), score));
        }
        Some((None, blind))
    }

    /// Left-out runs with one output moved, each fold by the member that did not see it.
    fn apply(
        &self,
        correction: &Correction,
        runs: &TierRuns,
        ground: &Ground<'_>,
        (set, output): ([bool; 3], usize),
    ) -> TierRuns {
        let n_obs = self.n_obs();
        let mut moved = runs.clone();
        let starts = ground.leftout.starts.iter().zip(&ground.readings);
        for (mean, (start, readings)) in moved.mean.iter_mut().zip(starts) {
            for (step, cell) in (output..mean.len()).step_by(n_obs).enumerate() {
                let numbers = expected(self.readers, set, readings, start.place.1 + step);
                let Some(numbers) = numbers else { break };
                let shift = correction.shift(start.fold, &numbers, start.input(step), step);
                mean[cell] += to_f32(shift);
            }
        }
        moved
    }
}

/// What is known at the start of a rollout.
pub(crate) struct Known<'a> {
    senses: &'a Senses,
    sighted: &'a Sighted,
    readings: [Option<Reading>; 3],
    start: usize,
}

impl Senses {
    /// Whether a modality is read at all.
    pub(crate) fn uses(&self, modality: Modality) -> bool {
        let at = Modality::ALL.iter().position(|one| *one == modality);
        at.is_some_and(|at| self.readers[at].is_some())
    }

    /// What is known before the first predicted step; `None` where no used modality says anything.
    pub(crate) fn known(
        &self,
        dataset: &Dataset,
        (map, normalizer): (&ChannelMap, &Normalizer),
        (episode, start): (usize, usize),
    ) -> Option<Known<'_>> {
        let at = (episode, start.checked_sub(1)?);
        let readings = [0, 1, 2].map(|modality| {
            let reader = self.readers[modality].as_ref()?;
            let track = track_of(&dataset.media.tracks, Modality::ALL[modality])?;
            let oldest = at.1.saturating_sub(reader.max_age_steps);
            let first = track
                .items
                .partition_point(|one| (one.episode, one.step) < (episode, oldest));
            let end = track
                .items
                .partition_point(|one| (one.episode, one.step) <= at);
            let records: Vec<Record> = track.items[first..end.max(first)]
                .iter()
                .filter(|item| item.features.len() == reader.center.len())
                .filter(|item| item.features.iter().any(|x| x.is_finite()))
                .map(|item| {
                    let steps = item.step..item.step + 1;
                    let input = map.input_rows(dataset, normalizer, episode, steps, None);
                    reader.record(item, &input)
                })
                .collect();
            reader.reading(&records, at)
        });
        let set = [0, 1, 2].map(|at| readings[at].is_some());
        let sighted = self.sighted.iter().find(|one| one.set == set)?;
        Some(Known {
            senses: self,
            sighted,
            readings,
            start,
        })
    }
}

impl<'a> Known<'a> {
    /// Whether the families answer for an output whatever the race said.
    pub(crate) fn by_families(&self, position: usize) -> bool {
        self.sighted
            .by_families
            .get(position)
            .copied()
            .unwrap_or(false)
    }

    /// The moved answer of an output: of the naive family or of the others.
    pub(crate) fn moved(&self, position: usize, is_naive: bool) -> Option<&'a Moved> {
        let sighted: &'a Sighted = self.sighted;
        sighted.outputs.get(position)?[usize::from(is_naive)].as_ref()
    }

    /// How far each member's answer is moved, `[M][H]`, normalised.
    pub(crate) fn shifts(
        &self,
        moved: &Moved,
        n_members: usize,
        future_input: &[f32],
        n_steps: usize,
    ) -> Vec<Vec<f64>> {
        let n_in = future_input.len() / n_steps.max(1);
        let rows: Vec<Vec<f64>> = (0..n_steps)
            .map(|step| {
                let step = self.start + step;
                let row = expected(&self.senses.readers, self.sighted.set, &self.readings, step);
                row.unwrap_or_default()
            })
            .collect();
        let path = |member: usize| {
            let steps = rows.iter().enumerate();
            let shift = |(step, numbers): (usize, &Vec<f64>)| {
                let input = &future_input[step * n_in..(step + 1) * n_in];
                moved.correction.shift(member, numbers, input, step)
            };
            steps.map(shift).collect()
        };
        (0..n_members).map(path).collect()
    }
}
