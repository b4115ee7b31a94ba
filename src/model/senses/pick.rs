//! Which numbers of a modality are worth a channel: those that foretell the sensors' errors.
//!
//! Judged by left-out errors: what is learned from all folds but one must lower the error of that
//! fold. A number may act alone or by what it does to an input's effect. This only chooses what is
//! tried; whether it is used is decided by the model that learns with it.

use nalgebra::{DMatrix, DVector};

use super::{
    Reader,
    ground::{Ground, expected},
};
use crate::model::runs::TierRuns;

/// Steps within which a hidden state shows in an output to 63 %.
const DELAYS: [f64; 2] = [20.0, 90.0];
/// A little against chance, in units of the features' mean variance.
const RIDGE: f64 = 0.03;
/// A number must lower the left-out squared error by this factor …
const MARGIN: f64 = 0.98;
/// … in at least this share of the folds.
const CONSISTENT: f64 = 0.4;
/// About how many steps of each run are looked at.
const N_STEPS: usize = 40;
/// Inputs whose effects are looked at.
const MOST_INPUTS: usize = 12;

/// Features tried together: a number, and it times an input and the input's size.
const BLOCK: usize = 3;

/// The errors of one output with what a modality led to expect.
struct Rows {
    n_folds: usize,
    fold: Vec<usize>,
    step: Vec<usize>,
    numbers: Vec<Vec<f64>>,
    input: Vec<Vec<f64>>,
    /// Measured minus answered.
    error: Vec<f64>,
}

