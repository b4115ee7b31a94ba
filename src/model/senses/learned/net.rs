//! The encoder's net: three convolutions over a grid, a dense layer, a few numbers.
//!
//! A convolution is a gather of patches and one product: candle's own convolutions are slow on the
//! way back, and layers without a gradient of their own (`layer_norm`, `softmax_last_dim`) are not
//! used.

use candle_core::{Device, Tensor};

use super::params::Array;

/// A tensor operation that may be refused.
pub(super) type Result<T> = std::result::Result<T, candle_core::Error>;

/// How many numbers a record becomes while a net learns.
pub(super) const N_NUMBERS: usize = 4;
/// Width of the dense layer.
pub(super) const N_HIDDEN: usize = 64;
/// Side of the patch, stride and channels of each convolution.
const CONVS: [(usize, usize, usize); 3] = [(6, 4, 16), (3, 2, 32), (3, 2, 32)];
/// Records that are encoded at once.
const CHUNK: usize = 64;

/// What a net reads, a grid with channels and a row of features, and how much it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Dims {
    /// Rows, columns and channels of the grid; 0 where there is none.
    pub(crate) grid: [usize; 3],
    /// Features.
    pub(crate) row: usize,
    /// Numbers that come out.
    pub(crate) numbers: usize,
}

impl Dims {
    /// Numbers in a grid.
    pub(crate) fn n_grid(self) -> usize {
        self.grid.iter().product()
    }
}

struct Conv {
    /// For each patch, the cells of the layer before.
    taps: Tensor,
    n_patches: usize,
    n_taps: usize,
    channels: usize,
}

/// The layers of a net.
pub(super) struct Net {
    pub(super) dims: Dims,
    convs: Vec<Conv>,
}

impl Net {
    /// The layers for what is read.
    pub(super) fn new(dims: Dims) -> Result<Self> {
        let mut convs = Vec::new();
        let [mut height, mut width, _] = dims.grid;
        if dims.n_grid() > 0 {
            for (side, stride, channels) in CONVS {
                let taps = taps([height, width], side, stride);
                height = height.div_ceil(stride);
                width = width.div_ceil(stride);
                convs.push(Conv {
                    taps: Tensor::from_vec(taps, height * width * side * side, &Device::Cpu)?,
                    n_patches: height * width,
                    n_taps: side * side,
                    channels,
                });
            }
        }
        Ok(Self { dims, convs })
    }

    /// Rows and columns of each array, in order: weight and bias of each layer.
    pub(super) fn shapes(&self) -> Vec<[usize; 2]> {
        let mut shapes = Vec::new();
        let mut channels = self.dims.grid[2];
        let mut flat = 0;
        for conv in &self.convs {
            shapes.push([conv.n_taps * channels, conv.channels]);
            shapes.push([1, conv.channels]);
            channels = conv.channels;
            flat = conv.n_patches * channels;
        }
        shapes.push([flat + self.dims.row, N_HIDDEN]);
        shapes.push([1, N_HIDDEN]);
        shapes.push([N_HIDDEN, self.dims.numbers]);
        shapes.push([1, self.dims.numbers]);
        shapes
    }

    /// First weights.
    pub(super) fn init(&self, seed: u64, id: u64) -> Vec<Array> {
        let shapes = self.shapes().into_iter().enumerate();
        shapes
            .map(|(at, shape)| Array::random(shape, seed, &[id, at as u64]))
            .collect()
    }

    /// The dense layer's answer to grids `[B, cells × channels]` and rows `[B, F]`.
    pub(super) fn hidden(&self, weights: &[Tensor], grid: &Tensor, row: &Tensor) -> Result<Tensor> {
        let n = row.dim(0)?;
        let mut parts = Vec::new();
        let mut channels = self.dims.grid[2];
        let mut layer = grid.clone();
        for (conv, pair) in self.convs.iter().zip(weights.chunks(2)) {
            let cells = layer.elem_count() / (n * channels);
            let patches = layer
                .reshape((n, cells, channels))?
                .contiguous()?
                .index_select(&conv.taps, 1)?
                .reshape((n * conv.n_patches, conv.n_taps * channels))?;
            layer = patches.matmul(&pair[0])?.broadcast_add(&pair[1])?.silu()?;
            channels = conv.channels;
            layer = layer.reshape((n, conv.n_patches * channels))?;
        }
        if !self.convs.is_empty() {
            parts.push(layer);
        }
        if self.dims.row > 0 {
            parts.push(row.clone());
        }
        let dense = &weights[2 * self.convs.len()..];
        let joined = Tensor::cat(&parts, 1)?;
        joined.matmul(&dense[0])?.broadcast_add(&dense[1])?.silu()
    }

    /// The numbers of the dense layer's answer.
    pub(super) fn numbers(&self, weights: &[Tensor], hidden: &Tensor) -> Result<Tensor> {
        let head = &weights[2 * self.convs.len() + 2..];
        hidden.matmul(&head[0])?.broadcast_add(&head[1])
    }

    /// The numbers of scaled records `(grid, row)`.
    pub(super) fn encode<'a>(
        &self,
        weights: &[Array],
        records: impl Iterator<Item = &'a (Vec<f32>, Vec<f32>)>,
    ) -> Result<Vec<Vec<f32>>> {
        let weights: Result<Vec<Tensor>> = weights.iter().map(Array::tensor).collect();
        let weights = weights?;
        let records: Vec<_> = records.collect();
        let mut all = Vec::with_capacity(records.len());
        for chunk in records.chunks(CHUNK) {
            let (grid, row) = self.stack(chunk.iter().copied())?;
            let hidden = self.hidden(&weights, &grid, &row)?;
            all.extend(self.numbers(&weights, &hidden)?.to_vec2::<f32>()?);
        }
        Ok(all)
    }

    /// Records side by side as two tensors.
    pub(super) fn stack<'a>(
        &self,
        records: impl ExactSizeIterator<Item = &'a (Vec<f32>, Vec<f32>)>,
    ) -> Result<(Tensor, Tensor)> {
        let n = records.len();
        let mut grids = Vec::with_capacity(n * self.dims.n_grid());
        let mut rows = Vec::with_capacity(n * self.dims.row);
        for (grid, row) in records {
            grids.extend_from_slice(grid);
            rows.extend_from_slice(row);
        }
        Ok((
            Tensor::from_vec(grids, (n, self.dims.n_grid()), &Device::Cpu)?,
            Tensor::from_vec(rows, (n, self.dims.row), &Device::Cpu)?,
        ))
    }
}

/// The cells under each patch, the edge repeated beyond it.
fn taps([height, width]: [usize; 2], side: usize, stride: usize) -> Vec<u32> {
    let place = |out: usize, tap: usize, size: usize| {
        let at = out * stride + stride / 2 + tap;
        at.saturating_sub(side / 2).min(size - 1)
    };
    let mut list = Vec::new();
    for row in 0..height.div_ceil(stride) {
        for column in 0..width.div_ceil(stride) {
            for tap in 0..side * side {
                let y = place(row, tap / side, height);
                let x = place(column, tap % side, width);
                list.push(u32::try_from(y * width + x).unwrap_or(u32::MAX));
            }
        }
    }
    list
}
