//! A min/max pyramid: any range of a long column at any width in little time, spikes kept.
//!
//! A block keeps where its first, last, least and greatest finite values stand, and the two
//! extremes themselves, so that comparing blocks does not reach into the column, which is far
//! larger than any cache. A block costs 32 bytes, all levels together about 8 % of the column.

use crate::base::parallel_map;

/// Values in a block of the lowest level; each level above has blocks four times as long.
const BLOCK: usize = 64;
const FACTOR: usize = 4;

/// A min/max pyramid of one column: any range at any width in little time, spikes kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Pyramid {
    n_values: usize,
    /// Full blocks only, shortest first; the rest of the column is read directly.
    levels: Vec<Vec<Block>>,
}

/// Offsets from the block's start; `least` is NaN where no value is finite.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Block {
    least: f64,
    greatest: f64,
    first: u32,
    last: u32,
    min: u32,
    max: u32,
}

/// The extremes and positions in the column.
#[derive(Debug, Clone, Copy)]
struct Extremes {
    least: f64,
    greatest: f64,
    first: usize,
    last: usize,
    min: usize,
    max: usize,
}

impl Pyramid {
    /// Builds it; blocks of 64 samples upward.
    pub fn build(values: &[f64]) -> Self {
        let mut levels: Vec<Vec<Block>> = Vec::new();
        let mut size = BLOCK;
        // Offsets are 32 bits wide; longer blocks would bring nothing.
        while size <= values.len() && u32::try_from(size).is_ok() {
            let level = (0..values.len() / size)
                .map(|block| {
                    let start = block * size;
                    pack(extremes(&levels, values, start, start + size), start)
                })
                .collect();
            levels.push(level);
            size *= FACTOR;
        }
        Self {
            n_values: values.len(),
            levels,
        }
    }

    /// Builds those of several columns, with all cores where they are long.
    pub fn build_all(columns: &[Vec<f64>]) -> Vec<Self> {
        const SHORT: usize = 10_000;
        if columns.first().is_none_or(|column| column.len() < SHORT) {
            return columns.iter().map(|column| Self::build(column)).collect();
        }
        parallel_map(columns.iter().collect(), |column| Self::build(column))
    }

    /// How many values the column had.
    pub fn n_values(&self) -> usize {
        self.n_values
    }

    /// How much memory the blocks take.
    pub fn n_bytes(&self) -> usize {
        let n_blocks: usize = self.levels.iter().map(Vec::len).sum();
        n_blocks * size_of::<Block>()
    }

    /// At most four points a pixel of `values[start..end]` as (step, value), in order; every
    /// extreme of every pixel is there; a NaN marks a gap.
    ///
    /// `values` is the column that the pyramid was built of. Where a pixel has four values or
    /// fewer they are given as they are; else the first, the least, the greatest and the last.
    /// Infinite values count as missing.
    pub fn slice(
        &self,
        values: &[f64],
        start: usize,
        end: usize,
        width_px: usize,
    ) -> Vec<(f64, f64)> {
        let end = end.min(self.n_values).min(values.len());
        let n_px = width_px.max(1);
        let n_asked = end.saturating_sub(start);
        if n_asked <= 4 * n_px {
            return (start..end).map(|at| point(values, at)).collect();
        }
        let mut points = Vec::with_capacity(4 * n_px);
        for px in 0..n_px {
            let from = start + px * n_asked / n_px;
            let to = start + (px + 1) * n_asked / n_px;
            push_pixel(
                &mut points,
                values,
                from,
                extremes(&self.levels, values, from, to),
            );
        }
        points
    }

    /// The least and the greatest finite value of `values[start..end]`.
    pub fn range(&self, values: &[f64], start: usize, end: usize) -> Option<(f64, f64)> {
        let end = end.min(self.n_values).min(values.len());
        extremes(&self.levels, values, start, end).map(|found| (found.least, found.greatest))
    }
}

fn push_pixel(points: &mut Vec<(f64, f64)>, values: &[f64], from: usize, found: Option<Extremes>) {
    let Some(found) = found else {
        points.push((from as f64, f64::NAN));
        return;
    };
    let mut places = [found.first, found.min, found.max, found.last];
    places.sort_unstable();
    let mut before = None;
    for at in places {
        if before != Some(at) {
            points.push(point(values, at));
        }
        before = Some(at);
    }
}

/// A value as a point; what is not finite becomes the gap mark.
fn point(values: &[f64], at: usize) -> (f64, f64) {
    let value = values[at];
    (at as f64, if value.is_finite() { value } else { f64::NAN })
}

/// The extremes of `values[start..end]`: whole blocks where there are some, values at the rims.
fn extremes(levels: &[Vec<Block>], values: &[f64], start: usize, end: usize) -> Option<Extremes> {
    let mut found = None;
    let mut at = start;
    while at < end {
        let (next, part) = step(levels, values, at, end);
        found = merge(found, part);
        at = next;
    }
    found
}

/// The longest block that starts at `at` and fits, else the values up to the next block.
fn step(levels: &[Vec<Block>], values: &[f64], at: usize, end: usize) -> (usize, Option<Extremes>) {
    let mut best = None;
    let mut size = BLOCK;
    for level in levels {
        if !at.is_multiple_of(size) || at + size > end {
            break;
        }
        best = level
            .get(at / size)
            .map(|block| (at + size, unpack(*block, at)));
        size *= FACTOR;
    }
    if let Some(found) = best {
        return found;
    }
    let to = ((at / BLOCK + 1) * BLOCK).min(end);
    let mut found = None;
    for (here, &value) in values.iter().enumerate().take(to).skip(at) {
        if value.is_finite() {
            let one = Extremes {
                least: value,
                greatest: value,
                first: here,
                last: here,
                min: here,
                max: here,
            };
            found = merge(found, Some(one));
        }
    }
    (to, found)
}

/// Joins two neighbours, the left one first; of equal extremes the earlier stays.
fn merge(left: Option<Extremes>, right: Option<Extremes>) -> Option<Extremes> {
    let (Some(mut a), Some(b)) = (left, right) else {
        return left.or(right);
    };
    a.last = b.last;
    if b.least < a.least {
        (a.least, a.min) = (b.least, b.min);
    }
    if b.greatest > a.greatest {
        (a.greatest, a.max) = (b.greatest, b.max);
    }
    Some(a)
}

fn pack(found: Option<Extremes>, start: usize) -> Block {
    // Offsets are smaller than the block, whose length fits.
    let short = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    let offset = |at: fn(Extremes) -> usize| found.map_or(0, |found| short(at(found) - start));
    Block {
        least: found.map_or(f64::NAN, |found| found.least),
        greatest: found.map_or(f64::NAN, |found| found.greatest),
        first: offset(|found| found.first),
        last: offset(|found| found.last),
        min: offset(|found| found.min),
        max: offset(|found| found.max),
    }
}

fn unpack(block: Block, start: usize) -> Option<Extremes> {
    (!block.least.is_nan()).then(|| Extremes {
        least: block.least,
        greatest: block.greatest,
        first: start + block.first as usize,
        last: start + block.last as usize,
        min: start + block.min as usize,
        max: start + block.max as usize,
    })
}
