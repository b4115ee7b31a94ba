//! The heat map of the gap: channel × horizon, normalised error as colour and as a number.

use eframe::egui::{Align2, Color32, CornerRadius, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::strip::nothing_here;
use crate::{
    base::to_f32,
    ui::{
        text,
        theme::{self, Theme},
    },
};

const ROW_HEIGHT: f32 = 26.0;
const NAME_WIDTH: f32 = 150.0;
const HEAD_HEIGHT: f32 = 20.0;

/// What the heat map shows.
#[derive(Debug, Clone, Default)]
pub(crate) struct HeatMap {
    /// One name a row.
    pub(crate) rows: Vec<String>,
    /// One caption a column.
    pub(crate) columns: Vec<String>,
    /// NRMSE, `[row][column]`; NaN where nothing was measured.
    pub(crate) values: Vec<Vec<f64>>,
    /// The selected row.
    pub(crate) selected: usize,
    /// Words where there is nothing.
    pub(crate) empty: String,
}

/// Draws the map; gives the row that was clicked.
pub(crate) fn heat_map_ui(ui: &mut Ui, map: &HeatMap) -> Option<usize> {
    let theme = Theme::of(ui);
    let n_columns = map.columns.len().max(1) as f32;
    let height = HEAD_HEIGHT + ROW_HEIGHT * map.rows.len().max(1) as f32;
    let (rect, _response) =
        ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    if map.rows.is_empty() {
        nothing_here(ui, rect, &map.empty, theme);
        return None;
    }
    let cell_width = (rect.width() - NAME_WIDTH) / n_columns;
    for (column, words) in map.columns.iter().enumerate() {
        let x = rect.left() + NAME_WIDTH + cell_width * (column as f32 + 0.5);
        ui.painter().text(
            pos2(x, rect.top()),
            Align2::CENTER_TOP,
            words,
            theme::caption(),
            theme.fg3(),
        );
    }
    let mut clicked = None;
    for (row, name) in map.rows.iter().enumerate() {
        let top = rect.top() + HEAD_HEIGHT + ROW_HEIGHT * row as f32;
        let line = Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), ROW_HEIGHT));
        let response = ui.interact(line, ui.scope_id().with(("heat", row)), Sense::click());
        response.widget_info(|| {
            WidgetInfo::selected(Role::Button, true, map.selected == row, name.as_str())
        });
        if response.clicked() {
            clicked = Some(row);
        }
        row_cells(ui, map, row, line, cell_width, response.hovered(), theme);
    }
    clicked
}

fn row_cells(
    ui: &Ui,
    map: &HeatMap,
    row: usize,
    line: Rect,
    cell_width: f32,
    is_hovered: bool,
    theme: Theme,
) {
    if map.selected == row || is_hovered {
        ui.painter()
            .rect_filled(line, CornerRadius::same(4), theme.bg3());
    }
    let at = pos2(line.left() + 8.0, line.center().y);
    let clip = ui
        .painter()
        .with_clip_rect(line.with_max_x(line.left() + NAME_WIDTH - 6.0));
    clip.text(
        at,
        Align2::LEFT_CENTER,
        &map.rows[row],
        theme::dense(),
        theme.fg(),
    );
    for (column, value) in map.values[row].iter().enumerate() {
        let left = line.left() + NAME_WIDTH + cell_width * column as f32;
        let cell =
            Rect::from_min_size(pos2(left, line.top()), vec2(cell_width, ROW_HEIGHT)).shrink(1.5);
        let (fill, ink) = colors(*value, theme);
        ui.painter().rect_filled(cell, CornerRadius::same(3), fill);
        ui.painter().text(
            cell.center(),
            Align2::CENTER_CENTER,
            text::number(*value, 2),
            theme::caption(),
            ink,
        );
    }
}

/// Fill and ink of an error: quiet where small, loud where the model is no better than the mean.
fn colors(nrmse: f64, theme: Theme) -> (Color32, Color32) {
    if !nrmse.is_finite() {
        return (theme.bg2(), theme.fg3());
    }
    let loudness = to_f32(nrmse.clamp(0.0, 1.0));
    let tone = if nrmse >= 1.0 { theme.bad() } else { theme.b() };
    (tone.gamma_multiply(0.06 + 0.6 * loudness), theme.fg())
}
