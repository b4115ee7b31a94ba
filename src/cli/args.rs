//! What may stand on the command line.

use std::path::PathBuf;

use clap::{
    Args, Parser, Subcommand,
    builder::{PossibleValuesParser, TypedValueParser},
};

use crate::{
    base::Locale,
    data::{Modality, Split},
    engine::{Attention, DeviceChoice, Excitation, FramesWay, Fusion, Preset, SensesWay, Tier},
};

/// Learns a world model of a production line and compares what-if scenarios.
#[derive(Debug, Parser)]
#[command(
    name = "gemba",
    version,
    max_term_width = 100,
    disable_help_subcommand = true
)]
pub(crate) struct Arguments {
    /// Project to open in the window; none = the example
    pub(crate) project: Option<PathBuf>,
    /// What the window is drawn with: wgpu (default) or glow
    #[arg(long, default_value = "wgpu", value_parser = ["wgpu", "glow"])]
    pub(crate) renderer: String,
    #[command(flatten)]
    pub(crate) common: CommonArgs,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// What every command takes.
#[derive(Debug, Clone, Args)]
pub(crate) struct CommonArgs {
    /// Write one JSON object to stdout and nothing else
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Seed of everything random
    #[arg(long, global = true, default_value_t = 0, value_name = "N")]
    pub(crate) seed: u64,
    /// Where tensors live
    #[arg(long, global = true, default_value = "auto", value_parser = one_of(DEVICES))]
    pub(crate) device: DeviceChoice,
    /// Language of what people read
    #[arg(long, global = true, value_parser = one_of(LANGUAGES))]
    pub(crate) lang: Option<Locale>,
    /// Threads; results do not depend on it; 0 = all cores
    #[arg(long, global = true, default_value_t = 0, value_name = "N")]
    pub(crate) threads: usize,
}

/// A command.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Build the example plant, learn, compare A and B, write the report
    Demo(DemoArgs),
    /// Simulate the built-in plant and write what a factory would hand over
    Synth(SynthArgs),
    /// True KPIs of two scenarios of the built-in plant
    Truth(TruthArgs),
    /// Read files and folders into a project
    Import(ImportArgs),
    /// Show how a file would be read, and why, without importing it
    Preview(PreviewArgs),
    /// List the recipes that a project remembers, or forget some
    Recipes(RecipesArgs),
    /// Show channels, roles, units, grades, episodes, media and issues
    Inspect(ProjectArgs),
    /// Learn a model
    Train(TrainArgs),
    /// List the models trained so far
    Models(ProjectArgs),
    /// Roll one scenario out
    Run(RunArgs),
    /// Compare two scenarios
    Compare(CompareArgs),
    /// Measure where the model differs from what was recorded
    Gap(GapArgs),
    /// Say when the line behaved surprisingly, and which channels are to blame
    Anomaly(AnomalyArgs),
    /// Predict what the camera will see and compare it with what it saw
    Frames(FramesArgs),
    /// Say whether a question may be answered from this log
    Judge(JudgeArgs),
    /// Compare two scenarios and write the answer as a page
    Report(ReportArgs),
    /// Show devices, versions and memory, and what is missing
    Doctor,
}

/// `gemba demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Folder for the example
    #[arg(long, value_name = "DIR", default_value = "gemba-demo")]
    pub(crate) out: PathBuf,
    /// Do not open the window
    #[arg(long)]
    pub(crate) headless: bool,
}

/// `gemba synth`.
#[derive(Debug, Args)]
pub(crate) struct SynthArgs {
    /// The plant: filling
    pub(crate) plant: String,
    /// How long
    #[arg(long, value_name = "H")]
    pub(crate) hours: f64,
    /// How the controls are moved
    #[arg(long, default_value = "dither", value_parser = one_of(EXCITATIONS))]
    pub(crate) excitation: Excitation,
    /// A fault, such as stuck:level@3h+2h; may be given several times
    #[arg(long = "fault", value_name = "SPEC")]
    pub(crate) faults: Vec<String>,
    /// Folder to write to
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
}

/// `gemba truth`.
#[derive(Debug, Args)]
pub(crate) struct TruthArgs {
    /// Folder that gemba synth wrote
    pub(crate) dir: PathBuf,
    #[command(flatten)]
    pub(crate) pair: PairArgs,
}

/// Two scenarios.
#[derive(Debug, Args)]
pub(crate) struct PairArgs {
    /// Scenario A
    #[arg(long, value_name = "A.toml")]
    pub(crate) baseline: PathBuf,
    /// Scenario B
    #[arg(long, value_name = "B.toml")]
    pub(crate) variant: PathBuf,
}

