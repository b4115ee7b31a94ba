//! The laws of the room, and the fused path against autograd.

use candle_core::Device;

use super::{
    backward::backward,
    batch::{Batch, Material},
    config::DynamicsConfig,
    eager::Eager,
    fused::{self, Tape},
    params::{Dims, Layout, Part},
    simulator::DynamicsModel,
    training::DynamicsTraining,
};
use crate::{
    base::{Purpose, StopToken, Stream, to_f32},
    model::{
        DeviceChoice, ModelError,
        learning::{AdamW, Gauge, Phase, Sampler, clip},
        prepared::{Prepared, SimStart, Simulator as _},
    },
};

/// Two saturating tanks in a row; the lot, which a modality shows, changes the pump's gain.
pub(crate) fn tanks(n_steps: usize, seed: u64, missing: f64, with_lot: bool) -> Prepared {
    let mut draws = Stream::new(seed, Purpose::Test, &[]).draws();
    let (mut upper, mut lower, mut pump, mut lot) = (0.4_f64, 0.4_f64, 0.5, 1.0);
    let (mut obs, mut input, mut context) = (Vec::new(), Vec::new(), Vec::new());
    for t in 0..n_steps {
        if draws.uniform() < 0.06 {
            pump = draws.uniform();
        }
        if with_lot && t % 60 == 0 {
            lot = if draws.uniform() < 0.5 { 0.6 } else { 1.4 };
        }
        upper += 0.2 * (lot * pump - 0.9 * upper.max(0.0).sqrt());
        lower += 0.2 * (0.9 * upper.max(0.0).sqrt() - 0.8 * lower.max(0.0).sqrt());
        (upper, lower) = (upper.clamp(0.0, 1.0), lower.clamp(0.0, 1.0));
        let is_missing = draws.uniform() < missing;
        let value = (lower - 0.4) / 0.25 + 0.01 * draws.normal();
        obs.push(if is_missing { f32::NAN } else { to_f32(value) });
        input.push(to_f32((pump - 0.5) / 0.3));
        context.extend([to_f32(lot - 1.0) / 0.4, 0.5]);
    }
    let mut prep = Prepared::of_columns(obs, input, 3);
    if with_lot {
        prep.n_features[0] = 2;
        prep.episodes[0].context[0] = context;
    }
    prep
}

pub(super) fn config(prep: &Prepared, n_steps: usize) -> DynamicsConfig {
    DynamicsConfig {
        n_state: 3,
        n_hidden: 12,
        n_deep: 4,
        n_latent: 3,
        n_lags: 8,
        n_steps,
        batch: 16,
        horizon_max: 24,
        val_every: 10,
        device: DeviceChoice::Cpu,
        ..DynamicsConfig::for_data(prep, None)
    }
}

fn trained(prep: &Prepared, config: &DynamicsConfig) -> DynamicsTraining {
    let mut training = DynamicsTraining::start(prep, config).expect("data suffice");
    training
        .advance(prep, config.n_steps, &StopToken::new())
        .expect("no step fails");
    training
}

/// A model whose latent moves its answers; a short training would leave it out.
fn moved(prep: &Prepared, config: &DynamicsConfig) -> DynamicsModel {
    let training = trained(prep, config);
    let of = |size: f32| {
        let weights = training.members.iter().map(|member| {
            let mut theta = member.theta.clone();
            training
                .layout
                .get_mut(&mut theta, Part::LatentIn)
                .fill(size);
            theta
        });
        DynamicsModel::new(
            training.layout.clone(),
            weights.collect(),
            training.material.gauge.spread.clone(),
            config.dead_time.clone(),
            "cpu",
        )
    };
    let at = [start(prep, 100, 30)];
    let [still, moved] = [of(0.0), of(0.2)];
    assert!(still.simulate(0, &at)[0].mean != moved.simulate(0, &at)[0].mean);
    moved
}

fn start(prep: &Prepared, at: usize, horizon: usize) -> SimStart<'_> {
    let episode = &prep.episodes[0];
    let features = prep.n_features[0];
    SimStart {
        past_obs: &episode.obs[at - 20..at],
        past_input: &episode.input[at - 20..at],
        future_input: &episode.input[at..at + horizon],
        context: [
            &episode.context[0][(at - 1) * features..at * features],
            &[],
            &[],
        ],
    }
}

