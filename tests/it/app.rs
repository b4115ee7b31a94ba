//! The running program without a window: command sequences, events, the worker's threads.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use gemba::{
    app::{
        Access, App, AppError, AppOptions, Attention, Command, Dialog, Driver, Effect, Event,
        FramesWay, Fusion, GapAnswer, GapRequest, ImportCommand, Job, JobCommand, JobContext,
        JobState, Loaded, Opened, Outcome, Panel, Preset, Preview, ProjectCommand, RecipeDraft,
        ReportCommand, Run, ScenarioCommand, SensesWay, Settings, TrainingCommand,
        UnfinishedTraining, Wake, WindowCommand, Worker,
    },
    base::{Clock, FileError, Locale, Phrase, Place, Progress, Severity, Silent, StopToken, Text},
    data::{Channel, Dataset, Episode, Media, Pyramid, Role, Span, Split},
    engine::{FittedModel, ImportRecord, ModelRecord, TrainConfig},
    model::{TrainHooks, train},
    scenario::{Edit, EditOp, ScenarioSpec, StartSpec},
    trust::SupportModel,
};

/// A clock that moves only when it is told to.
#[derive(Default)]
struct HandClock {
    secs: Mutex<f64>,
}

impl HandClock {
    fn advance(&self, secs: f64) {
        *self.secs.lock().unwrap() += secs;
    }
}

impl Clock for HandClock {
    fn monotonic_secs(&self) -> f64 {
        *self.secs.lock().unwrap()
    }

    fn unix_nanos(&self) -> i64 {
        0
    }
}

fn app_with(clock: &Arc<HandClock>) -> App {
    App::new(options(clock, Some(PathBuf::from("/home/user/gemba"))))
}

fn options(clock: &Arc<HandClock>, data_dir: Option<PathBuf>) -> AppOptions {
    AppOptions {
        locale: Locale::En,
        dark: true,
        layout: String::new(),
        recent: Vec::new(),
        data_dir,
        clock: Arc::clone(clock) as Arc<dyn Clock>,
    }
}

fn new_app() -> App {
    app_with(&Arc::default())
}

/// 600 steps of one control, one disturbance and one KPI that follows both.
pub(crate) fn small_dataset() -> Dataset {
    let n_steps = 600;
    let speed: Vec<f64> = (0..n_steps)
        .map(|step| 100.0 + if step / 37 % 2 == 0 { 5.0 } else { -5.0 })
        .collect();
    let ambient: Vec<f64> = (0..n_steps)
        .map(|step| 20.0 + (f64::from(step) * 0.02).sin())
        .collect();
    let mut scrap = vec![1.0];
    for step in 1..speed.len() {
        let target = 0.02 * speed[step] + 0.05 * ambient[step] - 2.0;
        let wobble = (step as f64 * 1.7).sin() * 0.01;
        scrap.push(0.9 * scrap[step - 1] + 0.1 * target + wobble);
    }
    Dataset {
        name: "line".to_owned(),
        step_secs: 10.0,
        has_clock: true,
        utc_offset_secs: None,
        channels: vec![
            Channel::new("speed", Role::Control, "1/min"),
            Channel::new("ambient", Role::Disturbance, "°C"),
            Channel::new("scrap", Role::Kpi, "%"),
        ],
        episodes: vec![Episode {
            name: "day".to_owned(),
            start_ns: 1_767_607_200_000_000_000,
            columns: vec![speed, ambient, scrap],
        }],
        spans: [
            (0, 360, Split::Train),
            (370, 470, Split::Val),
            (480, 600, Split::Test),
        ]
        .map(|(start, end, split)| Span {
            episode: 0,
            start,
            end,
            split,
        })
        .to_vec(),
        media: Media::default(),
    }
}

/// A project in memory, without a model.
pub(crate) fn loaded_at(path: &str) -> Loaded {
    let dataset = small_dataset();
    Loaded {
        path: PathBuf::from(path),
        access: Access::ReadWrite,
        support: Arc::new(SupportModel::fit(&dataset)),
        dataset: Arc::new(dataset),
        import: Arc::new(ImportRecord::default()),
        model: None,
        models: Vec::new(),
        kpis: Vec::new(),
        unfinished: None,
        issues: Vec::new(),
    }
}

/// A small model of the small dataset, trained once for all tests.
fn small_model() -> Box<FittedModel> {
    static MODEL: OnceLock<Box<FittedModel>> = OnceLock::new();
    MODEL
        .get_or_init(|| {
            let config = TrainConfig {
                preset: Some(Preset::Tiny),
                budget_secs: Some(2.0),
                n_members: 2,
                ..TrainConfig::default()
            };
            let mut usable = None;
            let mut on_event = |event| {
                if let gemba::engine::TrainEvent::Usable(model) = event {
                    usable = Some(model);
                }
            };
            let mut hooks = TrainHooks {
                stop: &StopToken::new(),
                clock: &HandClock::default(),
                reporter: &Silent,
                on_event: &mut on_event,
                resume: None,
            };
            let model = train(&small_dataset(), &config, &mut hooks).unwrap();
            usable.unwrap_or_else(|| Box::new(model))
        })
        .clone()
}

/// The project as a worker hands it over.
fn opened(path: &str) -> Box<Opened> {
    let loaded = loaded_at(path);
    let pyramids = loaded
        .dataset
        .episodes
        .iter()
        .map(|episode| episode.columns.iter().map(|c| Pyramid::build(c)).collect())
        .collect();
    Box::new(Opened {
        coverage: Arc::default(),
        loaded,
        pyramids: Arc::new(pyramids),
        scenarios: Vec::new(),
    })
}

/// An app with a project of the user's own and a model that can be asked.
fn app_with_model(clock: &Arc<HandClock>) -> App {
    let mut app = app_with(clock);
    let id = start_id(&app.start(Some(PathBuf::from("/data/line.gemba"))));
    app.absorb(Event::Started(id));
    let mut opened = opened("/data/line.gemba");
    opened.loaded.model = Some(Arc::new(*small_model()));
    app.absorb(Event::Finished(id, Box::new(Outcome::Opened(opened)), 0.1));
    app
}

fn start_id(effects: &[Effect]) -> u64 {
    started(effects).unwrap().0
}

fn started(effects: &[Effect]) -> Option<(u64, &Job)> {
    effects.iter().find_map(|effect| match effect {
        Effect::StartJob(id, job) => Some((*id, job.as_ref())),
        _ => None,
    })
}

fn compare_id(effects: &[Effect]) -> Option<u64> {
    effects.iter().find_map(|effect| match effect {
        Effect::StartJob(id, job) if job.kind() == "compare" => Some(*id),
        _ => None,
    })
}

fn stopped(effects: &[Effect]) -> Vec<u64> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::StopJob(id) => Some(*id),
            _ => None,
        })
        .collect()
}

fn faster(value: f64) -> Vec<Edit> {
    vec![Edit {
        channel: "speed".to_owned(),
        op: EditOp::Scale,
        value,
        points: Vec::new(),
        from_step: 0,
        to_step: None,
        line: 0,
    }]
}

fn set_speed(value: f64) -> Command {
    Command::Scenario(ScenarioCommand::SetEdits(faster(value)))
}

fn open_paths(paths: &[&str]) -> Command {
    let paths = paths.iter().map(PathBuf::from).collect();
    Command::Project(ProjectCommand::OpenPaths(paths))
}

fn preview() -> Box<Preview> {
    Box::new(Preview {
        source: "log.csv".to_owned(),
        ..Preview::default()
    })
}

#[test]
fn the_first_start_opens_the_example_in_the_data_folder() {
    let mut app = new_app();
    let effects = app.start(None);
    let (_, job) = started(&effects).unwrap();
    assert!(matches!(job, Job::OpenExample(dir) if dir == Path::new("/home/user/gemba/example")));
    assert_eq!(app.session().jobs[0].kind, "example");
}

#[test]
fn without_a_data_folder_the_example_is_refused_with_a_hint() {
    let mut app = App::new(options(&Arc::default(), None));
    assert!(app.start(None).is_empty());
    let message = &app.session().messages[0];
    assert_eq!(message.severity, Severity::Warning);
    let hint = message.hint.as_ref().unwrap().to_string();
    assert!(hint.contains("XDG_DATA_HOME"), "{hint}");
}

