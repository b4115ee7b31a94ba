//! `gemba train` and `gemba models`.

use serde_json::{Map, Value, json};

use super::{
    ExitStatus,
    args::{ProjectArgs, TrainArgs},
    json::number,
    number::{duration, figures, percent},
    output::add,
    start::Context,
    table::Table,
};
use crate::{
    base::{Clock as _, Progress, Reporter as _, SystemClock, format_time},
    engine::{
        FittedModel, Loaded, NoisePlan, Regime, SensesPlan, TrainConfig, TrainEvent, Trained,
        Trial, train_model,
    },
};

pub(crate) fn train(args: &TrainArgs, context: &Context) -> anyhow::Result<ExitStatus> {
    let started = context.now_secs();
    let config = TrainConfig {
        preset: args.preset,
        budget_secs: args.budget,
        n_members: args.members,
        seed: context.common.seed,
        device: context.common.device,
        n_threads: context.threads(),
        fusion: args.fusion,
        transformer: args.transformer,
        senses: SensesPlan {
            way: args.senses,
            pretrain: args.pretrain,
            align: args.align,
        },
        noise: NoisePlan {
            noise: args.disturbed.noise,
            faults: args.disturbed.faults,
            dropout: args.disturbed.dropout,
        },
        frames: args.frames,
    };
    let mut on_event = |event: &TrainEvent| tell(event, context);
    let trained = train_model(
        &args.project,
        &config,
        args.resume,
        &mut on_event,
        &context.env(),
    )?;
    let model = &trained.model;
    for note in model.notes() {
        context.console.line(&context.text().issue_line(note));
    }
    let secs = context.now_secs() - started;
    context.answer(
        || object(&trained, secs),
        || words(model, context, secs) + &trial_words(&trained, context),
    )?;
    Ok(ExitStatus::Done)
}

/// Tells what happens while a model is trained.
pub(crate) fn tell(event: &TrainEvent, context: &Context) {
    match event {
        TrainEvent::Scored(score) => context.console.line(&context.text().with(
            "cli-scored",
            &[
                ("tier", score.tier.name()),
                ("rmse", &figures(score.rmse_norm)),
                ("secs", &duration(score.fit_secs)),
            ],
        )),
        TrainEvent::Loss {
            step,
            n_steps,
            train,
            val,
        } => {
            let val = val.map_or_else(String::new, |val| format!(" · val {}", figures(val)));
            context.console.report(Progress {
                stage: "training",
                done_frac: Some(*step as f64 / (*n_steps).max(1) as f64),
                detail: format!("{step}/{n_steps} · {}{val}", figures(*train)),
            });
        }
        TrainEvent::Usable(_) | TrainEvent::Checkpoint(_) => {}
    }
}

fn object(trained: &Trained, secs: f64) -> Value {
    let model = &trained.model;
    let candidates: Value = model
        .scores()
        .iter()
        .map(|score| {
            json!({
                "tier": score.tier.name(),
                "params": score.n_params,
                "fit_secs": number(score.fit_secs),
                "val": {
                    "rmse_norm": number(score.rmse_norm),
                    "crps_norm": number(score.crps_norm),
                },
            })
        })
        .collect();
    let chosen: Map<String, Value> = model
        .output_names()
        .iter()
        .zip(model.chosen())
        .map(|(name, tier)| (name.clone(), json!(tier.name())))
        .collect();
    let shares: Map<String, Value> = model
        .output_names()
        .iter()
        .enumerate()
        .map(|(output, name)| {
            let shares = model.shares(output).into_iter();
            let shares: Map<String, Value> = shares
                .map(|(tier, share)| (tier.name().to_owned(), number(share)))
                .collect();
            (name.clone(), Value::Object(shares))
        })
        .collect();
    let modalities: Value = model
        .modalities()
        .iter()
        .map(|gain| {
            json!({
                "name": gain.modality.name(),
                "used": gain.used,
                "encoder": model.encoder_name(gain.modality),
                "gain": number(gain.gain),
                "gain_per_channel": by_output(model, &gain.by_output),
            })
        })
        .collect();
    json!({
        "model_id": model.id(),
        "device": model.device(),
        "tier": model.tier().name(),
        "members": model.n_members(),
        "candidates": candidates,
        "chosen_per_channel": chosen,
        "shares_per_channel": shares,
        "modalities": modalities,
        "attention": model.is_fused(),
        "seed": model.seed(),
        "in_use": trained.in_use,
        "trial": trained.trial.as_ref().map(trial_object),
        "secs": number(secs),
    })
}

fn trial_object(trial: &Trial) -> Value {
    let regime = |regime: &Regime| {
        json!({
            "stretches": regime.n_stretches,
            "champion": number(regime.champion),
            "challenger": number(regime.challenger),
        })
    };
    json!({
        "champion": trial.champion,
        "old": regime(&trial.old),
        "new": regime(&trial.new),
        "is_better": trial.is_better,
    })
}

