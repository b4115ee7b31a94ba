//! Files into a project: read, guess KPIs, save, write the audit line.

use std::path::{Path, PathBuf};

use super::{
    EngineError, Env, Loaded,
    append::{self, Earlier},
    recipe_memory::{self, Memory, RememberedRecipe},
};
use crate::{
    base::{Issues, Large, Place, StopToken},
    data::{Dataset, Role},
    import::{self, Excerpt, ImportError, ImportRequest, Imported, Preview, import, shape_of},
    scenario::{KpiSpec, Reduce, ScenarioSpec, StartSpec, usual_better},
    store::{Access, ImportRecord, Project, SourceMark, StoreError},
};

/// How an import treats what a project knows already.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportHow {
    /// Whether the project's earlier sources are read again together with the new ones, under the
    /// recipe that was used before.
    pub append: bool,
    /// Which recipes may be used where none is given.
    pub memory: Memory,
}

/// Imports files into a project folder, which is made where it is not there.
///
/// Where no recipe is given, one that was accepted for files of the same shape is used, and an
/// issue says so.
///
/// # Errors
///
/// [`EngineError`]; the project's earlier dataset is then untouched.
pub fn import_data(
    project: &Path,
    request: &ImportRequest,
    how: &ImportHow,
    env: &Env<'_>,
) -> Result<Loaded, EngineError> {
    let (whole, earlier) = whole_request(project, request, how)?;
    // Reading comes first: no folder is made for files that cannot be read.
    let imported = read(project, &whole, how, env)?;
    imported.dataset.check()?;
    if let Some(earlier) = &earlier {
        earlier.check_kept(&imported.dataset, imported.n_rows, env.stop)?;
    }
    let marks = append::marks_of(&whole.sources, env.stop)?;
    let given = request.recipe.as_ref().map(|(text, _)| text.as_str());
    let kept = kept_recipe(&whole.sources, (given, &imported.recipe_toml), how, env)?;
    env.check()?;
    let is_new = !project.exists();
    let mut opened = Project::open_or_create(project)?;
    if opened.access() == Access::ReadOnly {
        return Err(EngineError::ReadOnly {
            project: project.to_path_buf(),
        });
    }
    let saved = save(&mut opened, imported, (&whole.sources, marks), env);
    if is_new && matches!(&saved, Err(error) if error.is_stopped()) {
        opened.discard()?;
        return saved;
    }
    let loaded = saved?;
    if let Some(kept) = kept {
        remember(&kept, &mut opened, how, env);
    }
    Ok(loaded)
}

/// Keeps an accepted recipe where this import may keep it. The import is saved and whole without
/// it, so what cannot be kept is told and fails nothing.
fn remember(kept: &RememberedRecipe, opened: &mut Project, how: &ImportHow, env: &Env<'_>) {
    if let Err(error) = recipe_memory::keep(kept, opened) {
        env.reporter.note(&kept.not_kept(&error));
    }
    let Memory::Accepted(Some(folder)) = &how.memory else {
        return;
    };
    if let Err(error) = recipe_memory::share(kept, folder) {
        env.reporter.note(&kept.not_shared(&error));
    }
}

/// Reads the files by the recipe that is given, by a remembered one, or by none.
fn read(
    project: &Path,
    request: &ImportRequest,
    how: &ImportHow,
    env: &Env<'_>,
) -> Result<Imported, EngineError> {
    if request.recipe.is_some() || how.memory != Memory::Project {
        return Ok(import(request, env.reporter, env.stop)?);
    }
    let found = recipe_memory::recall(&request.sources, Some(project), None, env.stop)?;
    let Some(known) = found.recipe else {
        let mut imported = import(request, env.reporter, env.stop)?;
        if let Some(note) = found.note {
            imported.issues.push(note);
        }
        return Ok(imported);
    };
    let told = ImportRequest {
        recipe: Some((known.recipe_toml.clone(), format!("recipe {}", known.id))),
        ..request.clone()
    };
    match import(&told, env.reporter, env.stop) {
        Ok(mut imported) => {
            imported.issues.push(known.used());
            Ok(imported)
        }
        Err(ImportError::Stopped(stopped)) => Err(ImportError::Stopped(stopped).into()),
        Err(error) => {
            let mut imported = import(request, env.reporter, env.stop)?;
            imported.issues.push(known.unfit(&error.phrase()));
            Ok(imported)
        }
    }
}

