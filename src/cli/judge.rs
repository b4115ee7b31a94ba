//! `gemba judge`: may this question be answered from this log?

use serde_json::Value;

use super::{
    ExitStatus,
    args::JudgeArgs,
    json as to_json,
    number::{figures, percent},
    output::add,
    start::Context,
    table::Table,
};
use crate::{
    engine::{self, read_scenario},
    trust::{Judgement, Support, Verdict, localized_reason, localized_suggestion},
};

pub(crate) fn judge(args: &JudgeArgs, context: &Context) -> anyhow::Result<ExitStatus> {
    let loaded = context.open(&args.project)?;
    let spec = read_scenario(&args.scenario)?;
    let (judgement, support) = engine::judge(&loaded, &spec, &context.env())?;
    context.answer(
        || object(&judgement, &support, context),
        || {
            let support = support_words(&support, context);
            format!("{}{support}\n", judgement_words(&judgement, context))
        },
    )?;
    Ok(if judgement.verdict == Verdict::NotFromThisLog {
        ExitStatus::No
    } else {
        ExitStatus::Done
    })
}

fn object(judgement: &Judgement, support: &Support, context: &Context) -> Value {
    let mut object = to_json::judgement(judgement, context.text());
    object["support"] = to_json::support(support);
    object
}

/// The verdict, every check, what would help.
pub(crate) fn judgement_words(judgement: &Judgement, context: &Context) -> String {
    let verdict = context.word(&format!("cli-verdict-{}", judgement.verdict.name()));
    let mut out = context
        .text()
        .with("cli-judge-head", &[("verdict", &verdict)]);
    out.push('\n');
    if !judgement.reasons.is_empty() {
        let mut table = Table::new(&[
            &context.word("cli-check"),
            &context.word("cli-says"),
            &context.word("cli-channel"),
            &format!("#{}", context.word("cli-value")),
            &format!("#{}", context.word("cli-threshold")),
            &context.word("cli-meaning"),
        ]);
        for reason in &judgement.reasons {
            table.push([
                reason.check.to_owned(),
                context.word(&format!("cli-verdict-{}", reason.level.name())),
                reason.channel.clone(),
                figures(reason.value),
                figures(reason.threshold),
                localized_reason(reason, context.text()),
            ]);
        }
        add(&mut out, format_args!("\n{}\n", table.text()));
    }
    for suggestion in &judgement.suggestions {
        let words = localized_suggestion(suggestion, context.text());
        add(&mut out, format_args!("→ {words}\n"));
    }
    out
}

/// How far the data reach, in one line.
pub(crate) fn support_words(support: &Support, context: &Context) -> String {
    let level = context.word(&format!("cli-support-{}", support.verdict.name()));
    let hours = figures(support.similar_hours);
    let n = support.n_campaigns.to_string();
    let mut out = context.text().with(
        "cli-support",
        &[("level", &level), ("hours", &hours), ("n", &n)],
    );
    if let Some(step) = support.exit_step {
        let share = step as f64 / support.levels.len().max(1) as f64;
        out.push(' ');
        out.push_str(&context.text().with(
            "cli-support-exit",
            &[("step", &step.to_string()), ("share", &percent(share))],
        ));
    }
    out
}
