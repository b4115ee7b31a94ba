//! Where to start: the pilot path in five steps, the example, recent projects, a path field.

use std::path::PathBuf;

use eframe::egui::{self, Align, CornerRadius, Label, Layout, Sense, Stroke, TextEdit, Ui, Vec2};

use crate::{
    app::{
        Command, ImportCommand, Loaded, Panel, ProjectCommand, ReportCommand, TrainingCommand,
        TrainingPlan, WindowCommand,
    },
    ui::{
        Outbox, View,
        parts::{self, rich},
        theme::{self, GAP_L, GAP_M, GAP_S, GAP_XS, Theme},
    },
};

/// The start view.
#[derive(Debug, Default)]
pub struct HomePanel {
    path: String,
}

/// One step of the pilot path.
struct Step {
    key: &'static str,
    is_done: bool,
    command: Command,
}

impl HomePanel {
    /// The stable id.
    pub fn name(&self) -> &'static str {
        Panel::Home.name()
    }

    /// Draws the view.
    pub fn ui(&mut self, ui: &mut Ui, view: &View<'_>, out: &mut Outbox) {
        ui.set_max_width(ui.available_width().min(1120.0));
        parts::page_title(ui, &view.text.get("ui-home-title"));
        parts::quiet(ui, &view.text.get("ui-home-lead"));
        ui.add_space(GAP_M);
        let width = ui.available_width();
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = GAP_L;
            column_ui(ui, width * 0.6, |ui| {
                path_ui(ui, view, out);
                ui.add_space(GAP_XS);
                answer_ui(ui, view, out);
            });
            column_ui(ui, width * 0.4 - GAP_L, |ui| {
                self.open_ui(ui, view, out);
                ui.add_space(GAP_XS);
                recent_ui(ui, view, out);
            });
        });
    }

    fn open_ui(&mut self, ui: &mut Ui, view: &View<'_>, out: &mut Outbox) {
        parts::card(ui, |ui| {
            parts::card_title(ui, &view.text.get("ui-home-open"));
            parts::quiet(ui, &view.text.get("ui-home-open-lead"));
            ui.horizontal_wrapped(|ui| {
                let buttons = [
                    (
                        "ui-home-import",
                        Command::Import(ImportCommand::ChooseFiles),
                    ),
                    (
                        "ui-home-project",
                        Command::Project(ProjectCommand::OpenDialog),
                    ),
                    (
                        "ui-home-example",
                        Command::Project(ProjectCommand::OpenExample),
                    ),
                ];
                for (key, command) in buttons {
                    if parts::button(ui, &view.text.get(key)).clicked() {
                        out.post(command);
                    }
                }
            });
            ui.add_space(GAP_XS);
            let label = parts::caption(ui, &view.text.get("ui-home-path"));
            let field = ui
                .add(
                    TextEdit::singleline(&mut self.path)
                        .hint_text(view.text.get("ui-home-path-hint"))
                        .margin(Vec2::new(8.0, 6.0))
                        .desired_width(f32::INFINITY),
                )
                .labelled_by(label.id);
            let entered = field.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
            let is_named = !self.path.trim().is_empty();
            let clicked = ui
                .add_enabled_ui(is_named, |ui| {
                    parts::button(ui, &view.text.get("ui-home-path-open")).clicked()
                })
                .inner;
            if is_named && (entered || clicked) {
                let path = PathBuf::from(self.path.trim());
                out.post(Command::Project(ProjectCommand::OpenPaths(vec![path])));
            }
        });
    }
}

fn column_ui(ui: &mut Ui, width: f32, add: impl FnOnce(&mut Ui)) {
    ui.vertical(|ui| {
        ui.set_width(width);
        add(ui);
    });
}

/// The five steps; the first that is open gets the one accent button.
fn path_ui(ui: &mut Ui, view: &View<'_>, out: &mut Outbox) {
    let steps = steps(view);
    let next = steps.iter().position(|step| !step.is_done);
    parts::card(ui, |ui| {
        parts::card_title(ui, &view.text.get("ui-home-path-title"));
        ui.add_space(GAP_XS);
        for (position, step) in steps.iter().enumerate() {
            step_ui(ui, view, out, step, (position + 1, next == Some(position)));
        }
        if next.is_none() {
            parts::quiet(ui, &view.text.get("ui-home-all-done"));
        }
    });
}

fn steps(view: &View<'_>) -> [Step; 5] {
    let session = view.session;
    let has_data = session.loaded.is_some();
    let answers = |loaded: &Loaded| loaded.has_saved_model() && !loaded.has_outdated_model();
    let is_trained = session.loaded.as_ref().is_some_and(answers);
    let show = |panel| Command::Window(WindowCommand::Show(panel));
    [
        Step {
            key: "data",
            is_done: has_data,
            command: Command::Project(ProjectCommand::OpenExample),
        },
        Step {
            key: "check",
            is_done: has_data && session.desk.has_seen_data,
            command: show(Panel::Data),
        },
        Step {
            key: "train",
            is_done: is_trained,
            command: Command::Training(TrainingCommand::Start(TrainingPlan::default())),
        },
        Step {
            key: "ask",
            is_done: session.compare.is_some() && session.desk.undo_steps > 0,
            command: show(Panel::Compare),
        },
        Step {
            key: "report",
            is_done: session.desk.last_report.is_some(),
            command: Command::Report(ReportCommand::Write),
        },
    ]
}

