//! Files that are whole or absent: temp, fsync, rename, fsync of the folder.

use std::{
    fs::{self, File},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
};

use super::{Digest, Phrase, StopToken, Stopped, digest::Hasher};

/// A file could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("could not {action}\n  {}", path.display())]
pub struct FileError {
    /// What was tried, as an order: `read the file`.
    pub action: &'static str,
    /// Where.
    pub path: PathBuf,
    /// Why the machine refused.
    pub source: io::Error,
}

impl FileError {
    /// Wraps an I/O error with its place.
    pub fn new(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self {
            action,
            path: path.to_path_buf(),
            source,
        }
    }

    /// The same with the key and values that other languages need.
    pub fn phrase(&self) -> Phrase {
        let key = if self.is_full_disk() {
            "error-file-full"
        } else if self.is_read_only() {
            "error-file-read-only"
        } else {
            "error-file"
        };
        let action = self.action.to_lowercase().replace(' ', "-");
        Phrase::new(key, self.to_string())
            .with_phrase(
                "action",
                Phrase::new(format!("detail-{action}"), self.action),
            )
            .with("path", self.path.display())
    }

    /// The next step, in English.
    pub fn hint(&self) -> String {
        let words = if self.is_full_disk() {
            "free some space and try again; nothing was changed"
        } else if self.is_read_only() {
            "choose a place that may be written, or change its permissions"
        } else {
            "check that the path is right and may be read"
        };
        words.to_owned()
    }

    /// Whether the disk is full.
    pub fn is_full_disk(&self) -> bool {
        self.source.kind() == io::ErrorKind::StorageFull
    }

    /// Whether the place may not be written.
    pub fn is_read_only(&self) -> bool {
        matches!(
            self.source.kind(),
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
        )
    }
}

/// What the machine said, with the key that other languages need where it is a usual answer.
pub fn io_phrase(error: &io::Error) -> Phrase {
    let key = match error.kind() {
        io::ErrorKind::NotFound => "error-io-not-found",
        io::ErrorKind::PermissionDenied => "error-io-permission",
        io::ErrorKind::AlreadyExists => "error-io-exists",
        io::ErrorKind::StorageFull => "error-io-full",
        io::ErrorKind::ReadOnlyFilesystem => "error-io-read-only",
        io::ErrorKind::NotADirectory => "error-io-not-a-folder",
        io::ErrorKind::IsADirectory => "error-io-a-folder",
        io::ErrorKind::InvalidData => "error-io-bad-bytes",
        io::ErrorKind::InvalidInput if error.raw_os_error().is_none() => "error-io-not-a-file",
        _ => "error-io",
    };
    let words = error.to_string();
    Phrase::new(key, words.clone()).with("words", words)
}

/// Opens a regular file for reading; pipes and devices are refused, they may never end.
///
/// # Errors
///
/// [`FileError`] where the file is missing, not a regular file, or may not be read.
#[expect(clippy::disallowed_methods, reason = "this is the room for files")]
pub fn open_file(path: &Path) -> Result<File, FileError> {
    let wrap = |source| FileError::new("open the file", path, source);
    let meta = fs::metadata(path).map_err(wrap)?;
    if !meta.is_file() {
        let kind = io::Error::new(io::ErrorKind::InvalidInput, "not a regular file");
        return Err(wrap(kind));
    }
    File::open(path).map_err(wrap)
}

/// Reads a whole regular file.
///
/// # Errors
///
/// As [`open_file`], and where reading stops midway.
pub fn read_file(path: &Path) -> Result<Vec<u8>, FileError> {
    let mut file = open_file(path)?;
    let mut bytes = Vec::new();
    io::Read::read_to_end(&mut file, &mut bytes)
        .map_err(|source| FileError::new("read the file", path, source))?;
    Ok(bytes)
}

/// The digest of a file's first `most` bytes, and how many bytes that are.
///
/// # Errors
///
/// As [`read_file`], and where the end was asked for.
pub fn digest_file(
    path: &Path,
    most: u64,
    stop: &StopToken,
) -> Result<Result<(Digest, u64), Stopped>, FileError> {
    let mut file = open_file(path)?.take(most);
    let mut hasher = Hasher::default();
    let mut n_bytes = 0;
    let mut piece = vec![0; 1 << 20];
    loop {
        if let Err(stopped) = stop.check() {
            return Ok(Err(stopped));
        }
        let count = file
            .read(&mut piece)
            .map_err(|source| FileError::new("read the file", path, source))?;
        if count == 0 {
            return Ok(Ok((hasher.digest(), n_bytes)));
        }
        hasher.take(&piece[..count]);
        n_bytes += count as u64;
    }
}

/// Reads a whole UTF-8 file, without its byte-order mark.
///
/// # Errors
///
/// As [`read_file`], and where the bytes are not UTF-8.
pub fn read_text(path: &Path) -> Result<String, FileError> {
    let bytes = read_file(path)?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let source = io::Error::new(io::ErrorKind::InvalidData, error.utf8_error());
        FileError::new("read the file as UTF-8", path, source)
    })?;
    Ok(text
        .strip_prefix('\u{feff}')
        .map(str::to_owned)
        .unwrap_or(text))
}

