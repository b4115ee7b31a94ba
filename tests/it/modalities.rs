//! What pictures, sound and checklists bring: laws of absence, and welds told good from defective.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "helpers of tests may give up; the table is what a reader wants"
)]

use std::collections::BTreeMap;

use gemba::{
    base::{Purpose, Silent, StopToken, Stream},
    data::{Channel, Dataset, Episode, FeatureItem, FeatureTrack, Media, Modality, Role, Split},
    import::{ImportRequest, import},
    model::{
        FittedModel, Fusion, Preset, RolloutRequest, SensesPlan, SensesWay, TrainConfig,
        learned_tracks,
    },
};
use nalgebra::{DMatrix, DVector};

use crate::{
    support::shared,
    trainings::{self, ahead, span},
};

const N_STEPS: usize = 9000;
/// Where the test block begins.
const TEST: usize = 7220;

/// A line whose output follows a control; a hidden switch, heard by the microphone alone, raises
/// the output where the control is high. `is_heard` = whether the sound tells the switch.
fn line(is_heard: bool) -> Dataset {
    let noise = |id: u64| Stream::new(5, Purpose::Test, &[id]);
    let (moves, hiss, jitter, decoy) = (noise(0), noise(1), noise(2), noise(3));
    let (mut control, mut output) = (Vec::new(), Vec::new());
    let (mut level, mut items) = (0.0, Vec::new());
    for step in 0..N_STEPS {
        let set = moves.normal_at(step as u64 / 25);
        let is_loose = (step / 900) % 2 == 1;
        let hidden = if is_loose {
            1.5 * f64::max(set, 0.0)
        } else {
            0.0
        };
        level += 0.3 * (set + hidden - level);
        control.push(set);
        output.push(level + 0.05 * jitter.normal_at(step as u64));
        if step % 10 == 0 {
            let told = if is_heard {
                is_loose
            } else {
                decoy.uniform_at(step as u64 / 700) < 0.5
            };
            let loud = f64::from(u8::from(told)) + 0.2 * hiss.normal_at(step as u64);
            let other = hiss.normal_at(1_000_000 + step as u64);
            #[expect(clippy::cast_possible_truncation, reason = "features are single")]
            let features = vec![loud as f32, other as f32];
            items.push(FeatureItem {
                episode: 0,
                step,
                features,
            });
        }
    }
    Dataset {
        name: "line".to_owned(),
        step_secs: 10.0,
        has_clock: true,
        utc_offset_secs: None,
        channels: vec![
            Channel::new("valve", Role::Control, "%"),
            Channel::new("rejects", Role::Kpi, "%"),
        ],
        episodes: vec![Episode {
            name: "day".to_owned(),
            start_ns: 0,
            columns: vec![control, output],
        }],
        spans: vec![
            span(0, 0, 7200, Split::Train),
            span(0, TEST, N_STEPS, Split::Test),
        ],
        media: Media {
            tracks: vec![FeatureTrack {
                modality: Modality::Sound,
                names: vec!["loud".to_owned(), "other".to_owned()],
                items,
            }],
            ..Media::default()
        },
    }
}

fn deaf(data: &Dataset) -> Dataset {
    let mut data = data.clone();
    data.media.tracks.clear();
    data
}

fn learn(data: &Dataset, fusion: Fusion) -> FittedModel {
    learn_by(data, fusion, SensesWay::Features)
}

fn learn_by(data: &Dataset, fusion: Fusion, way: SensesWay) -> FittedModel {
    let config = TrainConfig {
        preset: Some(Preset::Tiny),
        n_threads: 1,
        fusion,
        senses: SensesPlan {
            way,
            ..SensesPlan::default()
        },
        ..TrainConfig::default()
    };
    trainings::learn(data, &config).unwrap()
}

