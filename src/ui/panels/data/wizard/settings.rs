//! How the file is written: what was found and why, and what a person decides instead.

use eframe::egui::{Align, Label, Layout, Ui, vec2};

use super::fields::{Written, choice_ui, secs_of, words_ui};
use crate::{
    app::{Preview, PreviewFact, PreviewZone, RecipeDraft, TimeChoice},
    ui::{
        View,
        parts::{self, rich},
        text::{editable, measure},
        theme::{self, GAP_M, GAP_XL, Theme},
    },
};

/// Width of one fact.
const WIDTH: f32 = 196.0;
/// Height of one fact with a reason of two lines.
const HEIGHT: f32 = 82.0;
/// Header lines that can be chosen.
const MOST_HEADER_ROWS: usize = 6;

/// Draws the facts; the decisions where one was just made.
pub(super) fn settings_ui(
    ui: &mut Ui,
    view: &View<'_>,
    preview: &Preview,
    written: &mut Written,
) -> Option<RecipeDraft> {
    let mut next = view.session.wizard.draft.clone();
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(GAP_XL, GAP_M);
        if !preview.is_cells {
            text_ui(ui, view, preview, &mut next);
        }
        fact_ui(ui, view, preview, PreviewFact::Header, |ui| {
            header_ui(ui, view, preview, &mut next);
        });
        fact_ui(ui, view, preview, PreviewFact::Time, |ui| {
            time_ui(ui, view, preview, &mut next);
        });
        reading_ui(ui, view, preview, written, &mut next);
    });
    (next != view.session.wizard.draft).then_some(next)
}

/// How a text is written; a workbook tells its cells apart itself.
fn text_ui(ui: &mut Ui, view: &View<'_>, preview: &Preview, next: &mut RecipeDraft) {
    fact_ui(ui, view, preview, PreviewFact::Encoding, |ui| {
        parts::caption(ui, &view.text.get("ui-preview-encoding"));
        let theme = Theme::of(ui);
        ui.add_space(5.0);
        ui.label(rich(&preview.encoding, theme::body_bold(), theme.fg()));
        ui.add_space(2.0);
    });
    fact_ui(ui, view, preview, PreviewFact::Delimiter, |ui| {
        delimiter_ui(ui, view, preview, next);
    });
    fact_ui(ui, view, preview, PreviewFact::Decimal, |ui| {
        decimal_ui(ui, view, preview, next);
    });
}

/// One fact with the reason under it.
fn fact_ui(
    ui: &mut Ui,
    view: &View<'_>,
    preview: &Preview,
    fact: PreviewFact,
    add: impl FnOnce(&mut Ui),
) {
    // A known width lets the row wrap before it.
    ui.allocate_ui_with_layout(vec2(WIDTH, HEIGHT), Layout::top_down(Align::Min), |ui| {
        ui.set_width(WIDTH);
        ui.spacing_mut().item_spacing.y = 3.0;
        add(ui);
        if let Some(why) = preview.why(fact) {
            let words = view.text.say(why);
            let color = Theme::of(ui).fg2();
            ui.add(Label::new(rich(words, theme::caption(), color)).wrap());
        }
    });
}

/// The words of a choice that is left to the program.
fn found(view: &View<'_>, what: &str) -> String {
    view.text.with("ui-wizard-found", &[("what", what)])
}

/// A delimiter as people call it.
fn delimiter_words(view: &View<'_>, name: &str) -> String {
    match name {
        "," => view.text.get("ui-preview-comma"),
        ";" => view.text.get("ui-preview-semicolon"),
        "tab" => view.text.get("ui-preview-tab"),
        "blank" => view.text.get("ui-preview-space"),
        "blanks" => view.text.get("ui-preview-spaces"),
        "comma and blank" => view.text.get("ui-preview-comma-blank"),
        "semicolon and blank" => view.text.get("ui-preview-semicolon-blank"),
        other => other.to_owned(),
    }
}

fn delimiter_ui(ui: &mut Ui, view: &View<'_>, preview: &Preview, next: &mut RecipeDraft) {
    let shown = match next.delimiter() {
        Some(name) => delimiter_words(view, name),
        None => found(view, &delimiter_words(view, &preview.delimiter)),
    };
    let mut options = vec![(view.text.get("ui-wizard-find"), None)];
    for name in RecipeDraft::delimiters() {
        options.push((delimiter_words(view, name), Some(name)));
    }
    let label = view.text.get("ui-preview-delimiter");
    let named = ("wizard-delimiter", label.as_str());
    if let Some(chosen) = titled_choice_ui(ui, named, &shown, &options) {
        next.set_delimiter(chosen);
    }
}

fn decimal_ui(ui: &mut Ui, view: &View<'_>, preview: &Preview, next: &mut RecipeDraft) {
    let words = |mark: &str| match mark {
        "," => view.text.get("ui-wizard-comma"),
        _ => view.text.get("ui-wizard-point"),
    };
    let shown = match next.decimal() {
        Some(mark) => words(mark),
        None => found(view, &words(&preview.decimal.to_string())),
    };
    let options = [
        (view.text.get("ui-wizard-find"), None),
        (words("."), Some(".")),
        (words(","), Some(",")),
    ];
    let label = view.text.get("ui-preview-decimal");
    let named = ("wizard-decimal", label.as_str());
    if let Some(chosen) = titled_choice_ui(ui, named, &shown, &options) {
        next.set_decimal(chosen);
    }
}

