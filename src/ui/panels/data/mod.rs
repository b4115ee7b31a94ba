//! What was imported: sources, channels with role, unit and grade, issues, pictures.

mod channels;
mod issues;
mod panel;
mod preview;
mod thumbs;

pub use panel::DataPanel;
