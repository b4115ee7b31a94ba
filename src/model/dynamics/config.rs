//! How a dynamics model is sized and trained; defaults follow from the data.

use serde::{Deserialize, Serialize};

use crate::model::{DeviceChoice, NoisePlan, Preset, learning::decay_of, prepared::Prepared};

/// In so many windows a sensor is at fault, where that is asked for.
const FAULTS: f64 = 0.3;

/// Hidden units of the second layer.
const N_DEEP: usize = 16;

/// Width of the stochastic latent.
const N_LATENT: usize = 4;

/// How a dynamics model is sized and trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct DynamicsConfig {
    /// States; 0 = chosen by left-out free runs of the linear core.
    pub(crate) n_state: usize,
    /// Hidden units of the residual.
    pub(crate) n_hidden: usize,
    /// How many of them stand in a second layer; states before it have none.
    #[serde(default)]
    pub(crate) n_deep: usize,
    /// Width of the stochastic latent; states before it have none.
    #[serde(default)]
    pub(crate) n_latent: usize,
    /// What a nat that the latent's posterior says costs while training.
    #[serde(default)]
    pub(crate) latent_price: f32,
    /// Width of the context where a modality has features.
    pub(crate) n_context_dim: usize,
    /// Measured steps the encoder looks at.
    pub(crate) n_lags: usize,
    /// Training steps.
    pub(crate) n_steps: usize,
    /// Windows in a batch.
    pub(crate) batch: usize,
    /// The longest free run trained on, in steps.
    pub(crate) horizon_max: usize,
    /// Seed of everything random.
    pub(crate) seed: u64,
    /// Dead time of each input, in steps.
    pub(crate) dead_time: Vec<usize>,
    /// First step size of the nonlinear part.
    pub(crate) rate: f32,
    /// The linear part's step size, as a share of it.
    pub(crate) linear_share: f32,
    /// Pull of the nonlinear part's weights towards zero.
    pub(crate) decay: f32,
    /// Share of the steps in which only the linear part moves.
    pub(crate) linear_first: f64,
    /// Share of the steps whose mean is trained with the Huber loss.
    pub(crate) huber_share: f64,
    /// How much of the running mean of weights stays at each step.
    pub(crate) keep: f32,
    /// Noise on measured pasts while training, in units of a channel's spread.
    pub(crate) obs_noise: f32,
    /// How often a modality is left out while training.
    pub(crate) dropout: f64,
    /// In how many windows a sensor is at fault while training; states before it have none.
    #[serde(default)]
    pub(crate) faults: f64,
    /// Training steps between two validations.
    pub(crate) val_every: usize,
    /// Whether it is a short training that tries a setting, of which only the end is judged.
    #[serde(skip)]
    pub(crate) is_pilot: bool,
    /// Steps of a short training that tries a setting; 0 = none is tried.
    #[serde(skip)]
    pub(crate) n_pilot_steps: usize,
    /// Threads; results do not depend on it. 0 = all cores but one, at least one.
    #[serde(skip)]
    pub(crate) n_threads: usize,
    /// Where tensors live; the CPU takes the fused path.
    #[serde(skip)]
    pub(crate) device: DeviceChoice,
}

impl DynamicsConfig {
    /// A configuration that suits the data.
    pub(crate) fn for_data(prep: &Prepared, preset: Option<Preset>) -> Self {
        let n_rows = prep.n_fold_rows();
        let preset = preset.unwrap_or(Preset::of_rows(n_rows));
        let width = (prep.n_obs + prep.n_in).max(1);
        let (n_hidden, n_steps, batch, horizon_max) = match preset {
            Preset::Tiny => (16, 300, 32, 48),
            // A step costs by its channels; few channels can afford the patience that pays.
            Preset::Small => (32, (20_000 / width).clamp(2000, 5000), 64, 96),
            Preset::Medium => (48, (60_000 / width).clamp(2400, 12_000), 96, 96),
            Preset::Large => (64, 4000, 128, 128),
        };
        // The window's weights must stay few beside the rows, and its products affordable.
        let most = (n_rows / (12 * width)).min(320 / width);
        let longest = if n_rows < 30_000 { 20 } else { 40 };
        Self {
            n_state: 0,
            n_hidden,
            n_deep: 0,
            n_latent: 0,
            latent_price: 1.0,
            n_context_dim: 4,
            n_lags: most.clamp(4, longest),
            n_steps,
            batch,
            horizon_max,
            seed: 0,
            dead_time: vec![0; prep.n_in],
            rate: 3e-3,
            linear_share: 0.5,
            decay: decay_of(n_rows),
            linear_first: 0.15,
            huber_share: 0.2,
            keep: 0.98,
            obs_noise: 0.05,
            dropout: 0.3,
            faults: 0.0,
            val_every: 50,
            is_pilot: false,
            n_pilot_steps: if preset == Preset::Tiny {
                0
            } else {
                (n_steps / 8).max(300)
            },
            n_threads: 0,
            device: DeviceChoice::Auto,
        }
    }

    /// The same with a second layer.
    pub(super) fn deepened(&self) -> Self {
        Self {
            n_hidden: self.n_hidden + N_DEEP,
            n_deep: N_DEEP,
            ..self.clone()
        }
    }

    /// The same with a stochastic latent whose nats cost so much.
    pub(super) fn shaken(&self, price: f32) -> Self {
        Self {
            n_latent: N_LATENT,
            latent_price: price,
            ..self.clone()
        }
    }

    /// Sets how windows are disturbed; how much noise there is stays what the preset says.
    pub(crate) fn disturb(&mut self, noise: NoisePlan) {
        if !noise.noise {
            self.obs_noise = 0.0;
        }
        if !noise.dropout {
            self.dropout = 0.0;
        }
        self.faults = if noise.faults { FAULTS } else { 0.0 };
    }
}
