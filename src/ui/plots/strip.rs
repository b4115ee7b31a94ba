//! Strips under the lanes: camera frames, the sound's spectrogram, checklist answers.

use eframe::egui::{
    Align2, Color32, CornerRadius, Pos2, Rect, Role, Sense, Stroke, StrokeKind, TextureHandle, Ui,
    Vec2, WidgetInfo, pos2, vec2,
};

use super::LaneClock;
use crate::{
    base::to_f32,
    ui::theme::{self, GAP_XS, Theme},
};

/// Where lanes' drawings start and end, so that strips stand under them.
fn drawing_x(ui: &Ui, clock: &LaneClock, left: f32, right: f32, x: f64) -> Option<f32> {
    let share = share_at(clock, x);
    let at = left + to_f32(share) * (right - left);
    (ui.is_visible() && (0.0..=1.0).contains(&share)).then_some(at)
}

/// How far along what is in view a time lies: 0 at its beginning, 1 at its end.
fn share_at(clock: &LaneClock, x: f64) -> f64 {
    let (low, high) = (*clock.range.start(), *clock.range.end());
    (x - low) / (high - low)
}

/// The part of `x..x + width` that is in view, as shares of it.
fn shares_in_view(clock: &LaneClock, x: f64, width: f64) -> Option<(f64, f64)> {
    let (start, end) = (share_at(clock, x), share_at(clock, x + width));
    (end >= 0.0 && start <= 1.0).then(|| (start.max(0.0), end.min(1.0)))
}

/// One picture of a strip.
pub(crate) struct FrameCell {
    /// Caption in the corner.
    pub(crate) caption: String,
    /// The picture; `None` where there is none at that time.
    pub(crate) texture: Option<TextureHandle>,
    /// Whether it is the one under the cursor.
    pub(crate) is_current: bool,
    /// The colour of the scenario that leads to expect it; `None` for what the camera saw.
    pub(crate) scenario: Option<Color32>,
}

/// Draws pictures beside each other, all of one size.
pub(crate) fn frame_strip_ui(ui: &mut Ui, cells: &[FrameCell], height: f32) {
    let theme = Theme::of(ui);
    let width = ui.available_width();
    let n_cells = cells.len().max(1) as f32;
    let cell_width = ((width - GAP_XS * (n_cells - 1.0)) / n_cells).min(height * 1.7);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = GAP_XS;
        for cell in cells {
            let (rect, response) = ui.allocate_exact_size(vec2(cell_width, height), Sense::hover());
            response.widget_info(|| WidgetInfo::labeled(Role::Image, true, cell.caption.as_str()));
            frame_cell(ui, cell, rect, theme);
        }
    });
}

fn frame_cell(ui: &Ui, cell: &FrameCell, rect: Rect, theme: Theme) {
    let painter = ui.painter().with_clip_rect(rect);
    painter.rect_filled(rect, CornerRadius::same(4), theme.bg3());
    if let Some(texture) = &cell.texture {
        let size = texture.size_vec2();
        let scale = (rect.width() / size.x).min(rect.height() / size.y);
        let inner = Rect::from_center_size(rect.center(), size * scale);
        let uv = Rect::from_min_max(Pos2::ZERO, pos2(1.0, 1.0));
        painter.image(texture.id(), inner, uv, Color32::WHITE);
    }
    let galley = painter.layout_no_wrap(cell.caption.clone(), theme::caption(), theme.fg());
    let back = Rect::from_min_size(rect.min, galley.size() + vec2(8.0, 4.0));
    painter.rect_filled(
        back,
        CornerRadius::same(4),
        theme.bg1().gamma_multiply(0.85),
    );
    painter.galley(back.min + vec2(4.0, 2.0), galley, theme.fg());
    let plain = if cell.is_current {
        theme.fg()
    } else {
        theme.line()
    };
    let edge = cell.scenario.unwrap_or(plain);
    painter.rect_stroke(
        rect,
        CornerRadius::same(4),
        Stroke::new(1.0, edge),
        StrokeKind::Inside,
    );
}

/// Draws columns of sound bands on the clock: `columns` are (x, width in x, levels 0 to 1 low band
/// first).
pub(crate) fn sound_strip_ui(
    ui: &mut Ui,
    clock: &LaneClock,
    columns: &[(f64, f64, Vec<f32>)],
    left: f32,
    height: f32,
    name: &str,
) {
    let theme = Theme::of(ui);
    let size = vec2(ui.available_width(), height);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, name));
    let from = rect.left() + left;
    let painter = ui.painter().with_clip_rect(rect);
    painter.rect_filled(
        Rect::from_min_max(pos2(from, rect.top()), rect.max),
        CornerRadius::same(2),
        theme.bg2(),
    );
    for (x, width, levels) in columns {
        let Some(shares) = shares_in_view(clock, *x, *width) else {
            continue;
        };
        let at = |share: f64| from + to_f32(share) * (rect.right() - from);
        let (start, end) = (at(shares.0), at(shares.1));
        let band = rect.height() / levels.len().max(1) as f32;
        for (position, level) in levels.iter().enumerate() {
            let top = rect.bottom() - band * (position as f32 + 1.0);
            let cell =
                Rect::from_min_size(pos2(start, top), vec2((end - start).max(2.0), band + 0.5));
            painter.rect_filled(
                cell,
                CornerRadius::ZERO,
                theme.b().gamma_multiply(0.85 * level.clamp(0.0, 1.0)),
            );
        }
    }
    cursor_line(ui, clock, from, rect, theme);
}

