//! From a dataset to what the models see: normalised rows, blocks, folds.

use super::{
    ModelError,
    context::ContextMap,
    derived::Derived,
    folds::cut_folds,
    normalizer::{NamedScale, Normalizer, Scale, fit_input, fit_output},
    prepared::{Block, Prepared, PreparedEpisode},
    rails::End,
    screen::screened,
    senses::Memory,
};
use crate::{
    base::{Issues, StopToken, to_f32},
    data::{ControlPlan, Dataset, Episode, Split},
};

/// A dataset as the models see it, and what is needed to see another one the same way.
#[derive(Debug, Clone)]
pub(crate) struct View {
    /// The scales.
    pub(crate) normalizer: Normalizer,
    /// The projections of images, sound and checklists.
    pub(crate) context: ContextMap,
    /// The normalised rows and the folds.
    pub(crate) prepared: Prepared,
}

/// Prepares a dataset for training; `sees_inside` = the neural family sees the modalities.
///
/// # Errors
///
/// [`ModelError`] where the dataset does not hold together, is too small or has no output that
/// moves, and where it was asked to stop.
pub(crate) fn prepare(
    dataset: &Dataset,
    n_members: usize,
    sees_inside: bool,
    notes: &mut Issues,
    stop: &StopToken,
) -> Result<View, ModelError> {
    dataset.check()?;
    let blocks = covered_blocks(dataset);
    let dataset = &*screened(dataset, &blocks, notes, stop)?;
    let normalizer = fit_normalizer(dataset, &blocks, notes)?;
    let folds = cut_folds(&blocks, n_members, notes)?;
    let context = if sees_inside {
        ContextMap::fit(dataset, &blocks, notes)
    } else {
        ContextMap::default()
    };
    let map = ChannelMap::find(dataset, &normalizer)?;
    let episodes = (0..dataset.episodes.len())
        .map(|episode| {
            let n_steps = dataset.episodes[episode].n_steps();
            PreparedEpisode {
                n_steps,
                obs: map.obs_rows(dataset, &normalizer, episode, 0..n_steps),
                input: map.input_rows(dataset, &normalizer, episode, 0..n_steps, None),
                context: context.over(dataset, episode, n_steps),
            }
        })
        .collect();
    let active = normalizer.active().into_iter();
    let rails = active.map(|output| normalizer.outputs[output].scale.rails());
    let rails = rails.collect();
    let prepared = Prepared {
        n_obs: normalizer.active().len(),
        n_in: map.n_in(),
        n_features: context.n_features(),
        step_secs: dataset.step_secs,
        episodes,
        folds,
        rails,
        fading: Memory::default(),
    };
    Ok(View {
        normalizer,
        context,
        prepared,
    })
}

impl View {
    /// The same with further ends of the range of an output, by its position among those that move.
    pub(crate) fn ending(&self, output: usize, ends: [Option<End>; 2]) -> Self {
        let mut view = self.clone();
        let active = view.normalizer.active()[output];
        let scale = &mut view.normalizer.outputs[active].scale;
        for (old, new) in scale.ends.iter_mut().zip(ends) {
            *old = old.or(new);
        }
        view.prepared.rails[output] = scale.rails();
        let n_obs = view.prepared.n_obs;
        for episode in &mut view.prepared.episodes {
            for value in episode.obs.iter_mut().skip(output).step_by(n_obs) {
                *value = to_f32(scale.normed(scale.raw(f64::from(*value))));
            }
        }
        view
    }

