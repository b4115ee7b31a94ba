//! What is said where a command could not be carried out.

use serde_json::{Value, json};

use super::ExitStatus;
use crate::engine::EngineError;

/// No window can be opened here.
#[derive(Debug, thiserror::Error)]
#[error("no display was found, so the window cannot open")]
pub(crate) struct NoDisplay;

/// A command and a project to open were both given.
#[derive(Debug, thiserror::Error)]
#[error("found the project {project:?} before a command; expected one or the other")]
pub(crate) struct ProjectAndCommand {
    pub(crate) project: String,
}

/// The words of an error: what it says, then each cause on a line of its own.
pub(crate) fn words(error: &anyhow::Error) -> String {
    let mut lines: Vec<String> = Vec::new();
    for cause in error.chain() {
        let line = cause.to_string();
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines.join("\n  because ")
}

/// The next step.
pub(crate) fn hint(error: &anyhow::Error) -> Option<String> {
    if error.is::<NoDisplay>() {
        return Some("run it without a window: gemba demo --headless".to_owned());
    }
    if error.is::<ProjectAndCommand>() {
        return Some("put the project after the command: gemba inspect PROJECT".to_owned());
    }
    error.downcast_ref::<EngineError>()?.hint()
}

/// What the shell is told.
pub(crate) fn status(error: &anyhow::Error) -> ExitStatus {
    match error.downcast_ref::<EngineError>() {
        Some(error) if error.is_stopped() => ExitStatus::Stopped,
        _ => ExitStatus::Failed,
    }
}

/// The same as an object for stdout.
pub(crate) fn object(text: &str, hint: Option<&str>) -> Value {
    json!({ "error": { "text": text, "hint": hint } })
}
