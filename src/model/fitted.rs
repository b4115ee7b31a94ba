//! A trained model: candidates, choice a channel, normalizer, calibration, provenance.

use std::{collections::BTreeMap, ops::Range};

use super::{
    CandidateScore, ModalityGain, ModelError, Tier,
    blend::{FAMILIES, Shares, Weights},
    calibration::Calibration,
    context::ContextMap,
    dynamics::DynamicsModel,
    linear::LinearModel,
    naive::NaiveModel,
    narx::NarxModel,
    normalizer::Normalizer,
    picture::Decoder,
    prepared::{Block, Simulator},
    rails::Railed,
    senses::Senses,
    transformer::TransformerModel,
};
use crate::{
    base::{Digest, Issue},
    data::{Dataset, Episode, Modality},
};

/// Time steps that differ by no larger share are the same: clocks and files round.
const STEP_TOLERANCE: f64 = 1e-6;

/// A trained model: candidates, choice a channel, normaliser, calibration, provenance.
#[derive(Debug, Clone)]
pub struct FittedModel {
    pub(super) provenance: Provenance,
    pub(super) normalizer: Normalizer,
    pub(super) context: ContextMap,
    pub(super) families: Families,
    /// What the modalities tell beyond the sensors.
    pub(super) senses: Senses,
    /// From a predicted state to the camera's picture, where that was learned.
    pub(super) decoder: Option<Decoder>,
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
    /// Seconds of the step that it learned on; `None` in files from before it was kept.
    pub(super) step_secs: Option<f64>,
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
    /// Absent where it was not asked for or brought nothing.
    pub(super) transformer: Option<TransformerModel>,
    /// Which modalities the neural family is shown.
    pub(super) modalities: [bool; 3],
    /// Lower and upper end that each output that moves cannot pass, normalised.
    pub(super) rails: Vec<[f32; 2]>,
}

impl Families {
    /// A family, where it was trained.
    pub(super) fn get(&self, tier: Tier) -> Option<Railed<'_>> {
        let family: Option<&dyn Simulator> = match tier {
            Tier::Naive => Some(&self.naive),
            Tier::Linear => Some(&self.linear),
            Tier::Narx => self.narx.as_ref().map(|model| model as _),
            Tier::Neural => self.neural.as_ref().map(|model| model as _),
            Tier::Transformer => self.transformer.as_ref().map(|model| model as _),
        };
        family.map(|family| Railed {
            family,
            rails: &self.rails,
        })
    }
}

/// How the race ended.
#[derive(Debug, Clone, Default)]
pub(super) struct Race {
    /// Calibration of each output that moves, by family.
    pub(super) calibration: BTreeMap<Tier, Vec<Calibration>>,
    /// The family with the largest share in each output, constant ones included; the naive one
    /// where it is no worse.
    pub(super) chosen: Vec<Tier>,
    /// What answers each output that moves where the naive family does not.
    pub(super) shares: Vec<Shares>,
    /// The members' weights in each family's mean.
    pub(super) weights: BTreeMap<Tier, Weights>,
    /// Calibration of the blend.
    pub(super) blended: Vec<Calibration>,
    /// Left-out error of what answers each output, in units of its spread; 0 for constant ones.
    pub(super) rmse_norm: Vec<f64>,
    pub(super) scores: Vec<CandidateScore>,
    pub(super) modalities: Vec<ModalityGain>,
}

impl FittedModel {
    /// What each fold covers: recordings, by position, and the steps that its member left out.
    pub fn folds(&self) -> Vec<Vec<(usize, Range<usize>)>> {
        let steps = |block: &Block| (block.episode, block.start..block.end);
        let folds = self.provenance.folds.iter();
        folds.map(|fold| fold.iter().map(steps).collect()).collect()
    }

    /// The same model for a dataset that has grown: `folds` says where its folds are there.
    pub fn seen_in(mut self, dataset: &Dataset, folds: Vec<Vec<(usize, Range<usize>)>>) -> Self {
        let block = |(episode, steps): (usize, Range<usize>)| Block {
            episode,
            start: steps.start,
            end: steps.end,
        };
        // What answers where records are known was trained on the same folds.
        for sighted in &mut self.senses.sighted {
            let model = (*sighted.model).clone();
            *sighted.model = model.seen_in(dataset, folds.clone());
        }
        let folds = folds.into_iter();
        self.provenance.folds = folds
            .map(|fold| fold.into_iter().map(block).collect())
            .collect();
        let recordings = dataset.episodes.iter();
        self.provenance.episode_steps = recordings.map(Episode::n_steps).collect();
        self
    }

