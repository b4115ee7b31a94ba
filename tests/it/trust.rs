//! What trust must show on small plants whose truth is known, over many seeds.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "helpers of tests fail loudly and tell what they saw"
)]

use std::collections::BTreeMap;

use gemba::{
    base::{Digest, Locale, Purpose, Stream, Text},
    data::{Channel, ControlPlan, Dataset, Episode, Media, Role, Span, Split, Trajectory},
    metrics::{Interval, PairedKpi, Pairing, channel_gap},
    scenario::{Better, Kpi, Plan, Reduce, Start},
    trust::{
        Cause, Judgement, Standing, Support, SupportLevel, SupportModel, Verdict, judge,
        judge_difference, localized_cause, localized_reason, localized_suggestion, rank_causes,
        standing, verdict_sentence,
    },
};

const N_STEPS: usize = 3_000;
const HORIZON: usize = 120;

/// Who moves the control.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Hand {
    /// u = r − K y, with the y that is logged.
    Proportional,
    /// The same with an integral.
    Integral,
    /// The integral law, but with an instrument of its own that is not logged.
    Unlogged,
    /// The integral law with held random steps on top.
    Dithered,
    /// Steps chosen without looking.
    OpenLoop,
    /// A smooth curve of many sines.
    Programmed,
    /// Moves by a fixed step where the output has left a band.
    Deadband,
    /// On below one level, off above another.
    Thermostat,
    /// Never.
    Still,
}

/// A log of a first-order plant: control `u`, load `w`, output `y` with sensor noise.
fn log(hand: Hand, seed: u64) -> Dataset {
    let mut draws = Stream::new(seed, Purpose::Test, &[hand as u64]).draws();
    let (mut y, mut load, mut seen, mut integral) = (50.0, 0.0, 50.0, 0.0);
    let (mut dither, mut held, mut u) = (0.0, 0_usize, 50.0);
    let phases: Vec<f64> = (0..12)
        .map(|_| draws.between(0.0, std::f64::consts::TAU))
        .collect();
    let mut columns = vec![Vec::new(); 3];
    for step in 0..N_STEPS {
        let error = 50.0 - seen;
        integral += 0.05 * error;
        if held == 0 {
            held = 20 + draws.below(60);
            dither = draws.between(-6.0, 6.0);
        }
        held -= 1;
        let time = f64::from(u32::try_from(step).unwrap());
        u = match hand {
            Hand::Proportional => 50.0 + 1.5 * error,
            Hand::Integral => 50.0 + 0.8 * error + integral,
            Hand::Unlogged => {
                let own = 50.0 - (y + 0.3 * draws.normal());
                integral += 0.05 * (own - error);
                50.0 + 0.8 * own + integral
            }
            Hand::Dithered => 50.0 + 0.8 * error + integral + dither,
            Hand::OpenLoop => 50.0 + 1.5 * dither,
            Hand::Programmed => {
                let waves = phases.iter().zip(1_u32..);
                50.0 + waves
                    .map(|(phase, k)| (0.011 * f64::from(k) * time + phase).sin())
                    .sum::<f64>()
                    * 2.0
            }
            Hand::Deadband if error.abs() > 4.0 => (u + 1.5 * error.signum()).clamp(30.0, 70.0),
            Hand::Thermostat if error > 3.0 => 58.0,
            Hand::Thermostat if error < -3.0 => 42.0,
            Hand::Deadband | Hand::Thermostat => u,
            Hand::Still => 50.0,
        };
        load = 0.97 * load + 0.5 * draws.normal();
        y += 0.08 * (u + load - y) + 0.1 * draws.normal();
        seen = y + 0.3 * draws.normal();
        columns[0].push(u);
        columns[1].push(0.5 * load + draws.normal());
        columns[2].push(seen);
    }
    dataset(columns)
}

fn dataset(columns: Vec<Vec<f64>>) -> Dataset {
    let end = columns[0].len();
    let span = |start, end, split| Span {
        episode: 0,
        start,
        end,
        split,
    };
    Dataset {
        name: "small".into(),
        step_secs: 10.0,
        has_clock: true,
        utc_offset_secs: None,
        channels: vec![
            Channel::new("u", Role::Control, "%"),
            Channel::new("w", Role::Disturbance, ""),
            Channel::new("y", Role::Kpi, "°C"),
        ],
        episodes: vec![Episode {
            name: "one".into(),
            start_ns: 1_767_607_200_000_000_000,
            columns,
        }],
        spans: vec![
            span(0, end * 7 / 10, Split::Train),
            span(end * 7 / 10, end * 8 / 10, Split::Val),
            span(end * 8 / 10, end, Split::Test),
        ],
        media: Media::default(),
    }
}

