//! The card, its stream and the compiled kernels: the one place that launches anything.
#![expect(
    unsafe_code,
    reason = "a launch cannot be checked by the compiler; sizes are kept in one place"
)]

use std::sync::{Arc, Mutex, PoisonError};

use candle_core::cuda_backend::{
    WrapErr as _,
    cudarc::{
        driver::{
            CudaContext, CudaFunction, CudaSlice, CudaStream, CudaView, DeviceRepr, LaunchConfig,
            PushKernelArg as _, ValidAsZeroBits,
            sys::{CUdevice_attribute_enum, CUfunction_attribute_enum},
        },
        nvrtc::compile_ptx,
    },
};

use super::sizes::{Sizes, int};
use crate::model::dynamics::optimizer::Rate;

pub(super) type Result<T> = std::result::Result<T, candle_core::Error>;
pub(super) type Numbers = CudaSlice<f32>;

/// The kernels' source, compiled where a card is first asked for.
const KERNELS: &str = concat!(
    include_str!("window.cu"),
    include_str!("step.cu"),
    include_str!("update.cu")
);
/// Threads of a block that sums windows or moves weights.
const N_THREADS: usize = 128;

/// A member's optimiser beside its arrays, laid out as the kernels read it.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Course {
    pub(super) train: f64,
    pub(super) rate_share: f32,
    pub(super) n_adam: i32,
    pub(super) n_bad: [i32; 2],
    pub(super) pad: i32,
}

// SAFETY: both are plain numbers laid out as in C, and all zeros are valid ones.
unsafe impl DeviceRepr for Sizes {}
// SAFETY: as above.
unsafe impl DeviceRepr for Course {}
// SAFETY: as above.
unsafe impl ValidAsZeroBits for Course {}

/// One card with the kernels on it.
#[derive(Debug)]
pub(super) struct Card {
    stream: Arc<CudaStream>,
    lane_step: [CudaFunction; 2],
    sum_lanes: CudaFunction,
    free_run: CudaFunction,
    update: CudaFunction,
    /// Bytes of shared memory that a block may ask for.
    pub(super) max_shared: usize,
}

/// Recordings on the card, one after the other.
#[derive(Debug)]
pub(super) struct Series {
    /// `[T, O]`.
    pub(super) obs: Numbers,
    /// `[T, U]`.
    pub(super) input: Numbers,
    /// `[T, F]` each.
    pub(super) features: [Numbers; 3],
    /// Spreads of the outputs, then their lower and their upper ends, `[3, O]`.
    pub(super) spread: Numbers,
}

/// Arrays of all members, `[M, P]` each, and what a step leaves on the way.
#[derive(Debug)]
pub(super) struct Arrays {
    pub(super) theta: Numbers,
    pub(super) first: Numbers,
    pub(super) second: Numbers,
    pub(super) mean_weights: Numbers,
    pub(super) best: Numbers,
    pub(super) courses: CudaSlice<Course>,
    pub(super) next_courses: CudaSlice<Course>,
    pub(super) grad: Numbers,
    /// Shares of the gradient's square, one a block that sums it.
    pub(super) squares: CudaSlice<f64>,
    pub(super) loss: CudaSlice<f64>,
    pub(super) pairs: CudaSlice<i32>,
    pub(super) kinds: CudaSlice<u8>,
    pub(super) tape: Numbers,
    pub(super) outers: Numbers,
    pub(super) records: Numbers,
    pub(super) sums: Numbers,
}

/// The size of a launch over windows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    /// Windows of a member; of all members where there is no training.
    pub(super) n_lanes: usize,
    /// Members.
    pub(super) n_members: usize,
    /// Threads of a block.
    pub(super) n_threads: usize,
    /// Bytes of shared memory of a block.
    pub(super) shared: usize,
}

/// What one training step is told.
pub(super) struct Step<'a> {
    /// Windows as four numbers each.
    pub(super) spots: CudaView<'a, i32>,
    /// Keys of the members' noise, four words each.
    pub(super) keys: CudaView<'a, u32>,
    pub(super) n_steps: usize,
    pub(super) huber_mean: bool,
    pub(super) obs_noise: f32,
    pub(super) dropout: f64,
    pub(super) is_first: bool,
    pub(super) rate: Rate,
}

