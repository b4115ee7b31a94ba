//! What is asked of training and of a rollout, and what training tells on the way.

use super::FittedModel;
use crate::{
    base::{Clock, Digest, Reporter, StopToken},
    data::{ControlPlan, Dataset, Modality},
};

/// A family of models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// Persistence, seasonal naive, operating-point mean.
    Naive,
    /// Linear, closed form.
    Linear,
    /// Sparse polynomial, linear in its coefficients.
    Narx,
    /// Linear core with a neural residual.
    Neural,
    /// Attention over past and future steps, as a correction of the linear free run.
    Transformer,
}

impl Tier {
    /// Every tier, simplest first.
    pub const ALL: [Self; 5] = [
        Self::Naive,
        Self::Linear,
        Self::Narx,
        Self::Neural,
        Self::Transformer,
    ];

    /// The name in files and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Naive => "naive",
            Self::Linear => "linear",
            Self::Narx => "narx",
            Self::Neural => "neural",
            Self::Transformer => "transformer",
        }
    }

    /// Reads [`Tier::name`] back.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tier| tier.name() == name)
    }
}

/// How large the neural model is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// For tests and first looks; seconds.
    Tiny,
    /// Below 30,000 rows.
    Small,
    /// Below 200,000 rows.
    Medium,
    /// From there on.
    Large,
}

impl Preset {
    /// Every size, smallest first.
    pub const ALL: [Self; 4] = [Self::Tiny, Self::Small, Self::Medium, Self::Large];

    /// The size that suits so many rows.
    pub(crate) fn of_rows(n_rows: usize) -> Self {
        match n_rows {
            0..30_000 => Self::Small,
            30_000..200_000 => Self::Medium,
            _ => Self::Large,
        }
    }

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tiny => "tiny",
            Self::Small => "small",
            Self::Medium => "medium",
            Self::Large => "large",
        }
    }

    /// Reads [`Preset::name`] back.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.name() == name)
    }
}

/// Where tensors live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeviceChoice {
    /// A GPU where this build and machine have one, else the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// An NVIDIA card.
    Cuda,
    /// An Apple card.
    Metal,
}

/// How pictures, sound and checklists enter the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fusion {
    /// They move the answer of all families where that lowers the left-out score.
    #[default]
    Late,
    /// The same, and put together by attention where that lowers it further.
    Attention,
    /// The neural family alone sees them, as a context of its dynamics.
    Inside,
    /// They are left out.
    Off,
}

impl Fusion {
    /// Every way.
    pub const ALL: [Self; 4] = [Self::Late, Self::Attention, Self::Inside, Self::Off];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Late => "late",
            Self::Attention => "attention",
            Self::Inside => "inside",
            Self::Off => "off",
        }
    }
}

/// Whether the transformer family is in the race.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Attention {
    /// Where the data are many enough to carry it.
    #[default]
    Auto,
    /// Whatever the data.
    On,
    /// Never.
    Off,
}

impl Attention {
    /// Every choice.
    pub const ALL: [Self; 3] = [Self::Auto, Self::On, Self::Off];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::On => "on",
            Self::Off => "off",
        }
    }
}

/// What turns pictures, sound and checklists into numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SensesWay {
    /// The fixed features of the import.
    #[default]
    Features,
    /// Encoders that are learned.
    Learned,
    /// Both are tried; the one with the better left-out score is used.
    Auto,
}

impl SensesWay {
    /// Every way.
    pub const ALL: [Self; 3] = [Self::Features, Self::Learned, Self::Auto];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Features => "features",
            Self::Learned => "learned",
            Self::Auto => "auto",
        }
    }
}

/// How pictures, sound and checklists become numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SensesPlan {
    /// What turns them into numbers.
    pub way: SensesWay,
    /// Whether learned encoders first restore masked records.
    pub pretrain: bool,
    /// Whether they are aligned with the sensors of the same time.
    pub align: bool,
}

impl Default for SensesPlan {
    fn default() -> Self {
        Self {
            way: SensesWay::default(),
            pretrain: true,
            align: true,
        }
    }
}

/// How the windows that the neural families learn from are disturbed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoisePlan {
    /// Noise on measured pasts; how much, the search of settings finds on left-out folds.
    pub noise: bool,
    /// In some windows one sensor is lost or stands still.
    pub faults: bool,
    /// Modalities are left out at random where a net sees several.
    pub dropout: bool,
}

impl Default for NoisePlan {
    fn default() -> Self {
        Self {
            noise: true,
            faults: false,
            dropout: true,
        }
    }
}

impl NoisePlan {
    /// What differs from the usual plan, in words; empty where nothing does.
    pub(crate) fn words(self) -> String {
        let usual = Self::default();
        let of = |asked: bool, usual: bool, word: &str| match (asked, usual) {
            (true, false) => format!("|{word}"),
            (false, true) => format!("|no-{word}"),
            _ => String::new(),
        };
        of(self.noise, usual.noise, "noise")
            + &of(self.faults, usual.faults, "faults")
            + &of(self.dropout, usual.dropout, "dropout")
    }
}

/// What predicts the camera's picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FramesWay {
    /// Sums of curves over the state.
    #[default]
    Additive,
    /// The same, corrected by a convolutional net where that is better on left-out folds.
    Net,
}

impl FramesWay {
    /// Every way.
    pub const ALL: [Self; 2] = [Self::Additive, Self::Net];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Additive => "additive",
            Self::Net => "net",
        }
    }
}