#[test]
fn a_project_folder_is_opened_and_a_file_is_shown_first() {
    let mut app = new_app();
    let effects = app.apply(open_paths(&["/data/line.gemba"]));
    assert!(matches!(started(&effects), Some((_, Job::Open(_)))));
    let effects = app.apply(open_paths(&["/data/log.csv", "/data/photos"]));
    assert!(
        matches!(started(&effects), Some((_, Job::Preview(request))) if request.sources[0].ends_with("log.csv"))
    );
    assert_eq!(app.session().panel, Panel::Data);
}

#[test]
fn accepting_a_preview_imports_all_files_beside_the_first() {
    let mut app = new_app();
    let id = start_id(&app.apply(open_paths(&["/data/log.csv", "/data/photos"])));
    app.absorb(Event::Started(id));
    app.absorb(Event::Finished(
        id,
        Box::new(Outcome::Previewed(preview())),
        0.1,
    ));
    assert!(app.session().preview.is_some());
    let effects = app.apply(Command::Import(ImportCommand::Accept));
    let Some((
        _,
        Job::Import {
            project,
            fallback,
            request,
            ..
        },
    )) = started(&effects)
    else {
        panic!("no import: {effects:?}");
    };
    assert_eq!(project, Path::new("/data/log.gemba"));
    assert_eq!(request.sources.len(), 2);
    assert!(fallback.as_ref().unwrap().starts_with("/home/user/gemba"));
    assert!(app.session().preview.is_none());
}

fn decided(decimal: &str) -> RecipeDraft {
    let mut draft = RecipeDraft::default();
    draft.set_decimal(Some(decimal));
    draft
}

fn edit(decimal: &str) -> Command {
    Command::Import(ImportCommand::Edit(Box::new(decided(decimal))))
}

fn previewed(source: &str) -> Outcome {
    let mut shown = preview();
    source.clone_into(&mut shown.source);
    Outcome::Previewed(shown)
}

#[test]
fn the_newest_decision_wins_and_is_what_is_imported() {
    let mut app = new_app();
    let first = start_id(&app.apply(open_paths(&["/data/log.csv"])));
    app.absorb(Event::Started(first));
    app.absorb(Event::Finished(first, Box::new(previewed("as found")), 0.1));
    let second = start_id(&app.apply(edit(".")));
    assert!(app.session().wizard.is_stale);
    let effects = app.apply(edit(","));
    let third = start_id(&effects);
    let Some((_, Job::Preview(request))) = started(&effects) else {
        panic!("no preview: {effects:?}");
    };
    assert!(request.recipe_toml.as_ref().unwrap().contains("\",\""));
    app.absorb(Event::Started(second));
    app.absorb(Event::Finished(
        second,
        Box::new(previewed("too late")),
        0.1,
    ));
    assert_eq!(app.session().preview.as_ref().unwrap().source, "as found");
    app.absorb(Event::Started(third));
    app.absorb(Event::Finished(third, Box::new(previewed("newest")), 0.1));
    assert_eq!(app.session().preview.as_ref().unwrap().source, "newest");
    assert!(!app.session().wizard.is_stale);
    let effects = app.apply(Command::Import(ImportCommand::Accept));
    let Some((
        _,
        Job::Import {
            request, folder, ..
        },
    )) = started(&effects)
    else {
        panic!("no import: {effects:?}");
    };
    assert!(
        request
            .recipe
            .as_ref()
            .unwrap()
            .0
            .contains("decimal = \",\"")
    );
    assert_eq!(folder.as_deref(), Some(Path::new("/home/user/gemba")));
}

#[test]
fn what_is_read_anew_goes_to_the_project_that_is_open() {
    let mut app = new_app();
    let read_anew = || Command::Import(ImportCommand::ReadAnew);
    assert!(app.apply(read_anew()).is_empty(), "no project is open");
    let id = start_id(&app.start(None));
    let mut open = opened("/projects/line.gemba");
    open.loaded.import = Arc::new(ImportRecord {
        recipe_toml: decided(".").to_toml(),
        sources: vec!["/data/log.csv".to_owned()],
        ..ImportRecord::default()
    });
    app.absorb(Event::Finished(id, Box::new(Outcome::Opened(open)), 0.1));
    let effects = app.apply(read_anew());
    let Some((_, Job::Preview(request))) = started(&effects) else {
        panic!("no preview: {effects:?}");
    };
    assert_eq!(request.sources, [PathBuf::from("/data/log.csv")]);
    let recipe_toml = request.recipe_toml.clone().unwrap();
    assert_eq!(recipe_toml, decided(".").to_toml());
    let shown = Preview {
        recipe_toml,
        ..*preview()
    };
    let shown = Outcome::Previewed(Box::new(shown));
    app.absorb(Event::Finished(start_id(&effects), Box::new(shown), 0.1));
    assert!(!app.session().wizard.is_changed());
    assert_eq!(app.session().panel, Panel::Data);
    let looked = start_id(&app.apply(edit(",")));
    app.absorb(Event::Finished(looked, Box::new(previewed("newest")), 0.1));
    assert!(app.session().wizard.is_changed());
    let effects = app.apply(Command::Import(ImportCommand::Accept));
    let Some((
        _,
        Job::Import {
            project, request, ..
        },
    )) = started(&effects)
    else {
        panic!("no import: {effects:?}");
    };
    assert_eq!(project, Path::new("/projects/line.gemba"));
    assert_eq!(request.recipe.as_ref().unwrap().0, decided(",").to_toml());
    // The next file goes beside itself again.
    app.apply(open_paths(&["/data/other.csv"]));
    let goes_to = app.session().import_goes_to();
    assert_eq!(goes_to, Some(PathBuf::from("/data/other.gemba")));
}

#[test]
fn an_import_stops_the_work_on_the_project_that_it_leaves() {
    let mut app = app_with_model(&Arc::default());
    let plan = gemba::app::TrainingPlan::default();
    let training = start_id(&app.apply(Command::Training(TrainingCommand::Start(plan))));
    app.absorb(Event::Started(training));
    let looked = start_id(&app.apply(open_paths(&["/data/other.csv"])));
    app.absorb(Event::Finished(looked, Box::new(previewed("other")), 0.1));
    let effects = app.apply(Command::Import(ImportCommand::Accept));
    assert!(matches!(started(&effects), Some((_, Job::Import { .. }))));
    // It would wait until the training is over.
    assert!(stopped(&effects).contains(&training), "{effects:?}");
}

#[test]
fn a_decision_that_reads_nothing_keeps_the_last_good_preview_and_is_not_imported() {
    let mut app = new_app();
    let first = start_id(&app.apply(open_paths(&["/data/log.csv"])));
    app.absorb(Event::Started(first));
    app.absorb(Event::Finished(first, Box::new(previewed("as found")), 0.1));
    let second = start_id(&app.apply(edit(",")));
    app.absorb(Event::Started(second));
    let reason = "no numbers".to_owned();
    app.absorb(Event::Failed(second, AppError::Panicked { reason }, 0.1));
    let wizard = &app.session().wizard;
    assert!(wizard.problem.as_ref().unwrap().0.contains("no numbers"));
    assert_eq!(app.session().preview.as_ref().unwrap().source, "as found");
    let effects = app.apply(Command::Import(ImportCommand::Accept));
    assert!(started(&effects).is_none(), "{effects:?}");
    let third = start_id(&app.apply(edit(".")));
    app.absorb(Event::Started(third));
    app.absorb(Event::Finished(third, Box::new(previewed("again")), 0.1));
    assert!(app.session().wizard.problem.is_none());
}

#[test]
fn the_lines_of_an_issue_are_asked_of_the_open_projects_sources() {
    let mut app = new_app();
    let place = Place::file("log.csv").at_row(7);
    let show = Command::Import(ImportCommand::ShowPlace(place.clone()));
    assert!(app.apply(show.clone()).is_empty(), "no project is open");
    let id = start_id(&app.start(None));
    let example = opened("/home/user/gemba/example/example.gemba");
    app.absorb(Event::Started(id));
    app.absorb(Event::Finished(id, Box::new(Outcome::Opened(example)), 0.1));
    let effects = app.apply(show);
    assert!(matches!(started(&effects), Some((_, Job::Excerpt(_, asked))) if *asked == place));
}

