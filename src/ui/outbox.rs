//! What a panel is given and what it gives back.

use crate::{
    app::{Command, Session},
    base::Text,
};

/// Everything a panel may look at while it draws.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The state behind the window.
    pub session: &'a Session,
    /// Words in the chosen language.
    pub text: &'a Text,
    /// Hides clocks and versions.
    pub is_test: bool,
}

/// Collects what the user asked for during a frame.
#[derive(Debug, Default)]
pub struct Outbox {
    commands: Vec<Command>,
}

impl Outbox {
    /// Adds a command.
    pub fn post(&mut self, command: Command) {
        self.commands.push(command);
    }

    /// Whether nothing was asked for.
    pub fn is_empty(&self) -> bool {
        self.commands.is_empty()
    }

    /// Takes all commands, oldest first.
    pub fn take(&mut self) -> Vec<Command> {
        std::mem::take(&mut self.commands)
    }
}
