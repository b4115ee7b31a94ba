//! Our own question for a place on the disk, where the desktop has no dialogs of its own.

use std::path::{Path, PathBuf};

use eframe::egui::{Context, Event, Id, Key, Modal, Role, TextEdit, Ui, Vec2, WidgetInfo};

use super::{
    Outbox, View, dialogs,
    parts::{self, rich},
    theme::{self, GAP_S, Theme},
};
use crate::app::Dialog;

/// A path that is being typed.
#[derive(Debug)]
pub(crate) struct PlaceField {
    dialog: Dialog,
    path: String,
    is_new: bool,
}

impl PlaceField {
    /// Asks; a report is proposed beside the project.
    pub(crate) fn ask(dialog: Dialog, project: Option<&Path>) -> Self {
        let folder = project.and_then(Path::parent).unwrap_or(Path::new(""));
        let path = match &dialog {
            Dialog::Report(name) => folder.join(name).to_string_lossy().into_owned(),
            Dialog::Project | Dialog::Files => String::new(),
        };
        Self {
            dialog,
            path,
            is_new: true,
        }
    }

    /// Draws it; `false` once it is answered or closed.
    pub(crate) fn ui(&mut self, ctx: &Context, view: &View<'_>, out: &mut Outbox) -> bool {
        let modal = Modal::new(Id::unique("place")).show(ctx, |ui| {
            ui.set_width(520.0);
            self.field_ui(ui, view)
        });
        if modal.inner {
            let path = PathBuf::from(self.path.trim());
            out.post(dialogs::command_for(&self.dialog, vec![path]));
            return false;
        }
        !modal.should_close()
    }

    /// Whether the path is to be taken.
    fn field_ui(&mut self, ui: &mut Ui, view: &View<'_>) -> bool {
        let (title, theme) = (dialogs::title_of(&self.dialog, view.text), Theme::of(ui));
        ui.label(rich(&title, theme::body_bold(), theme.fg()));
        ui.add_space(GAP_S);
        let edit = TextEdit::singleline(&mut self.path)
            .font(theme::body())
            .margin(Vec2::new(10.0, 7.0))
            .desired_width(f32::INFINITY);
        let field = ui.add(edit);
        field.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, &title));
        if std::mem::take(&mut self.is_new) {
            field.request_focus();
        }
        let is_entered = field.lost_focus() && ui.input(is_entered);
        ui.add_space(GAP_S);
        let is_named = !self.path.trim().is_empty();
        let button = ui.add_enabled_ui(is_named, |ui| {
            parts::accent_button(ui, &view.text.get("ui-place-take"))
        });
        is_named && (button.inner.clicked() || is_entered)
    }
}

/// The Enter that ends a Japanese conversion takes nothing.
fn is_entered(input: &eframe::egui::InputState) -> bool {
    let mut events = input.events.iter();
    let is_composing = events.any(|event| matches!(event, Event::Ime(_)));
    input.key_pressed(Key::Enter) && !is_composing
}
