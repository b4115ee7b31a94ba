//! Training: all candidates race, states are saved on the way, the result goes into the project.

use std::path::Path;

use super::{EngineError, Env, challenge::challenge, learned::learned_of, unfinished};
use crate::{
    base::Digest,
    model::{FittedModel, ModelError, TrainConfig, TrainEvent, TrainHooks, train},
    store::{Access, Learned, ModelRecord, Project, Trial},
};

/// What training left in the project.
#[derive(Debug)]
pub struct Trained {
    /// The new model.
    pub model: FittedModel,
    /// How it did against the model that was in use before, where the data had grown since.
    pub trial: Option<Trial>,
    /// Whether it is the one that answers from now on.
    pub in_use: bool,
}

/// Trains all candidates, saves checkpoints and the result into the project.
///
/// With `resume` an interrupted training goes on from its last saved state; where there is none
/// it starts anew, which gives the same model. Where the data have grown since the model in use was
/// trained, the new one learns all of them, the old regimes included, and with `resume` it is put in
/// use only if it is no worse on the new rows and forgot nothing of the old.
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
) -> Result<Trained, EngineError> {
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
    let mut unsaved: Option<EngineError> = None;
    let data = dataset.digest();
    let mut run = |state: Option<Vec<u8>>| {
        let mut done_frac = 0.0;
        let mut take_event = |event: TrainEvent| {
            match &event {
                TrainEvent::Loss { step, n_steps, .. } => {
                    done_frac = *step as f64 / (*n_steps).max(1) as f64;
                }
                TrainEvent::Checkpoint(bytes) => {
                    let kept = unfinished::keep(&mut opened, bytes, (config, data, done_frac));
                    if let Err(error) = kept {
                        // A disk that is full now will not take the result either.
                        env.stop.stop();
                        unsaved.get_or_insert(error);
                    }
                }
                TrainEvent::Scored(_) | TrainEvent::Usable(_) => {}
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
    let is_resumed = state.is_some();
    let trained = match run(state) {
        // The state of a training on data that have changed since is of no use any more.
        Err(ModelError::OtherRun { what: "data", .. }) if is_resumed => run(None),
        other => other,
    };
    if let Some(error) = unsaved {
        return Err(error);
    }
    let model = trained?;
    let trial = challenge(&opened, &dataset, &model, env)?;
    let in_use = !resume || trial.as_ref().is_none_or(|trial| trial.is_better);
    let learned = learned_of(&model, &dataset);
    let fate = Fate {
        in_use,
        learned,
        trial: trial.clone(),
    };
    save(&mut opened, &model, fate, env)?;
    Ok(Trained {
        model,
        trial,
        in_use,
    })
}

/// What becomes of a new model.
struct Fate {
    in_use: bool,
    learned: Vec<Vec<Learned>>,
    trial: Option<Trial>,
}

fn save(
    project: &mut Project,
    model: &FittedModel,
    fate: Fate,
    env: &Env<'_>,
) -> Result<(), EngineError> {
    env.tell("saving", None, model.id());
    let bytes = model.to_bytes();
    let record = ModelRecord {
        id: model.id().to_owned(),
        tier: model.tier().name().to_owned(),
        rmse_norm: chosen_rmse(model),
        saved_ns: env.clock.unix_nanos(),
        in_use: fate.in_use,
        data_digest: model.data_digest().to_string(),
        learned: fate.learned,
        trial: fate.trial,
    };
    let detail = serde_json::json!({
        "model": record.id,
        "tier": record.tier,
        "seed": model.seed(),
        "data": record.data_digest,
        "trial": record.trial,
        "in_use": record.in_use,
        "file": Digest::of(&bytes).to_string(),
    });
    project.save_trained(&record, &bytes, &detail.to_string())?;
    unfinished::forget(project)
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
