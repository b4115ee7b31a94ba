//! What is expected of an output: ridge regressions whose residuals come from left-out folds.

use nalgebra::DMatrix;

use super::table::{FOLDS, Table, TableEpisode};

/// How strongly coefficients are pulled to zero, in units of a regressor's variance.
const RIDGE: f64 = 0.01;
/// A regressor further out than this says no more than one at this place.
const REACH: f64 = 8.0;
/// Steps over which each input is smoothed, for slow answers to it.
const MEMORIES: [f64; 3] = [4.0, 16.0, 64.0];
/// Past steps of every output that may foretell one; with many channels only the last.
const LAGS: usize = 3;
/// From this many channels on only the last step is looked at.
const MANY: usize = 32;
/// Most rows that the sums are made of.
const MAX_ROWS: usize = 20_000;
/// Without regressors that weigh more than this in all nothing is expected.
const MOST_MISSING: f64 = 0.05;

/// From what an output is foretold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum View {
    /// From the inputs only.
    Level,
    /// From the other outputs at the same step, and the inputs.
    Others,
    /// From the last steps of all outputs, and the inputs.
    Past,
}

/// The columns: outputs now, outputs before, inputs and their memories, the constant 1.
#[derive(Debug, Clone, Copy)]
struct Layout {
    outputs: usize,
    lags: usize,
    inputs: usize,
}

impl Layout {
    fn of(table: &Table) -> Self {
        let n_channels = table.n_outputs() + table.n_inputs();
        Self {
            outputs: table.n_outputs(),
            lags: if n_channels > MANY { 1 } else { LAGS },
            inputs: table.n_inputs() * (1 + MEMORIES.len()),
        }
    }

    fn width(&self) -> usize {
        self.outputs * (1 + self.lags) + self.inputs + 1
    }

    /// The columns that a view looks at; the constant comes last.
    fn columns(&self, view: View) -> Vec<usize> {
        let past = self.outputs * (1 + self.lags);
        let outputs = match view {
            View::Level => 0..0,
            View::Others => 0..self.outputs,
            View::Past => self.outputs..past,
        };
        outputs.chain(past..self.width()).collect()
    }
}

/// The fitted expectations of every output.
#[derive(Debug, Clone)]
pub(super) struct Expectations {
    layout: Layout,
    /// Coefficients of each view, fold and output; the last fold left nothing out.
    weights: [Vec<Vec<Vec<f64>>>; 3],
}

const VIEWS: [View; 3] = [View::Level, View::Others, View::Past];

impl Expectations {
    /// Fits every output's regressions on the normal steps.
    pub(super) fn fit(table: &Table) -> Self {
        let layout = Layout::of(table);
        let sums = fold_sums(table, layout);
        let weights = VIEWS.map(|view| {
            (0..=FOLDS)
                .map(|left_out| {
                    let mut sum = DMatrix::zeros(layout.width(), layout.width());
                    for (fold, one) in sums.iter().enumerate() {
                        if fold != left_out {
                            sum += one;
                        }
                    }
                    solve(&sum, layout, view)
                })
                .collect()
        });
        Self { layout, weights }
    }

    /// How far each output was from what was expected, one line a view; NaN where either is not
    /// known.
    pub(super) fn residuals(&self, episode: &TableEpisode) -> [Vec<Vec<f64>>; 3] {
        let n_steps = episode.n_steps();
        let n_outputs = self.layout.outputs;
        let mut lines = VIEWS.map(|_| vec![vec![f64::NAN; n_steps]; n_outputs]);
        let columns = VIEWS.map(|view| self.layout.columns(view));
        let inputs = input_columns(episode);
        for step in self.layout.lags..n_steps {
            let row = row_at(episode, &inputs, self.layout, step);
            let fold = episode.fold[step].map_or(FOLDS, usize::from);
            for (view, lines) in lines.iter_mut().enumerate() {
                let fit = self.weights[view][fold].iter().zip(&episode.outputs);
                for (line, (weights, output)) in lines.iter_mut().zip(fit) {
                    let expected = expected_of(&row, &columns[view], weights);
                    line[step] = expected.map_or(f64::NAN, |expected| output[step] - expected);
                }
            }
        }
        lines
    }
}

/// By how much each output being off by one moves the residuals of another, `[output][other]`.
pub(super) type Pull = Vec<Vec<f64>>;

