//! The command search: type a few letters, press Enter.

use eframe::egui::{
    Align, Context, CornerRadius, Event, Id, Key, Modal, Response, Role, ScrollArea, Sense,
    TextEdit, Ui, Vec2, WidgetInfo,
};

use super::{
    Outbox, View,
    theme::{self, GAP_S, RADIUS_CONTROL, Theme},
};
use crate::{
    app::{
        Command, GapCommand, ImportCommand, JobCommand, Panel, Preset, ProjectCommand,
        ReportCommand, ScenarioCommand, TrainingCommand, TrainingPlan, WindowCommand,
    },
    base::Locale,
    data::Split,
};

/// The command search.
#[derive(Debug, Default)]
pub(crate) struct Palette {
    is_open: bool,
    written: String,
    chosen: usize,
}

impl Palette {
    /// Shows it, empty.
    pub(crate) fn open(&mut self) {
        *self = Self {
            is_open: true,
            ..Self::default()
        };
    }

    /// Whether it is on the screen.
    pub(crate) fn is_open(&self) -> bool {
        self.is_open
    }

    /// Draws it where it is open.
    pub(crate) fn ui(&mut self, ctx: &Context, view: &View<'_>, out: &mut Outbox) {
        if !self.is_open {
            return;
        }
        let found = self.found(view);
        let keys = Keys::read(ctx);
        self.chosen = moved(self.chosen, keys.step, found.len());
        let modal = Modal::new(Id::unique("palette")).show(ctx, |ui| {
            ui.set_width(520.0);
            self.field_ui(ui, view);
            ui.add_space(GAP_S);
            self.list_ui(ui, &found, keys.step != 0)
        });
        let taken = if keys.enter {
            Some(self.chosen)
        } else {
            modal.inner
        };
        if let Some((_, command)) = taken.and_then(|position| found.get(position)) {
            out.post(command.clone());
            self.is_open = false;
        } else if modal.should_close() {
            self.is_open = false;
        }
    }

    fn found(&self, view: &View<'_>) -> Vec<(String, Command)> {
        let words: Vec<String> = self
            .written
            .split_whitespace()
            .map(str::to_lowercase)
            .collect();
        let fits = |label: &str| {
            let label = label.to_lowercase();
            words.iter().all(|word| label.contains(word))
        };
        all_commands(view)
            .into_iter()
            .filter(|(label, _)| fits(label))
            .collect()
    }

    fn field_ui(&mut self, ui: &mut Ui, view: &View<'_>) {
        let name = view.text.get("ui-search-commands");
        let before = self.written.clone();
        let field = ui.add(
            TextEdit::singleline(&mut self.written)
                .hint_text(&name)
                .font(theme::body())
                .margin(Vec2::new(10.0, 7.0))
                .desired_width(f32::INFINITY),
        );
        field.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, &name));
        if !field.has_focus() {
            field.request_focus();
        }
        if self.written != before {
            self.chosen = 0;
        }
    }

    fn list_ui(&self, ui: &mut Ui, found: &[(String, Command)], moved: bool) -> Option<usize> {
        let mut taken = None;
        ScrollArea::vertical().max_height(360.0).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            for (position, (label, _)) in found.iter().enumerate() {
                let is_chosen = position == self.chosen;
                let row = row_ui(ui, label, is_chosen);
                if is_chosen && moved {
                    row.scroll_to_me(Some(Align::Center));
                }
                if row.clicked() {
                    taken = Some(position);
                }
            }
        });
        taken
    }
}

/// The keys that steer the list.
struct Keys {
    step: isize,
    enter: bool,
}

impl Keys {
    /// The Enter that ends a Japanese conversion chooses nothing.
    fn read(ctx: &Context) -> Self {
        ctx.input(|input| {
            let is_composing = input
                .events
                .iter()
                .any(|event| matches!(event, Event::Ime(_)));
            let down = isize::from(input.key_pressed(Key::ArrowDown));
            let up = isize::from(input.key_pressed(Key::ArrowUp));
            Self {
                step: down - up,
                enter: input.key_pressed(Key::Enter) && !is_composing,
            }
        })
    }
}