    /// The same with further inputs that are made of the others.
    ///
    /// # Errors
    ///
    /// [`ModelError::MissingChannel`] where the dataset is not the one that the view was made of, and
    /// [`ModelError::Stopped`].
    pub(crate) fn deriving(
        &self,
        dataset: &Dataset,
        found: &[Derived],
        stop: &StopToken,
    ) -> Result<Self, ModelError> {
        let blocks = covered_blocks(dataset);
        // What was noticed was told when the view was made.
        let mut told = Issues::new();
        let dataset = &*screened(dataset, &blocks, &mut told, stop)?;
        let mut view = self.clone();
        let inputs = &mut view.normalizer.inputs;
        for one in found {
            let source = &inputs[one.source()].name;
            let name = match one {
                Derived::Carried(one) => format!("{source} @ {}", inputs[one.pace].name),
                Derived::Near(one) => format!("{source} = {}", one.knots[1]),
            };
            inputs.push(NamedScale {
                name,
                scale: Scale::SILENT,
                derived: Some(*one),
            });
        }
        let map = ChannelMap::find(dataset, &view.normalizer)?;
        for position in self.normalizer.inputs.len()..map.inputs.len() {
            let arriving = blocks.iter().flat_map(|block| {
                let episode = &dataset.episodes[block.episode];
                map.raw_input(episode, position, block.start..block.end, None)
            });
            let arriving: Vec<f64> = arriving.collect();
            let input = &mut view.normalizer.inputs[position];
            input.scale = fit_input(&input.name, &arriving, &mut told).scale;
        }
        view.prepared.n_in = map.n_in();
        for (at, episode) in view.prepared.episodes.iter_mut().enumerate() {
            let steps = 0..episode.n_steps;
            episode.input = map.input_rows(dataset, &view.normalizer, at, steps, None);
        }
        Ok(view)
    }
}

/// Where the model's channels are in a dataset.
#[derive(Debug, Clone)]
pub(crate) struct ChannelMap {
    /// The dataset's index of each output.
    pub(crate) outputs: Vec<usize>,
    /// The dataset's index of each input; of one that is made of another that of the other.
    pub(crate) inputs: Vec<usize>,
    /// How each input is made of others.
    derived: Vec<Option<Derived>>,
}

impl ChannelMap {
    /// Finds the channels by name.
    ///
    /// # Errors
    ///
    /// [`ModelError::MissingChannel`] naming the first one that is not there.
    pub(crate) fn find(dataset: &Dataset, normalizer: &Normalizer) -> Result<Self, ModelError> {
        let find = |name: &String| {
            dataset
                .channel_idx(name)
                .ok_or_else(|| ModelError::MissingChannel {
                    dataset: dataset.name.clone(),
                    channel: name.clone(),
                })
        };
        let all = &normalizer.inputs;
        let before = |one: &NamedScale| find(&one.before(all).name);
        Ok(Self {
            outputs: normalizer
                .outputs
                .iter()
                .map(|one| find(&one.name))
                .collect::<Result<_, _>>()?,
            inputs: all.iter().map(before).collect::<Result<_, _>>()?,
            derived: all.iter().map(|one| one.derived).collect(),
        })
    }

    /// How many input columns there are: a line without inputs gets one that is always 0, so that
    /// rows say how many they are.
    pub(crate) fn n_in(&self) -> usize {
        self.inputs.len().max(1)
    }

    /// The normalised outputs that move, `[T, O]`, NaN where missing.
    pub(crate) fn obs_rows(
        &self,
        dataset: &Dataset,
        normalizer: &Normalizer,
        episode: usize,
        steps: std::ops::Range<usize>,
    ) -> Vec<f32> {
        let active = normalizer.active();
        let mut rows = vec![f32::NAN; steps.len() * active.len()];
        for (position, &output) in active.iter().enumerate() {
            let column = &dataset.episodes[episode].columns[self.outputs[output]];
            let scale = normalizer.outputs[output].scale;
            for (row, step) in steps.clone().enumerate() {
                rows[row * active.len() + position] = to_f32(scale.normed(column[step]));
            }
        }
        rows
    }

