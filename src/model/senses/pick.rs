//! Which numbers of a modality are worth a channel: those that foretell the sensors' errors.
//!
//! Forward selection by left-out errors: what is learned from all folds but one must lower the
//! error of that fold. Few are taken, because whatever drifts slowly agrees with any few errors.

use nalgebra::{DMatrix, DVector};

use super::{
    Reader,
    ground::{Ground, expected},
};
use crate::model::runs::TierRuns;

/// Most numbers of one modality for one output.
const MOST: usize = 2;
/// Steps within which a hidden state shows in an output to 63 %.
const DELAYS: [f64; 2] = [10.0, 60.0];
/// A little against chance, in units of the numbers' mean variance.
const RIDGE: f64 = 0.03;
/// Each number must lower the left-out squared error by this factor …
const MARGIN: f64 = 0.985;
/// … in at least this share of the folds.
const CONSISTENT: f64 = 0.6;
/// About how many steps of each run are looked at.
const N_STEPS: usize = 40;

/// The errors of one output with what a modality led to expect.
struct Rows {
    n_folds: usize,
    fold: Vec<usize>,
    step: Vec<usize>,
    numbers: Vec<Vec<f64>>,
    /// Measured minus answered.
    error: Vec<f64>,
}

/// The numbers of a modality that foretell the errors of an output, best first, each with the
/// squared error that is left after it; empty where none does.
pub(super) fn pick(
    (ground, reader, at): (&Ground<'_>, &Reader, usize),
    runs: &TierRuns,
    (output, n_obs): (usize, usize),
) -> Vec<(usize, f64)> {
    let rows = Rows::collect((ground, reader, at), runs, (output, n_obs));
    rows.pick(reader.n_dims())
}

impl Rows {
    fn collect(
        (ground, reader, at): (&Ground<'_>, &Reader, usize),
        runs: &TierRuns,
        (output, n_obs): (usize, usize),
    ) -> Self {
        let leftout = ground.leftout;
        let stride = (leftout.horizon / N_STEPS).max(1);
        let n_folds = leftout.starts.iter().map(|start| start.fold + 1).max();
        let mut rows = Self {
            n_folds: n_folds.unwrap_or(0),
            fold: Vec::new(),
            step: Vec::new(),
            numbers: Vec::new(),
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
                    rows.fold.push(start.fold);
                    rows.step.push(step);
                    rows.numbers
                        .push(expected(reader, reading, start.place.1 + step));
                    rows.error.push(error);
                }
            }
        }
        rows
    }

    fn pick(&self, n_dims: usize) -> Vec<(usize, f64)> {
        let mut best: Vec<(usize, f64)> = Vec::new();
        for delay in DELAYS {
            let sums = self.sums(n_dims, delay);
            let mut picked: Vec<(usize, f64)> = Vec::new();
            let mut left = 1.0;
            while picked.len() < MOST {
                let tried = (0..n_dims).filter(|dim| picked.iter().all(|one| one.0 != *dim));
                let tried = tried.map(|dim| {
                    let mut dims: Vec<usize> = picked.iter().map(|one| one.0).collect();
                    dims.push(dim);
                    (dim, ratio(&sums, &dims))
                });
                let next = tried.min_by(|a, b| a.1.total_cmp(&b.1));
                let Some((dim, ratio)) = next.filter(|one| one.1 < left * MARGIN) else {
                    break;
                };
                left = ratio;
                picked.push((dim, ratio));
            }
            let of = |list: &[(usize, f64)]| list.last().map_or(1.0, |one| one.1);
            if of(&picked) < of(&best) {
                best = picked;
            }
        }
        best
    }

    fn sums(&self, n_dims: usize, delay: f64) -> Vec<Sums> {
        let zero = Sums {
            products: DMatrix::zeros(n_dims, n_dims),
            targets: DVector::zeros(n_dims),
            squared: 0.0,
        };
        let mut sums = vec![zero; self.n_folds];
        for at in 0..self.error.len() {
            let grown = -(-(self.step[at] as f64 + 1.0) / delay).exp_m1();
            let numbers = self.numbers[at].iter().map(|number| grown * number);
            let row = DVector::from_iterator(n_dims, numbers);
            let sums = &mut sums[self.fold[at]];
            sums.products.ger(1.0, &row, &row, 1.0);
            sums.targets.axpy(self.error[at], &row, 1.0);
            sums.squared += self.error[at] * self.error[at];
        }
        sums
    }
}

/// Sums of products of one fold.
#[derive(Clone)]
struct Sums {
    products: DMatrix<f64>,
    targets: DVector<f64>,
    squared: f64,
}

/// Left-out squared error against before; infinite where too few folds agree.
fn ratio(sums: &[Sums], dims: &[usize]) -> f64 {
    let n = dims.len();
    let (mut left, mut whole, mut won, mut held) = (0.0, 0.0, 0.0, 0.0);
    for (fold, own) in sums.iter().enumerate().filter(|(_, one)| one.squared > 0.0) {
        let others = || {
            let others = sums.iter().enumerate();
            others
                .filter(move |(other, _)| *other != fold)
                .map(|one| one.1)
        };
        let mut products = DMatrix::from_fn(n, n, |a, b| {
            others()
                .map(|one| one.products[(dims[a], dims[b])])
                .sum::<f64>()
        });
        let targets = DVector::from_fn(n, |a, _| {
            others().map(|one| one.targets[dims[a]]).sum::<f64>()
        });
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
            error -= 2.0 * weights[a] * own.targets[dims[a]];
            for b in 0..n {
                error += weights[a] * weights[b] * own.products[(dims[a], dims[b])];
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

    /// Five folds; the error follows the second number, a third one drifts.
    fn rows(effect: f64) -> Rows {
        let mut rows = Rows {
            n_folds: 5,
            fold: Vec::new(),
            step: Vec::new(),
            numbers: Vec::new(),
            error: Vec::new(),
        };
        for at in 0..1000_usize {
            let wave = |length: f64| (at as f64 / length).sin();
            rows.fold.push(at / 200);
            rows.step.push(at % 50 + 300);
            rows.error.push(effect * wave(23.0) + 0.5 * wave(1.3));
            rows.numbers
                .push(vec![wave(17.0), wave(23.0), at as f64 / 500.0 - 1.0]);
        }
        rows
    }

    #[test]
    fn the_number_that_foretells_the_error_is_picked_and_noise_picks_nothing() {
        let picked = rows(0.8).pick(3);
        assert_eq!((picked.len(), picked[0].0), (1, 1), "{picked:?}");
        assert!(rows(0.0).pick(3).is_empty());
    }
}
