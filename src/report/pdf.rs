//! The report as a PDF: the blocks of the page as data, set by Typst with the program's own fonts.

use serde_json::{Value, json};
use typst_as_lib::TypstEngine;
use typst_layout::PagedDocument;
use typst_pdf::PdfOptions;

use super::{
    ReportError, ReportInput,
    block::{Block, Cell, CellKind, Figure, Part},
    document::{self, Context},
    html::visible,
    page::{CHART_STYLE, STYLE},
    proof,
};
use crate::base::{FONT_BOLD, FONT_REGULAR, Locale, Text, format_time};

/// How the data are set.
const TEMPLATE: &str = include_str!("paper.typ");
/// A run of letters without a place to break, longer than a column is wide, gets such places.
const LONGEST_RUN: usize = 24;
/// Where a line may end without a sign of it.
const BREAK: char = '\u{200b}';

/// The report as a PDF file (A4, tagged, fonts inside).
///
/// The same input gives the same bytes.
///
/// # Errors
///
/// [`ReportError::Paper`] where the typesetter refuses; no input is known to do that.
///
/// # Panics
///
/// Where a locale file of this build is broken; a test reads them all.
pub fn pdf(input: &ReportInput<'_>, locale: Locale) -> Result<Vec<u8>, ReportError> {
    let context = Context {
        input,
        text: Text::new(locale),
    };
    let document = typeset(&report(&context, locale))?;
    typst_pdf::pdf(&document, &PdfOptions::default()).map_err(|problems| refused(&problems))
}

fn typeset(report: &Value) -> Result<PagedDocument, ReportError> {
    let data = report.to_string();
    let engine = TypstEngine::builder()
        .main_file(TEMPLATE)
        .fonts([FONT_REGULAR, FONT_BOLD])
        .with_static_file_resolver([("report.json", data.as_bytes())])
        .build();
    let set = engine.compile::<PagedDocument>();
    set.output.map_err(|problem| refused(&problem))
}

fn refused(problem: &impl std::fmt::Debug) -> ReportError {
    ReportError::Paper(format!("{problem:?}"))
}

/// The names and values of the style's tokens.
fn tokens() -> impl Iterator<Item = (&'static str, &'static str)> {
    let root = STYLE.split(['{', '}']).nth(1).unwrap_or_default();
    let pairs = root.split(';').filter_map(|one| one.split_once(':'));
    pairs.map(|(name, value)| (name.trim().trim_start_matches("--"), value.trim()))
}

/// The style of charts that stand alone, where tokens have no meaning.
fn chart_style() -> String {
    let mut style = CHART_STYLE.to_owned();
    for (name, value) in tokens() {
        style = style.replace(&format!("var(--{name})"), value);
    }
    style
}

fn report(context: &Context<'_>, locale: Locale) -> Value {
    let (mark, judged) = document::judged(context);
    let sentences = document::sentences(context);
    let sentences: Vec<Value> = sentences.iter().map(|one| said(one)).collect();
    let made = format_time(context.input.now_ns);
    let tokens = tokens().map(|(name, value)| (name.to_owned(), Value::from(value)));
    json!({
        "lang": locale.name(),
        "tokens": tokens.collect::<serde_json::Map<_, _>>(),
        "made": made.split('T').next(),
        "title": said(&document::title(context)),
        "kind": said(&context.say("report-kind")),
        "stage": said(&proof::stage_words(context)),
        "facts": said(&document::facts(context)),
        "verdict": {
            "mark": [mark.0, mark.1],
            "sentences": sentences,
            "judged": said(&judged),
            "support": said(&proof::support_sentence(context)),
        },
        "parts": document::parts(context).iter().map(part).collect::<Vec<Value>>(),
    })
}

fn part(part: &Part) -> Value {
    let blocks: Vec<Value> = part.blocks.iter().map(block).collect();
    json!({ "title": said(&part.title), "blocks": blocks })
}

fn block(block: &Block) -> Value {
    match block {
        Block::Text(words) => json!({ "kind": "text", "said": said(words) }),
        Block::Note(words) => json!({ "kind": "note", "said": said(words) }),
        Block::Heading(words) => json!({ "kind": "heading", "said": said(words) }),
        Block::List(entries) => {
            let entries = entries
                .iter()
                .map(|entry| json!({ "mark": [entry.mark.0, entry.mark.1], "said": said(&entry.whole()) }));
            json!({ "kind": "list", "entries": entries.collect::<Vec<Value>>() })
        }
        Block::Table { heads, rows } => {
            let heads: Vec<Value> = heads.iter().map(|head| said(head)).collect();
            let cells = rows.iter().map(|row| row.iter().map(cell).collect());
            let cells: Vec<Value> = cells.collect();
            json!({ "kind": "table", "heads": heads, "rows": cells, "widths": widths(heads.len(), rows) })
        }
        Block::Chart(figure) => chart(figure),
    }
}

/// The share of the width that each column of words takes by how much it says; 0 = no more than
/// it needs.
fn widths(n_columns: usize, rows: &[Vec<Cell>]) -> Vec<usize> {
    let width = |column: usize| {
        let cells = || rows.iter().filter_map(|row| row.get(column));
        if cells().any(|cell| cell.kind == CellKind::Figure) {
            return 0;
        }
        let letters = cells().map(|cell| {
            let first = half_widths(&cell.strong) + half_widths(&cell.said);
            first.max(half_widths(&cell.small))
        });
        letters.max().unwrap_or(0).clamp(12, 60)
    };
    (0..n_columns).map(width).collect()
}

