//! Small building blocks that every panel is made of.

use std::sync::Arc;

use eframe::egui::{
    Align, Button, Color32, CornerRadius, FontId, Frame, Galley, Label, Layout, Margin, Pos2, Rect,
    Response, RichText, Role, Sense, Shape, Stroke, StrokeKind, Ui, Vec2, WidgetInfo,
    text::{LayoutJob, TextWrapping},
};

use super::theme::{self, GAP_L, GAP_M, GAP_S, GAP_XS, RADIUS_CONTROL, RADIUS_PANEL, Theme};
use crate::base::{Severity, to_f32};

/// Words in a type size and a colour.
pub(crate) fn rich(words: impl Into<String>, font: FontId, color: Color32) -> RichText {
    // The font's own lines stand too close for running text.
    let line_height = Some((font.size * 1.4).round());
    RichText::new(words)
        .font(font)
        .color(color)
        .line_height(line_height)
}

/// A sentence whose units and signs stay on the line of their number.
pub(crate) fn unbroken(sentence: &str) -> String {
    let sentence = sentence.replace(" %", "\u{a0}%").replace("< ", "<\u{a0}");
    (sentence.replace("> ", ">\u{a0}")).replace("improvement ", "improvement\u{a0}")
}

/// A card on the page: panel fill, hairline, round corners.
pub(crate) fn card<R>(ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> R {
    card_with(ui, Margin::same(12), add)
}

/// A card with little room above and below, where many stand under each other.
pub(crate) fn dense_card<R>(ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> R {
    card_with(ui, Margin::symmetric(12, 7), add)
}

fn card_with<R>(ui: &mut Ui, margin: Margin, add: impl FnOnce(&mut Ui) -> R) -> R {
    let theme = Theme::of(ui);
    Frame::new()
        .fill(theme.bg1())
        .stroke(theme.hairline())
        .corner_radius(CornerRadius::same(RADIUS_PANEL))
        .inner_margin(margin)
        .show(ui, |ui| {
            ui.set_min_width(ui.available_width());
            add(ui)
        })
        .inner
}

/// A view's title.
pub(crate) fn page_title(ui: &mut Ui, words: &str) {
    let color = Theme::of(ui).fg();
    ui.label(rich(words, theme::title(), color));
}

/// A card's title.
pub(crate) fn card_title(ui: &mut Ui, words: &str) {
    let color = Theme::of(ui).fg();
    ui.label(rich(words, theme::body_bold(), color));
}

/// Body text in the secondary colour, wrapped.
pub(crate) fn quiet(ui: &mut Ui, words: &str) -> Response {
    let color = Theme::of(ui).fg2();
    ui.add(Label::new(rich(words, theme::dense(), color)).wrap())
}

/// A caption.
pub(crate) fn caption(ui: &mut Ui, words: &str) -> Response {
    let color = Theme::of(ui).fg3();
    ui.label(rich(words, theme::caption(), color))
}

/// The one button of a view that matters most.
pub(crate) fn accent_button(ui: &mut Ui, words: &str) -> Response {
    let theme = Theme::of(ui);
    ui.scope(|ui| {
        let widgets = &mut ui.visuals_mut().widgets;
        for (state, fill) in [
            (&mut widgets.inactive, theme.accent()),
            (&mut widgets.hovered, theme.accent().gamma_multiply(0.88)),
            (&mut widgets.active, theme.accent().gamma_multiply(0.76)),
        ] {
            state.weak_bg_fill = fill;
            state.bg_stroke = Stroke::new(1.0, fill);
        }
        let label = rich(words, theme::dense_bold(), theme.on_accent());
        ui.add(Button::new(label))
    })
    .inner
}

/// Any other button.
pub(crate) fn button(ui: &mut Ui, words: &str) -> Response {
    let color = Theme::of(ui).fg();
    let label = rich(words, theme::dense(), color);
    ui.add(Button::new(label))
}

/// A round outline with words, as on the right of the top bar.
pub(crate) fn chip(ui: &mut Ui, words: &str, color: Color32) -> Response {
    chip_button(ui, words, color, Sense::hover())
}

/// A chip that can be clicked.
pub(crate) fn chip_button(ui: &mut Ui, words: &str, color: Color32, sense: Sense) -> Response {
    let theme = Theme::of(ui);
    let galley = ui
        .painter()
        .layout_no_wrap(words.to_owned(), theme::caption(), color);
    let size = galley.size() + Vec2::new(20.0, 10.0);
    let (rect, response) = ui.allocate_exact_size(size, sense);
    let is_button = sense.senses_click();
    let kind = if is_button { Role::Button } else { Role::Label };
    response.widget_info(|| WidgetInfo::labeled(kind, true, words));
    let edge = if color == theme.fg2() {
        theme.line()
    } else {
        color
    };
    let fill = if response.hovered() && is_button {
        theme.bg3()
    } else {
        Color32::TRANSPARENT
    };
    let edge = if response.has_focus() {
        theme.a()
    } else {
        edge
    };
    ui.painter().rect(
        rect,
        CornerRadius::same(u8::MAX),
        fill,
        Stroke::new(1.0, edge),
        StrokeKind::Inside,
    );
    let at = rect.center() - galley.size() / 2.0;
    ui.painter().galley(at, galley, color);
    response
}

/// A small square with a letter, such as a sensor's grade.
pub(crate) fn badge(ui: &mut Ui, letter: &str, color: Color32) -> Response {
    let theme = Theme::of(ui);
    let galley = ui
        .painter()
        .layout_no_wrap(letter.to_owned(), theme::caption(), color);
    let size = Vec2::new((galley.size().x + 10.0).max(20.0), 20.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, letter));
    ui.painter()
        .rect_filled(rect, CornerRadius::same(4), theme.bg3());
    let at = rect.center() - galley.size() / 2.0;
    ui.painter().galley(at, galley, color);
    response
}

/// An empty state: one sentence and one button; whether it was pressed.
pub(crate) fn empty_ui(ui: &mut Ui, sentence: &str, action: &str) -> bool {
    let theme = Theme::of(ui);
    let room = ui.available_height();
    ui.vertical_centered(|ui| {
        ui.add_space((room * 0.32).clamp(GAP_L, 260.0));
        ui.set_max_width(460.0);
        ui.label(rich(sentence, theme::body(), theme.fg2()));
        ui.add_space(GAP_M);
        accent_button(ui, action).clicked()
    })
    .inner
}

/// What was noticed: symbol, words, and the place below.
pub(crate) fn issue_row(ui: &mut Ui, severity: Severity, words: &str, place: &str) {
    let theme = Theme::of(ui);
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = GAP_S;
        severity_mark(ui, severity);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            ui.add(Label::new(rich(words, theme::dense(), theme.fg())).wrap());
            if !place.is_empty() {
                ui.add(Label::new(rich(place, theme::caption(), theme.fg3())).wrap());
            }
        });
    });
    ui.add_space(GAP_XS);
}

