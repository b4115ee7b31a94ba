//! Lets the reading of a long file be stopped, and tells how far it is.

use std::{io::Read as _, path::Path};

use crate::base::{FileError, Large, Progress, Reporter, StopToken, Stopped, open_file};

/// Files are read in pieces of this many bytes; the end may be asked for between them.
const PIECE_BYTES: u64 = 16 << 20;

/// Looks on while a file is read.
#[derive(Clone, Copy)]
pub(super) struct Watch<'a> {
    pub(super) stop: &'a StopToken,
    reporter: Option<&'a dyn Reporter>,
    /// The file as shown to people.
    shown: &'a str,
    /// Its place among all files and how many there are.
    file: (usize, usize),
}

impl<'a> Watch<'a> {
    /// Tells nobody.
    pub(super) fn silent(stop: &'a StopToken) -> Self {
        Self {
            stop,
            reporter: None,
            shown: "",
            file: (0, 1),
        }
    }

    /// Tells of one file among several.
    pub(super) fn new(
        stop: &'a StopToken,
        reporter: &'a dyn Reporter,
        shown: &'a str,
        file: (usize, usize),
    ) -> Self {
        Self {
            stop,
            reporter: Some(reporter),
            shown,
            file,
        }
    }

    /// Leaves through `?` where the end was asked for.
    pub(super) fn check(&self) -> Result<(), Stopped> {
        self.stop.check()
    }

    /// Says how much of the file is read.
    pub(super) fn tell(&self, done_frac: f64) {
        if let Some(reporter) = self.reporter {
            let (at, count) = self.file;
            reporter.report(Progress {
                stage: "reading",
                done_frac: Some((at as f64 + done_frac) / count.max(1) as f64),
                detail: self.shown.to_owned(),
            });
        }
    }

    /// Reads a whole regular file; the inner error says that the end was asked for.
    pub(super) fn read_file(&self, path: &Path) -> Result<Result<Vec<u8>, Stopped>, FileError> {
        let wrap = |error| FileError::new("read the file", path, error);
        let file = open_file(path)?;
        let length = file.metadata().map_err(wrap)?.len();
        let room = Vec::with_capacity(usize::try_from(length.min(1 << 32)).unwrap_or(0));
        let mut bytes = Large::new(room, self.stop);
        loop {
            let n_read = (&file)
                .take(PIECE_BYTES)
                .read_to_end(&mut bytes)
                .map_err(wrap)?;
            if n_read == 0 {
                return Ok(Ok(bytes.into_inner()));
            }
            if let Err(stopped) = self.check() {
                return Ok(Err(stopped));
            }
        }
    }
}
