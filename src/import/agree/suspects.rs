//! Names the sensors that jump or run late while nothing else on the line does.
//!
//! The strongest sign is heard first. The others are then asked again without the accused: if one
//! of them shows the same jump, the line itself did it; what it had passed on to others is gone.

use super::{
    late::{cost_of, late},
    moves::{FIRST, Moves, SIDE, Told},
};
use crate::{base::StopToken, data::Dataset};

/// Usual sizes from which a jump there and back is believed, and a witness too.
const LEAST_PAIR: f64 = 8.0;
/// The same for a jump back after a slow drift.
const LEAST_BACK: f64 = 12.0;
/// The jumps of a fault must be this many times the next largest of the log.
const PAIR_STANDS_OUT: f64 = 1.5;
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

/// The sensors that do what no other bears out; what comes after the end was asked for is of no
/// use.
pub(in crate::import) fn suspects(dataset: &Dataset, stop: &StopToken) -> Vec<Suspect> {
    let Some(moves) = Moves::of(dataset, stop) else {
        return Vec::new();
    };
    let events = events(&moves, stop);
    let jump = |moves: &Moves, channel: usize, told: &Told| jump_of(moves, channel, told, &events);
    let mut accused = hear(&moves, &jump, Vec::new(), stop);
    accused = hear(&moves, &late_of, accused, stop);
    accused.sort_by_key(|suspect| suspect.channel);
    accused
}

type Look<'a> = dyn Fn(&Moves, usize, &Told) -> Option<Suspect> + 'a;

