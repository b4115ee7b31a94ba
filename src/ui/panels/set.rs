//! All views together, for the shell and for the test that visits each.

use eframe::egui::{Frame, Margin, ScrollArea, Ui};

use super::{ComparePanel, DataPanel, GapPanel, HomePanel, JobsPanel, ModelPanel};
use crate::{
    app::Panel,
    ui::{Outbox, View},
};

/// Every view with its own small state.
#[derive(Default)]
pub(crate) struct Panels {
    home: HomePanel,
    data: DataPanel,
    model: ModelPanel,
    compare: ComparePanel,
    gap: GapPanel,
    jobs: JobsPanel,
}

impl Panels {
    /// Forgets whatever counts in the data that were open: channels, steps, pictures.
    pub(crate) fn forget_places(&mut self) {
        self.compare = ComparePanel::default();
        self.gap = GapPanel::default();
        self.data.forget_places();
    }

    /// Draws one view.
    pub(crate) fn ui(&mut self, panel: Panel, ui: &mut Ui, view: &View<'_>, out: &mut Outbox) {
        match panel {
            Panel::Home => page_ui(ui, |ui| self.home.ui(ui, view, out)),
            Panel::Data => self.data.ui(ui, view, out),
            Panel::Model => page_ui(ui, |ui| self.model.ui(ui, view, out)),
            Panel::Compare => self.compare.ui(ui, view, out),
            Panel::Gap => self.gap.ui(ui, view, out),
            Panel::Jobs => page_ui(ui, |ui| self.jobs.ui(ui, view, out)),
        }
    }
}

/// A page that scrolls as a whole.
fn page_ui(ui: &mut Ui, add: impl FnOnce(&mut Ui)) {
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        Frame::new().inner_margin(Margin::same(24)).show(ui, |ui| {
            ui.set_min_width(ui.available_width());
            add(ui);
        });
    });
}
