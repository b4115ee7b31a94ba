//! What was recorded when: sensors, their use, pictures, sound and checklists, in even pieces of
//! the whole time.

use crate::{
    base::{to_count, to_i64},
    data::{Dataset, Episode, Role, Split},
};

/// Pieces of the whole time.
const BINS: usize = 320;
/// Values of a channel that are looked at in each piece.
const LOOKS: usize = 48;

/// What was recorded in one piece of time.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct CoverageBin {
    /// The share of the sensors' values that are there; `None` = nothing was recorded.
    pub seen: Option<f64>,
    /// What it is used for.
    pub split: Option<Split>,
    /// Pictures.
    pub n_frames: usize,
    /// Sound clips that begin here.
    pub n_clips: usize,
    /// Checklist answers.
    pub n_answers: usize,
}

/// What was recorded when.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Coverage {
    /// The first instant, ns since 1970 UTC; counted from 0 where there is no clock.
    pub from_ns: i64,
    /// The last one.
    pub to_ns: i64,
    /// Even pieces of the time between.
    pub bins: Vec<CoverageBin>,
}

impl Coverage {
    /// Looks through a dataset.
    pub fn of(dataset: &Dataset) -> Self {
        let starts = starts(dataset);
        let ends = starts.iter().zip(&dataset.episodes);
        let from_ns = starts.iter().min().copied().unwrap_or_default();
        let end = |(start, episode): (&i64, &Episode)| start + length_ns(dataset, episode);
        let to_ns = ends.map(end).max().unwrap_or_default();
        if to_ns <= from_ns {
            return Self::default();
        }
        let mut coverage = Self {
            from_ns,
            to_ns,
            bins: vec![CoverageBin::default(); BINS],
        };
        for (episode, start) in starts.iter().enumerate() {
            coverage.add_episode(dataset, episode, *start);
        }
        let media = &dataset.media;
        for frame in &media.frames {
            coverage.at(frame.time_ns, |bin| bin.n_frames += 1);
        }
        for clip in &media.clips {
            coverage.at(clip.start_ns, |bin| bin.n_clips += 1);
        }
        for answer in &media.answers {
            coverage.at(answer.time_ns, |bin| bin.n_answers += 1);
        }
        coverage
    }

    fn add_episode(&mut self, dataset: &Dataset, at: usize, start_ns: i64) {
        let episode = &dataset.episodes[at];
        let n_steps = episode.n_steps();
        let step_ns = dataset.step_secs * 1e9;
        let bin_ns = (self.to_ns - self.from_ns) as f64 / BINS as f64;
        let used: Vec<&Vec<f64>> = dataset
            .channels
            .iter()
            .zip(&episode.columns)
            .filter(|(channel, _)| channel.role != Role::Ignore)
            .map(|(_, column)| column)
            .collect();
        let mut from = 0;
        while from < n_steps {
            let bin = self.bin_of(start_ns.saturating_add(to_i64(from as f64 * step_ns)));
            let end_ns = (bin + 1) as f64 * bin_ns - (start_ns - self.from_ns) as f64;
            let to = to_count(end_ns / step_ns).clamp(from + 1, n_steps);
            let stride = (to - from) / LOOKS + 1;
            let looked = used
                .iter()
                .flat_map(|column| column[from..to].iter().step_by(stride));
            let (n_there, n_all) = looked.fold((0_usize, 0_usize), |(there, all), value| {
                (there + usize::from(value.is_finite()), all + 1)
            });
            let share = n_there as f64 / n_all.max(1) as f64;
            let middle = usize::midpoint(from, to);
            let mut spans = dataset.spans.iter().filter(|span| span.episode == at);
            let span = spans.find(|span| (span.start..span.end).contains(&middle));
            let piece = &mut self.bins[bin];
            piece.seen = Some(piece.seen.map_or(share, |before| before.max(share)));
            piece.split = span.map(|span| span.split).or(piece.split);
            from = to;
        }
    }

    fn at(&mut self, time_ns: i64, change: impl FnOnce(&mut CoverageBin)) {
        if (self.from_ns..=self.to_ns).contains(&time_ns) {
            let bin = self.bin_of(time_ns);
            change(&mut self.bins[bin]);
        }
    }

    fn bin_of(&self, time_ns: i64) -> usize {
        let share = (time_ns - self.from_ns) as f64 / (self.to_ns - self.from_ns) as f64;
        to_count(share * BINS as f64 + 1e-9).min(BINS - 1)
    }
}

/// When each recording begins; one behind the other where nothing tells the time.
fn starts(dataset: &Dataset) -> Vec<i64> {
    let mut next = 0;
    let starts = dataset.episodes.iter().map(|episode| {
        if dataset.has_clock {
            return episode.start_ns;
        }
        let start = next;
        next += length_ns(dataset, episode);
        start
    });
    starts.collect()
}

fn length_ns(dataset: &Dataset, episode: &Episode) -> i64 {
    to_i64(episode.n_steps() as f64 * dataset.step_secs * 1e9)
}
