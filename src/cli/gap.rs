//! `gemba gap`: where the model differs from what was recorded.

use serde_json::{Value, json};

use super::{
    ExitStatus,
    args::GapArgs,
    json::number,
    number::{figures, percent},
    output::add,
    start::Context,
    table::Table,
};
use crate::{
    base::{Text, signed},
    engine::{
        GapAnswer, GapRequest, Loaded, SensorFaults, check_out, inspect_gap_at_fault, usual_warmup,
        write_stretches,
    },
    metrics::ChannelGap,
    trust::localized_cause,
};

pub(crate) fn gap(args: &GapArgs, context: &Context) -> anyhow::Result<ExitStatus> {
    if let Some(out) = &args.out {
        check_out(out, ".csv")?;
    }
    let loaded = context.open(&args.project)?;
    let usual = || usual_warmup(&loaded.dataset, args.split);
    let request = GapRequest {
        split: args.split,
        horizon_steps: args.horizon.0,
        warmup_steps: args.warmup.unwrap_or_else(usual),
        n_draws: args.draws,
        seed: context.common.seed,
        tier: args.tier,
    };
    let loaded = loaded.without(&args.without);
    let faults = SensorFaults {
        missing: args.missing.clone(),
        stuck: args.stuck.clone(),
    };
    let answer = inspect_gap_at_fault(&loaded, &request, &faults, &context.env())?;
    if let Some(out) = &args.out {
        write_stretches(&loaded, &answer, out)?;
    }
    context.answer(
        || object(&loaded, &answer, context.text()),
        || words(&loaded, &answer, context),
    )?;
    Ok(ExitStatus::Done)
}

fn object(loaded: &Loaded, answer: &GapAnswer, text: &Text) -> Value {
    let channels: Value = answer
        .channels
        .iter()
        .zip(&answer.scores)
        .map(|(&channel, score)| {
            let channel = &loaded.dataset.channels[channel];
            score_object(&channel.name, &channel.unit, score)
        })
        .collect();
    let by_horizon: Value = answer
        .by_horizon
        .iter()
        .map(|&(step, nrmse, coverage)| {
            json!({ "step": step, "nrmse": number(nrmse), "coverage90": number(coverage) })
        })
        .collect();
    let causes: Value = answer
        .causes
        .iter()
        .map(|cause| {
            let (title, evidence, action) = localized_cause(cause, text);
            json!({
                "cause": cause.cause,
                "title": title,
                "channel": cause.channel,
                "strength": number(cause.strength),
                "evidence": evidence,
                "action": action,
            })
        })
        .collect();
    json!({
        "split": answer.request.split.name(),
        "warmup_steps": answer.request.warmup_steps,
        "horizon_steps": horizon_steps(answer),
        "draws": answer.n_draws,
        "seed": answer.request.seed,
        "channels": channels,
        "by_horizon": by_horizon,
        "causes": causes,
        "stretches": answer.stretches.len(),
    })
}

/// The steps that were asked, or those of the longest block.
fn horizon_steps(answer: &GapAnswer) -> usize {
    answer.request.horizon_steps.unwrap_or_else(|| {
        let lengths = answer.stretches.iter();
        lengths
            .filter_map(|stretch| stretch.mean.first().map(Vec::len))
            .max()
            .unwrap_or(0)
    })
}

fn score_object(name: &str, unit: &str, score: &ChannelGap) -> Value {
    let [bias, spread, pattern] = score.theil;
    json!({
        "name": name,
        "unit": unit,
        "n": score.n,
        "rmse": number(score.rmse),
        "mae": number(score.mae),
        "nrmse": number(score.nrmse),
        "fit_percent": number(score.fit_percent),
        "mase": number(score.mase),
        "bias": number(score.bias),
        "lag_steps": score.lag_steps,
        "crps": number(score.crps),
        "coverage90": number(score.coverage90),
        "width90": number(score.width90),
        "theil": {
            "bias": number(bias),
            "spread": number(spread),
            "pattern": number(pattern),
        },
        "skill_vs_persistence": number(score.skill_vs_persistence),
    })
}

fn words(loaded: &Loaded, answer: &GapAnswer, context: &Context) -> String {
    let mut table = Table::new(&[
        &context.word("cli-channel"),
        &context.word("cli-unit"),
        "#n",
        "#RMSE",
        &format!("#{}", context.word("cli-fit")),
        "#MASE",
        &format!("#{}", context.word("cli-bias")),
        &format!("#{}", context.word("cli-lag")),
        &format!("#{}", context.word("cli-coverage")),
        &format!("#{}", context.word("cli-skill")),
    ]);
    for (&channel, score) in answer.channels.iter().zip(&answer.scores) {
        let channel = &loaded.dataset.channels[channel];
        table.push([
            channel.name.clone(),
            channel.unit.clone(),
            score.n.to_string(),
            figures(score.rmse),
            percent(score.fit_percent / 100.0),
            figures(score.mase),
            signed(score.bias, score.rmse),
            score.lag_steps.to_string(),
            percent(score.coverage90),
            figures(score.skill_vs_persistence),
        ]);
    }
    let mut out = context.text().with(
        "cli-gap-head",
        &[
            (
                "split",
                &context.word(&format!("split-{}", answer.request.split.name())),
            ),
            ("n", &answer.stretches.len().to_string()),
            ("steps", &horizon_steps(answer).to_string()),
            ("warmup", &answer.request.warmup_steps.to_string()),
        ],
    );
    add(&mut out, format_args!("\n\n{}", table.text()));
    for cause in &answer.causes {
        let (title, evidence, action) = localized_cause(cause, context.text());
        add(
            &mut out,
            format_args!("\n{title} · {evidence}\n→ {action}\n"),
        );
    }
    out
}