/// The question "u plus what `edit` gives", asked at the begin of the test block.
fn plan(dataset: &Dataset, edit: impl Fn(usize) -> f64) -> Plan {
    let step = N_STEPS * 8 / 10 + 50;
    let recorded = dataset.episodes[0].columns[0][step..step + HORIZON].to_vec();
    let planned: Vec<f64> = recorded
        .iter()
        .enumerate()
        .map(|(at, value)| value + edit(at))
        .collect();
    let edited = if planned == recorded { vec![] } else { vec![0] };
    let rows = |row| ControlPlan::new(vec![0], vec![row], HORIZON).unwrap();
    Plan {
        name: "B".into(),
        start: Start {
            episode: 0,
            step,
            context_steps: 50,
        },
        horizon_steps: HORIZON,
        controls: rows(planned),
        recorded: rows(recorded),
        edits: Vec::new(),
        edited,
        kpis: vec![],
        digest: Digest::of_numbers(&[]),
    }
}

/// What a good model would answer.
fn trajectory(dataset: &Dataset, plan: &Plan) -> Trajectory {
    let mut y = dataset.episodes[0].columns[2][plan.start.step - 1];
    let follow = |u: &f64| {
        y += 0.08 * (u - y);
        y
    };
    Trajectory {
        step_secs: 10.0,
        start_ns: 0,
        channels: vec![2],
        n_steps: HORIZON,
        member_of_draw: vec![],
        draws: vec![],
        mean: vec![plan.controls.rows()[0].iter().map(follow).collect()],
        band50: vec![],
        band90: vec![],
        aleatoric: vec![],
        epistemic: vec![],
    }
}

fn support_of(dataset: &Dataset, plan: &Plan) -> Support {
    SupportModel::fit(dataset).assess(dataset, plan, &trajectory(dataset, plan))
}

fn judged(hand: Hand, seed: u64, change: f64) -> Judgement {
    let dataset = log(hand, seed);
    let base = plan(&dataset, |_| 0.0);
    // Towards the middle, so that the question stays within the data.
    let middle = SupportModel::fit(&dataset)
        .control_range(0)
        .map_or(0.0, |range| 0.5 * (range.min + range.max));
    let sign = |at: usize| {
        if base.recorded.rows()[0][at] > middle {
            -1.0
        } else {
            1.0
        }
    };
    let plan = plan(&dataset, |at| sign(at) * change);
    judge(&dataset, &plan, &support_of(&dataset, &plan))
}

/// How many of 20 seeds get a verdict; what was found is printed for the one who reads a failure.
fn count(hand: Hand, change: f64, wanted: Verdict) -> usize {
    (0..20)
        .filter(|&seed| {
            let judgement = judged(hand, seed, change);
            let values: Vec<String> = judgement
                .reasons
                .iter()
                .map(|r| format!("{} {} {:.3}", r.check, r.level.name(), r.value))
                .collect();
            println!("{hand:?} {seed} {:?} {values:?}", judgement.verdict);
            judgement.verdict == wanted
        })
        .count()
}

#[test]
fn closed_loops_without_excitation_are_refused() {
    for hand in [Hand::Proportional, Hand::Integral] {
        let n = count(hand, 3.0, Verdict::NotFromThisLog);
        assert!(n >= 19, "{hand:?} {n}");
    }
}

#[test]
fn a_controller_with_an_instrument_of_its_own_is_not_taken_for_excitation() {
    let n = count(Hand::Unlogged, 3.0, Verdict::Answerable);
    assert!(n <= 1, "{n}");
}

#[test]
fn a_control_that_never_moved_is_refused_and_a_step_test_is_proposed() {
    let judgement = judged(Hand::Still, 1, 3.0);
    assert_eq!(judgement.verdict, Verdict::NotFromThisLog);
    let why = |check: &str| judgement.reasons.iter().any(|r| r.check == check);
    assert!(why("never-moved"));
    let test = judgement
        .suggestions
        .iter()
        .find(|s| s.0 == "suggest-step-test");
    assert!(test.is_some_and(|s| s.2.contains('u')));
}

#[test]
fn dither_on_the_same_loop_makes_it_answerable() {
    let n = count(Hand::Dithered, 3.0, Verdict::Answerable);
    assert!(n >= 18, "{n}");
}

#[test]
fn moves_chosen_without_looking_are_answerable_in_steps_and_in_curves() {
    for hand in [Hand::OpenLoop, Hand::Programmed] {
        let n = count(hand, 3.0, Verdict::Answerable);
        assert!(n >= 18, "{hand:?} {n}");
    }
}

#[test]
fn moves_that_outputs_trigger_are_not_taken_for_excitation() {
    for hand in [Hand::Deadband, Hand::Thermostat] {
        let n = count(hand, 3.0, Verdict::Answerable);
        assert!(n <= 2, "{hand:?} {n}");
    }
}

/// A log with an alarm that never came and a sensor that is not there yet as further outputs.
fn with_still_outputs(hand: Hand, seed: u64) -> Dataset {
    let mut dataset = log(hand, seed);
    let roles = [("alarm", Role::Observation), ("later", Role::Kpi)];
    for ((name, role), value) in roles.into_iter().zip([0.0, f64::NAN]) {
        dataset.channels.push(Channel::new(name, role, ""));
        dataset.episodes[0].columns.push(vec![value; N_STEPS]);
    }
    // An alarm comes where nobody learns or judges from it.
    dataset.episodes[0].columns[3][N_STEPS * 9 / 10..].fill(1.0);
    dataset
}

