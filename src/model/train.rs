//! Trains every family, lets them race, and tells a usable model as soon as there is one.

use std::collections::BTreeMap;

use super::{
    CandidateScore, FittedModel, Fusion, ModalityGain, ModelError, Tier, TrainConfig, TrainEvent,
    TrainHooks,
    blend::Weights,
    budget::Budget,
    calibration::Calibration,
    checkpoint::{TrainingState, read_state},
    derived::{pays, with_derived},
    device::resolve,
    fitted::{Families, Provenance},
    leftout::LeftOut,
    linear::{LinearModel, fit_linear},
    naive::NaiveModel,
    narx::fit_narx,
    picture::{self, Decoder},
    prepare::{View, prepare},
    prepared::Simulator as _,
    progress::{BeforeTrials, NARX_FROM, NEURAL_FROM, SCORING_FROM, TRANSFORMER_FROM, report},
    race::score,
    rails::with_blurred_ends,
    rollout::thread_count,
    runs::TierRuns,
    senses::Senses,
};
use crate::{
    base::{Digest, Issue, Issues, Place, Severity},
    data::{Dataset, Modality},
};

/// Trains all candidates and lets them race.
///
/// # Errors
///
/// [`ModelError`] where the data cannot carry any model, where the device is not there, and
/// where training was stopped; what a checkpoint event handed over before stays valid.
pub fn train(
    dataset: &Dataset,
    config: &TrainConfig,
    hooks: &mut TrainHooks<'_>,
) -> Result<FittedModel, ModelError> {
    let budget = Budget::new(hooks.clock.monotonic_secs(), config.budget_secs);
    // A device that is not there is found before any work is done.
    resolve(config.device)?;
    let digest = dataset.digest();
    let state = hooks
        .resume
        .take()
        .map(|bytes| read_state(&bytes, digest, config));
    let state = state.transpose()?;
    report(hooks, "preparing", 0.0);
    let mut notes = Issues::new();
    let sees_inside = config.fusion == Fusion::Inside;
    let view = prepare(
        dataset,
        config.n_members,
        sees_inside,
        &mut notes,
        hooks.stop,
    )?;
    hooks.stop.check()?;
    let mut field = Field::new(dataset, config, digest, view, notes);
    let listens = matches!(config.fusion, Fusion::Late | Fusion::Attention);
    let has_trials = listens && !field.all_modalities.is_empty();
    let part = BeforeTrials(hooks.reporter);
    let mut first = TrainHooks {
        stop: hooks.stop,
        clock: hooks.clock,
        reporter: if has_trials { &part } else { hooks.reporter },
        on_event: &mut *hooks.on_event,
        resume: None,
    };
    field.race((dataset, config), state, budget, &mut first)?;
    if listens {
        field.look_and_listen(dataset, (config, budget.keeping(0.0)), hooks)?;
    }
    report(hooks, "scoring", SCORING_FROM);
    let lesson = picture::Lesson {
        way: config.frames,
        seed: config.seed,
        n_threads: thread_count(config.n_threads),
        stop: hooks.stop,
    };
    let prepared = &field.view.prepared;
    field.decoder = Decoder::learned(dataset, prepared, &lesson, &mut field.notes)?;
    let model = field.decide(hooks)?;
    report(hooks, "scoring", 1.0);
    Ok(model)
}

/// Everything that is on the field of the race.
pub(super) struct Field {
    pub(super) view: View,
    pub(super) leftout: LeftOut,
    /// Runs that go on for longer, where the folds allow it.
    pub(super) long: Option<LeftOut>,
    pub(super) provenance: Provenance,
    pub(super) all_modalities: Vec<Modality>,
    pub(super) families: Families,
    /// The linear family with all outputs by its joint equations.
    together: Option<LinearModel>,
    pub(super) dead_time: Vec<usize>,
    pub(super) runs: Vec<TierRuns>,
    /// The same of the runs that go on for longer; empty where there are none.
    pub(super) far: Vec<TierRuns>,
    pub(super) calibration: Vec<Vec<Calibration>>,
    pub(super) weights: BTreeMap<Tier, Weights>,
    pub(super) scores: Vec<CandidateScore>,
    pub(super) gains: Vec<ModalityGain>,
    pub(super) senses: Senses,
    pub(super) decoder: Option<Decoder>,
    pub(super) notes: Issues,
}

