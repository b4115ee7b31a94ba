//! The stochastic latent: what moves the state and nobody measures, learned as a Gaussian.
//!
//! ```text
//! prior      p(z_t | s_t, u_t)        N(0, σp(h_t)²)
//! posterior  q(z_t | s_t, u_t, y_t)   N(K e_t, σq(h_t)²),   e_t = y_t − mean of y_t
//! s_t+1      = … + G z_t
//! ```
//!
//! A mean of the prior would say nothing that the residual does not. The posterior is that of a Kalman
//! filter in innovation form and sees what was measured while training only: what disturbs the plant
//! then goes into the latent and no longer bends the weights that a free run answers with. What it says
//! is paid for by the divergence from the prior, with KL balance and free nats as in `DreamerV3` (Hafner et
//! al. 2023). A trained model answers with the mean over [`N_PATHS`] paths of the prior, which come in
//! mirrored pairs: what is linear in the noise cancels. How far paths lie apart is part of its scale.

mod gaussian;
mod paths;
mod steps;

pub(super) use gaussian::{BALANCE, FREE_NATS, LOG_STD, Places};
pub(super) use paths::{N_PATHS, N_VAL_PATHS, agree, pool};
pub(super) use steps::{Moving, MovingBack};
