//! Steps of a training on the card, and free runs of its weights.

use super::{
    card::{Arrays, Card, Course, Numbers, Result, Series, Shape, Step, n_blocks_of},
    sizes::{Sizes, int},
};
use crate::{
    base::{Purpose, StopToken, Stream},
    model::{
        ModelError,
        dynamics::{
            kernel::padded,
            member::{Member, Shared, is_judged, phase_at, rate_at, val_spots, window_steps},
            params::{Dims, Layout},
        },
        learning::{Gauge, Phase, Sampler, Spot, root_mean},
    },
};

/// Threads of a block that trains.
const N_THREADS: usize = 256;
/// Steps of which a free run keeps the rows at a time, as in the kernels.
const SEGMENT: usize = 32;
/// A block that takes more shared memory leaves no room for a second one beside it.
const MAX_SHARED: usize = 112 * 1024;

/// A training whose arrays lie on the card.
#[derive(Debug)]
pub(crate) struct CudaRun {
    card: &'static Card,
    sizes: Sizes,
    shape: Shape,
    /// Whether a window's rows and slopes stay in shared memory.
    pub(super) tape_is_shared: bool,
    series: Series,
    /// First row of each recording.
    offsets: Vec<usize>,
    arrays: Arrays,
    validation: Validation,
}

/// Windows of all members' validations.
#[derive(Debug)]
struct Validation {
    spots: candle_core::cuda_backend::cudarc::driver::CudaSlice<i32>,
    members: Vec<usize>,
    shape: Shape,
    sums: Numbers,
}

impl CudaRun {
    /// Brings data and members to the card; none where the sizes do not fit it.
    ///
    /// # Errors
    ///
    /// [`ModelError::Candle`] where the card refuses, such as for lack of memory.
    pub(in crate::model::dynamics) fn new(
        shared: Shared<'_>,
        members: &[Member],
    ) -> std::result::Result<Option<Self>, ModelError> {
        let card = Card::open()?;
        let (layout, plan) = (shared.layout, shared.plan);
        let dims = &layout.dims;
        // Beside its weights a block keeps three sums a thread.
        let beside = |n_threads: usize| (Sizes::n_shared(dims) + 3 * n_threads) * size_of::<f32>();
        let fixed = beside(N_THREADS);
        let [row, row_and_slope] = Sizes::n_tape(dims).map(|n| n * size_of::<f32>());
        let to_steady = 2 * dims.n_state * dims.n_state * size_of::<f64>();
        let n_rows: usize = shared.prep.episodes.iter().map(|e| e.n_steps).sum();
        let fits = (fixed + SEGMENT * row).max(to_steady) <= card.max_shared;
        // The kernels know no sensor at fault, one layer and no latent; what draws windows on the processor does more.
        if !fits
            || i32::try_from(n_rows).is_err()
            || plan.faults > 0.0
            || dims.n_deep + dims.n_latent > 0
        {
            return Ok(None);
        }
        let whole = fixed + plan.horizon_max * row_and_slope;
        let tape_is_shared = whole <= card.max_shared.min(MAX_SHARED);
        let shape = Shape {
            n_lanes: padded(plan.batch),
            n_members: members.len(),
            n_threads: N_THREADS,
            shared: if tape_is_shared { whole } else { fixed },
        };
        let (series, offsets) = upload_series(card, shared)?;
        let sizes = Sizes::new(layout);
        let arrays = upload_members(card, (layout, &sizes), members, shape, {
            if tape_is_shared {
                0
            } else {
                plan.horizon_max * row_and_slope / size_of::<f32>()
            }
        })?;
        let mut flat = Vec::new();
        let mut owners = Vec::new();
        for member in members {
            for spot in val_spots(shared, &shared.prep.folds[member.index]) {
                flat.extend(numbers(&spot, &offsets, member.index));
                owners.push(member.index);
            }
        }
        let validation = Validation {
            spots: card.put(&flat)?,
            shape: Shape {
                n_lanes: owners.len(),
                n_members: 1,
                n_threads: threads_forward(dims),
                shared: beside(threads_forward(dims)) + SEGMENT * row,
            },
            sums: card.zeros(3 * owners.len())?,
            members: owners,
        };
        card.wait()?;
        Ok(Some(Self {
            card,
            sizes,
            shape,
            tape_is_shared,
            series,
            offsets,
            arrays,
            validation,
        }))
    }

