//! Puts files of the same columns together.

mod alike;
mod log;
mod overlap;

pub(super) use log::{Head, Log, Stretch, merge, natural};