/// Mean and draws of every 60 steps of the test block, and the root mean square error.
fn runs(model: &FittedModel, data: &Dataset) -> (Vec<u64>, f64) {
    let (mut bits, mut squared, mut count) = (Vec::new(), 0.0, 0.0);
    for start in (TEST + 80..N_STEPS - 60).step_by(60) {
        let request = RolloutRequest {
            n_draws: 4,
            seed: 1,
            ..ahead(data, start, 60)
        };
        let out = model.rollout(&request, &StopToken::new()).unwrap();
        let real = &data.episodes[0].columns[1][start..start + 60];
        for (said, real) in out.mean[0].iter().zip(real) {
            squared += (said - real).powi(2);
            count += 1.0;
        }
        bits.extend(out.mean[0].iter().map(|x| x.to_bits()));
        bits.extend(out.draws.iter().map(|x| u64::from(x.to_bits())));
    }
    (bits, f64::sqrt(squared / count))
}

#[test]
fn a_hidden_switch_that_only_the_microphone_tells_lowers_the_error_and_absence_costs_nothing() {
    let data = line(true);
    let with = learn(&data, Fusion::Late);
    let without = learn(&data, Fusion::Off);
    let gain = &with.modalities()[0];
    assert!(gain.used && gain.gain > 0.15, "{gain:?}");
    let (_, heard) = runs(&with, &data);
    let (deaf_bits, deaf_error) = runs(&with, &deaf(&data));
    let (plain_bits, plain_error) = runs(&without, &data);
    println!("heard {heard:.3}, missing {deaf_error:.3}, sensors alone {plain_error:.3}");
    assert!(heard < 0.85 * plain_error, "{heard} {plain_error}");
    // Missing at run time it answers exactly as a model that never heard anything.
    assert_eq!(deaf_bits, plain_bits);
    // Saved and loaded it hears the same.
    let again = FittedModel::from_bytes(&with.to_bytes()).unwrap();
    assert_eq!(runs(&again, &data).0, runs(&with, &data).0);
    assert_eq!(again.modalities(), with.modalities());
}

#[test]
fn a_modality_that_tells_nothing_is_switched_off_and_changes_nothing() {
    let data = line(false);
    let with = learn(&data, Fusion::Late);
    let gain = &with.modalities()[0];
    assert!(!gain.used && gain.gain < 0.005, "{gain:?}");
    assert_eq!(
        runs(&with, &data).0,
        runs(&learn(&data, Fusion::Off), &data).0
    );
}

#[test]
fn what_a_budget_leaves_no_time_for_is_named_and_changes_nothing() {
    let data = line(true);
    let config = TrainConfig {
        preset: Some(Preset::Tiny),
        n_threads: 1,
        budget_secs: Some(0.0),
        ..TrainConfig::default()
    };
    let model = trainings::learn(&data, &config).unwrap();
    let notes = model.notes().iter();
    let named = notes.filter(|note| {
        note.code == "senses-untried" && note.place.column.as_deref() == Some("sound")
    });
    assert_eq!(named.count(), 1);
    let deaf = deaf(&data);
    let without = trainings::learn(&deaf, &config).unwrap();
    assert_eq!(runs(&model, &data).0, runs(&without, &deaf).0);
}

#[test]
fn a_learned_encoder_hears_the_switch_and_absence_costs_nothing() {
    let data = line(true);
    let with = learn_by(&data, Fusion::Late, SensesWay::Learned);
    let without = learn(&data, Fusion::Off);
    let gain = &with.modalities()[0];
    assert!(gain.used && gain.gain > 0.15, "{gain:?}");
    assert_eq!(with.encoder_name(Modality::Sound), "learned");
    let (_, heard) = runs(&with, &data);
    let (deaf_bits, _) = runs(&with, &deaf(&data));
    let (plain_bits, plain_error) = runs(&without, &data);
    println!("learned: heard {heard:.3}, sensors alone {plain_error:.3}");
    assert!(heard < 0.85 * plain_error, "{heard} {plain_error}");
    assert_eq!(deaf_bits, plain_bits);
    let again = FittedModel::from_bytes(&with.to_bytes()).unwrap();
    assert_eq!(runs(&again, &data).0, runs(&with, &data).0);
    assert_eq!(again.encoder_name(Modality::Sound), "learned");
}

