//! What a channel's grade is made of: its findings in words, and the place in its curve.

use eframe::egui::{
    CornerRadius, Label, Rect, Role, ScrollArea, Sense, Shape, Stroke, Ui, Vec2, WidgetInfo, vec2,
};

use super::{channels::is_graded, issues::is_about};
use crate::{
    app::Loaded,
    base::Issue,
    base::to_count,
    data::{self, Channel, ChannelKind, Dataset, Episode},
    ui::{
        View,
        parts::{self, rich},
        text::measure,
        theme::{self, GAP_M, GAP_S, GAP_XS, Theme},
    },
};

/// Height of a curve.
const CURVE: f32 = 96.0;
/// Steps shown on both sides of a finding.
const AROUND: usize = 150;
/// Width of the words.
const WORDS: f32 = 300.0;

/// Draws the card; whether it was closed.
pub(super) fn evidence_ui(ui: &mut Ui, view: &View<'_>, loaded: &Loaded, channel: usize) -> bool {
    let dataset = &loaded.dataset;
    let Some(meta) = dataset.channels.get(channel) else {
        return true;
    };
    let mut is_closed = false;
    parts::split_row(
        ui,
        |ui| {
            let words = view.text.with("ui-evidence", &[("channel", &meta.name)]);
            parts::card_title(ui, &words);
        },
        |ui| is_closed = parts::button(ui, &view.text.get("ui-close")).clicked(),
    );
    let findings: Vec<&Issue> = loaded
        .import
        .issues
        .iter()
        .filter(|issue| is_about(issue, meta))
        .collect();
    let place = findings.iter().find_map(|issue| step_of(issue, dataset));
    ui.horizontal_top(|ui| {
        ui.vertical(|ui| {
            ui.set_width(WORDS);
            ScrollArea::vertical()
                .id_salt("evidence")
                .max_height(CURVE + GAP_M)
                .show(ui, |ui| words_ui(ui, view, meta, &findings));
        });
        ui.add_space(GAP_M);
        ui.vertical(|ui| curves_ui(ui, view, dataset, channel, place));
    });
    is_closed
}

/// The step of the finding in the first recording.
fn step_of(issue: &Issue, dataset: &Dataset) -> Option<usize> {
    let step = usize::try_from(issue.place.row?).ok()?.checked_sub(1)?;
    // What other sensors contradict is looked for in the longest recording. Of other findings the
    // issue does not say which of several recordings its step is of.
    let is_of_longest = matches!(issue.code, "disagrees" | "drifted" | "late");
    let episode = longest(dataset).filter(|_| is_of_longest || dataset.episodes.len() == 1)?;
    (step < dataset.episodes[episode].n_steps()).then_some(step)
}

fn longest(dataset: &Dataset) -> Option<usize> {
    let lengths = dataset.episodes.iter().map(Episode::n_steps);
    let longest = lengths.clone().max()?;
    lengths.clone().position(|length| length == longest)
}

fn words_ui(ui: &mut Ui, view: &View<'_>, meta: &Channel, findings: &[&Issue]) {
    let theme = Theme::of(ui);
    if !is_graded(meta) {
        parts::quiet(ui, &view.text.get("ui-evidence-left-out"));
        return;
    }
    let grade = format!("grade-{}", meta.grade.name().to_lowercase());
    let color = theme.grade(meta.grade);
    ui.label(rich(view.text.get(&grade), theme::body_bold(), color));
    if findings.is_empty() {
        parts::quiet(ui, &view.text.get(nothing_found(meta)));
    }
    for issue in findings {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = GAP_S;
            parts::severity_mark(ui, issue.severity);
            let words = view.text.issue(issue);
            ui.add(Label::new(rich(words, theme::dense(), theme.fg())).wrap());
        });
    }
    ui.add_space(GAP_XS);
}

/// The words for a channel without a finding: only what was looked for was not found.
fn nothing_found(meta: &Channel) -> &'static str {
    let is_set = meta.role == data::Role::Control || meta.kind != ChannelKind::Continuous;
    let is_mostly_still = meta.findings.iter().any(|code| code == "mostly-still");
    if is_set {
        "ui-evidence-none-set"
    } else if is_mostly_still {
        "ui-evidence-none-still"
    } else {
        "ui-evidence-none"
    }
}

fn curves_ui(
    ui: &mut Ui,
    view: &View<'_>,
    dataset: &Dataset,
    channel: usize,
    place: Option<usize>,
) {
    let Some(episode) = longest(dataset) else {
        return;
    };
    let n_steps = dataset.episodes[episode].n_steps();
    let whole = view.text.get("ui-evidence-whole");
    let room = ui.available_width();
    ui.horizontal_top(|ui| {
        let width = place.map_or(room, |_| (room - GAP_M) / 2.0);
        let range = (0, n_steps);
        curve_ui(
            ui,
            view,
            dataset,
            (episode, channel),
            (&whole, width),
            (range, place),
        );
        if let Some(step) = place {
            let around = view.text.get("ui-evidence-around");
            let range = (step.saturating_sub(AROUND), (step + AROUND).min(n_steps));
            let asked = (range, place);
            curve_ui(
                ui,
                view,
                dataset,
                (episode, channel),
                (&around, width),
                asked,
            );
        }
    });
}

/// A stretch of a channel with its range in words and the finding marked.
fn curve_ui(
    ui: &mut Ui,
    view: &View<'_>,
    dataset: &Dataset,
    (episode, channel): (usize, usize),
    (name, width): (&str, f32),
    ((from, to), place): ((usize, usize), Option<usize>),
) {
    let theme = Theme::of(ui);
    let column = &dataset.episodes[episode].columns[channel];
    let pyramids = view.session.pyramids.get(episode);
    let Some(pyramid) = pyramids.and_then(|pyramids| pyramids.get(channel)) else {
        return;
    };
    ui.vertical(|ui| {
        ui.set_width(width);
        ui.spacing_mut().item_spacing.y = 2.0;
        let (low, high) = pyramid.range(column, from, to).unwrap_or((0.0, 1.0));
        let (rect, response) = ui.allocate_exact_size(Vec2::new(width, CURVE), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, name));
        ui.painter()
            .rect_filled(rect, CornerRadius::same(4), theme.bg2());
        let inner = rect.shrink2(vec2(2.0, 6.0));
        let width_px = to_count(f64::from(inner.width().max(1.0)));
        let points = pyramid.slice(column, from, to, width_px);
        let x = [from as f64, to as f64];
        mark_ui(ui, inner, x, place);
        for part in points.split(|point| !point.1.is_finite()) {
            let line = parts::curve_in(inner, part, x, [low, high]);
            ui.painter()
                .add(Shape::line(line, Stroke::new(1.2, theme.real())));
        }
        let (low, high) = (measure(low), measure(high));
        let unit = &dataset.channels[channel].unit;
        let args = [
            ("low", low.as_str()),
            ("high", high.as_str()),
            ("unit", unit),
        ];
        let range = view.text.with("ui-evidence-range", &args);
        parts::caption(ui, &format!("{name} · {range}"));
    });
}

fn mark_ui(ui: &Ui, rect: Rect, x: [f64; 2], place: Option<usize>) {
    let Some(step) = place else { return };
    let theme = Theme::of(ui);
    let at = parts::curve_in(rect, &[(step as f64, 0.0)], x, [0.0, 1.0]);
    if let Some(at) = at.first() {
        let stroke = Stroke::new(2.0, theme.warn());
        ui.painter().vline(at.x, rect.y_range(), stroke);
    }
}
