//! What was imported: sources, channels with role, unit and grade, issues, pictures.

mod channels;
mod coverage;
mod evidence;
mod excerpt;
mod issues;
mod panel;
mod thumbs;
mod wizard;

pub use panel::DataPanel;
