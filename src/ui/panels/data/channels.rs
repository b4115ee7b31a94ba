//! The table of channels: grade, name, role, missing share, a small curve.

use eframe::egui::{Align, Button, Layout, Rect, Sense, Shape, Stroke, Ui, Vec2};
use egui_extras::{Column, TableBuilder};

use crate::{
    app::Loaded,
    base::to_count,
    data::{Channel, Dataset, Episode, Role},
    ui::{
        View,
        parts::{self, rich},
        text::{measure, percent},
        theme::{self, GAP_M, GAP_S, Theme},
    },
};

/// Below it a role is a question.
const SURE: f64 = 0.8;
/// What all columns but the name need, with the least curve that tells something.
const OTHER_COLUMNS: f32 = 560.0;
/// Height of a row.
const ROW: f32 = 34.0;

/// Draws the table; only the rows on the screen are drawn.
/// The channel that was clicked, whose evidence is asked for.
pub(super) fn channel_table_ui(
    ui: &mut Ui,
    view: &View<'_>,
    loaded: &Loaded,
    shown: Option<usize>,
) -> Option<usize> {
    let mut clicked = None;
    let dataset = &loaded.dataset;
    let longest = (0..dataset.episodes.len()).max_by_key(|&e| dataset.episodes[e].n_steps());
    // What is left out stands at the end.
    let mut order: Vec<usize> = (0..dataset.channels.len()).collect();
    order.sort_by_key(|&channel| dataset.channels[channel].role == Role::Ignore);
    let heads = [
        "ui-channel-grade",
        "ui-channel-name",
        "ui-channel-role",
        "ui-channel-sure",
        "ui-channel-missing",
        "ui-channel-last",
        "ui-channel-curve",
    ];
    // Where there is little room, name and curve give way.
    let name_width = (ui.available_width() - OTHER_COLUMNS).clamp(96.0, 220.0);
    TableBuilder::new(ui)
        .id_salt("channels")
        .auto_shrink(false)
        .min_scrolled_height(60.0)
        .sense(Sense::click())
        .cell_layout(Layout::left_to_right(Align::Center))
        .column(Column::exact(44.0))
        .column(Column::exact(name_width).clip(true))
        .column(Column::exact(110.0))
        .column(Column::exact(64.0))
        .column(Column::exact(70.0))
        .column(Column::exact(110.0))
        .column(Column::remainder().at_least(60.0).clip(true))
        .header(24.0, |mut header| {
            for (position, key) in heads.into_iter().enumerate() {
                header.col(|ui| {
                    if position == heads.len() - 1 {
                        ui.add_space(GAP_M);
                    }
                    head_ui(ui, &view.text.get(key), (3..=5).contains(&position));
                });
            }
        })
        .body(|body| {
            body.rows(ROW, dataset.channels.len(), |mut row| {
                let index = order[row.index()];
                let channel = &dataset.channels[index];
                row.set_selected(shown == Some(index));
                row.col(|ui| grade_ui(ui, view, channel));
                row.col(|ui| {
                    if name_ui(ui, channel) {
                        clicked = Some(index);
                    }
                });
                row.col(|ui| role_ui(ui, view, channel));
                row.col(|ui| sure_ui(ui, channel));
                row.col(|ui| missing_ui(ui, channel));
                row.col(|ui| last_ui(ui, dataset, index));
                row.col(|ui| {
                    ui.add_space(GAP_M);
                    if let Some(episode) = longest {
                        sparkline_ui(ui, view, &dataset.episodes[episode], (episode, index));
                    }
                });
                if row.response().clicked() {
                    clicked = Some(index);
                }
            });
        });
    clicked
}

/// What is left out or only labels the record is not looked at.
pub(super) fn is_graded(channel: &Channel) -> bool {
    !matches!(channel.role, Role::Ignore | Role::Label)
}

fn head_ui(ui: &mut Ui, words: &str, is_number: bool) {
    if is_number {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            parts::caption(ui, words);
        });
    } else {
        parts::caption(ui, words);
    }
}

