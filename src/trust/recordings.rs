//! What a control's changes from one recording to the next show.
//!
//! Batches and campaigns hold a setpoint each: no control moves inside a recording, but there is a move
//! between any two. It counts as one where neither the recording before (what was set, and the outputs
//! on average and at its end) nor the situation at the begin (the outputs and disturbances met there)
//! foretells it. A control that also moves within its recordings is not looked at here: a controller
//! that goes on between them would pass for moves.

use super::{excitation::tells_apart, log::Log, regress::Table};
use crate::{data::Dataset, metrics::stats};

/// Pairs of recordings that a law needs to be found at all.
const LEAST_PAIRS: usize = 8;
/// Pairs of recordings a number that a law may look at.
const PAIRS_A_FEATURE: usize = 4;
/// Share of the recordings in which a control may move after all.
const MOST_MOVING: f64 = 0.1;
/// Readings that make the end of a recording.
const LAST_STEPS: usize = 5;
/// How many recordings back a law may look: what a laboratory measures comes late.
const BACK: usize = 3;

/// How a control moved between recordings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Between {
    /// Independent moves, each worth one of half the asked change or more.
    pub(super) n_moves: f64,
    /// Share of its moves that the recordings before and the begin explain, 0 to 1.
    pub(super) explained: f64,
    /// Root mean square of the independent moves, in the control's unit.
    pub(super) independent: f64,
    /// Share of the independent moves that other inputs do not explain, 0 to 1.
    pub(super) own_share: f64,
}

/// Looks at a control between recordings; `weight` says what a move of a size counts, `least` is the
/// smallest that does. `None` where it moves within recordings, or these are too few.
pub(super) fn between(
    dataset: &Dataset,
    log: &Log<'_>,
    channel: usize,
    least: f64,
    weight: impl Fn(f64) -> f64,
    beside: &[usize],
) -> Option<Between> {
    let levels = log.recorded(channel, stats::mean);
    let n_moving = log.recorded(channel, span_of);
    let n_moving = n_moving.iter().filter(|span| **span > least).count();
    if n_moving as f64 > MOST_MOVING * levels.len() as f64 || levels.len() < LEAST_PAIRS + BACK {
        return None;
    }
    let (before, now) = (back(&levels, 1), back(&levels, 0));
    let (target, spread) = normed(&now);
    if spread <= 0.0 {
        return None;
    }
    let own = [before.clone(), back(&levels, 2)];
    let met = situations(dataset, log);
    let law = likeliest(&target, &own, &met);
    let mut rests = residuals(&target, &law);
    let own_share = own_share(log, &target, &rests, law, beside);
    let moved: Vec<f64> = before
        .iter()
        .zip(&now)
        .map(|(a, b)| (b - a) / spread)
        .collect();
    drop_triggered(&mut rests, &moved, &before, &met, least / spread);
    let energy = |values: &[f64]| values.iter().map(|value| value * value).sum::<f64>();
    let whole = energy(&target).min(energy(&moved));
    let left = energy(&rests) / whole.max(f64::MIN_POSITIVE);
    Some(Between {
        n_moves: rests.iter().map(|rest| weight(spread * rest.abs())).sum(),
        explained: (1.0 - left).clamp(0.0, 1.0),
        independent: spread * (energy(&rests) / rests.len() as f64).sqrt(),
        own_share,
    })
}

/// One value a recording, as it was so many recordings before.
fn back(values: &[f64], by: usize) -> Vec<f64> {
    values[BACK - by..values.len() - by].to_vec()
}

/// What may have led to a recording's setpoint: of every output its means in the recordings before,
/// its end in the last of them and its first reading in this one, of every disturbance that first
/// reading.
fn situations(dataset: &Dataset, log: &Log<'_>) -> Vec<Vec<f64>> {
    let mut met = Vec::new();
    for output in dataset.outputs() {
        let means = log.recorded(output, stats::mean);
        met.extend((1..=BACK).map(|by| back(&means, by)));
        met.push(back(&log.recorded(output, end_of), 1));
        met.push(back(&log.recorded(output, first_of), 0));
    }
    for disturbance in dataset.disturbances() {
        met.push(back(&log.recorded(disturbance, first_of), 0));
    }
    met
}

