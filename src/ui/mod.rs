//! Draws values, posts commands; decides nothing and waits for nothing.

mod outbox;

pub use outbox::{Outbox, View};
