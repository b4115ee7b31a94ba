//! What a log cannot tell because controls move together, or one of them answers the other.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail loudly")]

use gemba::{
    base::{Digest, Locale, Purpose, Stream, Text},
    data::{Channel, ControlPlan, Dataset, Episode, Media, Role, Span, Split},
    scenario::{Plan, Start},
    trust::{
        Judgement, Support, SupportLevel, Verdict, judge, judge_difference, judge_left_out,
        localized_reason, localized_suggestion,
    },
};

const N_STEPS: usize = 3_000;
const HORIZON: usize = 200;
const START: usize = 2_700;

/// Held random steps.
fn steps(seed: u64, (low, high): (f64, f64), (shortest, longest): (usize, usize)) -> Vec<f64> {
    let mut draws = Stream::new(seed, Purpose::Test, &[7]).draws();
    let mut values = Vec::new();
    while values.len() < N_STEPS {
        let value = draws.between(low, high);
        let n_steps = shortest + draws.below(longest - shortest);
        values.extend(std::iter::repeat_n(value, n_steps));
    }
    values.truncate(N_STEPS);
    values
}

/// Who moves the pump of a tank.
#[derive(Clone, Copy, PartialEq)]
enum Pump {
    /// A controller that holds the level.
    Loop,
    /// The same, with held random steps on top.
    Dithered,
    /// Steps chosen without looking.
    Free,
}

/// Pump, valve, level and outflow of a tank; the valve is moved freely.
fn tank(pump: Pump, seed: u64) -> Vec<Vec<f64>> {
    let mut draws = Stream::new(seed, Purpose::Test, &[8]).draws();
    let free = steps(seed, (30.0, 70.0), (30, 120));
    let valve = steps(seed + 1_000, (40.0, 60.0), (40, 150));
    let (mut level, mut integral, mut load) = (1.0_f64, 0.0, 0.0);
    let mut columns = vec![Vec::new(); 4];
    for step in 0..N_STEPS {
        load = 0.995 * load + 0.01 * draws.normal();
        let noise = 0.01 * draws.normal();
        let error = 1.2 - (level + noise);
        integral += 0.02 * error;
        let law = 50.0 + 40.0 * error + 10.0 * integral;
        let speed = match pump {
            Pump::Loop => law,
            Pump::Dithered => law + 0.4 * (free[step] - 50.0),
            Pump::Free => free[step],
        };
        let speed = speed.clamp(0.0, 100.0);
        let outflow = 0.02 * valve[step] * level.sqrt();
        level = (level + 0.02 * (0.02 * speed * (1.0 + 0.3 * load) - outflow)).max(0.0);
        let row = [
            speed,
            valve[step],
            level + noise,
            60.0 * outflow + 0.1 * draws.normal(),
        ];
        for (column, value) in columns.iter_mut().zip(row) {
            column.push(value);
        }
    }
    columns
}

