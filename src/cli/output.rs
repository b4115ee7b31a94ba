//! The only place that writes to stdout.

use std::{
    fmt::{self, Write as _},
    io::{self, Write as _},
};

/// Stdout could not be written.
#[derive(Debug, thiserror::Error)]
#[error("could not write to stdout")]
pub(crate) struct OutputError {
    source: io::Error,
}

/// Writes text to stdout; a reader that has gone away is no error.
pub(crate) fn write_out(text: &str) -> Result<(), OutputError> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(source) if source.kind() != io::ErrorKind::BrokenPipe => Err(OutputError { source }),
        _ => Ok(()),
    }
}

/// Writes one JSON object to stdout.
pub(crate) fn write_json(value: &serde_json::Value) -> Result<(), OutputError> {
    write_out(&format!("{value:#}\n"))
}

/// Adds words to a text.
pub(crate) fn add(text: &mut String, words: fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    text.write_fmt(words).ok();
}
