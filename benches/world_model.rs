//! What the world model costs: training steps, free runs, and the answer behind a moved slider.
//!
//! `cargo bench --bench world_model` prints one JSON object a line; `benches/peer_torch.py` does
//! the same work in PyTorch. With `-- growth` it prints how the cost grows instead; with `-- cuda`
//! training and free runs happen on an NVIDIA card, where the build has that feature.

#![expect(clippy::print_stdout, reason = "a bench says what it measured")]
#![expect(clippy::expect_used, reason = "a bench on made-up data")]

use gemba::{
    base::{Clock as _, Silent, StopToken, SystemClock},
    data::{Channel, Dataset, Episode, Media, Role, Span, Split},
    model::{
        DeviceChoice, FittedModel, Members, Preset, RolloutRequest, TrainConfig, TrainHooks,
        speed::{SpeedRig, SpeedSizes},
        train,
    },
};

/// Training steps in one timing; one validation falls into them, as in every 50 steps.
const N_TIMED: usize = 50;
const N_THREADS: usize = 2;

fn sizes(preset: Preset) -> SpeedSizes {
    let (n_obs, n_in, n_state) = match preset {
        Preset::Medium | Preset::Large => (32, 8, 20),
        _ => (8, 2, 9),
    };
    let device = if on_card() {
        DeviceChoice::Cuda
    } else {
        DeviceChoice::Cpu
    };
    SpeedSizes {
        preset,
        n_obs,
        n_in,
        n_state,
        n_members: 5,
        n_threads: N_THREADS,
        device,
    }
}

/// The median of some timings in milliseconds.
fn median_ms(n_rounds: usize, mut work: impl FnMut()) -> f64 {
    let clock = SystemClock::new();
    let mut all: Vec<f64> = (0..n_rounds)
        .map(|_round| {
            let before = clock.monotonic_secs();
            work();
            (clock.monotonic_secs() - before) * 1e3
        })
        .collect();
    all.sort_unstable_by(f64::total_cmp);
    all[n_rounds / 2]
}

/// Milliseconds of a training step and of free runs of 64 steps.
fn speed(sizes: SpeedSizes, n_rounds: usize) -> (f64, Vec<(usize, f64)>, String) {
    let rig = SpeedRig::new(sizes, n_rounds * N_TIMED);
    let mut rig = rig.expect("the data suffice");
    let step_ms = median_ms(n_rounds, || {
        rig.train(N_TIMED).expect("made-up data can be learned");
    }) / N_TIMED as f64;
    let sizes = rig.sizes();
    let sizes = sizes.map(|(name, value)| format!("\"{name}\": {value}"));
    let run = rig.finish();
    let text = format!(
        "\"params_a_member\": {}, {}",
        run.n_params(),
        sizes.join(", ")
    );
    let rollouts = [1, 64, 1024].map(|n| {
        let mut sum = 0.0;
        let ms = median_ms(15, || sum += run.rollout(n, 64));
        assert!(sum.is_finite(), "a free run blew up");
        (n, ms)
    });
    (step_ms, rollouts.to_vec(), text)
}

fn compare() {
    for preset in [Preset::Small, Preset::Medium] {
        let sizes = sizes(preset);
        let (step_ms, rollouts, text) = speed(sizes, 7);
        let rollouts: Vec<String> = (rollouts.iter())
            .map(|(n, ms)| format!("\"rollout64_{n}_ms\": {ms:.4}"))
            .collect();
        let rollouts = rollouts.join(", ");
        println!(
            "{{\"side\": \"gemba\", \"device\": \"{}\", \"preset\": \"{}\", \"n_obs\": {}, \"n_in\": {}, \
             \"train_step_ms\": {step_ms:.3}, {rollouts}, {text}}}",
            sizes.device.name(),
            preset.name(),
            sizes.n_obs,
            sizes.n_in
        );
    }
    if on_card() {
        return;
    }
    let plant = Answer::new(14, 2);
    for n_draws in [200, 1000] {
        println!(
            "{{\"side\": \"gemba\", \"answer\": \"5 members, {n_draws} draws, 360 steps, 16 \
             channels\", \"ms\": {:.2}}}",
            plant.ms(n_draws, 360)
        );
    }
}

