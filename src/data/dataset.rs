//! A line's records on one time grid.

use std::ops::Range;

use super::{Channel, DataError, Media, Role};
use crate::base::{Digest, StopToken, Stopped, offset_name, parallel_map, time_of_step, to_count};

/// What a time block is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Split {
    /// The model learns from it.
    Train,
    /// Models are chosen by it.
    Val,
    /// Nothing but scores comes from it.
    Test,
}

impl Split {
    /// Every split.
    pub const ALL: [Self; 3] = [Self::Train, Self::Val, Self::Test];

    /// The name in files and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Val => "val",
            Self::Test => "test",
        }
    }

    /// Reads [`Split::name`] back.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|split| split.name() == name)
    }
}

/// A block of steps of one episode with one use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The episode's position in the dataset.
    pub episode: usize,
    /// The first step.
    pub start: usize,
    /// The step after the last.
    pub end: usize,
    /// What it is used for.
    pub split: Split,
}

impl Span {
    /// How many steps it has.
    pub fn n_steps(&self) -> usize {
        self.end - self.start
    }
}

/// Gaps up to this many steps are bridged by a straight line.
pub const GAP_STEPS: usize = 5;

/// One unbroken recording on the dataset's grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Episode {
    /// A name that is unique in the dataset.
    pub name: String,
    /// When its first step ends, ns since 1970 UTC; counted from 0 where the files had no clock.
    pub start_ns: i64,
    /// One column a channel of the dataset, in its unit; NaN where missing.
    pub columns: Vec<Vec<f64>>,
}

impl Episode {
    /// How many steps it has.
    pub fn n_steps(&self) -> usize {
        self.columns.first().map_or(0, Vec::len)
    }

    /// When a step ends, ns since 1970 UTC.
    pub fn time_ns(&self, step: usize, step_secs: f64) -> i64 {
        time_of_step(self.start_ns, step, step_secs)
    }

    /// The first step that ends at or after a time; `None` outside the episode.
    pub fn step_at(&self, time_ns: i64, step_secs: f64) -> Option<usize> {
        let secs = time_ns.saturating_sub(self.start_ns) as f64 * 1e-9;
        let step = (secs / step_secs - 1e-6).ceil();
        let is_inside = step >= 0.0 && step < self.n_steps() as f64;
        is_inside.then(|| to_count(step))
    }

    /// A channel's values over steps that may reach beyond the record: gaps of up to [`GAP_STEPS`]
    /// are bridged by a line, to a reading that may lie behind the range. Longer gaps, those of what
    /// stood still before them, and what comes after the record keep the last value. NaN before the
    /// first value only.
    pub fn bridged(&self, channel: usize, steps: Range<usize>) -> Vec<f64> {
        let column = &self.columns[channel];
        let known = |at: usize| column.get(at).copied().filter(|value| value.is_finite());
        let start = steps.start.min(column.len());
        let mut last = (0..start).rev().find_map(|at| Some((at, known(at)?)));
        let mut values = vec![f64::NAN; steps.len()];
        // The reading behind a gap may be beyond the range.
        for at in steps.start..steps.end + GAP_STEPS {
            let (value, row) = (known(at), at - steps.start);
            let stood = |from: usize, value: f64| {
                let earlier = from.checked_sub(1).and_then(known);
                earlier.is_some_and(|earlier| earlier.total_cmp(&value).is_eq())
            };
            if let (Some((from, before)), Some(after)) = (last, value)
                && at - from <= GAP_STEPS + 1
                && (from + 1 == at || !stood(from, before))
            {
                for gap in (from + 1).max(steps.start)..at.min(steps.end) {
                    let done = (gap - from) as f64 / (at - from) as f64;
                    values[gap - steps.start] = before + (after - before) * done;
                }
            }
            last = value.map(|value| (at, value)).or(last);
            if let (Some(slot), Some((_, held))) = (values.get_mut(row), last) {
                *slot = held;
            }
        }
        values
    }
}

