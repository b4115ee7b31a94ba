//! The table of commands.

use super::{import, project, scenario, training, window};
use crate::app::{App, Command, Effect, ScenarioCommand};

impl App {
    /// Carries a command out on the state; what is to be done outside comes back as effects.
    pub fn apply(&mut self, command: Command) -> Vec<Effect> {
        match command {
            Command::Project(command) => project::apply(self, command),
            Command::Import(command) => import::apply(self, command),
            Command::Training(command) => training::apply(self, &command),
            Command::Scenario(ScenarioCommand::Save) => scenario::save(self),
            Command::Scenario(command) => scenario::apply(self, command),
            Command::Gap(command) => training::measure_gap(self, &command),
            Command::Report(command) => project::report(self, command),
            Command::Job(command) => training::cancel(self, &command),
            Command::Window(command) => window::apply(self, &command),
        }
    }
}
