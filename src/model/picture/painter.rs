//! A small convolutional net that paints what the additive picture gets wrong.
//!
//! State and what was seen become a few maps of cells; beside them stands the additive picture. Two
//! convolutions and a last one that gives all pixels of a cell (an upsampling by sub-pixels, Shi et
//! al. 2016) say the correction. A convolution is a gather and one product, as in the encoders.

use candle_core::{Device, Tensor};

use super::canvas::Canvas;
use crate::{
    base::{Purpose, StopToken, Stream, to_f32},
    model::{
        ModelError,
        senses::{Array, Batches, Params},
    },
};

type Result<T> = std::result::Result<T, candle_core::Error>;

/// Width of the dense layer.
const HIDDEN: usize = 128;
/// Maps that the dense layer gives, and that the additive picture gives.
const MAPS: usize = 16;
/// Maps of the convolution.
const CHANNELS: usize = 32;
/// Passes over the pictures; fewest and most steps.
const PASSES: usize = 20;
const STEPS: [usize; 2] = [200, 500];
const BATCH: usize = 64;
const RATE: f64 = 6e-3;
/// Share of the dense layer that is silent in a step.
const DROPPED: f64 = 0.2;
/// Pictures that are painted at once.
const CHUNK: usize = 64;

/// What corrects the additive picture.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Painter {
    /// What each feature is multiplied by.
    pub(crate) scales: Vec<f32>,
    /// All weights, flat.
    pub(crate) weights: Vec<f32>,
    /// What its answer is multiplied by: its errors' size, less where left-out folds say so.
    pub(crate) gain: f32,
    /// By how much it lowered the left-out squared error, as a share.
    pub(crate) brought: f64,
}

impl Painter {
    /// Features as the net reads them.
    pub(super) fn scaled(&self, features: &[f64]) -> Vec<f32> {
        scaled(&self.scales, features)
    }

    /// Whether there are as many weights as a picture of that size needs.
    pub(crate) fn fits(&self, width: usize, height: usize) -> bool {
        let net = Net::new(&Canvas::new(width, height), self.scales.len());
        net.is_ok_and(|net| net.n_weights() == self.weights.len())
    }

    /// Adds the correction to a picture.
    ///
    /// # Errors
    ///
    /// [`ModelError::Candle`].
    pub(super) fn paint(
        &self,
        canvas: &Canvas,
        sketch: &Sketch,
        picture: &mut [f32],
    ) -> std::result::Result<(), ModelError> {
        let net = Net::new(canvas, self.scales.len())?;
        for cells in net.corrections(&self.weights, &[sketch])? {
            canvas.add(picture, &cells, self.gain);
        }
        Ok(())
    }
}

/// Features times their scales.
pub(super) fn scaled(scales: &[f32], features: &[f64]) -> Vec<f32> {
    let pairs = features.iter().zip(scales);
    pairs.map(|(&x, scale)| to_f32(x) * scale).collect()
}

/// One picture: what is known of it, the additive picture, and what is left, cell by cell.
pub(super) struct Sketch {
    /// Features of the additive decoder.
    pub(super) features: Vec<f32>,
    /// The additive picture beyond the mean one.
    pub(super) base: Vec<f32>,
    /// What it gets wrong; empty where nobody knows.
    pub(super) missed: Vec<f32>,
}

/// The layers of the net for one size of picture.
pub(super) struct Net {
    n_features: usize,
    n_cells: usize,
    around: Tensor,
}

impl Net {
    /// The layers for what is read and painted.
    pub(super) fn new(canvas: &Canvas, n_features: usize) -> Result<Self> {
        let around = canvas.around();
        let n = around.len();
        Ok(Self {
            n_features,
            n_cells: canvas.n_cells(),
            around: Tensor::from_vec(around, n, &Device::Cpu)?,
        })
    }

