//! Why the answer may be believed or not: checks, stage, assumptions, issues, origin.

use super::{
    format,
    html::{Cell, escape, figure, html_cell, mark, push, table, words},
    page::Context,
};
use crate::{
    base::{Severity, format_time},
    data::{Episode, Span, Split},
    trust::{Reason, Support, SupportLevel, Verdict},
};

/// Issues beyond these are counted, not listed.
const MAX_ISSUES: usize = 40;

/// How well the data cover B, in one sentence.
pub(super) fn support_sentence(context: &Context<'_>) -> String {
    let input = context.input;
    let support: &Support = input.b.support;
    let hours = format::number(support.similar_hours, 1);
    let campaigns = support.n_campaigns.to_string();
    let level = match support.verdict {
        SupportLevel::Inside => "report-support-inside",
        SupportLevel::Edge => "report-support-edge",
        SupportLevel::Outside => "report-support-outside",
        SupportLevel::Impossible => "report-support-impossible",
    };
    let mut out = context.say_with(level, &[("hours", &hours), ("campaigns", &campaigns)]);
    if let Some(step) = support.exit_step {
        let secs = step as f64 * input.dataset.step_secs;
        let after = format::duration(secs, &context.text);
        out.push_str(&context.say("report-joint"));
        out.push_str(&context.say_with("report-exit", &[("after", &after)]));
    }
    out
}

/// Every check of the judge, and what would help.
pub(super) fn reasons(context: &Context<'_>) -> String {
    let judgement = context.input.judgement;
    let mut out = "<ul>".to_owned();
    for reason in &judgement.reasons {
        let (class, symbol) = symbol_of(reason.level);
        out.push_str(&item(class, symbol, &reason_text(context, reason)));
    }
    out.push_str("</ul>");
    if !judgement.suggestions.is_empty() {
        let title = escape(&context.say("report-suggestions"));
        push(&mut out, format_args!("<h3>{title}</h3><ul>"));
        for (key, args, english) in &judgement.suggestions {
            out.push_str(&item(
                "same",
                "→",
                &context.text.or(key, &borrowed(args), english),
            ));
        }
        out.push_str("</ul>");
    }
    out
}

fn symbol_of(verdict: Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Answerable => ("ok", "✓"),
        Verdict::Partly => ("warn", "!"),
        Verdict::NotFromThisLog => ("bad", "✕"),
    }
}

/// A reason's words; the check's own key of the locale files where there is one.
fn reason_text(context: &Context<'_>, reason: &Reason) -> String {
    let key = format!("judge-{}-{}", reason.check, reason.level.name());
    context.text.or(&key, &borrowed(&reason.args), &reason.text)
}

fn borrowed<'a>(args: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    args.iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect()
}

fn item(class: &str, symbol: &str, said: &str) -> String {
    format!("<li>{}{}</li>", mark(class, symbol), escape(said))
}

/// The stage of proof and its checks.
pub(super) fn stage(context: &Context<'_>) -> String {
    let report = context.input.stage;
    let name = context.say(&format!("report-stage-{}", report.stage.clamp(1, 3)));
    let number = report.stage.to_string();
    let pill = context.say_with("report-stage-pill", &[("n", &number), ("name", &name)]);
    let mut out = format!("<p>{}</p><ul>", escape(&pill));
    for (key, is_passed, evidence) in &report.checks {
        let (class, symbol) = if *is_passed {
            ("ok", "✓")
        } else {
            ("bad", "✕")
        };
        let said = context.text.or(key, &[], "");
        let line = match (said.is_empty(), evidence.is_empty()) {
            (true, _) => evidence.clone(),
            (false, true) => said,
            (false, false) => format!("{said} – {evidence}"),
        };
        out.push_str(&item(class, symbol, &line));
    }
    out.push_str("</ul>");
    out
}

