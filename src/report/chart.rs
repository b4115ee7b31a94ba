//! A chart as plain values, and its drawing as SVG.

use super::{
    format,
    html::{escape, push, visible},
};
use crate::data::Pyramid;

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 230.0;
const LEFT: f64 = 58.0;
const RIGHT: f64 = 30.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 26.0;

/// Pixels that lines are thinned to: at most four points each, 800 in all.
const LINE_PX: usize = 200;
/// Stretches that a band is thinned to.
const BAND_PX: usize = 400;

/// A line; NaN breaks it.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// What it is, as a class of the page's style: `real`, `a`, `b`, `delta`.
    pub class: &'static str,
    /// The x of the first value; the others follow one step apart.
    pub first_step: f64,
    /// The values.
    pub values: Vec<f64>,
}

/// A band between two lines; NaN breaks it.
#[derive(Debug, Clone, PartialEq)]
pub struct Area {
    /// What it is, as a class of the page's style: `a90`, `a50`, `b90`, `b50`, `delta`.
    pub class: &'static str,
    /// The x of the first value.
    pub first_step: f64,
    /// The lower line.
    pub lo: Vec<f64>,
    /// The upper line.
    pub hi: Vec<f64>,
}

/// A chart over time.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ChartSpec {
    /// What it shows, for those who cannot see it.
    pub title: String,
    /// A word that no other chart of the page has.
    pub id: String,
    /// First and last step shown.
    pub steps: (f64, f64),
    /// Marks of the time axis: step and words.
    pub time_ticks: Vec<(f64, String)>,
    /// Bands, drawn first.
    pub areas: Vec<Area>,
    /// Lines.
    pub lines: Vec<Line>,
    /// Level lines with their names; those far from the data are left out. A level without a
    /// name is a plain line that is always shown.
    pub levels: Vec<(f64, String)>,
    /// Where the prediction starts.
    pub start: Option<f64>,
    /// From where on nothing may be said, and in which words.
    pub exit: Option<(f64, String)>,
}

impl ChartSpec {
    /// The chart as an SVG element; the page's style gives its colours.
    pub fn to_svg(&self) -> String {
        let title = escape(&self.title);
        let role = format!("role=\"img\" aria-label=\"{title}\"");
        format!(
            "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" {role}>{}</svg>",
            self.drawn()
        )
    }

    /// The chart as a file of its own, with its style inside.
    pub fn to_svg_file(&self, style: &str) -> String {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{HEIGHT}\" \
             viewBox=\"0 0 {WIDTH} {HEIGHT}\"><style>{style}</style>{}</svg>",
            self.drawn()
        )
    }

    fn drawn(&self) -> String {
        let frame = Frame::of(self);
        let mut out = String::new();
        frame.push_grid(self, &mut out);
        if let Some((step, said)) = &self.exit {
            frame.push_exit(&self.id, *step, said, &mut out);
        }
        for area in &self.areas {
            let path = frame.area_path(area);
            push(
                &mut out,
                format_args!("<path class=\"area {}\" d=\"{path}\"/>", area.class),
            );
        }
        for (level, name) in &self.levels {
            frame.push_level(*level, name, &mut out);
        }
        for line in &self.lines {
            let path = frame.line_path(line);
            push(
                &mut out,
                format_args!("<path class=\"line {}\" d=\"{path}\"/>", line.class),
            );
        }
        if let Some(step) = self.start {
            let x = frame.x(step);
            push(
                &mut out,
                format_args!(
                    "<path class=\"start\" d=\"M{x:.1} {TOP}V{:.1}\"/>",
                    HEIGHT - BOTTOM
                ),
            );
        }
        out
    }
}

/// Where values come to lie on the paper.
struct Frame {
    steps: (f64, f64),
    values: (f64, f64),
}

