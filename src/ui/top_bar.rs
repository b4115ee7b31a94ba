//! The bar at the top: mark, views, command search, state of the model, language, look.

use eframe::egui::{
    Align, CornerRadius, Frame, Layout, Margin, Rect, Response, Role, Sense, Ui, Vec2, WidgetInfo,
};

use super::{
    Outbox, View, parts,
    text::{duration, number},
    theme::{self, GAP_S, RADIUS_CONTROL, Theme},
};
use crate::{
    app::{Command, JobState, JobView, Panel, WindowCommand},
    base::Locale,
};

/// Height of the bar.
const HEIGHT: f32 = 48.0;
/// Width of the command search, and that of the short button it becomes where there is less room.
const SEARCH_WIDTHS: [f32; 2] = [240.0, 64.0];
/// What a chip needs beside its words.
const CHIP_MARGIN: f32 = 20.0;
/// Fewer signs of the state's words say nothing.
const LEAST_SIGNS: usize = 4;

/// Draws the bar; true where the command search was asked for.
pub(crate) fn top_bar_ui(ui: &mut Ui, view: &View<'_>, out: &mut Outbox) -> bool {
    let theme = Theme::of(ui);
    let frame = Frame::new()
        .fill(theme.bg1())
        .inner_margin(Margin::symmetric(16, 0));
    let panel = eframe::egui::Panel::top("top-bar")
        .exact_size(HEIGHT)
        .frame(frame);
    panel
        .show(ui, |ui| {
            ui.horizontal_centered(|ui| {
                ui.spacing_mut().item_spacing.x = GAP_S;
                mark_ui(ui, theme);
                for (position, panel) in Panel::ALL.into_iter().enumerate() {
                    panel_tab_ui(ui, view, out, panel, position + 1);
                }
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    choices_ui(ui, view, out);
                    state_chip_ui(ui, view);
                    search_ui(ui, view)
                })
                .inner
            })
            .inner
        })
        .inner
}

/// Two blocks, one handed over to the next: the mark and the name.
fn mark_ui(ui: &mut Ui, theme: Theme) {
    let (rect, response) = ui.allocate_exact_size(Vec2::new(14.0, 20.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, "Gemba"));
    let block = Vec2::new(6.5, 9.5);
    let upper = Rect::from_min_size(rect.min, block);
    let lower = Rect::from_min_size(rect.max - block, block);
    let painter = ui.painter();
    painter.rect_filled(upper, CornerRadius::ZERO, theme.a());
    painter.rect_filled(lower, CornerRadius::ZERO, theme.a());
    let name = parts::rich("Gemba", theme::name(), theme.fg());
    ui.label(name);
    ui.add_space(GAP_S);
}

fn panel_tab_ui(ui: &mut Ui, view: &View<'_>, out: &mut Outbox, panel: Panel, number: usize) {
    let title = view.text.get(&format!("ui-panel-{}", panel.name()));
    let response = tab(ui, &title, view.session.panel == panel);
    if response.clicked() {
        out.post(Command::Window(WindowCommand::Show(panel)));
    }
    let beside = view.text.get("ui-open-beside");
    response.context_menu(|ui| {
        if ui.button(&beside).clicked() {
            out.post(Command::Window(WindowCommand::OpenBeside(panel)));
            ui.close();
        }
    });
    response.on_hover_text(format!("Ctrl+{number}"));
}

/// A view's name in the bar.
fn tab(ui: &mut Ui, title: &str, is_front: bool) -> Response {
    let theme = Theme::of(ui);
    let (font, color) = if is_front {
        (theme::body_bold(), theme.fg())
    } else {
        (theme::body(), theme.fg2())
    };
    let galley = ui.painter().layout_no_wrap(title.to_owned(), font, color);
    let size = Vec2::new(galley.size().x + 24.0, 32.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Tab, true, is_front, title));
    let round = CornerRadius::same(RADIUS_CONTROL);
    if is_front {
        ui.painter().rect_filled(rect, round, theme.bg3());
    } else if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, round, theme.bg2());
    }
    let at = rect.center() - galley.size() / 2.0;
    ui.painter().galley(at, galley, color);
    response
}

fn choices_ui(ui: &mut Ui, view: &View<'_>, out: &mut Outbox) {
    let theme = Theme::of(ui);
    let session = view.session;
    let other = match session.locale {
        Locale::En => Locale::Ja,
        Locale::Ja => Locale::En,
    };
    let language = view.text.get("ui-language-switch");
    let language = parts::chip_button(ui, &language, theme.fg2(), Sense::click());
    if language.clicked() {
        out.post(Command::Window(WindowCommand::SetLocale(other)));
    }
    let look = view
        .text
        .get(if session.dark { "ui-light" } else { "ui-dark" });
    let look = parts::chip_button(ui, &look, theme.fg2(), Sense::click());
    if look.clicked() {
        out.post(Command::Window(WindowCommand::SetDark(!session.dark)));
    }
    let present = view.text.get("ui-present");
    let present = parts::chip_button(ui, &present, theme.fg2(), Sense::click());
    if present.on_hover_text("F11").clicked() {
        out.post(Command::Window(WindowCommand::Present(true)));
    }
}

