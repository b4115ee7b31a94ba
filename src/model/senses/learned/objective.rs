//! What numbers learn for: to foretell the sensors' errors, and to know their own time's sensors.

use candle_core::{Device, Tensor};

use super::{
    net::Result,
    params::Array,
    target::{Aim, Targets},
};

/// Width of the net that reads the sensors.
const N_HIDDEN: usize = 32;
/// Numbers in which both sides are compared.
const N_SHARED: usize = 8;
/// What alignment counts beside foretelling.
const ALIGN: f64 = 0.1;
/// Largest and first inverse temperature of the comparison.
const SHARPEST: f64 = 30.0;
const FIRST_SHARP: f32 = 2.3;
/// Added to a pair that is too near in time to be told apart.
const NEVER: f32 = -1e4;

/// The heads that numbers learn with.
pub(super) struct Objective {
    n_numbers: usize,
    sizes: [usize; 3],
    is_aligned: bool,
    apart: usize,
}

/// Where a record belongs, and what is known there.
pub(super) struct Known {
    pub(super) place: (usize, usize),
    pub(super) aim: Aim,
}

impl Objective {
    pub(super) fn new(targets: &Targets<'_>, n_numbers: usize, is_aligned: bool) -> Self {
        Self {
            n_numbers,
            sizes: targets.sizes(),
            is_aligned,
            apart: targets.apart(),
        }
    }

    /// First weights of the heads.
    pub(super) fn init(&self, seed: u64, id: u64) -> Vec<Array> {
        let [n_errors, n_gates, n_state] = self.sizes;
        let mut shapes = vec![[self.n_numbers * n_gates, n_errors]];
        if self.is_aligned {
            shapes.extend([
                [self.n_numbers, N_SHARED],
                [n_errors + n_state, N_HIDDEN],
                [1, N_HIDDEN],
                [N_HIDDEN, N_SHARED],
                [1, 1],
            ]);
        }
        let listed = shapes.into_iter().enumerate();
        let mut arrays: Vec<Array> = listed
            .map(|(at, shape)| Array::random(shape, seed, &[id, 100 + at as u64]))
            .collect();
        // A quiet start: what is foretold begins near nothing.
        arrays[0].values.iter_mut().for_each(|x| *x *= 0.3);
        if self.is_aligned
            && let Some(sharp) = arrays.last_mut()
        {
            sharp.values = vec![FIRST_SHARP];
        }
        arrays
    }

    /// A last layer (weight and bias) that says what is foretold at usual inputs instead of numbers
    /// that mean nothing by themselves: so nets that learned apart say the same things.
    pub(super) fn readout(&self, heads: &[Array], last: &[Array]) -> Vec<Array> {
        let [n_errors, n_gates, _] = self.sizes;
        let told = |numbers: &[f32]| -> Vec<f32> {
            let column = |at: usize| {
                let parts = numbers.iter().enumerate();
                let parts = parts.map(|(k, x)| x * heads[0].values[k * n_gates * n_errors + at]);
                parts.sum::<f32>()
            };
            (0..n_errors).map(column).collect()
        };
        let turned = |layer: &Array| Array {
            shape: [layer.shape[0], n_errors],
            values: layer.values.chunks(self.n_numbers).flat_map(told).collect(),
        };
        last.iter().map(turned).collect()
    }

    /// How many numbers a readout says.
    pub(super) fn n_told(&self) -> usize {
        self.sizes[0]
    }

    /// The loss of a batch's numbers `[B, N]`.
    pub(super) fn loss(
        &self,
        heads: &[Tensor],
        numbers: &Tensor,
        batch: &[&Known],
    ) -> Result<Tensor> {
        let n = batch.len();
        let [n_errors, n_gates, n_state] = self.sizes;
        let listed = |width: usize, of: &dyn Fn(&Known) -> Vec<f32>| {
            let values: Vec<f32> = batch.iter().flat_map(|one| of(one)).collect();
            Tensor::from_vec(values, (n, width), &Device::Cpu)
        };
        let errors = listed(n_errors, &|one| column(&one.aim.errors, 0))?;
        let weights = listed(n_errors, &|one| column(&one.aim.errors, 1))?;
        let gates = listed(n_gates, &|one| one.aim.gates.clone())?;
        let gated = numbers
            .unsqueeze(2)?
            .broadcast_mul(&gates.unsqueeze(1)?)?
            .reshape((n, self.n_numbers * n_gates))?;
        let miss = (gated.matmul(&heads[0])? - &errors)?.sqr()?;
        let count = weights.sum_all()?.to_scalar::<f32>()?.max(1.0);
        let foretold = ((miss * &weights)?.sum_all()? * (1.0 / f64::from(count)))?;
        if !self.is_aligned {
            return Ok(foretold);
        }
        let state = listed(n_state, &|one| one.aim.state.clone())?;
        let seen = Tensor::cat(&[(errors * &weights)?, state], 1)?;
        let aligned = self.contrast(heads, numbers, &seen, batch)?;
        foretold + (aligned * ALIGN)?
    }

    /// `InfoNCE` (van den Oord and others 2018) both ways between records and sensors.
    fn contrast(
        &self,
        heads: &[Tensor],
        numbers: &Tensor,
        seen: &Tensor,
        batch: &[&Known],
    ) -> Result<Tensor> {
        let n = batch.len();
        let hidden = seen.matmul(&heads[2])?.broadcast_add(&heads[3])?.silu()?;
        let sensors = unit(&hidden.matmul(&heads[4])?)?;
        let records = unit(&numbers.matmul(&heads[1])?)?;
        let sharp = heads[5].exp()?.clamp(1.0, SHARPEST)?;
        let alike = records.matmul(&sensors.t()?)?.broadcast_mul(&sharp)?;
        let mut near = vec![0.0_f32; n * n];
        let mut own = vec![0.0_f32; n * n];
        for (at, first) in batch.iter().enumerate() {
            own[at * n + at] = 1.0;
            for (other, second) in batch.iter().enumerate() {
                let is_near = first.place.0 == second.place.0
                    && first.place.1.abs_diff(second.place.1) < self.apart;
                if at != other && is_near {
                    near[at * n + other] = NEVER;
                }
            }
        }
        let near = Tensor::from_vec(near, (n, n), &Device::Cpu)?;
        let own = Tensor::from_vec(own, (n, n), &Device::Cpu)?;
        let masked = (&alike + near)?.exp()?;
        // Scores are at most SHARPEST, so that the plain exponential is safe.
        let right = (alike * own)?.sum_all()?;
        let there = masked.sum(1)?.log()?.sum_all()?;
        let back = masked.sum(0)?.log()?.sum_all()?;
        ((there + back)? - (right * 2.0)?)? * (0.5 / n as f64)
    }
}

fn column(pairs: &[[f32; 2]], at: usize) -> Vec<f32> {
    pairs.iter().map(|pair| pair[at]).collect()
}

/// Rows of length 1.
fn unit(rows: &Tensor) -> Result<Tensor> {
    let length = (rows.sqr()?.sum_keepdim(1)? + 1e-6)?.sqrt()?;
    rows.broadcast_div(&length)
}
