//! A project in memory: dataset, model, support reference; loaded once, asked many times.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use super::EngineError;
use crate::{
    base::Issue,
    data::Dataset,
    model::FittedModel,
    scenario::KpiSpec,
    store::{Access, ImportRecord, ModelRecord},
    trust::SupportModel,
};

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
    /// What was odd while loading.
    pub issues: Vec<Issue>,
}

impl Loaded {
    /// Loads a project folder.
    ///
    /// # Errors
    ///
    /// [`EngineError`] where it is no project, is damaged, or holds no data yet.
    pub fn open(project: &Path) -> Result<Self, EngineError> {
        let _unused = project;
        todo!()
    }
}
