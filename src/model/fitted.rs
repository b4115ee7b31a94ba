//! A trained model: candidates, choice a channel, normalizer, calibration, provenance.

use std::collections::BTreeMap;

use super::{
    CandidateScore, ModalityGain, Tier,
    calibration::Calibration,
    context::ContextMap,
    dynamics::DynamicsModel,
    linear::LinearModel,
    naive::NaiveModel,
    narx::NarxModel,
    normalizer::Normalizer,
    prepared::{Block, Simulator},
};
use crate::base::{Digest, Issue};

/// A trained model: candidates, choice a channel, normaliser, calibration, provenance.
#[derive(Debug, Clone)]
pub struct FittedModel {
    pub(super) provenance: Provenance,
    pub(super) normalizer: Normalizer,
    pub(super) context: ContextMap,
    pub(super) families: Families,
    pub(super) race: Race,
    /// The names of all outputs, constant ones included.
    pub(super) output_names: Vec<String>,
    pub(super) notes: Vec<Issue>,
}

/// What the model was made of and with.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Provenance {
    pub(super) id: String,
    pub(super) seed: u64,
    pub(super) data_digest: Digest,
    pub(super) device: String,
    /// What each member did not see.
    pub(super) folds: Vec<Vec<Block>>,
    /// How long each recording was, to know it again.
    pub(super) episode_steps: Vec<usize>,
    /// A digest of data and settings, behind the name.
    pub(super) config_digest: Digest,
}

/// The trained families.
#[derive(Debug, Clone)]
pub(super) struct Families {
    pub(super) naive: NaiveModel,
    pub(super) linear: LinearModel,
    /// Absent where every polynomial ran away.
    pub(super) narx: Option<NarxModel>,
    pub(super) neural: Option<DynamicsModel>,
    /// Which modalities the neural family is shown.
    pub(super) modalities: [bool; 3],
}

impl Families {
    /// A family, where it was trained.
    pub(super) fn get(&self, tier: Tier) -> Option<&dyn Simulator> {
        match tier {
            Tier::Naive => Some(&self.naive),
            Tier::Linear => Some(&self.linear),
            Tier::Narx => self.narx.as_ref().map(|model| model as &dyn Simulator),
            Tier::Neural => self.neural.as_ref().map(|model| model as &dyn Simulator),
        }
    }
}

/// How the race ended.
#[derive(Debug, Clone, Default)]
pub(super) struct Race {
    /// Calibration of each output that moves, by family.
    pub(super) calibration: BTreeMap<Tier, Vec<Calibration>>,
    /// The winner of each output, constant ones included.
    pub(super) chosen: Vec<Tier>,
    pub(super) scores: Vec<CandidateScore>,
    pub(super) modalities: Vec<ModalityGain>,
}

impl FittedModel {
    /// A name made of what it was trained on and with.
    pub fn id(&self) -> &str {
        &self.provenance.id
    }

    /// The names of the outputs, in order; outputs that were never measured are not among them.
    pub fn output_names(&self) -> &[String] {
        &self.output_names
    }

    /// The family that answers for most outputs; of two that answer for as many, the simpler.
    pub fn tier(&self) -> Tier {
        let count = |tier: &Tier| self.race.chosen.iter().filter(|one| *one == tier).count();
        let most = Tier::ALL.into_iter().rev().max_by_key(count);
        most.unwrap_or(Tier::Naive)
    }

    /// The winner of each output.
    pub fn chosen(&self) -> &[Tier] {
        &self.race.chosen
    }

    /// All candidates' scores.
    pub fn scores(&self) -> &[CandidateScore] {
        &self.race.scores
    }

    /// What each modality brought.
    pub fn modalities(&self) -> &[ModalityGain] {
        &self.race.modalities
    }

    /// How many members answer.
    pub fn n_members(&self) -> usize {
        self.families.naive.n_members()
    }

    /// How much the members' spread of an output must be widened so that it covers the error of
    /// their mean on left-out blocks; at least 1.
    pub fn spread_scale(&self, output: usize) -> f64 {
        let active = self.normalizer.active();
        let Some(position) = active.iter().position(|&one| one == output) else {
            return 1.0;
        };
        let tier = self.race.chosen[output];
        let calibration = self.race.calibration.get(&tier);
        calibration.map_or(1.0, |list| list[position].spread_scale)
    }

    /// The device it was trained on, in words.
    pub fn device(&self) -> &str {
        &self.provenance.device
    }

    /// The seed it was trained with.
    pub fn seed(&self) -> u64 {
        self.provenance.seed
    }

    /// The digest of the data it was trained on.
    pub fn data_digest(&self) -> Digest {
        self.provenance.data_digest
    }

    /// What was worked around while training, in English (such as a constant channel left out).
    pub fn notes(&self) -> &[Issue] {
        &self.notes
    }
}
