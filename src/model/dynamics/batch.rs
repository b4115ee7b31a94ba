//! Windows of recordings laid out for the inner loops, and how training draws them.

use super::{
    kernel::{CHUNK, padded},
    params::Dims,
};
use crate::{
    base::{Purpose, Stream},
    model::{
        learning::{Gauge, Sampler, Spot},
        leftout::LOOK_BACK,
        noise::quick_normals,
        prepared::{Prepared, SimStart},
    },
};

/// A batch of windows, every array `[…, unit, lane]`.
#[derive(Debug, Clone, Default)]
pub(super) struct Batch {
    /// Lanes, `N`; a multiple of the kernel's chunk.
    pub(super) n_lanes: usize,
    /// Steps, `K`.
    pub(super) n_steps: usize,
    /// What the encoder sees, `[E, N]`.
    pub(super) past: Vec<f32>,
    /// Inputs after dead time, `[K, U, N]`.
    pub(super) input: Vec<f32>,
    /// Measured outputs, `[K, O, N]`; NaN where missing. Empty in a pure rollout.
    pub(super) target: Vec<f32>,
    /// Features of each modality, `[F, N]`.
    pub(super) features: [Vec<f32>; 3],
    /// 1 where a modality is known, else 0; `[N]` each.
    pub(super) present: [Vec<f32>; 3],
    /// Standard normal numbers of the stochastic latent, `[K, Z, N]`.
    pub(super) noise: Vec<f32>,
    /// Whether the latent's posterior sees what was measured.
    pub(super) is_guided: bool,
    /// What a nat that it says costs.
    pub(super) price: f32,
    /// Lower and upper end of each output, `[O]`; empty in a pure rollout.
    pub(super) rails: Vec<[f32; 2]>,
}

/// A stretch of past steps, row-major by step.
#[derive(Clone, Copy)]
pub(super) struct Past<'a> {
    /// Outputs, `[.., O]`.
    pub(super) obs: &'a [f32],
    /// Inputs after dead time, `[.., U]`.
    pub(super) input: &'a [f32],
    /// The first step that may be looked at.
    pub(super) low: usize,
    /// The first predicted step.
    pub(super) at: usize,
}

impl Batch {
    /// An empty batch.
    pub(super) fn new(dims: &Dims, n_lanes: usize, n_steps: usize) -> Self {
        let n = padded(n_lanes);
        Self {
            n_lanes: n,
            n_steps,
            past: vec![0.0; dims.n_past() * n],
            input: vec![0.0; n_steps * dims.n_in * n],
            target: Vec::new(),
            features: dims.n_features.map(|f| vec![0.0; f * n]),
            present: dims
                .n_features
                .map(|f| vec![0.0; if f > 0 { n } else { 0 }]),
            noise: Vec::new(),
            is_guided: false,
            price: 0.0,
            rails: Vec::new(),
        }
    }

    /// Fills the encoder's part of one lane.
    ///
    /// A missing value is replaced by the last known one, so that the linear encoder stays nearly
    /// right; the mask tells that it was missing. Steps before `low` repeat the first one.
    pub(super) fn fill_past(
        &mut self,
        dims: &Dims,
        lane: usize,
        past: Past<'_>,
        mut noise: impl FnMut(usize) -> f32,
    ) {
        let (n, n_obs, n_in) = (self.n_lanes, dims.n_obs, dims.n_in);
        let step_of = |lag: usize| {
            (past.at + lag)
                .checked_sub(dims.n_lags)
                .filter(|t| *t >= past.low)
        };
        let width = dims.n_step();
        for channel in 0..n_obs {
            let value_at = |lag: usize| {
                step_of(lag)
                    .map(|t| past.obs[t * n_obs + channel])
                    .filter(|value| value.is_finite())
            };
            // Of what is measured seldom the newest value may lie before all lags.
            let before = |t: &usize| past.obs[t * n_obs + channel].is_finite();
            let earlier = || {
                let first = past.at.saturating_sub(dims.n_lags);
                let from = past.low.max(first.saturating_sub(LOOK_BACK));
                let t = (from..first).rev().find(before)?;
                Some(past.obs[t * n_obs + channel])
            };
            let held = (0..dims.n_lags).find_map(value_at);
            let mut held = held.or_else(earlier).unwrap_or(0.0);
            for lag in 0..dims.n_lags {
                let value = value_at(lag);
                held = value.unwrap_or(held);
                let row = lag * width + channel;
                self.past[row * n + lane] = held + noise(channel);
                if dims.has_mask {
                    let missing = if value.is_none() { 1.0 } else { 0.0 };
                    self.past[(row + n_obs) * n + lane] = missing;
                }
            }
        }
        for lag in 0..dims.n_lags {
            let t = step_of(lag).unwrap_or(past.low);
            for channel in 0..n_in {
                let row = lag * width + width - n_in + channel;
                let value = past.input.get(t * n_in + channel).copied().unwrap_or(0.0);
                self.past[row * n + lane] = value;
            }
        }
    }

