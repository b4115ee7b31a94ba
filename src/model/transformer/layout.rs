//! The sizes of one member and the order of its parameters in one flat array.

use serde::{Deserialize, Serialize};

use super::config::TransformerConfig;
use crate::{
    base::{Purpose, Stream, to_f32},
    model::{learning, prepared::Prepared},
};

/// First log scale.
const FIRST_SCALE: f32 = -1.5;

/// The sizes of one member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Dims {
    /// Outputs, `O`.
    pub(super) n_obs: usize,
    /// Inputs, `U`.
    pub(super) n_in: usize,
    /// Features of each modality.
    pub(super) n_features: [usize; 3],
    /// Numbers of a token inside, `D`.
    pub(super) width: usize,
    /// Heads of attention.
    pub(super) n_heads: usize,
    /// Layers.
    pub(super) n_layers: usize,
    /// Measured steps it looks at, `L`.
    pub(super) n_past: usize,
    /// Steps it predicts at once.
    pub(super) n_future: usize,
}

impl Dims {
    /// The sizes for some data.
    pub(super) fn new(prep: &Prepared, plan: &TransformerConfig) -> Self {
        Self {
            n_obs: prep.n_obs,
            n_in: prep.n_in,
            n_features: prep.n_features,
            width: plan.n_dim,
            n_heads: plan.n_heads,
            n_layers: plan.n_layers,
            n_past: plan.n_past,
            n_future: plan.n_future,
        }
    }

    /// Numbers of a token outside: a past step's outputs, which of them are missing, its inputs and
    /// a 1; then the same of a future step, whose outputs are the linear family's and which is told
    /// each modality's features and whether they are known.
    pub(super) fn n_token(&self) -> usize {
        2 * self.n_obs + self.n_in + 1 + self.n_ahead()
    }

    /// Where a future step's numbers begin in a token.
    pub(super) fn ahead(&self) -> usize {
        self.n_token() - self.n_ahead()
    }

    fn n_ahead(&self) -> usize {
        let features = self.n_features.iter().filter(|n| **n > 0);
        self.n_obs + self.n_in + 1 + features.map(|n| n + 1).sum::<usize>()
    }

    /// Numbers of a head.
    pub(super) fn n_head(&self) -> usize {
        self.width / self.n_heads.max(1)
    }

    /// Hidden units between two layers of attention.
    pub(super) fn n_hidden(&self) -> usize {
        2 * self.width
    }

    /// A correction and a log scale an output.
    pub(super) fn n_out(&self) -> usize {
        2 * self.n_obs
    }
}

/// One array of parameters; those of a layer carry its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Token to numbers inside, `[token, D]`.
    Embed,
    /// Gain before attention, `[D]`.
    Gain(usize),
    /// Queries, keys and values, `[D, 3 D]`.
    Attend(usize),
    /// What was attended to, back into the token, `[D, D]`.
    Merge(usize),
    /// Gain before the hidden layer, `[D]`.
    HiddenGain(usize),
    /// Into the hidden layer, `[D, F]`.
    Hidden(usize),
    /// Its bias, `[F]`.
    HiddenBias(usize),
    /// Out of the hidden layer, `[F, D]`.
    Back(usize),
    /// Gain before the head, `[D]`.
    HeadGain,
    /// Corrections, then log scales, `[D, 2 O]`; zero at first.
    Head,
    /// Its bias, `[2 O]`.
    HeadBias,
}

/// The order of all parameters of a member.
pub(super) type Layout = learning::Layout<Dims, Part>;

impl Layout {
    /// The layout for some sizes.
    pub(super) fn new(dims: &Dims) -> Self {
        let (d, f) = (dims.width, dims.n_hidden());
        let mut list = vec![(Part::Embed, "embed".to_owned(), dims.n_token(), d)];
        for at in 0..dims.n_layers {
            let mut add = |part, name: &str, n_rows, n_cols| {
                list.push((part, format!("layer.{at}.{name}"), n_rows, n_cols));
            };
            add(Part::Gain(at), "gain", 1, d);
            add(Part::Attend(at), "attend", d, 3 * d);
            add(Part::Merge(at), "merge", d, d);
            add(Part::HiddenGain(at), "hidden_gain", 1, d);
            add(Part::Hidden(at), "hidden", d, f);
            add(Part::HiddenBias(at), "hidden_bias", 1, f);
            add(Part::Back(at), "back", f, d);
        }
        list.push((Part::HeadGain, "head_gain".to_owned(), 1, d));
        list.push((Part::Head, "head".to_owned(), d, dims.n_out()));
        list.push((Part::HeadBias, "head_bias".to_owned(), 1, dims.n_out()));
        Self::of(dims.clone(), list)
    }

    /// First weights: small and random, but the head, so that no correction is made at first.
    pub(super) fn init(&self, seed: u64, member: usize) -> Vec<f32> {
        let mut flat = vec![0.0_f32; self.n_params];
        let deep = (2.0 * self.dims.n_layers as f64).sqrt();
        for (position, slot) in self.slots.iter().enumerate() {
            let ids = [member as u64, position as u64, FAMILY];
            let mut draws = Stream::new(seed, Purpose::Init, &ids).draws();
            let target = &mut flat[slot.range.clone()];
            let narrow = 1.0 / (slot.n_rows as f64).sqrt();
            let std = match slot.part {
                Part::Gain(_) | Part::HiddenGain(_) | Part::HeadGain => {
                    target.fill(1.0);
                    continue;
                }
                Part::Head | Part::HiddenBias(_) => continue,
                Part::HeadBias => {
                    target[self.dims.n_obs..].fill(FIRST_SCALE);
                    continue;
                }
                // A token holds few numbers that are not zero.
                Part::Embed => 0.5,
                Part::Attend(_) | Part::Hidden(_) => narrow,
                Part::Merge(_) | Part::Back(_) => narrow / deep,
            };
            target.fill_with(|| to_f32(std * draws.normal()));
        }
        flat
    }
}

/// Sets this family's random numbers apart from those of the neural one.
pub(super) const FAMILY: u64 = 4;

/// Whether an array is pulled towards zero.
pub(super) fn decays(part: Part) -> bool {
    !matches!(
        part,
        Part::Gain(_) | Part::HiddenGain(_) | Part::HeadGain | Part::HiddenBias(_) | Part::HeadBias
    )
}