#[test]
fn outputs_that_never_moved_are_no_trigger_of_moves() {
    let verdict = |hand, seed| {
        let dataset = with_still_outputs(hand, seed);
        let plan = plan(&dataset, |_| 3.0);
        judge(&dataset, &plan, &support_of(&dataset, &plan)).verdict
    };
    let n_of = |hand, wanted| (0..5).filter(|&seed| verdict(hand, seed) == wanted).count();
    assert!(n_of(Hand::OpenLoop, Verdict::NotFromThisLog) <= 1);
    assert_eq!(n_of(Hand::Thermostat, Verdict::Answerable), 0);
}

#[test]
fn controls_as_they_were_run_need_no_proof() {
    let judgement = judged(Hand::Proportional, 1, 0.0);
    assert_eq!(judgement.verdict, Verdict::Answerable);
    assert_eq!(judgement.reasons.len(), 1);
}

/// What the check `length` measured in minutes, and its words.
fn told_length(u: Vec<f64>, value: f64) -> (f64, String) {
    let mut dataset = log(Hand::OpenLoop, 2);
    dataset.episodes[0].columns[0] = u;
    let from = dataset.episodes[0].columns[0].clone();
    let step = N_STEPS * 8 / 10 + 50;
    let plan = plan(&dataset, |at| value - from[step + at]);
    let judgement = judge(&dataset, &plan, &support_of(&dataset, &plan));
    let reason = judgement.reasons.iter().find(|r| r.check == "length");
    let reason = reason.unwrap();
    (reason.value, reason.text.clone())
}

#[test]
fn the_time_between_two_moments_is_no_operation() {
    // At 20 for single steps every hundredth step, which lie 1,000 s apart.
    let single = |step: usize| if step.is_multiple_of(100) { 20.0 } else { 80.0 };
    let (minutes, told) = told_length((0..N_STEPS).map(single).collect(), 20.0);
    assert!(
        minutes < 0.2 && told.contains("near the asked values for only"),
        "{told}"
    );
    // A reading that is missing, or two, do not end a run.
    let missed = |step: usize| if step % 50 < 2 { f64::NAN } else { 20.0 };
    let column = (0..N_STEPS).map(|step| if step < 2_000 { missed(step) } else { 80.0 });
    assert!(told_length(column.collect(), 20.0).0 > 300.0);
}

#[test]
fn what_was_seen_nearest_to_the_asked_is_not_called_near_it() {
    let (_, told) = told_length(vec![50.0; N_STEPS], 55.0);
    assert!(
        told.contains("nearest to the asked values, which it never had,"),
        "{told}"
    );
    let moved = |step: usize| if step % 200 < 100 { 45.0 } else { 55.0 };
    let (_, told) = told_length((0..N_STEPS).map(moved).collect(), 55.0);
    assert!(told.contains("run near the asked values for"), "{told}");
}

#[test]
fn a_question_beyond_the_range_is_refused_and_the_range_is_proposed() {
    let judgement = judged(Hand::OpenLoop, 2, 60.0);
    assert_eq!(judgement.verdict, Verdict::NotFromThisLog);
    assert!(judgement.suggestions.iter().any(|s| s.0 == "suggest-clamp"));
}

#[test]
fn a_difference_is_judged_by_both_its_sides() {
    let dataset = log(Hand::OpenLoop, 2);
    let sides = [60.0, 1.0, 0.0].map(|change| {
        let plan = plan(&dataset, |_| change);
        let support = support_of(&dataset, &plan);
        (plan, support)
    });
    let [far, near, none] = [0, 1, 2].map(|at| (&sides[at].0, &sides[at].1));
    let alone = judge_difference(&dataset, none, near);
    assert_eq!(alone, judge(&dataset, near.0, near.1));
    assert_ne!(alone.verdict, Verdict::NotFromThisLog);
    // The same question turned round, and both sides asked at once.
    for (a, b) in [(far, none), (none, far), (far, near), (near, far)] {
        let both = judge_difference(&dataset, a, b);
        assert_eq!(both.verdict, Verdict::NotFromThisLog);
        let mut checks: Vec<_> = both.reasons.iter().map(|r| (r.check, &r.channel)).collect();
        let n = checks.len();
        checks.sort_unstable();
        checks.dedup();
        assert_eq!(checks.len(), n, "one reason a check and channel");
    }
}

#[test]
fn the_future_as_it_was_run_is_supported() {
    let mut left = 0;
    for seed in 0..20 {
        let dataset = log(Hand::OpenLoop, seed);
        let support = support_of(&dataset, &plan(&dataset, |_| 0.0));
        println!(
            "{seed} {:?} {:?} {:.1}",
            support.verdict, support.exit_step, support.similar_hours
        );
        left += usize::from(support.exit_step.is_some());
        assert_eq!(support.levels.len(), HORIZON);
    }
    assert!(left <= 2, "{left}");
}

