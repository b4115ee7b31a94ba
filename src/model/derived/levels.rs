//! Inputs that stand at few levels, such as the number of a product or of a recipe's phase.

use std::collections::BTreeMap;

use crate::{
    data::Dataset,
    model::{normalizer::NamedScale, prepared::Block},
};

/// More levels than these are a scale.
const MOST_LEVELS: usize = 8;
/// A level must be held for this share of the steps …
const LEAST_SHARE: f64 = 0.01;
/// … and come back so often: what was met once cannot be told from the time at which that was.
const LEAST_VISITS: usize = 3;
/// All levels together must hold for this share of the steps: a scale may come back to some of its values.
const COVERED: f64 = 0.95;

/// How near an input is to one of its levels: 1 there, falling to 0 at the levels beside it.
///
/// A number of a product, a recipe's phase or a switch's position says which, not how much, so that no
/// multiple of it is its effect. With one of these for each level between the least and the greatest the
/// effect may be any at each level, and lies on straight lines in between.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Level {
    /// The position of the input, among those that the dataset has.
    pub(crate) source: usize,
    /// The level below, this one and the one above, rising, in the input's unit.
    pub(crate) knots: [f64; 3],
}

impl Level {
    /// How near a value is, 0 to 1; NaN where it is none.
    pub(crate) fn near(&self, value: f64) -> f64 {
        let [low, level, high] = self.knots;
        if value.is_nan() {
            return f64::NAN;
        }
        let rising = (value - low) / (level - low);
        let falling = (high - value) / (high - level);
        rising.min(falling).clamp(0.0, 1.0)
    }
}

/// For each input that stands at few levels the ones between the least and the greatest.
pub(super) fn find_levels(
    dataset: &Dataset,
    blocks: &[Block],
    inputs: &[NamedScale],
) -> Vec<Vec<Level>> {
    let plain = inputs.iter().enumerate();
    plain
        .filter(|(_, input)| input.derived.is_none())
        .filter_map(|(source, input)| {
            let knots = knots_of(dataset, blocks, dataset.channel_idx(&input.name)?)?;
            let levels = knots.windows(3);
            let level = |knots: &[f64]| Level {
                source,
                knots: [knots[0], knots[1], knots[2]],
            };
            Some(levels.map(level).collect())
        })
        .collect()
}

/// The levels that a channel stands at, rising; `None` where these are fewer than three or too many.
fn knots_of(dataset: &Dataset, blocks: &[Block], channel: usize) -> Option<Vec<f64>> {
    let mut levels: BTreeMap<u64, (f64, usize, usize)> = BTreeMap::new();
    let mut n_all = 0_usize;
    for block in blocks {
        let column = &dataset.episodes[block.episode].columns[channel];
        let mut before = f64::NAN;
        for &value in &column[block.start..block.end] {
            if !value.is_finite() {
                continue;
            }
            // Both zeros are one level.
            let value = value + 0.0;
            let (_, n_steps, n_visits) = levels.entry(value.to_bits()).or_insert((value, 0, 0));
            *n_steps += 1;
            *n_visits += usize::from(value.to_bits() != before.to_bits());
            before = value;
            n_all += 1;
            // Slips are a few more values than levels; what is measured has many soon.
            if levels.len() > 4 * MOST_LEVELS {
                return None;
            }
        }
    }
    let least = LEAST_SHARE * n_all as f64;
    let met = levels.into_values();
    let met: Vec<(f64, usize, usize)> = met
        .filter(|(_, n_steps, n_visits)| *n_steps as f64 >= least && *n_visits >= LEAST_VISITS)
        .collect();
    let n_met: usize = met.iter().map(|(_, n_steps, _)| n_steps).sum();
    let mut knots: Vec<f64> = met.into_iter().map(|(value, ..)| value).collect();
    knots.sort_by(f64::total_cmp);
    let are_all = n_met as f64 >= COVERED * n_all as f64;
    (are_all && (3..=MOST_LEVELS).contains(&knots.len())).then_some(knots)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Channel, Episode, Media, Role};

    #[test]
    fn a_level_is_near_itself_and_not_its_neighbours() {
        let level = Level {
            source: 0,
            knots: [1.0, 2.0, 7.0],
        };
        let near = [0.0, 1.0, 1.5, 2.0, 4.5, 7.0, 9.0].map(|value| level.near(value));
        let is = [0.0, 0.0, 0.5, 1.0, 0.5, 0.0, 0.0];
        assert!(
            near.iter()
                .zip(is)
                .all(|(near, is)| (near - is).abs() < 1e-12)
        );
        assert!(level.near(f64::NAN).is_nan());
    }

    /// Knots of a control that holds a value for so many steps each.
    fn knots(held: &[(f64, usize)]) -> Option<Vec<f64>> {
        let control: Vec<f64> = held
            .iter()
            .flat_map(|&(value, n_steps)| vec![value; n_steps])
            .collect();
        let dataset = Dataset {
            name: "line".to_owned(),
            step_secs: 1.0,
            has_clock: false,
            utc_offset_secs: None,
            channels: vec![Channel::new("grade", Role::Control, "")],
            spans: Vec::new(),
            media: Media::default(),
            episodes: vec![Episode {
                name: "one".to_owned(),
                start_ns: 0,
                columns: vec![control],
            }],
        };
        let block = Block {
            episode: 0,
            start: 0,
            end: dataset.episodes[0].n_steps(),
        };
        knots_of(&dataset, &[block], 0)
    }

    #[test]
    fn few_levels_that_come_back_are_levels() {
        let grades = [1.0, 7.0, 2.0].map(|grade| (grade, 20)).repeat(3);
        assert_eq!(knots(&grades), Some(vec![1.0, 2.0, 7.0]));
        // Two levels are a line, many a scale; one met once could be anything of that time.
        assert_eq!(knots(&[(0.0, 20), (1.0, 20)].repeat(3)), None);
        let scale: Vec<(f64, usize)> = (0..9).map(|level| (f64::from(level), 20)).collect();
        assert_eq!(knots(&scale.repeat(3)), None);
        let once = [&grades[..], &[(5.0, 5)]].concat();
        assert_eq!(knots(&once), Some(vec![1.0, 2.0, 7.0]));
        // A scale that comes back to some of its values.
        let others: Vec<(f64, usize)> = (0..9).map(|other| (f64::from(other) + 0.5, 20)).collect();
        assert_eq!(knots(&[&grades[..], &others].concat()), None);
    }
}
