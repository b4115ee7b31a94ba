//! Whether what looks lone is the cause or the effect of other moves: then it is the plant's own.

use std::collections::BTreeMap;

use super::readings::{Readings, Stretch};
use crate::{
    data::{Dataset, Role},
    model::prepared::Block,
};

/// A large move is greater than all but one in so many of its steps.
const LARGE: usize = 20;
/// A large move of an input makes an output answer at its step or this many later.
const LATER: usize = 3;
/// At least half of what was found comes with one, …
const LEAST: f64 = 0.5;
/// … and more than by chance by this many standard deviations.
const SIGMAS: f64 = 4.0;

/// The steps of each block at which, or near which, a channel made a large move.
type Marks = Vec<Vec<bool>>;

/// The marks of channels, each made once: while outputs are screened no input changes, and while
/// inputs are, no output.
#[derive(Default)]
pub(super) struct Moves(BTreeMap<usize, Marks>);

impl Moves {
    /// Whether the lone values of a channel come, more than by chance, just after large moves of an
    /// input, or where it is an input itself, just before those of an output.
    pub(super) fn come_with(
        &mut self,
        (dataset, blocks): (&Dataset, &[Block]),
        channel: usize,
        readings: &Readings,
        found: &[Stretch],
    ) -> bool {
        let is_output = dataset.channels[channel].role.is_output();
        let others = if is_output {
            dataset.channels_where(Role::is_input)
        } else {
            dataset.outputs()
        };
        others.into_iter().any(|other| {
            let own = self.0.entry(other);
            let marks = own.or_insert_with(|| marks(dataset, other, blocks, is_output));
            are_marked(marks, blocks, readings, found)
        })
    }
}

/// Whether more of what was found is marked than by chance.
fn are_marked(marks: &Marks, blocks: &[Block], readings: &Readings, found: &[Stretch]) -> bool {
    let (mut n_marked, mut n) = (0, 0);
    for ((readings, marks), block) in readings.iter().zip(marks).zip(blocks) {
        let marked = readings.iter().filter(|one| marks[one.step - block.start]);
        n_marked += marked.count();
        n += readings.len();
    }
    let is_marked = |stretch: &&Stretch| {
        let step = readings[stretch.block][stretch.at.start].step;
        marks[stretch.block][step - blocks[stretch.block].start]
    };
    let share = found.iter().filter(is_marked).count() as f64 / found.len() as f64;
    let chance = n_marked as f64 / n as f64;
    let spread = (chance * (1.0 - chance) / found.len() as f64).sqrt();
    share >= LEAST && share > chance + SIGMAS * spread
}

/// The steps of each block at which, or shortly before or else after, a channel made a large move.
fn marks(dataset: &Dataset, channel: usize, blocks: &[Block], is_before: bool) -> Marks {
    let moves: Vec<Vec<f64>> = blocks
        .iter()
        .map(|block| {
            let column = &dataset.episodes[block.episode].columns[channel][block.start..block.end];
            let mut last = f64::NAN;
            let step = |value: &f64| {
                let before = last;
                last = if value.is_finite() { *value } else { last };
                let moved = (value - before).abs();
                if moved.is_finite() { moved } else { 0.0 }
            };
            column.iter().map(step).collect()
        })
        .collect();
    let mut sorted: Vec<f64> = moves.iter().flatten().copied().collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let usual = sorted.get(sorted.len() - sorted.len() / LARGE);
    let usual = usual.copied().unwrap_or(0.0);
    let large = |moves: &Vec<f64>| {
        let mut marks = vec![false; moves.len()];
        for (step, _) in moves.iter().enumerate().filter(|one| *one.1 > usual) {
            let near = if is_before {
                step..moves.len().min(step + LATER + 1)
            } else {
                step.saturating_sub(LATER)..step + 1
            };
            marks[near].fill(true);
        }
        marks
    };
    moves.iter().map(large).collect()
}
