//! Images, sound and checklists, joined to the sensor grid by time.

/// A kind of record beside the sensors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Modality {
    /// Camera frames.
    Image,
    /// Machine sound.
    Sound,
    /// Checklist answers and notes.
    Checklist,
}

impl Modality {
    /// Every modality.
    pub const ALL: [Self; 3] = [Self::Image, Self::Sound, Self::Checklist];

    /// The name in files and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Sound => "sound",
            Self::Checklist => "checklist",
        }
    }

    /// Reads [`Modality::name`] back.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|modality| modality.name() == name)
    }
}

/// One camera picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// When it was taken, ns since 1970 UTC.
    pub time_ns: i64,
    /// The picture's file, relative to the project where it can be.
    pub source: String,
    /// Width of the thumbnail in pixels.
    pub thumb_width: usize,
    /// Height of the thumbnail in pixels.
    pub thumb_height: usize,
    /// The thumbnail, RGB, 8 bits, row by row.
    pub thumb_rgb: Vec<u8>,
}

/// One stretch of sound.
#[derive(Debug, Clone, PartialEq)]
pub struct Clip {
    /// When it starts, ns since 1970 UTC.
    pub start_ns: i64,
    /// How long it is.
    pub secs: f64,
    /// The sound's file.
    pub source: String,
    /// Samples a second.
    pub sample_rate_hz: f64,
    /// Log-mel spectrogram in dB: one row of bands a slice of `secs / mel.len()` seconds.
    pub mel_db: Vec<Vec<f32>>,
    /// Level of each slice, dB relative to full scale.
    pub level_db: Vec<f32>,
}

/// What was ticked or written.
#[derive(Debug, Clone, PartialEq)]
pub enum AnswerValue {
    /// ○ or ×, yes or no.
    YesNo(bool),
    /// A grade between 0 (bad) and 1 (good), such as △ = 0.5.
    Grade(f64),
    /// A number.
    Number(f64),
    /// Free words.
    Note(String),
    /// Left empty.
    Unknown,
}

/// One answer on a checklist.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// When it was given, ns since 1970 UTC.
    pub time_ns: i64,
    /// The item that was checked.
    pub item: String,
    /// What was answered.
    pub value: AnswerValue,
    /// As it was written.
    pub written: String,
    /// Who answered; empty where unknown.
    pub who: String,
}

/// What the model sees of one picture, clip or checklist.
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureItem {
    /// The episode's position in the dataset.
    pub episode: usize,
    /// The step in which the record ended: known from this step on.
    pub step: usize,
    /// One number a feature; NaN where unknown.
    pub features: Vec<f32>,
}

/// The features of one modality, ordered by episode and step.
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureTrack {
    /// The modality.
    pub modality: Modality,
    /// One name a feature.
    pub names: Vec<String>,
    /// The records.
    pub items: Vec<FeatureItem>,
}

impl Media {
    /// How many items were answered; a note beside an answer to the same item is no further one.
    pub fn n_items(&self) -> usize {
        let is_note = |answer: &Answer| matches!(answer.value, AnswerValue::Note(_));
        let answered: std::collections::BTreeSet<(i64, &str)> = (self.answers.iter())
            .filter(|answer| !is_note(answer))
            .map(|answer| (answer.time_ns, answer.item.as_str()))
            .collect();
        let beside = |answer: &&Answer| {
            is_note(answer) && answered.contains(&(answer.time_ns, answer.item.as_str()))
        };
        self.answers.len() - self.answers.iter().filter(beside).count()
    }
}

/// All records beside the sensors.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Media {
    /// Pictures in order of time.
    pub frames: Vec<Frame>,
    /// Sound in order of time.
    pub clips: Vec<Clip>,
    /// Answers in order of time.
    pub answers: Vec<Answer>,
    /// What the model sees of them, one track a modality.
    pub tracks: Vec<FeatureTrack>,
}
