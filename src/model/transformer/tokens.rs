//! Free runs as tokens: what was measured, what is known of the future, and what the linear family
//! says of it.

use super::{layout::Dims, net::Tokens};
use crate::{
    base::{Draws, to_f32},
    model::{
        learning::{Gauge, Spot},
        leftout::{LOOK_BACK, recall},
        linear::LinearModel,
        prepared::{Prepared, SimStart, Simulator as _},
    },
};

/// Steps of a run that the linear family is warmed up on; older ones are forgotten.
const MAX_WARM: usize = 1000;
/// Measured steps before a start of training or validation, as many as scores are given.
const WARM: usize = 50;

/// One free run on its way.
#[derive(Debug, Clone)]
pub(super) struct Run {
    /// Outputs so far, measured and then predicted, `[t, O]`.
    pub(super) obs: Vec<f32>,
    /// Inputs of all steps, `[past + future, U]`.
    input: Vec<f32>,
    /// Features of each modality at the start; empty where they are not known.
    context: [Vec<f32>; 3],
    /// Measured outputs after the start, `[future, O]`; empty in a rollout.
    target: Vec<f32>,
    /// Predicted steps so far.
    pub(super) n_done: usize,
}

impl Run {
    /// A run from a start of a rollout.
    pub(super) fn of_start(start: &SimStart<'_>) -> Self {
        let mut input = start.past_input.to_vec();
        input.extend_from_slice(start.future_input);
        Self {
            obs: start.past_obs.to_vec(),
            input,
            context: start.context.map(<[f32]>::to_vec),
            target: Vec::new(),
            n_done: 0,
        }
    }

    /// A run of `n_steps` from a spot of a recording; what lies behind the block is no target.
    pub(super) fn of_spot(prep: &Prepared, spot: Spot, n_steps: usize) -> Self {
        let (n_obs, n_in) = (prep.n_obs, prep.n_in);
        let episode = &prep.episodes[spot.episode];
        let from = spot.at.saturating_sub(WARM).max(spot.low);
        let mut input = Vec::with_capacity((spot.at - from + n_steps) * n_in);
        for step in from..spot.at + n_steps {
            let step = step.min(episode.n_steps - 1);
            input.extend_from_slice(&episode.input[step * n_in..(step + 1) * n_in]);
        }
        let end = spot.end.min(spot.at + n_steps);
        let mut target = vec![f32::NAN; n_steps * n_obs];
        let known = &episode.obs[spot.at * n_obs..end.max(spot.at) * n_obs];
        target[..known.len()].copy_from_slice(known);
        let known = spot.at.saturating_sub(1);
        let context = [0, 1, 2].map(|at| {
            let n = prep.n_features[at];
            let rows = episode.context.get(at);
            let row = rows.and_then(|rows| rows.get(known * n..(known + 1) * n));
            row.unwrap_or_default().to_vec()
        });
        let mut obs = episode.obs[from * n_obs..spot.at * n_obs].to_vec();
        recall(&mut obs, n_obs, |output| {
            let first = spot.low.max(from.saturating_sub(LOOK_BACK));
            let earlier = episode.obs[first * n_obs..from * n_obs].chunks(n_obs).rev();
            earlier
                .map(|row| row[output])
                .find(|value| value.is_finite())
        });
        Self {
            obs,
            input,
            context,
            target,
            n_done: 0,
        }
    }

    /// Forgets what a modality tells.
    pub(super) fn without(&mut self, modality: usize) {
        self.context[modality].clear();
    }

    /// Steps that are still to come.
    pub(super) fn n_left(&self, dims: &Dims) -> usize {
        self.input.len() / dims.n_in - self.obs.len() / dims.n_obs
    }

    /// What was measured of all steps after the start.
    pub(super) fn target(&self) -> &[f32] {
        &self.target
    }

    /// What was measured of the next steps.
    pub(super) fn next_target(&self, dims: &Dims, n_ahead: usize) -> &[f32] {
        &self.target[self.n_done * dims.n_obs..(self.n_done + n_ahead) * dims.n_obs]
    }

