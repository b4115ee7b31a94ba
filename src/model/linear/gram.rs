//! Normal equations, one matrix a fold, so that every subset of regressors and folds is cheap.

use nalgebra::{DMatrix, DVector};

use super::{equation::Term, series::EpisodeSeries};
use crate::model::{prepared::Block, rails::rests_at};

/// Rows that are multiplied at once.
const CHUNK: usize = 256;

/// Ridge on outputs' past: only against singular matrices, more would bend slow dynamics.
const PAST_RIDGE: f64 = 1e-6;

/// How strongly the inputs' coefficients are pulled to zero, in units of an input's variance.
///
/// Inputs that seldom move make their own lags alike; the pull shares an effect among them
/// instead of trusting a difference that was hardly ever seen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ridge {
    /// Strength on inputs.
    pub(crate) inputs: f64,
    /// Number of outputs, to know which terms are inputs.
    pub(crate) n_obs: usize,
}

/// Sums of products of regressors and targets, one matrix a fold.
///
/// Columns: the terms, the constant 1, the targets.
#[derive(Debug, Clone)]
pub(crate) struct Gram {
    /// The regressors.
    pub(crate) terms: Vec<Term>,
    sums: Vec<DMatrix<f64>>,
}

/// What rows go into a [`Gram`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowRule<'a> {
    /// The outputs on the left side; a row needs all of them measured.
    pub(crate) targets: &'a [usize],
    /// Whether the step before must have been measured too.
    pub(crate) needs_previous: bool,
    /// Every how many rows one is taken.
    pub(crate) stride: usize,
    /// Ends of each output's range; a row with a target there is left out, because it tells a bound
    /// only. Empty = none is.
    pub(crate) rails: &'a [[f32; 2]],
}

impl Gram {
    /// Sums over all folds.
    pub(crate) fn new(
        series: &[EpisodeSeries],
        folds: &[Vec<Block>],
        terms: Vec<Term>,
        rule: RowRule<'_>,
    ) -> Self {
        let deepest = terms.iter().map(|term| term.lag).max().unwrap_or(0);
        let width = terms.len() + 1 + rule.targets.len();
        let sums = folds
            .iter()
            .map(|blocks| {
                let mut sum = DMatrix::zeros(width, width);
                let mut chunk: Vec<f64> = Vec::with_capacity(width * CHUNK);
                let mut count = 0;
                for block in blocks {
                    let one = &series[block.episode];
                    for step in block.start..block.end {
                        if one.reach[step] < deepest || !is_usable(one, step, rule) {
                            continue;
                        }
                        count += 1;
                        if count % rule.stride != 0 {
                            continue;
                        }
                        let past = |term: &Term| one.columns[term.source][step - term.lag];
                        chunk.extend(terms.iter().map(past));
                        chunk.push(1.0);
                        chunk.extend(rule.targets.iter().map(|&at| one.columns[at][step]));
                        if chunk.len() >= width * CHUNK {
                            add_products(&mut sum, &chunk, width);
                            chunk.clear();
                        }
                    }
                }
                add_products(&mut sum, &chunk, width);
                sum
            })
            .collect();
        Self { terms, sums }
    }

    /// How many rows all folds have.
    pub(crate) fn n_rows(&self) -> f64 {
        let one = self.terms.len();
        self.sums.iter().map(|sum| sum[(one, one)]).sum()
    }

    /// Ridge coefficients of some terms, then the bias, from all folds but one; `None` where the
    /// rows do not carry them.
    pub(crate) fn solve(
        &self,
        leave_out: usize,
        picks: &[usize],
        target: usize,
        ridge: Ridge,
    ) -> Option<Vec<f64>> {
        let one = self.terms.len();
        let n_rows: f64 = self
            .folds_without(leave_out)
            .map(|sum| sum[(one, one)])
            .sum();
        if n_rows < 3.0 * (picks.len() as f64 + 1.0).min(40.0) || n_rows < 8.0 {
            return None;
        }
        let mut columns = picks.to_vec();
        columns.push(one);
        let n = columns.len();
        let mut left = DMatrix::<f64>::zeros(n, n);
        let mut right = DVector::<f64>::zeros(n);
        for sum in self.folds_without(leave_out) {
            for (row, &from) in columns.iter().enumerate() {
                right[row] += sum[(from, one + 1 + target)];
                for (column, &to) in columns.iter().enumerate().take(row + 1) {
                    left[(row, column)] += sum[(from, to)];
                }
            }
        }
        for row in 0..n {
            let strength = match self.terms.get(columns[row]) {
                Some(term) if term.source < ridge.n_obs => PAST_RIDGE,
                Some(_) => ridge.inputs,
                None => 1e-9,
            };
            left[(row, row)] += strength * n_rows;
        }
        let solution = left.cholesky()?.solve(&right);
        solution
            .iter()
            .all(|x| x.is_finite())
            .then(|| solution.iter().copied().collect())
    }

    fn folds_without(&self, leave_out: usize) -> impl Iterator<Item = &DMatrix<f64>> {
        let others = self.sums.iter().enumerate();
        others
            .filter(move |(fold, _)| *fold != leave_out)
            .map(|(_, sum)| sum)
    }
}

fn is_usable(one: &EpisodeSeries, step: usize, rule: RowRule<'_>) -> bool {
    rule.targets.iter().all(|&at| {
        let known = &one.known[at];
        let is_bound = rule
            .rails
            .get(at)
            .is_some_and(|&rail| rests_at(rail, one.columns[at][step]));
        // A bridged value just before the target would have been drawn towards it.
        known[step] && !is_bound && (!rule.needs_previous || (step > 0 && known[step - 1]))
    })
}

fn add_products(sum: &mut DMatrix<f64>, chunk: &[f64], width: usize) {
    let n_rows = chunk.len() / width;
    if n_rows > 0 {
        let rows = DMatrix::from_column_slice(width, n_rows, chunk);
        sum.gemm(1.0, &rows, &rows.transpose(), 1.0);
    }
}
