//! A dataset with what modalities say as further channels, which a model learns like any other.

use std::ops::Range;

use super::{
    Reader, Reading, Record, Senses, Sighted,
    ground::expected,
    learned::{Voices, state_of},
    reader::track_of,
};
use crate::{
    data::{Channel, Dataset, Episode, FeatureItem, Media, Modality, Role},
    model::{
        ModelError, derived::Derived, leftout::LOOK_BACK, normalizer::Normalizer,
        prepare::ChannelMap, prepared::Block,
    },
};

/// Some numbers that are known now and then: those of a modality, or of several put together.
pub(super) struct Voice<'a> {
    pub(super) name: &'static str,
    pub(super) reader: &'a Reader,
    pub(super) records: &'a [Record],
}

/// What numbers of modalities that were put together are called.
pub(super) const FUSED: &str = "fused";

/// The dataset with the readings of every step; 0 where nothing is said.
pub(super) fn listened(dataset: &Dataset, voices: &[Voice<'_>]) -> Dataset {
    let mut heard = Dataset {
        media: Media::default(),
        channels: dataset.channels.clone(),
        episodes: dataset.episodes.clone(),
        spans: dataset.spans.clone(),
        name: dataset.name.clone(),
        ..*dataset
    };
    for voice in voices {
        add_channels(&mut heard, voice.name, voice.reader.n_dims());
    }
    for (episode, one) in heard.episodes.iter_mut().enumerate() {
        let n_steps = one.n_steps();
        for voice in voices {
            let mut columns = vec![vec![0.0; n_steps]; voice.reader.n_dims()];
            for step in 0..n_steps {
                if let Some(reading) = voice.reader.reading(voice.records, (episode, step)) {
                    fill(&mut columns, step, &reading);
                }
            }
            one.columns.extend(columns);
        }
    }
    heard
}

fn fill(columns: &mut [Vec<f64>], step: usize, reading: &Reading) {
    for (column, number) in columns.iter_mut().zip(&reading.numbers) {
        column[step] = *number;
    }
}

fn add_channels(dataset: &mut Dataset, name: &str, n_dims: usize) {
    for dim in 1..=n_dims {
        let name = format!("{name}\u{a0}{dim}");
        dataset
            .channels
            .push(Channel::new(&name, Role::Disturbance, ""));
    }
}

/// Where and how a rollout looks at a dataset.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) dataset: &'a Dataset,
    pub(crate) map: &'a ChannelMap,
    pub(crate) normalizer: &'a Normalizer,
    /// The episode.
    pub(crate) episode: usize,
    /// The first predicted step.
    pub(crate) start: usize,
    /// Steps before it that are shown.
    pub(crate) n_context: usize,
    /// Steps that are predicted.
    pub(crate) horizon_steps: usize,
    /// Folds whose records are read by what did not see them; empty where that does not matter.
    pub(crate) folds: &'a [Vec<Block>],
}