    /// What the linear family says of the next steps, `[H, O]`.
    pub(super) fn linear(
        &self,
        dims: &Dims,
        (linear, member): (&LinearModel, usize),
        n_ahead: usize,
    ) -> Vec<f32> {
        let now = self.obs.len() / dims.n_obs;
        let from = now.saturating_sub(MAX_WARM);
        let start = SimStart {
            past_obs: &self.obs[from * dims.n_obs..],
            past_input: &self.input[from * dims.n_in..now * dims.n_in],
            future_input: &self.input[now * dims.n_in..(now + n_ahead) * dims.n_in],
            context: [&[]; 3],
        };
        let said = linear.simulate(member, &[start]).pop();
        said.map_or_else(Vec::new, |said| said.mean)
    }

    /// Writes the tokens of the next steps; `noise` on measured outputs, in units of their spread.
    pub(super) fn write(
        &self,
        dims: &Dims,
        gauge: &Gauge,
        linear: &[f32],
        tokens: &mut [f32],
        mut noise: Option<(&mut Draws, f32)>,
    ) {
        let (n_obs, n_in, width) = (dims.n_obs, dims.n_in, dims.n_token());
        let now = self.obs.len() / n_obs;
        for (at, token) in tokens.chunks_exact_mut(width).enumerate() {
            token.fill(0.0);
            if at >= dims.n_past {
                let ahead = at - dims.n_past;
                let token = &mut token[dims.ahead()..];
                let said = &linear[ahead * n_obs..(ahead + 1) * n_obs];
                for ((number, said), spread) in token.iter_mut().zip(said).zip(&gauge.spread) {
                    *number = said / spread;
                }
                let row = &self.input[(now + ahead) * n_in..(now + ahead + 1) * n_in];
                token[n_obs..n_obs + n_in].copy_from_slice(row);
                token[n_obs + n_in] = 1.0;
                self.write_context(dims, &mut token[n_obs + n_in + 1..]);
                continue;
            }
            // Steps before the first one have its inputs and were not measured.
            let step = (now + at).checked_sub(dims.n_past);
            for output in 0..n_obs {
                let value = step.map_or(f32::NAN, |step| self.obs[step * n_obs + output]);
                if value.is_finite() {
                    let noise = noise
                        .as_mut()
                        .map_or(0.0, |(draws, size)| *size * to_f32(draws.normal()));
                    token[output] = value / gauge.spread[output] + noise;
                } else {
                    token[n_obs + output] = 1.0;
                }
            }
            let step = step.unwrap_or(0);
            let row = &self.input[step * n_in..(step + 1) * n_in];
            token[2 * n_obs..2 * n_obs + n_in].copy_from_slice(row);
            token[2 * n_obs + n_in] = 1.0;
        }
    }

    fn write_context(&self, dims: &Dims, mut token: &mut [f32]) {
        for (row, &n) in self.context.iter().zip(&dims.n_features) {
            if n == 0 {
                continue;
            }
            let (own, rest) = token.split_at_mut(n + 1);
            if row.len() == n && row.iter().all(|x| x.is_finite()) {
                own[..n].copy_from_slice(row);
                own[n] = 1.0;
            }
            token = rest;
        }
    }
}

/// The tokens of the next steps of some runs, and what the linear family says of them.
pub(super) fn tokens_of(
    dims: &Dims,
    gauge: &Gauge,
    family: (&LinearModel, usize),
    runs: &[Run],
    n_ahead: usize,
    mut noise: Option<(&mut Draws, f32)>,
) -> (Tokens, Vec<f32>) {
    let len = (dims.n_past + n_ahead) * dims.n_token();
    let mut values = vec![0.0; runs.len() * len];
    let mut all = Vec::with_capacity(runs.len() * n_ahead * dims.n_obs);
    for (run, tokens) in runs.iter().zip(values.chunks_exact_mut(len)) {
        let linear = run.linear(dims, family, n_ahead);
        let noise = noise.as_mut().map(|(draws, size)| (&mut **draws, *size));
        run.write(dims, gauge, &linear, tokens, noise);
        all.extend(linear);
    }
    let tokens = Tokens {
        n_lanes: runs.len(),
        n_ahead,
        values,
    };
    (tokens, all)
}
