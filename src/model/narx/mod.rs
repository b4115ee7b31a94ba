//! The polynomial family: sparse products of past outputs and inputs, linear in their coefficients.
//!
//! Terms come from orthogonal forward regression (Billings 2013, chapter 3) on each member's own
//! folds; lags, degree and the number of terms are chosen by free runs on left-out folds. A
//! candidate whose run leaves the range met on any left-out start is refused. Outside of that range
//! a polynomial explodes, so every value is clipped softly to the range plus a margin: no rollout
//! can diverge, but far outside the answer stays where the margin ends.

mod candidates;
mod desk;
mod equation;
mod fit;
mod forward;
mod grow;
mod limits;
mod refine;
mod run;
#[cfg(test)]
mod tests;

pub(crate) use equation::{NarxEquation, NarxModel, Polynomial};
pub(crate) use fit::fit_narx;
pub(crate) use limits::Limits;
