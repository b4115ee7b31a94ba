//! What a rollout gives: many possible futures of every output.

/// A lower and an upper line, one value a step.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Band {
    /// The lower line.
    pub lo: Vec<f64>,
    /// The upper line.
    pub hi: Vec<f64>,
}

/// Many possible futures of every output under one control plan.
///
/// Invariant: all arrays have `n_steps` values a channel; draws are `[N, O, H]`, draw first.
#[derive(Debug, Clone, PartialEq)]
pub struct Trajectory {
    /// The length of a step in seconds.
    pub step_secs: f64,
    /// When the first predicted step ends, ns since 1970 UTC.
    pub start_ns: i64,
    /// The dataset's indices of the outputs.
    pub channels: Vec<usize>,
    /// How many steps were rolled out.
    pub n_steps: usize,
    /// The member that made each draw.
    pub member_of_draw: Vec<usize>,
    /// Every draw, `[N, O, H]`, in the channels' units.
    pub draws: Vec<f32>,
    /// The centre of each output, `[O][H]`.
    pub mean: Vec<Vec<f64>>,
    /// The calibrated 50 % band of each output.
    pub band50: Vec<Band>,
    /// The calibrated 90 % band of each output.
    pub band90: Vec<Band>,
    /// Spread within a member (noise), standard deviation, `[O][H]`.
    pub aleatoric: Vec<Vec<f64>>,
    /// Spread between members (ignorance), standard deviation, `[O][H]`.
    pub epistemic: Vec<Vec<f64>>,
}

impl Trajectory {
    /// How many draws there are.
    pub fn n_draws(&self) -> usize {
        self.member_of_draw.len()
    }

    /// One draw of one output, `[H]`.
    pub fn draw(&self, draw: usize, output: usize) -> &[f32] {
        let start = (draw * self.channels.len() + output) * self.n_steps;
        &self.draws[start..start + self.n_steps]
    }

    /// The position of a dataset's channel among the outputs.
    pub fn output_of(&self, channel: usize) -> Option<usize> {
        self.channels.iter().position(|&output| output == channel)
    }
}
