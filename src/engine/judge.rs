//! May this question be answered from this log?

use super::{
    EngineError, Env, Loaded,
    draws::{LEAST_OF_SCENARIO, fitting_draws},
    run_scenario::{checked_plan, recorded_trajectory, roll_out, unlearned},
};
use crate::{
    data::Role,
    scenario::{Edit, EditOp, ScenarioSpec},
    trust::{self, Judgement, Support},
};

/// Draws behind a judgement: support looks at the centre of the futures, not at their tails.
const N_DRAWS: usize = 50;

/// Says whether a question may be answered from the log.
///
/// Where no model is trained yet, or the one that is does not know an edited control or learned on
/// another time step, support is judged along what was recorded.
///
/// # Errors
///
/// [`EngineError`] where the scenario does not fit, or its futures do not fit into memory.
pub fn judge(
    loaded: &Loaded,
    spec: &ScenarioSpec,
    env: &Env<'_>,
) -> Result<(Judgement, Support), EngineError> {
    if let Some(judged) = judge_left_out(loaded, spec) {
        return Ok(judged);
    }
    let plan = checked_plan(loaded, spec, env)?;
    env.tell("judging", None, "");
    let model = loaded.model.as_deref();
    let model = model.filter(|model| {
        model.check_step(&loaded.dataset).is_ok()
            && unlearned(&loaded.dataset, model, &plan).is_none()
    });
    let (plan, support) = if let Some(model) = model {
        let size = (plan.horizon_steps, model.output_names().len());
        let n_draws = fitting_draws((N_DRAWS, LEAST_OF_SCENARIO), size, env)?;
        let side = roll_out(loaded, model, plan, (n_draws, 0), env)?;
        (side.plan, side.support)
    } else {
        let trajectory = recorded_trajectory(&loaded.dataset, &plan);
        let support = loaded.support.assess(&loaded.dataset, &plan, &trajectory);
        (plan, support)
    };
    Ok((trust::judge(&loaded.dataset, &plan, &support), support))
}

/// The answer to a question about what import left out as still, or as a copy of an input. Such a channel
/// has no row in a plan, but why nothing can be told is known.
fn judge_left_out(loaded: &Loaded, spec: &ScenarioSpec) -> Option<(Judgement, Support)> {
    let dataset = &loaded.dataset;
    let idx_of = |edit: &Edit| dataset.channel_idx(&edit.channel);
    let is_left_out =
        |edit: &&Edit| idx_of(edit).is_some_and(|idx| dataset.channels[idx].role == Role::Ignore);
    let edit = spec.edits.iter().find(is_left_out)?;
    let size_of = |from: f64| match edit.op {
        EditOp::Set | EditOp::RampTo => (edit.value - from).abs(),
        EditOp::Add => edit.value.abs(),
        EditOp::Scale => ((edit.value - 1.0) * from).abs(),
        EditOp::Hold => 0.0,
        EditOp::Schedule => {
            let sizes = edit.points.iter().map(|(_, value)| (value - from).abs());
            sizes.fold(0.0, f64::max)
        }
    };
    let judgement = trust::judge_left_out(dataset, idx_of(edit)?, size_of)?;
    Some((judgement, Support::nowhere(spec.horizon_steps.unwrap_or(1))))
}
