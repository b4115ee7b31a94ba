//! Inputs that move at every reading, where one is missing: what stands around it tells most of it.
//!
//! A line over the gap is right for slow signals only. Of a stationary record the mean of the missing
//! value given all others around it follows from their covariance, and an input is known by what the
//! outputs did as well as by its own neighbours (Little and Rubin, Statistical Analysis with Missing
//! Data, 3rd ed. 2019, section 11.3: the expectation step for a normal distribution).

use std::{borrow::Cow, collections::BTreeMap};

use nalgebra::{DMatrix, DVector};

use super::clean::place_of;
use crate::{
    base::{Issue, Issues, Severity, StopToken, Stopped},
    data::{Dataset, GAP_STEPS, Role},
    model::prepared::Block,
};

/// An input moves at nearly every reading where this share at most is equal to the one before.
const STILL: f64 = 0.1;
/// A channel tells of others where it is known at this share of the steps at least.
const KNOWN: f64 = 0.8;
/// Steps on either side that may tell a missing value.
const REACH: usize = 8;
/// Numbers around a missing value at most.
const MOST_NUMBERS: usize = 64;
/// Windows a number that are learned from at least, and at most.
const WINDOWS: [usize; 2] = [10, 200];
/// Added to the variances, of standardised channels.
const RIDGE: f64 = 1e-6;
/// A mean must err this much less than a line, squared, on windows that it was not learned from.
const GAIN: f64 = 0.9;

/// Fills short gaps of inputs that move at nearly every reading, where that errs less than a line.
pub(super) fn fill_inputs(
    dataset: &mut Cow<'_, Dataset>,
    blocks: &[Block],
    notes: &mut Issues,
    stop: &StopToken,
) -> Result<(), Stopped> {
    let mut all = dataset.channels_where(Role::is_input);
    let inputs = all.clone();
    all.extend(dataset.outputs());
    for channel in inputs {
        stop.check()?;
        let gaps = gaps(dataset, channel, blocks);
        if gaps.is_empty() || !is_restless(dataset, channel, blocks) {
            continue;
        }
        let Some(around) = Around::learn(dataset, (channel, &all), blocks) else {
            continue;
        };
        let mut by_known = BTreeMap::new();
        let told: Vec<_> = gaps
            .into_iter()
            .filter_map(|(block, step)| {
                let value = around.tell(dataset, &blocks[block], step, &mut by_known)?;
                Some((blocks[block].episode, step, value))
            })
            .collect();
        let n = told.len();
        if n == 0 {
            continue;
        }
        let columns = dataset.to_mut().episodes.iter_mut();
        let mut columns: Vec<_> = columns.map(|one| &mut one.columns[channel]).collect();
        for (episode, step, value) in told {
            columns[episode][step] = value;
        }
        let text = format!(
            "steps without a reading: {n}; for learning they are filled by what stands around them"
        );
        let place = place_of(dataset, channel);
        let note = Issue::new(place, Severity::Info, "gaps-filled", text);
        notes.push(note.with("count", n));
    }
    Ok(())
}

/// The blocks and steps of short gaps between two readings.
fn gaps(dataset: &Dataset, channel: usize, blocks: &[Block]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for (at, block) in blocks.iter().enumerate() {
        let column = &dataset.episodes[block.episode].columns[channel];
        let mut last = None;
        for step in (block.start..block.end).filter(|&step| column[step].is_finite()) {
            if let Some(before) = last.replace(step)
                && step - before <= GAP_STEPS + 1
            {
                found.extend((before + 1..step).map(|gap| (at, gap)));
            }
        }
    }
    found
}

fn is_restless(dataset: &Dataset, channel: usize, blocks: &[Block]) -> bool {
    let (mut n, mut n_still) = (0_usize, 0_usize);
    for block in blocks {
        let column = &dataset.episodes[block.episode].columns[channel][block.start..block.end];
        let pairs = column.windows(2).filter(|pair| pair[0].is_finite());
        for pair in pairs.filter(|pair| pair[1].is_finite()) {
            n += 1;
            n_still += usize::from(pair[0].total_cmp(&pair[1]).is_eq());
        }
    }
    n_still as f64 <= STILL * n as f64
}

/// Mean and covariance of what stands around a step, `reach` steps to either side.
struct Around {
    /// The missing one first.
    channels: Vec<usize>,
    /// Centre and spread of each channel.
    scales: Vec<[f64; 2]>,
    reach: usize,
    /// `[D, D]`, the missing number first.
    covariance: DMatrix<f64>,
}

impl Around {
    /// `None` where too little is known, or a line errs as little.
    fn learn(
        dataset: &Dataset,
        (channel, all): (usize, &[usize]),
        blocks: &[Block],
    ) -> Option<Self> {
        let mut known = vec![(channel, scale(dataset, channel, blocks)?)];
        for other in all.iter().copied().filter(|&one| one != channel) {
            known.extend(scale(dataset, other, blocks).map(|scale| (other, scale)));
        }
        let is_output = |&(one, _): &(usize, _)| dataset.channels[one].role.is_output();
        let outputs: Vec<_> = known[1..].iter().copied().filter(is_output).collect();
        let alone = vec![known[0]];
        // Where there are many channels, or few whole windows of all, the fewer that tell most.
        let sets = [known, [alone.clone(), outputs].concat(), alone];
        let fitting = sets.iter().filter(|set| 3 * set.len() <= MOST_NUMBERS);
        let tried = fitting.flat_map(|set| {
            let most = (MOST_NUMBERS / set.len() - 1) / 2;
            (1..=most.min(REACH)).rev().map(move |reach| (set, reach))
        });
        let mut judged = tried.filter_map(|(set, reach)| {
            let (channels, scales) = set.iter().copied().unzip();
            let mut around = Self {
                channels,
                scales,
                reach,
                covariance: DMatrix::zeros(0, 0),
            };
            let is_better = around.beats_a_line(dataset, blocks)?;
            Some(is_better.then_some(around))
        });
        judged.next()?
    }

