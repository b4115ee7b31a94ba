//! Transport delays: what enters a belt or a pipe acts when the line has moved on by its length.

mod delay;
mod search;
mod trial;

pub(crate) use delay::{Cargo, Transport};
pub(crate) use trial::with_transports;

use search::find_transports;
