//! `gemba demo`: the whole job on the built-in plant, in one command.

use serde_json::json;

use super::{
    ExitStatus,
    args::DemoArgs,
    compare::{names, words},
    json::{self as to_json, number},
    number::duration,
    start::{Context, Face, open_window},
    train::tell,
};
use crate::engine::{
    self, CompareRequest, Loaded, Preset, TrainConfig, TrainEvent, make_demo, read_scenario,
    train_model, write_report,
};

/// Draws of each scenario.
const N_DRAWS: usize = 400;

pub(crate) fn demo(args: &DemoArgs, context: &Context) -> anyhow::Result<Face> {
    let started = context.now_secs();
    let loaded = make_demo(&args.out, &context.env())?;
    let wants_window = !args.headless && !context.common.json && engine::has_display();
    if wants_window {
        context.console.close();
        return open_window(Some(loaded.path), context);
    }
    let config = TrainConfig {
        preset: Some(Preset::Small),
        seed: context.common.seed,
        device: context.common.device,
        n_threads: context.threads(),
        ..TrainConfig::default()
    };
    let mut on_event = |event: &TrainEvent| tell(event, context);
    train_model(&loaded.path, &config, false, &mut on_event, &context.env())?;
    let loaded = Loaded::open(&loaded.path)?;
    let request = CompareRequest {
        baseline: read_scenario(&args.out.join("A.toml"))?,
        variant: read_scenario(&args.out.join("B.toml"))?,
        n_draws: N_DRAWS,
        delta: None,
        seed: context.common.seed,
    };
    let answer = engine::compare(&loaded, &request, &context.env())?;
    let page = args.out.join("report.html");
    let locale = context.text().locale();
    write_report(&loaded, &answer, locale, &page, &context.env())?;
    let secs = context.now_secs() - started;
    context.answer(
        || {
            let mut object = to_json::comparison(&answer, &names(&loaded), context.text());
            object["project"] = json!(loaded.path.display().to_string());
            object["report"] = json!(page.display().to_string());
            object["secs"] = number(secs);
            object
        },
        || {
            let args = [
                ("project", loaded.path.display().to_string()),
                ("file", page.display().to_string()),
                ("secs", duration(secs)),
            ];
            let args = args.each_ref().map(|(name, value)| (*name, value.as_str()));
            let end = context.text().with("cli-demo-done", &args);
            format!("{}\n{end}\n", words(&loaded, &answer, context))
        },
    )?;
    Ok(Face::Done(ExitStatus::Done))
}