fn header_ui(ui: &mut Ui, view: &View<'_>, preview: &Preview, next: &mut RecipeDraft) {
    let words = |n_rows: usize| n_rows.to_string();
    let shown = match next.header_rows() {
        Some(n_rows) => words(n_rows),
        None => found(view, &words(preview.n_header_rows)),
    };
    let mut options = vec![(view.text.get("ui-wizard-find"), None)];
    options.extend((0..=MOST_HEADER_ROWS).map(|n_rows| (words(n_rows), Some(n_rows))));
    let label = view.text.get("ui-wizard-header");
    let named = ("wizard-header", label.as_str());
    if let Some(chosen) = titled_choice_ui(ui, named, &shown, &options) {
        next.set_header_rows(chosen);
    }
}

fn time_ui(ui: &mut Ui, view: &View<'_>, preview: &Preview, next: &mut RecipeDraft) {
    let none = view.text.get("ui-wizard-no-time");
    let shown = match next.time() {
        TimeChoice::Columns(columns) => columns.join(" + "),
        TimeChoice::Step(_) => none.clone(),
        TimeChoice::Found if preview.time_columns.is_empty() => found(view, &none),
        TimeChoice::Found => found(view, &preview.time_columns.join(" + ")),
    };
    let mut options = vec![
        (view.text.get("ui-wizard-find"), TimeChoice::Found),
        (none, TimeChoice::Step(1.0)),
    ];
    for name in &preview.header {
        options.push((name.clone(), TimeChoice::Columns(vec![name.clone()])));
    }
    let label = view.text.get("ui-preview-time");
    let named = ("wizard-time", label.as_str());
    if let Some(chosen) = titled_choice_ui(ui, named, &shown, &options) {
        next.set_time(chosen);
    }
    if let TimeChoice::Columns(columns) = next.time() {
        clock_ui(ui, view, preview, &columns, next);
    }
}

/// The column that holds the time of day where the first one holds the date.
fn clock_ui(
    ui: &mut Ui,
    view: &View<'_>,
    preview: &Preview,
    columns: &[String],
    next: &mut RecipeDraft,
) {
    let Some(first) = columns.first() else {
        return;
    };
    let none = view.text.get("ui-none");
    let shown = columns.get(1).unwrap_or(&none);
    let mut options = vec![(none.clone(), vec![first.clone()])];
    for name in preview.header.iter().filter(|name| *name != first) {
        options.push((name.clone(), vec![first.clone(), name.clone()]));
    }
    let label = view.text.get("ui-wizard-clock");
    let named = ("wizard-clock", label.as_str());
    if let Some(chosen) = titled_choice_ui(ui, named, shown, &options) {
        next.set_time(TimeChoice::Columns(chosen));
    }
}

/// How stamps are read: format and zone, or the step; and the step of the data.
fn reading_ui(
    ui: &mut Ui,
    view: &View<'_>,
    preview: &Preview,
    written: &mut Written,
    next: &mut RecipeDraft,
) {
    let text = view.text;
    ui.allocate_ui_with_layout(vec2(WIDTH, HEIGHT), Layout::top_down(Align::Min), |ui| {
        ui.set_width(WIDTH);
        ui.spacing_mut().item_spacing.y = 3.0;
        let mut field = |ui: &mut Ui, key: &str, current: &str, hint: &str| {
            let label = text.get(key);
            parts::caption(ui, &label);
            words_ui(ui, (key, &label), (current, hint), WIDTH - 30.0, written)
        };
        match next.time() {
            TimeChoice::Step(step_secs) => {
                let current = editable(step_secs);
                if let Some(words) = field(ui, "ui-wizard-step", &current, "")
                    && let Some(secs) = secs_of(&words)
                {
                    next.set_time(TimeChoice::Step(secs));
                }
            }
            other => {
                let current = next.time_format().to_owned();
                let hint = text.with("ui-wizard-example", &[("what", "%Y-%m-%d %H:%M:%S")]);
                if matches!(other, TimeChoice::Columns(_))
                    && let Some(words) = field(ui, "ui-wizard-format", &current, &hint)
                {
                    next.set_time_format(&words);
                }
                let current = next.zone().to_owned();
                let hint = zone_hint(view, preview);
                if let Some(words) = field(ui, "ui-wizard-zone", &current, &hint) {
                    next.set_zone(&words);
                }
            }
        }
        let current = next.grid_secs().map(editable).unwrap_or_default();
        // An empty field says what holds while nothing is decided.
        let hint = match preview.step_secs {
            secs if secs > 0.0 => found(view, &measure(secs)),
            _ => String::new(),
        };
        if let Some(words) = field(ui, "ui-wizard-grid", &current, &hint) {
            // An empty field leaves the step to the program; what is no time changes nothing.
            match secs_of(&words) {
                None if !words.is_empty() => {}
                secs => next.set_grid_secs(secs),
            }
        }
    });
}

/// The zone that times are in while none is chosen.
fn zone_hint(view: &View<'_>, preview: &Preview) -> String {
    match preview.zone {
        PreviewZone::Assumed => view.text.get("ui-wizard-zone-assumed"),
        PreviewZone::Told => view.text.get("ui-wizard-zone-told"),
        PreviewZone::Chosen | PreviewZone::None => {
            let example = [("what", "Asia/Tokyo")];
            view.text.with("ui-wizard-example", &example)
        }
    }
}

/// A caption above a choice.
fn titled_choice_ui<T: Clone>(
    ui: &mut Ui,
    named: (&str, &str),
    shown: &str,
    options: &[(String, T)],
) -> Option<T> {
    parts::caption(ui, named.1);
    choice_ui(ui, named, shown, WIDTH - 30.0, options)
}