/// Sizes with everything switched on, weights that are zero nowhere, and a batch with gaps.
fn full_case() -> (Layout, Vec<f32>, Batch, Gauge) {
    let dims = Dims {
        n_obs: 2,
        n_in: 2,
        n_state: 3,
        n_hidden: 5,
        n_deep: 2,
        n_latent: 3,
        n_enc: 4,
        n_context: 2,
        n_lags: 3,
        has_mask: true,
        n_features: [3, 0, 2],
    };
    let layout = Layout::new(&dims);
    let mut draws = Stream::new(5, Purpose::Test, &[]).draws();
    let mut number = |size: f64| to_f32(size * draws.normal());
    let theta: Vec<f32> = layout.init(3, 0).iter().map(|w| w + number(0.25)).collect();
    let mut batch = Batch::new(&dims, 16, 7);
    batch.past.fill_with(|| number(1.0));
    batch.input.fill_with(|| number(1.0));
    batch.target = (0..7 * 2 * 16)
        .map(|i| if i % 5 == 0 { f32::NAN } else { number(1.0) })
        .collect();
    for features in &mut batch.features {
        features.fill_with(|| number(1.0));
    }
    for (m, present) in batch.present.iter_mut().enumerate() {
        for (lane, flag) in present.iter_mut().enumerate() {
            *flag = if lane % (m + 2) == 0 { 0.0 } else { 1.0 };
        }
    }
    // One output rests at its upper end, the other at its lower one.
    let gauge = Gauge {
        spread: vec![0.8, 1.3],
        rails: vec![[f32::NEG_INFINITY, 0.4], [-0.3, f32::INFINITY]],
    };
    for (position, y) in batch.target.iter_mut().enumerate() {
        let [low, high] = gauge.rails[position / batch.n_lanes % 2];
        *y = if y.is_finite() {
            y.clamp(low, high)
        } else {
            *y
        };
    }
    batch.noise = vec![0.0; 7 * 3 * 16];
    batch.noise.fill_with(|| number(1.0));
    batch.is_guided = true;
    batch.price = 0.7;
    batch.rails.clone_from(&gauge.rails);
    (layout, theta, batch, gauge)
}

fn fused_loss(case: &(Layout, Vec<f32>, Batch, Gauge), phase: Phase) -> (f64, Vec<f32>) {
    let (layout, theta, batch, gauge) = case;
    let mut tape = Tape::default();
    let mut grad = vec![0.0; layout.n_params];
    fused::forward(layout, theta, batch, &mut tape);
    let [loss, _] = fused::loss(batch, &mut tape, gauge, phase);
    let divergence = backward(layout, theta, batch, &tape, &mut grad);
    (loss + divergence, grad)
}

/// Compares the gradients of both paths; all parts must have one unless `may_rest`.
fn compare_gradients(case: &(Layout, Vec<f32>, Batch, Gauge), phase: Phase, may_rest: bool) {
    let (layout, theta, batch, gauge) = case;
    let (loss, grad) = fused_loss(case, phase);
    let eager = Eager::new(layout.clone(), Device::Cpu);
    // Two members at once, so that the batched graph is checked too.
    let other: Vec<f32> = theta.iter().map(|w| 0.9 * w).collect();
    let batches = [batch.clone(), batch.clone()];
    let both = eager
        .loss_and_grad(&[&other, theta], &batches, gauge, phase)
        .expect("runs");
    let (eager_loss, eager_grad) = &both[1];
    assert!(
        (loss - eager_loss).abs() < 1e-4 * loss.abs().max(0.1),
        "{loss} {eager_loss}"
    );
    for slot in &layout.slots {
        let (ours, theirs) = (&grad[slot.range.clone()], &eager_grad[slot.range.clone()]);
        let size = theirs.iter().fold(0.0_f32, |most, g| most.max(g.abs()));
        assert!(
            size > 1e-7 && size.is_finite(),
            "{} has no gradient",
            slot.name
        );
        for (position, (a, b)) in ours.iter().zip(theirs).enumerate() {
            let near = (a - b).abs() <= 1e-4 * size.max(b.abs()) + 1e-7;
            assert!(near, "{phase:?} {}[{position}]: {a} {b}", slot.name);
            assert!(
                may_rest || *a != 0.0,
                "{phase:?} {}[{position}] has no gradient",
                slot.name
            );
        }
    }
}

