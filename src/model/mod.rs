//! The learned part; the only room with tensors.
//!
//! In: `data` values; out: [`crate::data::Trajectory`] with plain arrays. No tensor leaves.
//! Candidates of several tiers race on free-run validation; the winner of each channel is used.
//!
//! Invariants: a rollout never reads an output at or after its start; the normalizer travels
//! inside the model; every score comes from blocks that the scored member did not see; the same
//! data, settings and seed give the same bytes for any number of threads.

mod attending;
mod blend;
mod budget;
mod calibration;
mod caution;
mod checkpoint;
mod config;
mod context;
mod deciding;
mod derived;
mod device;
mod dynamics;
mod error;
mod fitted;
mod folds;
mod learning;
mod leftout;
mod line;
mod linear;
mod looking;
mod naive;
mod narx;
mod neural;
mod noise;
mod normalizer;
mod picture;
mod prepare;
mod prepared;
mod progress;
mod race;
mod rails;
mod rollout;
mod runs;
mod screen;
mod senses;
mod skill;
pub mod speed;
mod surprise;
mod train;
mod transformer;
mod transport;

pub use config::{
    Attention, CandidateScore, DeviceChoice, FramesWay, Fusion, Members, ModalityGain, NoisePlan,
    Preset, RolloutRequest, SensesPlan, SensesWay, Tier, TrainConfig, TrainEvent, TrainHooks,
};
pub use device::devices;
pub use error::ModelError;
pub use fitted::FittedModel;
pub use picture::Picture;
pub use senses::learned_tracks;
pub use skill::OutputSkill;
pub use surprise::{Innovations, Surprise, SurpriseTrace, measure_surprise};
pub use train::train;
