//! Keys: what each does, and the page that lists them.

use eframe::egui::{Context, Grid, Id, Key, KeyboardShortcut, Modal, Modifiers};

use super::{
    Outbox, View,
    parts::{self, rich},
    theme::{self, GAP_S, GAP_XL, Theme},
};
use crate::app::{Command, Panel, ProjectCommand, ScenarioCommand, WindowCommand};

/// What a key asks of the window itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// The command search.
    Palette,
    /// The page of keys.
    Help,
}

const NUMBERS: [Key; 6] = [
    Key::Num1,
    Key::Num2,
    Key::Num3,
    Key::Num4,
    Key::Num5,
    Key::Num6,
];

/// Posts what was typed; single keys count only while no field is being written in.
pub(crate) fn read_keys(ctx: &Context, out: &mut Outbox) -> Option<Asked> {
    let is_writing = ctx.text_edit_focused();
    let pressed = |modifiers: Modifiers, key: Key| {
        ctx.input_mut(|input| input.consume_shortcut(&KeyboardShortcut::new(modifiers, key)))
    };
    for (key, panel) in NUMBERS.into_iter().zip(Panel::ALL) {
        if pressed(Modifiers::COMMAND, key) {
            out.post(Command::Window(WindowCommand::Show(panel)));
        }
    }
    if pressed(Modifiers::COMMAND, Key::O) {
        out.post(Command::Project(ProjectCommand::OpenDialog));
    }
    if !is_writing {
        let redo = pressed(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z)
            || pressed(Modifiers::COMMAND, Key::Y);
        if redo {
            out.post(Command::Scenario(ScenarioCommand::Redo));
        } else if pressed(Modifiers::COMMAND, Key::Z) {
            out.post(Command::Scenario(ScenarioCommand::Undo));
        }
        if ctx.input(|input| input.key_pressed(Key::Questionmark)) {
            return Some(Asked::Help);
        }
    }
    pressed(Modifiers::COMMAND, Key::P).then_some(Asked::Palette)
}

/// The page of keys; false once it was closed.
pub(crate) fn help_ui(ctx: &Context, view: &View<'_>) -> bool {
    let rows = [
        ("Ctrl+1 … 6", "ui-key-panels"),
        ("Ctrl+P", "ui-key-palette"),
        ("Ctrl+O", "ui-key-open"),
        ("Ctrl+Z", "ui-key-undo"),
        ("Ctrl+Y", "ui-key-redo"),
        ("Ctrl+Enter", "ui-key-import"),
        ("F11", "ui-key-present"),
        ("?", "ui-key-help"),
        ("Esc", "ui-key-close"),
    ];
    let modal = Modal::new(Id::unique("keys")).show(ctx, |ui| {
        let theme = Theme::of(ui);
        ui.set_width(380.0);
        parts::card_title(ui, &view.text.get("ui-keys-title"));
        ui.add_space(GAP_S);
        Grid::new("key-list")
            .num_columns(2)
            .spacing([GAP_XL, GAP_S])
            .show(ui, |ui| {
                for (keys, meaning) in rows {
                    ui.label(rich(keys, theme::dense_bold(), theme.fg()));
                    let meaning = view.text.get(meaning);
                    ui.label(rich(meaning, theme::dense(), theme.fg2()));
                    ui.end_row();
                }
            });
        ui.add_space(GAP_S);
        parts::button(ui, &view.text.get("ui-close")).clicked()
    });
    !(modal.inner || modal.should_close())
}