    /// Trains all members up to a step; they must be at the same one. A stop is obeyed after the
    /// steps that the card was given already.
    ///
    /// # Errors
    ///
    /// As [`super::super::DynamicsTraining::advance`]. After another one than a stop the members
    /// are void where the card itself failed.
    pub(in crate::model::dynamics) fn advance(
        &mut self,
        shared: Shared<'_>,
        members: &mut [Member],
        goal: usize,
        stop: &StopToken,
    ) -> std::result::Result<(), ModelError> {
        let samplers = shared.samplers();
        let mut step = members.first().map_or(goal, |member| member.step);
        let mut end = Ok(());
        let mut drawn = self.draw(
            shared,
            members,
            &samplers,
            step..self.piece(shared, step, goal),
        )?;
        while step < goal && end.is_ok() {
            let (from, last) = (step, self.piece(shared, step, goal));
            while step < last {
                if let Err(stopped) = stop.check() {
                    end = Err(stopped.into());
                    break;
                }
                self.step(shared, &samplers, &drawn, step, from)?;
                step += 1;
            }
            if end.is_ok() && last < goal {
                // The card is still busy: the next windows are drawn meanwhile.
                let next = last..self.piece(shared, last, goal);
                drawn = self.draw(shared, members, &samplers, next)?;
            }
            for member in &mut *members {
                member.step = step;
            }
            if end.is_err() || step == goal || is_judged(shared.plan, step) {
                self.read_courses(members)?;
                end = end.and(members.iter().try_for_each(Member::check));
            }
            if end.is_ok() && is_judged(shared.plan, step) {
                self.validate(shared, members)?;
            }
        }
        self.read_arrays(shared.layout, members)?;
        end
    }

    /// Loss and gradient of each member at its next step.
    #[cfg(test)]
    pub(super) fn gradients(
        &mut self,
        shared: Shared<'_>,
        members: &[Member],
    ) -> Result<(Vec<f64>, Vec<f32>)> {
        let samplers = shared.samplers();
        let step = members[0].step;
        let drawn = self.draw(shared, members, &samplers, step..step + 1)?;
        let told = self.told(shared, &samplers, &drawn, step, step);
        let (sizes, series) = (&self.sizes, &self.series);
        self.card.gradient(
            sizes,
            series,
            &mut self.arrays,
            self.shape,
            &told,
            self.tape_is_shared,
        )?;
        Ok((
            self.card.get(&self.arrays.loss)?,
            self.card.get(&self.arrays.grad)?,
        ))
    }

    /// Free runs of one member's mean weights over stretches of the recordings, all of one length:
    /// means and scales, `[window, steps, O]`, left on the card.
    pub(super) fn rollout(&self, member: usize, spots: &[Spot]) -> Result<[Numbers; 2]> {
        let n_obs = usize::try_from(self.sizes.n_obs).unwrap_or(0);
        let len = spots.first().map_or(0, |spot| spot.end - spot.at) * n_obs;
        let flat: Vec<i32> = spots
            .iter()
            .flat_map(|spot| numbers(spot, &self.offsets, member))
            .collect();
        let windows = self.card.put(&flat)?;
        let mut means = self.card.zeros(spots.len() * len)?;
        let mut scales = self.card.zeros(spots.len() * len)?;
        let mut sums = self.card.zeros(1)?;
        let shape = Shape {
            n_lanes: spots.len(),
            ..self.validation.shape
        };
        let told = (&self.sizes, &self.series);
        let outputs = Some((&mut means, &mut scales, len));
        let weights = &self.arrays.mean_weights;
        self.card
            .free_run(told, weights, &windows, shape, &mut sums, outputs)?;
        Ok([means, scales])
    }

    /// Free runs of the first member from (first step, start, steps), outputs left on the card;
    /// gives the last of them, so that nothing is left out.
    pub(crate) fn timed_rollout(&self, windows: &[(usize, usize, usize)]) -> Result<f32> {
        let spot = |&(low, at, n_steps): &(usize, usize, usize)| Spot {
            episode: 0,
            low,
            at,
            end: at + n_steps,
        };
        let spots: Vec<Spot> = windows.iter().map(spot).collect();
        let [means, _scales] = self.rollout(0, &spots)?;
        let last = self.card.get_last(&means)?;
        Ok(last)
    }

    /// Where the steps end whose windows are drawn together: at the next validation, or where
    /// they fill a copy that need not wait for the card.
    fn piece(&self, shared: Shared<'_>, step: usize, goal: usize) -> usize {
        const MAX_COPY: usize = 60_000;
        let a_step = 4 * size_of::<i32>() * self.shape.n_lanes * self.shape.n_members;
        let most = goal.min(step + (MAX_COPY / a_step.max(1)).max(1));
        let judged = (step + 1..most).find(|after| is_judged(shared.plan, *after));
        judged.unwrap_or(most)
    }

