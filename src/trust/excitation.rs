//! What of a control's movement does not merely follow past outputs.
//!
//! Under feedback without excitation every move of a control is a function of past outputs, and
//! the log then holds no evidence of what the control does by itself. Each control is predicted
//! one step ahead from its own last value and the outputs before (a proportional, integral or
//! filtered law is linear in these); what the prediction misses, kept by the control's own memory,
//! is its independent part. Sensor noise that a controller feeds back stands in the logged
//! outputs and is therefore explained. A control that its own past predicts and to which outputs
//! add nothing (a programmed curve) is independent as it is.

use super::{log::Log, recordings::between, regress::Table};
use crate::{data::Dataset, metrics::stats};

/// Lags of an output that a law may look at.
const LAGS: [usize; 7] = [1, 2, 3, 5, 8, 13, 20];
/// And the mean of so many steps.
const LONG_STEPS: usize = 60;
/// Outputs that a law may look at, the likeliest first.
const MOST_OUTPUTS: usize = 8;
const OWN_LAGS: usize = 8;
/// A move counts in full from this share of the asked change on; smaller ones by their square,
/// as information does.
const FULL_MOVE: f64 = 0.5;
/// Below this share of the asked change a move is noise.
const LEAST_MOVE: f64 = 0.1;
/// Where the raw moves of other inputs leave less of a control's own ones, what is new in theirs is
/// looked at too.
const SUSPECT: f64 = 0.8;

/// How one edited control moved in the log.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Excitation {
    /// Independent moves, each worth one of half the asked change or more.
    pub(super) n_moves: f64,
    /// Share of its moves that past outputs explain, 0 to 1.
    pub(super) explained: f64,
    /// Root mean square of the independent moves, in the control's unit.
    pub(super) independent: f64,
    /// Share of the independent moves that other inputs do not explain, 0 to 1.
    pub(super) own_share: f64,
    /// Least and greatest value in the log.
    pub(super) range: (f64, f64),
    /// Whether it keeps one value in each recording, and its moves lie between these.
    pub(super) is_set_once: bool,
}

impl Excitation {
    /// Of a control that stood still at a value, or between two.
    pub(super) fn still(range: (f64, f64)) -> Self {
        Self {
            n_moves: 0.0,
            explained: 0.0,
            independent: 0.0,
            own_share: 1.0,
            range,
            is_set_once: false,
        }
    }
}

/// Looks at one control; `asked` is the mean size of the asked change, `block` the steps over
/// which the line forgets, `beside` the inputs that the question leaves alone.
pub(super) fn excitation(
    dataset: &Dataset,
    log: &Log<'_>,
    channel: usize,
    asked: f64,
    block: usize,
    beside: &[usize],
) -> Excitation {
    let range = log.extremes_of(channel);
    let (control, spread) = log.normed_rows_of(channel);
    if spread == 0.0 {
        return Excitation::still(range);
    }
    // What a move of a size counts, in the control's unit.
    let weight = |size: f64| {
        if size < LEAST_MOVE * asked {
            0.0
        } else {
            (size / (FULL_MOVE * asked)).powi(2).min(1.0)
        }
    };
    let found = between(dataset, log, channel, LEAST_MOVE * asked, weight, beside);
    let outside = found.map(|found| Excitation {
        n_moves: found.n_moves,
        explained: found.explained,
        independent: found.independent,
        own_share: found.own_share,
        range,
        is_set_once: true,
    });
    let law = Law::new(dataset, log, &control);
    let mut keeps = None;
    let independent = if law.is_programmed(&control) {
        control.clone()
    } else {
        let mut surprises = law.surprises(&control);
        let share = kept_share(&control, &surprises);
        law.drop_triggered(&control, &mut surprises, LEAST_MOVE * asked / spread);
        keeps = Some(share);
        kept(&surprises, share)
    };
    let (moves, own_moves) = (moves_of(&control, block), moves_of(&independent, block));
    let sizes = own_moves.iter().flatten().map(|m| spread * m.abs());
    let counted: f64 = sizes.map(weight).sum();
    let thinned = log.total_steps as f64 / log.n_steps().max(1) as f64;
    let energy = |moves: &[Vec<f64>]| moves.iter().flatten().map(|m| m * m).sum::<f64>();
    let count = own_moves.iter().map(Vec::len).sum::<usize>().max(1);
    let left = energy(&own_moves) / energy(&moves).max(f64::MIN_POSITIVE);
    let inside = Excitation {
        // A step stands in the differences of neighbouring means for two blocks, and with the
        // squares of a triangle's sides weighs about as one block.
        n_moves: counted * thinned / block as f64,
        explained: (1.0 - left).clamp(0.0, 1.0),
        independent: spread * (energy(&own_moves) / count as f64).sqrt(),
        own_share: own_share(log, &own_moves, beside, block, (&law, keeps)),
        range,
        is_set_once: false,
    };
    // Either says by itself what the control does; the fuller one is told.
    match outside {
        Some(outside) if outside.n_moves >= inside.n_moves => outside,
        _ => inside,
    }
}