#[test]
fn a_ramp_out_of_the_data_exits_within_a_tenth_of_the_true_boundary() {
    for seed in 0..20 {
        let dataset = log(Hand::OpenLoop, seed);
        let model = SupportModel::fit(&dataset);
        let range = model.control_range(0).unwrap();
        let base = plan(&dataset, |_| 0.0);
        let from = base.recorded.rows()[0].clone();
        // A straight line from the middle of the data to twice their upper half.
        let middle = 0.5 * (range.min + range.max);
        let reach = range.max - middle;
        let line = |at: usize| middle + 2.0 * reach * at as f64 / HORIZON as f64;
        let plan = plan(&dataset, |at| line(at) - from[at]);
        let support = model.assess(&dataset, &plan, &trajectory(&dataset, &plan));
        let boundary = HORIZON / 2;
        let exit = support.exit_step.expect("it leaves the data");
        assert_eq!(support.verdict, SupportLevel::Outside);
        assert!(
            exit.abs_diff(boundary) <= HORIZON / 10,
            "seed {seed}: {exit}"
        );
    }
}

#[test]
fn a_hard_limit_on_the_way_is_impossible() {
    let mut dataset = log(Hand::OpenLoop, 3);
    dataset.channels[2].limits.trip_high = Some(30.0);
    let support = support_of(&dataset, &plan(&dataset, |_| 1.0));
    assert_eq!(support.verdict, SupportLevel::Impossible);
    assert_eq!(support.exit_step, Some(0));
}

#[test]
fn a_limit_is_told_where_it_is_passed_and_not_where_the_data_end() {
    let mut dataset = log(Hand::OpenLoop, 3);
    let base = plan(&dataset, |_| 0.0);
    let from = base.recorded.rows()[0].clone();
    // Up from the middle of the log to far beyond it.
    let plan = plan(&dataset, |at| 50.0 + 0.5 * at as f64 - from[at]);
    let answer = trajectory(&dataset, &plan);
    let passed = answer.mean[0].iter().position(|y| *y > 90.0).unwrap();
    dataset.channels[2].limits.trip_high = Some(90.0);
    let support = SupportModel::fit(&dataset).assess(&dataset, &plan, &answer);
    let exit = support.exit_step.unwrap();
    assert!(exit + 10 < passed, "{exit} {passed}");
    let judgement = judge(&dataset, &plan, &support);
    let reason = judgement.reasons.iter().find(|r| r.check == "support");
    let reason = reason.unwrap();
    assert_eq!(
        (reason.level, &*reason.channel),
        (Verdict::NotFromThisLog, "y")
    );
    let told = format!("passes 90 °C, a limit that the line must not pass (step {passed}, ");
    assert!(
        reason.text.starts_with("y passes") && reason.text.contains(&told),
        "{reason:?}"
    );
    assert!(localized_reason(reason, &Text::new(Locale::Ja)).contains("90 °C"));
}

/// The strongest cause that is found for a prediction `model` of what `real` measured.
fn top_cause(real: &[f64], model: &[f64], dataset: &Dataset) -> String {
    let inputs: Vec<Vec<f64>> = vec![
        dataset.episodes[0].columns[0].clone(),
        dataset.episodes[0].columns[1].clone(),
    ];
    let pairing = Pairing {
        real,
        mean: model,
        band90: None,
        draws: &[],
        last_seen: real[0],
    };
    let scores = [channel_gap(&[pairing], 1.0)];
    let list = vec![vec![pairing]];
    let causes = rank_causes(dataset, &[2], &list, &scores, &[inputs], &[(0, 0)]);
    let all: Vec<(&str, f64)> = causes.iter().map(|c| (c.cause, c.strength)).collect();
    println!("{all:?}");
    causes
        .first()
        .map_or("none", |cause| cause.cause)
        .to_owned()
}

/// A measured signal with a known fault against a perfect model of it without.
fn faulty(seed: u64, fault: &str) -> String {
    let mut dataset = log(Hand::OpenLoop, seed);
    let mut draws = Stream::new(seed, Purpose::Test, &[77]).draws();
    let mut y = 50.0;
    let model: Vec<f64> = dataset.episodes[0].columns[0]
        .iter()
        .map(|u| {
            y += 0.08 * (u - y);
            y
        })
        .collect();
    let mut real: Vec<f64> = model.iter().map(|y| y + 0.3 * draws.normal()).collect();
    let clean = real.clone();
    let n = real.len();
    match fault {
        "bias" => real.iter_mut().for_each(|y| *y += 3.0),
        "drift" => {
            for (step, y) in real.iter_mut().enumerate() {
                *y -= 3.0 * step as f64 / n as f64;
            }
        }
        "new-regime" => real[n * 6 / 10..].iter_mut().for_each(|y| *y += 4.0),
        "gain" => real.iter_mut().for_each(|y| *y *= 0.8),
        "clock-offset" => real[..n - 7].copy_from_slice(&clean[7..]),
        "sensor-dropped" => real[n / 2..n * 8 / 10].fill(f64::NAN),
        "sensor-stuck" => {
            let held = real[n / 2];
            real[n / 2..n * 8 / 10].fill(held);
        }
        "missing-dynamics" => {
            let load = &dataset.episodes[0].columns[1];
            for (real, load) in real.iter_mut().skip(5).zip(load) {
                *real += 2.0 * load;
            }
        }
        _ => {}
    }
    dataset.episodes[0].columns[2].clone_from(&real);
    top_cause(&real, &model, &dataset)
}

