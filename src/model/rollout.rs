//! From a question to many possible futures in the channels' units.

use super::{
    FittedModel, Members, ModelError, RolloutRequest, Tier,
    blend::Blend,
    caution::likeness_of_step,
    leftout::{LOOK_BACK, recall},
    line::{Line, Paths},
    noise::normal_pairs,
    prepare::ChannelMap,
    prepared::{SimOutput, SimStart, Simulator as _, shown},
    screen::forget_lone,
    senses::View,
};
use crate::{
    base::{Purpose, StopToken, Stream, to_f32},
    data::Trajectory,
};

impl FittedModel {
    /// Rolls the future out.
    ///
    /// # Determinism
    ///
    /// Draw `n` belongs to member `n mod M`; its noise is a pure function of seed, draw, output
    /// and step, so that scenarios share it and a longer horizon starts with the shorter one.
    ///
    /// # Errors
    ///
    /// [`ModelError`] where the dataset lacks the model's channels or has another time step, the context is too short, or
    /// it was asked to stop.
    pub fn rollout(
        &self,
        request: &RolloutRequest<'_>,
        stop: &StopToken,
    ) -> Result<Trajectory, ModelError> {
        stop.check()?;
        self.check_step(request.dataset)?;
        let map = ChannelMap::find(request.dataset, &self.normalizer)?;
        let mut out = self.say(request, &map, &self.fold_of_step(request), stop)?;
        // A family that is asked alone answers from what its kind knows.
        if request.tier.is_none() {
            self.look_and_listen(&mut out, request, &map, stop)?;
        }
        Ok(out)
    }

    /// What the families say; `folds` are the members that alone may speak at each step.
    fn say(
        &self,
        request: &RolloutRequest<'_>,
        map: &ChannelMap,
        folds: &[Option<usize>],
        stop: &StopToken,
    ) -> Result<Trajectory, ModelError> {
        let rows = Rows::cut(self, request, map)?;
        let mut out = Trajectory {
            step_secs: request.dataset.step_secs,
            start_ns: request.dataset.episodes[request.episode]
                .time_ns(request.start, request.dataset.step_secs),
            channels: map.outputs.clone(),
            n_steps: request.horizon_steps,
            member_of_draw: (0..request.n_draws)
                .map(|draw| draw % self.n_members())
                .collect(),
            draws: vec![0.0; request.n_draws * map.outputs.len() * request.horizon_steps],
            mean: Vec::new(),
            band50: Vec::new(),
            band90: Vec::new(),
            aleatoric: Vec::new(),
            epistemic: Vec::new(),
        };
        let lines = self.lines(request, (&rows, folds), map, stop)?;
        for line in &lines {
            line.describe(&mut out);
        }
        fill_draws(&mut out, &lines, request, stop)?;
        drop(lines);
        Ok(out)
    }

    /// Lets the model that knows pictures, sound and checklists answer what it answers better.
    fn look_and_listen(
        &self,
        out: &mut Trajectory,
        request: &RolloutRequest<'_>,
        map: &ChannelMap,
        stop: &StopToken,
    ) -> Result<(), ModelError> {
        let view = View {
            dataset: request.dataset,
            map,
            normalizer: &self.normalizer,
            episode: request.episode,
            start: request.start,
            n_context: request.n_context,
            horizon_steps: request.horizon_steps,
            folds: match request.members {
                Members::LeftOut => &self.provenance.folds,
                Members::All => &[],
            },
        };
        let Some((sighted, heard)) = self.senses.listen(&view)? else {
            return Ok(());
        };
        let asked = RolloutRequest {
            dataset: &heard.dataset,
            start: request.start - heard.first,
            ..*request
        };
        let map = ChannelMap::find(&heard.dataset, &sighted.model.normalizer)?;
        // Who left a step out is told by its place in the whole recording.
        let folds = sighted.model.fold_of_step(request);
        let own = sighted.model.say(&asked, &map, &folds, stop)?;
        for (at, output) in self.normalizer.active().into_iter().enumerate() {
            let parts = self.senses.parts(sighted, at, out.n_steps);
            out.mix(&own, output, &parts);
        }
        Ok(())
    }

