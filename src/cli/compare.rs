//! `gemba compare` and `gemba report`: A against B.

use std::path::Path;

use serde_json::json;

use super::{
    ExitStatus,
    args::{CompareArgs, QuestionArgs, ReportArgs},
    json as to_json,
    judge::{judgement_words, support_words},
    number::{figures, percent},
    output::add,
    start::Context,
    table::Table,
};
use crate::{
    base::{exact, grouped, with_plus},
    engine::{
        self, CompareAnswer, CompareRequest, Loaded, check_report_kind, read_scenario, write_report,
    },
    scenario::{Better, Plan},
    trust::{Outcome, exceedance_words, localized_reason, untold_limit},
};

pub(crate) fn compare(args: &CompareArgs, context: &Context) -> anyhow::Result<ExitStatus> {
    let (loaded, answer) = ask(&args.project, &args.question, context)?;
    context.answer(
        || to_json::comparison(&answer, &names(&loaded), context.text()),
        || words(&loaded, &answer, context),
    )?;
    Ok(ExitStatus::Done)
}

pub(crate) fn report(args: &ReportArgs, context: &Context) -> anyhow::Result<ExitStatus> {
    check_report_kind(&args.out)?;
    let (loaded, answer) = ask(&args.project, &args.question, context)?;
    let locale = context.text().locale();
    write_report(&loaded, &answer, locale, &args.out, &context.env())?;
    let file = args.out.display().to_string();
    context.answer(
        || {
            let mut object = to_json::comparison(&answer, &names(&loaded), context.text());
            object["out"] = json!(file);
            object
        },
        || context.text().with("cli-written", &[("file", &file)]) + "\n",
    )?;
    Ok(ExitStatus::Done)
}

fn ask(
    project: &Path,
    question: &QuestionArgs,
    context: &Context,
) -> anyhow::Result<(Loaded, CompareAnswer)> {
    let baseline = read_scenario(&question.pair.baseline)?;
    let variant = read_scenario(&question.pair.variant)?;
    let loaded = context.open(project)?;
    let request = CompareRequest {
        baseline,
        variant,
        n_draws: question.draws,
        delta: question.delta,
        seed: context.common.seed,
    };
    let answer = engine::compare(&loaded, &request, &context.env())?;
    Ok((loaded, answer))
}

/// The dataset's channel names.
pub(crate) fn names(loaded: &Loaded) -> Vec<&str> {
    let channels = loaded.dataset.channels.iter();
    channels.map(|channel| channel.name.as_str()).collect()
}

/// A comparison for people: sentence, KPI table, limits, judgement, support.
pub(crate) fn words(loaded: &Loaded, answer: &CompareAnswer, context: &Context) -> String {
    let name = |letter: &str, plan: &Plan| {
        plan.shown_name(letter, &loaded.dataset.channels, context.text())
    };
    let mut out = context.text().with(
        "cli-compare-head",
        &[
            ("a", &name("A", &answer.a.plan)),
            ("b", &name("B", &answer.b.plan)),
            ("draws", &answer.n_draws.to_string()),
            ("members", &answer.n_members.to_string()),
        ],
    );
    out.push_str("\n\n");
    for line in &answer.kpis {
        out.push_str(&answer.sentence(line, context.text()));
        out.push('\n');
    }
    for doubt in answer.doubts() {
        let said = localized_reason(doubt, context.text());
        add(&mut out, format_args!("! {said}\n"));
    }
    add(
        &mut out,
        format_args!("\n{}\n", kpi_table(answer, context).text()),
    );
    let mut kpis = answer.kpis.iter();
    if kpis.any(|line| line.kpi.better == Better::Unknown) {
        let said = context.word("cli-better-unknown");
        add(&mut out, format_args!("{said}\n\n"));
    }
    if !answer.limits.is_empty() {
        add(
            &mut out,
            format_args!("{}\n", limit_table(loaded, answer, context).text()),
        );
        for line in &answer.limits {
            let channel = &loaded.dataset.channels[line.channel];
            if let Some(said) = untold_limit(line, channel, context.text()) {
                add(&mut out, format_args!("! {said}\n"));
            }
        }
    }
    out.push_str(&judgement_words(&answer.judgement, context));
    out.push_str(&support_words(answer.support(), context));
    out.push('\n');
    out
}

fn kpi_table(answer: &CompareAnswer, context: &Context) -> Table {
    let mut table = Table::new(&[
        &context.word("cli-kpi"),
        &context.word("cli-unit"),
        &format!("#{}", context.word("cli-real")),
        "#A",
        "#B",
        "#B − A",
        "#95 % ↓",
        "#95 % ↑",
        &format!("#{}", context.word("cli-p-better")),
        &format!("#{}", context.word("cli-p-equal")),
        "#VR",
    ]);
    for line in &answer.kpis {
        let (paired, outcome) = (&line.paired, answer.outcome(line));
        let value = |value: f64| grouped(value, paired.decimals());
        let signed = |difference: f64| with_plus(difference, value(difference));
        let equal = if outcome == Outcome::Untold {
            outcome.chance_words(&line.kpi, paired)
        } else {
            percent(paired.p_equal)
        };
        table.push([
            context.text().kpi_name(&line.kpi.name),
            line.kpi.unit.clone(),
            value(line.real.unwrap_or(f64::NAN)),
            value(paired.a.mean),
            value(paired.b.mean),
            signed(paired.delta.mean),
            signed(paired.delta.lo),
            signed(paired.delta.hi),
            outcome.chance_words(&line.kpi, paired),
            equal,
            figures(paired.variance_ratio),
        ]);
    }
    table
}

fn limit_table(loaded: &Loaded, answer: &CompareAnswer, context: &Context) -> Table {
    let (minutes, margin) = (context.word("cli-minutes"), context.word("cli-margin"));
    let mut table = Table::new(&[
        &context.word("cli-channel"),
        &context.word("cli-limit"),
        &format!("#{}", context.word("cli-value")),
        "#P(A) 95 %",
        "#P(B) 95 %",
        &format!("#{minutes} A"),
        &format!("#{minutes} B"),
        &format!("#{margin} A"),
        &format!("#{margin} B"),
    ]);
    for line in &answer.limits {
        let chance = |side| exceedance_words(line, side, context.text());
        let told = |value: f64| match line.rests_at {
            Some(_) => "–".to_owned(),
            None => figures(value),
        };
        table.push([
            loaded.dataset.channels[line.channel].name.clone(),
            line.limit.to_owned(),
            exact(line.value),
            chance(&line.a),
            chance(&line.b),
            told(line.a.minutes),
            told(line.b.minutes),
            told(line.a.margin),
            told(line.b.margin),
        ]);
    }
    table
}
