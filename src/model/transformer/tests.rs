//! What holds the family together: gradients, both paths, causality, honesty, the same bits always.

use candle_core::Device;

use super::{
    backward::backward,
    config::TransformerConfig,
    eager::Eager,
    free_run::Shared,
    layout::{Dims, Layout},
    member::{Batch, loss_and_grad},
    net::{Tape, forward},
    simulator::TransformerModel,
    tokens::{Run, tokens_of},
    training::TransformerTraining,
};
use crate::{
    base::{Purpose, StopToken, Stream, to_f32},
    model::{
        DeviceChoice, ModelError, Preset,
        dynamics::tanks,
        learning::{Gauge, Phase, Sampler},
        leftout::LeftOut,
        linear::{LinearModel, fit_linear},
        prepared::{Prepared, SimOutput, SimStart, Simulator as _},
    },
};

/// Data, their linear family and a small plan.
struct Ground {
    prep: Prepared,
    linear: LinearModel,
    plan: TransformerConfig,
}

fn ground(n_rows: usize, missing: f64, with_lot: bool) -> Ground {
    let prep = tanks(n_rows, 3, missing, with_lot);
    let stop = StopToken::new();
    let linear = fit_linear(&prep, &LeftOut::new(&prep), &stop)
        .unwrap()
        .model;
    let mut plan = TransformerConfig::for_data(&prep, Some(Preset::Tiny));
    plan.device = DeviceChoice::Cpu;
    plan.n_threads = 1;
    Ground { prep, linear, plan }
}

impl Ground {
    fn layout(&self) -> Layout {
        Layout::new(&Dims::new(&self.prep, &self.plan))
    }

    fn shared<'a>(&'a self, layout: &'a Layout, gauge: &'a Gauge) -> Shared<'a> {
        Shared {
            prep: &self.prep,
            plan: &self.plan,
            layout,
            gauge,
            linear: &self.linear,
        }
    }

    /// Windows of a member, with their targets.
    fn batch(&self, member: usize, n_lanes: usize, n_ahead: usize) -> Batch {
        let dims = Dims::new(&self.prep, &self.plan);
        let gauge = Gauge::of(&self.prep);
        let sampler = Sampler::new(self.prep.folds.concat(), dims.n_past);
        let mut draws = Stream::new(member as u64, Purpose::Test, &[9]).draws();
        let n_windows = sampler.n_windows(n_ahead);
        let runs: Vec<Run> = (0..n_lanes)
            .map(|_| sampler.window(draws.below(n_windows), n_ahead).unwrap())
            .map(|spot| Run::of_spot(&self.prep, spot, n_ahead))
            .collect();
        let family = (&self.linear, member);
        let (tokens, linear) = tokens_of(&dims, &gauge, family, &runs, n_ahead, None);
        let target = runs.iter().flat_map(|run| run.next_target(&dims, n_ahead));
        Batch {
            target: target.copied().collect(),
            tokens,
            linear,
        }
    }

    /// A model whose head is not zero, so that everything counts.
    fn wild(&self) -> TransformerModel {
        let layout = self.layout();
        let n_members = self.prep.folds.len();
        let weights = (0..n_members).map(|member| wild(&layout, member)).collect();
        TransformerModel::new(layout, weights, Gauge::of(&self.prep), self.linear.clone())
    }

    fn start(&self, at: usize, n_steps: usize) -> SimStart<'_> {
        let (episode, n_in) = (&self.prep.episodes[0], self.prep.n_in);
        let from = at - 50;
        SimStart {
            past_obs: &episode.obs[from..at],
            past_input: &episode.input[from * n_in..at * n_in],
            future_input: &episode.input[at * n_in..(at + n_steps) * n_in],
            context: [&[]; 3],
        }
    }
}

/// First weights with noise on all of them.
fn wild(layout: &Layout, member: usize) -> Vec<f32> {
    let mut draws = Stream::new(5, Purpose::Test, &[member as u64]).draws();
    let mut theta = layout.init(0, member);
    for weight in &mut theta {
        *weight += to_f32(0.2 * draws.normal());
    }
    theta
}

fn bits(outputs: &[SimOutput]) -> Vec<u32> {
    let numbers = outputs
        .iter()
        .flat_map(|one| one.mean.iter().chain(&one.scale));
    numbers.map(|x| x.to_bits()).collect()
}