    /// One line an output: what each member says, and how it is spread.
    fn lines(
        &self,
        request: &RolloutRequest<'_>,
        (rows, folds): (&Rows, &[Option<usize>]),
        map: &ChannelMap,
        stop: &StopToken,
    ) -> Result<Vec<Line<'_>>, ModelError> {
        let active = self.normalizer.active();
        let mut likeness = likeness_of_step(&self.normalizer, &rows.future_input);
        // A plant without inputs is always like what was met.
        likeness.resize(request.horizon_steps, 1.0);
        let mut said = Said::default();
        let mut lines = Vec::with_capacity(map.outputs.len());
        for (output, named) in self.normalizer.outputs.iter().enumerate() {
            stop.check()?;
            let Some(position) = active.iter().position(|&one| one == output) else {
                let column =
                    &request.dataset.episodes[request.episode].columns[map.outputs[output]];
                let past = &column[request.start - rows.n_past..request.start];
                let last = past.iter().rev().find(|value| value.is_finite());
                lines.push(Line::constant(
                    last.copied().unwrap_or(named.scale.center),
                    self.n_members(),
                    request.horizon_steps,
                ));
                continue;
            };
            let tier = self.answering(output, request);
            let (members, added, calibration) = if let Some(tier) = tier {
                let members = said.family(self, tier, rows, stop)?;
                (members, &[][..], self.race.calibration.get(&tier))
            } else {
                let (members, added) = said.blend(self, request.members, rows, stop)?;
                (members, added, Some(&self.race.blended))
            };
            let Some(calibration) = calibration.and_then(|list| list.get(position)) else {
                let tier = tier.unwrap_or(Tier::Linear).name();
                return Err(ModelError::NoTier { tier });
            };
            let paths = Paths::take(members, position, active.len(), request.horizon_steps);
            let added = added.iter().skip(position).step_by(active.len());
            let added = added.copied().chain(std::iter::repeat(0.0));
            let added: Vec<f64> = added.take(request.horizon_steps).collect();
            let line = Line::new(
                (paths, &added),
                named.scale,
                (calibration, &likeness),
                folds,
            );
            lines.push(line);
        }
        Ok(lines)
    }

    /// The one family that answers for an output, or none where a blend does. A naive winner knows
    /// no controls: it would call every what-if indifferent, so it is not asked about controls.
    fn answering(&self, output: usize, request: &RolloutRequest<'_>) -> Option<Tier> {
        let is_naive = self.race.chosen[output] == Tier::Naive && request.controls.is_none();
        request.tier.or(is_naive.then_some(Tier::Naive))
    }

    /// The only member that may speak at each step, where the request asks for that.
    fn fold_of_step(&self, request: &RolloutRequest<'_>) -> Vec<Option<usize>> {
        let known = &self.provenance.episode_steps;
        let is_same = request.members == Members::LeftOut
            && known.len() == request.dataset.episodes.len()
            && known.get(request.episode)
                == Some(&request.dataset.episodes[request.episode].n_steps());
        (0..request.horizon_steps)
            .map(|step| {
                let step = request.start + step;
                let holds = |fold: &Vec<super::prepared::Block>| {
                    fold.iter().any(|block| {
                        block.episode == request.episode && (block.start..block.end).contains(&step)
                    })
                };
                self.provenance
                    .folds
                    .iter()
                    .position(holds)
                    .filter(|_| is_same)
            })
            .collect()
    }
}

/// What a rollout starts from, normalised.
struct Rows {
    n_past: usize,
    past_obs: Vec<f32>,
    past_input: Vec<f32>,
    future_input: Vec<f32>,
    context: [Vec<f32>; 3],
}

impl Rows {
    fn cut(
        model: &FittedModel,
        request: &RolloutRequest<'_>,
        map: &ChannelMap,
    ) -> Result<Self, ModelError> {
        let (dataset, start) = (request.dataset, request.start);
        let n_steps = dataset
            .episodes
            .get(request.episode)
            .map_or(0, crate::data::Episode::n_steps);
        let n_past = request.n_context.min(start);
        if start > n_steps || n_past == 0 {
            return Err(ModelError::Start {
                episode: request.episode,
                start,
                n_context: request.n_context,
                n_steps,
            });
        }
        if let Some(plan) = request.controls
            && plan.horizon_steps() < request.horizon_steps
        {
            return Err(ModelError::PlanLength {
                found: plan.horizon_steps(),
                expected: request.horizon_steps,
            });
        }
        let from = start - n_past;
        let end = start + request.horizon_steps;
        let plan = request.controls.map(|plan| (plan, start));
        let normalizer = &model.normalizer;
        let mut past_input = map.input_rows(dataset, normalizer, request.episode, from..end, plan);
        let future_input = past_input.split_off(n_past * map.n_in());
        let mut past_obs = map.obs_rows(dataset, normalizer, request.episode, from..start);
        forget_lone(&mut past_obs, &normalizer.ends());
        let episode = &dataset.episodes[request.episode];
        let active = normalizer.active();
        recall(&mut past_obs, active.len(), |position| {
            let output = active[position];
            let column = &episode.columns[map.outputs[output]];
            let column = &column[from.saturating_sub(LOOK_BACK)..from];
            let scale = normalizer.outputs[output].scale;
            // What was never met may be a slip, and stands alone here.
            let is_met = |value: &&f64| (scale.low..=scale.high).contains(*value);
            let newest = column.iter().rev().find(is_met)?;
            Some(to_f32(scale.normed(*newest)))
        });
        Ok(Self {
            n_past,
            past_obs,
            past_input,
            future_input,
            context: model.context.at(dataset, request.episode, start - 1),
        })
    }

