//! Recipes by the shape of what was imported: kept, found again, listed, forgotten.
//!
//! A project remembers for itself; the window also remembers in the user's own folder, so that a
//! new project of the same plant profits (docs/decisions/0014).

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::EngineError;
use crate::{
    base::{self, FileError, Issue, Phrase, Place, Severity, StopToken, format_time},
    import::{RecipeDraft, Shape, shape_of},
    store::Project,
};

const FORMAT: &str = "gemba-recipe-memory";
const VERSION: u32 = 1;
/// Where they are among the project's texts.
const PREFIX: &str = "recipe/";
/// The folder within the user's own.
const FOLDER: &str = "recipes";
/// The key of the reason where the columns are the same and something about them is not.
const ORDER: &str = "detail-recipe-order";
/// Files that share this part of all their columns are exports of one machine.
const ALIKE: f64 = 0.6;

/// Where an import looks for recipes, and where its own is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Memory {
    /// The project's own memory, so that a command gives the same on every machine.
    #[default]
    Project,
    /// None is used; a recipe that is given is kept all the same.
    Fresh,
    /// A person saw how the files are read: nothing is looked up, what was accepted is kept in the
    /// project and in the user's folder.
    Accepted(Option<PathBuf>),
}

/// A recipe that was accepted for files of one shape.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RememberedRecipe {
    format: String,
    version: u32,
    /// The shape's name: the first digits of its digest.
    pub id: String,
    /// When it was accepted, ns since 1970 UTC.
    pub saved_ns: i64,
    /// The first file that it was made for.
    pub source: String,
    /// The columns of the shape.
    columns: BTreeSet<String>,
    /// The recipe.
    pub recipe_toml: String,
}

impl RememberedRecipe {
    /// The day it was accepted.
    pub fn day(&self) -> String {
        format_time(self.saved_ns).chars().take(10).collect()
    }

    /// How many columns the files have.
    pub fn n_columns(&self) -> usize {
        self.columns.len()
    }