impl Field {
    pub(super) fn new(
        dataset: &Dataset,
        config: &TrainConfig,
        digest: Digest,
        view: View,
        notes: Issues,
    ) -> Self {
        let leftout = LeftOut::new(&view.prepared);
        let long = LeftOut::long(&view.prepared);
        let tracks = &dataset.media.tracks;
        let all_modalities = Modality::ALL
            .into_iter()
            .filter(|modality| tracks.iter().any(|track| track.modality == *modality))
            .collect();
        let provenance = Provenance {
            id: String::new(),
            seed: config.seed,
            data_digest: digest,
            device: "cpu".to_owned(),
            folds: view.prepared.folds.clone(),
            episode_steps: view
                .prepared
                .episodes
                .iter()
                .map(|one| one.n_steps)
                .collect(),
            step_secs: Some(view.prepared.step_secs),
            config_digest: config.digest(digest),
        };
        let n_in = view.prepared.n_in;
        let rails = view.prepared.rails.clone();
        Self {
            view,
            leftout,
            long,
            provenance,
            all_modalities,
            families: Families {
                naive: NaiveModel::default(),
                linear: LinearModel::default(),
                narx: None,
                neural: None,
                transformer: None,
                modalities: [true; 3],
                rails,
            },
            together: None,
            dead_time: vec![0; n_in],
            runs: Vec::new(),
            far: Vec::new(),
            calibration: Vec::new(),
            weights: BTreeMap::new(),
            scores: Vec::new(),
            gains: Vec::new(),
            senses: Senses::default(),
            decoder: None,
            notes,
        }
    }

    /// Fits every family on the sensors; a usable model is handed out as soon as there is one.
    fn race(
        &mut self,
        (dataset, config): (&Dataset, &TrainConfig),
        state: Option<TrainingState>,
        budget: Budget,
        hooks: &mut TrainHooks<'_>,
    ) -> Result<(), ModelError> {
        report(hooks, "linear", 0.01);
        self.fit_simple(hooks)?;
        self.hand_out(hooks)?;
        self.bound((dataset, config), hooks)?;
        let plain = self.derive((dataset, config), hooks)?;
        report(hooks, "narx", NARX_FROM);
        self.fit_polynomial(config.n_threads, hooks)?;
        if let Some(plain) = plain {
            self.stay_derived(plain, config.n_threads, hooks)?;
        }
        if self.families.narx.is_some() {
            self.hand_out(hooks)?;
        }
        report(hooks, "neural", NEURAL_FROM);
        let spent = budget.spent(hooks.clock.monotonic_secs());
        let budget = budget.keeping(self.reserve(config, spent));
        self.fit_neural(config, state, budget, hooks)?;
        if self.wants_transformer(config) {
            report(hooks, "transformer", TRANSFORMER_FROM);
            self.fit_transformer(config, budget, hooks)?;
        }
        Ok(())
    }

    /// Begins anew with ends of outputs' ranges that a sensor's noise hides, where the linear family runs
    /// against them.
    fn bound(
        &mut self,
        (dataset, config): (&Dataset, &TrainConfig),
        hooks: &mut TrainHooks<'_>,
    ) -> Result<(), ModelError> {
        let Some(runs) = self.runs.iter().find(|runs| runs.tier == Tier::Linear) else {
            return Ok(());
        };
        let together = self.together.as_ref();
        let found = with_blurred_ends(&self.view, (runs, together, &self.leftout), hooks.stop)?;
        let Some((view, found)) = found else {
            return Ok(());
        };
        let mut notes = std::mem::take(&mut self.notes);
        notes.extend(found);
        *self = Self::new(dataset, config, self.provenance.data_digest, view, notes);
        self.fit_simple(hooks)?;
        self.hand_out(hooks)
    }

    /// Begins anew with inputs made of others, where these are a gain to the linear family; the field as
    /// it was.
    fn derive(
        &mut self,
        (dataset, config): (&Dataset, &TrainConfig),
        hooks: &mut TrainHooks<'_>,
    ) -> Result<Option<Self>, ModelError> {
        let Some((view, found)) = with_derived(dataset, &self.view, hooks.stop)? else {
            return Ok(None);
        };
        let mut notes = self.notes.clone();
        notes.extend(found);
        let wider = Self::new(dataset, config, self.provenance.data_digest, view, notes);
        let plain = std::mem::replace(self, wider);
        self.fit_simple(hooks)?;
        self.hand_out(hooks)?;
        Ok(Some(plain))
    }

    /// Goes back to the field without inputs made of others where the better of the quick families gains
    /// nothing by them: what a line takes for a belt or a switch may be a bend that a polynomial finds.
    fn stay_derived(
        &mut self,
        mut plain: Self,
        n_threads: usize,
        hooks: &mut TrainHooks<'_>,
    ) -> Result<(), ModelError> {
        let mut quiet = TrainHooks {
            stop: hooks.stop,
            clock: hooks.clock,
            reporter: hooks.reporter,
            on_event: &mut |_event| {},
            resume: None,
        };
        plain.fit_polynomial(n_threads, &mut quiet)?;
        if pays(&plain.quick_errors(), &self.quick_errors()) {
            return Ok(());
        }
        *self = plain;
        for score in &self.scores {
            (hooks.on_event)(TrainEvent::Scored(score.clone()));
        }
        Ok(())
    }

    /// The least left-out error of the linear and the polynomial family, an output each.
    fn quick_errors(&self) -> Vec<f64> {
        let quick = |score: &&CandidateScore| matches!(score.tier, Tier::Linear | Tier::Narx);
        let n_outputs = self.view.normalizer.outputs.len();
        let least = |output: usize| {
            let scores = self.scores.iter().filter(quick);
            let errors = scores.filter_map(|score| score.rmse_norm_by_channel.get(output));
            errors.copied().fold(f64::INFINITY, f64::min)
        };
        (0..n_outputs).map(least).collect()
    }