    /// Fills the inputs of one lane from row-major rows; the last row is held.
    pub(super) fn fill_input(&mut self, dims: &Dims, lane: usize, rows: &[f32]) {
        let n_rows = rows.len() / dims.n_in.max(1);
        for step in 0..self.n_steps {
            let row = step.min(n_rows.saturating_sub(1));
            for channel in 0..dims.n_in {
                let value = rows.get(row * dims.n_in + channel).copied().unwrap_or(0.0);
                self.input[(step * dims.n_in + channel) * self.n_lanes + lane] = value;
            }
        }
    }

    /// Fills the inputs of neighbouring lanes; row by row where a chunk of lanes has all rows.
    fn fill_inputs(&mut self, dims: &Dims, first: usize, lanes: &[&[f32]]) {
        let len = self.n_steps * dims.n_in;
        if len > 0 && lanes.len() == CHUNK && lanes.iter().all(|rows| rows.len() >= len) {
            let rows: [&[f32]; CHUNK] = std::array::from_fn(|at| lanes[at]);
            transpose(&rows, &mut self.input, self.n_lanes, first);
            return;
        }
        for (at, rows) in lanes.iter().enumerate() {
            self.fill_input(dims, first + at, rows);
        }
    }

    /// Fills the measured outputs of one lane; steps without a row are missing.
    pub(super) fn fill_target(&mut self, dims: &Dims, lane: usize, rows: &[f32]) {
        let len = self.n_steps * dims.n_obs * self.n_lanes;
        self.target.resize(len, f32::NAN);
        for (position, value) in rows.iter().take(self.n_steps * dims.n_obs).enumerate() {
            self.target[position * self.n_lanes + lane] = *value;
        }
    }

    /// Fills the features of one lane; an empty or broken row leaves the expert out.
    pub(super) fn fill_context(&mut self, lane: usize, modality: usize, row: &[f32]) {
        let n_features = self.features[modality].len() / self.n_lanes;
        if n_features == 0 || row.len() != n_features || row.iter().any(|x| !x.is_finite()) {
            return;
        }
        self.present[modality][lane] = 1.0;
        for (position, value) in row.iter().enumerate() {
            self.features[modality][position * self.n_lanes + lane] = *value;
        }
    }