/// What is remembered of an import: nothing where nobody decided anything.
fn kept_recipe(
    sources: &[PathBuf],
    recipes: (Option<&str>, &str),
    how: &ImportHow,
    env: &Env<'_>,
) -> Result<Option<RememberedRecipe>, EngineError> {
    let is_accepted = matches!(how.memory, Memory::Accepted(_));
    if recipes.0.is_none() && !is_accepted {
        return Ok(None);
    }
    let Some(shape) = shape_of(sources, env.stop)? else {
        return Ok(None);
    };
    let first = sources.first().and_then(|source| source.file_name());
    let first = first.unwrap_or_default().to_string_lossy();
    let now_ns = env.clock.unix_nanos();
    recipe_memory::to_keep(&shape, recipes, &first, now_ns).map(Some)
}

/// How a preview is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PreviewRequest {
    /// Everything that is to be imported.
    pub sources: Vec<PathBuf>,
    /// The recipe as TOML; `None` = one that is remembered, or none.
    pub recipe_toml: Option<String>,
    /// The project that the import will go to.
    pub project: Option<PathBuf>,
    /// The user's own folder.
    pub folder: Option<PathBuf>,
}

/// Shows how a file would be read.
///
/// Where no recipe is given, one that was accepted for files of the same shape is used, and the
/// first issue says so.
///
/// # Errors
///
/// [`EngineError`] where the file cannot be read at all.
pub fn preview(
    source: &Path,
    request: &PreviewRequest,
    stop: &StopToken,
) -> Result<Preview, EngineError> {
    if let Some(recipe) = &request.recipe_toml {
        return Ok(import::preview(source, Some(recipe))?);
    }
    let (project, folder) = (request.project.as_deref(), request.folder.as_deref());
    // A source that cannot be looked through is named by the import itself.
    let found = recipe_memory::recall(&request.sources, project, folder, stop).unwrap_or_default();
    let mut notes = Issues::new();
    if let Some(known) = found.recipe {
        match import::preview(source, Some(&known.recipe_toml)) {
            Ok(mut shown) => {
                notes.push(known.used());
                notes.extend(std::mem::take(&mut shown.issues));
                shown.issues = notes;
                return Ok(shown);
            }
            Err(error) => notes.push(known.unfit(&error.phrase())),
        }
    }
    if let Some(note) = found.note {
        notes.push(note);
    }
    let mut shown = import::preview(source, None)?;
    notes.extend(std::mem::take(&mut shown.issues));
    shown.issues = notes;
    Ok(shown)
}

/// Shows the raw lines around a place that an issue names.
///
/// # Errors
///
/// [`EngineError`] where the file is not there any more.
pub fn excerpt(
    sources: &[PathBuf],
    place: &Place,
    stop: &StopToken,
) -> Result<Excerpt, EngineError> {
    Ok(import::excerpt(sources, place, stop)?)
}

