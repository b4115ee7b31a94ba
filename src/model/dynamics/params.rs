//! The sizes of one member and the order of its parameters in one flat array.

use serde::{Deserialize, Serialize};

use crate::{
    base::{Purpose, Stream, to_f32},
    model::{ModelError, learning},
};

/// No size that was read may be larger.
const MOST_UNITS: usize = 1 << 16;

/// The sizes of one member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Dims {
    /// Outputs, `O`.
    pub(super) n_obs: usize,
    /// Inputs, `U`.
    pub(super) n_in: usize,
    /// States, `X`.
    pub(super) n_state: usize,
    /// Hidden units of the residual, `H`, of both layers.
    pub(super) n_hidden: usize,
    /// How many of them, the last ones, also see the others: the second layer, `H2`.
    #[serde(default)]
    pub(super) n_deep: usize,
    /// Width of the stochastic latent, `Z`.
    #[serde(default)]
    pub(super) n_latent: usize,
    /// Hidden units of the encoder.
    pub(super) n_enc: usize,
    /// Width of the context; 0 where no modality has features.
    pub(super) n_context: usize,
    /// Measured steps the encoder looks at, `L`.
    pub(super) n_lags: usize,
    /// Whether the encoder is told which measurements are missing.
    pub(super) has_mask: bool,
    /// Features of each modality.
    pub(super) n_features: [usize; 3],
}

impl Dims {
    /// Numbers that the encoder sees of one past step.
    pub(super) fn n_step(&self) -> usize {
        self.n_obs * (1 + usize::from(self.has_mask)) + self.n_in
    }

    /// Numbers that the encoder sees.
    pub(super) fn n_past(&self) -> usize {
        self.n_lags * self.n_step()
    }

    /// State and input together: what drives a step.
    pub(super) fn n_drive(&self) -> usize {
        self.n_state + self.n_in
    }

    /// Hidden units of the first layer, `H1 = H - H2`.
    pub(super) fn n_first(&self) -> usize {
        self.n_hidden - self.n_deep
    }

    /// Whether sizes that were read can be.
    ///
    /// # Errors
    ///
    /// [`ModelError::Damaged`] where the second layer is larger than both, or a size beyond all sense, whose
    /// products would not fit a number.
    pub(super) fn check(&self) -> Result<(), ModelError> {
        let sizes = [
            self.n_obs,
            self.n_in,
            self.n_state,
            self.n_hidden,
            self.n_latent,
            self.n_enc,
            self.n_context,
            self.n_lags,
        ];
        let largest = sizes.into_iter().chain(self.n_features).max().unwrap_or(0);
        let (what, found, most) = if largest > MOST_UNITS {
            ("a size of the dynamics", largest, MOST_UNITS)
        } else if self.n_deep > self.n_hidden {
            (
                "the second layer of the dynamics",
                self.n_deep,
                self.n_hidden,
            )
        } else {
            return Ok(());
        };
        Err(ModelError::Damaged {
            what: what.to_owned(),
            found: found.to_string(),
            expected: format!("at most {most}"),
        })
    }

    /// Next state and output together: what a step gives.
    pub(super) fn n_core(&self) -> usize {
        self.n_state + self.n_obs
    }
}

/// One array of parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Past window to state, `[X, E]`.
    EncLinear,
    /// Its bias, `[X]`.
    EncBias,
    /// Past window to hidden, `[He, E]`.
    EncHidden,
    /// Its bias, `[He]`.
    EncHiddenBias,
    /// Hidden to state, `[X, He]`, zero at first.
    EncOut,
    /// State and input to hidden, `[H, X+U]`.
    Hidden,
    /// Its bias, `[H]`.
    HiddenBias,
    /// The first layer to the second, `[H2, H1]`.
    Deep,
    /// Hidden to the log standard deviations of prior and posterior, `[2 Z, H]`, zero at first.
    LatentScale,
    /// Its bias, `[2 Z]`.
    LatentScaleBias,
    /// Innovation to the posterior's mean, `[Z, O]`.
    LatentGain,
    /// Latent to next state, `[X, Z]`, zero at first.
    LatentIn,
    /// `[A B; C D]`, `[X+O, X+U]`.
    Core,
    /// Its bias, `[X+O]`.
    CoreBias,
    /// Hidden to next state and output, `[X+O, H]`, zero at first.
    Residual,
    /// Hidden to log scale, `[O, H]`, zero at first.
    Scale,
    /// Its bias, `[O]`.
    ScaleBias,
    /// Context to hidden, `[H, Cd]`.
    ContextHidden,
    /// Context to next state and output, `[X+O, Cd]`, zero at first.
    ContextCore,
    /// Features of a modality to the mean of its expert, `[Cd, F]`.
    Mean(usize),
    /// Its bias, `[Cd]`.
    MeanBias(usize),
    /// Features of a modality to the log precision of its expert, `[Cd, F]`.
    Precision(usize),
    /// Its bias, `[Cd]`.
    PrecisionBias(usize),
}

