//! Our own question for a place on the disk, where the desktop has no dialogs of its own.

use std::path::{Path, PathBuf};

use eframe::egui::{Context, Event, Id, Key, Modal, Role, TextEdit, Ui, Vec2, WidgetInfo};

use super::{
    Outbox, View,
    dialogs::{self, REPORT_KINDS},
    parts::{self, rich},
    theme::{self, GAP_S, Theme},
};
use crate::{app::Dialog, base::Severity};

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
        match modal.inner {
            Some(Answer::Take) => {
                let path = PathBuf::from(self.path.trim());
                out.post(dialogs::command_for(&self.dialog, vec![path]));
                false
            }
            Some(Answer::Leave) => false,
            None => !modal.should_close(),
        }
    }

    /// What was answered, if anything was.
    fn field_ui(&mut self, ui: &mut Ui, view: &View<'_>) -> Option<Answer> {
        let (title, theme) = (dialogs::title_of(&self.dialog, view.text), Theme::of(ui));
        ui.label(rich(&title, theme::body_bold(), theme.fg()));
        ui.add_space(GAP_S);
        let is_report = matches!(self.dialog, Dialog::Report(_));
        if is_report {
            self.kinds_ui(ui);
            ui.add_space(GAP_S);
        }
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
        let is_named = !self.path.trim().is_empty();
        let is_written = !is_report || kind_of(&self.path).is_some();
        if is_named && !is_written {
            ui.add_space(GAP_S);
            let endings: Vec<String> = REPORT_KINDS
                .iter()
                .map(|(_, ending)| format!(".{ending}"))
                .collect();
            let endings = endings.join(&view.text.get("place-comma"));
            let words = view.text.with("ui-place-ending", &[("endings", &endings)]);
            ui.label(rich(
                words,
                theme::dense(),
                theme.severity(Severity::Warning),
            ));
        }
        ui.add_space(GAP_S);
        let is_ready = is_named && is_written;
        let answer = ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = GAP_S;
            let take = ui.add_enabled_ui(is_ready, |ui| {
                parts::accent_button(ui, &view.text.get("ui-place-take"))
            });
            let leaves = parts::button(ui, &view.text.get("ui-place-cancel")).clicked();
            (take.inner.clicked(), leaves)
        });
        match answer.inner {
            (_, true) => Some(Answer::Leave),
            (clicked, false) => (is_ready && (clicked || is_entered)).then_some(Answer::Take),
        }
    }

    /// The kinds of report; a chosen one gives the path its ending.
    fn kinds_ui(&mut self, ui: &mut Ui) {
        let kind = kind_of(&self.path);
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = GAP_S;
            for (name, ending) in REPORT_KINDS {
                if parts::choice(ui, name, kind == Some(ending)).clicked() {
                    self.path = with_ending(&self.path, ending);
                }
            }
        });
    }
}

/// How the question was answered.
enum Answer {
    /// With the path.
    Take,
    /// Not at all.
    Leave,
}

/// The kind of report that a path ends in, by its usual ending.
fn kind_of(path: &str) -> Option<&'static str> {
    let ending = Path::new(path.trim()).extension()?.to_string_lossy();
    let ending = match ending.to_lowercase() {
        short if short == "htm" => "html".to_owned(),
        other => other,
    };
    let mut endings = REPORT_KINDS.iter().map(|(_, known)| *known);
    endings.find(|known| *known == ending)
}

/// The path as a report of another kind; an ending that is none of a report belongs to the name.
fn with_ending(path: &str, ending: &str) -> String {
    let path = path.trim();
    let stem = match (kind_of(path), path.rsplit_once('.')) {
        (Some(_), Some((stem, _))) => stem,
        _ => path.trim_end_matches('.'),
    };
    format!("{stem}.{ending}")
}

/// The Enter that ends a Japanese conversion takes nothing.
fn is_entered(input: &eframe::egui::InputState) -> bool {
    let mut events = input.events.iter();
    let is_composing = events.any(|event| matches!(event, Event::Ime(_)));
    input.key_pressed(Key::Enter) && !is_composing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_kind_changes_the_ending_and_never_the_name() {
        assert_eq!(
            with_ending("/plant/line-en.html", "xlsx"),
            "/plant/line-en.xlsx"
        );
        assert_eq!(with_ending("/plant/line.v2", "html"), "/plant/line.v2.html");
        assert_eq!(with_ending("レポート.HTML", "html"), "レポート.html");
        assert_eq!(with_ending("line.htm", "xlsx"), "line.xlsx");
        assert_eq!(with_ending("report.", "html"), "report.html");
    }
}
