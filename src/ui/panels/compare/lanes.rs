//! The lanes: outputs with bands, the control, the difference.

use eframe::egui::Ui;

use super::{panel::ComparePanel, schedule, signals::default_shown};
use crate::{
    app::{CompareAnswer, Loaded},
    base::to_count,
    data::{Band, Dataset, Trajectory},
    scenario::Plan,
    ui::{
        Outbox, View, parts,
        plots::{Area, Lane, LaneClock, Mark, RangeShade, TimeAxis, Trace, lane_head_ui, lane_ui},
        theme::{BAND50_ALPHA, BAND90_ALPHA, Theme},
    },
};

/// Height of the lanes of the control and of the difference.
const SMALL_HEIGHT: f32 = 86.0;
/// Share of the horizon over which a curve is hatched after its support ended.
const HATCHED_FRAC: f64 = 0.14;
/// A difference smaller than this share of what A spans looks small.
const LEAST_DELTA_FRAC: f64 = 0.1;

/// The clock of a comparison: zero at the first predicted step.
pub(super) fn clock_of(answer: &CompareAnswer, dataset: &Dataset) -> LaneClock {
    let plan = &answer.b.plan;
    let horizon = plan.horizon_steps as f64 * dataset.step_secs;
    let context = plan
        .start
        .step
        .min(plan.horizon_steps / 2 + plan.start.context_steps) as f64;
    let range = -context * dataset.step_secs..=horizon;
    LaneClock {
        axis: TimeAxis {
            zero_ns: answer.b.trajectory.start_ns,
            has_clock: dataset.has_clock,
            offset_secs: dataset.shown_offset_secs(),
        },
        full: range.clone(),
        range,
        cursor: None,
    }
}

/// Draws a lane for each chosen output.
pub(super) fn output_lanes_ui(
    panel: &mut ComparePanel,
    ui: &mut Ui,
    view: &View<'_>,
    loaded: &Loaded,
    answer: &CompareAnswer,
) {
    let shown = panel.shown.clone().unwrap_or_else(|| default_shown(answer));
    // The clock is named once, in the first lane.
    let mut zone = loaded.dataset.zone_name();
    for channel in shown {
        let (Some(output), Some(clock)) =
            (answer.b.trajectory.output_of(channel), panel.clock.as_mut())
        else {
            continue;
        };
        let theme = Theme::of(ui);
        let mut lane = output_lane(loaded, answer, channel, output, theme);
        lane.height = panel.lane_height;
        parts::dense_card(ui, |ui| {
            let meta = &loaded.dataset.channels[channel];
            let legend = [
                (view.text.get("plot-real"), theme.real()),
                (view.text.get("plot-a-bands"), theme.a()),
                (view.text.get("plot-b-bands"), theme.b()),
            ];
            let mut unit = meta.unit.clone();
            if let Some(zone) = zone.take() {
                let words = view.text.with("plot-zone", &[("zone", &zone)]);
                unit = [unit, words].join("  ·  ");
            }
            lane_head_ui(ui, &meta.name, &unit, &legend);
            lane_ui(ui, &lane, clock);
        });
    }
}

/// How many outputs have a lane.
pub(super) fn n_output_lanes(panel: &ComparePanel, answer: &CompareAnswer) -> usize {
    let shown = panel.shown.clone().unwrap_or_else(|| default_shown(answer));
    let has_lane = |channel: &&usize| answer.b.trajectory.output_of(**channel).is_some();
    shown.iter().filter(has_lane).count()
}

fn output_lane(
    loaded: &Loaded,
    answer: &CompareAnswer,
    channel: usize,
    output: usize,
    theme: Theme,
) -> Lane {
    let dataset = &loaded.dataset;
    let meta = &dataset.channels[channel];
    let mut lane = Lane {
        id: format!("lane-{}", meta.name),
        label: format!("{} {}", meta.name, meta.unit),
        has_times: true,
        ..Lane::default()
    };
    for (side, color) in [(&answer.a, theme.a()), (&answer.b, theme.b())] {
        let exit = side.support.exit_step.unwrap_or(side.trajectory.n_steps);
        add_side(&mut lane, &side.trajectory, output, exit, color);
    }
    lane.traces.push(Trace {
        name: "real".to_owned(),
        points: real_points(dataset, &answer.b.plan, channel),
        color: theme.real(),
        width: 1.5,
    });
    let levels = meta
        .limits
        .named()
        .into_iter()
        .map(|(_, level)| (level, theme.bad()));
    lane.levels.extend(levels);
    lane.marks.push(Mark {
        x: 0.0,
        color: theme.fg3(),
        is_dashed: true,
    });
    lane
}

