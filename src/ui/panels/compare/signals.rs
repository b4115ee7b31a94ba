//! The list of signals and scenarios on the left.

use std::collections::BTreeSet;

use eframe::egui::{CornerRadius, Role, Sense, TextEdit, Ui, WidgetInfo, pos2, vec2};

use super::{panel::ComparePanel, saved::saved_ui};
use crate::{
    app::{CompareAnswer, Loaded},
    base::to_count,
    data::Grade,
    ui::{
        Outbox, View, parts, text,
        theme::{self, GAP_M, GAP_S, Theme},
    },
};

const ROW_HEIGHT: f32 = 26.0;

/// The outputs shown before anyone chose: the first KPI's channel, else the first output.
pub(super) fn default_shown(answer: &CompareAnswer) -> BTreeSet<usize> {
    let first = answer.kpis.first().map(|line| line.kpi.channel);
    let first = first.or_else(|| answer.b.trajectory.channels.first().copied());
    first.into_iter().collect()
}

/// Draws the list.
pub(super) fn list_ui(
    panel: &mut ComparePanel,
    ui: &mut Ui,
    view: &View<'_>,
    loaded: &Loaded,
    answer: &CompareAnswer,
    out: &mut Outbox,
) {
    let hint = view.text.get("compare-search");
    let field = TextEdit::singleline(&mut panel.search)
        .hint_text(hint.as_str())
        .desired_width(f32::INFINITY);
    let response = ui.add(field);
    response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, hint.as_str()));
    ui.add_space(GAP_S);
    parts::caption(ui, &view.text.get("compare-signals"));
    let wanted = panel.search.to_lowercase();
    let outputs = answer.b.trajectory.channels.iter().copied();
    for channel in outputs.chain(loaded.dataset.controls()) {
        let name = &loaded.dataset.channels[channel].name;
        if name.to_lowercase().contains(&wanted) {
            signal_row_ui(panel, ui, loaded, answer, channel);
        }
    }
    ui.add_space(GAP_M);
    parts::caption(ui, &view.text.get("compare-scenarios"));
    let theme = Theme::of(ui);
    let session = view.session;
    for (letter, spec, color) in [
        ("A", &session.baseline, theme.a()),
        ("B", &session.variant, theme.b()),
    ] {
        let (rect, response) =
            ui.allocate_exact_size(vec2(ui.available_width(), ROW_HEIGHT), Sense::hover());
        let name = spec.shown_name(letter, &loaded.dataset.channels, view.text);
        let words = format!("{letter}  {name}");
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, words.as_str()));
        ui.painter()
            .rect_filled(rect, CornerRadius::same(4), theme.bg3());
        ui.painter()
            .circle_filled(pos2(rect.left() + 12.0, rect.center().y), 5.0, color);
        let room = rect.width() - 30.0;
        let (galley, is_whole) = parts::one_line(ui, &words, theme::dense(), color, room);
        let at = pos2(rect.left() + 24.0, rect.center().y - galley.size().y / 2.0);
        ui.painter().galley(at, galley, color);
        if !is_whole {
            response.on_hover_text(words);
        }
        ui.add_space(2.0);
    }
    saved_ui(ui, view, loaded, out);
}

fn signal_row_ui(
    panel: &mut ComparePanel,
    ui: &mut Ui,
    loaded: &Loaded,
    answer: &CompareAnswer,
    channel: usize,
) {
    let theme = Theme::of(ui);
    let dataset = &loaded.dataset;
    let meta = &dataset.channels[channel];
    let is_output = meta.role.is_output();
    let shown = panel.shown.clone().unwrap_or_else(|| default_shown(answer));
    let is_on = if is_output {
        shown.contains(&channel)
    } else {
        panel.control == Some(channel)
    };
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), ROW_HEIGHT), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_on, meta.name.as_str()));
    if is_on || response.hovered() || response.has_focus() {
        ui.painter()
            .rect_filled(rect, CornerRadius::same(4), theme.bg3());
    }
    grade_box(ui, rect.left_center() + vec2(12.0, 0.0), meta.grade, theme);
    let value = value_at_cursor(panel, loaded, answer, channel);
    let number = ui
        .painter()
        .layout_no_wrap(text::measure(value), theme::caption(), theme.fg3());
    let number_at = rect.right_center() - vec2(number.size().x + 6.0, number.size().y / 2.0);
    let room = number_at.x - rect.left() - 34.0;
    let (galley, is_whole) = parts::one_line(ui, &meta.name, theme::dense(), theme.fg(), room);
    let at = pos2(rect.left() + 28.0, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, theme.fg());
    ui.painter().galley(number_at, number, theme.fg3());
    let response = if is_whole {
        response
    } else {
        response.on_hover_text(&meta.name)
    };
    if response.clicked() && is_output {
        let mut shown = shown;
        if !shown.remove(&channel) {
            shown.insert(channel);
        }
        panel.shown = Some(shown);
    } else if response.clicked() {
        panel.control = Some(channel);
    }
}

fn grade_box(ui: &Ui, center: eframe::egui::Pos2, grade: Grade, theme: Theme) {
    let box_rect = eframe::egui::Rect::from_center_size(center, vec2(16.0, 16.0));
    ui.painter()
        .rect_filled(box_rect, CornerRadius::same(3), theme.bg2());
    let align = eframe::egui::Align2::CENTER_CENTER;
    ui.painter().text(
        center,
        align,
        grade.name(),
        theme::caption(),
        theme.grade(grade),
    );
}

/// The measured value under the time cursor, or at the start.
fn value_at_cursor(
    panel: &ComparePanel,
    loaded: &Loaded,
    answer: &CompareAnswer,
    channel: usize,
) -> f64 {
    let dataset = &loaded.dataset;
    let start = answer.b.plan.start;
    let Some(episode) = dataset.episodes.get(start.episode) else {
        return f64::NAN;
    };
    let x = panel
        .clock
        .as_ref()
        .and_then(|clock| clock.cursor)
        .unwrap_or(0.0);
    let step = start.step as f64 + x / dataset.step_secs;
    let step = to_count(step.clamp(0.0, episode.n_steps().saturating_sub(1) as f64));
    episode.columns[channel]
        .get(step)
        .copied()
        .unwrap_or(f64::NAN)
}
