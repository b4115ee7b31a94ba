//! `gemba doctor`: what this machine and build can do.

use serde_json::{Value, json};

use super::{ExitStatus, json::number, output::add, start::Context, table::Table};
use crate::{base::Phrase, engine};

pub(crate) fn doctor(context: &Context) -> anyhow::Result<ExitStatus> {
    let answer = engine::doctor();
    let say = |words: &Phrase| context.text().say(words);
    context.answer(
        || {
            let devices: Value = answer
                .devices
                .iter()
                .map(|line| {
                    json!({ "name": line.name, "usable": line.usable, "why_not": say(&line.why_not) })
                })
                .collect();
            let problems: Value = answer
                .problems
                .iter()
                .map(|(text, hint)| json!({ "text": say(text), "hint": say(hint) }))
                .collect();
            json!({
                "version": answer.version,
                "devices": devices,
                "chosen": answer.chosen,
                "renderer": answer.renderer,
                "memory_gib": number(answer.memory_gib),
                "fonts": answer.fonts,
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
                    say(&line.why_not),
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
                    ("fonts", &answer.fonts.join(", ")),
                ],
            );
            add(&mut out, format_args!("\n\n{}", table.text()));
            for (text, hint) in &answer.problems {
                add(&mut out, format_args!("\n! {}\n→ {}\n", say(text), say(hint)));
            }
            out
        },
    )?;
    Ok(ExitStatus::Done)
}
