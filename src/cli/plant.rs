//! `gemba synth` and `gemba truth`: the built-in plant.

use serde_json::{Value, json};

use super::{
    ExitStatus,
    args::{SynthArgs, TruthArgs},
    json::number,
    number::{duration, figures, signed},
    start::Context,
    table::Table,
};
use crate::engine::{self, SynthSpec, make_plant, read_scenario};

pub(crate) fn synth(args: SynthArgs, context: &Context) -> anyhow::Result<ExitStatus> {
    let started = context.now_secs();
    let spec = SynthSpec {
        plant: args.plant,
        hours: args.hours,
        excitation: args.excitation,
        faults: args.faults,
        seed: context.common.seed,
    };
    make_plant(&spec, &args.out, &context.env())?;
    let secs = context.now_secs() - started;
    let out = args.out.display().to_string();
    context.answer(
        || {
            json!({
                "plant": spec.plant,
                "hours": number(spec.hours),
                "faults": spec.faults,
                "seed": spec.seed,
                "out": out,
                "secs": number(secs),
            })
        },
        || {
            let args = [
                ("hours", spec.hours.to_string()),
                ("dir", out.clone()),
                ("secs", duration(secs)),
            ];
            let args = args.each_ref().map(|(name, value)| (*name, value.as_str()));
            context.text().with("cli-synth-done", &args) + "\n"
        },
    )?;
    Ok(ExitStatus::Done)
}

pub(crate) fn truth(args: &TruthArgs, context: &Context) -> anyhow::Result<ExitStatus> {
    let baseline = read_scenario(&args.pair.baseline)?;
    let variant = read_scenario(&args.pair.variant)?;
    let answer = engine::truth(&args.dir, &baseline, &variant)?;
    context.answer(
        || {
            let kpis: Value = answer
                .kpis
                .iter()
                .map(|line| {
                    json!({
                        "name": line.kpi.name,
                        "unit": line.kpi.unit,
                        "better": line.kpi.better.name(),
                        "a": { "mean": number(line.a) },
                        "b": { "mean": number(line.b) },
                        "delta": { "mean": number(line.b - line.a) },
                    })
                })
                .collect();
            json!({ "baseline": baseline.name, "variant": variant.name, "kpis": kpis })
        },
        || {
            let mut table = Table::new(&[
                &context.word("cli-kpi"),
                &context.word("cli-unit"),
                "#A",
                "#B",
                "#B − A",
            ]);
            for line in &answer.kpis {
                table.push([
                    context.text().kpi_name(&line.kpi.name),
                    line.kpi.unit.clone(),
                    figures(line.a),
                    figures(line.b),
                    signed(line.b - line.a),
                ]);
            }
            table.text()
        },
    )?;
    Ok(ExitStatus::Done)
}
