//! Logs as a tired logger writes them, and plants that only look like it.

use super::{forget_lone, screened};
use crate::{
    base::{Issues, Purpose, StopToken, Stream},
    data::{Channel, Dataset, Episode, Media, Role},
    model::prepared::Block,
};

fn dataset(columns: Vec<Vec<f64>>, last: Role) -> Dataset {
    let channel = |at| {
        let is_last = at > 0 && at + 1 == columns.len();
        let role = if is_last { last } else { Role::Observation };
        Channel::new(format!("c{at}"), role, "m")
    };
    Dataset {
        name: "line".to_owned(),
        step_secs: 1.0,
        has_clock: false,
        utc_offset_secs: None,
        channels: (0..columns.len()).map(channel).collect(),
        episodes: vec![Episode {
            name: "day".to_owned(),
            start_ns: 0,
            columns,
        }],
        spans: Vec::new(),
        media: Media::default(),
    }
}

/// The steps that are gone from the first channel, and the codes of what is said.
fn gone_of(columns: &[Vec<f64>], last: Role) -> (Vec<usize>, Vec<&'static str>) {
    let values = &columns[0];
    let blocks = [Block {
        episode: 0,
        start: 0,
        end: values.len(),
    }];
    let (data, mut notes) = (dataset(columns.to_vec(), last), Issues::new());
    let cleaned = screened(&data, &blocks, &mut notes, &StopToken::new()).unwrap();
    let column = &cleaned.episodes[0].columns[0];
    let gone = (0..values.len()).filter(|&at| column[at].is_nan() && !values[at].is_nan());
    let codes = notes.into_vec().iter().map(|note| note.code).collect();
    (gone.collect(), codes)
}

fn gone(values: &[f64]) -> (Vec<usize>, Vec<&'static str>) {
    gone_of(&[values.to_vec()], Role::Observation)
}

fn wave() -> Vec<f64> {
    let noise = Stream::new(1, Purpose::Test, &[]);
    let of = |step: u64| (step as f64 / 15.0).sin() + 0.02 * noise.normal_at(step);
    (0..600).map(of).collect()
}

const NOTHING: (Vec<usize>, Vec<&str>) = (Vec::new(), Vec::new());

#[test]
fn a_screen_ends_where_that_is_asked() {
    let data = dataset(vec![wave(), wave()], Role::Control);
    let block = Block {
        episode: 0,
        start: 0,
        end: 600,
    };
    let stop = StopToken::new();
    assert!(screened(&data, &[block], &mut Issues::new(), &stop).is_ok());
    stop.stop();
    assert!(screened(&data, &[block], &mut Issues::new(), &stop).is_err());
}

#[test]
fn lone_values_are_taken_out_also_beside_a_gap_and_said() {
    let mut values = wave();
    (values[100], values[300]) = (9.0, -8.0);
    values[301] = f64::NAN;
    assert_eq!(gone(&values), (vec![100, 300], vec!["lone-values"]));
    assert_eq!(gone(&wave()), NOTHING);
}

#[test]
fn what_jumps_and_lasts_or_jumps_often_is_the_plants_own() {
    let mut lasting = wave();
    let level = wave().into_iter().map(|value| 9.0 + value);
    lasting.splice(200..230, level.take(30));
    assert_eq!(gone(&lasting), NOTHING);
    let mut often = wave();
    often.iter_mut().step_by(20).for_each(|value| *value = 9.0);
    assert_eq!(gone(&often), NOTHING);
    // A step change and a sawtooth's fall are no jump and back.
    let saw: Vec<f64> = (0..600).map(|step| f64::from(step % 97)).collect();
    assert_eq!(gone(&saw), NOTHING);
    // Two levels alone: most steps are still.
    let two: Vec<f64> = (0..600)
        .map(|step| f64::from(u8::from(step % 101 == 0)))
        .collect();
    assert_eq!(gone(&two), NOTHING);
}

