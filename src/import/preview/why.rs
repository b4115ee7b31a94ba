//! Says why a file is read as it is: what was counted, and what a person decided.

use super::PreviewFact;
use crate::{
    base::{Phrase, format_local},
    import::{
        dialect::Dialect, encoding::Decoded, number, recipe::Recipe, table::Table,
        timeline::TimePlan,
    },
};

/// One reason a fact.
pub(super) fn reasons(
    decoded: &Decoded<'_>,
    dialect: &Dialect,
    (plan, table): (&TimePlan, &Table),
    recipe: &Recipe,
) -> Vec<(PreviewFact, Phrase)> {
    let layout = &recipe.time.layout;
    let or_told = |is_told: bool, found: Phrase| {
        if is_told {
            Phrase::new("detail-why-told", "as it was set")
        } else {
            found
        }
    };
    let is_time_told = !recipe.time.columns.is_empty() || recipe.time.step_secs.is_some();
    vec![
        (PreviewFact::Encoding, encoding(decoded)),
        (
            PreviewFact::Delimiter,
            or_told(layout.delimiter.is_some(), delimiter(dialect)),
        ),
        (
            PreviewFact::Decimal,
            or_told(layout.decimal.is_some(), decimal(dialect)),
        ),
        (
            PreviewFact::Header,
            or_told(layout.header_rows.is_some(), header(dialect)),
        ),
        (
            PreviewFact::Time,
            or_told(is_time_told, time(dialect, plan, table)),
        ),
    ]
}

fn encoding(decoded: &Decoded<'_>) -> Phrase {
    if decoded.text.is_ascii() {
        return Phrase::new(
            "detail-why-ascii",
            "only plain Latin letters, which are the same in every encoding",
        );
    }
    if decoded.encoding == "UTF-8" {
        return Phrase::new("detail-why-utf8", "its letters are valid UTF-8");
    }
    Phrase::new(
        "detail-why-letters",
        format!("it spells words in {} and not in UTF-8", decoded.encoding),
    )
    .with("encoding", decoded.encoding)
}

fn delimiter(dialect: &Dialect) -> Phrase {
    let n_rows = dialect.sample.len();
    let n_fit = dialect
        .sample
        .iter()
        .filter(|cells| cells.len() == dialect.width)
        .count();
    let width = dialect.width;
    Phrase::new(
        "detail-why-delimiter",
        format!("{n_fit} of {n_rows} rows have {width} cells with it"),
    )
    .with("fit", n_fit)
    .with("rows", n_rows)
    .with("cells", width)
}

fn decimal(dialect: &Dialect) -> Phrase {
    let cells = dialect.sample.iter().flatten().map(String::as_str);
    let (point, comma, _) = number::decimal_votes(cells);
    Phrase::new(
        "detail-why-decimal",
        format!("{point} numbers with a point, {comma} with a comma"),
    )
    .with("point", point)
    .with("comma", comma)
}

fn header(dialect: &Dialect) -> Phrase {
    let first = dialect.first_line;
    if !dialect.has_header {
        return Phrase::new(
            "detail-why-no-header",
            format!("line {first} holds values already"),
        )
        .with("line", first);
    }
    Phrase::new(
        "detail-why-header",
        format!("words stand above the values, which begin in line {first}"),
    )
    .with("line", first)
}

fn time(dialect: &Dialect, plan: &TimePlan, table: &Table) -> Phrase {
    let name = |column: Option<&usize>| {
        let column = column.copied().unwrap_or_default();
        dialect.header.get(column).cloned().unwrap_or_default()
    };
    match plan {
        TimePlan::Counted { step_nanos } => {
            let secs = step_nanos * 1e-9;
            Phrase::new(
                "detail-why-counted",
                format!("no column tells the time; rows are taken as {secs} s apart"),
            )
            .with("secs", secs)
        }
        TimePlan::Stamps { columns, .. } => {
            let first = table.times.first().copied().unwrap_or_default();
            let read = format_local(first, 0).replace('T', " ");
            let written: Vec<&str> = columns
                .iter()
                .filter_map(|column| Some(dialect.sample.first()?.get(*column)?.as_str()))
                .collect();
            let written = written.join(" ");
            Phrase::new("detail-why-stamps", format!("{written} is read as {read}"))
                .with("written", written)
                .with("read", read)
        }
        TimePlan::Number { column, .. } => {
            let column = name(Some(column));
            Phrase::new(
                "detail-why-growing",
                format!("the numbers of {column} grow from row to row"),
            )
            .with("column", column)
        }
    }
}
