//! Which modalities are used: tried one by one with a model of their own while the score falls.

use std::cell::Cell;

use super::{
    Memory, Senses, Sighted,
    ears::Ears,
    listen::listened,
    reader::{MIN_RECORDS, track_of},
};
use crate::{
    base::{Issue, Issues, Place, Purpose, Severity, StopToken, Stream},
    data::{Dataset, Modality},
    model::{
        FittedModel, Fusion, ModalityGain, ModelError, SensesPlan, SensesWay, leftout::LeftOut,
        prepared::Prepared, runs::TierRuns,
    },
};

/// A modality that brings less is switched off.
const MIN_GAIN: f64 = 0.005;
/// A sighted answer must score better than the sensors' by this factor …
const BETTER: f64 = 0.99;
/// … and by this many standard errors over folds, so that a lucky one does not answer.
const CLEAR: f64 = 1.0;

/// Stretches of records that change places where a gain is held against chance.
const N_STRETCHES: usize = 16;

/// A model tried with further channels.
pub(crate) struct Trial {
    /// The model.
    pub(crate) model: FittedModel,
    /// Its left-out scores in each output that moves.
    pub(crate) scores: Vec<Scores>,
}

/// How good answers for an output are.
#[derive(Debug, Clone)]
pub(crate) struct Scores {
    /// In runs of the length by which everything is chosen.
    pub(crate) near: Score,
    /// Beyond that, in runs that go on; `None` where the folds are too short for them.
    pub(crate) far: Option<Score>,
}

/// A left-out CRPS in units of the output's spread.
#[derive(Debug, Clone)]
pub(crate) struct Score {
    /// Over all steps.
    pub(crate) whole: f64,
    /// Fold by fold; NaN where one has no measurement.
    pub(crate) folds: Vec<f64>,
}

impl Score {
    /// From sums and numbers of steps fold by fold.
    pub(crate) fn new(folds: &[(f64, f64)], spread: f64) -> Self {
        let whole = folds
            .iter()
            .fold((0.0, 0.0), |all, one| (all.0 + one.0, all.1 + one.1));
        Self {
            whole: whole.0 / (whole.1 * spread),
            folds: folds.iter().map(|one| one.0 / (one.1 * spread)).collect(),
        }
    }

    /// Whether this is the better one, and by more than folds differ.
    fn beats(&self, other: &Self) -> bool {
        if self.whole.is_nan() || self.whole >= BETTER * other.whole {
            return false;
        }
        let pairs = self.folds.iter().zip(&other.folds);
        let gains = pairs.map(|(new, old)| old - new);
        let gains: Vec<f64> = gains.filter(|gain| gain.is_finite()).collect();
        let count = gains.len() as f64;
        let mean = gains.iter().sum::<f64>() / count;
        let squares = gains.iter().map(|gain| (gain - mean).powi(2)).sum::<f64>();
        mean > CLEAR * (squares / (count * (count - 1.0).max(1.0))).sqrt()
    }
}

/// What answers one output from sensors alone.
pub(crate) struct Answering<'a> {
    /// Its left-out runs.
    pub(crate) runs: &'a TierRuns,
    /// Their scores.
    pub(crate) scores: Scores,
}

/// The ground on which modalities are chosen.
#[derive(Clone, Copy)]
pub(crate) struct Desk<'a> {
    pub(crate) dataset: &'a Dataset,
    pub(crate) prepared: &'a Prepared,
    pub(crate) leftout: &'a LeftOut,
    pub(crate) answering: &'a [Answering<'a>],
    /// How records become numbers.
    pub(crate) plan: SensesPlan,
    pub(crate) fusion: Fusion,
    /// Whether one of several modalities is hidden at random while attention learns.
    pub(crate) is_hiding: bool,
    pub(crate) seed: u64,
    pub(crate) n_threads: usize,
    pub(crate) stop: &'a StopToken,
    /// Whether there is time to try one more.
    pub(crate) is_time: &'a dyn Fn() -> bool,
}

