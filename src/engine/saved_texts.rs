//! Small texts: scenario files, and what the window keeps in the project.

use std::path::Path;

use super::EngineError;
use crate::{base, scenario::ScenarioSpec, store::Project};

/// Reads a scenario file.
///
/// # Errors
///
/// [`EngineError`] where the file cannot be read or is no scenario.
pub fn read_scenario(path: &Path) -> Result<ScenarioSpec, EngineError> {
    let text = base::read_text(path)?;
    Ok(ScenarioSpec::parse(&text, &path.display().to_string())?)
}

/// Saves or (with `None`) removes a small named text in a project: scenarios
/// (`scenario/<name>`), the window's layout (`layout`).
///
/// # Errors
///
/// [`EngineError`]; the earlier text is then untouched.
pub fn save_text(project: &Path, key: &str, text: Option<&str>) -> Result<(), EngineError> {
    Ok(Project::open(project)?.save_text(key, text)?)
}

/// Every saved text of a project whose key starts with `prefix`, by key.
///
/// # Errors
///
/// [`EngineError`] where the project cannot be read.
pub fn saved_texts(project: &Path, prefix: &str) -> Result<Vec<(String, String)>, EngineError> {
    Ok(Project::open(project)?.texts(prefix)?)
}
