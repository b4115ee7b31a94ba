//! A comparison on paper.

use std::path::Path;

use super::{AnsweringModel, CompareAnswer, EngineError, Env, Loaded, ScenarioSide};
use crate::{
    base::{self, Locale, Text},
    data::Split,
    report::{ReportInput, ReportSide, html_page, workbook},
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
    let stage = stage_of(loaded, model, &text);
    let input = ReportInput {
        dataset: &loaded.dataset,
        a: side(&answer.a),
        b: side(&answer.b),
        kpis: answer
            .kpis
            .iter()
            .map(|line| (&line.kpi, &line.paired, line.real))
            .collect(),
        deltas: &answer.deltas,
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
        issues: loaded
            .import
            .issues
            .iter()
            .chain(&loaded.issues)
            .map(|issue| (issue.severity, text.issue_line(issue)))
            .collect(),
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

fn side(side: &ScenarioSide) -> ReportSide<'_> {
    ReportSide {
        plan: &side.plan,
        trajectory: &side.trajectory,
        support: &side.support,
    }
}

/// What was passed so far. A plant of files alone can prove no more than held-out blocks; the
/// third stage asks for data that came after the prediction.
fn stage_of(loaded: &Loaded, model: &AnsweringModel, text: &Text) -> StageReport {
    let (best, naive) = (model.rmse_norm, model.naive_rmse_norm);
    let n_test: usize = loaded
        .dataset
        .spans_of(Split::Test)
        .map(crate::data::Span::n_steps)
        .sum();
    let held_out = base::thousands_apart(&n_test.to_string());
    stage_report(vec![
        (
            "proof-naive-beaten",
            best < naive,
            text.with(
                "proof-naive-beaten-by",
                &[
                    ("tier", &text.get(&format!("tier-{}", model.tier.name()))),
                    ("best", &format!("{best:.3}")),
                    ("naive", &format!("{naive:.3}")),
                ],
            ),
        ),
        (
            "proof-held-out",
            n_test > 0,
            text.with("proof-held-out-steps", &[("steps", &held_out)]),
        ),
        ("proof-later-data", false, text.get("proof-later-data-none")),
    ])
}
