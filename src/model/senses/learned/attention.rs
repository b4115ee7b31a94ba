//! Early fusion: the sensors ask, the newest record of each modality answers.
//!
//! One block: the query comes from the sensors' state, keys and values from each modality's numbers
//! and their age; what is missing is masked. The answer becomes three numbers, by which the sensors' errors are
//! foretold.

use candle_core::{Device, Tensor};

use super::{net::Result, params::Array};
use crate::base::to_f32;

/// Width of queries, keys and values.
const WIDTH: usize = 16;
/// How many numbers come out while a block learns.
pub(super) const N_FUSED: usize = 3;
/// Added to the score of what is missing.
const NEVER: f32 = -1e4;
/// Numbers of a token and of the state beyond this are cut.
const MOST: f64 = 6.0;

/// What goes into the block.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Shape {
    /// Numbers of each modality's token, its age included; 0 = not looked at.
    pub(crate) tokens: [usize; 3],
    /// Numbers of the sensors' state.
    pub(crate) state: usize,
    /// Numbers that come out.
    pub(crate) numbers: usize,
}

/// What is known at one step: each modality's token, and the sensors' state.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Token {
    /// `None` = missing.
    pub(crate) said: [Option<Vec<f32>>; 3],
    /// Outputs and inputs.
    pub(crate) state: Vec<f32>,
}

impl Token {
    /// A modality's numbers and how many steps old they are, as one token.
    pub(super) fn of(numbers: &[f64], age: usize) -> Vec<f32> {
        let cut = numbers.iter().map(|x| to_f32(x.clamp(-MOST, MOST)));
        let age = to_f32((age as f64).ln_1p() / 4.0);
        cut.chain([age]).collect()
    }
}

impl Shape {
    fn looked_at(&self) -> Vec<usize> {
        (0..3).filter(|&at| self.tokens[at] > 0).collect()
    }

    /// Rows and columns of each array: query, then key, value and bias of each modality, then out.
    pub(super) fn shapes(&self) -> Vec<[usize; 2]> {
        let mut shapes = vec![[self.state, WIDTH]];
        for at in self.looked_at() {
            let n = self.tokens[at];
            shapes.extend([[n, WIDTH], [1, WIDTH], [n, WIDTH], [1, WIDTH]]);
        }
        shapes.extend([[WIDTH, self.numbers], [1, self.numbers]]);
        shapes
    }

    /// First weights.
    pub(super) fn init(&self, seed: u64) -> Vec<Array> {
        let shapes = self.shapes().into_iter().enumerate();
        shapes
            .map(|(at, shape)| Array::random(shape, seed, &[400, at as u64]))
            .collect()
    }

    /// The fused numbers `[B, N]`; `hides` silences a modality in a row of the batch.
    pub(super) fn forward(
        &self,
        weights: &[Tensor],
        batch: &[&Token],
        hides: &dyn Fn(usize, usize) -> bool,
    ) -> Result<Tensor> {
        let n = batch.len();
        let weights = &weights[..self.shapes().len()];
        let states = batch.iter().flat_map(|one| one.state.iter().copied());
        let states = Tensor::from_vec(states.collect::<Vec<f32>>(), (n, self.state), &Device::Cpu)?;
        let query = states.matmul(&weights[0])?;
        let mut scores = Vec::new();
        let mut values = Vec::new();
        for (own, at) in weights[1..].chunks(4).zip(self.looked_at()) {
            let width = self.tokens[at];
            let mut rows = Vec::with_capacity(n * width);
            let mut masks = Vec::with_capacity(n);
            for (row, token) in batch.iter().enumerate() {
                let said = token.said[at].as_ref().filter(|_| !hides(row, at));
                masks.push(if said.is_some() { 0.0 } else { NEVER });
                match said {
                    Some(said) => rows.extend_from_slice(said),
                    None => rows.resize(rows.len() + width, 0.0),
                }
            }
            let rows = Tensor::from_vec(rows, (n, width), &Device::Cpu)?;
            let masks = Tensor::from_vec(masks, (n, 1), &Device::Cpu)?;
            let key = rows.matmul(&own[0])?.broadcast_add(&own[1])?;
            let value = rows.matmul(&own[2])?.broadcast_add(&own[3])?.silu()?;
            let alike = ((&query * key)?.sum_keepdim(1)? * (1.0 / (WIDTH as f64).sqrt()))?;
            scores.push((alike.tanh()? * 8.0)?.add(&masks)?);
            values.push(value);
        }
        // Scores are at most 8, so that the plain exponential is safe; what is missing weighs 0.
        let heavy = Tensor::cat(&scores, 1)?.exp()?;
        let sum = (heavy.sum_keepdim(1)? + 1e-6)?;
        let shares = heavy.broadcast_div(&sum)?;
        let stacked = Tensor::stack(&values, 1)?;
        let mixed = stacked.broadcast_mul(&shares.unsqueeze(2)?)?.sum(1)?;
        let out = &weights[weights.len() - 2..];
        mixed.matmul(&out[0])?.broadcast_add(&out[1])
    }
}
