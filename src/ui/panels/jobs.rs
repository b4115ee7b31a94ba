//! What runs, what ended, and why; messages that were not read yet.

use eframe::egui::{Grid, Label, Sense, Stroke, Ui, Vec2};

use crate::{
    app::{Command, JobCommand, JobState, JobView, Message, Panel, ProjectCommand, WindowCommand},
    ui::{
        Outbox, View,
        parts::{self, number_caption, number_cell, rich},
        text::{duration, percent},
        theme::{self, GAP_L, GAP_S, GAP_XS, Theme},
        toasts::message_words_ui,
    },
};

/// Width of the column of durations.
const TOOK_WIDTH: f32 = 90.0;

/// The view of jobs and messages.
#[derive(Debug, Default)]
pub struct JobsPanel {}

impl JobsPanel {
    /// The stable id.
    pub fn name(&self) -> &'static str {
        Panel::Jobs.name()
    }

    /// Draws the view.
    pub fn ui(&mut self, ui: &mut Ui, view: &View<'_>, out: &mut Outbox) {
        let session = view.session;
        if session.jobs.is_empty() && session.messages.is_empty() {
            let sentence = view.text.get("ui-jobs-empty");
            if parts::empty_ui(ui, &sentence, &view.text.get("ui-home-example")) {
                out.post(Command::Project(ProjectCommand::OpenExample));
            }
            return;
        }
        parts::page_title(ui, &view.text.get("ui-panel-jobs"));
        ui.add_space(GAP_S);
        parts::card(ui, |ui| {
            jobs_ui(ui, view, out);
        });
        if !session.messages.is_empty() {
            ui.add_space(GAP_XS);
            parts::card(ui, |ui| {
                parts::card_title(ui, &view.text.get("ui-messages"));
                for message in session.messages.iter().rev() {
                    message_ui(ui, view, out, message);
                }
            });
        }
    }
}

fn jobs_ui(ui: &mut Ui, view: &View<'_>, out: &mut Outbox) {
    Grid::new("jobs")
        .num_columns(6)
        .spacing([GAP_L, GAP_S])
        .min_col_width(24.0)
        .show(ui, |ui| {
            ui.label("");
            for key in ["ui-jobs-what", "ui-jobs-state", "ui-jobs-why"] {
                parts::caption(ui, &view.text.get(key));
            }
            number_caption(ui, TOOK_WIDTH, &view.text.get("ui-jobs-took"));
            ui.end_row();
            for job in view.session.jobs.iter().rev() {
                job_ui(ui, view, out, job);
                ui.end_row();
            }
        });
}

fn job_ui(ui: &mut Ui, view: &View<'_>, out: &mut Outbox, job: &JobView) {
    let theme = Theme::of(ui);
    state_mark_ui(ui, job.state);
    let name = view.text.get(&format!("job-{}", job.kind));
    ui.label(rich(&name, theme::dense_bold(), theme.fg()));
    let state = view.text.get(&format!("state-{}", job.state.name()));
    let color = match job.state {
        JobState::Failed => theme.bad(),
        JobState::Done => theme.ok(),
        _ => theme.fg2(),
    };
    ui.horizontal(|ui| {
        ui.label(rich(state, theme::dense(), color));
        if job.state == JobState::Running {
            let stage = format!("stage-{}", job.stage);
            let stage = view.text.or(&stage, &[], job.stage);
            parts::chip(ui, &stage, theme.a());
            if let Some(done) = job.done_frac {
                ui.label(rich(percent(done), theme::dense(), theme.fg2()));
            }
        }
    });
    ui.label(rich(view.text.get(job.cause), theme::dense(), theme.fg2()));
    let took = if view.is_test || job.secs <= 0.0 {
        "–".to_owned()
    } else {
        duration(job.secs, view.text)
    };
    number_cell(ui, TOOK_WIDTH, &took, theme.fg2());
    if job.state.is_open() && job.kind != "compare" {
        let cancel = view.text.get("ui-cancel");
        if parts::chip_button(ui, &cancel, theme.fg2(), Sense::click()).clicked() {
            out.post(Command::Job(JobCommand::Cancel(job.id)));
        }
    } else {
        let detail = view.text.say(&job.detail);
        let detail = detail.lines().next().unwrap_or_default();
        let detail = rich(detail, theme::caption(), theme.fg3());
        ui.add(Label::new(detail).truncate());
    }
}

/// A tick, a cross, a ring or a dash: the state without words or colour.
fn state_mark_ui(ui: &mut Ui, state: JobState) {
    let theme = Theme::of(ui);
    let (rect, _response) = ui.allocate_exact_size(Vec2::splat(16.0), Sense::hover());
    let (painter, center) = (ui.painter(), rect.center());
    let at = |x: f32, y: f32| center + Vec2::new(x, y);
    match state {
        JobState::Done => {
            let stroke = Stroke::new(1.8, theme.ok());
            painter.line_segment([at(-5.0, 0.0), at(-1.5, 3.5)], stroke);
            painter.line_segment([at(-1.5, 3.5), at(5.0, -4.0)], stroke);
        }
        JobState::Failed => {
            let stroke = Stroke::new(1.8, theme.bad());
            painter.line_segment([at(-4.0, -4.0), at(4.0, 4.0)], stroke);
            painter.line_segment([at(-4.0, 4.0), at(4.0, -4.0)], stroke);
        }
        JobState::Running => {
            painter.circle_filled(center, 4.0, theme.accent());
        }
        JobState::Cancelled => {
            painter.line_segment([at(-4.0, 0.0), at(4.0, 0.0)], Stroke::new(1.8, theme.fg3()));
        }
        JobState::Waiting => {
            painter.circle_stroke(center, 4.0, Stroke::new(1.5, theme.fg3()));
        }
    }
}

fn message_ui(ui: &mut Ui, view: &View<'_>, out: &mut Outbox, message: &Message) {
    let theme = Theme::of(ui);
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = GAP_S;
        parts::severity_mark(ui, message.severity);
        let width = (ui.available_width() - 110.0).max(120.0);
        ui.vertical(|ui| {
            ui.set_width(width);
            ui.spacing_mut().item_spacing.y = 2.0;
            message_words_ui(ui, view, out, message);
        });
        let close = view.text.get("ui-close");
        if parts::chip_button(ui, &close, theme.fg2(), Sense::click()).clicked() {
            out.post(Command::Window(WindowCommand::Dismiss(message.id)));
        }
    });
}