/// Hears one kind of sign after the other, strongest first.
fn hear(
    moves: &Moves,
    look: &Look<'_>,
    mut accused: Vec<Suspect>,
    stop: &StopToken,
) -> Vec<Suspect> {
    let names = |list: &[Suspect]| list.iter().map(|one| one.channel).collect::<Vec<_>>();
    let ask = |sensor: usize, without: &[usize]| {
        if stop.is_stopped() {
            return None;
        }
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

/// Rows at which two sensors jump far, each also when asked without the other: the line did it.
fn events(moves: &Moves, stop: &StopToken) -> Vec<usize> {
    let strange_of = |sensor: usize, without: &[usize]| {
        if stop.is_stopped() {
            return Vec::new();
        }
        let told = moves.told(sensor, without);
        told.map(|told| told.strange()).unwrap_or_default()
    };
    let all: Vec<(usize, Vec<f64>)> = moves
        .sensors
        .iter()
        .map(|&sensor| (sensor, strange_of(sensor, &[])))
        .collect();
    let mut events: Vec<usize> = Vec::new();
    for (at, (sensor, strange)) in all.iter().enumerate() {
        for row in peaks(strange, 4, &[]) {
            if strange[row].abs() < LEAST_BACK || meets(&[row], &events) {
                continue;
            }
            let is_shared = all.iter().skip(at + 1).any(|(other, others)| {
                shows(others, row, LEAST_BACK)
                    && shows(&strange_of(*other, &[*sensor]), row, LEAST_BACK)
                    && shows(&strange_of(*sensor, &[*other]), row, LEAST_BACK)
            });
            if is_shared {
                events.push(row);
            }
        }
    }
    events
}

/// Whether something this strange lies near a row.
fn shows(strange: &[f64], row: usize, least: f64) -> bool {
    let near = row.saturating_sub(SIDE)..(row + SIDE).min(strange.len());
    let near = strange.get(near).unwrap_or_default();
    near.iter().any(|value| value.abs() >= least)
}

fn meets(some: &[usize], others: &[usize]) -> bool {
    let near = |row: usize| others.iter().any(|other| row.abs_diff(*other) <= 2 * SIDE);
    some.iter().any(|&row| near(row))
}

/// Whether another sensor, asked without the accused, jumps whenever it does.
fn is_of_the_line(moves: &Moves, suspect: &Suspect, without: &[usize]) -> bool {
    let sees = |sensor: usize| {
        let Some(told) = moves.told(sensor, without) else {
            return false;
        };
        let strange = told.strange();
        let mut jumps = suspect.jumps.iter();
        jumps.all(|&row| shows(&strange, row, LEAST_PAIR))
    };
    let mut others = moves.sensors.iter();
    !suspect.jumps.is_empty() && others.any(|sensor| !without.contains(sensor) && sees(*sensor))
}

fn jump_of(moves: &Moves, channel: usize, told: &Told, events: &[usize]) -> Option<Suspect> {
    let strange = told.strange();
    let [first, second, third] = <[usize; 3]>::try_from(peaks(&strange, 3, events)).ok()?;
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
        let delayed = late_of(moves, channel, told).filter(|late| {
            late.strength > gain_of(&strange, [from, to])
                && late.from <= (to + SIDE) * moves.pool
                && late.to >= (from + SIDE) * moves.pool
        });
        if delayed.is_some() {
            return delayed;
        }
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

/// The rows that are strangest, apart from each other and from what the line did.
fn peaks(strange: &[f64], count: usize, events: &[usize]) -> Vec<usize> {
    let mut rows: Vec<usize> = Vec::with_capacity(count);
    while rows.len() < count {
        let free = |row: &usize| {
            let mut known = rows.iter().chain(events);
            known.all(|known| known.abs_diff(*row) >= 2 * SIDE)
        };
        let next = (FIRST..strange.len()).filter(free).max_by(|&a, &b| {
            let order = strange[a].abs().total_cmp(&strange[b].abs());
            order.then(b.cmp(&a))
        });
        let Some(next) = next else { break };
        rows.push(next);
    }
    rows
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

/// How much of what is strange near two jumps an offset between them takes away, in the measure
/// of [`late`].
fn gain_of(strange: &[f64], jumps: [usize; 2]) -> f64 {
    let near = jumps.iter().flat_map(|&row| {
        let near = row.saturating_sub(SIDE)..(row + SIDE).min(strange.len());
        strange.get(near).unwrap_or_default()
    });
    near.map(|value| cost_of(*value)).sum()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::{Purpose, Stream},
        data::{Channel, Episode, Media, Role},
    };

    const N_STEPS: usize = 4000;

    /// A control that steps and three sensors that follow it, each in its own measure.
    fn line() -> Vec<Vec<f64>> {
        let draw =
            |id: u64, step: usize| Stream::new(3, Purpose::Test, &[id]).normal_at(step as u64);
        let set: Vec<f64> = (0..N_STEPS).map(|step| draw(9, step / 60)).collect();
        let mut columns = vec![set.clone()];
        for sensor in 0..3_u64 {
            let gain = 1.0 + sensor as f64;
            let column = (0..N_STEPS).map(|step| gain * (set[step] + 0.1 * draw(sensor, step)));
            columns.push(column.collect());
        }
        columns
    }

    fn signs(columns: Vec<Vec<f64>>) -> Vec<(usize, Sign)> {
        let mut channels = vec![Channel::new("speed", Role::Control, "%")];
        for at in 1..columns.len() {
            channels.push(Channel::new(format!("sensor {at}"), Role::Observation, "A"));
        }
        let dataset = Dataset {
            name: "line".to_owned(),
            step_secs: 1.0,
            has_clock: true,
            utc_offset_secs: None,
            channels,
            episodes: vec![Episode {
                name: "day".to_owned(),
                start_ns: 0,
                columns,
            }],
            spans: Vec::new(),
            media: Media::default(),
        };
        let found = suspects(&dataset, &StopToken::new()).into_iter();
        found
            .map(|suspect| (suspect.channel, suspect.sign))
            .collect()
    }

    #[test]
    fn a_sound_line_has_no_suspect() {
        assert_eq!(signs(line()), []);
    }

    #[test]
    fn an_offset_of_one_sensor_accuses_it_and_no_other() {
        let mut columns = line();
        columns[2][1500..2100]
            .iter_mut()
            .for_each(|value| *value += 1.5);
        let found = signs(columns);
        assert!(
            matches!(found[..], [(2, Sign::Offset(size))] if (size - 1.5).abs() < 0.3),
            "{found:?}"
        );
    }

    #[test]
    fn a_jump_that_all_sensors_share_accuses_none() {
        let mut columns = line();
        for column in &mut columns[1..] {
            column[1500..2100]
                .iter_mut()
                .for_each(|value| *value += 1.5);
        }
        assert_eq!(signs(columns), []);
    }

    #[test]
    fn a_drift_is_found_by_its_end() {
        let mut columns = line();
        for (step, value) in columns[3][1500..2100].iter_mut().enumerate() {
            *value += 3.0 * step as f64 / 600.0;
        }
        let found = signs(columns);
        assert!(
            matches!(found[..], [(3, Sign::Drifted(size))] if (size - 3.0).abs() < 0.5),
            "{found:?}"
        );
    }

    #[test]
    fn a_step_that_stays_is_no_drift() {
        let mut columns = line();
        for value in &mut columns[3][1500..] {
            *value += 3.0;
        }
        assert_eq!(signs(columns), []);
    }

    #[test]
    fn a_late_stretch_accuses_the_sensor_and_tells_how_late() {
        let mut columns = line();
        let clean = columns[1].clone();
        columns[1][1500..2200].copy_from_slice(&clean[1494..2194]);
        assert_eq!(signs(columns), [(1, Sign::Late(6.0))]);
    }
}
