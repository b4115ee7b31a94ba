//! A belt whose delay follows its speed, from the data to a what-if.

use gemba::{
    base::{Purpose, StopToken, Stream},
    data::{Channel, ControlPlan, Dataset, Episode, Media, Role, Split, Trajectory},
    model::{FittedModel, RolloutRequest},
};

use crate::trainings::{ahead, small_model, span};

const N_STEPS: usize = 1200;
const START: usize = 1100;
/// Length of the belt in speed times steps.
const LENGTH: f64 = 20.0;

/// Moisture that is set at one end of a belt and measured at the other, behind a slow probe. With a tank
/// beside it instead of the belt the speed does nothing.
fn line(has_belt: bool) -> Dataset {
    let draws = |id: u64| Stream::new(5, Purpose::Test, &[id]);
    let held = |id: u64, every: usize, low: f64, high: f64| -> Vec<f64> {
        let of = |step| low + (high - low) * draws(id).uniform_at((step / every) as u64);
        (0..N_STEPS).map(of).collect()
    };
    let set = held(0, 15, 10.0, 20.0);
    let speed = held(1, 60, 0.6, 1.6);
    let (mut seen, mut measured) = (15.0, Vec::new());
    for step in 0..N_STEPS {
        // Back to where what is at the end now was laid down.
        let (mut moved, mut from) = (0.0, step);
        while has_belt && from > 0 && moved < LENGTH {
            moved += speed[from];
            from -= 1;
        }
        seen += 0.5 * (set[from] - seen);
        measured.push(seen + 0.05 * draws(2).normal_at(step as u64));
    }
    Dataset {
        name: "belt".to_owned(),
        step_secs: 2.0,
        has_clock: false,
        utc_offset_secs: None,
        channels: vec![
            Channel::new("set", Role::Control, "%"),
            Channel::new("speed", Role::Control, "m/min"),
            Channel::new("moisture", Role::Observation, "%"),
        ],
        episodes: vec![Episode {
            name: "one".to_owned(),
            start_ns: 0,
            columns: vec![set, speed, measured],
        }],
        spans: vec![
            span(0, 0, 850, Split::Train),
            span(0, 850, 1050, Split::Val),
            span(0, 1050, N_STEPS, Split::Test),
        ],
        media: Media::default(),
    }
}

/// What follows a step of the set moisture from 12 to 18 % under one speed.
fn step_answer(model: &FittedModel, data: &Dataset, speed: f64) -> Trajectory {
    let mut data = data.clone();
    // The line has long been at rest before.
    for (column, value) in data.episodes[0].columns.iter_mut().zip([12.0, speed, 12.0]) {
        column[..START].fill(value);
    }
    let plan = ControlPlan::new(vec![0, 1], vec![vec![18.0; 60], vec![speed; 60]], 60);
    let plan = plan.expect("a plan");
    let asked = RolloutRequest {
        controls: Some(&plan),
        ..ahead(&data, START, 60)
    };
    model.rollout(&asked, &StopToken::new()).expect("an answer")
}

/// The first step at which the predicted moisture has come half the way.
fn half_way(answer: &Trajectory) -> usize {
    let steps = answer.mean[0].iter();
    steps.take_while(|moisture| **moisture < 15.0).count()
}

#[test]
fn a_what_if_on_the_speed_of_a_belt_moves_its_delay() {
    let data = line(true);
    let model = small_model(&data);
    let note = model.notes().iter().find(|one| one.code == "input-carried");
    let note = note.expect("the belt is found");
    assert_eq!(note.args["pace"], "speed");
    let [slow, fast] = [0.7, 1.5].map(|speed| half_way(&step_answer(&model, &data, speed)));
    // 20 m on the belt and a step or two in the probe.
    assert!(slow.abs_diff(30) <= 3, "{slow}");
    assert!(fast.abs_diff(15) <= 3, "{fast}");
    let back = FittedModel::from_bytes(&model.to_bytes()).expect("the same model");
    assert_eq!(back.to_bytes(), model.to_bytes());
    let before = step_answer(&model, &data, 1.0);
    assert_eq!(before.mean, step_answer(&back, &data, 1.0).mean);
}

#[test]
fn without_a_belt_none_is_found() {
    let model = small_model(&line(false));
    assert!(model.notes().iter().all(|one| one.code != "input-carried"));
}
