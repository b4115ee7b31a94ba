//! One member of the ensemble while it is trained.

use super::{
    backward::backward,
    batch::{Batch, Disturbance, Material},
    config::DynamicsConfig,
    fused::{self, Tape},
    latent,
    optimizer::{Rate, descend},
    params::Layout,
};
use crate::model::{
    ModelError,
    learning::{AdamW, Phase, Sampler, Spot, Trouble, clip, cosine, root_mean},
    prepared::{Block, Prepared},
};

/// Steps of a validation rollout.
const VAL_STEPS: usize = 360;
/// At most this many validation rollouts, spread over the material.
const MAX_VAL: usize = 96;
/// Lanes of a validation batch.
const VAL_LANES: usize = 32;

/// What all members share while training.
#[derive(Clone, Copy)]
pub(super) struct Shared<'a> {
    /// The data.
    pub(super) prep: &'a Prepared,
    /// What was prepared of them.
    pub(super) material: &'a Material,
    /// The order of parameters.
    pub(super) layout: &'a Layout,
    /// How to train.
    pub(super) plan: &'a DynamicsConfig,
}

impl Shared<'_> {
    /// What each member learns from.
    pub(super) fn samplers(self) -> Vec<Sampler> {
        Sampler::of_members(self.prep, self.plan.n_lags)
    }
}

/// One member while it is trained.
#[derive(Debug, Clone)]
pub(super) struct Member {
    /// Its position; it leaves out the fold of this number.
    pub(super) index: usize,
    /// Steps done.
    pub(super) step: usize,
    /// Its weights now.
    pub(super) theta: Vec<f32>,
    /// The optimiser's memory.
    pub(super) adam: AdamW,
    /// The weights with the best left-out free run.
    pub(super) best: Vec<f32>,
    /// The weights it began with: its linear core as identified.
    pub(super) start: Vec<f32>,
    /// The linear core with the best left-out free run, after its own training.
    pub(super) linear: Vec<f32>,
    /// Error of `best`, in units of the outputs' spread.
    pub(super) best_val: f64,
    /// Error of `start`.
    pub(super) start_val: f64,
    /// Error of `linear`.
    pub(super) linear_val: f64,
    /// The newest validation.
    pub(super) val: f64,
    /// Running mean of the training loss.
    pub(super) train: f64,
    /// Steps without a finite gradient, and what they did to the step size.
    pub(super) trouble: Trouble,
}

impl Member {
    /// A member that begins with some weights.
    pub(super) fn new(index: usize, theta: Vec<f32>, start_val: f64) -> Self {
        Self {
            index,
            step: 0,
            adam: AdamW::new(&theta),
            best: theta.clone(),
            start: theta.clone(),
            linear: theta.clone(),
            theta,
            best_val: f64::INFINITY,
            start_val,
            linear_val: f64::INFINITY,
            val: start_val,
            train: 0.0,
            trouble: Trouble::NONE,
        }
    }

    /// The batch of its next step.
    pub(super) fn next_batch(&self, shared: Shared<'_>, sampler: &Sampler) -> Batch {
        let plan = shared.plan;
        let horizon = window_steps(plan, self.step, sampler);
        let how = Disturbance {
            obs_noise: plan.obs_noise,
            dropout: plan.dropout,
            faults: plan.faults,
            latent_price: plan.latent_price,
        };
        let key = (plan.seed, [self.index as u64, self.step as u64]);
        let size = [plan.batch, horizon];
        let dims = &shared.layout.dims;
        let material = shared.material;
        material.draw(shared.prep, sampler, dims, size, how, key)
    }

    /// One training step on the fused path.
    pub(super) fn advance(
        &mut self,
        shared: Shared<'_>,
        sampler: &Sampler,
        work: &mut Workspace,
    ) -> Result<(), ModelError> {
        let batch = self.next_batch(shared, sampler);
        work.grad.resize(shared.layout.n_params, 0.0);
        fused::forward(shared.layout, &self.theta, &batch, &mut work.tape);
        let [loss, _] = fused::loss(
            &batch,
            &mut work.tape,
            &shared.material.gauge,
            phase_at(shared.plan, self.step),
        );
        let divergence = backward(
            shared.layout,
            &self.theta,
            &batch,
            &work.tape,
            &mut work.grad,
        );
        let loss = loss + divergence;
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
        let norm = clip(grad);
        if norm.is_finite() && loss.is_finite() {
            self.trouble.ends();
            let rate = rate_at(shared.plan, self.step, self.trouble.rate_share);
            descend(&mut self.adam, shared.layout, &mut self.theta, grad, rate);
            let keep = if self.step == 0 { 0.0 } else { 0.98 };
            self.train = keep * self.train + (1.0 - keep) * loss;
        } else if self.trouble.grows(self.index, self.step)? {
            self.theta.copy_from_slice(&self.best);
            self.adam = AdamW::new(&self.theta);
        }
        self.step += 1;
        if is_judged(shared.plan, self.step) {
            let blocks = &shared.prep.folds[self.index];
            let own = (self.index, self.adam.mean_weights.as_slice());
            let val = free_run_error(shared, own, blocks, tape);
            self.judge(shared.plan, val);
        }
        Ok(())
    }

