//! The report as an Excel workbook: the figures and words of the page, as cells to go on with.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, XlsxError};

use super::{
    ReportError, ReportInput, ReportKpi,
    block::Entry,
    courses::Courses,
    document::{self, Context},
    figures, format,
    html::visible,
    proof::{self, Fact},
    sheet::{Cell, Sheet, Styles, chance, fixed, share, signed},
    tables,
};
use crate::{
    base::{Locale, Text},
    metrics::{Interval, LimitLine},
    scenario::Better,
    trust::{self, Outcome},
};

/// How a difference is called.
pub(super) const DELTA: &str = "B − A";
/// Level of the band of a difference, in per cent.
pub(super) const DELTA_LEVEL: &str = "95";
/// Larger whole numbers are no longer exact in a cell.
const MOST_EXACT: u64 = 1 << 53;

const KPI_WIDTHS: &[f64] = &[
    28.0, 10.0, 12.0, 12.0, 12.0, 12.0, 12.0, 12.0, 12.0, 12.0, 12.0, 10.0, 12.0, 14.0, 18.0, 14.0,
    42.0, 90.0,
];
const PROOF_WIDTHS: &[f64] = &[26.0, 6.0, 70.0, 70.0];
const SENSOR_WIDTHS: &[f64] = &[28.0, 10.0, 16.0, 8.0, 10.0, 70.0];

/// The workbook as a file: key figures, courses over time, proof and origin, sensors.
///
/// Numbers are numbers with a format, nothing is a formula, and the file's date is the report's.
///
/// # Errors
///
/// [`ReportError::Workbook`] where the writer of workbooks refuses; no input is known to do that.
///
/// # Panics
///
/// Where a locale file of this build is broken; a test reads them all.
pub fn workbook(input: &ReportInput<'_>, locale: Locale) -> Result<Vec<u8>, ReportError> {
    let context = Context {
        input,
        text: Text::new(locale),
    };
    put_together(&context).map_err(|error| ReportError::Workbook(error.into()))
}

fn put_together(context: &Context<'_>) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let made = ExcelDateTime::from_timestamp(context.input.now_ns.max(0) / 1_000_000_000)?;
    let about = DocProperties::new()
        .set_title(visible(&document::title(context)))
        .set_creation_datetime(&made);
    book.set_properties(&about);
    let styles = Styles::new();
    let name = |key| context.say(key);
    let sheet = Sheet::new(&mut book, &styles, &name("report-kpis"), KPI_WIDTHS)?;
    write_figures(context, &styles, sheet)?;
    let charts = figures::shown_channels(context);
    let courses = Courses::of(context, &charts);
    let sheet = Sheet::new(
        &mut book,
        &styles,
        &name("report-charts"),
        &courses.widths(),
    )?;
    courses.write(sheet)?;
    let sheet = Sheet::new(&mut book, &styles, &name("report-proof"), PROOF_WIDTHS)?;
    write_proof(context, sheet)?;
    let sheet = Sheet::new(&mut book, &styles, &name("report-grades"), SENSOR_WIDTHS)?;
    write_sensors(context, sheet)?;
    book.save_to_buffer()
}

/// What the answer is: its sentence, the KPIs, what is changed, and the limits.
fn write_figures(
    context: &Context<'_>,
    styles: &Styles,
    mut sheet: Sheet<'_>,
) -> Result<(), XlsxError> {
    let sentences = document::sentences(context);
    let ((_, symbol), judged) = document::judged(context);
    sheet.line(&styles.title, &document::title(context))?;
    sheet.line(&styles.plain, &document::facts(context))?;
    if let Some(first) = sentences.first() {
        sheet.line(&styles.strong, first)?;
    }
    sheet.line(&styles.plain, &format!("{symbol} {judged}"))?;
    sheet.line(&styles.plain, &proof::support_sentence(context))?;
    sheet.gap();
    sheet.heads(&kpi_heads(context))?;
    sheet.freeze(0)?;
    let kpis = &context.input.kpis;
    if kpis.is_empty() {
        sheet.line(&styles.plain, &context.say("report-no-kpis"))?;
    }
    for (line, sentence) in kpis.iter().zip(sentences) {
        write_kpi(context, line, sentence, &mut sheet)?;
    }
    write_changes(context, styles, &mut sheet)?;
    write_limits(context, styles, &mut sheet)
}