    fn shapes(&self) -> [[usize; 2]; 10] {
        let n = Canvas::N_VALUES;
        [
            [self.n_features, HIDDEN],
            [1, HIDDEN],
            [HIDDEN, self.n_cells * MAPS],
            [1, self.n_cells * MAPS],
            [n, MAPS],
            [1, MAPS],
            [9 * 2 * MAPS, CHANNELS],
            [1, CHANNELS],
            [9 * CHANNELS, n],
            [1, n],
        ]
    }

    /// How many weights there are.
    pub(super) fn n_weights(&self) -> usize {
        self.shapes()
            .iter()
            .map(|[rows, columns]| rows * columns)
            .sum()
    }

    /// First weights; the last layer says nothing.
    fn init(&self, seed: u64, id: u64) -> Vec<Array> {
        let shapes = self.shapes().into_iter().enumerate();
        let mut arrays: Vec<Array> = shapes
            .map(|(at, shape)| Array::random(shape, seed, &[600, id, at as u64]))
            .collect();
        if let Some(last) = arrays.get_mut(8) {
            last.values.fill(0.0);
        }
        arrays
    }

    fn arrays(&self, flat: &[f32]) -> Vec<Array> {
        let mut from = 0;
        let cut = |shape: [usize; 2]| {
            let n = shape[0] * shape[1];
            let values = flat[from..from + n].to_vec();
            from += n;
            Array { shape, values }
        };
        self.shapes().into_iter().map(cut).collect()
    }

    /// The correction of some pictures, `[B, cells × values]`, before its gain; `kept` silences a part
    /// of the dense layer.
    fn paint(
        &self,
        w: &[Tensor],
        (features, base): &(Tensor, Tensor),
        kept: Option<&Tensor>,
    ) -> Result<Tensor> {
        let (n, cells) = (features.dim(0)?, self.n_cells);
        let dense = |x: &Tensor, at: usize| x.matmul(&w[at])?.broadcast_add(&w[at + 1]);
        let mut hidden = dense(features, 0)?.silu()?;
        if let Some(kept) = kept {
            hidden = (hidden * kept)?;
        }
        let told = dense(&hidden, 2)?.reshape((n * cells, MAPS))?;
        let shown = dense(&base.reshape((n * cells, Canvas::N_VALUES))?, 4)?;
        let maps = Tensor::cat(&[told, shown], 1)?.silu()?;
        let gathered = |maps: &Tensor, width: usize| {
            maps.reshape((n, cells, width))?
                .contiguous()?
                .index_select(&self.around, 1)?
                .reshape((n * cells, 9 * width))
        };
        let maps = dense(&gathered(&maps, 2 * MAPS)?, 6)?.silu()?;
        dense(&gathered(&maps, CHANNELS)?, 8)?.reshape((n, cells * Canvas::N_VALUES))
    }

    /// Learns the correction of some pictures, in units of `size`.
    ///
    /// # Errors
    ///
    /// [`ModelError::Stopped`].
    pub(super) fn learn(
        &self,
        sketches: &[&Sketch],
        size: f32,
        (seed, id): (u64, u64),
        stop: &StopToken,
    ) -> std::result::Result<Vec<f32>, ModelError> {
        let n_steps = (PASSES * sketches.len() / BATCH).clamp(STEPS[0], STEPS[1]);
        let mut params = Params::new(&self.init(seed, id), n_steps, RATE)?;
        let mut batches = Batches::new(sketches.len(), BATCH, seed, &[600, id, 100]);
        let drops = Stream::new(seed, Purpose::Augment, &[600, id, 101]);
        for step in 0..n_steps {
            stop.check()?;
            let chosen: Vec<&Sketch> = batches.next().iter().map(|&at| sketches[at]).collect();
            let kept = kept(&drops, step, chosen.len())?;
            let painted = self.paint(&params.tensors(), &stack(&chosen)?, Some(&kept))?;
            let missed: Vec<f32> = chosen
                .iter()
                .flat_map(|one| one.missed.iter().map(|x| x / size))
                .collect();
            let missed = Tensor::from_vec(missed, painted.shape(), &Device::Cpu)?;
            params.step(&(painted - missed)?.sqr()?.mean_all()?)?;
        }
        let arrays = params.arrays()?;
        Ok(arrays.into_iter().flat_map(|one| one.values).collect())
    }