#[test]
fn the_gradient_is_the_slope_by_finite_differences_in_every_array() {
    for (missing, with_lot) in [(0.0, false), (0.2, true)] {
        let ground = ground(400, missing, with_lot);
        let layout = ground.layout();
        let tokens = ground.batch(0, 3, 11).tokens;
        let theta = wild(&layout, 0);
        let mut tape = Tape::default();
        forward(&layout, &theta, &tokens, &mut tape);
        let mut draws = Stream::new(6, Purpose::Test, &[]).draws();
        let pulls: Vec<f32> = tape.out.iter().map(|_| to_f32(draws.normal())).collect();
        let mut grad = vec![0.0; layout.n_params];
        backward(&layout, &theta, &tokens, &tape, &pulls, &mut grad);
        let mut sum = |theta: &[f32]| {
            forward(&layout, theta, &tokens, &mut tape);
            let pairs = tape.out.iter().zip(&pulls);
            pairs
                .map(|(out, pull)| f64::from(*out) * f64::from(*pull))
                .sum::<f64>()
        };
        for slot in &layout.slots {
            let slope = &grad[slot.range.clone()];
            let norm = slope
                .iter()
                .map(|g| f64::from(*g).powi(2))
                .sum::<f64>()
                .sqrt();
            assert!(norm > 1e-3, "{} has no gradient", slot.name);
            let size = 4e-3;
            let mut moved = |size: f64| {
                let mut theta = theta.clone();
                for (weight, g) in theta[slot.range.clone()].iter_mut().zip(slope) {
                    *weight += to_f32(size * f64::from(*g) / norm);
                }
                sum(&theta)
            };
            let found = (moved(size) - moved(-size)) / (2.0 * size);
            assert!(
                (found / norm - 1.0).abs() < 0.01,
                "{}: {found} {norm}",
                slot.name
            );
        }
    }
}

#[test]
fn plain_loops_and_tensors_give_the_same_loss_and_gradient() {
    for (missing, with_lot, phase) in [
        (0.0, false, Phase::Likelihood),
        (0.2, true, Phase::Huber),
        (0.1, true, Phase::Likelihood),
    ] {
        let mut ground = ground(400, missing, with_lot);
        ground.prep.rails = vec![[-0.9, 0.9]];
        let (layout, gauge) = (ground.layout(), Gauge::of(&ground.prep));
        let shared = ground.shared(&layout, &gauge);
        let thetas = [wild(&layout, 0), wild(&layout, 1)];
        let batches = [ground.batch(0, 4, 13), ground.batch(1, 4, 13)];
        let eager = Eager::new(&layout, Device::Cpu);
        let views = thetas.each_ref().map(Vec::as_slice);
        let found = eager
            .loss_and_grad(&views, &batches, &gauge, phase)
            .unwrap();
        for (member, (loss, tensors)) in found.iter().enumerate() {
            let mut grad = vec![0.0; layout.n_params];
            let work = (&mut Tape::default(), grad.as_mut_slice());
            let plain = loss_and_grad(shared, &thetas[member], &batches[member], phase, work);
            assert!(
                (loss - plain).abs() < 1e-4 * plain.abs().max(1.0),
                "{loss} {plain}"
            );
            for slot in &layout.slots {
                let [a, b] = [&grad, tensors].map(|all| &all[slot.range.clone()]);
                let most = b.iter().fold(0.0_f32, |most, g| most.max(g.abs()));
                assert!(most > 0.0, "autograd loses {}", slot.name);
                for (a, b) in a.iter().zip(b) {
                    assert!((a - b).abs() < 2e-3 * most, "{}: {a} {b}", slot.name);
                }
            }
        }
    }
}

#[test]
fn it_begins_as_the_linear_family_over_many_chunks() {
    let ground = ground(600, 0.1, false);
    let layout = ground.layout();
    let weights = (0..3).map(|member| layout.init(0, member)).collect();
    let gauge = Gauge::of(&ground.prep);
    let model = TransformerModel::new(layout, weights, gauge, ground.linear.clone());
    let starts = [ground.start(150, 90), ground.start(320, 90)];
    for member in 0..3 {
        let (own, linear) = (
            model.simulate(member, &starts),
            ground.linear.simulate(member, &starts),
        );
        for (own, linear) in own.iter().zip(&linear) {
            for (a, b) in own.mean.iter().zip(&linear.mean) {
                assert!((a - b).abs() < 1e-4, "{a} {b}");
            }
        }
    }
}

