//! One scenario rolled out: plan, futures, support, and what really happened.

use super::{
    EngineError, Env, Loaded, RunAnswer, ScenarioSide,
    draws::{LEAST_OF_SCENARIO, check_draws, fitting_draws},
    frames::scenario_pictures,
};
use crate::{
    base::{Issue, Issues, to_f32},
    data::{Dataset, Trajectory},
    model::{FittedModel, Members, RolloutRequest},
    scenario::{Plan, ScenarioSpec, make_plan},
};

/// Rolls one scenario out.
///
/// # Errors
///
/// As [`super::compare()`].
pub fn run_scenario(
    loaded: &Loaded,
    spec: &ScenarioSpec,
    n_draws: usize,
    seed: u64,
    env: &Env<'_>,
) -> Result<RunAnswer, EngineError> {
    check_draws(n_draws)?;
    let model = loaded.usable_model()?;
    let plan = checked_plan(loaded, spec, env)?;
    check_controls(loaded, model, &plan)?;
    let size = (plan.horizon_steps, model.output_names().len());
    let n_draws = fitting_draws((n_draws, LEAST_OF_SCENARIO), size, env)?;
    env.tell("rollout", None, "");
    let side = roll_out(loaded, model, plan, (n_draws, seed), env)?;
    let real = recorded(&loaded.dataset, &side.plan, &side.trajectory.channels);
    Ok(RunAnswer { side, real })
}

/// Checks a scenario against the data; what was worked around is told.
pub(crate) fn checked_plan(
    loaded: &Loaded,
    spec: &ScenarioSpec,
    env: &Env<'_>,
) -> Result<Plan, EngineError> {
    Ok(noted_plan(loaded, spec, env)?.0)
}

/// The same with what was worked around.
pub(crate) fn noted_plan(
    loaded: &Loaded,
    spec: &ScenarioSpec,
    env: &Env<'_>,
) -> Result<(Plan, Vec<Issue>), EngineError> {
    let mut issues = Issues::new();
    let plan = make_plan(spec, &loaded.dataset, &loaded.kpis, &mut issues)?;
    let notes = issues.as_slice().to_vec();
    env.tell_issues(issues);
    Ok((plan, notes))
}

/// Refuses an edit that the model would not notice: a rollout reads the inputs that were learned
/// and no other, so that B would equal A to the last bit.
pub(crate) fn check_controls(
    loaded: &Loaded,
    model: &FittedModel,
    plan: &Plan,
) -> Result<(), EngineError> {
    match unlearned(&loaded.dataset, model, plan) {
        Some(channel) => Err(EngineError::UnlearnedControl {
            channel: channel.to_owned(),
            project: loaded.path.clone(),
        }),
        None => Ok(()),
    }
}

/// The first edited control that the model does not know: it is no input, or one that had not
/// moved yet in the earlier data that the model learned from. In the data of today a control that
/// never moved is the judge's to name.
pub(crate) fn unlearned<'d>(
    dataset: &'d Dataset,
    model: &FittedModel,
    plan: &Plan,
) -> Option<&'d str> {
    let edited = plan.edited.iter();
    let mut names = edited.map(|&channel| dataset.channels[channel].name.as_str());
    names.find(|name| match model.input_moved(name) {
        Some(true) => false,
        Some(false) => model.data_digest() != dataset.digest(),
        None => true,
    })
}

/// Pictures that a side of a comparison shows.
const SHOWN_PICTURES: usize = 6;

/// Rolls a plan out with `(draws, seed)` and says how well the data cover it.
pub(crate) fn roll_out(
    loaded: &Loaded,
    model: &FittedModel,
    plan: Plan,
    (n_draws, seed): (usize, u64),
    env: &Env<'_>,
) -> Result<ScenarioSide, EngineError> {
    let trajectory = model.rollout(
        &RolloutRequest {
            dataset: &loaded.dataset,
            episode: plan.start.episode,
            start: plan.start.step,
            n_context: plan.start.context_steps,
            horizon_steps: plan.horizon_steps,
            controls: Some(&plan.controls),
            n_draws,
            seed,
            n_threads: env.n_threads,
            members: Members::All,
            tier: None,
        },
        env.stop,
    )?;
    let support = loaded.support.assess(&loaded.dataset, &plan, &trajectory);
    let every = plan.horizon_steps.div_ceil(SHOWN_PICTURES);
    let pictures = scenario_pictures(&loaded.dataset, model, (&plan, &trajectory), every);
    Ok(ScenarioSide {
        plan,
        trajectory,
        support,
        pictures,
    })
}

/// What really happened over a plan's horizon, one row a channel, NaN beyond the record.
pub(crate) fn recorded(dataset: &Dataset, plan: &Plan, channels: &[usize]) -> Vec<Vec<f64>> {
    let start = plan.start.step;
    channels
        .iter()
        .map(|&channel| {
            let column = dataset
                .episodes
                .get(plan.start.episode)
                .and_then(|episode| episode.columns.get(channel));
            (start..start + plan.horizon_steps)
                .map(|step| {
                    column
                        .and_then(|column| column.get(step))
                        .copied()
                        .unwrap_or(f64::NAN)
                })
                .collect()
        })
        .collect()
}

/// The record itself as a trajectory of one draw, for questions that are asked before any model
/// is trained; gaps hold the last value.
pub(crate) fn recorded_trajectory(dataset: &Dataset, plan: &Plan) -> Trajectory {
    let channels = dataset.outputs();
    let mut mean = recorded(dataset, plan, &channels);
    for (row, &channel) in mean.iter_mut().zip(&channels) {
        let mut held = last_seen(dataset, plan.start.episode, plan.start.step, channel);
        for value in row.iter_mut() {
            if value.is_finite() {
                held = *value;
            }
            *value = held;
        }
    }
    let band: Vec<_> = mean
        .iter()
        .map(|row| crate::data::Band {
            lo: row.clone(),
            hi: row.clone(),
        })
        .collect();
    let zeros = vec![vec![0.0; plan.horizon_steps]; channels.len()];
    let draws = mean.iter().flatten().map(|&value| to_f32(value)).collect();
    Trajectory {
        step_secs: dataset.step_secs,
        start_ns: dataset.episodes[plan.start.episode].time_ns(plan.start.step, dataset.step_secs),
        channels,
        n_steps: plan.horizon_steps,
        member_of_draw: vec![0],
        draws,
        mean,
        band50: band.clone(),
        band90: band,
        aleatoric: zeros.clone(),
        epistemic: zeros,
    }
}

/// The newest measured value before a step; NaN where there is none.
pub(crate) fn last_seen(dataset: &Dataset, episode: usize, step: usize, channel: usize) -> f64 {
    dataset.episodes[episode]
        .columns
        .get(channel)
        .map(|column| &column[..step.min(column.len())])
        .and_then(|past| past.iter().rev().find(|value| value.is_finite()))
        .copied()
        .unwrap_or(f64::NAN)
}