/// Bands and curve up to where the support ends, then a hatched stretch, then nothing.
fn add_side(
    lane: &mut Lane,
    trajectory: &Trajectory,
    output: usize,
    exit: usize,
    color: eframe::egui::Color32,
) {
    let step = trajectory.step_secs;
    let n_steps = trajectory.n_steps;
    let hatched = to_count((n_steps as f64 * HATCHED_FRAC).ceil()).max(2);
    let end = (exit + hatched).min(n_steps);
    let area = |band: &Band, from: usize, to: usize, alpha: f32, is_hatched: bool| Area {
        name: "band".to_owned(),
        xs: (from..to).map(|index| index as f64 * step).collect(),
        lo: band.lo[from..to].to_vec(),
        hi: band.hi[from..to].to_vec(),
        color: color.gamma_multiply(alpha),
        is_hatched,
    };
    if exit > 0 {
        lane.areas.push(area(
            &trajectory.band90[output],
            0,
            exit,
            BAND90_ALPHA,
            false,
        ));
        lane.areas.push(area(
            &trajectory.band50[output],
            0,
            exit,
            BAND50_ALPHA,
            false,
        ));
    }
    if exit < n_steps {
        lane.areas.push(area(
            &trajectory.band90[output],
            exit.saturating_sub(1),
            end,
            0.7,
            true,
        ));
    }
    let mean = trajectory.mean[output][..exit].iter().enumerate();
    lane.traces.push(Trace {
        name: "predicted".to_owned(),
        points: mean
            .map(|(index, &value)| [index as f64 * step, value])
            .collect(),
        color,
        width: 2.0,
    });
}

/// What was measured before and over the horizon; x = 0 at the first predicted step.
fn real_points(dataset: &Dataset, plan: &Plan, channel: usize) -> Vec<[f64; 2]> {
    let Some(episode) = dataset.episodes.get(plan.start.episode) else {
        return Vec::new();
    };
    let context = plan
        .start
        .step
        .min(plan.horizon_steps / 2 + plan.start.context_steps);
    let from = plan.start.step - context;
    let to = (plan.start.step + plan.horizon_steps).min(episode.n_steps());
    let column = &episode.columns[channel][from..to];
    let x = |index: usize| (index as f64 - context as f64) * dataset.step_secs;
    let measured = column
        .iter()
        .enumerate()
        .map(|(index, &value)| [x(index), value]);
    // A slow sensor's blanks would break its line at every step: only long gaps are gaps.
    let has_blanks = column.iter().filter(|value| value.is_nan()).count() * 3 < column.len() * 2;
    if has_blanks && column.iter().any(|value| value.is_nan()) {
        measured.filter(|point| point[1].is_finite()).collect()
    } else {
        measured.collect()
    }
}

/// Draws the lane of the chosen control, with the points of its schedule.
pub(super) fn control_lane_ui(
    panel: &mut ComparePanel,
    ui: &mut Ui,
    view: &View<'_>,
    loaded: &Loaded,
    answer: &CompareAnswer,
    out: &mut Outbox,
) {
    let edited = answer.b.plan.edited.first().copied();
    let chosen = panel
        .control
        .or(edited)
        .or_else(|| loaded.dataset.controls().first().copied());
    let (Some(channel), Some(clock)) = (chosen, panel.clock.as_mut()) else {
        return;
    };
    panel.control = Some(channel);
    let theme = Theme::of(ui);
    let meta = &loaded.dataset.channels[channel];
    let mut lane = control_lane(loaded, answer, channel, theme);
    lane.height = SMALL_HEIGHT;
    parts::dense_card(ui, |ui| {
        let legend = [
            (view.text.get("plot-set-a"), theme.a()),
            (view.text.get("plot-set-b"), theme.b()),
            (view.text.get("plot-supported"), theme.fg3()),
        ];
        lane_head_ui(ui, &meta.name, &meta.unit, &legend);
        let drawn = lane_ui(ui, &lane, clock);
        let subject = schedule::Subject {
            channel,
            plan: &answer.b.plan,
            dataset: &loaded.dataset,
        };
        schedule::schedule_ui(ui, view, &subject, &drawn, &mut panel.drag, out);
    });
}

