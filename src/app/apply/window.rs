//! The window's own commands.

use super::project;
use crate::{
    app::{App, Effect, Panel, WindowCommand, program::worded},
    base::{Phrase, Severity, Text},
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
        WindowCommand::ShowFile(ref path) => {
            // Nothing but what this program wrote and told of.
            let mut messages = app.session.messages.iter();
            let is_told = messages.any(|message| message.path.as_ref() == Some(path));
            let whole = project::whole(path);
            is_told
                .then_some(Effect::ShowFile(whole))
                .into_iter()
                .collect()
        }
        WindowCommand::NotShown(ref path) => {
            let path = Phrase::plain(path.to_string_lossy());
            let text = worded("message-not-shown", vec![("path", path)]);
            let hint = worded("message-not-shown-hint", Vec::new());
            app.message(Severity::Warning, text, Some(hint));
            Vec::new()
        }
        WindowCommand::Quit => vec![Effect::Quit],
    }
}
