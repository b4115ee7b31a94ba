//! Opens a file with whatever the system opens it with; the window does not wait for it.

use std::{
    io,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// The system's own way to open a file.
const OPENER: &str = if cfg!(target_os = "macos") {
    "open"
} else if cfg!(windows) {
    "explorer"
} else {
    "xdg-open"
};
/// Windows' way ends with a failure also where it opened the file.
const TELLS_FAILURE: bool = !cfg!(windows);

/// The files that are being opened.
#[derive(Debug)]
pub(super) struct Opener {
    program: &'static str,
    running: Vec<(PathBuf, io::Result<Child>)>,
}

impl Default for Opener {
    fn default() -> Self {
        Self {
            program: OPENER,
            running: Vec::new(),
        }
    }
}

impl Opener {
    /// Opens a file.
    pub(super) fn show(&mut self, path: &Path) {
        let child = Command::new(self.program)
            .arg(path)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.running.push((path.to_path_buf(), child));
    }

    /// Whether the end of one is waited for.
    pub(super) fn is_waiting(&self) -> bool {
        !self.running.is_empty()
    }

    /// The files that could not be opened, each told once.
    pub(super) fn failed(&mut self) -> Vec<PathBuf> {
        let mut failed = Vec::new();
        self.running.retain_mut(|(path, child)| {
            let is_shown = match child.as_mut().map(Child::try_wait) {
                Ok(Ok(None)) => return true,
                Ok(Ok(Some(status))) => status.success() || !TELLS_FAILURE,
                Ok(Err(_)) | Err(_) => false,
            };
            if !is_shown {
                failed.push(path.clone());
            }
            false
        });
        failed
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn failed_of(program: &'static str) -> Vec<PathBuf> {
        let mut opener = Opener {
            program,
            ..Opener::default()
        };
        opener.show(Path::new("report.html"));
        let mut failed = Vec::new();
        while opener.is_waiting() {
            failed.extend(opener.failed());
            std::thread::yield_now();
        }
        failed
    }

    #[test]
    fn a_file_that_nothing_opens_is_told_once() {
        let report = || vec![PathBuf::from("report.html")];
        assert_eq!(failed_of("true"), Vec::<PathBuf>::new());
        assert_eq!(failed_of("false"), report());
        assert_eq!(failed_of("gemba-no-such-program"), report());
    }
}
