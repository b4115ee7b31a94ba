//! Why the answer may be believed or not: checks, stage, assumptions, issues, origin.

use super::{
    block::{Block, Cell, Entry, Mark, digest, figure, strong, words},
    document::{self, Context},
    format,
};
use crate::{
    base::{Severity, format_time, thousands_apart},
    data::{Channel, Episode, Span, Split},
    trust::{Reason, SupportLevel, Verdict, localized_reason, localized_suggestion},
};

/// Issues beyond these are counted, not listed.
const MAX_ISSUES: usize = 40;

/// What is said about an item.
pub(super) enum Fact {
    /// In words.
    Words(String),
    /// A digest.
    Digest(String),
    /// A whole number.
    Count(u64),
    /// A whole number that is a name: its digits are not set apart.
    Name(u64),
}

impl Fact {
    fn count(number: usize) -> Self {
        Self::Count(u64::try_from(number).unwrap_or(u64::MAX))
    }

    fn cell(&self) -> Cell {
        match self {
            Self::Words(said) => words(said),
            Self::Digest(said) => digest(said),
            Self::Count(number) => words(&thousands_apart(&number.to_string())),
            Self::Name(number) => words(&number.to_string()),
        }
    }
}

/// How well the data cover what was asked, in one sentence.
pub(super) fn support_sentence(context: &Context<'_>) -> String {
    let input = context.input;
    let (side, support) = document::support(context);
    let hours = format::number(support.similar_hours, 1);
    let campaigns = support.n_campaigns.to_string();
    let args = [("side", side), ("hours", &hours), ("campaigns", &campaigns)];
    let level = match support.verdict {
        SupportLevel::Inside => "report-support-inside",
        SupportLevel::Edge => "report-support-edge",
        SupportLevel::Outside => "report-support-outside",
        SupportLevel::Impossible => "report-support-impossible",
    };
    let mut out = context.say_with(level, &args);
    if let Some(step) = support.exit_step {
        let secs = step as f64 * input.dataset.step_secs;
        let after = format::duration(secs, &context.text);
        out.push_str(&context.say("report-joint"));
        out.push_str(&context.say_with("report-exit", &[("after", &after)]));
    }
    out
}

/// Every check of the judge, and what would help.
pub(super) fn reasons(context: &Context<'_>) -> Vec<Block> {
    let mut out = vec![Block::List(judge_checks(context))];
    let suggestions = suggestions(context);
    if !suggestions.is_empty() {
        out.push(Block::Heading(context.say("report-suggestions")));
        out.push(Block::List(suggestions));
    }
    out
}

/// What the model leaves open about the KPIs, and every check of the judge.
pub(super) fn judge_checks(context: &Context<'_>) -> Vec<Entry> {
    let reasons = context.input.judgement.reasons.iter();
    let provisional = context.input.is_provisional.then(|| {
        let said = context.say("report-provisional");
        Entry::new(mark_of(Verdict::Partly), said)
    });
    let mut doubts: Vec<&Reason> = Vec::new();
    for doubt in context.input.kpis.iter().flat_map(|line| line.doubts) {
        if !doubts.contains(&doubt) {
            doubts.push(doubt);
        }
    }
    let checks = doubts.into_iter().chain(reasons).map(|reason| {
        let said = localized_reason(reason, &context.text);
        Entry::new(mark_of(reason.level), said)
    });
    provisional.into_iter().chain(checks).collect()
}

/// What would help.
pub(super) fn suggestions(context: &Context<'_>) -> Vec<Entry> {
    let suggestions = context.input.judgement.suggestions.iter();
    suggestions
        .map(|suggestion| {
            let said = localized_suggestion(suggestion, &context.text);
            Entry::new(("same", "→"), said)
        })
        .collect()
}

/// The mark of a verdict.
pub(super) fn mark_of(verdict: Verdict) -> Mark {
    match verdict {
        Verdict::Answerable => ("ok", "✓"),
        Verdict::Partly => ("warn", "!"),
        Verdict::NotFromThisLog => ("bad", "✕"),
    }
}

/// The stage of proof and its checks.
pub(super) fn stage(context: &Context<'_>) -> Vec<Block> {
    let said = Block::Text(stage_words(context));
    vec![said, Block::List(stage_checks(context))]
}

/// The stage of proof.
pub(super) fn stage_words(context: &Context<'_>) -> String {
    let stage = context.input.stage.stage;
    let name = context.say(&format!("report-stage-{}", stage.clamp(1, 3)));
    let number = stage.to_string();
    context.say_with("report-stage-pill", &[("n", &number), ("name", &name)])
}

/// The checks of the stage of proof.
pub(super) fn stage_checks(context: &Context<'_>) -> Vec<Entry> {
    let checks = context.input.stage.checks.iter();
    checks
        .map(|(key, is_passed, evidence)| {
            let mark = mark_of(if *is_passed {
                Verdict::Answerable
            } else {
                Verdict::NotFromThisLog
            });
            let said = context.text.or(key, &[], "");
            if said.is_empty() {
                return Entry::new(mark, evidence.clone());
            }
            Entry {
                mark,
                said,
                evidence: evidence.clone(),
            }
        })
        .collect()
}

