//! A stand-in for the gap view.

use eframe::egui;

use crate::{
    app::Panel,
    ui::{Outbox, View, parts},
};

/// The gap view.
#[derive(Debug, Default)]
pub struct GapPanel {}

impl GapPanel {
    /// The stable id.
    pub fn name(&self) -> &'static str {
        Panel::Gap.name()
    }

    /// Draws the view.
    pub fn ui(&mut self, ui: &mut egui::Ui, view: &View<'_>, out: &mut Outbox) {
        let _unused = (out, view);
        parts::page_title(ui, &view.text.get("ui-panel-gap"));
    }
}
