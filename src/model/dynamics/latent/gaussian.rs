//! Prior and posterior of a step: samples, divergence and slopes, each for all lanes at once.
#![expect(
    clippy::inline_always,
    reason = "loops must be compiled inside the function that knows the wide registers"
)]

use super::super::{
    batch::Batch,
    kernel::exp,
    params::Dims,
    wide::{Work, on_widest},
};

/// Bounds of the log of a standard deviation.
pub(crate) const LOG_STD: [f32; 2] = [-6.0, 2.0];
/// Weights of the divergence that move the prior and the posterior.
pub(crate) const BALANCE: [f32; 2] = [1.0, 0.1];
/// Nats a step that the posterior may say for nothing.
pub(crate) const FREE_NATS: f32 = 1.0;

/// Where the parts of a step lie on the tape, in units: both log standard deviations before clamping,
/// the posterior's mean, the innovation, whether the posterior is used.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Places {
    n_latent: usize,
    n_obs: usize,
}

impl Places {
    /// For some sizes.
    pub(crate) fn new(dims: &Dims) -> Self {
        Self {
            n_latent: dims.n_latent,
            n_obs: dims.n_obs,
        }
    }

    /// Units of a step; none without a latent.
    pub(crate) fn n_units(self) -> usize {
        if self.n_latent == 0 {
            return 0;
        }
        3 * self.n_latent + self.n_obs + 1
    }

    /// Where the innovation begins.
    pub(crate) fn innovation(self) -> usize {
        3 * self.n_latent
    }

    /// The parts of a step: log standard deviations, means, innovations, use.
    pub(crate) fn split(self, step: &[f32], n: usize) -> [&[f32]; 4] {
        let (raw, rest) = step.split_at(2 * self.n_latent * n);
        let (mean, rest) = rest.split_at(self.n_latent * n);
        let (innovation, used) = rest.split_at(self.n_obs * n);
        [raw, mean, innovation, used]
    }

    /// The same to be written.
    pub(crate) fn split_mut(self, step: &mut [f32], n: usize) -> [&mut [f32]; 4] {
        let (raw, rest) = step.split_at_mut(2 * self.n_latent * n);
        let (mean, rest) = rest.split_at_mut(self.n_latent * n);
        let (innovation, used) = rest.split_at_mut(self.n_obs * n);
        [raw, mean, innovation, used]
    }
}

/// What was measured less what was said, 0 where it is not known, `[O, N]`, and whether any is, `[N]`.
///
/// Where an output rests at an end of its range and the mean lies beyond, nothing is known.
pub(crate) fn innovate(batch: &Batch, t: usize, mean: &[f32], out: (&mut [f32], &mut [f32])) {
    on_widest(Innovate {
        batch,
        target: &batch.target[t * mean.len()..][..mean.len()],
        mean,
        out,
    });
}

struct Innovate<'a> {
    batch: &'a Batch,
    target: &'a [f32],
    mean: &'a [f32],
    out: (&'a mut [f32], &'a mut [f32]),
}

impl Work for Innovate<'_> {
    type Out = ();

    #[inline(always)]
    fn run<const R: usize>(self) {
        let (innovation, used) = self.out;
        let n = used.len();
        used.fill(0.0);
        let rows = self.target.chunks_exact(n).zip(self.mean.chunks_exact(n));
        let out = innovation.chunks_exact_mut(n).zip(&self.batch.rails);
        for ((targets, means), (out, rail)) in rows.zip(out) {
            for at in 0..n {
                let (y, mean) = (targets[at], means[at]);
                let bound = (y >= rail[1] && mean > y) || (y <= rail[0] && mean < y);
                let is_known = y.is_finite() && !bound;
                out[at] = if is_known { y - mean } else { 0.0 };
                used[at] = if is_known { 1.0 } else { used[at] };
            }
        }
    }
}

/// Takes from the slopes by the outputs' means what went into the innovation; `d_innovation` counts
/// where something was known. Each `[O, N]`.
pub(crate) fn innovation_back(step: (&[f32], &[f32]), d_mean: &mut [f32]) {
    on_widest(InnovationBack { step, d_mean });
}

struct InnovationBack<'a> {
    step: (&'a [f32], &'a [f32]),
    d_mean: &'a mut [f32],
}

impl Work for InnovationBack<'_> {
    type Out = ();

    #[inline(always)]
    fn run<const R: usize>(self) {
        let (innovation, slopes) = self.step;
        for ((known, slope), d_mean) in innovation.iter().zip(slopes).zip(self.d_mean) {
            // An innovation of exactly 0 is one that is not known, or one that no slope can be told from.
            *d_mean -= if *known == 0.0 { 0.0 } else { *slope };
        }
    }
}

