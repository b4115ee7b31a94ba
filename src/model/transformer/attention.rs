//! Causal attention of each head over each window, forward and backward.
//!
//! A token attends to itself and to earlier ones. Scores of later tokens are never used: their
//! weights are exactly zero, so a result does not depend on how many tokens follow.

use super::{
    kernel::{Mat, WIDE, product, transpose, turned_product},
    layout::Dims,
    net::{Shape, dot},
};
use crate::{base::to_f32, model::dynamics::exp};

/// Rows of scores taken at once.
const BLOCK: usize = 12;
/// The slowest pair of a head's numbers turns so many times more slowly than the fastest.
const SLOWEST: f64 = 200.0;

/// By how much queries and keys are turned at each token, so that a score depends on the distance
/// between two tokens only.
#[derive(Debug)]
pub(super) struct Turns {
    /// Cosines, `[T, head / 2]`.
    pub(super) cos: Vec<f32>,
    /// Sines.
    pub(super) sin: Vec<f32>,
    n_tokens: usize,
}

impl Turns {
    /// The turns of some tokens.
    pub(super) fn new(dims: &Dims, n_tokens: usize) -> Self {
        let half = dims.n_head() / 2;
        let angle = |at: usize| {
            let (token, pair) = (at / half, at % half);
            let power = pair as f64 / half as f64;
            token as f64 / SLOWEST.powf(power)
        };
        let all = 0..n_tokens * half;
        Self {
            cos: all.clone().map(|at| to_f32(angle(at).cos())).collect(),
            sin: all.map(|at| to_f32(angle(at).sin())).collect(),
            n_tokens,
        }
    }

    /// Turns queries and keys in place, and divides queries by the root of the head's size.
    pub(super) fn turn(&self, dims: &Dims, attend: &mut [f32]) {
        self.apply(dims, attend, 1.0);
    }

    /// The backward pass of [`Turns::turn`].
    pub(super) fn turn_back(&self, dims: &Dims, grad: &mut [f32]) {
        self.apply(dims, grad, -1.0);
    }

    fn apply(&self, dims: &Dims, values: &mut [f32], sign: f32) {
        let (d, head) = (dims.width, dims.n_head());
        let half = head / 2;
        let size = scale(dims);
        for (at, row) in values.chunks_exact_mut(3 * d).enumerate() {
            let from = at % self.n_tokens * half;
            let (cos, sin) = (&self.cos[from..from + half], &self.sin[from..from + half]);
            for (at, part) in row[..2 * d].chunks_exact_mut(head).enumerate() {
                let size = if at < dims.n_heads { size } else { 1.0 };
                let (first, second) = part.split_at_mut(half);
                let turns = cos.iter().zip(sin);
                for ((a, b), (cos, sin)) in first.iter_mut().zip(second).zip(turns) {
                    let (x, y) = (*a, *b);
                    *a = size * (x * cos - sign * y * sin);
                    *b = size * (y * cos + sign * x * sin);
                }
            }
        }
    }
}

/// What queries are multiplied by.
fn scale(dims: &Dims) -> f32 {
    1.0 / (dims.n_head() as f32).sqrt()
}

/// The next multiple of the columns that are taken at once.
pub(super) fn padded(n: usize) -> usize {
    n.div_ceil(WIDE) * WIDE
}

/// Weights of attention and what was attended to.
pub(super) fn forward(dims: &Dims, shape: Shape, attend: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let (d, head, step) = (dims.width, dims.n_head(), 3 * dims.width);
    let (n_rows, wide) = (shape.n_rows(), padded(shape.n_tokens));
    let mut weights = vec![0.0; shape.n_lanes * dims.n_heads * n_rows * wide];
    let mut seen = vec![0.0; shape.n_lanes * n_rows * d];
    let parts = weights.chunks_exact_mut((n_rows * wide).max(1)).enumerate();
    for (at, weights) in parts {
        let (lane, which) = (at / dims.n_heads, at % dims.n_heads);
        let base = lane * shape.n_tokens * step + which * head;
        let keys = Mat::new(&attend[base + d..], step);
        let keys = transpose(keys, [shape.n_tokens, head], wide);
        let values = Mat::new(&attend[base + 2 * d..], step);
        for (block, scores) in weights.chunks_mut(BLOCK * wide).enumerate() {
            let (row, n) = (block * BLOCK, scores.len() / wide);
            let reach = shape.first + row + n;
            let query = Mat::new(&attend[base + (shape.first + row) * step..], step);
            let size = [n, head, padded(reach)];
            product(query, Mat::new(&keys, wide), (scores, wide), size);
            for (at, scores) in scores.chunks_exact_mut(wide).enumerate() {
                soften(scores, shape.first + row + at + 1);
            }
            let target = &mut seen[(lane * n_rows + row) * d + which * head..];
            let size = [n, reach, head];
            product(Mat::new(scores, wide), values, (target, d), size);
        }
    }
    (weights, seen)
}