/// The symbol of a severity, drawn so that no font can lack it.
pub(crate) fn severity_mark(ui: &mut Ui, severity: Severity) {
    let theme = Theme::of(ui);
    let (rect, _response) = ui.allocate_exact_size(Vec2::splat(14.0), Sense::hover());
    let (center, color) = (rect.center(), theme.severity(severity));
    let stroke = Stroke::new(1.5, color);
    let painter = ui.painter();
    match severity {
        Severity::Info => {
            painter.circle_stroke(center, 6.0, stroke);
            painter.circle_filled(center - Vec2::new(0.0, 3.0), 1.0, color);
            painter.vline(center.x, center.y - 0.5..=center.y + 3.5, stroke);
        }
        Severity::Warning => {
            let corner = |x: f32, y: f32| center + Vec2::new(x, y);
            let corners = vec![corner(0.0, -6.0), corner(6.5, 5.0), corner(-6.5, 5.0)];
            painter.add(Shape::closed_line(corners, stroke));
            painter.vline(center.x, center.y - 2.5..=center.y + 1.5, stroke);
            painter.circle_filled(center + Vec2::new(0.0, 3.5), 0.9, color);
        }
        Severity::Error => {
            painter.circle_stroke(center, 6.0, stroke);
            let arm = 2.6;
            for sign in [-1.0, 1.0] {
                let (from, to) = (Vec2::new(-arm, -arm * sign), Vec2::new(arm, arm * sign));
                painter.line_segment([center + from, center + to], stroke);
            }
        }
    }
}

