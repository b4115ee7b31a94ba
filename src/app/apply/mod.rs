//! What each command does to the state, by subject; nothing here starts anything.

mod absorb;
mod commands;
pub(super) mod import;
pub(super) mod project;
pub(super) mod scenario;
pub(super) mod training;
mod window;

pub(super) use import::Accepted;
pub(super) use scenario::CompareDesk;