/// A line's records on one time grid.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Dataset {
    /// What people call it.
    pub name: String,
    /// The length of a step in seconds.
    pub step_secs: f64,
    /// Whether the times are real; false where the files had none.
    pub has_clock: bool,
    /// How far the log's own clock is ahead of UTC, in seconds; `None` where its stamps carry no
    /// zone. Times inside are UTC all the same; only people are shown the log's clock.
    pub utc_offset_secs: Option<i32>,
    /// The signals.
    pub channels: Vec<Channel>,
    /// The recordings, in order of time.
    pub episodes: Vec<Episode>,
    /// What each block of steps is used for; steps in no span are gaps that nobody may use.
    pub spans: Vec<Span>,
    /// Images, sound, checklists.
    pub media: Media,
}

impl Dataset {
    /// How far the times that people are shown are ahead of UTC, in seconds.
    pub fn shown_offset_secs(&self) -> i32 {
        self.utc_offset_secs.unwrap_or(0)
    }

    /// The name of the log's own clock, where it has one.
    pub fn zone_name(&self) -> Option<String> {
        let offset_secs = self.utc_offset_secs.filter(|_| self.has_clock)?;
        Some(offset_name(offset_secs))
    }

    /// Checks that everything fits together.
    ///
    /// # Errors
    ///
    /// The first [`DataError`] found.
    pub fn check(&self) -> Result<(), DataError> {
        if !(self.step_secs > 0.0 && self.step_secs.is_finite()) {
            return Err(DataError::StepSecs {
                found: self.step_secs,
            });
        }
        let mut names: Vec<&str> = self
            .channels
            .iter()
            .map(|channel| channel.name.as_str())
            .collect();
        names.sort_unstable();
        if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(DataError::SameName {
                name: twice[0].to_owned(),
            });
        }
        for episode in &self.episodes {
            check_columns(episode, self.channels.len())?;
        }
        for span in &self.spans {
            let n_steps = self.episodes.get(span.episode).map_or(0, Episode::n_steps);
            if span.start >= span.end || span.end > n_steps {
                return Err(DataError::Span {
                    split: span.split.name(),
                    start: span.start,
                    end: span.end,
                    episode: span.episode,
                });
            }
        }
        Ok(())
    }

    /// The position of a channel by its name.
    pub fn channel_idx(&self, name: &str) -> Option<usize> {
        self.channels
            .iter()
            .position(|channel| channel.name == name)
    }

    /// The positions of the channels for which `keep` holds, in order.
    pub fn channels_where(&self, keep: impl Fn(Role) -> bool) -> Vec<usize> {
        (0..self.channels.len())
            .filter(|&channel| keep(self.channels[channel].role))
            .collect()
    }

    /// The positions of what the model predicts.
    pub fn outputs(&self) -> Vec<usize> {
        self.channels_where(Role::is_output)
    }

    /// The positions of the controls.
    pub fn controls(&self) -> Vec<usize> {
        self.channels_where(|role| role == Role::Control)
    }

    /// The positions of the measured disturbances.
    pub fn disturbances(&self) -> Vec<usize> {
        self.channels_where(|role| role == Role::Disturbance)
    }

    /// The episode and step in which a time lies; `None` outside all episodes.
    pub fn place_of(&self, time_ns: i64) -> Option<(usize, usize)> {
        let mut episodes = self.episodes.iter().enumerate();
        episodes.find_map(|(at, episode)| Some((at, episode.step_at(time_ns, self.step_secs)?)))
    }

    /// The spans of one split, in order.
    pub fn spans_of(&self, split: Split) -> impl Iterator<Item = &Span> {
        self.spans.iter().filter(move |span| span.split == split)
    }

    /// How many steps all episodes have together.
    pub fn n_steps(&self) -> usize {
        self.episodes.iter().map(Episode::n_steps).sum()
    }

    /// A digest of the numbers, the channels, the spans and the media features.
    pub fn digest(&self) -> Digest {
        let columns = self.columns();
        self.digest_of(parallel_map(columns, |column| Digest::of_numbers(column)))
    }

    /// The same, unless the end is asked for.
    ///
    /// # Errors
    ///
    /// [`Stopped`].
    pub fn digest_unless(&self, stop: &StopToken) -> Result<Digest, Stopped> {
        let columns = parallel_map(self.columns(), |column| {
            if stop.is_stopped() {
                Digest::default()
            } else {
                Digest::of_numbers(column)
            }
        });
        stop.check()?;
        Ok(self.digest_of(columns))
    }

    fn columns(&self) -> Vec<&Vec<f64>> {
        let episodes = self.episodes.iter();
        episodes.flat_map(|episode| &episode.columns).collect()
    }

    /// `columns` are the digests of all columns, in order.
    fn digest_of(&self, columns: Vec<Digest>) -> Digest {
        let mut columns = columns.into_iter();
        let mut parts: Vec<Vec<u8>> = vec![self.step_secs.to_bits().to_le_bytes().to_vec()];
        for channel in &self.channels {
            parts.push(
                format!("{}|{}|{}", channel.name, channel.role.name(), channel.unit).into_bytes(),
            );
        }
        for episode in &self.episodes {
            parts.push(format!("{}|{}", episode.name, episode.start_ns).into_bytes());
            let own = columns.by_ref().take(episode.columns.len());
            parts.extend(own.map(|digest| digest.as_bytes().to_vec()));
        }
        for span in &self.spans {
            parts.push(format!("{span:?}").into_bytes());
        }
        for track in &self.media.tracks {
            for item in &track.items {
                let numbers: Vec<f64> = item.features.iter().map(|&x| f64::from(x)).collect();
                parts.push(Digest::of_numbers(&numbers).as_bytes().to_vec());
            }
        }
        Digest::of_parts(parts.iter().map(Vec::as_slice))
    }
}

