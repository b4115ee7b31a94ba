//! The forward pass on plain arrays: tokens to corrections and log scales.
//!
//! A causal transformer with normalisation before each part (root mean square, Zhang and Sennrich
//! 2019), rotated queries and keys (Su et al. 2021) and squared rectifiers. The last layer looks
//! from future steps only, because nobody asks what it says of the past.

use super::{
    attention::{self, Turns},
    kernel::{Mat, product},
    layout::{Dims, Layout, Part},
};

/// Keeps a mean square from being zero.
pub(super) const TINY: f32 = 1e-5;
/// Partial sums of a sum over a token's numbers.
const PARTS: usize = 8;

/// Tokens of some windows, `[N, T, token]`: `L` past steps, then the future ones.
#[derive(Debug, Clone, Default)]
pub(super) struct Tokens {
    /// Windows, `N`.
    pub(super) n_lanes: usize,
    /// Future steps of each, `H`.
    pub(super) n_ahead: usize,
    /// The numbers.
    pub(super) values: Vec<f32>,
}

/// Normalised rows and by what each was multiplied.
#[derive(Debug, Default)]
pub(super) struct Normed {
    /// The rows times the gain.
    pub(super) rows: Vec<f32>,
    /// The inverse root mean square of each row.
    pub(super) inverse: Vec<f32>,
}

/// What one layer leaves for the backward pass.
#[derive(Debug, Default)]
pub(super) struct LayerTape {
    /// What came in, `[N, T, D]`.
    pub(super) input: Vec<f32>,
    /// The same, normalised.
    pub(super) normed: Normed,
    /// Rotated queries, rotated keys and values, `[N, T, 3 D]`.
    pub(super) attend: Vec<f32>,
    /// Weights of attention, `[N, heads, rows, padded T]`.
    pub(super) weights: Vec<f32>,
    /// What was attended to, `[N, rows, D]`.
    pub(super) seen: Vec<f32>,
    /// After attention, `[N, rows, D]`.
    pub(super) middle: Vec<f32>,
    /// The same, normalised.
    pub(super) middle_normed: Normed,
    /// The hidden layer before and after the rectifier, `[N, rows, F]`.
    pub(super) hidden: [Vec<f32>; 2],
}

/// What a forward pass leaves.
#[derive(Debug, Default)]
pub(super) struct Tape {
    /// Layer by layer.
    pub(super) layers: Vec<LayerTape>,
    /// After the last layer, `[N, H, D]`.
    pub(super) last: Vec<f32>,
    /// The same, normalised.
    pub(super) last_normed: Normed,
    /// Corrections, then log scales of each future step, `[N, H, 2 O]`.
    pub(super) out: Vec<f32>,
}

/// Sizes of one pass.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    /// Windows, `N`.
    pub(super) n_lanes: usize,
    /// Tokens of each, `T`.
    pub(super) n_tokens: usize,
    /// The first token whose result counts.
    pub(super) first: usize,
}

impl Shape {
    /// The sizes of a layer.
    pub(super) fn of(dims: &Dims, tokens: &Tokens, layer: usize) -> Self {
        let is_last = layer + 1 == dims.n_layers;
        Self {
            n_lanes: tokens.n_lanes,
            n_tokens: dims.n_past + tokens.n_ahead,
            first: if is_last { dims.n_past } else { 0 },
        }
    }

    /// Tokens of a window whose result counts.
    pub(super) fn n_rows(self) -> usize {
        self.n_tokens - self.first
    }

    /// Those of all windows.
    pub(super) fn all_rows(self) -> usize {
        self.n_lanes * self.n_rows()
    }
}

