//! What `benches/` times: training steps and free runs of the neural family at given sizes.
//!
//! The data are made up, but the path is the one that a training takes: batches are drawn,
//! disturbed, run, clipped, stepped and validated. The program itself does not use this file.

#[cfg(feature = "cuda")]
use super::dynamics::CudaRun;
use super::{
    DeviceChoice, ModelError, Preset,
    dynamics::{DynamicsConfig, DynamicsModel, DynamicsTraining},
    prepared::{Block, Prepared, PreparedEpisode, SimStart, Simulator as _},
};
use crate::base::{Purpose, StopToken, Stream, to_f32};

/// Steps of history that a rollout is given.
const N_PAST: usize = 32;

/// Sizes of a timed model.
#[derive(Debug, Clone, Copy)]
pub struct SpeedSizes {
    /// Width, batch and length of a free run.
    pub preset: Preset,
    /// Outputs.
    pub n_obs: usize,
    /// Inputs.
    pub n_in: usize,
    /// States.
    pub n_state: usize,
    /// Members.
    pub n_members: usize,
    /// Threads.
    pub n_threads: usize,
    /// Where the training and the free runs happen.
    pub device: DeviceChoice,
}

/// A model in training whose free runs have grown to their full length.
#[derive(Debug)]
pub struct SpeedRig {
    prepared: Prepared,
    training: DynamicsTraining,
    plan: DynamicsConfig,
    n_threads: usize,
}

impl SpeedRig {
    /// Makes data up and trains until free runs have their full length.
    ///
    /// # Errors
    ///
    /// [`ModelError`] as training gives it.
    pub fn new(sizes: SpeedSizes, n_timed: usize) -> Result<Self, ModelError> {
        let prepared = made_up(sizes);
        let mut plan = DynamicsConfig::for_data(&prepared, Some(sizes.preset));
        plan.n_state = sizes.n_state;
        plan.n_threads = sizes.n_threads;
        plan.device = sizes.device;
        // Free runs have their full length after 45 % of the steps.
        plan.n_steps = 2 * n_timed + 4;
        let mut training = DynamicsTraining::start(&prepared, &plan)?;
        training.advance(&prepared, n_timed, &StopToken::new())?;
        Ok(Self {
            prepared,
            training,
            plan,
            n_threads: sizes.n_threads.max(1),
        })
    }

    /// Some training steps of all members.
    ///
    /// # Errors
    ///
    /// [`ModelError`] as training gives it.
    pub fn train(&mut self, n_steps: usize) -> Result<(), ModelError> {
        self.training
            .advance(&self.prepared, n_steps, &StopToken::new())
    }

    /// The sizes as (name, value), for the other side of a comparison.
    pub fn sizes(&self) -> [(&'static str, usize); 6] {
        [
            ("n_state", self.plan.n_state),
            ("n_hidden", self.plan.n_hidden),
            ("n_lags", self.plan.n_lags),
            ("batch", self.plan.batch),
            ("horizon", self.plan.horizon_max),
            ("members", self.prepared.folds.len()),
        ]
    }

    /// The trained model, to be rolled out.
    pub fn finish(self) -> SpeedRun {
        let n_threads = self.n_threads;
        #[cfg_attr(
            not(feature = "cuda"),
            expect(unused_mut, reason = "only a card's run is taken out")
        )]
        let mut training = self.training;
        SpeedRun {
            #[cfg(feature = "cuda")]
            card: training.take_card(),
            model: training.finish(&self.prepared),
            prepared: self.prepared,
            n_threads,
        }
    }
}

/// A model whose free runs are timed.
#[derive(Debug)]
pub struct SpeedRun {
    #[cfg(feature = "cuda")]
    card: Option<Box<CudaRun>>,
    model: DynamicsModel,
    prepared: Prepared,
    n_threads: usize,
}

impl SpeedRun {
    /// Parameters of a member.
    pub fn n_params(&self) -> usize {
        self.model.n_params() / self.model.n_members().max(1)
    }

    /// Free runs of the first member from many starts, shared among the threads as the engine
    /// shares them; gives the sum of the last outputs, so that nothing is left out. On a card it is the
    /// training's running mean of weights that runs, its outputs stay there, and the last one is given.
    pub fn rollout(&self, n_starts: usize, n_steps: usize) -> f32 {
        let episode = &self.prepared.episodes[0];
        let (n_obs, n_in) = (self.prepared.n_obs, self.prepared.n_in);
        let room = episode.n_steps - N_PAST - n_steps;
        #[cfg(feature = "cuda")]
        if let Some(card) = &self.card {
            let windows: Vec<_> = (0..n_starts)
                .map(|at| (at * 7 % room, at * 7 % room + N_PAST, n_steps))
                .collect();
            return card.timed_rollout(&windows).unwrap_or(f32::NAN);
        }
        let starts: Vec<SimStart<'_>> = (0..n_starts)
            .map(|at| {
                let from = at * 7 % room;
                let start = from + N_PAST;
                SimStart {
                    past_obs: &episode.obs[from * n_obs..start * n_obs],
                    past_input: &episode.input[from * n_in..start * n_in],
                    future_input: &episode.input[start * n_in..(start + n_steps) * n_in],
                    context: [&[]; 3],
                }
            })
            .collect();
        let run = |part: &[SimStart<'_>]| -> f32 {
            let outputs = self.model.simulate(0, part);
            outputs.iter().filter_map(|out| out.mean.last()).sum()
        };
        if n_starts < 32 || self.n_threads < 2 {
            return run(&starts);
        }
        let share = n_starts.div_ceil(self.n_threads);
        std::thread::scope(|scope| {
            let parts: Vec<_> = starts
                .chunks(share)
                .map(|part| scope.spawn(move || run(part)))
                .collect();
            parts
                .into_iter()
                .filter_map(|part| part.join().ok())
                .sum::<f32>()
        })
    }
}

/// Filtered noise: what matters here is the size.
pub(super) fn made_up(sizes: SpeedSizes) -> Prepared {
    let n_steps = 6000;
    let mut draws = Stream::new(1, Purpose::Test, &[]).draws();
    let (mut obs, mut input) = (Vec::new(), Vec::new());
    let mut state = vec![0.0_f64; sizes.n_obs];
    for _step in 0..n_steps {
        let mut drive = 0.0;
        for _input in 0..sizes.n_in {
            let value = draws.normal();
            drive += value;
            input.push(to_f32(value));
        }
        for (at, state) in state.iter_mut().enumerate() {
            *state =
                (0.8 + 0.01 * (at % 8) as f64) * *state + 0.3 * (drive + draws.normal()).tanh();
            obs.push(to_f32(*state));
        }
    }
    let fold = n_steps / sizes.n_members;
    let folds = (0..sizes.n_members)
        .map(|m| {
            vec![Block {
                episode: 0,
                start: m * fold,
                end: (m + 1) * fold,
            }]
        })
        .collect();
    Prepared {
        n_obs: sizes.n_obs,
        n_in: sizes.n_in,
        n_features: [0; 3],
        step_secs: 1.0,
        episodes: vec![PreparedEpisode {
            n_steps,
            obs,
            input,
            context: vec![Vec::new(); 3],
        }],
        folds,
        rails: vec![crate::model::rails::FREE; sizes.n_obs],
        fading: crate::model::senses::Memory::default(),
    }
}
