//! Training and the gap, and how any job is asked to end.

use crate::{
    app::{
        App, Effect, GapCommand, GapRequest, Job, JobCommand, JobState, TrainingCommand,
        TrainingPlan, TrainingView,
    },
    data::Split,
    engine::{SensesPlan, TrainConfig, usual_warmup},
};

/// The stage of a job that was asked to end.
pub(super) const STOPPING: &str = "stopping";
/// Draws of each stretch.
const GAP_DRAWS: usize = 100;

pub(super) fn apply(app: &mut App, command: &TrainingCommand) -> Vec<Effect> {
    match command {
        TrainingCommand::Start(plan) => start(app, *plan, "why-user"),
        TrainingCommand::GoOn => start_or_go_on(app, "why-user"),
        TrainingCommand::Cancel => match app.open_job("train") {
            Some(id) => stop(app, id),
            None => Vec::new(),
        },
    }
}

pub(super) fn cancel(app: &mut App, command: &JobCommand) -> Vec<Effect> {
    let JobCommand::Cancel(id) = *command;
    stop(app, id)
}

/// Says at once that a job is asked to end; it ends after its present step.
fn stop(app: &mut App, id: u64) -> Vec<Effect> {
    let Some(job) = app.job(id).filter(|job| job.state.is_open()) else {
        return Vec::new();
    };
    let mut effects = vec![Effect::StopJob(id)];
    if job.state == JobState::Waiting {
        // Its turn may come much later; nothing of it is left to be waited for.
        job.state = JobState::Cancelled;
        effects.extend(app.ended(id));
    } else {
        job.stage = STOPPING;
    }
    effects
}

/// Starts a training of the open project.
pub(super) fn start(app: &mut App, plan: TrainingPlan, why: &'static str) -> Vec<Effect> {
    begin(app, plan, why, false)
}

/// Goes on with the training of the open project that was stopped; starts one where there is none.
pub(super) fn start_or_go_on(app: &mut App, why: &'static str) -> Vec<Effect> {
    match app.session.unfinished().map(|stopped| stopped.plan) {
        Some(plan) => begin(app, plan, why, true),
        None => start(app, TrainingPlan::default(), why),
    }
}

fn begin(app: &mut App, plan: TrainingPlan, why: &'static str, resume: bool) -> Vec<Effect> {
    if app.open_job("train").is_some() {
        app.warn("message-already-training");
        return Vec::new();
    }
    let Some(loaded) = app.writable() else {
        return Vec::new();
    };
    let done_frac = if resume {
        // Its state stays until a newer one is saved: this training too may be stopped before that.
        app.session.unfinished().map_or(0.0, |one| one.done_frac)
    } else {
        app.forget_unfinished(&loaded.path);
        0.0
    };
    app.session.training = Some(TrainingView {
        done_frac,
        plan,
        ..TrainingView::default()
    });
    let job = Job::Train {
        project: loaded.path,
        config: TrainConfig {
            preset: plan.preset,
            transformer: plan.transformer,
            fusion: plan.fusion,
            frames: plan.frames,
            senses: SensesPlan {
                way: plan.senses,
                ..SensesPlan::default()
            },
            ..TrainConfig::default()
        },
        resume,
    };
    vec![app.start_job(job, why)]
}

pub(super) fn measure_gap(app: &mut App, command: &GapCommand) -> Vec<Effect> {
    let GapCommand::Measure(split, horizon_steps) = *command;
    gap(app, split, horizon_steps, "why-user")
}

/// Measures the gap; a running measurement gives way.
pub(super) fn gap(
    app: &mut App,
    split: Split,
    horizon_steps: Option<usize>,
    why: &'static str,
) -> Vec<Effect> {
    let Some(loaded) = app.answering() else {
        app.warn("message-no-model");
        return Vec::new();
    };
    let request = GapRequest {
        split,
        horizon_steps,
        warmup_steps: usual_warmup(&loaded.dataset, split),
        n_draws: GAP_DRAWS,
        seed: super::scenario::SEED,
        tier: None,
    };
    let mut effects: Vec<Effect> = app
        .open_job("gap")
        .map(Effect::StopJob)
        .into_iter()
        .collect();
    effects.push(app.start_job(Job::Gap(Box::new(loaded), request), why));
    effects
}