#[test]
fn injected_faults_are_named_first() {
    let faults = [
        "bias",
        "drift",
        "new-regime",
        "gain",
        "clock-offset",
        "sensor-dropped",
        "sensor-stuck",
        "missing-dynamics",
        "below-noise",
    ];
    for fault in faults {
        let right = (0..10).filter(|&seed| faulty(seed, fault) == fault).count();
        assert!(right >= 8, "{fault}: {right} of 10");
    }
}

#[test]
fn a_sensor_that_stands_through_the_whole_test_is_stuck_and_nothing_else() {
    let dataset = log(Hand::OpenLoop, 3);
    let model = &dataset.episodes[0].columns[2];
    let held = vec![model[0] + 4.0; model.len()];
    assert_eq!(top_cause(&held, model, &dataset), "sensor-stuck");
    // What always stands for long is a signal of its own kind.
    let mut stepwise = dataset.clone();
    stepwise.episodes[0].columns[2] = (0..model.len()).map(|step| (step / 50) as f64).collect();
    assert_ne!(top_cause(&held, model, &stepwise), "sensor-stuck");
}

#[test]
fn an_input_that_was_not_recorded_where_the_model_is_scored_comes_first() {
    let dataset = log(Hand::OpenLoop, 3);
    let columns = &dataset.episodes[0].columns;
    let off: Vec<f64> = columns[2].iter().map(|y| y + 5.0).collect();
    let pairing = Pairing {
        real: &columns[2],
        mean: &off,
        band90: None,
        draws: &[],
        last_seen: 0.0,
    };
    let scores = [channel_gap(&[pairing], 1.0)];
    let lists = [vec![pairing]];
    let causes = |control: Vec<f64>| {
        let inputs = [vec![control, columns[1].clone()]];
        let causes = rank_causes(&dataset, &[2], &lists, &scores, &inputs, &[(0, 0)]);
        causes.into_iter().map(|cause| (cause.cause, cause.channel))
    };
    let unknown = || ("input-unrecorded", "u".to_owned());
    let lost = vec![f64::NAN; N_STEPS];
    let found: Vec<_> = causes(lost).collect();
    assert_eq!(found[0], unknown());
    assert!(found.contains(&("bias", "y".to_owned())), "{found:?}");
    assert!(!causes(columns[0].clone()).any(|cause| cause == unknown()));
}

/// The causes of a residual `real − predicted` that a function gives for each step of each of
/// `n_rollouts` rollouts over the log.
fn causes_of(n_rollouts: usize, residual: impl Fn(usize, usize) -> f64) -> Vec<Cause> {
    let dataset = log(Hand::OpenLoop, 4);
    let real = &dataset.episodes[0].columns[2];
    let length = real.len() / n_rollouts;
    let means: Vec<Vec<f64>> = real
        .chunks_exact(length)
        .enumerate()
        .map(|(rollout, part)| {
            let steps = part.iter().enumerate();
            steps.map(|(at, y)| y - residual(rollout, at)).collect()
        })
        .collect();
    let list: Vec<Pairing<'_>> = real
        .chunks_exact(length)
        .zip(&means)
        .map(|(real, mean)| Pairing {
            real,
            mean,
            band90: None,
            draws: &[],
            last_seen: real[0],
        })
        .collect();
    let inputs: Vec<Vec<Vec<f64>>> = dataset.episodes[0].columns[0]
        .chunks_exact(length)
        .map(|part| vec![part.to_vec()])
        .collect();
    let scores = [channel_gap(&list, 1.0)];
    let places: Vec<_> = (0..n_rollouts).map(|at| (0, at * length)).collect();
    rank_causes(&dataset, &[2], &[list], &scores, &inputs, &places)
}

#[test]
fn an_error_that_grows_over_the_record_is_a_drift_and_no_offset() {
    let n = log(Hand::OpenLoop, 4).episodes[0].n_steps();
    let causes = causes_of(1, |_, at| -5.0 * at as f64 / n as f64);
    assert_eq!(causes[0].cause, "drift", "{causes:?}");
    assert!(!causes.iter().any(|cause| cause.cause == "bias"));
    let told: BTreeMap<&str, &str> = causes[0].args.iter().map(|(n, v)| (*n, &**v)).collect();
    assert!(
        told["end"].starts_with("+5") && told["share"] == "100",
        "{told:?}"
    );
    // Steady it is an offset.
    let causes = causes_of(1, |_, at| -5.0 - 0.5 * at as f64 / n as f64);
    assert_eq!(causes[0].cause, "bias", "{causes:?}");
    assert!(!causes.iter().any(|cause| cause.cause == "drift"));
}

#[test]
fn an_error_that_grows_in_every_rollout_adds_up_and_is_no_offset() {
    let causes = causes_of(10, |_, at| -0.05 * at as f64);
    assert_eq!(causes[0].cause, "error-accumulation", "{causes:?}");
    assert!(!causes.iter().any(|c| matches!(c.cause, "bias" | "drift")));
    let causes = causes_of(10, |_, _| -5.0);
    assert_eq!(causes[0].cause, "bias", "{causes:?}");
}

