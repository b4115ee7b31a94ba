//! Draggable points on the control's curve: a schedule that B follows.

use eframe::egui::{Label, Rect, Sense, Stroke, Ui, WidgetInfo, vec2};
use egui_plot::PlotPoint;

use super::own::{replaced, whole};
use crate::{
    app::{Command, ScenarioCommand},
    base::to_count,
    data::Dataset,
    scenario::{Edit, EditOp, Plan},
    ui::{
        Outbox, View, parts,
        plots::LaneDrawn,
        theme::{self, Theme},
    },
};

/// A point that is being dragged: its position in the list and where it is now.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct ScheduleDrag {
    held: Option<(usize, usize, f64)>,
}

/// Whose schedule is edited.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    /// The control's index in the dataset.
    pub(super) channel: usize,
    /// B as it was asked.
    pub(super) plan: &'a Plan,
    /// The data.
    pub(super) dataset: &'a Dataset,
    /// Whether the control can only stand at some levels.
    pub(super) has_levels: bool,
}

/// Draws the points and the buttons that make or drop a schedule; posts the changed edits.
pub(super) fn schedule_ui(
    ui: &mut Ui,
    view: &View<'_>,
    subject: &Subject<'_>,
    drawn: &LaneDrawn,
    drag: &mut ScheduleDrag,
    out: &mut Outbox,
) {
    let name = subject.dataset.channels[subject.channel].name.as_str();
    let edits = &view.session.variant.edits;
    let schedule = edits
        .iter()
        .find(|edit| edit.channel == name && edit.op == EditOp::Schedule);
    let Some(schedule) = schedule else {
        // Between two levels there is nothing that the line could run at.
        if subject.has_levels {
            return;
        }
        ui.horizontal(|ui| {
            let words = view.text.get("plot-draw-schedule");
            let fg2 = Theme::of(ui).fg2();
            if parts::chip_button(ui, &words, fg2, Sense::click()).clicked() {
                let row = subject.plan.controls.row_of(subject.channel);
                out.post(with_points(
                    edits,
                    name,
                    first_points(row.unwrap_or_default()),
                ));
            }
            hint_ui(ui, &view.text.get("plot-schedule-hint"));
        });
        return;
    };
    let mut points = schedule.points.clone();
    let changed = points_ui(ui, subject, drawn, drag, &mut points);
    if changed {
        out.post(with_points(edits, name, points));
    }
    ui.horizontal(|ui| {
        let words = view.text.get("plot-drop-schedule");
        let fg2 = Theme::of(ui).fg2();
        if parts::chip_button(ui, &words, fg2, Sense::click()).clicked() {
            let rest = replaced(edits, name, None);
            out.post(Command::Scenario(ScenarioCommand::SetEdits(rest)));
        }
        hint_ui(ui, &view.text.get("plot-points-hint"));
    });
}

/// What a hand can do, cut where there is no room: a longer line would widen this lane and no other.
fn hint_ui(ui: &mut Ui, words: &str) {
    let shown = parts::rich(words, theme::caption(), Theme::of(ui).fg3());
    ui.add(Label::new(shown).truncate());
}

/// The most points a new schedule begins with: two for each of many levels of a control.
const FIRST_POINTS: usize = 64;
/// A curve this near to B's, as a share of its range, is B's.
const NEAR: f64 = 0.005;

/// Points through the curve as it is now, so that a schedule begins by changing nothing: always one
/// more where the lines between them are furthest from it.
fn first_points(row: &[f64]) -> Vec<(usize, f64)> {
    let last = row.len().saturating_sub(1);
    let mut steps = vec![0, last];
    steps.dedup();
    let range = row.iter().copied().fold(f64::NEG_INFINITY, f64::max)
        - row.iter().copied().fold(f64::INFINITY, f64::min);
    while steps.len() < FIRST_POINTS {
        let furthest = (steps.windows(2))
            .flat_map(|ends| (ends[0] + 1..ends[1]).map(move |step| (step, ends[0], ends[1])))
            .map(|(step, from, to)| {
                let share = (step - from) as f64 / (to - from) as f64;
                let line = row[from] + share * (row[to] - row[from]);
                ((row[step] - line).abs(), step)
            })
            .max_by(|one, other| one.0.total_cmp(&other.0));
        let Some((_, step)) = furthest.filter(|(off, _)| *off > NEAR * range) else {
            break;
        };
        steps.push(step);
        steps.sort_unstable();
    }
    let value = |step: usize| row.get(step).copied().unwrap_or(0.0);
    steps.into_iter().map(|step| (step, value(step))).collect()
}

/// The edits with this channel's replaced by a schedule.
fn with_points(edits: &[Edit], name: &str, points: Vec<(usize, f64)>) -> Command {
    let schedule = Edit {
        points,
        ..whole(name, EditOp::Schedule, 0.0)
    };
    let edits = replaced(edits, name, Some(schedule));
    Command::Scenario(ScenarioCommand::SetEdits(edits))
}

