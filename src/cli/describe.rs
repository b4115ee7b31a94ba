//! `gemba import` and `gemba inspect`: what is in a project.

use serde_json::{Value, json};

use super::{
    ExitStatus,
    args::{ImportArgs, ProjectArgs},
    json::{self as to_json, number},
    number::{duration, figures, percent},
    start::Context,
    table::Table,
};
use crate::{
    base::{self, Severity},
    data::Dataset,
    engine::{EngineError, ImportHow, ImportRequest, Loaded, Memory, import_data},
};

/// Most issues shown to people; JSON has all.
const MAX_ISSUES: usize = 40;

pub(crate) fn import(args: ImportArgs, context: &Context) -> anyhow::Result<ExitStatus> {
    let started = context.now_secs();
    let recipe = match &args.recipe {
        Some(path) => {
            let text = base::read_text(path).map_err(EngineError::from)?;
            Some((text, path.display().to_string()))
        }
        None => None,
    };
    let request = ImportRequest {
        sources: args.sources,
        recipe,
        name: String::new(),
    };
    let how = ImportHow {
        append: args.append,
        memory: if args.fresh {
            Memory::Fresh
        } else {
            Memory::Project
        },
    };
    let loaded = import_data(&args.project, &request, &how, &context.env())?;
    show(&loaded, context, started)
}

pub(crate) fn inspect(args: &ProjectArgs, context: &Context) -> anyhow::Result<ExitStatus> {
    let started = context.now_secs();
    let loaded = Loaded::open(&args.project)?;
    show(&loaded, context, started)
}

fn show(loaded: &Loaded, context: &Context, started: f64) -> anyhow::Result<ExitStatus> {
    let secs = context.now_secs() - started;
    context.answer(
        || object(loaded, context, secs),
        || words(loaded, context, secs),
    )?;
    Ok(ExitStatus::Done)
}

fn object(loaded: &Loaded, context: &Context, secs: f64) -> Value {
    let dataset = &loaded.dataset;
    let channels: Value = dataset
        .channels
        .iter()
        .map(|channel| {
            json!({
                "name": channel.name,
                "source": channel.source,
                "role": channel.role.name(),
                "role_confidence": number(channel.role_confidence),
                "unit": channel.unit,
                "kind": channel.kind.name(),
                "grade": channel.grade.name(),
                "missing_frac": number(channel.missing_frac),
                "issues": channel.findings,
            })
        })
        .collect();
    let episodes: Value = dataset
        .spans
        .iter()
        .map(|span| {
            json!({
                "name": dataset.episodes[span.episode].name,
                "start": span.start,
                "steps": span.n_steps(),
                "split": span.split.name(),
            })
        })
        .collect();
    json!({
        "project": loaded.path.display().to_string(),
        "rows": loaded.import.n_rows,
        "steps": dataset.n_steps(),
        "step_secs": number(dataset.step_secs),
        "channels": channels,
        "episodes": episodes,
        "media": {
            "images": dataset.media.frames.len(),
            "sounds": dataset.media.clips.len(),
            "checklist_items": dataset.media.n_items(),
        },
        "issues": to_json::issues(
            loaded.import.issues.iter().chain(&loaded.issues),
            context.text(),
        ),
        "secs": number(secs),
    })
}

fn words(loaded: &Loaded, context: &Context, secs: f64) -> String {
    let dataset = &loaded.dataset;
    let media = &dataset.media;
    let mut out = context.text().with(
        "cli-inspect-head",
        &[
            ("name", &dataset.name),
            ("rows", &loaded.import.n_rows.to_string()),
            ("step", &figures(dataset.step_secs)),
            ("secs", &duration(secs)),
        ],
    );
    out.push_str("\n\n");
    out.push_str(&channel_table(dataset, context).text());
    out.push('\n');
    out.push_str(&episode_table(dataset, context).text());
    out.push('\n');
    out.push_str(&context.text().with(
        "cli-inspect-media",
        &[
            ("images", &media.frames.len().to_string()),
            ("sounds", &media.clips.len().to_string()),
            ("answers", &media.n_items().to_string()),
        ],
    ));
    out.push('\n');
    push_issues(&mut out, loaded, context);
    out
}

fn channel_table(dataset: &Dataset, context: &Context) -> Table {
    let mut table = Table::new(&[
        &context.word("cli-channel"),
        &context.word("cli-role"),
        &format!("#{}", context.word("cli-sure")),
        &context.word("cli-unit"),
        &context.word("cli-grade"),
        &format!("#{}", context.word("cli-missing")),
        &context.word("cli-findings"),
    ]);
    for channel in &dataset.channels {
        table.push([
            channel.name.clone(),
            context.word(&format!("detail-role-{}", channel.role.name())),
            percent(channel.role_confidence),
            channel.unit.clone(),
            channel.grade.name().to_owned(),
            percent(channel.missing_frac),
            channel.findings.join(", "),
        ]);
    }
    table
}

fn episode_table(dataset: &Dataset, context: &Context) -> Table {
    let mut table = Table::new(&[
        &context.word("cli-episode"),
        &format!("#{}", context.word("cli-steps")),
        &context.word("cli-split"),
    ]);
    for span in &dataset.spans {
        table.push([
            dataset.episodes[span.episode].name.clone(),
            span.n_steps().to_string(),
            context.word(&format!("split-{}", span.split.name())),
        ]);
    }
    table
}

fn push_issues(out: &mut String, loaded: &Loaded, context: &Context) {
    let mut issues: Vec<_> = loaded.import.issues.iter().chain(&loaded.issues).collect();
    if issues.is_empty() {
        return;
    }
    // The worst first; a stable sort keeps the order in which they were met.
    issues.sort_by_key(|issue| std::cmp::Reverse(issue.severity));
    let n_bad = issues
        .iter()
        .filter(|issue| issue.severity > Severity::Info)
        .count();
    out.push('\n');
    out.push_str(&context.text().with(
        "cli-issues-head",
        &[
            ("n", &issues.len().to_string()),
            ("bad", &n_bad.to_string()),
        ],
    ));
    out.push('\n');
    for issue in issues.iter().take(MAX_ISSUES) {
        out.push_str(&context.issue_line(issue));
    }
    if issues.len() > MAX_ISSUES {
        let left = (issues.len() - MAX_ISSUES).to_string();
        out.push_str(&context.text().with("cli-issues-more", &[("n", &left)]));
        out.push('\n');
    }
}
