//! The sliders: one a control, with what the data know about it.

use eframe::egui::{Align, Label, Layout, Ui};

use crate::{
    app::{Command, CompareAnswer, Loaded, Panel, ScenarioCommand, WindowCommand},
    scenario::{Edit, EditOp},
    ui::{
        Outbox, View, parts, text,
        theme::{self, GAP_M, GAP_S, Theme},
        widgets::{DensitySlider, density_slider_ui},
    },
};

/// Draws a slider for each control; moving one shifts B's control by the distance from A.
pub(super) fn controls_ui(
    ui: &mut Ui,
    view: &View<'_>,
    loaded: &Loaded,
    answer: &CompareAnswer,
    chosen: &mut Option<usize>,
    out: &mut Outbox,
) {
    parts::caption(ui, &view.text.get("compare-controls"));
    let controls = loaded.dataset.controls();
    if controls.is_empty() {
        parts::quiet(ui, &view.text.get("compare-no-controls"));
        if parts::button(ui, &view.text.get("compare-choose-controls")).clicked() {
            out.post(Command::Window(WindowCommand::Show(Panel::Data)));
        }
    }
    for channel in controls {
        let Some(range) = loaded.support.control_range(channel) else {
            continue;
        };
        let meta = &loaded.dataset.channels[channel];
        let recorded = mean(answer.a.plan.controls.row_of(channel));
        let edits = &view.session.variant.edits;
        // The handle follows the hand at once; the answer comes a moment later.
        let value = asked_value(
            edits,
            &meta.name,
            mean(answer.b.plan.recorded.row_of(channel)),
        )
        .unwrap_or_else(|| mean(answer.b.plan.controls.row_of(channel)));
        head_ui(ui, &meta.name, &meta.unit, recorded, value);
        let slider = DensitySlider {
            range: &range,
            baseline: recorded,
            name: &meta.name,
            bounds: (meta.limits.low, meta.limits.high),
        };
        if let Some(moved) = density_slider_ui(ui, &slider, value) {
            *chosen = Some(channel);
            let base = mean(answer.b.plan.recorded.row_of(channel));
            out.post(shifted(edits, &meta.name, moved - base));
        }
    }
    let is_edited = !view.session.variant.edits.is_empty();
    if is_edited && parts::button(ui, &view.text.get("compare-reset-controls")).clicked() {
        out.post(Command::Scenario(ScenarioCommand::SetEdits(Vec::new())));
    }
    ui.add_space(GAP_M);
}

fn head_ui(ui: &mut Ui, name: &str, unit: &str, baseline: f64, value: f64) {
    let theme = Theme::of(ui);
    let is_moved = (value - baseline).abs() > 1e-6 * baseline.abs().max(1e-9);
    let words = if is_moved {
        format!(
            "{} → {} {unit}",
            text::measure(baseline),
            text::measure(value)
        )
    } else {
        format!("{} {unit}", text::measure(baseline))
    };
    ui.add_space(GAP_S);
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.label(parts::rich(words, theme::dense_bold(), theme.fg()));
            // What is left belongs to the name, cut where it is too long.
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.add(Label::new(parts::rich(name, theme::dense(), theme.fg())).truncate());
            });
        });
    });
}

/// Where B's control stands by its edits alone, where these are simple.
fn asked_value(edits: &[Edit], name: &str, recorded: f64) -> Option<f64> {
    let mut mine = edits.iter().filter(|edit| edit.channel == name);
    let (edit, rest) = (mine.next()?, mine.next());
    if rest.is_some() || edit.from_step > 0 || edit.to_step.is_some() {
        return None;
    }
    match edit.op {
        EditOp::Set => Some(edit.value),
        EditOp::Add => Some(recorded + edit.value),
        EditOp::Scale => Some(recorded * edit.value),
        _ => None,
    }
}

/// The edits with this control shifted as a whole.
fn shifted(edits: &[Edit], name: &str, by: f64) -> Command {
    let mut rest: Vec<Edit> = edits
        .iter()
        .filter(|edit| edit.channel != name)
        .cloned()
        .collect();
    rest.push(Edit {
        channel: name.to_owned(),
        op: EditOp::Add,
        value: by,
        points: Vec::new(),
        from_step: 0,
        to_step: None,
        line: 0,
    });
    Command::Scenario(ScenarioCommand::SetEdits(rest))
}

fn mean(row: Option<&[f64]>) -> f64 {
    let row = row.unwrap_or_default();
    if row.is_empty() {
        return f64::NAN;
    }
    row.iter().sum::<f64>() / row.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_handle_stands_where_the_edit_says() {
        let Command::Scenario(ScenarioCommand::SetEdits(edits)) = shifted(&[], "speed", 8.0) else {
            panic!("another command")
        };
        assert_eq!(asked_value(&edits, "speed", 104.0), Some(112.0));
        assert_eq!(asked_value(&edits, "pump", 104.0), None);
    }
}
