//! One lane of the time-series view: lines, bands, limits, marks, on the clock of all lanes.

use std::ops::RangeInclusive;

use eframe::egui::{Color32, FontId, Pos2, Rangef, Stroke, Ui, pos2};
use egui_plot::{
    AxisHints, FilledArea, GridMark, HLine, HPlacement, Line, LineStyle, Plot, PlotPoint,
    PlotPoints, PlotTransform, PlotUi, Points, VLine,
};

use super::{
    TimeAxis,
    series::{Area, Trace, extent, runs_of_numbers},
};
use crate::{base::to_count, ui::theme::Theme};

/// A tick in this last share of the range has no label.
const LAST_LABEL: f64 = 0.02;
/// Width kept for numbers left of every lane, so that all clocks stand under each other.
const Y_AXIS_WIDTH: f32 = 52.0;
/// Least distance of two labels of the time axis, and how many there are at most.
const LABEL_WIDTH: f32 = 60.0;
const MOST_TICKS: f32 = 8.0;
/// Radius of a reading that is drawn by itself.
const DOT_RADIUS: f32 = 2.5;
/// Distance of hatch lines in points.
const HATCH_STEP: f32 = 7.0;

/// The clock that all lanes of a view share.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LaneClock {
    /// What x means.
    pub(crate) axis: TimeAxis,
    /// The visible range of x.
    pub(crate) range: RangeInclusive<f64>,
    /// As far as there is anything to see.
    pub(crate) full: RangeInclusive<f64>,
    /// The time cursor.
    pub(crate) cursor: Option<f64>,
}

/// A mark on the clock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Mark {
    /// Where.
    pub(crate) x: f64,
    /// Its color.
    pub(crate) color: Color32,
    /// Dashed lines say "from here on something else".
    pub(crate) is_dashed: bool,
}

/// A level or a shaded range of y.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct RangeShade {
    /// Lower end.
    pub(crate) low: f64,
    /// Upper end.
    pub(crate) high: f64,
    /// Fill.
    pub(crate) color: Color32,
}

/// Everything one lane shows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lane {
    /// A stable id.
    pub(crate) id: String,
    /// An accessible name.
    pub(crate) label: String,
    /// Height of the drawing in points.
    pub(crate) height: f32,
    /// Areas, drawn first.
    pub(crate) areas: Vec<Area>,
    /// Lines.
    pub(crate) traces: Vec<Trace>,
    /// Levels, dotted: limits.
    pub(crate) levels: Vec<(f64, Color32)>,
    /// A level through the lane, solid: zero of a difference.
    pub(crate) zero: Option<f64>,
    /// Marks on the clock.
    pub(crate) marks: Vec<Mark>,
    /// A shaded range of y: what the data support.
    pub(crate) shade: Option<RangeShade>,
    /// Whether times stand under this lane.
    pub(crate) has_times: bool,
    /// What is shown is at least so high: what matters less than this looks flat.
    pub(crate) least_span: f64,
}

/// Where a lane was drawn.
pub(crate) struct LaneDrawn {
    /// From plot to screen.
    pub(crate) transform: PlotTransform,
    /// Double-clicked here.
    pub(crate) double_clicked: Option<PlotPoint>,
}

impl Lane {
    fn y_range(&self, x_range: &RangeInclusive<f64>) -> (f64, f64) {
        let in_view = |x: f64| x_range.contains(&x);
        let lines = self.traces.iter().flat_map(|trace| trace.points.iter());
        let lines = lines
            .filter(|point| in_view(point[0]))
            .map(|point| point[1]);
        let areas = self.areas.iter().flat_map(|area| {
            let ends = area.lo.iter().zip(&area.hi);
            area.xs.iter().zip(ends).filter(|(x, _)| in_view(**x))
        });
        let areas = areas.flat_map(|(_, (&lo, &hi))| [lo, hi]);
        let (low, high) = extent(lines.chain(areas).chain(self.zero)).unwrap_or((0.0, 1.0));
        // A limit is shown where it is near; a far one would squeeze everything else.
        let span = (high - low).max(1e-9 * high.abs().max(1.0));
        let near = self.levels.iter().map(|(level, _)| *level);
        let near = near.filter(|level| *level > low - span && *level < high + span);
        let (low, high) = extent(near.chain([low, high])).unwrap_or((low, high));
        let (low, high) = widened(low, high, self.least_span);
        let margin = 0.1 * (high - low);
        (low - margin, high + margin)
    }
}

