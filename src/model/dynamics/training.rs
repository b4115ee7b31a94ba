//! Training of all members, resumable at every step.

use candle_core::Device;

#[cfg(feature = "cuda")]
use super::cuda::CudaRun;
use super::{
    batch::Material,
    config::DynamicsConfig,
    eager::Eager,
    member::{Member, Shared, Workspace, free_run_error, phase_at, work_frac},
    params::Layout,
    simulator::DynamicsModel,
    start::begin,
    state::{self, Restored},
};
use crate::{
    base::StopToken,
    model::{
        DeviceChoice, ModelError,
        device::{device_name, resolve},
        learning::{bring_to, geometric_mean, ratios},
        prepared::Prepared,
        rollout::thread_count,
    },
};

/// The residual is worth its risk where it lowers left-out errors at least to this share.
const WORTH: f64 = 0.97;
/// A member that makes its linear core's error this many times larger has failed.
const FAILED: f64 = 2.0;

/// All members while they are trained.
#[derive(Debug)]
pub(crate) struct DynamicsTraining {
    pub(super) plan: DynamicsConfig,
    pub(super) layout: Layout,
    pub(super) material: Material,
    pub(super) members: Vec<Member>,
    device: Device,
    #[cfg(feature = "cuda")]
    card: Option<Box<CudaRun>>,
}

impl DynamicsTraining {
    /// Identifies the linear cores and makes the members ready.
    ///
    /// # Errors
    ///
    /// [`ModelError::TooFewRows`] where there is nothing to learn from, [`ModelError::Device`]
    /// where a device was named that is not there.
    pub(crate) fn start(prep: &Prepared, config: &DynamicsConfig) -> Result<Self, ModelError> {
        let device = resolve(config.device)?;
        let plan = config.clone();
        let material = Material::new(prep, &plan.dead_time);
        let (layout, members) = begin(prep, &material, &plan)?;
        Ok(Self {
            plan,
            layout,
            material,
            members,
            device,
            #[cfg(feature = "cuda")]
            card: None,
        })
    }

    /// Goes on from [`DynamicsTraining::to_bytes`].
    ///
    /// # Errors
    ///
    /// [`ModelError::Damaged`], [`ModelError::Newer`], or [`ModelError::OtherRun`] where the data
    /// have another shape.
    pub(crate) fn resume(prep: &Prepared, bytes: &[u8]) -> Result<Self, ModelError> {
        let Restored {
            plan,
            dims,
            members,
            device,
        } = state::read(bytes)?;
        let found = [dims.n_obs, dims.n_in, members.len()];
        let expected = [prep.n_obs, prep.n_in, prep.folds.len()];
        if found != expected || dims.n_features != prep.n_features {
            return Err(ModelError::OtherRun {
                what: "data",
                found: format!("{found:?} outputs, inputs and folds"),
                expected: format!("{expected:?}"),
            });
        }
        let material = Material::new(prep, &plan.dead_time);
        let choice = DeviceChoice::from_name(&device).unwrap_or(DeviceChoice::Cpu);
        let layout = Layout::new(&dims);
        Ok(Self {
            plan,
            layout,
            material,
            members,
            // Another machine may lack the card; the processor goes on in its place.
            device: resolve(choice).unwrap_or(Device::Cpu),
            #[cfg(feature = "cuda")]
            card: None,
        })
    }

    /// Sets the number of threads; results do not depend on it.
    pub(crate) fn with_threads(mut self, n_threads: usize) -> Self {
        self.plan.n_threads = n_threads;
        self
    }

