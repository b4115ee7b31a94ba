//! The page as a whole: head, verdict, and the order of its parts.

use super::{
    ReportInput, figures, format,
    html::{escape, mark, push, section},
    proof, tables,
};
use crate::{
    base::{Locale, Text, format_local},
    trust,
};

/// The page's own style: the light tokens of the window, and paper.
const STYLE: &str = include_str!("page.css");

/// What every part of the page needs.
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

/// The page.
///
/// # Panics
///
/// Where a locale file of this build is broken; a test reads them all.
pub fn html_page(input: &ReportInput<'_>, locale: Locale) -> String {
    let context = Context {
        input,
        text: Text::new(locale),
    };
    let title = title(&context);
    let mut body = head(&context, &title);
    body.push_str(&verdict(&context));
    for (key, part) in [
        ("report-kpis", tables::kpis(&context)),
        ("report-charts", figures::charts(&context)),
        ("report-changes", tables::changes(&context)),
        ("report-trust", proof::reasons(&context)),
        ("report-limits", tables::limits(&context)),
        ("report-stage", proof::stage(&context)),
        ("report-assumptions", proof::assumptions(&context)),
        ("report-issues", proof::issues(&context)),
        ("report-provenance", proof::provenance(&context)),
    ] {
        if !part.is_empty() {
            body.push_str(&section(&context.say(key), &part));
        }
    }
    format!(
        "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n{body}</main>\n\
         </body>\n</html>\n",
        locale.name(),
        escape(&title),
    )
}

/// What is compared with what.
pub(super) fn title(context: &Context<'_>) -> String {
    let (a, b) = (context.input.a.plan, context.input.b.plan);
    context.say_with("report-title", &[("a", &a.name), ("b", &b.name)])
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

fn head(context: &Context<'_>, title: &str) -> String {
    format!(
        "<header><p class=\"brand\">Gemba <span>{}</span><span class=\"pill\">{}</span></p>\
         <h1>{}</h1><p class=\"facts\">{}</p></header>\n",
        escape(&context.say("report-kind")),
        escape(&proof::stage_words(context)),
        escape(title),
        escape(&facts(context)),
    )
}

/// What each KPI says, in its words.
pub(super) fn sentences(context: &Context<'_>) -> Vec<String> {
    let input = context.input;
    input
        .kpis
        .iter()
        .map(|(kpi, paired, _)| {
            trust::verdict_sentence(kpi, paired, input.judgement, input.b.support, &context.text)
        })
        .collect()
}

/// Whether the question may be answered: class and symbol of the mark, and the words.
pub(super) fn judged(context: &Context<'_>) -> (proof::Mark, String) {
    let verdict = context.input.judgement.verdict;
    let said = context.say(&format!("report-verdict-{}", verdict.name()));
    (proof::mark_of(verdict), said)
}

/// The box that a manager reads first.
fn verdict(context: &Context<'_>) -> String {
    let ((class, symbol), judged) = judged(context);
    let sentences = sentences(context);
    let mut out = format!("<div class=\"verdict {class}\">");
    if let Some((first, others)) = sentences.split_first() {
        push(
            &mut out,
            format_args!("<p class=\"lead\">{}</p>", escape(first)),
        );
        for other in others {
            push(&mut out, format_args!("<p>{}</p>", escape(other)));
        }
    }
    push(
        &mut out,
        format_args!(
            "<p class=\"judged\">{} {}</p><p class=\"judged\">{}</p></div>\n",
            mark(class, symbol),
            escape(&judged),
            escape(&proof::support_sentence(context)),
        ),
    );
    out
}
