//! Everything a user can ask for, by subject; every button, shortcut and dropped file posts one.

use std::path::PathBuf;

use super::{Attention, FramesWay, Fusion, Preset, RecipeDraft, SensesWay, UnfinishedTraining};
use crate::{
    base::{Locale, Place},
    data::Split,
    scenario::Edit,
};

/// A view of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Panel {
    /// Where to start.
    Home,
    /// Sources, channels, issues.
    Data,
    /// Training and the race.
    Model,
    /// A against B.
    Compare,
    /// Model against reality.
    Gap,
    /// Jobs and messages.
    Jobs,
}

impl Panel {
    /// Every view, in the order of the top bar.
    pub const ALL: [Self; 6] = [
        Self::Home,
        Self::Data,
        Self::Model,
        Self::Compare,
        Self::Gap,
        Self::Jobs,
    ];

    /// The stable id.
    pub fn name(self) -> &'static str {
        match self {
            Self::Home => "home",
            Self::Data => "data",
            Self::Model => "model",
            Self::Compare => "compare",
            Self::Gap => "gap",
            Self::Jobs => "jobs",
        }
    }
}

/// Everything a user can ask for.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Projects.
    Project(ProjectCommand),
    /// Imports.
    Import(ImportCommand),
    /// Training.
    Training(TrainingCommand),
    /// What-if questions.
    Scenario(ScenarioCommand),
    /// Model against reality.
    Gap(GapCommand),
    /// Reports.
    Report(ReportCommand),
    /// Jobs.
    Job(JobCommand),
    /// The window itself.
    Window(WindowCommand),
}

/// Projects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProjectCommand {
    /// Build and open the example.
    OpenExample,
    /// Ask for a folder.
    OpenDialog,
    /// Open a folder, or import files that were dropped.
    OpenPaths(Vec<PathBuf>),
}

/// Imports.
#[derive(Debug, Clone, PartialEq)]
pub enum ImportCommand {
    /// Ask for files.
    ChooseFiles,
    /// Show the open project's sources again as they were read, so that roles can be changed.
    ReadAnew,
    /// Read the previewed file anew under these decisions; the newest wins.
    Edit(Box<RecipeDraft>),
    /// Import the previewed files, exactly as they were decided on.
    Accept,
    /// Forget the preview.
    Dismiss,
    /// Show the lines of a file around a place.
    ShowPlace(Place),
    /// Close them.
    ClosePlace,
}

/// What a training is asked to do otherwise than by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TrainingPlan {
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
}

impl TrainingPlan {
    /// What a training that was stopped was asked to do.
    pub(super) fn of(kept: &UnfinishedTraining) -> Self {
        Self {
            preset: kept.preset,
            transformer: kept.transformer,
            senses: kept.senses,
            fusion: kept.fusion,
            frames: kept.frames,
        }
    }
}

/// Training.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrainingCommand {
    /// Start.
    Start(TrainingPlan),
    /// Go on with the training that was stopped.
    GoOn,
    /// Stop the training.
    Cancel,
}

/// What-if questions.
#[derive(Debug, Clone, PartialEq)]
pub enum ScenarioCommand {
    /// Compare A and B as they are.
    Ask,
    /// Replace B's edits (slider, points on the curve); the answer follows.
    SetEdits(Vec<Edit>),
    /// Start both from another step of an episode.
    StartAt(usize, usize),
    /// Another horizon.
    SetHorizon(usize),
    /// Save B's scenario in the project.
    Save,
    /// Change in B what the saved scenario of this name changes.
    Recall(String),
    /// Undo the last change of B.
    Undo,
    /// Do it again.
    Redo,
}

/// Model against reality.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GapCommand {
    /// Measure: split, horizon (`None` = whole blocks).
    Measure(Split, Option<usize>),
}

/// Reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReportCommand {
    /// Ask for a file and write the comparison.
    Write,
    /// Write the comparison here.
    WriteTo(PathBuf),
}

/// Jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobCommand {
    /// Stop the job of this number.
    Cancel(u64),
}

/// The window itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WindowCommand {
    /// Go to a view.
    Show(Panel),
    /// Another language.
    SetLocale(Locale),
    /// Light or dark.
    SetDark(bool),
    /// Put a view beside the one in front.
    OpenBeside(Panel),
    /// Back to the default layout.
    ResetLayout,
    /// Begin or end the presentation.
    Present(bool),
    /// Remember where the views are.
    KeepLayout(String),
    /// Close a message.
    Dismiss(u64),
    /// Open a file that a message is about.
    ShowFile(PathBuf),
    /// Say that the system does not open a file.
    NotShown(PathBuf),
    /// Close the program.
    Quit,
}
