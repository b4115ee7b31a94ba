//! The card and the processor give the same numbers; without a card there is nothing to compare.

use super::{CudaRun, card::Card};
use crate::{
    base::StopToken,
    model::{
        DeviceChoice, Preset,
        dynamics::{
            DynamicsConfig, DynamicsTraining,
            backward::backward,
            fused::{self, Tape},
            member::{Member, Shared, phase_at},
            tests::{config, tanks},
        },
        learning::{Sampler, Spot},
        prepared::{Prepared, SimStart, Simulator as _},
        speed::{SpeedSizes, made_up},
    },
};

/// Whether there is a card; says so where there is none.
fn has_card() -> bool {
    let found = Card::open();
    if let Err(error) = &found {
        eprintln!("no card here, not compared: {error}");
    }
    found.is_ok()
}

fn shared<'a>(prep: &'a Prepared, training: &'a DynamicsTraining) -> Shared<'a> {
    Shared {
        prep,
        material: &training.material,
        layout: &training.layout,
        plan: &training.plan,
    }
}

/// A training some steps in, so that no weight is zero.
fn under_way(prep: &Prepared, config: &DynamicsConfig, n_steps: usize) -> DynamicsTraining {
    let mut training = DynamicsTraining::start(prep, config).expect("data suffice");
    training
        .advance(prep, n_steps, &StopToken::new())
        .expect("no step fails");
    training
}

fn on_processor(shared: Shared<'_>, member: &Member) -> (f64, Vec<f32>) {
    let sampler = &Sampler::of_members(shared.prep, shared.plan.n_lags)[member.index];
    let batch = member.next_batch(shared, sampler);
    let (mut tape, mut grad) = (Tape::default(), vec![0.0; shared.layout.n_params]);
    fused::forward(shared.layout, &member.theta, &batch, &mut tape);
    let phase = phase_at(shared.plan, member.step);
    let [loss, _] = fused::loss(&batch, &mut tape, &shared.material.gauge, phase);
    backward(shared.layout, &member.theta, &batch, &tape, &mut grad);
    (loss, grad)
}

/// What the kernels know.
fn one_layer(prep: &Prepared, n_steps: usize) -> DynamicsConfig {
    DynamicsConfig {
        n_deep: 0,
        n_latent: 0,
        ..config(prep, n_steps)
    }
}

/// Sizes of several kinds: gaps and a modality, plain, and too long a tape for shared memory.
fn cases() -> Vec<(Prepared, DynamicsConfig)> {
    let full = tanks(900, 1, 0.1, true);
    let plain = tanks(900, 2, 0.0, false);
    let (first, second) = (one_layer(&full, 400), one_layer(&plain, 400));
    let long = DynamicsConfig {
        n_hidden: 64,
        n_state: 24,
        horizon_max: 160,
        ..second.clone()
    };
    let mut wide = made_up(SpeedSizes {
        preset: Preset::Small,
        n_obs: 5,
        n_in: 3,
        n_state: 6,
        n_members: 4,
        n_threads: 2,
        device: DeviceChoice::Cpu,
    });
    for value in wide.episodes[0].obs.iter_mut().step_by(7) {
        *value = f32::NAN;
    }
    let third = one_layer(&wide, 400);
    vec![
        (full, first),
        (plain.clone(), second),
        (plain, long),
        (wide, third),
    ]
}

#[test]
fn the_card_gives_the_processors_loss_and_gradient() {
    if !has_card() {
        return;
    }
    for (prep, config) in cases() {
        // Steps of both losses.
        for n_steps in [30, 200] {
            let training = under_way(&prep, &config, n_steps);
            let shared = shared(&prep, &training);
            let run = CudaRun::new(shared, &training.members).expect("room on the card");
            let mut run = run.expect("the sizes fit");
            assert_eq!(run.tape_is_shared, config.horizon_max < 160);
            let (losses, grads) = run
                .gradients(shared, &training.members)
                .expect("the card computes");
            let n_params = training.layout.n_params;
            for (member, (loss, grad)) in training
                .members
                .iter()
                .zip(losses.iter().zip(grads.chunks_exact(n_params)))
            {
                let (expected, slopes) = on_processor(shared, member);
                let near = (loss - expected).abs() < 1e-4 * expected.abs().max(0.1);
                assert!(near, "step {n_steps}: loss {loss} {expected}");
                for slot in &training.layout.slots {
                    let (ours, theirs) = (&grad[slot.range.clone()], &slopes[slot.range.clone()]);
                    let size = theirs.iter().fold(0.0_f32, |most, g| most.max(g.abs()));
                    for (at, (a, b)) in ours.iter().zip(theirs).enumerate() {
                        let near = (a - b).abs() <= 1e-4 * size + 1e-7;
                        assert!(near, "step {n_steps}, {}[{at}]: {a} {b}", slot.name);
                    }
                }
            }
        }
    }
}

