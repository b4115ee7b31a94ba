//! The views of the window, one a file; each is a struct with `name` and `ui`.

mod compare;
mod gap;

pub use compare::ComparePanel;
pub use gap::GapPanel;
