//! Whether the sources that are read again still hold what a project has of them.
//!
//! To append is to read all sources anew. A file that was written over since then would take its
//! earlier rows with it, so what it held is known by its digest, and what is lost is counted.

use std::path::{Path, PathBuf};

use super::EngineError;
use crate::{
    base::{StopToken, digest_file, format_zoned, to_i64},
    data::Dataset,
    import::ImportError,
    store::{ImportRecord, SourceMark},
};

/// So few steps at the ends of recordings may be lost to another grid.
const SLACK: usize = 2;

/// Of a folder of more files none is known.
const MOST_FILES: usize = 2000;

/// What a project holds before something is added.
pub(super) struct Earlier {
    sources: Vec<String>,
    marks: Vec<SourceMark>,
    n_rows: u64,
    has_clock: bool,
    offset_secs: i32,
    step_ns: f64,
    episodes: Vec<Span>,
}

/// The time of one episode.
struct Span {
    name: String,
    start_ns: i64,
    n_steps: usize,
}

impl Span {
    fn end_ns(&self, step_ns: f64) -> i64 {
        let length = step_ns * self.n_steps.saturating_sub(1) as f64;
        self.start_ns.saturating_add(to_i64(length))
    }
}

impl Earlier {
    /// Keeps what is needed of a project's data.
    pub(super) fn of(dataset: &Dataset, record: &ImportRecord) -> Self {
        Self {
            sources: record.sources.clone(),
            marks: record.marks.clone(),
            n_rows: record.n_rows,
            has_clock: dataset.has_clock,
            offset_secs: dataset.utc_offset_secs.unwrap_or(0),
            step_ns: dataset.step_secs * 1e9,
            episodes: spans_of(dataset),
        }
    }

    /// Whether every source is still there.
    ///
    /// # Errors
    ///
    /// [`EngineError::SourceGone`] with the first one that is not.
    pub(super) fn check_there(&self) -> Result<(), EngineError> {
        let mut paths = self.sources.iter().map(PathBuf::from);
        match paths.find(|path| !path.exists()) {
            Some(path) => Err(EngineError::SourceGone { path }),
            None => Ok(()),
        }
    }

    /// Whether what was read anew still holds the earlier rows, where a source changed.
    ///
    /// # Errors
    ///
    /// [`EngineError::SourceChanged`] and [`EngineError::SourceReplaced`], and on a stop.
    pub(super) fn check_kept(
        &self,
        after: &Dataset,
        n_rows: u64,
        stop: &StopToken,
    ) -> Result<(), EngineError> {
        let mut changed = Vec::new();
        for source in &self.sources {
            if self.is_other(source, stop)? {
                changed.push(source.as_str());
            }
        }
        let Some(first) = changed.first() else {
            return Ok(());
        };
        if !self.has_clock || !after.has_clock {
            // Without a clock only a folder can be seen to have grown.
            let is_folder = changed.iter().all(|source| Path::new(source).is_dir());
            let is_known = !self.marks.is_empty() && !is_folder;
            if is_known || n_rows < self.n_rows {
                return Err(EngineError::SourceReplaced { path: first.into() });
            }
            return Ok(());
        }
        let Some((n_rows, from, to, name)) = self.lost(after) else {
            return Ok(());
        };
        let of_name = |source: &&&str| {
            let stem = Path::new(source).file_stem();
            stem.is_some_and(|stem| name.starts_with(&*stem.to_string_lossy()))
        };
        let path = changed.iter().find(of_name).unwrap_or(first);
        Err(EngineError::SourceChanged {
            path: path.into(),
            n_rows,
            from: format_zoned(from, self.offset_secs),
            to: format_zoned(to, self.offset_secs),
        })
    }

    /// Whether a source no longer begins with what it held, of a folder one of its files; what is not known
    /// may always have changed.
    fn is_other(&self, source: &str, stop: &StopToken) -> Result<bool, EngineError> {
        let folder = Path::new(source);
        let is_folder = folder.is_dir();
        let is_of = |mark: &&SourceMark| {
            let is_inside = || Path::new(&mark.source).starts_with(folder);
            mark.source == source || is_folder && is_inside()
        };
        let mut is_known = false;
        for mark in self.marks.iter().filter(is_of) {
            let path = Path::new(&mark.source);
            if !path.is_file() {
                return Ok(true);
            }
            let (digest, n_bytes) =
                digest_file(path, mark.n_bytes, stop)?.map_err(ImportError::from)?;
            if n_bytes != mark.n_bytes || digest.to_string() != mark.digest {
                return Ok(true);
            }
            is_known = true;
        }
        Ok(!is_known)
    }

