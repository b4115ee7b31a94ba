//! One member of the ensemble while it is trained.

use super::{
    backward::backward,
    config::TransformerConfig,
    free_run::{Shared, go_on},
    layout::{FAMILY, decays},
    loss::loss,
    net::{Tape, Tokens, forward},
    tokens::{Run, tokens_of},
};
use crate::{
    base::{Purpose, Stream},
    model::{
        ModelError,
        learning::{AdamW, Phase, Sampler, Trouble, clip, cosine},
    },
};

/// One member while it is trained.
#[derive(Debug, Clone)]
pub(super) struct Member {
    /// Its position; it leaves out the fold of this number.
    pub(super) index: usize,
    /// Steps done.
    pub(super) step: usize,
    /// Its weights now.
    pub(super) theta: Vec<f32>,
    adam: AdamW,
    /// The weights with the best left-out free run.
    pub(super) best: Vec<f32>,
    /// Its error, in units of the outputs' spread.
    pub(super) best_val: f64,
    /// The error it began with, which is the linear family's.
    pub(super) start_val: f64,
    /// The newest validation.
    pub(super) val: f64,
    trouble: Trouble,
}

/// A batch of training windows.
pub(super) struct Batch {
    /// Their tokens.
    pub(super) tokens: Tokens,
    /// What the linear family says, `[N, H, O]`.
    pub(super) linear: Vec<f32>,
    /// What was measured, `[N, H, O]`.
    pub(super) target: Vec<f32>,
}

impl Member {
    /// A member that begins as the linear family.
    pub(super) fn new(shared: Shared<'_>, index: usize, tape: &mut Tape) -> Self {
        let theta = shared.layout.init(shared.plan.seed, index);
        let val = shared.error(index, &theta, &shared.prep.folds[index], tape);
        Self {
            index,
            step: 0,
            adam: AdamW::new(&theta),
            best: theta.clone(),
            theta,
            best_val: val,
            start_val: val,
            val,
            trouble: Trouble::NONE,
        }
    }

    /// The batch of its next step.
    ///
    /// Later on some windows begin where a run has gone on by itself: what a model does to its own
    /// predictions is learned from them.
    pub(super) fn next_batch(
        &self,
        shared: Shared<'_>,
        sampler: &Sampler,
        tape: &mut Tape,
    ) -> Batch {
        let (plan, dims) = (shared.plan, &shared.layout.dims);
        let ids = [self.index as u64, self.step as u64, FAMILY];
        let mut place = Stream::new(plan.seed, Purpose::Shuffle, &ids).draws();
        let mut augment = Stream::new(plan.seed, Purpose::Augment, &ids).draws();
        let n_ahead = horizon_at(plan, self.step);
        let is_long = n_ahead == dims.n_future && self.step * 5 >= plan.n_steps * 2;
        let mut runs = Vec::with_capacity(plan.batch);
        let mut own = Vec::new();
        for lane in 0..plan.batch {
            let goes_on = is_long && (lane as f64) < plan.own_share * plan.batch as f64;
            let n_steps = if goes_on { 2 * n_ahead } else { n_ahead };
            let position = place.below(sampler.n_windows(n_steps));
            let Some(spot) = sampler.window(position, n_steps) else {
                continue;
            };
            let mut run = Run::of_spot(shared.prep, spot, n_steps);
            for modality in 0..3 {
                if augment.uniform() < plan.dropout {
                    run.without(modality);
                }
            }
            let is_enough = spot.at + n_ahead < spot.end;
            let list = if goes_on && is_enough {
                &mut own
            } else {
                &mut runs
            };
            list.push(run);
        }
        if !own.is_empty() {
            go_on(
                shared.core(self.index),
                &self.theta,
                &mut own,
                n_ahead,
                tape,
            );
            runs.append(&mut own);
        }
        let family = (shared.linear, self.index);
        let noise = Some((&mut augment, plan.obs_noise));
        let (tokens, linear) = tokens_of(dims, shared.gauge, family, &runs, n_ahead, noise);
        let targets = runs.iter().flat_map(|run| run.next_target(dims, n_ahead));
        Batch {
            target: targets.copied().collect(),
            tokens,
            linear,
        }
    }