impl View<'_> {
    /// The first step that is shown.
    fn from(&self) -> usize {
        self.start.saturating_sub(self.n_context)
    }

    /// What the window's records of one modality say, read by a reader.
    fn records(
        &self,
        senses: &Senses,
        at: usize,
        reader: &Reader,
    ) -> Result<Option<Vec<Record>>, ModelError> {
        let modality = Modality::ALL[at];
        let Some(track) = track_of(&self.dataset.media.tracks, modality) else {
            return Ok(None);
        };
        let oldest = self.from().saturating_sub(reader.max_age_steps);
        let until = |step: usize| {
            let before = |item: &FeatureItem| (item.episode, item.step) < (self.episode, step);
            track.items.partition_point(before)
        };
        let (first, end) = (until(oldest), until(self.start));
        let items = &track.items[first..end.max(first)];
        let read;
        let items = if let Some(encoder) = &senses.encoders[at] {
            read = encoder.read(self.dataset, modality, items.iter(), self.folds)?;
            read.as_slice()
        } else {
            items
        };
        let records = items
            .iter()
            .filter(|item| item.features.len() == reader.center.len())
            .filter(|item| item.features.iter().any(|x| x.is_finite()))
            .map(|item| reader.record(item, &self.input(item.step)));
        Ok(Some(records.collect()))
    }

    fn input(&self, step: usize) -> Vec<f32> {
        let steps = step..step + 1;
        let (dataset, normalizer) = (self.dataset, self.normalizer);
        self.map
            .input_rows(dataset, normalizer, self.episode, steps, None)
    }

    fn obs(&self, step: usize) -> Vec<f32> {
        let steps = step..step + 1;
        let (dataset, normalizer) = (self.dataset, self.normalizer);
        self.map.obs_rows(dataset, normalizer, self.episode, steps)
    }

    /// The window's records of several modalities put together.
    fn fused(&self, senses: &Senses) -> Result<Option<Vec<Record>>, ModelError> {
        let Some(fused) = &senses.fused else {
            return Ok(None);
        };
        let mut records = [const { Vec::new() }; 3];
        for (at, reader) in fused.readers.iter().enumerate() {
            if let Some(reader) = reader {
                let Some(own) = self.records(senses, at, reader)? else {
                    return Ok(None);
                };
                records[at] = own;
            }
        }
        let voices = Voices {
            readers: &fused.readers,
            records: &records,
        };
        let oldest = self.from().saturating_sub(fused.reader.max_age_steps);
        let places = voices.places().into_iter();
        let tokens = places
            .filter(|place| place.1 >= oldest)
            .filter_map(|place| {
                let state = state_of(&self.obs(place.1), &self.input(place.1));
                Some((place, voices.whole_token(place, state)?))
            });
        let tokens: Vec<_> = tokens.collect();
        let items = fused.attend.fuse(&tokens, self.folds)?;
        let record = |item: &FeatureItem| fused.reader.record(item, &self.input(item.step));
        Ok(Some(items.iter().map(record).collect()))
    }

    /// The columns of a voice over some steps: readings up to the start, then what they lead to expect;
    /// `None` where nothing is said at the start.
    fn columns(
        &self,
        reader: &Reader,
        records: &[Record],
        steps: &Range<usize>,
    ) -> Option<Vec<Vec<f64>>> {
        let known_at = self.start.checked_sub(1)?;
        let last = reader.reading(records, (self.episode, known_at))?;
        let mut columns = vec![vec![0.0; steps.len()]; reader.n_dims()];
        for step in self.from()..steps.end {
            let row = step - steps.start;
            if step >= self.start {
                let numbers = expected(reader, &last, step);
                fill(&mut columns, row, &Reading { step, numbers });
            } else if let Some(reading) = reader.reading(records, (self.episode, step)) {
                fill(&mut columns, row, &reading);
            }
        }
        Some(columns)
    }

    /// The steps of the record that a rollout of a model looks at.
    fn window(&self, normalizer: &Normalizer, n_steps: usize) -> Range<usize> {
        let end = n_steps.min(self.start.saturating_add(self.horizon_steps));
        // What a line carries may have entered it long before.
        let is_carried = normalizer
            .inputs
            .iter()
            .any(|one| matches!(one.derived, Some(Derived::Carried(_))));
        let first = if is_carried { 0 } else { self.from() };
        first.min(end)..end
    }
}

/// Some steps of a recording, `[C]`; inputs are bridged by what stands around the window, and an output
/// without a reading in its `n_past` known steps has its newest one before them at the first, so that
/// nothing outside of the window is missed.
fn cut(
    episode: &Episode,
    (steps, n_past): (&Range<usize>, usize),
    is_input: impl Fn(usize) -> bool,
) -> Vec<Vec<f64>> {
    let columns = episode.columns.iter().enumerate();
    columns
        .map(|(channel, column)| {
            if is_input(channel) {
                return episode.bridged(channel, steps.clone());
            }
            let mut own = column[steps.clone()].to_vec();
            let is_read = own.iter().take(n_past).any(|value| value.is_finite());
            let first = steps.start.saturating_sub(LOOK_BACK);
            let mut earlier = column[first..steps.start].iter().rev();
            if n_past > 0
                && !is_read
                && let Some(newest) = earlier.find(|value| value.is_finite())
                && let Some(first) = own.first_mut()
            {
                *first = *newest;
            }
            own
        })
        .collect()
}