    /// Hands out the model as the race stands: what is slower may still be minutes away.
    fn hand_out(&self, hooks: &mut TrainHooks<'_>) -> Result<(), ModelError> {
        let model = self.decide(hooks)?;
        (hooks.on_event)(TrainEvent::Usable(Box::new(model)));
        Ok(())
    }

    /// Fits and scores the families that take seconds.
    pub(super) fn fit_simple(&mut self, hooks: &mut TrainHooks<'_>) -> Result<(), ModelError> {
        let started = hooks.clock.monotonic_secs();
        self.families.naive = NaiveModel::fit(&self.view.prepared, &self.leftout);
        self.enter(Tier::Naive, hooks.clock.monotonic_secs() - started, hooks)?;
        let started = hooks.clock.monotonic_secs();
        let fit = fit_linear(&self.view.prepared, &self.leftout, hooks.stop)?;
        self.families.linear = fit.model;
        self.together = fit.together;
        self.dead_time = fit.dead_time;
        self.enter(Tier::Linear, hooks.clock.monotonic_secs() - started, hooks)
    }

    /// Fits and scores the polynomial family; it stays out where every polynomial ran away.
    pub(super) fn fit_polynomial(
        &mut self,
        n_threads: usize,
        hooks: &mut TrainHooks<'_>,
    ) -> Result<(), ModelError> {
        let started = hooks.clock.monotonic_secs();
        let (prepared, linear) = (&self.view.prepared, &self.families.linear);
        let told = |done: f64| {
            let whole = NEURAL_FROM - NARX_FROM;
            report(hooks, "narx", NARX_FROM + whole * done);
        };
        let n_threads = thread_count(n_threads);
        let asked = (hooks.stop, &told as &dyn Fn(f64));
        self.families.narx = fit_narx(prepared, &self.leftout, linear, n_threads, asked)?;
        if self.families.narx.is_none() {
            let text = "the narx candidate was left out: every polynomial leaves the range that was \
                        met when it runs freely from left-out starts";
            let place = Place::default();
            self.notes
                .push(Issue::new(place, Severity::Info, "no-narx", text));
        }
        self.enter(Tier::Narx, hooks.clock.monotonic_secs() - started, hooks)
    }

    /// Runs a family over the left-out starts, calibrates and scores it.
    pub(super) fn enter(
        &mut self,
        tier: Tier,
        fit_secs: f64,
        hooks: &mut TrainHooks<'_>,
    ) -> Result<(), ModelError> {
        hooks.stop.check()?;
        let n_obs = self.view.prepared.n_obs;
        let Some(family) = self.families.get(tier) else {
            return Ok(());
        };
        let runs = TierRuns::new(
            tier,
            &family,
            &self.leftout,
            self.families.modalities,
            n_obs,
        );
        let shown = self.families.modalities;
        let long = self.long.as_ref();
        let far_runs = long.map(|long| TierRuns::new(tier, &family, long, shown, n_obs));
        let far = far_runs.as_ref().zip(long);
        let calibration: Vec<Calibration> = (0..n_obs)
            .map(|output| Calibration::fit((&runs, &self.leftout), far, output, n_obs))
            .collect();
        let fitted = (family.n_params(), fit_secs);
        let scored = score(&runs, &self.leftout, &self.spreads(), &calibration, fitted);
        let scored = self.with_constant_outputs(scored);
        (hooks.on_event)(TrainEvent::Scored(scored.clone()));
        let weights = (0..n_obs).map(|output| runs.weights(output));
        self.weights.insert(tier, weights.collect());
        self.runs.push(runs);
        self.far.extend(far_runs);
        self.calibration.push(calibration);
        self.scores.push(scored);
        Ok(())
    }

    /// Seconds to keep back for trying modalities, each of which takes as long as the quick families
    /// took, and several are tried; half of what is left at most, so that the others learn too.
    fn reserve(&self, config: &TrainConfig, quick_secs: f64) -> f64 {
        let n_modalities = self.all_modalities.len();
        if n_modalities == 0 || !matches!(config.fusion, Fusion::Late | Fusion::Attention) {
            return 0.0;
        }
        let left = config.budget_secs.map_or(0.0, |secs| secs - quick_secs);
        (quick_secs * (n_modalities + 1) as f64).min(left.max(0.0) / 2.0)
    }

    pub(super) fn spreads(&self) -> Vec<f64> {
        let outputs = &self.view.normalizer.outputs;
        let active = self.view.normalizer.active();
        active
            .iter()
            .map(|&output| outputs[output].scale.spread)
            .collect()
    }

    /// The same score with a zero for every output that never moves.
    fn with_constant_outputs(&self, mut scored: CandidateScore) -> CandidateScore {
        let mut all = vec![0.0; self.view.normalizer.outputs.len()];
        for (output, error) in self
            .view
            .normalizer
            .active()
            .iter()
            .zip(scored.rmse_norm_by_channel)
        {
            all[*output] = error;
        }
        scored.rmse_norm_by_channel = all;
        scored
    }
}