/// `gemba import`.
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// Files or folders
    #[arg(required = true, value_name = "SRC")]
    pub(crate) sources: Vec<PathBuf>,
    /// Project folder, made where it is not there
    #[arg(long, value_name = "P")]
    pub(crate) project: PathBuf,
    /// How to read the files; none = guess
    #[arg(long, value_name = "R.toml")]
    pub(crate) recipe: Option<PathBuf>,
    /// Add to what was imported before
    #[arg(long)]
    pub(crate) append: bool,
    /// Guess anew, whatever recipe was accepted for such files before
    #[arg(long, conflicts_with = "recipe")]
    pub(crate) fresh: bool,
}

/// `gemba preview`.
#[derive(Debug, Args)]
pub(crate) struct PreviewArgs {
    /// A file
    pub(crate) source: PathBuf,
    /// How to read it; none = guess
    #[arg(long, value_name = "R.toml")]
    pub(crate) recipe: Option<PathBuf>,
    /// Project folder whose remembered recipes count
    #[arg(long, value_name = "P", conflicts_with = "recipe")]
    pub(crate) project: Option<PathBuf>,
}

/// `gemba recipes`.
#[derive(Debug, Args)]
pub(crate) struct RecipesArgs {
    /// Project folder
    pub(crate) project: PathBuf,
    /// Forget the recipe of this id, or all
    #[arg(long, value_name = "ID|all")]
    pub(crate) forget: Option<String>,
}

/// A project.
#[derive(Debug, Args)]
pub(crate) struct ProjectArgs {
    /// Project folder
    pub(crate) project: PathBuf,
}

/// `gemba train`.
#[derive(Debug, Args)]
pub(crate) struct TrainArgs {
    /// Project folder
    pub(crate) project: PathBuf,
    /// Size of the neural model; none = by the data
    #[arg(long, value_parser = one_of(PRESETS))]
    pub(crate) preset: Option<Preset>,
    /// Longest training, such as 120s, 5m or 1h; the quick families are never left out, and take longer
    /// where it is short
    #[arg(long, value_name = "TIME", value_parser = duration_secs)]
    pub(crate) budget: Option<f64>,
    /// Members of the ensemble
    #[arg(long, value_name = "K", default_value_t = 5, value_parser = member_count)]
    pub(crate) members: usize,
    /// Go on with a training that was interrupted; where the data have grown, put the new model in
    /// use only if it forgot nothing and is no worse on the new rows
    #[arg(long)]
    pub(crate) resume: bool,
    /// How pictures, sound and checklists enter: late = beside all families, attention = put
    /// together by attention where that helps, inside = seen by the neural family, off
    #[arg(long, default_value = "late", value_parser = one_of(FUSIONS))]
    pub(crate) fusion: Fusion,
    /// The transformer family: auto = from 50,000 rows on, on, off
    #[arg(long, default_value = "auto", value_parser = one_of(ATTENTIONS))]
    pub(crate) transformer: Attention,
    /// What turns them into numbers: fixed features, learned encoders, or the better of both
    #[arg(long, default_value = SensesWay::default().name(), value_parser = one_of(SENSES))]
    pub(crate) senses: SensesWay,
    /// Whether learned encoders are aligned with the sensors of the same time
    #[arg(long, default_value = "on", value_parser = one_of(ON_OFF), action = clap::ArgAction::Set)]
    pub(crate) align: bool,
    /// Whether learned encoders first restore masked records
    #[arg(long, default_value = "on", value_parser = one_of(ON_OFF), action = clap::ArgAction::Set)]
    pub(crate) pretrain: bool,
    #[command(flatten)]
    pub(crate) disturbed: DisturbedArgs,
    /// What predicts the camera's picture: additive = sums of curves, net = corrected by a
    /// convolutional net where that is better on left-out blocks
    #[arg(long, default_value = FramesWay::default().name(), value_parser = one_of(FRAMES))]
    pub(crate) frames: FramesWay,
}

/// By what nets are disturbed while they learn.
#[derive(Debug, Args)]
pub(crate) struct DisturbedArgs {
    /// Whether the neural families learn with noise on measured pasts; how much is searched for
    #[arg(long, default_value = "on", value_parser = one_of(ON_OFF), action = clap::ArgAction::Set)]
    pub(crate) noise: bool,
    /// Whether the neural family also learns from windows in which a sensor is lost or stands still
    #[arg(long, default_value = "off", value_parser = one_of(ON_OFF), action = clap::ArgAction::Set)]
    pub(crate) faults: bool,
    /// Whether modalities are left out at random where a net sees several
    #[arg(long, default_value = "on", value_parser = one_of(ON_OFF), action = clap::ArgAction::Set)]
    pub(crate) dropout: bool,
}