    /// One training step on the plain path.
    ///
    /// # Errors
    ///
    /// [`ModelError::NotFinite`] at the tenth gradient that is not finite.
    pub(super) fn advance(
        &mut self,
        shared: Shared<'_>,
        sampler: &Sampler,
        work: &mut Workspace,
    ) -> Result<(), ModelError> {
        let batch = self.next_batch(shared, sampler, &mut work.tape);
        work.grad.resize(shared.layout.n_params, 0.0);
        let phase = phase_at(shared.plan, self.step);
        let loss = loss_and_grad(
            shared,
            &self.theta,
            &batch,
            phase,
            (&mut work.tape, &mut work.grad),
        );
        self.apply(shared, loss, &mut work.grad, &mut work.tape)
    }

    /// Takes the gradient of one step.
    ///
    /// # Errors
    ///
    /// [`ModelError::NotFinite`] at the tenth gradient that is not finite.
    pub(super) fn apply(
        &mut self,
        shared: Shared<'_>,
        loss: f64,
        grad: &mut [f32],
        tape: &mut Tape,
    ) -> Result<(), ModelError> {
        if clip(grad).is_finite() && loss.is_finite() {
            self.trouble.ends();
            let plan = shared.plan;
            let size = self.trouble.rate_share * cosine(self.step, plan.n_steps, 30.0, 0.005);
            let size = size * plan.rate;
            let slots = &shared.layout.slots;
            self.adam.step(slots, &mut self.theta, grad, |slot| {
                [
                    size,
                    if decays(slot.part) {
                        size * plan.decay
                    } else {
                        0.0
                    },
                ]
            });
            self.adam.remember(&self.theta, plan.keep);
        } else if self.trouble.grows(self.index, self.step)? {
            self.theta.copy_from_slice(&self.best);
            self.adam = AdamW::new(&self.theta);
        }
        self.step += 1;
        let plan = shared.plan;
        if self.step.is_multiple_of(plan.val_every) || self.step == plan.n_steps {
            let blocks = &shared.prep.folds[self.index];
            self.val = shared.error(self.index, &self.adam.mean_weights, blocks, tape);
            if self.val < self.best_val {
                self.best_val = self.val;
                self.best.copy_from_slice(&self.adam.mean_weights);
            }
        }
        Ok(())
    }
}

/// Memory that a thread uses again and again.
#[derive(Debug, Default)]
pub(super) struct Workspace {
    /// Of the forward pass.
    pub(super) tape: Tape,
    grad: Vec<f32>,
}

/// Loss and gradient of one member on a batch.
pub(super) fn loss_and_grad(
    shared: Shared<'_>,
    theta: &[f32],
    batch: &Batch,
    phase: Phase,
    (tape, grad): (&mut Tape, &mut [f32]),
) -> f64 {
    forward(shared.layout, theta, &batch.tokens, tape);
    let mut d_out = std::mem::take(&mut tape.out);
    let rows = (batch.linear.as_slice(), batch.target.as_slice());
    let loss = loss(&shared.layout.dims, shared.gauge, phase, rows, &mut d_out);
    backward(shared.layout, theta, &batch.tokens, tape, &d_out, grad);
    loss
}

/// Which loss a step takes.
pub(super) fn phase_at(plan: &TransformerConfig, step: usize) -> Phase {
    Phase::at(step, plan.n_steps, plan.huber_share)
}

/// Free runs grow: what is learned on short ones steadies the long ones.
fn horizon_at(plan: &TransformerConfig, step: usize) -> usize {
    let horizon = match step * 100 / plan.n_steps.max(1) {
        0..10 => plan.n_future / 4,
        10..25 => plan.n_future / 2,
        _ => plan.n_future,
    };
    horizon.max(1)
}
