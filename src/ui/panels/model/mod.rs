//! Training, the race of the candidates, and what the winner can do.

mod curves;
mod options;
mod panel;
mod race;

pub use panel::ModelPanel;
