//! Draws values, posts commands; decides nothing and waits for nothing.
//!
//! Invariants: colours, distances and type sizes come from `theme`; words from the locale files;
//! whatever the user does becomes a command in the outbox.

mod outbox;
mod panels;
mod parts;
mod plots;
mod text;
mod theme;
mod widgets;

pub use outbox::{Outbox, View};
pub use panels::{ComparePanel, GapPanel};
pub use theme::Theme;
