//! Training's part in pictures, sound and checklists: the models that are tried with them.

use super::{
    ModelError, Tier, TrainConfig, TrainHooks,
    calibration::Calibration,
    prepare::prepare,
    race::mean_crps,
    runs::TierRuns,
    senses::{self, Answering, Memory, Trial},
    train::{Answers, Field},
};
use crate::{
    base::{Issues, Silent},
    data::Dataset,
};

impl Field {
    /// Lets pictures, sound and checklists in, where they help on left-out folds.
    pub(super) fn look_and_listen(
        &mut self,
        dataset: &Dataset,
        (config, started): (&TrainConfig, f64),
        hooks: &TrainHooks<'_>,
    ) -> Result<(), ModelError> {
        if self.all_modalities.is_empty() {
            return Ok(());
        }
        let answers = self.answers(hooks)?;
        let scores = self.answer_scores(&answers);
        let answering: Vec<Answering<'_>> = scores
            .into_iter()
            .enumerate()
            .filter_map(|(output, score)| {
                let (runs, _) = self.answering(&answers, output)?;
                Some(Answering { runs, score })
            })
            .collect();
        let desk = senses::Desk {
            dataset,
            prepared: &self.view.prepared,
            leftout: &self.leftout,
            answering: &answering,
            plan: config.senses,
            fusion: config.fusion,
            seed: config.seed,
            n_threads: super::rollout::thread_count(config.n_threads),
            stop: hooks.stop,
        };
        let mut notes = Issues::new();
        let mut quick =
            |heard: &Dataset, fading: Memory| trial((heard, fading), config, hooks, Depth::Quick);
        let mut whole = |heard: &Dataset, fading: Memory| {
            trial((heard, fading), config, hooks, Depth::Whole { started })
        };
        let spent = hooks.clock.monotonic_secs() - started;
        let is_time = config.budget_secs.is_none_or(|budget| spent < budget);
        let whole: Option<&mut senses::Train<'_>> = is_time.then_some(&mut whole);
        (self.senses, self.gains) = desk.choose(&mut quick, whole, &mut notes)?;
        for note in notes.into_vec() {
            self.notes.push(note);
        }
        Ok(())
    }

    /// The left-out runs of what answers an output, with their bands.
    fn answering<'a>(
        &'a self,
        answers: &'a Answers,
        output: usize,
    ) -> Option<(&'a TierRuns, &'a Calibration)> {
        let of = |tier: Tier| self.runs.iter().position(|runs| runs.tier == tier);
        if answers.chosen[output] == Tier::Naive {
            let naive = of(Tier::Naive)?;
            return Some((&self.runs[naive], &self.calibration[naive][output]));
        }
        let alone = answers.shares[output].alone().and_then(of);
        let runs = alone
            .map(|at| &self.runs[at])
            .or(answers.blended.as_ref())?;
        Some((runs, answers.calibration.get(output)?))
    }

    /// The left-out CRPS of what answers each output, in units of its spread.
    fn answer_scores(&self, answers: &Answers) -> Vec<f64> {
        let n_obs = self.view.prepared.n_obs;
        let spreads = self.spreads();
        let of = |output: usize| {
            let (runs, calibration) = self.answering(answers, output)?;
            let crps = mean_crps(runs, &self.leftout, output, calibration, n_obs);
            Some(crps / spreads[output])
        };
        (0..n_obs)
            .map(|output| of(output).unwrap_or(f64::NAN))
            .collect()
    }
}

/// Which families a trial trains.
#[derive(Clone, Copy)]
enum Depth {
    /// Those that take seconds.
    Quick,
    /// The neural one too; training began at `started`.
    Whole { started: f64 },
}

/// Trains families on a dataset whose last inputs are known up to a start only.
fn trial(
    (dataset, fading): (&Dataset, Memory),
    config: &TrainConfig,
    hooks: &TrainHooks<'_>,
    depth: Depth,
) -> Result<Trial, ModelError> {
    let mut notes = Issues::new();
    let mut view = prepare(dataset, config.n_members, false, &mut notes)?;
    view.prepared.fading = fading;
    let mut field = Field::new(dataset, config, dataset.digest(), view, notes);
    let mut silent = TrainHooks {
        stop: hooks.stop,
        clock: hooks.clock,
        reporter: &Silent,
        on_event: &mut |_event| {},
        resume: None,
    };
    field.fit_simple(&mut silent)?;
    field.fit_polynomial(config.n_threads, &mut silent)?;
    if let Depth::Whole { started } = depth {
        field.fit_neural(config, None, started, &mut silent)?;
    }
    let answers = field.answers(&silent)?;
    Ok(Trial {
        scores: field.answer_scores(&answers),
        model: field.decide(&silent)?,
    })
}