fn step_ui(
    ui: &mut Ui,
    view: &View<'_>,
    out: &mut Outbox,
    step: &Step,
    (number, is_next): (usize, bool),
) {
    let theme = Theme::of(ui);
    let words = |part: &str| view.text.get(&format!("ui-step-{}-{part}", step.key));
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = GAP_M;
        step_mark_ui(ui, number, step, is_next);
        let width = ui.available_width();
        ui.vertical(|ui| {
            ui.set_width(width - 200.0);
            ui.spacing_mut().item_spacing.y = GAP_XS;
            let color = if is_next || step.is_done {
                theme.fg()
            } else {
                theme.fg2()
            };
            ui.label(rich(words("title"), theme::body_bold(), color));
            let text = rich(words("text"), theme::dense(), theme.fg2());
            ui.add(Label::new(text).wrap());
        });
        ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
            if is_next {
                let is_busy = view.session.training.is_some() && step.key == "train"
                    || view.session.running_job().is_some() && step.key == "data";
                let clicked = ui
                    .add_enabled_ui(!is_busy, |ui| {
                        parts::accent_button(ui, &words("action")).clicked()
                    })
                    .inner;
                if clicked {
                    out.post(step.command.clone());
                }
            } else if step.is_done {
                parts::caption(ui, &view.text.get("ui-step-done"));
            }
        });
    });
    ui.add_space(GAP_S);
}

/// A number in a circle, or a tick.
fn step_mark_ui(ui: &mut Ui, number: usize, step: &Step, is_next: bool) {
    let theme = Theme::of(ui);
    let (rect, _response) = ui.allocate_exact_size(Vec2::splat(26.0), Sense::hover());
    let painter = ui.painter();
    let center = rect.center();
    if step.is_done {
        painter.circle_filled(center, 12.0, theme.bg3());
        let stroke = Stroke::new(2.0, theme.ok());
        let corner = center + Vec2::new(-1.5, 4.0);
        painter.line_segment([center + Vec2::new(-5.5, 0.0), corner], stroke);
        painter.line_segment([corner, center + Vec2::new(5.5, -4.5)], stroke);
        return;
    }
    let color = if is_next {
        theme.accent()
    } else {
        theme.line()
    };
    painter.circle_stroke(center, 12.0, Stroke::new(1.5, color));
    painter.text(
        center,
        egui::Align2::CENTER_CENTER,
        number.to_string(),
        theme::dense_bold(),
        if is_next { theme.accent() } else { theme.fg3() },
    );
}

/// The newest answer in one sentence, readable from afar.
fn answer_ui(ui: &mut Ui, view: &View<'_>, out: &mut Outbox) {
    let Some(answer) = &view.session.compare else {
        return;
    };
    let Some(first) = answer.kpis.first() else {
        return;
    };
    let sentence = answer.sentence(first, view.text);
    let theme = Theme::of(ui);
    parts::card(ui, |ui| {
        let top = ui.min_rect().min;
        parts::caption(ui, &view.text.get("ui-home-answer"));
        let words = rich(parts::unbroken(&sentence), theme::verdict(), theme.fg());
        ui.add(Label::new(words).wrap());
        ui.add_space(GAP_XS);
        if parts::button(ui, &view.text.get("ui-step-ask-action")).clicked() {
            out.post(Command::Window(WindowCommand::Show(Panel::Compare)));
        }
        let height = ui.min_rect().bottom() - top.y;
        let edge = egui::Rect::from_min_size(
            top - Vec2::splat(GAP_M),
            Vec2::new(4.0, height + 2.0 * GAP_M),
        );
        let color = theme.edge(answer.standing());
        ui.painter().rect_filled(edge, CornerRadius::same(2), color);
    });
}

fn recent_ui(ui: &mut Ui, view: &View<'_>, out: &mut Outbox) {
    let recent = &view.session.desk.recent;
    if recent.is_empty() {
        return;
    }
    parts::card(ui, |ui| {
        parts::card_title(ui, &view.text.get("ui-home-recent"));
        ui.spacing_mut().item_spacing.y = 2.0;
        for path in recent {
            if recent_row_ui(ui, path) {
                let paths = vec![path.clone()];
                out.post(Command::Project(ProjectCommand::OpenPaths(paths)));
            }
        }
    });
}

fn recent_row_ui(ui: &mut Ui, path: &std::path::Path) -> bool {
    let theme = Theme::of(ui);
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let size = Vec2::new(ui.available_width(), 40.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, name.as_ref()));
    if response.hovered() || response.has_focus() {
        ui.painter()
            .rect_filled(rect, CornerRadius::same(theme::RADIUS_CONTROL), theme.bg3());
    }
    let painter = ui.painter().with_clip_rect(rect);
    let at = rect.left_center() + Vec2::new(8.0, 0.0);
    let line = |up: f32, words: String, font, color| {
        painter.text(
            at + Vec2::new(0.0, up),
            egui::Align2::LEFT_CENTER,
            words,
            font,
            color,
        );
    };
    line(-8.0, name.to_string(), theme::dense_bold(), theme.fg());
    line(
        9.0,
        path.display().to_string(),
        theme::caption(),
        theme.fg3(),
    );
    response.clicked()
}
