//! Previews and imports.

use std::path::{Path, PathBuf};

use super::project;
use crate::{
    app::{
        App, Dialog, Effect, ImportCommand, Job, Panel, Preview, PreviewRequest, RecipeDraft,
        Wizard,
    },
    base::Place,
    engine::ImportRequest,
};

/// The files of an import that was accepted, with everything that was decided about them.
#[derive(Debug)]
pub(in crate::app) struct Accepted {
    /// The import.
    pub(super) job: u64,
    sources: Vec<PathBuf>,
    goes_to: Option<(PathBuf, String)>,
    preview: Option<Preview>,
    wizard: Wizard,
}

pub(super) fn apply(app: &mut App, command: ImportCommand) -> Vec<Effect> {
    match command {
        ImportCommand::ChooseFiles => vec![Effect::OpenDialog(Dialog::Files)],
        ImportCommand::ReadAnew => read_anew(app),
        ImportCommand::Edit(draft) => edit(app, *draft),
        ImportCommand::Accept => accept(app),
        ImportCommand::Dismiss => {
            app.session.preview = None;
            app.session.wizard = Wizard::default();
            app.session.desk.waiting.clear();
            app.session.desk.goes_to = None;
            app.open_job("preview")
                .map(Effect::StopJob)
                .into_iter()
                .collect()
        }
        ImportCommand::ShowPlace(place) => show_place(app, place),
        ImportCommand::ClosePlace => {
            app.session.excerpt = None;
            Vec::new()
        }
    }
}

/// Shows files for the first time: by a remembered recipe where there is one.
pub(super) fn preview(app: &mut App, sources: Vec<PathBuf>) -> Vec<Effect> {
    app.session.desk.waiting = sources;
    app.session.desk.goes_to = None;
    app.session.preview = None;
    app.session.wizard = Wizard::default();
    look(app, None)
}

/// Shows the open project's sources as they were read; what is decided goes to the same project.
fn read_anew(app: &mut App) -> Vec<Effect> {
    let Some(loaded) = &app.session.loaded else {
        return Vec::new();
    };
    let sources = loaded.import.sources.iter().map(PathBuf::from).collect();
    let project = (loaded.path.clone(), loaded.dataset.name.clone());
    let recipe = loaded.import.recipe_toml.clone();
    app.session.panel = Panel::Data;
    app.session.desk.waiting = sources;
    app.session.desk.goes_to = Some(project);
    app.session.preview = None;
    app.session.wizard = Wizard::default();
    look(app, Some(recipe))
}

/// Reads the file anew as a person decided; the last good preview stays until then.
fn edit(app: &mut App, draft: RecipeDraft) -> Vec<Effect> {
    if app.session.desk.waiting.is_empty() {
        return Vec::new();
    }
    let recipe = draft.to_toml();
    app.session.wizard.draft = draft;
    app.session.wizard.is_stale = true;
    app.session.wizard.failure = None;
    look(app, Some(recipe))
}

/// Shows the lines of one of the open project's files.
fn show_place(app: &mut App, place: Place) -> Vec<Effect> {
    let Some(loaded) = &app.session.loaded else {
        return Vec::new();
    };
    let sources = loaded.import.sources.iter().map(PathBuf::from).collect();
    vec![app.start_job(Job::Excerpt(sources, place), "why-user")]
}

fn look(app: &mut App, recipe_toml: Option<String>) -> Vec<Effect> {
    let sources = app.session.desk.waiting.clone();
    let request = PreviewRequest {
        project: app.session.import_goes_to(),
        folder: app.data_dir.clone(),
        sources,
        recipe_toml,
    };
    let effect = app.start_job(Job::Preview(Box::new(request)), "why-user");
    if let Effect::StartJob(id, _) = &effect {
        app.session.wizard.newest = *id;
    }
    vec![effect]
}