fn dataset(channels: Vec<Channel>, columns: Vec<Vec<f64>>) -> Dataset {
    let end = columns[0].len();
    let span = |start, end, split| Span {
        episode: 0,
        start,
        end,
        split,
    };
    Dataset {
        name: "line".into(),
        step_secs: 10.0,
        has_clock: true,
        utc_offset_secs: None,
        channels,
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

fn channels(names: &[(&str, Role)]) -> Vec<Channel> {
    let channel = |(name, role): &(&str, Role)| Channel::new(*name, *role, "");
    names.iter().map(channel).collect()
}

const TANK: [(&str, Role); 4] = [
    ("pump", Role::Control),
    ("valve", Role::Control),
    ("level", Role::Kpi),
    ("outflow", Role::Observation),
];

/// The question "what if this control were moved by so much?" over a stretch of the record.
fn plan(dataset: &Dataset, edited: usize, change: f64) -> Plan {
    let controls = dataset.controls();
    let recorded =
        |channel: &usize| dataset.episodes[0].columns[*channel][START..START + HORIZON].to_vec();
    let rows: Vec<Vec<f64>> = controls.iter().map(recorded).collect();
    let mut planned = rows.clone();
    let at = controls.iter().position(|&one| one == edited).unwrap();
    for value in &mut planned[at] {
        *value += change;
    }
    Plan {
        name: "B".into(),
        start: Start {
            episode: 0,
            step: START,
            context_steps: 50,
        },
        horizon_steps: HORIZON,
        controls: ControlPlan::new(controls.clone(), planned, HORIZON).unwrap(),
        recorded: ControlPlan::new(controls, rows, HORIZON).unwrap(),
        edits: Vec::new(),
        edited: vec![edited],
        kpis: vec![],
        digest: Digest::of_numbers(&[]),
    }
}

fn inside() -> Support {
    let mut support = Support::nowhere(HORIZON);
    support.verdict = SupportLevel::Inside;
    support.exit_step = None;
    support.levels.fill(SupportLevel::Inside);
    support
}

fn judged(dataset: &Dataset, edited: usize, change: f64) -> Judgement {
    judge(dataset, &plan(dataset, edited, change), &inside())
}

fn level_of(judgement: &Judgement, check: &str) -> Option<Verdict> {
    let mut reasons = judgement.reasons.iter();
    Some(reasons.find(|reason| reason.check == check)?.level)
}

#[test]
fn a_loop_that_answers_the_edited_control_is_named() {
    let text = Text::new(Locale::Ja);
    for seed in 0..8 {
        let looped = dataset(channels(&TANK), tank(Pump::Loop, seed));
        let change = if seed % 2 == 0 { 3.0 } else { -3.0 };
        let judgement = judged(&looped, 1, change);
        assert_eq!(judgement.verdict, Verdict::NotFromThisLog, "{seed}");
        assert_eq!(level_of(&judgement, "loop"), Some(Verdict::NotFromThisLog));
        let mut reasons = judgement.reasons.iter();
        let reason = reasons.find(|reason| reason.check == "loop").unwrap();
        assert!(reason.text.contains("pump") && reason.text.contains("valve"));
        let japanese = localized_reason(reason, &text);
        assert!(japanese.contains("pump") && japanese.contains("valve"));
        // What would help is to move the pump.
        let tests = judgement.suggestions.iter();
        assert!(
            tests
                .map(|one| &one.2)
                .any(|words| words.contains("Move pump"))
        );
        for pump in [Pump::Dithered, Pump::Free] {
            let judgement = judged(&dataset(channels(&TANK), tank(pump, seed)), 1, change);
            assert_eq!(
                judgement.verdict,
                Verdict::Answerable,
                "{seed}: {judgement:?}"
            );
        }
    }
}

#[test]
fn a_loop_elsewhere_is_no_reason() {
    let n_answerable = (0..10).filter(|&seed| {
        let mut columns = tank(Pump::Free, seed);
        let other = tank(Pump::Loop, seed + 100);
        columns.extend([other[0].clone(), other[2].clone()]);
        let names = [("other_pump", Role::Control), ("other_level", Role::Kpi)];
        let both = dataset(channels(&[&TANK[..], &names].concat()), columns);
        let judgement = judged(&both, 1, 3.0);
        level_of(&judgement, "loop").is_none()
    });
    assert!(n_answerable.count() >= 9);
}

#[test]
fn controls_that_only_move_together_are_refused() {
    for seed in 0..4 {
        let speed = steps(seed, (40.0, 60.0), (30, 150));
        let own = steps(seed + 50, (90.0, 130.0), (30, 150));
        let copy: Vec<f64> = speed.iter().map(|speed| 2.0 * speed + 10.0).collect();
        for (heater, expected) in [(copy, Verdict::NotFromThisLog), (own, Verdict::Answerable)] {
            let mut draws = Stream::new(seed, Purpose::Test, &[9]).draws();
            let mut hot = 100.0;
            let heat = |(speed, heater): (&f64, &f64)| {
                hot += 0.05 * (50.0 + 0.8 * heater - 0.6 * speed - hot);
                hot + 0.3 * draws.normal()
            };
            let oven: Vec<f64> = speed.iter().zip(&heater).map(heat).collect();
            let names = [
                ("speed", Role::Control),
                ("heater", Role::Control),
                ("oven", Role::Kpi),
            ];
            let line = dataset(channels(&names), vec![speed.clone(), heater, oven]);
            let judgement = judged(&line, 0, 3.0);
            let found = level_of(&judgement, "collinear");
            assert_eq!(found, Some(expected), "{seed}: {judgement:?}");
        }
    }
}

/// A tank whose valve only mirrors the pump, as import leaves it out.
fn mirrored(confidence: f64) -> Dataset {
    let mut columns = tank(Pump::Free, 1);
    columns[1] = columns[0].iter().map(|speed| 100.0 - speed).collect();
    let mut channels = channels(&TANK);
    channels[1].role = Role::Ignore;
    channels[1].role_confidence = confidence;
    channels[1].findings = vec![Channel::MOVES_ALONG.to_owned()];
    dataset(channels, columns)
}

#[test]
fn a_control_that_import_left_out_as_a_copy_is_named() {
    let text = Text::new(Locale::Ja);
    let judgement = judged(&mirrored(0.9), 0, 5.0);
    assert_eq!(judgement.verdict, Verdict::NotFromThisLog);
    let mut reasons = judgement.reasons.iter();
    let reason = reasons
        .find(|reason| reason.check == "moved-along")
        .unwrap();
    assert!(reason.text.contains("pump") && reason.text.contains("valve"));
    assert!(localized_reason(reason, &text).contains("valve"));
    for suggestion in &judgement.suggestions {
        let words = localized_suggestion(suggestion, &text);
        assert!(!words.is_ascii() && !words.contains('$'), "{words}");
    }
    // Who says that it is to be left out knows that it is the same.
    let judgement = judged(&mirrored(1.0), 0, 5.0);
    assert_eq!(judgement.verdict, Verdict::Answerable, "{judgement:?}");
    // A column that the pump does not move is none of its business.
    let mut apart = mirrored(0.9);
    apart.episodes[0].columns[1] = steps(5, (0.0, 1.0), (30, 90));
    assert_eq!(level_of(&judged(&apart, 0, 5.0), "moved-along"), None);
}

#[test]
fn a_control_that_import_left_out_is_judged_and_not_unknown() {
    let asked = |dataset: &Dataset, channel| judge_left_out(dataset, channel, |_| 5.0);
    let copied = mirrored(0.9);
    let judgement = asked(&copied, 1).unwrap();
    assert_eq!(judgement.verdict, Verdict::NotFromThisLog);
    assert_eq!(judgement.reasons[0].check, "moved-along");
    assert!(judgement.reasons[0].text.contains("pump"));
    let mut still = mirrored(0.9);
    still.episodes[0].columns[1].fill(50.0);
    let judgement = asked(&still, 1).unwrap();
    assert_eq!(judgement.verdict, Verdict::NotFromThisLog);
    assert_eq!(judgement.reasons[0].check, "never-moved");
    assert!(judgement.suggestions[0].2.contains("Move valve"));
    // A copy of what is measured, what is no number, and what is in use are no such question.
    let mut reading = mirrored(0.9);
    reading.episodes[0].columns[1] = reading.episodes[0].columns[2].clone();
    assert!(asked(&reading, 1).is_none());
    assert!(asked(&still, 0).is_none());
}

#[test]
fn how_much_of_the_horizon_may_lie_outside() {
    let line = dataset(channels(&TANK), tank(Pump::Free, 1));
    let plan = plan(&line, 1, 3.0);
    let level = |outside: std::ops::Range<usize>, exit_step| {
        let mut support = inside();
        support.levels[outside].fill(SupportLevel::Outside);
        support.exit_step = exit_step;
        level_of(&judge(&line, &plan, &support), "support")
    };
    assert_eq!(level(0..0, None), Some(Verdict::Answerable));
    assert_eq!(level(150..190, Some(150)), Some(Verdict::Answerable));
    assert_eq!(level(110..190, Some(110)), Some(Verdict::Answerable));
    assert_eq!(level(60..190, Some(60)), Some(Verdict::Partly));
    // At once, and soon back.
    assert_eq!(level(0..30, Some(0)), Some(Verdict::Partly));
    assert_eq!(level(0..200, Some(0)), Some(Verdict::Partly));
    // And further than a small step beyond the range.
    let far = self::plan(&line, 1, 20.0);
    let lost = judge(&line, &far, &Support::nowhere(HORIZON));
    assert_eq!(level_of(&lost, "support"), Some(Verdict::NotFromThisLog));
    let mut reasons = lost.reasons.iter();
    let reason = reasons.find(|reason| reason.check == "support").unwrap();
    assert!(
        reason.text.contains("100 % of the horizon"),
        "{}",
        reason.text
    );
    assert!(localized_reason(reason, &Text::new(Locale::Ja)).contains("100 %"));
}

#[test]
fn one_plan_against_itself_needs_no_proof() {
    let line = dataset(channels(&TANK), tank(Pump::Loop, 1));
    let (plan, support) = (plan(&line, 0, 5.0), Support::nowhere(HORIZON));
    let judgement = judge_difference(&line, (&plan, &support), (&plan, &support));
    assert!(judgement.is_unasked());
}
