//! The view itself: signals on the left, lanes in the middle, the answer on the right.

use std::collections::BTreeSet;

use eframe::egui::{self, Frame, Margin, Panel as Side, ScrollArea, Ui};

use super::{
    answer, controls, lanes, limits, media::MediaStrips, period, schedule::ScheduleDrag, signals,
};
use crate::{
    app::{
        Command, CompareAnswer, ImportCommand, Loaded, Panel, ReportCommand, ScenarioCommand,
        TrainingCommand, TrainingPlan, WindowCommand,
    },
    trust::Standing,
    ui::{
        Outbox, View, parts,
        plots::LaneClock,
        text,
        theme::{self, GAP_S, Theme},
    },
};

const LEFT_WIDTH: f32 = 212.0;
/// The answer's share of the width, and its limits.
const RIGHT_FRAC: f32 = 0.27;
const RIGHT_WIDTH: std::ops::RangeInclusive<f32> = 356.0..=460.0;
/// Least and greatest height of a lane that shows an output.
const LANE_HEIGHT: std::ops::RangeInclusive<f32> = 120.0..=420.0;
/// At most this share of the answer's height belongs to the controls, in a high and in a low window.
const CONTROLS_FRAC: [f32; 2] = [0.45, 0.3];
/// A window is high from here on.
const HIGH: f32 = 900.0;
const WAITING_WIDTH: f32 = 240.0;
/// How opaque an answer to an earlier question is.
const STALE_ALPHA: f32 = 0.55;

/// The heart of the window: A against B next to what really happened.
#[derive(Default)]
pub struct ComparePanel {
    /// The clock of all lanes.
    pub(super) clock: Option<LaneClock>,
    /// What `clock` belongs to: episode, start, horizon.
    pub(super) clock_of: (usize, usize, usize),
    /// Outputs that are shown; `None` = the default choice.
    pub(super) shown: Option<BTreeSet<usize>>,
    /// The control whose lane is shown.
    pub(super) control: Option<usize>,
    /// The number of a control that is being typed.
    pub(super) typed: Option<controls::TypedNumber>,
    /// Words typed to search signals.
    pub(super) search: String,
    /// A point of the schedule that is being dragged.
    pub(super) drag: ScheduleDrag,
    /// Pictures that are loaded.
    pub(super) media: MediaStrips,
    /// Height that all sliders need together, once they were drawn.
    pub(super) controls_height: Option<f32>,
    /// Height of an output's lane, so that all lanes together fill the window.
    pub(super) lane_height: f32,
}

