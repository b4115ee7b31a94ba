//! The trained model: plain weights that are rolled out chunk by chunk.

use serde::{Deserialize, Serialize};

use super::{
    free_run::{Core, go_on},
    layout::{Dims, Layout},
    net::Tape,
    tokens::Run,
};
use crate::model::{
    ModelError,
    learning::{Gauge, Tensors, tensor},
    linear::LinearModel,
    prepared::{SimOutput, SimStart, Simulator},
};

/// Starts that are run together.
const LANES: usize = 8;

/// A trained transformer and the linear family that it corrects.
#[derive(Debug, Clone)]
pub(crate) struct TransformerModel {
    layout: Layout,
    weights: Vec<Vec<f32>>,
    gauge: Gauge,
    linear: LinearModel,
}

#[derive(Serialize, Deserialize)]
struct Header {
    dims: Dims,
    n_members: usize,
}

impl TransformerModel {
    /// A model of some members' weights.
    pub(super) fn new(
        layout: Layout,
        weights: Vec<Vec<f32>>,
        gauge: Gauge,
        linear: LinearModel,
    ) -> Self {
        Self {
            layout,
            weights,
            gauge,
            linear,
        }
    }

    /// All weights by name.
    pub(crate) fn to_tensors(&self) -> Tensors {
        let mut all = self.layout.to_tensors(&self.weights, "");
        let spread = self.gauge.spread.clone();
        all.insert("spread".to_owned(), (vec![spread.len()], spread));
        all
    }

    /// What the tensors do not say, as JSON.
    pub(crate) fn header(&self) -> String {
        let header = Header {
            dims: self.layout.dims.clone(),
            n_members: self.weights.len(),
        };
        serde_json::to_string(&header).unwrap_or_default()
    }

    /// Reads [`TransformerModel::to_tensors`] back.
    ///
    /// # Errors
    ///
    /// [`ModelError::Damaged`] for a header that is none, a missing tensor or a wrong shape.
    pub(crate) fn from_tensors(
        header: &str,
        tensors: &Tensors,
        linear: LinearModel,
        rails: &[[f32; 2]],
    ) -> Result<Self, ModelError> {
        let damaged = |what: String, found: String, expected: String| ModelError::Damaged {
            what,
            found,
            expected,
        };
        let header: Header = serde_json::from_str(header).map_err(|error| {
            let what = "the header of the transformer".to_owned();
            damaged(what, error.to_string(), "JSON of this format".to_owned())
        })?;
        let dims = &header.dims;
        let known = [dims.n_obs, dims.n_in, header.n_members];
        let n_members = linear.own.first().map_or(0, |one| one.coef.len());
        let expected = [linear.n_obs, linear.n_in, n_members];
        let none = [dims.width, dims.n_heads, dims.n_future].contains(&0);
        if known != expected
            || none
            || !dims.width.is_multiple_of(2 * dims.n_heads)
            || rails.len() != dims.n_obs
        {
            let what = "the sizes of the transformer".to_owned();
            let (found, expected) = (format!("{dims:?}"), format!("{expected:?}"));
            return Err(damaged(what, found, expected));
        }
        let layout = Layout::new(dims);
        let spread = tensor(tensors, "spread", &[dims.n_obs])?.to_vec();
        let weights = layout.read_tensors(tensors, "", header.n_members)?;
        let rails = rails.to_vec();
        Ok(Self::new(layout, weights, Gauge { spread, rails }, linear))
    }
}

impl Simulator for TransformerModel {
    fn n_params(&self) -> usize {
        self.layout.n_params * self.weights.len()
    }

    fn n_members(&self) -> usize {
        self.weights.len()
    }

    fn simulate(&self, member: usize, starts: &[SimStart<'_>]) -> Vec<SimOutput> {
        let dims = &self.layout.dims;
        let core = Core {
            layout: &self.layout,
            gauge: &self.gauge,
            linear: &self.linear,
            member,
        };
        let mut tape = Tape::default();
        let mut outputs = Vec::with_capacity(starts.len());
        for starts in starts.chunks(LANES) {
            let mut runs: Vec<Run> = starts.iter().map(Run::of_start).collect();
            let n_steps = runs.first().map_or(0, |run| run.n_left(dims));
            let mut scales = vec![Vec::with_capacity(n_steps * dims.n_obs); runs.len()];
            let mut left = n_steps;
            while left > 0 {
                let n_ahead = left.min(dims.n_future);
                let said = go_on(core, &self.weights[member], &mut runs, n_ahead, &mut tape);
                for (scale, said) in scales
                    .iter_mut()
                    .zip(said.chunks_exact(n_ahead * dims.n_obs))
                {
                    scale.extend_from_slice(said);
                }
                left -= n_ahead;
            }
            outputs.extend(
                runs.into_iter()
                    .zip(scales)
                    .map(|(mut run, scale)| SimOutput {
                        mean: run.obs.split_off(run.obs.len() - n_steps * dims.n_obs),
                        scale,
                    }),
            );
        }
        outputs
    }
}
