//! A against B from one situation, with the same random numbers for both.

use std::thread;

use super::{
    AnsweringModel, CompareAnswer, CompareRequest, EngineError, Env, KpiLine, Loaded, ScenarioNote,
    ScenarioSide,
    doubts::doubts,
    draws::{LEAST_OF_SCENARIO, check_draws, fitting_draws},
    kpi_values::{kpi_of_draws, kpi_of_record, proposed_delta},
    run_scenario::{check_controls, noted_plan, roll_out},
    train_model::model_digest,
};
use crate::{
    base::{Issue, Phrase},
    data::{Dataset, Trajectory},
    metrics::{Interval, LimitLine, delta_trace, paired_kpi},
    model::FittedModel,
    scenario::{Kpi, Plan},
    trust::{self, Judgement, Verdict},
};

/// Compares two scenarios with common random numbers.
///
/// # Errors
///
/// [`EngineError`] where there is no model or a scenario does not fit.
pub fn compare(
    loaded: &Loaded,
    request: &CompareRequest,
    env: &Env<'_>,
) -> Result<CompareAnswer, EngineError> {
    let started = env.clock.monotonic_secs();
    check_draws(request.n_draws)?;
    check_delta(request.delta)?;
    let model = loaded.usable_model()?;
    let (plan_a, notes_a) = noted_plan(loaded, &request.baseline, env)?;
    let (plan_b, notes_b) = noted_plan(loaded, &request.variant, env)?;
    check_same_start(&loaded.dataset, &plan_a, &plan_b)?;
    check_controls(loaded, model, &plan_a)?;
    check_controls(loaded, model, &plan_b)?;
    let asked = if request.variant.kpis.is_empty() {
        plan_a.kpis.clone()
    } else {
        plan_b.kpis.clone()
    };
    // Both sides have the same number of draws: they are compared one by one.
    let size = (plan_a.horizon_steps, model.output_names().len());
    let n_draws = fitting_draws((request.n_draws, LEAST_OF_SCENARIO), size, env)?;
    let draws = (n_draws, request.seed);
    env.tell("rollout", None, "");
    let (a, b) = roll_out_both(loaded, model, (plan_a, plan_b), draws, env)?;
    env.check()?;
    env.tell("comparing", None, "");
    let sides = [(&a.plan, &a.support), (&b.plan, &b.support)];
    let judgement = trust::judge_difference(&loaded.dataset, sides[0], sides[1]);
    let mut kpis = asked
        .into_iter()
        .map(|kpi| kpi_line(loaded, kpi, (&a, &b), request))
        .collect::<Result<Vec<_>, _>>()?;
    for line in &mut kpis {
        untell(line, &judgement);
    }
    let deltas = (0..a.trajectory.channels.len())
        .map(|output| {
            let scale = model.spread_scale(output);
            delta_trace(&a.trajectory, &b.trajectory, output, scale)
        })
        .collect();
    Ok(CompareAnswer {
        judgement,
        model: AnsweringModel::of(model),
        is_provisional: !loaded.has_saved_model(),
        kpis,
        notes: scenario_notes(&notes_a, &notes_b),
        deltas,
        limits: limit_lines(&loaded.dataset, model, (&a.trajectory, &b.trajectory)),
        n_draws: a.trajectory.n_draws(),
        n_members: model.n_members(),
        digests: [
            loaded.dataset.digest().to_string(),
            model_digest(model).to_string(),
            a.plan.digest.to_string(),
            b.plan.digest.to_string(),
        ],
        seed: request.seed,
        secs: env.clock.monotonic_secs() - started,
        a,
        b,
    })
}

