//! The headless face: arguments in, one answer out, an exit status.
//!
//! Invariants: with `--json` one object and nothing else goes to stdout; progress, issues and
//! errors go to stderr; an error is printed once, with its next step; a broken pipe is no error.

mod anomaly;
mod args;
mod compare;
mod console;
mod demo;
mod describe;
mod doctor;
mod error;
mod exit;
mod frames;
mod gap;
mod json;
mod judge;
mod number;
mod output;
mod plant;
mod preview;
mod recipes;
mod run;
mod signals;
mod start;
mod table;
mod train;

pub use exit::ExitStatus;
pub use signals::listen_to_signals;
pub use start::{Face, WindowRequest, start, window_failed};
