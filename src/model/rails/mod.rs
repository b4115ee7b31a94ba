//! Ends of its range at which a channel rests, because it cannot pass them.
//!
//! A level in a tank that overflows, a sensor at the end of its scale, a share of rejects at zero:
//! a value there says only that the plant would have gone at least as far. So learning takes it as
//! a bound (a censored value, Tobin 1958), and no prediction passes it.

mod blurred;
mod end;
mod find;
mod railed;

pub(crate) use blurred::with_blurred_ends;
pub(crate) use end::{End, FREE, rests_at};
pub(crate) use find::rests;
pub(crate) use railed::Railed;