#[test]
fn a_dismissed_preview_does_not_come_back() {
    let mut app = new_app();
    let id = start_id(&app.apply(open_paths(&["/data/log.csv"])));
    app.absorb(Event::Started(id));
    let effects = app.apply(Command::Import(ImportCommand::Dismiss));
    assert_eq!(stopped(&effects), [id]);
    app.absorb(Event::Finished(
        id,
        Box::new(Outcome::Previewed(preview())),
        0.1,
    ));
    assert!(app.session().preview.is_none());
}

#[test]
fn the_example_trains_by_itself_and_own_data_wait_to_be_asked() {
    let mut app = new_app();
    let id = start_id(&app.start(None));
    let example = opened("/home/user/gemba/example/example.gemba");
    let effects = app.absorb(Event::Finished(id, Box::new(Outcome::Opened(example)), 1.0));
    assert!(matches!(started(&effects), Some((_, Job::Train { .. }))));
    assert!(app.session().training.is_some());

    let id = start_id(&app.apply(open_paths(&["/data/line.gemba"])));
    let own = opened("/data/line.gemba");
    let effects = app.absorb(Event::Finished(id, Box::new(Outcome::Opened(own)), 1.0));
    assert!(started(&effects).is_none(), "{effects:?}");
    assert_eq!(
        app.session().desk.recent,
        [PathBuf::from("/data/line.gemba")]
    );
}

#[test]
fn leaving_a_project_stops_its_training_and_its_late_words_do_not_count() {
    let mut app = new_app();
    let id = start_id(&app.start(None));
    let example = opened("/home/user/gemba/example/example.gemba");
    let effects = app.absorb(Event::Finished(id, Box::new(Outcome::Opened(example)), 1.0));
    let training = start_id(&effects);
    app.absorb(Event::Started(training));
    let effects = app.apply(open_paths(&["/data/line.gemba"]));
    let (looked, Job::Check(path)) = started(&effects).unwrap() else {
        panic!("not looked at first: {effects:?}");
    };
    assert_eq!(stopped(&effects), [0; 0], "it may not be there");
    let there = Outcome::Openable(path.clone());
    let effects = app.absorb(Event::Finished(looked, Box::new(there), 0.1));
    assert_eq!(stopped(&effects), [training]);
    let own = opened("/data/line.gemba");
    app.absorb(Event::Finished(
        start_id(&effects),
        Box::new(Outcome::Opened(own)),
        1.0,
    ));
    app.absorb(Event::Usable(training, small_model()));
    assert!(app.session().loaded.as_ref().unwrap().model.is_none());
}

#[test]
fn a_training_that_is_given_up_is_also_stopped() {
    let mut app = new_app();
    let example_id = start_id(&app.start(None));
    app.absorb(Event::Started(example_id));
    let own_id = start_id(&app.apply(open_paths(&["/data/line.gemba"])));
    let example = Outcome::Opened(opened("/home/user/gemba/example/example.gemba"));
    let effects = app.absorb(Event::Finished(example_id, Box::new(example), 1.0));
    let training = start_id(&effects);
    let own = Outcome::Opened(opened("/data/line.gemba"));
    let effects = app.absorb(Event::Finished(own_id, Box::new(own), 1.0));
    assert_eq!(stopped(&effects), [training]);
    assert!(app.session().training.is_none());
}

#[test]
fn the_end_of_a_training_keeps_the_places_of_the_views_only_where_the_data_are_the_same() {
    let mut app = app_with_model(&Arc::default());
    let before = app.session().data_id;
    let trains = |app: &mut App, opened: Box<Opened>| {
        let plan = gemba::app::TrainingPlan::default();
        let id = start_id(&app.apply(Command::Training(TrainingCommand::Start(plan))));
        app.absorb(Event::Started(id));
        app.absorb(Event::Finished(id, Box::new(Outcome::Trained(opened)), 1.0));
    };
    trains(&mut app, opened("/data/line.gemba"));
    assert_eq!(app.session().data_id, before);
    let mut other = opened("/data/line.gemba");
    Arc::make_mut(&mut other.loaded.dataset).channels.swap(0, 2);
    trains(&mut app, other);
    assert_ne!(app.session().data_id, before, "channels changed places");
    let between = app.session().data_id;
    let id = start_id(&app.apply(open_paths(&["/data/line.gemba"])));
    let again = Outcome::Opened(opened("/data/line.gemba"));
    app.absorb(Event::Finished(id, Box::new(again), 1.0));
    assert_ne!(app.session().data_id, between);
}

#[test]
fn cancel_stops_the_training() {
    let mut app = new_app();
    let id = start_id(&app.start(None));
    let example = opened("/home/user/gemba/example/example.gemba");
    let effects = app.absorb(Event::Finished(id, Box::new(Outcome::Opened(example)), 1.0));
    let training = start_id(&effects);
    app.absorb(Event::Started(training));
    let effects = app.apply(Command::Training(TrainingCommand::Cancel));
    assert_eq!(stopped(&effects), [training]);
    // Said at once, and late progress does not take it back.
    assert_eq!(app.session().jobs.last().unwrap().stage, "stopping");
    let late = Progress {
        stage: "neural",
        done_frac: Some(0.5),
        detail: String::new(),
    };
    app.absorb(Event::Progress(training, late));
    assert_eq!(app.session().jobs.last().unwrap().stage, "stopping");
    app.absorb(Event::Cancelled(training));
    assert!(app.session().training.is_none());
    assert_eq!(
        app.session().jobs.last().unwrap().state,
        JobState::Cancelled
    );
}

#[test]
fn cancel_stops_the_job_that_it_stands_beside() {
    let clock: Arc<HandClock> = Arc::default();
    let mut app = app_with_model(&clock);
    let plan = gemba::app::TrainingPlan::default();
    let training = start_id(&app.apply(Command::Training(TrainingCommand::Start(plan))));
    app.absorb(Event::Started(training));
    let open_id = |app: &App, kind: &str| {
        let mut jobs = app.session().jobs.iter();
        jobs.rfind(|job| job.kind == kind).unwrap().id
    };
    let gap = open_id(&app, "gap");
    app.absorb(Event::Started(gap));
    let cancel = |id| Command::Job(JobCommand::Cancel(id));
    assert_eq!(stopped(&app.apply(cancel(gap))), [gap]);
    app.absorb(Event::Cancelled(gap));
    assert_eq!(stopped(&app.apply(cancel(gap))), [0; 0], "it has ended");
    let cancel = Command::Training(TrainingCommand::Cancel);
    assert_eq!(stopped(&app.apply(cancel.clone())), [training]);
    app.absorb(Event::Cancelled(training));
    let opening = start_id(&app.apply(open_paths(&["/data/other.gemba"])));
    assert_eq!(stopped(&app.apply(cancel)), [0; 0], "no training");
    assert!(app.session().jobs.iter().any(|job| job.id == opening));
}

#[test]
fn a_usable_model_asks_the_first_comparison_and_shows_it() {
    let mut app = new_app();
    let id = start_id(&app.start(None));
    let example = opened("/home/user/gemba/example/example.gemba");
    let effects = app.absorb(Event::Finished(id, Box::new(Outcome::Opened(example)), 1.0));
    let training = start_id(&effects);
    app.absorb(Event::Started(training));
    let effects = app.absorb(Event::Usable(training, small_model()));
    let compare = compare_id(&effects).unwrap();
    assert!(app.session().compare_stale);
    app.absorb(Event::Started(compare));
    app.absorb(answer_to(compare, &effects));
    assert!(app.session().compare.is_some());
    assert!(!app.session().compare_stale);
    assert_eq!(app.session().panel, Panel::Compare);
}

fn record_in_use() -> ModelRecord {
    ModelRecord {
        id: "one".to_owned(),
        tier: "neural".to_owned(),
        rmse_norm: 0.1,
        saved_ns: 0,
        in_use: true,
        data_digest: String::new(),
        learned: Vec::new(),
        trial: None,
    }
}

/// A project whose model was saved and learned from other data than there are now.
pub(crate) fn outdated() -> Loaded {
    let place = Place::file("line");
    let code = "model-of-other-data";
    let issue = gemba::base::Issue::new(place, Severity::Warning, code, "train again");
    Loaded {
        model: Some(Arc::new(*small_model())),
        models: vec![record_in_use()],
        issues: vec![issue],
        ..loaded_at("/data/line.gemba")
    }
}