/// What model answers, and since when.
fn state_chip_ui(ui: &mut Ui, view: &View<'_>) {
    let theme = Theme::of(ui);
    let session = view.session;
    let running = session.running_job();
    let (words, color) = if session.training.is_some() {
        let job = session.jobs.iter().rfind(|job| job.kind == "train");
        (stage_words(view, job), theme.a())
    } else if let Some(job) = running.filter(|job| job.kind != "compare") {
        (stage_words(view, Some(job)), theme.a())
    } else if let Some(record) = trained(view) {
        let age_secs = (session.desk.now_ns - record.0) as f64 * 1e-9;
        let words = if view.is_test {
            view.text.get("ui-chip-trained")
        } else if age_secs < 60.0 {
            view.text.get("ui-chip-trained-now")
        } else {
            let age = if age_secs < 3600.0 {
                let minutes = number((age_secs / 60.0).floor(), 0);
                view.text.with("unit-mins", &[("n", &minutes)])
            } else {
                duration(age_secs, view.text)
            };
            view.text.with("ui-chip-trained-ago", &[("age", &age)])
        };
        match session.loaded.as_ref() {
            Some(loaded) if loaded.has_outdated_model() => {
                (view.text.get("ui-chip-outdated"), theme.warn())
            }
            _ => (words, theme.ok()),
        }
    } else if session.loaded.as_ref().is_some_and(|l| l.model.is_some()) {
        (view.text.get("ui-chip-first-model"), theme.fg2())
    } else {
        (view.text.get("ui-chip-no-model"), theme.fg2())
    };
    // The views keep their room always, the search as long as these words can be said shortly. The bar at the
    // bottom names the stage of a training as well.
    let room = ui.available_width();
    let shorts = session
        .training
        .is_some()
        .then(|| view.text.get("ui-chip-training"));
    let ways: Vec<String> = [words.clone()].into_iter().chain(shorts).collect();
    let beside = SEARCH_WIDTHS[1] + 2.0 * GAP_S;
    let fits = |words: &String, room: f32| {
        parts::text_width(ui, words, theme::caption()) + CHIP_MARGIN <= room
    };
    let fitting = [room - beside, room].into_iter();
    let mut fitting = fitting.filter_map(|room| ways.iter().find(|way| fits(way, room)));
    let shown = match fitting.next() {
        Some(shown) => shown.clone(),
        None => cut_to(ui, &words, room - CHIP_MARGIN),
    };
    if !shown.is_empty() {
        parts::chip(ui, &shown, color).on_hover_text(words);
    }
}

/// As much of some words as has room; nothing where that would say nothing.
fn cut_to(ui: &Ui, words: &str, room: f32) -> String {
    let signs: Vec<char> = words.chars().collect();
    let begins = (LEAST_SIGNS..signs.len()).rev();
    let mut shorter = begins.map(|n| signs[..n].iter().collect::<String>() + "…");
    let fits = |words: &String| parts::text_width(ui, words, theme::caption()) <= room;
    shorter.find(fits).unwrap_or_default()
}

/// A job and the stage it is in.
fn stage_words(view: &View<'_>, job: Option<&JobView>) -> String {
    let Some(job) = job.filter(|job| job.state == JobState::Running) else {
        return view.text.get("ui-chip-training");
    };
    let name = view.text.get(&format!("job-{}", job.kind));
    let stage = view
        .text
        .or(&format!("stage-{}", job.stage), &[], job.stage);
    let args = [("job", name.as_str()), ("stage", stage.as_str())];
    view.text.with("ui-chip-stage", &args)
}

/// When the model in use was saved.
fn trained(view: &View<'_>) -> Option<(i64,)> {
    let loaded = view.session.loaded.as_ref()?;
    loaded.model.as_ref()?;
    let record = loaded.models.iter().find(|record| record.in_use)?;
    Some((record.saved_ns,))
}

/// Looks like a field, opens the command search.
fn search_ui(ui: &mut Ui, view: &View<'_>) -> bool {
    let theme = Theme::of(ui);
    let [wide, short] = SEARCH_WIDTHS;
    if ui.available_width() < short {
        // The views come first; Ctrl+P opens it from anywhere.
        return false;
    }
    let is_wide = ui.available_width() >= wide;
    let words = view.text.get("ui-search-commands");
    let shown = if is_wide {
        format!("{words}  Ctrl+P")
    } else {
        "Ctrl+P".to_owned()
    };
    let width = if is_wide { wide } else { short };
    let (rect, response) = ui.allocate_exact_size(Vec2::new(width, 28.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &words));
    let edge = if response.hovered() || response.has_focus() {
        theme.fg3()
    } else {
        theme.line()
    };
    ui.painter().rect(
        rect,
        CornerRadius::same(RADIUS_CONTROL),
        theme.bg2(),
        eframe::egui::Stroke::new(1.0, edge),
        eframe::egui::StrokeKind::Inside,
    );
    let galley = ui
        .painter()
        .layout_no_wrap(shown, theme::dense(), theme.fg3());
    let at = rect.left_center() + Vec2::new(10.0, -galley.size().y / 2.0);
    ui.painter().galley(at, galley, theme.fg3());
    response.clicked()
}