/// Trains a model on a dataset whose last inputs are known up to a start only.
pub(crate) type Train<'a> = dyn FnMut(&Dataset, Memory) -> Result<Trial, ModelError> + 'a;

/// What one way of reading came to.
struct Chosen {
    ears: Ears,
    used: [bool; 3],
    sighted: Vec<Sighted>,
    gains: Vec<ModalityGain>,
    /// The score of what then answers each output.
    scores: Vec<f64>,
    /// The same before modalities were put together.
    late: Vec<f64>,
    /// How many trials were made, where time ended before all were.
    cut_after: Option<usize>,
}

impl Desk<'_> {
    /// Adds modalities one by one while the left-out score falls.
    ///
    /// `train` trains the quick families, by which modalities are chosen; `whole` all of them, for
    /// the set that was chosen, where there is time left.
    ///
    /// # Errors
    ///
    /// What `train` and `whole` give.
    pub(crate) fn choose(
        &self,
        train: &mut Train<'_>,
        whole: &mut Train<'_>,
        notes: &mut Issues,
    ) -> Result<(Senses, Vec<ModalityGain>), ModelError> {
        let ways: &[bool] = match self.plan.way {
            SensesWay::Features => &[false],
            SensesWay::Learned => &[true],
            SensesWay::Auto => &[false, true],
        };
        let mut best: Option<Chosen> = None;
        for &is_learned in ways {
            // Encoders learn for a while before the first trial.
            if best.is_some() && !(self.is_time)() {
                notes.push(cut_note());
                break;
            }
            let mut chosen = self.choose_by(is_learned, train, notes)?;
            let is_fused = chosen.sighted.iter().any(|one| one.is_fused);
            if is_fused || (is_learned && !chosen.sighted.is_empty()) {
                self.hold_against_chance(is_learned, &mut chosen, train, notes)?;
            }
            let Some(other) = best else {
                best = Some(chosen);
                continue;
            };
            let (before, now) = (sum(&other.scores), sum(&chosen.scores));
            let is_better = now < (1.0 - MIN_GAIN) * before;
            if chosen.cut_after.is_none() || is_better {
                notes.push(way_note(is_better, 1.0 - now / before.max(1e-300)));
            }
            best = Some(if is_better { chosen } else { other });
        }
        let Some(mut chosen) = best else {
            return Ok((Senses::default(), self.no_gains()));
        };
        if let Some(first) = chosen.sighted.first().filter(|_| (self.is_time)()) {
            let (sighted, scores) =
                self.sighted(&chosen.ears, (first.set, first.is_fused), whole)?;
            if sum(&scores) < sum(&chosen.scores) {
                chosen.sighted[0] = sighted;
            }
        }
        let mut ears = chosen.ears;
        let reads = |at: usize| chosen.sighted.iter().any(|one| one.set[at]);
        let mut encoders = ears.encoders;
        for (at, encoder) in encoders.iter_mut().enumerate() {
            if !chosen.used[at] {
                ears.readers[at] = None;
            }
            if !reads(at) {
                *encoder = None;
            }
        }
        let is_fused = chosen.sighted.iter().any(|one| one.is_fused);
        let senses = Senses {
            readers: ears.readers,
            encoders,
            fused: ears.fused.filter(|_| is_fused).map(|one| one.0),
            sighted: chosen.sighted,
        };
        Ok((senses, chosen.gains))
    }

    /// Drops what learned encoders, or attention over fixed features, brought where records of other
    /// times bring nearly as much.
    ///
    /// Nets that learned without a fold still say something of it through the others: where errors
    /// last for hours, noise can seem to foretell them. Records of other hours tell nothing but that.
    fn hold_against_chance(
        &self,
        is_learned: bool,
        chosen: &mut Chosen,
        train: &mut Train<'_>,
        notes: &mut Issues,
    ) -> Result<(), ModelError> {
        let before: Vec<f64> = self
            .answering
            .iter()
            .map(|one| one.scores.near.whole)
            .collect();
        let gain = |scores: &[f64]| 1.0 - sum(scores) / sum(&before).max(1e-300);
        let elsewhere = moved_away(self.dataset, self.seed);
        // Held against as many trials as there was time for, however long they take.
        let made = Cell::new(0);
        let is_time = || {
            made.set(made.get() + 1);
            chosen.cut_after.is_none_or(|most| made.get() <= most)
        };
        let desk = Desk {
            dataset: &elsewhere,
            is_time: &is_time,
            ..*self
        };
        let chance = gain(
            &desk
                .choose_by(is_learned, train, &mut Issues::new())?
                .scores,
        );
        let real = gain(&chosen.scores);
        if real - chance.max(0.0) > MIN_GAIN && real > 2.0 * chance {
            return Ok(());
        }
        notes.push(chance_note(real, chance));
        if !is_learned {
            // Late fusion of fixed features learns nothing from the sensors, and stays.
            chosen.sighted.retain(|one| !one.is_fused);
            chosen.scores.clone_from(&chosen.late);
            for gain in &mut chosen.gains {
                let at = Modality::ALL.iter().position(|one| *one == gain.modality);
                gain.used = at.is_some_and(|at| chosen.used[at]);
            }
            return Ok(());
        }
        *chosen = Chosen {
            cut_after: None,
            ..self.nothing(self.no_gains())
        };
        Ok(())
    }

    /// The same with one way of reading.
    fn choose_by(
        &self,
        is_learned: bool,
        train: &mut Train<'_>,
        notes: &mut Issues,
    ) -> Result<Chosen, ModelError> {
        let mut gains = self.no_gains();
        let (mut is_time, mut n_trials) = ((self.is_time)(), 0);
        if !is_time {
            for gain in &gains {
                notes.push(untried_note(gain.modality));
            }
            return Ok(self.nothing(gains));
        }
        let mut ears = Ears::new(self, is_learned, notes)?;
        let mut open: Vec<usize> = (0..3).filter(|&at| ears.readers[at].is_some()).collect();
        let mut before: Vec<f64> = self
            .answering
            .iter()
            .map(|one| one.scores.near.whole)
            .collect();
        let mut used = [false; 3];
        let mut tried: Vec<Sighted> = Vec::new();
        while is_time && !open.is_empty() {
            let mut best: Option<(f64, usize, Vec<f64>)> = None;
            let mut worthless = Vec::new();
            for &at in &open {
                is_time = n_trials == 0 || (self.is_time)();
                if !is_time {
                    break;
                }
                n_trials += 1;
                let mut set = used;
                set[at] = true;
                let (sighted, scores) = self.sighted(&ears, (set, false), train)?;
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
        if !is_time {
            let rest = open.into_iter().map(|at| Modality::ALL[at]);
            rest.for_each(|modality| notes.push(untried_note(modality)));
        }
        tried.retain(|one| (0..3).all(|at| used[at] || !one.set[at]));
        tried.sort_by_key(|one| std::cmp::Reverse(one.set.iter().filter(|on| **on).count()));
        let mut chosen = Chosen {
            used,
            sighted: tried,
            gains,
            late: before.clone(),
            scores: before,
            ears: Ears::default(),
            cut_after: (!is_time).then_some(n_trials),
        };
        if self.fusion == Fusion::Attention {
            if is_time && (self.is_time)() {
                self.put_together(&mut ears, &mut chosen, train, notes)?;
            } else {
                notes.push(cut_note());
            }
        }
        chosen.ears = ears;
        Ok(chosen)
    }

    /// Tries the modalities put together by attention, against what was chosen so far.
    fn put_together(
        &self,
        ears: &mut Ears,
        chosen: &mut Chosen,
        train: &mut Train<'_>,
        notes: &mut Issues,
    ) -> Result<(), ModelError> {
        if !ears.put_together(self)? {
            notes.push(fused_note(None));
            return Ok(());
        }
        let set = [0, 1, 2].map(|at| ears.readers[at].is_some());
        let (sighted, scores) = self.sighted(ears, (set, true), train)?;
        let gain = 1.0 - sum(&scores) / sum(&chosen.scores).max(1e-300);
        let is_better = gain > MIN_GAIN;
        notes.push(fused_note(Some((is_better, gain))));
        if is_better {
            for one in &mut chosen.gains {
                let at = Modality::ALL
                    .iter()
                    .position(|other| *other == one.modality);
                one.used |= at.is_some_and(|at| set[at]);
            }
            chosen.scores = scores;
            chosen.sighted.insert(0, sighted);
        }
        Ok(())
    }

    /// A model that knows a set of modalities, with the score of what then answers each output.
    fn sighted(
        &self,
        ears: &Ears,
        (set, is_fused): ([bool; 3], bool),
        train: &mut Train<'_>,
    ) -> Result<(Sighted, Vec<f64>), ModelError> {
        let voices = ears.voices(set, is_fused);
        let heard = listened(self.dataset, &voices);
        let mut fading = Memory::default();
        for voice in &voices {
            fading
                .slopes
                .extend(voice.reader.memory.slopes.iter().cloned());
        }
        let trial = train(&heard, fading)?;
        let mut sighted = Sighted {
            set,
            is_fused,
            model: Box::new(trial.model),
            better: Vec::with_capacity(self.answering.len()),
            far: Vec::with_capacity(self.answering.len()),
            until: self.leftout.horizon,
        };
        let mut scores = Vec::with_capacity(self.answering.len());
        for (sensors, heard) in self.answering.iter().zip(&trial.scores) {
            let sensors = &sensors.scores;
            let wins = heard.near.beats(&sensors.near);
            sighted.better.push(wins);
            let far = heard.far.as_ref().zip(sensors.far.as_ref());
            sighted
                .far
                .push(far.is_some_and(|(heard, sensors)| heard.beats(sensors)));
            let best = if wins { heard } else { sensors };
            scores.push(best.near.whole);
        }
        Ok((sighted, scores))
    }

    /// The sensors alone.
    fn nothing(&self, gains: Vec<ModalityGain>) -> Chosen {
        let answering = self.answering.iter();
        let scores: Vec<f64> = answering.map(|one| one.scores.near.whole).collect();
        Chosen {
            ears: Ears::default(),
            used: [false; 3],
            sighted: Vec::new(),
            gains,
            late: scores.clone(),
            scores,
            cut_after: Some(0),
        }
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

/// The dataset with stretches of records in other places: what changes slowly still does, and what
/// comes and goes regularly no longer meets its time.
fn moved_away(dataset: &Dataset, seed: u64) -> Dataset {
    let stream = Stream::new(seed, Purpose::Split, &[500]);
    let mut order: Vec<usize> = (0..N_STRETCHES).collect();
    order.sort_by_key(|&at| stream.bits_at(at as u64));
    // One round through all of them, so that none stays where it is.
    let mut goes_to = [0; N_STRETCHES];
    for (at, &from) in order.iter().enumerate() {
        goes_to[from] = order[(at + 1) % N_STRETCHES];
    }
    let mut moved = dataset.clone();
    let (old, new) = (&dataset.media, &mut moved.media);
    let other = |at: usize, n: usize| {
        let length = n.div_ceil(N_STRETCHES);
        (goes_to[at / length] * length + at % length) % n
    };
    for (at, frame) in new.frames.iter_mut().enumerate() {
        let from = &old.frames[other(at, old.frames.len())];
        frame.thumb_rgb.clone_from(&from.thumb_rgb);
        (frame.thumb_width, frame.thumb_height) = (from.thumb_width, from.thumb_height);
    }
    for (at, clip) in new.clips.iter_mut().enumerate() {
        let from = &old.clips[other(at, old.clips.len())];
        clip.mel_db.clone_from(&from.mel_db);
    }
    for (track, old) in new.tracks.iter_mut().zip(&old.tracks) {
        for (at, item) in track.items.iter_mut().enumerate() {
            let from = &old.items[other(at, old.items.len())];
            item.features.clone_from(&from.features);
        }
    }
    moved
}

/// Says that learned encoders brought no more than chance.
fn chance_note(real: f64, chance: f64) -> Issue {
    let text = format!(
        "learned encoders of records are not used: left-out gain {:.1} %, but records of other \
         times bring {:.1} %",
        100.0 * real,
        100.0 * chance
    );
    Issue::new(Place::default(), Severity::Info, "senses-by-chance", text)
        .with("value", format!("{:.1}", 100.0 * real))
        .with("least", format!("{:.1}", 100.0 * chance))
}

pub(super) fn too_rare(modality: Modality, count: usize) -> Issue {
    let text = format!(
        "has {count} usable records in train and val blocks, fewer than {MIN_RECORDS} or all \
         alike: it is not used"
    );
    let place = Place::default().in_column(modality.name());
    Issue::new(place, Severity::Info, "modality-too-rare", text)
        .with("count", count)
        .with("least", MIN_RECORDS)
}

/// Says which of both ways of reading records is used.
fn way_note(is_better: bool, gain: f64) -> Issue {
    let (place, gain) = (Place::default(), format!("{:.1}", 100.0 * gain));
    let note = if is_better {
        let text = format!(
            "learned encoders of records are used instead of the fixed features: left-out gain \
             {gain} %"
        );
        Issue::new(place, Severity::Info, "senses-learned", text)
    } else {
        let text = format!(
            "learned encoders of records were tried and are not used: left-out gain {gain} %"
        );
        Issue::new(place, Severity::Info, "senses-features", text)
    };
    note.with("value", gain)
}

/// Says that a modality could not be tried, alone or beside those that are used.
fn untried_note(modality: Modality) -> Issue {
    let text = "the budget was spent before it was tried in every way: give a longer one, or none";
    let place = Place::default().in_column(modality.name());
    Issue::new(place, Severity::Warning, "senses-untried", text)
}

/// Says that another way of using records could not be tried.
fn cut_note() -> Issue {
    let text = "the budget was spent before every way of using records was tried";
    Issue::new(Place::default(), Severity::Warning, "senses-cut", text)
}

/// Says whether attention over modalities is used.
fn fused_note(tried: Option<(bool, f64)>) -> Issue {
    let place = Place::default();
    let Some((is_better, gain)) = tried else {
        let text = "attention over modalities was not tried: it needs two that tell something";
        return Issue::new(place, Severity::Info, "senses-too-few", text);
    };
    let gain = format!("{:.1}", 100.0 * gain);
    let note = if is_better {
        let text = format!("modalities are put together by attention: left-out gain {gain} %");
        Issue::new(place, Severity::Info, "senses-fused", text)
    } else {
        let text =
            format!("attention over modalities was tried and is not used: left-out gain {gain} %");
        Issue::new(place, Severity::Info, "senses-apart", text)
    };
    note.with("value", gain)
}

fn sum(scores: &[f64]) -> f64 {
    scores.iter().filter(|score| score.is_finite()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(folds: &[f64]) -> Score {
        Score {
            whole: folds.iter().sum::<f64>() / folds.len() as f64,
            folds: folds.to_vec(),
        }
    }

    #[test]
    fn a_win_by_one_lucky_fold_does_not_answer() {
        let sensors = score(&[0.40, 0.41, 0.39, 0.40, 0.42]);
        assert!(score(&[0.35, 0.37, 0.33, 0.36, 0.38]).beats(&sensors));
        // The same in the mean, by one fold alone.
        assert!(!score(&[0.40, 0.42, 0.40, 0.17, 0.42]).beats(&sensors));
        assert!(!sensors.beats(&sensors));
        // A fold without a measurement says nothing; no fold at all, nothing either.
        assert!(score(&[0.3, 0.31]).beats(&Score {
            whole: 0.4,
            folds: vec![0.4, f64::NAN],
        }));
        assert!(!score(&[0.3]).beats(&Score {
            whole: f64::NAN,
            folds: Vec::new(),
        }));
    }
}
