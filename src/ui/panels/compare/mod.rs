//! Compare: A against B next to what really happened, on one clock.

mod answer;
mod controls;
mod lanes;
mod limits;
mod media;
mod panel;
mod period;
mod schedule;
mod signals;

pub use panel::ComparePanel;