#[test]
fn a_sensor_that_drops_out_to_one_far_value_is_taken_out() {
    let mut values = wave();
    values[100..112].fill(-9.0);
    values[300..303].fill(-9.0);
    let out: Vec<usize> = (100..112).chain(300..303).collect();
    assert_eq!(gone(&values), (out, vec!["lone-values"]));
    // Where values are held it is a level that was asked for once.
    let level = |at: usize| f64::from(u32::try_from(at * 7 % 13).unwrap());
    let mut held: Vec<f64> = (0..2600).map(|step| level(step / 13)).collect();
    held[1300..1313].fill(60.0);
    assert_eq!(gone(&held), NOTHING);
}

#[test]
fn a_sensor_that_stands_still_at_its_end_may_be_full_or_at_fault() {
    let mut values = wave();
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let at = values.iter().position(|&value| value <= least).unwrap();
    let full: Vec<f64> = values.iter().map(|&value| value.max(least + 0.3)).collect();
    assert_eq!(gone(&full), NOTHING);
    // It stays for half a wave and comes back from there in one step.
    values[at..at + 40].fill(least);
    assert_eq!(gone(&values).1, ["still-values"]);
    // A line that is switched off falls there in one step too.
    values[at..at + 40].fill(least - 3.0);
    assert_eq!(gone(&values), NOTHING);
}

#[test]
fn in_noise_too_a_lone_value_is_far_from_all_others() {
    let noise = Stream::new(2, Purpose::Test, &[]);
    let mut values: Vec<f64> = (0..600).map(|step| noise.normal_at(step)).collect();
    assert_eq!(gone(&values), NOTHING);
    (values[100], values[300]) = (10.0, -10.0);
    assert_eq!(gone(&values), (vec![100, 300], vec!["lone-values"]));
}

#[test]
fn a_drop_out_in_stages_is_taken_out_whole() {
    let mut values = wave();
    // It falls through one reading; two others touch.
    values[100] = -5.0;
    values[101..112].fill(-9.0);
    values[300..306].fill(-9.0);
    values[306..310].fill(-8.5);
    let out: Vec<usize> = (100..112).chain(300..310).collect();
    assert_eq!(gone(&values), (out, vec!["lone-values"]));
    // Three readings that move out there may be the plant's.
    let mut moving = wave();
    moving.splice(200..203, [-8.0, -9.0, -8.5]);
    assert_eq!(gone(&moving), NOTHING);
}

#[test]
fn more_than_a_hundredth_of_lone_values_do_not_become_usual() {
    let mut values = wave();
    let out: Vec<usize> = (0..9).map(|at| 30 + 61 * at).collect();
    for &step in &out {
        values[step] = -8.0 - values[step];
    }
    assert_eq!(gone(&values), (out, vec!["lone-values"]));
}

#[test]
fn pulses_of_an_input_are_answered_by_the_plant() {
    let mut values = wave();
    let mut input = vec![0.0; 600];
    for step in [90, 222, 301, 490] {
        (values[step + 1], input[step]) = (9.0, 1.0);
    }
    let unmoved = gone_of(&[values.clone(), vec![0.0; 600]], Role::Control);
    assert_eq!(unmoved.0, [91, 223, 302, 491]);
    assert_eq!(gone_of(&[values, input], Role::Control), NOTHING);
}