/// From step 500 on, in rollouts of 100 steps.
fn in_parts<'a>(real: &'a [f64], mean: &'a [f64]) -> Vec<Pairing<'a>> {
    let parts = real[500..].chunks(100).zip(mean[500..].chunks(100));
    let pairing = |(real, mean)| Pairing {
        real,
        mean,
        band90: None,
        draws: &[],
        last_seen: 0.0,
    };
    parts.map(pairing).collect()
}

#[test]
fn a_change_is_dated_where_it_was_and_not_where_another_output_looks_alike() {
    let mut dataset = log(Hand::OpenLoop, 4);
    dataset
        .channels
        .insert(2, Channel::new("flag", Role::Kpi, ""));
    dataset.episodes[0].columns.insert(2, vec![0.0; N_STEPS]);
    let columns = &dataset.episodes[0].columns;
    let (rests, real) = (&columns[2], &columns[3]);
    let mean: Vec<f64> = real
        .iter()
        .enumerate()
        .map(|(at, y)| if at < 1_800 { *y } else { y - 4.0 })
        .collect();
    let lists = [in_parts(rests, rests), in_parts(real, &mean)];
    let scores: Vec<_> = lists.iter().map(|list| channel_gap(list, 1.0)).collect();
    let places: Vec<_> = (500..N_STEPS).step_by(100).map(|at| (0, at)).collect();
    let inputs = vec![vec![]; places.len()];
    let causes = rank_causes(&dataset, &[2, 3], &lists, &scores, &inputs, &places);
    let cause = causes.iter().find(|cause| cause.cause == "new-regime");
    let told = &cause.expect("a change of level").evidence;
    // 1,800 steps of 10 s after 10:00 UTC.
    assert!(told.contains("since 2026-01-05 15:00:00 UTC"), "{told}");
}

#[test]
fn what_follows_at_once_or_after_one_step_is_said_so() {
    let dataset = log(Hand::OpenLoop, 4);
    let (u, load) = (
        &dataset.episodes[0].columns[0],
        &dataset.episodes[0].columns[1],
    );
    let mut draws = Stream::new(4, Purpose::Test, &[78]).draws();
    let mut y = 50.0;
    let mean: Vec<f64> = u
        .iter()
        .map(|u| {
            y += 0.08 * (u - y);
            y
        })
        .collect();
    let noise: Vec<f64> = mean.iter().map(|_| 0.3 * draws.normal()).collect();
    for (lag, english, japanese) in [
        (0, "follows w at once (", "wに遅れなく追従"),
        (1, "follows w 1 step later (", "wに1ステップ遅れて追従"),
        (5, "follows w 5 steps later (", "wに5ステップ遅れて追従"),
    ] {
        let steps = mean.iter().zip(&noise).enumerate();
        let real: Vec<f64> = steps
            .map(|(at, (mean, noise))| mean + noise + 2.0 * load[at.saturating_sub(lag)])
            .collect();
        let pairing = Pairing {
            real: &real,
            mean: &mean,
            band90: None,
            draws: &[],
            last_seen: 50.0,
        };
        let inputs = vec![vec![u.clone(), load.clone()]];
        let scores = [channel_gap(&[pairing], 1.0)];
        let list = [vec![pairing]];
        let causes = rank_causes(&dataset, &[2], &list, &scores, &inputs, &[(0, 0)]);
        let cause = causes.iter().find(|c| c.cause == "missing-dynamics");
        let cause = cause.expect("it follows the input");
        assert!(cause.evidence.contains(english), "{}", cause.evidence);
        let (_, told, _) = localized_cause(cause, &Text::new(Locale::Ja));
        assert!(told.contains(japanese), "{told}");
        // The window has neither a context nor an order to set.
        assert!(cause.action.contains("larger size"), "{}", cause.action);
    }
}

fn paired(mean: f64, half: f64) -> PairedKpi {
    let interval = Interval {
        mean,
        lo: mean - half,
        hi: mean + half,
    };
    PairedKpi {
        a: interval,
        b: interval,
        delta: interval,
        level: 0.95,
        p_better: 0.02,
        p_equal: 0.1,
        variance_ratio: 4.0,
        delta_min: 0.1,
        methods_agree: true,
    }
}

