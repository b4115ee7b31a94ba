//! Opening projects and the example, writing reports.

use std::path::{Path, PathBuf};

use super::import;
use crate::{
    app::{App, AppError, Dialog, Effect, Job, Panel, ProjectCommand, ReportCommand},
    base::Severity,
    engine::check_report_kind,
};

/// Work that is worth nothing any more once its project is left.
const PROJECT_JOBS: [&str; 3] = ["train", "gap", "compare"];

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
    if app.is_learning_in(|open| app.is_example(open)) {
        app.warn("message-already-open");
        return Vec::new();
    }
    app.opening = None;
    let mut effects = stop_project_jobs(app);
    effects.push(app.start_job(Job::OpenExample(dir), why));
    effects
}

/// Opens a project folder; anything else is shown before it is imported.
pub(in crate::app) fn open_paths(app: &mut App, paths: &[PathBuf]) -> Vec<Effect> {
    if paths.is_empty() {
        return Vec::new();
    }
    let paths: Vec<PathBuf> = paths.iter().map(|path| whole(path)).collect();
    if let Some(project) = paths.iter().find(|path| is_project(path)) {
        return open_project(app, project);
    }
    app.session.panel = Panel::Data;
    import::preview(app, paths)
}

/// Opens a project. What runs on the one that would be left is not given up for one that is not there.
fn open_project(app: &mut App, project: &Path) -> Vec<Effect> {
    if app.is_learning_in(|open| open == project) {
        app.warn("message-already-open");
        return Vec::new();
    }
    let is_at_work = PROJECT_JOBS.iter().any(|kind| app.open_job(kind).is_some());
    let job = if is_at_work {
        Job::Check(project.to_path_buf())
    } else {
        Job::Open(project.to_path_buf())
    };
    vec![wish(app, job, project)]
}

/// Starts a job that is to end with this project open: from now on the newest wish.
fn wish(app: &mut App, job: Job, project: &Path) -> Effect {
    let effect = app.start_job(job, "why-user");
    if let Effect::StartJob(id, _) = &effect {
        app.opening = Some((*id, project.to_path_buf()));
    }
    effect
}

/// Leaves the open project for one that can be opened, unless something else was wished for since.
pub(super) fn checked(app: &mut App, id: u64, project: &Path) -> Vec<Effect> {
    if app.opening.take_if(|(newest, _)| *newest == id).is_none() {
        return Vec::new();
    }
    let mut effects = stop_project_jobs(app);
    effects.push(wish(app, Job::Open(project.to_path_buf()), project));
    effects
}

/// Forgets a recent project that turned out not to be there any more.
pub(super) fn refused(app: &mut App, id: u64, error: &AppError) -> Vec<Effect> {
    let wanted = app.opening.take_if(|(opening, _)| *opening == id);
    let Some((_, project)) = wanted.filter(|_| error.is_no_project()) else {
        return Vec::new();
    };
    let recent = &mut app.session.desk.recent;
    let n_before = recent.len();
    recent.retain(|known| *known != project);
    if recent.len() == n_before {
        return Vec::new();
    }
    app.save_settings()
}

/// The path from the root, so that it leads to the same place from any folder.
pub(in crate::app) fn whole(path: &Path) -> PathBuf {
    // Only an empty path has none, and it leads nowhere either.
    std::path::absolute(path).unwrap_or_else(|_empty| path.to_path_buf())
}

/// Work on the project that is being left ends; a training keeps its last checkpoint.
pub(super) fn stop_project_jobs(app: &App) -> Vec<Effect> {
    PROJECT_JOBS
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
    if app.session.compare_stale {
        // Its numbers would stand under a question that is no longer asked.
        app.warn("message-answer-stale");
        return Vec::new();
    }
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