#[test]
fn a_learned_encoder_makes_nothing_of_noise() {
    let data = line(false);
    let with = learn_by(&data, Fusion::Attention, SensesWay::Learned);
    let gain = &with.modalities()[0];
    assert!(!gain.used && gain.gain <= 0.005, "{gain:?}");
    assert_eq!(
        runs(&with, &data).0,
        runs(&learn(&data, Fusion::Off), &data).0
    );
}

/// Two modalities that each tell a half of the hidden switch: the one while the other is deaf.
fn halves() -> Dataset {
    let mut data = line(true);
    let mut track = data.media.tracks[0].clone();
    track.modality = Modality::Image;
    let blurred = Stream::new(6, Purpose::Test, &[]);
    let blur = |items: &mut Vec<FeatureItem>, odd: bool| {
        for item in items {
            // For 60 records the one tells nothing, then the other.
            let is_deaf = (item.step / 600 % 2 == 1) == odd;
            let noise = 0.5 + 0.3 * blurred.normal_at((2 * item.step + usize::from(odd)) as u64);
            #[expect(clippy::cast_possible_truncation, reason = "features are single")]
            let told = if is_deaf {
                noise as f32
            } else {
                item.features[0]
            };
            // The second feature says which of both is deaf.
            item.features = vec![told, f32::from(u8::from(is_deaf))];
        }
    };
    blur(&mut track.items, true);
    blur(&mut data.media.tracks[0].items, false);
    data.media.tracks.push(track);
    data
}

#[test]
fn attention_is_never_worse_than_the_sensors_and_falls_back_where_a_half_is_missing() {
    let data = halves();
    let fused = learn_by(&data, Fusion::Attention, SensesWay::Features);
    let without = learn(&data, Fusion::Off);
    let (bits, heard) = runs(&fused, &data);
    let (plain_bits, plain_error) = runs(&without, &data);
    println!(
        "fused {}: {heard:.3}, sensors alone {plain_error:.3}; {:?}",
        fused.is_fused(),
        fused
            .notes()
            .iter()
            .map(|note| &note.text)
            .collect::<Vec<_>>()
    );
    assert!(heard < 0.95 * plain_error, "{heard} {plain_error}");
    assert_eq!(runs(&fused, &deaf(&data)).0, plain_bits);
    let again = FittedModel::from_bytes(&fused.to_bytes()).unwrap();
    assert_eq!(runs(&again, &data).0, bits);
    // Where one is missing a model of the other one answers, or the sensors, never what lacks a part.
    let mut one = data.clone();
    one.media.tracks.truncate(1);
    let (bits_of_one, heard_of_one) = runs(&fused, &one);
    let uses_both = fused.modalities().iter().all(|gain| gain.used);
    assert_eq!(bits_of_one != bits, uses_both);
    assert!(
        heard_of_one < 1.02 * plain_error,
        "{heard_of_one} {plain_error}"
    );
}

/// Scores of each run by a linear kernel ridge that did not see its group: above 0 = good.
fn scores(features: &[Vec<f64>], good: &[bool], groups: &[usize]) -> Vec<f64> {
    let sign = |run: usize| if good[run] { 1.0 } else { -1.0 };
    let n_features = features[0].len();
    (0..features.len())
        .map(|run| {
            let known: Vec<usize> = (0..features.len())
                .filter(|&one| groups[one] != groups[run])
                .collect();
            let n = known.len() as f64;
            let mut scaled = vec![Vec::new(); features.len()];
            let mut count = 0.0_f64;
            let columns = (0..n_features).map(|feature| move |one: &Vec<f64>| one[feature]);
            for column in columns {
                let mean = known.iter().map(|&one| column(&features[one])).sum::<f64>() / n;
                let squares = known
                    .iter()
                    .map(|&one| (column(&features[one]) - mean).powi(2));
                let spread = (squares.sum::<f64>() / n).sqrt();
                if spread > 1e-9 {
                    count += 1.0;
                    for (one, row) in scaled.iter_mut().enumerate() {
                        row.push((column(&features[one]) - mean) / spread);
                    }
                }
            }
            let alike = |a: usize, b: usize| {
                let pairs = scaled[a].iter().zip(&scaled[b]);
                pairs.map(|(x, y)| x * y).sum::<f64>() / count
            };
            let mut kernel =
                DMatrix::from_fn(known.len(), known.len(), |a, b| alike(known[a], known[b]));
            let ridge = kernel.trace() / n;
            for at in 0..known.len() {
                kernel[(at, at)] += ridge;
            }
            let middle = known.iter().map(|&one| sign(one)).sum::<f64>() / n;
            let target =
                DVector::from_iterator(known.len(), known.iter().map(|&one| sign(one) - middle));
            let weights = kernel.cholesky().unwrap().solve(&target);
            let parts = known.iter().zip(weights.iter());
            parts.map(|(&one, weight)| weight * alike(run, one)).sum()
        })
        .collect()
}

