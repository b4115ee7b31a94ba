//! The raw lines of a file around a place.

use eframe::egui::{Color32, CornerRadius, Frame, Margin, ScrollArea, Ui};

use crate::{
    app::{Command, Excerpt, ImportCommand},
    ui::{
        Outbox, View,
        parts::{self, rich},
        theme::{self, GAP_S, GAP_XS, RADIUS_CONTROL, Theme},
    },
};

/// Draws the lines, the one that is meant marked.
pub(super) fn excerpt_ui(ui: &mut Ui, view: &View<'_>, excerpt: &Excerpt, out: &mut Outbox) {
    let theme = Theme::of(ui);
    let row = excerpt.place.row.unwrap_or_default();
    Frame::new()
        .fill(theme.bg2())
        .corner_radius(CornerRadius::same(RADIUS_CONTROL))
        .inner_margin(Margin::same(8))
        .show(ui, |ui| {
            ScrollArea::horizontal()
                .id_salt(("excerpt", row))
                .show(ui, |ui| {
                    ui.spacing_mut().item_spacing.y = 1.0;
                    ui.spacing_mut().interact_size.y = 18.0;
                    for (number, line) in (excerpt.first_line..).zip(&excerpt.lines) {
                        line_ui(ui, number, line, number == row);
                    }
                });
            ui.add_space(GAP_XS);
            if parts::button(ui, &view.text.get("ui-issue-close-line")).clicked() {
                out.post(Command::Import(ImportCommand::ClosePlace));
            }
        });
    ui.add_space(GAP_S);
}

fn line_ui(ui: &mut Ui, number: u64, line: &str, is_meant: bool) {
    let theme = Theme::of(ui);
    let fill = if is_meant {
        theme.warn().gamma_multiply(0.22)
    } else {
        Color32::TRANSPARENT
    };
    Frame::new().fill(fill).show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = GAP_S;
            let written = rich(format!("{number:>7}"), theme::dense(), theme.fg3());
            ui.label(written);
            let shown = line.replace('\t', "    ");
            ui.label(rich(shown, theme::dense(), theme.fg()));
        });
    });
}
