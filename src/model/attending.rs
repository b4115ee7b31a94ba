//! Training's part in the transformer family: whether it runs, and what comes of it.

use super::{
    Attention, ModelError, Tier, TrainConfig, TrainHooks,
    budget::Budget,
    progress::{SCORING_FROM, TRANSFORMER_FROM, report},
    rollout::thread_count,
    train::Field,
    transformer::{NoGain, TransformerConfig, TransformerTraining},
};
use crate::base::{Issue, Place, Severity};

/// Steps between two reports.
const STEPS: usize = 10;

impl Field {
    /// Whether the transformer family is in the race.
    pub(super) fn wants_transformer(&self, config: &TrainConfig) -> bool {
        match config.transformer {
            Attention::Auto => TransformerConfig::suits(&self.view.prepared, config.preset),
            Attention::On => true,
            Attention::Off => false,
        }
    }

    /// Trains and scores the transformer family; it stays out where it brings nothing.
    pub(super) fn fit_transformer(
        &mut self,
        config: &TrainConfig,
        budget: Budget,
        hooks: &mut TrainHooks<'_>,
    ) -> Result<(), ModelError> {
        let fit_started = hooks.clock.monotonic_secs();
        let prepared = &self.view.prepared;
        let mut plan = TransformerConfig::for_data(prepared, config.preset);
        plan.seed = config.seed;
        plan.n_threads = thread_count(config.n_threads);
        plan.device = config.device;
        if !config.noise.noise {
            plan.obs_noise = 0.0;
        }
        if !config.noise.dropout {
            plan.dropout = 0.0;
        }
        let learn = || {
            let linear = &self.families.linear;
            let mut training = TransformerTraining::start(prepared, linear, &plan, hooks.stop)?;
            while !training.is_done() {
                if budget.is_spent(hooks.clock.monotonic_secs(), 1.0) {
                    break;
                }
                training.advance(STEPS, hooks.stop)?;
                let done = training.step() as f64 / training.n_steps().max(1) as f64;
                let whole = SCORING_FROM - TRANSFORMER_FROM;
                report(hooks, "transformer", TRANSFORMER_FROM + whole * done);
            }
            Ok(training.finish())
        };
        let trained = match learn() {
            Ok(Ok(trained)) => trained,
            Ok(Err(no_gain)) => {
                self.notes.push(without_transformer(no_gain, plan.n_steps));
                return Ok(());
            }
            Err(ModelError::TooFewRows { found, needed }) => {
                let text = format!(
                    "the transformer candidate was left out: it needs {needed} steps in a row, \
                     the longest stretch has {found}"
                );
                let place = Place::default();
                let issue = Issue::new(place, Severity::Warning, "no-transformer-rows", text)
                    .with("count", found)
                    .with("least", needed);
                self.notes.push(issue);
                return Ok(());
            }
            Err(ModelError::NotFinite { step, term }) => {
                let text = format!(
                    "the transformer candidate was left out: training gave a number that is not \
                     finite in {term} at step {step}"
                );
                let place = Place::default();
                let issue = Issue::new(place, Severity::Warning, "no-transformer-number", text)
                    .with("steps", step)
                    .with("value", term);
                self.notes.push(issue);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        self.families.transformer = Some(trained);
        let secs = hooks.clock.monotonic_secs() - fit_started;
        self.enter(Tier::Transformer, secs, hooks)
    }
}

/// Says that the transformer brought nothing beyond the linear family.
fn without_transformer(no_gain: NoGain, planned: usize) -> Issue {
    let NoGain { ratio, step } = no_gain;
    let percent = format!("{:.0}", 100.0 * ratio);
    let text = format!(
        "the transformer candidate was left out: after {step} of {planned} steps its left-out error \
         is {percent} % of the linear family's"
    );
    Issue::new(Place::default(), Severity::Info, "no-transformer", text)
        .with("value", percent)
        .with("steps", step)
        .with("least", planned)
}
