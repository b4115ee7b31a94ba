//! The controls: a slider each, with what the data know about it, or the levels it can stand at.

use eframe::egui::{
    Align, Align2, Button, Key, Label, Layout, Role, Sense, TextEdit, Ui, WidgetInfo, vec2,
};

use super::{
    levels::{levels_of, levels_ui},
    own::replaced,
    shift::{Stand, mean, moved, stand},
};
use crate::{
    app::{Command, CompareAnswer, ImportCommand, Loaded, ScenarioCommand},
    data::{Channel, ControlPlan},
    ui::{
        Outbox, View, parts, text,
        theme::{self, GAP_M, GAP_S, Theme},
        widgets::{DensitySlider, density_slider_ui},
    },
};

/// The number of a control that is being typed.
pub(super) struct TypedNumber {
    channel: usize,
    written: String,
    /// What stood there when the field was opened.
    stood: String,
    is_opened: bool,
    /// Whether what was written when the field was left is no number.
    is_refused: bool,
}

impl TypedNumber {
    fn new(channel: usize, value: f64) -> Self {
        let stood = text::editable(value);
        Self {
            channel,
            written: stood.clone(),
            stood,
            is_opened: false,
            is_refused: false,
        }
    }
}

/// What the one who types a number has done.
enum Typing {
    Goes,
    Ended,
    Asked(f64),
}

const FIELD_WIDTH: f32 = 110.0;

/// Draws a slider for each control, which moves B's as a whole; the levels side by side where only these
/// make sense.
pub(super) fn controls_ui(
    ui: &mut Ui,
    view: &View<'_>,
    loaded: &Loaded,
    answer: &CompareAnswer,
    (chosen, typed): (&mut Option<usize>, &mut Option<TypedNumber>),
    out: &mut Outbox,
) {
    ui.add_space(GAP_S);
    parts::caption(ui, &view.text.get("compare-controls"));
    let controls = loaded.dataset.controls();
    if controls.is_empty() {
        parts::quiet(ui, &view.text.get("compare-no-controls"));
        if parts::button(ui, &view.text.get("compare-choose-controls")).clicked() {
            out.post(Command::Import(ImportCommand::ReadAnew));
        }
    }
    for channel in controls {
        let levels = levels_of(loaded, channel);
        if levels.is_empty() {
            slider_ui(ui, view, (loaded, answer, channel), (chosen, typed), out);
            continue;
        }
        let meta = &loaded.dataset.channels[channel];
        if levels_ui(ui, view, meta, &levels, out) {
            *chosen = Some(channel);
        }
    }
    let is_edited = !view.session.variant.edits.is_empty();
    if is_edited && parts::button(ui, &view.text.get("compare-reset-controls")).clicked() {
        out.post(Command::Scenario(ScenarioCommand::SetEdits(Vec::new())));
    }
    ui.add_space(GAP_M);
}

/// A control's name, its number and its slider.
fn slider_ui(
    ui: &mut Ui,
    view: &View<'_>,
    (loaded, answer, channel): (&Loaded, &CompareAnswer, usize),
    (chosen, typed): (&mut Option<usize>, &mut Option<TypedNumber>),
    out: &mut Outbox,
) {
    let Some(range) = loaded.support.control_range(channel) else {
        return;
    };
    let meta = &loaded.dataset.channels[channel];
    let row = |plan: &ControlPlan| plan.row_of(channel).unwrap_or_default().to_vec();
    let baseline = mean(&row(&answer.a.plan.controls));
    let recorded = row(&answer.b.plan.recorded);
    let edits = &view.session.variant.edits;
    let (value, is_tied) = match stand(edits, &meta.name, &recorded) {
        Stand::Free(value) => (value, false),
        Stand::Tied => (mean(&row(&answer.b.plan.controls)), true),
    };
    let typed = if is_tied { &mut None } else { typed };
    let asked = head_ui(ui, view, (channel, meta), (baseline, value), typed);
    let slider = DensitySlider {
        range: &range,
        baseline,
        name: &meta.name,
        bounds: bounds(meta, range.min, range.max),
    };
    let drawn = ui.add_enabled_ui(!is_tied, |ui| density_slider_ui(ui, &slider, value));
    if is_tied {
        parts::caption(ui, &view.text.get("compare-parts-changed"));
        let words = view.text.get("compare-drop-parts");
        let fg2 = Theme::of(ui).fg2();
        if parts::chip_button(ui, &words, fg2, Sense::click()).clicked() {
            let others = replaced(edits, &meta.name, None);
            out.post(Command::Scenario(ScenarioCommand::SetEdits(others)));
        }
    } else if let Some(to) = drawn.inner.or(asked) {
        *chosen = Some(channel);
        let edits = moved(edits, (&meta.name, &recorded), to, slider.bounds);
        out.post(Command::Scenario(ScenarioCommand::SetEdits(edits)));
    }
}

