//! Questions for a place on the disk, asked by the desktop's own dialogs on their own thread.

use std::{
    path::PathBuf,
    sync::mpsc::{Receiver, sync_channel},
    thread,
};

use eframe::egui::Context;

use crate::{
    app::{Command, Dialog, ProjectCommand, ReportCommand},
    base::{Clock as _, SystemClock, Text},
};

/// A dialog that ends this quickly was never on the screen.
const SHOWN_SECS: f64 = 0.15;

/// The kinds of report that this build writes: what people call them and their endings.
pub(super) const REPORT_KINDS: &[(&str, &str)] = if cfg!(feature = "pdf") {
    &[("HTML", "html"), ("PDF", "pdf"), ("Excel", "xlsx")]
} else {
    &[("HTML", "html"), ("Excel", "xlsx")]
};

/// Asks the user for a place.
pub trait Dialogs {
    /// Shows a dialog; at most one at a time.
    fn ask(&mut self, dialog: Dialog, text: &Text, ctx: &Context);
    /// The answer, once.
    fn poll(&mut self) -> Option<DialogAnswer>;
}

/// What came of a dialog.
#[derive(Debug, PartialEq)]
pub enum DialogAnswer {
    /// A place was chosen.
    Chosen(Command),
    /// None was chosen.
    Cancelled,
    /// This desktop has no dialogs; what was to be asked.
    Missing(Dialog),
}

/// The chosen places and how long the dialog took.
type Answer = (Vec<PathBuf>, f64);

/// The desktop's dialogs.
#[derive(Debug, Default)]
pub struct NativeDialogs {
    open: Option<(Dialog, Receiver<Answer>)>,
}

impl Dialogs for NativeDialogs {
    fn ask(&mut self, dialog: Dialog, text: &Text, ctx: &Context) {
        if self.open.is_some() {
            return;
        }
        let (answer, inbox) = sync_channel(1);
        let (asked, title, wake) = (dialog.clone(), title_of(&dialog, text), ctx.clone());
        let started = thread::Builder::new()
            .name("gemba-dialog".to_owned())
            .spawn(move || {
                let clock = SystemClock::new();
                let paths = show(&asked, &title);
                // Where the window is gone nobody waits for the answer.
                answer.send((paths, clock.monotonic_secs())).ok();
                wake.request_repaint();
            });
        if started.is_ok() {
            self.open = Some((dialog, inbox));
        }
    }

    fn poll(&mut self) -> Option<DialogAnswer> {
        let (dialog, inbox) = self.open.as_ref()?;
        let (paths, secs) = inbox.try_recv().ok()?;
        let answer = match paths.first() {
            Some(_) => DialogAnswer::Chosen(command_for(dialog, paths)),
            None if secs < SHOWN_SECS => DialogAnswer::Missing(dialog.clone()),
            None => DialogAnswer::Cancelled,
        };
        self.open = None;
        Some(answer)
    }
}

/// What the chosen places are for.
pub(super) fn command_for(dialog: &Dialog, mut paths: Vec<PathBuf>) -> Command {
    match dialog {
        Dialog::Project | Dialog::Files => Command::Project(ProjectCommand::OpenPaths(paths)),
        Dialog::Report(_) => Command::Report(ReportCommand::WriteTo(paths.swap_remove(0))),
    }
}

/// What is asked.
pub(super) fn title_of(dialog: &Dialog, text: &Text) -> String {
    text.get(match dialog {
        Dialog::Project => "ui-dialog-project",
        Dialog::Files => "ui-dialog-files",
        Dialog::Report(_) => "ui-dialog-report",
    })
}

fn show(dialog: &Dialog, title: &str) -> Vec<PathBuf> {
    let window = rfd::FileDialog::new().set_title(title);
    match dialog {
        Dialog::Project => window.pick_folder().into_iter().collect(),
        Dialog::Files => window.pick_files().unwrap_or_default(),
        Dialog::Report(name) => {
            let window = REPORT_KINDS
                .iter()
                .fold(window.set_file_name(name), |window, (kind, ending)| {
                    window.add_filter(*kind, &[ending])
                });
            window.save_file().into_iter().collect()
        }
    }
}
