//! The report as one self-contained HTML page.

use super::{
    ReportInput,
    document::{self, Context},
    html::{self, escape, mark, push},
    proof,
};
use crate::base::{Locale, Text};

/// The page's own style: the light tokens of the window, and paper.
pub(super) const STYLE: &str = include_str!("page.css");
/// The style of its charts.
pub(super) const CHART_STYLE: &str = include_str!("chart.css");

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
    let title = document::title(&context);
    let mut body = head(&context, &title);
    body.push_str(&verdict(&context));
    for part in document::parts(&context) {
        body.push_str(&html::part(&part));
    }
    format!(
        "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{}</title>\n<style>\n{STYLE}{CHART_STYLE}</style>\n</head>\n<body>\n<main>\n{body}</main>\n\
         </body>\n</html>\n",
        locale.name(),
        escape(&title),
    )
}

fn head(context: &Context<'_>, title: &str) -> String {
    format!(
        "<header><p class=\"brand\">Gemba <span>{}</span><span class=\"pill\">{}</span></p>\
         <h1>{}</h1><p class=\"facts\">{}</p></header>\n",
        escape(&context.say("report-kind")),
        escape(&proof::stage_words(context)),
        escape(title),
        escape(&document::facts(context)),
    )
}

/// The box that a manager reads first.
fn verdict(context: &Context<'_>) -> String {
    let ((class, symbol), judged) = document::judged(context);
    let sentences = document::sentences(context);
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
            mark((class, symbol)),
            escape(&judged),
            escape(&proof::support_sentence(context)),
        ),
    );
    out
}