/// How a model is to be trained.
#[derive(Debug, Clone)]
pub struct TrainConfig {
    /// Size; `None` = by the data.
    pub preset: Option<Preset>,
    /// An upper bound on training time; `None` = as long as the preset says.
    pub budget_secs: Option<f64>,
    /// How many members the ensemble has.
    pub n_members: usize,
    /// Seed of everything random.
    pub seed: u64,
    /// Where tensors live.
    pub device: DeviceChoice,
    /// Threads; results do not depend on it. 0 = all cores but one, at least one.
    pub n_threads: usize,
    /// How pictures, sound and checklists enter.
    pub fusion: Fusion,
    /// Whether the transformer family is in the race.
    pub transformer: Attention,
    /// How they become numbers.
    pub senses: SensesPlan,
    /// How what is learned from is disturbed.
    pub noise: NoisePlan,
    /// What predicts the camera's picture.
    pub frames: FramesWay,
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self {
            preset: None,
            budget_secs: None,
            n_members: 5,
            seed: 0,
            device: DeviceChoice::Auto,
            n_threads: 0,
            fusion: Fusion::default(),
            transformer: Attention::default(),
            senses: SensesPlan::default(),
            noise: NoisePlan::default(),
            frames: FramesWay::default(),
        }
    }
}

impl TrainConfig {
    /// A digest of the data and of everything that decides how the model comes out.
    pub(crate) fn digest(&self, data: Digest) -> Digest {
        let preset = self.preset.map_or("auto", Preset::name);
        let text = format!(
            "{preset}|{:?}|{}|{}",
            self.budget_secs, self.n_members, self.seed
        );
        // The usual way has no word, so that models keep the names they had.
        let fusion = match self.fusion {
            Fusion::Late => "",
            other => other.name(),
        };
        let senses = if self.senses == SensesPlan::default() {
            String::new()
        } else {
            format!("{:?}", self.senses)
        };
        let entering = fusion.to_owned() + &senses;
        let transformer = match self.transformer {
            Attention::Auto => "",
            Attention::On => "transformer",
            Attention::Off => "no-transformer",
        };
        let frames = if self.frames == FramesWay::default() {
            String::new()
        } else {
            format!("|frames-{}", self.frames.name())
        };
        let further = transformer.to_owned() + &self.noise.words() + &frames;
        let mut parts = vec![
            data.as_bytes().as_slice(),
            text.as_bytes(),
            entering.as_bytes(),
        ];
        parts.extend((!further.is_empty()).then_some(further.as_bytes()));
        Digest::of_parts(parts)
    }
}

/// How a candidate did on validation.
#[derive(Debug, Clone, PartialEq)]
pub struct CandidateScore {
    /// Its family.
    pub tier: Tier,
    /// How many numbers were fitted.
    pub n_params: usize,
    /// Seconds spent.
    pub fit_secs: f64,
    /// Free-run RMSE on validation, mean over channels, in units of each channel's spread.
    pub rmse_norm: f64,
    /// Free-run CRPS on validation, likewise.
    pub crps_norm: f64,
    /// RMSE of each output, same order as the model's channels.
    pub rmse_norm_by_channel: Vec<f64>,
}

/// What a modality brought on validation.
#[derive(Debug, Clone, PartialEq)]
pub struct ModalityGain {
    /// The modality.
    pub modality: Modality,
    /// Whether the model uses it.
    pub used: bool,
    /// Relative reduction of the left-out CRPS, mean over outputs, beyond the sensors and the
    /// modalities that were added before it; 0.1 = ten per cent.
    pub gain: f64,
    /// The same of each output, same order as the model's channels.
    pub by_output: Vec<f64>,
}

/// What happens while a model is trained.
#[derive(Debug, Clone)]
pub enum TrainEvent {
    /// A candidate was scored.
    Scored(CandidateScore),
    /// A usable model exists; better ones may follow.
    Usable(Box<FittedModel>),
    /// One point of the training curve.
    Loss {
        /// Training step.
        step: usize,
        /// Steps planned.
        n_steps: usize,
        /// Loss on training windows.
        train: f64,
        /// Free-run error on validation, where it was just measured.
        val: Option<f64>,
    },
    /// A state from which training can go on exactly; the caller stores it.
    Checkpoint(Vec<u8>),
}

/// What training needs from outside.
pub struct TrainHooks<'a> {
    /// Asks for the end.
    pub stop: &'a StopToken,
    /// Measures durations.
    pub clock: &'a dyn Clock,
    /// Is told stages.
    pub reporter: &'a dyn Reporter,
    /// Takes events.
    pub on_event: &'a mut dyn FnMut(TrainEvent),
    /// A state from [`TrainEvent::Checkpoint`] to go on from.
    pub resume: Option<Vec<u8>>,
}

/// Which members may answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Members {
    /// Every member.
    #[default]
    All,
    /// For scores on training and validation blocks: only members that did not see the block.
    LeftOut,
}

/// What a rollout is asked.
#[derive(Debug, Clone, Copy)]
pub struct RolloutRequest<'a> {
    /// The data the context and the disturbances come from.
    pub dataset: &'a Dataset,
    /// The episode's position.
    pub episode: usize,
    /// The first predicted step.
    pub start: usize,
    /// Measured steps before it that warm the model up.
    pub n_context: usize,
    /// How many steps; beyond the record disturbances keep their last value.
    pub horizon_steps: usize,
    /// The controls; `None` = as they were run.
    pub controls: Option<&'a ControlPlan>,
    /// How many draws.
    pub n_draws: usize,
    /// Seed of the draws.
    pub seed: u64,
    /// Threads; results do not depend on it. 0 = all cores but one, at least one.
    pub n_threads: usize,
    /// Which members may answer.
    pub members: Members,
    /// One family only; `None` = the winner of each channel.
    pub tier: Option<Tier>,
}
