//! Which stretch is asked about: from when on, for how long, and whether the model has learned from it.

use eframe::egui::{Align, Button, ComboBox, Layout, Role, Ui, WidgetInfo};

use super::place::{place_ui, words_at};
use crate::{
    app::{Command, CompareAnswer, Loaded, ScenarioCommand},
    data::{Dataset, Episode, Split},
    scenario::{Edit, Plan},
    ui::{
        Outbox, View, parts, text,
        theme::{self, GAP_S, GAP_XS, Theme},
    },
};

/// Lengths that are offered, in steps, where the record has so many.
const LENGTHS: [usize; 10] = [30, 60, 120, 180, 360, 720, 1_440, 2_880, 5_760, 11_520];
/// Room for words such as "2026-01-07 01:04".
const COMBO_WIDTH: f32 = 110.0;
/// Where there is less room, words stand closer.
const NARROW: f32 = 430.0;
/// The least that a length needs, and what stands around the box.
const LEAST_COMBO_WIDTH: f32 = 50.0;
const COMBO_MARGIN: f32 = 12.0;

/// Draws the row above the lanes, and the place of the stretch under it.
pub(super) fn period_ui(
    ui: &mut Ui,
    view: &View<'_>,
    loaded: &Loaded,
    answer: &CompareAnswer,
    out: &mut Outbox,
) {
    let dataset = &*loaded.dataset;
    let plan = &answer.b.plan;
    let theme = Theme::of(ui);
    let width = ui.available_width();
    let seen = if is_unseen(dataset, plan) {
        "compare-period-unseen"
    } else {
        "compare-period-seen"
    };
    let mut is_told = false;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = if width < NARROW { GAP_XS } else { GAP_S };
        ui.label(parts::rich(
            view.text.get("compare-period-from"),
            theme::dense(),
            theme.fg2(),
        ));
        start_ui(ui, view, dataset, plan, out);
        ui.label(parts::rich(
            view.text.get("compare-period-for"),
            theme::dense(),
            theme.fg2(),
        ));
        length_ui(ui, view, dataset, plan, out);
        is_told = seen_ui(ui, view, seen);
    });
    if !is_told {
        ui.horizontal(|ui| seen_ui(ui, view, seen));
    }
    let ends = ends(dataset, plan.start.episode, plan);
    place_ui(ui, view, (dataset, plan), (ends, width), out);
}

/// Whether the model learned from the stretch, on the right of the row; gives whether there was room to say
/// it.
fn seen_ui(ui: &mut Ui, view: &View<'_>, key: &str) -> bool {
    let theme = Theme::of(ui);
    let words = view.text.get(key);
    if parts::text_width(ui, &words, theme::caption()) > ui.available_width() {
        return false;
    }
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let words = parts::rich(words, theme::caption(), theme.fg2());
        let words = ui.label(words);
        words.on_hover_text(view.text.get(&format!("{key}-hint")));
    });
    true
}

/// Where it begins, one length earlier or later, and in which recording.
fn start_ui(ui: &mut Ui, view: &View<'_>, dataset: &Dataset, plan: &Plan, out: &mut Outbox) {
    let start = plan.start;
    let Some(episode) = dataset.episodes.get(start.episode) else {
        return;
    };
    let (earliest, latest) = ends(dataset, start.episode, plan);
    let mut move_to = |step: usize| {
        let command = ScenarioCommand::StartAt(start.episode, step);
        out.post(Command::Scenario(command));
    };
    let earlier = start
        .step
        .saturating_sub(plan.horizon_steps)
        .clamp(earliest, latest);
    let later = (start.step + plan.horizon_steps).clamp(earliest, latest);
    if arrow_ui(
        ui,
        "←",
        &view.text.get("compare-period-earlier"),
        earlier < start.step,
    ) {
        move_to(earlier);
    }
    let at = words_at(view, dataset, start.episode, start.step);
    let theme = Theme::of(ui);
    ui.label(parts::rich(at, theme::dense_bold(), theme.fg()));
    if arrow_ui(
        ui,
        "→",
        &view.text.get("compare-period-later"),
        later > start.step,
    ) {
        move_to(later);
    }
    if dataset.episodes.len() > 1 {
        let named = episode.name.clone();
        let combo = ComboBox::from_id_salt("compare-episode")
            .width(COMBO_WIDTH)
            .selected_text(named.as_str())
            .truncate()
            .show_ui(ui, |ui| {
                for (other, episode) in dataset.episodes.iter().enumerate() {
                    let is_long = episode.n_steps() > start.context_steps + plan.horizon_steps;
                    let shown = ui.add_enabled_ui(is_long, |ui| {
                        ui.selectable_label(other == start.episode, &episode.name)
                    });
                    if shown.inner.clicked() {
                        let (first, _) = ends(dataset, other, plan);
                        let command = ScenarioCommand::StartAt(other, first);
                        out.post(Command::Scenario(command));
                    }
                }
            });
        let label = view
            .text
            .with("compare-period-recording", &[("name", &named)]);
        let described = || WidgetInfo::labeled(Role::ComboBox, true, label.as_str());
        combo.response.widget_info(described);
    }
}