    /// How many earlier steps lie outside all episodes now, the first and last time of them, and the
    /// episode that loses the first.
    fn lost(&self, after: &Dataset) -> Option<(usize, i64, i64, &str)> {
        let step_ns = after.step_secs * 1e9;
        // The grid may lie otherwise by half a step.
        let slack = 0.51 * self.step_ns.max(step_ns);
        let now = joined(spans_of(after).iter().map(|span| {
            let (start, end) = (span.start_ns as f64, span.end_ns(step_ns) as f64);
            (start - slack, end + slack)
        }));
        let is_there = |time: f64| {
            let n_begun = now.partition_point(|(start, _)| *start <= time);
            n_begun > 0 && time <= now[n_begun - 1].1
        };
        let (mut n_lost, mut times, mut name) = (0, None, "");
        for span in &self.episodes {
            for step in 0..span.n_steps {
                let time = span.start_ns as f64 + step as f64 * self.step_ns;
                if is_there(time) {
                    continue;
                }
                let time = to_i64(time);
                n_lost += 1;
                let (first, last) = times.get_or_insert_with(|| {
                    name = &span.name;
                    (time, time)
                });
                (*first, *last) = ((*first).min(time), (*last).max(time));
            }
        }
        let (from, to) = times.filter(|_| n_lost > SLACK)?;
        Some((n_lost, from, to, name))
    }
}

/// Stretches of time in order, those that overlap as one.
fn joined(spans: impl Iterator<Item = (f64, f64)>) -> Vec<(f64, f64)> {
    let mut spans: Vec<(f64, f64)> = spans.collect();
    spans.sort_by(|left, right| left.0.total_cmp(&right.0));
    let mut joined: Vec<(f64, f64)> = Vec::new();
    for (start, end) in spans {
        match joined.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => joined.push((start, end)),
        }
    }
    joined
}

fn spans_of(dataset: &Dataset) -> Vec<Span> {
    let episodes = dataset.episodes.iter();
    episodes
        .map(|episode| Span {
            name: episode.name.clone(),
            start_ns: episode.start_ns,
            n_steps: episode.n_steps(),
        })
        .collect()
}

/// A source as it is recorded.
pub(super) fn shown(source: &Path) -> String {
    source.display().to_string()
}

/// What the files among some sources and in their folders hold.
///
/// # Errors
///
/// [`EngineError`] where one cannot be read any more, and on a stop.
pub(super) fn marks_of(
    sources: &[PathBuf],
    stop: &StopToken,
) -> Result<Vec<SourceMark>, EngineError> {
    let mut marks = Vec::new();
    let files = sources.iter().flat_map(|source| {
        if source.is_dir() {
            files_in(source)
        } else {
            vec![source.clone()]
        }
    });
    for path in files.filter(|path| path.is_file()) {
        let (digest, n_bytes) = digest_file(&path, u64::MAX, stop)?.map_err(ImportError::from)?;
        marks.push(SourceMark {
            source: shown(&path),
            n_bytes,
            digest: digest.to_string(),
        });
    }
    Ok(marks)
}

/// The files in a folder that an import may read, in order; none where they are too many to be marked.
fn files_in(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    let mut n_folders = 0;
    while let Some(folder) = folders.pop() {
        n_folders += 1;
        // Links may lead in circles.
        if n_folders > MOST_FILES {
            return Vec::new();
        }
        let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        for path in entries.map(|entry| entry.path()) {
            // As the import: neither what is hidden nor a project of this program.
            let starts_so = |name: &std::ffi::OsStr| name.to_string_lossy().starts_with('.');
            let is_project = |ending: &std::ffi::OsStr| ending.eq_ignore_ascii_case("gemba");
            if path.file_name().is_some_and(starts_so) {
                continue;
            }
            if !path.is_dir() {
                files.push(path);
            } else if !path.extension().is_some_and(is_project) {
                folders.push(path);
            }
        }
        if files.len() > MOST_FILES {
            return Vec::new();
        }
    }
    files.sort();
    files
}