    /// Learns, and says whether the means of both halves err less on the other half than a line does;
    /// `None` where whole windows are too few.
    fn beats_a_line(&mut self, dataset: &Dataset, blocks: &[Block]) -> Option<bool> {
        let windows = self.whole_windows(dataset, blocks);
        let (n, reach) = (windows.ncols(), self.reach);
        if n < WINDOWS[0] * windows.nrows() {
            return None;
        }
        let half = n / 2;
        let halves = [windows.columns(0, half), windows.columns(half, n - half)];
        let products = halves.map(|half| half * half.transpose());
        let [mut told, mut lined] = [0.0, 0.0];
        for (own, half) in halves.iter().enumerate() {
            let weights = weights(&(&products[1 - own] / halves[1 - own].ncols() as f64))?;
            let (missing, rest) = (half.row(0), half.rows(1, half.nrows() - 1));
            told += (missing - weights.transpose() * rest).norm_squared();
            // The two next to the missing one stand next to each other.
            let line = (half.row(reach) + half.row(reach + 1)) / 2.0;
            lined += (missing - line).norm_squared();
        }
        self.covariance = (&products[0] + &products[1]) / n as f64;
        Some(told < GAIN * lined)
    }

    /// The numbers around a step: the missing one, those of its own channel, then the others' in order.
    /// NaN where one is missing.
    fn numbers(&self, dataset: &Dataset, block: &Block, step: usize) -> Vec<f64> {
        let columns = &dataset.episodes[block.episode].columns;
        let normed = |position: usize, at: usize| {
            let [centre, spread] = self.scales[position];
            (columns[self.channels[position]][at] - centre) / spread
        };
        let mut numbers = vec![normed(0, step)];
        for position in 0..self.channels.len() {
            for offset in 0..=2 * self.reach {
                let at = (step + offset).checked_sub(self.reach);
                let at = at.filter(|at| (block.start..block.end).contains(at));
                if position > 0 || offset != self.reach {
                    numbers.push(at.map_or(f64::NAN, |at| normed(position, at)));
                }
            }
        }
        numbers
    }

    /// Windows in which nothing is missing, `[D, N]`, evenly taken where they are many.
    fn whole_windows(&self, dataset: &Dataset, blocks: &[Block]) -> DMatrix<f64> {
        let n_numbers = self.channels.len() * (2 * self.reach + 1);
        let n_steps: usize = blocks.iter().map(|block| block.end - block.start).sum();
        let every = n_steps.div_ceil(WINDOWS[1] * n_numbers).max(1);
        let mut values = Vec::new();
        for block in blocks {
            for step in (block.start..block.end).step_by(every) {
                let numbers = self.numbers(dataset, block, step);
                if numbers.iter().all(|number| number.is_finite()) {
                    values.extend(numbers);
                }
            }
        }
        DMatrix::from_vec(n_numbers, values.len() / n_numbers, values)
    }

    /// The mean of a missing value given what is known around it; `None` where none of its own readings
    /// is on either side. Few patterns of what is known come up, so the weights of each are kept.
    fn tell(
        &self,
        dataset: &Dataset,
        block: &Block,
        step: usize,
        by_known: &mut BTreeMap<Vec<usize>, Option<DVector<f64>>>,
    ) -> Option<f64> {
        let numbers = self.numbers(dataset, block, step);
        let own = &numbers[1..=2 * self.reach];
        let (before, after) = own.split_at(self.reach);
        if ![before, after]
            .iter()
            .all(|side| side.iter().any(|one| one.is_finite()))
        {
            return None;
        }
        let mut known = vec![0];
        known.extend((1..numbers.len()).filter(|&at| numbers[at].is_finite()));
        let rest = known[1..].iter().map(|&at| numbers[at]);
        let rest = DVector::from_iterator(known.len() - 1, rest);
        let weights = by_known.entry(known).or_insert_with_key(|known| {
            weights(&self.covariance.select_rows(known).select_columns(known))
        });
        let [centre, spread] = self.scales[0];
        let told = centre + spread * weights.as_ref()?.dot(&rest);
        Some(told).filter(|value| value.is_finite())
    }
}

/// From what is known to the mean of the first, missing number.
fn weights(covariance: &DMatrix<f64>) -> Option<DVector<f64>> {
    let n = covariance.nrows() - 1;
    let mut among = covariance.view((1, 1), (n, n)).into_owned();
    for at in 0..n {
        among[(at, at)] += RIDGE;
    }
    let with: DVector<f64> = covariance.view((1, 0), (n, 1)).column(0).into_owned();
    Some(among.cholesky()?.solve(&with))
}

/// Centre and spread of a channel; `None` where it never moves or is seldom measured.
fn scale(dataset: &Dataset, channel: usize, blocks: &[Block]) -> Option<[f64; 2]> {
    let of = |block: &Block| {
        let column = &dataset.episodes[block.episode].columns[channel];
        column[block.start..block.end].iter().copied()
    };
    let values = blocks.iter().flat_map(of);
    let known = DVector::from_vec(values.filter(|value| value.is_finite()).collect());
    let n_steps: usize = blocks.iter().map(|block| block.end - block.start).sum();
    let (spread, n) = (known.variance().sqrt(), known.len() as f64);
    let tells = n >= KNOWN * n_steps as f64 && spread > 0.0 && spread.is_finite();
    tells.then(|| [known.mean(), spread])
}