/// A project with a model that is not saved.
fn with_first_model() -> Loaded {
    Loaded {
        model: Some(Arc::new(*small_model())),
        ..loaded_at("/data/line.gemba")
    }
}

/// A project with a model in which another training is run until its first model is handed out and
/// then stopped; what answered before, and what is said.
fn stopped_training(loaded: Loaded) -> (Arc<FittedModel>, App) {
    let mut app = new_app();
    let id = start_id(&app.start(Some(PathBuf::from("/data/line.gemba"))));
    app.absorb(Event::Started(id));
    let mut opened = opened("/data/line.gemba");
    let model = loaded.model.clone().unwrap();
    opened.loaded = loaded;
    app.absorb(Event::Finished(id, Box::new(Outcome::Opened(opened)), 0.1));
    let effects = app.apply(Command::Training(TrainingCommand::Start(
        gemba::app::TrainingPlan::default(),
    )));
    let training = start_id(&effects);
    app.absorb(Event::Started(training));
    app.absorb(Event::Usable(training, small_model()));
    app.absorb(Event::Cancelled(training));
    (model, app)
}

#[test]
fn a_saved_model_goes_on_answering_while_another_is_trained() {
    let (before, app) = stopped_training(Loaded {
        models: vec![record_in_use()],
        ..with_first_model()
    });
    let answers = app.session().loaded.as_ref().unwrap().model.clone();
    assert!(Arc::ptr_eq(&answers.unwrap(), &before));
    let said = app.session().messages.last().unwrap();
    assert!(
        said.text.english().contains("stays in use"),
        "{}",
        said.text
    );
}

#[test]
fn after_a_first_training_is_stopped_it_says_that_the_quick_model_answers() {
    let (before, app) = stopped_training(with_first_model());
    let answers = app.session().loaded.as_ref().unwrap().model.clone();
    assert!(!Arc::ptr_eq(&answers.unwrap(), &before));
    let said = app.session().messages.last().unwrap();
    assert!(said.text.english().contains("not saved"), "{}", said.text);
}

#[test]
fn a_model_of_earlier_data_gives_way_to_the_first_one_of_a_training() {
    let (before, app) = stopped_training(outdated());
    let open = app.session().loaded.as_ref().unwrap();
    let answers = open.model.clone().unwrap();
    assert!(!Arc::ptr_eq(&answers, &before));
    // What it answers is provisional, and it did not learn from other data.
    assert!(!open.has_saved_model() && !open.has_outdated_model());
    let said = app.session().messages.last().unwrap();
    assert!(said.text.english().contains("not saved"), "{}", said.text);
}

/// A gap that says nothing.
pub(crate) fn empty_gap() -> GapAnswer {
    GapAnswer {
        request: GapRequest {
            split: Split::Test,
            horizon_steps: None,
            warmup_steps: 50,
            n_draws: 20,
            seed: 0,
            tier: None,
        },
        n_draws: 20,
        channels: Vec::new(),
        scores: Vec::new(),
        by_horizon: Vec::new(),
        heat: Vec::new(),
        heat_steps: Vec::new(),
        causes: Vec::new(),
        stretches: Vec::new(),
    }
}

#[test]
fn a_gap_of_the_model_before_is_known_as_such_until_the_new_one_is_measured() {
    let mut app = app_with_model(&Arc::default());
    let gap_id = |app: &App| {
        let mut jobs = app.session().jobs.iter();
        jobs.rfind(|job| job.kind == "gap").unwrap().id
    };
    let measured = |app: &mut App, id| {
        let outcome = Outcome::Gap(Box::new(empty_gap()), None);
        app.absorb(Event::Finished(id, Box::new(outcome), 1.0));
    };
    let first = gap_id(&app);
    measured(&mut app, first);
    assert!(!app.session().gap_stale);
    let again = Command::Gap(gemba::app::GapCommand::Measure(Split::Val, None));
    let late = start_id(&app.apply(again));
    let plan = gemba::app::TrainingPlan::default();
    let training = start_id(&app.apply(Command::Training(TrainingCommand::Start(plan))));
    let mut trained = opened("/data/line.gemba");
    trained.loaded.model = Some(Arc::new(*small_model()));
    let trained = Outcome::Trained(trained);
    app.absorb(Event::Finished(training, Box::new(trained), 1.0));
    assert!(app.session().gap.is_some() && app.session().gap_stale);
    measured(&mut app, late);
    assert!(app.session().gap_stale, "it was asked of the model before");
    let newest = gap_id(&app);
    measured(&mut app, newest);
    assert!(!app.session().gap_stale);
}

/// Carries the comparison out that the effects ask for.
fn answer_to(id: u64, effects: &[Effect]) -> Event {
    let job = effects
        .iter()
        .find_map(|effect| match effect {
            Effect::StartJob(found, job) if *found == id => Some(job),
            _ => None,
        })
        .unwrap();
    let mut context = JobContext {
        stop: &StopToken::new(),
        reporter: &Silent,
        on_train: &mut |_| {},
        clock: &HandClock::default(),
    };
    let outcome = gemba::app::run_job(job, &mut context).unwrap();
    Event::Finished(id, Box::new(outcome), 0.1)
}

#[test]
fn edits_wait_for_a_quick_answer_and_only_the_newest_is_asked() {
    let clock: Arc<HandClock> = Arc::default();
    let mut app = app_with_model(&clock);
    let first = app.session().jobs.iter().rfind(|job| job.kind == "compare");
    let first = first.unwrap().id;
    for value in [1.01, 1.02, 1.03] {
        assert_eq!(compare_id(&app.apply(set_speed(value))), None);
    }
    assert!(app.is_waiting());
    let effects = app.absorb(Event::Cancelled(first));
    let Some((_, Job::Compare(_, request))) = started(&effects) else {
        panic!("no comparison: {effects:?}");
    };
    assert_eq!(request.variant.edits, faster(1.03));
    assert!(app.session().compare_stale);
}

#[test]
fn a_question_that_got_no_answer_can_be_asked_again_as_it_is() {
    let clock: Arc<HandClock> = Arc::default();
    let mut app = app_with_model(&clock);
    let first = app.session().jobs.iter().rfind(|job| job.kind == "compare");
    app.absorb(Event::Cancelled(first.unwrap().id));
    let effects = app.apply(Command::Scenario(ScenarioCommand::Ask));
    assert!(compare_id(&effects).is_some(), "{effects:?}");
}

#[test]
fn a_name_that_says_what_is_changed_goes_with_its_edits() {
    let clock: Arc<HandClock> = Arc::default();
    let mut app = app_with_model(&clock);
    let mut named = app.session().variant.clone();
    named.name = "B: speed +5 %".to_owned();
    named.edits = faster(1.05);
    let id = start_id(&app.apply(Command::Scenario(ScenarioCommand::Save)));
    let saved = Outcome::Saved {
        name: "speed".to_owned(),
        scenarios: vec![("speed".to_owned(), named)],
    };
    app.absorb(Event::Finished(id, Box::new(saved), 0.1));
    let recall = ScenarioCommand::Recall("speed".to_owned());
    app.apply(Command::Scenario(recall));
    clock.advance(5.0);
    app.apply(set_speed(1.09));
    assert_eq!(app.session().variant.name, "B");
    app.apply(Command::Scenario(ScenarioCommand::Undo));
    assert_eq!(app.session().variant.name, "B: speed +5 %");
}

#[test]
fn places_of_the_views_are_remembered() {
    let mut app = new_app();
    let places = "row(0.400:tabs(home,data,model,gap,jobs),0.600:tabs(compare))";
    let effects = app.apply(Command::Window(WindowCommand::KeepLayout(
        places.to_owned(),
    )));
    let [Effect::SaveSettings { text, .. }] = &effects[..] else {
        panic!("not saved: {effects:?}");
    };
    assert_eq!(Settings::parse(text).layout, places);
}

#[test]
fn a_slow_comparison_gives_way_to_the_newest_question() {
    let clock: Arc<HandClock> = Arc::default();
    let mut app = app_with_model(&clock);
    let first = app.session().jobs.iter().rfind(|job| job.kind == "compare");
    let first = first.unwrap().id;
    app.apply(set_speed(1.05));
    clock.advance(0.3);
    let effects = app.tick();
    assert_eq!(stopped(&effects), [first]);
    assert!(compare_id(&effects).is_some());
}

