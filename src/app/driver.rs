//! Brings state and threads together, once a frame: events in, commands in, effects out.

use std::sync::Arc;

use super::{App, AppError, AppOptions, Command, Effect, JobState, Run, Wake, Worker, run_job};
use crate::base::{self, Severity};

/// The program with its threads; the window only draws it and posts commands.
pub struct Driver {
    app: App,
    worker: Worker,
    started: Vec<(u64, f64)>,
}

impl Driver {
    /// Starts the threads; `wake` asks the window to draw again after so many seconds.
    ///
    /// # Errors
    ///
    /// [`AppError::Thread`] where the machine gives no thread.
    pub fn start(options: AppOptions, wake: &Wake) -> Result<Self, AppError> {
        let run: Run = Arc::new(run_job);
        Self::start_with(options, wake, &run)
    }

    /// As [`Driver::start`], with another way to carry jobs out; for tests.
    ///
    /// # Errors
    ///
    /// As [`Driver::start`].
    pub fn start_with(options: AppOptions, wake: &Wake, run: &Run) -> Result<Self, AppError> {
        let worker = Worker::start(run, &options.clock, wake)?;
        Ok(Self {
            app: App::new(options),
            worker,
            started: Vec::new(),
        })
    }

    /// The program's state.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Opens what the program starts with.
    pub fn open_first(&mut self, project: Option<std::path::PathBuf>) -> Vec<Effect> {
        let effects = self.app.start(project);
        self.run(effects)
    }

    /// One turn: takes events and commands in; gives what only the window can do.
    pub fn turn(&mut self, commands: Vec<Command>) -> Vec<Effect> {
        let mut effects = Vec::new();
        for event in self.worker.drain() {
            effects.extend(self.app.absorb(event));
        }
        for command in commands {
            effects.extend(self.app.apply(command));
        }
        effects.extend(self.app.tick());
        let rest = self.run(effects);
        self.measure_jobs();
        rest
    }

    /// Whether the window should look again soon although nothing is told.
    pub fn is_waiting(&self) -> bool {
        self.app.is_waiting()
    }

    fn run(&mut self, effects: Vec<Effect>) -> Vec<Effect> {
        let mut rest = Vec::new();
        for effect in effects {
            match effect {
                Effect::StartJob(id, job) => {
                    if !self.worker.post(id, job) {
                        self.app.absorb(super::Event::Cancelled(id));
                        self.app.warn("message-too-many-jobs");
                    }
                }
                Effect::StopJob(id) => self.worker.stop(id),
                Effect::SaveSettings { path, text } => self.save(&path, &text),
                other => rest.push(other),
            }
        }
        rest
    }

    fn save(&mut self, path: &std::path::Path, text: &str) {
        let made = path.parent().map_or(Ok(()), base::create_dir_all);
        if let Err(error) = made.and_then(|()| base::write_atomic(path, text.as_bytes())) {
            let detail = self.app.text.say(&error.phrase());
            self.app.say(Severity::Warning, "message-settings", &detail);
        }
    }

    /// Lets the seconds of running jobs run and works out how long a training still takes.
    fn measure_jobs(&mut self) {
        let now_secs = self.app.clock.monotonic_secs();
        let running: Vec<u64> = self
            .app
            .session
            .jobs
            .iter()
            .filter(|job| job.state == JobState::Running)
            .map(|job| job.id)
            .collect();
        self.started.retain(|(id, _)| running.contains(id));
        for id in running {
            let known = self.started.iter().find(|(known, _)| *known == id);
            let since = known.map_or(now_secs, |(_, since)| *since);
            if known.is_none() {
                self.started.push((id, now_secs));
            }
            let Some(job) = self.app.job(id) else {
                continue;
            };
            job.secs = now_secs - since;
            let (secs, is_training) = (job.secs, job.kind == "train");
            if let Some(view) = self.app.session.training.as_mut().filter(|_| is_training) {
                view.left_secs = left_secs(view.done_frac, secs);
            }
        }
    }
}

/// Seconds left at the present pace; unknown at the very beginning.
fn left_secs(done_frac: f64, secs: f64) -> Option<f64> {
    (done_frac > 0.02 && secs > 1.0).then(|| secs * (1.0 - done_frac).max(0.0) / done_frac)
}