    /// The batch of some starts of a rollout, each in as many neighbouring lanes as it has paths.
    pub(super) fn of_starts(
        dims: &Dims,
        dead_time: &[usize],
        starts: &[SimStart<'_>],
        n_paths: usize,
    ) -> Self {
        let n_in = dims.n_in.max(1);
        let horizon = starts
            .first()
            .map_or(0, |start| start.future_input.len() / n_in);
        let n_lanes = n_paths * starts.len();
        let mut batch = Self::new(dims, n_lanes, horizon);
        let mut futures = Vec::with_capacity(starts.len());
        for (position, start) in starts.iter().enumerate() {
            let mut rows = start.past_input.to_vec();
            rows.extend_from_slice(start.future_input);
            let mut rows = delayed(&rows, dims.n_in, dead_time);
            let at = start.past_obs.len() / dims.n_obs.max(1);
            let past = Past {
                obs: start.past_obs,
                input: &rows,
                low: 0,
                at,
            };
            for lane in n_paths * position..n_paths * (position + 1) {
                batch.fill_past(dims, lane, past, |_| 0.0);
                for (modality, row) in start.context.iter().enumerate() {
                    batch.fill_context(lane, modality, row);
                }
            }
            futures.push(rows.split_off((at * dims.n_in).min(rows.len())));
        }
        let futures: Vec<&[f32]> = (0..n_lanes)
            .map(|lane| futures[lane / n_paths].as_slice())
            .collect();
        for (chunk, futures) in futures.chunks(CHUNK).enumerate() {
            batch.fill_inputs(dims, chunk * CHUNK, futures);
        }
        batch
    }
}

/// Inputs moved later, each by its dead time; the first value is held before the record.
pub(super) fn delayed(rows: &[f32], n_in: usize, dead_time: &[usize]) -> Vec<f32> {
    let mut out = rows.to_vec();
    for (channel, dead) in dead_time.iter().enumerate().filter(|(_, dead)| **dead > 0) {
        for t in 0..rows.len() / n_in.max(1) {
            out[t * n_in + channel] = rows[t.saturating_sub(*dead) * n_in + channel];
        }
    }
    out
}

/// What of the data all members share.
#[derive(Debug, Clone)]
pub(super) struct Material {
    /// Inputs of each recording after dead time, `[T, U]`.
    pub(super) inputs: Vec<Vec<f32>>,
    /// What errors are measured by.
    pub(super) gauge: Gauge,
}

/// How a training batch is disturbed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Disturbance {
    /// Noise on past outputs, in units of each output's spread.
    pub(super) obs_noise: f32,
    /// How often a modality is left out.
    pub(super) dropout: f64,
    /// In how many windows a sensor is at fault.
    pub(super) faults: f64,
    /// What a nat that the latent's posterior says costs.
    pub(super) latent_price: f32,
}

impl Material {
    /// Prepares what does not change while training.
    pub(super) fn new(prep: &Prepared, dead_time: &[usize]) -> Self {
        let inputs = prep
            .episodes
            .iter()
            .map(|episode| delayed(&episode.input, prep.n_in, dead_time))
            .collect();
        let gauge = Gauge::of(prep);
        Self { inputs, gauge }
    }

    /// Puts one window into a lane.
    pub(super) fn fill(
        &self,
        prep: &Prepared,
        dims: &Dims,
        batch: &mut Batch,
        lane: usize,
        spot: Spot,
        noise: impl FnMut(usize) -> f32,
    ) {
        self.fill_start(prep, dims, batch, lane, spot, noise);
        self.fill_window(prep, dims, batch, lane, spot);
    }

    /// Puts the inputs and outputs of one window into a lane.
    fn fill_window(
        &self,
        prep: &Prepared,
        dims: &Dims,
        batch: &mut Batch,
        lane: usize,
        spot: Spot,
    ) {
        let end = spot.end.min(spot.at + batch.n_steps);
        let input = &self.inputs[spot.episode][spot.at * dims.n_in..end * dims.n_in];
        batch.fill_input(dims, lane, input);
        let obs = &prep.episodes[spot.episode].obs[spot.at * dims.n_obs..end * dims.n_obs];
        batch.fill_target(dims, lane, obs);
    }

