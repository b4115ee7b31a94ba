//! Ridge regression that is judged on rows it did not see.

/// Rows that are summed at most for one fit; more add time and no knowledge.
const MOST_ROWS: usize = 6_000;
/// Penalty as a share of the number of rows, for columns of variance 1: it settles collinear
/// columns and biases nothing else.
const PENALTY: f64 = 1e-7;

/// A table of features with one target a row.
#[derive(Default)]
pub(super) struct Table {
    features: Vec<f64>,
    targets: Vec<f64>,
    width: usize,
}

impl Table {
    /// Adds a row; every row has as many features.
    pub(super) fn push(&mut self, features: &[f64], target: f64) {
        self.width = features.len();
        self.features.extend_from_slice(features);
        self.targets.push(target);
    }

    /// How many rows there are.
    pub(super) fn n_rows(&self) -> usize {
        self.targets.len()
    }

    fn row(&self, at: usize) -> &[f64] {
        &self.features[at * self.width..(at + 1) * self.width]
    }

    /// Residuals of every row under the fit to the other half of ten blocks of time.
    ///
    /// What is only learned by heart explains nothing this way.
    pub(super) fn cross_fit(&self) -> Vec<f64> {
        let n_rows = self.n_rows();
        let half_of = |at: usize| (at * 10 / n_rows.max(1)) % 2;
        let fits = [0, 1].map(|half| self.fit(|at| half_of(at) != half));
        (0..n_rows)
            .map(|at| self.targets[at] - product(self.row(at), &fits[half_of(at)]))
            .collect()
    }

    /// Residuals of every row under the fit to all rows.
    pub(super) fn residuals(&self) -> Vec<f64> {
        let fit = self.fit(|_| true);
        (0..self.n_rows())
            .map(|at| self.targets[at] - product(self.row(at), &fit))
            .collect()
    }

    fn fit(&self, used: impl Fn(usize) -> bool) -> Vec<f64> {
        let width = self.width;
        let mut gram = vec![0.0; width * width];
        let mut moment = vec![0.0; width];
        let mut count = 0.0;
        let stride = self.n_rows().div_ceil(MOST_ROWS).max(1);
        for at in (0..self.n_rows()).step_by(stride).filter(|&at| used(at)) {
            let row = self.row(at);
            count += 1.0;
            for (i, &left) in row.iter().enumerate() {
                moment[i] += left * self.targets[at];
                let into = &mut gram[i * width..=i * width + i];
                for (sum, &right) in into.iter_mut().zip(row) {
                    *sum += left * right;
                }
            }
        }
        for i in 0..width {
            gram[i * width + i] += PENALTY * f64::max(count, 1.0);
        }
        solve(&mut gram, moment)
    }
}

fn product(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Solves a positive definite system whose lower half is given (Cholesky).
fn solve(lower: &mut [f64], mut right: Vec<f64>) -> Vec<f64> {
    let n = right.len();
    for i in 0..n {
        for j in 0..=i {
            let (row_i, row_j) = (&lower[i * n..i * n + j], &lower[j * n..j * n + j]);
            let rest = lower[i * n + j] - product(row_i, row_j);
            lower[i * n + j] = if i == j {
                rest.max(f64::MIN_POSITIVE).sqrt()
            } else {
                rest / lower[j * n + j]
            };
        }
    }
    for i in 0..n {
        let known = product(&lower[i * n..i * n + i], &right[..i]);
        right[i] = (right[i] - known) / lower[i * n + i];
    }
    for i in (0..n).rev() {
        let known: f64 = (i + 1..n).map(|k| lower[k * n + i] * right[k]).sum();
        right[i] = (right[i] - known) / lower[i * n + i];
    }
    right
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Purpose, Stream};

    #[test]
    fn a_linear_law_is_found_and_noise_is_not_explained() {
        let mut draws = Stream::new(1, Purpose::Test, &[]).draws();
        let (mut law, mut noise) = (Table::default(), Table::default());
        for _row in 0..400 {
            let x: Vec<f64> = (0..5).map(|_| draws.normal()).collect();
            law.push(&x, 2.0 * x[0] - 3.0 * x[4]);
            noise.push(&x, draws.normal());
        }
        assert!(law.cross_fit().iter().all(|r| r.abs() < 1e-5));
        let fit = law.fit(|_| true);
        assert!((fit[4] + 3.0).abs() < 1e-5);
        let left: f64 = noise.cross_fit().iter().map(|r| r * r).sum::<f64>() / 400.0;
        assert!(left > 0.9, "{left}");
    }
}
