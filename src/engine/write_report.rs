//! A comparison on paper.

use std::path::Path;

use super::{CompareAnswer, EngineError, Env, Loaded, ScenarioSide};
use crate::{
    base::{self, Locale},
    report::{ReportInput, ReportSide, html_page},
    trust::StageReport,
};

/// Writes a comparison as one self-contained HTML page.
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
    let is_page = out
        .extension()
        .is_some_and(|end| end.eq_ignore_ascii_case("html") || end.eq_ignore_ascii_case("htm"));
    if !is_page {
        return Err(EngineError::FileKind {
            path: out.to_path_buf(),
            expected: ".html",
        });
    }
    env.tell("report", None, out.display().to_string());
    let model = loaded.usable_model()?;
    let stage = stage_of(loaded);
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
        stage: &stage,
        model: [
            model.id().to_owned(),
            model.tier().name().to_owned(),
            model.device().to_owned(),
            answer.n_members.to_string(),
            answer.n_draws.to_string(),
        ],
        issues: loaded
            .import
            .issues
            .iter()
            .chain(&loaded.issues)
            .map(|issue| (issue.severity, format!("{}: {}", issue.place, issue.text)))
            .collect(),
        digests: answer.digests.clone(),
        seed: answer.seed,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        now_ns: env.clock.unix_nanos(),
    };
    let page = html_page(&input, locale);
    Ok(base::write_atomic(out, page.as_bytes())?)
}

fn side(side: &ScenarioSide) -> ReportSide<'_> {
    ReportSide {
        plan: &side.plan,
        trajectory: &side.trajectory,
        support: &side.support,
    }
}

/// What was passed so far. Until a run is scored on later data, the first stage is all there is.
fn stage_of(loaded: &Loaded) -> StageReport {
    let _unused = loaded;
    StageReport {
        stage: 1,
        checks: Vec::new(),
    }
}
