//! The latent's part of a step, forwards and backwards.

use super::{
    super::{
        batch::Batch,
        fused::Tape,
        kernel::{affine, broadcast},
        params::{Layout, Part},
    },
    gaussian::{self, Places, innovate, innovation_back, sample},
};

/// The latent's part of a step.
pub(in super::super) struct Moving<'a> {
    places: Places,
    /// Hidden to log standard deviations, `[2 Z, H]`.
    to_scale: &'a [f32],
    /// Innovation to the posterior's mean, `[Z, O]`.
    gain: &'a [f32],
    /// `[2 Z, N]`.
    base: Vec<f32>,
    /// `[Z, N]`.
    zeros: Vec<f32>,
}

impl<'a> Moving<'a> {
    /// Of some weights and so many lanes; nothing where they have no latent.
    pub(in super::super) fn new(layout: &Layout, theta: &'a [f32], n: usize) -> Option<Self> {
        let dims = &layout.dims;
        if dims.n_latent == 0 {
            return None;
        }
        let mut base = vec![0.0; 2 * dims.n_latent * n];
        broadcast(layout.get(theta, Part::LatentScaleBias), &mut base, n);
        Some(Self {
            places: Places::new(dims),
            to_scale: layout.get(theta, Part::LatentScale),
            gain: layout.get(theta, Part::LatentGain),
            base,
            zeros: vec![0.0; dims.n_latent * n],
        })
    }

    /// Fills the latent of a step, and what of it is needed again into `tape`.
    pub(in super::super) fn step(
        &self,
        batch: &Batch,
        t: usize,
        (hidden, mean): (&[f32], &[f32]),
        tape: &mut [f32],
        latent: &mut [f32],
    ) {
        let (n, width) = (batch.n_lanes, self.places.n_units() * batch.n_lanes);
        let step = &mut tape[t * width..][..width];
        let [raw, means, innovation, used] = self.places.split_mut(step, n);
        if batch.is_guided {
            affine(self.to_scale, hidden, &self.base, raw, n);
            innovate(batch, t, mean, (innovation, used));
            affine(self.gain, innovation, &self.zeros, means, n);
        } else {
            let (prior, posterior) = raw.split_at_mut(means.len());
            let (to_prior, _) = self.to_scale.split_at(self.to_scale.len() / 2);
            affine(to_prior, hidden, &self.base[..prior.len()], prior, n);
            for unused in [posterior, means, innovation, used] {
                unused.fill(0.0);
            }
        }
        let noise = &batch.noise[t * latent.len()..][..latent.len()];
        sample(self.places.split(step, n), noise, latent);
    }
}

/// The latent's part of a step backwards.
pub(in super::super) struct MovingBack {
    places: Places,
    /// Slope of the next state to that of the latent, `[Z, X]`.
    to_latent: Vec<f32>,
    /// That of log standard deviations to hidden units, `[H, 2 Z]`.
    to_hidden: Vec<f32>,
    /// That of the posterior's mean to innovations, `[O, Z]`.
    to_innovation: Vec<f32>,
    /// What of it goes into the hidden units, `[H, N]`.
    pub(in super::super) by_hidden: Vec<f32>,
    d_latent: Vec<f32>,
    d_innovation: Vec<f32>,
    lanes: Vec<f32>,
    /// Squares of the posterior's deviations, and of the prior's inverse ones, `[2 Z, N]`.
    squares: Vec<f32>,
    zeros: Vec<f32>,
    /// Nats beyond the free ones that were said so far, of all lanes together.
    pub(in super::super) paid: f64,
}

impl MovingBack {
    /// Of some weights and so many lanes.
    pub(in super::super) fn new(layout: &Layout, theta: &[f32], n: usize) -> Self {
        let dims = &layout.dims;
        let (z, o) = (dims.n_latent, dims.n_obs);
        let used = if z > 0 { n } else { 0 };
        Self {
            places: Places::new(dims),
            to_latent: layout.transposed(theta, Part::LatentIn),
            to_hidden: layout.transposed(theta, Part::LatentScale),
            to_innovation: layout.transposed(theta, Part::LatentGain),
            by_hidden: vec![0.0; dims.n_hidden * used],
            d_latent: vec![0.0; z * used],
            d_innovation: vec![0.0; o * used],
            lanes: vec![0.0; used],
            squares: vec![0.0; 2 * z * used],
            paid: 0.0,
            zeros: vec![0.0; z.max(o).max(dims.n_hidden) * used],
        }
    }

    /// Writes the slopes by log standard deviations and means, and takes from those by the outputs'
    /// means what went into the innovation.
    pub(in super::super) fn step(
        &mut self,
        batch: &Batch,
        tape: &Tape,
        t: usize,
        d_core: &mut [f32],
        slopes: &mut [f32],
    ) {
        let n = batch.n_lanes;
        let n_units = self.places.n_units();
        let step = self
            .places
            .split(&tape.latent[t * n_units * n..][..n_units * n], n);
        let width = self.d_latent.len();
        let (d_raw, d_mean) = slopes.split_at_mut(2 * width);
        let (d_next, d_output) = d_core.split_at_mut(d_core.len() - self.d_innovation.len());
        let zeros = &self.zeros[..width];
        affine(&self.to_latent, d_next, zeros, &mut self.d_latent, n);
        let noise = &batch.noise[t * width..][..width];
        let slopes = (&mut *d_raw, &mut *d_mean);
        self.paid += gaussian::backward(
            step,
            noise,
            &self.d_latent,
            batch.price * tape.share,
            slopes,
            (&mut self.lanes, &mut self.squares),
        );
        let zeros = &self.zeros[..self.by_hidden.len()];
        affine(&self.to_hidden, d_raw, zeros, &mut self.by_hidden, n);
        let zeros = &self.zeros[..self.d_innovation.len()];
        affine(
            &self.to_innovation,
            d_mean,
            zeros,
            &mut self.d_innovation,
            n,
        );
        innovation_back((step[2], &self.d_innovation), d_output);
    }
}
