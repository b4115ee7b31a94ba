//! The live training curves: loss on training windows, free-run error on validation.

use eframe::egui::{Align2, Rect, Sense, Shape, Stroke, Ui, Vec2};

use crate::{
    app::TrainingView,
    ui::{
        View,
        parts::{self, rich},
        text::measure,
        theme::{self, GAP_L, GAP_S, Theme},
    },
};

/// Height of the picture.
const HEIGHT: f32 = 200.0;

/// Draws both curves, each in its own scale, with its last value.
pub(super) fn curves_ui(ui: &mut Ui, view: &View<'_>, training: Option<&TrainingView>) {
    let theme = Theme::of(ui);
    let empty = TrainingView::default();
    let training = training.unwrap_or(&empty);
    let curves = [
        ("ui-curve-train", &training.train_curve, theme.fg2()),
        ("ui-curve-val", &training.val_curve, theme.a()),
    ];
    parts::card_title(ui, &view.text.get("ui-model-curves"));
    if curves.iter().all(|(_, curve, _)| curve.is_empty()) {
        parts::quiet(ui, &view.text.get("ui-model-no-curves"));
        return;
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = GAP_L;
        for (key, curve, color) in &curves {
            let last = curve
                .last()
                .map_or_else(|| "–".to_owned(), |point| measure(point.1));
            let words = format!("― {} {last}", view.text.get(key));
            ui.label(rich(words, theme::dense(), *color));
        }
    });
    let size = Vec2::new(ui.available_width(), HEIGHT);
    let (rect, _response) = ui.allocate_exact_size(size, Sense::hover());
    let steps = curves
        .iter()
        .filter_map(|(_, curve, _)| curve.last())
        .map(|point| point.0)
        .fold(1.0, f64::max);
    let inner = grid_ui(ui, rect, theme);
    for (_, curve, color) in curves {
        let line = parts::curve_in(inner, curve, [0.0, steps], range_of(curve));
        ui.painter().add(Shape::line(line, Stroke::new(1.6, color)));
    }
    let at = rect.right_bottom() - Vec2::new(0.0, 2.0);
    let words = view
        .text
        .with("ui-curve-steps", &[("n", &super::race::whole(steps))]);
    ui.painter().text(
        at,
        Align2::RIGHT_BOTTOM,
        words,
        theme::caption(),
        theme.fg3(),
    );
}

fn grid_ui(ui: &Ui, rect: Rect, theme: Theme) -> Rect {
    let inner = Rect::from_min_max(
        rect.min + Vec2::new(0.0, GAP_S),
        rect.max - Vec2::new(0.0, 20.0),
    );
    for part in 0..5_u8 {
        let y = inner.top() + inner.height() * f32::from(part) / 4.0;
        ui.painter().hline(inner.x_range(), y, theme.hairline());
    }
    inner
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