/// `gemba run`.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// Project folder
    pub(crate) project: PathBuf,
    /// Scenario file
    #[arg(long, value_name = "S.toml")]
    pub(crate) scenario: PathBuf,
    /// Draws over all members
    #[arg(long, value_name = "N", default_value_t = 200)]
    pub(crate) draws: usize,
    /// Table to write, .csv or .parquet
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Folder for predicted camera pictures, one every ten minutes
    #[arg(long, value_name = "DIR")]
    pub(crate) frames: Option<PathBuf>,
}

/// `gemba compare`.
#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    /// Project folder
    pub(crate) project: PathBuf,
    #[command(flatten)]
    pub(crate) question: QuestionArgs,
}

/// A question about two scenarios.
#[derive(Debug, Args)]
pub(crate) struct QuestionArgs {
    #[command(flatten)]
    pub(crate) pair: PairArgs,
    /// Draws of each scenario, over all members
    #[arg(long, value_name = "N", default_value_t = 200)]
    pub(crate) draws: usize,
    /// Smallest difference that matters, for KPIs that name none
    #[arg(long, value_name = "X")]
    pub(crate) delta: Option<f64>,
}

/// `gemba gap`.
#[derive(Debug, Args)]
pub(crate) struct GapArgs {
    /// Project folder
    pub(crate) project: PathBuf,
    /// Which blocks
    #[arg(long, default_value = "test", value_parser = one_of(SPLITS))]
    pub(crate) split: Split,
    /// Steps of each rollout, or full = each block once
    #[arg(long, value_name = "N|full", default_value = "full", value_parser = horizon)]
    pub(crate) horizon: HorizonArg,
    /// Measured steps given before each rollout; default 50, fewer where blocks are short
    #[arg(long, value_name = "N", value_parser = count)]
    pub(crate) warmup: Option<usize>,
    /// Draws of each rollout
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) draws: usize,
    /// Table of measured and predicted values to write, .csv
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// As if these were missing at run time: image, sound, checklist
    #[arg(long, value_name = "MODALITY", value_delimiter = ',', value_parser = one_of(MODALITIES))]
    pub(crate) without: Vec<Modality>,
    /// As if the sensors of these outputs were lost at run time
    #[arg(long, value_name = "CHANNEL", value_delimiter = ',')]
    pub(crate) missing: Vec<String>,
    /// As if the sensors of these outputs stood still from the start of each block
    #[arg(long, value_name = "CHANNEL", value_delimiter = ',')]
    pub(crate) stuck: Vec<String>,
    /// One family alone; none = what answers each output
    #[arg(long, value_parser = one_of(TIERS))]
    pub(crate) tier: Option<Tier>,
}

/// `gemba frames`.
#[derive(Debug, Args)]
pub(crate) struct FramesArgs {
    /// Project folder
    pub(crate) project: PathBuf,
    /// Which blocks
    #[arg(long, default_value = "test", value_parser = one_of(SPLITS))]
    pub(crate) split: Split,
    /// How far ahead
    #[arg(long, value_name = "TIME", default_value = "30m", value_parser = duration_secs)]
    pub(crate) lead: f64,
    /// Measured steps given before each start
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = count)]
    pub(crate) warmup: usize,
    /// Folder for the pictures: predicted, held and true
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

