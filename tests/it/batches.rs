//! What the judge makes of logs of many recordings, in each of which a setpoint stands still, and
//! whether the test that it proposes answers the question.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "helpers of tests fail loudly and tell what they saw"
)]

use gemba::{
    base::{Digest, Purpose, Stream},
    data::{Channel, ControlPlan, Dataset, Episode, Media, Role, Span, Split, Trajectory},
    scenario::{Plan, Start},
    trust::{Judgement, SupportModel, Verdict, judge},
};

const N_BATCHES: usize = 80;
const N_STEPS: usize = 100;
const HORIZON: usize = 60;

/// Who sets a batch's control.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Hand {
    /// Drawn by chance.
    Chance,
    /// By chance out of three settings.
    Settings,
    /// Corrected by what came out of the batch before.
    RunToRun,
    /// By what a laboratory said of the batch before that one.
    Late,
    /// By a fixed step, where the batch before left a band.
    AfterBad,
    /// By what is met at the begin.
    FeedForward,
    /// By chance, always together with the other control.
    Together,
    /// By a controller all the time.
    Loop,
}

fn batches(hand: Hand, seed: u64) -> Dataset {
    let mut draws = Stream::new(seed, Purpose::Test, &[900 + hand as u64]).draws();
    let (mut u, mut load, mut means) = (50.0, 0.0, vec![50.0; 2]);
    let mut episodes = Vec::new();
    for (batch, hours) in (0..N_BATCHES).zip(0_i64..) {
        load = 0.8 * load + 1.5 * draws.normal();
        let mut y = 50.0 + 4.0 * draws.normal();
        let newest = means[means.len() - 1];
        let error: f64 = newest - 50.0;
        u = match hand {
            Hand::Chance | Hand::Together => draws.between(44.0, 56.0),
            Hand::Settings => [45.0, 50.0, 55.0][draws.below(3)],
            Hand::RunToRun => u - 0.6 * error,
            Hand::Late => u - 0.4 * (means[means.len() - 2] - 50.0),
            Hand::AfterBad if error.abs() > 2.0 => u - 3.0 * error.signum(),
            Hand::AfterBad => u,
            Hand::FeedForward => 50.0 - 0.8 * (y - 50.0),
            Hand::Loop => 50.0 - (y - 50.0),
        };
        let v = match hand {
            Hand::Together => 10.0 + 0.5 * u,
            _ => draws.between(30.0, 40.0),
        };
        let mut columns = vec![Vec::new(); 3];
        let mut set = u;
        for _step in 0..N_STEPS {
            columns[0].push(set);
            columns[1].push(v);
            y += 0.08 * (set + load + 0.2 * (v - 35.0) - y) + 0.1 * draws.normal();
            columns[2].push(y + 0.2 * draws.normal());
            if hand == Hand::Loop {
                set = 50.0 - (columns[2][columns[2].len() - 1] - 50.0);
            }
        }
        means.push(columns[2].iter().sum::<f64>() / N_STEPS as f64);
        episodes.push(Episode {
            name: format!("batch-{batch}"),
            start_ns: 1_767_607_200_000_000_000 + hours * 5_400_000_000_000,
            columns,
        });
    }
    let split = |at: usize| match at {
        0..56 => Split::Train,
        56..68 => Split::Val,
        _ => Split::Test,
    };
    let span = |episode| Span {
        episode,
        start: 0,
        end: N_STEPS,
        split: split(episode),
    };
    of(episodes, (0..N_BATCHES).map(span).collect())
}

fn of(episodes: Vec<Episode>, spans: Vec<Span>) -> Dataset {
    Dataset {
        name: "batches".into(),
        step_secs: 10.0,
        has_clock: true,
        utc_offset_secs: None,
        channels: vec![
            Channel::new("u", Role::Control, "%"),
            Channel::new("v", Role::Control, "%"),
            Channel::new("y", Role::Kpi, "°C"),
        ],
        episodes,
        spans,
        media: Media::default(),
    }
}

/// "u by so much more", from a step of an episode on, judged along what a good model would answer.
fn judged(dataset: &Dataset, (episode, step): (usize, usize), change: f64) -> Judgement {
    let columns = &dataset.episodes[episode].columns;
    let row = |channel: usize| columns[channel][step..step + HORIZON].to_vec();
    let plan_of = |u, v| ControlPlan::new(vec![0, 1], vec![u, v], HORIZON).unwrap();
    let plan = Plan {
        name: "B".into(),
        start: Start {
            episode,
            step,
            context_steps: step.min(50),
        },
        horizon_steps: HORIZON,
        controls: plan_of(row(0).iter().map(|u| u + change).collect(), row(1)),
        recorded: plan_of(row(0), row(1)),
        edits: Vec::new(),
        edited: vec![0],
        kpis: vec![],
        digest: Digest::of_numbers(&[]),
    };
    let mut y = columns[2][step - 1];
    let planned = plan.controls.rows()[0].iter().zip(row(1));
    let mean = planned.map(|(u, v)| {
        y += 0.08 * (u + 0.2 * (v - 35.0) - y);
        y
    });
    let trajectory = Trajectory {
        step_secs: 10.0,
        start_ns: 0,
        channels: vec![2],
        n_steps: HORIZON,
        member_of_draw: vec![],
        draws: vec![],
        mean: vec![mean.collect()],
        band50: vec![],
        band90: vec![],
        aleatoric: vec![],
        epistemic: vec![],
    };
    let support = SupportModel::fit(dataset).assess(dataset, &plan, &trajectory);
    judge(dataset, &plan, &support)
}

