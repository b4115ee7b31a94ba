//! Files into a project: read, guess KPIs, save, write the audit line.

use std::path::{Path, PathBuf};

use super::{EngineError, Env, Loaded};
use crate::{
    base::Large,
    data::{Dataset, Role},
    import::{ImportRequest, Imported, Preview, import},
    scenario::{Better, KpiSpec, Reduce, ScenarioSpec, StartSpec},
    store::{Access, ImportRecord, Project, StoreError},
};

/// Parts of a channel's name that say that less of it is better.
const LESS_IS_BETTER: [&str; 24] = [
    "reject",
    "scrap",
    "defect",
    "error",
    "energy",
    "power",
    "fault",
    "loss",
    "waste",
    "downtime",
    "consumption",
    "cost",
    "emission",
    "leak",
    "wear",
    "vibration",
    "cycle_time",
    "不良",
    "廃棄",
    "エネルギ",
    "電力",
    "消費",
    "停止",
    "損失",
];

/// Imports files into a project folder, which is made where it is not there.
///
/// With `append` the project's earlier sources are read again together with the new ones, under
/// the recipe that was used before unless the request brings another.
///
/// # Errors
///
/// [`EngineError`]; the project's earlier dataset is then untouched.
pub fn import_data(
    project: &Path,
    request: &ImportRequest,
    append: bool,
    env: &Env<'_>,
) -> Result<Loaded, EngineError> {
    let (request, sources) = whole_request(project, request, append)?;
    // Reading comes first: no folder is made for files that cannot be read.
    let imported = import(&request, env.reporter, env.stop)?;
    imported.dataset.check()?;
    env.check()?;
    let is_new = !project.exists();
    let mut opened = Project::open_or_create(project)?;
    if opened.access() == Access::ReadOnly {
        return Err(EngineError::ReadOnly {
            project: project.to_path_buf(),
        });
    }
    let saved = save(&mut opened, imported, sources, env);
    if is_new && matches!(&saved, Err(error) if error.is_stopped()) {
        opened.discard()?;
        return saved;
    }
    saved
}

/// Shows how a file would be read.
///
/// # Errors
///
/// [`EngineError`] where the file cannot be read at all.
pub fn preview(source: &Path) -> Result<Preview, EngineError> {
    Ok(crate::import::preview(source)?)
}

/// The request with everything that is to be read, and the sources as they will be recorded.
fn whole_request(
    project: &Path,
    request: &ImportRequest,
    append: bool,
) -> Result<(ImportRequest, Vec<String>), EngineError> {
    let mut whole = request.clone();
    for source in &mut whole.sources {
        // A later `--append` may be run from another folder. A missing file stays as it was
        // written, so that the message shows what was asked for.
        if let Ok(absolute) = std::fs::canonicalize(&source) {
            *source = absolute;
        }
    }
    if append {
        let opened = Project::open(project)?;
        if let Some((dataset, record)) = opened.load_dataset()? {
            let mut sources: Vec<PathBuf> = record.sources.iter().map(PathBuf::from).collect();
            sources.extend(whole.sources);
            whole.sources = sources;
            if whole.recipe.is_none() && !record.recipe_toml.is_empty() {
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
    let sources = whole
        .sources
        .iter()
        .map(|source| source.display().to_string())
        .collect();
    Ok((whole, sources))
}

fn save(
    project: &mut Project,
    imported: Imported,
    sources: Vec<String>,
    env: &Env<'_>,
) -> Result<Loaded, EngineError> {
    env.tell("saving", None, imported.dataset.name.clone());
    let record = ImportRecord {
        recipe_toml: imported.recipe_toml,
        sources,
        n_rows: imported.n_rows,
        issues: imported.issues.into_vec(),
        kpis_toml: default_kpis(&imported.dataset),
    };
    let dataset = Large::new(imported.dataset, env.stop);
    let now_ns = env.clock.unix_nanos();
    let digest = dataset.digest_unless(env.stop).map_err(StoreError::from)?;
    project.save_dataset_unless(env.stop, &dataset, &record, now_ns)?;
    let detail = serde_json::json!({
        "data": digest.to_string(),
        "rows": record.n_rows,
        "sources": record.sources,
    });
    project.audit(now_ns, "import", &detail.to_string())?;
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
            better: better_of(&channel.name),
            unit: channel.unit.clone(),
            delta: None,
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

fn better_of(name: &str) -> Better {
    let name = name.to_lowercase();
    if LESS_IS_BETTER.iter().any(|part| name.contains(part)) {
        Better::Lower
    } else {
        Better::Higher
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn less_scrap_is_better_and_more_output_too() {
        assert_eq!(better_of("Reject_rate"), Better::Lower);
        assert_eq!(better_of("不良率"), Better::Lower);
        assert_eq!(better_of("throughput"), Better::Higher);
    }
}