/// What was worked around in A and in B; what holds for both, such as a horizon beyond the record, once.
fn scenario_notes(in_a: &[Issue], in_b: &[Issue]) -> Vec<ScenarioNote> {
    let is_in = |list: &[Issue], one: &Issue| {
        let mut list = list.iter();
        list.any(|other| {
            other.code == one.code
                && other.place.column == one.place.column
                && other.args == one.args
        })
    };
    let of_a = in_a.iter().map(|issue| ScenarioNote {
        side: if is_in(in_b, issue) { "" } else { "A" },
        issue: issue.clone(),
    });
    let only_b = in_b.iter().filter(|issue| !is_in(in_a, issue));
    let of_b = only_b.map(|issue| ScenarioNote {
        side: "B",
        issue: issue.clone(),
    });
    of_a.chain(of_b).collect()
}

fn check_delta(delta: Option<f64>) -> Result<(), EngineError> {
    match delta {
        Some(delta) if !(delta.is_finite() && delta >= 0.0) => Err(EngineError::Number {
            name: Phrase::new(
                "detail-smallest-delta",
                "the smallest difference that matters",
            ),
            found: delta.to_string(),
            expected: Phrase::new("detail-from-zero", "a finite number of at least 0"),
        }),
        _ => Ok(()),
    }
}

fn check_same_start(dataset: &Dataset, a: &Plan, b: &Plan) -> Result<(), EngineError> {
    if a.start == b.start && a.horizon_steps == b.horizon_steps {
        return Ok(());
    }
    let is_one_place = a.start.episode == b.start.episode && a.start.step == b.start.step;
    if is_one_place && a.horizon_steps == b.horizon_steps {
        return Err(EngineError::DifferentContexts {
            a: a.start.context_steps,
            b: b.start.context_steps,
        });
    }
    let place = |plan: &Plan| {
        let episode = dataset.episodes.get(plan.start.episode);
        let name = episode.map(|episode| episode.name.clone());
        let (step, horizon) = (plan.start.step, plan.horizon_steps);
        Box::new((name.unwrap_or_default(), step, horizon))
    };
    Err(EngineError::DifferentStarts {
        a: place(a),
        b: place(b),
    })
}

/// Rolls A and B out beside each other where threads allow; a rollout does not see the other.
fn roll_out_both(
    loaded: &Loaded,
    model: &FittedModel,
    (plan_a, plan_b): (Plan, Plan),
    draws: (usize, u64),
    env: &Env<'_>,
) -> Result<(ScenarioSide, ScenarioSide), EngineError> {
    let n_threads = env.threads();
    let env = Env {
        n_threads: (n_threads / 2).max(1),
        ..*env
    };
    if n_threads < 2 {
        let a = roll_out(loaded, model, plan_a, draws, &env)?;
        return Ok((a, roll_out(loaded, model, plan_b, draws, &env)?));
    }
    let (a, b) = thread::scope(|scope| {
        let other = thread::Builder::new()
            .name("gemba-rollout-b".to_owned())
            .spawn_scoped(scope, || {
                roll_out(loaded, model, plan_b.clone(), draws, &env)
            });
        let a = roll_out(loaded, model, plan_a, draws, &env);
        let b = other.map(thread::ScopedJoinHandle::join);
        (a, b)
    });
    let b = match b {
        Ok(Ok(b)) => b,
        Ok(Err(panic)) => std::panic::resume_unwind(panic),
        // No second thread to be had: one after the other gives the same.
        Err(_no_thread) => roll_out(loaded, model, plan_b, draws, &env),
    };
    Ok((a?, b?))
}