impl ComparePanel {
    /// The stable id.
    pub fn name(&self) -> &'static str {
        Panel::Compare.name()
    }

    /// Draws the view.
    pub fn ui(&mut self, ui: &mut Ui, view: &View<'_>, out: &mut Outbox) {
        let Some(loaded) = &view.session.loaded else {
            if parts::empty_ui(
                ui,
                &view.text.get("compare-empty-no-data"),
                &view.text.get("compare-go-home"),
            ) {
                out.post(Command::Window(WindowCommand::Show(Panel::Home)));
            }
            return;
        };
        let Some(answer) = &view.session.compare else {
            empty_ui(ui, view, loaded, out);
            return;
        };
        let theme = Theme::of(ui);
        let bare = Frame::new().inner_margin(Margin::same(8));
        let quiet = Frame::new()
            .fill(theme.bg1())
            .inner_margin(Margin::same(12));
        self.keep_clock(view, answer, loaded);
        self.lane_height = self.lane_height.max(*LANE_HEIGHT.start());
        let right_width = ui.available_width() * RIGHT_FRAC;
        let right_width = right_width.clamp(*RIGHT_WIDTH.start(), *RIGHT_WIDTH.end());
        // Who only watches does not choose signals.
        if !view.session.desk.presents {
            Side::left("compare-signals")
                .exact_size(LEFT_WIDTH)
                .resizable(false)
                .frame(quiet)
                .show(ui, |ui| {
                    ScrollArea::vertical().show(ui, |ui| {
                        signals::list_ui(self, ui, view, loaded, answer, out);
                    });
                });
        }
        Side::right("compare-answer")
            .exact_size(right_width)
            .resizable(false)
            .frame(quiet)
            .show(ui, |ui| self.answer_ui(ui, view, loaded, answer, out));
        if !view.session.desk.presents {
            Side::bottom("compare-actions")
                .frame(bare)
                .show_separator_line(false)
                .show(ui, |ui| actions_ui(ui, view, answer, out));
        }
        Side::top("compare-period")
            .frame(bare)
            .show_separator_line(false)
            .show(ui, |ui| period::period_ui(ui, view, loaded, answer, out));
        egui::CentralPanel::default().frame(bare).show(ui, |ui| {
            let room = ui.available_height();
            let drawn = ScrollArea::vertical()
                .auto_shrink(false)
                .show(ui, |ui| self.lanes_ui(ui, view, loaded, answer, out));
            self.fit_lanes(ui, answer, room, drawn.content_size.y);
        });
    }

    /// The answer, and under it the controls.
    fn answer_ui(
        &mut self,
        ui: &mut Ui,
        view: &View<'_>,
        loaded: &Loaded,
        answer: &CompareAnswer,
        out: &mut Outbox,
    ) {
        // Who only watches moves nothing: all the room belongs to the answer.
        if !view.session.desk.presents {
            self.controls_ui(ui, view, loaded, answer, out);
        }
        ScrollArea::vertical().show(ui, |ui| {
            // It is the answer to what was asked before, as the lanes beside it.
            if view.session.compare_stale {
                ui.multiply_opacity(STALE_ALPHA);
            }
            answer::verdict_ui(ui, view, loaded, answer);
            answer::kpi_table_ui(ui, view, answer);
            limits::limits_ui(ui, view, &loaded.dataset, answer);
            answer::kpi_notes_ui(ui, view, &loaded.dataset, answer);
            // Without a control there is no question to judge.
            if !loaded.dataset.controls().is_empty() {
                answer::judge_ui(ui, view, loaded, answer);
            }
        });
    }

    /// The controls under the answer; they keep their place, however what is said above grows and shrinks
    /// while one is dragged.
    fn controls_ui(
        &mut self,
        ui: &mut Ui,
        view: &View<'_>,
        loaded: &Loaded,
        answer: &CompareAnswer,
        out: &mut Outbox,
    ) {
        let is_low = ui.ctx().content_rect().height() < HIGH;
        let share = CONTROLS_FRAC[usize::from(is_low)];
        let most = (ui.available_height() * share).floor();
        let height = self.controls_height.map_or(most, |height| height.min(most));
        Side::bottom("compare-controls")
            .frame(Frame::new())
            .exact_size(height)
            .resizable(false)
            .show(ui, |ui| {
                let hand = (&mut self.control, &mut self.typed);
                let drawn = ScrollArea::vertical().id_salt("controls").show(ui, |ui| {
                    controls::controls_ui(ui, view, loaded, answer, hand, out);
                });
                let needed = drawn.content_size.y.ceil() + 1.0;
                if self
                    .controls_height
                    .is_none_or(|known| (known - needed).abs() > 0.5)
                {
                    self.controls_height = Some(needed);
                    ui.ctx().request_repaint();
                }
            });
    }

    /// Gives the outputs' lanes the room that the others leave.
    fn fit_lanes(&mut self, ui: &Ui, answer: &CompareAnswer, room: f32, drawn: f32) {
        let n_lanes = lanes::n_output_lanes(self, answer).max(1) as f32;
        let rest = drawn - n_lanes * self.lane_height;
        let fitting = ((room - rest) / n_lanes).floor();
        let fitting = fitting.clamp(*LANE_HEIGHT.start(), *LANE_HEIGHT.end());
        if (fitting - self.lane_height).abs() > 0.5 {
            self.lane_height = fitting;
            ui.ctx().request_repaint();
        }
    }

    /// Starts a new clock where the question has moved to another time.
    fn keep_clock(&mut self, view: &View<'_>, answer: &CompareAnswer, loaded: &Loaded) {
        let locale = view.text.locale();
        let start = answer.b.plan.start;
        let key = (start.episode, start.step, answer.b.plan.horizon_steps);
        if self.clock.is_none() || self.clock_of != key {
            self.clock = Some(lanes::clock_of(answer, &loaded.dataset, locale));
            self.clock_of = key;
        }
        if let Some(clock) = &mut self.clock {
            clock.axis.locale = locale;
        }
    }

    fn lanes_ui(
        &mut self,
        ui: &mut Ui,
        view: &View<'_>,
        loaded: &Loaded,
        answer: &CompareAnswer,
        out: &mut Outbox,
    ) {
        ui.spacing_mut().item_spacing.y = GAP_S;
        if view.session.compare_stale {
            ui.multiply_opacity(STALE_ALPHA);
        }
        lanes::output_lanes_ui(self, ui, view, loaded, answer);
        lanes::control_lane_ui(self, ui, view, loaded, answer, out);
        lanes::delta_lane_ui(self, ui, view, loaded, answer);
        if let Some(clock) = &self.clock {
            let seen = (&*loaded.dataset, answer);
            self.media.camera_ui(ui, view, seen, clock);
            MediaStrips::events_ui(ui, view, &loaded.dataset, clock);
        }
    }
}