#[test]
fn a_later_control_changes_nothing_before_it_and_something_from_it_on() {
    let ground = ground(600, 0.1, false);
    let model = ground.wild();
    let start = ground.start(200, 40);
    let plain = &model.simulate(1, &[start])[0];
    for at in [0, 7, 15, 16, 17, 31, 39] {
        let mut moved = start.future_input.to_vec();
        moved[at] += 1.0;
        let other = SimStart {
            future_input: &moved,
            ..start
        };
        let other = &model.simulate(1, &[other])[0];
        assert_eq!(plain.mean[..at], other.mean[..at], "{at}");
        assert_eq!(plain.scale[..at], other.scale[..at], "{at}");
        assert_ne!(plain.mean[at..], other.mean[at..], "{at}");
    }
}

#[test]
fn a_run_depends_neither_on_its_length_nor_on_the_runs_beside_it() {
    let ground = ground(700, 0.1, false);
    let model = ground.wild();
    let many: Vec<SimStart<'_>> = (0..11).map(|at| ground.start(60 + 50 * at, 70)).collect();
    let together = model.simulate(0, &many);
    for (start, said) in many.iter().zip(&together) {
        assert_eq!(
            bits(&model.simulate(0, &[*start])),
            bits(std::slice::from_ref(said))
        );
        for n_steps in [1, 15, 16, 23, 49] {
            let short = SimStart {
                future_input: &start.future_input[..n_steps],
                ..*start
            };
            let short = &model.simulate(0, &[short])[0];
            assert_eq!(short.mean[..], said.mean[..n_steps]);
            assert_eq!(short.scale[..], said.scale[..n_steps]);
        }
    }
    assert!(model.simulate(0, &[]).is_empty());
    let nothing = SimStart {
        future_input: &[],
        ..many[0]
    };
    assert!(model.simulate(0, &[nothing])[0].mean.is_empty());
}

#[test]
fn what_is_missing_is_told_and_a_modality_that_is_known_counts() {
    let ground = ground(600, 0.0, true);
    let model = ground.wild();
    let start = ground.start(200, 20);
    let plain = model.simulate(0, &[start]);
    let row = [1.0_f32, 0.5];
    let shown = SimStart {
        context: [&row, &[], &[]],
        ..start
    };
    assert_ne!(bits(&plain), bits(&model.simulate(0, &[shown])));
    let broken = [f32::NAN, 0.5];
    let unknown = SimStart {
        context: [&broken, &[], &[]],
        ..start
    };
    assert_eq!(bits(&plain), bits(&model.simulate(0, &[unknown])));
    let blind = vec![f32::NAN; start.past_obs.len()];
    let blind = SimStart {
        past_obs: &blind,
        ..start
    };
    let said = model.simulate(0, &[blind]);
    assert!(
        said[0]
            .mean
            .iter()
            .chain(&said[0].scale)
            .all(|x| x.is_finite())
    );
    assert_ne!(bits(&plain), bits(&said));
}

#[test]
fn no_number_of_threads_changes_a_bit() {
    let ground = ground(500, 0.1, true);
    let learned = |n_threads: usize| {
        let plan = TransformerConfig {
            n_threads,
            n_steps: 40,
            ..ground.plan.clone()
        };
        let stop = StopToken::new();
        let (prep, linear) = (&ground.prep, &ground.linear);
        let mut training = TransformerTraining::start(prep, linear, &plan, &stop).unwrap();
        // Stopping between steps and going on makes no difference either.
        while !training.is_done() {
            training.advance(3 * n_threads, &stop).unwrap();
        }
        let members = training.members.into_iter();
        members.map(|one| (one.theta, one.best)).collect::<Vec<_>>()
    };
    let one = learned(1);
    for n_threads in 2..=4 {
        assert!(one == learned(n_threads), "{n_threads} threads");
    }
}

