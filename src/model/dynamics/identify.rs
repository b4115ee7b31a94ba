//! A linear state-space model from data, in closed form.
//!
//! A ridge ARX of many lags gives the predictor's Markov parameters; their Hankel matrix,
//! weighted by the covariance of the past, is cut to its leading directions, which makes the
//! state a linear function of the past window (predictor-based subspace identification, Chiuso
//! 2007). All of it needs only moments, which are summed once a fold: a member's moments are the
//! total less its own fold, and the same holds for feedback data.

use nalgebra::{DMatrix, DVector, SymmetricEigen};

use super::{batch::Material, params::Dims};
use crate::model::prepared::{Block, Prepared};

/// At most this many rows enter the moments, spread evenly.
const MAX_ROWS: usize = 24_000;

/// Sums of products of `[z_t, z_t-1, …, z_t-L, 1]`, `z` being outputs and inputs of a step.
#[derive(Debug, Clone)]
pub(super) struct Moments {
    sums: DMatrix<f64>,
}

/// A linear state-space model around operating-point means, states of unit variance.
#[derive(Debug, Clone)]
pub(super) struct Linear {
    /// `[A B; C D]`, `[X+O, X+U]`.
    pub(super) core: DMatrix<f64>,
    /// Its bias, `[X+O]`.
    pub(super) core_bias: DVector<f64>,
    /// Past window to state, `[X, L (O+U)]`, newest step first.
    pub(super) encoder: DMatrix<f64>,
    /// Its bias, `[X]`.
    pub(super) encoder_bias: DVector<f64>,
}

impl Moments {
    /// The moments of some blocks; gaps are bridged by straight lines.
    pub(super) fn of(
        prep: &Prepared,
        material: &Material,
        blocks: &[Block],
        n_lags: usize,
    ) -> Self {
        let width = prep.n_obs + prep.n_in;
        let dim = (n_lags + 1) * width + 1;
        let total = prep.n_fold_rows();
        let stride = total.div_ceil(MAX_ROWS).max(1);
        let mut sums = DMatrix::zeros(dim, dim);
        for block in blocks {
            let obs = bridged(&prep.episodes[block.episode].obs, prep.n_obs, *block);
            let input = &material.inputs[block.episode];
            let steps: Vec<usize> = (block.start + n_lags..block.end).step_by(stride).collect();
            for part in steps.chunks(256) {
                let rows = DMatrix::from_fn(part.len(), dim, |row, col| {
                    let (lag, channel) = (col / width, col % width);
                    if col + 1 == dim {
                        1.0
                    } else if channel < prep.n_obs {
                        obs[(part[row] - lag - block.start) * prep.n_obs + channel]
                    } else {
                        let t = part[row] - lag;
                        f64::from(input[t * prep.n_in + channel - prep.n_obs])
                    }
                });
                sums.gemm_tr(1.0, &rows, &rows, 1.0);
            }
        }
        Self { sums }
    }

    /// The sum of some moments.
    pub(super) fn sum<'a>(all: impl Iterator<Item = &'a Self>) -> Option<Self> {
        all.cloned().reduce(|left, right| Self {
            sums: left.sums + right.sums,
        })
    }

    /// Mean and covariance.
    fn centered(&self) -> (DVector<f64>, DMatrix<f64>) {
        let dim = self.sums.nrows() - 1;
        let count = self.sums[(dim, dim)].max(1.0);
        let mean = self.sums.view((0, dim), (dim, 1)).into_owned() / count;
        let mean = DVector::from_column_slice(mean.as_slice());
        let square = self.sums.view((0, 0), (dim, dim)).into_owned() / count;
        (mean.clone(), square - &mean * mean.transpose())
    }
}

/// The past window's leading directions, from which models of any order follow.
pub(super) struct Subspace {
    mean: DVector<f64>,
    cov: DMatrix<f64>,
    directions: DMatrix<f64>,
    n_obs: usize,
    width: usize,
    ridge: f64,
}

