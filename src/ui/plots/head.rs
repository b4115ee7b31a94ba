//! The line above a lane: what it shows and what its colours mean.

use eframe::egui::{Align, Color32, CornerRadius, Label, Layout, Sense, Stroke, Ui, vec2};

use crate::ui::{
    parts,
    theme::{self, Theme},
};

/// Its height.
const HEAD_HEIGHT: f32 = 18.0;
/// The least room that a unit needs.
const LEAST_UNIT: f32 = 24.0;
/// How opaque a shade is in the legend; a little more than in the lane, where it is large.
const SHADE_ALPHA: f32 = 0.3;

/// A lane's title with unit on the left and its legend on the right.
pub(crate) fn lane_head_ui(ui: &mut Ui, title: &str, unit: &str, legend: &[(String, Color32)]) {
    lane_head_shaded_ui(ui, (title, unit), legend, None);
}

/// The same where a shade behind the lines has a meaning too: its words and colour.
pub(crate) fn lane_head_shaded_ui(
    ui: &mut Ui,
    (title, unit): (&str, &str),
    legend: &[(String, Color32)],
    shade: Option<&(String, Color32)>,
) {
    let theme = Theme::of(ui);
    let widths =
        (legend.iter().chain(shade)).map(|one| parts::text_width(ui, &one.0, theme::caption()));
    let legend_width = widths.map(|width| width + 40.0).sum::<f32>();
    let button_height = ui.spacing().interact_size.y;
    // Words alone need less room than a button.
    ui.spacing_mut().interact_size.y = HEAD_HEIGHT;
    parts::split_row(
        ui,
        |ui| {
            // The legend keeps its room; what stands on the left is cut.
            let room = vec2((ui.available_width() - legend_width).max(0.0), HEAD_HEIGHT);
            ui.allocate_ui_with_layout(room, Layout::left_to_right(Align::Center), |ui| {
                let title = parts::rich(title, theme::dense_bold(), theme.fg());
                ui.add(Label::new(title).truncate());
                // Less than a few letters of the unit say nothing.
                if ui.available_width() >= LEAST_UNIT {
                    let unit = parts::rich(unit, theme::caption(), theme.fg2());
                    ui.add(Label::new(unit).truncate());
                }
            });
        },
        |ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            if let Some((words, color)) = shade {
                ui.label(parts::rich(words, theme::caption(), theme.fg2()));
                let (rect, _response) = ui.allocate_exact_size(vec2(14.0, 10.0), Sense::hover());
                let fill = color.gamma_multiply(SHADE_ALPHA);
                ui.painter().rect_filled(rect, CornerRadius::same(2), fill);
                ui.add_space(6.0);
            }
            for (words, color) in legend.iter().rev() {
                ui.label(parts::rich(words, theme::caption(), theme.fg2()));
                let (rect, _response) = ui.allocate_exact_size(vec2(14.0, 8.0), Sense::hover());
                let stroke = Stroke::new(2.0, *color);
                ui.painter().hline(rect.x_range(), rect.center().y, stroke);
                ui.add_space(6.0);
            }
        },
    );
    ui.spacing_mut().interact_size.y = button_height;
}
