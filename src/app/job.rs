//! The long pieces of work and how each calls its use case.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    AnomalyAnswer, AppError, CompareAnswer, Coverage, Excerpt, GapAnswer, GapRequest, Loaded,
    Preview, PreviewRequest,
};
use crate::{
    base::{self, Clock, Locale, Place, Reporter, StopToken},
    data::Pyramid,
    engine::{
        self, CompareRequest, Env, ImportHow, ImportRequest, Memory, TrainConfig, TrainEvent,
    },
    scenario::ScenarioSpec,
};

/// How many files of a folder are looked at for a preview.
const PREVIEW_FILES: usize = 4096;

/// A long piece of work.
#[derive(Debug, Clone)]
pub enum Job {
    /// Open the example, or build it in this folder first.
    OpenExample(PathBuf),
    /// Open a project.
    Open(PathBuf),
    /// See whether a project can be opened, before work on another one is stopped for it.
    Check(PathBuf),
    /// Show how the first of these files would be read.
    Preview(Box<PreviewRequest>),
    /// Show the lines around a place of these sources.
    Excerpt(Vec<PathBuf>, Place),
    /// Import files.
    Import {
        /// The project's folder.
        project: PathBuf,
        /// Where the project goes when that place may not be written.
        fallback: Option<PathBuf>,
        /// What is imported.
        request: ImportRequest,
        /// The user's own folder, which remembers recipes.
        folder: Option<PathBuf>,
    },
    /// Train the project's candidates.
    Train {
        /// The project's folder.
        project: PathBuf,
        /// How.
        config: TrainConfig,
        /// Whether it goes on from the state that an earlier one saved.
        resume: bool,
    },
    /// Compare two scenarios.
    Compare(Box<Loaded>, Box<CompareRequest>),
    /// Measure the gap.
    Gap(Box<Loaded>, GapRequest),
    /// Write a report.
    Report {
        /// The project.
        loaded: Box<Loaded>,
        /// The comparison.
        answer: Arc<CompareAnswer>,
        /// The report's language.
        locale: Locale,
        /// The file.
        out: PathBuf,
    },
    /// Save a scenario in the project.
    SaveScenario {
        /// The project's folder.
        project: PathBuf,
        /// What people call it.
        name: String,
        /// Its text.
        text: String,
    },
}

/// Which thread a job runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slot {
    /// Whatever reads or changes a project on disk; one after the other.
    Main,
    /// Comparisons: the newest request replaces the waiting one and stops the running one.
    Compare,
    /// Gap and report; they work on what is in memory.
    Side,
    /// Looks at files: the newest request replaces the waiting one and stops the running one.
    Look,
    /// Whether a project can be opened; the newest wish wins.
    Door,
}

impl Slot {
    /// Every slot.
    pub const ALL: [Self; 5] = [
        Self::Main,
        Self::Compare,
        Self::Side,
        Self::Look,
        Self::Door,
    ];

    /// Whether a new request makes older ones worthless.
    pub fn newest_wins(self) -> bool {
        matches!(self, Self::Compare | Self::Look | Self::Door)
    }

    /// The name of its thread.
    pub fn name(self) -> &'static str {
        match self {
            Self::Main => "gemba-worker",
            Self::Compare => "gemba-compare",
            Self::Side => "gemba-side",
            Self::Look => "gemba-look",
            Self::Door => "gemba-door",
        }
    }
}

impl Job {
    /// `job-<kind>` is its locale key.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::OpenExample(_) => "example",
            Self::Open(_) | Self::Check(_) => "open",
            Self::Preview(_) => "preview",
            Self::Excerpt(..) => "excerpt",
            Self::Import { .. } => "import",
            Self::Train { .. } => "train",
            Self::Compare(..) => "compare",
            Self::Gap(..) => "gap",
            Self::Report { .. } => "report",
            Self::SaveScenario { .. } => "save",
        }
    }

    /// Which thread it runs on.
    pub fn slot(&self) -> Slot {
        match self {
            Self::Compare(..) => Slot::Compare,
            Self::Gap(..) | Self::Report { .. } => Slot::Side,
            Self::Preview(_) | Self::Excerpt(..) => Slot::Look,
            Self::Check(_) => Slot::Door,
            _ => Slot::Main,
        }
    }
}

/// A project that was opened, ready to be drawn.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The project.
    pub loaded: Loaded,
    /// One pyramid a channel and episode.
    pub pyramids: Arc<Vec<Vec<Pyramid>>>,
    /// What was recorded when.
    pub coverage: Arc<Coverage>,
    /// The saved scenarios, as (name, scenario).
    pub scenarios: Vec<(String, ScenarioSpec)>,
}

/// What a job gave.
#[derive(Debug)]
pub enum Outcome {
    /// A project was opened or imported.
    Opened(Box<Opened>),
    /// This project can be opened.
    Openable(PathBuf),
    /// A file was looked at.
    Previewed(Box<Preview>),
    /// The lines around a place.
    Excerpt(Box<Excerpt>),
    /// A training ended; the project was read again.
    Trained(Box<Opened>),
    /// A comparison.
    Compared(Box<CompareAnswer>),
    /// A gap, and how surprising the steps of its split are where that can be said.
    Gap(Box<GapAnswer>, Option<Box<AnomalyAnswer>>),
    /// A report was written here.
    Reported(PathBuf),
    /// A scenario was saved.
    Saved {
        /// The name that it got.
        name: String,
        /// All that are saved now.
        scenarios: Vec<(String, ScenarioSpec)>,
    },
}

