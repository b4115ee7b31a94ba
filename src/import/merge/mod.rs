//! Puts files of the same columns together.

mod alike;
mod log;
mod overlap;
mod same_unit;
mod unions;
mod zones;

pub(super) use log::{Head, Log, Stretch, merge, natural};