fn kpi_heads(context: &Context<'_>) -> Vec<String> {
    let first = context.input.kpis.first();
    let level = first.map_or_else(
        || DELTA_LEVEL.to_owned(),
        |line| format!("{:.0}", line.paired.level * 100.0),
    );
    let mut heads = context.heads(&["report-kpi", "report-unit"]);
    for what in ["A", "B", DELTA] {
        heads.extend(interval_heads(context, what, &level));
    }
    heads.extend(context.heads(&[
        "report-confidence",
        "report-p-better",
        "report-p-equal",
        "report-outcome",
        "report-real",
        "report-how",
        "report-sentence",
    ]));
    heads
}

/// The names of an interval's columns: mean, lower and upper end.
pub(super) fn interval_heads(context: &Context<'_>, what: &str, level: &str) -> [String; 3] {
    let args = [("what", what), ("level", level)];
    [
        context.say_with("report-mean-of", &args),
        context.say_with("report-lower-of", &args),
        context.say_with("report-upper-of", &args),
    ]
}

fn write_kpi(
    context: &Context<'_>,
    line: &ReportKpi<'_>,
    sentence: String,
    sheet: &mut Sheet<'_>,
) -> Result<(), XlsxError> {
    let (kpi, paired) = (line.kpi, line.paired);
    let decimals = paired.decimals();
    let (value, difference, chance) = (fixed(decimals), signed(decimals), chance());
    let level = share(0);
    let outcome = document::outcome(context, line);
    let (better, equal) = match outcome {
        // Nothing was told apart, so there is no share to tell.
        Outcome::Same => (
            Cell::Words(outcome.chance_words(kpi, paired)),
            Cell::Number(paired.p_equal, &chance),
        ),
        // A share of a cell of its own would be taken for an answer that nobody gave.
        Outcome::Untold => {
            let untold = || Cell::Words(outcome.chance_words(kpi, paired));
            (untold(), untold())
        }
        _ if kpi.better == Better::Unknown => (
            Cell::Words(outcome.chance_words(kpi, paired)),
            Cell::Number(paired.p_equal, &chance),
        ),
        _ => (
            Cell::Number(paired.p_better, &chance),
            Cell::Number(paired.p_equal, &chance),
        ),
    };
    let mut cells = vec![
        Cell::Words(context.text.kpi_name(&kpi.name)),
        Cell::Words(kpi.unit.clone()),
    ];
    cells.extend(interval(paired.a, &value));
    cells.extend(interval(paired.b, &value));
    cells.extend(interval(paired.delta, &difference));
    cells.extend([
        Cell::Number(paired.level, &level),
        better,
        equal,
        Cell::Words(context.say(tables::outcome_words(outcome).1)),
        Cell::Number(line.real.unwrap_or(f64::NAN), &value),
        Cell::Words(tables::how(context, kpi)),
        Cell::Words(sentence),
    ]);
    sheet.row(&cells)
}

fn interval(interval: Interval, format: &Format) -> [Cell<'_>; 3] {
    [interval.mean, interval.lo, interval.hi].map(|value| Cell::Number(value, format))
}