/// `z = use · mean + standard deviation · noise`, with the posterior's deviation where it is used.
pub(crate) fn sample(step: [&[f32]; 4], noise: &[f32], latent: &mut [f32]) {
    on_widest(Sample {
        step,
        noise,
        latent,
    });
}

struct Sample<'a> {
    step: [&'a [f32]; 4],
    noise: &'a [f32],
    latent: &'a mut [f32],
}

impl Work for Sample<'_> {
    type Out = ();

    #[inline(always)]
    fn run<const R: usize>(self) {
        let [raw, means, _, used] = self.step;
        let n = used.len();
        let (prior, posterior) = raw.split_at(means.len());
        let stds = prior.chunks_exact(n).zip(posterior.chunks_exact(n));
        let rows = means.chunks_exact(n).zip(self.noise.chunks_exact(n));
        let out = self.latent.chunks_exact_mut(n);
        for (((prior, posterior), (means, noise)), out) in stds.zip(rows).zip(out) {
            for at in 0..n {
                let std = choose(used[at], posterior[at], prior[at]);
                out[at] = used[at] * means[at] + exp(bounded(std)) * noise[at];
            }
        }
    }
}

/// The first of two numbers where a flag is up.
#[inline(always)]
fn choose(flag: f32, up: f32, down: f32) -> f32 {
    if flag > 0.0 { up } else { down }
}

#[inline(always)]
fn bounded(raw: f32) -> f32 {
    raw.clamp(LOG_STD[0], LOG_STD[1])
}

#[inline(always)]
fn is_inside(raw: f32) -> f32 {
    if raw > LOG_STD[0] && raw < LOG_STD[1] {
        1.0
    } else {
        0.0
    }
}

/// KL of the posterior to the prior of each lane of a step, in nats, `[N]`; 0 where it is not used.
/// `squares` takes the squares of the posterior's deviations and of the prior's inverse ones, `[2 Z, N]`.
#[inline(always)]
fn divergences(step: [&[f32]; 4], out: &mut [f32], squares: &mut [f32]) {
    let [raw, means, _, used] = step;
    let n = used.len();
    let (prior, posterior) = raw.split_at(means.len());
    let (wide, tight) = squares.split_at_mut(means.len());
    let stds = prior.chunks_exact(n).zip(posterior.chunks_exact(n));
    let kept = wide.chunks_exact_mut(n).zip(tight.chunks_exact_mut(n));
    out.fill(0.0);
    for (((prior, posterior), means), (wide, tight)) in stds.zip(means.chunks_exact(n)).zip(kept) {
        for at in 0..n {
            let (p, q) = (bounded(prior[at]), bounded(posterior[at]));
            (wide[at], tight[at]) = (exp(2.0 * q), exp(-2.0 * p));
            let square = (wide[at] + means[at] * means[at]) * tight[at];
            out[at] += used[at] * (p - q + 0.5 * square - 0.5);
        }
    }
}

/// The slopes of a step by its log standard deviations and means, from those by `z` in `d_latent`;
/// `price` is what a nat of a lane adds to the loss. Returns the nats beyond the free ones, summed over
/// lanes.
///
/// # Shapes
///
/// `noise` and `d_latent` `[Z, N]`, slopes `[2 Z, N]` and `[Z, N]`, memory `[N]` and `[2 Z, N]`.
pub(crate) fn backward(
    step: [&[f32]; 4],
    noise: &[f32],
    d_latent: &[f32],
    price: f32,
    slopes: (&mut [f32], &mut [f32]),
    memory: (&mut [f32], &mut [f32]),
) -> f64 {
    on_widest(Backward {
        step,
        noise,
        d_latent,
        price,
        slopes,
        memory,
    })
}

struct Backward<'a> {
    step: [&'a [f32]; 4],
    noise: &'a [f32],
    d_latent: &'a [f32],
    price: f32,
    slopes: (&'a mut [f32], &'a mut [f32]),
    memory: (&'a mut [f32], &'a mut [f32]),
}