/// A control's name and where B stands; a click on the number lets it be typed. What was typed, once
/// the field is left.
fn head_ui(
    ui: &mut Ui,
    view: &View<'_>,
    (channel, meta): (usize, &Channel),
    (baseline, value): (f64, f64),
    typed: &mut Option<TypedNumber>,
) -> Option<f64> {
    let theme = Theme::of(ui);
    let is_moved = (value - baseline).abs() > 1e-6 * baseline.abs().max(1e-9);
    let (from, to, unit) = (text::measure(baseline), text::measure(value), &meta.unit);
    let words = if is_moved {
        // The name needs its room too: the unit stands there until the control is moved.
        match moved_share(baseline, value, unit) {
            Some(share) => format!("{from} → {to} ({share})"),
            None => format!("{from} → {to} {unit}"),
        }
    } else {
        format!("{from} {unit}")
    };
    let mut asked = None;
    ui.add_space(GAP_S);
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            match typed {
                Some(number) if number.channel == channel => {
                    match field_ui(ui, view, number, baseline) {
                        Typing::Goes => {}
                        Typing::Ended => *typed = None,
                        Typing::Asked(value) => {
                            asked = Some(value);
                            *typed = None;
                        }
                    }
                }
                _ => {
                    let number = parts::rich(words, theme::dense_bold(), theme.fg());
                    let number = ui.add(Button::new(number).frame(false));
                    if number
                        .on_hover_text(view.text.get("compare-type-hint"))
                        .clicked()
                    {
                        *typed = Some(TypedNumber::new(channel, value));
                    }
                }
            }
            // What is left belongs to the name, cut where it is too long.
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let name = parts::rich(&meta.name, theme::dense(), theme.fg());
                ui.add(Label::new(name).truncate());
            });
        });
    });
    let is_refused = |number: &TypedNumber| number.channel == channel && number.is_refused;
    if typed.as_ref().is_some_and(is_refused) {
        let words = view.text.get("compare-type-refused");
        ui.label(parts::rich(words, theme::caption(), theme.bad()));
    }
    asked
}

/// How far a control moved in percent of A, where zero means nothing: "+8 %".
fn moved_share(baseline: f64, value: f64, unit: &str) -> Option<String> {
    let share = 100.0 * (value - baseline) / baseline;
    let has_zero = !unit.contains('°') && !unit.contains('℃') && unit != "%";
    if !has_zero || baseline <= 0.0 || !share.is_finite() || share.abs() > 999.0 {
        return None;
    }
    let decimals = usize::from(share.abs() < 10.0);
    let sign = if share > 0.0 { "+" } else { "" };
    Some(format!("{sign}{} %", text::number(share, decimals)))
}

/// What a control cannot go beyond: its limits, and for a share in percent the whole.
fn bounds(meta: &Channel, min: f64, max: f64) -> (Option<f64>, Option<f64>) {
    let is_share = meta.unit == "%" && min >= 0.0 && max <= 100.0;
    let (low, high) = (meta.limits.low, meta.limits.high);
    if is_share {
        (low.or(Some(0.0)), high.or(Some(100.0)))
    } else {
        (low, high)
    }
}

/// The field that a number is typed into. What cannot be read stays, so that it can be mended; what
/// was left as it stood asks for nothing, for it has fewer digits than the value.
fn field_ui(ui: &mut Ui, view: &View<'_>, number: &mut TypedNumber, baseline: f64) -> Typing {
    let edit = TextEdit::singleline(&mut number.written)
        .margin(vec2(8.0, 4.0))
        .align(Align2::LEFT_CENTER)
        .desired_width(FIELD_WIDTH);
    let field = ui.add(edit);
    let label = view.text.get("compare-type-hint");
    field.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, &label));
    if !number.is_opened {
        number.is_opened = true;
        field.request_focus();
    }
    number.is_refused &= !field.changed();
    if !field.lost_focus() {
        return Typing::Goes;
    }
    let is_dropped = ui.input(|input| input.key_pressed(Key::Escape));
    if is_dropped || number.written.trim() == number.stood {
        return Typing::Ended;
    }
    if let Some(value) = number_of(&number.written, baseline) {
        return Typing::Asked(value);
    }
    number.is_refused = true;
    if ui.input(|input| input.key_pressed(Key::Enter)) {
        field.request_focus();
    }
    Typing::Goes
}

/// A number as it is typed: `103`, or against A `+8`, `+8 %`, `-5%`.
fn number_of(written: &str, baseline: f64) -> Option<f64> {
    let plain = text::folded(written);
    let (number, is_share) = match plain.strip_suffix('%') {
        Some(number) => (number, true),
        None => (plain.as_str(), false),
    };
    let value = text::typed_number(number)?;
    Some(if is_share {
        baseline * (1.0 + value / 100.0)
    } else if number.starts_with('+') {
        baseline + value
    } else {
        value
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_number_is_a_value_a_step_or_a_share() {
        let cases = [
            ("103", Some(103.0)),
            (" 1,030.5 ", Some(1030.5)),
            ("1,5", Some(1.5)),
            ("１０５", Some(105.0)),
            ("＋８％", Some(108.0)),
            ("+8", Some(108.0)),
            ("+8 %", Some(108.0)),
            ("−5%", Some(95.0)),
            ("-5", Some(-5.0)),
            ("fast", None),
            ("inf", None),
        ];
        for (written, expected) in cases {
            assert_eq!(number_of(written, 100.0), expected, "{written}");
        }
    }

    #[test]
    fn a_move_is_told_in_percent_where_zero_means_nothing() {
        let of = |value: f64, unit: &str| moved_share(100.0, value, unit);
        assert_eq!(of(108.0, "bottles/min").as_deref(), Some("+8.0 %"));
        assert_eq!(of(80.0, "").as_deref(), Some("−20 %"));
        assert_eq!(of(110.0, "°C"), None);
        assert_eq!(moved_share(0.0, 22.0, "kW"), None);
    }

    #[test]
    fn a_share_stays_between_nothing_and_the_whole() {
        let mut heater = Channel::new("heater", crate::data::Role::Control, "%");
        assert_eq!(bounds(&heater, 5.0, 90.0), (Some(0.0), Some(100.0)));
        heater.limits.high = Some(80.0);
        assert_eq!(bounds(&heater, 5.0, 60.0), (Some(0.0), Some(80.0)));
        assert_eq!(bounds(&heater, -5.0, 60.0), (None, Some(80.0)));
    }
}