fn kpi_line(
    loaded: &Loaded,
    kpi: Kpi,
    (a, b): (&ScenarioSide, &ScenarioSide),
    request: &CompareRequest,
) -> Result<KpiLine, EngineError> {
    let dataset = &loaded.dataset;
    let model = loaded.usable_model()?;
    let delta_min = kpi
        .delta
        .or(request.delta)
        .unwrap_or_else(|| proposed_delta(&kpi, a.plan.horizon_steps, dataset));
    let output = a.trajectory.output_of(kpi.channel);
    let scale = output.map_or(1.0, |output| model.spread_scale(output));
    let skill = output.and_then(|output| model.skill(output));
    let mut doubts = doubts(dataset, model, &kpi, [&a.plan, &b.plan], output);
    let paired = paired_kpi(
        &kpi_of_draws(&kpi, a, dataset)?,
        &kpi_of_draws(&kpi, b, dataset)?,
        &a.trajectory.member_of_draw,
        &kpi,
        delta_min,
        scale,
        request.seed,
    );
    let is_asked = a.plan.controls != b.plan.controls;
    if let Some(skill) = skill.filter(|skill| !skill.beats_naive && is_asked && paired.is_same()) {
        let held = trust::held(
            &dataset.channels[kpi.channel].name,
            skill.error,
            skill.naive_error,
        );
        doubts = vec![held];
    }
    let real = kpi_of_record(&kpi, a, dataset);
    Ok(KpiLine {
        kpi,
        paired,
        real,
        skill,
        doubts,
    })
}

/// Takes back that both sides come out the same where nothing is known of a difference: an output that
/// the model holds still under any plan, or a control that the log says nothing of.
fn untell(line: &mut KpiLine, judgement: &Judgement) {
    let is_refused = judgement.verdict == Verdict::NotFromThisLog;
    let paired = &mut line.paired;
    if trust::is_unlearned(&line.doubts) || is_refused && paired.is_same() {
        paired.delta = Interval {
            mean: f64::NAN,
            lo: f64::NAN,
            hi: f64::NAN,
        };
        (paired.p_better, paired.p_equal) = (f64::NAN, f64::NAN);
        paired.variance_ratio = f64::NAN;
    }
}

/// How likely each limit of an output is passed at least once.
fn limit_lines(
    dataset: &Dataset,
    model: &FittedModel,
    sides: (&Trajectory, &Trajectory),
) -> Vec<LimitLine> {
    let mut lines = Vec::new();
    for (output, &channel) in sides.0.channels.iter().enumerate() {
        let (ends, scale) = (model.rests_at(output), model.spread_scale(output));
        for limit in dataset.channels[channel].limits.named() {
            lines.push(LimitLine::of(sides, output, limit, ends, scale));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        metrics::PairedKpi,
        scenario::{Better, Reduce},
        trust::Reason,
    };

    /// What is told of a KPI that came out so, under doubts and a verdict.
    fn told(ends: f64, doubts: Vec<Reason>, verdict: Verdict) -> PairedKpi {
        let delta = Interval {
            mean: ends,
            lo: ends,
            hi: ends,
        };
        let mut line = KpiLine {
            kpi: Kpi {
                name: "running".to_owned(),
                channel: 0,
                reduce: Reduce::Mean,
                better: Better::Higher,
                unit: String::new(),
                delta: None,
            },
            paired: PairedKpi {
                a: Interval::default(),
                b: Interval::default(),
                delta,
                level: 0.95,
                p_better: 0.0,
                p_equal: 1.0,
                variance_ratio: 1e6,
                delta_min: 0.1,
                methods_agree: true,
            },
            real: None,
            skill: None,
            doubts,
        };
        let judgement = Judgement {
            verdict,
            reasons: Vec::new(),
            suggestions: Vec::new(),
        };
        untell(&mut line, &judgement);
        line.paired
    }

    #[test]
    fn no_difference_is_sure_where_nothing_is_known_of_it() {
        let held = || vec![trust::held("running", 1.0, 1.0)];
        for untold in [
            told(0.0, held(), Verdict::Answerable),
            told(0.0, Vec::new(), Verdict::NotFromThisLog),
        ] {
            assert!(untold.delta.lo.is_nan() && untold.p_equal.is_nan());
            assert!(untold.variance_ratio.is_nan() && !untold.is_same());
        }
        // What a model that knows both finds the same is the same.
        assert!(told(0.0, Vec::new(), Verdict::Answerable).is_same());
        let differs = told(0.3, Vec::new(), Verdict::NotFromThisLog);
        assert!((differs.delta.mean - 0.3).abs() < 1e-12);
    }
}