/// What the answer rests on: the data, the model, the sensors' grades.
pub(super) fn assumptions(context: &Context<'_>) -> String {
    let input = context.input;
    let dataset = input.dataset;
    let last = dataset.episodes.len().saturating_sub(1);
    let n_last = dataset.episodes.last().map_or(0, Episode::n_steps);
    let range = format!(
        "{} – {}",
        context.moment(0, 0),
        context.moment(last, n_last.saturating_sub(1))
    );
    let shares: Vec<String> = Split::ALL
        .into_iter()
        .map(|split| {
            let n: usize = dataset.spans_of(split).map(Span::n_steps).sum();
            format!(
                "{} {n}",
                context.say(&format!("report-split-{}", split.name()))
            )
        })
        .collect();
    let [name, tier, device, members, draws] = &input.model;
    let counts = [("members", members.as_str()), ("draws", draws.as_str())];
    let facts = [
        ("report-data-range", range),
        (
            "report-step",
            context.say_with("report-secs", &[("n", &dataset.step_secs.to_string())]),
        ),
        ("report-rows", dataset.n_steps().to_string()),
        ("report-episodes", dataset.episodes.len().to_string()),
        ("report-splits", shares.join(" · ")),
        ("report-model", format!("{name} · {tier} · {device}")),
        ("report-draws", context.say_with("report-draws-of", &counts)),
    ];
    let rows: Vec<Vec<Cell>> = facts
        .iter()
        .map(|(key, said)| vec![words(&context.say(key)), words(said)])
        .collect();
    let note = context.say("report-assumption-note");
    format!(
        "{}<p class=\"note\">{}</p>{}",
        table(&context.heads(&["report-what", "report-found"]), &rows),
        escape(&note),
        grades(context)
    )
}

fn grades(context: &Context<'_>) -> String {
    let rows: Vec<Vec<Cell>> = context
        .input
        .dataset
        .channels
        .iter()
        .map(|channel| {
            let findings: Vec<String> = channel
                .findings
                .iter()
                .map(|code| context.text.or(&format!("finding-{code}"), &[], code))
                .collect();
            vec![
                words(&channel.name),
                words(&channel.unit),
                words(&context.say(&format!("report-role-{}", channel.role.name()))),
                html_cell("", format!("<strong>{}</strong>", channel.grade.name())),
                figure(&format!("{:.1} %", channel.missing_frac * 100.0)),
                words(&findings.join(", ")),
            ]
        })
        .collect();
    let heads = context.heads(&[
        "report-channel",
        "report-unit",
        "report-role",
        "report-grade",
        "report-missing",
        "report-findings",
    ]);
    format!(
        "<h3>{}</h3>{}",
        escape(&context.say("report-grades")),
        table(&heads, &rows)
    )
}

/// What was worked around when the data came in.
pub(super) fn issues(context: &Context<'_>) -> String {
    let list = &context.input.issues;
    if list.is_empty() {
        return format!("<p>{}</p>", escape(&context.say("report-no-issues")));
    }
    let mut out = "<ul>".to_owned();
    for (severity, said) in list.iter().take(MAX_ISSUES) {
        let (class, symbol) = match severity {
            Severity::Info => ("same", "i"),
            Severity::Warning => ("warn", "!"),
            Severity::Error => ("bad", "✕"),
        };
        out.push_str(&item(class, symbol, said));
    }
    out.push_str("</ul>");
    if list.len() > MAX_ISSUES {
        let n = (list.len() - MAX_ISSUES).to_string();
        let more = context.say_with("report-more-issues", &[("n", &n)]);
        push(
            &mut out,
            format_args!("<p class=\"note\">{}</p>", escape(&more)),
        );
    }
    out
}

/// Where every number comes from, so that it can be made again.
pub(super) fn provenance(context: &Context<'_>) -> String {
    let input = context.input;
    let [data, model, a, b] = &input.digests;
    let digest = |text: &str| html_cell("digest", escape(text));
    let time = format_time(input.now_ns)
        .replace('T', " ")
        .replace('Z', " UTC");
    let rows = [
        ("report-digest-data", digest(data)),
        ("report-digest-model", digest(model)),
        ("report-digest-a", digest(a)),
        ("report-digest-b", digest(b)),
        ("report-seed", words(&input.seed.to_string())),
        ("report-version", words(&input.version)),
        ("report-made", words(&time)),
    ]
    .map(|(key, cell)| vec![words(&context.say(key)), cell]);
    let note = context.say("report-provenance-note");
    format!(
        "{}<p class=\"note\">{}</p>",
        table(&context.heads(&["report-what", "report-found"]), &rows),
        escape(&note)
    )
}
