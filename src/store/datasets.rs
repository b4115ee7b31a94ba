//! The dataset and how it came in: saved whole, read back bit by bit.

use std::collections::BTreeSet;

use rusqlite::{OptionalExtension as _, params};

use super::{
    Access, Project, StoreError, audit,
    blob::{self, Kind},
    media, rows, series,
};
use crate::{
    base::{Issue, NewFile, StopToken},
    data::Dataset,
};

/// How many datasets keep their files: the one in use and the one before it.
const N_KEPT: i64 = 2;

/// How often a reader beside a writer looks again when files went away under it.
const N_LOOKS: usize = 5;

/// What a source held when it was imported, so that it is seen whether it still does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SourceMark {
    /// The file, as in the list of sources.
    pub source: String,
    /// Its length.
    pub n_bytes: u64,
    /// The digest of its content.
    pub digest: String,
}

/// What is kept of an import.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportRecord {
    /// The recipe, as TOML.
    pub recipe_toml: String,
    /// The files and folders.
    pub sources: Vec<String>,
    /// What the files among them held; empty in projects of before 0.2.
    pub marks: Vec<SourceMark>,
    /// Data rows taken.
    pub n_rows: u64,
    /// What was worked around.
    pub issues: Vec<Issue>,
    /// Default KPIs as scenario KPI tables in TOML (may be empty).
    pub kpis_toml: String,
}

/// The index's row of a dataset.
#[derive(Debug)]
struct Entry {
    id: i64,
    body: String,
    series: Option<String>,
    media: String,
}

impl Project {
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
        self.save_dataset_unless(&StopToken::new(), dataset, record, (now_ns, None))
    }

    /// The same, with a line in the audit trail where its details are given, unless the end is asked
    /// for before the new dataset is whole: the project is then as before.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; the old dataset is then untouched.
    pub fn save_dataset_unless(
        &mut self,
        stop: &StopToken,
        dataset: &Dataset,
        record: &ImportRecord,
        (now_ns, detail_json): (i64, Option<&str>),
    ) -> Result<(), StoreError> {
        self.check_writable()?;
        dataset.check()?;
        let written = self.write_parts(stop, dataset, record);
        if matches!(written, Err(StoreError::Stopped(_))) {
            self.sweep()?;
        }
        let (body, series, media) = written?;
        self.index_mut()?.change(|tx| {
            tx.execute(
                "INSERT INTO dataset (saved_ns, body, series, media) VALUES (?1, ?2, ?3, ?4)",
                params![now_ns, body, series, media],
            )?;
            if let Some(detail) = detail_json {
                audit::add(tx, now_ns, "import", detail)?;
            }
            tx.execute(
                "DELETE FROM dataset WHERE id NOT IN
                 (SELECT id FROM dataset ORDER BY id DESC LIMIT ?1)",
                [N_KEPT],
            )
        })?;
        self.sweep()
    }

    /// Writes what the index will point to: the row's text, and the names of the big files.
    fn write_parts(
        &self,
        stop: &StopToken,
        dataset: &Dataset,
        record: &ImportRecord,
    ) -> Result<(String, Option<String>, String), StoreError> {
        stop.check()?;
        let series = if dataset.channels.is_empty() {
            None
        } else {
            let encode = |file: &mut NewFile<'_>| series::encode(dataset, file);
            let written = blob::put_pieces(self.path(), Kind::Series, stop, encode)?;
            Some(written.map_err(|error| StoreError::no_form("series", &error))?)
        };
        let media = media::encode(&dataset.media);
        stop.check()?;
        let media = blob::put(self.path(), Kind::Media, &media)?;
        stop.check()?;
        let body = rows::dataset_to_json(dataset, record)
            .map_err(|error| StoreError::no_form("dataset", &error))?;
        Ok((body, series, media))
    }

    /// Reads the dataset back, bit by bit; `None` where nothing was imported yet.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where a file is missing or its digest does not fit.
    pub fn load_dataset(&self) -> Result<Option<(Dataset, ImportRecord)>, StoreError> {
        let Some(mut entry) = self.newest_dataset()? else {
            return Ok(None);
        };
        for _ in 0..N_LOOKS {
            match self.read_dataset(&entry) {
                // A writer may have replaced the dataset while it was being read.
                Err(error) if error.is_damage() && self.access() == Access::ReadOnly => {
                    match self.newest_dataset()? {
                        Some(newer) if newer.id != entry.id => entry = newer,
                        _ => return Err(error),
                    }
                }
                other => return other.map(Some),
            }
        }
        self.read_dataset(&entry).map(Some)
    }

    /// The files that rows of datasets name.
    pub(super) fn dataset_files(&self) -> Result<BTreeSet<(Kind, String)>, StoreError> {
        let sql = "SELECT series, media FROM dataset";
        let found: Vec<(Option<String>, String)> = self
            .index()
            .rows(sql, |row| Ok((row.get(0)?, row.get(1)?)))?;
        let mut files = BTreeSet::new();
        for (series, media) in found {
            files.extend(series.map(|digest| (Kind::Series, digest)));
            files.insert((Kind::Media, media));
        }
        Ok(files)
    }

    fn newest_dataset(&self) -> Result<Option<Entry>, StoreError> {
        self.index()
            .conn()
            .query_row(
                "SELECT id, body, series, media FROM dataset ORDER BY id DESC LIMIT 1",
                [],
                |row| {
                    Ok(Entry {
                        id: row.get(0)?,
                        body: row.get(1)?,
                        series: row.get(2)?,
                        media: row.get(3)?,
                    })
                },
            )
            .optional()
            .map_err(self.index().wrap())
    }

    fn read_dataset(&self, entry: &Entry) -> Result<(Dataset, ImportRecord), StoreError> {
        let (mut dataset, lengths, record) =
            rows::dataset_from_json(&entry.body).map_err(|found| self.index().damaged(found))?;
        if let Some(digest) = &entry.series {
            // Read once against the digest, then by the Parquet reader; the file never changes.
            drop(blob::get(self.path(), Kind::Series, digest)?);
            let path = blob::place(self.path(), Kind::Series, digest);
            let columns = series::decode(&path, dataset.channels.len(), &lengths)?;
            for (episode, columns) in dataset.episodes.iter_mut().zip(columns) {
                episode.columns = columns;
            }
        }
        let bytes = blob::get(self.path(), Kind::Media, &entry.media)?;
        dataset.media = media::decode(&bytes).map_err(|found| {
            blob::damaged(&blob::place(self.path(), Kind::Media, &entry.media), found)
        })?;
        dataset.check()?;
        Ok((dataset, record))
    }
}
