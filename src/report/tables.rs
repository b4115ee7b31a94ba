//! The tables of figures: KPIs, what is changed, limits.

use super::{
    ReportKpi,
    block::{Block, Cell, CellKind, figure, words},
    document::{self, Context},
    format,
};
use crate::{
    metrics::{Exceedance, LimitLine},
    scenario::{Better, Kpi, Reduce},
    trust::{self, Outcome},
};

/// A, B, their difference, its interval, how sure, and what really happened.
pub(super) fn kpis(context: &Context<'_>) -> Vec<Block> {
    let Some(first) = context.input.kpis.first() else {
        return vec![Block::Text(context.say("report-no-kpis"))];
    };
    let level = format!("{:.0}", first.paired.level * 100.0);
    let mut heads = context.heads(&["report-kpi", "report-a", "report-b", "report-delta"]);
    heads.push(context.say_with("report-interval", &[("level", &level)]));
    heads.extend(context.heads(&["report-p-better", "report-real"]));
    let rows: Vec<Vec<Cell>> = context
        .input
        .kpis
        .iter()
        .map(|line| kpi_row(context, line))
        .collect();
    let note = context.say("report-kpi-note");
    vec![Block::Table { heads, rows }, Block::Note(note)]
}

fn kpi_row(context: &Context<'_>, line: &ReportKpi<'_>) -> Vec<Cell> {
    let (kpi, paired) = (line.kpi, line.paired);
    let delta = paired.delta;
    let decimals = paired.decimals();
    let value = |value: f64| figure(&format::number(value, decimals));
    let outcome = document::outcome(context, line);
    let (class, said) = outcome_words(outcome);
    let name = Cell {
        strong: context.text.kpi_name(&kpi.name),
        said: kpi.unit.clone(),
        small: how(context, kpi),
        ..Cell::default()
    };
    let difference = Cell {
        kind: CellKind::Figure,
        mark: Some((class, symbol(outcome, delta.mean))),
        said: format::signed(delta.mean, decimals),
        small: context.say(said),
        ..Cell::default()
    };
    let interval = format!(
        "{} … {}",
        format::signed(delta.lo, decimals),
        format::signed(delta.hi, decimals)
    );
    vec![
        name,
        value(paired.a.mean),
        value(paired.b.mean),
        difference,
        figure(&interval),
        figure(&outcome.chance_words(kpi, paired)),
        value(line.real.unwrap_or(f64::NAN)),
    ]
}

/// The class of an outcome's mark, and the key of its words.
pub(super) fn outcome_words(outcome: Outcome) -> (&'static str, &'static str) {
    match outcome {
        Outcome::Better => ("ok", "report-better"),
        Outcome::Worse => ("bad", "report-worse"),
        Outcome::Differs => ("same", "report-differs"),
        Outcome::Unclear => ("same", "report-unclear"),
        Outcome::Equal => ("same", "report-equal"),
        Outcome::Same => ("same", "report-same"),
        Outcome::Untold => ("same", "report-untold"),
    }
}

/// Which way a KPI went: ≈ where all of the difference is too small to matter.
fn symbol(outcome: Outcome, delta: f64) -> &'static str {
    if outcome == Outcome::Equal {
        "≈"
    } else if delta > 0.0 {
        "▲"
    } else if delta < 0.0 {
        "▼"
    } else {
        "="
    }
}

/// How the KPI is made and which way is good.
pub(super) fn how(context: &Context<'_>, kpi: &Kpi) -> String {
    let (key, level) = match kpi.reduce {
        Reduce::Mean => ("report-reduce-mean", None),
        Reduce::Sum => ("report-reduce-sum", None),
        Reduce::Integral => ("report-reduce-integral", None),
        Reduce::Min => ("report-reduce-min", None),
        Reduce::Max => ("report-reduce-max", None),
        Reduce::Last => ("report-reduce-last", None),
        Reduce::Std => ("report-reduce-std", None),
        Reduce::MinutesAbove(level) => ("report-reduce-above", Some(level)),
        Reduce::MinutesBelow(level) => ("report-reduce-below", Some(level)),
    };
    let level = level.map(format::exact).unwrap_or_default();
    let channel = context.channel_name(kpi.channel);
    let reduced = context.say_with(key, &[("channel", &channel), ("level", &level)]);
    let better = context.say(match kpi.better {
        Better::Lower => "report-lower-better",
        Better::Higher => "report-higher-better",
        Better::Unknown => "report-unknown-better",
    });
    format!("{reduced} · {better}")
}