/// The numbers of a modality that foretell the errors of an output, best first, each with the
/// share of the squared error that it leaves; empty where none does.
pub(super) fn pick(
    (ground, reader, at): (&Ground<'_>, &Reader, usize),
    runs: &TierRuns,
    (output, n_obs, n_in): (usize, usize, usize),
) -> Vec<(usize, f64)> {
    let rows = Rows::collect((ground, reader, at), runs, (output, n_obs, n_in));
    rows.pick(reader.n_dims())
}

impl Rows {
    fn collect(
        (ground, reader, at): (&Ground<'_>, &Reader, usize),
        runs: &TierRuns,
        (output, n_obs, n_in): (usize, usize, usize),
    ) -> Self {
        let leftout = ground.leftout;
        let stride = (leftout.horizon / N_STEPS).max(1);
        let n_folds = leftout.starts.iter().map(|start| start.fold + 1).max();
        let mut rows = Self {
            n_folds: n_folds.unwrap_or(0),
            fold: Vec::new(),
            step: Vec::new(),
            numbers: Vec::new(),
            input: Vec::new(),
            error: Vec::new(),
        };
        for (run, (start, readings)) in leftout.starts.iter().zip(&ground.readings).enumerate() {
            let Some(reading) = &readings[at] else {
                continue;
            };
            for step in (run % stride..leftout.horizon).step_by(stride) {
                let cell = step * n_obs + output;
                let error = f64::from(start.target[cell]) - f64::from(runs.mean[run][cell]);
                if error.is_finite() {
                    let input = start.input(step, n_in).iter().take(MOST_INPUTS);
                    rows.fold.push(start.fold);
                    rows.step.push(step);
                    rows.numbers
                        .push(expected(reader, reading, start.place.1 + step));
                    rows.input.push(input.map(|&u| f64::from(u)).collect());
                    rows.error.push(error);
                }
            }
        }
        rows
    }

    fn pick(&self, n_dims: usize) -> Vec<(usize, f64)> {
        let n_in = self.input.first().map_or(0, Vec::len);
        let mut found: Vec<(usize, f64)> = Vec::new();
        for dim in 0..n_dims {
            let mut least = f64::INFINITY;
            for delay in DELAYS {
                // Without inputs a number can still act alone.
                for input in 0..n_in.max(1) {
                    let sums = self.sums(dim, input, delay);
                    least = least.min(ratio(&sums, 1)).min(ratio(&sums, BLOCK));
                }
            }
            if least < MARGIN {
                found.push((dim, least));
            }
        }
        found.sort_by(|a, b| a.1.total_cmp(&b.1));
        found
    }

    fn sums(&self, dim: usize, input: usize, delay: f64) -> Vec<Sums> {
        let mut sums = vec![Sums::default(); self.n_folds];
        for at in 0..self.error.len() {
            let grown = -(-(self.step[at] as f64 + 1.0) / delay).exp_m1();
            let number = grown * self.numbers[at][dim];
            let u = self.input[at].get(input).copied().unwrap_or(0.0);
            let row = [number, number * u, number * u.abs()];
            let sums = &mut sums[self.fold[at]];
            for (a, first) in row.iter().enumerate() {
                sums.targets[a] += self.error[at] * first;
                for (b, second) in row.iter().enumerate() {
                    sums.products[a][b] += first * second;
                }
            }
            sums.squared += self.error[at] * self.error[at];
        }
        sums
    }
}

/// Sums of products of one fold.
#[derive(Clone, Default)]
struct Sums {
    products: [[f64; BLOCK]; BLOCK],
    targets: [f64; BLOCK],
    squared: f64,
}

/// Left-out squared error against before by the first features of a block; infinite where too few
/// folds agree.
fn ratio(sums: &[Sums], n: usize) -> f64 {
    let (mut left, mut whole, mut won, mut held) = (0.0, 0.0, 0.0, 0.0);
    for (fold, own) in sums.iter().enumerate().filter(|(_, one)| one.squared > 0.0) {
        let others = || {
            let others = sums.iter().enumerate();
            others
                .filter(move |(other, _)| *other != fold)
                .map(|one| one.1)
        };
        let mut products = DMatrix::from_fn(n, n, |a, b| {
            others().map(|one| one.products[a][b]).sum::<f64>()
        });
        let targets = DVector::from_fn(n, |a, _| others().map(|one| one.targets[a]).sum::<f64>());
        let strength = RIDGE * products.trace() / n as f64 + 1e-12;
        for at in 0..n {
            products[(at, at)] += strength;
        }
        let Some(chol) = products.cholesky() else {
            return f64::INFINITY;
        };
        let weights = chol.solve(&targets);
        let mut error = own.squared;
        for a in 0..n {
            error -= 2.0 * weights[a] * own.targets[a];
            for b in 0..n {
                error += weights[a] * weights[b] * own.products[a][b];
            }
        }
        left += error;
        whole += own.squared;
        won += f64::from(u8::from(error < own.squared));
        held += 1.0;
    }
    if won >= CONSISTENT * held && whole > 0.0 {
        left / whole
    } else {
        f64::INFINITY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Five folds; the error follows the second number where the input is high, a third drifts.
    fn rows(effect: f64) -> Rows {
        let mut rows = Rows {
            n_folds: 5,
            fold: Vec::new(),
            step: Vec::new(),
            numbers: Vec::new(),
            input: Vec::new(),
            error: Vec::new(),
        };
        for at in 0..1000_usize {
            let wave = |length: f64| (at as f64 / length).sin();
            rows.fold.push(at / 200);
            rows.step.push(at % 50 + 300);
            let acts = effect * wave(23.0) * wave(7.0).max(0.0);
            rows.error.push(acts + 0.2 * wave(1.3));
            rows.numbers
                .push(vec![wave(17.0), wave(23.0), at as f64 / 500.0 - 1.0]);
            rows.input.push(vec![wave(7.0)]);
        }
        rows
    }

    #[test]
    fn the_number_that_foretells_the_error_is_picked_and_noise_picks_nothing() {
        let picked = rows(0.8).pick(3);
        assert_eq!((picked.len(), picked[0].0), (1, 1), "{picked:?}");
        assert!(picked[0].1 < 0.5);
        assert!(rows(0.0).pick(3).is_empty());
    }

    #[test]
    fn a_number_that_acts_alone_is_picked_where_the_line_has_no_input() {
        let mut alone = rows(0.0);
        for (at, error) in alone.error.iter_mut().enumerate() {
            *error = 0.7 * (at as f64 / 23.0).sin() + 0.2 * (at as f64 / 1.3).sin();
        }
        alone.input.fill(Vec::new());
        let picked = alone.pick(3);
        assert_eq!(picked.first().map(|one| one.0), Some(1), "{picked:?}");
    }
}
