//! Where the model differs from the plant: predicted beside measured, scored, with causes.

use super::{
    EngineError, Env, GapAnswer, GapRequest, Loaded, SensorFaults,
    gap_scores::{Bucketed, naive_mae, pairings_of, pooled_by_horizon},
    run_scenario::check_draws,
    stretches::{Stretch, roll_stretches, stretches_of},
};
use crate::{
    base::Phrase,
    data::Dataset,
    metrics::{ChannelGap, channel_gap},
    trust,
};

/// Measures where the model differs from the plant.
///
/// On training and validation blocks only members answer that did not see the block.
///
/// # Errors
///
/// [`EngineError`] where there is no model or the split has no rows.
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
    let places = stretches_of(dataset, request)?;
    let seen = faults.seen(&loaded.dataset, request.split)?;
    let rolled = roll_stretches((dataset, &seen), model, &places, request, env)?;
    env.tell("scoring", None, request.split.name());
    let channels = rolled.channels.clone();
    let pairings = pairings_of(&rolled.stretches, channels.len());
    let scores: Vec<ChannelGap> = channels
        .iter()
        .zip(&pairings)
        .map(|(&channel, pairings)| channel_gap(pairings, naive_mae(dataset, channel)))
        .collect();
    let buckets = Bucketed::new(&pairings);
    let inputs = recorded_inputs(dataset, &rolled.stretches);
    let causes = trust::rank_causes(dataset, &channels, &pairings, &scores, &inputs);
    let by_horizon = pooled_by_horizon(&buckets);
    drop(pairings);
    Ok(GapAnswer {
        request: request.clone(),
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