#[test]
fn the_fused_gradient_agrees_with_autograd_and_no_parameter_is_left_out() {
    let case = full_case();
    for phase in [Phase::Huber, Phase::Likelihood] {
        compare_gradients(&case, phase, false);
    }
}

#[test]
fn the_fused_gradient_agrees_where_scales_are_at_their_bounds_and_nats_are_free() {
    let (layout, theta, batch, gauge) = full_case();
    let range = |part| {
        let mut slots = layout.slots.iter().filter(|slot| slot.part == part);
        slots.next().expect("a latent").range.clone()
    };
    let mut bound = theta.clone();
    let bias = range(Part::LatentScaleBias);
    (bound[bias.start], bound[bias.end - 1]) = (-7.0, 3.0);
    let mut quiet = theta;
    quiet[bias].fill(0.0);
    for (part, share) in [(Part::LatentScale, 0.3), (Part::LatentGain, 0.5)] {
        for weight in &mut quiet[range(part)] {
            *weight *= share;
        }
    }
    for theta in [bound, quiet] {
        let case = (layout.clone(), theta, batch.clone(), gauge.clone());
        compare_gradients(&case, Phase::Likelihood, true);
    }
}

#[test]
fn the_fused_gradient_agrees_with_finite_differences() {
    // Only the Huber loss of the mean is a plain function: the other detaches its weight.
    // Nor is it one where the posterior is used, whose divergence is balanced.
    let (layout, theta, mut batch, gauge) = full_case();
    batch.is_guided = false;
    let mean_loss = |theta: &[f32]| {
        let mut tape = Tape::default();
        fused::forward(&layout, theta, &batch, &mut tape);
        let (mut total, mut count) = (0.0_f64, 0.0);
        for (position, (y, mean)) in batch.target.iter().zip(&tape.mean).enumerate() {
            let output = position / batch.n_lanes % 2;
            let [low, high] = gauge.rails[output];
            if y.is_finite() {
                let off = match y - mean {
                    off if *y >= high => off.max(0.0),
                    off if *y <= low => off.min(0.0),
                    off => off,
                };
                let r = f64::from(off) / f64::from(gauge.spread[output]);
                let bent = r.clamp(-1.0, 1.0);
                total += bent * (r - 0.5 * bent);
                count += 1.0;
            }
        }
        total / count
    };
    let case = (layout.clone(), theta.clone(), batch.clone(), gauge.clone());
    let (_, grad) = fused_loss(&case, Phase::Huber);
    for slot in layout
        .slots
        .iter()
        .filter(|slot| !slot.name.starts_with("scale"))
    {
        // In a latent's scales those of the prior come first; a free run uses no others.
        let index = slot.range.start + slot.range.len() / 4;
        let mut moved = theta.clone();
        moved[index] = theta[index] + 4e-3;
        let above = mean_loss(&moved);
        moved[index] = theta[index] - 4e-3;
        let slope = (above - mean_loss(&moved)) / 8e-3;
        let near = (slope - f64::from(grad[index])).abs() < 2e-3 * slope.abs() + 2e-4;
        assert!(near, "{}: {slope} {}", slot.name, grad[index]);
    }
}

#[test]
fn training_resumed_at_each_of_twenty_random_steps_gives_the_same_bytes() {
    let prep = tanks(360, 1, 0.1, true);
    let config = config(&prep, 40);
    let whole = trained(&prep, &config).to_bytes();
    let mut draws = Stream::new(9, Purpose::Test, &[]).draws();
    // One training cut twenty times over, and twenty trainings cut once.
    let mut often = DynamicsTraining::start(&prep, &config).expect("data suffice");
    let mut cuts: Vec<usize> = (1..40).collect();
    cuts.sort_by_cached_key(|_| draws.bits());
    cuts.truncate(20);
    cuts.sort_unstable();
    for (round, cut) in cuts.into_iter().enumerate() {
        let ahead = cut - often.step();
        often
            .advance(&prep, ahead, &StopToken::new())
            .expect("no step fails");
        let bytes = often.to_bytes();
        let mut resumed = DynamicsTraining::resume(&prep, &bytes)
            .expect("own bytes")
            .with_threads(1 + round % 4);
        assert_eq!(resumed.step(), cut);
        assert!(resumed.to_bytes() == bytes, "reading changed step {cut}");
        resumed
            .advance(&prep, 100, &StopToken::new())
            .expect("no step fails");
        assert!(resumed.is_done());
        assert!(resumed.to_bytes() == whole, "resumed after step {cut}");
        often = DynamicsTraining::resume(&prep, &bytes).expect("own bytes");
    }
}