    fn draw(
        &self,
        shared: Shared<'_>,
        members: &[Member],
        samplers: &[Sampler],
        steps: std::ops::Range<usize>,
    ) -> Result<Drawn> {
        let (mut spots, mut keys) = (Vec::new(), Vec::new());
        for step in steps {
            for member in members {
                let sampler = &samplers[member.index];
                let n_steps = window_steps(shared.plan, step, sampler);
                let key = (shared.plan.seed, [member.index as u64, step as u64]);
                for mut spot in sampler.spots([self.shape.n_lanes, n_steps], key) {
                    // Members share a launch: a shorter window is masked beyond its end.
                    spot.end = spot.end.min(spot.at + n_steps);
                    spots.extend(numbers(&spot, &self.offsets, member.index));
                }
                keys.extend(Stream::new(key.0, Purpose::Augment, &key.1).words());
            }
        }
        Ok(Drawn {
            spots: self.card.put(&spots)?,
            keys: self.card.put(&keys)?,
        })
    }

    fn told<'a>(
        &self,
        shared: Shared<'_>,
        samplers: &[Sampler],
        drawn: &'a Drawn,
        step: usize,
        from: usize,
    ) -> Step<'a> {
        let plan = shared.plan;
        let n_members = self.shape.n_members;
        let a_step = 4 * n_members * self.shape.n_lanes;
        let at = step - from;
        let longest = samplers
            .iter()
            .map(|sampler| window_steps(plan, step, sampler));
        Step {
            spots: drawn.spots.slice(at * a_step..(at + 1) * a_step),
            keys: drawn
                .keys
                .slice(at * 4 * n_members..(at + 1) * 4 * n_members),
            n_steps: longest.max().unwrap_or(1),
            huber_mean: phase_at(plan, step) == Phase::Huber,
            obs_noise: plan.obs_noise,
            dropout: plan.dropout,
            is_first: step == 0,
            rate: rate_at(plan, step, 1.0),
        }
    }

    fn step(
        &mut self,
        shared: Shared<'_>,
        samplers: &[Sampler],
        drawn: &Drawn,
        step: usize,
        from: usize,
    ) -> Result<()> {
        let told = self.told(shared, samplers, drawn, step, from);
        let Self {
            card,
            sizes,
            series,
            arrays,
            ..
        } = self;
        card.gradient(
            sizes,
            series,
            arrays,
            self.shape,
            &told,
            self.tape_is_shared,
        )?;
        card.update(
            sizes,
            arrays,
            self.shape.n_members,
            told.rate,
            told.is_first,
        )
    }

    fn validate(&mut self, shared: Shared<'_>, members: &mut [Member]) -> Result<()> {
        let Validation {
            spots,
            members: owners,
            shape,
            sums,
        } = &mut self.validation;
        let told = (&self.sizes, &self.series);
        let weights = &self.arrays.mean_weights;
        if shape.n_lanes > 0 {
            self.card
                .free_run(told, weights, spots, *shape, sums, None)?;
        }
        let sums = self.card.get(sums)?;
        let weights = self.card.get(&self.arrays.mean_weights)?;
        let n_params = shared.layout.n_params;
        let mut best = Vec::with_capacity(weights.len());
        for (member, weights) in members.iter_mut().zip(weights.chunks_exact(n_params)) {
            let (mut square, mut count) = (0.0, 0.0);
            for (sums, _) in sums
                .chunks_exact(3)
                .zip(owners.iter())
                .filter(|(_, owner)| **owner == member.index)
            {
                square += f64::from(sums[1]);
                count += f64::from(sums[2]);
            }
            member.adam.mean_weights.copy_from_slice(weights);
            member.judge(shared.plan, root_mean(square, count));
            best.extend_from_slice(&member.best);
        }
        self.card.put_into(&best, &mut self.arrays.best)
    }

    fn read_courses(&self, members: &mut [Member]) -> Result<()> {
        let courses = self.card.get(&self.arrays.courses)?;
        for (member, course) in members.iter_mut().zip(courses) {
            let count = |n: i32| u32::try_from(n).unwrap_or(0);
            member.train = course.train;
            member.trouble.rate_share = course.rate_share;
            member.adam.n_steps = count(course.n_adam);
            member.trouble.n_bad = course.n_bad.map(count);
        }
        Ok(())
    }

    fn read_arrays(&self, layout: &Layout, members: &mut [Member]) -> Result<()> {
        let arrays = &self.arrays;
        let n_params = layout.n_params;
        let all = [
            &arrays.theta,
            &arrays.first,
            &arrays.second,
            &arrays.mean_weights,
        ];
        for (which, array) in all.into_iter().enumerate() {
            let values = self.card.get(array)?;
            for (member, values) in members.iter_mut().zip(values.chunks_exact(n_params)) {
                let target = match which {
                    0 => &mut member.theta,
                    1 => &mut member.adam.first,
                    2 => &mut member.adam.second,
                    _ => &mut member.adam.mean_weights,
                };
                target.copy_from_slice(values);
            }
        }
        Ok(())
    }
}

