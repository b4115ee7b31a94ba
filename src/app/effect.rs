//! What must happen outside of the state: jobs, dialogs, files, the window.

use std::path::PathBuf;

use super::{Job, Panel};

/// Something to be done outside.
#[derive(Debug)]
pub enum Effect {
    /// Start a job under a number.
    StartJob(u64, Box<Job>),
    /// Ask a job to end.
    StopJob(u64),
    /// Ask the user for a place.
    OpenDialog(Dialog),
    /// Write the settings.
    SaveSettings {
        /// The file.
        path: PathBuf,
        /// Its content.
        text: String,
    },
    /// Open a file with whatever the system opens it with.
    ShowFile(PathBuf),
    /// Put a view beside the one in front.
    OpenBeside(Panel),
    /// Back to the default layout.
    ResetLayout,
    /// Close the program.
    Quit,
}

/// A question for a place on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dialog {
    /// A project folder.
    Project,
    /// Files to import.
    Files,
    /// Where the report goes; the proposed name.
    Report(String),
}