fn check_columns(episode: &Episode, n_channels: usize) -> Result<(), DataError> {
    let expected = episode.n_steps();
    if episode.columns.len() != n_channels {
        return Err(DataError::EpisodeShape {
            episode: episode.name.clone(),
            column: episode.columns.len(),
            found: episode.columns.len(),
            expected: n_channels,
        });
    }
    for (column, values) in episode.columns.iter().enumerate() {
        if values.len() != expected {
            return Err(DataError::EpisodeShape {
                episode: episode.name.clone(),
                column,
                found: values.len(),
                expected,
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_and_times_are_inverse() {
        let episode = Episode {
            name: "day".to_owned(),
            start_ns: 1_000_000_000,
            columns: vec![vec![0.0; 10]],
        };
        for step in 0..10 {
            let time = episode.time_ns(step, 0.5);
            assert_eq!(episode.step_at(time, 0.5), Some(step));
        }
        assert_eq!(episode.step_at(0, 0.5), None);
    }

    #[test]
    fn short_gaps_are_bridged_and_long_ones_and_the_end_are_held() {
        let gap = [f64::NAN; 6];
        let mut column = vec![f64::NAN, 1.0, f64::NAN, f64::NAN, 4.0];
        column.extend(gap);
        column.extend([10.0, f64::NAN]);
        let episode = Episode {
            name: "day".to_owned(),
            start_ns: 0,
            columns: vec![column],
        };
        let all = episode.bridged(0, 0..15);
        assert!(all[0].is_nan());
        assert_eq!(all[1..5], [1.0, 2.0, 3.0, 4.0]);
        assert_eq!(
            all[5..],
            [4.0, 4.0, 4.0, 4.0, 4.0, 4.0, 10.0, 10.0, 10.0, 10.0]
        );
        // A range may begin and end within a gap, and behind the record.
        assert_eq!(episode.bridged(0, 2..3), [2.0]);
        assert_eq!(episode.bridged(0, 3..4), [3.0]);
        assert_eq!(episode.bridged(0, 14..16), [10.0, 10.0]);
        assert!(episode.bridged(0, 3..3).is_empty());
        // A level that was set is not left for one that never was.
        let levels = Episode {
            columns: vec![vec![2.0, 2.0, f64::NAN, 6.0, 6.0]],
            ..episode
        };
        assert_eq!(levels.bridged(0, 1..4), [2.0, 2.0, 6.0]);
    }
}