    fn to_text(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    fn parse(text: &str) -> Option<Self> {
        let found: Self = serde_json::from_str(text).ok()?;
        // What a newer program wrote is left alone.
        (found.format == FORMAT && found.version <= VERSION).then_some(found)
    }

    /// The sentence that says that it is used.
    pub(crate) fn used(&self) -> Issue {
        let (source, day) = (&self.source, self.day());
        Issue::new(
            Place::file(source),
            Severity::Info,
            "recipe-remembered",
            format!(
                "read by the recipe {} accepted on {day} for {source}, because the columns are \
                 the same; import with --fresh to guess anew",
                self.id
            ),
        )
        .with("id", &self.id)
        .with("day", day)
        .with("file", source)
    }

    /// The sentence that says why it is not used.
    pub(crate) fn unfit(&self, why: &Phrase) -> Issue {
        let (source, day) = (&self.source, self.day());
        Issue::new(
            Place::file(source),
            Severity::Warning,
            "recipe-unfit",
            format!(
                "the recipe {} accepted on {day} for {source} was not used: {why}; everything \
                 was guessed anew",
                self.id
            ),
        )
        .with("id", &self.id)
        .with("day", day)
        .with("file", source)
        .with_words("why", why)
    }

    /// The sentence that says that the project could not keep it.
    pub(crate) fn not_kept(&self, error: &EngineError) -> Issue {
        let why = error.phrase();
        Issue::new(
            Place::file(&self.source),
            Severity::Warning,
            "recipe-not-kept",
            format!("the files are imported, but the project could not keep their recipe: {error}"),
        )
        .with_words("why", &why)
    }

    /// The sentence that says that the user's folder could not be written.
    pub(crate) fn not_shared(&self, error: &FileError) -> Issue {
        let path = error.path.display();
        Issue::new(
            Place::file(&self.source),
            Severity::Warning,
            "recipe-not-shared",
            format!("the recipe is kept in this project only, {path} could not be written"),
        )
        .with("path", path)
    }

    /// The sentence about files that are nearly of its shape.
    fn other_columns(&self, gone: &[String], new: &[String]) -> Issue {
        let list = |names: &[String]| match names {
            [] => "–".to_owned(),
            _ => names.join(", "),
        };
        let (source, day) = (&self.source, self.day());
        let (gone, new) = (list(gone), list(new));
        Issue::new(
            Place::file(source),
            Severity::Warning,
            "recipe-other-columns",
            format!(
                "the recipe {} accepted on {day} for {source} was not used, because the columns \
                 differ (gone: {gone}; new: {new}); everything was guessed anew",
                self.id
            ),
        )
        .with("id", &self.id)
        .with("day", day)
        .with("file", source)
        .with("gone", gone)
        .with("new", new)
    }
}

/// What the memory says about some sources.
#[derive(Debug, Default)]
pub(crate) struct Recalled {
    /// The recipe of this very shape.
    pub(crate) recipe: Option<RememberedRecipe>,
    /// Why none is used although one is near.
    pub(crate) note: Option<Issue>,
}

/// Looks for a recipe in a project and, beyond it, in the user's folder.
pub(crate) fn recall(
    sources: &[PathBuf],
    project: Option<&Path>,
    folder: Option<&Path>,
    stop: &StopToken,
) -> Result<Recalled, EngineError> {
    let own = project.map(of_project).unwrap_or_default();
    let shared = folder.map(of_folder).unwrap_or_default();
    if own.is_empty() && shared.is_empty() {
        return Ok(Recalled::default());
    }
    let Some(shape) = shape_of(sources, stop)? else {
        return Ok(Recalled::default());
    };
    let id = shape.digest().short();
    // Two machines whose columns have no names look alike: outside the project that proves nothing.
    let shared = shared.iter().filter(|_| shape.has_names());
    let mut all = own.iter().chain(shared);
    if let Some(found) = all.clone().find(|known| known.id == id) {
        return Ok(Recalled {
            recipe: Some(found.clone()),
            note: None,
        });
    }
    let columns = shape.columns();
    let near = all.find(|known| {
        let n_common = known.columns.intersection(&columns).count();
        let n_all = known.columns.union(&columns).count();
        shape.has_names() && n_common as f64 >= ALIKE * n_all as f64
    });
    let note = near.map(|known| {
        let only = |left: &BTreeSet<String>, right| left.difference(right).cloned().collect();
        let (gone, new): (Vec<String>, Vec<String>) = (
            only(&known.columns, &columns),
            only(&columns, &known.columns),
        );
        if gone.is_empty() && new.is_empty() {
            let why = Phrase::new(ORDER, "units, order or layout of the columns differ");
            return known.unfit(&why);
        }
        known.other_columns(&gone, &new)
    });
    Ok(Recalled { recipe: None, note })
}

/// What of an import is worth remembering for files of this shape.
pub(crate) fn to_keep(
    shape: &Shape,
    (given_toml, used_toml): (Option<&str>, &str),
    source: &str,
    now_ns: i64,
) -> Result<RememberedRecipe, EngineError> {
    let read = |text: &str| RecipeDraft::from_toml(text);
    let given = given_toml.map_or(Ok(RecipeDraft::default()), read)?;
    Ok(RememberedRecipe {
        format: FORMAT.to_owned(),
        version: VERSION,
        id: shape.digest().short(),
        saved_ns: now_ns,
        source: source.to_owned(),
        columns: shape.columns(),
        recipe_toml: given.to_remember(&read(used_toml)?).to_toml(),
    })
}

/// Keeps a recipe in a project.
pub(crate) fn keep(recipe: &RememberedRecipe, project: &mut Project) -> Result<(), EngineError> {
    let key = format!("{PREFIX}{}", recipe.id);
    Ok(project.save_text(&key, Some(&recipe.to_text()))?)
}

/// Keeps a recipe in the user's folder too.
pub(crate) fn share(recipe: &RememberedRecipe, folder: &Path) -> Result<(), FileError> {
    let folder = folder.join(FOLDER);
    base::create_dir_all(&folder)?;
    let path = folder.join(format!("{}.json", recipe.id));
    base::write_atomic(&path, recipe.to_text().as_bytes())
}

/// The recipes that a project remembers, newest first.
///
/// # Errors
///
/// [`EngineError`] where the project cannot be read.
pub fn remembered_recipes(project: &Path) -> Result<Vec<RememberedRecipe>, EngineError> {
    let texts = Project::open(project)?.texts(PREFIX)?;
    let mut found: Vec<RememberedRecipe> = texts
        .iter()
        .filter_map(|(_, text)| RememberedRecipe::parse(text))
        .collect();
    found.sort_by_key(|recipe| std::cmp::Reverse(recipe.saved_ns));
    Ok(found)
}

/// Forgets a project's recipe by its id, or all of them; how many were forgotten.
///
/// # Errors
///
/// [`EngineError::NoRecipe`] where the project remembers none of this id.
pub fn forget_recipes(project: &Path, id: Option<&str>) -> Result<usize, EngineError> {
    let mut opened = Project::open(project)?;
    let keys: Vec<String> = opened
        .texts(PREFIX)?
        .into_iter()
        .map(|(key, _)| key)
        .filter(|key| id.is_none_or(|id| key.strip_prefix(PREFIX) == Some(id)))
        .collect();
    if let (Some(id), true) = (id, keys.is_empty()) {
        return Err(EngineError::NoRecipe { id: id.to_owned() });
    }
    for key in &keys {
        opened.save_text(key, None)?;
    }
    Ok(keys.len())
}

/// A project that is not there, or cannot be read, remembers nothing.
fn of_project(project: &Path) -> Vec<RememberedRecipe> {
    if !project.is_dir() {
        return Vec::new();
    }
    remembered_recipes(project).unwrap_or_default()
}

/// The recipes in the user's folder, newest first; what cannot be read is passed over.
fn of_folder(folder: &Path) -> Vec<RememberedRecipe> {
    let entries = std::fs::read_dir(folder.join(FOLDER)).into_iter().flatten();
    let mut found: Vec<RememberedRecipe> = entries
        .filter_map(|entry| {
            let text = base::read_text(&entry.ok()?.path()).ok()?;
            RememberedRecipe::parse(&text)
        })
        .collect();
    found.sort_by(|left, right| {
        let newest = right.saved_ns.cmp(&left.saved_ns);
        newest.then_with(|| left.id.cmp(&right.id))
    });
    found
}
