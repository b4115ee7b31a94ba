//! Compare: A against B next to what really happened, on one clock.

mod answer;
mod controls;
mod lanes;
mod levels;
mod limits;
mod media;
mod own;
mod panel;
mod period;
mod place;
mod saved;
mod schedule;
mod shift;
mod signals;

pub use panel::ComparePanel;