/// What a controller of one control may look at, with mean 0 and variance 1.
struct Law {
    outputs: Vec<Vec<Vec<f64>>>,
    /// Sums from the beginning of each stretch, for long means.
    sums: Vec<Vec<Vec<f64>>>,
    disturbances: Vec<Vec<Vec<f64>>>,
}

impl Law {
    fn new(dataset: &Dataset, log: &Log<'_>, control: &[Vec<f64>]) -> Self {
        let mut outputs: Vec<Vec<Vec<f64>>> = dataset
            .outputs()
            .into_iter()
            .map(|output| log.normed_rows_of(output))
            // What never moved, or was not yet there, can have moved nothing.
            .filter(|(_, spread)| *spread > 0.0)
            .map(|(rows, _)| rows)
            .collect();
        if outputs.len() > MOST_OUTPUTS {
            outputs.sort_by_cached_key(|output| {
                // Positive numbers order as their bits do; the likeliest comes first.
                std::cmp::Reverse(likeness(control, output).to_bits())
            });
            outputs.truncate(MOST_OUTPUTS);
        }
        let disturbances = dataset.disturbances().into_iter().take(MOST_OUTPUTS);
        Self {
            sums: outputs.iter().map(|rows| sums_of(rows)).collect(),
            outputs,
            disturbances: disturbances
                .map(|channel| log.normed_rows_of(channel).0)
                .collect(),
        }
    }

    /// What the outputs before a step show.
    fn push_outputs(&self, row: &mut Vec<f64>, stretch: usize, step: usize) {
        for (output, sums) in self.outputs.iter().zip(&self.sums) {
            row.extend(LAGS.map(|lag| output[stretch][step - lag]));
            let from = step.saturating_sub(LONG_STEPS);
            let sums = &sums[stretch];
            row.push((sums[step] - sums[from]) / (step - from) as f64);
        }
    }

    fn push_disturbances(&self, row: &mut Vec<f64>, stretch: usize, step: usize) {
        for disturbance in &self.disturbances {
            row.extend([disturbance[stretch][step], disturbance[stretch][step - 1]]);
        }
    }

    /// What the law does not foretell of each step, one row a stretch.
    fn surprises(&self, control: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let mut table = Table::default();
        let mut row = Vec::new();
        for (stretch, values) in control.iter().enumerate() {
            for step in first_step()..values.len() {
                row.clear();
                row.extend([values[step - 1], 1.0]);
                self.push_outputs(&mut row, stretch, step);
                self.push_disturbances(&mut row, stretch, step);
                table.push(&row, values[step]);
            }
        }
        // Rows are many times the features: a held-out fit would only add its own drift.
        let mut next = table.residuals().into_iter();
        control
            .iter()
            .map(|values| {
                let start = first_step().min(values.len());
                let blank = std::iter::repeat_n(0.0, start);
                blank
                    .chain(next.by_ref().take(values.len() - start))
                    .collect()
            })
            .collect()
    }