impl Frame {
    fn of(spec: &ChartSpec) -> Self {
        let lines = spec.lines.iter().flat_map(|line| line.values.iter());
        let areas = spec
            .areas
            .iter()
            .flat_map(|area| area.lo.iter().chain(&area.hi));
        let (low, high) = lines
            .chain(areas)
            .filter(|value| value.is_finite())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &value| {
                (low.min(value), high.max(value))
            });
        let (low, high) = if low <= high { (low, high) } else { (0.0, 1.0) };
        // A level line pulls the frame along where it is near.
        let reach = (high - low) * 0.6;
        let is_near = |level: f64| level >= low - reach && level <= high + reach;
        let levels = || {
            spec.levels
                .iter()
                .filter(|(level, name)| name.is_empty() || is_near(*level))
                .map(|(level, _)| *level)
        };
        let (low, high) = (levels().fold(low, f64::min), levels().fold(high, f64::max));
        let spread = high - low;
        let pad = if spread > 0.0 {
            spread * 0.08
        } else {
            (low.abs() * 0.05).max(0.5)
        };
        Self {
            steps: spec.steps,
            values: (low - pad, high + pad),
        }
    }

    fn x(&self, step: f64) -> f64 {
        let (from, to) = self.steps;
        let share = (step - from) / (to - from).max(1e-9);
        LEFT + share.clamp(0.0, 1.0) * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, value: f64) -> f64 {
        let (low, high) = self.values;
        TOP + (high - value) / (high - low) * (HEIGHT - TOP - BOTTOM)
    }

    fn push_grid(&self, spec: &ChartSpec, out: &mut String) {
        let bottom = HEIGHT - BOTTOM;
        for (value, said) in format::ticks(self.values.0, self.values.1, 5) {
            let y = self.y(value);
            let class = if value == 0.0 { "grid zero" } else { "grid" };
            push(
                out,
                format_args!(
                    "<path class=\"{class}\" d=\"M{LEFT} {y:.1}H{:.1}\"/>\
                 <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{said}</text>",
                    WIDTH - RIGHT,
                    LEFT - 8.0,
                    y + 4.0,
                ),
            );
        }
        for (step, said) in &spec.time_ticks {
            let x = self.x(*step);
            push(
                out,
                format_args!(
                    "<path class=\"grid\" d=\"M{x:.1} {bottom}v4\"/>\
                 <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                    bottom + 18.0,
                    escape(said),
                ),
            );
        }
    }

    fn push_exit(&self, id: &str, step: f64, said: &str, out: &mut String) {
        let x = self.x(step);
        let width = WIDTH - RIGHT - x;
        let height = HEIGHT - TOP - BOTTOM;
        let id = escape(&visible(id));
        push(
            out,
            format_args!(
                "<defs><pattern id=\"hatch-{id}\" width=\"7\" height=\"7\" \
             patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">\
             <path class=\"hatch\" d=\"M0 0V7\"/></pattern></defs>\
             <rect x=\"{x:.1}\" y=\"{TOP}\" width=\"{width:.1}\" height=\"{height:.1}\" \
             fill=\"url(#hatch-{id})\"/>\
             <text class=\"beyond\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                WIDTH - RIGHT - 8.0,
                TOP + 15.0,
                escape(said),
            ),
        );
    }

    fn push_level(&self, level: f64, name: &str, out: &mut String) {
        if level < self.values.0 || level > self.values.1 {
            return;
        }
        let y = self.y(level);
        if name.is_empty() {
            let right = WIDTH - RIGHT;
            push(
                out,
                format_args!("<path class=\"grid zero\" d=\"M{LEFT} {y:.1}H{right:.1}\"/>"),
            );
            return;
        }
        push(
            out,
            format_args!(
                "<path class=\"level\" d=\"M{LEFT} {y:.1}H{:.1}\"/>\
             <text class=\"level\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
                WIDTH - RIGHT,
                LEFT + 6.0,
                y - 4.0,
                escape(name),
            ),
        );
    }

    fn line_path(&self, line: &Line) -> String {
        let n = line.values.len();
        let points = Pyramid::build(&line.values).slice(&line.values, 0, n, LINE_PX);
        let mut path = String::new();
        let mut is_down = false;
        for (step, value) in points {
            if value.is_nan() {
                is_down = false;
                continue;
            }
            let letter = if is_down { 'L' } else { 'M' };
            let (x, y) = (self.x(line.first_step + step), self.y(value));
            push(&mut path, format_args!("{letter}{x:.1} {y:.1}"));
            is_down = true;
        }
        path
    }

    fn area_path(&self, area: &Area) -> String {
        let n = area.lo.len().min(area.hi.len());
        let n_stretches = n.clamp(1, BAND_PX);
        let mut path = String::new();
        let mut run: Vec<(f64, f64, f64)> = Vec::new();
        for stretch in 0..n_stretches {
            let (from, to) = (stretch * n / n_stretches, (stretch + 1) * n / n_stretches);
            // The envelope: nothing of the band may be hidden by thinning.
            let low = area.lo[from..to]
                .iter()
                .copied()
                .fold(f64::INFINITY, f64::min);
            let high = area.hi[from..to]
                .iter()
                .copied()
                .fold(f64::NEG_INFINITY, f64::max);
            if low.is_finite() && high.is_finite() {
                let step = area.first_step + (from + to - 1) as f64 / 2.0;
                run.push((self.x(step), self.y(low), self.y(high)));
            } else {
                push_run(&mut path, &mut run);
            }
        }
        push_run(&mut path, &mut run);
        path
    }
}

fn push_run(path: &mut String, run: &mut Vec<(f64, f64, f64)>) {
    let upper = run.iter().map(|&(x, _, high)| (x, high));
    let lower = run.iter().rev().map(|&(x, low, _)| (x, low));
    for (position, (x, y)) in upper.chain(lower).enumerate() {
        let letter = if position == 0 { 'M' } else { 'L' };
        push(path, format_args!("{letter}{x:.1} {y:.1}"));
    }
    if !run.is_empty() {
        path.push('Z');
    }
    run.clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_thinned_and_keeps_its_spike() {
        let mut values = vec![0.0; 100_000];
        values[54_321] = 10.0;
        let spec = ChartSpec {
            steps: (0.0, 100_000.0),
            lines: vec![Line {
                class: "real",
                first_step: 0.0,
                values,
            }],
            ..ChartSpec::default()
        };
        let svg = spec.to_svg();
        let frame = Frame::of(&spec);
        assert!(
            svg.contains(&format!(" {:.1}L", frame.y(10.0))),
            "the spike is lost"
        );
        assert!(svg.matches('L').count() <= 800);
    }

    #[test]
    fn a_chart_without_any_value_has_no_broken_number() {
        let spec = ChartSpec {
            lines: vec![Line {
                class: "a",
                first_step: 0.0,
                values: vec![f64::NAN; 5],
            }],
            areas: vec![Area {
                class: "a90",
                first_step: 0.0,
                lo: vec![f64::NAN; 5],
                hi: Vec::new(),
            }],
            ..ChartSpec::default()
        };
        let svg = spec.to_svg();
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    }
}
