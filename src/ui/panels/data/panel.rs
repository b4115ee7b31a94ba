//! The data view as a whole.

use eframe::egui::{self, Frame, Margin, ScrollArea, Ui, Vec2};

use super::{
    channels::channel_table_ui, coverage::coverage_ui, evidence::evidence_ui, issues::issues_ui,
    thumbs::Thumbs, wizard::WizardPage,
};
use crate::{
    app::{Command, ImportCommand, Loaded, Panel, ProjectCommand},
    data::{Dataset, Episode},
    ui::{
        Outbox, View,
        parts::{self, rich},
        text::{duration, moment, number},
        theme::{self, GAP_M, GAP_S, GAP_XL, GAP_XS, Theme},
    },
};

/// The table of channels is never lower.
const TABLE: f32 = 150.0;
/// Height of the strip of pictures.
const THUMBS: f32 = 126.0;
/// Height of the evidence.
const EVIDENCE: f32 = 196.0;

/// The data view.
#[derive(Default)]
pub struct DataPanel {
    thumbs: Thumbs,
    wizard: WizardPage,
    /// The channel whose evidence is shown, by its name: positions change from data to data.
    evidence: Option<String>,
}

impl DataPanel {
    /// The stable id.
    pub fn name(&self) -> &'static str {
        Panel::Data.name()
    }

    /// Draws the view.
    pub fn ui(&mut self, ui: &mut Ui, view: &View<'_>, out: &mut Outbox) {
        let frame = Frame::new().inner_margin(Margin::same(16));
        if let Some(preview) = &view.session.preview {
            self.wizard.ui(ui, view, out, preview);
            return;
        }
        let Some(loaded) = &view.session.loaded else {
            empty_ui(ui, view, out);
            return;
        };
        let dataset = &loaded.dataset;
        let mut asked = issues_side_ui(ui, view, loaded, out);
        frame.show(ui, |ui| {
            head_ui(ui, view, out, loaded);
            ui.add_space(GAP_XS);
            parts::dense_card(ui, |ui| coverage_ui(ui, view, dataset));
            ui.add_space(GAP_XS);
            let shown = self.evidence_of(dataset);
            let evidence = if shown.is_some() { EVIDENCE } else { 0.0 };
            let has_room = ui.available_height() - evidence > TABLE + THUMBS;
            let shows_thumbs = !dataset.media.frames.is_empty() && has_room;
            let thumbs = if shows_thumbs { THUMBS } else { 0.0 };
            let height = (ui.available_height() - evidence - thumbs).max(TABLE);
            ui.allocate_ui(Vec2::new(ui.available_width(), height), |ui| {
                let clicked = parts::card(ui, |ui| channel_table_ui(ui, view, loaded, shown));
                asked = clicked.or(asked);
            });
            if let Some(channel) = shown {
                ui.add_space(GAP_XS);
                if parts::card(ui, |ui| evidence_ui(ui, view, loaded, channel)) {
                    self.evidence = None;
                }
            }
            if shows_thumbs {
                self.thumbs.ui(ui, view, dataset);
            }
        });
        if let Some(channel) = asked.and_then(|channel| dataset.channels.get(channel)) {
            // A second click closes it.
            let is_shown = self.evidence.as_ref() == Some(&channel.name);
            self.evidence = (!is_shown).then(|| channel.name.clone());
        }
    }

    /// Forgets the pictures of the data that were open; what is being decided about files stays.
    pub(crate) fn forget_places(&mut self) {
        self.thumbs = Thumbs::default();
    }

    fn evidence_of(&self, dataset: &Dataset) -> Option<usize> {
        let name = self.evidence.as_ref()?;
        let mut channels = dataset.channels.iter();
        channels.position(|channel| channel.name == *name)
    }
}

fn empty_ui(ui: &mut Ui, view: &View<'_>, out: &mut Outbox) {
    if view.session.is_busy_with("example") || view.session.is_busy_with("open") {
        ui.vertical_centered(|ui| {
            ui.add_space((ui.available_height() * 0.35).min(260.0));
            parts::quiet(ui, &view.text.get("ui-data-loading"));
        });
        return;
    }
    let sentence = view.text.get("ui-data-empty");
    if parts::empty_ui(ui, &sentence, &view.text.get("ui-home-import")) {
        out.post(Command::Import(ImportCommand::ChooseFiles));
    }
}

