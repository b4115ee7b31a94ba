//! What was recorded when, as strips over the whole time.

use eframe::egui::{Color32, CornerRadius, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::{
    app::{Coverage, CoverageBin},
    base::{to_count, to_f32, to_i64},
    data::{Dataset, Split},
    ui::{
        View, parts,
        text::{duration, moment, percent},
        theme::{self, GAP_S, Theme},
    },
};

/// Height of a strip.
const STRIP: f32 = 12.0;
/// Room for the names on the left.
const NAMES: f32 = 92.0;

/// Draws the strips; nothing where there is nothing to see.
pub(super) fn coverage_ui(ui: &mut Ui, view: &View<'_>, dataset: &Dataset) {
    let coverage = &view.session.coverage;
    if coverage.bins.is_empty() {
        return;
    }
    ui.spacing_mut().item_spacing.y = 2.0;
    parts::split_row(
        ui,
        |ui| parts::card_title(ui, &view.text.get("ui-coverage")),
        |ui| legend_ui(ui, view),
    );
    let theme = Theme::of(ui);
    let sensors = |bin: &CoverageBin| bin.seen.map(|share| faded(theme.a(), share));
    strip_ui(ui, view, dataset, "ui-coverage-sensors", &sensors);
    let used = |bin: &CoverageBin| bin.split.map(|split| color_of(split, theme));
    strip_ui(ui, view, dataset, "ui-coverage-use", &used);
    let color = theme.fg2();
    let media = &dataset.media;
    if !media.frames.is_empty() {
        let drawn = |bin: &CoverageBin| (bin.n_frames > 0).then_some(color);
        strip_ui(ui, view, dataset, "ui-coverage-frames", &drawn);
    }
    if !media.clips.is_empty() {
        let drawn = |bin: &CoverageBin| (bin.n_clips > 0).then_some(color);
        strip_ui(ui, view, dataset, "ui-coverage-clips", &drawn);
    }
    if !media.answers.is_empty() {
        let drawn = |bin: &CoverageBin| (bin.n_answers > 0).then_some(color);
        strip_ui(ui, view, dataset, "ui-coverage-answers", &drawn);
    }
    ends_ui(ui, view, dataset, coverage);
}

/// Few values missing must not look like none.
fn faded(color: Color32, share: f64) -> Color32 {
    let share = to_f32(share);
    color.gamma_multiply(0.15 + 0.85 * share.powi(3))
}

fn color_of(split: Split, theme: Theme) -> Color32 {
    match split {
        Split::Train => theme.fg3().gamma_multiply(0.55),
        Split::Val => theme.fg2(),
        Split::Test => theme.fg(),
    }
}

fn legend_ui(ui: &mut Ui, view: &View<'_>) {
    let theme = Theme::of(ui);
    for split in [Split::Test, Split::Val, Split::Train] {
        let key = format!("ui-coverage-{}", split.name());
        parts::caption(ui, &view.text.get(&key));
        let (rect, _response) = ui.allocate_exact_size(vec2(12.0, 12.0), Sense::hover());
        ui.painter()
            .rect_filled(rect, CornerRadius::same(2), color_of(split, theme));
    }
}

fn strip_ui(
    ui: &mut Ui,
    view: &View<'_>,
    dataset: &Dataset,
    key: &str,
    color_of: &dyn Fn(&CoverageBin) -> Option<Color32>,
) {
    let coverage = &view.session.coverage;
    let theme = Theme::of(ui);
    let name = view.text.get(key);
    let size = vec2(ui.available_width(), STRIP + 3.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, name.as_str()));
    let (galley, _) = parts::one_line(ui, &name, theme::caption(), theme.fg2(), NAMES - GAP_S);
    ui.painter().galley(rect.min, galley, theme.fg2());
    let strip =
        Rect::from_min_max(pos2(rect.left() + NAMES, rect.top()), rect.max).shrink2(vec2(0.0, 1.5));
    ui.painter()
        .rect_filled(strip, CornerRadius::same(2), theme.bg2());
    let width = strip.width() / coverage.bins.len() as f32;
    let mut at = 0;
    while at < coverage.bins.len() {
        let color = color_of(&coverage.bins[at]);
        let same = coverage.bins[at..]
            .iter()
            .take_while(|bin| color_of(bin) == color);
        let n_same = same.count().max(1);
        if let Some(color) = color {
            let left = strip.left() + at as f32 * width;
            // A single piece must be seen from two metres.
            let wide = (n_same as f32 * width).max(2.0);
            let piece = Rect::from_min_size(pos2(left, strip.top()), vec2(wide, strip.height()));
            ui.painter().rect_filled(piece, CornerRadius::ZERO, color);
        }
        at += n_same;
    }
    let Some(hover) = response.hover_pos().filter(|hover| strip.contains(*hover)) else {
        return;
    };
    let bin = to_count(f64::from((hover.x - strip.left()) / width));
    response.on_hover_ui_at_pointer(|ui| hover_ui(ui, view, dataset, bin));
}

fn hover_ui(ui: &mut Ui, view: &View<'_>, dataset: &Dataset, bin: usize) {
    let coverage = &view.session.coverage;
    let Some(found) = coverage.bins.get(bin) else {
        return;
    };
    let share = (bin as f64 + 0.5) / coverage.bins.len() as f64;
    parts::quiet(ui, &time_words(view, dataset, coverage, share));
    if let Some(seen) = found.seen {
        let seen = percent(seen);
        parts::quiet(
            ui,
            &view.text.with("ui-coverage-share", &[("share", &seen)]),
        );
    }
}

/// The time at a share of the whole.
fn time_words(view: &View<'_>, dataset: &Dataset, coverage: &Coverage, share: f64) -> String {
    let length = (coverage.to_ns - coverage.from_ns) as f64;
    if !dataset.has_clock {
        return duration(share * length * 1e-9, view.text);
    }
    let time_ns = coverage.from_ns + to_i64(share * length);
    moment(time_ns, dataset.shown_offset_secs())
}

fn ends_ui(ui: &mut Ui, view: &View<'_>, dataset: &Dataset, coverage: &Coverage) {
    ui.horizontal(|ui| {
        ui.add_space(NAMES);
        ui.spacing_mut().interact_size.y = 16.0;
        ui.spacing_mut().item_spacing.x = 0.0;
        parts::split_row(
            ui,
            |ui| {
                parts::caption(ui, &time_words(view, dataset, coverage, 0.0));
            },
            |ui| {
                parts::caption(ui, &time_words(view, dataset, coverage, 1.0));
            },
        );
    });
}
