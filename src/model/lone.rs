//! Lone values that jump away and back: a logger's, not the plant's. Nothing learns from them.

use std::borrow::Cow;

use super::prepared::Block;
use crate::{
    base::{Issue, Issues, Place, Severity},
    data::Dataset,
};

/// A lone value jumps by more than this many typical steps from reading to reading …
const STEPS: f64 = 12.0;
/// … and by more than this share of the usual range, …
const WIDTHS: f64 = 0.3;
/// … and its neighbours agree to this share of its smaller jump.
const AGREE: f64 = 0.5;
/// Where more values do so it is how the plant behaves.
const MOST: f64 = 0.02;
/// Fewer readings tell nothing.
const MIN_READINGS: usize = 50;
/// Standard deviation of a normal step in units of its median size.
const TO_SIGMA: f64 = 1.4826;

/// What is usual for a channel.
struct Usual {
    /// The first and the 99th percentile.
    low: f64,
    high: f64,
    /// The least jump of a lone value.
    jump: f64,
}

impl Usual {
    fn of(readings: &[Vec<(usize, f64)>]) -> Option<Self> {
        let mut sorted: Vec<f64> = readings.iter().flatten().map(|one| one.1).collect();
        let pairs = readings.iter().flat_map(|one| one.windows(2));
        let mut steps: Vec<f64> = pairs.map(|two| (two[1].1 - two[0].1).abs()).collect();
        if sorted.len() < MIN_READINGS || steps.is_empty() {
            return None;
        }
        sorted.sort_unstable_by(f64::total_cmp);
        steps.sort_unstable_by(f64::total_cmp);
        let (low, high) = (sorted[sorted.len() / 100], sorted[sorted.len() * 99 / 100]);
        let step = TO_SIGMA * steps[steps.len() / 2];
        let jump = (STEPS * step).max(WIDTHS * (high - low));
        (step > 0.0 && jump.is_finite()).then_some(Self { low, high, jump })
    }

    /// Whether the middle one of three readings jumps far outside and back.
    fn is_lone(&self, [before, now, after]: [f64; 3]) -> bool {
        let (up, down) = (now - before, now - after);
        let width = self.high - self.low;
        let is_outside = now < self.low - width || now > self.high + width;
        let least = up.abs().min(down.abs());
        is_outside && up * down > 0.0 && least > self.jump && (before - after).abs() < AGREE * least
    }
}

/// The dataset without lone values of its outputs in some blocks, which become missing.
pub(super) fn without_lone<'a>(
    dataset: &'a Dataset,
    blocks: &[Block],
    notes: &mut Issues,
) -> Cow<'a, Dataset> {
    let mut cleaned = Cow::Borrowed(dataset);
    for channel in dataset.outputs() {
        let readings: Vec<Vec<(usize, f64)>> = blocks
            .iter()
            .map(|block| {
                let column = &dataset.episodes[block.episode].columns[channel];
                let steps = block.start..block.end;
                let all = steps.map(|step| (step, column[step]));
                all.filter(|one| one.1.is_finite()).collect()
            })
            .collect();
        let Some(usual) = Usual::of(&readings) else {
            continue;
        };
        let lone = readings.iter().zip(blocks).flat_map(|(readings, block)| {
            let threes = readings.windows(3);
            let lone = threes.filter(|three| usual.is_lone([three[0].1, three[1].1, three[2].1]));
            lone.map(|three| (block.episode, three[1].0, three[1].1))
        });
        let lone: Vec<(usize, usize, f64)> = lone.collect();
        let n_readings: usize = readings.iter().map(Vec::len).sum();
        let Some(&(_, _, first)) = lone.first() else {
            continue;
        };
        if lone.len() as f64 > MOST * n_readings as f64 {
            continue;
        }
        let own = cleaned.to_mut();
        for &(episode, step, _) in &lone {
            own.episodes[episode].columns[channel][step] = f64::NAN;
        }
        let text = format!(
            "{} lone values jump away and back (first {first}): nothing is learned from them",
            lone.len()
        );
        let place = Place::default().in_column(&dataset.channels[channel].name);
        let note = Issue::new(place, Severity::Info, "lone-values", text);
        notes.push(note.with("count", lone.len()).with("value", first));
    }
    cleaned
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::{Purpose, Stream},
        data::{Channel, Episode, Media, Role},
    };

    fn dataset(values: Vec<f64>) -> Dataset {
        Dataset {
            name: "line".to_owned(),
            step_secs: 1.0,
            has_clock: false,
            utc_offset_secs: None,
            channels: vec![Channel::new("level", Role::Observation, "m")],
            episodes: vec![Episode {
                name: "day".to_owned(),
                start_ns: 0,
                columns: vec![values],
            }],
            spans: Vec::new(),
            media: Media::default(),
        }
    }

    fn gone(values: &[f64]) -> (Vec<usize>, usize) {
        let blocks = [Block {
            episode: 0,
            start: 0,
            end: values.len(),
        }];
        let (data, mut notes) = (dataset(values.to_vec()), Issues::new());
        let cleaned = without_lone(&data, &blocks, &mut notes);
        let column = &cleaned.episodes[0].columns[0];
        let gone = (0..values.len()).filter(|&at| column[at].is_nan() && !values[at].is_nan());
        (gone.collect(), notes.into_vec().len())
    }

    fn wave() -> Vec<f64> {
        let noise = Stream::new(1, Purpose::Test, &[]);
        let of = |step: u64| (step as f64 / 15.0).sin() + 0.02 * noise.normal_at(step);
        (0..600).map(of).collect()
    }

    #[test]
    fn lone_values_are_taken_out_also_beside_a_gap_and_said() {
        let mut values = wave();
        (values[100], values[300]) = (9.0, -8.0);
        values[301] = f64::NAN;
        assert_eq!(gone(&values), (vec![100, 300], 1));
        assert_eq!(gone(&wave()), (Vec::new(), 0));
    }

    #[test]
    fn what_lasts_or_comes_often_is_the_plants_own() {
        let mut lasting = wave();
        lasting[200..230].fill(9.0);
        assert_eq!(gone(&lasting), (Vec::new(), 0));
        let mut often = wave();
        often.iter_mut().step_by(20).for_each(|value| *value = 9.0);
        assert_eq!(gone(&often), (Vec::new(), 0));
        // A step change and a sawtooth's fall are no jump and back.
        let saw: Vec<f64> = (0..600).map(|step| f64::from(step % 97)).collect();
        assert_eq!(gone(&saw), (Vec::new(), 0));
        // Two levels alone: most steps are still.
        let two: Vec<f64> = (0..600)
            .map(|step| f64::from(u8::from(step % 101 == 0)))
            .collect();
        assert_eq!(gone(&two), (Vec::new(), 0));
    }
}
