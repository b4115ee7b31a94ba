//! The project folder: made, opened, locked.

use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
};

use super::{
    StoreError, blob,
    index::Index,
    migrate::{self, Stamp},
};
use crate::base::{FileError, Phrase, create_dir_all, sync_dir};

const LOCK: &str = "project.lock";

/// What an interrupted creation may leave in a folder.
const OWN_NAMES: [&str; 8] = [
    LOCK,
    "project.sqlite",
    "project.sqlite-wal",
    "project.sqlite-shm",
    "project.sqlite-journal",
    "series",
    "media",
    "models",
];

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
    // Closed before the lock below is given back.
    index: Index,
    lock: Option<Lock>,
}

/// The held lock file.
#[derive(Debug)]
struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing alone would leave the lock to a process that is just being started, which holds
        // a copy of the handle for a moment. Should it fail, closing follows.
        self.0.unlock().ok();
    }
}

impl Project {
    /// Makes a new project folder, or opens the one that is there.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the folder cannot be made or is no project.
    pub fn open_or_create(path: &Path) -> Result<Self, StoreError> {
        if !is_unfinished(path)? {
            return Self::open(path);
        }
        create_dir_all(path)?;
        blob::make_folders(path)?;
        let Some(lock) = take_lock(path)? else {
            return Err(StoreError::ReadOnly {
                path: path.to_path_buf(),
            });
        };
        let index = Index::open_rw(path)?;
        sync_dir(path)?;
        if let Some(parent) = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
        {
            sync_dir(parent)?;
        }
        Ok(Self {
            path: path.to_path_buf(),
            index,
            lock: Some(lock),
        })
    }

    /// Opens a project folder; read-only where another process holds it or the disk says so.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where there is none, it is damaged, or of a newer version.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        check_stamp(path)?;
        let lock = take_lock(path)?;
        let (index, lock) = match lock {
            None => (Index::open_ro(path)?, None),
            Some(lock) => match Index::open_rw(path) {
                // The lock file may be written, the folder around it not.
                Err(StoreError::ReadOnly { .. }) => (Index::open_ro(path)?, None),
                opened => (opened?, Some(lock)),
            },
        };
        let project = Self {
            path: path.to_path_buf(),
            index,
            lock,
        };
        if project.access() == Access::ReadWrite {
            project.sweep()?;
        }
        Ok(project)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it may be changed.
    pub fn access(&self) -> Access {
        if self.lock.is_some() {
            Access::ReadWrite
        } else {
            Access::ReadOnly
        }
    }

    /// Takes a project that was just made away again; one that holds something stays, and so does
    /// what others put into its folder.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the index cannot be read.
    pub fn discard(self) -> Result<(), StoreError> {
        let is_empty = self.dataset_files()?.is_empty() && self.model_files()?.is_empty();
        let path = self.path.clone();
        drop(self);
        if is_empty {
            blob::remove_folders(&path);
            for name in OWN_NAMES {
                // Folders are no files and are left alone here.
                fs::remove_file(path.join(name)).ok();
            }
            fs::remove_dir(&path).ok();
        }
        Ok(())
    }

    /// The index, for reading.
    pub(super) fn index(&self) -> &Index {
        &self.index
    }

    /// The index, for changing; an error where the project may only be read.
    pub(super) fn index_mut(&mut self) -> Result<&mut Index, StoreError> {
        self.check_writable()?;
        Ok(&mut self.index)
    }

    /// An error where the project may only be read.
    pub(super) fn check_writable(&self) -> Result<(), StoreError> {
        match self.access() {
            Access::ReadWrite => Ok(()),
            Access::ReadOnly => Err(StoreError::ReadOnly {
                path: self.path.clone(),
            }),
        }
    }

    /// Removes big files that no row of the index names.
    pub(super) fn sweep(&self) -> Result<(), StoreError> {
        let mut wanted = self.dataset_files()?;
        wanted.extend(self.model_files()?);
        blob::sweep(&self.path, &wanted);
        Ok(())
    }
}

/// Whether a folder is absent, empty, or what an interrupted creation left: never one with data.
fn is_unfinished(path: &Path) -> Result<bool, StoreError> {
    if !path.exists() {
        return Ok(true);
    }
    let is_fresh = has_only_own_names(path)? && !blob::has_any(path);
    if Index::place(path).is_file() {
        return Ok(is_fresh && Index::peek(path)? == Stamp::Fresh);
    }
    if is_fresh {
        return Ok(true);
    }
    Err(StoreError::NotAProject {
        path: path.to_path_buf(),
        found: Phrase::new(
            "detail-other-files",
            "the folder holds other files and no project.sqlite",
        ),
    })
}

fn has_only_own_names(path: &Path) -> Result<bool, StoreError> {
    if !path.is_dir() {
        return Ok(false);
    }
    let wrap = |source| FileError::new("list the folder", path, source);
    for entry in fs::read_dir(path).map_err(wrap)? {
        let name = entry.map_err(wrap)?.file_name();
        if !OWN_NAMES.iter().any(|own| name == *own) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Looks at kind and version before anything is touched.
fn check_stamp(path: &Path) -> Result<(), StoreError> {
    let refuse = |key: &str, found: &str| {
        Err(StoreError::NotAProject {
            path: path.to_path_buf(),
            found: Phrase::new(key, found),
        })
    };
    if !path.exists() {
        return refuse("detail-nothing-there", "there is nothing of this name");
    }
    if !path.is_dir() {
        return refuse("detail-a-file", "it is a file, a project is a folder");
    }
    if !Index::place(path).is_file() {
        return refuse("detail-no-index", "the folder holds no project.sqlite");
    }
    match Index::peek(path)? {
        Stamp::Fresh if blob::has_any(path) => Err(StoreError::DamagedIndex {
            path: Index::place(path),
            found: Phrase::new(
                "detail-empty-with-data",
                "it is empty, the folder holds data",
            ),
        }),
        Stamp::Fresh => refuse("detail-empty-index", "its project.sqlite is empty"),
        Stamp::Foreign => refuse(
            "detail-foreign-index",
            "its project.sqlite belongs to another program",
        ),
        Stamp::Ours(version) if version > migrate::VERSION => Err(StoreError::Newer {
            path: path.to_path_buf(),
            found: version,
            known: migrate::VERSION,
        }),
        Stamp::Ours(version) if version < 1 => Err(StoreError::DamagedIndex {
            path: Index::place(path),
            found: Phrase::new(
                "detail-old-version",
                format!("version {version}, expected 1 or more"),
            )
            .with("version", version),
        }),
        Stamp::Ours(_) => Ok(()),
    }
}

/// Takes the lock; `None` where another process has it or nothing may be written.
fn take_lock(project: &Path) -> Result<Option<Lock>, StoreError> {
    let path = project.join(LOCK);
    let opened = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(|source| FileError::new("open the lock", &path, source));
    let file = match opened {
        Ok(file) => file,
        Err(error) if error.is_read_only() => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    match file.try_lock() {
        Ok(()) => Ok(Some(Lock(file))),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => {
            Err(FileError::new("lock the project", &path, source).into())
        }
    }
}