#[test]
fn a_member_learns_nothing_of_its_fold() {
    let ground = ground(500, 0.0, false);
    let mut other = ground.prep.clone();
    let fold = other.folds[1][0];
    for value in &mut other.episodes[0].obs[fold.start..fold.end] {
        *value = -*value;
    }
    let learned = |prep: &Prepared| {
        let plan = TransformerConfig {
            n_steps: 30,
            ..ground.plan.clone()
        };
        let stop = StopToken::new();
        let mut training = TransformerTraining::start(prep, &ground.linear, &plan, &stop).unwrap();
        training.gauge = Gauge::of(&ground.prep);
        while !training.is_done() {
            training.advance(30, &stop).unwrap();
        }
        training.members
    };
    let (first, second) = (learned(&ground.prep), learned(&other));
    assert!(first[1].theta == second[1].theta);
    assert!(first[0].theta != second[0].theta);
    assert_ne!(first[1].val.to_bits(), second[1].val.to_bits());
}

#[test]
fn what_the_linear_family_cannot_bend_is_learned_and_the_model_is_read_back() {
    let ground = ground(1500, 0.0, false);
    let plan = TransformerConfig {
        n_steps: 240,
        n_threads: 2,
        ..ground.plan.clone()
    };
    let stop = StopToken::new();
    let (prep, linear) = (&ground.prep, &ground.linear);
    let mut training = TransformerTraining::start(prep, linear, &plan, &stop).unwrap();
    while !training.is_done() {
        training.advance(40, &stop).unwrap();
    }
    let errors = training
        .members
        .iter()
        .map(|one| one.best_val / one.start_val);
    let mean = errors.sum::<f64>() / 3.0;
    assert!(
        mean < 0.8,
        "left-out error against the linear family's: {mean}"
    );
    let model = training.finish().unwrap();
    let starts = [ground.start(300, 60)];
    let rails = &prep.rails;
    let again = |tensors: &_| {
        TransformerModel::from_tensors(&model.header(), tensors, linear.clone(), rails)
    };
    let mut tensors = model.to_tensors();
    let back = again(&tensors).unwrap();
    assert_eq!(
        bits(&model.simulate(2, &starts)),
        bits(&back.simulate(2, &starts))
    );
    // Sizes that would divide by nothing, never end or not fit the line are found as well.
    for (size, wrong) in [("n_heads", 0), ("width", 0), ("n_future", 0), ("n_in", 2)] {
        let mut header: serde_json::Value = serde_json::from_str(&model.header()).unwrap();
        header["dims"][size] = wrong.into();
        let header = header.to_string();
        let read = TransformerModel::from_tensors(&header, &tensors, linear.clone(), rails);
        assert!(matches!(read, Err(ModelError::Damaged { .. })), "{size}");
    }
    tensors.remove("1.head");
    assert!(matches!(again(&tensors), Err(ModelError::Damaged { .. })));
}

#[test]
fn a_training_that_brings_nothing_gives_no_model_and_says_how_far_it_came() {
    let ground = ground(400, 0.0, false);
    let plan = TransformerConfig {
        rate: 1e-9,
        ..ground.plan.clone()
    };
    let stop = StopToken::new();
    let (prep, linear) = (&ground.prep, &ground.linear);
    let mut training = TransformerTraining::start(prep, linear, &plan, &stop).unwrap();
    while !training.is_done() {
        training.advance(70, &stop).unwrap();
    }
    let end = training.finish().unwrap_err();
    assert!(
        end.step == plan.n_steps && (end.ratio - 1.0).abs() < 0.01,
        "{end:?}"
    );
    // A pilot that ran away ends it early.
    let wild = TransformerConfig { rate: 3.0, ..plan };
    let mut training = TransformerTraining::start(prep, linear, &wild, &stop).unwrap();
    training.advance(wild.n_steps, &stop).unwrap();
    assert!(training.is_done());
    let end = training.finish().unwrap_err();
    assert!(end.step == wild.pilot_steps() && end.ratio > 1.1, "{end:?}");
    stop.stop();
    let stopped = TransformerTraining::start(prep, linear, &wild, &stop);
    assert!(matches!(stopped, Err(ModelError::Stopped(_))));
}

#[test]
fn many_rows_put_it_in_the_race_and_few_do_not() {
    let long = tanks(50_100, 1, 0.0, false);
    assert!(TransformerConfig::suits(&long, None));
    assert!(!TransformerConfig::suits(&long, Some(Preset::Tiny)));
    assert!(!TransformerConfig::suits(
        &tanks(49_000, 1, 0.0, false),
        None
    ));
    let plan = TransformerConfig::for_data(&long, None);
    assert_eq!(plan.n_dim % (2 * plan.n_heads), 0);
}
