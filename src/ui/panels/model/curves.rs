//! The live training curves: the error on unseen stretches, and under it the loss that is being
//! learned on.

use eframe::egui::{Align2, Rect, Sense, Shape, Stroke, Ui, Vec2, pos2};

use crate::{
    app::TrainingView,
    ui::{
        View,
        parts::{self, rich},
        text::{measure, number},
        theme::{self, GAP_S, GAP_XS, Theme},
    },
};

/// Height of the error's picture.
const HEIGHT: f32 = 190.0;
/// Height of the loss's picture.
const LOSS_HEIGHT: f32 = 44.0;
/// Width kept for numbers on the left.
const NUMBERS_WIDTH: f32 = 40.0;

/// Draws the error of the neural candidate on the stretches that its members leave out, and the loss.
///
/// The race measures on other stretches, so its figures do not belong here.
pub(super) fn curves_ui(ui: &mut Ui, view: &View<'_>, training: Option<&TrainingView>) {
    let theme = Theme::of(ui);
    parts::card_title(ui, &view.text.get("ui-model-curves"));
    let curves = training.filter(|t| !(t.train_curve.is_empty() && t.val_curve.is_empty()));
    let Some(training) = curves else {
        parts::quiet(ui, &view.text.get("ui-model-no-curves"));
        return;
    };
    let last = training.val_curve.last().map(|point| measure(point.1));
    let last = last.unwrap_or_else(|| "–".to_owned());
    let words = format!("― {} {last}", view.text.get("ui-curve-val"));
    ui.label(rich(words, theme::dense(), theme.a()));
    let steps = [&training.train_curve, &training.val_curve]
        .into_iter()
        .filter_map(|curve| curve.last())
        .map(|point| point.0)
        .fold(1.0, f64::max);
    error_ui(ui, &training.val_curve, steps);
    let last = training.train_curve.last().map(|point| measure(point.1));
    let last = last.unwrap_or_else(|| "–".to_owned());
    let words = view.text.with("ui-curve-train-last", &[("last", &last)]);
    parts::caption(ui, &words);
    loss_ui(ui, &training.train_curve, steps, theme);
    let words = view
        .text
        .with("ui-curve-steps", &[("n", &super::race::whole(steps))]);
    parts::caption(ui, &words);
}

/// The error from zero up, so that heights compare.
fn error_ui(ui: &mut Ui, curve: &[(f64, f64)], steps: f64) {
    let theme = Theme::of(ui);
    let inner = frame_ui(ui, HEIGHT);
    let top = top_of(curve);
    for part in 0..5_u8 {
        let share = f32::from(part) / 4.0;
        let y = inner.bottom() - inner.height() * share;
        ui.painter().hline(inner.x_range(), y, theme.hairline());
        let words = number(top * f64::from(part) / 4.0, 2);
        let at = pos2(inner.left() - GAP_S, y);
        let (font, color) = (theme::caption(), theme.fg3());
        ui.painter()
            .text(at, Align2::RIGHT_CENTER, words, font, color);
    }
    let painter = ui.painter().with_clip_rect(inner.expand(1.0));
    let measured = measured_only(curve);
    let line = parts::curve_in(inner, &measured, [0.0, steps], [0.0, top]);
    if let [only] = line.as_slice() {
        painter.circle_filled(*only, 2.5, theme.a());
    }
    painter.add(Shape::line(line, Stroke::new(2.0, theme.a())));
}

/// The points at which the error was measured anew: in between it is told again and again, which
/// would look like steps.
fn measured_only(curve: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut measured: Vec<(f64, f64)> = Vec::new();
    for &point in curve {
        let is_told_again = |last: &(f64, f64)| last.1.to_bits() == point.1.to_bits();
        if !measured.last().is_some_and(is_told_again) {
            measured.push(point);
        }
    }
    measured
}

/// Up to where the error is drawn.
fn top_of(curve: &[(f64, f64)]) -> f64 {
    let finite = curve
        .iter()
        .map(|point| point.1)
        .filter(|error| error.is_finite());
    let top = finite.fold(0.0, f64::max) * 1.1;
    // Round numbers stand beside the lines.
    let unit = 0.08;
    ((top / unit).ceil() * unit).max(unit)
}

fn loss_ui(ui: &mut Ui, curve: &[(f64, f64)], steps: f64, theme: Theme) {
    let inner = frame_ui(ui, LOSS_HEIGHT);
    ui.painter()
        .hline(inner.x_range(), inner.bottom(), theme.hairline());
    let line = parts::curve_in(inner, curve, [0.0, steps], range_of(curve));
    let painter = ui.painter().with_clip_rect(inner.expand(1.0));
    painter.add(Shape::line(line, Stroke::new(1.2, theme.fg2())));
}

/// Takes room for a picture; gives its inner part.
fn frame_ui(ui: &mut Ui, height: f32) -> Rect {
    let size = Vec2::new(ui.available_width(), height);
    let (rect, _response) = ui.allocate_exact_size(size, Sense::hover());
    Rect::from_min_max(
        rect.min + Vec2::new(NUMBERS_WIDTH, GAP_S),
        rect.max - Vec2::new(0.0, GAP_XS),
    )
}

/// The lowest value to the 98th percentile: the first steps would flatten the rest.
fn range_of(curve: &[(f64, f64)]) -> [f64; 2] {
    let mut sorted: Vec<f64> = curve
        .iter()
        .map(|point| point.1)
        .filter(|value| value.is_finite())
        .collect();
    sorted.sort_by(f64::total_cmp);
    let (Some(first), Some(last)) = (sorted.first(), sorted.last()) else {
        return [0.0, 1.0];
    };
    let high = sorted.get(sorted.len() * 98 / 100).unwrap_or(last);
    [*first, *high]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_that_is_told_again_is_drawn_once() {
        let told = [(1.0, 0.5), (2.0, 0.5), (3.0, 0.4), (4.0, 0.4)];
        assert_eq!(measured_only(&told), [(1.0, 0.5), (3.0, 0.4)]);
    }
}
