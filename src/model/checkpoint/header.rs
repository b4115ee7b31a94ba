//! The header of a model's file: what of it is words and small numbers.

use serde::{Deserialize, Serialize};

use super::{
    notes::{Note, write_note},
    race::write_shares,
    senses_file::SensesHeader,
};
use crate::model::{
    FittedModel, dynamics::DynamicsModel, normalizer::NamedScale, prepared::Block,
    transformer::TransformerModel,
};

/// The part of a model that is words and small numbers.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Header {
    pub(super) id: String,
    pub(super) seed: u64,
    pub(super) data_digest: String,
    pub(super) config_digest: String,
    pub(super) device: String,
    pub(super) folds: Vec<Vec<[usize; 3]>>,
    pub(super) episode_steps: Vec<usize>,
    /// Seconds of a step; older files do not say it.
    #[serde(default)]
    pub(super) step_secs: Option<f64>,
    pub(super) outputs: Vec<String>,
    pub(super) inputs: Vec<String>,
    pub(super) n_obs: usize,
    pub(super) n_in: usize,
    pub(super) use_joint: Vec<bool>,
    pub(super) n_joint: usize,
    /// Whether linear runs are held at the outputs' ends step by step, and whether polynomials that look
    /// at other outputs run together; in files before version 12 neither is so.
    #[serde(default)]
    pub(super) is_held: bool,
    #[serde(default)]
    pub(super) is_together: bool,
    pub(super) chosen: Vec<String>,
    /// Shares and left-out error of each output; files of version 1 have none.
    #[serde(default)]
    pub(super) shares: Vec<Vec<f64>>,
    #[serde(default)]
    pub(super) rmse_norm: Vec<f64>,
    pub(super) tiers: Vec<String>,
    pub(super) modalities: Vec<(String, bool, f64)>,
    /// Gains by output and what moves the answers; files before version 3 have none.
    #[serde(default)]
    pub(super) gains_by_output: Vec<Vec<f64>>,
    #[serde(default)]
    pub(super) senses: SensesHeader,
    /// Size of predicted pictures; 0 where there are none.
    #[serde(default)]
    pub(super) picture_size: [usize; 2],
    pub(super) shown: [bool; 3],
    /// Whether there is a polynomial family; files from before it have none.
    #[serde(default)]
    pub(super) has_narx: bool,
    pub(super) context_age: [Option<usize>; 3],
    pub(super) neural: Option<String>,
    /// Files before version 6 have none.
    #[serde(default)]
    pub(super) transformer: Option<String>,
    pub(super) notes: Vec<Note>,
    pub(super) tensors: Vec<String>,
}

impl FittedModel {
    /// The header of its file; `tensors` are the names of all arrays.
    pub(super) fn header(
        &self,
        tensors: Vec<String>,
        (senses, picture_size): (SensesHeader, [usize; 2]),
    ) -> Header {
        let names = |list: &[NamedScale]| list.iter().map(|one| one.name.clone()).collect();
        let linear = &self.families.linear;
        let provenance = &self.provenance;
        let triple = |block: &Block| [block.episode, block.start, block.end];
        let ages = &self.context.projections;
        Header {
            id: provenance.id.clone(),
            seed: provenance.seed,
            data_digest: provenance.data_digest.to_string(),
            config_digest: provenance.config_digest.to_string(),
            device: provenance.device.clone(),
            folds: provenance
                .folds
                .iter()
                .map(|fold| fold.iter().map(triple).collect())
                .collect(),
            episode_steps: provenance.episode_steps.clone(),
            step_secs: provenance.step_secs,
            outputs: names(&self.normalizer.outputs),
            inputs: names(&self.normalizer.inputs),
            n_obs: linear.n_obs,
            n_in: linear.n_in,
            use_joint: linear.use_joint.clone(),
            n_joint: linear.joint.len(),
            is_held: linear.rails == self.families.rails,
            is_together: (self.families.narx.as_ref()).is_some_and(|narx| narx.is_together),
            chosen: self
                .race
                .chosen
                .iter()
                .map(|tier| tier.name().to_owned())
                .collect(),
            shares: write_shares(&self.race.shares),
            rmse_norm: self.race.rmse_norm.clone(),
            tiers: self
                .race
                .scores
                .iter()
                .map(|score| score.tier.name().to_owned())
                .collect(),
            modalities: self
                .race
                .modalities
                .iter()
                .map(|gain| (gain.modality.name().to_owned(), gain.used, gain.gain))
                .collect(),
            gains_by_output: self
                .race
                .modalities
                .iter()
                .map(|gain| gain.by_output.clone())
                .collect(),
            senses,
            picture_size,
            shown: self.families.modalities,
            has_narx: self.families.narx.is_some(),
            context_age: [0, 1, 2].map(|at| ages[at].as_ref().map(|one| one.max_age_steps)),
            neural: self.families.neural.as_ref().map(DynamicsModel::header),
            transformer: (self.families.transformer.as_ref()).map(TransformerModel::header),
            notes: self.notes.iter().map(write_note).collect(),
            tensors,
        }
    }
}
