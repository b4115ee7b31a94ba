//! Laws of learned encoders: gradients, restoring, knowing one's own time, folds, stopping.

use candle_core::Tensor;
use nalgebra::{DMatrix, DVector};

use super::{
    attention::{Shape, Token},
    encoder::Encoder,
    net::{Dims, Net},
    objective::{Known, Objective},
    params::{Array, Params},
    pretrain::pretrain,
    school::{Lesson, is_far},
    target::Targets,
};
use crate::{
    base::{Purpose, StopToken, Stream, to_f32},
    data::{Channel, Dataset, Episode, FeatureItem, FeatureTrack, Media, Modality, Role},
    model::{
        ModelError, Tier,
        leftout::LeftOut,
        prepared::{Block, Prepared, PreparedEpisode},
        runs::TierRuns,
        senses::{Answering, Memory, Score, Scores},
    },
};

const N_STEPS: usize = 4000;

fn noise(id: u64) -> Stream {
    Stream::new(3, Purpose::Test, &[id])
}

/// A hidden switch that changes every 150 steps or so.
fn hidden(step: usize) -> f64 {
    let coin = noise(0).uniform_at(step as u64 / 150);
    if coin < 0.5 { -1.0 } else { 1.0 }
}

/// One output that follows the hidden switch; the sensors' model says 0.
fn prepared() -> Prepared {
    let jitter = noise(1);
    let obs = (0..N_STEPS).map(|step| hidden(step) + 0.3 * jitter.normal_at(step as u64));
    let fold = |at: usize| Block {
        episode: 0,
        start: at * N_STEPS / 5,
        end: (at + 1) * N_STEPS / 5,
    };
    Prepared {
        n_obs: 1,
        n_in: 1,
        n_features: [0; 3],
        step_secs: 10.0,
        episodes: vec![PreparedEpisode {
            n_steps: N_STEPS,
            obs: obs.map(to_f32).collect(),
            input: vec![0.5; N_STEPS],
            context: vec![Vec::new(); 3],
        }],
        folds: (0..5).map(|at| vec![fold(at)]).collect(),
        rails: vec![crate::model::rails::FREE; 1],
        fading: Memory::default(),
    }
}

/// A simulator that says 0.
#[derive(Debug)]
struct Mute;

impl crate::model::prepared::Simulator for Mute {
    fn n_params(&self) -> usize {
        0
    }
    fn n_members(&self) -> usize {
        5
    }
    fn simulate(
        &self,
        _member: usize,
        starts: &[crate::model::prepared::SimStart<'_>],
    ) -> Vec<crate::model::prepared::SimOutput> {
        let size = |start: &crate::model::prepared::SimStart<'_>| start.future_input.len();
        let said = starts
            .iter()
            .map(|start| crate::model::prepared::SimOutput {
                mean: vec![0.0; size(start)],
                scale: vec![1.0; size(start)],
            });
        said.collect()
    }
}

fn runs(leftout: &LeftOut) -> TierRuns {
    TierRuns::new(Tier::Linear, &Mute, leftout, [true; 3], 1)
}

/// Records every 10 steps: one feature of many tells the switch if `tells`.
fn track(tells: bool) -> FeatureTrack {
    let hiss = noise(2);
    let items = (0..N_STEPS).step_by(10).map(|step| {
        let feature = |at: usize| {
            let told = if tells && at == 3 { hidden(step) } else { 0.0 };
            to_f32(told + 0.5 * hiss.normal_at((step * 20 + at) as u64))
        };
        FeatureItem {
            episode: 0,
            step,
            features: (0..12).map(feature).collect(),
        }
    });
    FeatureTrack {
        modality: Modality::Sound,
        names: (0..12).map(|at| at.to_string()).collect(),
        items: items.collect(),
    }
}

fn dataset() -> Dataset {
    Dataset {
        name: "line".to_owned(),
        step_secs: 10.0,
        has_clock: true,
        utc_offset_secs: None,
        channels: vec![Channel::new("rejects", Role::Kpi, "%")],
        episodes: vec![Episode {
            name: "day".to_owned(),
            start_ns: 0,
            columns: vec![vec![0.0; N_STEPS]],
        }],
        spans: Vec::new(),
        media: Media::default(),
    }
}

fn answering(runs: &TierRuns) -> Answering<'_> {
    let near = Score {
        whole: 1.0,
        folds: vec![1.0; 5],
    };
    let scores = Scores { near, far: None };
    Answering { runs, scores }
}