#[test]
fn a_training_on_the_card_repeats_to_the_bit_and_goes_where_the_processor_goes() {
    if !has_card() {
        return;
    }
    for (prep, config) in cases().into_iter().take(2) {
        let with = |device| {
            let config = DynamicsConfig {
                device,
                n_steps: 300,
                ..config.clone()
            };
            under_way(&prep, &config, 300)
        };
        let once = with(DeviceChoice::Cuda);
        let bytes = once.to_bytes();
        assert!(
            bytes == with(DeviceChoice::Cuda).to_bytes(),
            "not the same twice"
        );
        let processor = with(DeviceChoice::Cpu);
        let mean = |training: &DynamicsTraining| {
            let errors = training.left_out_errors();
            errors.iter().sum::<f64>() / errors.len() as f64
        };
        let [ours, theirs] = [&once, &processor].map(mean);
        assert!((ours / theirs - 1.0).abs() < 0.1, "{ours} {theirs}");
    }
}

#[test]
fn a_training_resumed_on_the_card_is_the_whole_one() {
    if !has_card() {
        return;
    }
    let prep = tanks(600, 3, 0.1, true);
    let config = DynamicsConfig {
        device: DeviceChoice::Cuda,
        ..one_layer(&prep, 60)
    };
    let whole = under_way(&prep, &config, 60).to_bytes();
    for cut in [1, 7, 10, 33, 59] {
        let part = under_way(&prep, &config, cut).to_bytes();
        let mut resumed = DynamicsTraining::resume(&prep, &part).expect("own bytes");
        resumed
            .advance(&prep, 60, &StopToken::new())
            .expect("no step fails");
        assert!(resumed.to_bytes() == whole, "resumed after step {cut}");
    }
}

#[test]
fn free_runs_on_the_card_are_the_processors() {
    if !has_card() {
        return;
    }
    for (prep, config) in cases() {
        let training = under_way(&prep, &config, 120);
        let shared = shared(&prep, &training);
        let run = CudaRun::new(shared, &training.members).expect("room on the card");
        let run = run.expect("the sizes fit");
        let spot = |at: usize| Spot {
            episode: 0,
            low: 0,
            at,
            end: at + 150,
        };
        let spots: Vec<Spot> = (60..400).step_by(40).map(spot).collect();
        let outputs = run.rollout(1, &spots).expect("the card computes");
        let card = Card::open().expect("it was open");
        let [means, scales] = outputs.map(|array| card.get(&array).expect("it comes back"));
        let weights = training.members.iter();
        let weights = weights.map(|m| m.adam.mean_weights.clone()).collect();
        let model = training.model_of(weights);
        let episode = &prep.episodes[0];
        let features = prep.n_features[0];
        let starts: Vec<SimStart<'_>> = spots
            .iter()
            .map(|spot| SimStart {
                past_obs: &episode.obs[..spot.at * prep.n_obs],
                past_input: &episode.input[..spot.at * prep.n_in],
                future_input: &episode.input[spot.at * prep.n_in..spot.end * prep.n_in],
                context: [
                    &episode.context[0][(spot.at - 1) * features..spot.at * features],
                    &[],
                    &[],
                ],
            })
            .collect();
        let outputs = model.simulate(1, &starts);
        let len = 150 * prep.n_obs;
        for (at, output) in outputs.iter().enumerate() {
            let span = at * len..(at + 1) * len;
            let pairs = means[span.clone()].iter().zip(&output.mean);
            for (a, b) in pairs.chain(scales[span].iter().zip(&output.scale)) {
                assert!((a - b).abs() < 1e-4 * b.abs().max(1.0), "{a} {b}");
            }
        }
    }
}
