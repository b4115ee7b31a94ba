//! The first rows as they are read, each column under its role.

use eframe::egui::{Align, Color32, Layout, ScrollArea, Ui};
use egui_extras::{Column, TableBuilder, TableRow};

use crate::{
    app::Preview,
    data::Role,
    ui::{
        View,
        parts::rich,
        theme::{self, Theme},
    },
};

/// Rows shown.
const ROWS: usize = 12;
/// Columns shown.
const COLUMNS: usize = 60;

/// Draws the table.
pub(super) fn rows_ui(ui: &mut Ui, view: &View<'_>, preview: &Preview) {
    let theme = Theme::of(ui);
    let n_columns = preview.header.len().min(COLUMNS);
    if n_columns == 0 {
        return;
    }
    let heads: Vec<(String, Color32)> = preview
        .header
        .iter()
        .take(n_columns)
        .map(|name| use_of(view, preview, name, theme))
        .collect();
    ScrollArea::horizontal()
        .id_salt("preview-rows")
        .show(ui, |ui| {
            TableBuilder::new(ui)
                .vscroll(false)
                .cell_layout(Layout::left_to_right(Align::Center))
                .columns(
                    Column::auto().at_least(70.0).at_most(220.0).clip(true),
                    n_columns,
                )
                .header(40.0, |mut header| {
                    for (name, (role, color)) in preview.header.iter().zip(&heads) {
                        header.col(|ui| {
                            ui.vertical(|ui| {
                                ui.spacing_mut().item_spacing.y = 1.0;
                                ui.label(rich(name, theme::dense_bold(), theme.fg()));
                                ui.label(rich(role, theme::caption(), *color));
                            });
                        });
                    }
                })
                .body(|mut body| {
                    for written in preview.rows.iter().take(ROWS) {
                        body.row(21.0, |row| cells_ui(row, written, &heads));
                    }
                });
        });
}

fn cells_ui(mut row: TableRow<'_, '_>, cells: &[String], heads: &[(String, Color32)]) {
    for (cell, (_, color)) in cells.iter().zip(heads) {
        row.col(|ui| {
            ui.label(rich(cell, theme::dense(), *color));
        });
    }
}

/// What a column is for, and the colour of its values.
fn use_of(view: &View<'_>, preview: &Preview, name: &String, theme: Theme) -> (String, Color32) {
    if preview.time_columns.contains(name) {
        return (view.text.get("ui-preview-time"), theme.a());
    }
    let channel = preview
        .channels
        .iter()
        .find(|channel| channel.source == *name);
    match channel {
        Some(channel) if channel.role == Role::Ignore => {
            (view.text.get("role-ignore"), theme.fg3())
        }
        Some(channel) => {
            let role = view.text.get(&format!("role-{}", channel.role.name()));
            (role, theme.fg())
        }
        None => (String::new(), theme.fg3()),
    }
}
