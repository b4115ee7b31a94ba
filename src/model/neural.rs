//! The neural family's place in the race: its settings, its training within the time given, what it sees.

use std::cell::Cell;

use super::{
    ModalityGain, ModelError, Tier, TrainConfig, TrainEvent, TrainHooks,
    budget::Budget,
    checkpoint::{TrainingState, write_state},
    dynamics::{DynamicsConfig, DynamicsModel, DynamicsTraining, search},
    progress::{LEARNING_FROM, NEURAL_FROM, SCORING_FROM, TRANSFORMER_FROM, report, tell},
    rollout::thread_count,
    runs::TierRuns,
    train::Field,
};
use crate::{
    base::{Issue, Place, Severity, to_count},
    data::Modality,
};

/// Seconds between two training states handed out.
const CHECKPOINT_SECS: f64 = 10.0;
/// Share of a budget after which no further setting is tried.
const SEARCH_SHARE: f64 = 0.4;
/// Points of the training curve.
const CURVE_POINTS: usize = 200;
/// Share of the time left that a training is cut down to: short ones tell the pace of a long one but roughly.
const SAFE: f64 = 0.9;
/// No training is cut down to fewer steps.
const LEAST_STEPS: usize = 100;
/// A modality that brings less is switched off.
const MIN_GAIN: f64 = 0.005;

/// A family that was trained, and what is to be said of how.
struct Trained {
    model: DynamicsModel,
    /// Whether it learned from sensors at fault.
    breaks_sensors: bool,
    /// Steps that there was time for, and those planned, where these are not the same.
    cut: Option<[usize; 2]>,
}

