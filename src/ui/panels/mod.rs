//! The views of the window, one a file; each is a struct with `name` and `ui`.

mod compare;
mod data;
mod gap;
mod home;
mod jobs;
mod model;
mod set;
mod surprise;

pub use compare::ComparePanel;
pub use data::DataPanel;
pub use gap::GapPanel;
pub use home::HomePanel;
pub use jobs::JobsPanel;
pub use model::ModelPanel;
pub(crate) use set::Panels;
