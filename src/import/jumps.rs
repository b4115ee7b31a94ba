//! Columns that stand for long and then jump: whether others move after the jumps, as after a hand on a
//! lever, or before them, as before a reading that is taken now and then.

use super::{merge::Log, roles::Behavior};

/// The share of rows at which such a column stays as it was, at least.
const STANDS: f64 = 0.8;
/// A jump's usual size against the column's spread: what creeps along is a coarse reading.
const JUMP: f64 = 0.5;
/// Fewer jumps tell nothing.
const LEAST_JUMPS: usize = 8;
/// So many standard errors of a correlation lie beyond chance, over all columns and waits that are tried.
const SURE: f64 = 4.0;
/// Rows of a column that are looked at.
const MOST_ROWS: usize = 20_000;
/// The longest wait for an answer, in rows.
const MOST_WAIT: usize = 200;

/// Whether a column stands and jumps.
pub(super) fn stands_and_jumps(behavior: &Behavior) -> bool {
    behavior.still_frac >= STANDS && behavior.n_levels > 1 && behavior.jump >= JUMP
}

/// Whether a column moves at most rows, so that what comes first can be seen in it.
pub(super) fn flows(behavior: &Behavior) -> bool {
    behavior.still_frac < 0.5
}

/// What others do about a column's jumps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Around {
    /// They move after them.
    After,
    /// They moved before them.
    Before,
    /// Nothing that is more than chance.
    Neither,
}

/// What some columns of a log do about the jumps of another one.
pub(super) fn around(log: &Log, column: usize, others: impl Iterator<Item = usize>) -> Around {
    let Some(part) = log.stretches.iter().max_by_key(|part| part.times.len()) else {
        return Around::Neither;
    };
    let n_rows = part.times.len().min(MOST_ROWS);
    let jumps = jumps_of(&part.values[column][..n_rows]);
    if jumps.len() < LEAST_JUMPS {
        return Around::Neither;
    }
    let hold = (n_rows / jumps.len()).clamp(2, MOST_WAIT);
    let mut waits = vec![hold.div_ceil(4), hold.div_ceil(2), hold];
    waits.dedup();
    let (mut after, mut before) = (0.0_f64, 0.0_f64);
    for other in others {
        let values = &part.values[other][..n_rows];
        for &wait in &waits {
            after = after.max(sureness(&jumps, |at| change(values, at, at + wait)));
            before = before.max(sureness(&jumps, |at| {
                change(values, at.checked_sub(1 + wait)?, at - 1)
            }));
        }
    }
    if after > SURE && after > 1.5 * before {
        Around::After
    } else if before > SURE && before > after {
        Around::Before
    } else {
        Around::Neither
    }
}

/// The rows at which a column takes another value, and by how much.
fn jumps_of(values: &[f64]) -> Vec<(usize, f64)> {
    let mut jumps = Vec::new();
    let mut last: Option<f64> = None;
    for (at, &value) in values.iter().enumerate().filter(|(_, v)| v.is_finite()) {
        if let Some(before) = last
            && (value - before).abs() > 0.0
        {
            jumps.push((at, value - before));
        }
        last = Some(value);
    }
    jumps
}

fn change(values: &[f64], from: usize, to: usize) -> Option<f64> {
    let change = values.get(to)? - values.get(from)?;
    change.is_finite().then_some(change)
}

/// How many standard errors the correlation of the jumps with some changes is from none.
fn sureness(jumps: &[(usize, f64)], change_at: impl Fn(usize) -> Option<f64>) -> f64 {
    let pairs: Vec<(f64, f64)> = jumps
        .iter()
        .filter_map(|&(at, jump)| Some((jump, change_at(at)?)))
        .collect();
    if pairs.len() < LEAST_JUMPS {
        return 0.0;
    }
    let n = pairs.len() as f64;
    let mean = |pick: fn(&(f64, f64)) -> f64| pairs.iter().map(pick).sum::<f64>() / n;
    let (mean_x, mean_y) = (mean(|pair| pair.0), mean(|pair| pair.1));
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (x, y) in &pairs {
        let (x, y) = (x - mean_x, y - mean_y);
        xx += x * x;
        yy += y * y;
        xy += x * y;
    }
    let rho = xy / (xx * yy).sqrt();
    if !rho.is_finite() {
        return 0.0;
    }
    // Fisher's transform makes the spread of a correlation the same wherever it lies.
    rho.abs().min(0.999_999).atanh() * (n - 3.0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::{Purpose, Stream},
        import::merge::Stretch,
    };

    /// A log of two columns: one set at random every 40 rows, one that follows it slowly with noise.
    fn log() -> Log {
        let mut draws = Stream::new(7, Purpose::Test, &[]).draws();
        let (mut set, mut slow) = (0.0, 0.0);
        let mut columns = vec![Vec::new(); 2];
        for row in 0..2_000 {
            if row % 40 == 0 {
                set = draws.between(10.0, 20.0);
            }
            slow += 0.1 * (set - slow);
            columns[0].push(set);
            columns[1].push(slow + 0.2 * draws.normal());
        }
        Log {
            heads: Vec::new(),
            stretches: vec![Stretch {
                source: "log.csv".to_owned(),
                times: (0..2_000).collect(),
                values: columns,
                split: None,
            }],
            has_clock: false,
            counted_nanos: None,
            time_columns: Vec::new(),
            offset_ns: None,
        }
    }

    #[test]
    fn what_follows_a_jump_and_what_a_jump_follows_are_told_apart() {
        let mut log = log();
        assert_eq!(around(&log, 0, [1].into_iter()), Around::After);
        // The slow one, read every 40 rows and held.
        let columns = &mut log.stretches[0].values;
        let slow = columns[1].clone();
        columns[0] = (0..2_000).map(|row| slow[row / 40 * 40]).collect();
        assert_ne!(around(&log, 0, [1].into_iter()), Around::After);
    }

    #[test]
    fn jumps_that_nothing_answers_are_neither() {
        let mut log = log();
        let mut draws = Stream::new(8, Purpose::Test, &[]).draws();
        log.stretches[0].values[1] = (0..2_000).map(|_| draws.normal()).collect();
        assert_eq!(around(&log, 0, [1].into_iter()), Around::Neither);
    }
}