/// Scores become weights that add up to 1; those beyond `n_known` become zero.
fn soften(scores: &mut [f32], n_known: usize) {
    let (known, later) = scores.split_at_mut(n_known);
    later.fill(0.0);
    let most = known.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    for score in known.iter_mut() {
        *score = exp(*score - most);
    }
    // In whole chunks, so that the order of the sum does not depend on what follows.
    let reach = padded(n_known);
    let mut parts = [0.0_f32; WIDE];
    for chunk in scores[..reach].as_chunks::<WIDE>().0 {
        for (part, score) in parts.iter_mut().zip(chunk) {
            *part += score;
        }
    }
    let inverse = 1.0 / parts.iter().sum::<f32>();
    for score in &mut scores[..n_known] {
        *score *= inverse;
    }
}

/// The gradient of queries, keys and values as they are turned, `[N, T, 3 D]`.
pub(super) fn backward(
    dims: &Dims,
    shape: Shape,
    (attend, weights): (&[f32], &[f32]),
    d_seen: &[f32],
) -> Vec<f32> {
    let (d, head, step) = (dims.width, dims.n_head(), 3 * dims.width);
    let (n_rows, wide) = (shape.n_rows(), padded(shape.n_tokens));
    let mut grad = vec![0.0; attend.len()];
    let mut slopes = vec![0.0; n_rows * wide];
    for (at, weights) in weights.chunks_exact((n_rows * wide).max(1)).enumerate() {
        let (lane, which) = (at / dims.n_heads, at % dims.n_heads);
        let base = lane * shape.n_tokens * step + which * head;
        let values = Mat::new(&attend[base + 2 * d..], step);
        let values = transpose(values, [shape.n_tokens, head], wide);
        let keys = Mat::new(&attend[base + d..], step);
        let d_seen = &d_seen[lane * n_rows * d + which * head..];
        for (block, slopes) in slopes.chunks_mut(BLOCK * wide).enumerate() {
            let (row, n) = (block * BLOCK, slopes.len() / wide);
            let reach = shape.first + row + n;
            let from = Mat::new(&d_seen[row * d..], d);
            let size = [n, head, padded(reach)];
            product(from, Mat::new(&values, wide), (slopes, wide), size);
            let rows = slopes.chunks_exact_mut(wide);
            for (slopes, weights) in rows.zip(weights[row * wide..].chunks_exact(wide)) {
                slopes[padded(reach)..].fill(0.0);
                let mean = dot(slopes, weights);
                for (slope, weight) in slopes.iter_mut().zip(weights) {
                    *slope = weight * (*slope - mean);
                }
            }
            let target = &mut grad[base + (shape.first + row) * step..];
            let size = [n, reach, head];
            product(Mat::new(slopes, wide), keys, (target, step), size);
        }
        // A token is seen by itself and by later ones.
        for token in (0..shape.n_tokens).step_by(BLOCK) {
            let n = BLOCK.min(shape.n_tokens - token);
            let row = token.saturating_sub(shape.first).min(n_rows);
            let size = [n, n_rows - row, head];
            let query = Mat::new(&attend[base + (shape.first + row) * step..], step);
            let slopes = Mat::new(&slopes[row * wide + token..], wide);
            let target = &mut grad[base + d + token * step..];
            turned_product(slopes, query, (target, step), size);
            let weights = Mat::new(&weights[row * wide + token..], wide);
            let from = Mat::new(&d_seen[row * d..], d);
            let target = &mut grad[base + 2 * d + token * step..];
            turned_product(weights, from, (target, step), size);
        }
    }
    grad
}
