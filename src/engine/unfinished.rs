//! The training of a project that was stopped and can go on, remembered beside its state.

use serde::{Deserialize, Serialize};

use super::EngineError;
use crate::{
    base::Digest,
    model::{
        Attention, DeviceChoice, FramesWay, Fusion, Preset, SensesPlan, SensesWay, TrainConfig,
    },
    store::Project,
};

/// Where it is kept among the texts of a project.
const KEY: &str = "training";

/// What a stopped training was asked to do otherwise than by default, and how far it was.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UnfinishedTraining {
    /// Size; `None` = by the data.
    pub preset: Option<Preset>,
    /// Whether the transformer family is in the race.
    pub transformer: Attention,
    /// What turns pictures and sound into numbers.
    pub senses: SensesWay,
    /// How these enter the model.
    pub fusion: Fusion,
    /// What predicts the camera's picture.
    pub frames: FramesWay,
    /// How much of the neural family's training was done, 0 to 1.
    pub done_frac: f64,
}

/// The same in the project.
#[derive(Debug, Serialize, Deserialize)]
struct Row {
    data_digest: String,
    preset: Option<String>,
    transformer: String,
    senses: String,
    fusion: String,
    frames: String,
    done_frac: f64,
}

impl UnfinishedTraining {
    /// What this training can be taken up by later; `None` where it was asked for more than the window asks
    /// for, and the command line must go on with it.
    fn of(config: &TrainConfig, done_frac: f64) -> Option<Self> {
        let plain = TrainConfig::default();
        let senses = SensesPlan {
            way: config.senses.way,
            ..plain.senses
        };
        let is_plain = config.budget_secs.is_none()
            && config.n_members == plain.n_members
            && config.seed == plain.seed
            && config.device == DeviceChoice::Auto
            && config.senses == senses
            && config.noise.words() == plain.noise.words();
        is_plain.then_some(Self {
            preset: config.preset,
            transformer: config.transformer,
            senses: config.senses.way,
            fusion: config.fusion,
            frames: config.frames,
            done_frac,
        })
    }

    fn row(self, data: Digest) -> Row {
        Row {
            data_digest: data.to_string(),
            preset: self.preset.map(|preset| preset.name().to_owned()),
            transformer: self.transformer.name().to_owned(),
            senses: self.senses.name().to_owned(),
            fusion: self.fusion.name().to_owned(),
            frames: self.frames.name().to_owned(),
            done_frac: self.done_frac,
        }
    }

    fn from_row(row: &Row) -> Option<Self> {
        let preset = match &row.preset {
            Some(name) => Some(Preset::from_name(name)?),
            None => None,
        };
        Some(Self {
            preset,
            transformer: named(&Attention::ALL, Attention::name, &row.transformer)?,
            senses: named(&SensesWay::ALL, SensesWay::name, &row.senses)?,
            fusion: named(&Fusion::ALL, Fusion::name, &row.fusion)?,
            frames: named(&FramesWay::ALL, FramesWay::name, &row.frames)?,
            done_frac: row.done_frac.clamp(0.0, 1.0),
        })
    }
}

fn named<T: Copy>(all: &[T], name: fn(T) -> &'static str, wanted: &str) -> Option<T> {
    all.iter().copied().find(|one| name(*one) == wanted)
}

/// Saves the state of a training with what it was asked to do.
pub(super) fn keep(
    project: &mut Project,
    state: &[u8],
    (config, data, done_frac): (&TrainConfig, Digest, f64),
) -> Result<(), EngineError> {
    project.save_training_state(state)?;
    let kept = UnfinishedTraining::of(config, done_frac);
    let text = kept.and_then(|kept| serde_json::to_string(&kept.row(data)).ok());
    Ok(project.save_text(KEY, text.as_deref())?)
}

/// Forgets it; the state itself goes with the model that is saved.
pub(super) fn forget(project: &mut Project) -> Result<(), EngineError> {
    Ok(project.save_text(KEY, None)?)
}

/// The training of a project that can go on on these data. One that cannot be read is none: a training from
/// the start gives the same model.
pub(super) fn read(project: &Project, data: Digest) -> Option<UnfinishedTraining> {
    let texts = project.texts(KEY).ok()?;
    let (_, text) = texts.into_iter().find(|(key, _)| key == KEY)?;
    let row: Row = serde_json::from_str(&text).ok()?;
    if row.data_digest != data.to_string() {
        return None;
    }
    UnfinishedTraining::from_row(&row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_comes_back_and_more_than_the_window_asks_for_does_not() {
        let config = TrainConfig {
            preset: Some(Preset::Medium),
            transformer: Attention::On,
            fusion: Fusion::Off,
            ..TrainConfig::default()
        };
        let kept = UnfinishedTraining::of(&config, 0.4).expect("a plain training");
        let row = kept.row(Digest::of(b"data"));
        assert_eq!(UnfinishedTraining::from_row(&row), Some(kept));
        let seeded = TrainConfig { seed: 7, ..config };
        assert_eq!(UnfinishedTraining::of(&seeded, 0.4), None);
        let strange = Row {
            fusion: "by hand".to_owned(),
            ..row
        };
        assert_eq!(UnfinishedTraining::from_row(&strange), None);
    }
}
