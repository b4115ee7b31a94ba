//! The same free run and loss as tensors with autograd, for GPUs and to check the fused path.
//!
//! All members are one batched graph. Only the state's recurrence is a loop; outputs and loss of
//! all steps are one product each. No gradient-carrying tensor is sliced along time, which would
//! cost a padded copy a step.

use candle_core::{DType, Device, Tensor};

use super::{
    batch::Batch,
    fused::{LOG_PRECISION, STATE_LIMIT},
    latent::{BALANCE, FREE_NATS, LOG_STD},
    params::{Dims, Layout, Part},
};
use crate::model::{
    ModelError,
    learning::{Gauge, Phase, Weights, measured, score},
};

type Result<T> = std::result::Result<T, candle_core::Error>;

/// The tensor path on one device.
pub(super) struct Eager {
    layout: Layout,
    device: Device,
}

/// `weight · input + bias`.
fn affine(
    weights: &Weights<'_, Dims, Part>,
    (weight, bias): (Part, Part),
    input: &Tensor,
) -> Result<Tensor> {
    let product = weights.get(weight)?.matmul(input)?;
    product.broadcast_add(weights.get(bias)?)
}

/// The stochastic latent's part of the batches, as tensors.
struct Latent {
    width: usize,
    /// `[M, K, Z, N]`.
    noise: Tensor,
    /// What was measured, 0 where nothing was, `[M, K, O, N]`.
    target: Tensor,
    /// 1 where that may be seen, `[M, K, O, N]`.
    known: Tensor,
    /// `[1, O, 1]` each.
    rails: [Tensor; 2],
    /// What a nat costs, `[M]`.
    share: Tensor,
}

impl Latent {
    /// What a step adds to the next state, `[M, X, N]`, and what its posterior pays, `[M, N]`.
    fn step(
        &self,
        weights: &Weights<'_, Dims, Part>,
        t: usize,
        (hidden, said): (&Tensor, &Tensor),
    ) -> Result<(Tensor, Tensor)> {
        let now = |all: &Tensor| all.narrow(1, t, 1)?.squeeze(1);
        let (noise, target, known) = (now(&self.noise)?, now(&self.target)?, now(&self.known)?);
        let high = target.broadcast_ge(&self.rails[1])?.to_dtype(DType::F32)?;
        let low = target.broadcast_le(&self.rails[0])?.to_dtype(DType::F32)?;
        let above = said.gt(&target)?.to_dtype(DType::F32)?;
        let below = said.lt(&target)?.to_dtype(DType::F32)?;
        let bound = ((high * above)? + (low * below)?)?;
        let known = (&known * bound.affine(-1.0, 1.0)?)?;
        let innovation = ((target - said)? * &known)?;
        let used = known.max_keepdim(1)?; // [M, 1, N]
        let raw = affine(weights, (Part::LatentScale, Part::LatentScaleBias), hidden)?
            .clamp(LOG_STD[0], LOG_STD[1])?;
        let z = self.width;
        let (prior, posterior) = (raw.narrow(1, 0, z)?, raw.narrow(1, z, z)?);
        let mean = weights.get(Part::LatentGain)?.matmul(&innovation)?;
        let unused = used.affine(-1.0, 1.0)?;
        let std =
            (posterior.exp()?.broadcast_mul(&used)? + prior.exp()?.broadcast_mul(&unused)?)?;
        let latent = (mean.broadcast_mul(&used)? + (std * noise)?)?;
        let divergence = |prior: &Tensor, posterior: &Tensor, mean: &Tensor| {
            let square = ((posterior * 2.0)?.exp()? + mean.sqr()?)?;
            let square = (square * (prior * -2.0)?.exp()?)?;
            let nats = ((prior - posterior)? + (square * 0.5)?)?.affine(1.0, -0.5)?;
            let paid = nats.sum_keepdim(1)?.maximum(f64::from(FREE_NATS))?;
            paid.affine(1.0, -f64::from(FREE_NATS))
        };
        let by_prior = divergence(&prior, &posterior.detach(), &mean.detach())?;
        let by_posterior = divergence(&prior.detach(), &posterior, &mean)?;
        let [to_prior, to_posterior] = BALANCE.map(f64::from);
        let paid = ((by_prior * to_prior)? + (by_posterior * to_posterior)?)?.mul(&used)?;
        let pushed = weights.get(Part::LatentIn)?.matmul(&latent)?;
        Ok((pushed, paid.squeeze(1)?))
    }

    /// The divergence of all steps in the loss, `[M]`.
    fn price(&self, nats: &[Tensor]) -> Result<Tensor> {
        Tensor::stack(nats, 1)?.sum((1, 2))?.mul(&self.share)
    }
}

impl Eager {
    /// The path for a layout on a device.
    pub(super) fn new(layout: Layout, device: Device) -> Self {
        Self { layout, device }
    }

