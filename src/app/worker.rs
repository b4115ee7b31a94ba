//! The threads that work while the window goes on drawing.
//!
//! Channels are bounded. Progress and losses go through a board on which the newest wins, so that
//! a job never waits for the window. A panic becomes [`Event::Failed`] and the thread lives on.

use std::{
    any::Any,
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

use super::{AppError, CandidateScore, Job, JobContext, Outcome, Slot};
use crate::{
    base::{Clock, Issue, Progress, Reporter, StopToken},
    engine::{FittedModel, TrainEvent},
};

/// Linear algebra and long recursions need room.
const STACK_BYTES: usize = 256 << 20;
/// Jobs that may wait in a slot.
const QUEUE: usize = 16;
/// Events that may wait for the window.
const EVENTS: usize = 256;
/// Losses kept for a window that does not look.
const LOSSES: usize = 8192;
/// The window is woken for progress at most this often.
const PROGRESS_SECS: f64 = 0.2;

/// Wakes the window after so many seconds.
pub type Wake = Arc<dyn Fn(f64) + Send + Sync>;
/// Carries jobs out.
pub type Run = Arc<dyn Fn(&Job, &mut JobContext<'_>) -> Result<Outcome, AppError> + Send + Sync>;

/// One point of a training curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LossPoint {
    /// Training step.
    pub step: usize,
    /// Loss on training windows.
    pub train: f64,
    /// Free-run error on validation.
    pub val: Option<f64>,
}

/// What a job tells.
#[derive(Debug)]
pub enum Event {
    /// It runs now.
    Started(u64),
    /// How far it is.
    Progress(u64, Progress),
    /// A flaw was worked around on the way.
    Noted(u64, Issue),
    /// New points of the training curve.
    Losses(u64, Vec<LossPoint>),
    /// A candidate was scored.
    Scored(u64, CandidateScore),
    /// A usable model is there; better ones may follow.
    Usable(u64, Box<FittedModel>),
    /// A state that the training can go on from was saved.
    Kept(u64),
    /// It is done; seconds it took.
    Finished(u64, Box<Outcome>, f64),
    /// It could not be done; seconds it took.
    Failed(u64, AppError, f64),
    /// It ended because it was asked to.
    Cancelled(u64),
}

impl Event {
    /// The job that tells it.
    pub fn job_id(&self) -> u64 {
        match self {
            Self::Started(id)
            | Self::Progress(id, _)
            | Self::Noted(id, _)
            | Self::Losses(id, _)
            | Self::Scored(id, _)
            | Self::Usable(id, _)
            | Self::Kept(id)
            | Self::Finished(id, ..)
            | Self::Failed(id, ..)
            | Self::Cancelled(id) => *id,
        }
    }
}

#[derive(Default)]
struct Notes {
    progress: Option<Progress>,
    losses: Vec<LossPoint>,
}

type Board = Arc<Mutex<BTreeMap<u64, Notes>>>;

struct Request {
    id: u64,
    job: Box<Job>,
    stop: StopToken,
}

struct Line {
    requests: Sender<Request>,
    waiting: Receiver<Request>,
    stops: BTreeMap<u64, StopToken>,
}

/// The threads and the way to and from them.
pub struct Worker {
    lines: BTreeMap<Slot, Line>,
    events: Receiver<Event>,
    replaced: Vec<u64>,
    board: Board,
}

impl Worker {
    /// Starts one thread a slot.
    ///
    /// # Errors
    ///
    /// [`AppError::Thread`] where the machine gives none.
    pub fn start(run: &Run, clock: &Arc<dyn Clock>, wake: &Wake) -> Result<Self, AppError> {
        let (events_in, events) = bounded(EVENTS);
        let board = Board::default();
        let mut lines = BTreeMap::new();
        for slot in Slot::ALL {
            let (requests, waiting) = bounded(QUEUE);
            let desk = Desk {
                run: Arc::clone(run),
                clock: Arc::clone(clock),
                wake: Arc::clone(wake),
                events: events_in.clone(),
                board: Arc::clone(&board),
            };
            let inbox: Receiver<Request> = waiting.clone();
            thread::Builder::new()
                .name(slot.name().to_owned())
                .stack_size(STACK_BYTES)
                .spawn(move || desk.serve(&inbox))
                .map_err(|source| AppError::Thread {
                    name: slot.name(),
                    source,
                })?;
            let line = Line {
                requests,
                waiting,
                stops: BTreeMap::new(),
            };
            lines.insert(slot, line);
        }
        Ok(Self {
            lines,
            events,
            replaced: Vec::new(),
            board,
        })
    }

    /// Hands a job over; false where too many wait already.
    pub fn post(&mut self, id: u64, job: Box<Job>) -> bool {
        let slot = job.slot();
        let Some(line) = self.lines.get_mut(&slot) else {
            return false;
        };
        if slot.newest_wins() {
            for stop in line.stops.values() {
                stop.stop();
            }
            self.replaced
                .extend(line.waiting.try_iter().map(|old| old.id));
        }
        let stop = StopToken::new();
        line.stops.insert(id, stop.clone());
        match line.requests.try_send(Request { id, job, stop }) {
            Ok(()) => true,
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {
                line.stops.remove(&id);
                false
            }
        }
    }

    /// Asks a job to end; one that waits ends as soon as it is taken up.
    pub fn stop(&self, id: u64) {
        for line in self.lines.values() {
            if let Some(stop) = line.stops.get(&id) {
                stop.stop();
            }
        }
    }

    /// Everything that was told since the last look, oldest first; never waits.
    pub fn drain(&mut self) -> Vec<Event> {
        let mut events: Vec<Event> = self.replaced.drain(..).map(Event::Cancelled).collect();
        let notes = std::mem::take(&mut *lock(&self.board));
        let told: Vec<Event> = self.events.try_iter().collect();
        let (first, last): (Vec<_>, Vec<_>) = told
            .into_iter()
            .partition(|event| matches!(event, Event::Started(_)));
        events.extend(first);
        for (id, note) in notes {
            if !note.losses.is_empty() {
                events.push(Event::Losses(id, note.losses));
            }
            events.extend(note.progress.map(|progress| Event::Progress(id, progress)));
        }
        events.extend(last);
        for event in &events {
            if let Event::Finished(id, ..) | Event::Failed(id, ..) | Event::Cancelled(id) = event {
                for line in self.lines.values_mut() {
                    line.stops.remove(id);
                }
            }
        }
        events
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        for stop in self.lines.values().flat_map(|line| line.stops.values()) {
            stop.stop();
        }
    }
}

/// What a thread works with.
struct Desk {
    run: Run,
    clock: Arc<dyn Clock>,
    wake: Wake,
    events: Sender<Event>,
    board: Board,
}

impl Desk {
    fn serve(&self, inbox: &Receiver<Request>) {
        for request in inbox {
            let end = if request.stop.is_stopped() {
                Event::Cancelled(request.id)
            } else {
                self.tell(Event::Started(request.id));
                self.work(&request)
            };
            self.tell(end);
        }
    }

    fn work(&self, request: &Request) -> Event {
        let started = self.clock.monotonic_secs();
        let id = request.id;
        let reporter = Told { desk: self, id };
        let mut on_train = |event: &TrainEvent| self.on_train(id, event);
        let mut context = JobContext {
            stop: &request.stop,
            reporter: &reporter,
            on_train: &mut on_train,
            clock: self.clock.as_ref(),
        };
        let result = catch_unwind(AssertUnwindSafe(|| (self.run)(&request.job, &mut context)));
        let secs = self.clock.monotonic_secs() - started;
        match result {
            Ok(Ok(outcome)) => Event::Finished(id, Box::new(outcome), secs),
            Ok(Err(error)) if request.stop.is_stopped() || error.is_stopped() => {
                Event::Cancelled(id)
            }
            Ok(Err(error)) => Event::Failed(id, error, secs),
            Err(reason) => {
                let reason = words_of(reason.as_ref());
                Event::Failed(id, AppError::Panicked { reason }, secs)
            }
        }
    }

    fn on_train(&self, id: u64, event: &TrainEvent) {
        match event {
            TrainEvent::Scored(score) => self.tell(Event::Scored(id, score.clone())),
            TrainEvent::Usable(model) => self.tell(Event::Usable(id, model.clone())),
            TrainEvent::Loss {
                step, train, val, ..
            } => {
                let point = LossPoint {
                    step: *step,
                    train: *train,
                    val: *val,
                };
                let mut board = lock(&self.board);
                let losses = &mut board.entry(id).or_default().losses;
                if losses.len() < LOSSES {
                    losses.push(point);
                }
                drop(board);
                (self.wake)(PROGRESS_SECS);
            }
            TrainEvent::Checkpoint(_) => self.tell(Event::Kept(id)),
        }
    }

    fn tell(&self, event: Event) {
        // The window is gone where nobody listens; then nobody needs to know.
        self.events.send(event).ok();
        (self.wake)(0.0);
    }
}

/// Takes what a job tells.
struct Told<'d> {
    desk: &'d Desk,
    id: u64,
}

impl Reporter for Told<'_> {
    fn report(&self, progress: Progress) {
        lock(&self.desk.board).entry(self.id).or_default().progress = Some(progress);
        (self.desk.wake)(PROGRESS_SECS);
    }

    fn note(&self, issue: &Issue) {
        self.desk.tell(Event::Noted(self.id, issue.clone()));
    }
}

/// A poisoned board still holds whole notes: each is replaced in one step.
fn lock(board: &Board) -> std::sync::MutexGuard<'_, BTreeMap<u64, Notes>> {
    board.lock().unwrap_or_else(PoisonError::into_inner)
}

fn words_of(reason: &(dyn Any + Send)) -> String {
    reason
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| reason.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no reason was given".to_owned())
}
