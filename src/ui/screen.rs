//! The whole window from a view alone: bars, panels, search, messages; no thread, no file.

use std::path::Path;

use eframe::egui::{Align2, Area, Context, CornerRadius, Id, Order, Sense, Stroke, StrokeKind, Ui};

use super::{
    Outbox, View,
    closing::Closing,
    layout::Layout,
    palette::Palette,
    panels::Panels,
    place_field::PlaceField,
    present::{self, Presentation},
    shortcuts::{self, Asked},
    status_bar::status_bar_ui,
    theme::{self, GAP_XL, RADIUS_PANEL, Theme},
    toasts::{self, Toasts},
    top_bar::top_bar_ui,
};
use crate::app::{Command, Dialog, Effect, Panel, ProjectCommand};

/// The window's own state: scroll positions, open menus, the layout.
#[derive(Default)]
pub struct Screen {
    panels: Panels,
    /// The data that the views were drawn with last.
    data_id: u64,
    layout: Layout,
    palette: Palette,
    toasts: Toasts,
    presentation: Presentation,
    place: Option<PlaceField>,
    closing: Closing,
    shows_help: bool,
}

impl Screen {
    /// A window with the default layout.
    pub fn new() -> Self {
        Self::default()
    }

    /// A window with the views where they were, as [`WindowCommand::KeepLayout`] told it.
    ///
    /// [`WindowCommand::KeepLayout`]: crate::app::WindowCommand::KeepLayout
    pub fn with_layout(text: &str) -> Self {
        Self {
            layout: Layout::from_text(text),
            ..Self::default()
        }
    }

    /// Draws everything; what the user did lies in the outbox afterwards.
    pub fn ui(&mut self, ui: &mut Ui, view: &View<'_>, out: &mut Outbox) {
        let ctx = ui.ctx().clone();
        if self.data_id != view.session.data_id {
            self.data_id = view.session.data_id;
            self.panels.forget_places();
        }
        self.presentation.follow(&ctx, view);
        let has_modal = self.palette.is_open()
            || self.shows_help
            || self.place.is_some()
            || self.closing.is_open();
        present::read_keys(&ctx, view, out, has_modal);
        if !has_modal && !view.session.desk.presents {
            toasts::read_keys(&ctx, view, out);
        }
        match shortcuts::read_keys(&ctx, out) {
            Some(Asked::Palette) => self.palette.open(),
            Some(Asked::Help) => self.shows_help = true,
            None => {}
        }
        if view.session.desk.presents {
            present::bar_ui(ui, view, out);
        } else {
            if top_bar_ui(ui, view, out) {
                self.palette.open();
            }
            status_bar_ui(ui, view, out);
        }
        eframe::egui::CentralPanel::no_frame().show(ui, |ui| {
            self.layout.ui(ui, &mut self.panels, view, out);
        });
        if view.session.panel != Panel::Jobs {
            self.toasts.ui(&ctx, view, out);
        }
        self.palette.ui(&ctx, view, out);
        self.place.take_if(|place| !place.ui(&ctx, view, out));
        if self.shows_help {
            self.shows_help = shortcuts::help_ui(&ctx, view);
        }
        self.closing.ui(&ctx, view);
        dropped_files_ui(&ctx, view, out);
    }

    /// Asks for a place where the desktop's own dialogs are missing; a report goes beside `project`.
    pub fn ask_place(&mut self, dialog: Dialog, project: Option<&Path>) {
        self.place = Some(PlaceField::ask(dialog, project));
    }

    /// Carries out what concerns the window's own state; gives the effect back where not.
    pub fn run(&mut self, effect: Effect) -> Option<Effect> {
        match effect {
            Effect::OpenBeside(panel) => self.layout.open_beside(panel),
            Effect::ResetLayout => self.layout.reset(),
            other => return Some(other),
        }
        None
    }
}

/// Takes dropped files in, and says so while they hover over the window.
fn dropped_files_ui(ctx: &Context, view: &View<'_>, out: &mut Outbox) {
    let (hovers, dropped) = ctx.input(|input| {
        let paths: Vec<_> = input
            .raw
            .dropped_files
            .iter()
            .map(|file| file.path().to_path_buf())
            .filter(|path| !path.as_os_str().is_empty())
            .collect();
        (!input.raw.hovered_files.is_empty(), paths)
    });
    if !dropped.is_empty() {
        out.post(Command::Project(ProjectCommand::OpenPaths(dropped)));
    }
    if hovers {
        drop_overlay_ui(ctx, &view.text.get("ui-drop"));
    }
}

fn drop_overlay_ui(ctx: &Context, words: &str) {
    let screen = ctx.content_rect();
    Area::new(Id::unique("drop"))
        .order(Order::Foreground)
        .fixed_pos(screen.min)
        .show(ctx, |ui| {
            let theme = Theme::of(ui);
            let (_rect, _response) = ui.allocate_exact_size(screen.size(), Sense::hover());
            let painter = ui.painter();
            painter.rect_filled(screen, CornerRadius::ZERO, theme.bg0().gamma_multiply(0.86));
            painter.rect_stroke(
                screen.shrink(GAP_XL),
                CornerRadius::same(RADIUS_PANEL),
                Stroke::new(2.0, theme.accent()),
                StrokeKind::Inside,
            );
            painter.text(
                screen.center(),
                Align2::CENTER_CENTER,
                words,
                theme::title(),
                theme.fg(),
            );
        });
}
