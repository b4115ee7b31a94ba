//! What the tests of the model lean on: a quiet training, a question, a span.

use gemba::{
    base::{Silent, StopToken, SystemClock},
    data::{Dataset, Span, Split},
    model::{
        FittedModel, Members, ModelError, Preset, RolloutRequest, TrainConfig, TrainHooks, train,
    },
};

/// Trains without saying anything.
pub(crate) fn learn(data: &Dataset, config: &TrainConfig) -> Result<FittedModel, ModelError> {
    let mut hooks = TrainHooks {
        stop: &StopToken::new(),
        clock: &SystemClock::new(),
        reporter: &Silent,
        on_event: &mut |_event| {},
        resume: None,
    };
    train(data, config, &mut hooks)
}

/// A model of the smallest preset with three members.
pub(crate) fn small_model(data: &Dataset) -> FittedModel {
    let config = TrainConfig {
        preset: Some(Preset::Tiny),
        n_members: 3,
        ..TrainConfig::default()
    };
    learn(data, &config).expect("a model")
}

/// What comes after a step of the first episode, from 50 steps before, without draws.
pub(crate) fn ahead(data: &Dataset, start: usize, horizon_steps: usize) -> RolloutRequest<'_> {
    RolloutRequest {
        dataset: data,
        episode: 0,
        start,
        n_context: 50,
        horizon_steps,
        controls: None,
        n_draws: 0,
        seed: 0,
        n_threads: 1,
        members: Members::All,
        tier: None,
    }
}

/// Steps of an episode.
pub(crate) fn span(episode: usize, start: usize, end: usize, split: Split) -> Span {
    Span {
        episode,
        start,
        end,
        split,
    }
}
