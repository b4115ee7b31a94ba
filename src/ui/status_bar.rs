//! The line at the bottom: what runs, how far it is, what is open.

use eframe::egui::{Align, Frame, Layout, Margin, Ui};

use super::{
    Outbox, View,
    parts::{self, caption, progress_bar, rich},
    text::{duration, number, percent, rough_duration},
    theme::{self, GAP_M, GAP_S, Theme},
};
use crate::app::{Command, JobCommand, JobView};

/// Draws the line.
pub(crate) fn status_bar_ui(ui: &mut Ui, view: &View<'_>, out: &mut Outbox) {
    let theme = Theme::of(ui);
    let frame = Frame::new()
        .fill(theme.bg1())
        .inner_margin(Margin::symmetric(16, 0));
    eframe::egui::Panel::bottom("status-bar")
        .exact_size(30.0)
        .frame(frame)
        .show(ui, |ui| {
            ui.horizontal_centered(|ui| {
                ui.spacing_mut().item_spacing.x = GAP_S;
                match view.session.running_job() {
                    Some(job) => job_ui(ui, view, out, job),
                    None => {
                        caption(ui, &view.text.get("ui-status-idle"));
                    }
                }
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    project_ui(ui, view);
                });
            });
        });
}

fn job_ui(ui: &mut Ui, view: &View<'_>, out: &mut Outbox, job: &JobView) {
    let theme = Theme::of(ui);
    let name = view.text.get(&format!("job-{}", job.kind));
    ui.label(rich(&name, theme::dense_bold(), theme.fg()));
    let stage = view
        .text
        .or(&format!("stage-{}", job.stage), &[], job.stage);
    ui.label(rich(stage, theme::dense(), theme.fg2()));
    progress_bar(ui, job.done_frac, 180.0, &name);
    if let Some(done) = job.done_frac {
        ui.label(rich(percent(done), theme::dense(), theme.fg2()));
    }
    if !view.is_test {
        let left = view.session.training.as_ref().and_then(|t| t.left_secs);
        let words = match left.filter(|_| job.kind == "train") {
            Some(secs) => {
                let left = rough_duration(secs, view.text);
                view.text.with("ui-time-left", &[("left", &left)])
            }
            None => duration(job.secs, view.text),
        };
        ui.label(rich(words, theme::dense(), theme.fg3()));
    }
    if job.kind != "compare" {
        ui.add_space(GAP_S);
        let cancel = view.text.get("ui-cancel");
        if parts::chip_button(ui, &cancel, theme.fg2(), eframe::egui::Sense::click()).clicked() {
            out.post(Command::Job(JobCommand::Cancel(job.id)));
        }
    }
}

fn project_ui(ui: &mut Ui, view: &View<'_>) {
    let Some(loaded) = &view.session.loaded else {
        caption(ui, &view.text.get("ui-status-no-project"));
        return;
    };
    let dataset = &loaded.dataset;
    let channels = number(dataset.channels.len() as f64, 0);
    let steps = number(dataset.n_steps() as f64, 0);
    let args = [("channels", channels.as_str()), ("steps", steps.as_str())];
    caption(ui, &view.text.with("ui-status-size", &args));
    ui.add_space(GAP_M);
    caption(ui, &dataset.name);
}
