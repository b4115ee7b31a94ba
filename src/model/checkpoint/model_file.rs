//! A model as bytes: safetensors with provenance and a digest of everything.
//!
//! safetensors itself has no checksum; every flipped bit must be found, so the header carries a
//! BLAKE3 digest of all tensors and of itself.

use super::{
    archive::{Archive, damaged, read_archive, write_archive},
    derived_inputs::{put_derived, take_derived},
    families::{put_families, read_families},
    header::Header,
    notes::read_note,
    race::{put_race, read_race},
    scales::{put_scales, take_scales},
    senses_file::{put_decoder, put_senses, take_decoder, take_senses},
};
use crate::{
    base::Digest,
    model::{
        FittedModel, ModelError,
        context::{ContextMap, Projection},
        fitted::Provenance,
        normalizer::Normalizer,
        prepared::Block,
    },
};

const MODEL_FORMAT: &str = "gemba-model";

impl FittedModel {
    /// The whole model as bytes: safetensors with a header of provenance.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut archive = Archive::default();
        put_scales(&mut archive, "normalizer.outputs", &self.normalizer.outputs);
        put_scales(&mut archive, "normalizer.inputs", &self.normalizer.inputs);
        put_derived(&mut archive, &self.normalizer.inputs);
        for (at, projection) in self.context.projections.iter().enumerate() {
            if let Some(projection) = projection {
                archive.put(&format!("context.{at}.center"), projection.center.clone());
                archive.put(&format!("context.{at}.weights"), projection.weights.clone());
            }
        }
        put_families(&mut archive, &self.families);
        put_race(&mut archive, &self.race);
        let senses = put_senses(&mut archive, &self.senses);
        let picture_size = put_decoder(&mut archive, self.decoder.as_ref());
        let header = self.header(archive.names(), (senses, picture_size));
        let text = serde_json::to_string(&header).unwrap_or_default();
        write_archive(MODEL_FORMAT, &text, &archive)
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
        let mut inputs = take_scales(&mut archive, "normalizer.inputs", &header.inputs)?;
        take_derived(&mut archive, &mut inputs)?;
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
                step_secs: header.step_secs,
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

    fn learned(data: &Dataset, stop: &StopToken) -> FittedModel {
        let config = TrainConfig {
            preset: Some(Preset::Tiny),
            budget_secs: Some(0.0),
            ..TrainConfig::default()
        };
        let mut hooks = TrainHooks {
            stop,
            clock: &SystemClock::new(),
            reporter: &Silent,
            on_event: &mut |_event| {},
            resume: None,
        };
        train(data, &config, &mut hooks).unwrap()
    }

    fn asked(dataset: &Dataset) -> RolloutRequest<'_> {
        RolloutRequest {
            dataset,
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
        }
    }

    #[test]
    fn a_file_from_before_the_transformer_says_the_same() {
        let data = lag();
        let stop = StopToken::new();
        let model = learned(&data, &stop);
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
        let roll = |model: &FittedModel| model.rollout(&asked(&data), &stop).unwrap();
        assert_eq!(roll(&old), roll(&model));
        assert_eq!(old.to_bytes(), model.to_bytes());
        assert!(matches!(write(5), Err(ModelError::Damaged { .. })));
    }

    #[test]
    fn another_time_step_is_refused_but_by_a_file_that_does_not_say_its_own() {
        let data = lag();
        let stop = StopToken::new();
        let model = learned(&data, &stop);
        let roll = |model: &FittedModel, step_secs: f64| {
            let dataset = Dataset {
                step_secs,
                ..data.clone()
            };
            model.rollout(&asked(&dataset), &stop)
        };
        assert!(roll(&model, 1.0 + 1e-9).is_ok());
        let refused = roll(&model, 0.5).unwrap_err();
        let said = refused.to_string();
        assert!(said.contains("1 s") && said.contains("0.5 s"), "{said}");
        assert!(refused.hint().is_some_and(|hint| hint.contains("train")));
        let kept = FittedModel::from_bytes(&model.to_bytes()).unwrap();
        assert!(matches!(
            roll(&kept, 0.5),
            Err(ModelError::OtherStep { .. })
        ));
        let (text, archive) = read_archive(MODEL_FORMAT, &model.to_bytes()).unwrap();
        let mut header: serde_json::Value = serde_json::from_str(&text).unwrap();
        header.as_object_mut().unwrap().remove("step_secs");
        let bytes = write_archive(MODEL_FORMAT, &header.to_string(), &archive);
        let old = FittedModel::from_bytes(&bytes).unwrap();
        assert!(roll(&old, 0.5).is_ok());
    }
}
