//! Masked pretraining: what is hidden of a picture or a sound is restored from the rest.

use candle_core::{Device, Tensor};

use super::{
    net::{Dims, N_HIDDEN, Net},
    params::{Array, Batches, Params},
};
use crate::{
    base::{Purpose, StopToken, Stream},
    model::ModelError,
};

/// Share of the patches that is hidden.
const HIDDEN: f64 = 0.4;
/// Side of a patch.
const SIDE: usize = 8;
/// Passes over the records; fewest and most steps.
const PASSES: usize = 8;
const STEPS: [usize; 2] = [80, 200];
const BATCH: usize = 64;
const RATE: f64 = 2e-3;

/// Trains a net to restore what is masked; needs no sensors, so that every record teaches. Gives the
/// weights and the mean square miss of the last steps.
///
/// # Errors
///
/// [`ModelError::Stopped`].
pub(super) fn pretrain(
    net: &Net,
    first: Vec<Array>,
    records: &[(Vec<f32>, Vec<f32>)],
    (seed, id): (u64, u64),
    stop: &StopToken,
) -> Result<(Vec<Array>, f64), ModelError> {
    let n_net = first.len();
    let (n_grid, n_row) = (net.dims.n_grid(), net.dims.row);
    let n_steps = (PASSES * records.len() / BATCH).clamp(STEPS[0], STEPS[1]);
    let mut arrays = first;
    arrays.push(Array::random([N_HIDDEN, n_grid + n_row], seed, &[id, 200]));
    arrays.push(Array::random([1, n_grid + n_row], seed, &[id, 201]));
    let mut params = Params::new(&arrays, n_steps, RATE)?;
    let mut batches = Batches::new(records.len(), BATCH, seed, &[id, 202]);
    let masks = Stream::new(seed, Purpose::Augment, &[id, 203]);
    let mut drawn = 0;
    let mut missed = Vec::new();
    for _step in 0..n_steps {
        stop.check()?;
        let chosen = batches.next();
        let n = chosen.len();
        let mut shown = Vec::with_capacity(n);
        let mut hidden = Vec::with_capacity(n * (n_grid + n_row));
        let mut whole: Vec<f32> = Vec::with_capacity(n * (n_grid + n_row));
        for &at in &chosen {
            let (grid, row) = &records[at];
            let mask = mask(net.dims, &masks, &mut drawn);
            let keep = |values: &[f32], mask: &[f32]| -> Vec<f32> {
                let pairs = values.iter().zip(mask);
                pairs.map(|(x, hide)| x * (1.0 - hide)).collect()
            };
            shown.push((keep(grid, &mask[..n_grid]), keep(row, &mask[n_grid..])));
            whole.extend(grid.iter().chain(row));
            hidden.extend(mask);
        }
        let (grid, row) = net.stack(shown.iter())?;
        let weights = params.tensors();
        let deep = net.hidden(&weights, &grid, &row)?;
        let restored = deep
            .matmul(&weights[n_net])?
            .broadcast_add(&weights[n_net + 1])?;
        let whole = Tensor::from_vec(whole, (n, n_grid + n_row), &Device::Cpu)?;
        let hidden = Tensor::from_vec(hidden, (n, n_grid + n_row), &Device::Cpu)?;
        let count = f64::from(hidden.sum_all()?.to_scalar::<f32>()?.max(1.0));
        let miss = ((restored - whole)?.sqr()? * hidden)?.sum_all()?;
        let miss = (miss * (1.0 / count))?;
        missed.push(f64::from(miss.to_scalar::<f32>()?));
        params.step(&miss)?;
    }
    let mut arrays = params.arrays()?;
    arrays.truncate(n_net);
    let last = &missed[missed.len() - STEPS[0] / 8..];
    Ok((arrays, last.iter().sum::<f64>() / last.len() as f64))
}

/// 1 where a value is hidden: whole patches of the grid, single features of the row.
fn mask(dims: Dims, stream: &Stream, drawn: &mut u64) -> Vec<f32> {
    let mut hides = || {
        *drawn += 1;
        f32::from(u8::from(stream.uniform_at(*drawn) < HIDDEN))
    };
    let [height, width, channels] = dims.grid;
    let n_across = width.div_ceil(SIDE);
    let patches: Vec<f32> = (0..height.div_ceil(SIDE) * n_across)
        .map(|_| hides())
        .collect();
    let cell = |at: usize| {
        let (y, x) = (at / (width * channels), at / channels % width);
        patches[y / SIDE * n_across + x / SIDE]
    };
    let grid: Vec<f32> = (0..dims.n_grid()).map(cell).collect();
    grid.into_iter()
        .chain((0..dims.row).map(|_| hides()))
        .collect()
}
