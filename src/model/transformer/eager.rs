//! The same pass and loss as tensors with autograd, for GPUs and to check the plain path.
//!
//! All members are one batched graph. Fused forms of normalisation, softmax and rotation have no
//! gradient in candle, so they are written out.

use candle_core::{D, Device, Tensor};

use super::{
    attention::Turns,
    layout::{Dims, Layout, Part},
    member::Batch,
    net::TINY,
};
use crate::model::{
    ModelError,
    learning::{Gauge, Phase, Weights, measured, score},
};

type Result<T> = std::result::Result<T, candle_core::Error>;

/// Added to the score of a token that must not be seen.
const UNSEEN: f32 = -1e9;

/// The tensor path on one device.
pub(super) struct Eager<'a> {
    layout: &'a Layout,
    device: Device,
}

/// Divides rows by their root mean square, times the gain.
fn norm(weights: &Weights<'_, Dims, Part>, rows: &Tensor, gain: Part) -> Result<Tensor> {
    let mean = rows.sqr()?.mean_keepdim(D::Minus1)?;
    let root = (mean + f64::from(TINY))?.sqrt()?;
    rows.broadcast_div(&root)?.broadcast_mul(weights.get(gain)?)
}

impl<'a> Eager<'a> {
    /// The path for a layout on a device.
    pub(super) fn new(layout: &'a Layout, device: Device) -> Self {
        Self { layout, device }
    }

    /// Loss and gradient of each member on its batch; all batches are of one size.
    ///
    /// # Errors
    ///
    /// [`ModelError::Candle`] where the device refuses, such as for lack of memory.
    pub(super) fn loss_and_grad(
        &self,
        thetas: &[&[f32]],
        batches: &[Batch],
        gauge: &Gauge,
        phase: Phase,
    ) -> std::result::Result<Vec<(f64, Vec<f32>)>, ModelError> {
        let weights = Weights::put(self.layout, thetas, &self.device)?;
        let out = self.forward(&weights, batches)?;
        let losses = self.loss(&out, batches, gauge, phase)?; // [M]
        Ok(weights.gradients(&losses)?)
    }

    /// Corrections and log scales, `[M, N·H, 2 O]`.
    fn forward(&self, weights: &Weights<'_, Dims, Part>, batches: &[Batch]) -> Result<Tensor> {
        let dims = &self.layout.dims;
        let (d, m) = (dims.width, batches.len());
        let (n, ahead) = batches
            .first()
            .map_or((0, 0), |one| (one.tokens.n_lanes, one.tokens.n_ahead));
        let n_tokens = dims.n_past + ahead;
        let flat = batches.iter().flat_map(|one| &one.tokens.values);
        let shape = (m, n * n_tokens, dims.n_token());
        let tokens = Tensor::from_vec(flat.copied().collect::<Vec<f32>>(), shape, &self.device)?;
        let turning = self.turning(n_tokens)?;
        let mask = self.mask(n_tokens)?;
        let mut x = tokens.matmul(weights.get(Part::Embed)?)?; // [M, N·T, D]
        for at in 0..dims.n_layers {
            let is_last = at + 1 == dims.n_layers;
            let normed = norm(weights, &x, Part::Gain(at))?;
            let attend = normed.matmul(weights.get(Part::Attend(at))?)?;
            let attend = attend.reshape((m * n, n_tokens, 3, dims.n_heads, dims.n_head()))?;
            let part = |which: usize| {
                let part = attend.narrow(2, which, 1)?.squeeze(2)?;
                part.transpose(1, 2)?.contiguous() // [M·N, heads, T, head]
            };
            let (query, key) = (turn(&part(0)?, &turning)?, turn(&part(1)?, &turning)?);
            let query = (query / (dims.n_head() as f64).sqrt())?;
            let scores = query.matmul(&key.transpose(2, 3)?.contiguous()?)?;
            let scores = scores.broadcast_add(&mask)?;
            let most = scores.max_keepdim(D::Minus1)?.detach();
            let powers = scores.broadcast_sub(&most)?.exp()?;
            let shares = powers.broadcast_div(&powers.sum_keepdim(D::Minus1)?)?;
            let seen = shares.matmul(&part(2)?)?.transpose(1, 2)?;
            let seen = seen.contiguous()?.reshape((m, n * n_tokens, d))?;
            x = (x + seen.matmul(weights.get(Part::Merge(at))?)?)?;
            if is_last {
                let rows = x.reshape((m * n, n_tokens, d))?;
                let rows = rows.narrow(1, dims.n_past, ahead)?.contiguous()?;
                x = rows.reshape((m, n * ahead, d))?;
            }
            let normed = norm(weights, &x, Part::HiddenGain(at))?;
            let hidden = normed.matmul(weights.get(Part::Hidden(at))?)?;
            let hidden = hidden.broadcast_add(weights.get(Part::HiddenBias(at))?)?;
            let hidden = hidden.relu()?.sqr()?;
            x = (x + hidden.matmul(weights.get(Part::Back(at))?)?)?;
        }
        let normed = norm(weights, &x, Part::HeadGain)?;
        let out = normed.matmul(weights.get(Part::Head)?)?;
        out.broadcast_add(weights.get(Part::HeadBias)?)
    }

