//! Bands that hold on free runs: conformal quantiles per output and horizon bucket.
//!
//! Errors of left-out members are pooled in buckets that double in width; a band around the mean
//! of all members is narrower by what averaging brings. Where a left-out member was driven by inputs
//! beyond those it had met, its error tells little of what all members together know: among inputs
//! that were met such steps count less (weighted conformal prediction, Tibshirani et al. 2019).
//! Coverage is promised for futures like the recorded ones only (exchangeability), not under controls
//! that were never tried.

mod bands;
mod cells;
mod fit;
mod memory;

#[cfg(test)]
mod tests;

pub(crate) use bands::{Calibration, Z90};