fn learn(tells: bool, n_threads: usize, stop: &StopToken) -> Result<Encoder, ModelError> {
    let prepared = prepared();
    let leftout = LeftOut::new(&prepared);
    let runs = runs(&leftout);
    let answering = [answering(&runs)];
    let targets = Targets::new(&leftout, &answering, &prepared);
    let lesson = Lesson {
        dataset: &dataset(),
        folds: &prepared.folds,
        targets: &targets,
        is_pretrained: true,
        is_aligned: true,
        is_hiding: true,
        seed: 1,
        n_threads,
        stop,
    };
    Ok(Encoder::learn(&lesson, Modality::Sound, &track(tells))?.unwrap())
}

/// What a net foretells of one output: its error in two windows.
const N_TOLD: usize = 2;

/// The share of the switch that a line on what is foretold explains, each record read without its
/// fold. The code of the pretrained net stands behind it: it saw no sensors, and a line on so many
/// numbers explains a good part of anything.
fn told(encoder: &Encoder, tells: bool) -> f64 {
    let prepared = prepared();
    let track = track(tells);
    let read = encoder.read(
        &dataset(),
        Modality::Sound,
        track.items.iter(),
        &prepared.folds,
    );
    let read = read.unwrap();
    let width = N_TOLD;
    let design = DMatrix::from_fn(read.len(), width + 1, |row, at| {
        let foretold = read[row].features.get(at).filter(|_| at < width);
        foretold.map_or(1.0, |x| f64::from(*x))
    });
    let switch = DVector::from_fn(read.len(), |row, _| hidden(read[row].step));
    let mut square = design.tr_mul(&design);
    for at in 0..=width {
        square[(at, at)] += 1e-6;
    }
    let weights = square.cholesky().unwrap().solve(&design.tr_mul(&switch));
    let miss = (&switch - design * weights).norm_squared();
    1.0 - miss / switch.add_scalar(-switch.mean()).norm_squared()
}

#[test]
fn numbers_of_a_fold_that_was_not_seen_tell_the_switch_and_noise_tells_nothing() {
    let stop = StopToken::new();
    let heard = learn(true, 2, &stop).unwrap();
    assert!(told(&heard, true) > 0.4, "{}", told(&heard, true));
    let deaf = learn(false, 2, &stop).unwrap();
    assert!(told(&deaf, false) < 0.1, "{}", told(&deaf, false));
    // One thread after the other gives the same bits.
    assert_eq!(learn(true, 1, &stop).unwrap(), heard);
}

#[test]
fn a_stop_ends_the_lesson() {
    let stop = StopToken::new();
    stop.stop();
    assert!(matches!(learn(true, 1, &stop), Err(ModelError::Stopped(_))));
}

#[test]
fn what_is_near_a_fold_is_not_learned_from_without_it() {
    let fold = [Block {
        episode: 0,
        start: 1000,
        end: 2000,
    }];
    assert!(is_far(&fold, (0, 700), 200) && is_far(&fold, (0, 2300), 200));
    assert!(!is_far(&fold, (0, 900), 200) && !is_far(&fold, (0, 2100), 200));
    assert!(!is_far(&fold, (0, 1500), 0) && is_far(&fold, (1, 1500), 200));
}

fn small() -> Net {
    let grid = [12, 16, 1];
    Net::new(Dims {
        grid,
        row: 3,
        numbers: 8,
    })
    .unwrap()
}

fn records(n: usize) -> Vec<(Vec<f32>, Vec<f32>)> {
    let draw = noise(7);
    let one = |at: usize| {
        // A picture of two stripes, so that the rest tells what is hidden.
        let phase = draw.uniform_at(at as u64) * 6.0;
        let cell = |cell: usize| to_f32((cell as f64 % 16.0 / 3.0 + phase).sin());
        ((0..192).map(cell).collect(), vec![to_f32(phase.sin()); 3])
    };
    (0..n).map(one).collect()
}

fn known(n: usize) -> Vec<Known> {
    let draw = noise(8);
    let prepared = prepared();
    let leftout = LeftOut::new(&prepared);
    let runs = runs(&leftout);
    let answering = [answering(&runs)];
    let targets = Targets::new(&leftout, &answering, &prepared);
    let one = |at: usize| {
        let place = (0, 100 + at * 90);
        let mut aim = targets.aim(place).unwrap();
        aim.errors[0] = [to_f32(draw.normal_at(at as u64)), 1.0];
        Known { place, aim }
    };
    (0..n).map(one).collect()
}

fn objective(n_numbers: usize) -> Objective {
    let prepared = prepared();
    let leftout = LeftOut::new(&prepared);
    let runs = runs(&leftout);
    let answering = [answering(&runs)];
    let targets = Targets::new(&leftout, &answering, &prepared);
    Objective::new(&targets, n_numbers, true)
}

