//! What it tells that a sensor stands perfectly still: it is stuck, the line rests, or it moves
//! seldom anyway.

use super::{
    grade::{Finding, Spread, percent, short},
    roles::Behavior,
};
use crate::{
    base::{Issue, Place, Severity, StopToken},
    data::Dataset,
};

/// A sensor that keeps its value from more readings to the next than this stands still for a living:
/// an axis that waits, a coarse display. One more long stand is nothing to accuse it of.
const MOSTLY: f64 = 0.5;
/// A shorter stand of the whole line is not told.
const LEAST_PAUSE: usize = 30;
/// Nor one that is a smaller share of its recording.
const LEAST_SHARE: f64 = 0.02;

/// Whether a signal keeps its value from most readings to the next.
pub(super) fn is_mostly_still(behavior: &Behavior) -> bool {
    behavior.still_frac > MOSTLY
}

/// The steps at which most sensors stand still: the line rests, nothing is stuck.
pub(super) fn resting(dataset: &Dataset, stop: &StopToken) -> Vec<Vec<bool>> {
    let outputs = dataset.outputs();
    dataset
        .episodes
        .iter()
        .map(|episode| {
            let n_steps = episode.n_steps();
            let mut n_still = vec![0_u32; n_steps];
            let mut n_seen = vec![0_u32; n_steps];
            for &channel in outputs.iter().take_while(|_| !stop.is_stopped()) {
                for (step, pair) in episode.columns[channel].windows(2).enumerate() {
                    if pair[0].is_finite() && pair[1].is_finite() {
                        n_seen[step + 1] += 1;
                        n_still[step + 1] += u32::from(pair[0].total_cmp(&pair[1]).is_eq());
                    }
                }
            }
            n_still
                .iter()
                .zip(&n_seen)
                .map(|(still, seen)| *seen >= 3 && still * 2 >= *seen)
                .collect()
        })
        .collect()
}

/// The longest time over which most sensors stood still, where it is long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pause {
    episode: usize,
    from: usize,
    to: usize,
}

/// Finds it.
pub(super) fn longest_pause(rests: &[Vec<bool>]) -> Option<Pause> {
    let mut longest: Option<Pause> = None;
    for (episode, rests) in rests.iter().enumerate() {
        let mut from = 0;
        for run in rests.chunk_by(|before, now| before == now) {
            let to = from + run.len();
            let is_longer = longest.is_none_or(|other| run.len() > other.to - other.from);
            let is_long =
                run.len() >= LEAST_PAUSE && run.len() as f64 >= LEAST_SHARE * rests.len() as f64;
            if run[0] && is_long && is_longer {
                // The first step still moved; its value is the one that is kept.
                let from = from.saturating_sub(1);
                longest = Some(Pause { episode, from, to });
            }
            from = to;
        }
    }
    longest
}

impl Pause {
    /// Whether a channel keeps one value all the while.
    pub(super) fn is_held_by(self, parts: &[&[f64]]) -> bool {
        let values = &parts[self.episode][self.from..self.to];
        let mut finite = values.iter().filter(|value| value.is_finite());
        let Some(first) = finite.next() else {
            return false;
        };
        finite.all(|value| value.total_cmp(first).is_eq())
    }

    /// It in words, once for all channels.
    pub(super) fn issue(self, step_secs: f64, source: &str) -> Issue {
        let n_steps = self.to - self.from;
        let (time, unit) = long_words(n_steps as f64 * step_secs);
        let from = self.from + 1;
        let text = format!(
            "most sensors keep one value for {n_steps} steps ({time} {unit}, from step {from}): the line \
             rested, or the logger wrote its last values again and again. No grade suffers from it"
        );
        Issue::new(Place::file(source), Severity::Info, "line-still", text)
            .with("steps", n_steps)
            .with("time", time)
            .with("unit", unit)
            .with("from", from)
    }
}

/// A length of time as a number and its unit, as a locale file knows it.
fn long_words(secs: f64) -> (String, &'static str) {
    let (size, unit) = match secs {
        172_800.0.. => (86_400.0, "days"),
        7_200.0.. => (3_600.0, "hours"),
        120.0.. => (60.0, "minutes"),
        _ => (1.0, "seconds"),
    };
    (short((secs / size * 10.0).round() / 10.0), unit)
}

