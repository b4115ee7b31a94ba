//! Models and training states as bytes: safetensors with provenance and a digest of everything.
//!
//! safetensors itself has no checksum; every flipped bit must be found, so the header carries a
//! BLAKE3 digest of all tensors and of itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{
    CandidateScore, FittedModel, ModalityGain, ModelError, Tier,
    blend::{FAMILIES, Shares},
    context::{ContextMap, Projection},
    dynamics::DynamicsModel,
    fitted::{Families, Provenance, Race},
    linear::{Equation, LinearModel, Term},
    naive::NaiveModel,
    normalizer::{NamedScale, Normalizer},
    prepared::Block,
    transformer::TransformerModel,
};
use crate::{
    base::{Digest, Issue, Place, Severity},
    data::Modality,
};

use super::{
    archive::{Archive, read_archive, write_archive},
    calibrations::{put_calibrations, take_calibrations, unblended},
    polynomial::{put_narx, take_narx},
    scales::{put_scales, take_scales},
    senses_file::{SensesHeader, put_decoder, put_senses, take_decoder, take_senses},
};

const MODEL_FORMAT: &str = "gemba-model";
/// The newest version of both formats.
pub(super) const VERSION: u64 = 7;

/// The part of a model that is words and small numbers.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    id: String,
    seed: u64,
    data_digest: String,
    config_digest: String,
    device: String,
    folds: Vec<Vec<[usize; 3]>>,
    episode_steps: Vec<usize>,
    outputs: Vec<String>,
    inputs: Vec<String>,
    n_obs: usize,
    n_in: usize,
    use_joint: Vec<bool>,
    n_joint: usize,
    chosen: Vec<String>,
    /// Shares and left-out error of each output; files of version 1 have none.
    #[serde(default)]
    shares: Vec<Vec<f64>>,
    #[serde(default)]
    rmse_norm: Vec<f64>,
    tiers: Vec<String>,
    modalities: Vec<(String, bool, f64)>,
    /// Gains by output and what moves the answers; files before version 3 have none.
    #[serde(default)]
    gains_by_output: Vec<Vec<f64>>,
    #[serde(default)]
    senses: SensesHeader,
    /// Size of predicted pictures; 0 where there are none.
    #[serde(default)]
    picture_size: [usize; 2],
    shown: [bool; 3],
    /// Whether there is a polynomial family; files from before it have none.
    #[serde(default)]
    has_narx: bool,
    context_age: [Option<usize>; 3],
    neural: Option<String>,
    /// Files before version 6 have none.
    #[serde(default)]
    transformer: Option<String>,
    notes: Vec<Note>,
    tensors: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Note {
    source: String,
    row: Option<u64>,
    column: Option<String>,
    severity: String,
    code: String,
    text: String,
    args: BTreeMap<String, String>,
}

