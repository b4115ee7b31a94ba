//! The same training on an NVIDIA card, with no copy back from it between two validations or the
//! end of a stretch that was asked for.
//!
//! The `.cu` files hold the arithmetic, `card` the one place that launches it, `sizes` what both
//! sides agree on, `run` the order of steps.

mod card;
mod run;
mod sizes;

#[cfg(test)]
mod tests;

pub(crate) use run::CudaRun;
