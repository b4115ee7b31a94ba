//! One member of the ensemble while it is trained.

use super::{
    backward::backward,
    config::TransformerConfig,
    free_run::{Shared, go_on},
    layout::FAMILY,
    loss::{Phase, loss},
    net::{Tape, Tokens, forward},
    optimizer::{AdamW, Rate},
    tokens::{Run, tokens_of},
    windows::Sampler,
};
use crate::{
    base::{Purpose, Stream},
    model::{
        ModelError,
        dynamics::clip,
        prepared::{Block, Prepared},
    },
};

/// Gradients that are not finite before a member gives up.
const MOST_BAD: u32 = 10;

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
    rate_share: f32,
    n_bad: [u32; 2],
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
            rate_share: 1.0,
            n_bad: [0; 2],
        }
    }

    /// The blocks it learns from.
    pub(super) fn training_blocks(&self, prep: &Prepared) -> Vec<Block> {
        let others = prep.folds.iter().enumerate();
        others
            .filter(|(fold, _)| *fold != self.index || prep.folds.len() == 1)
            .flat_map(|(_, blocks)| blocks.iter().copied())
            .collect()
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
            let Some(spot) = sampler.spot(&mut place, n_steps) else {
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
        let mut grad = std::mem::take(&mut work.grad);
        grad.resize(shared.layout.n_params, 0.0);
        let phase = phase_at(shared.plan, self.step);
        let loss = loss_and_grad(
            shared,
            &self.theta,
            &batch,
            phase,
            (&mut work.tape, &mut grad),
        );
        let done = self.apply(shared, loss, &mut grad, &mut work.tape);
        work.grad = grad;
        done
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
            self.n_bad[0] = 0;
            let rate = rate_at(shared.plan, self.step, self.rate_share);
            self.adam.step(shared.layout, &mut self.theta, grad, rate);
        } else {
            self.stumble()?;
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

    /// A gradient was not finite: the step is left out; at the third in a row training goes back
    /// to the best weights with half the step size.
    fn stumble(&mut self) -> Result<(), ModelError> {
        self.n_bad = self.n_bad.map(|count| count + 1);
        if self.n_bad[1] >= MOST_BAD {
            return Err(ModelError::NotFinite {
                step: self.step,
                term: format!("the gradient of member {}", self.index),
            });
        }
        if self.n_bad[0] >= 3 {
            self.n_bad[0] = 0;
            self.rate_share *= 0.5;
            self.theta.copy_from_slice(&self.best);
            self.adam = AdamW::new(&self.theta);
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
    if (step as f64) < plan.huber_share * plan.n_steps as f64 {
        Phase::Huber
    } else {
        Phase::Likelihood
    }
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

/// Step sizes: a short warm-up, then half a cosine.
#[expect(clippy::cast_possible_truncation, reason = "weights are f32")]
fn rate_at(plan: &TransformerConfig, step: usize, share: f32) -> Rate {
    let done = step as f64 / plan.n_steps.max(1) as f64;
    let cosine = 0.5 * (1.0 + (std::f64::consts::PI * done).cos());
    let warm = ((step + 1) as f64 / 30.0).min(1.0);
    Rate {
        size: share * (warm * (0.005 + 0.995 * cosine)) as f32 * plan.rate,
        decay: plan.decay,
        keep: plan.keep,
    }
}
