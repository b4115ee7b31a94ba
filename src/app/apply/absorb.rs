//! What the worker's events do to the state.

use std::{path::Path, sync::Arc};

use super::{CompareDesk, import, project, scenario, training};
use crate::{
    app::{
        App, AppError, Effect, Event, JobState, LossPoint, Message, Opened, Outcome, Panel,
        TrainingPlan, Unfinished, program::worded, settings,
    },
    base::{Phrase, Progress, Severity},
    data::{Dataset, Split},
    engine::{Access, CandidateScore, FittedModel},
    scenario::{ScenarioSpec, StartLines},
};

/// Points of a training curve that are kept; beyond it every second one is dropped.
const CURVE_POINTS: usize = 4000;

impl App {
    /// Takes one event of the worker in.
    pub fn absorb(&mut self, event: Event) -> Vec<Effect> {
        // What a job says after the program has given it up no longer counts.
        if !self
            .job(event.job_id())
            .is_some_and(|job| job.state.is_open())
        {
            return Vec::new();
        }
        match event {
            Event::Started(id) => self.set_state(id, JobState::Running, None),
            Event::Progress(id, progress) => self.progress(id, progress),
            Event::Noted(id, issue) => {
                let line = self.text.issue_line(&issue);
                if let Some(job) = self.job(id) {
                    job.detail = Phrase::plain(line);
                }
            }
            Event::Losses(_, points) => self.losses(&points),
            Event::Scored(_, score) => self.scored(score),
            Event::Usable(_, model) => return self.usable(*model),
            Event::Kept(_) => self.kept(),
            Event::Finished(id, outcome, secs) => {
                self.set_state(id, JobState::Done, Some(secs));
                let kind = self.job(id).map_or("", |job| job.kind);
                let is_over = |one: &Message| !one.job.is_empty() && one.job == kind;
                self.session.messages.retain(|one| !is_over(one));
                return self.finished(id, *outcome);
            }
            Event::Failed(id, error, secs) => {
                self.set_state(id, JobState::Failed, Some(secs));
                return self.failed(id, &error);
            }
            Event::Cancelled(id) => {
                self.set_state(id, JobState::Cancelled, None);
                // Whether it can go on is known once it is no longer the running one.
                let effects = self.ended(id);
                if self.job(id).is_some_and(|job| job.kind == "train") {
                    self.tell_who_answers();
                }
                return effects;
            }
        }
        Vec::new()
    }

    fn set_state(&mut self, id: u64, state: JobState, secs: Option<f64>) {
        if let Some(job) = self.job(id) {
            job.state = state;
            job.secs = secs.unwrap_or(job.secs);
            if state == JobState::Done {
                job.done_frac = Some(1.0);
            }
        }
    }

    fn progress(&mut self, id: u64, progress: Progress) {
        let Some(job) = self.job(id) else {
            return;
        };
        if job.stage != training::STOPPING {
            job.stage = progress.stage;
        }
        job.done_frac = progress.done_frac;
        let split = Split::ALL.into_iter();
        let split = split.map(Split::name).find(|name| *name == progress.detail);
        job.detail = match split.filter(|_| job.kind == "gap") {
            Some(name) => worded(&format!("split-{name}"), Vec::new()),
            None => Phrase::plain(progress.detail),
        };
        if job.kind == "train"
            && let (Some(view), Some(done)) = (&mut self.session.training, progress.done_frac)
        {
            view.done_frac = done;
        }
    }

    fn losses(&mut self, points: &[LossPoint]) {
        let Some(view) = &mut self.session.training else {
            return;
        };
        for point in points {
            let step = point.step as f64;
            view.train_curve.push((step, point.train));
            view.val_curve.extend(point.val.map(|val| (step, val)));
        }
        for curve in [&mut view.train_curve, &mut view.val_curve] {
            if curve.len() > CURVE_POINTS {
                let mut keep = false;
                curve.retain(|_| {
                    keep = !keep;
                    keep
                });
            }
        }
    }

    /// Notes that a training which ends now can go on from here.
    fn kept(&mut self) {
        if let (Some(view), Some(loaded)) = (&self.session.training, &self.session.loaded) {
            let kept = Unfinished {
                project: loaded.path.clone(),
                plan: view.plan,
                done_frac: view.done_frac,
            };
            self.forget_unfinished(&kept.project);
            self.session.desk.unfinished.push(kept);
        }
    }

    /// Notes that the project that was opened holds a training that can go on: the program may have been
    /// closed since.
    fn recall_unfinished(&mut self) {
        let Some(loaded) = &self.session.loaded else {
            return;
        };
        if let Some(kept) = &loaded.unfinished {
            let recalled = Unfinished {
                project: loaded.path.clone(),
                plan: TrainingPlan::of(kept),
                done_frac: kept.done_frac,
            };
            self.forget_unfinished(&recalled.project);
            self.session.desk.unfinished.push(recalled);
        }
    }

