//! The page as a whole: what to do with the files, what the memory said, settings, rows, columns.

use eframe::egui::{self, Frame, Key, Margin, Modifiers, Popup, ScrollArea, Ui};

use super::{columns::columns_ui, fields::Written, rows::rows_ui, settings::settings_ui};
use crate::{
    app::{Command, ImportCommand, Preview, RecipeDraft, Wizard},
    base::Severity,
    data::Role,
    ui::{
        Outbox, View,
        panels::data::issues::issue_ui,
        parts::{self, rich},
        text::number,
        theme::{self, GAP_S, GAP_XS, Theme},
    },
};

/// The page's own small state.
#[derive(Default)]
pub(in crate::ui::panels::data) struct WizardPage {
    written: Written,
    only_questions: bool,
    /// Whether the next Esc leaves, whatever was decided.
    is_leaving: bool,
}

impl WizardPage {
    /// Draws the page.
    pub(in crate::ui::panels::data) fn ui(
        &mut self,
        ui: &mut Ui,
        view: &View<'_>,
        out: &mut Outbox,
        preview: &Preview,
    ) {
        let can_import = can_import(&view.session.wizard, preview);
        self.is_leaving &= view.session.wizard.is_changed();
        self.keys(ui, out, can_import, &view.session.wizard);
        let theme = Theme::of(ui);
        let frame = Frame::new()
            .fill(theme.bg1())
            .inner_margin(Margin::same(16));
        let columns = egui::Panel::right("wizard-columns")
            .default_size(330.0)
            .size_range(290.0..=520.0)
            .frame(frame)
            .show(ui, |ui| {
                let only = &mut self.only_questions;
                columns_ui(ui, view, preview, only, &mut self.written)
            });
        let mut decided = columns.inner;
        Frame::new().inner_margin(Margin::same(16)).show(ui, |ui| {
            ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
                head_ui(ui, view, out, preview, can_import);
                if self.is_leaving {
                    let words = view.text.get("ui-wizard-leaving");
                    ui.label(rich(words, theme::dense_bold(), Theme::of(ui).warn()));
                    ui.add_space(GAP_XS);
                }
                notes_ui(ui, view, out);
                parts::card(ui, |ui| {
                    let found = settings_ui(ui, view, preview, &mut self.written);
                    decided = found.or(decided.take());
                });
                ui.add_space(GAP_XS);
                parts::card(ui, |ui| {
                    parts::card_title(ui, &view.text.get("ui-preview-rows"));
                    rows_ui(ui, view, preview);
                });
                for issue in preview.issues.as_slice() {
                    if !view.session.wizard.notes.contains(issue) {
                        ui.add_space(GAP_XS);
                        issue_ui(ui, view, issue);
                    }
                }
            });
        });
        if let Some(draft) = decided {
            self.is_leaving = false;
            out.post(Command::Import(ImportCommand::Edit(Box::new(draft))));
        }
    }

    /// Ctrl+Enter imports; Esc leaves, unless it closes a list or ends writing. What was decided is not
    /// lost by one stroke.
    fn keys(&mut self, ui: &Ui, out: &mut Outbox, can_import: bool, wizard: &Wizard) {
        let ctx = ui.ctx();
        let is_taken = Popup::is_any_open(ctx) || ctx.text_edit_focused();
        let pressed = |modifiers, key| ctx.input_mut(|input| input.consume_key(modifiers, key));
        if can_import && pressed(Modifiers::COMMAND, Key::Enter) {
            self.is_leaving = false;
            out.post(Command::Import(ImportCommand::Accept));
        } else if !is_taken && pressed(Modifiers::NONE, Key::Escape) {
            if wizard.is_changed() && !self.is_leaving {
                self.is_leaving = true;
                return;
            }
            self.is_leaving = false;
            out.post(Command::Import(ImportCommand::Dismiss));
        }
    }
}

/// Whether the newest decisions give something to learn from.
fn can_import(wizard: &Wizard, preview: &Preview) -> bool {
    let has_output = |role: Role| role.is_output();
    wizard.problem.is_none()
        && (preview.channels.is_empty() || preview.channels.iter().any(|one| has_output(one.role)))
}