    /// Puts the inputs and outputs of neighbouring lanes into the batch; row by row where all
    /// windows are whole, because lanes of a row are near and rows are far apart.
    fn fill_windows(
        &self,
        prep: &Prepared,
        dims: &Dims,
        batch: &mut Batch,
        first: usize,
        spots: &[Spot; CHUNK],
    ) {
        let n_steps = batch.n_steps;
        if spots.iter().any(|spot| spot.at + n_steps > spot.end) {
            for (at, spot) in spots.iter().enumerate() {
                self.fill_window(prep, dims, batch, first + at, *spot);
            }
            return;
        }
        let n = batch.n_lanes;
        batch.target.resize(n_steps * dims.n_obs * n, f32::NAN);
        let inputs = spots.map(|spot| &self.inputs[spot.episode][spot.at * dims.n_in..]);
        transpose(&inputs, &mut batch.input, n, first);
        let obs = spots.map(|spot| &prep.episodes[spot.episode].obs[spot.at * dims.n_obs..]);
        transpose(&obs, &mut batch.target, n, first);
    }

    /// Puts what a window begins from into a lane.
    fn fill_start(
        &self,
        prep: &Prepared,
        dims: &Dims,
        batch: &mut Batch,
        lane: usize,
        spot: Spot,
        noise: impl FnMut(usize) -> f32,
    ) {
        let episode = &prep.episodes[spot.episode];
        let input = &self.inputs[spot.episode];
        let past = Past {
            obs: &episode.obs,
            input,
            low: spot.low,
            at: spot.at,
        };
        batch.fill_past(dims, lane, past, noise);
        for (modality, &n_features) in dims.n_features.iter().enumerate() {
            if n_features > 0 && spot.at > 0 {
                let start = (spot.at - 1) * n_features;
                let row = &episode.context[modality][start..start + n_features];
                batch.fill_context(lane, modality, row);
            }
        }
    }

    /// The batch of one training step of one member.
    pub(super) fn draw(
        &self,
        prep: &Prepared,
        sampler: &Sampler,
        dims: &Dims,
        size: [usize; 2],
        how: Disturbance,
        key: (u64, [u64; 2]),
    ) -> Batch {
        let [n_lanes, n_steps] = size;
        let mut batch = Batch::new(dims, n_lanes, n_steps);
        let augment = Stream::new(key.0, Purpose::Augment, &key.1);
        let n_past = dims.n_obs * dims.n_lags;
        let mut past_noise = vec![0.0; n_past * batch.n_lanes];
        quick_normals(&augment, &mut past_noise);
        let mut augment = augment.draws_from(past_noise.len() as u64);
        let mut past_noise = past_noise.iter();
        let spots = sampler.spots([batch.n_lanes, n_steps], key);
        for (chunk, spots) in spots.as_chunks::<CHUNK>().0.iter().enumerate() {
            let first = chunk * CHUNK;
            for (at, spot) in spots.iter().enumerate() {
                self.fill_start(prep, dims, &mut batch, first + at, *spot, |channel| {
                    let noise = past_noise.next().copied().unwrap_or_default();
                    noise * how.obs_noise * self.gauge.spread[channel]
                });
            }
            self.fill_windows(prep, dims, &mut batch, first, spots);
        }
        for present in &mut batch.present {
            for flag in present {
                if augment.uniform() < how.dropout {
                    *flag = 0.0;
                }
            }
        }
        if dims.n_latent > 0 {
            let latent = Stream::new(key.0, Purpose::Window, &key.1);
            batch.is_guided = true;
            batch.price = how.latent_price;
            batch.noise = vec![0.0; n_steps * dims.n_latent * batch.n_lanes];
            quick_normals(&latent, &mut batch.noise);
            batch.rails.clone_from(&self.gauge.rails);
        }
        if how.faults > 0.0 {
            batch.break_sensors(dims, how.faults, &self.gauge.spread, &mut augment);
        }
        batch
    }
}

/// Writes rows that lie one after the other into neighbouring lanes of `[.., N]`.
fn transpose(rows: &[&[f32]; CHUNK], target: &mut [f32], n_lanes: usize, first: usize) {
    let len = target.len() / n_lanes;
    let rows = rows.map(|row| &row[..len]);
    for (at, lanes) in target.chunks_exact_mut(n_lanes).enumerate() {
        for (lane, row) in lanes[first..first + CHUNK].iter_mut().zip(&rows) {
            *lane = row[at];
        }
    }
}
