//! What-if questions: edits, undo, and the comparison that follows them.
//!
//! A quick answer is always waited for, so that the curve follows the slider; a slow one is given
//! up for the newest question.

use crate::{
    app::{App, Effect, Job, ScenarioCommand, program::worded, session::as_it_was_run},
    base::{Issues, Severity},
    data::{Dataset, Split},
    engine::CompareRequest,
    scenario::{Edit, ScenarioSpec, Start, StartLines, StartSpec, make_plan},
};

/// Seed of all draws that the window asks for.
pub(super) const SEED: u64 = 0;
/// Draws of each scenario.
const DRAWS: usize = 200;
/// A running comparison is left alone for so long.
const PATIENCE_SECS: f64 = 0.25;
/// The horizon of the first question, where the data have so much.
const HORIZON_STEPS: usize = 360;
/// Measured steps that warm the model up.
const CONTEXT_STEPS: usize = 50;

/// What is known of the comparison that is wanted and of the one that runs.
#[derive(Debug, Default)]
pub(in crate::app) struct CompareDesk {
    is_wanted: bool,
    why: &'static str,
    running: Option<(u64, f64)>,
    /// B's name and the edits that it was given for.
    named: (String, Vec<Edit>),
}

impl CompareDesk {
    pub(in crate::app) fn is_waiting(&self) -> bool {
        self.is_wanted && self.running.is_some()
    }

    /// Keeps B's name together with the edits that it was given for.
    pub(super) fn name_of(&mut self, variant: &ScenarioSpec) {
        self.named = (variant.name.clone(), variant.edits.clone());
    }

    /// What B is called with these edits: its name would say something wrong about others.
    fn name_for(&self, edits: &[Edit]) -> String {
        let (name, own) = &self.named;
        let fits = edits == own && !name.is_empty();
        if fits { name } else { "B" }.to_owned()
    }

    /// Whether this is the comparison that is waited for; it is then no longer.
    pub(super) fn settle(&mut self, id: u64) -> bool {
        let is_it = self.running.is_some_and(|(running, _)| running == id);
        if is_it {
            self.running = None;
        }
        is_it
    }

    pub(super) fn is_wanted(&self) -> bool {
        self.is_wanted
    }
}

pub(super) fn apply(app: &mut App, command: ScenarioCommand) -> Vec<Effect> {
    match command {
        ScenarioCommand::Ask => ask(app, "why-user"),
        ScenarioCommand::SetEdits(edits) => set_edits(app, edits),
        ScenarioCommand::Undo => {
            let before = app.history.undo(&app.session.variant.edits);
            put_edits(app, before)
        }
        ScenarioCommand::Redo => {
            let after = app.history.redo(&app.session.variant.edits);
            put_edits(app, after)
        }
        ScenarioCommand::StartAt(episode, step) => start_at(app, episode, step),
        ScenarioCommand::SetHorizon(steps) => {
            for spec in [&mut app.session.baseline, &mut app.session.variant] {
                spec.horizon_steps = Some(steps.max(1));
            }
            ask(app, "why-edit")
        }
        ScenarioCommand::Save => save(app),
        ScenarioCommand::Recall(name) => recall(app, &name),
    }
}

fn set_edits(app: &mut App, edits: Vec<Edit>) -> Vec<Effect> {
    if edits == app.session.variant.edits {
        return Vec::new();
    }
    let now_secs = app.clock.monotonic_secs();
    app.history
        .push(&app.session.variant.edits, &edits, now_secs);
    put_edits(app, Some(edits))
}

fn put_edits(app: &mut App, edits: Option<Vec<Edit>>) -> Vec<Effect> {
    let Some(edits) = edits else {
        return Vec::new();
    };
    app.session.variant.name = app.compare.name_for(&edits);
    app.session.variant.edits = edits;
    (app.session.desk.undo_steps, app.session.desk.redo_steps) = app.history.depth();
    ask(app, "why-edit")
}

fn start_at(app: &mut App, episode: usize, step: usize) -> Vec<Effect> {
    let Some(name) = app
        .session
        .loaded
        .as_ref()
        .and_then(|loaded| loaded.dataset.episodes.get(episode))
        .map(|episode| episode.name.clone())
    else {
        return Vec::new();
    };
    for spec in [&mut app.session.baseline, &mut app.session.variant] {
        spec.start.episode = Some(name.clone());
        spec.start.at = None;
        spec.start.step = Some(step);
        // What a file said is no longer what is asked.
        spec.start.lines = StartLines::default();
    }
    ask(app, "why-edit")
}