#[test]
fn lone_values_of_an_input_are_taken_out_unless_the_plant_answers() {
    let steps = |step: usize| [0.0, 1.0, 0.4, 0.8][step / 40 % 4];
    let mut input: Vec<f64> = (0..2000).map(steps).collect();
    let mut answering = vec![0.0; 2000];
    for at in 0..12 {
        let step = 70 + 150 * at;
        input[step] = 9.0;
        answering[step + 1] = 3.0;
    }
    let noise = Stream::new(3, Purpose::Test, &[]);
    let deaf: Vec<f64> = (0..2000).map(|step| noise.normal_at(step)).collect();
    let taken = |output: Vec<f64>| {
        let data = dataset(vec![output, input.clone()], Role::Control);
        let block = Block {
            episode: 0,
            start: 0,
            end: 2000,
        };
        let cleaned = screened(&data, &[block], &mut Issues::new(), &StopToken::new()).unwrap();
        let column = &cleaned.episodes[0].columns[1];
        column.iter().filter(|value| value.is_nan()).count()
    };
    let answer = deaf.iter().zip(&answering).map(|(a, b)| 0.1 * a + b);
    assert_eq!(taken(answer.collect()), 0);
    assert_eq!(taken(deaf), 12);
}

#[test]
fn a_sensor_that_stands_still_is_taken_out_over_gaps_and_spikes_and_said() {
    let mut values = wave();
    let held = values[200];
    values[200..230].fill(held);
    (values[210], values[220]) = (f64::NAN, 9.0);
    let still: Vec<usize> = (201..230).filter(|step| *step != 210).collect();
    assert_eq!(gone(&values), (still, vec!["lone-values", "still-values"]));
    // At the record's end nothing shows that it comes back; that it trembled is enough.
    let mut last = wave();
    let held = last[570];
    last[570..].fill(held);
    assert_eq!(gone(&last).0, (571..600).collect::<Vec<_>>());
}

#[test]
fn what_rests_is_the_plants_own() {
    // Without noise a plant settles: the last steps before it rests are small.
    let settles = |step: i32| {
        let (since, up) = (step % 150, step / 150 % 2 == 0);
        let rest = 0.8_f64.powi(since);
        let level = f64::from(step / 150);
        let value = if up { level + 1.0 - rest } else { level + rest };
        (value * 1e4).round() / 1e4
    };
    let settled: Vec<f64> = (0..600).map(settles).collect();
    assert_eq!(gone(&settled), NOTHING);
    // Full, and off more than once.
    let full: Vec<f64> = wave().into_iter().map(|value| value.min(0.9)).collect();
    assert_eq!(gone(&full), NOTHING);
    let mut off = wave();
    off[100..140].fill(0.0);
    off[300..340].fill(0.0);
    assert_eq!(gone(&off), NOTHING);
    // An axis that stops and goes on.
    let axis =
        |step: i32| f64::from(step.min(200) + (step - 240).max(0)) + f64::from(step % 7).sin();
    let mut axis: Vec<f64> = (0..600).map(axis).collect();
    axis[193..=240]
        .copy_from_slice(&[(193..=200).map(f64::from).collect(), vec![200.0; 40]].concat());
    assert_eq!(gone(&axis), NOTHING);
    // The whole line rests.
    let noise = Stream::new(2, Purpose::Test, &[]);
    let mut other: Vec<f64> = (0..600).map(|step| noise.normal_at(step)).collect();
    let mut once = wave();
    once[100..140].fill(0.0);
    assert_eq!(
        gone_of(&[once.clone(), other.clone()], Role::Observation)
            .0
            .len(),
        39
    );
    other[100..140].fill(0.5);
    assert_eq!(gone_of(&[once, other], Role::Observation), NOTHING);
    // Coarse digits stand still anyway.
    let coarse = wave().into_iter().map(|value| (value * 3.0).round() / 3.0);
    assert_eq!(gone(&coarse.collect::<Vec<_>>()), NOTHING);
}

#[test]
fn lone_values_before_a_start_are_forgotten_also_the_last() {
    let gone = |first: &[f32]| -> Vec<usize> {
        let mut rows: Vec<f32> = first.iter().flat_map(|value| [*value, 5.0]).collect();
        forget_lone(&mut rows, &[[-1.0, 1.0], [0.0, 10.0]]);
        (0..rows.len()).filter(|&at| rows[at].is_nan()).collect()
    };
    assert_eq!(gone(&[0.0, 9.0, 0.1, 0.2, -7.0]), [2, 8]);
    assert_eq!(gone(&[9.0, 0.0, 0.1]), [0]);
    // What lasts, and what goes there by itself, is where the plant is.
    assert_eq!(gone(&[0.0, 9.0, 9.1, 9.0]), [0; 0]);
    assert_eq!(gone(&[1.0, 1.3, 1.6, 1.9, 2.2, 2.5]), [0; 0]);
    assert_eq!(gone(&[9.0]), [0; 0]);
}