/// What the answer rests on: the data, the model, the sensors' grades.
pub(super) fn assumptions(context: &Context<'_>) -> Vec<Block> {
    vec![
        fact_table(context, &ground(context)),
        Block::Note(context.say("report-assumption-note")),
        Block::Heading(context.say("report-grades")),
        grades(context),
    ]
}

fn fact_table(context: &Context<'_>, facts: &[(&str, Fact)]) -> Block {
    let rows: Vec<Vec<Cell>> = facts
        .iter()
        .map(|(key, fact)| vec![words(&context.say(key)), fact.cell()])
        .collect();
    let heads = context.heads(&["report-what", "report-found"]);
    Block::Table { heads, rows }
}

/// What the answer rests on, each item's key with what is said of it.
pub(super) fn ground(context: &Context<'_>) -> Vec<(&'static str, Fact)> {
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
            let name = context.say(&format!("report-split-{}", split.name()));
            format!("{name} {}", thousands_apart(&n.to_string()))
        })
        .collect();
    let [name, tier, device, members, draws] = &input.model;
    let tier = context.text.or(&format!("tier-{tier}"), &[], tier);
    let draws = thousands_apart(draws);
    let counts = [("members", members.as_str()), ("draws", draws.as_str())];
    let step = context.say_with("report-secs", &[("n", &dataset.step_secs.to_string())]);
    let model = format!("{name} · {tier} · {device}");
    let draws = context.say_with("report-draws-of", &counts);
    vec![
        ("report-data-range", Fact::Words(range)),
        ("report-step", Fact::Words(step)),
        ("report-rows", Fact::count(dataset.n_steps())),
        ("report-episodes", Fact::count(dataset.episodes.len())),
        ("report-splits", Fact::Words(shares.join(" · "))),
        ("report-model", Fact::Words(model)),
        ("report-draws", Fact::Words(draws)),
    ]
}

/// The head of the table of sensors.
pub(super) fn grade_heads(context: &Context<'_>) -> Vec<String> {
    context.heads(&[
        "report-channel",
        "report-unit",
        "report-role",
        "report-grade",
        "report-missing",
        "report-findings",
    ])
}

/// What a channel is to the line.
pub(super) fn role_words(context: &Context<'_>, channel: &Channel) -> String {
    context.say(&format!("report-role-{}", channel.role.name()))
}

/// What was found about a sensor.
pub(super) fn finding_words(context: &Context<'_>, channel: &Channel) -> String {
    let findings: Vec<String> = channel
        .findings
        .iter()
        .map(|code| context.text.or(&format!("finding-{code}"), &[], code))
        .collect();
    findings.join(&context.say("place-comma"))
}

fn grades(context: &Context<'_>) -> Block {
    let rows: Vec<Vec<Cell>> = context
        .input
        .dataset
        .channels
        .iter()
        .map(|channel| {
            vec![
                words(&channel.name),
                words(&channel.unit),
                words(&role_words(context, channel)),
                strong(channel.grade.name()),
                figure(&format!("{:.1} %", channel.missing_frac * 100.0)),
                words(&finding_words(context, channel)),
            ]
        })
        .collect();
    let heads = grade_heads(context);
    Block::Table { heads, rows }
}

/// What was worked around when the data came in.
pub(super) fn issues(context: &Context<'_>) -> Vec<Block> {
    if context.input.issues.is_empty() {
        return vec![Block::Text(context.say("report-no-issues"))];
    }
    let (entries, more) = listed_issues(context);
    let mut out = vec![Block::List(entries)];
    out.extend(more.map(Block::Note));
    out
}

/// The issues that are listed, and how many more there are in words.
pub(super) fn listed_issues(context: &Context<'_>) -> (Vec<Entry>, Option<String>) {
    let issues = &context.input.issues;
    let entries = issues
        .iter()
        .take(MAX_ISSUES)
        .map(|(severity, said)| {
            let mark = match severity {
                Severity::Info => ("same", "i"),
                Severity::Warning => ("warn", "!"),
                Severity::Error => ("bad", "✕"),
            };
            Entry::new(mark, said.clone())
        })
        .collect();
    let n_more = issues.len().saturating_sub(MAX_ISSUES);
    let more = || {
        context.say_with(
            "report-more-issues",
            &[("n", &thousands_apart(&n_more.to_string()))],
        )
    };
    (entries, (n_more > 0).then(more))
}

/// Where every number comes from, so that it can be made again.
pub(super) fn provenance(context: &Context<'_>) -> Vec<Block> {
    let note = context.say("report-provenance-note");
    vec![fact_table(context, &origin(context)), Block::Note(note)]
}

/// Where every number comes from, each item's key with what is said of it.
pub(super) fn origin(context: &Context<'_>) -> Vec<(&'static str, Fact)> {
    let input = context.input;
    let [data, model, a, b] = &input.digests;
    let digest = |text: &str| Fact::Digest(text.to_owned());
    let time = format_time(input.now_ns)
        .replace('T', " ")
        .replace('Z', " UTC");
    vec![
        ("report-digest-data", digest(data)),
        ("report-digest-model", digest(model)),
        ("report-digest-a", digest(a)),
        ("report-digest-b", digest(b)),
        ("report-seed", Fact::Name(input.seed)),
        ("report-version", Fact::Words(input.version.clone())),
        ("report-made", Fact::Words(time)),
    ]
}