impl Subspace {
    /// Fits the ARX and ranks the directions of its past; `None` where the data carry nothing.
    pub(super) fn fit(moments: &Moments, n_obs: usize, n_in: usize, ridge: f64) -> Option<Self> {
        let width = n_obs + n_in;
        let (mean, cov) = moments.centered();
        let n_past = cov.nrows() - width;
        let n_lags = n_past / width;
        // Present inputs and the whole past explain the present outputs.
        let known = cov
            .view((n_obs, n_obs), (n_in + n_past, n_in + n_past))
            .into_owned();
        let cross = cov.view((n_obs, 0), (n_in + n_past, n_obs)).into_owned();
        let arx = solve(known, &cross, ridge)?;
        let n_rows = n_lags * n_obs;
        let mut hankel = DMatrix::zeros(n_rows, n_past);
        for ahead in 0..n_lags {
            let n_cols = (n_lags - ahead) * width;
            let weights = arx
                .view((n_in + ahead * width, 0), (n_cols, n_obs))
                .transpose();
            hankel
                .view_mut((ahead * n_obs, 0), (n_obs, n_cols))
                .copy_from(&weights);
        }
        let past = cov.view((width, width), (n_past, n_past));
        let weighted = &hankel * past * hankel.transpose();
        let eigen =
            SymmetricEigen::try_new((&weighted + weighted.transpose()) * 0.5, 1e-14, 10_000)?;
        let mut order: Vec<usize> = (0..n_rows).collect();
        order.sort_by(|a, b| eigen.eigenvalues[*b].total_cmp(&eigen.eigenvalues[*a]));
        let largest = eigen.eigenvalues[*order.first()?];
        order.retain(|i| eigen.eigenvalues[*i] > largest * 1e-10 && largest > 1e-12);
        order.truncate(24);
        let rows: Vec<_> = order
            .iter()
            .map(|i| {
                (eigen.eigenvectors.column(*i).transpose() * &hankel) / eigen.eigenvalues[*i].sqrt()
            })
            .collect();
        if rows.is_empty() {
            return None;
        }
        Some(Self {
            mean,
            cov,
            directions: DMatrix::from_rows(&rows),
            n_obs,
            width,
            ridge,
        })
    }

    /// The largest order there is.
    pub(super) fn max_order(&self) -> usize {
        self.directions.nrows()
    }

    /// The model of one order, made stable.
    pub(super) fn model(&self, n_state: usize) -> Option<Linear> {
        let (width, dim) = (self.width, self.cov.nrows());
        let n_past = dim - width;
        let n_in = width - self.n_obs;
        let encoder = self.directions.rows(0, n_state).into_owned();
        // The same rows read one step earlier and one step later.
        let mut before = DMatrix::zeros(n_state + n_in, dim);
        before
            .view_mut((0, width), (n_state, n_past))
            .copy_from(&encoder);
        for channel in 0..n_in {
            before[(n_state + channel, self.n_obs + channel)] = 1.0;
        }
        let mut after = DMatrix::zeros(n_state + self.n_obs, dim);
        after
            .view_mut((0, 0), (n_state, n_past))
            .copy_from(&encoder);
        for channel in 0..self.n_obs {
            after[(n_state + channel, channel)] = 1.0;
        }
        let known = &before * &self.cov * before.transpose();
        let cross = &before * &self.cov * after.transpose();
        let mut core = solve(known, &cross, self.ridge * 0.01)?.transpose();
        let stable = stabilized(core.view((0, 0), (n_state, n_state)).into_owned());
        core.view_mut((0, 0), (n_state, n_state)).copy_from(&stable);
        // Around the means the state is zero: the encoder's bias takes care of that.
        let encoder_bias = -(&encoder * self.mean.rows(width, n_past));
        let mut core_bias = DVector::zeros(n_state + self.n_obs);
        core_bias
            .rows_mut(n_state, self.n_obs)
            .copy_from(&self.mean.rows(0, self.n_obs));
        core_bias -= core.columns(n_state, n_in) * self.mean.rows(self.n_obs, n_in);
        let model = Linear {
            core,
            core_bias,
            encoder,
            encoder_bias,
        };
        model
            .core
            .iter()
            .all(|value| value.is_finite())
            .then_some(model)
    }
}