#[test]
fn a_stop_is_obeyed_and_damaged_bytes_are_refused() {
    let prep = tanks(360, 1, 0.0, false);
    let mut training = DynamicsTraining::start(&prep, &config(&prep, 30)).expect("data suffice");
    let stop = StopToken::new();
    stop.stop();
    let end = training.advance(&prep, 5, &stop);
    assert!(matches!(end, Err(ModelError::Stopped(_))));
    assert_eq!(training.step(), 0);
    let bytes = training.to_bytes();
    for len in [0, 7, 40, bytes.len() - 1] {
        let read = DynamicsTraining::resume(&prep, &bytes[..len]);
        assert!(
            matches!(read, Err(ModelError::Damaged { .. })),
            "{len} bytes"
        );
    }
}

#[test]
fn the_number_of_threads_changes_no_bit_and_the_seed_does() {
    let prep = tanks(360, 1, 0.0, false);
    let with = |n_threads, seed| {
        let config = DynamicsConfig {
            seed,
            n_threads,
            ..config(&prep, 25)
        };
        trained(&prep, &config).to_bytes()
    };
    let one = with(1, 0);
    assert!(one == with(2, 0) && one == with(3, 0) && one == with(4, 0));
    assert!(one != with(1, 1));
}

#[test]
fn a_rollout_looks_neither_ahead_nor_at_its_neighbors() {
    let prep = tanks(400, 2, 0.0, false);
    let model = moved(&prep, &config(&prep, 20));
    let base = start(&prep, 100, 40);
    let whole = model.simulate(0, &[base]).remove(0);
    let mut changed = base.future_input.to_vec();
    changed[25..].fill(2.0);
    let other = SimStart {
        future_input: &changed,
        ..base
    };
    let both = model.simulate(0, &[other, base]);
    assert_eq!(both[1].mean, whole.mean, "a neighbor changed the result");
    assert_eq!(
        both[0].mean[..25],
        whole.mean[..25],
        "a later control changed an earlier step"
    );
    assert!(both[0].mean[25..] != whole.mean[25..]);
    let short = SimStart {
        future_input: &base.future_input[..10],
        ..base
    };
    let prefix = model.simulate(0, &[short]).remove(0);
    assert_eq!(prefix.mean[..], whole.mean[..10]);
    assert_eq!(prefix.scale[..], whole.scale[..10]);
}

#[test]
fn tensors_and_header_carry_the_whole_model() {
    let prep = tanks(400, 2, 0.0, true);
    let config = DynamicsConfig {
        dead_time: vec![2],
        ..config(&prep, 10)
    };
    let model = moved(&prep, &config);
    let tensors = model.to_tensors();
    let read = DynamicsModel::from_tensors(&model.header(), &tensors).expect("own tensors");
    let at = [start(&prep, 100, 30)];
    for member in 0..model.n_members() {
        assert_eq!(
            read.simulate(member, &at)[0].mean,
            model.simulate(member, &at)[0].mean
        );
    }
    let mut lacking = tensors;
    lacking.remove("dynamics.1.core");
    let end = DynamicsModel::from_tensors(&model.header(), &lacking);
    assert!(
        matches!(end, Err(ModelError::Damaged { what, .. }) if what.contains("dynamics.1.core"))
    );
}