    /// Forgets the moves of a direction that an output triggers.
    ///
    /// A thermostat, or an operator who acts when a band is left, obeys no linear law; but its
    /// moves of one direction stand where an output is lower (or higher) than nearly always when
    /// it did not move, from the same values of the control.
    fn drop_triggered(&self, control: &[Vec<f64>], surprises: &mut [Vec<f64>], least: f64) {
        let noise = stats::robust_std(&surprises.concat());
        let least = least.max(5.0 * noise);
        for sign in [1.0, -1.0] {
            let is_move = |value: f64| sign * value > least;
            let moves = places(surprises, is_move);
            let from = || {
                moves
                    .iter()
                    .map(|&(stretch, step)| control[stretch][step - 1])
            };
            let low = from().fold(f64::INFINITY, f64::min);
            let high = from().fold(f64::NEG_INFINITY, f64::max);
            let mut rests = places(surprises, |value| !is_move(value));
            rests.retain(|&(stretch, step)| {
                (low - 1e-9..=high + 1e-9).contains(&control[stretch][step - 1])
            });
            if self.is_trigger(&moves, &rests) {
                // Between its moves such a control stands; what the linear law then misses is
                // the law's own flaw.
                for surprise in surprises.iter_mut().flatten() {
                    if is_move(*surprise) || surprise.abs() <= least {
                        *surprise = 0.0;
                    }
                }
            }
        }
    }

    /// Whether an output, as last seen or in a short mean, tells moves from rests.
    fn is_trigger(&self, moves: &[(usize, usize)], rests: &[(usize, usize)]) -> bool {
        if moves.is_empty() || rests.is_empty() {
            return false;
        }
        let seen = |output: usize, span: usize, &(stretch, step): &(usize, usize)| {
            let sums = &self.sums[output][stretch];
            (sums[step] - sums[step - span]) / span as f64
        };
        let every = rests.len().div_ceil(2_000);
        (0..self.outputs.len()).any(|output| {
            [1, 5, 20].into_iter().any(|span| {
                let of = |places: &mut dyn Iterator<Item = &(usize, usize)>| -> Vec<f64> {
                    places.map(|at| seen(output, span, at)).collect()
                };
                tells_apart(
                    &of(&mut moves.iter()),
                    &of(&mut rests.iter().step_by(every)),
                )
            })
        })
    }

    /// Whether the control's own past tells nearly all of its changes, and outputs tell no more.
    fn is_programmed(&self, control: &[Vec<f64>]) -> bool {
        let (mut own, mut both) = (Table::default(), Table::default());
        let mut row = Vec::new();
        let mut changes = 0.0;
        for (stretch, values) in control.iter().enumerate() {
            for step in first_step()..values.len() {
                row.clear();
                row.push(1.0);
                row.extend((1..=OWN_LAGS).map(|lag| values[step - lag]));
                self.push_disturbances(&mut row, stretch, step);
                own.push(&row, values[step]);
                self.push_outputs(&mut row, stretch, step);
                both.push(&row, values[step]);
                changes += (values[step] - values[step - 1]).powi(2);
            }
        }
        let squares = |table: &Table| {
            let residuals = table.cross_fit();
            residuals.iter().map(|r| r * r).sum::<f64>()
        };
        let missed = squares(&own);
        // Below a hundredth of the usual change it is rounding that is predicted.
        let floor = 1e-4 * changes;
        missed < 0.2 * changes && squares(&both) + floor > 0.5 * (missed + floor)
    }
}

/// Whether a number, as it was before moves, is nearly always greater (or smaller) than before rests.
pub(super) fn tells_apart(at_moves: &[f64], at_rests: &[f64]) -> bool {
    let at_moves = stats::sorted_finite(at_moves);
    let at_rests = at_rests.iter().filter(|value| value.is_finite());
    let shares: Vec<f64> = at_rests
        .map(|&value| stats::mid_rank_share(&at_moves, value))
        .collect();
    let off = (stats::mean(&shares) - 0.5).abs();
    // Of Mann and Whitney's rank sum; 3.5 as there are many outputs to try.
    let (n_moves, n_rests) = (at_moves.len() as f64, shares.len() as f64);
    let weighed = 12.0 * n_moves * n_rests / (n_moves + n_rests + 1.0);
    off > 0.4 && off * weighed.sqrt() > 3.5
}

/// How much of a surprise the control still holds after one step, by what it holds after five.
///
/// Not taken from the law's own memory: an output that mirrors the control shares its weight.
fn kept_share(control: &[Vec<f64>], surprises: &[Vec<f64>]) -> f64 {
    const AHEAD: usize = 5;
    let (mut at_once, mut later) = (0.0, 0.0);
    for (values, surprises) in control.iter().zip(surprises) {
        for step in first_step()..values.len().saturating_sub(AHEAD) {
            let before = values[step - 1];
            at_once += surprises[step] * (values[step] - before);
            later += surprises[step] * (values[step + AHEAD] - before);
        }
    }
    if at_once > 0.0 {
        (later / at_once).clamp(0.0, 1.0).powf(1.0 / (AHEAD as f64))
    } else {
        0.0
    }
}