/// `gemba anomaly`.
#[derive(Debug, Args)]
pub(crate) struct AnomalyArgs {
    /// Project folder
    pub(crate) project: PathBuf,
    /// Which blocks
    #[arg(long, default_value = "test", value_parser = one_of(SPLITS))]
    pub(crate) split: Split,
    /// Table of scores to write, .csv
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// `gemba judge`.
#[derive(Debug, Args)]
pub(crate) struct JudgeArgs {
    /// Project folder
    pub(crate) project: PathBuf,
    /// Scenario file
    #[arg(long, value_name = "S.toml")]
    pub(crate) scenario: PathBuf,
}

/// `gemba report`.
#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// Project folder
    pub(crate) project: PathBuf,
    #[command(flatten)]
    pub(crate) question: QuestionArgs,
    /// File to write: a page (.html), a PDF (.pdf) or an Excel workbook (.xlsx)
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

/// Steps of a rollout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HorizonArg(pub(crate) Option<usize>);

const DEVICES: &[(&str, DeviceChoice)] = &[
    ("auto", DeviceChoice::Auto),
    ("cpu", DeviceChoice::Cpu),
    ("cuda", DeviceChoice::Cuda),
    ("metal", DeviceChoice::Metal),
];
const LANGUAGES: &[(&str, Locale)] = &[("en", Locale::En), ("ja", Locale::Ja)];
const EXCITATIONS: &[(&str, Excitation)] = &[
    ("open-loop", Excitation::OpenLoop),
    ("dither", Excitation::Dither),
    ("closed-loop", Excitation::ClosedLoop),
];
const PRESETS: &[(&str, Preset)] = &[
    ("tiny", Preset::Tiny),
    ("small", Preset::Small),
    ("medium", Preset::Medium),
    ("large", Preset::Large),
];
const MODALITIES: &[(&str, Modality)] = &[
    ("image", Modality::Image),
    ("sound", Modality::Sound),
    ("checklist", Modality::Checklist),
];
const FUSIONS: &[(&str, Fusion)] = &[
    ("late", Fusion::Late),
    ("attention", Fusion::Attention),
    ("inside", Fusion::Inside),
    ("off", Fusion::Off),
];
const ATTENTIONS: &[(&str, Attention)] = &[
    ("auto", Attention::Auto),
    ("on", Attention::On),
    ("off", Attention::Off),
];
const TIERS: &[(&str, Tier)] = &[
    ("naive", Tier::Naive),
    ("linear", Tier::Linear),
    ("narx", Tier::Narx),
    ("neural", Tier::Neural),
    ("transformer", Tier::Transformer),
];
const SENSES: &[(&str, SensesWay)] = &[
    ("features", SensesWay::Features),
    ("learned", SensesWay::Learned),
    ("auto", SensesWay::Auto),
];
const FRAMES: &[(&str, FramesWay)] = &[("additive", FramesWay::Additive), ("net", FramesWay::Net)];
const ON_OFF: &[(&str, bool)] = &[("on", true), ("off", false)];
const SPLITS: &[(&str, Split)] = &[
    ("train", Split::Train),
    ("val", Split::Val),
    ("test", Split::Test),
];

/// Reads one of a few words.
fn one_of<T: Copy + Send + Sync + 'static>(
    words: &'static [(&'static str, T)],
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(words.iter().map(|(word, _)| *word)).map(move |found| {
        let known = words.iter().find(|(word, _)| *word == found);
        known.unwrap_or(&words[0]).1
    })
}

fn duration_secs(text: &str) -> Result<f64, String> {
    let expected = || format!("{text:?} is no duration; expected one such as 120s, 5m or 1h");
    let (digits, factor) = match text.trim().char_indices().last() {
        Some((at, 's')) => (&text.trim()[..at], 1.0),
        Some((at, 'm')) => (&text.trim()[..at], 60.0),
        Some((at, 'h')) => (&text.trim()[..at], 3600.0),
        _ => (text.trim(), 1.0),
    };
    let secs: f64 = digits.trim().parse().map_err(|_not_a_number| expected())?;
    if secs.is_finite() && secs > 0.0 {
        Ok(secs * factor)
    } else {
        Err(expected())
    }
}

fn count(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(format!("{text:?} is no whole number above 0")),
    }
}

/// Each member is a whole training.
fn member_count(text: &str) -> Result<usize, String> {
    const MOST: usize = 50;
    match count(text)? {
        number if number <= MOST => Ok(number),
        _ => Err(format!("{text:?} members are more than {MOST}; 5 suffice")),
    }
}

fn horizon(text: &str) -> Result<HorizonArg, String> {
    if text == "full" {
        return Ok(HorizonArg(None));
    }
    count(text)
        .map(|steps| HorizonArg(Some(steps)))
        .map_err(|words| format!("{words}, nor full"))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_arguments_do_not_contradict_each_other() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn durations_are_read_with_their_unit() {
        assert_eq!(duration_secs("120s"), Ok(120.0));
        assert_eq!(duration_secs("1.5m"), Ok(90.0));
        assert_eq!(duration_secs("2"), Ok(2.0));
        assert!(duration_secs("soon").is_err());
        assert!(duration_secs("-3s").is_err());
    }

    #[test]
    fn a_horizon_is_a_number_of_steps_or_full() {
        assert_eq!(horizon("full"), Ok(HorizonArg(None)));
        assert_eq!(horizon("12"), Ok(HorizonArg(Some(12))));
        assert!(horizon("0").is_err());
    }

    #[test]
    fn a_path_is_a_project_and_a_word_is_a_command() {
        let window = Arguments::try_parse_from(["gemba", "line.gemba"]).expect("a project");
        assert!(window.command.is_none() && window.project.is_some());
        let command = Arguments::try_parse_from(["gemba", "--json", "doctor"]).expect("a command");
        assert!(command.command.is_some() && command.common.json);
    }
}
