//! The lanes: outputs with bands, the control, the difference.

use eframe::egui::Ui;

use super::{levels::levels_of, panel::ComparePanel, schedule, signals::default_shown};
use crate::{
    app::{CompareAnswer, Loaded},
    base::{Locale, to_count},
    data::{Band, Dataset, Trajectory},
    scenario::Plan,
    ui::{
        Outbox, View, parts,
        plots::{
            Area, Lane, LaneClock, Mark, Measured, RangeShade, TimeAxis, Trace,
            lane_head_shaded_ui, lane_head_ui, lane_ui,
        },
        theme::{BAND50_ALPHA, BAND90_ALPHA, Theme},
    },
};

/// Height of the lanes of the control and of the difference.
const SMALL_HEIGHT: f32 = 86.0;
/// Share of the horizon over which a curve is hatched after its support ended.
const HATCHED_FRAC: f64 = 0.14;
/// A lane as narrow as this has no room for a title and two legends.
const NARROW: f32 = 470.0;
/// A record that covers less of the horizon has no number to stand beside one of the whole.
const MEASURED_FRAC: f64 = 0.9;
/// A difference smaller than this share of what A spans looks small.
const LEAST_DELTA_FRAC: f64 = 0.1;

/// The clock of a comparison: zero at the first predicted step.
pub(super) fn clock_of(answer: &CompareAnswer, dataset: &Dataset, locale: Locale) -> LaneClock {
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
            locale,
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
    lane.traces.push(real_trace(
        dataset,
        &answer.b.plan,
        channel,
        (theme.real(), 1.5),
    ));
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
        has_dots: false,
    });
}

/// What was measured before and over the horizon; x = 0 at the first predicted step.
fn real_trace(
    dataset: &Dataset,
    plan: &Plan,
    channel: usize,
    (color, width): (eframe::egui::Color32, f32),
) -> Trace {
    let context = plan
        .start
        .step
        .min(plan.horizon_steps / 2 + plan.start.context_steps);
    let column = column(dataset, plan, channel, context);
    let first_x = -(context as f64) * dataset.step_secs;
    let real = Measured::of(column, first_x, dataset.step_secs);
    Trace {
        name: "real".to_owned(),
        points: real.points,
        color,
        width,
        has_dots: real.is_slow,
    }
}

/// Whether a channel was measured over nearly all of the horizon, so that a number of the record can
/// stand beside one of the whole horizon.
pub(super) fn is_measured(dataset: &Dataset, plan: &Plan, channel: usize) -> bool {
    let column = column(dataset, plan, channel, 0);
    column.len() == plan.horizon_steps
        && Measured::of(column, 0.0, dataset.step_secs).covered_frac >= MEASURED_FRAC
}

/// What was recorded of a channel from so many steps before the first predicted one to the horizon.
fn column<'d>(dataset: &'d Dataset, plan: &Plan, channel: usize, before: usize) -> &'d [f64] {
    let Some(episode) = dataset.episodes.get(plan.start.episode) else {
        return &[];
    };
    let from = plan.start.step.saturating_sub(before);
    let to = (plan.start.step + plan.horizon_steps).min(episode.n_steps());
    episode.columns[channel].get(from..to).unwrap_or_default()
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
            (view.text.get("plot-real"), theme.fg3()),
            (view.text.get("plot-set-a"), theme.a()),
            (view.text.get("plot-set-b"), theme.b()),
        ];
        let shade = (view.text.get("plot-supported"), theme.fg3());
        let shade = lane.shade.is_some().then_some(shade);
        lane_head_shaded_ui(ui, (&meta.name, &meta.unit), &legend, shade.as_ref());
        let drawn = lane_ui(ui, &lane, clock);
        let subject = schedule::Subject {
            channel,
            plan: &answer.b.plan,
            dataset: &loaded.dataset,
            has_levels: !levels_of(loaded, channel).is_empty(),
        };
        schedule::schedule_ui(ui, view, &subject, &drawn, &mut panel.drag, out);
    });
}

fn control_lane(loaded: &Loaded, answer: &CompareAnswer, channel: usize, theme: Theme) -> Lane {
    let dataset = &loaded.dataset;
    let meta = &dataset.channels[channel];
    let mut traces = vec![real_trace(
        dataset,
        &answer.b.plan,
        channel,
        (theme.fg3(), 1.2),
    )];
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
            has_dots: false,
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
    // A difference holds no further than both its sides.
    let exits = [&answer.a, &answer.b].map(|side| side.support.exit_step);
    let exit = exits.into_iter().flatten().min();
    let exit = exit.unwrap_or(trace.mean.len()).min(trace.mean.len());
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
        has_dots: false,
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
        if diverges.is_some() && ui.available_width() < NARROW {
            // What is shown comes first, then from when on; the band says by itself what it is.
            legend.clear();
        }
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