#[test]
fn a_drag_of_one_slider_is_one_step_back() {
    let clock: Arc<HandClock> = Arc::default();
    let mut app = app_with_model(&clock);
    for step in 1..=20 {
        app.apply(set_speed(1.0 + f64::from(step) * 0.004));
        clock.advance(0.02);
    }
    clock.advance(5.0);
    app.apply(set_speed(1.2));
    assert_eq!(app.session().desk.undo_steps, 2);
    app.apply(Command::Scenario(ScenarioCommand::Undo));
    assert_eq!(app.session().variant.edits, faster(1.08));
    app.apply(Command::Scenario(ScenarioCommand::Undo));
    assert!(app.session().variant.edits.is_empty());
    app.apply(Command::Scenario(ScenarioCommand::Redo));
    assert_eq!(app.session().variant.edits, faster(1.08));
    assert_eq!(app.session().desk.redo_steps, 1);
}

#[test]
fn a_failed_job_is_a_message_with_the_next_step() {
    let mut app = new_app();
    let id = start_id(&app.apply(open_paths(&["/data/line.gemba"])));
    app.absorb(Event::Started(id));
    let reason = "index out of bounds".to_owned();
    app.absorb(Event::Failed(id, AppError::Panicked { reason }, 0.2));
    let message = &app.session().messages[0];
    assert_eq!(message.severity, Severity::Error);
    assert!(message.text.english().contains("index out of bounds"));
    assert!(message.hint.is_some());
    assert_eq!(app.session().jobs[0].state, JobState::Failed);
    let id = message.id;
    app.apply(Command::Window(WindowCommand::Dismiss(id)));
    assert!(app.session().messages.is_empty());
}

#[test]
fn a_failure_is_said_in_the_language_that_the_window_has_now() {
    let mut app = new_app();
    let id = start_id(&app.apply(open_paths(&["/data/line.gemba"])));
    app.absorb(Event::Started(id));
    let missing = std::io::ErrorKind::NotFound.into();
    let error = FileError::new("read the file", Path::new("/x/log.csv"), missing);
    app.absorb(Event::Failed(id, error.into(), 0.2));
    let reason =
        "ファイルを読むことができません\n  /x/log.csv\n  ファイルまたはフォルダがありません";
    assert!(app.session().jobs[0].detail.english().contains("log.csv"));
    app.apply(Command::Window(WindowCommand::SetLocale(Locale::Ja)));
    let said = |phrase: &Phrase| app.text().say(phrase);
    assert_eq!(said(&app.session().jobs[0].detail), reason);
    let message = &app.session().messages[0];
    let whole = format!("「プロジェクトを開く」を完了できませんでした: {reason}");
    assert_eq!(said(&message.text), whole);
    let hint = said(message.hint.as_ref().unwrap());
    assert!(
        hint.chars().any(|sign| ('ぁ'..='ん').contains(&sign)),
        "{hint}"
    );
}

#[test]
fn a_report_of_an_unknown_kind_is_refused_at_once_and_says_which_are_written() {
    let clock: Arc<HandClock> = Arc::default();
    let mut app = app_with_model(&clock);
    let effects = app.apply(set_speed(1.04));
    assert!(effects.is_empty());
    clock.advance(0.3);
    let effects = app.tick();
    let id = compare_id(&effects).unwrap();
    app.absorb(answer_to(id, &effects));
    let write = |name: &str| Command::Report(ReportCommand::WriteTo(PathBuf::from(name)));
    let n_jobs = app.session().jobs.len();
    assert!(app.apply(write("/tmp/line.docx")).is_empty());
    assert_eq!(app.session().jobs.len(), n_jobs, "nothing was started");
    let message = app.session().messages.last().unwrap();
    for locale in Locale::ALL {
        let text = Text::new(locale);
        for words in [&message.text, message.hint.as_ref().unwrap()] {
            let words = text.say(words);
            assert!(
                words.contains(".html") && words.contains(".xlsx"),
                "{words}"
            );
        }
    }
    assert_eq!(app.apply(write("/tmp/line.xlsx")).len(), 1);
}

#[test]
fn a_written_report_is_a_message_that_knows_its_file() {
    let clock: Arc<HandClock> = Arc::default();
    let mut app = app_with_model(&clock);
    let id = app
        .session()
        .jobs
        .iter()
        .rfind(|job| job.state == JobState::Waiting);
    let id = id.unwrap().id;
    let path = PathBuf::from("/tmp/line.pdf");
    app.absorb(Event::Finished(
        id,
        Box::new(Outcome::Reported(path.clone())),
        0.1,
    ));
    assert_eq!(app.session().messages.last().unwrap().path, Some(path));
}

#[test]
fn a_report_is_not_one_of_the_next_project() {
    let mut app = app_with_model(&Arc::default());
    let answered = app.session().jobs.iter();
    let compare = answered.rev().find(|job| job.kind == "compare").unwrap().id;
    let written = Outcome::Reported(PathBuf::from("/plant/line.html"));
    app.absorb(Event::Finished(compare, Box::new(written), 0.2));
    assert!(app.session().desk.last_report.is_some());
    let id = start_id(&app.apply(open_paths(&["/data/other.gemba"])));
    let other = Outcome::Opened(opened("/data/other.gemba"));
    app.absorb(Event::Finished(id, Box::new(other), 0.1));
    assert!(app.session().desk.last_report.is_none());
}

#[test]
fn a_scenario_is_saved_under_what_people_read_and_can_be_had_again() {
    let clock: Arc<HandClock> = Arc::default();
    let mut app = app_with_model(&clock);
    app.apply(set_speed(1.05));
    let effects = app.apply(Command::Scenario(ScenarioCommand::Save));
    let (id, Job::SaveScenario { name, text, .. }) = started(&effects).unwrap() else {
        panic!("nothing is saved: {effects:?}");
    };
    assert_eq!(name, "speed +5 %");
    let spec = ScenarioSpec::parse(text, "B").unwrap();
    let saved = Outcome::Saved {
        name: "speed +5 % 2".to_owned(),
        scenarios: ["A", "B", "speed +5 % 2"]
            .map(|name| (name.to_owned(), spec.clone()))
            .to_vec(),
    };
    app.absorb(Event::Finished(id, Box::new(saved), 0.1));
    let said = app.session().messages.last().unwrap().text.to_string();
    assert!(said.ends_with(": speed +5 % 2"), "{said}");
    let known: Vec<&str> = app
        .session()
        .saved
        .iter()
        .map(|one| one.0.as_str())
        .collect();
    assert_eq!(known, ["speed +5 % 2"]);
    app.apply(set_speed(1.2));
    clock.advance(5.0);
    let recall = ScenarioCommand::Recall("speed +5 % 2".to_owned());
    app.apply(Command::Scenario(recall));
    assert_eq!(app.session().variant.edits, faster(1.05));
    app.apply(Command::Scenario(ScenarioCommand::Undo));
    assert_eq!(app.session().variant.edits, faster(1.2));
}

#[test]
fn a_failure_goes_away_once_its_kind_of_job_ends_well_and_other_messages_stay() {
    let clock: Arc<HandClock> = Arc::default();
    let mut app = app_with_model(&clock);
    let jobs = app.session().jobs.iter();
    let first = jobs.rev().find(|job| job.kind == "compare").unwrap().id;
    app.apply(Command::Report(ReportCommand::Write));
    let refused = app.session().messages[0].id;
    let reason = "index out of bounds".to_owned();
    app.absorb(Event::Failed(first, AppError::Panicked { reason }, 0.2));
    assert_eq!(app.session().messages.len(), 2);
    let effects = app.apply(set_speed(1.04));
    let id = compare_id(&effects).unwrap();
    app.absorb(answer_to(id, &effects));
    let left: Vec<u64> = app.session().messages.iter().map(|one| one.id).collect();
    assert_eq!(left, [refused]);
}

#[test]
fn a_report_without_an_answer_is_refused_and_with_one_asks_for_a_place() {
    let clock: Arc<HandClock> = Arc::default();
    let mut app = app_with_model(&clock);
    assert!(app.apply(Command::Report(ReportCommand::Write)).is_empty());
    assert!(!app.session().messages.is_empty());
    let first = app.session().jobs.iter().rfind(|job| job.kind == "compare");
    let first = first.unwrap().id;
    let effects = app.absorb(Event::Cancelled(first));
    assert!(effects.is_empty());
    let effects = app.apply(set_speed(1.04));
    let id = compare_id(&effects).unwrap();
    app.absorb(answer_to(id, &effects));
    let effects = app.apply(Command::Report(ReportCommand::Write));
    assert!(
        matches!(&effects[..], [Effect::OpenDialog(Dialog::Report(name))] if name == "line-en.html")
    );
}

