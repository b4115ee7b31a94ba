//! Messages in the lower left corner: what happened and the next step.

use std::collections::BTreeMap;

use eframe::egui::{
    Align, Align2, Area, Context, CornerRadius, Frame, Id, Key, Label, Layout, Margin, Modifiers,
    Order, Rect, Sense, Ui, Vec2,
};

use super::{
    Outbox, View,
    parts::{self, rich},
    theme::{self, GAP_S, GAP_XS, RADIUS_PANEL, Theme},
};
use crate::{
    app::{Command, Message, WindowCommand},
    base::Severity,
};

/// Good news goes away by itself after so long.
const INFO_SECS: f64 = 7.0;
/// Away from the corner: above the row of buttons, on the side where no slider is.
const PLACE: Vec2 = Vec2::new(16.0, -92.0);
/// Messages shown at once; older ones wait below.
const SHOWN: usize = 4;

/// The messages on the screen.
#[derive(Debug, Default)]
pub(crate) struct Toasts {
    since: BTreeMap<u64, f64>,
}

impl Toasts {
    /// Draws the newest messages.
    pub(crate) fn ui(&mut self, ctx: &Context, view: &View<'_>, out: &mut Outbox) {
        let messages = &view.session.messages;
        self.since
            .retain(|id, _| messages.iter().any(|message| message.id == *id));
        if messages.is_empty() {
            return;
        }
        Area::new(Id::unique("messages"))
            .order(Order::Foreground)
            .anchor(Align2::LEFT_BOTTOM, PLACE)
            .show(ctx, |ui| {
                ui.set_width(400.0);
                for message in messages.iter().rev().take(SHOWN) {
                    message_ui(ui, view, out, message);
                    if !view.is_test {
                        self.age(ctx, out, message);
                    }
                }
            });
    }

    fn age(&mut self, ctx: &Context, out: &mut Outbox, message: &Message) {
        if message.severity != Severity::Info {
            return;
        }
        let now_secs = ctx.input(|input| input.time);
        let since = *self.since.entry(message.id).or_insert(now_secs);
        let left = INFO_SECS - (now_secs - since);
        if left <= 0.0 {
            out.post(Command::Window(WindowCommand::Dismiss(message.id)));
        } else {
            ctx.request_repaint_after(std::time::Duration::from_secs_f64(left));
        }
    }
}

/// Escape closes the newest message.
pub(crate) fn read_keys(ctx: &Context, view: &View<'_>, out: &mut Outbox) {
    let newest = view.session.messages.last();
    let is_free = !ctx.text_edit_focused() && !ctx.any_popup_open();
    if let Some(message) = newest.filter(|_| is_free)
        && ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape))
    {
        out.post(Command::Window(WindowCommand::Dismiss(message.id)));
    }
}

/// What happened, the next step, and what can be done with the file that it is about.
pub(crate) fn message_words_ui(ui: &mut Ui, view: &View<'_>, out: &mut Outbox, message: &Message) {
    let theme = Theme::of(ui);
    let text = rich(view.text.say(&message.text), theme::dense(), theme.fg());
    ui.add(Label::new(text).wrap());
    if let Some(hint) = &message.hint {
        let hint = rich(view.text.say(hint), theme::dense(), theme.fg2());
        ui.add(Label::new(hint).wrap());
    }
    if let Some(path) = &message.path {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = GAP_XS;
            let words = view.text.get("ui-show-file");
            if parts::chip_button(ui, &words, theme.fg(), Sense::click()).clicked() {
                let show = WindowCommand::ShowFile(path.clone());
                out.post(Command::Window(show));
            }
            let words = view.text.get("ui-copy-path");
            if parts::chip_button(ui, &words, theme.fg2(), Sense::click()).clicked() {
                ui.copy_text(path.to_string_lossy().into_owned());
            }
        });
    }
}

fn message_ui(ui: &mut Ui, view: &View<'_>, out: &mut Outbox, message: &Message) {
    let theme = Theme::of(ui);
    let color = theme.severity(message.severity);
    let shown = Frame::new()
        .fill(theme.bg2())
        .stroke(theme.hairline())
        .corner_radius(CornerRadius::same(RADIUS_PANEL))
        .shadow(ui.visuals().popup_shadow)
        .inner_margin(Margin {
            left: 16,
            right: 12,
            top: 10,
            bottom: 10,
        })
        .show(ui, |ui| {
            ui.set_width(372.0);
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing = Vec2::new(GAP_S, GAP_XS);
                parts::severity_mark(ui, message.severity);
                ui.vertical(|ui| {
                    ui.set_width(280.0);
                    message_words_ui(ui, view, out, message);
                });
                ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
                    let close = view.text.get("ui-close");
                    if parts::chip_button(ui, &close, theme.fg2(), Sense::click()).clicked() {
                        out.post(Command::Window(WindowCommand::Dismiss(message.id)));
                    }
                });
            });
        })
        .response
        .rect;
    let edge = Rect::from_min_size(shown.min, Vec2::new(4.0, shown.height()));
    let round = CornerRadius {
        nw: RADIUS_PANEL,
        sw: RADIUS_PANEL,
        ne: 0,
        se: 0,
    };
    ui.painter().rect_filled(edge, round, color);
}