impl FittedModel {
    /// The whole model as bytes: safetensors with a header of provenance.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut archive = Archive::default();
        put_scales(&mut archive, "normalizer.outputs", &self.normalizer.outputs);
        put_scales(&mut archive, "normalizer.inputs", &self.normalizer.inputs);
        for (at, projection) in self.context.projections.iter().enumerate() {
            if let Some(projection) = projection {
                archive.put(&format!("context.{at}.center"), projection.center.clone());
                archive.put(&format!("context.{at}.weights"), projection.weights.clone());
            }
        }
        archive.put("naive.means", self.families.naive.means.concat());
        archive.put("naive.kept", self.families.naive.kept.clone());
        put_equations(&mut archive, "linear.own", &self.families.linear.own);
        put_equations(&mut archive, "linear.joint", &self.families.linear.joint);
        if let Some(narx) = &self.families.narx {
            put_narx(&mut archive, narx);
        }
        for (tier, list) in &self.race.calibration {
            put_calibrations(&mut archive, tier.name(), list);
        }
        put_calibrations(&mut archive, "blend", &self.race.blended);
        for (tier, weights) in &self.race.weights {
            archive.put(&format!("weights.{}", tier.name()), weights.concat());
        }
        for score in &self.race.scores {
            let mut numbers = vec![
                score.n_params as f64,
                score.fit_secs,
                score.rmse_norm,
                score.crps_norm,
            ];
            numbers.extend(&score.rmse_norm_by_channel);
            archive.put(&format!("scores.{}", score.tier.name()), numbers);
        }
        if let Some(neural) = &self.families.neural {
            for (name, (shape, numbers)) in neural.to_tensors() {
                archive.put_single(&format!("neural.{name}"), shape, &numbers);
            }
        }
        if let Some(transformer) = &self.families.transformer {
            for (name, (shape, numbers)) in transformer.to_tensors() {
                archive.put_single(&format!("transformer.{name}"), shape, &numbers);
            }
        }
        let senses = put_senses(&mut archive, &self.senses);
        let picture_size = put_decoder(&mut archive, self.decoder.as_ref());
        let header = self.header(archive.names(), (senses, picture_size));
        let text = serde_json::to_string(&header).unwrap_or_default();
        write_archive(MODEL_FORMAT, &text, &archive)
    }

    fn header(
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
            outputs: names(&self.normalizer.outputs),
            inputs: names(&self.normalizer.inputs),
            n_obs: linear.n_obs,
            n_in: linear.n_in,
            use_joint: linear.use_joint.clone(),
            n_joint: linear.joint.len(),
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

    /// Reads a model back.
    ///
    /// # Errors
    ///
    /// [`ModelError`] for a damaged file or one of a newer version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelError> {
        let (text, mut archive) = read_archive(MODEL_FORMAT, bytes)?;
        let header: Header = serde_json::from_str(&text)
            .map_err(|error| damaged("header", error.to_string(), "the fields of a model"))?;
        archive.expect_names(&header.tensors)?;
        let outputs = take_scales(&mut archive, "normalizer.outputs", &header.outputs)?;
        let inputs = take_scales(&mut archive, "normalizer.inputs", &header.inputs)?;
        let mut projections = [None, None, None];
        for (at, age) in header.context_age.iter().enumerate() {
            if let Some(max_age_steps) = *age {
                projections[at] = Some(Projection {
                    center: archive.take(&format!("context.{at}.center"))?,
                    weights: archive.take(&format!("context.{at}.weights"))?,
                    max_age_steps,
                });
            }
        }
        let normalizer = Normalizer { outputs, inputs };
        let race = read_race(&header, &mut archive, &normalizer.active())?;
        let families = read_families(&header, &normalizer, &mut archive)?;
        let senses = take_senses(&mut archive, &header.senses)?;
        let decoder = take_decoder(&mut archive, header.picture_size)?;
        let digest = |text: &str| {
            Digest::from_hex(text)
                .ok_or_else(|| damaged("digest", text.to_owned(), "64 hexadecimal digits"))
        };
        let block = |&[episode, start, end]: &[usize; 3]| Block {
            episode,
            start,
            end,
        };
        Ok(Self {
            provenance: Provenance {
                id: header.id.clone(),
                seed: header.seed,
                data_digest: digest(&header.data_digest)?,
                device: header.device.clone(),
                folds: header
                    .folds
                    .iter()
                    .map(|fold| fold.iter().map(block).collect())
                    .collect(),
                episode_steps: header.episode_steps.clone(),
                config_digest: digest(&header.config_digest)?,
            },
            normalizer,
            context: ContextMap { projections },
            families,
            senses,
            decoder,
            race,
            output_names: header.outputs.clone(),
            notes: header.notes.iter().map(read_note).collect(),
        })
    }
}

fn read_families(
    header: &Header,
    normalizer: &Normalizer,
    archive: &mut Archive,
) -> Result<Families, ModelError> {
    let active = normalizer.active().into_iter();
    let rails = active.map(|output| normalizer.outputs[output].scale.rails());
    let rails: Vec<[f32; 2]> = rails.collect();
    let means = archive.take("naive.means")?;
    let n_obs = header.n_obs.max(1);
    let naive = NaiveModel {
        means: means.chunks(n_obs).map(<[f64]>::to_vec).collect(),
        kept: archive.take("naive.kept")?,
        n_in: header.n_in,
    };
    let linear = LinearModel {
        n_obs: header.n_obs,
        n_in: header.n_in,
        own: take_equations(archive, "linear.own", header.n_obs)?,
        joint: take_equations(archive, "linear.joint", header.n_joint)?,
        use_joint: header.use_joint.clone(),
    };
    let neural = match &header.neural {
        Some(text) => Some(DynamicsModel::from_tensors(
            text,
            &archive.take_singles("neural."),
        )?),
        None => None,
    };
    let transformer = match &header.transformer {
        Some(text) => {
            let tensors = archive.take_singles("transformer.");
            let linear = linear.clone();
            Some(TransformerModel::from_tensors(
                text, &tensors, linear, &rails,
            )?)
        }
        None => None,
    };
    let narx = header
        .has_narx
        .then(|| take_narx(archive, header.n_obs, header.n_in, &rails));
    Ok(Families {
        naive,
        linear,
        narx: narx.transpose()?,
        neural,
        transformer,
        modalities: header.shown,
        rails,
    })
}