#[test]
fn language_and_look_are_remembered() {
    let mut app = new_app();
    let effects = app.apply(Command::Window(WindowCommand::SetLocale(Locale::Ja)));
    let [Effect::SaveSettings { text, .. }] = &effects[..] else {
        panic!("not saved: {effects:?}");
    };
    let settings = Settings::parse(text);
    assert_eq!(settings.locale, Some(Locale::Ja));
    assert_eq!(settings.dark, Some(true));
    assert_eq!(app.text().locale(), Locale::Ja);
}

#[test]
fn settings_are_read_back_and_a_foreign_file_is_ignored() {
    let settings = Settings {
        locale: Some(Locale::Ja),
        dark: Some(false),
        layout: "row(0.400:tabs(home,data),0.600:tabs(compare))".to_owned(),
        recent: vec![PathBuf::from("/data/充填 1.gemba")],
    };
    assert_eq!(Settings::parse(&settings.to_text()), settings);
    assert_eq!(Settings::parse("locale ja\n"), Settings::default());
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "callers build it for this one call"
)]
fn worker(run: Run) -> Worker {
    let clock: Arc<dyn Clock> = Arc::new(HandClock::default());
    let wake: Wake = Arc::new(|_| {});
    Worker::start(&run, &clock, &wake).unwrap()
}

/// Waits until an event fits; the events seen so far come back.
fn wait_for(worker: &mut Worker, fits: impl Fn(&Event) -> bool) -> Vec<Event> {
    let mut seen = Vec::new();
    for _ in 0..2000 {
        seen.extend(worker.drain());
        if seen.iter().any(&fits) {
            return seen;
        }
        thread::sleep(Duration::from_millis(5));
    }
    panic!("no such event among {seen:?}");
}

/// What a job gives that is about something else.
fn nothing() -> Outcome {
    Outcome::Saved {
        name: String::new(),
        scenarios: Vec::new(),
    }
}

fn open_job(name: &str) -> Box<Job> {
    Box::new(Job::Open(PathBuf::from(name)))
}

#[test]
fn a_panicking_job_fails_and_the_next_one_runs() {
    let mut worker = worker(Arc::new(|job, _| match job {
        Job::Open(path) if path.ends_with("bad") => panic!("the wheel came off"),
        _ => Ok(nothing()),
    }));
    worker.post(1, open_job("bad"));
    worker.post(2, open_job("good"));
    let seen = wait_for(&mut worker, |event| matches!(event, Event::Finished(2, ..)));
    assert!(seen.iter().any(|event| matches!(
        event,
        Event::Failed(1, AppError::Panicked { reason }, _) if reason == "the wheel came off"
    )));
}

/// A job that ends only when it is asked to.
fn until_stopped() -> Run {
    Arc::new(|_, context| {
        while !context.stop.is_stopped() {
            thread::sleep(Duration::from_millis(1));
        }
        Err(AppError::Panicked {
            reason: "stopped midway".to_owned(),
        })
    })
}

#[test]
fn a_stopped_job_is_cancelled_not_failed() {
    let mut worker = worker(until_stopped());
    worker.post(1, open_job("long"));
    wait_for(&mut worker, |event| matches!(event, Event::Started(1)));
    worker.stop(1);
    wait_for(&mut worker, |event| matches!(event, Event::Cancelled(1)));
}

#[test]
fn a_waiting_job_that_is_stopped_never_starts() {
    let mut worker = worker(until_stopped());
    worker.post(1, open_job("long"));
    worker.post(2, open_job("never"));
    wait_for(&mut worker, |event| matches!(event, Event::Started(1)));
    worker.stop(2);
    worker.stop(1);
    let seen = wait_for(&mut worker, |event| matches!(event, Event::Cancelled(2)));
    assert!(!seen.iter().any(|event| matches!(event, Event::Started(2))));
}

#[test]
fn the_newest_comparison_replaces_the_waiting_and_stops_the_running_one() {
    let request = Box::new(gemba::app::CompareRequest {
        baseline: gemba::app::Session::new(Locale::En, true).baseline,
        variant: gemba::app::Session::new(Locale::En, true).variant,
        n_draws: 1,
        delta: None,
        seed: 0,
    });
    let loaded = Box::new(loaded_at("/data/line.gemba"));
    let job = || Box::new(Job::Compare(loaded.clone(), request.clone()));
    let mut worker = worker(until_stopped());
    worker.post(1, job());
    wait_for(&mut worker, |event| matches!(event, Event::Started(1)));
    worker.post(2, job());
    worker.post(3, job());
    let seen = wait_for(&mut worker, |event| matches!(event, Event::Started(3)));
    let cancelled = |id: u64| {
        seen.iter()
            .any(|event| matches!(event, Event::Cancelled(found) if *found == id))
    };
    assert!(cancelled(1) && cancelled(2), "{seen:?}");
    worker.stop(3);
}

#[test]
fn progress_never_holds_a_job_up_and_the_newest_wins() {
    static TOLD: AtomicUsize = AtomicUsize::new(0);
    let mut worker = worker(Arc::new(|_, context| {
        for step in 0..50_000 {
            context.reporter.report(Progress {
                stage: "reading",
                done_frac: Some(f64::from(step) / 50_000.0),
                detail: String::new(),
            });
            TOLD.fetch_add(1, Ordering::Relaxed);
        }
        Ok(nothing())
    }));
    worker.post(1, open_job("chatty"));
    for _ in 0..2000 {
        if TOLD.load(Ordering::Relaxed) == 50_000 {
            break;
        }
        thread::sleep(Duration::from_millis(5));
    }
    let seen = wait_for(&mut worker, |event| matches!(event, Event::Finished(1, ..)));
    let told: Vec<f64> = seen
        .iter()
        .filter_map(|event| match event {
            Event::Progress(1, progress) => progress.done_frac,
            _ => None,
        })
        .collect();
    assert_eq!(told.last(), Some(&(49_999.0 / 50_000.0)));
    assert!(told.len() < 1000, "{}", told.len());
}

#[test]
fn the_driver_turns_commands_into_jobs_and_jobs_into_state() {
    let dir = tempfile::tempdir().unwrap();
    let run: Run = Arc::new(|job, _| match job {
        Job::Preview(_) => Ok(Outcome::Previewed(preview())),
        _ => Ok(nothing()),
    });
    let wake: Wake = Arc::new(|_| {});
    let options = options(&Arc::default(), Some(dir.path().join("gemba")));
    let mut driver = Driver::start_with(options, &wake, &run).unwrap();
    driver.turn(vec![
        Command::Window(WindowCommand::SetDark(false)),
        open_paths(&["/data/log.csv"]),
    ]);
    for _ in 0..2000 {
        if driver.app().session().preview.is_some() {
            break;
        }
        thread::sleep(Duration::from_millis(5));
        driver.turn(Vec::new());
    }
    assert!(driver.app().session().preview.is_some());
    let settings = Settings::load(&dir.path().join("gemba"));
    assert_eq!(settings.dark, Some(false));
    let effects = driver.turn(vec![Command::Window(WindowCommand::Quit)]);
    assert!(matches!(&effects[..], [Effect::Quit]));
}

/// An app with a project and a model that is being trained, and the training's number.
fn training(clock: &Arc<HandClock>) -> (App, u64) {
    let mut app = app_with_model(clock);
    let plan = gemba::app::TrainingPlan::default();
    let id = start_id(&app.apply(Command::Training(TrainingCommand::Start(plan))));
    app.absorb(Event::Started(id));
    (app, id)
}

