//! A controller that opens its valve wide: where the valve can go no further, the loop is open.

use gemba::{
    base::{Purpose, StopToken, Stream},
    data::{Channel, Dataset, Episode, Media, Role, Split},
    model::{FittedModel, Tier},
};

use crate::trainings::{ahead, small_model, span};

const N_STEPS: usize = 1700;
const START: usize = 1450;
/// Noise of the temperature's sensor, °C.
const NOISE: f64 = 0.15;

/// A set point, a load, a heated temperature and its controller's valve, read with some noise.
fn heated(read_noise: f64) -> Dataset {
    let draws = |id: u64| Stream::new(11, Purpose::Test, &[id]);
    let held = |id: u64, step: usize| draws(id).uniform_at((step / 45) as u64);
    let (mut load, mut warm, mut total) = (15.0, 50.0, 0.5);
    let mut late = [50.0; 3];
    let mut columns = vec![Vec::new(); 4];
    for step in 0..N_STEPS {
        let draw = |id: u64| draws(id).normal_at(step as u64);
        let goal = (45.0 + 45.0 * held(0, step)).round();
        load += 0.02 * (15.0 - load) + 0.4 * draw(1);
        let error = goal - late[0];
        let asked: f64 = total + 0.03 * error;
        let valve = asked.clamp(0.0, 1.0);
        total += 0.002 * error + 0.2 * (valve - asked);
        warm += 0.05 * (load + 75.0 * valve - warm);
        late = [late[1], late[2], warm];
        let row = [
            goal,
            load,
            late[0] + NOISE * draw(2),
            100.0 * valve + read_noise * draw(3),
        ];
        for (column, value) in columns.iter_mut().zip(row) {
            column.push(value);
        }
    }
    Dataset {
        name: "loop".to_owned(),
        step_secs: 10.0,
        has_clock: false,
        utc_offset_secs: None,
        channels: vec![
            Channel::new("goal", Role::Control, "°C"),
            Channel::new("load", Role::Disturbance, "°C"),
            Channel::new("warm", Role::Observation, "°C"),
            Channel::new("valve", Role::Observation, "%"),
        ],
        episodes: vec![Episode {
            name: "one".to_owned(),
            start_ns: 0,
            columns,
        }],
        spans: vec![
            span(0, 0, 1100, Split::Train),
            span(0, 1100, 1400, Split::Val),
            span(0, 1400, N_STEPS, Split::Test),
        ],
        media: Media::default(),
    }
}

/// Root mean square of what a model errs in the temperature and the valve over the test, and how far
/// its valve and the upper band of it go.
fn errs(model: &FittedModel, data: &Dataset, tier: Option<Tier>) -> ([f64; 2], [f64; 2]) {
    let n_steps = N_STEPS - START;
    let mut asked = ahead(data, START, n_steps);
    asked.tier = tier;
    let said = model.rollout(&asked, &StopToken::new()).expect("an answer");
    let miss = [2, 3].map(|channel: usize| {
        let real = &data.episodes[0].columns[channel][START..];
        let pairs = said.mean[channel - 2].iter().zip(real);
        let squares: f64 = pairs.map(|(said, real)| (said - real).powi(2)).sum();
        (squares / n_steps as f64).sqrt()
    });
    let most = |values: &[f64]| values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (miss, [most(&said.mean[1]), most(&said.band90[1].hi)])
}

#[test]
fn a_loop_is_open_while_its_valve_is_at_an_end() {
    let data = heated(0.0);
    let model = small_model(&data);
    assert_eq!(model.rests_at(0), [None; 2]);
    assert_eq!(model.rests_at(1), [Some(0.0), Some(100.0)]);
    let ([warm, valve], most) = errs(&model, &data, None);
    assert!(warm < 2.5 * NOISE && valve < 1.5, "{warm} °C, {valve} %");
    assert!(most.into_iter().all(|most| most <= 100.0));
    // The line itself knows that the temperature follows what is left of the valve.
    let ([warm, valve], _) = errs(&model, &data, Some(Tier::Linear));
    assert!(warm < 2.5 * NOISE && valve < 2.0, "{warm} °C, {valve} %");
    let back = FittedModel::from_bytes(&model.to_bytes()).expect("the same model");
    assert_eq!(errs(&back, &data, None), errs(&model, &data, None));
}

#[test]
fn noise_does_not_hide_where_a_valve_can_go_no_further() {
    let data = heated(0.3);
    let model = small_model(&data);
    let [low, high] = model.rests_at(1).map(|end| end.expect("both ends"));
    assert!(
        low.abs() < 0.5 && (high - 100.0).abs() < 0.5,
        "{low}, {high}"
    );
    // What is held at a set point again and again is no end.
    assert_eq!(model.rests_at(0), [None; 2]);
    let notes = model.notes().iter();
    let told = notes.filter(|note| note.code == "output-rests");
    assert_eq!(told.count(), 2);
    let ([warm, valve], [mean, band]) = errs(&model, &data, None);
    assert!(warm < 3.0 * NOISE && valve < 2.0, "{warm} °C, {valve} %");
    // Its readings go a little beyond the end, so does the band, but never far.
    assert!(
        mean < 100.7 && 100.0 < band && band < 102.0,
        "{mean}, {band}"
    );
    let back = FittedModel::from_bytes(&model.to_bytes()).expect("the same model");
    assert_eq!(errs(&back, &data, None), errs(&model, &data, None));
}