/// No answer yet: says what is missing and offers it.
fn empty_ui(ui: &mut Ui, view: &View<'_>, loaded: &Loaded, out: &mut Outbox) {
    if let Some(running) = view.session.running_job() {
        ui.vertical_centered(|ui| {
            ui.add_space(ui.available_height() * 0.35);
            let words = view.text.get("compare-waiting");
            // A bar that stands still: a spinner would redraw the window for ever.
            parts::progress_bar(ui, running.done_frac, WAITING_WIDTH, &words);
            ui.add_space(GAP_S);
            parts::quiet(ui, &words);
            let stage = running.stage;
            parts::caption(ui, &view.text.or(&format!("stage-{stage}"), &[], stage));
        });
    } else if loaded.dataset.controls().is_empty() {
        // Learning first would not help: there would still be nothing to change.
        let sentence = view.text.get("compare-no-controls");
        if parts::empty_ui(ui, &sentence, &view.text.get("compare-choose-controls")) {
            out.post(Command::Import(ImportCommand::ReadAnew));
        }
    } else if loaded.model.is_none() {
        if parts::empty_ui(
            ui,
            &view.text.get("compare-empty-no-model"),
            &view.text.get("compare-train"),
        ) {
            out.post(Command::Training(TrainingCommand::Start(
                TrainingPlan::default(),
            )));
        }
    } else if parts::empty_ui(
        ui,
        &view.text.get("compare-empty-no-answer"),
        &view.text.get("compare-ask"),
    ) {
        out.post(Command::Scenario(ScenarioCommand::Ask));
    }
}

fn actions_ui(ui: &mut Ui, view: &View<'_>, answer: &CompareAnswer, out: &mut Outbox) {
    let text = view.text;
    let took = if view.is_test {
        String::new()
    } else {
        text::duration(answer.secs, text)
    };
    parts::split_row(
        ui,
        |ui| {
            let report = text.get("compare-report");
            let is_asked = answer.standing() != Standing::Unasked;
            let desk = &view.session.desk;
            // A report is one of the question that is asked now.
            let is_answered = !view.session.compare_stale;
            let report = ui.add_enabled_ui(is_answered, |ui| {
                if is_asked {
                    parts::accent_button(ui, &report)
                } else {
                    parts::button(ui, &report)
                }
            });
            if report.inner.clicked() {
                out.post(Command::Report(ReportCommand::Write));
            }
            let buttons = [
                ("compare-save", ScenarioCommand::Save, true),
                ("compare-undo", ScenarioCommand::Undo, desk.undo_steps > 0),
                ("compare-redo", ScenarioCommand::Redo, desk.redo_steps > 0),
            ];
            for (key, command, is_open) in buttons {
                let button = ui.add_enabled_ui(is_open, |ui| parts::button(ui, &text.get(key)));
                if button.inner.clicked() {
                    out.post(Command::Scenario(command));
                }
            }
        },
        |ui| {
            let (draws, members) = (answer.n_draws.to_string(), answer.n_members.to_string());
            let args = [
                ("draws", draws.as_str()),
                ("members", members.as_str()),
                ("took", took.as_str()),
            ];
            let effort = text.with("compare-effort", &args);
            if parts::text_width(ui, &effort, theme::caption()) < ui.available_width() {
                parts::caption(ui, &effort);
            }
        },
    );
}