/// A range that is at least `least` high. One without any height shows a few percent around it,
/// so that the numbers beside a constant line are no digits of rounding.
fn widened(low: f64, high: f64, least: f64) -> (f64, f64) {
    let size = low.abs().max(high.abs());
    let is_flat = high - low <= 1e-6 * size;
    let own = match (is_flat, size > 0.0) {
        (false, _) => 0.0,
        (true, true) => 0.05 * size,
        (true, false) => 1.0,
    };
    // A least span that is given knows better than a guess from the number's size.
    let least = if least > 0.0 { least } else { own };
    let missing = (least - (high - low)).max(0.0);
    (low - missing / 2.0, high + missing / 2.0)
}

/// Draws a lane; dragging and scrolling move the clock of all lanes.
pub(crate) fn lane_ui(ui: &mut Ui, lane: &Lane, clock: &mut LaneClock) -> LaneDrawn {
    let theme = Theme::of(ui);
    let (y_low, y_high) = lane.y_range(&clock.range);
    let plot = plot_of(lane, clock, ui.available_width(), theme);
    let range = clock.range.clone();
    let shown = plot.show(ui, |plot_ui| {
        plot_ui.set_plot_bounds_x(range);
        plot_ui.set_plot_bounds_y(y_low..=y_high);
        items(plot_ui, lane, theme);
    });
    paint_hatches(ui, lane, &shown.transform);
    follow(ui, clock, &shown.response, &shown.transform);
    if let Some(x) = clock.cursor {
        paint_cursor(ui, &shown.transform, x, theme);
    }
    shown.response.widget_info(|| {
        eframe::egui::WidgetInfo::labeled(eframe::egui::Role::Image, true, lane.label.as_str())
    });
    let double_clicked = shown
        .response
        .double_clicked()
        .then(|| shown.response.interact_pointer_pos())
        .flatten()
        .map(|pos| shown.transform.value_from_position(pos));
    LaneDrawn {
        transform: shown.transform,
        double_clicked,
    }
}

/// As many ticks as have room for their words: of ticks closer than that none is labelled.
fn n_ticks(width: f32) -> usize {
    to_count(f64::from(
        ((width - Y_AXIS_WIDTH) / LABEL_WIDTH).clamp(1.0, MOST_TICKS),
    ))
}

fn plot_of<'a>(lane: &Lane, clock: &LaneClock, width: f32, theme: Theme) -> Plot<'a> {
    let axis = clock.axis;
    let n_ticks = n_ticks(width);
    let x_axis = AxisHints::new_x()
        .formatter(move |mark, range| {
            // Half of the last label would stand outside of the plot.
            let room = (range.end() - mark.value) / (range.end() - range.start());
            if room < LAST_LABEL {
                return String::new();
            }
            axis.label(mark.value, mark.step_size)
        })
        .label_spacing(Rangef::new(LABEL_WIDTH - 0.1, LABEL_WIDTH))
        .tick_label_color(theme.fg3())
        .tick_label_font(FontId::proportional(11.0));
    let y_axis = AxisHints::new_y()
        .formatter(y_label)
        // A label is there or not: a faded one cannot be read.
        .label_spacing(Rangef::new(17.9, 18.0))
        .placement(HPlacement::Left)
        .min_thickness(Y_AXIS_WIDTH)
        .tick_label_color(theme.fg3())
        .tick_label_font(FontId::proportional(11.0));
    Plot::new(lane.id.clone())
        .height(lane.height)
        .custom_x_axes(if lane.has_times {
            vec![x_axis]
        } else {
            Vec::new()
        })
        .custom_y_axes(vec![y_axis])
        .show_axes([lane.has_times, true])
        .show_background(false)
        .show_grid([false, true])
        .grid_color(theme.line())
        .grid_fade(0.0)
        .grid_spacing(26.0..=200.0)
        .x_grid_spacer(move |input| {
            let (low, high) = input.bounds;
            let step_size = TimeAxis::tick_secs(high - low, n_ticks);
            let ticks = axis.ticks(low, high, n_ticks).into_iter();
            ticks.map(|value| GridMark { value, step_size }).collect()
        })
        .y_grid_spacer(|input| round_levels(input.bounds, 4))
        .allow_drag([true, false])
        .allow_zoom([true, false])
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_double_click_reset(false)
        .allow_axis_zoom_drag(false)
        .show_crosshair(false)
        .label_formatter(|_| None)
        .set_margin_fraction(eframe::egui::Vec2::ZERO)
}

/// Levels at 1, 2 or 5 times a power of ten.
fn round_levels((low, high): (f64, f64), n_levels: usize) -> Vec<GridMark> {
    let span = high - low;
    if !(span > 0.0 && span.is_finite()) {
        return Vec::new();
    }
    let least = span / n_levels as f64;
    let decade = 10f64.powf(least.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * decade)
        .find(|step| *step >= least);
    let step = step.unwrap_or(10.0 * decade);
    let mut marks = Vec::new();
    let mut value = (low / step).ceil() * step;
    while value <= high && marks.len() < 20 {
        marks.push(GridMark {
            value,
            step_size: step,
        });
        value += step;
    }
    marks
}

