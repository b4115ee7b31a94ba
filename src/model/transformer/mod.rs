//! The transformer family: attention over measured and future tokens, as a correction of the linear
//! family's free run.
//!
//! One token a step. Past tokens carry what was measured, future ones the known inputs and what the
//! linear family says; a whole chunk of steps is predicted at once, longer runs go on from their own
//! predictions. A mask keeps every prediction from later tokens. On the CPU plain loops with an
//! analytic gradient do the work, elsewhere tensors with autograd; tests hold both together.

mod attention;
mod backward;
mod config;
mod eager;
mod free_run;
mod kernel;
mod layout;
mod loss;
mod member;
mod net;
mod simulator;
mod tokens;
mod training;

#[cfg(test)]
mod tests;

pub(crate) use config::TransformerConfig;
pub(crate) use simulator::TransformerModel;
pub(crate) use training::{NoGain, TransformerTraining};