/// What is left of surprises in the control, which keeps a share of itself from step to step.
fn kept(surprises: &[Vec<f64>], keeps: f64) -> Vec<Vec<f64>> {
    let row = |row: &Vec<f64>| {
        let mut part = 0.0;
        row.iter()
            .map(|surprise| {
                part = keeps * part + surprise;
                part
            })
            .collect()
    };
    surprises.iter().map(row).collect()
}

/// The stretch and step of the surprises for which `is_wanted` holds.
fn places(surprises: &[Vec<f64>], is_wanted: impl Fn(f64) -> bool) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for (stretch, row) in surprises.iter().enumerate() {
        let steps = (first_step()..row.len()).filter(|&step| is_wanted(row[step]));
        found.extend(steps.map(|step| (stretch, step)));
    }
    found
}

/// The first step that has all lags.
fn first_step() -> usize {
    LAGS[LAGS.len() - 1].max(OWN_LAGS)
}

/// How alike a control is to an output one step earlier, in value or in change.
fn likeness(control: &[Vec<f64>], output: &[Vec<f64>]) -> f64 {
    let changes = |rows: &[Vec<f64>]| {
        rows.iter()
            .flat_map(|row| row.windows(2).map(|pair| pair[1] - pair[0]))
            .collect::<Vec<_>>()
    };
    let value = stats::cross_correlation(&control.concat(), &output.concat(), 1);
    let change = stats::cross_correlation(&changes(control), &changes(output), 1);
    value.abs().max(change.abs())
}

fn sums_of(rows: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let sums = |row: &Vec<f64>| {
        let mut sum = 0.0;
        std::iter::once(0.0)
            .chain(row.iter().map(|value| {
                sum += value;
                sum
            }))
            .collect()
    };
    rows.iter().map(sums).collect()
}

/// Mean of the block from a step on − mean of the block before it, at every step.
fn moves_of(rows: &[Vec<f64>], block: usize) -> Vec<Vec<f64>> {
    let moves = |sums: &Vec<f64>| {
        let last = sums.len().saturating_sub(block);
        (block..last)
            .map(|at| (sums[at + block] - 2.0 * sums[at] + sums[at - block]) / block as f64)
            .collect()
    };
    sums_of(rows).iter().map(moves).collect()
}

/// Share of the independent moves that the moves of other inputs leave unexplained.
///
/// A control's own moves are what a law leaves of it, so that raw moves of another input never explain
/// them whole, not even those of an exact copy: the same law is taken off the others too, and of both
/// looks the one that finds less counts.
fn own_share(
    log: &Log<'_>,
    moves: &[Vec<f64>],
    beside: &[usize],
    block: usize,
    (law, keeps): (&Law, Option<f64>),
) -> f64 {
    let raw = beside.iter().map(|&channel| log.normed_rows_of(channel).0);
    let raw: Vec<Vec<Vec<f64>>> = raw.collect();
    let share = share_left(moves, &raw, block);
    match keeps {
        Some(keeps) if share < SUSPECT => {
            let own = raw.iter().map(|rows| kept(&law.surprises(rows), keeps));
            share.min(share_left(moves, &own.collect::<Vec<_>>(), block))
        }
        _ => share,
    }
}

/// Share of some moves that the moves of other rows leave unexplained.
fn share_left(moves: &[Vec<f64>], others: &[Vec<Vec<f64>>], block: usize) -> f64 {
    let others: Vec<Vec<Vec<f64>>> = others.iter().map(|rows| moves_of(rows, block)).collect();
    let mut table = Table::default();
    let mut whole = 0.0;
    let every = (block / 2).max(1);
    for (stretch, values) in moves.iter().enumerate() {
        for at in (0..values.len()).step_by(every) {
            let row: Vec<f64> = others.iter().map(|other| other[stretch][at]).collect();
            table.push(&row, values[at]);
            whole += values[at] * values[at];
        }
    }
    let n_rows = table.n_rows() as f64;
    let width = others.len() as f64;
    if width == 0.0 || whole == 0.0 || n_rows < 3.0 * width {
        return 1.0;
    }
    let left: f64 = table.residuals().iter().map(|r| r * r).sum();
    (left / (n_rows - width) / (whole / n_rows)).min(1.0)
}