    /// What learned weights say of some pictures, before the gain.
    ///
    /// # Errors
    ///
    /// [`ModelError::Candle`].
    pub(super) fn corrections(
        &self,
        weights: &[f32],
        sketches: &[&Sketch],
    ) -> std::result::Result<Vec<Vec<f32>>, ModelError> {
        let weights: Result<Vec<Tensor>> = self.arrays(weights).iter().map(Array::tensor).collect();
        let weights = weights?;
        let mut all = Vec::with_capacity(sketches.len());
        for chunk in sketches.chunks(CHUNK) {
            let painted = self.paint(&weights, &stack(chunk)?, None)?;
            all.extend(painted.to_vec2::<f32>()?);
        }
        Ok(all)
    }
}

/// What silences a part of the dense layer in one step.
fn kept(stream: &Stream, step: usize, n: usize) -> Result<Tensor> {
    let first = (step * BATCH * HIDDEN) as u64;
    let kept = |at: usize| {
        let is_kept = stream.uniform_at(first + at as u64) >= DROPPED;
        to_f32(f64::from(u8::from(is_kept)) / (1.0 - DROPPED))
    };
    let all: Vec<f32> = (0..n * HIDDEN).map(kept).collect();
    Tensor::from_vec(all, (n, HIDDEN), &Device::Cpu)
}

fn stack(sketches: &[&Sketch]) -> Result<(Tensor, Tensor)> {
    let n = sketches.len();
    let of = |part: fn(&Sketch) -> &Vec<f32>| {
        let values: Vec<f32> = sketches
            .iter()
            .flat_map(|one| part(one).iter().copied())
            .collect();
        let width = values.len() / n.max(1);
        Tensor::from_vec(values, (n, width), &Device::Cpu)
    };
    Ok((of(|one| &one.features)?, of(|one| &one.base)?))
}

/// What left-out pictures say of a correction: the squared error without it, the factor that serves
/// best (0 to 1), and the squared error with it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Verdict {
    missed: f64,
    both: f64,
    painted: f64,
}

impl Verdict {
    /// Takes one picture in.
    pub(super) fn add(&mut self, missed: &[f32], painted: &[f32], size: f32) {
        for (&missed, &painted) in missed.iter().zip(painted) {
            let (missed, painted) = (f64::from(missed), f64::from(painted * size));
            self.missed += missed * missed;
            self.both += missed * painted;
            self.painted += painted * painted;
        }
    }

    /// Takes what other pictures said in.
    pub(super) fn join(&mut self, other: &Self) {
        self.missed += other.missed;
        self.both += other.both;
        self.painted += other.painted;
    }

    /// The factor that serves best.
    pub(super) fn factor(&self) -> f64 {
        (self.both / self.painted.max(1e-30)).clamp(0.0, 1.0)
    }

    /// By how much the squared error falls with that factor.
    pub(super) fn gain(&self) -> f64 {
        let factor = self.factor();
        let with = self.missed - 2.0 * factor * self.both + factor * factor * self.painted;
        1.0 - with / self.missed.max(1e-30)
    }
}

/// The root mean square of what is missed.
pub(super) fn size_of(sketches: &[&Sketch]) -> f32 {
    let (mut sum, mut count) = (0.0, 0.0);
    for value in sketches.iter().flat_map(|one| &one.missed) {
        sum += f64::from(*value).powi(2);
        count += 1.0;
    }
    to_f32((sum / f64::max(count, 1.0)).sqrt()).max(1e-6)
}
