//! How a file would be read, before it is imported.

use eframe::egui::{Align, Layout, ScrollArea, Ui};
use egui_extras::{Column, TableBuilder, TableRow};

use super::issues::issue_ui;
use crate::{
    app::{Command, ImportCommand, Preview},
    data::Channel,
    ui::{
        Outbox, View,
        parts::{self, rich},
        text::{number, percent},
        theme::{self, GAP_L, GAP_M, GAP_S, GAP_XL, GAP_XS, Theme},
    },
};

/// Rows shown.
const ROWS: usize = 12;
/// Columns shown.
const COLUMNS: usize = 40;

/// Draws the card with the two ways on.
pub(super) fn preview_ui(ui: &mut Ui, view: &View<'_>, out: &mut Outbox, preview: &Preview) {
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        parts::split_row(
            ui,
            |ui| parts::page_title(ui, &preview.source),
            |ui| {
                if parts::accent_button(ui, &view.text.get("ui-preview-accept")).clicked() {
                    out.post(Command::Import(ImportCommand::Accept));
                }
                if parts::button(ui, &view.text.get("ui-cancel")).clicked() {
                    out.post(Command::Import(ImportCommand::Dismiss));
                }
            },
        );
        let n_files = view.session.desk.waiting.len();
        let lead = if n_files > 1 {
            let files = number(n_files as f64, 0);
            view.text.with("ui-preview-lead-many", &[("n", &files)])
        } else {
            view.text.get("ui-preview-lead")
        };
        parts::quiet(ui, &lead);
        ui.add_space(GAP_S);
        parts::card(ui, |ui| how_ui(ui, view, preview));
        ui.add_space(GAP_XS);
        parts::card(ui, |ui| {
            parts::card_title(ui, &view.text.get("ui-preview-rows"));
            rows_ui(ui, preview);
        });
        ui.add_space(GAP_XS);
        parts::card(ui, |ui| {
            parts::card_title(ui, &view.text.get("ui-preview-channels"));
            channels_ui(ui, view, &preview.channels);
        });
        for issue in preview.issues.as_slice() {
            ui.add_space(GAP_XS);
            issue_ui(ui, view, issue);
        }
    });
}

fn how_ui(ui: &mut Ui, view: &View<'_>, preview: &Preview) {
    let theme = Theme::of(ui);
    let delimiter = match preview.delimiter.as_str() {
        "\t" => view.text.get("ui-preview-tab"),
        " " => view.text.get("ui-preview-space"),
        other => other.to_owned(),
    };
    let facts = [
        ("ui-preview-encoding", preview.encoding.clone()),
        ("ui-preview-delimiter", delimiter),
        ("ui-preview-decimal", preview.decimal.to_string()),
        ("ui-preview-time", preview.time.clone()),
    ];
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = GAP_XL;
        for (key, written) in facts {
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 2.0;
                parts::caption(ui, &view.text.get(key));
                let written = if written.is_empty() {
                    view.text.get("ui-none")
                } else {
                    written
                };
                ui.label(rich(written, theme::body_bold(), theme.fg()));
            });
        }
    });
}

fn rows_ui(ui: &mut Ui, preview: &Preview) {
    let theme = Theme::of(ui);
    let n_columns = preview.header.len().min(COLUMNS);
    if n_columns == 0 {
        return;
    }
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
                .header(24.0, |mut header| {
                    for head in preview.header.iter().take(n_columns) {
                        header.col(|ui| {
                            ui.label(rich(head, theme::dense_bold(), theme.fg2()));
                        });
                    }
                })
                .body(|mut body| {
                    for written in preview.rows.iter().take(ROWS) {
                        let cells = written.get(..n_columns).unwrap_or(written);
                        body.row(22.0, |row| cells_ui(row, cells, theme));
                    }
                });
        });
}

fn cells_ui(mut row: TableRow<'_, '_>, cells: &[String], theme: Theme) {
    for cell in cells {
        row.col(|ui| {
            ui.label(rich(cell, theme::dense(), theme.fg()));
        });
    }
}

fn channels_ui(ui: &mut Ui, view: &View<'_>, channels: &[Channel]) {
    let theme = Theme::of(ui);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = GAP_L;
        for channel in channels {
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 2.0;
                ui.horizontal(|ui| {
                    ui.spacing_mut().item_spacing.x = GAP_XS;
                    ui.label(rich(&channel.name, theme::dense_bold(), theme.fg()));
                    ui.label(rich(&channel.unit, theme::dense(), theme.fg3()));
                });
                let role = view.text.get(&format!("role-{}", channel.role.name()));
                let sure = percent(channel.role_confidence);
                let args = [("role", role.as_str()), ("sure", sure.as_str())];
                let color = if channel.role_confidence < 0.6 {
                    theme.warn()
                } else {
                    theme.fg2()
                };
                let words = view.text.with("ui-preview-role", &args);
                ui.label(rich(words, theme::caption(), color));
            });
        }
    });
    ui.add_space(GAP_M);
}