fn moved(chosen: usize, step: isize, count: usize) -> usize {
    chosen
        .saturating_add_signed(step)
        .min(count.saturating_sub(1))
}

fn row_ui(ui: &mut Ui, label: &str, is_chosen: bool) -> Response {
    let theme = Theme::of(ui);
    let size = Vec2::new(ui.available_width(), 30.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_chosen, label));
    if is_chosen || response.hovered() {
        let fill = if is_chosen { theme.bg3() } else { theme.bg2() };
        ui.painter()
            .rect_filled(rect, CornerRadius::same(RADIUS_CONTROL), fill);
    }
    let at = rect.left_center() + Vec2::new(10.0, 0.0);
    ui.painter().text(
        at,
        eframe::egui::Align2::LEFT_CENTER,
        label,
        theme::dense(),
        theme.fg(),
    );
    response
}

/// Every command that can be named without a value now, with its words.
fn all_commands(view: &View<'_>) -> Vec<(String, Command)> {
    let text = view.text;
    let mut list = Vec::new();
    for panel in Panel::ALL {
        let name = text.get(&format!("ui-panel-{}", panel.name()));
        let label = text.with("ui-do-show", &[("panel", &name)]);
        list.push((label, Command::Window(WindowCommand::Show(panel))));
    }
    let train = |preset| {
        Command::Training(TrainingCommand::Start(TrainingPlan {
            preset,
            ..TrainingPlan::default()
        }))
    };
    let plain = [
        (
            "ui-do-example",
            Command::Project(ProjectCommand::OpenExample),
        ),
        ("ui-do-open", Command::Project(ProjectCommand::OpenDialog)),
        ("ui-do-import", Command::Import(ImportCommand::ChooseFiles)),
        ("ui-do-train", train(None)),
        ("ui-do-train-small", train(Some(Preset::Small))),
        ("ui-do-train-medium", train(Some(Preset::Medium))),
        ("ui-do-train-large", train(Some(Preset::Large))),
        ("ui-do-undo", Command::Scenario(ScenarioCommand::Undo)),
        ("ui-do-redo", Command::Scenario(ScenarioCommand::Redo)),
        ("ui-do-save", Command::Scenario(ScenarioCommand::Save)),
        (
            "ui-do-gap",
            Command::Gap(GapCommand::Measure(Split::Test, None)),
        ),
        ("ui-do-report", Command::Report(ReportCommand::Write)),
        (
            "ui-do-light",
            Command::Window(WindowCommand::SetDark(false)),
        ),
        ("ui-do-dark", Command::Window(WindowCommand::SetDark(true))),
        (
            "ui-do-ja",
            Command::Window(WindowCommand::SetLocale(Locale::Ja)),
        ),
        (
            "ui-do-en",
            Command::Window(WindowCommand::SetLocale(Locale::En)),
        ),
        (
            "ui-do-present",
            Command::Window(WindowCommand::Present(!view.session.desk.presents)),
        ),
        ("ui-do-reset", Command::Window(WindowCommand::ResetLayout)),
        ("ui-do-quit", Command::Window(WindowCommand::Quit)),
    ];
    list.extend(plain.map(|(key, command)| (text.get(key), command)));
    if let Some(job) = view.session.running_job() {
        let cancel = Command::Job(JobCommand::Cancel(job.id));
        list.push((text.get("ui-do-cancel"), cancel));
    }
    for (name, _) in &view.session.saved {
        let label = text.with("ui-do-recall", &[("name", name)]);
        let recall = ScenarioCommand::Recall(name.clone());
        list.push((label, Command::Scenario(recall)));
    }
    for panel in Panel::ALL {
        let name = text.get(&format!("ui-panel-{}", panel.name()));
        let label = text.with("ui-do-beside", &[("panel", &name)]);
        list.push((label, Command::Window(WindowCommand::OpenBeside(panel))));
    }
    list
}
