//! Where the model differs from the plant: predicted beside measured, scored, with causes.

use super::{
    EngineError, Env, GapAnswer, GapRequest, Loaded, SensorFaults,
    draws::{LEAST_OF_GAP, check_draws, fitting_draws},
    gap_scores::{Bucketed, naive_mae, pairings_of, pooled_by_horizon},
    learned::{Relearned, Steps, blocks_without, relearned, tell_left_out},
    stretches::{Stretch, roll_stretches, stretches_of},
};
use crate::{
    base::{Issue, Issues, Phrase, Place, Severity},
    data::{Dataset, Split},
    metrics::{ChannelGap, channel_gap},
    trust,
};

/// Measures where the model differs from the plant.
///
/// On training and validation blocks only members answer that did not see the block. Where the data
/// were read anew or have grown since the model learned, the rows that it learned are found again, and
/// those of them that are test rows now are left out.
///
/// # Errors
///
/// [`EngineError`] where there is no model, it learned on another time step, the split has no rows, or
/// what is asked does not fit into memory.
pub fn inspect_gap(
    loaded: &Loaded,
    request: &GapRequest,
    env: &Env<'_>,
) -> Result<GapAnswer, EngineError> {
    inspect_gap_at_fault(loaded, request, &SensorFaults::default(), env)
}

/// Measures the same where sensors are at fault at run time: the model sees the fault, the score
/// knows what is true.
///
/// # Errors
///
/// As [`inspect_gap()`], and where a fault names no output.
pub fn inspect_gap_at_fault(
    loaded: &Loaded,
    request: &GapRequest,
    faults: &SensorFaults,
    env: &Env<'_>,
) -> Result<GapAnswer, EngineError> {
    check_draws(request.n_draws)?;
    if request.horizon_steps == Some(0) {
        return Err(EngineError::Number {
            name: Phrase::new("detail-the-horizon", "the horizon"),
            found: "0".to_owned(),
            expected: Phrase::new("detail-step-or-full", "at least 1 step, or full"),
        });
    }
    let model = loaded.usable_model()?;
    let dataset = &*loaded.dataset;
    model.check_step(dataset)?;
    let now = relearned(loaded, model, env);
    let (model, learned) = match &now {
        Some(Relearned { model, learned }) => (model, learned.as_slice()),
        None => (model, &[][..]),
    };
    let blocks = blocks_of(dataset, request.split, learned, env);
    let places = stretches_of(&blocks, request)?;
    let n_steps = places.iter().map(|place| place.end - place.start).sum();
    let size = (n_steps, model.output_names().len());
    let n_draws = fitting_draws((request.n_draws, LEAST_OF_GAP), size, env)?;
    let held = GapRequest {
        n_draws,
        ..request.clone()
    };
    let seen = faults.seen(&loaded.dataset, request.split)?;
    let rolled = roll_stretches((dataset, &seen), model, &places, &held, env)?;
    env.tell("scoring", None, request.split.name());
    let channels = rolled.channels.clone();
    let pairings = pairings_of(&rolled.stretches, channels.len());
    let scores: Vec<ChannelGap> = channels
        .iter()
        .zip(&pairings)
        .map(|(&channel, pairings)| channel_gap(pairings, naive_mae(dataset, channel)))
        .collect();
    tell_few_rows(dataset, &scores, request.warmup_steps, env);
    let buckets = Bucketed::new(&pairings);
    let inputs = recorded_inputs(dataset, &rolled.stretches);
    let begins: Vec<(usize, usize)> = rolled
        .stretches
        .iter()
        .map(|stretch| (stretch.trace.episode, stretch.trace.start))
        .collect();
    let causes = trust::rank_causes(dataset, &channels, &pairings, &scores, &inputs, &begins);
    let by_horizon = pooled_by_horizon(&buckets);
    drop(pairings);
    Ok(GapAnswer {
        request: request.clone(),
        n_draws,
        channels,
        scores,
        by_horizon,
        heat: buckets.heat,
        heat_steps: buckets.last_steps,
        causes,
        stretches: rolled
            .stretches
            .into_iter()
            .map(|stretch| stretch.trace)
            .collect(),
    })
}

/// The blocks that are scored. A row of train or val that was learned has a member that left it out;
/// of test rows all members are asked.
fn blocks_of(dataset: &Dataset, split: Split, learned: &[Steps], env: &Env<'_>) -> Vec<Steps> {
    if split != Split::Test {
        return blocks_without(dataset, split, &[]);
    }
    let blocks = blocks_without(dataset, split, learned);
    tell_left_out(dataset, &blocks, env);
    blocks
}

/// Says where so few rows were scored that the scores are chance.
fn tell_few_rows(dataset: &Dataset, scores: &[ChannelGap], warmup_steps: usize, env: &Env<'_>) {
    const FEW_ROWS: usize = 30;
    let n_most = scores.iter().map(|score| score.n).max().unwrap_or(0);
    if n_most >= FEW_ROWS {
        return;
    }
    let text = format!(
        "only {n_most} rows were scored after the warm-up of {warmup_steps} steps: too few for the numbers \
         to mean much"
    );
    let place = Place::file(dataset.name.clone());
    let issue = Issue::new(place, Severity::Warning, "few-rows-scored", text);
    let mut issues = Issues::new();
    issues.push(issue.with("count", n_most).with("steps", warmup_steps));
    env.tell_issues(issues);
}

/// What was set and measured as input over each stretch, `[stretch][input][H]`.
fn recorded_inputs(dataset: &Dataset, stretches: &[Stretch]) -> Vec<Vec<Vec<f64>>> {
    let inputs = dataset.channels_where(crate::data::Role::is_input);
    stretches
        .iter()
        .map(|stretch| {
            let columns = &dataset.episodes[stretch.trace.episode].columns;
            let start = stretch.trace.start;
            let end = start + stretch.n_steps;
            inputs
                .iter()
                .map(|&channel| columns[channel][start..end].to_vec())
                .collect()
        })
        .collect()
}
