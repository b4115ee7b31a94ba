//! `gemba anomaly`: when the line behaved surprisingly, and which channels are to blame.

use serde_json::{Value, json};

use super::{
    ExitStatus,
    args::AnomalyArgs,
    json::number,
    number::{figures, percent},
    output::add,
    start::Context,
    table::Table,
};
use crate::{
    base::{format_time, format_zoned},
    engine::{AnomalyAnswer, AnomalySpan, Loaded, check_out, find_anomalies, write_anomalies},
    metrics::Detection,
};

pub(crate) fn anomaly(args: &AnomalyArgs, context: &Context) -> anyhow::Result<ExitStatus> {
    if let Some(out) = &args.out {
        check_out(out, ".csv")?;
    }
    let loaded = context.open(&args.project)?;
    let answer = find_anomalies(&loaded, args.split, &context.env())?;
    if let Some(out) = &args.out {
        write_anomalies(&loaded, &answer, out)?;
    }
    context.answer(
        || object(&loaded, &answer),
        || words(&loaded, &answer, args, context),
    )?;
    Ok(ExitStatus::Done)
}

fn object(loaded: &Loaded, answer: &AnomalyAnswer) -> Value {
    let dataset = &loaded.dataset;
    let mut object = json!({
        "split": answer.split.name(),
        "steps": answer.n_steps,
        "limit": number(answer.surprise.limit),
        "flagged_frac": number(flagged_frac(answer)),
        "window_steps": answer.surprise.window_steps,
        "model": answer.model,
        "spans": answer.spans.iter().map(|span| span_object(loaded, span)).collect::<Value>(),
    });
    if let Some((channel, counts)) = &answer.labels {
        object["labels"] = label_object(&dataset.channels[*channel].name, counts);
    }
    object
}

fn flagged_frac(answer: &AnomalyAnswer) -> f64 {
    answer.n_flagged as f64 / answer.n_steps.max(1) as f64
}

fn span_object(loaded: &Loaded, span: &AnomalySpan) -> Value {
    let dataset = &loaded.dataset;
    let channels: Value = span
        .channels
        .iter()
        .map(|&(channel, share)| {
            json!({ "name": dataset.channels[channel].name, "share": number(share) })
        })
        .collect();
    json!({
        "episode": dataset.episodes[span.episode].name,
        "start": span.start,
        "end": span.end,
        "start_time": format_time(span.start_ns),
        "peak": number(span.peak),
        "channels": channels,
    })
}

fn label_object(name: &str, counts: &Detection) -> Value {
    json!({
        "name": name,
        "f1": number(counts.f1()),
        "precision": number(counts.precision()),
        "recall": number(counts.recall()),
        "far": number(counts.far()),
        "mar": number(counts.mar()),
        "hits": counts.hits,
        "false_alarms": counts.false_alarms,
        "missed": counts.missed,
        "quiet": counts.quiet,
    })
}

fn words(loaded: &Loaded, answer: &AnomalyAnswer, args: &AnomalyArgs, context: &Context) -> String {
    let dataset = &loaded.dataset;
    let text = context.text();
    let mut out = text.with(
        "cli-anomaly-head",
        &[
            (
                "split",
                &context.word(&format!("split-{}", answer.split.name())),
            ),
            ("steps", &answer.n_steps.to_string()),
            ("share", &percent(flagged_frac(answer))),
            ("limit", &figures(answer.surprise.limit)),
        ],
    );
    out.push('\n');
    if !answer.spans.is_empty() {
        let mut table = Table::new(&[
            &context.word("cli-episode"),
            &format!("#{}", context.word("cli-steps")),
            &context.word("cli-anomaly-since"),
            &format!("#{}", context.word("cli-anomaly-peak")),
            &context.word("cli-anomaly-blame"),
        ]);
        for span in &answer.spans {
            let blamed = span.channels.iter().map(|&(channel, share)| {
                format!("{} {:.0} %", dataset.channels[channel].name, share * 100.0)
            });
            table.push([
                dataset.episodes[span.episode].name.clone(),
                format!("{}–{}", span.start, span.end),
                format_zoned(span.start_ns, dataset.shown_offset_secs()),
                figures(span.peak),
                blamed.collect::<Vec<_>>().join(", "),
            ]);
        }
        add(&mut out, format_args!("\n{}", table.text()));
    }
    if let Some((channel, counts)) = &answer.labels {
        let line = text.with(
            "cli-anomaly-labels",
            &[
                ("name", &dataset.channels[*channel].name),
                ("f1", &figures(counts.f1())),
                ("far", &percent(counts.far())),
                ("mar", &percent(counts.mar())),
            ],
        );
        add(&mut out, format_args!("\n{line}\n"));
    }
    if let Some(file) = &args.out {
        let file = file.display().to_string();
        add(
            &mut out,
            format_args!("{}\n", text.with("cli-written", &[("file", &file)])),
        );
    }
    out
}
