//! The running program: its state, and what commands and events do to it.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, LazyLock},
};

use super::{
    Effect, Job, JobState, JobView, Loaded, Message, Panel, Session, Settings,
    apply::{self, Accepted, CompareDesk},
    history::History,
};
use crate::{
    base::{Clock, Locale, Phrase, Severity, Text},
    engine::Access,
};

/// Jobs that stay in the list.
const JOBS_KEPT: usize = 40;
/// Ended comparisons and looks at files that stay in the list: each move of a slider makes one.
const QUICK_KEPT: usize = 4;

static ENGLISH: LazyLock<Text> = LazyLock::new(|| Text::new(Locale::En));

/// What the program starts with.
#[derive(Clone)]
pub struct AppOptions {
    /// The language.
    pub locale: Locale,
    /// Dark or light.
    pub dark: bool,
    /// Where the views are, as the window writes it; empty = the default.
    pub layout: String,
    /// Projects opened lately.
    pub recent: Vec<PathBuf>,
    /// The user's folder for this program's data; `None` = nothing is remembered.
    pub data_dir: Option<PathBuf>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
}

/// The running program without threads and without a window.
pub struct App {
    pub(super) session: Session,
    pub(super) text: Text,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) data_dir: Option<PathBuf>,
    pub(super) history: History,
    pub(super) compare: CompareDesk,
    /// The project that is being opened or looked at first, and the job that does it; none where
    /// something else was wished for since.
    pub(super) opening: Option<(u64, PathBuf)>,
    /// What waits for the end of its import.
    pub(super) accepted: Option<Accepted>,
    /// Whether the user chose a view; until then the program may show the first answer itself.
    pub(super) has_chosen_panel: bool,
    /// Jobs of a smaller number were given an earlier model.
    model_since: u64,
    /// Jobs of a smaller number are about the project before.
    project_since: u64,
    next_id: u64,
}

impl App {
    /// A program with nothing open.
    pub fn new(options: AppOptions) -> Self {
        let mut session = Session::new(options.locale, options.dark);
        session.desk.recent = options.recent;
        session.desk.layout = options.layout;
        session.desk.now_ns = options.clock.unix_nanos();
        Self {
            session,
            text: Text::new(options.locale),
            clock: options.clock,
            data_dir: options.data_dir,
            history: History::default(),
            compare: CompareDesk::default(),
            opening: None,
            accepted: None,
            has_chosen_panel: false,
            model_since: 0,
            project_since: 0,
            next_id: 1,
        }
    }

    /// The state that the window draws.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The words of the chosen language.
    pub fn text(&self) -> &Text {
        &self.text
    }

    /// What the program does first: open this project, or the example.
    pub fn start(&mut self, project: Option<PathBuf>) -> Vec<Effect> {
        match project {
            Some(path) => apply::project::open_paths(self, &[path]),
            None => apply::project::open_example(self, "why-start"),
        }
    }

    /// What time alone brings: the clock moves on, a waiting comparison may start.
    pub fn tick(&mut self) -> Vec<Effect> {
        self.session.desk.now_ns = self.clock.unix_nanos();
        apply::scenario::dispatch_compare(self)
    }

    /// Whether something waits for [`App::tick`].
    pub fn is_waiting(&self) -> bool {
        self.compare.is_waiting()
    }

    /// Adds a message of the program's own, such as a dialog that could not be shown.
    pub fn say(&mut self, severity: Severity, key: &str, detail: &str) {
        let text = worded(key, vec![("detail", Phrase::plain(detail))]);
        self.message(severity, text, None);
    }

    pub(super) fn message(&mut self, severity: Severity, text: Phrase, hint: Option<Phrase>) {
        self.message_of("", severity, text, hint);
    }

    /// A message that goes away once a job of this kind ends well.
    pub(super) fn message_of(
        &mut self,
        job: &'static str,
        severity: Severity,
        text: Phrase,
        hint: Option<Phrase>,
    ) {
        let repeated = |message: &Message| message.text == text;
        self.session.messages.retain(|message| !repeated(message));
        let id = self.new_id();
        self.session.messages.push(Message {
            id,
            job,
            severity,
            text,
            hint,
            path: None,
        });
    }

    /// Lists a job and gives the effect that starts it; `why` is a key of the locale files.
    pub(super) fn start_job(&mut self, job: Job, why: &'static str) -> Effect {
        let id = self.new_id();
        self.session.jobs.push(JobView {
            id,
            kind: job.kind(),
            cause: why,
            state: JobState::Waiting,
            stage: "waiting",
            done_frac: None,
            detail: Phrase::plain(""),
            secs: 0.0,
        });
        self.forget_old_jobs();
        Effect::StartJob(id, Box::new(job))
    }

