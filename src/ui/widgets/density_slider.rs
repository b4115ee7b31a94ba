//! A slider that shows what the data know: density above, supported range on the track, A as a
//! small dot, B as the handle.

use eframe::egui::{
    CornerRadius, Key, Pos2, Rect, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2,
};

use crate::{base::to_f32, trust::ControlRange, ui::theme::Theme};

const DENSITY_HEIGHT: f32 = 26.0;
const TRACK_HEIGHT: f32 = 22.0;
/// How opaque the data's density is.
const DENSITY_ALPHA: f32 = 0.45;
/// How far beyond the data the handle may go, as a share of their range: a question outside is
/// allowed, the answer says that it is outside.
const OVERHANG: f64 = 0.25;

/// What a density slider shows.
pub(crate) struct DensitySlider<'a> {
    /// What the data say about this control.
    pub(crate) range: &'a ControlRange,
    /// Where A stands.
    pub(crate) baseline: f64,
    /// The accessible name.
    pub(crate) name: &'a str,
    /// Hard bounds.
    pub(crate) bounds: (Option<f64>, Option<f64>),
}

/// Draws the slider; gives the new value where the user moved it.
pub(crate) fn density_slider_ui(
    ui: &mut Ui,
    slider: &DensitySlider<'_>,
    value: f64,
) -> Option<f64> {
    let theme = Theme::of(ui);
    let size = vec2(ui.available_width(), DENSITY_HEIGHT + TRACK_HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
    let (low, high) = ends(slider);
    let track_y = rect.top() + DENSITY_HEIGHT + TRACK_HEIGHT * 0.4;
    let (left, right) = (rect.left() + 8.0, rect.right() - 8.0);
    let x_of =
        |value: f64| left + to_f32(((value - low) / (high - low)).clamp(0.0, 1.0)) * (right - left);

    paint_density(ui, slider.range, rect, &x_of, theme);
    let painter = ui.painter();
    let bar =
        |from: f32, to: f32| Rect::from_min_max(pos2(from, track_y - 2.0), pos2(to, track_y + 2.0));
    painter.rect_filled(bar(left, right), CornerRadius::same(2), theme.bg3());
    painter.rect_filled(
        bar(x_of(slider.range.low), x_of(slider.range.high)),
        CornerRadius::same(2),
        theme.fg3(),
    );
    let handle = pos2(x_of(value), track_y);
    let radius = if response.dragged() || response.hovered() {
        9.0
    } else {
        8.0
    };
    painter.circle_filled(handle, radius, theme.b());
    if response.has_focus() {
        painter.circle_stroke(handle, radius + 2.0, Stroke::new(1.5, theme.fg()));
    }
    painter.circle_filled(pos2(x_of(slider.baseline), track_y), 4.0, theme.a());

    response.widget_info(|| WidgetInfo::slider(true, value, slider.name));
    let mut moved = None;
    if let Some(pos) = response.interact_pointer_pos() {
        moved =
            Some(low + f64::from((pos.x - left) / (right - left)).clamp(0.0, 1.0) * (high - low));
    }
    if response.has_focus() {
        let step = (high - low) / 100.0;
        let presses = ui.input(|input| {
            input.num_presses(Key::ArrowRight) as f64 - input.num_presses(Key::ArrowLeft) as f64
        });
        if presses != 0.0 {
            moved = Some((value + presses * step).clamp(low, high));
        }
    }
    moved
        .filter(|new| (new - value).abs() > 1e-9 * (high - low))
        .map(|new| rounded(new, high - low))
}

fn ends(slider: &DensitySlider<'_>) -> (f64, f64) {
    // A may stand where the data do not: B can go as far beyond it.
    let min = slider.range.min.min(slider.baseline);
    let max = slider.range.max.max(slider.baseline);
    let reach = ((max - min) * OVERHANG).max(0.01 * max.abs()).max(1e-9);
    let low = slider
        .bounds
        .0
        .map_or(min - reach, |bound| bound.max(min - reach));
    let high = slider
        .bounds
        .1
        .map_or(max + reach, |bound| bound.min(max + reach));
    (low.min(slider.baseline), high.max(slider.baseline))
}

/// Three significant digits of the range are enough for a hand.
fn rounded(value: f64, span: f64) -> f64 {
    let unit = 10f64.powf((span / 500.0).log10().ceil());
    (value / unit).round() * unit
}

fn paint_density(
    ui: &Ui,
    range: &ControlRange,
    rect: Rect,
    x_of: &dyn Fn(f64) -> f32,
    theme: Theme,
) {
    let base = rect.top() + DENSITY_HEIGHT;
    let width = (range.max - range.min) / range.density.len().max(1) as f64;
    // Neighbours are averaged: the eye should see where the data are, not single bins.
    let smooth = |bin: usize| {
        let from = bin.saturating_sub(1);
        let near = &range.density[from..(bin + 2).min(range.density.len())];
        near.iter().sum::<f64>() / near.len() as f64
    };
    let highest = (0..range.density.len()).map(smooth).fold(0.0, f64::max);
    if highest <= 0.0 {
        return;
    }
    let fill = theme.fg3().gamma_multiply(DENSITY_ALPHA);
    for bin in 0..range.density.len() {
        let here = range.min + width * bin as f64;
        let height = to_f32(smooth(bin) / highest) * (DENSITY_HEIGHT - 4.0);
        let corners: Vec<Pos2> = vec![
            pos2(x_of(here), base),
            pos2(x_of(here), base - height),
            pos2(x_of(here + width), base - height),
            pos2(x_of(here + width), base),
        ];
        ui.painter()
            .add(Shape::convex_polygon(corners, fill, Stroke::NONE));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range() -> ControlRange {
        ControlRange {
            min: 90.0,
            max: 120.0,
            low: 92.0,
            high: 118.0,
            density: vec![1.0 / 32.0; 32],
        }
    }

    #[test]
    fn the_handle_may_leave_the_data_but_not_the_hard_bounds() {
        let range = range();
        let slider = DensitySlider {
            range: &range,
            baseline: 104.0,
            name: "speed",
            bounds: (None, Some(121.0)),
        };
        let (low, high) = ends(&slider);
        assert!(low < 90.0);
        assert!((high - 121.0).abs() < 1e-12);
    }

    #[test]
    fn a_hand_sets_round_values() {
        assert!((rounded(104.234_56, 45.0) - 104.2).abs() < 1e-9);
        assert!((rounded(1_234.56, 4_000.0) - 1_230.0).abs() < 1e-9);
    }
}