fn y_label(mark: GridMark, range: &RangeInclusive<f64>) -> String {
    let value = if mark.value.abs() < 1e-9 * mark.step_size {
        0.0
    } else {
        mark.value
    };
    let widest = range.start().abs().max(range.end().abs());
    if widest >= 1e6 || mark.step_size < 1e-4 {
        return format!("{value:.1e}");
    }
    let digits = to_count((-mark.step_size.log10().floor()).clamp(0.0, 4.0));
    format!("{value:.digits$}").replace('-', "−")
}

fn items(plot_ui: &mut PlotUi<'_>, lane: &Lane, theme: Theme) {
    if let Some(shade) = lane.shade {
        let bounds = plot_ui.plot_bounds();
        let xs = [bounds.min()[0], bounds.max()[0]];
        let area = FilledArea::new("supported", &xs, &[shade.low; 2], &[shade.high; 2]);
        plot_ui.add(area.fill_color(shade.color).allow_hover(false));
    }
    for area in lane
        .areas
        .iter()
        .filter(|area| !area.is_hatched && !area.xs.is_empty())
    {
        let filled = FilledArea::new(area.name.clone(), &area.xs, &area.lo, &area.hi);
        plot_ui.add(filled.fill_color(area.color).allow_hover(false));
    }
    if let Some(level) = lane.zero {
        plot_ui.hline(
            HLine::new("zero", level)
                .stroke(Stroke::new(1.0, theme.fg3()))
                .allow_hover(false),
        );
    }
    for (level, color) in &lane.levels {
        let line = HLine::new("limit", *level).stroke(Stroke::new(1.4, *color));
        plot_ui.hline(line.style(LineStyle::dotted_dense()).allow_hover(false));
    }
    for mark in &lane.marks {
        let style = if mark.is_dashed {
            LineStyle::dashed_dense()
        } else {
            LineStyle::Solid
        };
        let line = VLine::new("mark", mark.x).stroke(Stroke::new(1.0, mark.color));
        plot_ui.vline(line.style(style).allow_hover(false));
    }
    for trace in &lane.traces {
        for run in runs_of_numbers(&trace.points) {
            let points: Vec<PlotPoint> = trace.points[run]
                .iter()
                .map(|&[x, y]| PlotPoint::new(x, y))
                .collect();
            // A reading with nothing beside it would be no line at all.
            if trace.has_dots || points.len() == 1 {
                let dots = Points::new(trace.name.clone(), PlotPoints::Owned(points.clone()));
                let dots = dots.radius(DOT_RADIUS).color(trace.color);
                plot_ui.points(dots.allow_hover(false));
            }
            let line = Line::new(trace.name.clone(), PlotPoints::Owned(points));
            plot_ui.line(
                line.color(trace.color)
                    .width(trace.width)
                    .allow_hover(false),
            );
        }
    }
}

/// Takes over what dragging, zooming and hovering did to this lane.
fn follow(
    ui: &Ui,
    clock: &mut LaneClock,
    response: &eframe::egui::Response,
    transform: &PlotTransform,
) {
    let bounds = transform.bounds();
    let (low, high) = (bounds.min()[0], bounds.max()[0]);
    let (full_low, full_high) = (*clock.full.start(), *clock.full.end());
    let moved =
        (low - clock.range.start()).abs() + (high - clock.range.end()).abs() > 1e-9 * (high - low);
    if moved && high > low {
        let span = (high - low).min(full_high - full_low);
        let low = low.clamp(full_low, (full_high - span).max(full_low));
        clock.range = low..=low + span;
    }
    if let Some(pos) = response.hover_pos() {
        let x = transform.value_from_position(pos).x;
        // Lanes above this one were drawn with the old cursor; a hand at rest changes nothing.
        if clock.cursor.replace(x) != Some(x) {
            ui.ctx().request_repaint();
        }
    }
}

/// Painted after the hand was followed, so that the line is under it in the same frame.
fn paint_cursor(ui: &Ui, transform: &PlotTransform, x: f64, theme: Theme) {
    let frame = transform.frame();
    let screen_x = transform.position_from_point_x(x);
    if frame.x_range().contains(screen_x) {
        let stroke = Stroke::new(1.2, theme.fg());
        ui.painter().vline(screen_x, frame.y_range(), stroke);
        ui.painter()
            .circle_filled(pos2(screen_x, frame.top()), 3.0, theme.fg());
    }
}

