//! A project in memory: dataset, model, support reference; loaded once, asked many times.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{EngineError, UnfinishedTraining, unfinished};
use crate::{
    base::{Issue, Issues, Phrase, Place, Severity},
    data::{Dataset, Modality},
    model::FittedModel,
    scenario::{KpiSpec, ScenarioSpec},
    store::{Access, ImportRecord, ModelRecord, Project},
    trust::SupportModel,
};

/// The code of the issue that says why a saved model cannot be asked.
const MODEL_UNUSABLE: &str = "model-unusable";

/// The code of the issue that says that the data were read anew since the model learned.
const MODEL_OUTDATED: &str = "model-of-other-data";

/// A project in memory; cheap to clone.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The project's folder.
    pub path: PathBuf,
    /// Whether the project may be changed.
    pub access: Access,
    /// The data.
    pub dataset: Arc<Dataset>,
    /// How the data came in.
    pub import: Arc<ImportRecord>,
    /// The model in use.
    pub model: Option<Arc<FittedModel>>,
    /// What is known of every saved model.
    pub models: Vec<ModelRecord>,
    /// What the data cover.
    pub support: Arc<SupportModel>,
    /// The project's default KPIs.
    pub kpis: Vec<KpiSpec>,
    /// The training that was stopped and can go on.
    pub unfinished: Option<UnfinishedTraining>,
    /// What was odd while loading.
    pub issues: Vec<Issue>,
}

impl Loaded {
    /// Whether the model that answers is one that was saved, not the first of a training.
    pub fn has_saved_model(&self) -> bool {
        self.model.is_some() && self.models.iter().any(|record| record.in_use)
    }

    /// Whether the data were imported again since the model that answers was trained.
    pub fn has_outdated_model(&self) -> bool {
        let mut issues = self.issues.iter();
        self.has_saved_model() && issues.any(|issue| issue.code == MODEL_OUTDATED)
    }

    /// Loads a project folder.
    ///
    /// A model that cannot be read is an issue, not an error: the data can still be looked at
    /// and another model can be trained.
    ///
    /// # Errors
    ///
    /// [`EngineError`] where it is no project, is damaged, or holds no data yet.
    pub fn open(project: &Path) -> Result<Self, EngineError> {
        Self::from_project(&Project::open(project)?)
    }

    pub(crate) fn from_project(project: &Project) -> Result<Self, EngineError> {
        let Some((dataset, import)) = project.load_dataset()? else {
            let project = project.path().to_path_buf();
            return Err(EngineError::NoData { project });
        };
        Self::of(project, dataset, import)
    }

    /// The project whose newest dataset this is.
    pub(super) fn of(
        project: &Project,
        dataset: Dataset,
        import: ImportRecord,
    ) -> Result<Self, EngineError> {
        let mut issues = Issues::new();
        let models = project.models()?;
        let model = load_model(project, &dataset, &mut issues);
        let kpis = read_kpis(&import.kpis_toml)?;
        Ok(Self {
            path: project.path().to_path_buf(),
            access: project.access(),
            unfinished: unfinished::read(project, dataset.digest()),
            support: Arc::new(SupportModel::fit(&dataset)),
            dataset: Arc::new(dataset),
            import: Arc::new(import),
            model: model.map(Arc::new),
            models,
            kpis,
            issues: issues.into_vec(),
        })
    }

    /// The same as if some modalities had never been recorded.
    pub fn without(mut self, modalities: &[Modality]) -> Self {
        if !modalities.is_empty() {
            let tracks = &mut Arc::make_mut(&mut self.dataset).media.tracks;
            tracks.retain(|track| !modalities.contains(&track.modality));
        }
        self
    }

    /// The model in use.
    pub(crate) fn usable_model(&self) -> Result<&FittedModel, EngineError> {
        self.model.as_deref().ok_or_else(|| EngineError::NoModel {
            project: self.path.clone(),
            why: self
                .issues
                .iter()
                .find(|issue| issue.code == MODEL_UNUSABLE)
                .map(model_unusable),
        })
    }
}

/// Why the model cannot be asked, as a phrase.
fn model_unusable(issue: &Issue) -> Phrase {
    let words = Phrase::new("detail-model-unusable", &issue.text);
    match issue.words("why") {
        Some(why) => words.with_phrase("why", why),
        None => words,
    }
}

fn load_model(project: &Project, dataset: &Dataset, issues: &mut Issues) -> Option<FittedModel> {
    let unusable = |why: &Phrase| {
        let place = Place::file(project.path().display().to_string());
        Issue::new(place, Severity::Error, MODEL_UNUSABLE, why.english()).with_words("why", why)
    };
    let bytes = match project.load_model(None, issues) {
        Ok(bytes) => bytes?,
        Err(error) => {
            issues.push(unusable(&error.phrase()));
            return None;
        }
    };
    match FittedModel::from_bytes(&bytes) {
        Ok(model) => {
            if model.data_digest() != dataset.digest() {
                issues.push(Issue::new(
                    Place::file(dataset.name.clone()),
                    Severity::Warning,
                    MODEL_OUTDATED,
                    "the model was trained on an earlier import; train again to use all data",
                ));
            }
            Some(model)
        }
        Err(error) => {
            issues.push(unusable(&error.phrase()));
            None
        }
    }
}

/// The KPI tables of an import, kept as the text of a scenario that asks nothing else.
fn read_kpis(kpis_toml: &str) -> Result<Vec<KpiSpec>, EngineError> {
    if kpis_toml.trim().is_empty() {
        return Ok(Vec::new());
    }
    Ok(ScenarioSpec::parse(kpis_toml, "the project's KPIs")?.kpis)
}
