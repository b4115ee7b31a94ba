//! How a transformer is sized and trained; defaults follow from the data.

use serde::{Deserialize, Serialize};

use crate::{
    base::to_f32,
    model::{DeviceChoice, Preset, prepared::Prepared},
};

/// Up to so many rows weights are pulled towards zero with full force.
const DECAY_ROWS: f64 = 5000.0;
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
        let n_rows = rows_of(prep);
        let preset = preset.unwrap_or(match n_rows {
            0..30_000 => Preset::Small,
            30_000..200_000 => Preset::Medium,
            _ => Preset::Large,
        });
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
            decay: to_f32((DECAY_ROWS / n_rows as f64).clamp(0.01, 1.0)),
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
        preset != Some(Preset::Tiny) && rows_of(prep) >= ENOUGH_ROWS
    }

    /// Steps of the pilot, after which a hopeless training ends.
    pub(crate) fn pilot_steps(&self) -> usize {
        self.n_steps / 6
    }
}

fn rows_of(prep: &Prepared) -> usize {
    let blocks = prep.folds.iter().flatten();
    blocks.map(|block| block.end - block.start).sum()
}