/// The controls that differ between A and B, or from what was run: the channel, and its values as
/// run, in A and in B.
pub(super) fn changed<'c>(context: &'c Context<'_>) -> Vec<(usize, [&'c [f64]; 3])> {
    let (a, b) = (context.input.a.plan, context.input.b.plan);
    let mut channels: Vec<usize> = a.edited.iter().chain(&b.edited).copied().collect();
    channels.sort_unstable();
    channels.dedup();
    channels
        .into_iter()
        .filter_map(|channel| {
            let (in_a, in_b) = (a.controls.row_of(channel)?, b.controls.row_of(channel)?);
            let run = b.recorded.row_of(channel).unwrap_or(&[]);
            Some((channel, [run, in_a, in_b]))
        })
        .collect()
}

/// The table of the controls that differ.
pub(super) fn changes(context: &Context<'_>) -> Vec<Block> {
    let rows: Vec<Vec<Cell>> = changed(context)
        .into_iter()
        .map(|(channel, values)| {
            let mut row = vec![words(&context.channel_name(channel))];
            row.extend(values.map(|values| figure(&span(values))));
            row
        })
        .collect();
    if rows.is_empty() {
        return vec![Block::Text(context.say("report-no-changes"))];
    }
    let heads = context.heads(&["report-control", "report-as-run", "report-a", "report-b"]);
    let note = context.say("report-changes-note");
    vec![Block::Table { heads, rows }, Block::Note(note)]
}

/// The mean of a row of controls, with its ends where it moves.
fn span(values: &[f64]) -> String {
    let Some([mean, low, high]) = reach(values) else {
        return "–".to_owned();
    };
    if high - low <= 1e-9 * mean.abs() {
        return format::plain(mean);
    }
    let decimals = format::decimals(mean.abs().max(high - low));
    let number = |value| format::number(value, decimals);
    format!("{} ({} … {})", number(mean), number(low), number(high))
}

/// Mean, least and greatest; `None` where there is no value.
pub(super) fn reach(values: &[f64]) -> Option<[f64; 3]> {
    if values.is_empty() {
        return None;
    }
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    Some([mean, low, high])
}

/// What a limit is called.
pub(super) fn limit_name(context: &Context<'_>, line: &LimitLine) -> String {
    context.say(&format!("report-limit-{}", line.limit.replace('_', "-")))
}

/// The limits of which nothing can be told, with the reason.
pub(super) fn untold_limits(context: &Context<'_>) -> Vec<String> {
    let lines = context.input.limits.iter();
    lines
        .filter_map(|line| {
            let channel = context.input.dataset.channels.get(line.channel)?;
            trust::untold_limit(line, channel, &context.text)
        })
        .collect()
}

/// The table of the limits of outputs: how likely each is passed, for how long, and how near the
/// worst draw comes.
pub(super) fn limits(context: &Context<'_>) -> Vec<Block> {
    let rows: Vec<Vec<Cell>> = context
        .input
        .limits
        .iter()
        .map(|line| limit_row(context, line))
        .collect();
    if rows.is_empty() {
        return vec![Block::Text(context.say("report-no-limits"))];
    }
    let heads = context.heads(&[
        "report-channel",
        "report-limit",
        "report-level",
        "report-p-a",
        "report-p-b",
        "report-minutes-beyond",
        "report-margin",
    ]);
    let untold = untold_limits(context).into_iter().map(Block::Note);
    let note = Block::Note(context.say("report-limits-note"));
    let table = [Block::Table { heads, rows }];
    table.into_iter().chain(untold).chain([note]).collect()
}

fn limit_row(context: &Context<'_>, line: &LimitLine) -> Vec<Cell> {
    let sides = [&line.a, &line.b];
    let [p_a, p_b] = sides.map(|side| trust::exceedance_words(line, side, &context.text));
    let both = |of: fn(&Exceedance) -> f64, decimals: usize| {
        let values = sides.map(|side| match line.rests_at {
            Some(_) => "–".to_owned(),
            None => format::number(of(side), decimals),
        });
        figure(&values.join(" · "))
    };
    let decimals = format::decimals_apart(sides.into_iter().map(|side| side.margin));
    vec![
        words(&context.channel_name(line.channel)),
        words(&limit_name(context, line)),
        figure(&format::exact(line.value)),
        figure(&p_a),
        figure(&p_b),
        both(|side| side.minutes, 1),
        both(|side| side.margin, decimals),
    ]
}
