//! The report as a whole, as it stands on a page and on paper: title, verdict, the order of parts.

use super::{
    ReportInput, ReportKpi,
    block::{Mark, Part},
    figures, format, proof, tables,
};
use crate::{
    base::{Text, format_local},
    trust::{self, Outcome, Standing, Support, Verdict},
};

/// What every part of the report needs.
pub(super) struct Context<'a> {
    /// Everything that is said.
    pub(super) input: &'a ReportInput<'a>,
    /// The words.
    pub(super) text: Text,
}

impl Context<'_> {
    /// The words of a key.
    pub(super) fn say(&self, key: &str) -> String {
        self.text.get(key)
    }

    /// The words of a key with values set in.
    pub(super) fn say_with(&self, key: &str, args: &[(&str, &str)]) -> String {
        self.text.with(key, args)
    }

    /// The words of keys, for the head of a table.
    pub(super) fn heads(&self, keys: &[&str]) -> Vec<String> {
        keys.iter().map(|key| self.say(key)).collect()
    }

    /// A channel's name, with its unit where it has one.
    pub(super) fn channel_name(&self, channel: usize) -> String {
        let Some(channel) = self.input.dataset.channels.get(channel) else {
            return String::new();
        };
        if channel.unit.is_empty() {
            channel.name.clone()
        } else {
            format!("{} [{}]", channel.name, channel.unit)
        }
    }

    /// What people call A and B.
    pub(super) fn names(&self) -> [String; 2] {
        let input = self.input;
        [("A", &input.a), ("B", &input.b)].map(|(letter, side)| {
            (side.plan).shown_name(letter, &input.dataset.channels, &self.text)
        })
    }

    /// A moment, or how far into an episode where the data have no clock.
    pub(super) fn moment(&self, episode: usize, step: usize) -> String {
        let dataset = self.input.dataset;
        let Some(episode) = dataset.episodes.get(episode) else {
            return "–".to_owned();
        };
        if dataset.has_clock {
            let time_ns = episode.time_ns(step, dataset.step_secs);
            let time = format_local(time_ns, dataset.shown_offset_secs());
            let zone = dataset.zone_name().unwrap_or_else(|| "UTC".to_owned());
            format!("{} {zone}", time.replace('T', " "))
        } else {
            let secs = format::duration(step as f64 * dataset.step_secs, &self.text);
            format!("{} + {secs}", episode.name)
        }
    }
}

/// What is compared with what.
pub(super) fn title(context: &Context<'_>) -> String {
    let [a, b] = context.names();
    context.say_with("report-title", &[("a", &a), ("b", &b)])
}

/// The data, from when on, and how far ahead.
pub(super) fn facts(context: &Context<'_>) -> String {
    let plan = context.input.b.plan;
    let horizon = plan.horizon_steps as f64 * context.input.dataset.step_secs;
    context.say_with(
        "report-facts",
        &[
            ("data", &context.input.dataset.name),
            (
                "start",
                &context.moment(plan.start.episode, plan.start.step),
            ),
            ("horizon", &format::duration(horizon, &context.text)),
        ],
    )
}

/// How well the data cover what was asked, with the letter of the side.
pub(super) fn support<'c>(context: &Context<'c>) -> (&'static str, &'c Support) {
    let (a, b) = (context.input.a, context.input.b);
    trust::weaker_support((a.plan, a.support), (b.plan, b.support))
}

/// How firmly the answer about a KPI may be told.
fn standing(context: &Context<'_>, line: Option<&ReportKpi<'_>>) -> Standing {
    let input = context.input;
    let paired = line.map(|line| line.paired);
    let doubts = line.map_or(&[][..], |line| line.doubts);
    let (_, support) = support(context);
    trust::standing_with(
        input.judgement,
        support,
        paired,
        doubts,
        input.is_provisional,
    )
}

/// What came out for a KPI.
pub(super) fn outcome(context: &Context<'_>, line: &ReportKpi<'_>) -> Outcome {
    let carried = support(context).1.carried_frac();
    let standing = standing(context, Some(line));
    Outcome::of(line.kpi, line.paired, line.doubts, standing, carried)
}

/// What each KPI says, in its words.
pub(super) fn sentences(context: &Context<'_>) -> Vec<String> {
    let input = context.input;
    input
        .kpis
        .iter()
        .map(|line| {
            trust::verdict_sentence(
                line.kpi,
                line.paired,
                input.judgement,
                support(context).1,
                line.doubts,
                &context.text,
            )
        })
        .collect()
}

/// Whether the question may be answered: class and symbol of the mark, and the words.
pub(super) fn judged(context: &Context<'_>) -> (Mark, String) {
    let verdict = context.input.judgement.verdict;
    let (mark, key) = match (standing(context, context.input.kpis.first()), verdict) {
        (Standing::Unasked, _) => (("same", "–"), "unasked"),
        (Standing::Guarded, Verdict::Answerable) => (("warn", "!"), "guarded"),
        (Standing::Refused, _) => {
            let refused = Verdict::NotFromThisLog;
            (proof::mark_of(refused), refused.name())
        }
        _ => (proof::mark_of(verdict), verdict.name()),
    };
    (mark, context.say(&format!("report-verdict-{key}")))
}

/// The parts below the verdict, in order; what has nothing to say is left out.
pub(super) fn parts(context: &Context<'_>) -> Vec<Part> {
    let parts = [
        ("report-kpis", tables::kpis(context)),
        ("report-charts", figures::charts(context)),
        ("report-changes", tables::changes(context)),
        ("report-trust", proof::reasons(context)),
        ("report-limits", tables::limits(context)),
        ("report-stage", proof::stage(context)),
        ("report-assumptions", proof::assumptions(context)),
        ("report-issues", proof::issues(context)),
        ("report-provenance", proof::provenance(context)),
    ];
    let parts = parts.into_iter().filter(|(_, blocks)| !blocks.is_empty());
    let titled = parts.map(|(key, blocks)| Part {
        title: context.say(key),
        blocks,
    });
    titled.collect()
}