    /// Trains all members some steps further.
    ///
    /// # Errors
    ///
    /// [`ModelError::Stopped`] within one step of being asked; the state stays valid.
    /// [`ModelError::NotFinite`] where a member's gradients stay broken.
    pub(crate) fn advance(
        &mut self,
        prep: &Prepared,
        n_steps: usize,
        stop: &StopToken,
    ) -> Result<(), ModelError> {
        let goal = (self.step() + n_steps).min(self.plan.n_steps);
        let shared = Shared {
            prep,
            material: &self.material,
            layout: &self.layout,
            plan: &self.plan,
        };
        #[cfg(feature = "cuda")]
        if matches!(self.device, Device::Cuda(_)) {
            // Members that a stop left at different steps are brought to the same one first.
            let most = self.members.iter().map(|m| m.step).max().unwrap_or(goal);
            if self.members.iter().any(|m| m.step < most) {
                advance_fused(shared, &mut self.members, most, stop)?;
            }
            if most >= goal {
                return Ok(());
            }
            if self.card.is_none() {
                match CudaRun::new(shared, &self.members) {
                    Ok(run) => self.card = run.map(Box::new),
                    // A card that is full or fails is no reason to stop where none was asked for.
                    Err(_refused) if self.plan.device == DeviceChoice::Auto => {
                        self.device = Device::Cpu;
                    }
                    Err(error) => return Err(error),
                }
            }
            if let Some(card) = &mut self.card {
                let end = card.advance(shared, &mut self.members, goal, stop);
                if !matches!(end, Ok(()) | Err(ModelError::Stopped(_))) {
                    self.card = None;
                }
                return end;
            }
        }
        if !matches!(self.device, Device::Cpu) {
            let eager = Eager::new(self.layout.clone(), self.device.clone());
            return advance_eager(shared, &eager, &mut self.members, goal, stop);
        }
        advance_fused(shared, &mut self.members, goal, stop)
    }

    /// The training on the card, for its free runs.
    #[cfg(feature = "cuda")]
    pub(crate) fn take_card(&mut self) -> Option<Box<CudaRun>> {
        self.card.take()
    }

    /// Steps that every member has done.
    pub(crate) fn step(&self) -> usize {
        self.members
            .iter()
            .map(|member| member.step)
            .min()
            .unwrap_or(0)
    }

    /// Whether it learns from windows in which a sensor is at fault.
    pub(crate) fn breaks_sensors(&self) -> bool {
        self.plan.faults > 0.0
    }

    /// Steps planned.
    pub(crate) fn n_steps(&self) -> usize {
        self.plan.n_steps
    }

    /// The share of the work that is done.
    pub(crate) fn work_frac(&self) -> f64 {
        work_frac(&self.plan, self.step())
    }

    /// Whether all steps are done.
    pub(crate) fn is_done(&self) -> bool {
        self.step() >= self.plan.n_steps
    }

    /// The members' mean training loss.
    pub(crate) fn train_loss(&self) -> f64 {
        self.mean(|member| member.train)
    }

    /// The members' mean left-out free-run error, in units of the outputs' spread.
    pub(crate) fn val_loss(&self) -> Option<f64> {
        let error = self.mean(|member| member.val);
        error.is_finite().then_some(error)
    }

    /// States of the core.
    pub(super) fn n_state(&self) -> usize {
        self.layout.dims.n_state
    }

    /// The least left-out free-run error of each member so far.
    pub(super) fn left_out_errors(&self) -> Vec<f64> {
        self.members.iter().map(|member| member.best_val).collect()
    }

