//! The program: the window or one command, then an exit status.

use std::process::ExitCode;

use gemba::{
    cli::{Face, listen_to_signals, start, window_failed},
    ui::{RunOptions, run},
};

fn main() -> ExitCode {
    listen_to_signals();
    match start(std::env::args_os()) {
        Face::Done(status) => status.into(),
        Face::Window(request) => {
            let locale = request.locale.unwrap_or_default();
            let options = RunOptions::new(request.project, request.locale, request.is_glow);
            let Err(error) = run(options) else {
                return ExitCode::SUCCESS;
            };
            let (said, hint) = error.said(locale);
            window_failed(&said, hint.as_deref(), locale).into()
        }
    }
}
