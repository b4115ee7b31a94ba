//! The same pass and loss as tensors with autograd, for GPUs and to check the plain path.
//!
//! All members are one batched graph. Fused forms of normalisation, softmax and rotation have no
//! gradient in candle, so they are written out.

use candle_core::{D, DType, Device, Tensor, Var};

use super::{
    attention::Turns,
    layout::{Layout, Part},
    loss::{BEND, LOG_SCALE, Phase, SCALE_FLOOR},
    member::Batch,
    net::TINY,
    tokens::Gauge,
};
use crate::model::ModelError;

type Result<T> = std::result::Result<T, candle_core::Error>;

/// Added to the score of a token that must not be seen.
const UNSEEN: f32 = -1e9;

/// The tensor path on one device.
pub(super) struct Eager<'a> {
    layout: &'a Layout,
    device: Device,
}

/// All members' parameters, `[M, rows, cols]` each.
struct Weights<'a> {
    layout: &'a Layout,
    vars: Vec<Var>,
}

impl Weights<'_> {
    fn get(&self, part: Part) -> Result<&Tensor> {
        let position = self.layout.slots.iter().position(|slot| slot.part == part);
        let var = position.and_then(|position| self.vars.get(position));
        var.map(Var::as_tensor)
            .ok_or_else(|| candle_core::Error::msg(format!("no array {part:?}")))
    }

    /// Divides rows by their root mean square, times the gain.
    fn normed(&self, rows: &Tensor, gain: Part) -> Result<Tensor> {
        let mean = rows.sqr()?.mean_keepdim(D::Minus1)?;
        let root = (mean + f64::from(TINY))?.sqrt()?;
        rows.broadcast_div(&root)?.broadcast_mul(self.get(gain)?)
    }
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
        let weights = self.weights(thetas)?;
        let out = self.forward(&weights, batches)?;
        let losses = self.loss(&out, batches, gauge, phase)?; // [M]
        let grads = losses.sum_all()?.backward()?;
        let mut results: Vec<(f64, Vec<f32>)> = losses
            .to_vec1::<f32>()?
            .into_iter()
            .map(|loss| (f64::from(loss), Vec::with_capacity(self.layout.n_params)))
            .collect();
        for (slot, var) in self.layout.slots.iter().zip(&weights.vars) {
            let len = slot.range.len();
            let flat = match grads.get(var) {
                Some(grad) => grad.flatten_all()?.to_vec1::<f32>()?,
                None => vec![0.0; len * thetas.len()],
            };
            for ((_, all), part) in results.iter_mut().zip(flat.chunks_exact(len.max(1))) {
                all.extend_from_slice(part);
            }
        }
        Ok(results)
    }

    fn weights(&self, thetas: &[&[f32]]) -> Result<Weights<'a>> {
        let vars = self.layout.slots.iter().map(|slot| {
            let parts = thetas.iter().map(|theta| &theta[slot.range.clone()]);
            let flat: Vec<f32> = parts.flatten().copied().collect();
            let shape = (thetas.len(), slot.n_rows, slot.n_cols);
            Var::from_tensor(&Tensor::from_vec(flat, shape, &self.device)?)
        });
        Ok(Weights {
            layout: self.layout,
            vars: vars.collect::<Result<_>>()?,
        })
    }

    /// Corrections and log scales, `[M, N·H, 2 O]`.
    fn forward(&self, weights: &Weights<'_>, batches: &[Batch]) -> Result<Tensor> {
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
            let normed = weights.normed(&x, Part::Gain(at))?;
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
            let normed = weights.normed(&x, Part::HiddenGain(at))?;
            let hidden = normed.matmul(weights.get(Part::Hidden(at))?)?;
            let hidden = hidden.broadcast_add(weights.get(Part::HiddenBias(at))?)?;
            let hidden = hidden.relu()?.sqr()?;
            x = (x + hidden.matmul(weights.get(Part::Back(at))?)?)?;
        }
        let normed = weights.normed(&x, Part::HeadGain)?;
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
        let (mut linear, mut target, mut share) = (Vec::new(), Vec::new(), Vec::new());
        for batch in batches {
            let known = batch.target.iter().filter(|y| y.is_finite()).count().max(1);
            for y in &batch.target {
                let is_known = y.is_finite();
                target.push(if is_known { *y } else { 0.0 });
                share.push(if is_known { 1.0 / known as f32 } else { 0.0 });
            }
            linear.extend_from_slice(&batch.linear);
        }
        let shape = (
            batches.len(),
            target.len() / n_obs / batches.len().max(1),
            n_obs,
        );
        let put = |values: Vec<f32>| Tensor::from_vec(values, shape, &self.device);
        let (linear, target, share) = (put(linear)?, put(target)?, put(share)?);
        let an_output = |values: Vec<f32>| Tensor::from_vec(values, (1, 1, n_obs), &self.device);
        let spread = an_output(gauge.spread.clone())?;
        let [low, high] = [0, 1].map(|end| an_output(gauge.rails.iter().map(|r| r[end]).collect()));
        let mean = (linear + out.narrow(2, 0, n_obs)?.broadcast_mul(&spread)?)?;
        // No error where an output rests at an end of its range and the mean lies beyond.
        let above = target.broadcast_ge(&high?)?.mul(&mean.gt(&target)?)?;
        let below = target.broadcast_le(&low?)?.mul(&mean.lt(&target)?)?;
        let zero = share.zeros_like()?;
        let share = above.add(&below)?.where_cond(&zero, &share)?;
        let known = share.gt(0.0_f32)?.to_dtype(DType::F32)?;
        let residual = (target - mean)?.broadcast_div(&spread)?.mul(&known)?;
        let raw = out
            .narrow(2, n_obs, n_obs)?
            .clamp(LOG_SCALE[0], LOG_SCALE[1])?;
        let scale = (raw.exp()? + f64::from(SCALE_FLOOR))?;
        let seen = match phase {
            Phase::Huber => residual.detach(),
            Phase::Likelihood => residual.clone(),
        };
        let z = seen.div(&scale)?;
        let mut loss = (scale.log()? + bent(&z, BEND)?)?.mul(&scale.detach())?;
        if phase == Phase::Huber {
            loss = (loss + bent(&residual, 1.0)?)?;
        }
        loss.mul(&share)?.flatten_from(1)?.sum(D::Minus1)
    }
}

/// Turns pairs of numbers of a head by their token's angle.
fn turn(values: &Tensor, [cos, sin, swap]: &[Tensor; 3]) -> Result<Tensor> {
    let swapped = values.broadcast_matmul(swap)?;
    values.broadcast_mul(cos)? + swapped.broadcast_mul(sin)?
}

/// Half the square, growing linearly beyond a bound.
fn bent(z: &Tensor, bound: f32) -> Result<Tensor> {
    let slope = z.clamp(-bound, bound)?;
    slope.mul(&(z - (&slope * 0.5)?)?)
}