/// How the new model did beside the one that was in use, and which answers from now on.
fn trial_words(trained: &Trained, context: &Context) -> String {
    let Some(trial) = &trained.trial else {
        return String::new();
    };
    let mut table = Table::new(&[
        &context.word("cli-trial-rows"),
        &format!("#{}", context.word("cli-trial-stretches")),
        &format!("#{}", context.word("cli-trial-champion")),
        &format!("#{}", context.word("cli-trial-challenger")),
    ]);
    for (rows, regime) in [("cli-trial-old", &trial.old), ("cli-trial-new", &trial.new)] {
        table.push([
            context.word(rows),
            regime.n_stretches.to_string(),
            figures(regime.champion),
            figures(regime.challenger),
        ]);
    }
    let fate = if trained.in_use {
        "cli-trial-promoted"
    } else {
        "cli-trial-kept"
    };
    let ids = [
        ("champion", trial.champion.as_str()),
        ("challenger", trained.model.id()),
    ];
    format!("\n{}{}\n", table.text(), context.text().with(fate, &ids))
}

fn by_output(model: &FittedModel, gains: &[f64]) -> Value {
    let pairs = model.output_names().iter().zip(gains);
    let pairs = pairs.map(|(name, gain)| (name.clone(), number(*gain)));
    Value::Object(pairs.collect())
}

fn words(model: &FittedModel, context: &Context, secs: f64) -> String {
    let mut race = Table::new(&[
        &context.word("cli-tier"),
        &format!("#{}", context.word("cli-params")),
        &format!("#{}", context.word("cli-rmse-norm")),
        &format!("#{}", context.word("cli-crps-norm")),
        &format!("#{}", context.word("cli-time")),
    ]);
    for score in model.scores() {
        race.push([
            score.tier.name().to_owned(),
            score.n_params.to_string(),
            figures(score.rmse_norm),
            figures(score.crps_norm),
            duration(score.fit_secs),
        ]);
    }
    let mut chosen = Table::new(&[&context.word("cli-channel"), &context.word("cli-chosen")]);
    for (output, name) in model.output_names().iter().enumerate() {
        let shares = model.shares(output).into_iter();
        let shares: Vec<String> = shares
            .map(|(tier, share)| match share {
                1.0 => tier.name().to_owned(),
                _ => format!("{} {:.0} %", tier.name(), 100.0 * share),
            })
            .collect();
        chosen.push([name.clone(), shares.join(" + ")]);
    }
    let mut out = context.text().with(
        "cli-train-head",
        &[
            ("model", model.id()),
            ("device", model.device()),
            ("secs", &duration(secs)),
        ],
    );
    add(
        &mut out,
        format_args!("\n\n{}\n{}", race.text(), chosen.text()),
    );
    if !model.modalities().is_empty() {
        let mut gains = Table::new(&[
            &context.word("cli-modality"),
            &context.word("cli-used"),
            &format!("#{}", context.word("cli-gain")),
        ]);
        for gain in model.modalities() {
            let used = if gain.used { "cli-yes" } else { "cli-no" };
            gains.push([
                gain.modality.name().to_owned(),
                context.word(used),
                percent(gain.gain),
            ]);
        }
        add(&mut out, format_args!("\n{}", gains.text()));
    }
    out
}

pub(crate) fn models(args: &ProjectArgs, context: &Context) -> anyhow::Result<ExitStatus> {
    let loaded = Loaded::open(&args.project)?;
    let data_digest = loaded.dataset.digest().to_string();
    let now_ns = SystemClock::new().unix_nanos();
    let age_secs = |saved_ns: i64| now_ns.saturating_sub(saved_ns) as f64 * 1e-9;
    for issue in &loaded.issues {
        context.console.line(&context.text().issue_line(issue));
    }
    context.answer(
        || {
            let models: Value = loaded
                .models
                .iter()
                .map(|model| {
                    json!({
                        "model_id": model.id,
                        "tier": model.tier,
                        "rmse_norm": number(model.rmse_norm),
                        "saved": format_time(model.saved_ns),
                        "age_secs": number(age_secs(model.saved_ns)),
                        "in_use": model.in_use,
                        "same_data": model.data_digest == data_digest,
                        "trial": model.trial.as_ref().map(trial_object),
                    })
                })
                .collect();
            json!({ "project": loaded.path.display().to_string(), "models": models })
        },
        || {
            if loaded.models.is_empty() {
                let project = args.project.display().to_string();
                let words = context
                    .text()
                    .with("cli-no-models", &[("project", &project)]);
                return words + "\n";
            }
            let mut table = Table::new(&[
                &context.word("cli-model"),
                &context.word("cli-tier"),
                &format!("#{}", context.word("cli-rmse-norm")),
                &format!("#{}", context.word("cli-age")),
                &context.word("cli-data"),
                &context.word("cli-in-use"),
            ]);
            for model in &loaded.models {
                let is_same = model.data_digest == data_digest;
                table.push([
                    model.id.clone(),
                    model.tier.clone(),
                    figures(model.rmse_norm),
                    duration(age_secs(model.saved_ns)),
                    context.word(if is_same { "cli-same" } else { "cli-older" }),
                    context.word(if model.in_use { "cli-yes" } else { "cli-no" }),
                ]);
            }
            table.text()
        },
    )?;
    Ok(ExitStatus::Done)
}