/// The order of all parameters of a member.
pub(super) type Layout = learning::Layout<Dims, Part>;

impl Layout {
    /// The layout for some sizes.
    pub(super) fn new(dims: &Dims) -> Self {
        let (x, h, o) = (dims.n_state, dims.n_hidden, dims.n_obs);
        let (e, he, c) = (dims.n_past(), dims.n_enc, dims.n_context);
        let mut list = vec![
            (Part::EncLinear, "enc.linear".to_owned(), x, e),
            (Part::EncBias, "enc.bias".to_owned(), x, 1),
            (Part::EncHidden, "enc.hidden".to_owned(), he, e),
            (Part::EncHiddenBias, "enc.hidden_bias".to_owned(), he, 1),
            (Part::EncOut, "enc.out".to_owned(), x, he),
            (Part::Hidden, "hidden".to_owned(), h, dims.n_drive()),
            (Part::HiddenBias, "hidden_bias".to_owned(), h, 1),
            (Part::Core, "core".to_owned(), dims.n_core(), dims.n_drive()),
            (Part::CoreBias, "core_bias".to_owned(), dims.n_core(), 1),
            (Part::Residual, "residual".to_owned(), dims.n_core(), h),
            (Part::Scale, "scale".to_owned(), o, h),
            (Part::ScaleBias, "scale_bias".to_owned(), o, 1),
        ];
        if dims.n_deep > 0 {
            let sizes = (dims.n_deep, dims.n_first());
            list.push((Part::Deep, "deep".to_owned(), sizes.0, sizes.1));
        }
        if dims.n_latent > 0 {
            let z = dims.n_latent;
            list.push((Part::LatentScale, "latent.scale".to_owned(), 2 * z, h));
            let name = "latent.scale_bias".to_owned();
            list.push((Part::LatentScaleBias, name, 2 * z, 1));
            list.push((Part::LatentGain, "latent.gain".to_owned(), z, o));
            list.push((Part::LatentIn, "latent.in".to_owned(), x, z));
        }
        if c > 0 {
            list.push((Part::ContextHidden, "context.hidden".to_owned(), h, c));
            list.push((
                Part::ContextCore,
                "context.core".to_owned(),
                dims.n_core(),
                c,
            ));
            for (m, &f) in dims.n_features.iter().enumerate().filter(|(_, f)| **f > 0) {
                list.push((Part::Mean(m), format!("context.{m}.mean"), c, f));
                list.push((Part::MeanBias(m), format!("context.{m}.mean_bias"), c, 1));
                list.push((Part::Precision(m), format!("context.{m}.precision"), c, f));
                let name = format!("context.{m}.precision_bias");
                list.push((Part::PrecisionBias(m), name, c, 1));
            }
        }
        Self::of(dims.clone(), list)
    }

    /// One array, columns and rows swapped.
    pub(super) fn transposed(&self, flat: &[f32], part: Part) -> Vec<f32> {
        let Some(slot) = self.slots.iter().find(|slot| slot.part == part) else {
            return Vec::new();
        };
        let source = &flat[slot.range.clone()];
        let mut out = vec![0.0; source.len()];
        for (row, values) in source.chunks_exact(slot.n_cols).enumerate() {
            for (col, value) in values.iter().enumerate() {
                out[col * slot.n_rows + row] = *value;
            }
        }
        out
    }

    /// First weights: small random hidden layers, everything that leads out of them zero.
    pub(super) fn init(&self, seed: u64, member: usize) -> Vec<f32> {
        let mut flat = vec![0.0_f32; self.n_params];
        for (position, slot) in self.slots.iter().enumerate() {
            let ids = [member as u64, position as u64];
            let mut draws = Stream::new(seed, Purpose::Init, &ids).draws();
            let target = &mut flat[slot.range.clone()];
            let std = match slot.part {
                Part::EncHidden
                | Part::Hidden
                | Part::Deep
                | Part::LatentGain
                | Part::ContextHidden
                | Part::Mean(_) => 1.0 / (slot.n_cols as f64).sqrt(),
                Part::Precision(_) => 0.1 / (slot.n_cols as f64).sqrt(),
                Part::LatentScaleBias => {
                    // A posterior that is e times narrower than the prior: 0.57 nats a unit.
                    target[self.dims.n_latent..].fill(-1.0);
                    continue;
                }
                Part::HiddenBias => {
                    target.fill_with(|| to_f32(draws.between(-1.0, 1.0)));
                    continue;
                }
                _ => {
                    let first = if slot.part == Part::ScaleBias {
                        -1.5
                    } else {
                        0.0
                    };
                    target.fill(first);
                    continue;
                }
            };
            target.fill_with(|| to_f32(std * draws.normal()));
        }
        flat
    }
}

/// Whether an array belongs to the nonlinear part, which is held small.
pub(super) fn is_residual(part: Part) -> bool {
    !matches!(
        part,
        Part::EncLinear | Part::EncBias | Part::Core | Part::CoreBias | Part::ScaleBias
    )
}
