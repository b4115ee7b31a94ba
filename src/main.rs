//! The program: the window or one command, then an exit status.

use std::process::ExitCode;

use gemba::{
    cli::{Face, start, window_failed},
    ui::{RunOptions, run},
};

fn main() -> ExitCode {
    match start(std::env::args_os()) {
        Face::Done(status) => status.into(),
        Face::Window(request) => match run(RunOptions::new(
            request.project,
            request.locale,
            request.is_glow,
        )) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => window_failed(&error.to_string(), error.hint().as_deref()).into(),
        },
    }
}