/// A thin bar that shows how far a job is; `None` = the end is not known.
pub(crate) fn progress_bar(ui: &mut Ui, done_frac: Option<f64>, width: f32, name: &str) {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(Vec2::new(width, 6.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, name));
    let round = CornerRadius::same(3);
    ui.painter().rect_filled(rect, round, theme.bg3());
    let share = to_f32(done_frac.unwrap_or(0.0).clamp(0.0, 1.0));
    let filled = if done_frac.is_some() {
        Rect::from_min_size(rect.min, Vec2::new(rect.width() * share, rect.height()))
    } else {
        let third = rect.width() / 3.0;
        Rect::from_min_size(
            rect.min + Vec2::new(third, 0.0),
            Vec2::new(third, rect.height()),
        )
    };
    ui.painter().rect_filled(filled, round, theme.accent());
}

/// One line: words on the left, more on the right.
pub(crate) fn split_row(ui: &mut Ui, left: impl FnOnce(&mut Ui), right: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        left(ui);
        ui.with_layout(Layout::right_to_left(Align::Center), right);
    });
}

/// A number that stands on the right edge of its column.
pub(crate) fn right_number(ui: &mut Ui, written: &str, color: Color32) {
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        ui.label(rich(written, theme::dense(), color));
    });
}

/// A caption over a column of numbers of a fixed width.
pub(crate) fn number_caption(ui: &mut Ui, width: f32, words: &str) {
    let layout = Layout::right_to_left(Align::Center);
    ui.allocate_ui_with_layout(Vec2::new(width, 20.0), layout, |ui| {
        ui.set_min_width(width);
        caption(ui, words);
    });
}

/// A number in a cell of a fixed width, for grids, whose last column would take all the room.
pub(crate) fn number_cell(ui: &mut Ui, width: f32, written: &str, color: Color32) {
    let size = Vec2::new(width, 20.0);
    let layout = Layout::right_to_left(Align::Center);
    ui.allocate_ui_with_layout(size, layout, |ui| {
        ui.set_min_width(width);
        ui.label(rich(written, theme::dense(), color));
    });
}

/// The width of words on one line.
pub(crate) fn text_width(ui: &Ui, words: &str, font: FontId) -> f32 {
    let painter = ui.painter();
    let laid = painter.layout_no_wrap(words.to_owned(), font, Color32::PLACEHOLDER);
    laid.size().x
}

/// Words on one line, cut with an ellipsis where they need more than `room`; whether all is there.
pub(crate) fn one_line(
    ui: &Ui,
    words: &str,
    font: FontId,
    color: Color32,
    room: f32,
) -> (Arc<Galley>, bool) {
    let mut job = LayoutJob::simple_singleline(words.to_owned(), font, color);
    job.wrap = TextWrapping::truncate_at_width(room.max(0.0));
    let galley = ui.painter().layout_job(job);
    let is_whole = !galley.elided;
    (galley, is_whole)
}

/// A polyline in a box, for small curves; `lows` and `highs` are the box's values.
pub(crate) fn curve_in(rect: Rect, points: &[(f64, f64)], x: [f64; 2], y: [f64; 2]) -> Vec<Pos2> {
    let span = |range: [f64; 2]| {
        let width = range[1] - range[0];
        if width > 0.0 { width } else { 1.0 }
    };
    let (width, height) = (span(x), span(y));
    points
        .iter()
        .filter(|point| point.1.is_finite())
        .map(|&(at, value)| {
            let (right, up) = (to_f32((at - x[0]) / width), to_f32((value - y[0]) / height));
            Pos2::new(
                rect.left() + right * rect.width(),
                rect.bottom() - up * rect.height(),
            )
        })
        .collect()
}

/// One of several choices in a row.
pub(crate) fn choice(ui: &mut Ui, words: &str, is_chosen: bool) -> Response {
    let theme = Theme::of(ui);
    let (font, color) = if is_chosen {
        (theme::dense_bold(), theme.fg())
    } else {
        (theme::dense(), theme.fg2())
    };
    let galley = ui.painter().layout_no_wrap(words.to_owned(), font, color);
    let size = Vec2::new(galley.size().x + 20.0, 28.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, is_chosen, words));
    let fill = if is_chosen {
        theme.bg3()
    } else if response.hovered() || response.has_focus() {
        theme.bg2()
    } else {
        Color32::TRANSPARENT
    };
    let edge = Stroke::new(1.0, if is_chosen { theme.fg3() } else { theme.line() });
    let round = CornerRadius::same(RADIUS_CONTROL);
    ui.painter()
        .rect(rect, round, fill, edge, StrokeKind::Inside);
    let at = rect.center() - galley.size() / 2.0;
    ui.painter().galley(at, galley, color);
    response
}
