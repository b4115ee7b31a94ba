//! One output's residuals, and how much of their square each simple cause would explain.

use std::ops::Range;

use crate::{
    data::{Dataset, Split},
    metrics::{Pairing, stats},
};

/// Lags at which an input is looked for in the residual.
const MOST_LAG: usize = 40;
/// Levels that differ by less than this factor are much the same.
const ALIKE: f64 = 1.5;
/// Equal values in a row that make a moving signal look stuck.
const STUCK_STEPS: usize = 20;

/// One output's residuals over all stretches, in order of time.
pub(super) struct Residuals<'a> {
    pairings: &'a [Pairing<'a>],
    /// Measured − predicted, NaN where one is missing.
    raw: Vec<Vec<f64>>,
    /// What is left after offset and slope.
    straightened: Vec<Vec<f64>>,
    /// Sum of squares of `raw`.
    total: f64,
    /// Rows with a residual.
    n: f64,
    offset: f64,
    /// Real on predicted.
    pub(super) slope: f64,
}

impl<'a> Residuals<'a> {
    /// `None` where fewer than 30 rows can be compared or nothing differs.
    pub(super) fn new(pairings: &'a [Pairing<'a>]) -> Option<Self> {
        let raw: Vec<Vec<f64>> = pairings
            .iter()
            .map(|p| p.real.iter().zip(p.mean).map(|(r, m)| r - m).collect())
            .collect();
        let rows: Vec<(f64, f64)> = pairings
            .iter()
            .zip(&raw)
            .flat_map(|(pairing, raw)| pairing.mean.iter().copied().zip(raw.iter().copied()))
            .filter(|(_, residual)| residual.is_finite())
            .collect();
        let n = rows.len() as f64;
        let total: f64 = rows.iter().map(|(_, residual)| residual * residual).sum();
        if n < 30.0 || total <= 0.0 {
            return None;
        }
        let offset = rows.iter().map(|row| row.1).sum::<f64>() / n;
        let centre = rows.iter().map(|row| row.0).sum::<f64>() / n;
        let (spread, shared) = rows.iter().fold((0.0, 0.0), |(spread, shared), row| {
            let off = row.0 - centre;
            (spread + off * off, shared + off * (row.1 - offset))
        });
        let rise = if spread > 0.0 { shared / spread } else { 0.0 };
        let straight = |(raw, pairing): (&Vec<f64>, &Pairing<'_>)| {
            let means = pairing.mean.iter();
            raw.iter()
                .zip(means)
                .map(|(residual, mean)| residual - offset - rise * (mean - centre))
                .collect()
        };
        Some(Self {
            straightened: raw.iter().zip(pairings).map(straight).collect(),
            pairings,
            raw,
            total,
            n,
            offset,
            slope: 1.0 + rise,
        })
    }

    fn finite(&self) -> Vec<f64> {
        self.raw
            .iter()
            .flatten()
            .copied()
            .filter(|r| r.is_finite())
            .collect()
    }

    /// Share of the squares that a constant explains.
    pub(super) fn bias_share(&self) -> f64 {
        self.n * self.offset * self.offset / self.total
    }

    /// Whether the residual leans to the same side by much the same in both halves of the time, and
    /// in both halves of the horizon: what grows from nothing is no offset.
    pub(super) fn is_bias_steady(&self) -> bool {
        let all = self.finite();
        let (first, second) = all.split_at(all.len() / 2);
        let (early, late) = self.horizon_means();
        let has_halves = early.is_finite() && late.is_finite();
        are_alike(stats::mean(first), stats::mean(second))
            && (!has_halves || are_alike(early, late))
    }

    /// The mean residual of the first and of the second half of the rollouts.
    fn horizon_means(&self) -> (f64, f64) {
        let half = |is_late: bool| {
            let parts = self.raw.iter().flat_map(|row| {
                let (early, late) = row.split_at(row.len() / 2);
                if is_late { late } else { early }
            });
            stats::mean(&parts.copied().collect::<Vec<_>>())
        };
        (half(false), half(true))
    }

    /// A straight line over the time: the share it explains, its level at the begin and at the end.
    pub(super) fn trend(&self) -> (f64, f64, f64) {
        let all = self.finite();
        let centre = 0.5 * (self.n - 1.0);
        let (spread, shared) =
            all.iter()
                .enumerate()
                .fold((0.0, 0.0), |(spread, shared), (at, value)| {
                    let off = at as f64 - centre;
                    (spread + off * off, shared + off * (value - self.offset))
                });
        let rise = if spread > 0.0 { shared / spread } else { 0.0 };
        let share = (self.n * self.offset * self.offset + rise * shared) / self.total;
        let reach = rise * centre;
        (share, self.offset - reach, self.offset + reach)
    }

    /// The best single change of level: share explained by both levels, position among the
    /// finite rows, level before, level after.
    pub(super) fn change(&self) -> (f64, usize, f64, f64) {
        let all = self.finite();
        let sum: f64 = all.iter().sum();
        let least = all.len() / 10;
        let (mut best, mut before) = ((0.0, 0, 0.0, 0.0), 0.0);
        for (at, value) in all.iter().enumerate() {
            if at >= least && at + least < all.len() && at > 0 {
                let (n1, n2) = (at as f64, self.n - at as f64);
                let (m1, m2) = (before / n1, (sum - before) / n2);
                let share = (n1 * m1 * m1 + n2 * m2 * m2) / self.total;
                if share > best.0 {
                    best = (share, at, m1, m2);
                }
            }
            before += value;
        }
        best
    }

    /// The stretch and step of the `at`-th finite row.
    pub(super) fn place_of(&self, at: usize) -> Option<(usize, usize)> {
        let rows = self.raw.iter().enumerate().flat_map(|(stretch, row)| {
            let finite = row.iter().enumerate().filter(|(_, r)| r.is_finite());
            finite.map(move |(step, _)| (stretch, step))
        });
        rows.clone().nth(at)
    }

    /// Share of the squares that a wrong slope explains. A factor on the whole signal explains
    /// the offset too.
    pub(super) fn gain_share(&self) -> f64 {
        let left = self.straight_squares();
        let after_offset = self.total - self.n * self.offset * self.offset;
        let by_slope = (after_offset - left).max(0.0);
        // A real slope tells much of what the offset leaves.
        if (self.slope - 1.0).abs() < 0.05 || by_slope < 0.3 * after_offset {
            return 0.0;
        }
        let (mut squares, mut shared) = (0.0, 0.0);
        for (pairing, raw) in self.pairings.iter().zip(&self.raw) {
            for (mean, raw) in pairing.mean.iter().zip(raw).filter(|(_, r)| r.is_finite()) {
                squares += mean * mean;
                shared += mean * raw;
            }
        }
        let as_factor = self.total - shared * shared / squares.max(f64::MIN_POSITIVE);
        if as_factor < 1.5 * left {
            1.0 - as_factor / self.total
        } else {
            by_slope / self.total
        }
    }

    fn straight_squares(&self) -> f64 {
        squares(&self.straightened)
    }

    /// Share of the squares that is left after offset and slope.
    pub(super) fn rest_share(&self) -> f64 {
        self.straight_squares() / self.total
    }

    /// Share of the squares that moving the prediction by its lag explains.
    pub(super) fn lag_share(&self, lag: i64) -> f64 {
        let (mut here, mut moved) = (Vec::new(), Vec::new());
        for pairing in self.pairings {
            let (mean, real) = stats::shifted(pairing.mean, pairing.real, lag);
            moved.extend(real.iter().zip(mean).map(|(real, mean)| real - mean));
            let len = real.len();
            let start = usize::try_from((-lag).max(0)).unwrap_or(0);
            let same = pairing.real.iter().zip(pairing.mean).skip(start).take(len);
            here.extend(same.map(|(real, mean)| real - mean));
        }
        let (here, moved) = (stats::population_std(&here), stats::population_std(&moved));
        let varying = 1.0 - self.bias_share();
        let gain = varying * (1.0 - (moved / here).powi(2));
        if gain.is_finite() { gain.max(0.0) } else { 0.0 }
    }

    /// The input and lag that the straightened residual follows most: input, lag, correlation;
    /// `None` where chance could do it.
    pub(super) fn follows(&self, inputs: &[Vec<Vec<f64>>]) -> Option<(usize, usize, f64)> {
        let n_inputs = inputs.first()?.len();
        let rest = self.straightened.concat();
        let memory = stats::autocorrelation(&rest, 1).max(0.0);
        let mut best: Option<(usize, usize, f64)> = None;
        for input in 0..n_inputs {
            let columns: Vec<&[f64]> = inputs
                .iter()
                .filter_map(|stretch| stretch.get(input).map(Vec::as_slice))
                .collect();
            let keeps = memory * stats::autocorrelation(&columns.concat(), 1).max(0.0);
            let independent = self.n * (1.0 - keeps) / (1.0 + keeps);
            for lag in 0..=MOST_LAG {
                let met = || {
                    let rows = self.straightened.iter().zip(&columns);
                    rows.flat_map(move |(rest, input)| {
                        rest.get(lag..).unwrap_or(&[]).iter().zip(*input)
                    })
                };
                let rho = stats::correlation(met());
                let is_chance = rho.abs() * independent.sqrt() < 4.0;
                if !is_chance && best.is_none_or(|(_, _, most)| rho.abs() > most.abs()) {
                    best = Some((input, lag, rho));
                }
            }
        }
        best
    }

    /// A daily wave in the straightened residual: share of its squares, amplitude, hour of the
    /// crest on the log's own clock; needs two days.
    pub(super) fn daily(
        &self,
        dataset: &Dataset,
        places: &[(usize, usize)],
    ) -> Option<(f64, f64, f64)> {
        const DAY_SECS: f64 = 86_400.0;
        let mut rows: Vec<(f64, f64)> = Vec::new();
        for (rest, &(episode, start)) in self.straightened.iter().zip(places) {
            let begin = dataset.episodes[episode].time_ns(start, dataset.step_secs);
            // Whole seconds of the day first, so that nothing is lost in large numbers.
            let begin = begin.div_euclid(1_000_000_000) as f64;
            let begin = begin + f64::from(dataset.shown_offset_secs());
            let timed = rest.iter().enumerate().filter(|(_, r)| r.is_finite());
            rows.extend(timed.map(|(step, &r)| (begin + step as f64 * dataset.step_secs, r)));
        }
        let span = rows.last()?.0 - rows.first()?.0;
        if !dataset.has_clock || span < 2.0 * DAY_SECS {
            return None;
        }
        let (mut cos, mut sin, mut all) = (0.0, 0.0, 0.0);
        for (secs, rest) in &rows {
            let angle = std::f64::consts::TAU * secs / DAY_SECS;
            cos += rest * angle.cos();
            sin += rest * angle.sin();
            all += rest * rest;
        }
        let half = 0.5 * rows.len() as f64;
        let share = (cos * cos + sin * sin) / half / all.max(f64::MIN_POSITIVE);
        let crest = (sin.atan2(cos) / std::f64::consts::TAU).rem_euclid(1.0) * 24.0;
        Some((share, cos.hypot(sin) / half, crest))
    }

    /// Root mean square of the first tenth and the last third of the horizon, and what share of the
    /// squares that is about; needs three rollouts.
    ///
    /// A steady offset would hide the growth and is taken out; one that grows is the growth.
    pub(super) fn growth(&self) -> Option<(f64, f64, f64)> {
        if self.raw.len() < 3 {
            return None;
        }
        let longest = self.raw.iter().map(Vec::len).max()?;
        let part = |rows: &[Vec<f64>], from: usize, to: usize| {
            let rows = rows.iter();
            let rows = rows.filter_map(|row| row.get(from..to.min(row.len())));
            rms(&rows.flatten().copied().collect::<Vec<_>>())
        };
        let ends = |rows: &[Vec<f64>]| {
            let early = part(rows, 0, (longest / 10).max(1));
            (early, part(rows, longest * 2 / 3, longest))
        };
        if self.leans_ever_more() {
            let (early, late) = ends(&self.raw);
            return Some((early, late, 1.0));
        }
        let (early, late) = ends(&self.straightened);
        Some((early, late, self.rest_share()))
    }

    /// Whether the rollouts start right and lean to one side more and more.
    pub(super) fn leans_ever_more(&self) -> bool {
        let (early, late) = self.horizon_means();
        self.raw.len() >= 3 && early.abs() < late.abs() && !are_alike(early, late)
    }

    /// Root mean square of the older and the newer half of four or more rollouts.
    pub(super) fn ageing(&self) -> Option<(f64, f64)> {
        if self.raw.len() < 4 {
            return None;
        }
        let (old, new) = self.straightened.split_at(self.raw.len() / 2);
        Some((rms(&old.concat()), rms(&new.concat())))
    }

    /// Rows in which the measured signal stands still: their number and their share of the squares.
    pub(super) fn stuck(&self) -> (usize, f64) {
        let (mut in_runs, mut n_stuck) = (0.0, 0);
        for (pairing, raw) in self.pairings.iter().zip(&self.raw) {
            for run in runs_of(pairing.real).filter(is_standing) {
                n_stuck += run.len();
                let errors = raw[run].iter().filter(|r| r.is_finite());
                in_runs += errors.map(|r| r * r).sum::<f64>();
            }
        }
        (n_stuck, in_runs / self.total)
    }
}

