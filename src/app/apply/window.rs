//! The window's own commands.

use crate::{
    app::{App, Effect, Panel, WindowCommand},
    base::Text,
};

pub(super) fn apply(app: &mut App, command: &WindowCommand) -> Vec<Effect> {
    match *command {
        WindowCommand::KeepLayout(ref layout) => {
            app.session.desk.layout.clone_from(layout);
            app.save_settings()
        }
        WindowCommand::Present(presents) => {
            app.session.desk.presents = presents;
            // The list of jobs is no part of a talk.
            if presents && app.session.panel == Panel::Jobs {
                app.session.panel = Panel::Home;
            }
            Vec::new()
        }
        WindowCommand::Show(panel) => {
            app.session.panel = panel;
            app.has_chosen_panel = true;
            app.session.desk.has_seen_data |= panel == Panel::Data;
            Vec::new()
        }
        WindowCommand::SetLocale(locale) => {
            app.session.locale = locale;
            app.text = Text::new(locale);
            app.save_settings()
        }
        WindowCommand::SetDark(dark) => {
            app.session.dark = dark;
            app.save_settings()
        }
        WindowCommand::OpenBeside(panel) => {
            app.has_chosen_panel = true;
            vec![Effect::OpenBeside(panel)]
        }
        WindowCommand::ResetLayout => vec![Effect::ResetLayout],
        WindowCommand::Dismiss(id) => {
            app.session.messages.retain(|message| message.id != id);
            Vec::new()
        }
        WindowCommand::Quit => vec![Effect::Quit],
    }
}