impl Card {
    /// The first card, opened and given its kernels once for the whole program; one that cannot be
    /// opened now is tried again.
    pub(super) fn open() -> Result<&'static Self> {
        static CARD: Mutex<Option<&'static Card>> = Mutex::new(None);
        let mut card = CARD.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(card) = *card {
            return Ok(card);
        }
        let opened = Box::leak(Box::new(Self::new()?));
        *card = Some(opened);
        Ok(opened)
    }

    fn new() -> Result<Self> {
        let context = CudaContext::new(0).w()?;
        // SAFETY: everything here uses this one stream, so no events are needed between streams.
        unsafe { context.disable_event_tracking() };
        let stream = context.new_stream().w()?;
        let ptx = compile_ptx(KERNELS).w()?;
        let module = context.load_module(ptx).w()?;
        let load = |name: &str| module.load_function(name).w();
        let most = CUdevice_attribute_enum::CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN;
        let most = context.attribute(most).w()?;
        let card = Self {
            lane_step: [load("lane_step_shared")?, load("lane_step_global")?],
            sum_lanes: load("sum_lanes")?,
            free_run: load("free_run")?,
            update: load("update")?,
            stream,
            max_shared: usize::try_from(most).unwrap_or(0),
        };
        for function in card.lane_step.iter().chain([&card.free_run, &card.update]) {
            let limit = CUfunction_attribute_enum::CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES;
            function.set_attribute(limit, most).w()?;
        }
        Ok(card)
    }

    /// Copies to the card; never empty, so that every pointer is one.
    pub(super) fn put<T: DeviceRepr + ValidAsZeroBits>(
        &self,
        values: &[T],
    ) -> Result<CudaSlice<T>> {
        if values.is_empty() {
            return self.zeros(1);
        }
        self.stream.clone_htod(values).w()
    }

    /// Copies over what is there.
    pub(super) fn put_into<T: DeviceRepr>(
        &self,
        values: &[T],
        target: &mut CudaSlice<T>,
    ) -> Result<()> {
        self.stream.memcpy_htod(values, target).w()
    }

    /// Zeros on the card.
    pub(super) fn zeros<T: DeviceRepr + ValidAsZeroBits>(
        &self,
        len: usize,
    ) -> Result<CudaSlice<T>> {
        self.stream.alloc_zeros(len.max(1)).w()
    }

    /// Copies back, after everything before has ended.
    pub(super) fn get<T: DeviceRepr>(&self, values: &CudaSlice<T>) -> Result<Vec<T>> {
        let found = self.stream.clone_dtoh(values).w()?;
        self.stream.synchronize().w()?;
        Ok(found)
    }

    /// Copies the last number back, after everything before has ended.
    pub(super) fn get_last(&self, values: &Numbers) -> Result<f32> {
        let last = self
            .stream
            .clone_dtoh(&values.slice(values.len() - 1..))
            .w()?;
        self.stream.synchronize().w()?;
        Ok(last.first().copied().unwrap_or(f32::NAN))
    }

    /// The gradient of all members, left in `arrays.grad` and `arrays.loss`.
    pub(super) fn gradient(
        &self,
        sizes: &Sizes,
        series: &Series,
        arrays: &mut Arrays,
        shape: Shape,
        step: &Step<'_>,
        tape_is_shared: bool,
    ) -> Result<()> {
        let n_blocks = shape.n_lanes * shape.n_members;
        let (n_lanes, n_steps) = (int(shape.n_lanes), int(step.n_steps));
        let huber_mean = i32::from(step.huber_mean);
        let function = &self.lane_step[usize::from(!tape_is_shared)];
        let mut launch = self.stream.launch_builder(function);
        launch.arg(sizes).arg(&series.obs).arg(&series.input);
        for features in &series.features {
            launch.arg(features);
        }
        launch.arg(&series.spread);
        launch.arg(&step.obs_noise).arg(&n_lanes).arg(&step.dropout);
        launch.arg(&arrays.theta).arg(&step.spots).arg(&step.keys);
        launch.arg(&n_steps).arg(&huber_mean);
        launch.arg(&mut arrays.tape).arg(&mut arrays.outers);
        launch.arg(&mut arrays.records).arg(&mut arrays.sums);
        let config = grid([n_blocks, 1], shape.n_threads, shape.shared);
        // SAFETY: the arguments are those of `lane_step_*`, arrays have the lengths that `sizes`
        // and `shape` give them, and windows were drawn inside the recordings.
        unsafe { launch.launch(config) }.w()?;
        let (n_outer, n_record) = (sizes.n_outer, sizes.n_record);
        let mut launch = self.stream.launch_builder(&self.sum_lanes);
        launch.arg(&sizes.n_params).arg(&n_lanes);
        launch.arg(&n_outer).arg(&n_record).arg(&arrays.pairs);
        launch
            .arg(&arrays.outers)
            .arg(&arrays.records)
            .arg(&arrays.sums);
        launch
            .arg(&mut arrays.grad)
            .arg(&mut arrays.squares)
            .arg(&mut arrays.loss);
        let config = grid([n_blocks_of(sizes), shape.n_members], N_THREADS, 0);
        // SAFETY: as above, for `sum_lanes`; places were made from the same sizes.
        unsafe { launch.launch(config) }.w()?;
        Ok(())
    }

    /// Moves all members' weights by their gradients.
    pub(super) fn update(
        &self,
        sizes: &Sizes,
        arrays: &mut Arrays,
        n_members: usize,
        rate: Rate,
        is_first: bool,
    ) -> Result<()> {
        let (is_first, n_squares) = (i32::from(is_first), int(n_blocks_of(sizes)));
        let n_state = usize::try_from(sizes.n_state).unwrap_or(0);
        let mut launch = self.stream.launch_builder(&self.update);
        launch.arg(sizes).arg(&rate.residual).arg(&rate.linear);
        launch.arg(&rate.decay).arg(&rate.keep).arg(&is_first);
        launch.arg(&n_squares).arg(&arrays.kinds).arg(&arrays.grad);
        launch
            .arg(&arrays.squares)
            .arg(&arrays.loss)
            .arg(&arrays.best);
        launch.arg(&mut arrays.theta).arg(&mut arrays.first);
        launch.arg(&mut arrays.second).arg(&mut arrays.mean_weights);
        launch.arg(&arrays.courses).arg(&mut arrays.next_courses);
        let shared = 2 * n_state * n_state * size_of::<f64>();
        let config = grid([1 + n_blocks_of(sizes), n_members], N_THREADS, shared);
        // SAFETY: the arguments are those of `update`; a member's first block takes its core.
        unsafe { launch.launch(config) }.w()?;
        std::mem::swap(&mut arrays.courses, &mut arrays.next_courses);
        Ok(())
    }

    /// Free runs; `outputs` takes means and scales, `[window, steps, O]`, else `sums` takes squares.
    pub(super) fn free_run(
        &self,
        (sizes, series): (&Sizes, &Series),
        theta: &Numbers,
        spots: &CudaSlice<i32>,
        shape: Shape,
        sums: &mut Numbers,
        outputs: Option<(&mut Numbers, &mut Numbers, usize)>,
    ) -> Result<()> {
        let (nothing, stride) = (0_u64, outputs.as_ref().map_or(0, |outputs| int(outputs.2)));
        let mut launch = self.stream.launch_builder(&self.free_run);
        launch.arg(sizes).arg(&series.obs).arg(&series.input);
        for features in &series.features {
            launch.arg(features);
        }
        launch.arg(&series.spread).arg(theta).arg(spots).arg(sums);
        if let Some((means, scales, _)) = outputs {
            launch.arg(means).arg(scales);
        } else {
            launch.arg(&nothing).arg(&nothing);
        }
        launch.arg(&stride);
        let config = grid(
            [shape.n_lanes * shape.n_members, 1],
            shape.n_threads,
            shape.shared,
        );
        // SAFETY: the arguments are those of `free_run`; windows lie inside the recordings, and
        // outputs have room for the longest of them.
        unsafe { launch.launch(config) }.w()?;
        Ok(())
    }

    /// Waits until everything before has ended.
    pub(super) fn wait(&self) -> Result<()> {
        self.stream.synchronize().w()
    }
}

/// Blocks of a launch with a thread for each parameter of a member.
pub(super) fn n_blocks_of(sizes: &Sizes) -> usize {
    usize::try_from(sizes.n_params)
        .unwrap_or(0)
        .div_ceil(N_THREADS)
}

fn grid(blocks: [usize; 2], n_threads: usize, shared: usize) -> LaunchConfig {
    let whole = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    LaunchConfig {
        grid_dim: (whole(blocks[0]), whole(blocks[1]), 1),
        block_dim: (whole(n_threads), 1, 1),
        shared_mem_bytes: whole(shared),
    }
}