    /// The whole state as bytes.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        state::write(
            &self.plan,
            &self.layout.dims,
            &self.members,
            device_name(&self.device),
        )
    }

    /// Ends the training with each member's best weights.
    ///
    /// One fold is too little to judge by, so whether refining the linear core pays, and whether
    /// the residual then does, is asked of all members together: where their left-out free runs
    /// are no better on the whole, every member answers without. So does a single member whose
    /// free run fails.
    pub(crate) fn finish(self, prep: &Prepared) -> DynamicsModel {
        let shared = Shared {
            prep,
            material: &self.material,
            layout: &self.layout,
            plan: &self.plan,
        };
        let refined = self.ratio(|member| (member.linear_val, member.start_val)) < 1.0;
        let base = |member: &Member| {
            if refined {
                member.linear_val
            } else {
                member.start_val
            }
        };
        let pays = self.ratio(|member| (member.best_val, base(member))) < WORTH;
        let mut work = Workspace::default();
        let mut weights = Vec::new();
        for member in &self.members {
            let mut kept = if refined {
                &member.linear
            } else {
                &member.start
            };
            if pays && member.best_val < FAILED * base(member) {
                let blocks = prep.training_blocks(member.index);
                let [now, before] = [&member.best, kept].map(|theta| {
                    free_run_error(shared, (member.index, theta), &blocks, &mut work.tape)
                });
                if now < FAILED * before {
                    kept = &member.best;
                }
            }
            weights.push(kept.clone());
        }
        let device = device_name(&self.device);
        let Self {
            layout,
            material,
            plan,
            ..
        } = self;
        DynamicsModel::new(
            layout,
            weights,
            material.gauge.spread,
            plan.dead_time,
            device,
        )
    }

    /// The members' geometric mean of a new error against an old one.
    fn ratio(&self, of: impl Fn(&Member) -> (f64, f64)) -> f64 {
        geometric_mean(&ratios(self.members.iter().map(of)))
    }

    /// Error on left-out folds of the better linear core and of the best weights, a member each.
    #[cfg(test)]
    pub(crate) fn val_pairs(&self) -> Vec<[f64; 2]> {
        let row = |member: &Member| [member.start_val.min(member.linear_val), member.best_val];
        self.members.iter().map(row).collect()
    }

    /// A model of other weights of its members.
    #[cfg(all(test, feature = "cuda"))]
    pub(super) fn model_of(&self, weights: Vec<Vec<f32>>) -> DynamicsModel {
        let (layout, spread) = (self.layout.clone(), self.material.gauge.spread.clone());
        DynamicsModel::new(layout, weights, spread, self.plan.dead_time.clone(), "cuda")
    }

    fn mean(&self, of: impl Fn(&Member) -> f64) -> f64 {
        self.members.iter().map(of).sum::<f64>() / self.members.len().max(1) as f64
    }
}

/// On the processor, each member by itself.
fn advance_fused(
    shared: Shared<'_>,
    members: &mut [Member],
    goal: usize,
    stop: &StopToken,
) -> Result<(), ModelError> {
    let threads = (thread_count(shared.plan.n_threads), "member");
    let place = |member: &Member| (member.step, member.index);
    let samplers = shared.samplers();
    let step = |member: &mut Member, work: &mut Workspace| {
        stop.check()?;
        member.advance(shared, &samplers[member.index], work)
    };
    bring_to(members, goal, threads, place, step)
}

/// All members that are furthest behind take each step together, as one graph.
fn advance_eager(
    shared: Shared<'_>,
    eager: &Eager,
    members: &mut [Member],
    goal: usize,
    stop: &StopToken,
) -> Result<(), ModelError> {
    let mut work = Workspace::default();
    let samplers = shared.samplers();
    loop {
        stop.check()?;
        let step = members
            .iter()
            .map(|member| member.step)
            .min()
            .unwrap_or(goal);
        if step >= goal {
            return Ok(());
        }
        let mut group: Vec<&mut Member> = members.iter_mut().filter(|m| m.step == step).collect();
        let batches: Vec<_> = group
            .iter()
            .map(|member| member.next_batch(shared, &samplers[member.index]))
            .collect();
        let thetas: Vec<&[f32]> = group.iter().map(|member| member.theta.as_slice()).collect();
        let phase = phase_at(shared.plan, step);
        let results = eager.loss_and_grad(&thetas, &batches, &shared.material.gauge, phase)?;
        for (member, (loss, mut grad)) in group.iter_mut().zip(results) {
            member.apply(shared, loss, &mut grad, &mut work.tape)?;
        }
    }
}