/// Runs all tokens through one member.
pub(super) fn forward(layout: &Layout, theta: &[f32], tokens: &Tokens, tape: &mut Tape) {
    let dims = &layout.dims;
    let (d, f) = (dims.width, dims.n_hidden());
    let turns = Turns::new(dims, dims.n_past + tokens.n_ahead);
    let n_all = tokens.n_lanes * (dims.n_past + tokens.n_ahead);
    let linear = |input: &[f32], part: Part, size: [usize; 2], n_rows: usize| {
        let mut result = vec![0.0; n_rows * size[1]];
        let mats = (
            Mat::new(input, size[0]),
            Mat::new(layout.get(theta, part), size[1]),
        );
        let size = [n_rows, size[0], size[1]];
        product(mats.0, mats.1, (&mut result, size[2]), size);
        result
    };
    let mut x = linear(&tokens.values, Part::Embed, [dims.n_token(), d], n_all);
    tape.layers.clear();
    for at in 0..dims.n_layers {
        let shape = Shape::of(dims, tokens, at);
        let n_rows = shape.all_rows();
        let normed = normalize(&x, layout.get(theta, Part::Gain(at)));
        let mut attend = linear(&normed.rows, Part::Attend(at), [d, 3 * d], n_all);
        turns.turn(dims, &mut attend);
        let (weights, seen) = attention::forward(dims, shape, &attend);
        let mut middle = linear(&seen, Part::Merge(at), [d, d], n_rows);
        for lane in 0..shape.n_lanes {
            let from = (lane * shape.n_tokens + shape.first) * d;
            let len = shape.n_rows() * d;
            add(&mut middle[lane * len..][..len], &x[from..from + len]);
        }
        let middle_normed = normalize(&middle, layout.get(theta, Part::HiddenGain(at)));
        let mut raw = linear(&middle_normed.rows, Part::Hidden(at), [d, f], n_rows);
        for row in raw.chunks_exact_mut(f) {
            add(row, layout.get(theta, Part::HiddenBias(at)));
        }
        let bent = raw.iter().map(|h| h.max(0.0) * h.max(0.0)).collect();
        let hidden = [raw, bent];
        let mut output = linear(&hidden[1], Part::Back(at), [f, d], n_rows);
        add(&mut output, &middle);
        tape.layers.push(LayerTape {
            input: std::mem::replace(&mut x, output),
            normed,
            attend,
            weights,
            seen,
            middle,
            middle_normed,
            hidden,
        });
    }
    tape.last_normed = normalize(&x, layout.get(theta, Part::HeadGain));
    let n_out = dims.n_out();
    let n_rows = tokens.n_lanes * tokens.n_ahead;
    tape.out = linear(&tape.last_normed.rows, Part::Head, [d, n_out], n_rows);
    for row in tape.out.chunks_exact_mut(n_out) {
        add(row, layout.get(theta, Part::HeadBias));
    }
    tape.last = x;
}

/// Adds one array to another.
pub(super) fn add(target: &mut [f32], other: &[f32]) {
    for (value, more) in target.iter_mut().zip(other) {
        *value += more;
    }
}

/// Divides each row by its root mean square and multiplies it by the gain.
fn normalize(rows: &[f32], gain: &[f32]) -> Normed {
    let d = gain.len();
    let mut out = vec![0.0; rows.len()];
    let inverse = rows.chunks_exact(d).zip(out.chunks_exact_mut(d));
    let inverse = inverse.map(|(row, out)| {
        let inverse = 1.0 / (dot(row, row) / d as f32 + TINY).sqrt();
        for ((out, x), gain) in out.iter_mut().zip(row).zip(gain) {
            *out = x * inverse * gain;
        }
        inverse
    });
    let inverse = inverse.collect();
    Normed { rows: out, inverse }
}

/// The sum of products of two rows, always in the same order.
pub(super) fn dot(left: &[f32], right: &[f32]) -> f32 {
    let mut parts = [0.0_f32; PARTS];
    let pairs = left.chunks_exact(PARTS).zip(right.chunks_exact(PARTS));
    for (a, b) in pairs {
        for (part, (a, b)) in parts.iter_mut().zip(a.iter().zip(b)) {
            *part += a * b;
        }
    }
    let whole = left.len() / PARTS * PARTS;
    let rest = left[whole..].iter().zip(&right[whole..]);
    parts.iter().sum::<f32>() + rest.map(|(a, b)| a * b).sum::<f32>()
}
