//! Small texts: scenario files, and what the window keeps in the project.

use std::path::Path;

use super::EngineError;
use crate::{
    base::{self, Locale, Text},
    scenario::ScenarioSpec,
    store::Project,
};

/// Where scenarios are kept among the texts of a project.
const SCENARIOS: &str = "scenario/";
/// What the window's own A and B are kept as: it opens with them.
const OWN: [&str; 2] = ["A", "B"];
/// Longer names are cut.
const NAME_LETTERS: usize = 80;

/// Reads a scenario file.
///
/// # Errors
///
/// [`EngineError`] where the file cannot be read or is no scenario.
pub fn read_scenario(path: &Path) -> Result<ScenarioSpec, EngineError> {
    let text = base::read_text(path)?;
    Ok(ScenarioSpec::parse(&text, &path.display().to_string())?)
}

/// Saves a scenario under its name and as the B that the window opens with; gives the name that it
/// got. Another scenario of that name stays: the new one then gets a number.
///
/// # Errors
///
/// [`EngineError`]; what was saved before is then untouched.
pub fn save_scenario(project: &Path, name: &str, text: &str) -> Result<String, EngineError> {
    let mut project = Project::open(project)?;
    let mut saved = project.texts(SCENARIOS)?;
    let own = format!("{SCENARIOS}{}", OWN[1]);
    let before = saved.iter().find(|(key, _)| *key == own);
    // The B of before may have no name yet under which it could be found again.
    if let Some((_, before)) = before.cloned()
        && let Ok(spec) = ScenarioSpec::parse(&before, &own)
        && !spec.edits.is_empty()
        && before != text
        && !saved
            .iter()
            .any(|(key, text)| *key != own && *text == before)
    {
        let name = spec.shown_name(OWN[1], &[], &Text::new(Locale::En));
        let key = format!("{SCENARIOS}{}", free_name(&name, &before, &saved));
        project.save_text(&key, Some(&before))?;
        saved.push((key, before));
    }
    let name = free_name(name, text, &saved);
    project.save_text(&format!("{SCENARIOS}{name}"), Some(text))?;
    project.save_text(&own, Some(text))?;
    Ok(name)
}

/// Every scenario of a project that can still be read, by name.
///
/// # Errors
///
/// [`EngineError`] where the project cannot be read.
pub fn saved_scenarios(project: &Path) -> Result<Vec<(String, ScenarioSpec)>, EngineError> {
    let texts = saved_texts(project, SCENARIOS)?.into_iter();
    let read = |(key, text): (String, String)| {
        let name = key.strip_prefix(SCENARIOS)?.to_owned();
        Some((name, ScenarioSpec::parse(&text, &key).ok()?))
    };
    Ok(texts.filter_map(read).collect())
}

/// The name as that of a file, with a number where another text has it already.
fn free_name(name: &str, text: &str, saved: &[(String, String)]) -> String {
    let name = safe_name(name);
    let is_free = |name: &String| {
        let key = format!("{SCENARIOS}{name}");
        let known = saved.iter().find(|(known, _)| *known == key);
        !OWN.contains(&name.as_str()) && known.is_none_or(|(_, known)| known == text)
    };
    let mut names = (1_usize..).map(|number| match number {
        1 => name.clone(),
        _ => format!("{name} {number}"),
    });
    names.find(is_free).unwrap_or(name)
}

/// A name that every system takes for a file.
fn safe_name(name: &str) -> String {
    let is_odd = |letter: char| letter.is_control() || "/\\:*?\"<>|".contains(letter);
    let name: String = name
        .chars()
        .map(|letter| if is_odd(letter) { '_' } else { letter })
        .take(NAME_LETTERS)
        .collect();
    let name = name.trim_matches([' ', '.']);
    if name.is_empty() { "scenario" } else { name }.to_owned()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_that_every_system_takes_for_a_file() {
        assert_eq!(safe_name("speed → 103 1/min"), "speed → 103 1_min");
        assert_eq!(safe_name("速度 +5 %"), "速度 +5 %");
        assert_eq!(safe_name("..\\a\nb. "), "_a_b");
        assert_eq!(safe_name(" . "), "scenario");
        assert_eq!(safe_name(&"長".repeat(200)).chars().count(), NAME_LETTERS);
    }

    #[test]
    fn another_scenario_of_the_name_keeps_it() {
        let saved = |name: &str| (format!("{SCENARIOS}{name}"), "other".to_owned());
        let saved = [saved("speed +5 %"), saved("speed +5 % 2")];
        assert_eq!(free_name("speed +5 %", "new", &saved), "speed +5 % 3");
        assert_eq!(free_name("speed +5 %", "other", &saved), "speed +5 %");
        assert_eq!(free_name("speed +8 %", "new", &saved), "speed +8 %");
        assert_eq!(
            free_name("A", "new", &saved),
            "A 2",
            "A is the window's own"
        );
    }
}
