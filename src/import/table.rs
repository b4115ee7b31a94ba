//! Reads one text table into columns of numbers, each cell once.

use super::{
    blocks::{self, Sizes},
    clock,
    column::{Builder, MAX_WORDS, Tally},
    dialect::{self, Dialect, Sort},
    encoding::Decoded,
    intake::Intake,
    stamp::DayOrder,
    timeline::{self, Candidates, Chosen, NO_TIME, TimePlan, TimeRule},
    watch::Watch,
};
use crate::base::{Issue, Issues, Large, Place, Severity, Stopped};

/// One column of a file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) unit: String,
    /// What the codes stand for; empty where the column holds numbers.
    pub(super) words: Vec<String>,
    pub(super) values: Vec<f64>,
}

/// One file's rows, in its own order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Table {
    /// The file as shown to people.
    pub(super) source: String,
    pub(super) columns: Vec<Column>,
    /// One time a row, ns; counted from 0 where the file tells none.
    pub(super) times: Vec<i64>,
    pub(super) has_clock: bool,
    /// The step of a file without times.
    pub(super) counted_nanos: Option<f64>,
    /// The names of the time columns.
    pub(super) time_columns: Vec<String>,
    /// Whether dates stand there without a zone.
    pub(super) lacks_zone: bool,
    /// The offset from UTC its stamps carry, ns.
    pub(super) offset_ns: Option<i64>,
    /// How its dates were read, and how else they could be.
    pub(super) order: Option<DayOrder>,
    pub(super) rival: Option<(DayOrder, Vec<i64>)>,
    /// Whether the file says nothing about the length of a step.
    pub(super) lacks_step: bool,
}

/// Reads a whole table.
///
/// # Errors
///
/// [`Stopped`] where the end was asked for.
pub(super) fn read_table(
    decoded: &Decoded<'_>,
    dialect: &Dialect,
    source: &str,
    rule: &TimeRule,
    issues: &mut Issues,
    watch: Watch<'_>,
) -> Result<Table, Stopped> {
    let mut intake = Intake::new(dialect, rule);
    let read = blocks::read(&decoded.text, &mut intake, Sizes::default(), watch);
    let record_flaws = match read {
        Ok(flaws) => flaws,
        Err(stopped) => {
            drop(Large::new((intake.builders, intake.times), watch.stop));
            return Err(stopped);
        }
    };
    let Intake {
        plan,
        time_columns,
        builders,
        times,
        flaws,
        n_rows,
        ..
    } = intake;
    let place = Place::file(source);
    record_flaws.say(dialect, source, issues);
    flaws.say(dialect, &place, issues);
    if rule.step_secs.is_none()
        && plan.lacks_step()
        && let Some(issue) = clock::unread_time(dialect, &place)
    {
        issues.push(issue);
    }
    let chosen = finish_times(times, &plan, n_rows);
    let mut columns = finish_columns(builders, dialect, &time_columns, &place, issues);
    let times = drop_timeless(chosen.times, &mut columns, &place, issues);
    Ok(Table {
        source: source.to_owned(),
        columns,
        has_clock: plan.has_clock(),
        lacks_zone: timeline::lacks_zone(&plan, dialect, rule),
        offset_ns: timeline::written_offset(&plan, dialect),
        lacks_step: rule.step_secs.is_none() && plan.lacks_step(),
        counted_nanos: match plan {
            TimePlan::Counted { step_nanos } => Some(step_nanos),
            _ => None,
        },
        time_columns: time_columns
            .iter()
            .map(|&column| dialect.header[column].clone())
            .collect(),
        times,
        order: chosen.order,
        rival: chosen.rival,
    })
}

fn finish_times(found: Candidates, plan: &TimePlan, n_rows: u64) -> Chosen {
    let certain = |times: Vec<i64>| Chosen {
        times,
        ..Chosen::default()
    };
    match plan {
        TimePlan::Counted { step_nanos } => {
            let time = |row: u64| timeline::nanos_of(row as f64 * step_nanos);
            certain((0..n_rows).map(time).collect())
        }
        TimePlan::Stamps { orders, .. } => timeline::choose_order(found.into_lists(), orders),
        TimePlan::Number { .. } => {
            certain(found.into_lists().into_iter().next().unwrap_or_default())
        }
    }
}

