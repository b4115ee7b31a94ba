//! `gemba doctor`: what this machine and build can do.

use serde_json::{Value, json};

use super::{ExitStatus, json::number, output::add, start::Context, table::Table};
use crate::engine;

pub(crate) fn doctor(context: &Context) -> anyhow::Result<ExitStatus> {
    let answer = engine::doctor();
    context.answer(
        || {
            let devices: Value = answer
                .devices
                .iter()
                .map(|line| {
                    json!({ "name": line.name, "usable": line.usable, "why_not": line.why_not })
                })
                .collect();
            let problems: Value = answer
                .problems
                .iter()
                .map(|(text, hint)| json!({ "text": text, "hint": hint }))
                .collect();
            json!({
                "version": answer.version,
                "devices": devices,
                "chosen": answer.chosen,
                "renderer": answer.renderer,
                "memory_gib": number(answer.memory_gib),
                "problems": problems,
            })
        },
        || {
            let mut table = Table::new(&[
                &context.word("cli-device"),
                &context.word("cli-usable"),
                &context.word("cli-why-not"),
            ]);
            for line in &answer.devices {
                table.push([
                    line.name.clone(),
                    context.word(if line.usable { "cli-yes" } else { "cli-no" }),
                    line.why_not.clone(),
                ]);
            }
            let memory = format!("{:.1}", answer.memory_gib);
            let mut out = context.text().with(
                "cli-doctor-head",
                &[
                    ("version", &answer.version),
                    ("chosen", &answer.chosen),
                    ("renderer", &answer.renderer),
                    ("memory", &memory),
                ],
            );
            add(&mut out, format_args!("\n\n{}", table.text()));
            for (text, hint) in &answer.problems {
                add(&mut out, format_args!("\n! {text}\n→ {hint}\n"));
            }
            out
        },
    )?;
    Ok(ExitStatus::Done)
}