impl Field {
    pub(super) fn fit_neural(
        &mut self,
        config: &TrainConfig,
        state: Option<TrainingState>,
        budget: Budget,
        hooks: &mut TrainHooks<'_>,
    ) -> Result<(), ModelError> {
        let fit_started = hooks.clock.monotonic_secs();
        let trained = match self.train_neural(config, state, budget, hooks) {
            Ok(trained) => {
                if config.noise.faults && !trained.breaks_sensors {
                    self.notes.push(without_faults());
                }
                if let Some([done, planned]) = trained.cut {
                    self.notes.push(cut_short(done, planned));
                }
                trained.model
            }
            Err(error @ (ModelError::TooFewRows { .. } | ModelError::NotFinite { .. })) => {
                self.notes.push(left_out(&error));
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        trained
            .device_name()
            .clone_into(&mut self.provenance.device);
        self.families.neural = Some(trained);
        self.choose_modalities();
        self.enter(
            Tier::Neural,
            hooks.clock.monotonic_secs() - fit_started,
            hooks,
        )
    }

    fn train_neural(
        &self,
        config: &TrainConfig,
        state: Option<TrainingState>,
        budget: Budget,
        hooks: &mut TrainHooks<'_>,
    ) -> Result<Trained, ModelError> {
        let prepared = &self.view.prepared;
        let (mut training, n_planned) = if let Some(state) = state {
            let training = DynamicsTraining::resume(prepared, &state.neural)?;
            let training = training.with_threads(thread_count(config.n_threads));
            let n_planned = training.n_steps();
            (training, n_planned)
        } else {
            let (plan, n_planned) = self.settings(config, budget, hooks)?;
            (DynamicsTraining::start(prepared, &plan)?, n_planned)
        };
        let chunk = (training.n_steps() / CURVE_POINTS).max(1);
        let until = if self.wants_transformer(config) {
            TRANSFORMER_FROM
        } else {
            SCORING_FROM
        };
        let digest = self.provenance.data_digest;
        let state_of = |training: &DynamicsTraining| {
            TrainEvent::Checkpoint(write_state(&training.to_bytes(), digest, config))
        };
        let mut saved = hooks.clock.monotonic_secs();
        while !training.is_done() {
            if let Err(error) = training.advance(prepared, chunk, hooks.stop) {
                if matches!(error, ModelError::Stopped(_)) {
                    (hooks.on_event)(state_of(&training));
                }
                return Err(error);
            }
            (hooks.on_event)(TrainEvent::Loss {
                step: training.step(),
                n_steps: training.n_steps(),
                train: training.train_loss(),
                val: training.val_loss(),
            });
            let at = LEARNING_FROM + (until - LEARNING_FROM) * training.work_frac();
            report(hooks, "neural", at);
            let now = hooks.clock.monotonic_secs();
            if now - saved >= CHECKPOINT_SECS {
                saved = now;
                (hooks.on_event)(state_of(&training));
            }
            if budget.is_spent(now, 1.0) {
                break;
            }
        }
        if self.wants_transformer(config) {
            // What follows may be interrupted too, and begins anew from here.
            (hooks.on_event)(state_of(&training));
        }
        let n_done = training.step();
        Ok(Trained {
            breaks_sensors: training.breaks_sensors(),
            model: training.finish(prepared),
            cut: (n_done < n_planned).then_some([n_done, n_planned]),
        })
    }

    /// The settings that serve best, as far as there is time to try some, with as many steps as there is time
    /// for; and how many were planned.
    fn settings(
        &self,
        config: &TrainConfig,
        budget: Budget,
        hooks: &TrainHooks<'_>,
    ) -> Result<(DynamicsConfig, usize), ModelError> {
        let prepared = &self.view.prepared;
        let mut plan = DynamicsConfig::for_data(prepared, config.preset);
        plan.seed = config.seed;
        plan.n_threads = thread_count(config.n_threads);
        plan.device = config.device;
        plan.disturb(config.noise);
        plan.dead_time.clone_from(&self.dead_time);
        let (clock, reporter) = (hooks.clock, hooks.reporter);
        let pace = Pace::default();
        let go_on = |done: f64, n_pilots: usize| {
            let at = NEURAL_FROM + (LEARNING_FROM - NEURAL_FROM) * done;
            tell(reporter, "neural", at);
            let now = clock.monotonic_secs();
            let there_is_time = !budget.is_spent(now + pace.secs_of(n_pilots, now), SEARCH_SHARE);
            if there_is_time {
                pace.begins(n_pilots, now);
            }
            there_is_time
        };
        let mut found = search(prepared, &plan, &go_on, hooks.stop)?;
        let now = clock.monotonic_secs();
        let n_planned = found.n_steps;
        let told = (pace.mean(now), found.n_pilot_steps);
        found.n_steps = steps_in_time(n_planned, told, budget.left(now));
        Ok((found, n_planned))
    }

    /// Switches off each modality without which the left-out error is no larger.
    fn choose_modalities(&mut self) {
        let Some(neural) = self.families.get(Tier::Neural) else {
            return;
        };
        let present = self.view.prepared.n_features.map(|n| n > 0);
        let n_obs = self.view.prepared.n_obs;
        let spreads = self.spreads();
        let error = |shown: [bool; 3]| {
            let runs = TierRuns::new(Tier::Neural, &neural, &self.leftout, shown, n_obs);
            let of = |output: usize| runs.sums(&self.leftout, output, None, n_obs).rmse();
            let errors = (0..n_obs).map(|output| of(output) / spreads[output]);
            errors.filter(|one| one.is_finite()).sum::<f64>()
        };
        let mut shown = present;
        let full = error(present);
        for at in (0..3).filter(|&at| present[at]) {
            let mut without = present;
            without[at] = false;
            let gain = 1.0 - full / error(without).max(1e-12);
            shown[at] = gain > MIN_GAIN;
            self.gains.push(ModalityGain {
                modality: Modality::ALL[at],
                used: shown[at],
                gain,
                by_output: vec![gain; n_obs],
            });
        }
        self.families.modalities = shown;
    }
}

/// How long a short training takes, by those before.
#[derive(Default)]
struct Pace {
    /// When the first was asked for.
    began: Cell<Option<f64>>,
    /// How many of the shortest all asked for are worth.
    n_asked: Cell<usize>,
    /// When the newest was asked for, and how many times as long as the shortest it is.
    newest: Cell<Option<(f64, usize)>>,
    /// Seconds of the slowest of the shortest.
    slowest: Cell<f64>,
}

impl Pace {
    /// Seconds that one more will take that is so many times as long; 0 before any was seen.
    fn secs_of(&self, times: usize, now: f64) -> f64 {
        if self.began.get().is_none() {
            self.began.set(Some(now));
        }
        if let Some((asked, before)) = self.newest.get() {
            let secs = (now - asked) / before.max(1) as f64;
            self.slowest.set(self.slowest.get().max(secs));
        }
        self.slowest.get() * times as f64
    }

    /// Takes note that one begins.
    fn begins(&self, times: usize, now: f64) {
        self.newest.set(Some((now, times)));
        self.n_asked.set(self.n_asked.get() + times);
    }

    /// Seconds of one of the shortest on average, once all have ended.
    fn mean(&self, now: f64) -> Option<f64> {
        let n_asked = self.n_asked.get();
        let began = self.began.get().filter(|_| n_asked > 0)?;
        Some((now - began) / n_asked as f64)
    }
}

/// As many steps as there is time for, where short trainings have told how long so many of them take: the
/// step size falls to nothing and the runs grow long by a training's end, so that half of a longer one is
/// worth less than all of a shorter.
fn steps_in_time(
    n_steps: usize,
    (pilot_secs, n_pilot_steps): (Option<f64>, usize),
    left: Option<f64>,
) -> usize {
    let (Some(pilot_secs), Some(left)) = (pilot_secs, left) else {
        return n_steps;
    };
    let whole = pilot_secs * n_steps as f64 / n_pilot_steps.max(1) as f64;
    if whole <= left {
        return n_steps;
    }
    let steps = to_count(n_steps as f64 * SAFE * left / whole);
    steps.max(LEAST_STEPS).min(n_steps)
}

/// Says that the time given was not enough for all steps.
fn cut_short(done: usize, planned: usize) -> Issue {
    let text = format!(
        "the time given was enough for {done} of the {planned} steps planned for the neural candidate"
    );
    Issue::new(Place::default(), Severity::Warning, "neural-cut", text)
        .with("steps", done)
        .with("needed", planned)
}

/// Says that the neural candidate does not run, and why.
fn left_out(error: &ModelError) -> Issue {
    let text = format!("the neural candidate was left out: {error}");
    let place = Place::default();
    match error {
        ModelError::TooFewRows { found, needed } => {
            Issue::new(place, Severity::Warning, "no-neural-rows", text)
                .with("count", found)
                .with("least", needed)
        }
        ModelError::NotFinite { step, term } => {
            Issue::new(place, Severity::Warning, "no-neural-number", text)
                .with("steps", step)
                .with("value", term)
        }
        _ => Issue::new(place, Severity::Warning, "no-neural", text),
    }
}

/// Says that sensors at fault were tried in training and left out again.
fn without_faults() -> Issue {
    let text = "training with sensors at fault was left out: without it the left-out error of \
                sensors that work is lower";
    Issue::new(Place::default(), Severity::Info, "no-faults", text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_of_trials_is_that_of_the_slowest() {
        let pace = Pace::default();
        let ask = |times: usize, now: f64| {
            let secs = pace.secs_of(times, now);
            pace.begins(times, now);
            secs
        };
        assert!(ask(1, 0.0).abs() < 1e-12, "nothing was seen yet");
        assert!((ask(4, 3.0) - 12.0).abs() < 1e-12);
        // Four times as long as the shortest, and quicker than the first said.
        assert!((ask(1, 11.0) - 3.0).abs() < 1e-12);
        assert!((ask(2, 16.0) - 10.0).abs() < 1e-12);
        // One that is asked for and for which there is no time does not begin.
        assert!((pace.secs_of(9, 24.0) - 45.0).abs() < 1e-12);
        assert!(
            pace.mean(24.0)
                .is_some_and(|mean| (mean - 3.0).abs() < 1e-12)
        );
        assert!(Pace::default().mean(1.0).is_none());
    }

    #[test]
    fn a_plan_is_cut_to_the_time_that_is_left() {
        let steps = |pilot_secs, left| steps_in_time(4_000, (pilot_secs, 500), left);
        assert_eq!(steps(Some(3.0), Some(30.0)), 4_000);
        assert_eq!(steps(Some(3.0), Some(12.0)), 1_800);
        assert_eq!(steps(Some(3.0), Some(0.0)), LEAST_STEPS);
        assert_eq!(steps(Some(3.0), None), 4_000);
        assert_eq!(steps(None, Some(12.0)), 4_000);
        assert_eq!(steps_in_time(50, (Some(9.0), 10), Some(1.0)), 50);
    }
}