/// Whether a signal moves at most steps of what was learned: one that always moves in rare steps is
/// not stuck where it stands.
pub(super) fn moves(dataset: &Dataset, channel: usize) -> bool {
    let (mut n_standing, mut n_moving) = (0, 0);
    for span in dataset.spans_of(Split::Train) {
        let column = &dataset.episodes[span.episode].columns[channel];
        for run in runs_of(&column[span.start..span.end]) {
            if is_standing(&run) {
                n_standing += run.len();
            } else {
                n_moving += usize::from(run.len() < 4);
            }
        }
    }
    n_moving > 0 && n_moving * 4 >= n_standing
}

/// Stretches of one finite value each, as places.
fn runs_of(values: &[f64]) -> impl Iterator<Item = Range<usize>> {
    let mut next = 0;
    let chunks = values.chunk_by(|a, b| a.to_bits() == b.to_bits());
    let runs = chunks.map(move |run| {
        next += run.len();
        next - run.len()..next
    });
    runs.filter(|run| values[run.start].is_finite())
}

fn is_standing(run: &Range<usize>) -> bool {
    run.len() >= STUCK_STEPS
}

/// Whether two levels lie on the same side of zero by much the same.
fn are_alike(first: f64, second: f64) -> bool {
    let (first_size, second_size) = (first.abs(), second.abs());
    first * second > 0.0 && first_size.max(second_size) < ALIKE * first_size.min(second_size)
}

fn squares(rows: &[Vec<f64>]) -> f64 {
    let finite = rows.iter().flatten().filter(|value| value.is_finite());
    finite.map(|value| value * value).sum()
}

fn rms(values: &[f64]) -> f64 {
    stats::mean(&values.iter().map(|v| v * v).collect::<Vec<_>>()).sqrt()
}

/// The measurement noise of a signal: what its second differences show of white noise.
pub(super) fn noise_of(dataset: &Dataset, channel: usize) -> f64 {
    let seconds: Vec<f64> = dataset
        .episodes
        .iter()
        .flat_map(|episode| episode.columns[channel].windows(3))
        .map(|three| three[0] - 2.0 * three[1] + three[2])
        .collect();
    let spread = stats::robust_std(&seconds) / 6_f64.sqrt();
    if spread.is_finite() { spread } else { 0.0 }
}