fn read_race(header: &Header, archive: &mut Archive, active: &[usize]) -> Result<Race, ModelError> {
    let mut race = Race::default();
    for name in &header.tiers {
        let tier = read_tier(name)?;
        let numbers = archive.take(&format!("scores.{name}"))?;
        let [n_params, fit_secs, rmse_norm, crps_norm, by_channel @ ..] = numbers.as_slice() else {
            return Err(damaged(
                "scores",
                numbers.len().to_string(),
                "at least 4 numbers",
            ));
        };
        race.scores.push(CandidateScore {
            tier,
            n_params: to_count(*n_params),
            fit_secs: *fit_secs,
            rmse_norm: *rmse_norm,
            crps_norm: *crps_norm,
            rmse_norm_by_channel: by_channel.to_vec(),
        });
        let list = take_calibrations(archive, name, header.n_obs)?;
        race.calibration.insert(tier, list);
    }
    for name in &header.chosen {
        race.chosen.push(read_tier(name)?);
    }
    if header.shares.is_empty() {
        unblended(&mut race, active)?;
    } else {
        race.shares = read_shares(&header.shares)?;
        race.rmse_norm.clone_from(&header.rmse_norm);
        race.blended = take_calibrations(archive, "blend", header.n_obs)?;
        for name in &header.tiers {
            let numbers = archive.take(&format!("weights.{name}"))?;
            let n_members = (numbers.len() / header.n_obs.max(1)).max(1);
            let weights = numbers.chunks(n_members).map(<[f64]>::to_vec);
            race.weights.insert(read_tier(name)?, weights.collect());
        }
    }
    for (at, (name, used, gain)) in header.modalities.iter().enumerate() {
        let modality = Modality::from_name(name)
            .ok_or_else(|| damaged("modality", name.clone(), "image, sound or checklist"))?;
        race.modalities.push(ModalityGain {
            modality,
            used: *used,
            gain: *gain,
            by_output: header.gains_by_output.get(at).cloned().unwrap_or_default(),
        });
    }
    Ok(race)
}

fn write_shares(shares: &[Shares]) -> Vec<Vec<f64>> {
    shares.iter().map(|shares| shares.0.to_vec()).collect()
}

/// Files before version 6 have no share of the last family.
fn read_shares(rows: &[Vec<f64>]) -> Result<Vec<Shares>, ModelError> {
    let read = |row: &Vec<f64>| {
        let mut shares = Shares([0.0; FAMILIES.len()]);
        if row.len() > shares.0.len() || row.is_empty() {
            return Err(damaged(
                "shares",
                row.len().to_string(),
                "one number a family",
            ));
        }
        shares.0[..row.len()].copy_from_slice(row);
        Ok(shares)
    };
    rows.iter().map(read).collect()
}

fn read_tier(name: &str) -> Result<Tier, ModelError> {
    Tier::from_name(name).ok_or_else(|| {
        damaged(
            "tier",
            name.to_owned(),
            "naive, linear, narx, neural or transformer",
        )
    })
}

/// One row a member in `.coef`; pairs of source and lag, then the gain, in `.terms`.
fn put_equations(archive: &mut Archive, name: &str, list: &[Equation]) {
    for equation in list {
        let output = equation.output;
        let pairs = equation
            .terms
            .iter()
            .flat_map(|term| [term.source as f64, term.lag as f64]);
        archive.put(
            &format!("{name}.{output}.terms"),
            pairs.chain([equation.gain]),
        );
        archive.put(&format!("{name}.{output}.coef"), equation.coef.concat());
    }
}

fn take_equations(
    archive: &mut Archive,
    name: &str,
    count: usize,
) -> Result<Vec<Equation>, ModelError> {
    (0..count)
        .map(|output| {
            let numbers = archive.take(&format!("{name}.{output}.terms"))?;
            let coef = archive.take(&format!("{name}.{output}.coef"))?;
            let Some((&gain, pairs)) = numbers.split_last() else {
                return Err(damaged(name, "no terms".to_owned(), "terms and a gain"));
            };
            let terms: Vec<Term> = pairs
                .chunks_exact(2)
                .map(|pair| Term {
                    source: to_count(pair[0]),
                    lag: to_count(pair[1]),
                })
                .collect();
            Ok(Equation {
                output,
                coef: coef.chunks(terms.len() + 1).map(<[f64]>::to_vec).collect(),
                terms,
                gain,
            })
        })
        .collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts were written as whole numbers; the cast saturates"
)]
pub(super) fn to_count(number: f64) -> usize {
    number as usize
}