/// How the cost grows with channels, steps and draws.
fn growth() {
    for n_obs in [2, 4, 8, 16] {
        let sizes = SpeedSizes {
            n_obs,
            n_state: (n_obs + 1).min(20),
            ..sizes(Preset::Small)
        };
        let (step_ms, rollouts, _) = speed(sizes, 3);
        println!("train_step_ms,channels,{n_obs},{step_ms:.4}");
        println!("rollout64_64_ms,channels,{n_obs},{:.4}", rollouts[1].1);
        println!(
            "answer_ms,channels,{n_obs},{:.4}",
            Answer::new(n_obs, 2).ms(1000, 360)
        );
    }
    let plant = Answer::new(8, 2);
    for n_steps in [45, 90, 180, 360, 720] {
        println!("answer_ms,steps,{n_steps},{:.4}", plant.ms(1000, n_steps));
    }
    for n_draws in [50, 100, 200, 500, 1000, 2000] {
        println!("answer_ms,draws,{n_draws},{:.4}", plant.ms(n_draws, 360));
    }
}

/// A whole model of a made-up plant, asked what happens next.
struct Answer {
    data: Dataset,
    model: FittedModel,
}

impl Answer {
    fn new(n_obs: usize, n_in: usize) -> Self {
        let data = plant(n_obs, n_in);
        let config = TrainConfig {
            preset: Some(Preset::Tiny),
            n_threads: N_THREADS,
            ..TrainConfig::default()
        };
        let mut hooks = TrainHooks {
            stop: &StopToken::new(),
            clock: &SystemClock::new(),
            reporter: &Silent,
            on_event: &mut |_event| {},
            resume: None,
        };
        let model = train(&data, &config, &mut hooks).expect("made-up data can be learned");
        Self { data, model }
    }

    fn ms(&self, n_draws: usize, horizon_steps: usize) -> f64 {
        let request = RolloutRequest {
            dataset: &self.data,
            episode: 0,
            start: 1500,
            n_context: 60,
            horizon_steps,
            controls: None,
            n_draws,
            seed: 1,
            n_threads: N_THREADS,
            members: Members::All,
            tier: None,
        };
        median_ms(9, || {
            let answer = self.model.rollout(&request, &StopToken::new());
            assert!(answer.is_ok(), "a rollout failed");
        })
    }
}

/// Saturating first-order channels that all controls drive.
fn plant(n_obs: usize, n_in: usize) -> Dataset {
    let n_steps = 2400;
    let mut bits = 88_172_645_463_325_252_u64;
    let mut noise = move || {
        bits ^= bits << 13;
        bits ^= bits >> 7;
        bits ^= bits << 17;
        (bits >> 40) as f64 / f64::from(1 << 24) - 0.5
    };
    let mut columns = vec![Vec::with_capacity(n_steps); n_obs + n_in];
    let mut state = vec![0.0_f64; n_obs];
    let mut controls = vec![0.0_f64; n_in];
    for _step in 0..n_steps {
        for control in &mut controls {
            if noise() > 0.45 {
                *control = 4.0 * noise();
            }
        }
        let drive: f64 = controls.iter().sum();
        for (at, state) in state.iter_mut().enumerate() {
            let pull = (drive + 0.5 * at as f64).tanh();
            *state += 0.1 * (pull - *state) + 0.02 * noise();
            columns[at].push(*state);
        }
        for (at, control) in controls.iter().enumerate() {
            columns[n_obs + at].push(*control);
        }
    }
    let channel = |at: usize| {
        let role = if at < n_obs {
            Role::Observation
        } else {
            Role::Control
        };
        Channel::new(format!("channel {at}"), role, "V")
    };
    Dataset {
        name: "bench".to_owned(),
        step_secs: 5.0,
        has_clock: false,
        utc_offset_secs: None,
        channels: (0..n_obs + n_in).map(channel).collect(),
        episodes: vec![Episode {
            name: "all".to_owned(),
            start_ns: 0,
            columns,
        }],
        spans: vec![
            Span {
                episode: 0,
                start: 0,
                end: 2000,
                split: Split::Train,
            },
            Span {
                episode: 0,
                start: 2000,
                end: n_steps,
                split: Split::Test,
            },
        ],
        media: Media::default(),
    }
}

/// Whether training and free runs go to the card.
fn on_card() -> bool {
    std::env::args().any(|arg| arg == "cuda")
}

fn main() {
    if std::env::args().any(|arg| arg == "growth") {
        growth();
    } else {
        compare();
    }
}
