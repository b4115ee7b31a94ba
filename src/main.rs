//! The program: the window or one command, then an exit status.

use std::process::ExitCode;

use gemba::{cli, ui};

fn main() -> ExitCode {
    let request = match cli::start(std::env::args_os()) {
        cli::Face::Done(status) => return status.into(),
        cli::Face::Window(request) => request,
    };
    let options = ui::RunOptions {
        project: request.project,
        renderer: match request.renderer {
            cli::Renderer::Wgpu => ui::Renderer::Wgpu,
            cli::Renderer::Glow => ui::Renderer::Glow,
        },
        locale: request.locale,
        ..ui::RunOptions::default()
    };
    ui::run(options).map_or_else(
        |error| cli::refuse_window(&error.to_string(), error.hint().as_deref()).into(),
        |()| ExitCode::SUCCESS,
    )
}