#[test]
fn one_small_batch_is_learned_by_heart() {
    let prep = tanks(300, 3, 0.0, false);
    let config = DynamicsConfig {
        obs_noise: 0.0,
        decay: 0.0,
        ..config(&prep, 1)
    };
    let material = Material::new(&prep, &config.dead_time);
    let (layout, members) = super::start::begin(&prep, &material, &config).expect("data suffice");
    let mut theta = members[0].theta.clone();
    let spots = Sampler::new(prep.folds[0][..1].to_vec(), 8).in_turn(12, usize::MAX);
    let mut batch = Batch::new(&layout.dims, spots.len().min(8), 12);
    for (lane, spot) in spots.iter().take(8).enumerate() {
        material.fill(&prep, &layout.dims, &mut batch, lane, *spot, |_| 0.0);
    }
    batch.fill_paths(&layout.dims, 0, 2);
    let mut adam = AdamW::new(&theta);
    let (mut tape, mut grad) = (Tape::default(), vec![0.0; layout.n_params]);
    let rate = super::optimizer::Rate {
        residual: 5e-3,
        linear: 5e-3,
        decay: 0.0,
        keep: 0.9,
    };
    let mut errors = Vec::new();
    for _step in 0..400 {
        fused::forward(&layout, &theta, &batch, &mut tape);
        let [_, square] = fused::loss(&batch, &mut tape, &material.gauge, Phase::Huber);
        errors.push(square.sqrt());
        backward(&layout, &theta, &batch, &tape, &mut grad);
        clip(&mut grad);
        super::optimizer::descend(&mut adam, &layout, &mut theta, &grad, rate);
    }
    let (first, last) = (errors[0], errors[399]);
    assert!(last < 0.2 * first && last < 0.03, "{first} {last}");
}

fn mean_pair(training: &DynamicsTraining) -> [f64; 2] {
    let pairs = training.val_pairs();
    let mean = |side: usize| pairs.iter().map(|p| p[side]).sum::<f64>() / pairs.len() as f64;
    [mean(0), mean(1)]
}

#[test]
fn a_saturating_plant_is_followed_better_than_by_the_linear_core() {
    let prep = tanks(1200, 4, 0.0, false);
    let [linear, neural] = mean_pair(&trained(&prep, &config(&prep, 800)));
    assert!(neural < 0.8 * linear, "{linear} {neural}");
}

#[test]
fn a_third_of_the_measurements_may_be_missing() {
    let prep = tanks(900, 5, 0.3, false);
    let training = trained(&prep, &config(&prep, 200));
    let [linear, neural] = mean_pair(&training);
    assert!(neural < linear && neural < 0.5, "{linear} {neural}");
    let output = training
        .finish(&prep)
        .simulate(1, &[start(&prep, 200, 100)])
        .remove(0);
    assert!(
        output
            .mean
            .iter()
            .chain(&output.scale)
            .all(|value| value.is_finite())
    );
}

#[test]
fn a_context_that_moves_the_gain_is_used_and_may_be_absent() {
    let prep = tanks(1200, 6, 0.0, true);
    let model = trained(&prep, &config(&prep, 900)).finish(&prep);
    let (mut with, mut without) = (0.0, 0.0);
    for at in (60..1140).step_by(60) {
        let known = start(&prep, at + 1, 50);
        let blind = SimStart {
            context: [&[], &[], &[]],
            ..known
        };
        let truth = &prep.episodes[0].obs[at + 1..at + 51];
        let member = 0;
        for (total, output) in [&mut with, &mut without]
            .into_iter()
            .zip(model.simulate(member, &[known, blind]))
        {
            *total += truth
                .iter()
                .zip(&output.mean)
                .map(|(y, m)| (y - m).powi(2))
                .sum::<f32>();
        }
    }
    assert!(
        without.is_finite() && with < 0.7 * without,
        "{with} {without}"
    );
}

#[test]
fn broken_gradients_halve_the_step_and_the_tenth_ends_training() {
    let prep = tanks(300, 7, 0.0, false);
    let plan = config(&prep, 100);
    let material = Material::new(&prep, &plan.dead_time);
    let (layout, mut members) = super::start::begin(&prep, &material, &plan).expect("data suffice");
    let shared = super::member::Shared {
        prep: &prep,
        material: &material,
        layout: &layout,
        plan: &plan,
    };
    let before = members[0].theta.clone();
    for count in 1..=10 {
        let mut grad = vec![f32::NAN; layout.n_params];
        let end = members[0].apply(shared, 1.0, &mut grad, &mut Tape::default());
        assert_eq!(end.is_err(), count == 10);
        assert!(
            members[0].theta == before,
            "a broken gradient moved the weights"
        );
        let is_last = matches!(end, Err(ModelError::NotFinite { .. }));
        assert!(is_last || end.is_ok());
    }
    assert!(members[0].trouble.rate_share <= 0.125);
}