    /// Notes that another model answers from now on.
    pub(super) fn changed_model(&mut self) {
        self.model_since = self.new_id();
        self.session.gap_stale = self.session.gap.is_some();
    }

    /// Notes that another project, or the same read anew, is open from now on.
    pub(super) fn changed_project(&mut self) {
        self.project_since = self.new_id();
    }

    /// Whether a job is about the project before.
    pub(super) fn is_of_project_before(&self, id: u64) -> bool {
        id < self.project_since
    }

    /// Whether the open project is such a one and a training runs on it.
    pub(super) fn is_learning_in(&self, is_it: impl Fn(&Path) -> bool) -> bool {
        let open = self.session.loaded.as_ref();
        self.session.training.is_some() && open.is_some_and(|open| is_it(&open.path))
    }

    /// Whether a job was given an earlier model than the one that answers now.
    pub(super) fn is_of_earlier_model(&self, id: u64) -> bool {
        id < self.model_since
    }

    pub(super) fn job(&mut self, id: u64) -> Option<&mut JobView> {
        self.session.jobs.iter_mut().find(|job| job.id == id)
    }

    /// The newest job of a kind that has not ended.
    pub(super) fn open_job(&self, kind: &str) -> Option<u64> {
        self.session
            .jobs
            .iter()
            .rev()
            .find(|job| job.kind == kind && job.state.is_open())
            .map(|job| job.id)
    }

    pub(super) fn save_settings(&self) -> Vec<Effect> {
        let Some(dir) = &self.data_dir else {
            return Vec::new();
        };
        let settings = Settings {
            locale: Some(self.session.locale),
            dark: Some(self.session.dark),
            layout: self.session.desk.layout.clone(),
            recent: self.session.desk.recent.clone(),
        };
        vec![Effect::SaveSettings {
            path: Settings::path(dir),
            text: settings.to_text(),
        }]
    }

    /// Shows a view where the user has not chosen one.
    pub(super) fn suggest_panel(&mut self, panel: Panel) {
        if !self.has_chosen_panel {
            self.session.panel = panel;
        }
    }

    /// Forgets that a training of a project could go on.
    pub(super) fn forget_unfinished(&mut self, project: &Path) {
        let stopped = &mut self.session.desk.unfinished;
        stopped.retain(|one| one.project != project);
    }

    /// The open project, where a model answers.
    pub(super) fn answering(&self) -> Option<Loaded> {
        let open = self.session.loaded.as_ref();
        open.filter(|open| open.model.is_some()).cloned()
    }

    /// The open project, where it may be changed; says so where it may not.
    pub(super) fn writable(&mut self) -> Option<Loaded> {
        let Some(loaded) = self.session.loaded.clone() else {
            self.warn("message-no-project");
            return None;
        };
        if loaded.access == Access::ReadOnly {
            self.warn("message-read-only");
            return None;
        }
        Some(loaded)
    }

    pub(super) fn warn(&mut self, key: &str) {
        let hint = worded(&format!("{key}-hint"), Vec::new());
        self.message(Severity::Warning, worded(key, Vec::new()), Some(hint));
    }

    /// Where the example lives.
    pub(super) fn example_dir(&self) -> Option<PathBuf> {
        self.data_dir.as_deref().map(|dir| dir.join("example"))
    }

    pub(super) fn is_example(&self, project: &Path) -> bool {
        self.example_dir()
            .is_some_and(|dir| project.starts_with(dir))
    }

    fn new_id(&mut self) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        id
    }

    fn forget_old_jobs(&mut self) {
        let jobs = &mut self.session.jobs;
        let ended = |is_quick: bool| {
            move |job: &JobView| {
                !job.state.is_open()
                    && matches!(job.kind, "compare" | "preview" | "excerpt") == is_quick
            }
        };
        for (is_quick, kept) in [(true, QUICK_KEPT), (false, JOBS_KEPT)] {
            let ended = ended(is_quick);
            let mut surplus = jobs
                .iter()
                .filter(|job| ended(job))
                .count()
                .saturating_sub(kept);
            jobs.retain(|job| {
                let is_old = surplus > 0 && ended(job);
                surplus -= usize::from(is_old);
                !is_old
            });
        }
    }
}

/// Words of the locale files, said in whatever language the window has when it draws them.
pub(super) fn worded(key: &str, args: Vec<(&'static str, Phrase)>) -> Phrase {
    let english: Vec<(&str, &str)> = args
        .iter()
        .map(|(name, value)| (*name, value.english()))
        .collect();
    let phrase = Phrase::new(key, ENGLISH.with(key, &english));
    args.into_iter().fold(phrase, |phrase, (name, value)| {
        phrase.with_phrase(name, value)
    })
}
