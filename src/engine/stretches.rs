//! The rollouts behind the gap: which stretches of a split, and what the model says about each.

use std::thread;

use super::{EngineError, Env, GapRequest, StretchTrace, learned::Steps, run_scenario::last_seen};
use crate::{
    data::{Band, Dataset, Span, Split, Trajectory},
    model::{FittedModel, Members, RolloutRequest},
};

/// Where one rollout starts and how far it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StretchPlace {
    /// The episode's position.
    pub(crate) episode: usize,
    /// The first predicted step.
    pub(crate) start: usize,
    /// The step after the last.
    pub(crate) end: usize,
}

/// One stretch rolled out.
#[derive(Debug, Clone)]
pub(crate) struct Stretch {
    /// What was measured and predicted.
    pub(crate) trace: StretchTrace,
    /// How many steps it has.
    pub(crate) n_steps: usize,
    /// The 90 % band of each output.
    pub(crate) band90: Vec<Band>,
    /// Draws of each output, `[O][N][H]`.
    pub(crate) draws: Vec<Vec<Vec<f32>>>,
    /// The measured value of each output before the first predicted step.
    pub(crate) last_seen: Vec<f64>,
}

/// All stretches of a gap.
#[derive(Debug, Clone)]
pub(crate) struct Rolled {
    /// The dataset's indices of the outputs.
    pub(crate) channels: Vec<usize>,
    /// The stretches, in order of time.
    pub(crate) stretches: Vec<Stretch>,
}

/// The stretches of some blocks that a request asks for: the first `warmup_steps` rows of every block
/// are given and never scored, every later row is predicted once.
pub(crate) fn stretches_of(
    blocks: &[Steps],
    request: &GapRequest,
) -> Result<Vec<StretchPlace>, EngineError> {
    let mut places = Vec::new();
    let mut longest = 0;
    for (episode, steps) in blocks {
        longest = longest.max(steps.len());
        let mut start = steps.start.saturating_add(request.warmup_steps);
        while start < steps.end {
            let end = match request.horizon_steps {
                Some(horizon) => steps.end.min(start.saturating_add(horizon)),
                None => steps.end,
            };
            places.push(StretchPlace {
                episode: *episode,
                start,
                end,
            });
            start = end;
        }
    }
    if places.is_empty() {
        return Err(EngineError::NoRows {
            split: request.split.name(),
            warmup_steps: request.warmup_steps,
            longest,
        });
    }
    Ok(places)
}

/// Measured steps given before each rollout where nobody asked for a number: fewer where the longest block is
/// so short that little would be left to score.
pub fn usual_warmup(dataset: &Dataset, split: Split) -> usize {
    const WARMUP_STEPS: usize = 50;
    let longest = dataset.spans_of(split).map(Span::n_steps).max();
    match longest {
        Some(longest) if longest < 2 * WARMUP_STEPS => longest / 3,
        _ => WARMUP_STEPS,
    }
}

/// Rolls every stretch of `(what is true, what is seen)` out. Threads take fixed shares and results
/// are joined in order.
pub(crate) fn roll_stretches(
    (dataset, seen): (&Dataset, &Dataset),
    model: &FittedModel,
    places: &[StretchPlace],
    request: &GapRequest,
    env: &Env<'_>,
) -> Result<Rolled, EngineError> {
    let ask = Ask {
        dataset,
        seen,
        model,
        request,
    };
    let n_threads = env.threads().min(places.len());
    if n_threads < 2 {
        return collect(vec![ask.roll_share(places, true, env.threads(), env)]);
    }
    let share = places.len().div_ceil(n_threads);
    let shares = thread::scope(|scope| {
        let ask = &ask;
        let handles: Vec<_> = places
            .chunks(share)
            .enumerate()
            .map(|(position, share)| {
                let started = thread::Builder::new()
                    .name(format!("gemba-gap-{position}"))
                    .spawn_scoped(scope, move || ask.roll_share(share, position == 0, 1, env));
                (started, share)
            })
            .collect();
        handles
            .into_iter()
            .map(
                |(started, share)| match started.map(thread::ScopedJoinHandle::join) {
                    Ok(Ok(rolled)) => rolled,
                    Ok(Err(panic)) => std::panic::resume_unwind(panic),
                    // No more threads to be had: this one does the share, with the same result.
                    Err(_no_thread) => ask.roll_share(share, false, 1, env),
                },
            )
            .collect()
    });
    collect(shares)
}

fn collect(shares: Vec<Result<Rolled, EngineError>>) -> Result<Rolled, EngineError> {
    let mut all = Rolled {
        channels: Vec::new(),
        stretches: Vec::new(),
    };
    for share in shares {
        let share = share?;
        all.channels = share.channels;
        all.stretches.extend(share.stretches);
    }
    Ok(all)
}

/// What all stretches have in common.
struct Ask<'a> {
    dataset: &'a Dataset,
    /// The same as the model sees it.
    seen: &'a Dataset,
    model: &'a FittedModel,
    request: &'a GapRequest,
}