/// Issues stand on the right, flush with the window's edge.
fn issues_side_ui(
    ui: &mut Ui,
    view: &View<'_>,
    loaded: &Loaded,
    out: &mut Outbox,
) -> Option<usize> {
    let theme = Theme::of(ui);
    egui::Panel::right("data-issues")
        .default_size(340.0)
        .size_range(240.0..=520.0)
        .frame(
            Frame::new()
                .fill(theme.bg1())
                .inner_margin(Margin::same(16)),
        )
        .show(ui, |ui| {
            ScrollArea::vertical()
                .auto_shrink(false)
                .show(ui, |ui| issues_ui(ui, view, loaded, out))
                .inner
        })
        .inner
}

fn head_ui(ui: &mut Ui, view: &View<'_>, out: &mut Outbox, loaded: &Loaded) {
    let dataset = &loaded.dataset;
    parts::split_row(
        ui,
        |ui| parts::page_title(ui, &dataset.name),
        |ui| {
            if parts::button(ui, &view.text.get("ui-home-import")).clicked() {
                out.post(Command::Import(ImportCommand::ChooseFiles));
            }
            if !loaded.import.sources.is_empty()
                && parts::button(ui, &view.text.get("ui-data-read-anew")).clicked()
            {
                out.post(Command::Import(ImportCommand::ReadAnew));
            }
            if parts::button(ui, &view.text.get("ui-home-project")).clicked() {
                out.post(Command::Project(ProjectCommand::OpenDialog));
            }
        },
    );
    parts::quiet(ui, &period(view, dataset));
    ui.add_space(GAP_S);
    let facts = facts(view, loaded);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = Vec2::new(GAP_XL, GAP_M);
        for (name, written) in facts {
            fact_ui(ui, &name, &written);
        }
    });
}

fn fact_ui(ui: &mut Ui, name: &str, written: &str) {
    let theme = Theme::of(ui);
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        ui.label(rich(written, theme::verdict(), theme.fg()));
        ui.label(rich(name, theme::caption(), theme.fg2()));
    });
}

/// From when to when, and how long.
fn period(view: &View<'_>, dataset: &Dataset) -> String {
    let length = duration(dataset.n_steps() as f64 * dataset.step_secs, view.text);
    let first = dataset.episodes.iter().map(|e| e.start_ns).min();
    let last = dataset
        .episodes
        .iter()
        .map(|e| e.time_ns(e.n_steps(), dataset.step_secs))
        .max();
    match (first, last) {
        (Some(first), Some(last)) if dataset.has_clock => {
            let offset_secs = dataset.shown_offset_secs();
            let (from, to) = (moment(first, offset_secs), moment(last, offset_secs));
            let zone = dataset.zone_name().map(|zone| format!(" {zone}"));
            let args = [
                ("from", from.as_str()),
                ("to", to.as_str()),
                ("zone", zone.as_deref().unwrap_or_default()),
                ("length", length.as_str()),
            ];
            view.text.with("ui-data-period", &args)
        }
        _ => view
            .text
            .with("ui-data-period-no-clock", &[("length", &length)]),
    }
}

fn facts(view: &View<'_>, loaded: &Loaded) -> Vec<(String, String)> {
    let dataset = &loaded.dataset;
    let count = |n: usize| number(n as f64, 0);
    let media = &dataset.media;
    let name = |key: &str| view.text.get(key);
    let mut facts = vec![
        (name("ui-data-channels"), count(dataset.channels.len())),
        (name("ui-data-rows"), number(loaded.import.n_rows as f64, 0)),
        (name("ui-data-step"), duration(dataset.step_secs, view.text)),
        (
            name("ui-data-episodes"),
            count(dataset.episodes.iter().filter(|e| has_steps(e)).count()),
        ),
    ];
    let records = [
        ("ui-data-frames", media.frames.len()),
        ("ui-data-clips", media.clips.len()),
        ("ui-data-answers", media.n_items()),
    ];
    for (key, found) in records {
        if found > 0 {
            facts.push((name(key), count(found)));
        }
    }
    facts
}

fn has_steps(episode: &Episode) -> bool {
    episode.n_steps() > 0
}