/// The request with everything that is to be read, and what the project holds of it already.
fn whole_request(
    project: &Path,
    request: &ImportRequest,
    how: &ImportHow,
) -> Result<(ImportRequest, Option<Earlier>), EngineError> {
    let mut whole = request.clone();
    for source in &mut whole.sources {
        // A later `--append` may be run from another folder. A missing file stays as it was
        // written, so that the message shows what was asked for.
        if let Ok(absolute) = std::fs::canonicalize(&source) {
            *source = absolute;
        }
    }
    let mut earlier = None;
    if how.append && project.exists() {
        let opened = Project::open(project)?;
        if let Some((dataset, record)) = opened.load_dataset()? {
            let known = earlier.insert(Earlier::of(&dataset, &record));
            known.check_there()?;
            let mut sources: Vec<PathBuf> = record.sources.iter().map(PathBuf::from).collect();
            sources.extend(whole.sources);
            whole.sources = sources;
            let is_known = how.memory != Memory::Fresh && !record.recipe_toml.is_empty();
            if whole.recipe.is_none() && is_known {
                whole.recipe = Some((record.recipe_toml, "the project's recipe".to_owned()));
            }
            whole.name = dataset.name;
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    whole.sources.retain(|source| seen.insert(source.clone()));
    if whole.name.is_empty() {
        whole.name = project
            .file_stem()
            .map(|stem| stem.to_string_lossy().into_owned())
            .unwrap_or_default();
    }
    Ok((whole, earlier))
}

fn save(
    project: &mut Project,
    imported: Imported,
    (sources, marks): (&[PathBuf], Vec<SourceMark>),
    env: &Env<'_>,
) -> Result<Loaded, EngineError> {
    env.tell("saving", None, imported.dataset.name.clone());
    let record = ImportRecord {
        recipe_toml: imported.recipe_toml,
        sources: sources.iter().map(|source| append::shown(source)).collect(),
        marks,
        n_rows: imported.n_rows,
        issues: imported.issues.into_vec(),
        kpis_toml: default_kpis(&imported.dataset),
    };
    let dataset = Large::new(imported.dataset, env.stop);
    let now_ns = env.clock.unix_nanos();
    let digest = dataset.digest_unless(env.stop).map_err(StoreError::from)?;
    let detail = serde_json::json!({
        "data": digest.to_string(),
        "rows": record.n_rows,
        "sources": record.sources,
    });
    let line = detail.to_string();
    project.save_dataset_unless(env.stop, &dataset, &record, (now_ns, Some(&line)))?;
    // What was just saved need not be read again.
    Loaded::of(project, dataset.into_inner(), record)
}

/// The mean of every `kpi` channel, as the text of a scenario that asks nothing else.
fn default_kpis(dataset: &Dataset) -> String {
    let kpis: Vec<KpiSpec> = dataset
        .channels
        .iter()
        .filter(|channel| channel.role == Role::Kpi)
        .map(|channel| KpiSpec {
            name: channel.name.clone(),
            channel: channel.name.clone(),
            reduce: Reduce::Mean,
            better: usual_better(channel),
            unit: channel.unit.clone(),
            delta: None,
            line: 0,
        })
        .collect();
    if kpis.is_empty() {
        return String::new();
    }
    let spec = ScenarioSpec {
        name: "KPIs".to_owned(),
        start: StartSpec::default(),
        horizon_steps: None,
        edits: Vec::new(),
        kpis,
        file: String::new(),
    };
    spec.to_toml()
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::base::{Issue, Locale, Progress, Reporter, SystemClock, Text};

    #[derive(Default)]
    struct Notes(Mutex<Vec<Issue>>);

    impl Reporter for Notes {
        fn note(&self, issue: &Issue) {
            self.0.lock().unwrap().push(issue.clone());
        }

        fn report(&self, _progress: Progress) {}
    }

    #[test]
    fn a_recipe_that_cannot_be_kept_is_told_and_fails_no_import() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("line.gemba");
        let _held = Project::open_or_create(&path).unwrap();
        // Open twice, the second may only look.
        let mut project = Project::open(&path).unwrap();
        assert_eq!(project.access(), Access::ReadOnly);
        let kept = r#"{"format": "gemba-recipe-memory", "version": 1, "id": "abc", "saved_ns": 0,
            "source": "log.csv", "columns": ["time"], "recipe_toml": ""}"#;
        let kept: RememberedRecipe = serde_json::from_str(kept).unwrap();
        let (notes, clock, stop) = (Notes::default(), SystemClock::new(), StopToken::new());
        let env = Env {
            clock: &clock,
            reporter: &notes,
            stop: &stop,
            n_threads: 1,
        };
        let shared = dir.path().join("shared");
        let how = ImportHow {
            memory: Memory::Accepted(Some(shared.clone())),
            ..ImportHow::default()
        };
        remember(&kept, &mut project, &how, &env);
        let notes = notes.0.into_inner().unwrap();
        let codes: Vec<_> = notes.iter().map(|issue| issue.code).collect();
        assert_eq!(codes, ["recipe-not-kept"]);
        assert!(shared.join("recipes/abc.json").exists());
        for locale in Locale::ALL {
            let said = Text::new(locale).issue(&notes[0]);
            let path = path.display().to_string();
            assert!(said.contains(&path) && !said.contains("error-"), "{said}");
        }
    }
}
