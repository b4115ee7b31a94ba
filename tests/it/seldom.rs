//! An output that is measured more seldom than a start's past is long.

use gemba::{
    base::{Purpose, StopToken, Stream},
    data::{Channel, Dataset, Episode, Media, Role, Split},
};

use crate::trainings::{ahead, small_model, span};

const N_STEPS: usize = 12_000;
/// Steps between two values of the laboratory.
const EVERY: usize = 120;

/// A vat whose strength follows its feed over hundreds of steps, and what it truly was.
fn vat() -> (Dataset, Vec<f64>) {
    let draws = |id: u64| Stream::new(11, Purpose::Test, &[id]);
    let feed: Vec<f64> = (0..N_STEPS)
        .map(|step| draws(0).uniform_at((step / 300) as u64))
        .collect();
    let (mut now, mut truth) = (5.0, Vec::new());
    for feed in &feed {
        now += 0.004 * (10.0 * feed - now);
        truth.push(now);
    }
    let told = |(step, now): (usize, &f64)| {
        if step % EVERY == 0 { *now } else { f64::NAN }
    };
    let told = truth.iter().enumerate().map(told).collect();
    let data = Dataset {
        name: "vat".to_owned(),
        step_secs: 60.0,
        has_clock: false,
        utc_offset_secs: None,
        channels: vec![
            Channel::new("feed", Role::Control, "kg/h"),
            Channel::new("strength", Role::Observation, "%"),
        ],
        episodes: vec![Episode {
            name: "one".to_owned(),
            start_ns: 0,
            columns: vec![feed, told],
        }],
        spans: vec![
            span(0, 0, 8_000, Split::Train),
            span(0, 8_000, 9_500, Split::Val),
            span(0, 9_500, N_STEPS, Split::Test),
        ],
        media: Media::default(),
    };
    (data, truth)
}

#[test]
fn what_is_measured_seldom_starts_where_it_was_measured_last() {
    let (data, truth) = vat();
    let model = small_model(&data);
    // The newest value is 100 steps old, and a past is 50 steps long.
    let starts = (9_600..11_900).step_by(EVERY).map(|told| told + 100);
    let errors: Vec<f64> = starts
        .map(|start| {
            let answer = model.rollout(&ahead(&data, start, 20), &StopToken::new());
            answer.expect("an answer").mean[0][0] - truth[start]
        })
        .collect();
    let rms = |values: &[f64]| {
        (values.iter().map(|one| one * one).sum::<f64>() / values.len() as f64).sqrt()
    };
    let mean = truth.iter().sum::<f64>() / truth.len() as f64;
    let spread = rms(&truth.iter().map(|one| one - mean).collect::<Vec<_>>());
    let error = rms(&errors);
    assert!(error < 0.35 * spread, "{error} of {spread}: {errors:?}");
}