impl Expectations {
    /// The pulls of a view, from the fit that left nothing out: 1 on the output itself, less what
    /// its expectation takes over from each output.
    pub(super) fn pull(&self, view: View) -> Pull {
        let n = self.layout.outputs;
        let at = VIEWS.iter().position(|&one| one == view).unwrap_or(0);
        let n_each = match view {
            View::Level => 0,
            View::Others => n,
            View::Past => n * self.layout.lags,
        };
        let weights = &self.weights[at][FOLDS];
        let row = |output: usize| {
            let mut row = vec![0.0; n];
            for (position, weight) in weights[output][..n_each].iter().enumerate() {
                row[position % n] -= weight;
            }
            row[output] += 1.0;
            row
        };
        (0..n).map(row).collect()
    }
}

/// What is expected; `None` where regressors are missing that matter.
fn expected_of(row: &[f64], columns: &[usize], weights: &[f64]) -> Option<f64> {
    let (mut sum, mut missing) = (0.0, 0.0);
    for (&at, weight) in columns.iter().zip(weights) {
        let x = row[at];
        if x.is_finite() {
            sum += weight * x.clamp(-REACH, REACH);
        } else {
            missing += weight.abs();
        }
    }
    (missing <= MOST_MISSING).then_some(sum)
}

/// Each input, then its memories.
fn input_columns(episode: &TableEpisode) -> Vec<Vec<f64>> {
    let memory = |input: &[f64], length: f64| {
        let mut state = input.first().copied().unwrap_or(0.0);
        let smoothed = input.iter().map(|x| {
            state += (x - state) / length;
            state
        });
        smoothed.collect::<Vec<f64>>()
    };
    episode
        .inputs
        .iter()
        .flat_map(|input| {
            let memories = MEMORIES.map(|length| memory(input, length));
            std::iter::once(input.clone()).chain(memories)
        })
        .collect()
}

fn row_at(episode: &TableEpisode, inputs: &[Vec<f64>], layout: Layout, step: usize) -> Vec<f64> {
    let mut row = Vec::with_capacity(layout.width());
    for lag in 0..=layout.lags {
        row.extend(episode.outputs.iter().map(|column| column[step - lag]));
    }
    row.extend(inputs.iter().map(|column| column[step]));
    row.push(1.0);
    row
}

/// Sums of products over each fold's rows; a missing value counts as the centre.
fn fold_sums(table: &Table, layout: Layout) -> Vec<DMatrix<f64>> {
    let stride = table.n_normal.div_ceil(MAX_ROWS).max(1);
    let width = layout.width();
    let mut sums = vec![DMatrix::zeros(width, width); FOLDS];
    let mut rows: Vec<Vec<f64>> = vec![Vec::new(); FOLDS];
    let mut count = 0;
    for episode in &table.episodes {
        let inputs = input_columns(episode);
        for step in layout.lags..episode.n_steps() {
            let Some(fold) = episode.fold[step].map(usize::from) else {
                continue;
            };
            count += 1;
            if count % stride != 0 {
                continue;
            }
            let row = row_at(episode, &inputs, layout, step);
            let row = row.iter().map(|x| {
                if x.is_finite() {
                    x.clamp(-REACH, REACH)
                } else {
                    0.0
                }
            });
            rows[fold].extend(row);
        }
    }
    for (sum, rows) in sums.iter_mut().zip(&rows) {
        if !rows.is_empty() {
            let rows = DMatrix::from_column_slice(width, rows.len() / width, rows);
            sum.gemm(1.0, &rows, &rows.transpose(), 1.0);
        }
    }
    sums
}

/// The coefficients of every output; all zero where the rows do not carry them.
fn solve(sum: &DMatrix<f64>, layout: Layout, view: View) -> Vec<Vec<f64>> {
    let columns = layout.columns(view);
    let n = columns.len();
    let n_rows = sum[(layout.width() - 1, layout.width() - 1)];
    let mut left = DMatrix::from_fn(n, n, |row, column| sum[(columns[row], columns[column])]);
    for at in 0..n {
        left[(at, at)] += if at + 1 == n { 1e-9 } else { RIDGE } * n_rows.max(1.0);
    }
    let nothing = || vec![vec![0.0; n]; layout.outputs];
    let Some(factor) = left.cholesky() else {
        return nothing();
    };
    if view == View::Others {
        // The regression on all others is a row of the inverse.
        let inverse = factor.inverse();
        let of = |output: usize| {
            let own = inverse[(output, output)];
            let weight = |at: usize| {
                if at == output {
                    0.0
                } else {
                    -inverse[(output, at)] / own
                }
            };
            (0..n).map(weight).collect()
        };
        return (0..layout.outputs).map(of).collect();
    }
    let right = DMatrix::from_fn(n, layout.outputs, |row, output| sum[(columns[row], output)]);
    let solution = factor.solve(&right);
    (0..layout.outputs)
        .map(|output| solution.column(output).iter().copied().collect())
        .collect()
}
