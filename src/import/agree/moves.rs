//! How far a sensor moves within a short while, as told by the moves of the others.
//!
//! A move is the mean of [`SIDE`] rows after a moment less the mean of as many before it. Slow
//! changes that nobody measures cancel out of it, a sudden one does not.

use crate::{
    base::StopToken,
    data::{ChannelKind, Dataset, Role},
};

/// Rows on each side of a moment.
pub(super) const SIDE: usize = 9;
/// Rows by which the moves of others are looked up earlier; below zero, later: what follows a
/// sensor tells of it as well as what leads it.
#[expect(clippy::cast_possible_wrap, reason = "a few rows")]
const LAGS: [isize; 5] = {
    let side = SIDE as isize;
    [0, side, 2 * side, 4 * side, -side]
};
/// Before this move the earlier ones are not known.
pub(super) const FIRST: usize = 4 * SIDE;
/// Of the last moves the later ones are not known.
const LAST: usize = SIDE;
/// Longer logs are averaged to about this many rows.
const MOST_ROWS: usize = 50_000;
/// Shorter ones tell too little.
const LEAST_ROWS: usize = 1_000;
/// A sensor is told by at most this many others: those that move most like it.
const MOST_OTHERS: usize = 12;
/// About so many moves are enough to learn how sensors move together.
const FIT_ROWS: usize = 4_000;
/// Fits, each without what lay far off the one before.
const ROUNDS: usize = 3;
const FAR: f64 = 4.0;
/// Weight of the ridge, as a share of a move's own variance.
const RIDGE: f64 = 1e-3;
/// Others must tell this share of a sensor's variance, or they are no witnesses.
const LEAST_TOLD: f64 = 0.25;

/// The moves of every channel in the longest episode.
pub(super) struct Moves {
    /// Place of the episode.
    pub(super) episode: usize,
    /// Steps a row.
    pub(super) pool: usize,
    /// One column a channel; NaN where nothing was read.
    own: Vec<Vec<f64>>,
    /// The same with readings held until the next, of unit size: what tells of others.
    held: Vec<Vec<f64>>,
    /// Channels that may tell of others.
    witnesses: Vec<usize>,
    /// Channels that may be accused: sensors, not what is set or comes from outside.
    pub(super) sensors: Vec<usize>,
}

/// What the others tell of a sensor.
pub(super) struct Told {
    /// Its moves.
    pub(super) moves: Vec<f64>,
    /// Its moves as the others tell them.
    pub(super) expected: Vec<f64>,
    /// Usual size of the difference.
    pub(super) sigma: f64,
}

impl Told {
    /// The difference at each move, in its usual size; zero where unknown.
    pub(super) fn strange(&self) -> Vec<f64> {
        let pairs = self.moves.iter().zip(&self.expected).enumerate();
        pairs
            .map(|(at, (own, told))| match (own - told) / self.sigma {
                strange if strange.is_finite() && at >= FIRST => strange,
                _ => 0.0,
            })
            .collect()
    }
}

impl Moves {
    /// The moves of a dataset; `None` where it is too short or has too few channels.
    pub(super) fn of(dataset: &Dataset, stop: &StopToken) -> Option<Self> {
        let longest = |at: &usize| (dataset.episodes[*at].n_steps(), std::cmp::Reverse(*at));
        let episode = (0..dataset.episodes.len()).max_by_key(longest)?;
        let columns = &dataset.episodes[episode].columns;
        let n_steps = dataset.episodes[episode].n_steps();
        let pool = n_steps.div_ceil(MOST_ROWS).max(1);
        if n_steps / pool < LEAST_ROWS {
            return None;
        }
        let (mut own, mut held) = (Vec::new(), Vec::new());
        let (mut witnesses, mut sensors) = (Vec::new(), Vec::new());
        for (at, channel) in dataset.channels.iter().enumerate() {
            stop.check().ok()?;
            let is_used = !matches!(channel.role, Role::Ignore | Role::Label);
            if !is_used {
                own.push(Vec::new());
                held.push(Vec::new());
                continue;
            }
            let rows = pooled(&columns[at], pool);
            own.push(moves_of(&rows));
            held.push(unit(moves_of(&hold(&rows))));
            witnesses.push(at);
            let is_sensor = matches!(channel.role, Role::Observation | Role::Kpi);
            if is_sensor && channel.kind == ChannelKind::Continuous {
                sensors.push(at);
            }
        }
        (witnesses.len() > 1).then_some(Self {
            episode,
            pool,
            own,
            held,
            witnesses,
            sensors,
        })
    }

