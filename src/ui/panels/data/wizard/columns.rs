//! The columns one under the other: role and unit of each, open questions marked.

use eframe::egui::{Align, Label, Layout, ScrollArea, Ui};

use super::fields::{Written, choice_ui, words_ui};
use crate::{
    app::{Preview, RecipeDraft},
    data::{Channel, Role},
    ui::{
        View,
        parts::{self, rich},
        text::{number, percent},
        theme::{self, GAP_S, GAP_XS, Theme},
    },
};

/// Below it a role is a question.
const SURE: f64 = 0.8;
/// Height of a column's two lines.
const ROW: f32 = 62.0;

/// Draws the list; the decisions where one was just made.
pub(super) fn columns_ui(
    ui: &mut Ui,
    view: &View<'_>,
    preview: &Preview,
    only_questions: &mut bool,
    written: &mut Written,
) -> Option<RecipeDraft> {
    let draft = &view.session.wizard.draft;
    let channels = &preview.channels;
    let n_open = channels
        .iter()
        .filter(|one| is_question(one, draft))
        .count();
    parts::card_title(ui, &view.text.get("ui-wizard-columns"));
    let count = number(n_open as f64, 0);
    if n_open > 0 {
        parts::quiet(ui, &view.text.with("ui-wizard-questions", &[("n", &count)]));
        ui.add_space(GAP_XS);
        let all = view.text.get("ui-wizard-all");
        let open = view.text.get("ui-wizard-open");
        ui.horizontal(|ui| {
            if parts::choice(ui, &all, !*only_questions).clicked() {
                *only_questions = false;
            }
            if parts::choice(ui, &open, *only_questions).clicked() {
                *only_questions = true;
            }
        });
    } else {
        *only_questions = false;
        parts::quiet(ui, &view.text.get("ui-wizard-no-questions"));
    }
    ui.add_space(GAP_S);
    let shown: Vec<&Channel> = channels
        .iter()
        .filter(|channel| !*only_questions || is_question(channel, draft))
        .collect();
    let mut decided = None;
    ScrollArea::vertical()
        .id_salt("wizard-columns")
        .auto_shrink(false)
        .show_rows(ui, ROW, shown.len(), |ui, range| {
            for channel in &shown[range] {
                decided = column_ui(ui, view, channel, written).or(decided.take());
            }
        });
    decided
}

fn is_question(channel: &Channel, draft: &RecipeDraft) -> bool {
    channel.role_confidence < SURE && !draft.has_role(channel)
}

/// One column on two lines.
fn column_ui(
    ui: &mut Ui,
    view: &View<'_>,
    channel: &Channel,
    written: &mut Written,
) -> Option<RecipeDraft> {
    let theme = Theme::of(ui);
    let draft = &view.session.wizard.draft;
    let mut decided = None;
    ui.allocate_ui(eframe::egui::vec2(ui.available_width(), ROW), |ui| {
        ui.set_min_height(ROW - GAP_S);
        ui.spacing_mut().item_spacing.y = 2.0;
        ui.horizontal(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                sure_ui(ui, view, channel);
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    let name = rich(&channel.source, theme::dense_bold(), theme.fg());
                    ui.add(Label::new(name).truncate());
                });
            });
        });
        ui.horizontal(|ui| {
            let roles = Role::ALL.map(|role| {
                let words = view.text.get(&format!("role-{}", role.name()));
                (words, role)
            });
            let shown = view.text.get(&format!("role-{}", channel.role.name()));
            let name = &channel.source;
            let label = view.text.with("ui-wizard-role-of", &[("column", name)]);
            let id = format!("role {name}");
            if let Some(role) = choice_ui(ui, (&id, &label), &shown, 150.0, &roles) {
                let mut next = draft.clone();
                next.set_role(channel, role);
                decided = Some(next);
            }
            let label = view.text.with("ui-wizard-unit-of", &[("column", name)]);
            let hint = view.text.get("ui-wizard-unit");
            let (id, width) = (format!("unit {name}"), 90.0);
            let fields = (channel.unit.as_str(), hint.as_str());
            if let Some(unit) = words_ui(ui, (&id, &label), fields, width, written) {
                let mut next = draft.clone();
                next.set_unit(channel, &unit);
                decided = Some(next);
            }
        });
    });
    decided
}

/// How sure the role is, or that a person chose it.
fn sure_ui(ui: &mut Ui, view: &View<'_>, channel: &Channel) {
    let theme = Theme::of(ui);
    let draft = &view.session.wizard.draft;
    if draft.has_role(channel) {
        let words = view.text.get("ui-wizard-told");
        ui.label(rich(words, theme::caption(), theme.ok()));
        return;
    }
    let sure = percent(channel.role_confidence);
    if is_question(channel, draft) {
        let words = view.text.with("ui-wizard-question", &[("sure", &sure)]);
        ui.label(rich(words, theme::caption(), theme.warn()));
    } else {
        let words = view.text.with("ui-wizard-sure", &[("sure", &sure)]);
        ui.label(rich(words, theme::caption(), theme.fg3()));
    }
}
