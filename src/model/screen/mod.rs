//! Which values of a log are the logger's, not the plant's: they become missing for training
//! and before a start.
//!
//! A screen that errs takes away what the plant did. So each asks for far more than a sound sensor
//! shows, keeps all where much looks like it, and what it took out is said.

mod clean;
mod fill;
mod lone;
mod moved;
mod readings;
mod still;
#[cfg(test)]
mod tests;

pub(super) use clean::screened;
pub(super) use lone::forget_lone;
