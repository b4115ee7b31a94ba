//! Controls that say which and not how much: a product, a recipe's phase, a switch.

use eframe::egui::{Label, Role, Ui, WidgetInfo};

use super::own::{Own, own_of, replaced, whole};
use crate::{
    app::{Command, Loaded, ScenarioCommand},
    data::Channel,
    scenario::{Edit, EditOp},
    ui::{
        Outbox, View, parts, text,
        theme::{self, GAP_S, GAP_XS, Theme},
    },
};

/// The levels that a control can be set to: those that the model takes by which they are, and the two of
/// a switch; none where any value makes sense.
pub(super) fn levels_of(loaded: &Loaded, channel: usize) -> Vec<f64> {
    let meta = &loaded.dataset.channels[channel];
    let model = loaded.model.as_ref();
    let levels = model.map_or_else(Vec::new, |model| model.levels_of(&meta.name));
    if !levels.is_empty() {
        return levels;
    }
    let range = loaded.support.control_range(channel);
    let is_switch = range.is_some_and(|range| {
        let inner = range.density.len().saturating_sub(1);
        let between = range.density.get(1..inner).unwrap_or_default();
        let is_bare = meta.unit.is_empty() && range.min.abs() < 1e-12;
        is_bare && (range.max - 1.0).abs() < 1e-12 && between.iter().all(|share| *share <= 0.0)
    });
    if is_switch {
        vec![0.0, 1.0]
    } else {
        Vec::new()
    }
}

/// Draws the control's levels side by side, as recorded first; true where one was chosen.
pub(super) fn levels_ui(
    ui: &mut Ui,
    view: &View<'_>,
    meta: &Channel,
    levels: &[f64],
    out: &mut Outbox,
) -> bool {
    let theme = Theme::of(ui);
    let edits = &view.session.variant.edits;
    ui.add_space(GAP_S);
    ui.horizontal(|ui| {
        let name = parts::rich(&meta.name, theme::dense(), theme.fg());
        ui.add(Label::new(name).truncate());
        parts::caption(ui, &meta.unit);
    });
    let now = put_by(edits, &meta.name);
    let mut chosen = None;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = eframe::egui::Vec2::splat(GAP_XS);
        let recorded = view.text.get("compare-as-recorded");
        let choices = [(None, recorded)].into_iter();
        let choices = choices.chain(levels.iter().map(|&one| (Some(one), shown(one))));
        for (level, words) in choices {
            let is_now = now == level.map_or(Put::Recorded, Put::At);
            let choice = parts::choice(ui, &words, is_now);
            let label = format!("{} {words}", meta.name);
            let info = || WidgetInfo::selected(Role::RadioButton, true, is_now, &label);
            choice.widget_info(info);
            if choice.clicked() && !is_now {
                chosen = Some(level);
            }
        }
    });
    if now == Put::Parts {
        parts::caption(ui, &view.text.get("compare-parts-changed"));
    }
    let Some(level) = chosen else {
        return false;
    };
    let edits = set_to(edits, &meta.name, level);
    out.post(Command::Scenario(ScenarioCommand::SetEdits(edits)));
    true
}

/// A number that says which: without digits that mean nothing.
fn shown(level: f64) -> String {
    if level.fract().abs() < 1e-9 && level.abs() < 1e15 {
        format!("{level:.0}").replace('-', "−")
    } else {
        text::editable(level)
    }
}

/// Where B's edits put a control.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Put {
    /// Where it was.
    Recorded,
    /// At this level all along.
    At(f64),
    /// Here so and there so.
    Parts,
}

fn put_by(edits: &[Edit], name: &str) -> Put {
    match own_of(edits, name) {
        Own::None => Put::Recorded,
        Own::Whole(edit) if edit.op == EditOp::Set => Put::At(edit.value),
        Own::Whole(_) | Own::Parts => Put::Parts,
    }
}

/// The edits with this control set to a level, or left as recorded.
fn set_to(edits: &[Edit], name: &str, level: Option<f64>) -> Vec<Edit> {
    let own = level.map(|value| whole(name, EditOp::Set, value));
    replaced(edits, name, own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_written_without_idle_digits() {
        assert_eq!([2.0, -1.0, 1204.0].map(shown), ["2", "−1", "1204"]);
        assert_eq!(shown(0.5), text::editable(0.5));
    }

    #[test]
    fn a_level_is_set_as_it_is_and_taken_back_whole() {
        let edits = set_to(&[], "product", Some(2.0));
        assert_eq!((edits[0].op, edits[0].value), (EditOp::Set, 2.0));
        assert_eq!(put_by(&edits, "product"), Put::At(2.0));
        assert_eq!(put_by(&edits, "heater"), Put::Recorded);
        let both = set_to(&edits, "heater", Some(1.0));
        assert_eq!(both.len(), 2);
        assert_eq!(set_to(&both, "product", None), both[1..]);
        let mut part = edits.clone();
        part[0].to_step = Some(30);
        assert_eq!(put_by(&part, "product"), Put::Parts);
    }
}
