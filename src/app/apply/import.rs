//! Previews and imports.

use std::path::{Path, PathBuf};

use crate::{
    app::{App, Dialog, Effect, ImportCommand, Job},
    engine::ImportRequest,
};

pub(super) fn apply(app: &mut App, command: ImportCommand) -> Vec<Effect> {
    match command {
        ImportCommand::ChooseFiles => vec![Effect::OpenDialog(Dialog::Files)],
        ImportCommand::Preview(path) => {
            app.session.desk.waiting = vec![path.clone()];
            preview(app, path)
        }
        ImportCommand::Accept => accept(app),
        ImportCommand::Dismiss => {
            app.session.preview = None;
            app.session.desk.waiting.clear();
            app.open_job("preview")
                .map(Effect::StopJob)
                .into_iter()
                .collect()
        }
    }
}

pub(super) fn preview(app: &mut App, path: PathBuf) -> Vec<Effect> {
    app.session.preview = None;
    vec![app.start_job(Job::Preview(path), "why-user")]
}

fn accept(app: &mut App) -> Vec<Effect> {
    let sources = std::mem::take(&mut app.session.desk.waiting);
    app.session.preview = None;
    let Some(first) = sources.first() else {
        app.warn("message-nothing-to-import");
        return Vec::new();
    };
    let name = first.file_stem().map_or_else(
        || "data".to_owned(),
        |stem| stem.to_string_lossy().into_owned(),
    );
    let folder = format!("{name}.gemba");
    let beside = first.parent().unwrap_or(Path::new("")).join(&folder);
    let fallback = app
        .data_dir
        .as_deref()
        .map(|dir| dir.join("projects").join(&folder));
    let job = Job::Import {
        project: beside,
        fallback,
        request: ImportRequest {
            sources,
            recipe: None,
            name,
        },
    };
    vec![app.start_job(job, "why-user")]
}