/// How many of ten logs get a verdict on a change towards the middle.
fn count(hand: Hand, wanted: Verdict) -> usize {
    let verdict = |seed: u64| {
        let dataset = batches(hand, seed);
        let high = dataset.episodes[70].columns[0][20] > 50.0;
        // Of three settings another one is asked for.
        let size = if hand == Hand::Settings { 5.0 } else { 3.0 };
        let judgement = judged(&dataset, (70, 20), if high { -size } else { size });
        let all = judgement.reasons.iter();
        let all = all.map(|r| format!("{} {} {:.3}", r.check, r.level.name(), r.value));
        let all: Vec<String> = all.collect();
        println!("{hand:?} {seed} {:?} {all:?}", judgement.verdict);
        judgement.verdict
    };
    (0..10).filter(|&seed| verdict(seed) == wanted).count()
}

#[test]
fn setpoints_drawn_for_each_recording_are_moves() {
    for hand in [Hand::Chance, Hand::Settings] {
        let n = count(hand, Verdict::Answerable);
        assert!(n >= 9, "{hand:?} {n}");
    }
}

#[test]
fn setpoints_that_follow_the_recordings_before_are_none() {
    let hands = [
        Hand::RunToRun,
        Hand::Late,
        Hand::AfterBad,
        Hand::FeedForward,
        Hand::Loop,
    ];
    for hand in hands {
        let n = count(hand, Verdict::Answerable);
        assert!(n <= 1, "{hand:?} {n}");
    }
    for hand in [Hand::RunToRun, Hand::Late, Hand::FeedForward, Hand::Loop] {
        let n = count(hand, Verdict::NotFromThisLog);
        assert!(n >= 9, "{hand:?} {n}");
    }
}

#[test]
fn setpoints_that_move_together_are_not_told_apart() {
    assert!(count(Hand::Together, Verdict::NotFromThisLog) >= 9);
}

/// One recording in which u is set as told and the rest is as always.
fn run(u: &[f64], seed: u64) -> Dataset {
    let mut draws = Stream::new(seed, Purpose::Test, &[950]).draws();
    let (mut y, mut v, mut load) = (50.0, 35.0, 0.0);
    let mut columns = vec![Vec::new(); 3];
    for (step, &set) in u.iter().enumerate() {
        if step % 50 == 0 {
            v = draws.between(30.0, 40.0);
        }
        load = 0.97 * load + 0.1 * draws.normal();
        y += 0.08 * (set + load + 0.2 * (v - 35.0) - y) + 0.1 * draws.normal();
        columns[0].push(set);
        columns[1].push(v);
        columns[2].push(y + 0.2 * draws.normal());
    }
    let n = u.len();
    let blocks = [
        (0, n * 7 / 10, Split::Train),
        (n * 7 / 10, n * 17 / 20, Split::Val),
        (n * 17 / 20, n, Split::Test),
    ];
    let spans = blocks.map(|(start, end, split)| Span {
        episode: 0,
        start,
        end,
        split,
    });
    let episode = Episode {
        name: "run".into(),
        start_ns: 1_767_607_200_000_000_000,
        columns,
    };
    of(vec![episode], spans.to_vec())
}

/// The numbers of the proposed test: the size, the steps of a hold, how often, and its key.
fn proposed(judgement: &Judgement) -> (&'static str, f64, u32, u32) {
    let test = judgement.suggestions.iter();
    let (key, args, words) = test
        .clone()
        .find(|one| one.0.contains("step-test"))
        .unwrap();
    println!("{words}");
    let number = |name: &str| -> f64 {
        let told = args.iter().find(|arg| arg.0 == name).unwrap();
        let number = told.1.split(' ').next().unwrap().replace(',', "");
        number.parse().unwrap()
    };
    let count = |number: f64| {
        (0..1_000_000)
            .find(|n| f64::from(*n) >= number.round())
            .unwrap()
    };
    let hold = count(number("minutes") * 6.0);
    (key, number("size"), hold, count(number("repeats")))
}

#[test]
fn the_proposed_step_test_makes_the_question_answerable() {
    const FIRST: usize = 3_000;
    for (limits, change) in [
        (None, 5.0),
        (Some((0.0, 100.0)), 2.0),
        (Some((0.0, 100.0)), 20.0),
    ] {
        for seed in 0..3 {
            let with_limits = |mut dataset: Dataset| {
                let known = &mut dataset.channels[0].limits;
                (known.low, known.high) = limits.unzip();
                dataset
            };
            let mut u = vec![50.0; FIRST];
            let still = judged(&with_limits(run(&u, seed)), (0, 2_700), change);
            assert_eq!(still.verdict, Verdict::NotFromThisLog);
            let (key, size, hold, repeats) = proposed(&still);
            let is_part = change > 3.0 && limits.is_some();
            assert_eq!(key == "suggest-step-test-part", is_part);
            for _time in 0..repeats {
                u.extend(vec![50.0 + size; hold as usize]);
                u.extend(vec![50.0; hold as usize]);
            }
            let tested = with_limits(run(&u, seed));
            let asked = if is_part { size } else { change };
            let now = judged(&tested, (0, 2_700), asked);
            assert_eq!(now.verdict, Verdict::Answerable, "{:?}", now.reasons);
        }
    }
}