    /// Loss and gradient of each member on its batch.
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
        let weights = Weights::put(&self.layout, thetas, &self.device)?;
        let losses = self.loss(&weights, batches, gauge, phase)?; // [M]
        Ok(weights.gradients(&losses)?)
    }

    /// The members' losses, `[M]`.
    fn loss(
        &self,
        weights: &Weights<'_, Dims, Part>,
        batches: &[Batch],
        gauge: &Gauge,
        phase: Phase,
    ) -> Result<Tensor> {
        let dims = &self.layout.dims;
        let (n, k) = batches.first().map_or((0, 0), |b| (b.n_lanes, b.n_steps));
        let (n_state, n_obs) = (dims.n_state, dims.n_obs);
        let context = self.context(weights, batches)?;
        let past = self.stack(batches, (dims.n_past(), n), |b| &b.past)?;
        let enc_hidden = affine(weights, (Part::EncHidden, Part::EncHiddenBias), &past)?.tanh()?;
        let mut state = affine(weights, (Part::EncLinear, Part::EncBias), &past)?
            .add(&weights.get(Part::EncOut)?.matmul(&enc_hidden)?)?
            .clamp(-STATE_LIMIT, STATE_LIMIT)?; // [M, X, N]
        let mut base_hidden = weights.get(Part::HiddenBias)?.clone();
        let mut base_core = weights.get(Part::CoreBias)?.clone();
        if let Some(context) = &context {
            let hidden = weights.get(Part::ContextHidden)?.matmul(context)?;
            base_hidden = hidden.broadcast_add(&base_hidden)?; // [M, H, N]
            let core = weights.get(Part::ContextCore)?.matmul(context)?;
            base_core = core.broadcast_add(&base_core)?; // [M, X+O, N]
        }
        let core = Tensor::cat(&[weights.get(Part::Core)?, weights.get(Part::Residual)?], 2)?;
        let to_state = core.narrow(1, 0, n_state)?.contiguous()?; // [M, X, X+U+H]
        let to_mean = core.narrow(1, n_state, n_obs)?.contiguous()?; // [M, O, X+U+H]
        let state_base = base_core.narrow(1, 0, n_state)?;
        let mean_base = base_core.narrow(1, n_state, n_obs)?.unsqueeze(2)?; // [M, O, 1, N or 1]
        let input = self.stack(batches, (k, dims.n_in * n), |b| &b.input)?;
        let hidden_weight = weights.get(Part::Hidden)?;
        let (mut rows, mut hiddens) = (Vec::new(), Vec::new());
        let latent = self.latent(batches)?;
        let mut nats = Vec::new();
        for t in 0..k {
            let drive = if dims.n_in > 0 {
                let now = input
                    .narrow(1, t, 1)?
                    .reshape((batches.len(), dims.n_in, n))?;
                Tensor::cat(&[&state, &now], 1)?
            } else {
                state.clone()
            };
            let bent = hidden_weight.matmul(&drive)?.broadcast_add(&base_hidden)?;
            let hidden = self.hidden(weights, &bent)?;
            let row = Tensor::cat(&[&drive, &hidden], 1)?; // [M, X+U+H, N]
            let mut next = to_state.matmul(&row)?.broadcast_add(&state_base)?;
            if let Some(latent) = &latent {
                let said = to_mean
                    .matmul(&row)?
                    .broadcast_add(&mean_base.squeeze(2)?)?;
                let (pushed, paid) = latent.step(weights, t, (&hidden, &said))?;
                next = (next + pushed)?;
                nats.push(paid);
            }
            state = next.clamp(-STATE_LIMIT, STATE_LIMIT)?;
            rows.push(row);
            hiddens.push(hidden.detach());
        }
        let shape = (batches.len(), n_obs, k, n);
        let mean = to_mean.matmul(&Tensor::cat(&rows, 2)?)?.reshape(shape)?;
        let mean = mean.broadcast_add(&mean_base)?; // [M, O, K, N]
        let log_scale = affine(
            weights,
            (Part::Scale, Part::ScaleBias),
            &Tensor::cat(&hiddens, 2)?,
        )?
        .reshape(shape)?;
        let loss = self.score(batches, gauge, phase, (&mean, &log_scale))?;
        match &latent {
            Some(latent) => loss.add(&latent.price(&nats)?),
            None => Ok(loss),
        }
    }

    /// What the latent needs of the batches, where there is one.
    fn latent(&self, batches: &[Batch]) -> Result<Option<Latent>> {
        let dims = &self.layout.dims;
        let Some(first) = batches.first().filter(|_| dims.n_latent > 0) else {
            return Ok(None);
        };
        let (k, n, o) = (first.n_steps, first.n_lanes, dims.n_obs);
        let known = |batch: &Batch| -> Vec<f32> {
            let seen = |y: &f32| f32::from(u8::from(batch.is_guided && y.is_finite()));
            batch.target.iter().map(seen).collect()
        };
        let known: Vec<f32> = batches.iter().flat_map(known).collect();
        let target = batches.iter().flat_map(|batch| &batch.target);
        let target: Vec<f32> = target
            .map(|y| if y.is_finite() { *y } else { 0.0 })
            .collect();
        let tensor =
            |values, rows| Tensor::from_vec(values, (batches.len(), k, rows, n), &self.device);
        let rail = |end: usize| {
            let ends = first
                .rails
                .iter()
                .map(|rail| rail[end].clamp(-1e30, 1e30))
                .collect();
            Tensor::from_vec(ends, (1, o, 1), &self.device)
        };
        let counts = batches.iter().map(|batch| {
            let known = batch.target.iter().filter(|y| y.is_finite()).count();
            batch.price / known.max(1) as f32
        });
        Ok(Some(Latent {
            width: dims.n_latent,
            noise: tensor(
                batches
                    .iter()
                    .flat_map(|b| b.noise.iter().copied())
                    .collect(),
                dims.n_latent,
            )?,
            target: tensor(target, o)?,
            known: tensor(known, o)?,
            rails: [rail(0)?, rail(1)?],
            share: Tensor::from_vec(counts.collect(), batches.len(), &self.device)?,
        }))
    }

    /// Both layers from what their units are told by state, input and context, `[M, H, N]`.
    fn hidden(&self, weights: &Weights<'_, Dims, Part>, told: &Tensor) -> Result<Tensor> {
        let dims = &self.layout.dims;
        if dims.n_deep == 0 {
            return told.tanh();
        }
        let first = told.narrow(1, 0, dims.n_first())?.tanh()?;
        let deep = told.narrow(1, dims.n_first(), dims.n_deep)?;
        let deep = (deep + weights.get(Part::Deep)?.matmul(&first)?)?.tanh()?;
        Tensor::cat(&[&first, &deep], 1)
    }

    fn score(
        &self,
        batches: &[Batch],
        gauge: &Gauge,
        phase: Phase,
        said: (&Tensor, &Tensor),
    ) -> Result<Tensor> {
        let (n_members, n_obs, k, n) = said.0.dims4()?;
        let (target, share) = measured(batches.iter().map(|batch| &batch.target));
        let shape = (n_members, k, n_obs, n);
        let arrange = |values: Vec<f32>| {
            Tensor::from_vec(values, shape, &self.device)?
                .transpose(1, 2)?
                .contiguous()
        };
        let known = (arrange(target)?, arrange(share)?); // [M, O, K, N]
        let an_output = |values: Vec<f32>| Tensor::from_vec(values, (1, n_obs, 1, 1), &self.device);
        let inverse = an_output(gauge.spread.iter().map(|s| 1.0 / s).collect())?;
        let [low, high] = [0, 1].map(|end| an_output(gauge.rails.iter().map(|r| r[end]).collect()));
        let in_spreads = |error: Tensor| error.broadcast_mul(&inverse);
        score(known, said, [&low?, &high?], in_spreads, phase)
    }

    /// Product of the experts of the modalities that are present, `[M, Cd, N]`.
    fn context(
        &self,
        weights: &Weights<'_, Dims, Part>,
        batches: &[Batch],
    ) -> Result<Option<Tensor>> {
        let dims = &self.layout.dims;
        let n = batches.first().map_or(0, |batch| batch.n_lanes);
        if dims.n_context == 0 {
            return Ok(None);
        }
        let shape = (batches.len(), dims.n_context, n);
        let mut total = Tensor::ones(shape, DType::F32, &self.device)?;
        let mut sum = total.zeros_like()?;
        for (m, &n_features) in dims.n_features.iter().enumerate().filter(|(_, f)| **f > 0) {
            let features = self.stack(batches, (n_features, n), |b| &b.features[m])?;
            let present = self.stack(batches, (1, n), |b| &b.present[m])?;
            let mean = affine(weights, (Part::Mean(m), Part::MeanBias(m)), &features)?;
            let precision = affine(
                weights,
                (Part::Precision(m), Part::PrecisionBias(m)),
                &features,
            )?
            .clamp(LOG_PRECISION[0], LOG_PRECISION[1])?
            .exp()?
            .broadcast_mul(&present)?;
            sum = (sum + (&precision * &mean)?)?;
            total = (total + precision)?;
        }
        sum.div(&total).map(Some)
    }

    fn stack<'a>(
        &self,
        batches: &'a [Batch],
        (rows, cols): (usize, usize),
        of: impl Fn(&'a Batch) -> &'a Vec<f32>,
    ) -> Result<Tensor> {
        let flat: Vec<f32> = batches.iter().flat_map(|b| of(b).iter().copied()).collect();
        Tensor::from_vec(flat, (batches.len(), rows, cols), &self.device)
    }
}