/// Rows whose time fails in the chosen day order go last of all.
fn drop_timeless(
    times: Vec<i64>,
    columns: &mut [Column],
    place: &Place,
    issues: &mut Issues,
) -> Vec<i64> {
    let n_lost = times.iter().filter(|time| **time == NO_TIME).count();
    if n_lost == 0 {
        return times;
    }
    for column in columns {
        let mut row = 0;
        column.values.retain(|_| {
            row += 1;
            times[row - 1] != NO_TIME
        });
    }
    issues.push(
        Issue::new(
            place.clone(),
            Severity::Warning,
            "bad-times",
            format!("{n_lost} rows have a time that does not exist and were left out"),
        )
        .with("count", n_lost),
    );
    times.into_iter().filter(|time| *time != NO_TIME).collect()
}

fn finish_columns(
    builders: Vec<Builder>,
    dialect: &Dialect,
    time_columns: &[usize],
    place: &Place,
    issues: &mut Issues,
) -> Vec<Column> {
    let mut columns = Vec::new();
    let mut n_missing = 0;
    for (at, mut builder) in builders.into_iter().enumerate() {
        let name = &dialect.header[at];
        let is_nameless_blank = builder.sort == Sort::Blank && name.starts_with("col");
        if time_columns.contains(&at) || is_nameless_blank {
            continue;
        }
        n_missing += builder.n_missing;
        builder.settle(dialect.decimal);
        word_issues(&builder, name, place, issues);
        cell_issues(&builder, name, place, issues);
        if builder.sort == Sort::Time {
            // A second time column is an event's own time: nothing to learn from.
            builder.values.fill(f64::NAN);
        }
        if builder.codes.len() > MAX_WORDS {
            builder.values.fill(f64::NAN);
            builder.codes.clear();
            issues.push(
                Issue::new(
                    place.clone().in_column(name),
                    Severity::Info,
                    "free-text",
                    format!("more than {MAX_WORDS} different words: taken as notes and left out"),
                )
                .with("most", MAX_WORDS),
            );
        }
        let unit = if dialect.units[at].is_empty() {
            builder.suffix.trim().to_owned()
        } else {
            dialect.units[at].clone()
        };
        let mut words = vec![String::new(); builder.codes.len()];
        for (word, code) in builder.codes {
            words[code] = word;
        }
        columns.push(Column {
            name: name.clone(),
            unit,
            words,
            values: builder.values,
        });
    }
    if n_missing > 0 {
        issues.push(
            Issue::new(
                place.clone(),
                Severity::Info,
                "missing-cells",
                format!("{n_missing} cells are blank or say that a value is missing"),
            )
            .with("count", n_missing),
        );
    }
    columns
}

/// Says where numbers were taken for words.
fn word_issues(builder: &Builder, name: &str, place: &Place, issues: &mut Issues) {
    let place = place.clone().in_column(name);
    if let Some(example) = builder.codes.keys().next().filter(|_| builder.keeps_zeros) {
        let text = format!(
            "the numbers have leading zeros, such as {example}, and are taken as codes. Where they \
             are amounts, write their unit into the column's head"
        );
        let issue = Issue::new(place, Severity::Warning, "leading-zeros", text);
        issues.push(issue.with("example", example));
    } else if let Some(example) = builder.signed_number() {
        let text = format!(
            "looks like numbers with signs, such as {example:?}, that cannot be read as numbers; \
             taken as words. Write plain numbers and the unit into the column's head"
        );
        let issue = Issue::new(place, Severity::Warning, "numbers-as-words", text);
        issues.push(issue.with("example", example));
    }
}

