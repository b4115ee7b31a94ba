//! How a transformer is sized and trained; defaults follow from the data.

use serde::{Deserialize, Serialize};

use crate::model::{DeviceChoice, Preset, learning::decay_of, prepared::Prepared};

/// From so many rows in the folds on the family is in the race without being asked for.
const ENOUGH_ROWS: usize = 50_000;

/// How a transformer is sized and trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct TransformerConfig {
    /// Numbers of a token inside, a multiple of twice the heads.
    pub(crate) n_dim: usize,
    /// Heads of attention.
    pub(crate) n_heads: usize,
    /// Layers.
    pub(crate) n_layers: usize,
    /// Measured steps it looks at.
    pub(crate) n_past: usize,
    /// Steps it predicts at once; a longer run goes on from its own predictions.
    pub(crate) n_future: usize,
    /// Training steps.
    pub(crate) n_steps: usize,
    /// Windows in a batch.
    pub(crate) batch: usize,
    /// Seed of everything random.
    pub(crate) seed: u64,
    /// Greatest step size.
    pub(crate) rate: f32,
    /// Pull of the weights towards zero.
    pub(crate) decay: f32,
    /// Share of the steps whose mean is trained with the Huber loss.
    pub(crate) huber_share: f64,
    /// How much of the running mean of weights stays at each step.
    pub(crate) keep: f32,
    /// Noise on measured pasts while training, in units of a channel's spread.
    pub(crate) obs_noise: f32,
    /// How often a modality is left out while training.
    pub(crate) dropout: f64,
    /// Share of the windows that begin from the model's own predictions.
    pub(crate) own_share: f64,
    /// Training steps between two validations.
    pub(crate) val_every: usize,
    /// Threads; results do not depend on it.
    #[serde(skip)]
    pub(crate) n_threads: usize,
    /// Where tensors live; the CPU takes the plain path.
    #[serde(skip)]
    pub(crate) device: DeviceChoice,
}

impl TransformerConfig {
    /// A configuration that suits the data.
    pub(crate) fn for_data(prep: &Prepared, preset: Option<Preset>) -> Self {
        let n_rows = prep.n_fold_rows();
        let preset = preset.unwrap_or(Preset::of_rows(n_rows));
        let (n_dim, n_heads, n_past, n_future, n_steps, batch) = match preset {
            Preset::Tiny => (16, 2, 12, 16, 200, 8),
            Preset::Small => (32, 2, 32, 48, 900, 16),
            Preset::Medium => (48, 3, 48, 64, 2000, 16),
            Preset::Large => (64, 4, 48, 64, 2000, 24),
        };
        Self {
            n_dim,
            n_heads,
            n_layers: 2,
            n_past,
            n_future,
            n_steps,
            batch,
            seed: 0,
            rate: 2e-3,
            decay: decay_of(n_rows),
            huber_share: 0.3,
            keep: 0.98,
            obs_noise: 0.03,
            dropout: 0.3,
            own_share: 0.25,
            val_every: (n_steps / 24).max(10),
            n_threads: 0,
            device: DeviceChoice::Auto,
        }
    }

    /// Whether it is in the race without being asked for.
    pub(crate) fn suits(prep: &Prepared, preset: Option<Preset>) -> bool {
        preset != Some(Preset::Tiny) && prep.n_fold_rows() >= ENOUGH_ROWS
    }

    /// Steps of the pilot, after which a hopeless training ends.
    pub(super) fn pilot_steps(&self) -> usize {
        self.n_steps / 6
    }
}
