//! A min/max pyramid: any range of a long column at any width in little time, spikes kept.
//!
//! A block keeps where its first, last, least and greatest finite values stand, never the values
//! themselves: they are looked up in the column. So a block costs 20 bytes, all levels together
//! about 5 % of the column.

/// Values in a block of the lowest level; each level above has blocks four times as long.
const BLOCK: usize = 64;
const FACTOR: usize = 4;

/// A min/max pyramid of one column: any range at any width in little time, spikes kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pyramid {
    n_values: usize,
    /// Full blocks only, shortest first; the rest of the column is read directly.
    levels: Vec<Vec<Block>>,
}

/// Offsets from the block's start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Block {
    first: u32,
    last: u32,
    min: u32,
    max: u32,
    n_finite: u32,
}

/// Positions in the column.
#[derive(Debug, Clone, Copy)]
struct Extremes {
    first: usize,
    last: usize,
    min: usize,
    max: usize,
    n_finite: usize,
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
        extremes(&self.levels, values, start, end)
            .map(|found| (values[found.min], values[found.max]))
    }

    /// How many finite values `values[start..end]` has.
    pub fn n_finite(&self, values: &[f64], start: usize, end: usize) -> usize {
        let end = end.min(self.n_values).min(values.len());
        extremes(&self.levels, values, start, end).map_or(0, |found| found.n_finite)
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
        found = merge(values, found, part);
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
    for here in at..to {
        if values[here].is_finite() {
            let one = Extremes {
                first: here,
                last: here,
                min: here,
                max: here,
                n_finite: 1,
            };
            found = merge(values, found, Some(one));
        }
    }
    (to, found)
}

/// Joins two neighbours, the left one first; of equal extremes the earlier stays.
fn merge(values: &[f64], left: Option<Extremes>, right: Option<Extremes>) -> Option<Extremes> {
    let (Some(a), Some(b)) = (left, right) else {
        return left.or(right);
    };
    Some(Extremes {
        first: a.first,
        last: b.last,
        min: if values[b.min] < values[a.min] {
            b.min
        } else {
            a.min
        },
        max: if values[b.max] > values[a.max] {
            b.max
        } else {
            a.max
        },
        n_finite: a.n_finite + b.n_finite,
    })
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "offsets are smaller than the block, whose length fits"
)]
fn pack(found: Option<Extremes>, start: usize) -> Block {
    let offset = |at: usize| (at - start) as u32;
    found.map_or(
        Block {
            first: 0,
            last: 0,
            min: 0,
            max: 0,
            n_finite: 0,
        },
        |found| Block {
            first: offset(found.first),
            last: offset(found.last),
            min: offset(found.min),
            max: offset(found.max),
            n_finite: found.n_finite as u32,
        },
    )
}

fn unpack(block: Block, start: usize) -> Option<Extremes> {
    (block.n_finite > 0).then(|| Extremes {
        first: start + block.first as usize,
        last: start + block.last as usize,
        min: start + block.min as usize,
        max: start + block.max as usize,
        n_finite: block.n_finite as usize,
    })
}
