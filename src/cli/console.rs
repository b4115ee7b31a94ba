//! Progress, issues and errors on stderr: one line that is rewritten in a terminal, else one a
//! stage.

use std::{
    io::{self, IsTerminal as _, Write as _},
    sync::{Mutex, PoisonError},
};

use super::output::add;
use crate::base::{Issue, Progress, Reporter, Text, to_byte};

/// Tells the user what is going on.
#[derive(Debug)]
pub(crate) struct Console {
    text: Text,
    is_terminal: bool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The stage told last.
    stage: &'static str,
    /// Tenths of it told last.
    tenths: u8,
    /// Whether a line waits to be rewritten.
    has_open_line: bool,
}

impl Console {
    /// A console that speaks a language.
    pub(crate) fn new(text: Text) -> Self {
        Self {
            text,
            is_terminal: io::stderr().is_terminal(),
            state: Mutex::default(),
        }
    }

    /// The words.
    pub(crate) fn text(&self) -> &Text {
        &self.text
    }

    /// Writes one line that stays.
    pub(crate) fn line(&self, words: &str) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let start = if std::mem::take(&mut state.has_open_line) {
            "\r\u{1b}[K"
        } else {
            ""
        };
        write_err(&format!("{start}{words}\n"));
    }

    /// Ends the line that is being rewritten.
    pub(crate) fn close(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if std::mem::take(&mut state.has_open_line) {
            write_err("\r\u{1b}[K");
        }
    }
}

impl Reporter for Console {
    fn note(&self, issue: &Issue) {
        let word = self.text.get("cli-issue");
        self.line(&format!("{word}: {}", self.text.issue_line(issue)));
    }

    fn report(&self, progress: Progress) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let stage = format!("stage-{}", progress.stage);
        let mut words = self.text.or(&stage, &[], progress.stage);
        if !progress.detail.is_empty() {
            add(&mut words, format_args!(" · {}", progress.detail));
        }
        let percent = progress.done_frac.map(|done| done.clamp(0.0, 1.0) * 100.0);
        if self.is_terminal {
            let done = percent.map_or_else(|| "    ".to_owned(), |done| format!("{done:3.0} %"));
            let line: String = format!("{done} {words}").chars().take(78).collect();
            write_err(&format!("\r\u{1b}[K{line}"));
            state.has_open_line = true;
            return;
        }
        let tenths = percent.map_or(0, |done| to_byte(done / 10.0));
        if state.stage != progress.stage || state.tenths != tenths {
            let done = percent.map_or_else(String::new, |done| format!(" {done:.0} %"));
            write_err(&format!("{words}{done}\n"));
            state.stage = progress.stage;
            state.tenths = tenths;
        }
    }
}

/// Writes to stderr.
pub(crate) fn write_err(text: &str) {
    // Where stderr is gone nobody can be told.
    io::stderr().lock().write_all(text.as_bytes()).ok();
}