#[test]
fn a_project_that_is_not_there_costs_no_training_and_is_no_longer_listed() {
    let mut app = app_with(&Arc::default());
    for path in ["/no-such/gone.gemba", "/data/line.gemba"] {
        let id = start_id(&app.apply(open_paths(&[path])));
        app.absorb(Event::Started(id));
        let opened = Outcome::Opened(opened(path));
        app.absorb(Event::Finished(id, Box::new(opened), 0.1));
    }
    let gone = PathBuf::from("/no-such/gone.gemba");
    assert!(app.session().desk.recent.contains(&gone));
    let plan = gemba::app::TrainingPlan::default();
    let training = start_id(&app.apply(Command::Training(TrainingCommand::Start(plan))));
    app.absorb(Event::Started(training));
    let effects = app.apply(open_paths(&["/no-such/gone.gemba"]));
    let looked = start_id(&effects);
    app.absorb(Event::Started(looked));
    let error = AppError::from(Loaded::open(&gone).unwrap_err());
    let effects = app.absorb(Event::Failed(looked, error, 0.1));
    assert_eq!(stopped(&effects), [0; 0]);
    assert!(app.session().training.is_some(), "it goes on");
    assert!(!app.session().desk.recent.contains(&gone));
    let saved = |effect: &Effect| matches!(effect, Effect::SaveSettings { .. });
    assert!(effects.iter().any(saved), "{effects:?}");
    // Nor does the project that is open and being trained.
    let effects = app.apply(open_paths(&["/data/line.gemba"]));
    assert!(effects.is_empty(), "{effects:?}");
}

#[test]
fn an_import_that_gave_nothing_gives_the_decisions_back() {
    for is_failed in [true, false] {
        let mut app = new_app();
        let first = start_id(&app.apply(open_paths(&["/data/log.csv"])));
        app.absorb(Event::Started(first));
        app.absorb(Event::Finished(first, Box::new(previewed("log.csv")), 0.1));
        let second = start_id(&app.apply(edit(",")));
        app.absorb(Event::Started(second));
        app.absorb(Event::Finished(second, Box::new(previewed("log.csv")), 0.1));
        let import = start_id(&app.apply(Command::Import(ImportCommand::Accept)));
        app.absorb(Event::Started(import));
        assert!(app.session().preview.is_none());
        let reason = "the disk is gone".to_owned();
        app.absorb(if is_failed {
            Event::Failed(import, AppError::Panicked { reason }, 0.1)
        } else {
            Event::Cancelled(import)
        });
        let session = app.session();
        assert!(session.preview.is_some());
        assert_eq!(session.wizard.draft, decided(","));
        assert_eq!(session.desk.waiting, [PathBuf::from("/data/log.csv")]);
        let failure = session.wizard.failure.as_ref();
        assert_eq!(failure.is_some(), is_failed);
        let effects = app.apply(Command::Import(ImportCommand::Accept));
        let Some((_, Job::Import { request, .. })) = started(&effects) else {
            panic!("it cannot be tried again: {effects:?}");
        };
        assert!(request.recipe.is_some(), "with what was decided");
    }
}

#[test]
fn a_scenario_saved_during_a_training_is_said_to_wait_and_can_be_cancelled_at_once() {
    let (mut app, _training) = training(&Arc::default());
    app.apply(set_speed(1.05));
    let save = start_id(&app.apply(Command::Scenario(ScenarioCommand::Save)));
    let said = app.session().messages.last().unwrap().text.to_string();
    assert!(said.contains("when the training ends"), "{said}");
    let effects = app.apply(Command::Job(JobCommand::Cancel(save)));
    assert_eq!(stopped(&effects), [save]);
    let mut jobs = app.session().jobs.iter();
    let job = jobs.find(|job| job.id == save).unwrap();
    assert_eq!(job.state, JobState::Cancelled);
}

#[test]
fn what_was_saved_in_the_project_before_is_not_listed_in_this_one() {
    let mut app = app_with_model(&Arc::default());
    app.apply(set_speed(1.05));
    let save = start_id(&app.apply(Command::Scenario(ScenarioCommand::Save)));
    app.absorb(Event::Started(save));
    let id = app.apply(open_paths(&["/data/other.gemba"]));
    let other = Outcome::Opened(opened("/data/other.gemba"));
    app.absorb(Event::Finished(start_id(&id), Box::new(other), 0.1));
    let scenarios = vec![("of the other".to_owned(), app.session().variant.clone())];
    let name = "of the other".to_owned();
    let saved = Outcome::Saved { name, scenarios };
    app.absorb(Event::Finished(save, Box::new(saved), 0.1));
    assert!(app.session().saved.is_empty());
}

#[test]
fn a_recalled_scenario_brings_its_stretch_where_the_data_have_it() {
    let mut app = app_with_model(&Arc::default());
    let mut spec = app.session().variant.clone();
    (spec.start.step, spec.horizon_steps) = (Some(200), Some(90));
    spec.edits = faster(1.05);
    let mut beyond = spec.clone();
    (beyond.start.step, beyond.edits) = (Some(580), faster(1.1));
    let id = start_id(&app.apply(Command::Scenario(ScenarioCommand::Save)));
    let scenarios = vec![("short".to_owned(), spec), ("beyond".to_owned(), beyond)];
    let name = "short".to_owned();
    let saved = Outcome::Saved { name, scenarios };
    app.absorb(Event::Finished(id, Box::new(saved), 0.1));
    let recall = |name: &str| Command::Scenario(ScenarioCommand::Recall(name.to_owned()));
    let stretch = |spec: &ScenarioSpec| (spec.start.step, spec.horizon_steps);
    app.apply(recall("short"));
    let session = app.session();
    assert_eq!(stretch(&session.variant), (Some(200), Some(90)));
    assert_eq!(stretch(&session.baseline), (Some(200), Some(90)));
    assert_eq!(session.variant.edits, faster(1.05));
    app.apply(recall("beyond"));
    let session = app.session();
    assert_eq!(stretch(&session.variant), (Some(200), Some(90)));
    assert_eq!(session.variant.edits, faster(1.1));
    let said = session.messages.last().unwrap().text.to_string();
    assert!(said.contains("do not have the stretch"), "{said}");
}

#[test]
fn a_recalled_scenario_may_name_its_stretch_by_a_time_a_day_or_not_at_all() {
    let mut app = app_with_model(&Arc::default());
    let mut spec = app.session().variant.clone();
    (spec.edits, spec.horizon_steps) = (faster(1.05), Some(90));
    let of = |start: StartSpec| ScenarioSpec {
        start,
        ..spec.clone()
    };
    let at = StartSpec {
        at: Some("2026-01-05T10:33:20Z".to_owned()),
        ..StartSpec::default()
    };
    let day = StartSpec {
        episode: Some("2026-01-05".to_owned()),
        ..StartSpec::default()
    };
    // 600 steps of 10 s from 10:00 on.
    let same = StartSpec {
        step: Some(200),
        ..StartSpec::default()
    };
    let saved = [
        ("at", of(at)),
        ("same", of(same)),
        ("day", of(day)),
        ("latest", of(StartSpec::default())),
    ];
    let id = start_id(&app.apply(Command::Scenario(ScenarioCommand::Save)));
    let scenarios = saved.map(|(name, spec)| (name.to_owned(), spec)).to_vec();
    let name = "at".to_owned();
    let outcome = Outcome::Saved {
        name,
        scenarios: scenarios.clone(),
    };
    app.absorb(Event::Finished(id, Box::new(outcome), 0.1));
    let n_said = app.session().messages.len();
    for (name, spec) in scenarios {
        app.apply(Command::Scenario(ScenarioCommand::Recall(name.clone())));
        for now in [&app.session().baseline, &app.session().variant] {
            assert_eq!(now.start, spec.start, "{name}");
            assert_eq!(now.horizon_steps, Some(90), "{name}");
        }
    }
    assert_eq!(app.session().messages.len(), n_said, "nothing is missing");
}

#[test]
fn a_project_named_from_a_folder_is_remembered_from_the_root() {
    let mut app = new_app();
    let effects = app.apply(open_paths(&["p/line.gemba"]));
    let Some((id, Job::Open(path))) = started(&effects) else {
        panic!("not opened: {effects:?}");
    };
    assert!(path.has_root(), "{path:?}");
    let own = Outcome::Opened(opened("p/line.gemba"));
    app.absorb(Event::Finished(id, Box::new(own), 0.1));
    assert_eq!(app.session().desk.recent, std::slice::from_ref(path));
    let effects = app.apply(open_paths(&["p/log.csv"]));
    let Some((_, Job::Preview(request))) = started(&effects) else {
        panic!("not shown: {effects:?}");
    };
    assert!(request.sources[0].has_root());
    // What an earlier program wrote leads nowhere from here.
    let settings = "gemba-settings 1\nrecent p/line.gemba\nrecent /data/line.gemba\n";
    let known = Settings::parse(settings).recent;
    assert_eq!(known, [PathBuf::from("/data/line.gemba")]);
}