    fn scored(&mut self, score: CandidateScore) {
        if let Some(view) = &mut self.session.training {
            view.scores.retain(|old| old.tier != score.tier);
            view.scores.push(score);
        }
    }

    /// A model that can be asked while a better one is still being trained. One that was saved goes on
    /// answering: a training must win before it replaces it. One that was saved for earlier data gives
    /// way at once.
    fn usable(&mut self, model: FittedModel) -> Vec<Effect> {
        let Some(loaded) = &mut self.session.loaded else {
            return Vec::new();
        };
        if loaded.has_saved_model() && !loaded.has_outdated_model() {
            return Vec::new();
        }
        // No saved model answers from here on; on the disk nothing has changed.
        for record in &mut loaded.models {
            record.in_use = false;
        }
        loaded.model = Some(Arc::new(model));
        self.changed_model();
        scenario::ask(self, "why-model")
    }

    fn finished(&mut self, id: u64, outcome: Outcome) -> Vec<Effect> {
        match outcome {
            Outcome::Opened(opened) => return self.opened(id, *opened),
            Outcome::Trained(opened) => return self.trained(id, *opened),
            Outcome::Openable(path) => return project::checked(self, id, &path),
            Outcome::Previewed(preview) => import::shown(self, id, *preview),
            Outcome::Excerpt(excerpt) => self.session.excerpt = Some(*excerpt),
            Outcome::Compared(answer) => {
                if self.compare.settle(id) {
                    self.session.compare = Some(Arc::new(*answer));
                    self.session.compare_stale = self.compare.is_wanted();
                    self.suggest_panel(Panel::Compare);
                }
                return scenario::dispatch_compare(self);
            }
            Outcome::Gap(answer, anomaly) => {
                self.session.gap = Some(Arc::new(*answer));
                self.session.gap_stale = self.is_of_earlier_model(id);
                self.session.anomaly = anomaly.map(|anomaly| Arc::new(*anomaly));
            }
            Outcome::Reported(path) => {
                self.say(Severity::Info, "message-report", &path.to_string_lossy());
                if let Some(message) = self.session.messages.last_mut() {
                    message.path = Some(path.clone());
                }
                self.session.desk.last_report = Some(path);
            }
            Outcome::Saved { name, scenarios } => {
                if !self.is_of_project_before(id) {
                    self.keep_saved(scenarios);
                }
                self.say(Severity::Info, "message-saved", &name);
            }
        }
        Vec::new()
    }

    fn opened(&mut self, id: u64, opened: Opened) -> Vec<Effect> {
        let is_import = self.job(id).is_some_and(|job| job.kind == "import");
        self.accepted.take_if(|accepted| accepted.job == id);
        self.changed_project();
        let (mut baseline, mut variant) = scenario::first_scenarios(&opened.loaded.dataset);
        for (name, saved) in &opened.scenarios {
            match name.as_str() {
                "A" => baseline = saved.clone(),
                "B" => variant = saved.clone(),
                _ => {}
            }
        }
        if self.session.training.is_some() {
            self.warn("message-training-left");
        }
        self.keep_saved(opened.scenarios);
        let mut effects = self.give_up(&["train", "gap", "compare", "report"]);
        let session = &mut self.session;
        (session.baseline, session.variant) = (baseline, variant);
        self.compare.name_of(&session.variant);
        (session.pyramids, session.coverage) = (opened.pyramids, opened.coverage);
        session.excerpt = None;
        (session.compare, session.gap, session.training) = (None, None, None);
        (session.anomaly, session.gap_stale) = (None, false);
        (session.desk.last_training, session.desk.last_report) = (None, None);
        session.desk.has_seen_data = false;
        self.history.clear();
        (self.session.desk.undo_steps, self.session.desk.redo_steps) = (0, 0);
        let path = opened.loaded.path.clone();
        let has_model = opened.loaded.model.is_some();
        let can_train = opened.loaded.access == Access::ReadWrite;
        self.session.loaded = Some(opened.loaded);
        self.session.data_id += 1;
        effects.extend(self.remember(&path));
        if is_import {
            self.session.panel = Panel::Data;
            // A state of other data is of no use any more.
            self.forget_unfinished(&path);
        }
        self.recall_unfinished();
        if has_model {
            effects.extend(scenario::ask(self, "why-opened"));
            effects.extend(training::gap(self, Split::Test, None, "why-opened"));
        } else if self.is_example(&path) && can_train {
            effects.extend(training::start_or_go_on(self, "why-start"));
        }
        effects
    }

    /// Lists the saved scenarios; those of the names A and B are what the window opens with.
    fn keep_saved(&mut self, mut scenarios: Vec<(String, ScenarioSpec)>) {
        scenarios.retain(|(name, _)| name != "A" && name != "B");
        // What is taken from them counts as made in the window.
        for (_, spec) in &mut scenarios {
            spec.start.lines = StartLines::default();
            spec.edits.iter_mut().for_each(|edit| edit.line = 0);
        }
        self.session.saved = scenarios;
    }

