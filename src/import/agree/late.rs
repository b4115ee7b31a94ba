//! Finds a stretch in which a sensor tells what the others tell, but earlier or later.

use super::moves::{FIRST, SIDE, Told};

/// Shifts are looked for up to this many rows, both ways.
const MOST_SHIFT: usize = 12;
/// Smaller ones drown in the width of a move.
const LEAST_SHIFT: i64 = 3;
/// The log is cut into this many blocks.
const N_BLOCKS: usize = 24;
/// One row far off counts no more than this many usual sizes.
const FAR: f64 = 5.0;
/// Gain, in units of log likelihood, from which a stretch is believed.
const LEAST_GAIN: f64 = 20.0;
/// It must be this many times what any other stretch gains by any shift.
const STANDS_OUT: f64 = 2.5;

/// A stretch of rows with its shift; above zero is late.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Late {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) shift: i64,
    pub(super) gain: f64,
}

/// The one stretch that fits far better when shifted, while no other does.
pub(super) fn late(told: &Told) -> Option<Late> {
    let start = FIRST + MOST_SHIFT;
    let length = told.moves.len().checked_sub(start + MOST_SHIFT)? / N_BLOCKS;
    if length < 4 * SIDE {
        return None;
    }
    let costs: Vec<Vec<f64>> = (0..=2 * MOST_SHIFT)
        .map(|shift| costs_of(told, shift, start, length))
        .collect();
    let usual = (0..costs.len()).min_by(|&a, &b| {
        let total = |shift: usize| costs[shift].iter().sum::<f64>();
        total(a).total_cmp(&total(b))
    })?;
    let gains: Vec<Vec<f64>> = costs
        .iter()
        .map(|blocks| {
            let pairs = blocks.iter().zip(&costs[usual]);
            pairs.map(|(cost, usual)| usual - cost).collect()
        })
        .collect();
    let all = |_: usize| true;
    let (gain, shift, from, n_blocks) = best(&gains, 2, &all)?;
    let is_outside = |block: usize| block + 1 < from || block > from + n_blocks;
    let second = best(&gains, 1, &is_outside).map_or(0.0, |other| other.0);
    // What fits best at the end of the search may fit better still beyond it.
    if shift == 0 || shift == 2 * MOST_SHIFT {
        return None;
    }
    let shift = i64::try_from(shift).ok()? - i64::try_from(usual).ok()?;
    let is_clear = gain >= LEAST_GAIN && gain >= STANDS_OUT * second && shift.abs() >= LEAST_SHIFT;
    is_clear.then_some(Late {
        from: start + from * length,
        to: start + (from + n_blocks) * length,
        shift,
        gain,
    })
}

/// What a difference of so many usual sizes costs.
pub(super) fn cost_of(strange: f64) -> f64 {
    let near = strange.abs().min(FAR);
    // Moves overlap: a row brings little that is new.
    let cost = near * near / (2 * SIDE) as f64;
    if strange.is_finite() { cost } else { 0.0 }
}

/// What each block costs where the sensor is `shift` less [`MOST_SHIFT`] rows late.
fn costs_of(told: &Told, shift: usize, start: usize, length: usize) -> Vec<f64> {
    let block = |block: usize| -> f64 {
        let rows = start + block * length..start + (block + 1) * length;
        rows.map(|row| {
            let off = told.moves[row] - told.expected[row + MOST_SHIFT - shift];
            cost_of(off / told.sigma)
        })
        .sum()
    };
    (0..N_BLOCKS).map(block).collect()
}

/// The best of all stretches of up to a third of the log: (gain, shift, first block, blocks).
fn best(
    gains: &[Vec<f64>],
    least: usize,
    may: &dyn Fn(usize) -> bool,
) -> Option<(f64, usize, usize, usize)> {
    let mut best: Option<(f64, usize, usize, usize)> = None;
    for (shift, blocks) in gains.iter().enumerate() {
        for from in 0..blocks.len() {
            let mut sum = 0.0;
            for n_blocks in 1..=(N_BLOCKS / 3).min(blocks.len() - from) {
                if !may(from + n_blocks - 1) {
                    break;
                }
                sum += blocks[from + n_blocks - 1];
                if n_blocks >= least && best.is_none_or(|known| sum > known.0) {
                    best = Some((sum, shift, from, n_blocks));
                }
            }
        }
    }
    best
}