/// A moving signal that stands perfectly still for very long, away from its ends; or, of one that
/// stands still most of the time, that this was not looked for.
pub(super) fn standing(
    (parts, rests): (&[&[f64]], &[Vec<bool>]),
    behavior: &Behavior,
    spread: &Spread,
    stop: &StopToken,
) -> Option<Finding> {
    if is_mostly_still(behavior) {
        return Some(Finding::unsaid("mostly-still"));
    }
    let mut runs: Vec<usize> = Vec::new();
    let mut longest = (0, 0, 0, 0.0);
    for (part, rests) in parts.iter().zip(rests) {
        // A slow sensor is stuck over its readings, whatever lies between them.
        let steps: Vec<usize> = stop
            .watch(0..part.len())
            .filter(|&step| part[step].is_finite())
            .collect();
        let mut start = 0;
        while start < steps.len() && !stop.is_stopped() {
            let value = part[steps[start]];
            let length = steps[start..]
                .iter()
                .take_while(|step| part[**step].total_cmp(&value).is_eq())
                .count();
            let run = &steps[start..start + length];
            let n_resting = run.iter().filter(|step| rests[**step]).count();
            if n_resting * 4 < length {
                runs.push(length);
                let is_end = value <= spread.min || value >= spread.max;
                if length > longest.0 && !is_end {
                    longest = (length, steps[start], run[length - 1], value);
                }
            }
            start += length;
        }
    }
    runs.sort_unstable();
    let usual = runs.get(runs.len() * 99 / 100).copied().unwrap_or(1);
    let limit = (10 * usual).max(30);
    if longest.0 < limit {
        return None;
    }
    let total: usize = runs.iter().filter(|run| **run >= limit).sum();
    let share = total as f64 / spread.n_values as f64;
    let demerit = match share {
        0.5.. => 4,
        0.1.. => 2,
        _ => 1,
    };
    let (_, start, end, value) = longest;
    let length = end - start + 1;
    let text = format!(
        "stands still at {} for {length} steps (from step {}), {} % of the time in all; \
         a live sensor trembles",
        short(value),
        start + 1,
        percent(share)
    );
    let mut finding = Finding::new("stuck", demerit, text)
        .with("value", short(value))
        .with("steps", length)
        .with("percent", percent(share));
    finding.row = Some(start as u64 + 1);
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Channel, Episode, Media, Role};

    /// Three sensors that move at every step but for a stretch, and one that never stops.
    fn line(still: std::ops::Range<usize>) -> Dataset {
        let wave = |phase: f64| -> Vec<f64> {
            let kept = |step: usize| {
                if still.contains(&step) {
                    still.start
                } else {
                    step
                }
            };
            (0..2000)
                .map(|step| (kept(step) as f64 * 0.7 + phase).sin())
                .collect()
        };
        let mut columns: Vec<Vec<f64>> = (0..3).map(|at| wave(f64::from(at))).collect();
        columns.push(
            (0..2000)
                .map(|step| (f64::from(step) * 0.3).cos())
                .collect(),
        );
        let channel = |at: usize| Channel::new(format!("y{at}"), Role::Observation, "");
        Dataset {
            name: "line".to_owned(),
            step_secs: 300.0,
            has_clock: true,
            utc_offset_secs: None,
            channels: (0..4).map(channel).collect(),
            episodes: vec![Episode {
                name: "e".to_owned(),
                start_ns: 0,
                columns,
            }],
            spans: Vec::new(),
            media: Media::default(),
        }
    }

    fn pause_of(dataset: &Dataset) -> Option<Pause> {
        longest_pause(&resting(dataset, &StopToken::new()))
    }

    #[test]
    fn a_line_that_stands_still_for_long_is_told_with_how_long() {
        let dataset = line(500..1100);
        let pause = pause_of(&dataset).expect("it stands still");
        assert_eq!((pause.from, pause.to), (500, 1100));
        let columns = &dataset.episodes[0].columns;
        let holds: Vec<bool> = columns
            .iter()
            .map(|column| pause.is_held_by(&[column]))
            .collect();
        assert_eq!(holds, [true, true, true, false]);
        let issue = pause.issue(dataset.step_secs, "log.csv");
        assert_eq!(issue.severity, Severity::Info);
        assert!(
            issue.text.contains("600 steps (2.1 days, from step 501)"),
            "{}",
            issue.text
        );
        assert_eq!(pause_of(&line(500..520)), None, "a short one is nothing");
    }

    #[test]
    fn lengths_are_said_in_the_unit_that_fits() {
        for (secs, told) in [
            (45.0, ("45", "seconds")),
            (600.0, ("10", "minutes")),
            (9_000.0, ("2.5", "hours")),
            (1_350_300.0, ("15.6", "days")),
        ] {
            let (number, unit) = long_words(secs);
            assert_eq!((number.as_str(), unit), told);
        }
    }
}