/// The numbers that a law may look at, with mean 0 and variance 1: `always` and the likeliest of
/// `others`, as many as the rows bear.
fn likeliest(target: &[f64], always: &[Vec<f64>], others: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let known = |list: &[Vec<f64>]| -> Vec<Vec<f64>> {
        let all = list.iter().map(|values| normed(values));
        let moving = all.filter(|(_, spread)| *spread > 0.0);
        moving.map(|(values, _)| values).collect()
    };
    let likeness = |values: &Vec<f64>| stats::correlation(target.iter().zip(values)).abs();
    let mut features = known(always);
    let mut others = known(others);
    others.sort_by(|a, b| likeness(b).total_cmp(&likeness(a)));
    features.extend(others);
    features.truncate(target.len() / PAIRS_A_FEATURE);
    features
}

/// What a linear law of some numbers leaves of a target.
fn residuals(target: &[f64], features: &[Vec<f64>]) -> Vec<f64> {
    let mut table = Table::default();
    for (at, &value) in target.iter().enumerate() {
        let row: Vec<f64> = std::iter::once(1.0)
            .chain(features.iter().map(|values| values[at]))
            .collect();
        table.push(&row, value);
    }
    table.residuals()
}

/// Forgets the moves of a direction that something met before them triggers, as an operator does who
/// sets anew only after a bad batch. `changes` are against the recording before.
fn drop_triggered(
    rests: &mut [f64],
    changes: &[f64],
    before: &[f64],
    met: &[Vec<f64>],
    least: f64,
) {
    for sign in [1.0, -1.0] {
        let is_move = |at: &usize| sign * changes[*at] > least;
        let (moves, others): (Vec<usize>, Vec<usize>) = (0..changes.len()).partition(is_move);
        let from = || moves.iter().map(|&at| before[at]);
        let low = from().fold(f64::INFINITY, f64::min) - 1e-9;
        let high = from().fold(f64::NEG_INFINITY, f64::max) + 1e-9;
        let others: Vec<usize> = others
            .into_iter()
            .filter(|&at| (low..=high).contains(&before[at]))
            .collect();
        let of = |places: &[usize], values: &[f64]| -> Vec<f64> {
            places.iter().map(|&at| values[at]).collect()
        };
        let is_trigger = |values: &Vec<f64>| tells_apart(&of(&moves, values), &of(&others, values));
        if met.iter().any(is_trigger) {
            for (at, rest) in rests.iter_mut().enumerate() {
                if is_move(&at) || changes[at].abs() <= least {
                    *rest = 0.0;
                }
            }
        }
    }
}

/// Share of the independent moves that the other inputs, as they are and as they change, leave when
/// they are added to the law.
fn own_share(
    log: &Log<'_>,
    target: &[f64],
    rests: &[f64],
    mut law: Vec<Vec<f64>>,
    beside: &[usize],
) -> f64 {
    let squares = |values: &[f64]| values.iter().map(|value| value * value).sum::<f64>();
    let mut others = Vec::new();
    for &channel in beside {
        let levels = log.recorded(channel, stats::mean);
        let (now, before) = (back(&levels, 0), back(&levels, 1));
        others.push(now.iter().zip(before).map(|(a, b)| a - b).collect());
        others.push(now);
    }
    let whole = squares(rests);
    if whole == 0.0 || others.is_empty() {
        return 1.0;
    }
    law.extend(likeliest(rests, &[], &others));
    (squares(&residuals(target, &law)) / whole).min(1.0)
}

/// Values with mean 0 and variance 1, 0 where one is missing, and their standard deviation.
fn normed(values: &[f64]) -> (Vec<f64>, f64) {
    let (centre, spread) = (stats::mean(values), stats::population_std(values));
    if !(spread.is_finite() && spread > 1e-12 * centre.abs()) {
        return (vec![0.0; values.len()], 0.0);
    }
    let norm = |value: &f64| {
        let normed = (value - centre) / spread;
        if normed.is_finite() { normed } else { 0.0 }
    };
    (values.iter().map(norm).collect(), spread)
}

fn span_of(values: &[f64]) -> f64 {
    let finite = || values.iter().copied().filter(|value| value.is_finite());
    finite().fold(f64::NEG_INFINITY, f64::max) - finite().fold(f64::INFINITY, f64::min)
}

fn first_of(values: &[f64]) -> f64 {
    let mut finite = values.iter().copied().filter(|value| value.is_finite());
    finite.next().unwrap_or(f64::NAN)
}

fn end_of(values: &[f64]) -> f64 {
    let finite = values
        .iter()
        .rev()
        .copied()
        .filter(|value| value.is_finite());
    stats::mean(&finite.take(LAST_STEPS).collect::<Vec<_>>())
}