/// An input and an output that answers at once and a step later, where some readings are missing.
fn gappy(input: impl Fn(u64) -> f64) -> (Vec<f64>, Vec<Vec<f64>>) {
    let noise = Stream::new(2, Purpose::Test, &[]);
    let truth: Vec<f64> = (0..900).map(input).collect();
    let answer = |at: usize| {
        let before = truth[at.saturating_sub(1)];
        truth[at] + 0.5 * before + 0.05 * noise.normal_at(at as u64)
    };
    let mut columns = vec![(0..900).map(answer).collect(), truth.clone()];
    for at in (20..880).step_by(30) {
        columns[1][at] = f64::NAN;
        // Every other time nothing was logged at all, every third time for two steps.
        if at % 60 == 20 {
            columns[0][at] = f64::NAN;
        }
        if at % 90 == 20 {
            columns[1][at + 1] = f64::NAN;
        }
    }
    (truth, columns)
}

/// The input with its gaps filled for training, and the codes of what is said.
fn filled(columns: &[Vec<f64>]) -> (Vec<f64>, Vec<&'static str>) {
    let blocks = [Block {
        episode: 0,
        start: 0,
        end: 900,
    }];
    let (data, mut notes) = (dataset(columns.to_vec(), Role::Control), Issues::new());
    let column = screened(&data, &blocks, &mut notes, &StopToken::new())
        .unwrap()
        .episodes[0]
        .columns[1]
        .clone();
    (
        column,
        notes.into_vec().iter().map(|note| note.code).collect(),
    )
}

#[test]
fn a_missing_input_is_told_by_what_stands_around_it() {
    let shaken = Stream::new(3, Purpose::Test, &[]);
    let (truth, columns) = gappy(|step| shaken.normal_at(step));
    let (column, codes) = filled(&columns);
    assert_eq!(codes, ["gaps-filled"]);
    let missed = |wanted: bool| {
        let is_wanted = |at: &usize| {
            columns[1][*at].is_nan()
                && columns[0][*at..at + 2].iter().all(|y| y.is_finite()) == wanted
        };
        let errors = (0..900)
            .filter(is_wanted)
            .map(|at| (column[at] - truth[at]).powi(2));
        let errors: Vec<f64> = errors.collect();
        (errors.iter().sum::<f64>() / errors.len() as f64).sqrt()
    };
    assert!(missed(true) < 0.2, "{}", missed(true));
    // A line over white noise misses by 1.22; the next answer alone tells half of it.
    assert!(missed(false) < 0.5, "{}", missed(false));
    let kept = (0..900).filter(|&at| columns[1][at].is_finite());
    assert!(
        kept.into_iter()
            .all(|at| column[at].total_cmp(&truth[at]).is_eq())
    );
}

#[test]
fn an_input_that_holds_levels_or_that_a_line_tells_is_not_filled() {
    let levels = Stream::new(4, Purpose::Test, &[]);
    let (_, columns) = gappy(|step| levels.normal_at(step / 25));
    let (column, codes) = filled(&columns);
    assert!(codes.is_empty() && column[20].is_nan(), "{codes:?}");
    let steps: Vec<f64> = (0..900).map(|step| levels.normal_at(step)).collect();
    let (_, mut columns) = gappy(|at| (0..at).map(|step| levels.normal_at(step)).sum());
    columns[0] = steps.iter().rev().copied().collect();
    let (column, codes) = filled(&columns);
    assert!(codes.is_empty() && column[20].is_nan(), "{codes:?}");
}
