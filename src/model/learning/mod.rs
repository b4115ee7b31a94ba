//! What families share that are trained step by step: flat weights, the optimiser, windows, threads.
//!
//! A family brings its sizes, its arrays and its pass forward and backward; how a member is moved,
//! drawn for, scored and spread over threads is the same for all.

mod adam;
mod eager;
mod layout;
mod loss;
mod threads;
mod trouble;
mod windows;

pub(crate) use adam::{AdamW, clip, cosine, decay_of};
pub(crate) use eager::{Weights, measured, score};
pub(crate) use layout::{Layout, Tensors, tensor};
pub(crate) use loss::{
    BEND, Gauge, LOG_SCALE, Phase, SCALE_FLOOR, geometric_mean, ratios, root_mean,
};
pub(crate) use threads::bring_to;
pub(crate) use trouble::Trouble;
pub(crate) use windows::{Sampler, Spot};
