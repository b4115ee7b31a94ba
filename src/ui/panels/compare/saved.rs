//! The scenarios that were saved in the project, under A and B: a click has one again.

use eframe::egui::{
    CornerRadius, Role, Sense, TextFormat, Ui, Vec2, WidgetInfo, text::LayoutJob, vec2,
};

use crate::{
    app::{Command, Loaded, ScenarioCommand},
    scenario::ScenarioSpec,
    ui::{
        Outbox, View, parts,
        theme::{self, GAP_M, Theme},
    },
};

/// Around the words of a row.
const MARGIN: Vec2 = vec2(8.0, 4.0);

/// Draws the list; nothing where nothing was saved.
pub(super) fn saved_ui(ui: &mut Ui, view: &View<'_>, loaded: &Loaded, out: &mut Outbox) {
    let saved = &view.session.saved;
    if saved.is_empty() {
        return;
    }
    ui.add_space(GAP_M);
    parts::caption(ui, &view.text.get("compare-saved"));
    for (name, spec) in saved {
        let shown = spec.shown_name("B", &loaded.dataset.channels, view.text);
        let words = name_of(name, shown);
        if row_ui(ui, view, &words, spec) {
            let recall = ScenarioCommand::Recall(name.clone());
            out.post(Command::Scenario(recall));
        }
    }
}

fn row_ui(ui: &mut Ui, view: &View<'_>, words: &str, spec: &ScenarioSpec) -> bool {
    let theme = Theme::of(ui);
    let is_now = spec.is_same_change(&view.session.variant);
    // Names begin with the control, and differ by what comes after it.
    let mut job = LayoutJob::single_section(
        words.to_owned(),
        TextFormat::simple(theme::dense(), theme.fg()),
    );
    job.wrap.max_width = ui.available_width() - 2.0 * MARGIN.x;
    job.wrap.max_rows = 2;
    let galley = ui.painter().layout_job(job);
    let size = vec2(ui.available_width(), galley.size().y + 2.0 * MARGIN.y);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_now, words));
    if is_now || response.hovered() || response.has_focus() {
        ui.painter()
            .rect_filled(rect, CornerRadius::same(4), theme.bg3());
    }
    let is_whole = !galley.elided;
    ui.painter().galley(rect.min + MARGIN, galley, theme.fg());
    let hint = view.text.get("compare-saved-hint");
    let hint = if is_whole {
        hint
    } else {
        format!("{words}\n{hint}")
    };
    response.on_hover_text(hint).clicked()
}

/// What people read: what it changes, where that is what it was saved as. A name on the disk has `_` for
/// signs that no file may have.
fn name_of(saved: &str, shown: String) -> String {
    let is_same = saved.chars().count() == shown.chars().count()
        && saved
            .chars()
            .zip(shown.chars())
            .all(|(one, other)| one == other || one == '_');
    if is_same { shown } else { saved.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_read_as_it_is_written() {
        let of = |saved: &str, shown: &str| name_of(saved, shown.to_owned());
        assert_eq!(of("feed +14.3 kg_h", "feed +14.3 kg/h"), "feed +14.3 kg/h");
        assert_eq!(of("feed +5 % 2", "feed +5 %"), "feed +5 % 2");
        assert_eq!(of("night shift", "feed +5 %"), "night shift");
    }
}