    /// Takes the left-out error of its mean weights, and keeps them where they are the best.
    pub(super) fn judge(&mut self, plan: &DynamicsConfig, val: f64) {
        self.val = val;
        if is_linear(plan, self.step - 1) && val < self.linear_val {
            self.linear_val = val;
            self.linear.copy_from_slice(&self.adam.mean_weights);
        }
        if may_be_best(plan, self.step) && val < self.best_val {
            self.best_val = val;
            self.best.copy_from_slice(&self.adam.mean_weights);
        }
    }

    /// Whether it may go on.
    ///
    /// # Errors
    ///
    /// As [`Trouble::check`].
    #[cfg(feature = "cuda")]
    pub(super) fn check(&self) -> Result<(), ModelError> {
        self.trouble.check(self.index, self.step)
    }
}

/// Memory that a thread uses again and again.
#[derive(Debug, Default)]
pub(super) struct Workspace {
    /// Of the fused path.
    pub(super) tape: Tape,
    grad: Vec<f32>,
}

/// The free-run root mean square error of a member over some blocks, in units of the outputs' spread.
pub(super) fn free_run_error(
    shared: Shared<'_>,
    (member, theta): (usize, &[f32]),
    blocks: &[Block],
    tape: &mut Tape,
) -> f64 {
    let dims = &shared.layout.dims;
    let spots = val_spots(shared, blocks);
    let (mut square, mut count) = (0.0, 0.0);
    let n_paths = if dims.n_latent > 0 {
        latent::N_VAL_PATHS
    } else {
        1
    };
    for part in spots.chunks(VAL_LANES) {
        let n_steps = part
            .iter()
            .map(|spot| spot.end - spot.at)
            .max()
            .unwrap_or(0);
        let mut batch = Batch::new(dims, n_paths * part.len(), n_steps);
        for (lane, spot) in part.iter().enumerate() {
            for lane in n_paths * lane..n_paths * (lane + 1) {
                shared
                    .material
                    .fill(shared.prep, dims, &mut batch, lane, *spot, |_| 0.0);
            }
        }
        batch.fill_paths(dims, member, n_paths);
        fused::forward(shared.layout, theta, &batch, tape);
        latent::agree(tape, n_paths);
        let [_, mean_square] = fused::loss(&batch, tape, &shared.material.gauge, Phase::Huber);
        let known = batch.target.iter().filter(|y| y.is_finite()).count() as f64;
        square += mean_square * known;
        count += known;
    }
    root_mean(square, count)
}

/// The windows of a validation.
pub(super) fn val_spots(shared: Shared<'_>, blocks: &[Block]) -> Vec<Spot> {
    let dims = &shared.layout.dims;
    // A rollout keeps its first context: long ones would punish a model for using it.
    let long = dims.n_context == 0;
    let chunk = if long {
        VAL_STEPS
    } else {
        shared.plan.horizon_max
    };
    Sampler::new(blocks.to_vec(), dims.n_lags).in_turn(chunk, MAX_VAL)
}

/// Whether a validation follows this many steps. A pilot's early ones would decide nothing.
pub(super) fn is_judged(plan: &DynamicsConfig, step: usize) -> bool {
    let is_time = step.is_multiple_of(plan.val_every) || step == plan.n_steps;
    is_time && (!plan.is_pilot || may_be_best(plan, step))
}

/// Whether weights after so many steps may be those that answer.
fn may_be_best(plan: &DynamicsConfig, step: usize) -> bool {
    step * 5 >= plan.n_steps * 2
}

/// Which loss a step takes.
pub(super) fn phase_at(plan: &DynamicsConfig, step: usize) -> Phase {
    Phase::at(step, plan.n_steps, plan.huber_share)
}

/// Length of the windows of a step.
pub(super) fn window_steps(plan: &DynamicsConfig, step: usize, sampler: &Sampler) -> usize {
    horizon_at(plan, step).min(sampler.longest()).max(1)
}

/// Free runs grow: what is learned on short ones steadies the long ones.
fn horizon_at(plan: &DynamicsConfig, step: usize) -> usize {
    let percent = step * 100 / plan.n_steps.max(1);
    let horizon = match percent {
        0..10 => 8,
        10..25 => 32,
        25..45 => plan.horizon_max * 2 / 3,
        _ => plan.horizon_max,
    };
    horizon.clamp(1, plan.horizon_max.max(1))
}

/// The share of a training's work that its first steps are: a step takes about as long as its windows are.
pub(super) fn work_frac(plan: &DynamicsConfig, n_done: usize) -> f64 {
    let work = |n_steps: usize| {
        (0..n_steps)
            .map(|step| horizon_at(plan, step))
            .sum::<usize>()
    };
    work(n_done.min(plan.n_steps)) as f64 / work(plan.n_steps).max(1) as f64
}

/// Whether a step moves the linear part only.
///
/// A residual that grows beside an unfinished linear part takes over some of its work, and then
/// misleads where its units saturate outside the data.
fn is_linear(plan: &DynamicsConfig, step: usize) -> bool {
    (step as f64) < plan.linear_first * plan.n_steps as f64
}

/// Step sizes: a short warm-up, then half a cosine.
pub(super) fn rate_at(plan: &DynamicsConfig, step: usize, share: f32) -> Rate {
    let size = share * cosine(step, plan.n_steps, 20.0, 0.0033) * plan.rate;
    // Alone, the linear part is near its goal and moves gently.
    let (residual, linear) = if is_linear(plan, step) {
        (0.0, 0.1 * size)
    } else {
        (size, size * plan.linear_share)
    };
    Rate {
        residual,
        linear,
        decay: plan.decay,
        keep: plan.keep,
    }
}
