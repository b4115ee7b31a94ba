//! The trained model: plain weights that are rolled out on the fused path.

use serde::{Deserialize, Serialize};

use super::{
    batch::Batch,
    fused::{self, Tape},
    kernel::CHUNK,
    latent::{N_PATHS, Places, pool},
    params::{Dims, Layout},
};
use crate::model::{
    ModelError,
    learning::{Tensors, tensor},
    prepared::{SimOutput, SimStart, Simulator},
};

/// How the names of all weights begin.
const START: &str = "dynamics.";
/// Numbers that a rollout's tape may hold; more starts are taken one group after the other.
const MAX_TAPE: usize = 4_000_000;

/// A trained dynamics model.
#[derive(Debug, Clone)]
pub(crate) struct DynamicsModel {
    layout: Layout,
    weights: Vec<Vec<f32>>,
    spread: Vec<f32>,
    dead_time: Vec<usize>,
    device: String,
}

#[derive(Serialize, Deserialize)]
struct Header {
    dims: Dims,
    n_members: usize,
    dead_time: Vec<usize>,
    device: String,
}

impl DynamicsModel {
    /// A model of some members' weights.
    pub(super) fn new(
        layout: Layout,
        weights: Vec<Vec<f32>>,
        spread: Vec<f32>,
        dead_time: Vec<usize>,
        device: &str,
    ) -> Self {
        Self {
            layout,
            weights,
            spread,
            dead_time,
            device: device.to_owned(),
        }
    }

    /// All weights by name.
    pub(crate) fn to_tensors(&self) -> Tensors {
        let mut all = self.layout.to_tensors(&self.weights, START);
        all.insert(
            "dynamics.spread".to_owned(),
            (vec![self.spread.len()], self.spread.clone()),
        );
        all
    }

    /// What the tensors do not say, as JSON.
    pub(crate) fn header(&self) -> String {
        let header = Header {
            dims: self.layout.dims.clone(),
            n_members: self.weights.len(),
            dead_time: self.dead_time.clone(),
            device: self.device.clone(),
        };
        serde_json::to_string(&header).unwrap_or_default()
    }

    /// Reads [`DynamicsModel::to_tensors`] back; other tensors in the map are left alone.
    ///
    /// # Errors
    ///
    /// [`ModelError::Damaged`] for a header that is none, a missing tensor or a wrong shape.
    pub(crate) fn from_tensors(header: &str, tensors: &Tensors) -> Result<Self, ModelError> {
        let header: Header = serde_json::from_str(header).map_err(|error| ModelError::Damaged {
            what: "the header of the dynamics".to_owned(),
            found: error.to_string(),
            expected: "JSON of this format".to_owned(),
        })?;
        header.dims.check()?;
        let layout = Layout::new(&header.dims);
        let spread = tensor(tensors, "dynamics.spread", &[header.dims.n_obs])?.to_vec();
        let weights = layout.read_tensors(tensors, START, header.n_members)?;
        let Header {
            dead_time, device, ..
        } = header;
        Ok(Self {
            layout,
            weights,
            spread,
            dead_time,
            device,
        })
    }

    /// The device it was trained on.
    pub(crate) fn device_name(&self) -> &str {
        &self.device
    }
}

impl Simulator for DynamicsModel {
    fn n_params(&self) -> usize {
        self.layout.n_params * self.weights.len()
    }

    fn n_members(&self) -> usize {
        self.weights.len()
    }

    fn simulate(&self, member: usize, starts: &[SimStart<'_>]) -> Vec<SimOutput> {
        let dims = &self.layout.dims;
        let horizon = starts
            .first()
            .map_or(0, |start| start.future_input.len() / dims.n_in.max(1));
        let of_latent = Places::new(dims).n_units() + 2 * dims.n_latent;
        let a_step = dims.n_drive() + dims.n_hidden + 2 * dims.n_obs + of_latent;
        let a_lane = horizon.max(1) * a_step;
        let group = (MAX_TAPE / a_lane).clamp(8, 64);
        let is_shaken = dims.n_latent > 0;
        let n_paths = if is_shaken { N_PATHS } else { 1 };
        let group = group.div_ceil(n_paths);
        let mut tape = Tape::default();
        let mut outputs = Vec::with_capacity(starts.len());
        for part in starts.chunks(group) {
            let mut batch = Batch::of_starts(dims, &self.dead_time, part, n_paths);
            batch.fill_paths(dims, member, n_paths);
            fused::forward(&self.layout, &self.weights[member], &batch, &mut tape);
            fused::scales(&mut tape, &self.spread, batch.n_lanes);
            let first = outputs.len();
            outputs.resize_with(first + part.len(), SimOutput::default);
            if is_shaken {
                for (at, output) in outputs[first..].iter_mut().enumerate() {
                    hand_out_paths(&tape, batch.n_lanes, at * N_PATHS, output);
                }
                continue;
            }
            for (at, group) in outputs[first..].chunks_mut(CHUNK).enumerate() {
                hand_out(&tape, batch.n_lanes, at * CHUNK, group);
            }
        }
        outputs
    }
}

/// Gives an output the mean of its paths, and a scale that knows how far they lie apart.
fn hand_out_paths(tape: &Tape, n_lanes: usize, first: usize, output: &mut SimOutput) {
    let rows = tape.mean.chunks_exact(n_lanes);
    for (means, scales) in rows.zip(tape.log_scale.chunks_exact(n_lanes)) {
        let of_start = (means[first..].first_chunk(), scales[first..].first_chunk());
        if let (Some(means), Some(scales)) = of_start {
            let [mean, scale] = pool(means, scales);
            output.mean.push(mean);
            output.scale.push(scale);
        }
    }
}

/// Copies neighbouring lanes of the tape to their outputs.
fn hand_out(tape: &Tape, n_lanes: usize, first: usize, group: &mut [SimOutput]) {
    let len = tape.mean.len() / n_lanes;
    for output in &mut *group {
        output.mean.reserve_exact(len);
        output.scale.reserve_exact(len);
    }
    let rows = tape.mean.chunks_exact(n_lanes);
    for (means, scales) in rows.zip(tape.log_scale.chunks_exact(n_lanes)) {
        let lanes = means[first..].iter().zip(&scales[first..]);
        for (output, (mean, scale)) in group.iter_mut().zip(lanes) {
            output.mean.push(*mean);
            output.scale.push(*scale);
        }
    }
}