#[test]
fn no_report_is_made_of_the_answer_to_an_earlier_question() {
    let mut app = app_with_model(&Arc::default());
    let first = app.session().jobs.iter().rfind(|job| job.kind == "compare");
    let first = first.unwrap().id;
    app.absorb(Event::Cancelled(first));
    let effects = app.apply(set_speed(1.04));
    let id = compare_id(&effects).unwrap();
    app.absorb(answer_to(id, &effects));
    app.apply(set_speed(1.06));
    let effects = app.apply(Command::Report(ReportCommand::Write));
    assert!(effects.is_empty(), "{effects:?}");
    let said = app.session().messages.last().unwrap().text.to_string();
    assert!(said.contains("earlier question"), "{said}");
}

#[test]
fn a_stopped_training_goes_on_from_its_last_state_with_its_own_plan() {
    let mut app = app_with_model(&Arc::default());
    let plan = gemba::app::TrainingPlan {
        preset: Some(Preset::Small),
        ..gemba::app::TrainingPlan::default()
    };
    let id = start_id(&app.apply(Command::Training(TrainingCommand::Start(plan))));
    app.absorb(Event::Started(id));
    app.absorb(Event::Progress(
        id,
        Progress {
            stage: "neural",
            done_frac: Some(0.43),
            detail: String::new(),
        },
    ));
    app.absorb(Event::Kept(id));
    assert!(app.session().unfinished().is_none(), "it runs");
    app.absorb(Event::Cancelled(id));
    let stopped = app.session().unfinished().unwrap().clone();
    assert_eq!((stopped.plan, stopped.done_frac), (plan, 0.43));
    let said = app.session().messages.last().unwrap().hint.clone();
    let said = said.unwrap().english().to_owned();
    assert!(said.contains("go on from where it was"), "{said}");
    let effects = app.apply(Command::Training(TrainingCommand::GoOn));
    let Some((_, Job::Train { config, resume, .. })) = started(&effects) else {
        panic!("it does not go on: {effects:?}");
    };
    assert!(*resume && config.preset == Some(Preset::Small));
    let done_frac = app.session().training.as_ref().unwrap().done_frac;
    assert!((done_frac - 0.43).abs() < 1e-9, "{done_frac}");
    // Given up before a newer state was saved, it still has the one from before.
    app.absorb(Event::Cancelled(start_id(&effects)));
    assert_eq!(app.session().unfinished(), Some(&stopped));
    // One that was stopped before its first state begins anew.
    let start = Command::Training(TrainingCommand::Start(plan));
    let effects = app.apply(start);
    assert!(matches!(
        started(&effects),
        Some((_, Job::Train { resume: false, .. }))
    ));
    app.absorb(Event::Cancelled(start_id(&effects)));
    assert!(app.session().unfinished().is_none());
}

#[test]
fn a_training_that_was_stopped_before_the_program_was_closed_is_offered_again() {
    let kept = UnfinishedTraining {
        preset: Some(Preset::Medium),
        transformer: Attention::Off,
        senses: SensesWay::default(),
        fusion: Fusion::default(),
        frames: FramesWay::default(),
        done_frac: 0.62,
    };
    let mut app = new_app();
    let id = start_id(&app.start(Some(PathBuf::from("/data/line.gemba"))));
    app.absorb(Event::Started(id));
    let mut opened = opened("/data/line.gemba");
    opened.loaded.unfinished = Some(kept);
    app.absorb(Event::Finished(id, Box::new(Outcome::Opened(opened)), 0.1));
    let stopped = app.session().unfinished().expect("the project holds it");
    assert!((stopped.done_frac - 0.62).abs() < 1e-9);
    let effects = app.apply(Command::Training(TrainingCommand::GoOn));
    let Some((_, Job::Train { config, resume, .. })) = started(&effects) else {
        panic!("it does not go on: {effects:?}");
    };
    assert!(*resume && config.preset == Some(Preset::Medium));
    assert_eq!(config.transformer, Attention::Off);
}

#[test]
fn only_a_file_that_a_message_is_about_is_opened_and_one_that_is_not_shown_is_told() {
    let mut app = app_with_model(&Arc::default());
    let report = PathBuf::from("/plant/line.html");
    let show = |path: &PathBuf| Command::Window(WindowCommand::ShowFile(path.clone()));
    assert!(app.apply(show(&report)).is_empty(), "nobody wrote it");
    let jobs = app.session().jobs.iter();
    let id = jobs.rev().find(|job| job.kind == "compare").unwrap().id;
    let written = Outcome::Reported(report.clone());
    app.absorb(Event::Finished(id, Box::new(written), 0.2));
    let effects = app.apply(show(&report));
    assert!(
        matches!(effects.as_slice(), [Effect::ShowFile(path)] if *path == report),
        "{effects:?}"
    );
    app.apply(Command::Window(WindowCommand::NotShown(report)));
    let said = app.session().messages.last().unwrap();
    assert_eq!(said.severity, Severity::Warning);
    assert!(said.text.english().contains("/plant/line.html"));
}

#[test]
fn a_training_of_another_project_leaves_the_one_that_was_stopped_here() {
    let (mut app, first) = training(&Arc::default());
    app.absorb(Event::Kept(first));
    app.absorb(Event::Cancelled(first));
    let opens = |app: &mut App, path: &str| {
        let id = start_id(&app.apply(open_paths(&[path])));
        let opened = Outcome::Opened(opened(path));
        app.absorb(Event::Finished(id, Box::new(opened), 0.1));
    };
    opens(&mut app, "/data/other.gemba");
    assert!(app.session().unfinished().is_none());
    let start = TrainingCommand::Start(gemba::app::TrainingPlan::default());
    for is_stopped in [true, false] {
        let id = start_id(&app.apply(Command::Training(start.clone())));
        app.absorb(Event::Started(id));
        app.absorb(Event::Kept(id));
        app.absorb(if is_stopped {
            Event::Cancelled(id)
        } else {
            let trained = Outcome::Trained(opened("/data/other.gemba"));
            Event::Finished(id, Box::new(trained), 0.1)
        });
        assert_eq!(app.session().unfinished().is_some(), is_stopped);
    }
    opens(&mut app, "/data/line.gemba");
    assert!(app.session().unfinished().is_some());
}

#[test]
fn of_two_wishes_the_newer_one_is_opened() {
    let example = Command::Project(ProjectCommand::OpenExample);
    let own = open_paths(&["/data/newer.gemba"]);
    for (newer, ends_first) in [(example, false), (own.clone(), false), (own, true)] {
        let (mut app, learning) = training(&Arc::default());
        let looked = start_id(&app.apply(open_paths(&["/data/other.gemba"])));
        app.absorb(Event::Started(looked));
        if ends_first {
            let jobs = app.session().jobs.iter();
            let open: Vec<u64> = jobs
                .filter(|job| job.state.is_open() && job.id != looked)
                .map(|job| job.id)
                .collect();
            assert!(open.contains(&learning));
            for id in open {
                app.absorb(Event::Cancelled(id));
            }
        }
        let wished = start_id(&app.apply(newer));
        let there = Outcome::Openable(PathBuf::from("/data/other.gemba"));
        let effects = app.absorb(Event::Finished(looked, Box::new(there), 0.1));
        assert!(effects.is_empty(), "{effects:?}");
        let mut jobs = app.session().jobs.iter();
        assert!(jobs.any(|job| job.id == wished && job.state.is_open()));
    }
}

#[test]
fn the_data_of_a_gap_are_named_in_the_language_of_the_window() {
    let mut app = app_with_model(&Arc::default());
    let mut jobs = app.session().jobs.iter();
    let gap = jobs.rfind(|job| job.kind == "gap").unwrap().id;
    app.absorb(Event::Started(gap));
    let progress = Progress {
        stage: "rollout",
        done_frac: None,
        detail: "test".to_owned(),
    };
    app.absorb(Event::Progress(gap, progress));
    let mut jobs = app.session().jobs.iter();
    let detail = &jobs.find(|job| job.id == gap).unwrap().detail;
    assert_eq!(
        Text::new(Locale::Ja).say(detail),
        Text::new(Locale::Ja).get("split-test")
    );
}