fn write_changes(
    context: &Context<'_>,
    styles: &Styles,
    sheet: &mut Sheet<'_>,
) -> Result<(), XlsxError> {
    sheet.gap();
    sheet.line(&styles.strong, &context.say("report-changes"))?;
    let changed = tables::changed(context);
    if changed.is_empty() {
        return sheet.line(&styles.plain, &context.say("report-no-changes"));
    }
    let mut heads = context.heads(&["report-control", "report-unit"]);
    for what in ["A", "B", &context.say("report-as-run")] {
        heads.extend(
            ["report-mean-of", "report-least-of", "report-greatest-of"]
                .map(|key| context.say_with(key, &[("what", what)])),
        );
    }
    sheet.heads(&heads)?;
    for (channel, [run, in_a, in_b]) in changed {
        let sides = [in_a, in_b, run]
            .map(|values| tables::reach(values).unwrap_or([f64::NAN; 3]))
            .concat();
        let format = fixed(format::decimals_apart(sides.iter().copied()));
        let mut cells = Vec::from(name_and_unit(context, channel));
        cells.extend(sides.iter().map(|&value| Cell::Number(value, &format)));
        sheet.row(&cells)?;
    }
    Ok(())
}

fn write_limits(
    context: &Context<'_>,
    styles: &Styles,
    sheet: &mut Sheet<'_>,
) -> Result<(), XlsxError> {
    sheet.gap();
    sheet.line(&styles.strong, &context.say("report-limits"))?;
    let limits = context.input.limits;
    if limits.is_empty() {
        return sheet.line(&styles.plain, &context.say("report-no-limits"));
    }
    let mut heads = context.heads(&[
        "report-channel",
        "report-unit",
        "report-limit",
        "report-level",
        "report-p-a",
        "report-p-b",
    ]);
    for what in ["A", "B"] {
        let [_, lower, upper] = interval_heads(context, what, DELTA_LEVEL);
        heads.extend([lower, upper]);
    }
    for key in ["report-minutes-of", "report-margin-of"] {
        heads.extend(["A", "B"].map(|what| context.say_with(key, &[("what", what)])));
    }
    sheet.heads(&heads)?;
    for line in limits {
        write_limit(context, line, sheet)?;
    }
    for untold in tables::untold_limits(context) {
        sheet.line(&styles.plain, &untold)?;
    }
    sheet.line(&styles.plain, &context.say("report-limits-note"))
}

fn write_limit(
    context: &Context<'_>,
    line: &LimitLine,
    sheet: &mut Sheet<'_>,
) -> Result<(), XlsxError> {
    let (chance, ends, minutes) = (chance(), share(1), fixed(1));
    let level = fixed(format::decimals(line.value.abs()));
    let sides = [&line.a, &line.b];
    let margins = sides.into_iter().map(|side| side.margin);
    let margin = fixed(format::decimals_apart(margins));
    // A cell of its own would be taken for an answer where there is none.
    let told = |value: f64| match line.rests_at {
        Some(_) => f64::NAN,
        None => value,
    };
    let mut cells = Vec::from(name_and_unit(context, line.channel));
    cells.push(Cell::Words(tables::limit_name(context, line)));
    cells.push(Cell::Number(line.value, &level));
    cells.extend(sides.map(|side| {
        // No share is a certainty: of none and of all draws the end of the interval is told.
        let is_sure = side.n_hits == 0 || side.n_hits == side.n_draws;
        if is_sure || line.rests_at.is_some() {
            Cell::Words(trust::exceedance_words(line, side, &context.text))
        } else {
            Cell::Number(side.share.mean, &chance)
        }
    }));
    for side in sides {
        cells.push(Cell::Number(told(side.share.lo), &ends));
        cells.push(Cell::Number(told(side.share.hi), &ends));
    }
    cells.extend(sides.map(|side| Cell::Number(told(side.minutes), &minutes)));
    cells.extend(sides.map(|side| Cell::Number(told(side.margin), &margin)));
    sheet.row(&cells)
}

fn name_and_unit<'f>(context: &Context<'_>, channel: usize) -> [Cell<'f>; 2] {
    let channel = context.input.dataset.channels.get(channel);
    let words = channel.map(|channel| [channel.name.clone(), channel.unit.clone()]);
    words.unwrap_or_default().map(Cell::Words)
}