/// Takes a preview in, unless a newer one is on its way or nobody waits for it any more.
pub(super) fn shown(app: &mut App, id: u64, preview: Preview) {
    let wizard = &mut app.session.wizard;
    if app.session.desk.waiting.is_empty() || wizard.newest != id {
        return;
    }
    if app.session.preview.is_none() {
        // What is remembered is where a person goes on from.
        wizard.draft = RecipeDraft::from_toml(&preview.recipe_toml).unwrap_or_default();
        wizard.opened_with = wizard.draft.clone();
        let is_note = |code: &str| code.starts_with("recipe-");
        let issues = preview.issues.as_slice().iter();
        wizard.notes = issues
            .filter(|issue| is_note(issue.code))
            .cloned()
            .collect();
    }
    wizard.is_stale = false;
    wizard.problem = None;
    app.session.preview = Some(preview);
}

/// Notes why the newest decisions gave nothing; false where there is nothing to go back to.
pub(super) fn refused(app: &mut App, id: u64, problem: (String, String)) -> bool {
    if app.session.preview.is_none() {
        return false;
    }
    if app.session.wizard.newest == id {
        app.session.wizard.is_stale = false;
        app.session.wizard.problem = Some(problem);
    }
    true
}

/// Where the project of a file goes, and its name.
pub(in crate::app) fn beside(first: &Path) -> (PathBuf, String) {
    let name = first.file_stem().map_or_else(
        || "data".to_owned(),
        |stem| stem.to_string_lossy().into_owned(),
    );
    let folder = format!("{name}.gemba");
    (first.parent().unwrap_or(Path::new("")).join(folder), name)
}

fn accept(app: &mut App) -> Vec<Effect> {
    if app.session.wizard.problem.is_some() {
        app.warn("message-unreadable-setting");
        return Vec::new();
    }
    let mut accepted = Accepted {
        job: 0,
        sources: std::mem::take(&mut app.session.desk.waiting),
        goes_to: app.session.desk.goes_to.take(),
        preview: app.session.preview.take(),
        wizard: std::mem::take(&mut app.session.wizard),
    };
    let (sources, draft) = (accepted.sources.clone(), accepted.wizard.draft.clone());
    let goes_to = accepted.goes_to.clone();
    let Some(first) = sources.first() else {
        app.warn("message-nothing-to-import");
        return Vec::new();
    };
    // A project that was asked for before this import is no longer what is waited for.
    app.opening = None;
    // What is learned or asked of the data that are open is worth nothing any more: they are read
    // anew, or left for others.
    let mut effects = project::stop_project_jobs(app);
    let (project, name) = goes_to.unwrap_or_else(|| beside(first));
    let folder = app.data_dir.as_deref();
    let fallback = folder.map(|dir| dir.join("projects").join(format!("{name}.gemba")));
    let recipe = (!draft.is_empty()).then(|| (draft.to_toml(), "recipe.toml".to_owned()));
    let job = Job::Import {
        project,
        fallback,
        request: ImportRequest {
            sources,
            recipe,
            name,
        },
        folder: app.data_dir.clone(),
    };
    let effect = app.start_job(job, "why-user");
    if let Effect::StartJob(id, _) = &effect {
        accepted.job = *id;
        app.accepted = Some(accepted);
    }
    effects.push(effect);
    effects
}

/// Shows what was decided again after an import that gave nothing, with the reason where there is one;
/// not where other files wait by now.
pub(super) fn given_back(app: &mut App, id: u64, failure: Option<(String, String)>) {
    let Some(accepted) = app.accepted.take_if(|accepted| accepted.job == id) else {
        return;
    };
    let desk = &mut app.session.desk;
    if !desk.waiting.is_empty() {
        return;
    }
    (desk.waiting, desk.goes_to) = (accepted.sources, accepted.goes_to);
    app.session.preview = accepted.preview;
    app.session.wizard = Wizard {
        failure,
        ..accepted.wizard
    };
    app.session.panel = Panel::Data;
}