#[test]
fn the_sentence_weakens_with_the_judgement() {
    let kpi = Kpi {
        name: "scrap".into(),
        channel: 2,
        reduce: Reduce::Mean,
        better: Better::Lower,
        unit: "points".into(),
        delta: None,
    };
    let mut judgement = judged(Hand::Proportional, 1, 0.0);
    let text = Text::new(Locale::En);
    let dataset = log(Hand::Proportional, 1);
    let mut support = support_of(&dataset, &plan(&dataset, |_| 0.0));
    support.exit_step = None;
    let say = |paired: &PairedKpi, judgement: &Judgement| {
        verdict_sentence(&kpi, paired, judgement, &support, &[], &text)
    };
    assert_eq!(
        say(&paired(0.42, 0.21), &judgement),
        "B raises scrap by 0.420 points (95 % interval 0.210 to 0.630); chance of improvement 2 %."
    );
    assert!(
        say(&paired(-0.42, 0.21), &judgement)
            .starts_with("B lowers scrap by 0.420 points (95 % interval 0.210 to 0.630)")
    );
    assert!(
        say(&paired(0.1, 0.3), &judgement).contains(
            "No clear difference in scrap: 0.100 points (95 % interval −0.200 to +0.400)"
        )
    );
    assert!(say(&paired(0.01, 0.02), &judgement).contains("equal in scrap within ±0.1 points"));
    assert_eq!(
        say(&paired(0.0, 0.0), &judgement),
        "B does not differ from A in scrap."
    );
    judgement.verdict = Verdict::Partly;
    assert!(say(&paired(0.42, 0.21), &judgement).starts_with("B probably raises scrap"));
    let refused = judged(Hand::Proportional, 1, 3.0);
    let said = say(&paired(0.42, 0.21), &refused);
    assert!(
        said.starts_with("This log cannot answer") && said.contains("u only follows"),
        "{said}"
    );
}

#[test]
fn what_never_moved_is_not_told_as_the_same() {
    let kpi = Kpi {
        name: "alarm".into(),
        channel: 2,
        reduce: Reduce::Mean,
        better: Better::Lower,
        unit: String::new(),
        delta: None,
    };
    let mut judgement = judged(Hand::Dithered, 1, 0.5);
    judgement.verdict = Verdict::Answerable;
    let dataset = log(Hand::Dithered, 1);
    let mut support = support_of(&dataset, &plan(&dataset, |_| 0.5));
    support.exit_step = None;
    let (same, doubts) = (paired(0.0, 0.0), [gemba::trust::unlearned("alarm")]);
    for (locale, words) in [(Locale::En, "cannot be told"), (Locale::Ja, "分かりません")] {
        let text = Text::new(locale);
        let said = verdict_sentence(&kpi, &same, &judgement, &support, &doubts, &text);
        assert!(said.contains(words) && said.contains("alarm"), "{said}");
        assert!(localized_reason(&doubts[0], &text).contains("alarm"));
        // Nor what the last value answers for.
        let held = [gemba::trust::held("alarm", 1.0, 1.0)];
        let said = verdict_sentence(&kpi, &same, &judgement, &support, &held, &text);
        assert!(said.contains(words) && said.contains("alarm"), "{said}");
        assert!(localized_reason(&held[0], &text).contains("alarm"));
        let standing = gemba::trust::standing_with(&judgement, &support, Some(&same), &held, false);
        assert_eq!(standing, Standing::Refused);
    }
    let standing = |doubts: &[gemba::trust::Reason]| {
        gemba::trust::standing_with(&judgement, &support, Some(&same), doubts, false)
    };
    assert_eq!(standing(&doubts), Standing::Refused);
    assert_eq!(standing(&[]), Standing::Firm);
}

#[test]
fn where_nobody_said_what_is_better_the_sentence_tells_no_chance_of_it() {
    let kpi = Kpi {
        name: "level".into(),
        channel: 2,
        reduce: Reduce::Mean,
        better: Better::Unknown,
        unit: "mm".into(),
        delta: None,
    };
    let mut judgement = judged(Hand::Proportional, 1, 0.0);
    let dataset = log(Hand::Proportional, 1);
    let mut support = support_of(&dataset, &plan(&dataset, |_| 0.0));
    support.exit_step = None;
    let doubt = [gemba::trust::no_skill("level", 0.9, 0.9)];
    for locale in [Locale::En, Locale::Ja] {
        let text = Text::new(locale);
        for verdict in [Verdict::Answerable, Verdict::Partly] {
            judgement.verdict = verdict;
            for mean in [0.42, -0.42, 0.05] {
                for doubts in [&[][..], &doubt] {
                    let paired = paired(mean, 0.21);
                    let said = verdict_sentence(&kpi, &paired, &judgement, &support, doubts, &text);
                    let is_whole = said.contains("level") && !said.contains("verdict-");
                    let is_told = said.contains("better") || said.contains("改善");
                    assert!(is_whole && !is_told, "{said}");
                }
            }
        }
    }
}

#[test]
fn what_the_data_carry_only_part_of_the_way_is_told_so() {
    let kpi = Kpi {
        name: "scrap".into(),
        channel: 2,
        reduce: Reduce::Mean,
        better: Better::Lower,
        unit: "points".into(),
        delta: None,
    };
    let mut judgement = judged(Hand::Proportional, 1, 0.0);
    judgement.verdict = Verdict::Answerable;
    let dataset = log(Hand::Proportional, 1);
    let mut support = support_of(&dataset, &plan(&dataset, |_| 0.0));
    let n_steps = support.levels.len();
    let text = Text::new(Locale::En);
    let mut say = |exit_step, paired: &PairedKpi| {
        support.exit_step = exit_step;
        verdict_sentence(&kpi, paired, &judgement, &support, &[], &text)
    };
    let half = say(Some(n_steps / 2), &paired(0.42, 0.21));
    assert!(
        half.starts_with("B raises scrap by about") && half.contains("after 50 % of the time"),
        "{half}"
    );
    // That nothing was changed is sure wherever it stands.
    let same = say(Some(0), &paired(0.0, 0.0));
    assert_eq!(same, "B does not differ from A in scrap.");
    // Outside at once, and back soon: that is told, and the judge says partly.
    let begin = say(Some(0), &paired(0.42, 0.21));
    assert!(begin.starts_with("B raises scrap by about"), "{begin}");
    // All of it outside, and far: the judge refuses, and why is told.
    let far = judged(Hand::Dithered, 1, 300.0);
    let said = verdict_sentence(&kpi, &paired(0.42, 0.21), &far, &support, &[], &text);
    assert!(
        said.starts_with("This log cannot answer what B does to scrap."),
        "{said}"
    );
}