    /// What the others, without those that are not trusted, tell of a sensor.
    pub(super) fn told(&self, sensor: usize, without: &[usize]) -> Option<Told> {
        let own = &self.own[sensor];
        let stride = own.len() / FIT_ROWS + 1;
        let mut rows: Vec<usize> = (FIRST..own.len().saturating_sub(LAST))
            .step_by(stride)
            .filter(|&row| own[row].is_finite())
            .collect();
        let parts = self.parts(sensor, without, &rows);
        if parts.is_empty() || rows.len() < 4 * parts.len() {
            return None;
        }
        let all = rows.clone();
        let (mut told, mut sigma) = (Vec::new(), 0.0);
        for _round in 0..ROUNDS {
            told = self.fit(own, &parts, &rows)?;
            let off = |row: &usize| (own[*row] - told[*row]).abs();
            sigma = 1.4826 * median(all.iter().map(off).collect());
            if sigma <= 0.0 {
                return None;
            }
            rows = all
                .iter()
                .copied()
                .filter(|row| off(row) < FAR * sigma)
                .collect();
        }
        let square = |value: f64| value * value;
        let left: f64 = rows.iter().map(|&row| square(own[row] - told[row])).sum();
        let whole: f64 = rows.iter().map(|&row| square(own[row])).sum();
        (left <= (1.0 - LEAST_TOLD) * whole).then(|| Told {
            moves: own.clone(),
            expected: told,
            sigma,
        })
    }

    /// The moves that tell of a sensor: (channel, lag).
    fn parts(&self, sensor: usize, without: &[usize], rows: &[usize]) -> Vec<(usize, isize)> {
        let mut others: Vec<(f64, usize)> = self
            .witnesses
            .iter()
            .filter(|other| **other != sensor && !without.contains(other))
            .map(|&other| {
                let alike: f64 = rows
                    .iter()
                    .map(|&row| self.held[sensor][row] * self.held[other][row])
                    .sum();
                (alike.abs(), other)
            })
            .collect();
        others.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        others.truncate(MOST_OTHERS);
        let lagged = |(_, other): (f64, usize)| LAGS.map(|lag| (other, lag));
        others.into_iter().flat_map(lagged).collect()
    }

    /// Least squares with a ridge; the sensor's moves as told, at every row.
    fn fit(&self, own: &[f64], parts: &[(usize, isize)], rows: &[usize]) -> Option<Vec<f64>> {
        let n = parts.len();
        let mut products = vec![0.0; n * n];
        let mut right = vec![0.0; n];
        let mut line = vec![0.0; n];
        for &row in rows {
            for (value, &(other, lag)) in line.iter_mut().zip(parts) {
                *value = at_lag(&self.held[other], row, lag);
            }
            for (at, &value) in line.iter().enumerate() {
                right[at] += value * own[row];
                for (sum, other) in products[at * n..=at * n + at].iter_mut().zip(&line) {
                    *sum += value * other;
                }
            }
        }
        for at in 0..n {
            products[at * n + at] += RIDGE * rows.len() as f64;
        }
        let weights = solve(products, right)?;
        let mut told = vec![0.0; own.len()];
        for (&(other, lag), weight) in parts.iter().zip(&weights) {
            for (row, sum) in told.iter_mut().enumerate() {
                *sum += weight * at_lag(&self.held[other], row, lag);
            }
        }
        Some(told)
    }
}

/// The move so many rows earlier, or the nearest one that is known.
fn at_lag(moves: &[f64], row: usize, lag: isize) -> f64 {
    let row = row.saturating_add_signed(-lag).min(moves.len() - 1);
    moves[row]
}

fn pooled(column: &[f64], pool: usize) -> Vec<f64> {
    if pool == 1 {
        return column.to_vec();
    }
    column.chunks_exact(pool).map(mean).collect()
}

fn mean(values: &[f64]) -> f64 {
    let finite = values.iter().filter(|value| value.is_finite());
    let (sum, count) = finite.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    sum / count
}

fn hold(rows: &[f64]) -> Vec<f64> {
    let first = rows.iter().copied().find(|value| value.is_finite());
    let mut last = first.unwrap_or(0.0);
    rows.iter()
        .map(|&value| {
            last = if value.is_finite() { value } else { last };
            last
        })
        .collect()
}

fn moves_of(rows: &[f64]) -> Vec<f64> {
    (SIDE..(rows.len() + 1).saturating_sub(SIDE))
        .map(|at| mean(&rows[at..at + SIDE]) - mean(&rows[at - SIDE..at]))
        .collect()
}

fn unit(mut moves: Vec<f64>) -> Vec<f64> {
    let squares: f64 = moves.iter().map(|value| value * value).sum();
    let size = (squares / moves.len().max(1) as f64).sqrt();
    if size > 0.0 {
        for value in &mut moves {
            *value /= size;
        }
    }
    moves
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

/// Solves a symmetric system of which the lower half is given.
fn solve(mut left: Vec<f64>, mut right: Vec<f64>) -> Option<Vec<f64>> {
    let n = right.len();
    for row in 0..n {
        for column in 0..=row {
            let known: f64 = (0..column)
                .map(|at| left[row * n + at] * left[column * n + at])
                .sum();
            let rest = left[row * n + column] - known;
            if row != column {
                left[row * n + column] = rest / left[column * n + column];
            } else if rest > 0.0 && rest.is_finite() {
                left[row * n + row] = rest.sqrt();
            } else {
                return None;
            }
        }
    }
    for row in 0..n {
        let known: f64 = (0..row).map(|at| left[row * n + at] * right[at]).sum();
        right[row] = (right[row] - known) / left[row * n + row];
    }
    for row in (0..n).rev() {
        let known: f64 = (row + 1..n).map(|at| left[at * n + row] * right[at]).sum();
        right[row] = (right[row] - known) / left[row * n + row];
    }
    Some(right)
}
