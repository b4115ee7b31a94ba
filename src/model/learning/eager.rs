//! Members' weights and their loss as tensors with autograd, all members in one graph.

use candle_core::{D, DType, Device, Tensor, Var};

use super::{
    layout::Layout,
    loss::{BEND, LOG_SCALE, Phase, SCALE_FLOOR},
};

type Result<T> = std::result::Result<T, candle_core::Error>;

/// All members' parameters, `[M, rows, cols]` each.
pub(crate) struct Weights<'a, D, P> {
    layout: &'a Layout<D, P>,
    vars: Vec<Var>,
    n_members: usize,
}

impl<'a, D, P: Copy + PartialEq + std::fmt::Debug> Weights<'a, D, P> {
    /// Puts all members' weights on a device.
    ///
    /// # Errors
    ///
    /// Where the device refuses, such as for lack of memory.
    pub(crate) fn put(
        layout: &'a Layout<D, P>,
        thetas: &[&[f32]],
        device: &Device,
    ) -> Result<Self> {
        let vars = layout.slots.iter().map(|slot| {
            let parts = thetas.iter().map(|theta| &theta[slot.range.clone()]);
            let flat: Vec<f32> = parts.flatten().copied().collect();
            let shape = (thetas.len(), slot.n_rows, slot.n_cols);
            Var::from_tensor(&Tensor::from_vec(flat, shape, device)?)
        });
        Ok(Self {
            layout,
            vars: vars.collect::<Result<_>>()?,
            n_members: thetas.len(),
        })
    }

    /// One array of all members.
    ///
    /// # Errors
    ///
    /// Where these sizes lack it.
    pub(crate) fn get(&self, part: P) -> Result<&Tensor> {
        let position = self.layout.slots.iter().position(|slot| slot.part == part);
        let var = position.and_then(|position| self.vars.get(position));
        var.map(Var::as_tensor)
            .ok_or_else(|| candle_core::Error::msg(format!("no array {part:?}")))
    }

    /// Each member's loss with its gradient in the order of its flat weights; `losses` is `[M]`.
    ///
    /// # Errors
    ///
    /// Where the device refuses.
    pub(crate) fn gradients(&self, losses: &Tensor) -> Result<Vec<(f64, Vec<f32>)>> {
        let grads = losses.sum_all()?.backward()?;
        let mut results: Vec<(f64, Vec<f32>)> = losses
            .to_vec1::<f32>()?
            .into_iter()
            .map(|loss| (f64::from(loss), Vec::with_capacity(self.layout.n_params)))
            .collect();
        for (slot, var) in self.layout.slots.iter().zip(&self.vars) {
            let len = slot.range.len();
            let flat = match grads.get(var) {
                Some(grad) => grad.flatten_all()?.to_vec1::<f32>()?,
                None => vec![0.0; len * self.n_members],
            };
            for ((_, all), part) in results.iter_mut().zip(flat.chunks_exact(len.max(1))) {
                all.extend_from_slice(part);
            }
        }
        Ok(results)
    }
}

/// What was measured, 0 where nothing was, and the share of each value in its member's loss.
pub(crate) fn measured<'a>(targets: impl Iterator<Item = &'a Vec<f32>>) -> (Vec<f32>, Vec<f32>) {
    let (mut target, mut share) = (Vec::new(), Vec::new());
    for all in targets {
        let n_known = all.iter().filter(|y| y.is_finite()).count().max(1);
        for y in all {
            let is_known = y.is_finite();
            target.push(if is_known { *y } else { 0.0 });
            share.push(if is_known { 1.0 / n_known as f32 } else { 0.0 });
        }
    }
    (target, share)
}

/// Each member's loss, `[M]`: arrays are `[M, …]`, `rails` stretch to them.
///
/// `in_spreads` brings an error into units of the outputs' spread.
///
/// # Errors
///
/// Where the device refuses.
pub(crate) fn score(
    (target, share): (Tensor, Tensor),
    (mean, log_scale): (&Tensor, &Tensor),
    [low, high]: [&Tensor; 2],
    in_spreads: impl Fn(Tensor) -> Result<Tensor>,
    phase: Phase,
) -> Result<Tensor> {
    // No error where an output rests at an end of its range and the mean lies beyond.
    let above = target.broadcast_ge(high)?.mul(&mean.gt(&target)?)?;
    let below = target.broadcast_le(low)?.mul(&mean.lt(&target)?)?;
    let none = share.zeros_like()?;
    let share = above.add(&below)?.where_cond(&none, &share)?;
    let known = share.gt(0.0_f32)?.to_dtype(DType::F32)?;
    let residual = in_spreads((target - mean)?)?.mul(&known)?;
    let scale = (log_scale.clamp(LOG_SCALE[0], LOG_SCALE[1])?.exp()? + f64::from(SCALE_FLOOR))?;
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

/// Half the square, growing linearly beyond a bound.
fn bent(z: &Tensor, bound: f32) -> Result<Tensor> {
    let slope = z.clamp(-bound, bound)?;
    slope.mul(&(z - (&slope * 0.5)?)?)
}
