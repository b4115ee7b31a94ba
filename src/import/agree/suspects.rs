//! Names the sensors that jump or run late while nothing else on the line does.
//!
//! The strongest sign is heard first. The others are then asked again without the accused: if one
//! of them shows the same jump, the line itself did it; what it had passed on to others is gone.

use super::{
    late::late,
    moves::{FIRST, Moves, SIDE, Told},
};
use crate::data::Dataset;

/// Usual sizes from which a jump there and back is believed, and a witness too.
const LEAST_PAIR: f64 = 8.0;
/// The same for a jump back after a slow drift.
const LEAST_BACK: f64 = 12.0;
/// The jumps of a fault must be this many times the next largest of the log.
const PAIR_STANDS_OUT: f64 = 1.8;
const BACK_STANDS_OUT: f64 = 2.5;
/// There and back are alike within this factor.
const ALIKE: f64 = 0.5;
/// A drift has come back to where it began within this share of the jump.
const IS_BACK: f64 = 0.3;

/// What a sensor did alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::import) enum Sign {
    /// It jumped by so much, and back later.
    Offset(f64),
    /// It drifted away slowly and jumped back by so much.
    Drifted(f64),
    /// It told everything so many steps late; below zero, early.
    Late(f64),
}

/// An accused sensor.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::import) struct Suspect {
    pub(in crate::import) channel: usize,
    pub(in crate::import) sign: Sign,
    pub(in crate::import) episode: usize,
    /// Steps of the episode.
    pub(in crate::import) from: usize,
    pub(in crate::import) to: usize,
    /// How clear it is; only for the order.
    strength: f64,
    /// Rows at which it jumped.
    jumps: Vec<usize>,
}

/// The sensors that do what no other bears out.
pub(in crate::import) fn suspects(dataset: &Dataset) -> Vec<Suspect> {
    let Some(moves) = Moves::of(dataset) else {
        return Vec::new();
    };
    let mut accused = hear(&moves, &jump_of, Vec::new());
    accused = hear(&moves, &late_of, accused);
    accused.sort_by_key(|suspect| suspect.channel);
    accused
}

type Look = dyn Fn(&Moves, usize, &Told) -> Option<Suspect>;

/// Hears one kind of sign after the other, strongest first.
fn hear(moves: &Moves, look: &Look, mut accused: Vec<Suspect>) -> Vec<Suspect> {
    let names = |list: &[Suspect]| list.iter().map(|one| one.channel).collect::<Vec<_>>();
    let ask = |sensor: usize, without: &[usize]| {
        let told = moves.told(sensor, without)?;
        look(moves, sensor, &told)
    };
    let without = names(&accused);
    let mut open: Vec<Suspect> = moves
        .sensors
        .iter()
        .filter(|sensor| !without.contains(sensor))
        .filter_map(|&sensor| ask(sensor, &without))
        .collect();
    while !open.is_empty() {
        open.sort_by(|a, b| {
            let order = a.strength.total_cmp(&b.strength);
            order.then(b.channel.cmp(&a.channel))
        });
        let Some(first) = open.pop() else { break };
        let mut without = names(&accused);
        without.push(first.channel);
        let rest = open.iter().map(|one| one.channel);
        if is_of_the_line(moves, &first, &without) {
            // Whoever jumped with it is no more at fault than it is.
            open.retain(|other| !meets(&first.jumps, &other.jumps));
            continue;
        }
        open = rest.filter_map(|sensor| ask(sensor, &without)).collect();
        accused.push(first);
    }
    accused
}

fn meets(some: &[usize], others: &[usize]) -> bool {
    let near = |row: usize| others.iter().any(|other| row.abs_diff(*other) <= 2 * SIDE);
    some.iter().any(|&row| near(row))
}

/// Whether another sensor, asked without the accused, jumps at the same moment.
fn is_of_the_line(moves: &Moves, suspect: &Suspect, without: &[usize]) -> bool {
    let sees = |sensor: usize| {
        let Some(told) = moves.told(sensor, without) else {
            return false;
        };
        let strange = told.strange();
        suspect.jumps.iter().any(|&row| {
            let near = row.saturating_sub(SIDE)..(row + SIDE).min(strange.len());
            strange[near].iter().any(|value| value.abs() >= LEAST_PAIR)
        })
    };
    let mut others = moves.sensors.iter();
    !suspect.jumps.is_empty() && others.any(|sensor| !without.contains(sensor) && sees(*sensor))
}

fn jump_of(moves: &Moves, channel: usize, told: &Told) -> Option<Suspect> {
    let strange = told.strange();
    let [first, second, third] = peaks(&strange)?;
    let size = |row: usize| strange[row].abs();
    let suspect = |sign, from: usize, to: usize, jumps| Suspect {
        channel,
        sign,
        episode: moves.episode,
        from: (from + SIDE) * moves.pool,
        to: (to + SIDE) * moves.pool,
        strength: size(first),
        jumps,
    };
    let is_pair = strange[first] * strange[second] < 0.0
        && size(second) >= ALIKE * size(first)
        && size(second) >= LEAST_PAIR
        && size(second) >= PAIR_STANDS_OUT * size(third);
    if is_pair {
        let (from, to) = (first.min(second), first.max(second));
        let sign = Sign::Offset(strange[from] * told.sigma);
        return Some(suspect(sign, from, to, vec![from, to]));
    }
    if size(first) < LEAST_BACK.max(BACK_STANDS_OUT * size(second)) {
        return None;
    }
    let from = drift_start(&strange, first)?;
    let sign = Sign::Drifted(-strange[first] * told.sigma);
    Some(suspect(sign, from, first, vec![first]))
}

/// The three rows that are strangest, apart from each other.
fn peaks(strange: &[f64]) -> Option<[usize; 3]> {
    let mut rows: Vec<usize> = Vec::with_capacity(3);
    for _peak in 0..3 {
        let free = |row: &usize| rows.iter().all(|known| known.abs_diff(*row) >= 2 * SIDE);
        let next = (FIRST..strange.len()).filter(free).max_by(|&a, &b| {
            let order = strange[a].abs().total_cmp(&strange[b].abs());
            order.then(b.cmp(&a))
        })?;
        rows.push(next);
    }
    <[usize; 3]>::try_from(rows).ok()
}

/// Where the drift that a jump ended had begun: moves add up to how far the sensor is off.
fn drift_start(strange: &[f64], jump: usize) -> Option<usize> {
    let mut off = -strange[jump];
    let longest = strange.len() / 3;
    for row in (FIRST..jump).rev().step_by(SIDE).skip(1) {
        if jump - row > longest {
            return None;
        }
        off -= strange[row + 1];
        if off.abs() <= IS_BACK * strange[jump].abs() {
            return Some(row);
        }
    }
    None
}

fn late_of(moves: &Moves, channel: usize, told: &Told) -> Option<Suspect> {
    let found = late(told)?;
    Some(Suspect {
        channel,
        sign: Sign::Late(found.shift as f64 * moves.pool as f64),
        episode: moves.episode,
        from: (found.from + SIDE) * moves.pool,
        to: (found.to + SIDE) * moves.pool,
        strength: found.gain,
        jumps: Vec::new(),
    })
}