/// Draws the points; whether the list was changed for good.
fn points_ui(
    ui: &Ui,
    subject: &Subject<'_>,
    drawn: &LaneDrawn,
    drag: &mut ScheduleDrag,
    points: &mut Vec<(usize, f64)>,
) -> bool {
    let theme = Theme::of(ui);
    let step_secs = subject.dataset.step_secs;
    let last = subject.plan.horizon_steps.saturating_sub(1);
    let mut changed = false;
    let mut removed = None;
    for index in 0..points.len() {
        let (step, value) = match drag.held {
            Some((held, step, value)) if held == index => (step, value),
            _ => points[index],
        };
        let center = drawn
            .transform
            .position_from_point(&PlotPoint::new(step as f64 * step_secs, value));
        let id = ui.scope_id().with(("schedule", subject.channel, index));
        let response = ui.interact(
            Rect::from_center_size(center, vec2(18.0, 18.0)),
            id,
            Sense::click_and_drag(),
        );
        response.widget_info(|| {
            WidgetInfo::slider(
                true,
                value,
                subject.dataset.channels[subject.channel].name.as_str(),
            )
        });
        let radius = if response.hovered() || response.dragged() {
            6.5
        } else {
            5.0
        };
        ui.painter()
            .circle(center, radius, theme.bg1(), Stroke::new(2.0, theme.b()));
        if let (true, Some(pos)) = (response.dragged(), response.interact_pointer_pos()) {
            let plot = drawn.transform.value_from_position(pos);
            let (low, high) = neighbours(points, index, last);
            drag.held = Some((index, to_step(plot.x / step_secs, low, high), plot.y));
        }
        if response.drag_stopped()
            && let Some((_, step, value)) = drag.held.take()
        {
            points[index] = (step, value);
            changed = true;
        }
        if response.secondary_clicked() && points.len() > 2 {
            removed = Some(index);
        }
    }
    if let Some(index) = removed {
        points.remove(index);
        changed = true;
    }
    if let Some(new) = drawn.double_clicked {
        let step = to_step(new.x / step_secs, 0, last);
        points.retain(|point| point.0 != step);
        points.push((step, new.y));
        points.sort_by_key(|point| point.0);
        changed = true;
    }
    changed
}

/// The steps between which a point may be dragged.
fn neighbours(points: &[(usize, f64)], index: usize, last: usize) -> (usize, usize) {
    let low = index
        .checked_sub(1)
        .map_or(0, |before| points[before].0 + 1);
    let high = points
        .get(index + 1)
        .map_or(last, |after| after.0.saturating_sub(1));
    (low, high.max(low))
}

fn to_step(step: f64, low: usize, high: usize) -> usize {
    to_count(step.round().clamp(low as f64, high as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_cannot_pass_its_neighbours() {
        let points = [(0, 1.0), (10, 2.0), (20, 3.0)];
        assert_eq!(neighbours(&points, 1, 30), (1, 19));
        assert_eq!(neighbours(&points, 2, 30), (11, 30));
        assert_eq!(neighbours(&points, 0, 30), (0, 9));
    }

    #[test]
    fn a_schedule_begins_as_the_curve_that_is_there() {
        let mut row = vec![5.0; 60];
        row[20..].fill(8.0);
        let points = first_points(&row);
        assert_eq!(points, [(0, 5.0), (19, 5.0), (20, 8.0), (59, 8.0)]);
        // Twenty levels, as a real log has them.
        let levels: Vec<f64> = (0..200).map(|step| f64::from(step / 10 * 7 % 11)).collect();
        let points = first_points(&levels);
        let there: Vec<f64> = points.iter().map(|&(step, _)| levels[step]).collect();
        assert_eq!(
            there,
            points.iter().map(|point| point.1).collect::<Vec<_>>()
        );
        assert_eq!(points.len(), 40, "both ends of each level");
        assert_eq!(first_points(&[2.0; 30]), [(0, 2.0), (29, 2.0)]);
        assert_eq!(first_points(&[]), [(0, 0.0)]);
    }

    #[test]
    fn a_schedule_replaces_only_its_own_channel() {
        let other = Edit {
            channel: "pump".to_owned(),
            op: EditOp::Set,
            value: 1.0,
            points: Vec::new(),
            from_step: 0,
            to_step: None,
            line: 0,
        };
        let command = with_points(std::slice::from_ref(&other), "speed", vec![(0, 1.0)]);
        let Command::Scenario(ScenarioCommand::SetEdits(edits)) = command else {
            panic!("another command")
        };
        assert_eq!(edits.len(), 2);
        assert_eq!(edits[0], other);
    }
}