    /// The normalised inputs of a range that may reach beyond the record, `[T, U]`, never NaN:
    /// [`Episode::bridged`](crate::data::Episode::bridged), and 0 before the first value.
    ///
    /// A plan covers the last steps of the range.
    pub(crate) fn input_rows(
        &self,
        dataset: &Dataset,
        normalizer: &Normalizer,
        episode: usize,
        steps: std::ops::Range<usize>,
        plan: Option<(&ControlPlan, usize)>,
    ) -> Vec<f32> {
        let n_in = self.n_in();
        let mut rows = vec![0.0; steps.len() * n_in];
        for (position, input) in normalizer.inputs.iter().enumerate() {
            let raw = self.raw_input(&dataset.episodes[episode], position, steps.clone(), plan);
            for (row, raw) in raw.into_iter().enumerate() {
                if raw.is_finite() {
                    rows[row * n_in + position] = to_f32(input.scale.normed(raw));
                }
            }
        }
        rows
    }

    /// One input in its own unit, NaN before the first value: as recorded or planned, or made of another
    /// one.
    fn raw_input(
        &self,
        episode: &Episode,
        position: usize,
        steps: std::ops::Range<usize>,
        plan: Option<(&ControlPlan, usize)>,
    ) -> Vec<f64> {
        if let Some(Derived::Near(one)) = self.derived[position] {
            let source = self.raw_input(episode, one.source, steps, plan);
            return source.into_iter().map(|value| one.near(value)).collect();
        }
        if let Some(Derived::Carried(one)) = self.derived[position] {
            let pace = |steps| self.raw_input(episode, one.pace, steps, plan);
            let n_before = one.n_before(&pace(0..steps.start), steps.start);
            let known = steps.start - n_before..steps.end;
            let source = self.raw_input(episode, one.source, known.clone(), plan);
            return one.arriving(&source, &pace(known)).split_off(n_before);
        }
        let channel = self.inputs[position];
        let mut values = episode.bridged(channel, steps.clone());
        if let Some((plan, from)) = plan
            && let Some(planned) = plan.row_of(channel)
        {
            for (value, step) in values
                .iter_mut()
                .zip(steps)
                .filter(|(_, step)| *step >= from)
            {
                *value = planned[step - from];
            }
        }
        values
    }
}

/// The train and val spans, touching ones joined, in order.
fn covered_blocks(dataset: &Dataset) -> Vec<Block> {
    let mut spans: Vec<Block> = dataset
        .spans
        .iter()
        .filter(|span| span.split != Split::Test)
        .map(|span| Block {
            episode: span.episode,
            start: span.start,
            end: span.end,
        })
        .collect();
    spans.sort_unstable_by_key(|block| (block.episode, block.start));
    let mut joined: Vec<Block> = Vec::new();
    for span in spans {
        match joined.last_mut() {
            Some(last) if last.episode == span.episode && span.start <= last.end => {
                last.end = last.end.max(span.end);
            }
            _ => joined.push(span),
        }
    }
    joined
}

fn fit_normalizer(
    dataset: &Dataset,
    blocks: &[Block],
    notes: &mut Issues,
) -> Result<Normalizer, ModelError> {
    let values_of = |channel: usize| -> Vec<f64> {
        blocks
            .iter()
            .flat_map(|block| {
                let column = &dataset.episodes[block.episode].columns[channel];
                column[block.start..block.end].iter().copied()
            })
            .collect()
    };
    let outputs = dataset.outputs();
    if outputs.is_empty() {
        return Err(ModelError::NoOutput {
            dataset: dataset.name.clone(),
        });
    }
    let outputs = outputs
        .into_iter()
        .filter_map(|channel| {
            let name = &dataset.channels[channel].name;
            fit_output(name, &values_of(channel), notes)
        })
        .collect();
    let mut inputs = dataset.controls();
    inputs.extend(dataset.disturbances());
    let inputs = inputs
        .into_iter()
        .map(|channel| {
            let name = &dataset.channels[channel].name;
            fit_input(name, &values_of(channel), notes)
        })
        .collect();
    let normalizer = Normalizer { outputs, inputs };
    if normalizer.active().is_empty() {
        return Err(ModelError::NothingMoves {
            dataset: dataset.name.clone(),
        });
    }
    Ok(normalizer)
}