/// Windows and keys of some steps on the card.
struct Drawn {
    spots: candle_core::cuda_backend::cudarc::driver::CudaSlice<i32>,
    keys: candle_core::cuda_backend::cudarc::driver::CudaSlice<u32>,
}

/// Threads of a block that only runs forward: narrow ones leave room for more windows at once.
fn threads_forward(dims: &Dims) -> usize {
    if dims.n_state > 16 || dims.n_obs > 16 {
        256
    } else {
        128
    }
}

/// A window in rows of the joined recordings.
fn numbers(spot: &Spot, offsets: &[usize], member: usize) -> [i32; 4] {
    let offset = offsets[spot.episode];
    [
        offset + spot.low,
        offset + spot.at,
        offset + spot.end,
        member,
    ]
    .map(int)
}

fn upload_series(card: &Card, shared: Shared<'_>) -> Result<(Series, Vec<usize>)> {
    let prep = shared.prep;
    let mut offsets = Vec::with_capacity(prep.episodes.len());
    let mut n_rows = 0;
    for episode in &prep.episodes {
        offsets.push(n_rows);
        n_rows += episode.n_steps;
    }
    let obs: Vec<f32> = prep
        .episodes
        .iter()
        .flat_map(|e| e.obs.iter().copied())
        .collect();
    let input: Vec<f32> = shared.material.inputs.iter().flatten().copied().collect();
    let features = |m: usize| -> Result<Numbers> {
        if prep.n_features[m] == 0 {
            return card.zeros(1);
        }
        let rows = prep
            .episodes
            .iter()
            .flat_map(|e| e.context[m].iter().copied());
        card.put(&rows.collect::<Vec<f32>>())
    };
    let Gauge { spread, rails } = &shared.material.gauge;
    let ends = |at: usize| rails.iter().map(move |rail| rail[at]);
    let gauge: Vec<f32> = spread
        .iter()
        .copied()
        .chain(ends(0))
        .chain(ends(1))
        .collect();
    let series = Series {
        obs: card.put(&obs)?,
        input: card.put(&input)?,
        features: [features(0)?, features(1)?, features(2)?],
        spread: card.put(&gauge)?,
    };
    Ok((series, offsets))
}

fn upload_members(
    card: &Card,
    (layout, sizes): (&Layout, &Sizes),
    members: &[Member],
    shape: Shape,
    n_tape: usize,
) -> Result<Arrays> {
    let all = |of: fn(&Member) -> &Vec<f32>| {
        let flat: Vec<f32> = members.iter().flat_map(|m| of(m).iter().copied()).collect();
        card.put(&flat)
    };
    let course = |member: &Member| Course {
        train: member.train,
        rate_share: member.trouble.rate_share,
        n_adam: i32::try_from(member.adam.n_steps).unwrap_or(i32::MAX),
        n_bad: member
            .trouble
            .n_bad
            .map(|n| i32::try_from(n).unwrap_or(i32::MAX)),
        pad: 0,
    };
    let courses: Vec<Course> = members.iter().map(course).collect();
    let places = sizes.places(layout);
    let n_blocks = shape.n_lanes * shape.n_members;
    let size = |n: i32| n_blocks * usize::try_from(n).unwrap_or(0);
    Ok(Arrays {
        theta: all(|m| &m.theta)?,
        first: all(|m| &m.adam.first)?,
        second: all(|m| &m.adam.second)?,
        mean_weights: all(|m| &m.adam.mean_weights)?,
        best: all(|m| &m.best)?,
        courses: card.put(&courses)?,
        next_courses: card.put(&courses)?,
        squares: card.zeros(members.len() * n_blocks_of(sizes))?,
        grad: card.zeros(members.len() * layout.n_params)?,
        loss: card.zeros(members.len())?,
        pairs: card.put(&places.pairs)?,
        kinds: card.put(&places.kinds)?,
        tape: card.zeros(n_blocks * n_tape)?,
        outers: card.zeros(size(sizes.n_outer))?,
        records: card.zeros(size(sizes.n_record))?,
        sums: card.zeros(3 * n_blocks)?,
    })
}