/// The 95 % interval of a share (Wilson 1927).
fn wilson(right: usize, n: usize) -> [f64; 2] {
    let (n, share) = (n as f64, right as f64 / n as f64);
    let z = 1.96_f64;
    let middle = share + z * z / (2.0 * n);
    let half = z * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    [-1.0, 1.0].map(|side| (middle + side * half) / (1.0 + z * z / n))
}

/// Moments of columns: mean and spread of each.
fn moments(rows: &[Vec<f64>]) -> Vec<f64> {
    let n = rows.len() as f64;
    let mean = |at: usize| rows.iter().map(|row| row[at]).sum::<f64>() / n;
    let spread = |at: usize| {
        let mean = mean(at);
        (rows.iter().map(|row| (row[at] - mean).powi(2)).sum::<f64>() / n).sqrt()
    };
    (0..rows[0].len())
        .map(mean)
        .chain((0..rows[0].len()).map(spread))
        .collect()
}

#[test]
fn sensors_sound_and_photos_together_tell_good_welds_from_defective_ones() {
    let Some(dir) = shared("robot_welds") else {
        return;
    };
    let request = ImportRequest {
        sources: vec![dir],
        recipe: None,
        name: "welds".to_owned(),
    };
    let dataset = import(&request, &Silent, &StopToken::new())
        .unwrap()
        .dataset;
    let n_runs = dataset.episodes.len();
    let is_good = |name: &str| {
        let mut clips = dataset.media.clips.iter();
        clips.any(|clip| clip.source.contains(name) && clip.source.contains("good"))
    };
    let good: Vec<bool> = dataset
        .episodes
        .iter()
        .map(|one| is_good(&one.name))
        .collect();
    assert_eq!(good.iter().filter(|good| **good).count(), n_runs / 2);
    // Runs of one part and day share their set-up: the first eight letters of the part number.
    let days: Vec<&str> = dataset.episodes.iter().map(|one| &one.name[..8]).collect();
    let by_day: Vec<usize> = days
        .iter()
        .map(|day| days.iter().position(|one| one == day).unwrap())
        .collect();
    let mut inputs = dataset.controls();
    inputs.extend(dataset.outputs());
    let of_sensors = |episode: &Episode| {
        let steps = 1..episode.n_steps();
        let row = |step: usize| -> Vec<f64> {
            let value = |&channel: &usize| episode.columns[channel][step];
            let change = |&channel: &usize| {
                let column = &episode.columns[channel];
                (column[step] - column[step - 1]).abs()
            };
            inputs
                .iter()
                .map(value)
                .chain(inputs.iter().map(change))
                .collect()
        };
        let rows = steps
            .map(row)
            .filter(|row| row.iter().all(|x| x.is_finite()));
        moments(&rows.collect::<Vec<_>>())
    };
    let of_track = |modality: Modality, run: usize| {
        let mut tracks = dataset.media.tracks.iter();
        let track = tracks.find(|track| track.modality == modality).unwrap();
        let items = track.items.iter().filter(|item| item.episode == run);
        let rows = items.map(|item| item.features.iter().map(|&x| f64::from(x)).collect());
        moments(&rows.collect::<Vec<Vec<f64>>>())
    };
    let mut features: BTreeMap<&str, Vec<Vec<f64>>> = BTreeMap::new();
    features.insert("sensors", dataset.episodes.iter().map(of_sensors).collect());
    for (name, modality) in [("sound", Modality::Sound), ("photos", Modality::Image)] {
        features.insert(
            name,
            (0..n_runs).map(|run| of_track(modality, run)).collect(),
        );
    }
    let by_run: Vec<usize> = (0..n_runs).collect();
    for (what, groups) in [("run", &by_run), ("part and day", &by_day)] {
        let said: BTreeMap<&str, Vec<f64>> = features
            .iter()
            .map(|(name, rows)| (*name, scores(rows, &good, groups)))
            .collect();
        let right = judge(what, &said, &good);
        let best_alone = said.keys().map(|name| right[*name]).max().unwrap();
        // Twelve runs cannot show more than that adding them does no harm.
        let all: Vec<&str> = said.keys().copied().collect();
        assert!(right[&all.join(" + ")] >= best_alone, "{right:?}");
    }
    judge_learned(&dataset, &by_day, &good, &features["sensors"]);
}