fn cell_issues(builder: &Builder, name: &str, place: &Place, issues: &mut Issues) {
    let here = |tally: &Tally| {
        let place = place.clone().in_column(name);
        match tally.first_line {
            0 => place,
            line => place.at_row(line),
        }
    };
    let bad = &builder.bad;
    if bad.count > 0 && builder.sort == Sort::Number {
        issues.push(
            Issue::new(
                here(bad),
                Severity::Warning,
                "not-a-number",
                format!(
                    "{} cells are no plain numbers, such as {:?}; a bound or a value \
                     with a mark counts as its number, the rest as missing",
                    bad.count, bad.example
                ),
            )
            .with("count", bad.count)
            .with("example", &bad.example),
        );
    }
    let infinite = &builder.infinite;
    if infinite.count > 0 {
        issues.push(
            Issue::new(
                here(infinite),
                Severity::Warning,
                "infinite",
                format!(
                    "{} cells are infinite (first in line {}); they count as missing",
                    infinite.count, infinite.first_line
                ),
            )
            .with("count", infinite.count)
            .with("line", infinite.first_line),
        );
    }
}

/// Says how a file was read: encoding, layout, broken bytes.
pub(super) fn layout_issues(
    decoded: &Decoded<'_>,
    dialect: &Dialect,
    source: &str,
    issues: &mut Issues,
) {
    let place = Place::file(source);
    if let Some((count, line)) = decoded.broken {
        issues.push(
            Issue::new(
                place.clone().at_row(line),
                Severity::Warning,
                "broken-letters",
                format!(
                    "{count} byte sequences spell nothing in {} (first in line {line})",
                    decoded.encoding
                ),
            )
            .with("count", count)
            .with("encoding", decoded.encoding)
            .with("line", line),
        );
    }
    if let Some((count, line)) = decoded.nuls {
        issues.push(
            Issue::new(
                place.clone().at_row(line),
                Severity::Warning,
                "nul-bytes",
                format!("{count} NUL bytes were left out (first in line {line})"),
            )
            .with("count", count)
            .with("line", line),
        );
    }
    if dialect.n_preamble > 0 {
        let count = dialect.n_preamble;
        issues.push(
            Issue::new(
                place.clone(),
                Severity::Info,
                "preamble",
                format!("{count} lines above the header were passed over"),
            )
            .with("count", count),
        );
    }
    if dialect.decimal_is_open {
        issues.push(open_comma(dialect, &place));
    }
    if let Some(example) = &dialect.decimal_doubt {
        let mark = dialect.decimal;
        let text = format!(
            "the recipe calls {mark:?} the decimal mark, but no number of this file holds one: \
             numbers such as {example} may be read 1000 times too large. Look at the values in the \
             import preview"
        );
        let issue = Issue::new(place.clone(), Severity::Warning, "decimal-doubtful", text);
        issues.push(issue.with("mark", mark).with("example", example));
    }
    if !dialect.has_header {
        issues.push(Issue::new(
            place,
            Severity::Warning,
            "no-header",
            "the columns have no names; they are called col1, col2 and so on",
        ));
    }
}

/// Says how commas were taken that could be decimal or thousands marks.
fn open_comma(dialect: &Dialect, place: &Place) -> Issue {
    if dialect.decimal == ',' {
        return Issue::new(
            place.clone(),
            Severity::Warning,
            "open-decimal",
            "numbers such as 50,125 could have decimals or thousands; the comma was taken as the \
             decimal mark",
        );
    }
    Issue::new(
        place.clone(),
        Severity::Warning,
        "open-thousands",
        "numbers such as 1,450 are written as text and could have decimals or thousands; the comma was \
         taken as the thousands mark",
    )
}

/// Whether a text looks like a table of values at all.
pub(super) fn is_table(dialect: &Dialect) -> bool {
    let has_numbers = dialect
        .sorts
        .iter()
        .any(|sort| matches!(sort, Sort::Number | Sort::Time));
    has_numbers && !dialect.sample.is_empty()
}

/// Finds the layout of a decoded file.
pub(super) fn layout(decoded: &Decoded<'_>) -> Option<Dialect> {
    dialect::detect(&decoded.text)
}

/// The same where a recipe has a say, also of a text that was written cell by cell.
pub(super) fn layout_by(decoded: &Decoded<'_>, rule: &TimeRule, is_cells: bool) -> Option<Dialect> {
    if is_cells {
        return dialect::of_cells(&decoded.text, &rule.layout);
    }
    dialect::detect_by(&decoded.text, &rule.layout)
}