fn write_note(issue: &Issue) -> Note {
    let args = issue.args.iter();
    Note {
        source: issue.place.source.clone(),
        row: issue.place.row,
        column: issue.place.column.clone(),
        severity: issue.severity.name().to_owned(),
        code: issue.code.to_owned(),
        text: issue.text.clone(),
        args: args
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect(),
    }
}

fn read_note(note: &Note) -> Issue {
    // Codes and argument names are words of this program; a word of another one has no key here.
    let known = |word: &str| {
        [
            "output-without-values",
            "output-constant",
            "output-rests",
            "input-constant",
            "values-clipped",
            "modality-too-rare",
            "few-members",
            "senses-learned",
            "senses-by-chance",
            "senses-features",
            "senses-fused",
            "senses-apart",
            "senses-too-few",
            "frames-net",
            "frames-additive",
            "no-faults",
            "no-narx",
            "no-neural",
            "no-neural-rows",
            "no-neural-number",
            "no-transformer",
            "no-transformer-rows",
            "no-transformer-number",
            "value",
            "count",
            "least",
            "steps",
            "folds",
            "members",
            "spreads",
        ]
        .into_iter()
        .find(|one| *one == word)
    };
    let place = Place {
        source: note.source.clone(),
        row: note.row,
        column: note.column.clone(),
    };
    let severity = Severity::from_name(&note.severity).unwrap_or(Severity::Warning);
    let mut issue = Issue::new(
        place,
        severity,
        known(&note.code).unwrap_or("note"),
        &note.text,
    );
    for (name, value) in &note.args {
        if let Some(name) = known(name) {
            issue = issue.with(name, value);
        }
    }
    issue
}

pub(super) fn damaged(what: &str, found: String, expected: &str) -> ModelError {
    ModelError::Damaged {
        what: what.to_owned(),
        found,
        expected: expected.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::{Purpose, Silent, StopToken, Stream, SystemClock},
        data::{Channel, Dataset, Episode, Media, Role, Span, Split},
        model::{Members, Preset, RolloutRequest, TrainConfig, TrainHooks, train},
    };

    fn lag() -> Dataset {
        let mut draws = Stream::new(1, Purpose::Test, &[]).draws();
        let (mut input, mut level) = (0.0, 0.0);
        let mut columns = vec![Vec::new(); 2];
        for step in 0..200 {
            if step % 9 == 0 {
                input = draws.uniform();
            }
            level += 0.3 * (input - level) + 0.01 * draws.normal();
            columns[0].push(input);
            columns[1].push(level);
        }
        Dataset {
            name: "lag".to_owned(),
            step_secs: 1.0,
            has_clock: false,
            utc_offset_secs: None,
            channels: vec![
                Channel::new("valve", Role::Control, ""),
                Channel::new("level", Role::Observation, ""),
            ],
            episodes: vec![Episode {
                name: String::new(),
                start_ns: 0,
                columns,
            }],
            spans: vec![Span {
                episode: 0,
                start: 0,
                end: 150,
                split: Split::Train,
            }],
            media: Media::default(),
        }
    }

    #[test]
    fn a_file_from_before_the_transformer_says_the_same() {
        let data = lag();
        let config = TrainConfig {
            preset: Some(Preset::Tiny),
            budget_secs: Some(0.0),
            ..TrainConfig::default()
        };
        let stop = StopToken::new();
        let mut hooks = TrainHooks {
            stop: &stop,
            clock: &SystemClock::new(),
            reporter: &Silent,
            on_event: &mut |_event| {},
            resume: None,
        };
        let model = train(&data, &config, &mut hooks).unwrap();
        let (text, archive) = read_archive(MODEL_FORMAT, &model.to_bytes()).unwrap();
        let mut header: serde_json::Value = serde_json::from_str(&text).unwrap();
        header.as_object_mut().unwrap().remove("transformer");
        let mut write = |length: usize| {
            for row in header["shares"].as_array_mut().unwrap() {
                let row = row.as_array_mut().unwrap();
                row.resize(length, serde_json::json!(0.0));
            }
            FittedModel::from_bytes(&write_archive(MODEL_FORMAT, &header.to_string(), &archive))
        };
        let old = write(3).unwrap();
        let asked = RolloutRequest {
            dataset: &data,
            episode: 0,
            start: 160,
            n_context: 20,
            horizon_steps: 30,
            controls: None,
            n_draws: 4,
            seed: 1,
            n_threads: 1,
            members: Members::All,
            tier: None,
        };
        let roll = |model: &FittedModel| model.rollout(&asked, &stop).unwrap();
        assert_eq!(roll(&old), roll(&model));
        assert_eq!(old.to_bytes(), model.to_bytes());
        assert!(matches!(write(5), Err(ModelError::Damaged { .. })));
    }
}
