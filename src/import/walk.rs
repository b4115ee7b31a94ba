//! Finds the files below the sources, in an order that no disk decides, and sorts them by kind.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::error::ImportError;
use crate::base::{FileError, Issue, Issues, Phrase, Place, Severity, io_phrase};

/// Folders deeper than this are not followed.
const MAX_DEPTH: usize = 12;

/// What a file may hold, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum FileKind {
    /// Rows of text: sensors, a checklist or a list of pictures.
    Text,
    /// A picture.
    Image,
    /// Sound.
    Sound,
}

/// One file to be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Found {
    /// As shown to people: relative to the source it was found in, with `/`.
    pub(super) shown: String,
    pub(super) path: PathBuf,
    pub(super) kind: FileKind,
    /// Whether a person named this very file.
    pub(super) is_named: bool,
}

impl Found {
    /// The shown folder the file lies in.
    pub(super) fn folder(&self) -> &str {
        self.shown.rsplit_once('/').map_or("", |(folder, _)| folder)
    }
}

/// Finds all files of some sources.
///
/// # Errors
///
/// [`ImportError`] where a source is missing or is a pipe or device.
pub(super) fn find(sources: &[PathBuf], issues: &mut Issues) -> Result<Vec<Found>, ImportError> {
    let mut found = Vec::new();
    for source in sources {
        let meta = match fs::metadata(source) {
            Ok(meta) => meta,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let path = source.clone();
                return Err(ImportError::Missing { path });
            }
            Err(error) => return Err(FileError::new("look at", source, error).into()),
        };
        if meta.is_dir() {
            walk(source, "", 0, &mut found, issues)?;
        } else if meta.is_file() {
            let shown = file_name(source);
            let kind = kind_of(&shown).unwrap_or(FileKind::Text);
            found.push(Found {
                shown,
                path: source.clone(),
                kind,
                is_named: true,
            });
        } else {
            let path = source.clone();
            return Err(ImportError::NotAFile { path });
        }
    }
    found.sort();
    found.dedup_by(|left, right| left.path == right.path);
    Ok(found)
}

/// The last part of a path.
pub(super) fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}

fn walk(
    folder: &Path,
    shown: &str,
    depth: usize,
    found: &mut Vec<Found>,
    issues: &mut Issues,
) -> Result<(), ImportError> {
    let wrap = |error| FileError::new("list the folder", folder, error);
    let mut entries: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(folder).map_err(wrap)? {
        entries.push(entry.map_err(wrap)?.path());
    }
    entries.sort();
    for path in entries {
        let name = file_name(&path);
        let shown = if shown.is_empty() {
            name.clone()
        } else {
            format!("{shown}/{name}")
        };
        if name.starts_with('.') {
            continue;
        }
        let meta = match fs::metadata(&path) {
            Ok(meta) => meta,
            Err(error) => {
                issues.push(unreadable(&shown, &io_phrase(&error)));
                continue;
            }
        };
        if meta.is_dir() {
            // A project of this program beside the data is no data.
            if depth < MAX_DEPTH && !name.to_lowercase().ends_with(".gemba") {
                walk(&path, &shown, depth + 1, found, issues)?;
            }
            continue;
        }
        if !meta.is_file() {
            issues.push(Issue::new(
                Place::file(shown),
                Severity::Info,
                "not-a-file",
                "a pipe or device was left out: it may never end",
            ));
            continue;
        }
        if is_paper(&name) {
            continue;
        }
        match kind_of(&name) {
            Some(kind) => found.push(Found {
                shown,
                path,
                kind,
                is_named: false,
            }),
            None => issues.push(not_understood(&shown)),
        }
    }
    Ok(())
}

/// The issue of a file that the machine refuses.
pub(super) fn unreadable(shown: &str, why: &Phrase) -> Issue {
    Issue::new(
        Place::file(shown),
        Severity::Warning,
        "unreadable",
        format!(
            "the file could not be read and was left out ({})",
            why.english()
        ),
    )
    .with_words("why", why)
}

/// The issue of a file that nobody reads.
pub(super) fn not_understood(shown: &str) -> Issue {
    Issue::new(
        Place::file(shown),
        Severity::Info,
        "not-understood",
        "no reader understands this file; it was left out",
    )
}

/// Papers that lie beside data everywhere.
fn is_paper(name: &str) -> bool {
    let lower = name.to_lowercase();
    let stem = lower.split('.').next().unwrap_or("");
    matches!(
        stem,
        "readme"
            | "description"
            | "documentation"
            | "license"
            | "licence"
            | "copying"
            | "notice"
            | "changelog"
            | "thumbs"
    )
}

/// A file's name without the ending of the packing around it.
pub(super) fn unpacked_name(name: &str) -> &str {
    let endings = [".gz", ".zst"];
    let bare = endings.iter().find_map(|end| name.strip_suffix(end));
    bare.unwrap_or(name)
}

fn kind_of(name: &str) -> Option<FileKind> {
    let lower = name.to_lowercase();
    let bare = unpacked_name(&lower);
    if bare.len() < lower.len() && !bare.contains('.') {
        return Some(FileKind::Text);
    }
    match bare.rsplit_once('.')?.1 {
        // Opened by what they hold; formats that are not read get a sentence with the next step.
        "csv" | "tsv" | "txt" | "dat" | "tab" | "asc" | "prn" | "log" | "xlsx" | "xlsm" | "xls"
        | "parquet" | "pq" | "feather" | "arrow" | "arrows" | "ipc" | "sqlite" | "sqlite3"
        | "db" | "db3" | "md" | "markdown" | "json" | "jsonl" | "ndjson" => Some(FileKind::Text),
        "png" | "jpg" | "jpeg" | "bmp" | "tif" | "tiff" => Some(FileKind::Image),
        "wav" | "flac" | "ogg" | "oga" | "mp3" => Some(FileKind::Sound),
        _ => None,
    }
}
