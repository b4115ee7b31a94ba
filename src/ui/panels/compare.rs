//! A stand-in for the compare view.

use eframe::egui;

use crate::{
    app::Panel,
    ui::{Outbox, View, parts},
};

/// The compare view.
#[derive(Debug, Default)]
pub struct ComparePanel {}

impl ComparePanel {
    /// The stable id.
    pub fn name(&self) -> &'static str {
        Panel::Compare.name()
    }

    /// Draws the view.
    pub fn ui(&mut self, ui: &mut egui::Ui, view: &View<'_>, out: &mut Outbox) {
        let _unused = (out, view);
        parts::page_title(ui, &view.text.get("ui-panel-compare"));
    }
}