fn grade_ui(ui: &mut Ui, view: &View<'_>, channel: &Channel) {
    if !is_graded(channel) {
        let color = Theme::of(ui).fg3();
        let words = view.text.get("ui-evidence-left-out");
        parts::badge(ui, "–", color).on_hover_text(words);
        return;
    }
    let color = Theme::of(ui).grade(channel.grade);
    let badge = parts::badge(ui, channel.grade.name(), color);
    let findings: Vec<String> = channel
        .findings
        .iter()
        .map(|code| view.text.or(&format!("finding-{code}"), &[], code))
        .collect();
    badge.on_hover_ui(|ui| {
        let grade = format!("grade-{}", channel.grade.name().to_lowercase());
        parts::quiet(ui, &view.text.get(&grade));
        for finding in &findings {
            parts::quiet(ui, finding);
        }
    });
}

/// The name is a button, so that the keyboard reaches the evidence too.
fn name_ui(ui: &mut Ui, channel: &Channel) -> bool {
    let theme = Theme::of(ui);
    ui.spacing_mut().item_spacing.x = GAP_S;
    ui.spacing_mut().button_padding = Vec2::ZERO;
    let name = rich(&channel.name, theme::dense_bold(), theme.fg());
    let clicked = ui.add(Button::new(name).frame(false)).clicked();
    ui.label(rich(&channel.unit, theme::dense(), theme.fg3()));
    clicked
}

fn role_ui(ui: &mut Ui, view: &View<'_>, channel: &Channel) {
    let theme = Theme::of(ui);
    let words = view.text.get(&format!("role-{}", channel.role.name()));
    let color = if channel.role.is_output() || channel.role.is_input() {
        theme.fg()
    } else {
        theme.fg3()
    };
    ui.label(rich(words, theme::dense(), color));
}

fn sure_ui(ui: &mut Ui, channel: &Channel) {
    let theme = Theme::of(ui);
    let color = if channel.role_confidence < SURE {
        theme.warn()
    } else {
        theme.fg2()
    };
    parts::right_number(ui, &percent(channel.role_confidence), color);
}

fn missing_ui(ui: &mut Ui, channel: &Channel) {
    let theme = Theme::of(ui);
    let color = if channel.missing_frac > 0.05 {
        theme.warn()
    } else {
        theme.fg2()
    };
    parts::right_number(ui, &percent(channel.missing_frac), color);
}

/// The last measured value.
fn last_ui(ui: &mut Ui, dataset: &Dataset, channel: usize) {
    let last = dataset.episodes.iter().rev().find_map(|episode| {
        let column = episode.columns.get(channel)?;
        column.iter().rev().copied().find(|value| value.is_finite())
    });
    let color = Theme::of(ui).fg();
    parts::right_number(ui, &last.map_or_else(|| "–".to_owned(), measure), color);
}

/// The whole course of a channel, extremes kept.
fn sparkline_ui(
    ui: &mut Ui,
    view: &View<'_>,
    episode: &Episode,
    (position, channel): (usize, usize),
) {
    let theme = Theme::of(ui);
    let size = Vec2::new(ui.available_width(), ROW - 10.0);
    let (rect, _response) = ui.allocate_exact_size(size, Sense::hover());
    let pyramid = view
        .session
        .pyramids
        .get(position)
        .and_then(|pyramids| pyramids.get(channel));
    let (Some(pyramid), Some(column)) = (pyramid, episode.columns.get(channel)) else {
        return;
    };
    let width_px = to_count(f64::from(rect.width().max(1.0)));
    let points = pyramid.slice(column, 0, column.len(), width_px);
    for part in points.split(|point| !point.1.is_finite()) {
        line_ui(ui, rect, part, &points, theme);
    }
}

fn line_ui(ui: &Ui, rect: Rect, part: &[(f64, f64)], all: &[(f64, f64)], theme: Theme) {
    let finite = || all.iter().map(|point| point.1).filter(|y| y.is_finite());
    let low = finite().fold(f64::INFINITY, f64::min);
    let high = finite().fold(f64::NEG_INFINITY, f64::max);
    let (Some(first), Some(last)) = (all.first(), all.last()) else {
        return;
    };
    let line = parts::curve_in(rect, part, [first.0, last.0], [low, high]);
    let stroke = Stroke::new(1.0, theme.fg2());
    ui.painter().add(Shape::line(line, stroke));
}
