//! Transport delays: what enters a belt or a pipe acts when the line has moved on by its length.

mod delay;
mod search;

pub(crate) use delay::{Cargo, Transport};
pub(crate) use search::find_transports;
