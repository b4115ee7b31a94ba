//! Training of all members, and the judgement whether it was worth it.

use candle_core::Device;

use super::{
    config::TransformerConfig,
    eager::Eager,
    free_run::Shared,
    layout::{Dims, Layout},
    member::{Member, Workspace, phase_at},
    simulator::TransformerModel,
};
use crate::{
    base::StopToken,
    model::{
        ModelError,
        device::resolve,
        learning::{Gauge, bring_to, geometric_mean, ratios},
        linear::LinearModel,
        prepared::Prepared,
    },
};

/// The family is worth its risk where it lowers the linear family's left-out errors at least to
/// this share.
const WORTH: f64 = 0.97;
/// A pilot that makes them this many times larger is not gone on with.
const HOPELESS: f64 = 1.1;

/// All members while they are trained.
#[derive(Debug)]
pub(crate) struct TransformerTraining<'a> {
    prep: &'a Prepared,
    linear: &'a LinearModel,
    pub(super) plan: TransformerConfig,
    pub(super) layout: Layout,
    pub(super) gauge: Gauge,
    pub(super) members: Vec<Member>,
    device: Device,
}

/// How a training ended that gave no model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct NoGain {
    /// Left-out error against the linear family's, as a geometric mean over members.
    pub(crate) ratio: f64,
    /// Steps done.
    pub(crate) step: usize,
}

impl<'a> TransformerTraining<'a> {
    /// Makes the members ready; each begins as the linear family.
    ///
    /// # Errors
    ///
    /// [`ModelError::TooFewRows`] where no window fits, [`ModelError::Device`] where a device was
    /// named that is not there, [`ModelError::Stopped`].
    pub(crate) fn start(
        prep: &'a Prepared,
        linear: &'a LinearModel,
        plan: &TransformerConfig,
        stop: &StopToken,
    ) -> Result<Self, ModelError> {
        let longest = prep.folds.iter().flatten().map(|b| b.end - b.start).max();
        let (found, needed) = (longest.unwrap_or(0), plan.n_past + plan.n_future);
        if found < needed {
            return Err(ModelError::TooFewRows { found, needed });
        }
        let mut training = Self {
            prep,
            linear,
            plan: plan.clone(),
            layout: Layout::new(&Dims::new(prep, plan)),
            gauge: Gauge::of(prep),
            members: Vec::new(),
            device: resolve(plan.device)?,
        };
        let mut work = Workspace::default();
        for index in 0..prep.folds.len() {
            stop.check()?;
            let member = Member::new(training.shared(), index, &mut work.tape);
            training.members.push(member);
        }
        Ok(training)
    }

    /// What all members share.
    pub(super) fn shared(&self) -> Shared<'_> {
        Shared {
            prep: self.prep,
            plan: &self.plan,
            layout: &self.layout,
            gauge: &self.gauge,
            linear: self.linear,
        }
    }

    /// Trains all members some steps further, at first no further than to the pilot's end.
    ///
    /// # Errors
    ///
    /// [`ModelError::Stopped`] within one step of being asked; [`ModelError::NotFinite`] where a
    /// member's gradients stay broken; [`ModelError::Candle`] where a device refuses.
    pub(crate) fn advance(&mut self, n_steps: usize, stop: &StopToken) -> Result<(), ModelError> {
        let pilot = self.plan.pilot_steps();
        let most = if self.step() < pilot {
            pilot
        } else {
            self.plan.n_steps
        };
        let goal = (self.step() + n_steps).min(most);
        let mut members = std::mem::take(&mut self.members);
        let end = if matches!(self.device, Device::Cpu) {
            advance_plain(self.shared(), &mut members, goal, stop)
        } else {
            self.advance_eager(&mut members, goal, stop)
        };
        self.members = members;
        end
    }

    /// All members take each step together, as one graph.
    fn advance_eager(
        &self,
        members: &mut [Member],
        goal: usize,
        stop: &StopToken,
    ) -> Result<(), ModelError> {
        let shared = self.shared();
        let eager = Eager::new(&self.layout, self.device.clone());
        let mut work = Workspace::default();
        let samplers = shared.samplers();
        while let Some(step) = members
            .first()
            .map(|one| one.step)
            .filter(|step| *step < goal)
        {
            stop.check()?;
            let mut batches = Vec::with_capacity(members.len());
            for (member, sampler) in members.iter().zip(&samplers) {
                batches.push(member.next_batch(shared, sampler, &mut work.tape));
            }
            let thetas: Vec<&[f32]> = members.iter().map(|one| one.theta.as_slice()).collect();
            let phase = phase_at(&self.plan, step);
            let results = eager.loss_and_grad(&thetas, &batches, &self.gauge, phase)?;
            for (member, (loss, mut grad)) in members.iter_mut().zip(results) {
                member.apply(shared, loss, &mut grad, &mut work.tape)?;
            }
        }
        Ok(())
    }

    /// Steps that every member has done.
    pub(crate) fn step(&self) -> usize {
        self.members.iter().map(|one| one.step).min().unwrap_or(0)
    }

    /// Steps planned.
    pub(crate) fn n_steps(&self) -> usize {
        self.plan.n_steps
    }

    /// Whether all steps are done, or the pilot showed that they would be in vain.
    pub(crate) fn is_done(&self) -> bool {
        let step = self.step();
        step >= self.plan.n_steps
            || (step == self.plan.pilot_steps() && self.ratio(|one| one.val) > HOPELESS)
    }

    /// Ends the training with each member's best weights.
    ///
    /// One fold is too little to judge by, so whether the family is worth its risk is asked of all
    /// members together.
    pub(crate) fn finish(self) -> Result<TransformerModel, NoGain> {
        let (ratio, step) = (self.ratio(|one| one.best_val), self.step());
        if self.is_done() && step < self.plan.n_steps || ratio >= WORTH {
            let ratio = if step < self.plan.n_steps {
                self.ratio(|one| one.val)
            } else {
                ratio
            };
            return Err(NoGain { ratio, step });
        }
        let weights = self.members.into_iter().map(|one| one.best).collect();
        Ok(TransformerModel::new(
            self.layout,
            weights,
            self.gauge,
            self.linear.clone(),
        ))
    }

    /// The members' geometric mean of an error against the one they began with.
    fn ratio(&self, of: impl Fn(&Member) -> f64) -> f64 {
        let pairs = self.members.iter().map(|one| (of(one), one.start_val));
        geometric_mean(&ratios(pairs))
    }
}

/// On the processor, each member by itself.
fn advance_plain(
    shared: Shared<'_>,
    members: &mut [Member],
    goal: usize,
    stop: &StopToken,
) -> Result<(), ModelError> {
    let threads = (shared.plan.n_threads, "transformer");
    let place = |member: &Member| (member.step, member.index);
    let samplers = shared.samplers();
    let step = |member: &mut Member, work: &mut Workspace| {
        stop.check()?;
        member.advance(shared, &samplers[member.index], work)
    };
    bring_to(members, goal, threads, place, step)
}