/// The same with numbers of learned encoders.
fn judge_learned(dataset: &Dataset, by_day: &[usize], good: &[bool], sensors: &[Vec<f64>]) {
    for plan in WELD_PLANS {
        let mut said = learned_scores(dataset, by_day, good, plan);
        let sensors = scores(sensors, good, by_day);
        assert!(said.values().flatten().all(|score| score.is_finite()));
        assert_eq!(said.len(), 2, "sound and photos are both read");
        said.insert("sensors", sensors);
        let [pretrain, align] = plan;
        let what = format!("part and day, learned, pretrained {pretrain}, aligned {align}");
        judge(&what, &said, good);
    }
}

/// Whether encoders are pretrained and aligned.
const WELD_PLANS: [[bool; 2]; 1] = [[true, true]];

/// The same scores from learned numbers: encoders that saw nothing of a run's group, no label.
fn learned_scores(
    dataset: &Dataset,
    groups: &[usize],
    good: &[bool],
    [pretrain, align]: [bool; 2],
) -> BTreeMap<&'static str, Vec<f64>> {
    let mut said: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    let mut distinct = groups.to_vec();
    distinct.dedup();
    for group in distinct {
        let others: Vec<bool> = groups.iter().map(|one| *one != group).collect();
        let plan = SensesPlan {
            way: SensesWay::Learned,
            pretrain,
            align,
        };
        let tracks = learned_tracks(dataset, &others, (plan, 0), &StopToken::new()).unwrap();
        for (name, modality) in [("sound", Modality::Sound), ("photos", Modality::Image)] {
            let mut own = tracks.iter();
            let Some(track) = own.find(|one| one.modality == modality) else {
                continue;
            };
            let of_run = |run: usize| {
                let items = track.items.iter().filter(|item| item.episode == run);
                let rows = items.map(|item| item.features.iter().map(|&x| f64::from(x)).collect());
                moments(&rows.collect::<Vec<Vec<f64>>>())
            };
            let rows: Vec<Vec<f64>> = (0..groups.len()).map(of_run).collect();
            let all = scores(&rows, good, groups);
            let list = said
                .entry(name)
                .or_insert_with(|| vec![f64::NAN; groups.len()]);
            for run in (0..groups.len()).filter(|&run| groups[run] == group) {
                list[run] = all[run];
            }
        }
    }
    said
}

/// Prints and gives how many runs each subset of modalities tells right.
fn judge(what: &str, said: &BTreeMap<&str, Vec<f64>>, good: &[bool]) -> BTreeMap<String, usize> {
    let names: Vec<&str> = said.keys().copied().collect();
    let mut right = BTreeMap::new();
    for bits in 1..8_usize {
        let set: Vec<&str> = (0..3)
            .filter(|at| bits >> at & 1 == 1)
            .map(|at| names[at])
            .collect();
        let total = |run: usize| set.iter().map(|name| said[name][run]).sum::<f64>();
        let count = (0..good.len())
            .filter(|&run| (total(run) > 0.0) == good[run])
            .count();
        let [low, high] = wilson(count, good.len());
        let set = set.join(" + ");
        println!(
            "left out by {what}: {set}: {count} of {} ({:.0} to {:.0} %)",
            good.len(),
            100.0 * low,
            100.0 * high
        );
        right.insert(set, count);
    }
    right
}
