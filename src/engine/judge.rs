//! May this question be answered from this log?

use super::{
    EngineError, Env, Loaded,
    draws::{LEAST_OF_SCENARIO, fitting_draws},
    run_scenario::{checked_plan, recorded_trajectory, roll_out, unlearned},
};
use crate::{
    scenario::ScenarioSpec,
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
