//! A comparison on paper.

use std::path::Path;

use super::{CompareAnswer, EngineError, Env, KpiLine, Loaded, ScenarioSide};
use crate::{
    base::{self, Locale, Severity, Text},
    data::Split,
    model::Tier,
    report::{ReportInput, ReportKpi, ReportSide, html_page, workbook},
    trust::{StageReport, stage_report},
};

/// The kinds of files that a report is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ReportKind {
    Page,
    #[cfg(feature = "pdf")]
    Paper,
    Workbook,
}

impl ReportKind {
    /// The endings of the files that this build writes.
    const ENDINGS: &str = if cfg!(feature = "pdf") {
        ".html, .pdf, .xlsx"
    } else {
        ".html, .xlsx"
    };

    fn of(out: &Path) -> Result<Self, EngineError> {
        let end = out.extension().unwrap_or_default();
        let is = |name: &str| end.eq_ignore_ascii_case(name);
        #[cfg(feature = "pdf")]
        if is("pdf") {
            return Ok(Self::Paper);
        }
        if is("html") || is("htm") {
            Ok(Self::Page)
        } else if is("xlsx") {
            Ok(Self::Workbook)
        } else {
            Err(EngineError::FileKind {
                path: out.to_path_buf(),
                expected: Self::ENDINGS,
            })
        }
    }
}

/// Whether a report can be written under this name; to be asked before anything is computed.
///
/// # Errors
///
/// [`EngineError::FileKind`] where the name ends in none of the kinds that are written.
pub fn check_report_kind(out: &Path) -> Result<(), EngineError> {
    ReportKind::of(out).map(|_kind| ())
}

/// Writes a comparison as one self-contained HTML page, or as a PDF or an Excel workbook where the
/// name ends in `.pdf` or `.xlsx`.
///
/// # Errors
///
/// [`EngineError`] where the file cannot be written.
pub fn write_report(
    loaded: &Loaded,
    answer: &CompareAnswer,
    locale: Locale,
    out: &Path,
    env: &Env<'_>,
) -> Result<(), EngineError> {
    let kind = ReportKind::of(out)?;
    env.tell("report", None, out.display().to_string());
    let model = &answer.model;
    let text = Text::new(locale);
    let stage = stage_of(loaded, answer, &text);
    let input = ReportInput {
        dataset: &loaded.dataset,
        a: side(&answer.a),
        b: side(&answer.b),
        kpis: answer.kpis.iter().map(kpi).collect(),
        deltas: &answer.deltas,
        limits: &answer.limits,
        judgement: &answer.judgement,
        is_provisional: answer.is_provisional,
        stage: &stage,
        model: [
            model.id.clone(),
            model.tier.name().to_owned(),
            model.device.clone(),
            answer.n_members.to_string(),
            answer.n_draws.to_string(),
        ],
        issues: issues_of(loaded, answer, &text),
        digests: answer.digests.clone(),
        seed: answer.seed,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        now_ns: env.clock.unix_nanos(),
    };
    let bytes = match kind {
        ReportKind::Page => html_page(&input, locale).into_bytes(),
        #[cfg(feature = "pdf")]
        ReportKind::Paper => crate::report::pdf(&input, locale)?,
        ReportKind::Workbook => workbook(&input, locale)?,
    };
    Ok(base::write_atomic(out, &bytes)?)
}

/// What was worked around in the scenarios first, then what was found in the data.
fn issues_of(loaded: &Loaded, answer: &CompareAnswer, text: &Text) -> Vec<(Severity, String)> {
    let notes = answer.notes.iter();
    let notes = notes.map(|note| {
        let severity = if note.changes_question() {
            Severity::Warning
        } else {
            note.issue.severity
        };
        (severity, note.words(text))
    });
    let issues = loaded.import.issues.iter().chain(&loaded.issues);
    let issues = issues.map(|issue| (issue.severity, text.issue_line(issue)));
    notes.chain(issues).collect()
}

fn kpi(line: &KpiLine) -> ReportKpi<'_> {
    ReportKpi {
        kpi: &line.kpi,
        paired: &line.paired,
        real: line.real,
        doubts: &line.doubts,
    }
}

fn side(side: &ScenarioSide) -> ReportSide<'_> {
    ReportSide {
        plan: &side.plan,
        trajectory: &side.trajectory,
        support: &side.support,
    }
}

/// What was passed so far. A plant of files alone can prove no more than held-out blocks; the
/// third stage asks for data that came after the prediction.
fn stage_of(loaded: &Loaded, answer: &CompareAnswer, text: &Text) -> StageReport {
    let n_test: usize = loaded
        .dataset
        .spans_of(Split::Test)
        .map(crate::data::Span::n_steps)
        .sum();
    let held_out = base::thousands_apart(&n_test.to_string());
    let mut checks = naive_beaten(loaded, answer, text);
    checks.push((
        "proof-held-out",
        n_test > 0,
        text.with("proof-held-out-steps", &[("steps", &held_out)]),
    ));
    checks.push(("proof-later-data", false, text.get("proof-later-data-none")));
    stage_report(checks)
}

/// For each output that a KPI is of, whether what answers is better than its last value carried on;
/// where no KPI is of one, whether that holds for the outputs on average.
fn naive_beaten(
    loaded: &Loaded,
    answer: &CompareAnswer,
    text: &Text,
) -> Vec<(&'static str, bool, String)> {
    let words = |key: &str, channel: &str, tier: Tier, errors: [f64; 2]| {
        let [best, naive] = errors.map(|error| format!("{error:.3}"));
        let tier = text.get(&format!("tier-{}", tier.name()));
        let args = [("tier", tier.as_str()), ("best", &best), ("naive", &naive)];
        text.with(key, &[&args[..], &[("channel", channel)]].concat())
    };
    let mut seen = Vec::new();
    let mut checks = Vec::new();
    for line in &answer.kpis {
        let channel = line.kpi.channel;
        let Some(skill) = line.skill.filter(|_| !seen.contains(&channel)) else {
            continue;
        };
        seen.push(channel);
        let key = if skill.beats_naive {
            "proof-naive-beaten-of"
        } else {
            "proof-naive-not-beaten-of"
        };
        let name = &loaded.dataset.channels[channel].name;
        let errors = [skill.error, skill.naive_error];
        let said = words(key, name, skill.tier, errors);
        checks.push(("proof-naive-beaten", skill.beats_naive, said));
    }
    if checks.is_empty() {
        let model = &answer.model;
        let errors = [model.rmse_norm, model.naive_rmse_norm];
        let said = words("proof-naive-beaten-by", "", model.tier, errors);
        let is_beaten = model.rmse_norm < model.naive_rmse_norm;
        checks.push(("proof-naive-beaten", is_beaten, said));
    }
    checks
}