    fn start(&self, model: &FittedModel) -> SimStart<'_> {
        SimStart {
            past_obs: &self.past_obs,
            past_input: &self.past_input,
            future_input: &self.future_input,
            context: shown(&self.context, model.families.modalities),
        }
    }
}

/// What families and their blend said in this rollout, `[M]` each; run when first asked for.
#[derive(Default)]
struct Said {
    families: [Option<Vec<SimOutput>>; Tier::ALL.len()],
    blend: Option<(Vec<SimOutput>, Vec<f64>)>,
}

impl Said {
    fn family(
        &mut self,
        model: &FittedModel,
        tier: Tier,
        rows: &Rows,
        stop: &StopToken,
    ) -> Result<&[SimOutput], ModelError> {
        let slot = &mut self.families[tier as usize];
        if slot.is_none() {
            let Some(family) = model.families.get(tier) else {
                return Err(ModelError::NoTier { tier: tier.name() });
            };
            let mut outputs = Vec::with_capacity(family.n_members());
            for member in 0..family.n_members() {
                stop.check()?;
                outputs.extend(family.simulate(member, &[rows.start(model)]));
            }
            *slot = Some(outputs);
        }
        Ok(slot.as_deref().unwrap_or_default())
    }

    fn blend(
        &mut self,
        model: &FittedModel,
        members: Members,
        rows: &Rows,
        stop: &StopToken,
    ) -> Result<(&[SimOutput], &[f64]), ModelError> {
        if self.blend.is_none() {
            let race = &model.race;
            let (families, normalizer) = (&model.families, &model.normalizer);
            let blend = Blend::new(families, normalizer, &race.shares, &race.weights);
            let blend = blend.bending(model.bends());
            let answers = blend.answer(&[rows.start(model)], stop)?;
            self.blend = answers.into_iter().next().map(|answer| match members {
                // A single member speaks for all: it stays in the middle of its families.
                Members::LeftOut => (answer.middle, answer.added),
                Members::All => (answer.apart, answer.added),
            });
        }
        let said = self.blend.as_ref();
        Ok(said.map_or((&[], &[]), |(members, added)| (members, added)))
    }
}

/// Fills all draws; each thread has a fixed share of them.
fn fill_draws(
    out: &mut Trajectory,
    lines: &[Line<'_>],
    request: &RolloutRequest<'_>,
    stop: &StopToken,
) -> Result<(), ModelError> {
    let n_outputs = lines.len();
    let n_steps = request.horizon_steps;
    let size = n_outputs * n_steps;
    if size == 0 || request.n_draws == 0 {
        return Ok(());
    }
    let n_threads = thread_count(request.n_threads).min(request.n_draws);
    let share = request.n_draws.div_ceil(n_threads);
    let members = &out.member_of_draw;
    let fill = |first: usize, chunk: &mut [f32]| -> Result<(), ModelError> {
        let mut pairs = Vec::new();
        for (at, draw_values) in chunk.chunks_mut(size).enumerate() {
            stop.check()?;
            let draw = first + at;
            for (output, values) in draw_values.chunks_mut(n_steps).enumerate() {
                let ids = [draw as u64, output as u64];
                let stream = Stream::new(request.seed, Purpose::Latent, &ids);
                normal_pairs(&stream, n_steps, &mut pairs);
                lines[output].draw_into(values, members[draw], &pairs);
            }
        }
        Ok(())
    };
    if n_threads == 1 {
        return fill(0, &mut out.draws);
    }
    let fill = &fill;
    std::thread::scope(|scope| {
        let mut workers = Vec::with_capacity(n_threads);
        for (position, chunk) in out.draws.chunks_mut(share * size).enumerate() {
            let worker = std::thread::Builder::new()
                .name(format!("rollout-{position}"))
                .spawn_scoped(scope, move || fill(position * share, chunk));
            workers.push(worker.map_err(|error| ModelError::Thread {
                reason: error.to_string(),
            })?);
        }
        for worker in workers {
            worker.join().unwrap_or_else(|_panic| {
                Err(ModelError::Thread {
                    reason: "it ended by a panic".to_owned(),
                })
            })?;
        }
        Ok(())
    })
}

/// How many threads a request means.
pub(crate) fn thread_count(asked: usize) -> usize {
    if asked > 0 {
        return asked;
    }
    std::thread::available_parallelism().map_or(1, |cores| cores.get().saturating_sub(1).max(1))
}
