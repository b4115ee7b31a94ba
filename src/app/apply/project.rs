//! Opening projects and the example, writing reports.

use std::path::{Path, PathBuf};

use super::import;
use crate::{
    app::{App, AppError, Dialog, Effect, Job, Panel, ProjectCommand, ReportCommand},
    base::Severity,
    engine::check_report_kind,
};

pub(super) fn apply(app: &mut App, command: ProjectCommand) -> Vec<Effect> {
    match command {
        ProjectCommand::OpenExample => open_example(app, "why-user"),
        ProjectCommand::OpenDialog => vec![Effect::OpenDialog(Dialog::Project)],
        ProjectCommand::OpenPaths(paths) => open_paths(app, &paths),
    }
}

/// Opens the example, which is built once in the user's data folder.
pub(in crate::app) fn open_example(app: &mut App, why: &'static str) -> Vec<Effect> {
    let Some(dir) = app.example_dir() else {
        app.warn("message-no-data-dir");
        return Vec::new();
    };
    let mut effects = stop_project_jobs(app);
    effects.push(app.start_job(Job::OpenExample(dir), why));
    effects
}

/// Opens a project folder; anything else is shown before it is imported.
pub(in crate::app) fn open_paths(app: &mut App, paths: &[PathBuf]) -> Vec<Effect> {
    if paths.is_empty() {
        return Vec::new();
    }
    if let Some(project) = paths.iter().find(|path| is_project(path)) {
        let mut effects = stop_project_jobs(app);
        effects.push(app.start_job(Job::Open(project.clone()), "why-user"));
        return effects;
    }
    app.session.panel = Panel::Data;
    import::preview(app, paths.to_vec())
}

/// Work on the project that is being left ends; a training keeps its last checkpoint.
pub(super) fn stop_project_jobs(app: &App) -> Vec<Effect> {
    ["train", "gap", "compare"]
        .into_iter()
        .filter_map(|kind| app.open_job(kind))
        .map(Effect::StopJob)
        .collect()
}

fn is_project(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "gemba")
}

pub(super) fn report(app: &mut App, command: ReportCommand) -> Vec<Effect> {
    let (Some(loaded), Some(answer)) = (&app.session.loaded, &app.session.compare) else {
        app.warn("message-no-answer");
        return Vec::new();
    };
    match command {
        ReportCommand::Write => {
            let stem = loaded.path.file_stem().unwrap_or_default();
            let name = format!(
                "{}-{}.html",
                stem.to_string_lossy(),
                app.session.locale.name()
            );
            vec![Effect::OpenDialog(Dialog::Report(name))]
        }
        ReportCommand::WriteTo(out) => {
            // Said before anything is computed.
            if let Err(error) = check_report_kind(&out).map_err(AppError::from) {
                let (text, hint) = (error.whole_phrase(), error.hint_phrase());
                app.message(Severity::Warning, text, hint);
                return Vec::new();
            }
            let job = Job::Report {
                loaded: Box::new(loaded.clone()),
                answer: answer.clone(),
                locale: app.session.locale,
                out,
            };
            vec![app.start_job(job, "why-user")]
        }
    }
}
