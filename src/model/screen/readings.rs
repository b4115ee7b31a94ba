//! What a channel was read as, and what is usual for it.

use std::ops::Range;

use crate::{data::Dataset, model::prepared::Block};

/// Standard deviation of a normal step in units of its median size.
const TO_SIGMA: f64 = 1.4826;

/// What jumps away and back by more than so many typical steps does not tell what is usual.
pub(super) const STEPS: f64 = 12.0;

/// How many values are beyond the ends of a channel's range at most.
const ENDS: usize = 3;

/// One value of a channel.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    pub(super) step: usize,
    pub(super) value: f64,
}

/// The readings of each block in order; what is missing is none.
pub(super) type Readings = Vec<Vec<Reading>>;

/// Some readings in a row, by their positions within their block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) block: usize,
    pub(super) at: Range<usize>,
}

pub(super) fn readings(dataset: &Dataset, channel: usize, blocks: &[Block]) -> Readings {
    let of = |block: &Block| {
        let column = &dataset.episodes[block.episode].columns[channel];
        let all = (block.start..block.end).map(|step| Reading {
            step,
            value: column[step],
        });
        all.filter(|one| one.value.is_finite()).collect()
    };
    blocks.iter().map(of).collect()
}

/// Equal readings in a row, by their positions within their block.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) at: Range<usize>,
    pub(super) value: f64,
}

/// The runs of each block in order; a sensor that trembles has runs of one.
pub(super) fn runs(readings: &Readings) -> Vec<Vec<Run>> {
    let of = |block: &Vec<Reading>| {
        let equal = block.chunk_by(|a, b| a.value.total_cmp(&b.value).is_eq());
        let mut start = 0;
        let runs = equal.map(|run| {
            let at = start..start + run.len();
            start = at.end;
            Run {
                at,
                value: run[0].value,
            }
        });
        runs.collect()
    };
    readings.iter().map(of).collect()
}

/// How many readings the runs have at most, but for one in a hundred.
pub(super) fn usual_length(runs: &[Vec<Run>]) -> usize {
    let mut lengths: Vec<usize> = runs.iter().flatten().map(|run| run.at.len()).collect();
    lengths.sort_unstable();
    lengths.get(lengths.len() * 99 / 100).copied().unwrap_or(1)
}

/// What is usual for a channel.
pub(super) struct Usual {
    /// Whether it moves from reading to reading, but for one in a hundred.
    pub(super) trembles: bool,
    /// The first and the 99th percentile; where it trembles a value that lasts counts once.
    pub(super) low: f64,
    pub(super) high: f64,
    /// The least and the greatest value but for a few.
    pub(super) ends: [f64; 2],
    /// The typical step from reading to reading, and from run to run.
    pub(super) step: f64,
    pub(super) moving_step: f64,
}

/// Whether a run jumps away and back by more than some length, which is none where it is 0.
fn jumps_out(block: &[Run], at: usize, least: f64) -> bool {
    let near = [at.wrapping_sub(1), at + 1].map(|one| block.get(one));
    let [Some(before), Some(after)] = near else {
        return false;
    };
    let (up, down) = (
        block[at].value - before.value,
        block[at].value - after.value,
    );
    least > 0.0 && up * down > 0.0 && up.abs().min(down.abs()) > least
}

impl Usual {
    /// `None` where nothing ever moves.
    pub(super) fn of(runs: &[Vec<Run>]) -> Option<Self> {
        let trembles = usual_length(runs) == 1;
        let pairs = runs.iter().flat_map(|block| block.windows(2));
        let mut moves: Vec<f64> = pairs
            .map(|pair| (pair[1].value - pair[0].value).abs())
            .collect();
        moves.sort_unstable_by(f64::total_cmp);
        let moving_step = TO_SIGMA * moves.get(moves.len() / 2)?;
        // The median step of a channel that mostly stands still is none.
        let stands = 2 * moves.len() < runs.iter().flatten().map(|run| run.at.len()).sum();
        let step = if stands { 0.0 } else { moving_step };
        let times = |run: &Run| if trembles { 1 } else { run.at.len() };
        let sorted = |is_usual: &dyn Fn(&[Run], usize) -> bool| {
            let of_block = |block: &Vec<Run>| -> Vec<f64> {
                let own = (0..block.len()).filter(|&at| is_usual(block, at));
                own.flat_map(|at| std::iter::repeat_n(block[at].value, times(&block[at])))
                    .collect()
            };
            let mut values: Vec<f64> = runs.iter().flat_map(of_block).collect();
            values.sort_unstable_by(f64::total_cmp);
            values
        };
        let all = sorted(&|_, _| true);
        let few = ENDS.min(all.len() / 100);
        // More than a hundredth may be lone values; what is usual is told by the others.
        let usual = sorted(&|block, at| !jumps_out(block, at, STEPS * step));
        Some(Self {
            trembles,
            ends: [*all.get(few)?, all[all.len() - 1 - few]],
            low: *usual.get(usual.len() / 100)?,
            high: *usual.get(usual.len() * 99 / 100)?,
            step,
            moving_step,
        })
    }
}
