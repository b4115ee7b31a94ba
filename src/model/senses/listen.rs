//! A dataset with what modalities say as further channels, which a model learns like any other.

use super::{Reader, Record, ground::expected, reader::track_of};
use crate::{
    data::{Channel, Dataset, Episode, Media, Modality, Role},
    model::{normalizer::Normalizer, prepare::ChannelMap},
};

/// The names of the channels that some modalities give.
pub(super) fn names(readers: &[Option<Reader>; 3], set: [bool; 3]) -> Vec<String> {
    let mut names = Vec::new();
    for at in (0..3).filter(|&at| set[at]) {
        let n_dims = readers[at].as_ref().map_or(0, Reader::n_dims);
        let name = Modality::ALL[at].name();
        names.extend((1..=n_dims).map(|dim| format!("{name}\u{a0}{dim}")));
    }
    names
}

/// The dataset with the readings of every step; 0 where a modality says nothing.
pub(super) fn listened(
    dataset: &Dataset,
    readers: &[Option<Reader>; 3],
    records: &[Vec<Record>; 3],
    set: [bool; 3],
) -> Dataset {
    let mut heard = Dataset {
        media: Media::default(),
        channels: dataset.channels.clone(),
        episodes: dataset.episodes.clone(),
        spans: dataset.spans.clone(),
        name: dataset.name.clone(),
        ..*dataset
    };
    add_channels(&mut heard, &names(readers, set));
    for (episode, one) in heard.episodes.iter_mut().enumerate() {
        let n_steps = one.n_steps();
        for at in (0..3).filter(|&at| set[at]) {
            let Some(reader) = &readers[at] else { continue };
            let mut columns = vec![vec![0.0; n_steps]; reader.n_dims()];
            for step in 0..n_steps {
                if let Some(reading) = reader.reading(&records[at], (episode, step)) {
                    for (column, number) in columns.iter_mut().zip(reading.numbers) {
                        column[step] = number;
                    }
                }
            }
            one.columns.extend(columns);
        }
    }
    heard
}

fn add_channels(dataset: &mut Dataset, names: &[String]) {
    for name in names {
        dataset
            .channels
            .push(Channel::new(name, Role::Disturbance, ""));
    }
}

/// The dataset as a rollout sees it: readings up to its start, then what they lead to expect; only
/// the asked episode holds columns. `None` where one of the modalities says nothing.
pub(super) fn listened_until(
    dataset: &Dataset,
    readers: &[Option<Reader>; 3],
    (set, map, normalizer): ([bool; 3], &ChannelMap, &Normalizer),
    (episode, start, n_context): (usize, usize, usize),
) -> Option<Dataset> {
    let asked = dataset.episodes.get(episode)?;
    let n_steps = asked.n_steps();
    let mut columns = asked.columns.clone();
    for at in (0..3).filter(|&at| set[at]) {
        let reader = readers[at].as_ref()?;
        let track = track_of(&dataset.media.tracks, Modality::ALL[at])?;
        let from = start.saturating_sub(n_context);
        let oldest = (episode, from.saturating_sub(reader.max_age_steps));
        let place = |item: &crate::data::FeatureItem| (item.episode, item.step);
        let first = track.items.partition_point(|one| place(one) < oldest);
        let end = track
            .items
            .partition_point(|one| place(one) < (episode, start));
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
        let last = reader.reading(&records, (episode, start.checked_sub(1)?))?;
        let mut own = vec![vec![0.0; n_steps]; reader.n_dims()];
        for step in from..n_steps {
            let numbers = if step < start {
                reader
                    .reading(&records, (episode, step))
                    .map(|reading| reading.numbers)
            } else {
                Some(expected(reader, &last, step))
            };
            for (column, number) in own.iter_mut().zip(numbers.unwrap_or_default()) {
                column[step] = number;
            }
        }
        columns.extend(own);
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
    heard.episodes[episode] = Episode {
        columns,
        name: asked.name.clone(),
        ..heard.episodes[episode]
    };
    add_channels(&mut heard, &names(readers, set));
    Some(heard)
}