#[test]
fn an_answer_stands_no_firmer_than_what_is_beside_it() {
    let dataset = log(Hand::Dithered, 1);
    let mut support = support_of(&dataset, &plan(&dataset, |_| 0.0));
    let mut judgement = judged(Hand::Dithered, 1, 0.5);
    judgement.verdict = Verdict::Answerable;
    support.exit_step = None;
    let mut first = paired(0.42, 0.21);
    let standing = |judgement: &Judgement, support: &Support, first: Option<&PairedKpi>| {
        standing(judgement, support, first, false)
    };
    assert_eq!(standing(&judgement, &support, Some(&first)), Standing::Firm);
    assert_eq!(
        gemba::trust::standing(&judgement, &support, Some(&first), true),
        Standing::Guarded
    );
    first.methods_agree = false;
    assert_eq!(
        standing(&judgement, &support, Some(&first)),
        Standing::Guarded
    );
    support.exit_step = Some(12);
    assert_eq!(standing(&judgement, &support, None), Standing::Guarded);
    judgement.verdict = Verdict::NotFromThisLog;
    assert_eq!(standing(&judgement, &support, None), Standing::Refused);
    let unasked = judged(Hand::Dithered, 1, 0.0);
    assert_eq!(standing(&unasked, &support, None), Standing::Unasked);
}

#[test]
fn a_difference_of_shares_is_told_in_points() {
    let kpi = Kpi {
        name: "scrap".into(),
        channel: 2,
        reduce: Reduce::Mean,
        better: Better::Lower,
        unit: "%".into(),
        delta: None,
    };
    let judgement = judged(Hand::Proportional, 1, 0.0);
    let dataset = log(Hand::Proportional, 1);
    let mut support = support_of(&dataset, &plan(&dataset, |_| 0.0));
    support.exit_step = None;
    let say = |locale| {
        let text = Text::new(locale);
        verdict_sentence(&kpi, &paired(0.42, 0.21), &judgement, &support, &[], &text)
    };
    assert!(say(Locale::En).contains("by 0.420 points"));
    assert!(say(Locale::Ja).contains("0.420 ポイント"));
}

#[test]
fn every_key_exists_in_both_languages_with_the_same_values() {
    let names = |locale: Locale| {
        let files = locale.files();
        let content = files.iter().find(|file| file.0 == "trust").unwrap().1;
        let mut list: Vec<(String, Vec<String>)> = content
            .lines()
            .filter_map(|line| line.split_once(" = "))
            .map(|(key, words)| {
                let mut args: Vec<String> = words
                    .split("{ $")
                    .skip(1)
                    .filter_map(|rest| rest.split_once(" }").map(|pair| pair.0.to_owned()))
                    .collect();
                args.sort();
                args.dedup();
                (key.to_owned(), args)
            })
            .collect();
        list.sort();
        list
    };
    assert_eq!(names(Locale::En), names(Locale::Ja));
}

#[test]
fn reasons_suggestions_and_causes_are_told_in_japanese_without_holes() {
    let text = Text::new(Locale::Ja);
    for hand in [Hand::Proportional, Hand::Still, Hand::Dithered] {
        let judgement = judged(hand, 1, 30.0);
        for reason in &judgement.reasons {
            let words = localized_reason(reason, &text);
            assert!(!words.is_ascii() && !words.contains('$'), "{words}");
            assert!(!reason.text.starts_with("judge-"), "{}", reason.text);
        }
        for suggestion in &judgement.suggestions {
            let words = localized_suggestion(suggestion, &text);
            assert!(!words.is_ascii() && !words.contains('$'), "{words}");
        }
    }
    let dataset = log(Hand::OpenLoop, 1);
    let real = &dataset.episodes[0].columns[2];
    let off: Vec<f64> = real.iter().map(|y| y + 5.0).collect();
    let pairing = Pairing {
        real,
        mean: &off,
        band90: None,
        draws: &[],
        last_seen: 0.0,
    };
    let scores = [channel_gap(&[pairing], 1.0)];
    let list = [vec![pairing]];
    let causes = rank_causes(&dataset, &[2], &list, &scores, &[vec![]], &[(0, 0)]);
    let (title, evidence, action) = localized_cause(&causes[0], &text);
    assert!(!title.is_ascii() && !evidence.contains('$') && !action.is_ascii());
}