    /// Work on a project that was left no longer counts, whatever it may still bring; it is asked to
    /// end, so that nothing new waits behind it.
    fn give_up(&mut self, kinds: &[&str]) -> Vec<Effect> {
        self.compare = CompareDesk::default();
        let jobs = self.session.jobs.iter_mut();
        jobs.filter(|job| job.state.is_open() && kinds.contains(&job.kind))
            .map(|job| {
                job.state = JobState::Cancelled;
                Effect::StopJob(job.id)
            })
            .collect()
    }

    fn trained(&mut self, id: u64, opened: Opened) -> Vec<Effect> {
        let open = self.session.loaded.as_ref();
        let Some(open) = open.filter(|open| open.path == opened.loaded.path) else {
            return Vec::new();
        };
        let keeps_places = has_same_places(&open.dataset, &opened.loaded.dataset);
        self.session.desk.last_training = self.session.training.take();
        self.forget_unfinished(&opened.loaded.path);
        if !keeps_places {
            // Imported anew from elsewhere meanwhile: nothing that is shown belongs to these data.
            return self.opened(id, opened);
        }
        (self.session.pyramids, self.session.coverage) = (opened.pyramids, opened.coverage);
        self.session.loaded = Some(opened.loaded);
        self.changed_model();
        let mut effects = scenario::ask(self, "why-trained");
        effects.extend(training::gap(self, Split::Test, None, "why-trained"));
        effects
    }

    fn failed(&mut self, id: u64, error: &AppError) -> Vec<Effect> {
        let (reason, hint) = (error.whole_phrase(), error.hint_phrase());
        let said = |phrase: &Phrase| self.text.say(phrase);
        let problem = (said(&reason), hint.as_ref().map(said).unwrap_or_default());
        let kind = self.job(id).map_or("", |job| {
            job.detail.clone_from(&reason);
            job.kind
        });
        match kind {
            "preview" if import::refused(self, id, problem.clone()) => return Vec::new(),
            "import" => import::given_back(self, id, Some(problem)),
            _ => {}
        }
        let job = worded(&format!("job-{kind}"), Vec::new());
        let text = worded("message-failed", vec![("job", job), ("reason", reason)]);
        self.message_of(kind, Severity::Error, text, hint);
        let mut effects = project::refused(self, id, error);
        effects.extend(self.ended(id));
        effects
    }

    /// After a training that was stopped: which model answers now.
    fn tell_who_answers(&mut self) {
        let key = match &self.session.loaded {
            Some(open) if open.has_saved_model() => "message-stopped-saved",
            Some(open) if open.model.is_some() => "message-stopped-first",
            _ => return,
        };
        let hint = if self.session.unfinished().is_some() {
            worded("message-stopped-kept-hint", Vec::new())
        } else {
            worded(&format!("{key}-hint"), Vec::new())
        };
        self.message_of("train", Severity::Info, worded(key, Vec::new()), Some(hint));
    }

    /// What is tidied up after a job that gave nothing.
    pub(super) fn ended(&mut self, id: u64) -> Vec<Effect> {
        let kind = self.job(id).map_or("", |job| job.kind);
        match kind {
            "train" => self.session.desk.last_training = self.session.training.take(),
            // A newer look at the file may be on its way, or an older one be shown.
            "preview" if self.session.wizard.newest == id && self.session.preview.is_none() => {
                self.session.desk.waiting.clear();
                self.session.desk.goes_to = None;
            }
            "import" => import::given_back(self, id, None),
            "compare" => {
                self.compare.settle(id);
                return scenario::dispatch_compare(self);
            }
            _ => {}
        }
        Vec::new()
    }

    /// Notes a project in the list of recent ones; the example is always at hand anyway.
    fn remember(&mut self, path: &Path) -> Vec<Effect> {
        if self.is_example(path) {
            return Vec::new();
        }
        let path = project::whole(path);
        let recent = &mut self.session.desk.recent;
        recent.retain(|known| *known != path);
        recent.insert(0, path);
        recent.truncate(settings::RECENT);
        self.save_settings()
    }
}

/// Whether positions of channels, recordings, steps and pictures mean the same in both.
fn has_same_places(one: &Dataset, other: &Dataset) -> bool {
    let channels = |dataset: &Dataset| -> Vec<_> {
        let channels = dataset.channels.iter();
        channels.map(|it| (it.name.clone(), it.role)).collect()
    };
    let episodes = |dataset: &Dataset| -> Vec<_> {
        let episodes = dataset.episodes.iter();
        episodes.map(|it| (it.start_ns, it.n_steps())).collect()
    };
    let frames = |dataset: &Dataset| -> Vec<_> {
        let frames = dataset.media.frames.iter();
        frames.map(|frame| frame.time_ns).collect()
    };
    one.step_secs.total_cmp(&other.step_secs).is_eq()
        && channels(one) == channels(other)
        && episodes(one) == episodes(other)
        && frames(one) == frames(other)
}
