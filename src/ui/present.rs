//! Presentation: large type, the whole screen, one line that says which view is shown and why.

use eframe::egui::{
    Align, Context, Frame, Key, Layout, Margin, Memory, Modifiers, Sense, Ui, ViewportCommand,
    scroll_area, util::IdTypeMap,
};

use super::{
    Outbox, View,
    parts::{self, rich},
    theme::{self, GAP_M, GAP_S, Theme},
};
use crate::app::{Command, Panel, WindowCommand};

/// How much larger everything is.
const ZOOM: f32 = 1.35;
/// The views that are shown, in the order of a talk.
const VIEWS: [Panel; 5] = [
    Panel::Home,
    Panel::Data,
    Panel::Model,
    Panel::Compare,
    Panel::Gap,
];

/// The window as it was before the presentation.
#[derive(Debug, Default)]
pub(crate) struct Presentation {
    zoom_before: Option<f32>,
}

impl Presentation {
    /// Makes the window large where a presentation begins, and as it was where it ends.
    pub(crate) fn follow(&mut self, ctx: &Context, view: &View<'_>) {
        let presents = view.session.desk.presents;
        match (presents, self.zoom_before) {
            (true, None) => {
                self.zoom_before = Some(ctx.zoom_factor());
                ctx.set_zoom_factor(ZOOM * ctx.zoom_factor());
                // A talk begins at the top of every view, wherever the work before it had scrolled to.
                ctx.data_mut(IdTypeMap::remove_by_type::<scroll_area::State>);
            }
            (false, Some(before)) => {
                self.zoom_before = None;
                ctx.set_zoom_factor(before);
            }
            _ => return,
        }
        ctx.send_viewport_cmd(ViewportCommand::Fullscreen(presents));
    }
}

/// F11 begins and ends it, Escape ends it, arrows turn the views.
pub(crate) fn read_keys(ctx: &Context, view: &View<'_>, out: &mut Outbox, has_modal: bool) {
    let pressed = |key: Key| ctx.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let presents = view.session.desk.presents;
    if pressed(Key::F11) {
        out.post(Command::Window(WindowCommand::Present(!presents)));
        return;
    }
    if !presents || has_modal || ctx.text_edit_focused() {
        return;
    }
    if pressed(Key::Escape) {
        out.post(Command::Window(WindowCommand::Present(false)));
    }
    // A slider that has the focus moves by the arrows itself.
    let is_free = ctx.memory(Memory::focused).is_none();
    let ahead = pressed(Key::PageDown) || is_free && pressed(Key::ArrowRight);
    let back = pressed(Key::PageUp) || is_free && pressed(Key::ArrowLeft);
    if ahead {
        turn(view, out, 1);
    } else if back {
        turn(view, out, -1);
    }
}

/// Where in the talk the view in front is.
fn position(view: &View<'_>) -> usize {
    let shown = VIEWS.iter().position(|panel| *panel == view.session.panel);
    shown.unwrap_or_default()
}

fn turn(view: &View<'_>, out: &mut Outbox, step: isize) {
    let next = position(view).saturating_add_signed(step);
    if let Some(panel) = VIEWS.get(next) {
        out.post(Command::Window(WindowCommand::Show(*panel)));
    }
}

/// The line at the bottom, in place of both bars.
pub(crate) fn bar_ui(ui: &mut Ui, view: &View<'_>, out: &mut Outbox) {
    let theme = Theme::of(ui);
    let frame = Frame::new()
        .fill(theme.bg1())
        .inner_margin(Margin::symmetric(16, 0));
    let at = position(view);
    let panel = VIEWS[at];
    eframe::egui::Panel::bottom("presentation")
        .exact_size(38.0)
        .frame(frame)
        .show(ui, |ui| {
            ui.horizontal_centered(|ui| {
                ui.spacing_mut().item_spacing.x = GAP_S;
                let page = format!("{} / {}", at + 1, VIEWS.len());
                ui.label(rich(page, theme::dense(), theme.fg3()));
                let title = view.text.get(&format!("ui-panel-{}", panel.name()));
                ui.label(rich(title, theme::body_bold(), theme.fg()));
                ui.add_space(GAP_M);
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    buttons_ui(ui, view, out, at);
                    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                        let words = view.text.get(&format!("ui-present-{}", panel.name()));
                        let words = rich(words, theme::body(), theme.fg2());
                        ui.add(eframe::egui::Label::new(words).truncate());
                    });
                });
            });
        });
}

/// From right to left: end, next, back.
fn buttons_ui(ui: &mut Ui, view: &View<'_>, out: &mut Outbox, at: usize) {
    let color = Theme::of(ui).fg2();
    let mut chip = |key: &str| {
        let words = view.text.get(key);
        parts::chip_button(ui, &words, color, Sense::click()).clicked()
    };
    if chip("ui-present-end") {
        out.post(Command::Window(WindowCommand::Present(false)));
    }
    if at + 1 < VIEWS.len() && chip("ui-present-next") {
        turn(view, out, 1);
    }
    if at > 0 && chip("ui-present-back") {
        turn(view, out, -1);
    }
}
