//! Orthogonal forward regression on normal equations, one matrix a fold.
//!
//! Billings, Chen and Korenberg 1989: the next term is the one whose part orthogonal to the terms
//! already taken explains most of the target. On normal equations that is a pivoted Cholesky
//! factorisation, so that any subset of candidates and folds is cheap once the products are summed.

use nalgebra::{DMatrix, DVector};

use super::candidates::Candidates;
use crate::model::{linear::EpisodeSeries, prepared::Block};

/// Rows that are multiplied at once.
const CHUNK: usize = 256;
/// A candidate with less than this share of its variance left is a copy of those taken.
const COPY: f64 = 1e-9;

/// Sums of products of candidates, the constant 1 and the target, one matrix a fold.
pub(super) struct Sums {
    n_products: usize,
    folds: Vec<DMatrix<f64>>,
}

impl Sums {
    /// Sums over all folds; every `stride`-th usable row counts.
    pub(super) fn new(
        series: &[EpisodeSeries],
        folds: &[Vec<Block>],
        candidates: &Candidates,
        (output, stride): (usize, usize),
    ) -> Self {
        let n_products = candidates.products.len();
        let width = n_products + 2;
        let deepest = candidates.deepest();
        let of_fold = |blocks: &Vec<Block>| {
            let mut sum = DMatrix::zeros(width, width);
            let mut chunk: Vec<f64> = Vec::with_capacity(width * CHUNK);
            let mut count = 0;
            for block in blocks {
                let one = &series[block.episode];
                for step in block.start..block.end {
                    let known = &one.told[output];
                    // A bridged value just before the target would have been drawn towards it.
                    if one.reach[step] < deepest.max(1) || !known[step] || !known[step - 1] {
                        continue;
                    }
                    count += 1;
                    if count % stride != 0 {
                        continue;
                    }
                    candidates.values(&one.columns, step, &mut chunk);
                    chunk.push(1.0);
                    chunk.push(one.columns[output][step]);
                    if chunk.len() >= width * CHUNK {
                        add_products(&mut sum, &chunk, width);
                        chunk.clear();
                    }
                }
            }
            add_products(&mut sum, &chunk, width);
            sum
        };
        Self {
            n_products,
            folds: folds.iter().map(of_fold).collect(),
        }
    }

    /// Correlations as one member sees them: all folds but its own.
    pub(super) fn without(&self, left_out: usize) -> Option<Correlations> {
        let width = self.n_products + 2;
        let mut sum = DMatrix::<f64>::zeros(width, width);
        for (fold, one) in self.folds.iter().enumerate() {
            if fold != left_out {
                sum += one;
            }
        }
        let constant = self.n_products;
        let n_rows = sum[(constant, constant)];
        if n_rows < 16.0 {
            return None;
        }
        let mean: Vec<f64> = (0..width).map(|at| sum[(constant, at)] / n_rows).collect();
        let variance = |at: usize| sum[(at, at)] / n_rows - mean[at] * mean[at];
        let deviation: Vec<f64> = (0..width)
            .map(|at| {
                let floor = 1e-12 * (sum[(at, at)] / n_rows);
                let one = variance(at);
                if one > floor { one.sqrt() } else { 0.0 }
            })
            .collect();
        let matrix = DMatrix::from_fn(width, width, |row, column| {
            let length = deviation[row] * deviation[column];
            if length > 0.0 {
                (sum[(row, column)] / n_rows - mean[row] * mean[column]) / length
            } else {
                0.0
            }
        });
        Some(Correlations {
            n_rows,
            mean,
            deviation,
            matrix,
        })
    }
}

/// Correlations among candidates and with the target.
pub(super) struct Correlations {
    /// How many rows they rest on.
    pub(super) n_rows: f64,
    mean: Vec<f64>,
    deviation: Vec<f64>,
    matrix: DMatrix<f64>,
}

impl Correlations {
    fn target(&self) -> usize {
        self.mean.len() - 1
    }

    /// The first `n_terms` terms: those forced, in order, then the best of `allowed`.
    pub(super) fn select(&self, forced: &[usize], allowed: &[usize], n_terms: usize) -> Vec<usize> {
        let mut pool: Vec<usize> = forced.to_vec();
        pool.extend(allowed.iter().filter(|one| !forced.contains(one)));
        let target = self.target();
        let mut left: Vec<f64> = pool.iter().map(|&at| self.matrix[(at, at)]).collect();
        let mut with: Vec<f64> = pool.iter().map(|&at| self.matrix[(at, target)]).collect();
        // Row k: the k-th taken term's orthogonal direction as every candidate sees it.
        let mut directions: Vec<Vec<f64>> = Vec::new();
        let mut taken = Vec::new();
        let mut is_taken = vec![false; pool.len()];
        let mut queue = 0..forced.len();
        while taken.len() < n_terms {
            let place = match queue.next() {
                // A copy of what is already there brings nothing.
                Some(next) if left[next] <= COPY => continue,
                Some(next) => next,
                None => {
                    let free =
                        (forced.len()..pool.len()).filter(|&at| !is_taken[at] && left[at] > COPY);
                    let share = |at: usize| with[at] * with[at] / left[at];
                    match free.reduce(|a, b| if share(b) > share(a) { b } else { a }) {
                        Some(best) => best,
                        None => break,
                    }
                }
            };
            is_taken[place] = true;
            let length = left[place].sqrt();
            let explained = with[place] / length;
            let direction: Vec<f64> = (0..pool.len())
                .map(|at| {
                    let before: f64 = directions.iter().map(|one| one[at] * one[place]).sum();
                    (self.matrix[(pool[at], pool[place])] - before) / length
                })
                .collect();
            for (at, along) in direction.iter().enumerate() {
                left[at] -= along * along;
                with[at] -= along * explained;
            }
            directions.push(direction);
            taken.push(pool[place]);
        }
        taken
    }

    /// Ridge coefficients of some terms, then the bias; `None` where the rows do not carry them.
    ///
    /// `ridge` gives each term's strength in units of its own variance.
    pub(super) fn solve(&self, picks: &[usize], ridge: impl Fn(usize) -> f64) -> Option<Vec<f64>> {
        let (n, target) = (picks.len(), self.target());
        if self.n_rows < 3.0 * (n as f64 + 1.0) || self.deviation[target] <= 0.0 {
            return None;
        }
        let left = DMatrix::from_fn(n, n, |row, column| {
            let own = if row == column {
                ridge(picks[row])
            } else {
                0.0
            };
            self.matrix[(picks[row], picks[column])] + own
        });
        let right = DVector::from_fn(n, |row, _| self.matrix[(picks[row], target)]);
        let solution = left.cholesky()?.solve(&right);
        let mut bias = self.mean[target];
        let mut coef = Vec::with_capacity(n + 1);
        for (&at, scaled) in picks.iter().zip(solution.iter()) {
            let weight = scaled * self.deviation[target] / self.deviation[at].max(1e-300);
            bias -= weight * self.mean[at];
            coef.push(weight);
        }
        coef.push(bias);
        coef.iter().all(|x| x.is_finite()).then_some(coef)
    }
}

fn add_products(sum: &mut DMatrix<f64>, chunk: &[f64], width: usize) {
    let n_rows = chunk.len() / width;
    if n_rows > 0 {
        let rows = DMatrix::from_column_slice(width, n_rows, chunk);
        sum.gemm(1.0, &rows, &rows.transpose(), 1.0);
    }
}