    /// Cosines and sines of each token over both halves of a head, and what swaps the halves.
    fn turning(&self, n_tokens: usize) -> Result<[Tensor; 3]> {
        let dims = &self.layout.dims;
        let (head, half) = (dims.n_head(), dims.n_head() / 2);
        let turns = Turns::new(dims, n_tokens);
        let twice = |values: &[f32]| {
            let rows = values.chunks_exact(half.max(1));
            let flat: Vec<f32> = rows.flat_map(|row| [row, row].concat()).collect();
            Tensor::from_vec(flat, (1, 1, n_tokens, head), &self.device)
        };
        let mut swap = vec![0.0_f32; head * head];
        for at in 0..half {
            // The first half loses the second, the second gains the first.
            swap[(at + half) * head + at] = -1.0;
            swap[at * head + at + half] = 1.0;
        }
        let swap = Tensor::from_vec(swap, (1, 1, head, head), &self.device)?;
        Ok([twice(&turns.cos)?, twice(&turns.sin)?, swap])
    }

    fn mask(&self, n_tokens: usize) -> Result<Tensor> {
        let cell = |at: usize| {
            if at % n_tokens > at / n_tokens {
                UNSEEN
            } else {
                0.0
            }
        };
        let mask = (0..n_tokens * n_tokens).map(cell).collect::<Vec<f32>>();
        Tensor::from_vec(mask, (1, 1, n_tokens, n_tokens), &self.device)
    }

    fn loss(&self, out: &Tensor, batches: &[Batch], gauge: &Gauge, phase: Phase) -> Result<Tensor> {
        let n_obs = self.layout.dims.n_obs;
        let (target, share) = measured(batches.iter().map(|batch| &batch.target));
        let linear = batches.iter().flat_map(|batch| &batch.linear).copied();
        let shape = (
            batches.len(),
            target.len() / n_obs / batches.len().max(1),
            n_obs,
        );
        let put = |values: Vec<f32>| Tensor::from_vec(values, shape, &self.device);
        let (linear, known) = (put(linear.collect())?, (put(target)?, put(share)?));
        let an_output = |values: Vec<f32>| Tensor::from_vec(values, (1, 1, n_obs), &self.device);
        let spread = an_output(gauge.spread.clone())?;
        let [low, high] = [0, 1].map(|end| an_output(gauge.rails.iter().map(|r| r[end]).collect()));
        let mean = (linear + out.narrow(2, 0, n_obs)?.broadcast_mul(&spread)?)?;
        let raw = out.narrow(2, n_obs, n_obs)?;
        let in_spreads = |error: Tensor| error.broadcast_div(&spread);
        score(known, (&mean, &raw), [&low?, &high?], in_spreads, phase)
    }
}

/// Turns pairs of numbers of a head by their token's angle.
fn turn(values: &Tensor, [cos, sin, swap]: &[Tensor; 3]) -> Result<Tensor> {
    let swapped = values.broadcast_matmul(swap)?;
    values.broadcast_mul(cos)? + swapped.broadcast_mul(sin)?
}
