//! Where in its recording the stretch lies: a bar that is clicked to go elsewhere.

use eframe::egui::{CornerRadius, Key, Rect, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::{
    app::{Command, ScenarioCommand},
    base::{to_count, to_f32},
    data::{Dataset, Split},
    scenario::Plan,
    ui::{Outbox, View, text, theme::Theme},
};

const HEIGHT: f32 = 14.0;
const TRACK: f32 = 6.0;
/// A stretch is at least so wide on the bar that it can be seen.
const LEAST_WIDTH: f32 = 4.0;

/// Draws the recording with what no model has learned from, and the stretch in it; a click or a drag
/// puts the stretch there. It may begin from the first to the last of two steps.
pub(super) fn place_ui(
    ui: &mut Ui,
    view: &View<'_>,
    (dataset, plan): (&Dataset, &Plan),
    ((earliest, latest), width): ((usize, usize), f32),
    out: &mut Outbox,
) {
    let start = plan.start;
    let Some(episode) = dataset.episodes.get(start.episode) else {
        return;
    };
    if latest <= earliest {
        return;
    }
    let theme = Theme::of(ui);
    let size = vec2(width, HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
    let n_steps = episode.n_steps() as f64;
    let x = |step: usize| rect.left() + to_f32(step as f64 / n_steps) * rect.width();
    let track = Rect::from_center_size(rect.center(), vec2(rect.width(), TRACK));
    let bar = |from: usize, to: usize| {
        let width = (x(to) - x(from)).max(LEAST_WIDTH);
        Rect::from_min_size(pos2(x(from), track.top()), vec2(width, TRACK))
    };
    let round = CornerRadius::same(3);
    ui.painter().rect_filled(track, round, theme.bg3());
    let unseen = dataset.spans_of(Split::Test);
    for span in unseen.filter(|span| span.episode == start.episode) {
        let shade = theme.fg3().gamma_multiply(0.45);
        ui.painter()
            .rect_filled(bar(span.start, span.end), round, shade);
    }
    let stretch = bar(start.step, start.step + plan.horizon_steps).expand2(vec2(0.0, 2.0));
    let is_held = response.hovered() || response.dragged() || response.has_focus();
    let color = if is_held { theme.a() } else { theme.fg2() };
    ui.painter().rect_filled(stretch, round, color);
    // The middle of the stretch goes where the hand is.
    let step_at = |pos_x: f32| {
        let share = f64::from(((pos_x - rect.left()) / rect.width()).clamp(0.0, 1.0));
        let middle = to_count((share * n_steps).round());
        let begin = middle.saturating_sub(plan.horizon_steps / 2);
        begin.clamp(earliest, latest)
    };
    let name = view.text.get("compare-period-place");
    response.widget_info(|| WidgetInfo::slider(true, start.step as f64, &name));
    let is_put = response.clicked() || response.drag_stopped();
    let held_at = response.interact_pointer_pos().filter(|_| is_put);
    let mut goes_to = held_at.map(|pos| step_at(pos.x));
    if response.has_focus() {
        let presses = ui.input(|input| {
            input.num_presses(Key::ArrowRight) as f64 - input.num_presses(Key::ArrowLeft) as f64
        });
        // A tenth of the stretch is as fine as a hand needs.
        let by = presses * (plan.horizon_steps as f64 / 10.0).ceil();
        let to = to_count((start.step as f64 + by).max(0.0));
        goes_to = goes_to.or((presses != 0.0).then(|| to.clamp(earliest, latest)));
    }
    if let Some(step) = goes_to.filter(|step| *step != start.step) {
        let command = ScenarioCommand::StartAt(start.episode, step);
        out.post(Command::Scenario(command));
    }
    if let Some(pos) = response.hover_pos() {
        let at = words_at(view, dataset, start.episode, step_at(pos.x));
        response.on_hover_text(format!("{name}: {at}"));
    }
}

/// When a step of a recording was.
pub(super) fn words_at(view: &View<'_>, dataset: &Dataset, episode: usize, step: usize) -> String {
    let recording = dataset.episodes.get(episode);
    match recording.filter(|_| dataset.has_clock) {
        Some(episode) => {
            let time_ns = episode.time_ns(step, dataset.step_secs);
            text::moment(time_ns, dataset.shown_offset_secs())
        }
        None => text::duration(step as f64 * dataset.step_secs, view.text),
    }
}
