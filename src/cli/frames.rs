//! `gemba frames`: what the camera will see, beside what it saw.

use serde_json::json;

use super::{
    ExitStatus, args::FramesArgs, json::number, number::figures, start::Context, table::Table,
};
use crate::{base::to_count, engine::inspect_frames};

pub(crate) fn frames(args: &FramesArgs, context: &Context) -> anyhow::Result<ExitStatus> {
    let loaded = context.open(&args.project)?;
    let lead_steps = steps_of(args.lead, loaded.dataset.step_secs);
    let asked = (args.split, lead_steps, args.warmup);
    let scores = inspect_frames(&loaded, asked, args.out.as_deref(), &context.env())?;
    context.answer(
        || {
            json!({
                "split": args.split.name(),
                "lead_steps": scores.lead_steps,
                "n": scores.n,
                "ssim": {
                    "predicted": number(scores.predicted),
                    "held": number(scores.held),
                    "mean": number(scores.mean),
                },
            })
        },
        || {
            let (lead, n) = (scores.lead_steps.to_string(), scores.n.to_string());
            let split = context.word(&format!("split-{}", args.split.name()));
            let args = [
                ("lead", lead.as_str()),
                ("split", split.as_str()),
                ("n", &n),
            ];
            let head = context.text().with("cli-frames-head", &args);
            let mut table = Table::new(&["", "#SSIM"]);
            for (word, score) in [
                ("cli-frames-predicted", scores.predicted),
                ("cli-frames-held", scores.held),
                ("cli-frames-mean", scores.mean),
            ] {
                table.push([context.word(word), figures(score)]);
            }
            format!("{head}\n\n{}", table.text())
        },
    )?;
    Ok(ExitStatus::Done)
}

/// A time in whole steps, at least one.
pub(super) fn steps_of(secs: f64, step_secs: f64) -> usize {
    to_count((secs / step_secs).round().clamp(1.0, 1e6))
}