/// Why the answer may be believed or not, what it rests on, and where it comes from.
fn write_proof(context: &Context<'_>, sheet: Sheet<'_>) -> Result<(), XlsxError> {
    let whole = fixed(0);
    let mut proof = Proof {
        context,
        sheet,
        whole: &whole,
    };
    let heads = ["report-part", "report-sign", "report-what", "report-found"];
    proof.sheet.heads(&context.heads(&heads))?;
    proof.sheet.freeze(0)?;
    let (mark, judged) = document::judged(context);
    let judged = Entry::new(mark, judged);
    proof.entries("report-trust", &[judged])?;
    proof.note("report-trust", proof::support_sentence(context))?;
    proof.entries("report-trust", &proof::judge_checks(context))?;
    proof.entries("report-suggestions", &proof::suggestions(context))?;
    proof.note("report-stage", proof::stage_words(context))?;
    proof.entries("report-stage", &proof::stage_checks(context))?;
    proof.facts("report-assumptions", &proof::ground(context))?;
    proof.note("report-assumptions", context.say("report-assumption-note"))?;
    if !context.input.kpis.is_empty() {
        proof.note("report-kpis", context.say("report-kpi-note"))?;
    }
    let (issues, more) = proof::listed_issues(context);
    if issues.is_empty() {
        proof.note("report-issues", context.say("report-no-issues"))?;
    }
    proof.entries("report-issues", &issues)?;
    if let Some(more) = more {
        proof.note("report-issues", more)?;
    }
    proof.facts("report-provenance", &proof::origin(context))?;
    proof.note("report-provenance", context.say("report-provenance-note"))
}

/// The sheet of proof, each row with the part of the page that says the same.
struct Proof<'c> {
    context: &'c Context<'c>,
    sheet: Sheet<'c>,
    whole: &'c Format,
}

impl Proof<'_> {
    fn row(
        &mut self,
        part: &str,
        sign: &str,
        said: String,
        found: Cell<'_>,
    ) -> Result<(), XlsxError> {
        let part = self.context.say(part);
        self.sheet.row(&[
            Cell::Words(part),
            Cell::Words(sign.to_owned()),
            Cell::Words(said),
            found,
        ])
    }

    fn note(&mut self, part: &str, said: String) -> Result<(), XlsxError> {
        self.row(part, "", said, Cell::Words(String::new()))
    }

    fn entries(&mut self, part: &str, entries: &[Entry]) -> Result<(), XlsxError> {
        for entry in entries {
            let evidence = Cell::Words(entry.evidence.clone());
            self.row(part, entry.mark.1, entry.said.clone(), evidence)?;
        }
        Ok(())
    }

    fn facts(&mut self, part: &str, facts: &[(&str, Fact)]) -> Result<(), XlsxError> {
        for (key, fact) in facts {
            let found = match fact {
                Fact::Words(said) | Fact::Digest(said) => Cell::Words(said.clone()),
                Fact::Count(number) | Fact::Name(number) if *number > MOST_EXACT => {
                    Cell::Words(number.to_string())
                }
                Fact::Count(number) | Fact::Name(number) => {
                    Cell::Number(*number as f64, self.whole)
                }
            };
            self.row(part, "", self.context.say(key), found)?;
        }
        Ok(())
    }
}

/// Every channel with its grade.
fn write_sensors(context: &Context<'_>, mut sheet: Sheet<'_>) -> Result<(), XlsxError> {
    sheet.heads(&proof::grade_heads(context))?;
    sheet.freeze(1)?;
    let missing = share(1);
    for channel in &context.input.dataset.channels {
        sheet.row(&[
            Cell::Words(channel.name.clone()),
            Cell::Words(channel.unit.clone()),
            Cell::Words(proof::role_words(context, channel)),
            Cell::Words(channel.grade.name().to_owned()),
            Cell::Number(channel.missing_frac, &missing),
            Cell::Words(proof::finding_words(context, channel)),
        ])?;
    }
    Ok(())
}
