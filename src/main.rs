//! The program: the window or one command, then an exit status.

use std::process::ExitCode;

use gemba::cli::{Face, start};

fn main() -> ExitCode {
    match start(std::env::args_os()) {
        Face::Done(status) => status.into(),
        // The lead puts `gemba::ui::run` here.
        Face::Window(_request) => ExitCode::from(2),
    }
}