/// What a running job is given.
pub struct JobContext<'a> {
    /// Asks for the end.
    pub stop: &'a StopToken,
    /// Is told how far the work is.
    pub reporter: &'a dyn Reporter,
    /// Takes what happens while a model is trained.
    pub on_train: &'a mut dyn FnMut(&TrainEvent),
    /// Measures durations.
    pub clock: &'a dyn Clock,
}

/// Carries a job out.
///
/// # Errors
///
/// [`AppError`] where the use case said no.
pub fn run_job(job: &Job, context: &mut JobContext<'_>) -> Result<Outcome, AppError> {
    let env = Env {
        clock: context.clock,
        reporter: context.reporter,
        stop: context.stop,
        n_threads: 0,
    };
    match job {
        Job::OpenExample(dir) => open_example(dir, &env),
        Job::Open(project) => Ok(opened(Loaded::open(project)?)),
        Job::Check(project) => {
            Loaded::open(project)?;
            Ok(Outcome::Openable(project.clone()))
        }
        Job::Preview(request) => {
            let first = request.sources.first().cloned().unwrap_or_default();
            let file = file_to_show(&first)?;
            let shown = engine::preview(&file, request, context.stop)?;
            Ok(Outcome::Previewed(Box::new(shown)))
        }
        Job::Excerpt(sources, place) => {
            let found = engine::excerpt(sources, place, context.stop)?;
            Ok(Outcome::Excerpt(Box::new(found)))
        }
        Job::Import {
            project,
            fallback,
            request,
            folder,
        } => {
            let how = ImportHow {
                append: false,
                memory: Memory::Accepted(folder.clone()),
            };
            import((project, fallback.as_deref()), request, &how, &env)
        }
        Job::Train {
            project,
            config,
            resume,
        } => {
            engine::train_model(project, config, *resume, context.on_train, &env)?;
            Ok(Outcome::Trained(prepare(Loaded::open(project)?)))
        }
        Job::Compare(loaded, request) => {
            let answer = engine::compare(loaded, request, &env)?;
            Ok(Outcome::Compared(Box::new(answer)))
        }
        Job::Gap(loaded, request) => {
            let answer = engine::inspect_gap(loaded, request, &env)?;
            let anomaly = match engine::find_anomalies(loaded, request.split, &env) {
                Ok(anomaly) => Some(Box::new(anomaly)),
                Err(error) if error.is_stopped() => return Err(error.into()),
                // A record too short to say what is normal still has a gap.
                Err(_too_little) => None,
            };
            Ok(Outcome::Gap(Box::new(answer), anomaly))
        }
        Job::Report {
            loaded,
            answer,
            locale,
            out,
        } => {
            engine::write_report(loaded, answer, *locale, out, &env)?;
            Ok(Outcome::Reported(out.clone()))
        }
        Job::SaveScenario {
            project,
            name,
            text,
        } => Ok(Outcome::Saved {
            name: engine::save_scenario(project, name, text)?,
            scenarios: engine::saved_scenarios(project)?,
        }),
    }
}

/// The example is built once; a half-built one is built again.
fn open_example(dir: &Path, env: &Env<'_>) -> Result<Outcome, AppError> {
    let project = dir.join("example.gemba");
    if project.is_dir()
        && let Ok(loaded) = Loaded::open(&project)
    {
        return Ok(opened(loaded));
    }
    base::create_dir_all(dir)?;
    Ok(opened(engine::make_demo(dir, env)?))
}

fn import(
    (project, fallback): (&Path, Option<&Path>),
    request: &ImportRequest,
    how: &ImportHow,
    env: &Env<'_>,
) -> Result<Outcome, AppError> {
    let first = engine::import_data(project, request, how, env).map_err(AppError::from);
    let loaded = match (first, fallback) {
        (Err(error), Some(fallback)) if error.is_read_only() => {
            if let Some(parent) = fallback.parent() {
                base::create_dir_all(parent)?;
            }
            engine::import_data(fallback, request, how, env)?
        }
        (first, _) => first?,
    };
    Ok(opened(loaded))
}

fn opened(loaded: Loaded) -> Outcome {
    Outcome::Opened(prepare(loaded))
}

fn prepare(loaded: Loaded) -> Box<Opened> {
    let pyramids = loaded
        .dataset
        .episodes
        .iter()
        .map(|episode| Pyramid::build_all(&episode.columns))
        .collect();
    // A saved scenario that cannot be read any more is left out; the default takes over.
    let scenarios = engine::saved_scenarios(&loaded.path).unwrap_or_default();
    Box::new(Opened {
        coverage: Arc::new(Coverage::of(&loaded.dataset)),
        loaded,
        pyramids: Arc::new(pyramids),
        scenarios,
    })
}

/// The file itself, or the first sensor log of a folder.
fn file_to_show(path: &Path) -> Result<PathBuf, AppError> {
    if !path.is_dir() {
        return Ok(path.to_path_buf());
    }
    let mut folders = vec![path.to_path_buf()];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        let mut entries: Vec<PathBuf> = std::fs::read_dir(&folder)
            .map_err(|source| base::FileError::new("read the folder", &folder, source))?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .take(PREVIEW_FILES)
            .collect();
        entries.sort();
        if let Some(log) = entries.iter().find(|entry| is_log(entry)) {
            return Ok(log.clone());
        }
        seen += entries.len();
        if seen > PREVIEW_FILES {
            break;
        }
        folders.extend(entries.into_iter().rev().filter(|entry| entry.is_dir()));
    }
    let path = path.to_path_buf();
    Err(AppError::EmptyFolder { path })
}

fn is_log(path: &Path) -> bool {
    path.is_file()
        && path
            .extension()
            .is_some_and(|end| ["csv", "tsv", "txt", "dat"].iter().any(|log| end == *log))
}
