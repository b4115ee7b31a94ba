//! Training: all candidates race, states are saved on the way, the result goes into the project.

use std::path::Path;

use super::{EngineError, Env};
use crate::{
    base::Digest,
    model::{FittedModel, TrainConfig, TrainEvent, TrainHooks, train},
    store::{Access, ModelRecord, Project, StoreError},
};

/// Trains all candidates, saves checkpoints and the result into the project.
///
/// With `resume` an interrupted training goes on from its last saved state; where there is none
/// it starts anew, which gives the same model.
///
/// # Errors
///
/// [`EngineError`]; the model in use is then untouched.
pub fn train_model(
    project: &Path,
    config: &TrainConfig,
    resume: bool,
    on_event: &mut dyn FnMut(&TrainEvent),
    env: &Env<'_>,
) -> Result<FittedModel, EngineError> {
    let mut opened = Project::open(project)?;
    if opened.access() == Access::ReadOnly {
        return Err(EngineError::ReadOnly {
            project: project.to_path_buf(),
        });
    }
    let Some((dataset, _record)) = opened.load_dataset()? else {
        return Err(EngineError::NoData {
            project: project.to_path_buf(),
        });
    };
    let state = if resume {
        opened.load_training_state()?
    } else {
        None
    };
    let mut unsaved: Option<StoreError> = None;
    let trained = {
        let mut take_event = |event: TrainEvent| {
            if let TrainEvent::Checkpoint(bytes) = &event
                && let Err(error) = opened.save_training_state(Some(bytes))
            {
                // A disk that is full now will not take the result either.
                env.stop.stop();
                unsaved.get_or_insert(error);
            }
            on_event(&event);
        };
        let mut hooks = TrainHooks {
            stop: env.stop,
            clock: env.clock,
            reporter: env.reporter,
            on_event: &mut take_event,
            resume: state,
        };
        train(&dataset, config, &mut hooks)
    };
    if let Some(error) = unsaved {
        return Err(error.into());
    }
    let model = trained?;
    save(&mut opened, &model, env)?;
    Ok(model)
}

fn save(project: &mut Project, model: &FittedModel, env: &Env<'_>) -> Result<(), EngineError> {
    env.tell("saving", None, model.id());
    let bytes = model.to_bytes();
    let record = ModelRecord {
        id: model.id().to_owned(),
        tier: model.tier().name().to_owned(),
        rmse_norm: chosen_rmse(model),
        saved_ns: env.clock.unix_nanos(),
        in_use: true,
        data_digest: model.data_digest().to_string(),
    };
    project.save_model(&record, &bytes)?;
    project.save_training_state(None)?;
    let detail = serde_json::json!({
        "model": record.id,
        "tier": record.tier,
        "seed": model.seed(),
        "data": record.data_digest,
        "file": Digest::of(&bytes).to_string(),
    });
    project.audit(record.saved_ns, "train", &detail.to_string())?;
    Ok(())
}

/// The validation error of what will answer, mean over outputs.
fn chosen_rmse(model: &FittedModel) -> f64 {
    let known = || model.rmse_norm().iter().filter(|error| error.is_finite());
    known().sum::<f64>() / known().count() as f64
}

/// A digest of what a model says, from its name, data and scores; it does not change with the
/// seconds that training took, as a digest of the file would.
pub(crate) fn model_digest(model: &FittedModel) -> Digest {
    let data_digest = model.data_digest();
    let mut numbers = Vec::new();
    for score in model.scores() {
        numbers.push(score.rmse_norm);
        numbers.push(score.crps_norm);
        numbers.extend(&score.rmse_norm_by_channel);
    }
    numbers.extend(model.rmse_norm());
    for output in 0..model.output_names().len() {
        numbers.push(model.spread_scale(output));
    }
    for gain in model.modalities() {
        numbers.push(gain.gain);
        numbers.extend(&gain.by_output);
    }
    let scores = Digest::of_numbers(&numbers);
    Digest::of_parts([
        model.id().as_bytes(),
        model.device().as_bytes(),
        data_digest.as_bytes().as_slice(),
        scores.as_bytes().as_slice(),
    ])
}
