//! What the kernels are told of a layout: sizes, offsets, and where each gradient comes from.

use crate::model::dynamics::params::{Dims, Layout, Part, is_residual};

/// Arrays that a layout may hold, in the order of the kernels' list.
const N_PARTS: usize = 26;

/// Sizes and offsets, laid out as the kernels read them.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub(super) struct Sizes {
    pub(super) n_obs: i32,
    pub(super) n_in: i32,
    pub(super) n_state: i32,
    n_hidden: i32,
    n_enc: i32,
    n_context: i32,
    n_lags: i32,
    has_mask: i32,
    pub(super) n_params: i32,
    n_features: [i32; 3],
    part: [i32; N_PARTS],
    past: i32,
    enc_hidden: i32,
    context: i32,
    features: [i32; 3],
    d_start: i32,
    d_enc: i32,
    d_core: i32,
    d_hidden: i32,
    d_mean: [i32; 3],
    d_precision: [i32; 3],
    pub(super) n_record: i32,
    pub(super) n_outer: i32,
}

/// Where the kernels find a parameter's gradient, and how the optimiser treats it.
#[derive(Debug, Clone, Default)]
pub(super) struct Places {
    /// Two numbers a parameter: a place of the outer sums and -1, or two places of the records.
    pub(super) pairs: Vec<i32>,
    /// Bit 0: belongs to the nonlinear part; bit 1: is held small.
    pub(super) kinds: Vec<u8>,
}

impl Sizes {
    /// The sizes of a layout.
    pub(super) fn new(layout: &Layout) -> Self {
        let dims = &layout.dims;
        let mut part = [-1; N_PARTS];
        for slot in &layout.slots {
            if let Some(at) = index_of(slot.part) {
                part[at] = int(slot.range.start);
            }
        }
        // The first number of a record is 1.
        let mut next = 1;
        let mut take = |len: usize| {
            let start = next;
            next += len;
            int(start)
        };
        let (x, o, h, c) = (dims.n_state, dims.n_obs, dims.n_hidden, dims.n_context);
        let contexts = dims.n_features.map(|f| if f > 0 { c } else { 0 });
        Self {
            n_obs: int(o),
            n_in: int(dims.n_in),
            n_state: int(x),
            n_hidden: int(h),
            n_enc: int(dims.n_enc),
            n_context: int(c),
            n_lags: int(dims.n_lags),
            has_mask: i32::from(dims.has_mask),
            n_params: int(layout.n_params),
            n_features: dims.n_features.map(int),
            part,
            past: take(dims.n_past()),
            enc_hidden: take(dims.n_enc),
            context: take(c),
            features: dims.n_features.map(&mut take),
            d_start: take(x),
            d_enc: take(dims.n_enc),
            d_core: take(x + o),
            d_hidden: take(h),
            d_mean: contexts.map(&mut take),
            d_precision: contexts.map(&mut take),
            n_record: take(0),
            n_outer: int((x + o) * (dims.n_drive() + h) + h * dims.n_drive() + o * h + o),
        }
    }

    /// Numbers of shared memory that a block needs beside its tape and sums.
    pub(super) fn n_shared(dims: &Dims) -> usize {
        let odd = |n: usize| n | 1;
        let (d, c) = (dims.n_drive(), dims.n_drive() + dims.n_hidden);
        d * odd(dims.n_hidden)
            + dims.n_state * odd(c)
            + (c + dims.n_hidden) * odd(dims.n_obs)
            + dims.n_past()
            + dims.n_enc
            + 8 * dims.n_context
            + dims.n_hidden
            + dims.n_core()
            + dims.n_state
            + 3
    }

    /// Numbers of a tape for each step: rows, and rows with slopes.
    pub(super) fn n_tape(dims: &Dims) -> [usize; 2] {
        let row = (dims.n_drive() + dims.n_hidden) | 1;
        let slope = (dims.n_core() + dims.n_hidden + dims.n_obs) | 1;
        [row, row + slope]
    }

    /// Where each parameter's gradient comes from.
    pub(super) fn places(&self, layout: &Layout) -> Places {
        let dims = &layout.dims;
        let (d, h) = (int(dims.n_drive()), int(dims.n_hidden));
        let row_len = d + h;
        let hidden_sums = int(dims.n_core()) * row_len;
        let scale_sums = hidden_sums + h * d;
        let bias_sums = scale_sums + int(dims.n_obs) * h;
        let mut places = Places::default();
        for slot in &layout.slots {
            let held = slot.n_cols > 1 && is_residual(slot.part);
            let kind = u8::from(is_residual(slot.part)) | (u8::from(held) << 1);
            for row in 0..int(slot.n_rows) {
                for col in 0..int(slot.n_cols) {
                    let pair = match slot.part {
                        Part::Core => [row * row_len + col, -1],
                        Part::Residual => [row * row_len + d + col, -1],
                        Part::Hidden => [hidden_sums + row * d + col, -1],
                        // `CudaRun::new` leaves a second layer to the tensor path.
                        Part::Deep
                        | Part::LatentScale
                        | Part::LatentScaleBias
                        | Part::LatentGain
                        | Part::LatentIn => continue,
                        Part::Scale => [scale_sums + row * h + col, -1],
                        Part::ScaleBias => [bias_sums + row, -1],
                        Part::EncLinear => [self.d_start + row, self.past + col],
                        Part::EncBias => [self.d_start + row, 0],
                        Part::EncHidden => [self.d_enc + row, self.past + col],
                        Part::EncHiddenBias => [self.d_enc + row, 0],
                        Part::EncOut => [self.d_start + row, self.enc_hidden + col],
                        Part::HiddenBias => [self.d_hidden + row, 0],
                        Part::CoreBias => [self.d_core + row, 0],
                        Part::ContextHidden => [self.d_hidden + row, self.context + col],
                        Part::ContextCore => [self.d_core + row, self.context + col],
                        Part::Mean(m) => [self.d_mean[m] + row, self.features[m] + col],
                        Part::MeanBias(m) => [self.d_mean[m] + row, 0],
                        Part::Precision(m) => [self.d_precision[m] + row, self.features[m] + col],
                        Part::PrecisionBias(m) => [self.d_precision[m] + row, 0],
                    };
                    places.pairs.extend(pair);
                    places.kinds.push(kind);
                }
            }
        }
        places
    }
}

/// An array's place in the kernels' list, which has no second layer.
fn index_of(part: Part) -> Option<usize> {
    Some(match part {
        Part::Deep
        | Part::LatentScale
        | Part::LatentScaleBias
        | Part::LatentGain
        | Part::LatentIn => return None,
        Part::EncLinear => 0,
        Part::EncBias => 1,
        Part::EncHidden => 2,
        Part::EncHiddenBias => 3,
        Part::EncOut => 4,
        Part::Hidden => 5,
        Part::HiddenBias => 6,
        Part::Core => 7,
        Part::CoreBias => 8,
        Part::Residual => 9,
        Part::Scale => 10,
        Part::ScaleBias => 11,
        Part::ContextHidden => 12,
        Part::ContextCore => 13,
        Part::Mean(m) => 14 + m,
        Part::MeanBias(m) => 17 + m,
        Part::Precision(m) => 20 + m,
        Part::PrecisionBias(m) => 23 + m,
    })
}

/// Sizes are far below the bound: shared memory and the number of rows are checked before.
pub(super) fn int(n: usize) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}
