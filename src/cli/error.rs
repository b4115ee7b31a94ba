//! What is said where a command could not be carried out.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use serde_json::{Value, json};

use super::ExitStatus;
use crate::{
    base::{Phrase, Text},
    engine::{self, EngineError},
};

/// No window can be opened here.
#[derive(Debug, thiserror::Error)]
#[error("no display was found, so the window cannot open")]
pub(crate) struct NoDisplay;

/// A lone word that is neither a command nor a project.
#[derive(Debug, thiserror::Error)]
#[error("there is no command {word}")]
pub(crate) struct NoSuchCommand {
    pub(crate) word: String,
}

/// A command and a project to open were both given.
#[derive(Debug, thiserror::Error)]
#[error("found the project {project:?} before a command; expected one or the other")]
pub(crate) struct ProjectAndCommand {
    pub(crate) project: String,
}

/// The next step where arguments cannot be read.
pub(crate) const USAGE_HINT: &str = "see gemba --help";

/// What is wrong with the arguments.
pub(crate) fn usage(error: &clap::Error) -> Phrase {
    let part = |kind: ContextKind| match error.get(kind) {
        Some(ContextValue::String(word)) => word.clone(),
        Some(ContextValue::Strings(words)) => words.join(", "),
        _ => String::new(),
    };
    let key = match error.kind() {
        ErrorKind::UnknownArgument => "error-usage-unknown",
        ErrorKind::InvalidSubcommand => "error-usage-command",
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => "error-usage-value",
        ErrorKind::MissingRequiredArgument => "error-usage-missing",
        ErrorKind::ArgumentConflict => "error-usage-conflict",
        _ => "error-usage",
    };
    let first = error.to_string().lines().next().unwrap_or("").to_owned();
    Phrase::new(key, first)
        .with("argument", part(ContextKind::InvalidArg))
        .with("command", part(ContextKind::InvalidSubcommand))
        .with("value", part(ContextKind::InvalidValue))
        .with("other", part(ContextKind::PriorArg))
}

/// What an error of the command line itself says, and its next step.
fn own(error: &anyhow::Error) -> Option<(Phrase, &'static str)> {
    if error.is::<NoDisplay>() {
        let said = Phrase::new("error-no-display", error.to_string());
        return Some((said, "run it without a window: gemba demo --headless"));
    }
    if let Some(NoSuchCommand { word }) = error.downcast_ref() {
        let said = Phrase::new("error-usage-command", error.to_string())
            .with("argument", "")
            .with("command", word)
            .with("value", "")
            .with("other", "");
        return Some((said, USAGE_HINT));
    }
    let both = error.downcast_ref::<ProjectAndCommand>()?;
    let said = Phrase::new("error-project-and-command", error.to_string())
        .with("project", format!("{:?}", both.project));
    Some((
        said,
        "put the project after the command: gemba inspect PROJECT",
    ))
}

/// The words of an error: what it says, then each cause on a line of its own.
pub(crate) fn words(error: &anyhow::Error, text: &Text) -> String {
    if let Some((said, _hint)) = own(error) {
        return text.say(&said);
    }
    let because = format!("\n  {} ", text.get("cli-because"));
    engine::said(error.as_ref(), text).join(&because)
}

/// The next step.
pub(crate) fn hint(error: &anyhow::Error, text: &Text) -> Option<String> {
    match own(error) {
        Some((said, hint)) => Some(text.say_hint(&said, hint)),
        None => error.downcast_ref::<EngineError>()?.hint_in(text),
    }
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