/// Saves B under its name in the project.
pub(super) fn save(app: &mut App) -> Vec<Effect> {
    let Some(loaded) = app.writable() else {
        return Vec::new();
    };
    let variant = &app.session.variant;
    let job = Job::SaveScenario {
        project: loaded.path,
        name: variant.shown_name("B", &loaded.dataset.channels, &app.text),
        text: variant.to_toml(),
    };
    if app.open_job("train").is_some() {
        // A training holds the project until it ends.
        let hint = worded("message-save-waits-hint", Vec::new());
        let words = worded("message-save-waits", Vec::new());
        app.message_of("save", Severity::Info, words, Some(hint));
    }
    vec![app.start_job(job, "why-user")]
}

/// Changes in B what a saved scenario changes. Both start where it did and last as long, where these data
/// have that stretch; else they stay where they are, and that is said.
fn recall(app: &mut App, name: &str) -> Vec<Effect> {
    let saved = app.session.saved.iter().find(|(known, _)| known == name);
    let Some((_, saved)) = saved.cloned() else {
        return Vec::new();
    };
    let is_moved = go_to_stretch(app, &saved);
    app.compare.name_of(&saved);
    if saved.edits == app.session.variant.edits {
        app.session.variant.name = saved.name;
        return if is_moved {
            ask(app, "why-edit")
        } else {
            Vec::new()
        };
    }
    set_edits(app, saved.edits)
}

/// Starts both where a saved scenario starts; whether that is another stretch than before.
fn go_to_stretch(app: &mut App, saved: &ScenarioSpec) -> bool {
    let Some(loaded) = &app.session.loaded else {
        return false;
    };
    let dataset = &loaded.dataset;
    let Some(wanted) = stretch_of(dataset, saved) else {
        let hint = worded("message-other-stretch-hint", Vec::new());
        let words = worded("message-other-stretch", Vec::new());
        app.message(Severity::Info, words, Some(hint));
        return false;
    };
    let mut is_moved = false;
    for spec in [&mut app.session.baseline, &mut app.session.variant] {
        is_moved |= stretch_of(dataset, spec) != Some(wanted);
        spec.start = saved.start.clone();
        spec.horizon_steps = saved.horizon_steps;
    }
    is_moved
}

/// The stretch that a scenario is about, however it names it; `None` where the data do not have it.
fn stretch_of(dataset: &Dataset, spec: &ScenarioSpec) -> Option<(Start, usize)> {
    let place = ScenarioSpec {
        start: spec.start.clone(),
        horizon_steps: spec.horizon_steps,
        ..as_it_was_run("")
    };
    let plan = make_plan(&place, dataset, &[], &mut Issues::new()).ok()?;
    let n_steps = dataset.episodes[plan.start.episode].n_steps();
    (plan.start.step + plan.horizon_steps <= n_steps).then_some((plan.start, plan.horizon_steps))
}

/// Wants a new comparison of A and B as they are now.
pub(super) fn ask(app: &mut App, why: &'static str) -> Vec<Effect> {
    app.compare.is_wanted = true;
    app.compare.why = why;
    app.session.compare_stale = true;
    dispatch_compare(app)
}

/// Starts the wanted comparison unless a young one runs; an old one is given up.
pub(in crate::app) fn dispatch_compare(app: &mut App) -> Vec<Effect> {
    if !app.compare.is_wanted {
        return Vec::new();
    }
    let Some(loaded) = app.answering() else {
        return Vec::new();
    };
    let now_secs = app.clock.monotonic_secs();
    let mut effects = Vec::new();
    if let Some((id, since)) = app.compare.running {
        if now_secs - since < PATIENCE_SECS {
            return effects;
        }
        effects.push(Effect::StopJob(id));
    }
    let request = CompareRequest {
        baseline: app.session.baseline.clone(),
        variant: app.session.variant.clone(),
        n_draws: DRAWS,
        delta: None,
        seed: SEED,
    };
    let job = Job::Compare(Box::new(loaded), Box::new(request));
    let effect = app.start_job(job, app.compare.why);
    if let Effect::StartJob(id, _) = &effect {
        app.compare.running = Some((*id, now_secs));
    }
    app.compare.is_wanted = false;
    effects.push(effect);
    effects
}

/// The first question about a dataset: A and B as it was run, from the first test block that is
/// long enough, so that what really happened is there and no model has seen it.
pub(super) fn first_scenarios(dataset: &Dataset) -> (ScenarioSpec, ScenarioSpec) {
    let longest = dataset
        .spans_of(Split::Test)
        .max_by_key(|span| span.n_steps().min(CONTEXT_STEPS + HORIZON_STEPS));
    let place = |name: &str| {
        let mut spec = as_it_was_run(name);
        if let Some(span) = longest.filter(|span| span.n_steps() >= 4) {
            let context = CONTEXT_STEPS.min(span.n_steps() / 2);
            spec.start = StartSpec {
                episode: Some(dataset.episodes[span.episode].name.clone()),
                step: Some(span.start + context),
                context_steps: Some(context),
                ..StartSpec::default()
            };
            spec.horizon_steps = Some(HORIZON_STEPS.min(span.n_steps() - context));
        }
        spec
    };
    (place("A"), place("B"))
}