fn head_ui(ui: &mut Ui, view: &View<'_>, out: &mut Outbox, preview: &Preview, can_import: bool) {
    let waiting = &view.session.desk.waiting;
    let is_anew = view.session.desk.goes_to.is_some();
    let first = waiting.first().and_then(|first| first.file_name());
    let first = first.unwrap_or_default().to_string_lossy();
    let is_folder = !first.is_empty() && first != preview.source;
    let title = if is_folder {
        format!("{first} / {}", preview.source)
    } else {
        preview.source.clone()
    };
    parts::split_row(
        ui,
        |ui| parts::page_title(ui, &title),
        |ui| {
            let words = view.text.get(if is_anew {
                "ui-preview-accept-anew"
            } else {
                "ui-preview-accept"
            });
            let accepted = ui
                .add_enabled_ui(can_import, |ui| parts::accent_button(ui, &words))
                .inner
                .on_hover_text("Ctrl+Enter");
            if accepted.clicked() {
                out.post(Command::Import(ImportCommand::Accept));
            }
            if parts::button(ui, &view.text.get("ui-wizard-cancel")).clicked() {
                out.post(Command::Import(ImportCommand::Dismiss));
            }
        },
    );
    let n_files = waiting.len();
    let lead = if view.session.wizard.is_stale {
        view.text.get("ui-wizard-reading")
    } else if is_anew {
        view.text.get("ui-preview-lead-anew")
    } else if n_files > 1 {
        let files = number(n_files as f64, 0);
        view.text.with("ui-preview-lead-many", &[("n", &files)])
    } else if is_folder {
        view.text.get("ui-preview-lead-folder")
    } else {
        view.text.get("ui-preview-lead")
    };
    parts::quiet(ui, &lead);
    if let Some(place) = view.session.import_goes_to() {
        let place = place.to_string_lossy();
        parts::caption(
            ui,
            &view.text.with("ui-preview-goes-to", &[("place", &place)]),
        );
    }
    ui.add_space(GAP_S);
}

/// What the memory said, and what is wrong with the newest decision.
fn notes_ui(ui: &mut Ui, view: &View<'_>, out: &mut Outbox) {
    let wizard = &view.session.wizard;
    if let Some((words, hint)) = &wizard.failure {
        let kept = view.text.get("ui-wizard-kept");
        parts::card(ui, |ui| {
            problem_ui(ui, Severity::Error, words, hint);
            parts::caption(ui, &kept);
        });
        ui.add_space(GAP_XS);
    }
    if let Some((words, hint)) = &wizard.problem {
        let shown = view.text.get("ui-wizard-last-good");
        parts::card(ui, |ui| {
            problem_ui(ui, Severity::Error, words, hint);
            parts::caption(ui, &shown);
        });
        ui.add_space(GAP_XS);
    } else if let Some(preview) = &view.session.preview {
        let lack = if can_import(wizard, preview) {
            let lacks_control = preview.lacks_control();
            lacks_control.then_some(("ui-wizard-no-control", Severity::Warning))
        } else {
            Some(("ui-wizard-no-output", Severity::Error))
        };
        if let Some((key, severity)) = lack {
            let words = view.text.get(key);
            let hint = view.text.get(&format!("{key}-hint"));
            parts::card(ui, |ui| problem_ui(ui, severity, &words, &hint));
            ui.add_space(GAP_XS);
        }
    }
    for issue in &wizard.notes {
        parts::card(ui, |ui| {
            issue_ui(ui, view, issue);
            if issue.code == "recipe-remembered"
                && !wizard.draft.is_empty()
                && parts::button(ui, &view.text.get("ui-wizard-fresh")).clicked()
            {
                let draft = Box::new(RecipeDraft::default());
                out.post(Command::Import(ImportCommand::Edit(draft)));
            }
        });
        ui.add_space(GAP_XS);
    }
}

fn problem_ui(ui: &mut Ui, severity: Severity, words: &str, hint: &str) {
    let theme = Theme::of(ui);
    ui.horizontal(|ui| {
        parts::severity_mark(ui, severity);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            let label = rich(words, theme::dense_bold(), theme.severity(severity));
            ui.add(egui::Label::new(label).wrap());
            if !hint.is_empty() {
                parts::quiet(ui, hint);
            }
        });
    });
}
