//! `gemba preview`: how a file would be read, and why, from its beginning.

use serde_json::{Value, json};

use super::{
    ExitStatus,
    args::PreviewArgs,
    json::{self as to_json, number},
    number::percent,
    output::add,
    start::Context,
    table::Table,
};
use crate::{
    base,
    engine::{self, EngineError, Preview, PreviewFact, PreviewRequest},
};

/// Rows in the JSON answer.
const ROWS: usize = 20;

pub(crate) fn preview(args: &PreviewArgs, context: &Context) -> anyhow::Result<ExitStatus> {
    let recipe_toml = match &args.recipe {
        Some(path) => Some(base::read_text(path).map_err(EngineError::from)?),
        None => None,
    };
    let request = PreviewRequest {
        sources: vec![args.source.clone()],
        recipe_toml,
        project: args.project.clone(),
        folder: None,
    };
    let shown = engine::preview(&args.source, &request, context.stop())?;
    context.answer(|| object(&shown, context), || words(&shown, context))?;
    Ok(ExitStatus::Done)
}

/// The facts, in the order they are shown.
fn facts(shown: &Preview) -> [(PreviewFact, String); 5] {
    [
        (PreviewFact::Encoding, shown.encoding.clone()),
        (PreviewFact::Delimiter, shown.delimiter.clone()),
        (PreviewFact::Decimal, shown.decimal.to_string()),
        (PreviewFact::Header, shown.n_header_rows.to_string()),
        (PreviewFact::Time, shown.time.clone()),
    ]
}

fn why(shown: &Preview, fact: PreviewFact, context: &Context) -> String {
    shown
        .why(fact)
        .map(|words| context.text().say(words))
        .unwrap_or_default()
}

fn object(shown: &Preview, context: &Context) -> Value {
    let facts: serde_json::Map<String, Value> = facts(shown)
        .into_iter()
        .map(|(fact, found)| {
            let why = why(shown, fact, context);
            (fact.name().to_owned(), json!({"found": found, "why": why}))
        })
        .collect();
    let channels = shown.channels.iter().map(|channel| {
        json!({
            "name": channel.name,
            "source": channel.source,
            "role": channel.role.name(),
            "role_confidence": number(channel.role_confidence),
            "unit": channel.unit,
        })
    });
    json!({
        "source": shown.source,
        "facts": facts,
        "time_columns": shown.time_columns,
        "channels": channels.collect::<Value>(),
        "header": shown.header,
        "rows": shown.rows.iter().take(ROWS).collect::<Vec<_>>(),
        "recipe": shown.recipe_toml,
        "issues": to_json::issues(shown.issues.as_slice().iter(), context.text()),
    })
}

fn words(shown: &Preview, context: &Context) -> String {
    let mut out = format!("{}\n\n", shown.source);
    for (fact, found) in facts(shown) {
        let name = context.word(&format!("cli-preview-{}", fact.name()));
        let found = if found.is_empty() {
            context.word("cli-preview-none")
        } else {
            found
        };
        let why = why(shown, fact, context);
        add(&mut out, format_args!("  {name}: {found} ({why})\n"));
    }
    out.push('\n');
    let mut table = Table::new(&[
        &context.word("cli-channel"),
        &context.word("cli-role"),
        &format!("#{}", context.word("cli-preview-sure")),
        &context.word("cli-unit"),
    ]);
    for channel in &shown.channels {
        table.push([
            channel.name.clone(),
            context.word(&format!("detail-role-{}", channel.role.name())),
            percent(channel.role_confidence),
            channel.unit.clone(),
        ]);
    }
    out.push_str(&table.text());
    for issue in shown.issues.as_slice() {
        out.push_str(&context.issue_line(issue));
    }
    if shown.lacks_control() {
        // What the window says above the columns.
        let [severity, lack, hint, step] = [
            "cli-severity-warning",
            "ui-wizard-no-control",
            "cli-hint",
            "cli-preview-no-control-hint",
        ]
        .map(|key| context.word(key));
        add(&mut out, format_args!("  {severity}: {lack}\n"));
        add(&mut out, format_args!("  {hint}: {step}\n"));
    }
    out
}
