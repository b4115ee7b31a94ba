//! The model view as a whole.

use eframe::egui::{Label, Ui};

use super::{curves::curves_ui, options::options_ui, race};
use crate::{
    app::{
        Access, Command, ImportCommand, Loaded, Panel, Preset, TrainingCommand, TrainingPlan,
        TrainingView,
    },
    ui::{
        Outbox, View,
        parts::{self, rich},
        text::{measure, percent, rough_duration},
        theme::{self, GAP_L, GAP_M, GAP_S, GAP_XS, Theme},
    },
};

/// Where there is less room, what would stand side by side stands one under the other.
const TWO_COLUMNS: f32 = 1080.0;

/// The model view.
#[derive(Debug, Default)]
pub struct ModelPanel {
    plan: TrainingPlan,
}

impl ModelPanel {
    /// The stable id.
    pub fn name(&self) -> &'static str {
        Panel::Model.name()
    }

    /// Draws the view.
    pub fn ui(&mut self, ui: &mut Ui, view: &View<'_>, out: &mut Outbox) {
        let session = view.session;
        let Some(loaded) = &session.loaded else {
            let sentence = view.text.get("ui-model-empty");
            if parts::empty_ui(ui, &sentence, &view.text.get("ui-home-import")) {
                out.post(Command::Import(ImportCommand::ChooseFiles));
            }
            return;
        };
        parts::page_title(ui, &view.text.get("ui-panel-model"));
        parts::quiet(ui, &view.text.get("ui-model-lead"));
        ui.add_space(GAP_S);
        let shown = session
            .training
            .as_ref()
            .or(session.desk.last_training.as_ref());
        if ui.available_width() < TWO_COLUMNS {
            self.left_ui(ui, view, out, loaded, shown);
            right_ui(ui, view, loaded, shown);
            return;
        }
        ui.columns(2, |columns| {
            if let [left, right] = columns {
                self.left_ui(left, view, out, loaded, shown);
                right_ui(right, view, loaded, shown);
            }
        });
    }

    fn left_ui(
        &mut self,
        ui: &mut Ui,
        view: &View<'_>,
        out: &mut Outbox,
        loaded: &Loaded,
        shown: Option<&TrainingView>,
    ) {
        ui.spacing_mut().item_spacing.x = GAP_L;
        parts::card(ui, |ui| self.train_ui(ui, view, out, loaded));
        ui.add_space(GAP_XS);
        parts::card(ui, |ui| curves_ui(ui, view, shown));
        race::notes_ui(ui, view, loaded);
    }

    fn train_ui(&mut self, ui: &mut Ui, view: &View<'_>, out: &mut Outbox, loaded: &Loaded) {
        parts::card_title(ui, &view.text.get("ui-model-train"));
        if let Some(training) = &view.session.training {
            running_ui(ui, view, out, training);
            return;
        }
        if loaded.access == Access::ReadOnly {
            parts::quiet(ui, &view.text.get("message-read-only"));
            return;
        }
        let sentence = if loaded.has_outdated_model() {
            "ui-model-train-outdated"
        } else if loaded.model.is_some() {
            "ui-model-train-again"
        } else {
            "ui-model-train-first"
        };
        parts::quiet(ui, &view.text.get(sentence));
        if let Some(trial) = loaded.models.first().and_then(|one| one.trial.as_ref()) {
            let numbers = [
                ("old_before", measure(trial.old.champion)),
                ("old_after", measure(trial.old.challenger)),
                ("new_before", measure(trial.new.champion)),
                ("new_after", measure(trial.new.challenger)),
            ];
            let args = numbers
                .each_ref()
                .map(|(name, value)| (*name, value.as_str()));
            parts::quiet(ui, &view.text.with("ui-model-trial", &args));
        }
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = GAP_XS;
            let presets = [
                (None, "ui-preset-auto"),
                (Some(Preset::Small), "ui-preset-small"),
                (Some(Preset::Medium), "ui-preset-medium"),
                (Some(Preset::Large), "ui-preset-large"),
            ];
            for (preset, key) in presets {
                let words = view.text.get(key);
                if parts::choice(ui, &words, self.plan.preset == preset).clicked() {
                    self.plan.preset = preset;
                }
            }
        });
        options_ui(ui, view, loaded, &mut self.plan);
        ui.add_space(GAP_XS);
        let stopped = view.session.unfinished();
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = GAP_S;
            let start = view.text.get("ui-model-start");
            let goes_on = stopped.is_some_and(|stopped| {
                let done = percent(stopped.done_frac);
                let words = view.text.with("ui-model-go-on", &[("done", &done)]);
                parts::accent_button(ui, &words).clicked()
            });
            let start = if stopped.is_some() {
                parts::button(ui, &view.text.get("ui-model-anew"))
            } else {
                parts::accent_button(ui, &start)
            };
            if goes_on {
                out.post(Command::Training(TrainingCommand::GoOn));
            } else if start.clicked() {
                out.post(Command::Training(TrainingCommand::Start(self.plan)));
            }
        });
        if stopped.is_some() {
            parts::caption(ui, &view.text.get("ui-model-go-on-note"));
        }
    }
}

fn right_ui(ui: &mut Ui, view: &View<'_>, loaded: &Loaded, shown: Option<&TrainingView>) {
    parts::card(ui, |ui| race::race_ui(ui, view, loaded, shown));
    race::winners_ui(ui, view, loaded);
    race::modalities_ui(ui, view, loaded);
}

fn running_ui(ui: &mut Ui, view: &View<'_>, out: &mut Outbox, training: &TrainingView) {
    let theme = Theme::of(ui);
    let job = view.session.jobs.iter().rfind(|job| job.kind == "train");
    let stage = job.map_or("waiting", |job| job.stage);
    let words = view.text.or(&format!("stage-{stage}"), &[], stage);
    ui.add(Label::new(rich(words, theme::dense(), theme.fg2())).wrap());
    let width = ui.available_width();
    let name = view.text.get("job-train");
    parts::progress_bar(ui, Some(training.done_frac), width, &name);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = GAP_M;
        let done = percent(training.done_frac);
        ui.label(rich(done, theme::verdict(), theme.fg()));
        if let Some(left) = training.left_secs.filter(|_| !view.is_test) {
            let left = rough_duration(left, view.text);
            let words = view.text.with("ui-time-left", &[("left", &left)]);
            ui.label(rich(words, theme::dense(), theme.fg2()));
        }
    });
    ui.horizontal(|ui| {
        if parts::button(ui, &view.text.get("ui-cancel")).clicked() {
            out.post(Command::Training(TrainingCommand::Cancel));
        }
    });
}