impl Work for Backward<'_> {
    type Out = f64;

    #[inline(always)]
    fn run<const R: usize>(self) -> f64 {
        let [raw, means, _, used] = self.step;
        let n = used.len();
        let (lanes, squares) = self.memory;
        divergences(self.step, lanes, squares);
        let mut paid = 0.0_f32;
        for push in lanes.iter_mut() {
            let beyond = (*push - FREE_NATS).max(0.0);
            paid += beyond;
            *push = if beyond > 0.0 { self.price } else { 0.0 };
        }
        let push = &lanes[..n];
        let (prior, posterior) = raw.split_at(means.len());
        let (wide, tight) = squares.split_at(means.len());
        let (d_prior, d_posterior) = self.slopes.0.split_at_mut(means.len());
        let rows = prior.chunks_exact(n).zip(posterior.chunks_exact(n));
        let rows = rows.zip(wide.chunks_exact(n).zip(tight.chunks_exact(n)));
        let given = means.chunks_exact(n).zip(self.noise.chunks_exact(n));
        let slopes = self.d_latent.chunks_exact(n);
        let out = d_prior
            .chunks_exact_mut(n)
            .zip(d_posterior.chunks_exact_mut(n));
        let out = out.zip(self.slopes.1.chunks_exact_mut(n));
        let all = rows.zip(given).zip(slopes).zip(out);
        for (
            ((((prior, posterior), (wide, tight)), (means, noise)), slopes),
            ((d_prior, d_posterior), d_mean),
        ) in all
        {
            for at in 0..n {
                let (p, q) = (bounded(prior[at]), bounded(posterior[at]));
                // Only the deviation that was drawn with hears of `z`.
                let through = slopes[at] * noise[at] * exp(choose(used[at], q, p));
                let square = wide[at] * tight[at];
                let far = means[at] * means[at] * tight[at];
                let [to_prior, to_posterior] = BALANCE.map(|weight| weight * push[at]);
                let by_mean = slopes[at] + to_posterior * means[at] * tight[at];
                let by_q = through + to_posterior * (square - 1.0);
                let by_p = choose(used[at], to_prior * (1.0 - square - far), through);
                d_mean[at] = choose(used[at], by_mean, 0.0);
                d_posterior[at] = choose(used[at], by_q, 0.0) * is_inside(posterior[at]);
                d_prior[at] = by_p * is_inside(prior[at]);
            }
        }
        f64::from(paid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One unit, one output and as many lanes as cases: log standard deviations, mean, use.
    fn step(cases: &[[f32; 4]]) -> (Places, Vec<f32>) {
        let places = Places {
            n_latent: 1,
            n_obs: 1,
        };
        let column = |at: usize| cases.iter().map(move |case| case[at]);
        let nothing = cases.iter().map(|_| 0.0);
        let all = column(0).chain(column(1)).chain(column(2));
        (places, all.chain(nothing).chain(column(3)).collect())
    }

    #[test]
    fn the_divergence_is_the_integral_that_defines_it() {
        let cases = [
            [0.0, 0.0, 0.0, 1.0],
            [0.3, -0.8, 0.5, 1.0],
            [-1.0, 0.2, -0.7, 1.0],
        ];
        let (places, step) = step(&cases);
        let mut nats = vec![0.0; cases.len()];
        let mut squares = vec![0.0; 2 * cases.len()];
        divergences(places.split(&step, cases.len()), &mut nats, &mut squares);
        let log_density = |x: f64, mean: f64, log_std: f64| {
            let z = (x - mean) / log_std.exp();
            -0.5 * z * z - log_std - 0.5 * std::f64::consts::TAU.ln()
        };
        for (case, found) in cases.iter().zip(&nats) {
            let [p, q, mean, _] = case.map(f64::from);
            let sum = (-12_000..12_000).map(|i| {
                let x = f64::from(i) * 1e-3;
                let log_q = log_density(x, mean, q);
                log_q.exp() * (log_q - log_density(x, 0.0, p)) * 1e-3
            });
            let expected = sum.sum::<f64>();
            assert!(
                (f64::from(*found) - expected).abs() < 1e-4,
                "{found} {expected}"
            );
        }
    }

    #[test]
    fn where_the_posterior_is_not_used_the_prior_is_drawn_from_and_nothing_is_paid() {
        let (places, step) = step(&[[0.5, -1.0, 2.0, 0.0], [0.5, -1.0, 2.0, 1.0]]);
        let step = places.split(&step, 2);
        let mut latent = [0.0; 2];
        sample(step, &[1.5; 2], &mut latent);
        let [free, seen] = [1.5 * 0.5_f32.exp(), 2.0 + 1.5 * (-1.0_f32).exp()];
        assert!((latent[0] - free).abs() < 1e-5 && (latent[1] - seen).abs() < 1e-5);
        let mut nats = [0.0; 2];
        divergences(step, &mut nats, &mut [0.0; 4]);
        assert!(nats[0] == 0.0 && nats[1] > 0.1);
    }
}
