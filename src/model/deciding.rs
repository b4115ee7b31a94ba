//! Decides the race as it stands: shares, calibration and winner of each output, put together as a model.

use super::{
    FittedModel, ModalityGain, ModelError, Tier, TrainHooks,
    blend::{Blend, Shares},
    calibration::Calibration,
    fitted::Race,
    leftout::LeftOut,
    race::{beats, shares},
    runs::TierRuns,
    train::Field,
};

/// What answers each output that moves.
#[derive(Default)]
pub(super) struct Answers {
    pub(super) shares: Vec<Shares>,
    /// What their blend said, where one has a share in anything.
    pub(super) blended: Option<TierRuns>,
    /// The same where runs go on for longer.
    pub(super) far: Option<TierRuns>,
    pub(super) calibration: Vec<Calibration>,
    pub(super) chosen: Vec<Tier>,
    pub(super) rmse_norm: Vec<f64>,
}

impl Field {
    /// The model as the race stands.
    pub(super) fn decide(&self, hooks: &TrainHooks<'_>) -> Result<FittedModel, ModelError> {
        let active = self.view.normalizer.active();
        let outputs = &self.view.normalizer.outputs;
        let answers = self.answers(hooks)?;
        let mut chosen = vec![Tier::Naive; outputs.len()];
        let mut rmse_norm = vec![0.0; outputs.len()];
        for (position, &output) in active.iter().enumerate() {
            chosen[output] = answers.chosen[position];
            rmse_norm[output] = answers.rmse_norm[position];
        }
        let inside_counts = self.senses.sighted.is_empty()
            && (active.iter().zip(&answers.shares)).any(|(&output, shares)| {
                chosen[output] != Tier::Naive && shares.0[2] + shares.0[3] > 0.0
            });
        let spread_out = |by_active: &[f64]| {
            let mut all = vec![0.0; outputs.len()];
            for (&output, &gain) in active.iter().zip(by_active) {
                all[output] = gain;
            }
            all
        };
        let modalities = self
            .all_modalities
            .iter()
            .map(|&modality| {
                let gain = self.gains.iter().find(|gain| gain.modality == modality);
                ModalityGain {
                    modality,
                    used: (inside_counts || self.senses.uses(modality))
                        && gain.is_some_and(|gain| gain.used),
                    gain: gain.map_or(0.0, |gain| gain.gain),
                    by_output: spread_out(gain.map_or(&[][..], |gain| &gain.by_output)),
                }
            })
            .collect();
        let tiers = self.runs.iter().map(|runs| runs.tier);
        let mut model = FittedModel {
            provenance: self.provenance.clone(),
            normalizer: self.view.normalizer.clone(),
            context: self.view.context.clone(),
            families: self.families.clone(),
            senses: self.senses.clone(),
            decoder: self.decoder.clone(),
            race: Race {
                calibration: tiers.zip(self.calibration.iter().cloned()).collect(),
                chosen,
                shares: answers.shares,
                weights: self.weights.clone(),
                blended: answers.calibration,
                rmse_norm,
                scores: self.scores.clone(),
                modalities,
            },
            output_names: outputs.iter().map(|one| one.name.clone()).collect(),
            notes: self.notes.as_slice().to_vec(),
        };
        let short = self.provenance.config_digest.short();
        model.provenance.id = format!("{}-{short}", model.tier().name());
        Ok(model)
    }

    /// Shares, calibration and winner of each output that moves.
    pub(super) fn answers(&self, hooks: &TrainHooks<'_>) -> Result<Answers, ModelError> {
        let (n_obs, leftout) = (self.view.prepared.n_obs, &self.leftout);
        let shares = shares(&self.runs, leftout, n_obs);
        let mut answers = Answers::default();
        if shares.iter().any(|one| one.alone().is_none()) {
            let (families, normalizer) = (&self.families, &self.view.normalizer);
            let blend = Blend::new(families, normalizer, &shares, &self.weights);
            let run = |starts: &LeftOut| {
                let shown = self.families.modalities;
                TierRuns::of_blend(&blend, starts, shown, n_obs, hooks.stop)
            };
            answers.blended = Some(run(leftout)?);
            answers.far = self.long.as_ref().map(run).transpose()?;
        }
        let blended = answers.blended.as_ref();
        let far = answers.far.as_ref().zip(self.long.as_ref());
        let spreads = self.spreads();
        let of = |tier: Tier| self.runs.iter().position(|runs| runs.tier == tier);
        let (mut chosen, mut rmse_norm, mut calibrations) = (Vec::new(), Vec::new(), Vec::new());
        for (output, shares) in shares.iter().enumerate() {
            let alone = shares.alone().and_then(of);
            let runs = alone.map(|at| &self.runs[at]).or(blended);
            let Some(runs) = runs else { continue };
            let calibration = match alone {
                Some(at) => self.calibration[at][output].clone(),
                None => Calibration::fit((runs, leftout), far, output, n_obs),
            };
            let naive = of(Tier::Naive).map(|at| &self.runs[at]);
            let lost = naive.filter(|naive| !beats(runs, naive, leftout, (output, n_obs)));
            let answering = lost.unwrap_or(runs);
            let error = answering.sums(leftout, output, None, n_obs).rmse();
            chosen.push(match lost {
                Some(_) => Tier::Naive,
                None => shares.strongest(),
            });
            rmse_norm.push(error / spreads[output]);
            calibrations.push(calibration);
        }
        answers.shares = shares;
        (answers.chosen, answers.rmse_norm) = (chosen, rmse_norm);
        answers.calibration = calibrations;
        Ok(answers)
    }
}
