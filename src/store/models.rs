//! Trained models and the state of an unfinished training.

use std::collections::BTreeSet;

use rusqlite::{OptionalExtension as _, params};
use serde::{Deserialize, Serialize};

use super::{
    Project, StoreError, audit,
    blob::{self, Kind},
    rows,
};
use crate::base::{Issue, Issues, Place, Severity};

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
    /// What each of its folds covers; empty for models of earlier versions.
    pub learned: Vec<Vec<Learned>>,
    /// How it did against the model that was in use before, where the data had grown.
    pub trial: Option<Trial>,
}

/// Rows that a model learned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Learned {
    /// The recording's name.
    pub episode: String,
    /// When its first step ends, ns since 1970 UTC.
    pub start_ns: i64,
    /// When the step after its last ends.
    pub end_ns: i64,
}

/// A new model (the challenger) beside the one that was in use (the champion), on rows that neither
/// is judged on by what it learned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// The champion's name.
    pub champion: String,
    /// On what the champion had learned.
    pub old: Regime,
    /// On what was new to it.
    pub new: Regime,
    /// Whether the challenger is no worse on the new and forgot nothing of the old.
    pub is_better: bool,
}

/// Free-run errors in units of the outputs' spread.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Regime {
    /// Stretches that were predicted.
    pub n_stretches: usize,
    /// The champion's error.
    #[serde(deserialize_with = "number_or_nan")]
    pub champion: f64,
    /// The challenger's error.
    #[serde(deserialize_with = "number_or_nan")]
    pub challenger: f64,
}

/// JSON says null for what is no number; one such must not make a project unreadable.
fn number_or_nan<'de, D: serde::Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    Ok(Option::<f64>::deserialize(from)?.unwrap_or(f64::NAN))
}

impl Project {
    /// Saves a model and, where its record says so, puts it in use; one of the same name is replaced.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; the model in use is then untouched.
    pub fn save_model(&mut self, record: &ModelRecord, bytes: &[u8]) -> Result<(), StoreError> {
        self.put_model(record, bytes, None)
    }

    /// The same at the end of a training: its saved state goes, and the audit trail tells of it.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; model, state and trail are then untouched.
    pub fn save_trained(
        &mut self,
        record: &ModelRecord,
        bytes: &[u8],
        detail_json: &str,
    ) -> Result<(), StoreError> {
        self.put_model(record, bytes, Some(detail_json))
    }

    fn put_model(
        &mut self,
        record: &ModelRecord,
        bytes: &[u8],
        trained: Option<&str>,
    ) -> Result<(), StoreError> {
        self.check_writable()?;
        let file = blob::put(self.path(), Kind::Model, bytes)?;
        let body =
            rows::model_to_json(record).map_err(|error| StoreError::no_form("model", &error))?;
        self.index_mut()?.change(|tx| {
            if record.in_use {
                tx.execute("UPDATE model SET in_use = 0", [])?;
            }
            // Its number comes from here: a replaced row must become the newest too.
            tx.execute(
                "INSERT OR REPLACE INTO model (seq, id, in_use, body, file)
                 VALUES ((SELECT COALESCE(MAX(seq), 0) + 1 FROM model), ?1, ?2, ?3, ?4)",
                params![record.id, record.in_use, body, file],
            )?;
            if let Some(detail) = trained {
                tx.execute("DELETE FROM training_state", [])?;
                audit::add(tx, record.saved_ns, "train", detail)?;
            }
            Ok(())
        })?;
        self.sweep()
    }

    /// All models, newest first.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the index cannot be read.
    pub fn models(&self) -> Result<Vec<ModelRecord>, StoreError> {
        Ok(self
            .model_rows()?
            .into_iter()
            .map(|(record, _)| record)
            .collect())
    }

    /// The bytes of a model, or of the one in use. Where the one in use is damaged, the newest
    /// whole one is given and an issue says so.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where no whole model is there, where `id` names none, and where the named
    /// one is damaged.
    pub fn load_model(
        &self,
        id: Option<&str>,
        issues: &mut Issues,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let models = self.model_rows()?;
        if let Some(id) = id {
            let Some((_, file)) = models.iter().find(|(record, _)| record.id == id) else {
                return Err(StoreError::NoModel {
                    id: id.to_owned(),
                    known: models.into_iter().map(|(record, _)| record.id).collect(),
                });
            };
            return blob::get(self.path(), Kind::Model, file).map(Some);
        }
        let in_use = models.iter().find(|(record, _)| record.in_use);
        let Some((wanted, file)) = in_use.or(models.first()) else {
            return Ok(None);
        };
        let damage = match blob::get(self.path(), Kind::Model, file) {
            Err(error) if error.is_damage() => error,
            other => return other.map(Some),
        };
        for (record, file) in models.iter().filter(|(record, _)| record.id != wanted.id) {
            if let Ok(bytes) = blob::get(self.path(), Kind::Model, file) {
                issues.push(fallback_issue(&wanted.id, &record.id, &damage));
                return Ok(Some(bytes));
            }
        }
        Err(StoreError::NoWholeModel {
            path: self.path().join("models"),
            count: models.len(),
        })
    }

    /// Saves the state of an unfinished training.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; the earlier state is then untouched.
    pub fn save_training_state(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.check_writable()?;
        let file = blob::put(self.path(), Kind::Training, bytes)?;
        self.index_mut()?.change(|tx| {
            tx.execute(
                "INSERT OR REPLACE INTO training_state (only_row, file) VALUES (1, ?1)",
                [&file],
            )
        })?;
        self.sweep()
    }

    /// The state of an unfinished training.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where it is damaged.
    pub fn load_training_state(&self) -> Result<Option<Vec<u8>>, StoreError> {
        self.training_file()?
            .map(|file| blob::get(self.path(), Kind::Training, &file))
            .transpose()
    }

    /// The files that rows of models and of the training state name.
    pub(super) fn model_files(&self) -> Result<BTreeSet<(Kind, String)>, StoreError> {
        let mut files: BTreeSet<(Kind, String)> = self
            .model_rows()?
            .into_iter()
            .map(|(_, file)| (Kind::Model, file))
            .collect();
        files.extend(self.training_file()?.map(|file| (Kind::Training, file)));
        Ok(files)
    }

    fn training_file(&self) -> Result<Option<String>, StoreError> {
        self.index()
            .conn()
            .query_row("SELECT file FROM training_state", [], |row| row.get(0))
            .optional()
            .map_err(self.index().wrap())
    }

    /// Newest first, each with the name of its file.
    fn model_rows(&self) -> Result<Vec<(ModelRecord, String)>, StoreError> {
        let sql = "SELECT body, in_use, file FROM model ORDER BY seq DESC";
        let found: Vec<(String, bool, String)> = self
            .index()
            .rows(sql, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        found
            .into_iter()
            .map(|(body, in_use, file)| {
                let record = rows::model_from_json(&body, in_use)
                    .map_err(|error| self.index().damaged(error.to_string()))?;
                Ok((record, file))
            })
            .collect()
    }
}

fn fallback_issue(wanted: &str, given: &str, damage: &StoreError) -> Issue {
    let damage = damage.to_string().replace("\n ", "");
    Issue::new(
        Place::file("models"),
        Severity::Error,
        "model-damaged",
        format!(
            "model {wanted} cannot be read ({damage}); the older model {given} is used instead"
        ),
    )
    .with("wanted", wanted)
    .with("given", given)
}