impl Ask<'_> {
    fn roll_share(
        &self,
        places: &[StretchPlace],
        reports: bool,
        n_threads: usize,
        env: &Env<'_>,
    ) -> Result<Rolled, EngineError> {
        let mut rolled = Rolled {
            channels: Vec::new(),
            stretches: Vec::with_capacity(places.len()),
        };
        for (position, &place) in places.iter().enumerate() {
            env.check()?;
            if reports {
                let done_frac = position as f64 / places.len() as f64;
                let name = &self.dataset.episodes[place.episode].name;
                env.tell("rollout", Some(done_frac), name.clone());
            }
            let trajectory = self
                .model
                .rollout(&self.rollout_of(place, n_threads), env.stop)?;
            rolled.channels.clone_from(&trajectory.channels);
            rolled
                .stretches
                .push(stretch(self.dataset, place, trajectory));
        }
        Ok(rolled)
    }

    fn rollout_of(&self, place: StretchPlace, n_threads: usize) -> RolloutRequest<'_> {
        RolloutRequest {
            dataset: self.seen,
            episode: place.episode,
            start: place.start,
            n_context: self.request.warmup_steps,
            horizon_steps: place.end - place.start,
            controls: None,
            n_draws: self.request.n_draws,
            seed: self.request.seed,
            n_threads,
            members: if self.request.split == Split::Test {
                Members::All
            } else {
                Members::LeftOut
            },
            tier: self.request.tier,
        }
    }
}

fn stretch(dataset: &Dataset, place: StretchPlace, trajectory: Trajectory) -> Stretch {
    let columns = &dataset.episodes[place.episode].columns;
    let outputs = 0..trajectory.channels.len();
    let draws = outputs
        .map(|output| {
            (0..trajectory.n_draws())
                .map(|draw| trajectory.draw(draw, output).to_vec())
                .collect()
        })
        .collect();
    let (lo90, hi90) = trajectory
        .band90
        .iter()
        .map(|band| (band.lo.clone(), band.hi.clone()))
        .unzip();
    Stretch {
        trace: StretchTrace {
            episode: place.episode,
            start: place.start,
            real: trajectory
                .channels
                .iter()
                .map(|&channel| columns[channel][place.start..place.end].to_vec())
                .collect(),
            mean: trajectory.mean,
            lo90,
            hi90,
        },
        n_steps: place.end - place.start,
        band90: trajectory.band90,
        draws,
        last_seen: trajectory
            .channels
            .iter()
            .map(|&channel| last_seen(dataset, place.episode, place.start, channel))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Media;

    /// The test rows of a record of 100.
    const BLOCKS: [Steps; 1] = [(0, 65..100)];

    fn request(horizon_steps: Option<usize>, warmup_steps: usize) -> GapRequest {
        GapRequest {
            split: Split::Test,
            horizon_steps,
            warmup_steps,
            n_draws: 20,
            seed: 0,
            tier: None,
        }
    }

    #[test]
    fn the_largest_numbers_ask_for_no_warm_up_less_and_no_step_more() {
        let places = stretches_of(&BLOCKS, &request(Some(usize::MAX), 5)).expect("rows");
        assert_eq!((places.len(), places[0].start, places[0].end), (1, 70, 100));
        let refused = stretches_of(&BLOCKS, &request(None, usize::MAX));
        assert!(matches!(
            refused,
            Err(EngineError::NoRows { longest: 35, .. })
        ));
    }

    #[test]
    fn short_blocks_are_not_all_warm_up() {
        let dataset = |n_steps: usize| Dataset {
            name: "line".to_owned(),
            step_secs: 1.0,
            has_clock: false,
            utc_offset_secs: None,
            channels: Vec::new(),
            episodes: Vec::new(),
            spans: vec![Span {
                episode: 0,
                start: 10,
                end: 10 + n_steps,
                split: Split::Test,
            }],
            media: Media::default(),
        };
        let usual = |n_steps| usual_warmup(&dataset(n_steps), Split::Test);
        assert_eq!((usual(52), usual(19), usual(100)), (17, 6, 50));
        assert_eq!(usual_warmup(&dataset(52), Split::Val), 50);
    }

    #[test]
    fn every_row_after_the_warm_up_is_predicted_once() {
        let places = stretches_of(&BLOCKS, &request(Some(10), 5)).expect("long enough");
        let ends: Vec<_> = places
            .iter()
            .map(|place| (place.start, place.end))
            .collect();
        assert_eq!(ends, [(70, 80), (80, 90), (90, 100)]);
    }

    #[test]
    fn a_full_run_takes_each_block_once() {
        let places = stretches_of(&BLOCKS, &request(None, 5)).expect("long enough");
        assert_eq!(places.len(), 1);
        assert_eq!((places[0].start, places[0].end), (70, 100));
    }

    #[test]
    fn a_warm_up_longer_than_every_block_is_refused_with_the_longest() {
        let error = stretches_of(&BLOCKS, &request(None, 35)).expect_err("too long");
        assert!(error.to_string().contains("the longest has 35"), "{error}");
    }
}