/// Makes a folder and its parents.
///
/// # Errors
///
/// [`FileError`] where the machine refuses.
pub fn create_dir_all(path: &Path) -> Result<(), FileError> {
    fs::create_dir_all(path).map_err(|source| FileError::new("make the folder", path, source))
}

/// Writes a file so that after a crash at any moment the old or the new content is there, whole.
///
/// # Errors
///
/// [`FileError`] where a step is refused; the old file is then untouched.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let wrap = |source| FileError::new("write the file", path, source);
    let dir = match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir,
        _ => Path::new("."),
    };
    let name = path
        .file_name()
        .ok_or_else(|| wrap(io::Error::new(io::ErrorKind::InvalidInput, "no file name")))?;
    // Long names are cut: the temporary one must fit into 255 bytes too.
    let stem: String = name.to_string_lossy().chars().take(40).collect();
    let temp = dir.join(format!(".{stem}.{}.tmp", std::process::id()));
    let written = write_synced(&temp, bytes)
        .and_then(|()| fs::rename(&temp, path))
        .map_err(wrap);
    if written.is_err() {
        // The temporary file is rubbish now; that it cannot be removed changes nothing.
        fs::remove_file(&temp).ok();
        return written;
    }
    sync_dir(dir)
}

/// Bytes that are made durable at once: the end is never far off when it is asked for.
const DURABLE_BYTES: usize = 8 << 20;

/// A large file that is written piece by piece and can be given up at any moment.
///
/// It has a temporary name until [`NewFile::keep_as`]; without that nothing of it stays.
#[derive(Debug)]
pub struct NewFile<'s> {
    file: File,
    temp: PathBuf,
    hasher: Hasher,
    n_open: usize,
    stop: &'s StopToken,
    failure: Option<io::Error>,
    is_kept: bool,
}

impl<'s> NewFile<'s> {
    /// Begins a file in a folder, under a temporary name that a project's sweep knows.
    ///
    /// # Errors
    ///
    /// [`FileError`] where the machine refuses.
    pub fn begin(dir: &Path, stop: &'s StopToken) -> Result<Self, FileError> {
        let temp = dir.join(format!(".0.{}.tmp", std::process::id()));
        #[expect(clippy::disallowed_methods, reason = "this is the room for files")]
        let file = File::create(&temp);
        let file = file.map_err(|source| FileError::new("write the file", &temp, source))?;
        Ok(Self {
            file,
            temp,
            hasher: Hasher::default(),
            n_open: 0,
            stop,
            failure: None,
            is_kept: false,
        })
    }

    /// The digest of what was written so far.
    pub fn digest(&self) -> Digest {
        self.hasher.digest()
    }

    /// Why writing ended early; those who write through others get to see it only from here.
    pub fn failure(&mut self) -> Option<FileError> {
        let source = self.failure.take()?;
        Some(FileError::new("write the file", &self.temp, source))
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = DURABLE_BYTES - self.n_open;
        let n_written = self.file.write(&bytes[..bytes.len().min(room)])?;
        self.hasher.take(&bytes[..n_written]);
        self.n_open += n_written;
        if self.n_open == DURABLE_BYTES {
            self.n_open = 0;
            self.file.sync_data()?;
        }
        Ok(n_written)
    }

    /// Makes the file durable under its own name, in place of any other of that name.
    ///
    /// # Errors
    ///
    /// [`FileError`] where the machine refuses; nothing of the file stays then.
    pub fn keep_as(mut self, path: &Path) -> Result<(), FileError> {
        let kept = self.file.sync_all();
        let kept = kept.and_then(|()| fs::rename(&self.temp, path));
        kept.map_err(|source| FileError::new("write the file", path, source))?;
        self.is_kept = true;
        sync_dir(path.parent().unwrap_or(path))
    }
}

impl io::Write for NewFile<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stop.check().map_err(io::Error::other)?;
        self.put(bytes).map_err(|error| {
            let kind = error.kind();
            if kind != io::ErrorKind::Interrupted {
                self.failure = Some(error);
            }
            kind.into()
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for NewFile<'_> {
    fn drop(&mut self) {
        if !self.is_kept {
            // What cannot be removed is rubbish that the project's next sweep takes.
            fs::remove_file(&self.temp).ok();
        }
    }
}

/// Makes a folder's entries durable.
///
/// # Errors
///
/// [`FileError`] where the machine refuses.
pub fn sync_dir(dir: &Path) -> Result<(), FileError> {
    #[cfg(unix)]
    {
        #[expect(clippy::disallowed_methods, reason = "this is the room for files")]
        let opened = File::open(dir);
        opened
            .and_then(|folder| folder.sync_all())
            .map_err(|source| FileError::new("make the folder durable", dir, source))?;
    }
    #[cfg(not(unix))]
    let _unused = dir;
    Ok(())
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    #[expect(clippy::disallowed_methods, reason = "this is the room for files")]
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