/// Loss of arrays on fixed records.
fn loss(net: &Net, objective: &Objective, tensors: &[Tensor]) -> Tensor {
    let records = records(12);
    let known = known(12);
    let batch: Vec<&Known> = known.iter().collect();
    let (grid, row) = net.stack(records.iter()).unwrap();
    let hidden = net.hidden(tensors, &grid, &row).unwrap();
    let numbers = net.numbers(tensors, &hidden).unwrap();
    let heads = &tensors[net.shapes().len()..];
    objective.loss(heads, &numbers, &batch).unwrap()
}

/// Every array has the gradient that small changes of its weights show.
fn check_gradients(arrays: &[Array], of: &dyn Fn(&[Tensor]) -> Tensor) {
    let params = Params::new(arrays, 1, 0.0).unwrap();
    let tensors = params.tensors();
    let grads = of(&tensors).backward().unwrap();
    for (at, array) in arrays.iter().enumerate() {
        let grad = grads.get(&tensors[at]).unwrap().flatten_all().unwrap();
        let grad: Vec<f32> = grad.to_vec1().unwrap();
        assert!(grad.iter().any(|g| *g != 0.0), "array {at}");
        let largest = (0..grad.len()).max_by(|a, b| grad[*a].abs().total_cmp(&grad[*b].abs()));
        let spot = largest.unwrap();
        let moved = |by: f32| {
            let mut changed = arrays.to_vec();
            changed[at].values[spot] += by;
            let tensors: Vec<Tensor> = changed.iter().map(|one| one.tensor().unwrap()).collect();
            of(&tensors).to_scalar::<f32>().unwrap()
        };
        let slope = (moved(4e-3) - moved(-4e-3)) / 8e-3;
        let size = slope.abs().max(grad[spot].abs()).max(0.02);
        assert!(
            (slope - grad[spot]).abs() < 0.06 * size,
            "array {at} {:?}: {slope} {}",
            array.shape,
            grad[spot]
        );
    }
}

#[test]
fn every_weight_of_encoder_and_heads_has_the_gradient_of_finite_differences() {
    let (net, objective) = (small(), objective(8));
    let mut arrays = net.init(5, 0);
    arrays.extend(objective.init(5, 0));
    check_gradients(&arrays, &|tensors| loss(&net, &objective, tensors));
}

fn tokens(n: usize) -> Vec<Token> {
    let draw = noise(9);
    let numbers = |row: usize, from: u64| -> Vec<f32> {
        let of = |at: u64| to_f32(draw.normal_at(row as u64 * 16 + from + at));
        (0..3).map(of).collect()
    };
    let one = |row: usize| Token {
        said: [
            Some(numbers(row, 0)),
            (!row.is_multiple_of(3)).then(|| numbers(row, 4)),
            None,
        ],
        state: numbers(row, 8),
    };
    (0..n).map(one).collect()
}

#[test]
fn attention_has_the_gradient_of_finite_differences_and_what_is_missing_changes_nothing() {
    let shape = Shape {
        tokens: [3, 3, 0],
        state: 3,
        numbers: 3,
    };
    let objective = objective(3);
    let mut arrays = shape.init(5);
    let n_own = arrays.len();
    arrays.extend(objective.init(5, 1));
    let (tokens, known) = (tokens(12), known(12));
    let all: Vec<&Token> = tokens.iter().collect();
    let batch: Vec<&Known> = known.iter().collect();
    check_gradients(&arrays, &|tensors| {
        let numbers = shape.forward(tensors, &all, &|_, _| false).unwrap();
        objective.loss(&tensors[n_own..], &numbers, &batch).unwrap()
    });
    let tensors: Vec<Tensor> = arrays.iter().map(|one| one.tensor().unwrap()).collect();
    let run = |tokens: &[Token], hides: &dyn Fn(usize, usize) -> bool| {
        let tokens: Vec<&Token> = tokens.iter().collect();
        let out = shape.forward(&tensors, &tokens, hides).unwrap();
        out.to_vec2::<f32>().unwrap()
    };
    let hidden = run(&tokens, &|_, at| at == 1);
    let mut absent = tokens.clone();
    for token in &mut absent {
        token.said[1] = None;
    }
    assert_eq!(hidden, run(&absent, &|_, _| false));
    assert_ne!(hidden, run(&tokens, &|_, _| false));
}

#[test]
fn what_is_masked_is_restored_better_than_by_its_mean() {
    let net = small();
    let records = records(400);
    let stop = StopToken::new();
    let (_, missed) = pretrain(&net, net.init(2, 0), &records, (2, 0), &stop).unwrap();
    // The stripes' mean is 0, and their mean square one half.
    assert!(missed < 0.35, "{missed}");
}
