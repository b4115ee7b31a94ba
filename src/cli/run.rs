//! `gemba run`: one scenario rolled out.

use serde_json::{Value, json};

use super::{
    ExitStatus,
    args::RunArgs,
    json::{number, support},
    number::figures,
    output::add,
    start::Context,
    table::Table,
};
use crate::engine::{
    Loaded, RunAnswer, check_out, read_scenario, run_scenario, write_frames, write_trajectory,
};

pub(crate) fn run(args: &RunArgs, context: &Context) -> anyhow::Result<ExitStatus> {
    let started = context.now_secs();
    if let Some(out) = &args.out {
        check_out(out, ".csv, .parquet")?;
    }
    let loaded = context.open(&args.project)?;
    let spec = read_scenario(&args.scenario)?;
    let env = context.env();
    let answer = run_scenario(&loaded, &spec, args.draws, context.common.seed, &env)?;
    if let Some(out) = &args.out {
        write_trajectory(&loaded, &answer, out)?;
    }
    if let Some(dir) = &args.frames {
        let every = super::frames::steps_of(600.0, loaded.dataset.step_secs);
        write_frames(&loaded, &answer, (every, dir))?;
    }
    let secs = context.now_secs() - started;
    context.answer(
        || object(&loaded, &answer, args, secs),
        || words(&loaded, &answer, args, context),
    )?;
    Ok(ExitStatus::Done)
}

/// Mean of the centre, of the band's lines and of the record over the horizon.
struct Summary {
    mean: f64,
    lo90: f64,
    hi90: f64,
    real: f64,
}

fn summary(answer: &RunAnswer, output: usize) -> Summary {
    let trajectory = &answer.side.trajectory;
    Summary {
        mean: mean_of(&trajectory.mean[output]),
        lo90: mean_of(&trajectory.band90[output].lo),
        hi90: mean_of(&trajectory.band90[output].hi),
        real: mean_of(&answer.real[output]),
    }
}

fn mean_of(values: &[f64]) -> f64 {
    let finite: Vec<f64> = values
        .iter()
        .copied()
        .filter(|value| value.is_finite())
        .collect();
    if finite.is_empty() {
        f64::NAN
    } else {
        finite.iter().sum::<f64>() / finite.len() as f64
    }
}

fn object(loaded: &Loaded, answer: &RunAnswer, args: &RunArgs, secs: f64) -> Value {
    let side = &answer.side;
    let channels: Value = side
        .trajectory
        .channels
        .iter()
        .enumerate()
        .map(|(output, &channel)| {
            let summary = summary(answer, output);
            json!({
                "name": loaded.dataset.channels[channel].name,
                "unit": loaded.dataset.channels[channel].unit,
                "mean": number(summary.mean),
                "lo90": number(summary.lo90),
                "hi90": number(summary.hi90),
                "real": number(summary.real),
            })
        })
        .collect();
    json!({
        "scenario": side.plan.name,
        "episode": loaded.dataset.episodes[side.plan.start.episode].name,
        "start_step": side.plan.start.step,
        "horizon_steps": side.plan.horizon_steps,
        "draws": side.trajectory.n_draws(),
        "channels": channels,
        "support": support(&side.support),
        "digest": side.plan.digest.to_string(),
        "out": args.out.as_ref().map(|out| out.display().to_string()),
        "secs": number(secs),
    })
}

fn words(loaded: &Loaded, answer: &RunAnswer, args: &RunArgs, context: &Context) -> String {
    let side = &answer.side;
    let mut table = Table::new(&[
        &context.word("cli-channel"),
        &context.word("cli-unit"),
        &format!("#{}", context.word("cli-mean")),
        "#90 % ↓",
        "#90 % ↑",
        &format!("#{}", context.word("cli-real")),
    ]);
    for (output, &channel) in side.trajectory.channels.iter().enumerate() {
        let summary = summary(answer, output);
        table.push([
            loaded.dataset.channels[channel].name.clone(),
            loaded.dataset.channels[channel].unit.clone(),
            figures(summary.mean),
            figures(summary.lo90),
            figures(summary.hi90),
            figures(summary.real),
        ]);
    }
    let channels = &loaded.dataset.channels;
    let mut out = context.text().with(
        "cli-run-head",
        &[
            ("name", &side.plan.shown_name("", channels, context.text())),
            ("steps", &side.plan.horizon_steps.to_string()),
            ("draws", &side.trajectory.n_draws().to_string()),
        ],
    );
    add(&mut out, format_args!("\n\n{}\n", table.text()));
    out.push_str(&super::judge::support_words(&side.support, context));
    out.push('\n');
    if let Some(file) = &args.out {
        let file = file.display().to_string();
        out.push_str(&context.text().with("cli-written", &[("file", &file)]));
        out.push('\n');
    }
    out
}
