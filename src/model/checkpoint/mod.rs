//! Models and training states as bytes: what stands in the file, and the archive around it.

mod archive;
mod calibrations;
mod derived_inputs;
mod families;
mod header;
mod model_file;
mod notes;
mod polynomial;
mod race;
mod scales;
mod senses_file;
mod training_state;

pub(crate) use training_state::{TrainingState, read_state, write_state};
