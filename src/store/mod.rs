//! A project on disk: SQLite index, Parquet series, media features, model files.
//!
//! Invariants: whatever was acknowledged survives a crash at any moment; big files are immutable
//! and named by their digest, the index is switched last; a project that is not understood is
//! never changed; every file is checked against its digest when it is read.

use std::path::{Path, PathBuf};

use crate::{
    base::{Digest, FileError, Issue},
    data::Dataset,
};

/// Whether a project may be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// This process holds the project.
    ReadWrite,
    /// Another process holds it, or the disk is read-only.
    ReadOnly,
}

/// A project folder that is open.
#[derive(Debug)]
pub struct Project {
    path: PathBuf,
}

/// What is kept of a training run.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelRecord {
    /// The model's name.
    pub id: String,
    /// Its best family.
    pub tier: String,
    /// Mean validation RMSE of the race's winner, normalised.
    pub rmse_norm: f64,
    /// When it was saved, ns since 1970 UTC.
    pub saved_ns: i64,
    /// Whether it is in use.
    pub in_use: bool,
    /// The digest of its data.
    pub data_digest: String,
}

/// What is kept of an import.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ImportRecord {
    /// The recipe, as TOML.
    pub recipe_toml: String,
    /// The files and folders.
    pub sources: Vec<String>,
    /// Data rows read.
    pub n_rows: u64,
    /// What was worked around.
    pub issues: Vec<Issue>,
    /// Default KPIs as scenario KPI tables in TOML (may be empty).
    pub kpis_toml: String,
}

/// A project could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
}

impl Project {
    /// Makes a new project folder, or opens the one that is there.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the folder cannot be made or is no project.
    pub fn open_or_create(path: &Path) -> Result<Self, StoreError> {
        let _unused = path;
        todo!()
    }

    /// Opens a project folder; read-only where another process holds it or the disk says so.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where there is none, it is damaged, or of a newer version.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let _unused = path;
        todo!()
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it may be changed.
    pub fn access(&self) -> Access {
        todo!()
    }

    /// Saves the dataset and how it was read; the old one stays until the new one is whole.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; the old dataset is then untouched.
    pub fn save_dataset(
        &mut self,
        dataset: &Dataset,
        record: &ImportRecord,
        now_ns: i64,
    ) -> Result<(), StoreError> {
        let _unused = (dataset, record, now_ns);
        todo!()
    }

    /// Reads the dataset back, bit by bit; `None` where nothing was imported yet.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where a file is missing or its digest does not fit.
    pub fn load_dataset(&self) -> Result<Option<(Dataset, ImportRecord)>, StoreError> {
        todo!()
    }

    /// Saves a model and puts it in use.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; the model in use is then untouched.
    pub fn save_model(&mut self, record: &ModelRecord, bytes: &[u8]) -> Result<(), StoreError> {
        let _unused = (record, bytes);
        todo!()
    }

    /// All models, newest first.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the index cannot be read.
    pub fn models(&self) -> Result<Vec<ModelRecord>, StoreError> {
        todo!()
    }

    /// The bytes of a model, or of the one in use. Where the one in use is damaged, the newest
    /// whole one is given and an issue says so.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where no whole model is there.
    pub fn load_model(
        &self,
        id: Option<&str>,
        issues: &mut crate::base::Issues,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let _unused = (id, issues);
        todo!()
    }

    /// Saves or (with `None`) forgets the state of an unfinished training.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; the earlier state is then untouched.
    pub fn save_training_state(&mut self, state: Option<&[u8]>) -> Result<(), StoreError> {
        let _unused = state;
        todo!()
    }

    /// The state of an unfinished training.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where it is damaged.
    pub fn load_training_state(&self) -> Result<Option<Vec<u8>>, StoreError> {
        todo!()
    }

    /// Saves or (with `None`) removes a small named text: scenarios (`scenario/<name>`), the
    /// window's layout (`layout`).
    ///
    /// # Errors
    ///
    /// [`StoreError`]; the earlier text is then untouched.
    pub fn save_text(&mut self, key: &str, text: Option<&str>) -> Result<(), StoreError> {
        let _unused = (key, text);
        todo!()
    }

    /// Every saved text whose key starts with `prefix`, by key.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the index cannot be read.
    pub fn texts(&self, prefix: &str) -> Result<Vec<(String, String)>, StoreError> {
        let _unused = prefix;
        todo!()
    }

    /// Adds a line to the audit trail, an append-only chain of digests.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the index cannot be written.
    pub fn audit(
        &mut self,
        now_ns: i64,
        what: &str,
        detail_json: &str,
    ) -> Result<Digest, StoreError> {
        let _unused = (now_ns, what, detail_json);
        todo!()
    }

    /// Whether the audit trail's chain is whole.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the index cannot be read.
    pub fn audit_is_whole(&self) -> Result<bool, StoreError> {
        todo!()
    }
}
