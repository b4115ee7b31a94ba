//! What a channel was read as, and what is usual for it.

use std::ops::Range;

use crate::{data::Dataset, model::prepared::Block};

/// Standard deviation of a normal step in units of its median size.
const TO_SIGMA: f64 = 1.4826;

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

/// What is usual for a channel.
pub(super) struct Usual {
    /// The first and the 99th percentile.
    pub(super) low: f64,
    pub(super) high: f64,
    /// The typical step from reading to reading, and of the steps that are not nothing.
    pub(super) step: f64,
    pub(super) moving_step: f64,
}

impl Usual {
    /// `None` without two readings in a row.
    pub(super) fn of(readings: &Readings) -> Option<Self> {
        let mut values: Vec<f64> = readings.iter().flatten().map(|one| one.value).collect();
        let pairs = readings.iter().flat_map(|block| block.windows(2));
        let mut steps: Vec<f64> = pairs
            .map(|pair| (pair[1].value - pair[0].value).abs())
            .collect();
        values.sort_unstable_by(f64::total_cmp);
        steps.sort_unstable_by(f64::total_cmp);
        let moving = &steps[steps.partition_point(|step| *step <= 0.0)..];
        let typical = |steps: &[f64]| Some(TO_SIGMA * steps.get(steps.len() / 2)?);
        Some(Self {
            low: *values.get(values.len() / 100)?,
            high: *values.get(values.len() * 99 / 100)?,
            step: typical(&steps)?,
            moving_step: typical(moving).unwrap_or(0.0),
        })
    }
}