    /// Refuses data on another time step: all dynamics would be faster or slower than they are. What a
    /// model from before the step was kept learned on is not known.
    ///
    /// # Errors
    ///
    /// [`ModelError::OtherStep`].
    pub fn check_step(&self, dataset: &Dataset) -> Result<(), ModelError> {
        let found = dataset.step_secs;
        match self.provenance.step_secs {
            Some(expected) if (found - expected).abs() > STEP_TOLERANCE * expected => {
                Err(ModelError::OtherStep { found, expected })
            }
            _ => Ok(()),
        }
    }

    /// A name made of what it was trained on and with.
    pub fn id(&self) -> &str {
        &self.provenance.id
    }

    /// The names of the outputs, in order; outputs that were never measured are not among them.
    pub fn output_names(&self) -> &[String] {
        &self.output_names
    }

    /// Whether the input of this name moved where the model learned; `None` where it is no input.
    pub fn input_moved(&self, name: &str) -> Option<bool> {
        let mut inputs = self.normalizer.inputs.iter();
        // What is made of others is no channel, whatever a channel may be called.
        let input = inputs.find(|one| one.name == name && one.derived.is_none())?;
        Some(input.scale.moves())
    }

    /// The family that answers for most outputs; of two that answer for as many, the simpler.
    pub fn tier(&self) -> Tier {
        let count = |tier: &Tier| self.race.chosen.iter().filter(|one| *one == tier).count();
        let most = Tier::ALL.into_iter().rev().max_by_key(count);
        most.unwrap_or(Tier::Naive)
    }

    /// The family with the largest share in each output.
    pub fn chosen(&self) -> &[Tier] {
        &self.race.chosen
    }

    /// The families that answer for an output and their shares, simplest first.
    pub fn shares(&self, output: usize) -> Vec<(Tier, f64)> {
        let position = self.position(output);
        let Some(shares) = position.filter(|_| self.race.chosen[output] != Tier::Naive) else {
            return vec![(Tier::Naive, 1.0)];
        };
        let shares = FAMILIES.into_iter().zip(self.race.shares[shares].0);
        shares.filter(|(_, share)| *share > 0.0).collect()
    }

    /// Left-out free-run error of what answers each output, in units of its spread.
    pub fn rmse_norm(&self) -> &[f64] {
        &self.race.rmse_norm
    }

    /// By what share each moving output's left-out error is less than the linear family's.
    pub(super) fn bends(&self) -> Vec<f64> {
        let linear = self.race.scores.iter().find(|one| one.tier == Tier::Linear);
        let of = |output: usize| {
            let plain = linear.and_then(|one| one.rmse_norm_by_channel.get(output));
            let share = 1.0 - self.race.rmse_norm.get(output)? / plain?;
            Some(if share.is_finite() {
                share.clamp(0.0, 1.0)
            } else {
                0.0
            })
        };
        let active = self.normalizer.active().into_iter();
        active.map(|output| of(output).unwrap_or(0.0)).collect()
    }

    /// The position of an output among those that move.
    pub(super) fn position(&self, output: usize) -> Option<usize> {
        let active = self.normalizer.active();
        active.iter().position(|&one| one == output)
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
    ///
    /// It is that of the blend, also where carrying the last value on won: what controls do is
    /// asked of the blend alone, and the members of the naive family hardly differ.
    pub fn spread_scale(&self, output: usize) -> f64 {
        let calibration = self
            .position(output)
            .and_then(|at| self.race.blended.get(at));
        let own = calibration.map_or(1.0, |one| one.spread_scale);
        // Which of both answers depends on what is recorded where it is asked.
        let sighted = self.position(output).and_then(|at| {
            let first = self.senses.sighted.first()?;
            let is_better = *first.better.get(at)?;
            is_better.then(|| first.model.spread_scale(output))
        });
        own.max(sighted.unwrap_or(own))
    }

    /// What turns the records of a modality into numbers: `learned` or `features`.
    pub fn encoder_name(&self, modality: Modality) -> &'static str {
        if self.senses.is_learned(modality) {
            "learned"
        } else {
            "features"
        }
    }

    /// Whether modalities are put together by attention.
    pub fn is_fused(&self) -> bool {
        self.senses.fused.is_some()
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