fn control_lane(loaded: &Loaded, answer: &CompareAnswer, channel: usize, theme: Theme) -> Lane {
    let dataset = &loaded.dataset;
    let meta = &dataset.channels[channel];
    let mut traces = vec![Trace {
        name: "real".to_owned(),
        points: real_points(dataset, &answer.b.plan, channel),
        color: theme.fg3(),
        width: 1.2,
    }];
    for (side, color) in [(&answer.a, theme.a()), (&answer.b, theme.b())] {
        let row = side.plan.controls.row_of(channel).unwrap_or_default();
        let points = row.iter().enumerate();
        traces.push(Trace {
            name: "set".to_owned(),
            points: points
                .map(|(index, &value)| [index as f64 * dataset.step_secs, value])
                .collect(),
            color,
            width: 2.0,
        });
    }
    let range = loaded.support.control_range(channel);
    let levels = meta
        .limits
        .named()
        .into_iter()
        .map(|(_, level)| (level, theme.bad()));
    Lane {
        id: format!("control-{}", meta.name),
        label: format!("{} {}", meta.name, meta.unit),
        traces,
        levels: levels.collect(),
        shade: range.map(|range| RangeShade {
            low: range.low,
            high: range.high,
            color: theme.fg3().gamma_multiply(0.16),
        }),
        marks: vec![Mark {
            x: 0.0,
            color: theme.fg3(),
            is_dashed: true,
        }],
        ..Lane::default()
    }
}

/// Draws the difference of the first shown output with its simultaneous band.
pub(super) fn delta_lane_ui(
    panel: &mut ComparePanel,
    ui: &mut Ui,
    view: &View<'_>,
    loaded: &Loaded,
    answer: &CompareAnswer,
) {
    let shown = panel.shown.clone().unwrap_or_else(|| default_shown(answer));
    let Some(channel) = shown.first().copied() else {
        return;
    };
    let (Some(output), Some(clock)) =
        (answer.b.trajectory.output_of(channel), panel.clock.as_mut())
    else {
        return;
    };
    let Some(trace) = answer.deltas.get(output) else {
        return;
    };
    let theme = Theme::of(ui);
    let meta = &loaded.dataset.channels[channel];
    let step = loaded.dataset.step_secs;
    let exit = answer
        .b
        .support
        .exit_step
        .unwrap_or(trace.mean.len())
        .min(trace.mean.len());
    let xs: Vec<f64> = (0..exit).map(|index| index as f64 * step).collect();
    let mut lane = Lane {
        id: "lane-delta".to_owned(),
        label: format!("{} {}", view.text.get("plot-difference"), meta.name),
        height: SMALL_HEIGHT,
        zero: Some(0.0),
        least_span: LEAST_DELTA_FRAC * reach(&answer.a.trajectory, output),
        ..Lane::default()
    };
    lane.areas.push(Area {
        name: "band".to_owned(),
        lo: trace.band.lo[..exit].to_vec(),
        hi: trace.band.hi[..exit].to_vec(),
        color: theme.delta().gamma_multiply(BAND50_ALPHA),
        is_hatched: false,
        xs: xs.clone(),
    });
    let points = xs.iter().zip(&trace.mean).map(|(&x, &y)| [x, y]);
    lane.traces.push(Trace {
        name: "difference".to_owned(),
        points: points.collect(),
        color: theme.delta(),
        width: 2.0,
    });
    let diverges = trace
        .first_divergence
        .filter(|step_idx| *step_idx < exit)
        .map(|step_idx| step_idx as f64 * step);
    lane.marks.extend(diverges.map(|x| Mark {
        x,
        color: theme.delta(),
        is_dashed: true,
    }));
    parts::dense_card(ui, |ui| {
        let mut legend = vec![(view.text.get("plot-simultaneous"), theme.fg2())];
        if let Some(x) = diverges {
            let at = clock.axis.label(x, 60.0);
            legend.insert(
                0,
                (
                    view.text.with("plot-differs-from", &[("time", &at)]),
                    theme.delta(),
                ),
            );
        }
        let title = format!("{} – {}", view.text.get("plot-difference"), meta.name);
        if exit == 0 {
            // A flat line at zero would say that nothing differs.
            lane_head_ui(ui, &title, &meta.unit, &[]);
            parts::quiet(ui, &view.text.get("compare-not-shown"));
            return;
        }
        lane_head_ui(ui, &title, &meta.unit, &legend);
        lane_ui(ui, &lane, clock);
    });
}

/// From the lowest to the highest value that A's 90 % band holds.
fn reach(trajectory: &Trajectory, output: usize) -> f64 {
    let band = &trajectory.band90[output];
    let finite = || band.lo.iter().chain(&band.hi).filter(|y| y.is_finite());
    let low = finite().copied().fold(f64::INFINITY, f64::min);
    let high = finite().copied().fold(f64::NEG_INFINITY, f64::max);
    if high > low { high - low } else { 0.0 }
}
