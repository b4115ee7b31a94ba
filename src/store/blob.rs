//! Big files: immutable, named by the digest of their bytes.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use super::StoreError;
use crate::base::{
    Digest, NewFile, Phrase, StopToken, create_dir_all, read_file, sync_dir, write_atomic,
};

/// What a big file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// The sensors' numbers.
    Series,
    /// Pictures, sound, answers, features.
    Media,
    /// A trained model.
    Model,
    /// An unfinished training.
    Training,
}

const KINDS: [Kind; 4] = [Kind::Series, Kind::Media, Kind::Model, Kind::Training];

impl Kind {
    fn folder(self) -> &'static str {
        match self {
            Self::Series => "series",
            Self::Media => "media",
            Self::Model | Self::Training => "models",
        }
    }

    fn extension(self) -> &'static str {
        match self {
            Self::Series => "parquet",
            Self::Media => "bin",
            Self::Model => "safetensors",
            Self::Training => "training",
        }
    }
}

/// Makes the folders, durably.
pub(super) fn make_folders(project: &Path) -> Result<(), StoreError> {
    for kind in KINDS {
        create_dir_all(&project.join(kind.folder()))?;
    }
    sync_dir(project)?;
    Ok(())
}

/// Whether any of the folders holds a file.
pub(super) fn has_any(project: &Path) -> bool {
    KINDS.iter().any(|kind| {
        fs::read_dir(project.join(kind.folder())).is_ok_and(|mut entries| entries.next().is_some())
    })
}

/// Where a file is.
pub(super) fn place(project: &Path, kind: Kind, digest: &str) -> PathBuf {
    project
        .join(kind.folder())
        .join(format!("{digest}.{}", kind.extension()))
}

/// Writes bytes under their digest; a whole file of that name is left as it is.
pub(super) fn put(project: &Path, kind: Kind, bytes: &[u8]) -> Result<String, StoreError> {
    let digest = Digest::of(bytes).to_string();
    if get(project, kind, &digest).is_err() {
        let path = place(project, kind, &digest);
        create_dir_all(&project.join(kind.folder()))?;
        write_atomic(&path, bytes)?;
    }
    Ok(digest)
}

/// Writes a large file piece by piece under its digest, unless the end is asked for.
pub(super) fn put_pieces<E>(
    project: &Path,
    kind: Kind,
    stop: &StopToken,
    write: impl FnOnce(&mut NewFile<'_>) -> Result<(), E>,
) -> Result<Result<String, E>, StoreError> {
    let folder = project.join(kind.folder());
    create_dir_all(&folder)?;
    let mut file = NewFile::begin(&folder, stop)?;
    let written = write(&mut file);
    stop.check()?;
    if let Some(error) = file.failure() {
        return Err(error.into());
    }
    if let Err(error) = written {
        return Ok(Err(error));
    }
    let digest = file.digest().to_string();
    file.keep_as(&place(project, kind, &digest))?;
    Ok(Ok(digest))
}

/// Removes the folders of a project, as far as they are empty.
pub(super) fn remove_folders(project: &Path) {
    for kind in KINDS {
        // Two kinds share a folder; one that holds something stays.
        fs::remove_dir(project.join(kind.folder())).ok();
    }
}

/// Reads bytes and holds them against their digest.
pub(super) fn get(project: &Path, kind: Kind, digest: &str) -> Result<Vec<u8>, StoreError> {
    let path = place(project, kind, digest);
    let bytes = match read_file(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.source.kind() == io::ErrorKind::NotFound => {
            return Err(damaged(
                &path,
                Phrase::new("detail-missing", "it is missing"),
            ));
        }
        Err(error) => return Err(error.into()),
    };
    if Digest::of(&bytes).to_string() != digest {
        let found = Phrase::new("detail-wrong-digest", "its bytes do not fit its digest");
        return Err(damaged(&path, found));
    }
    Ok(bytes)
}

/// An error that names the file.
pub(super) fn damaged(path: &Path, found: impl Into<Phrase>) -> StoreError {
    StoreError::Damaged {
        path: path.to_path_buf(),
        found: found.into(),
    }
}

/// Removes our own files that nothing refers to, left by a crash or replaced.
pub(super) fn sweep(project: &Path, wanted: &BTreeSet<(Kind, String)>) {
    let keep: BTreeSet<PathBuf> = wanted
        .iter()
        .map(|(kind, digest)| place(project, *kind, digest))
        .collect();
    for kind in KINDS {
        let Ok(entries) = fs::read_dir(project.join(kind.folder())) else {
            continue;
        };
        for path in entries.flatten().map(|entry| entry.path()) {
            if is_ours(&path) && !keep.contains(&path) {
                // A file that stays costs space and nothing else; the next sweep tries again.
                fs::remove_file(&path).ok();
            }
        }
    }
}

/// Whether a file's name is one that this room gives: a digest, or a temporary name of one.
fn is_ours(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
        return false;
    };
    let is_hex = |text: &str| text.chars().all(|letter| letter.is_ascii_hexdigit());
    let temporary = name
        .strip_prefix('.')
        .and_then(|rest| rest.strip_suffix(".tmp"))
        .is_some_and(|rest| rest.split('.').next().is_some_and(is_hex));
    let digest = KINDS.iter().any(|kind| {
        name.strip_suffix(kind.extension())
            .and_then(|rest| rest.strip_suffix('.'))
            .is_some_and(|stem| stem.len() == 64 && is_hex(stem))
    });
    temporary || digest
}
