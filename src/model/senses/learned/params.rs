//! Weights that learn: arrays, their gradients, and a step of Adam that is the same everywhere.

use candle_core::{Device, Tensor, Var};

use super::net::Result;
use crate::base::to_f32;
use crate::base::{Purpose, Stream};

/// Decay of the running means (Kingma and Ba 2015).
const BETA: [f32; 2] = [0.9, 0.98];
/// Pull of weight matrices towards zero, a step of size 1.
const DECAY: f32 = 0.05;
/// A longer gradient is cut to this norm.
const MOST_NORM: f64 = 2.0;
/// Share of the steps over which the step size grows to its largest.
const WARM: f64 = 0.1;

/// One array of weights, row-major.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Array {
    /// Rows and columns.
    pub(crate) shape: [usize; 2],
    /// The weights.
    pub(crate) values: Vec<f32>,
}

impl Array {
    /// Normal weights that keep the size of what goes through; a bias (one row) is zero.
    pub(crate) fn random(shape: [usize; 2], seed: u64, ids: &[u64]) -> Self {
        let [n_rows, n_cols] = shape;
        let stream = Stream::new(seed, Purpose::Init, ids);
        let spread = if n_rows > 1 {
            (1.5 / n_rows as f64).sqrt()
        } else {
            0.0
        };
        let draw = |at: usize| to_f32(spread * stream.normal_at(at as u64));
        Self {
            shape,
            values: (0..n_rows * n_cols).map(draw).collect(),
        }
    }

    /// Weight and bias of a layer that changes nothing.
    pub(crate) fn same(width: usize) -> [Self; 2] {
        let one = |at: usize| f32::from(u8::from(at / width == at % width));
        let weight = Self {
            shape: [width, width],
            values: (0..width * width).map(one).collect(),
        };
        let bias = Self {
            shape: [1, width],
            values: vec![0.0; width],
        };
        [weight, bias]
    }

    /// Flat weights as arrays of some shapes; nothing where there are none.
    pub(super) fn cut(shapes: Vec<[usize; 2]>, flat: &[f32]) -> Vec<Self> {
        let mut from = 0;
        let one = |shape: [usize; 2]| {
            let n = shape[0] * shape[1];
            let values = flat.get(from..from + n).unwrap_or_default().to_vec();
            from += n;
            Self { shape, values }
        };
        shapes.into_iter().map(one).collect()
    }

    /// How many weights arrays of some shapes have.
    pub(super) fn n_weights(shapes: &[[usize; 2]]) -> usize {
        shapes.iter().map(|[rows, columns]| rows * columns).sum()
    }

    /// As a tensor that does not learn.
    pub(crate) fn tensor(&self) -> Result<Tensor> {
        Tensor::from_slice(&self.values, &self.shape, &Device::Cpu)
    }
}

/// Arrays that learn.
pub(crate) struct Params {
    vars: Vec<Var>,
    moments: Vec<[Vec<f32>; 2]>,
    n_done: usize,
    n_steps: usize,
    rate: f64,
}

impl Params {
    /// Takes the first weights; `n_steps` are planned, the largest is `rate`.
    pub(crate) fn new(arrays: &[Array], n_steps: usize, rate: f64) -> Result<Self> {
        let vars: Result<Vec<Var>> = arrays
            .iter()
            .map(|array| Var::from_tensor(&array.tensor()?))
            .collect();
        let moments = arrays
            .iter()
            .map(|array| [0, 1].map(|_| vec![0.0; array.values.len()]));
        Ok(Self {
            vars: vars?,
            moments: moments.collect(),
            n_done: 0,
            n_steps,
            rate,
        })
    }

    /// The arrays as tensors whose gradient is followed.
    pub(crate) fn tensors(&self) -> Vec<Tensor> {
        self.vars
            .iter()
            .map(|var| var.as_tensor().clone())
            .collect()
    }

    /// Moves the weights once against the gradient of a loss; what is not finite moves nothing.
    pub(crate) fn step(&mut self, loss: &Tensor) -> Result<()> {
        let store = loss.backward()?;
        let mut grads = Vec::with_capacity(self.vars.len());
        for var in &self.vars {
            grads.push(match store.get(var) {
                Some(grad) => grad.flatten_all()?.to_vec1::<f32>()?,
                None => Vec::new(),
            });
        }
        let square = |grad: &Vec<f32>| grad.iter().map(|g| f64::from(*g).powi(2)).sum::<f64>();
        let norm = grads.iter().map(square).sum::<f64>().sqrt();
        self.n_done += 1;
        if !norm.is_finite() {
            return Ok(());
        }
        let cut = to_f32((MOST_NORM / norm.max(1e-30)).min(1.0));
        let done = self.n_done as f64 / self.n_steps.max(1) as f64;
        let fade = 0.5 * (1.0 + (std::f64::consts::PI * done.min(1.0)).cos());
        let size = to_f32(self.rate * (done / WARM).min(1.0) * fade);
        let power = i32::try_from(self.n_done.min(100_000)).unwrap_or(100_000);
        let correct = BETA.map(|beta| 1.0 - beta.powi(power));
        for ((var, moments), grad) in self.vars.iter().zip(&mut self.moments).zip(&grads) {
            if grad.is_empty() {
                continue;
            }
            let shape = var.dims().to_vec();
            let mut values = var.flatten_all()?.to_vec1::<f32>()?;
            let decay = if shape[0] > 1 { size * DECAY } else { 0.0 };
            let [first, second] = moments;
            let sides = first.iter_mut().zip(second);
            for ((value, slope), (first, second)) in values.iter_mut().zip(grad).zip(sides) {
                let slope = slope * cut;
                *first += (1.0 - BETA[0]) * (slope - *first);
                *second += (1.0 - BETA[1]) * (slope * slope - *second);
                let move_by = *first / correct[0] / ((*second / correct[1]).sqrt() + 1e-8);
                *value -= decay * *value + size * move_by;
            }
            var.set(&Tensor::from_vec(values, shape, &Device::Cpu)?)?;
        }
        Ok(())
    }

    /// The weights as they stand.
    pub(crate) fn arrays(&self) -> Result<Vec<Array>> {
        let read = |var: &Var| {
            let (n_rows, n_cols) = var.dims2()?;
            Ok(Array {
                shape: [n_rows, n_cols],
                values: var.flatten_all()?.to_vec1::<f32>()?,
            })
        };
        self.vars.iter().map(read).collect()
    }
}

/// The first records of an endless shuffled list: batch `at` of a training.
pub(crate) struct Batches {
    stream: Stream,
    n_records: usize,
    size: usize,
    pass: u64,
    order: Vec<usize>,
}

impl Batches {
    /// Batches of `size` of so many records.
    pub(crate) fn new(n_records: usize, size: usize, seed: u64, ids: &[u64]) -> Self {
        Self {
            stream: Stream::new(seed, Purpose::Shuffle, ids),
            n_records,
            size: size.min(n_records).max(1),
            pass: 0,
            order: Vec::new(),
        }
    }

    /// The next batch; a pass that has too few left is followed by a new one.
    pub(crate) fn next(&mut self) -> Vec<usize> {
        if self.order.len() < self.size {
            let base = self.pass * self.n_records as u64;
            let key = |at: usize| (self.stream.bits_at(base + at as u64), at);
            let mut keyed: Vec<(u64, usize)> = (0..self.n_records).map(key).collect();
            keyed.sort_unstable();
            self.order = keyed.into_iter().map(|one| one.1).collect();
            self.pass += 1;
        }
        let from = self.order.len() - self.size.min(self.order.len());
        self.order.split_off(from)
    }
}