impl Linear {
    /// The encoder's weights in the order in which a window is laid out: oldest step first, in
    /// each step outputs, then (where there is one) the mask, then inputs.
    pub(super) fn encoder_row(&self, row: usize, dims: &Dims) -> Vec<f64> {
        let (width, step) = (dims.n_obs + dims.n_in, dims.n_step());
        let mut out = vec![0.0; dims.n_past()];
        for lag in 0..dims.n_lags {
            for channel in 0..width {
                let masked = if channel < dims.n_obs {
                    0
                } else {
                    step - width
                };
                let place = (dims.n_lags - 1 - lag) * step + channel + masked;
                out[place] = self.encoder[(row, lag * width + channel)];
            }
        }
        out
    }
}

/// Solves `known · x = cross` with a ridge relative to each variable's variance; a stronger one
/// where that does not suffice.
fn solve(mut known: DMatrix<f64>, cross: &DMatrix<f64>, ridge: f64) -> Option<DMatrix<f64>> {
    let floor = 1e-9 * known.trace().abs() / known.nrows().max(1) as f64 + 1e-12;
    for index in 0..known.nrows() {
        known[(index, index)] += ridge * known[(index, index)].abs() + floor;
    }
    for _try in 0..6 {
        if let Some(factor) = known.clone().cholesky() {
            return Some(factor.solve(cross));
        }
        for index in 0..known.nrows() {
            known[(index, index)] *= 1.001;
        }
    }
    None
}

/// Moves eigenvalues that would let a free run grow onto or inside the unit circle.
///
/// A real one near 1 is an integrator (a level, a position) and may stay at 1.
fn stabilized(matrix: DMatrix<f64>) -> DMatrix<f64> {
    let n = matrix.nrows();
    let Some(schur) = nalgebra::Schur::try_new(matrix.clone(), 1e-13, 10_000) else {
        return matrix * 0.9;
    };
    let (basis, mut triangle) = schur.unpack();
    let mut at = 0;
    while at < n {
        let is_pair = at + 1 < n && triangle[(at + 1, at)].abs() > 1e-12;
        let size = if is_pair { 2 } else { 1 };
        let block = triangle.view((at, at), (size, size)).into_owned();
        let radius = if is_pair {
            block.determinant().abs().sqrt()
        } else {
            block[(0, 0)].abs()
        };
        let limit = if !is_pair && block[(0, 0)] > 0.0 {
            1.0
        } else {
            0.999
        };
        if radius > limit {
            triangle
                .view_mut((at, at), (size, size))
                .copy_from(&(block * (limit / radius)));
        }
        at += size;
    }
    &basis * triangle * basis.transpose()
}

/// The outputs of a block with gaps bridged by straight lines, `[T, O]`.
fn bridged(obs: &[f32], n_obs: usize, block: Block) -> Vec<f64> {
    let len = block.end - block.start;
    let mut out = vec![0.0; len * n_obs];
    for channel in 0..n_obs {
        let at = |t: usize| f64::from(obs[(block.start + t) * n_obs + channel]);
        let mut last: Option<usize> = None;
        for t in (0..len).filter(|t| at(*t).is_finite()) {
            let from = last.unwrap_or(t);
            let (start, end) = (at(from), at(t));
            for between in last.map_or(0, |from| from + 1)..=t {
                let share = between.saturating_sub(from) as f64 / (t - from).max(1) as f64;
                let value = if from == t {
                    end
                } else {
                    start + (end - start) * share
                };
                out[between * n_obs + channel] = value;
            }
            last = Some(t);
        }
        if let Some(from) = last {
            for t in from + 1..len {
                out[t * n_obs + channel] = at(from);
            }
        }
    }
    out
}