/// A checklist answer on the clock.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct EventMark {
    /// When.
    pub(crate) x: f64,
    /// 1 good, 0 bad, between: so-so; `None` = a note.
    pub(crate) grade: Option<f64>,
    /// What was asked and answered, for the tip.
    pub(crate) words: String,
}

/// Draws checklist answers on the clock as symbols; the words come as a tip.
pub(crate) fn event_strip_ui(
    ui: &mut Ui,
    clock: &LaneClock,
    events: &[EventMark],
    left: f32,
    name: &str,
) {
    let theme = Theme::of(ui);
    let size = vec2(ui.available_width(), 22.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, name));
    let from = rect.left() + left;
    let mut tip: Vec<&str> = Vec::new();
    for event in events {
        let Some(x) = drawing_x(ui, clock, from, rect.right(), event.x) else {
            continue;
        };
        let center = pos2(x, rect.center().y);
        symbol(ui, center, event.grade, theme);
        let near = response
            .hover_pos()
            .is_some_and(|pos| (pos.x - x).abs() < 8.0);
        if near {
            tip.push(&event.words);
        }
    }
    cursor_line(ui, clock, from, rect, theme);
    if !tip.is_empty() {
        response.on_hover_text(tip.join("\n"));
    }
}

/// ○ good, △ so-so, × bad, a small square for a note; drawn, so that no font can lack it.
fn symbol(ui: &Ui, center: Pos2, grade: Option<f64>, theme: Theme) {
    let painter = ui.painter();
    let arm = 4.5;
    match grade {
        None => {
            let square = Rect::from_center_size(center, Vec2::splat(6.0));
            painter.rect_filled(square, CornerRadius::same(1), theme.fg3());
        }
        Some(grade) if grade > 0.75 => {
            painter.circle_stroke(center, arm, Stroke::new(1.5, theme.ok()));
        }
        Some(grade) if grade > 0.25 => {
            let corners = vec![
                center + vec2(0.0, -arm),
                center + vec2(arm, arm * 0.8),
                center + vec2(-arm, arm * 0.8),
            ];
            painter.add(eframe::egui::Shape::closed_line(
                corners,
                Stroke::new(1.5, theme.warn()),
            ));
        }
        Some(_) => {
            let stroke = Stroke::new(1.8, theme.bad());
            painter.line_segment(
                [center - Vec2::splat(arm), center + Vec2::splat(arm)],
                stroke,
            );
            painter.line_segment([center + vec2(-arm, arm), center + vec2(arm, -arm)], stroke);
        }
    }
}

fn cursor_line(ui: &Ui, clock: &LaneClock, left: f32, rect: Rect, theme: Theme) {
    let Some(x) = clock
        .cursor
        .and_then(|x| drawing_x(ui, clock, left, rect.right(), x))
    else {
        return;
    };
    ui.painter()
        .vline(x, rect.y_range(), Stroke::new(1.2, theme.fg()));
}

/// Words in the middle of an empty strip.
pub(super) fn nothing_here(ui: &Ui, rect: Rect, words: &str, theme: Theme) {
    ui.painter().text(
        rect.center(),
        Align2::CENTER_CENTER,
        words,
        theme::caption(),
        theme.fg3(),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{base::Locale, ui::plots::TimeAxis};

    #[test]
    fn sound_is_drawn_where_any_of_it_is_in_view() {
        let clock = LaneClock {
            axis: TimeAxis {
                zero_ns: 0,
                has_clock: true,
                offset_secs: 0,
                locale: Locale::En,
            },
            range: 100.0..=200.0,
            full: 0.0..=300.0,
            cursor: None,
        };
        let of = |x: f64, width: f64| shares_in_view(&clock, x, width);
        assert_eq!(of(120.0, 10.0), Some((0.2, 0.3)));
        assert_eq!(of(80.0, 50.0), Some((0.0, 0.3)), "it began before");
        assert_eq!(of(180.0, 50.0), Some((0.8, 1.0)));
        assert_eq!(of(50.0, 200.0), Some((0.0, 1.0)));
        assert_eq!(of(50.0, 40.0), None);
        assert_eq!(of(210.0, 10.0), None);
    }
}