/// Areas that are hatched: thin parallel lines, cut at the area's edges.
fn paint_hatches(ui: &Ui, lane: &Lane, transform: &PlotTransform) {
    for area in lane
        .areas
        .iter()
        .filter(|area| area.is_hatched && area.xs.len() > 1)
    {
        let painter = ui.painter().with_clip_rect(*transform.frame());
        let at = |x: f64, y: f64| transform.position_from_point(&PlotPoint::new(x, y));
        let top: Vec<Pos2> = area
            .xs
            .iter()
            .zip(&area.hi)
            .map(|(&x, &y)| at(x, y))
            .collect();
        let bottom: Vec<Pos2> = area
            .xs
            .iter()
            .zip(&area.lo)
            .map(|(&x, &y)| at(x, y))
            .collect();
        for line in hatch_lines(&top, &bottom) {
            painter.line_segment(line, Stroke::new(1.2, area.color));
        }
    }
}

/// Diagonal lines between an upper and a lower outline with equal x.
fn hatch_lines(top: &[Pos2], bottom: &[Pos2]) -> Vec<[Pos2; 2]> {
    let (Some(first), Some(last)) = (top.first(), top.last()) else {
        return Vec::new();
    };
    let highest = top.iter().map(|pos| pos.y).fold(f32::INFINITY, f32::min);
    let lowest = bottom
        .iter()
        .map(|pos| pos.y)
        .fold(f32::NEG_INFINITY, f32::max);
    let mut lines = Vec::new();
    let mut offset = first.x - (lowest - highest);
    while offset < last.x && lines.len() < 400 {
        // y falls on screen by one point for each point of x: sample along the diagonal.
        let mut inside: Option<[Pos2; 2]> = None;
        for (upper, lower) in top.iter().zip(bottom) {
            let y = lowest - (upper.x - offset);
            let hit = y >= upper.y && y <= lower.y;
            match (&mut inside, hit) {
                (Some(line), true) => line[1] = pos2(upper.x, y),
                (None, true) => inside = Some([pos2(upper.x, y); 2]),
                (Some(line), false) => {
                    lines.push(*line);
                    inside = None;
                }
                (None, false) => {}
            }
        }
        lines.extend(inside);
        offset += HATCH_STEP;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_stand_at_round_numbers() {
        let levels: Vec<f64> = round_levels((0.93, 2.07), 4)
            .iter()
            .map(|mark| mark.value)
            .collect();
        assert_eq!(levels, [1.0, 1.5, 2.0]);
        assert!(round_levels((1.0, 1.0), 4).is_empty());
    }

    #[test]
    fn hatch_lines_stay_between_the_outlines() {
        let top: Vec<Pos2> = (0..40).map(|x| pos2(x as f32, 10.0)).collect();
        let bottom: Vec<Pos2> = (0..40).map(|x| pos2(x as f32, 30.0)).collect();
        let lines = hatch_lines(&top, &bottom);
        assert!(lines.len() > 4);
        let inside = |pos: &Pos2| (10.0..=30.0).contains(&pos.y) && (0.0..40.0).contains(&pos.x);
        assert!(lines.iter().flatten().all(inside));
    }

    #[test]
    fn a_lane_without_height_gets_one_that_people_can_read() {
        assert_eq!(widened(0.0, 0.0, 0.4), (-0.2, 0.2));
        assert_eq!(widened(0.0, 0.0, 0.0), (-0.5, 0.5));
        let (low, high) = widened(100.0, 100.0, 0.0);
        assert!((low - 97.5).abs() < 1e-9 && (high - 102.5).abs() < 1e-9);
        assert_eq!(widened(1.0, 2.0, 0.5), (1.0, 2.0));
        assert_eq!(widened(0.0, 0.01, 1.01), (-0.5, 0.51));
    }

    #[test]
    fn ticks_of_a_lane_of_any_width_have_room_for_their_words() {
        for (width, most) in [(140.0, 1), (270.0, 3), (420.0, 6), (900.0, 8)] {
            let n_ticks = n_ticks(width);
            assert_eq!(n_ticks, most);
            let span_secs = 6_300.0;
            let share = TimeAxis::tick_secs(span_secs, n_ticks) / span_secs;
            assert!(share * f64::from(width - Y_AXIS_WIDTH) >= f64::from(LABEL_WIDTH));
        }
    }

    #[test]
    fn a_far_limit_does_not_squeeze_the_lane() {
        let lane = Lane {
            traces: vec![Trace {
                name: String::new(),
                points: vec![[0.0, 1.0], [1.0, 2.0]],
                color: Color32::WHITE,
                width: 1.0,
                has_dots: false,
            }],
            levels: vec![(500.0, Color32::WHITE)],
            ..Lane::default()
        };
        let (low, high) = lane.y_range(&(0.0..=1.0));
        assert!(low < 1.0 && high < 3.0, "{low} {high}");
    }
}