/// A small button that leads to the stretch before or after.
fn arrow_ui(ui: &mut Ui, sign: &str, words: &str, is_open: bool) -> bool {
    let theme = Theme::of(ui);
    let sign = parts::rich(sign, theme::caption(), theme.fg2());
    let button = ui.add_enabled(is_open, Button::new(sign).small());
    button.widget_info(|| WidgetInfo::labeled(Role::Button, is_open, words));
    button.on_hover_text(words).clicked()
}

fn length_ui(ui: &mut Ui, view: &View<'_>, dataset: &Dataset, plan: &Plan, out: &mut Outbox) {
    let now = plan.horizon_steps;
    let words = |steps: usize| text::duration(steps as f64 * dataset.step_secs, view.text);
    let most = dataset
        .episodes
        .get(plan.start.episode)
        .map_or(now, |episode| {
            episode.n_steps().saturating_sub(plan.start.context_steps)
        });
    let least =
        needed_steps(&view.session.variant.edits).max(needed_steps(&view.session.baseline.edits));
    // In a narrow view what is left, so that nothing lies under the answer.
    let width = (ui.available_width() - COMBO_MARGIN).clamp(LEAST_COMBO_WIDTH, COMBO_WIDTH);
    let combo = ComboBox::from_id_salt("compare-length")
        .width(width)
        .selected_text(words(now))
        .show_ui(ui, |ui| {
            for steps in lengths(now, least, most) {
                if ui.selectable_label(steps == now, words(steps)).clicked() && steps != now {
                    let (_, latest) = ends_of(most + plan.start.context_steps, steps, plan);
                    if plan.start.step > latest {
                        let command = ScenarioCommand::StartAt(plan.start.episode, latest);
                        out.post(Command::Scenario(command));
                    }
                    out.post(Command::Scenario(ScenarioCommand::SetHorizon(steps)));
                }
            }
        });
    let label = view
        .text
        .with("compare-period-length", &[("length", &words(now))]);
    combo
        .response
        .widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, label.as_str()));
}

/// Lengths to choose from, the present one among them, none shorter than what the edits speak of.
fn lengths(now: usize, least: usize, most: usize) -> Vec<usize> {
    let fitting = LENGTHS
        .into_iter()
        .filter(|steps| (least..=most).contains(steps));
    let mut all: Vec<usize> = fitting.chain([now]).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Steps that some edits speak of; a shorter horizon would refuse them.
fn needed_steps(edits: &[Edit]) -> usize {
    let of = |edit: &Edit| {
        let points = edit.points.iter().map(|point| point.0 + 1).max();
        let from = edit.from_step + 1;
        from.max(edit.to_step.unwrap_or(0)).max(points.unwrap_or(0))
    };
    edits.iter().map(of).max().unwrap_or(0)
}

/// The first and the last step that a stretch of this length may begin at in a recording.
fn ends(dataset: &Dataset, episode: usize, plan: &Plan) -> (usize, usize) {
    let n_steps = dataset.episodes.get(episode).map_or(0, Episode::n_steps);
    ends_of(n_steps, plan.horizon_steps, plan)
}

fn ends_of(n_steps: usize, horizon_steps: usize, plan: &Plan) -> (usize, usize) {
    let earliest = plan.start.context_steps.min(n_steps);
    (
        earliest,
        n_steps.saturating_sub(horizon_steps).max(earliest),
    )
}

/// Whether no model has learned from any step of the stretch.
fn is_unseen(dataset: &Dataset, plan: &Plan) -> bool {
    let (from, to) = (plan.start.step, plan.start.step + plan.horizon_steps);
    let learned = Split::ALL.into_iter().filter(|split| *split != Split::Test);
    learned
        .flat_map(|split| dataset.spans_of(split))
        .all(|span| span.episode != plan.start.episode || span.end <= from || span.start >= to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::EditOp;

    #[test]
    fn lengths_hold_the_present_one_and_none_that_the_edits_or_the_record_forbid() {
        assert_eq!(lengths(360, 0, 800), [30, 60, 120, 180, 360, 720]);
        assert_eq!(lengths(100, 90, 200), [100, 120, 180]);
        assert_eq!(lengths(20, 0, 20), [20]);
    }

    #[test]
    fn a_horizon_must_hold_what_the_edits_speak_of() {
        let edit = |from_step, to_step| Edit {
            channel: "u".to_owned(),
            op: EditOp::Add,
            value: 1.0,
            points: Vec::new(),
            from_step,
            to_step,
            line: 0,
        };
        assert_eq!(needed_steps(&[]), 0);
        assert_eq!(needed_steps(&[edit(0, None)]), 1);
        assert_eq!(needed_steps(&[edit(40, None), edit(0, Some(90))]), 90);
    }
}