/// What a rollout sees with a set of modalities.
pub(crate) struct Heard {
    /// The dataset; the asked episode holds the window only, the others nothing.
    pub(crate) dataset: Dataset,
    /// The step of the recording at which the window begins.
    pub(crate) first: usize,
}

/// The window as a rollout sees it with a set of modalities; `None` where one of the set says nothing.
pub(super) fn listened_until(
    view: &View<'_>,
    senses: &Senses,
    sighted: &Sighted,
) -> Result<Option<Heard>, ModelError> {
    let (dataset, episode) = (view.dataset, view.episode);
    let Some(asked) = dataset.episodes.get(episode) else {
        return Ok(None);
    };
    let mut voices: Vec<(&str, &Reader, Option<Vec<Record>>)> = Vec::new();
    if sighted.is_fused {
        let Some(fused) = &senses.fused else {
            return Ok(None);
        };
        voices.push((FUSED, &fused.reader, view.fused(senses)?));
    } else {
        for at in (0..3).filter(|&at| sighted.set[at]) {
            let Some(reader) = &senses.readers[at] else {
                return Ok(None);
            };
            let records = view.records(senses, at, reader)?;
            voices.push((Modality::ALL[at].name(), reader, records));
        }
    }
    let mut heard = Dataset {
        media: Media::default(),
        channels: dataset.channels.clone(),
        // Other episodes are not looked at; they only keep their places.
        episodes: dataset
            .episodes
            .iter()
            .map(|one| Episode {
                name: String::new(),
                start_ns: one.start_ns,
                columns: Vec::new(),
            })
            .collect(),
        spans: Vec::new(),
        name: dataset.name.clone(),
        ..*dataset
    };
    let normalizer = &sighted.model.normalizer;
    let steps = view.window(normalizer, asked.n_steps());
    let is_input = |channel: usize| {
        let name = &dataset.channels[channel].name;
        normalizer.inputs.iter().any(|one| one.name == *name)
    };
    let n_past = view.start.saturating_sub(steps.start);
    let mut columns = cut(asked, (&steps, n_past), is_input);
    for (name, reader, records) in &voices {
        let records = records.as_deref();
        let Some(own) = records.and_then(|records| view.columns(reader, records, &steps)) else {
            return Ok(None);
        };
        columns.extend(own);
        add_channels(&mut heard, name, reader.n_dims());
    }
    heard.episodes[episode] = Episode {
        columns,
        name: asked.name.clone(),
        start_ns: asked.time_ns(steps.start, dataset.step_secs),
    };
    Ok(Some(Heard {
        dataset: heard,
        first: steps.start,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Purpose, Stream};

    #[test]
    fn a_window_says_of_its_inputs_what_the_whole_recording_says() {
        let draws = Stream::new(3, Purpose::Test, &[]);
        // Single readings, held ones and gaps of up to a dozen steps.
        let value = |step: u64| {
            let is_known = draws.uniform_at(step / 6) < 0.5 || draws.uniform_at(1000 + step) < 0.2;
            let held = step / (1 + step / 40 % 3);
            if is_known {
                draws.normal_at(held)
            } else {
                f64::NAN
            }
        };
        let column: Vec<f64> = (0..240).map(value).collect();
        let whole = Episode {
            name: String::new(),
            start_ns: 0,
            columns: vec![column.clone(), column],
        };
        for first in 0..230 {
            let steps = first..240.min(first + 30);
            let window = Episode {
                columns: cut(&whole, (&steps, 0), |channel| channel == 0),
                ..whole.clone()
            };
            // A rollout may go on beyond the record.
            let end = steps.len() + if steps.end == 240 { 7 } else { 0 };
            let [own, all] = [(&window, 0), (&whole, first)].map(|(episode, from)| {
                let values = episode.bridged(0, from..from + end);
                let bits: Vec<u64> = values.into_iter().map(f64::to_bits).collect();
                bits
            });
            assert_eq!(own, all, "from step {first}");
            let raw = window.columns[1].iter().zip(&whole.columns[1][steps]);
            assert!(raw.into_iter().all(|(a, b)| a.to_bits() == b.to_bits()));
        }
    }
}