/// How wide words are, in letters of half a kanji's width.
fn half_widths(words: &str) -> usize {
    let width = |letter: char| if letter < '\u{2e80}' { 1 } else { 2 };
    words.chars().map(width).sum()
}

fn cell(cell: &Cell) -> Value {
    let kind = match cell.kind {
        CellKind::Words => "words",
        CellKind::Figure => "figure",
        CellKind::Digest => "digest",
    };
    json!({
        "kind": kind,
        "mark": cell.mark.map(|(class, symbol)| [class, symbol]),
        "strong": said(&cell.strong),
        "said": said(&cell.said),
        "small": said(&cell.small),
    })
}

fn chart(figure: &Figure) -> Value {
    let legend = figure.legend.iter();
    let legend = legend.map(|(class, words)| json!([class, said(words)]));
    json!({
        "kind": "chart",
        "title": said(&figure.title),
        "unit": said(&figure.unit),
        "legend": legend.collect::<Vec<Value>>(),
        "alt": visible(&figure.chart.title),
        "svg": figure.chart.to_svg_file(&chart_style()),
    })
}

/// Words from anywhere: nothing hidden in them, and no run that cannot be broken into lines.
fn said(words: &str) -> Value {
    let mut out = String::with_capacity(words.len());
    let mut run = 0;
    for letter in visible(words).chars() {
        run = if letter.is_ascii_graphic() {
            run + 1
        } else {
            0
        };
        if run > LONGEST_RUN {
            out.push(BREAK);
            run = 1;
        }
        out.push(letter);
    }
    Value::from(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{ChartSpec, block::Entry};

    /// All words that are set, without the spaces at which lines end.
    fn words_of(document: &PagedDocument) -> String {
        let pages = document.pages().iter();
        let drawn: Vec<String> = pages.map(|page| format!("{:?}", page.frame)).collect();
        let drawn = drawn.concat();
        let texts = drawn.split("Text(\"").skip(1);
        let texts: String = texts
            .map(|text| text.split("\")").next().unwrap())
            .collect();
        dense(&texts.replace("\\u{200b}", ""))
    }

    fn dense(words: &str) -> String {
        let kept = |letter: &char| !letter.is_whitespace() && *letter != BREAK;
        words.chars().filter(kept).collect()
    }

    fn filled(blocks: Vec<Block>) -> Value {
        let parts = [Part {
            title: "# [Part]".to_owned(),
            blocks,
        }];
        let tokens = tokens().map(|(name, value)| (name.to_owned(), Value::from(value)));
        json!({
            "lang": "ja", "made": "2026-01-05", "title": "#eval(1)", "kind": "現場",
            "tokens": tokens.collect::<serde_json::Map<_, _>>(),
            "stage": "2", "facts": "= facts",
            "verdict": {
                "mark": ["bad", "✕"], "sentences": ["$first$", "*second*"],
                "judged": "_judged_", "support": "@support",
            },
            "parts": parts.iter().map(part).collect::<Vec<Value>>(),
        })
    }

    #[test]
    fn everything_is_set_and_nothing_is_read_as_markup() {
        let long = "a_name_without_any_place_to_break_it_".repeat(8);
        let evil = "#panic(1) \u{202e}*b* `c` <d> ]{髙﨑㈱✓";
        let table = |n: usize| Block::Table {
            heads: vec!["head".to_owned(), "数".to_owned()],
            rows: (0..n)
                .map(|row| {
                    let name = Cell {
                        mark: Some(("ok", "▲")),
                        strong: long.clone(),
                        small: evil.to_owned(),
                        ..Cell::default()
                    };
                    let n = super::super::block::figure(&format!("row{row}"));
                    vec![name, n]
                })
                .collect(),
        };
        let chart = Figure {
            title: "chart".to_owned(),
            unit: "°C".to_owned(),
            legend: vec![("a", "legend".to_owned())],
            chart: ChartSpec {
                exit: Some((0.5, "beyond".to_owned())),
                ..ChartSpec::default()
            },
        };
        let data = filled(vec![
            Block::Text(evil.to_owned()),
            Block::Note(long.clone()),
            Block::Heading("heading".to_owned()),
            Block::List(vec![Entry::new(("warn", "✓"), "entry".to_owned())]),
            table(60),
            Block::Chart(Box::new(chart)),
        ]);
        let set = typeset(&data).unwrap();
        assert!(set.pages().len() > 2, "the table goes on over pages");
        let words = words_of(&set);
        for one in [
            "#eval(1)",
            "現場",
            "= facts",
            "$first$",
            "*second*",
            "_judged_",
            "@support",
            "# [Part]",
            "#panic(1) [U+202E]*b* `c` <d> ]{髙﨑㈱",
            &long,
            "heading",
            "entry",
            "head",
            "row0",
            "row59",
            "chart",
            "°C",
            "legend",
        ] {
            assert!(words.contains(&dense(one)), "{one} is missing");
        }
    }

    #[test]
    fn a_page_is_set_of_nothing() {
        let document = typeset(&filled(Vec::new())).unwrap();
        assert_eq!(document.pages().len(), 1);
    }
}
