//! The state of an unfinished training as bytes.

use serde::{Deserialize, Serialize};

use super::archive::{Archive, damaged, read_archive, write_archive};
use crate::{
    base::Digest,
    model::{ModelError, Preset, TrainConfig},
};

const STATE_FORMAT: &str = "gemba-training";

/// A state from which training goes on.
#[derive(Debug, Clone)]
pub(crate) struct TrainingState {
    /// The neural family's own state.
    pub(crate) neural: Vec<u8>,
}

#[derive(Debug, Serialize, Deserialize)]
struct StateHeader {
    data_digest: String,
    seed: u64,
    n_members: usize,
    preset: Option<String>,
    /// How windows are disturbed, where not as usual; states before it have no word.
    #[serde(default)]
    noise: String,
}

fn state_header(digest: Digest, config: &TrainConfig) -> StateHeader {
    StateHeader {
        data_digest: digest.to_string(),
        seed: config.seed,
        n_members: config.n_members,
        preset: config.preset.map(|preset| Preset::name(preset).to_owned()),
        noise: config.noise.words(),
    }
}

/// A training state as bytes. Everything but the neural state is recomputed when it goes on.
pub(crate) fn write_state(neural: &[u8], digest: Digest, config: &TrainConfig) -> Vec<u8> {
    let mut archive = Archive::default();
    archive.put_bytes("neural", neural.to_vec());
    let text = serde_json::to_string(&state_header(digest, config)).unwrap_or_default();
    write_archive(STATE_FORMAT, &text, &archive)
}

/// Reads a training state back.
///
/// # Errors
///
/// [`ModelError`] where the bytes are damaged or belong to other data or settings.
pub(crate) fn read_state(
    bytes: &[u8],
    digest: Digest,
    config: &TrainConfig,
) -> Result<TrainingState, ModelError> {
    let (text, mut archive) = read_archive(STATE_FORMAT, bytes)?;
    let found: StateHeader = serde_json::from_str(&text).map_err(|error| {
        damaged(
            "header",
            error.to_string(),
            "the fields of a training state",
        )
    })?;
    let expected = state_header(digest, config);
    let show = |preset: &Option<String>| preset.clone().unwrap_or_else(|| "auto".to_owned());
    let pairs = [
        ("data", found.data_digest, expected.data_digest),
        ("seed", found.seed.to_string(), expected.seed.to_string()),
        (
            "members",
            found.n_members.to_string(),
            expected.n_members.to_string(),
        ),
        ("preset", show(&found.preset), show(&expected.preset)),
        ("noise", found.noise, expected.noise),
    ];
    for (what, found, expected) in pairs {
        if found != expected {
            return Err(ModelError::OtherRun {
                what,
                found,
                expected,
            });
        }
    }
    Ok(TrainingState {
        neural: archive.take_bytes("neural")?,
    })
}
