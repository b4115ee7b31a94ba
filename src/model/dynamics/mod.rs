//! The neural family: linear state-space core, neural residual, learned initial state.
//!
//! Members start as the linear model that identification gives and are trained on free runs.
//! On the CPU a fused path with an analytic gradient does the work, on an NVIDIA card kernels of the
//! same shape; elsewhere the same equations run as tensors. Tests hold the three together. Results do
//! not depend on threads.

mod backward;
mod batch;
mod config;
#[cfg(feature = "cuda")]
mod cuda;
mod eager;
mod faults;
mod fused;
mod identify;
mod kernel;
mod latent;
mod member;
mod optimizer;
mod params;
mod search;
mod simulator;
mod start;
mod state;
mod training;
mod wide;

#[cfg(test)]
mod golden;
#[cfg(test)]
mod tests;

pub(crate) use config::DynamicsConfig;
#[cfg(feature = "cuda")]
pub(crate) use cuda::CudaRun;
pub(crate) use fused::scale_of;
pub(crate) use kernel::{exp, ln};
pub(crate) use search::search;
pub(crate) use simulator::DynamicsModel;
#[cfg(test)]
pub(crate) use tests::tanks;
pub(crate) use training::DynamicsTraining;
pub(crate) use wide::{Work, on_widest};
