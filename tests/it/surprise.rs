//! The surprise score: normal is quiet, faults are named, SKAB by the published protocol.

use gemba::{
    base::{Purpose, Stream},
    data::{Channel, Dataset, Episode, Media, Role, Span, Split},
    engine::{
        AnomalyAnswer, ImportHow, ImportRequest, Loaded, TrainConfig, find_anomalies, import_data,
    },
    engine::{Preset, train_model},
    metrics::{Detection, detection},
    model::{ModelError, Surprise, measure_surprise},
    synth::{Excitation, SynthSpec, plant_dataset},
};

use crate::support::{Bench, example, gemba, shared, temp_dir};

const NORMAL: usize = 1200;
const ALL: usize = 2400;

/// A line of four sensors: two follow the control, one drifts like a warming bearing, one is noise.
fn line(seed: u64) -> Dataset {
    let mut draws = Stream::new(seed, Purpose::Sensor, &[]).draws();
    let mut columns = vec![Vec::new(); 5];
    let (mut level, mut warm, mut pump) = (0.0, 20.0, 1.0);
    for step in 0..ALL {
        if step % 120 == 0 {
            pump = draws.between(0.5, 1.5);
        }
        level += 0.1 * (2.0 * pump - level) + 0.02 * draws.normal();
        warm += 0.02 * draws.normal();
        columns[0].push(pump);
        columns[1].push(level + 0.02 * draws.normal());
        columns[2].push(3.0 * level + 0.1 * draws.normal());
        columns[3].push(warm + 0.05 * draws.normal());
        columns[4].push(draws.normal());
    }
    let mut channels = vec![Channel::new("pump", Role::Control, "V")];
    for name in ["level", "pressure", "bearing", "voltage"] {
        channels.push(Channel::new(name, Role::Observation, ""));
    }
    let span = |start, end, split| Span {
        episode: 0,
        start,
        end,
        split,
    };
    Dataset {
        name: "line".to_owned(),
        step_secs: 1.0,
        has_clock: false,
        utc_offset_secs: None,
        channels,
        episodes: vec![Episode {
            name: "day".to_owned(),
            start_ns: 0,
            columns,
        }],
        spans: vec![
            span(0, 1000, Split::Train),
            span(1000, NORMAL, Split::Val),
            span(NORMAL, ALL, Split::Test),
        ],
        media: Media::default(),
    }
}

fn measured(data: &Dataset) -> Surprise {
    measure_surprise(data, None).expect("enough that is normal")
}

fn flagged(surprise: &Surprise, steps: std::ops::Range<usize>) -> f64 {
    let score = &surprise.episodes[0].score[steps];
    score.iter().filter(|&&one| one > surprise.limit).count() as f64 / score.len() as f64
}

/// The channel with the largest part over some steps.
fn blamed<'a>(data: &'a Dataset, surprise: &Surprise, steps: std::ops::Range<usize>) -> &'a str {
    let parts = &surprise.episodes[0].parts;
    let sums = parts
        .iter()
        .map(|part| part[steps.clone()].iter().sum::<f32>());
    let worst = sums.enumerate().max_by(|a, b| a.1.total_cmp(&b.1));
    &data.channels[surprise.channels[worst.expect("a channel").0]].name
}

#[test]
fn a_line_that_goes_on_as_before_is_hardly_flagged_though_it_drifts_and_is_moved() {
    let mut shares = Vec::new();
    for seed in 0..10 {
        let surprise = measured(&line(seed));
        assert!(flagged(&surprise, 0..NORMAL) <= 0.01, "seed {seed}");
        shares.push(flagged(&surprise, NORMAL..ALL));
    }
    let mean = shares.iter().sum::<f64>() / shares.len() as f64;
    assert!(mean <= 0.02, "{shares:?}");
}

#[test]
fn each_kind_of_sensor_fault_is_flagged_and_its_channel_blamed() {
    type Fault = fn(f64, usize) -> f64;
    let faults: [(&str, Fault); 4] = [
        ("bias", |x, _| x + 0.3),
        ("stuck", |_, _| 2.0),
        ("gain", |x, _| 0.7 * x),
        ("drift", |x, age| x + 0.002 * age as f64),
    ];
    for (kind, fault) in faults {
        let mut data = line(3);
        for (age, value) in data.episodes[0].columns[1][1500..2100]
            .iter_mut()
            .enumerate()
        {
            *value = fault(*value, age);
        }
        let surprise = measured(&data);
        assert!(flagged(&surprise, 1800..2100) > 0.5, "{kind}");
        assert_eq!(blamed(&data, &surprise, 1800..2100), "level", "{kind}");
        assert!(flagged(&surprise, NORMAL..1500) < 0.05, "{kind}");
    }
}

#[test]
fn a_broken_tie_between_two_sensors_is_flagged_though_each_alone_looks_normal() {
    let mut data = line(5);
    // The pressure of another time: in range, but not of this level.
    let (early, late) = (data.episodes[0].columns[2].clone(), 1500..2300);
    for step in late.clone() {
        data.episodes[0].columns[2][step] = early[step - 1100];
    }
    let surprise = measured(&data);
    assert!(flagged(&surprise, late.clone()) > 0.3);
    assert_eq!(blamed(&data, &surprise, late), "pressure");
}

#[test]
fn a_spike_of_one_step_is_no_alarm() {
    let mut data = line(4);
    data.episodes[0].columns[1][1600] += 50.0;
    let (with, without) = (measured(&data), measured(&line(4)));
    let near = 1590..1700;
    assert!(flagged(&with, near.clone()) <= flagged(&without, near));
}

#[test]
fn missing_channels_leave_the_score_and_never_raise_it() {
    let whole = measured(&line(6));
    for channel in 1..5 {
        let mut data = line(6);
        data.episodes[0].columns[channel][1500..].fill(f64::NAN);
        let surprise = measured(&data);
        assert!(flagged(&surprise, 1500..ALL) <= flagged(&whole, 1500..ALL) + 0.01);
        let at = surprise.channels.iter().position(|&one| one == channel);
        let parts = &surprise.episodes[0].parts[at.expect("judged")];
        assert!(parts[1600..].iter().all(|&part| part <= 0.0), "{channel}");
    }
    let mut data = line(6);
    for column in &mut data.episodes[0].columns[1..] {
        column[1500..].fill(f64::NAN);
    }
    let trace = &measured(&data).episodes[0];
    assert!(trace.score.iter().all(|score| score.is_finite()));
    assert!(trace.score[1600..].iter().all(|&score| score <= 0.0));
}

#[test]
fn parts_add_up_to_the_score_and_later_steps_change_nothing() {
    let data = line(8);
    let whole = measured(&data);
    let trace = &whole.episodes[0];
    for step in 0..ALL {
        let sum: f32 = trace.parts.iter().map(|part| part[step]).sum();
        assert!((f64::from(sum) - trace.score[step]).abs() < 1e-4, "{step}");
    }
    let mut cut = data;
    for column in &mut cut.episodes[0].columns {
        column.truncate(2000);
    }
    cut.spans[2].end = 2000;
    let first = measured(&cut);
    assert!(first.episodes[0].score == trace.score[..2000]);
    assert_eq!(first.limit.to_bits(), whole.limit.to_bits());
}

#[test]
fn hostile_numbers_give_an_error_or_finite_scores() {
    let mut data = line(9);
    data.episodes[0].columns[1][1300] = f64::INFINITY;
    data.episodes[0].columns[2][1400..1450].fill(1e38);
    data.episodes[0].columns[3].fill(7.0);
    data.episodes[0].columns[4].fill(f64::NAN);
    let surprise = measured(&data);
    assert_eq!(surprise.channels, [1, 2]);
    assert!(
        surprise.episodes[0]
            .score
            .iter()
            .all(|score| score.is_finite())
    );
    data.spans[0].end = 20;
    data.spans[1] = Span {
        end: 1020,
        ..data.spans[1]
    };
    let error = measure_surprise(&data, None).expect_err("too little");
    assert!(matches!(error, ModelError::TooFewRows { .. }), "{error}");
}

/// The built-in plant with a fault in its last hour and a half.
fn filling(faults: &[&str]) -> Dataset {
    let spec = SynthSpec {
        plant: "filling".to_owned(),
        hours: 12.0,
        excitation: Excitation::Dither,
        faults: faults.iter().map(|&fault| fault.to_owned()).collect(),
        seed: 1,
    };
    let mut data = plant_dataset(&spec).expect("a plant");
    let n_steps = data.n_steps();
    let span = |start, end, split| Span {
        episode: 0,
        start,
        end,
        split,
    };
    let (train, val) = (n_steps * 70 / 100, n_steps * 85 / 100);
    data.spans = vec![
        span(0, train, Split::Train),
        span(train, val, Split::Val),
        span(val, n_steps, Split::Test),
    ];
    data
}

#[test]
fn a_faulty_sensor_of_the_built_in_plant_is_named_and_a_healthy_plant_is_quiet() {
    let healthy = filling(&[]);
    let (end, test) = (healthy.n_steps(), healthy.spans[2].start);
    assert!(flagged(&measured(&healthy), test..end) <= 0.02);
    for (fault, channel) in [
        ("bias:tank_level@630m+90m", "tank_level"),
        ("gain:fill_temp@630m+90m", "fill_temp"),
        ("stuck:vibration@630m+90m", "vibration"),
    ] {
        let data = filling(&[fault]);
        let surprise = measured(&data);
        let late = end - 360..end;
        assert!(flagged(&surprise, late.clone()) > 0.5, "{fault}");
        assert_eq!(blamed(&data, &surprise, late), channel, "{fault}");
    }
}

const RECIPE: &str = "format = \"gemba-recipe\"\nversion = 1\n[time]\nstep_secs = 1.0\n\
    [split]\ntrain = [[0, 320]]\nval = [[320, 400]]\ntest = [[400, 1000000]]\n";

/// One file of SKAB by the published protocol, through the importer.
fn skab(file: &str, learns: bool) -> Option<(Loaded, AnomalyAnswer)> {
    let file = shared(&format!("skab/{file}"))?;
    let (dir, bench) = (temp_dir(), Bench::new());
    let project = dir.path().join("one.gemba");
    let request = ImportRequest {
        sources: vec![file],
        recipe: Some((RECIPE.to_owned(), "recipe.toml".to_owned())),
        name: "one".to_owned(),
    };
    import_data(&project, &request, &ImportHow::default(), &bench.env(1)).expect("imported");
    if learns {
        let config = TrainConfig {
            preset: Some(Preset::Tiny),
            n_members: 2,
            ..TrainConfig::default()
        };
        train_model(&project, &config, false, &mut |_| (), &bench.env(1)).expect("a model");
    }
    let loaded = Loaded::open(&project).expect("a project");
    let answer = find_anomalies(&loaded, Split::Test, &bench.env(1)).expect("scores");
    Some((loaded, answer))
}

#[test]
fn skab_valves_keep_their_score_and_the_flow_sensor_is_blamed() {
    let mut counts = Detection::default();
    for file in [
        "valve1/3.csv",
        "valve1/13.csv",
        "valve2/1.csv",
        "valve2/3.csv",
        "other/3.csv",
    ] {
        let Some((loaded, answer)) = skab(file, false) else {
            return;
        };
        let (_, one) = answer.labels.expect("SKAB has labels");
        counts = counts.plus(&one);
        let worst = answer.spans.iter().max_by(|a, b| a.peak.total_cmp(&b.peak));
        // What the closed valve throttles.
        let channel = worst.expect("a span").channels[0].0;
        let name = &loaded.dataset.channels[channel].name;
        assert_eq!(name, "Volume Flow RateRMS", "{file}");
    }
    assert!(counts.f1() >= 0.85, "{counts:?} {}", counts.f1());
    assert_eq!(detection([]), Detection::default());
}

#[test]
fn a_trained_model_has_a_say() {
    let Some((_, answer)) = skab("valve1/3.csv", true) else {
        return;
    };
    assert!(answer.model.is_some());
    let (_, counts) = answer.labels.expect("SKAB has labels");
    assert!(counts.f1() >= 0.8, "{counts:?}");
}

#[test]
fn the_same_bytes_come_from_any_number_of_threads() {
    let loaded = Loaded::open(&example().join("line.gemba")).expect("the example");
    let bench = Bench::new();
    let one = find_anomalies(&loaded, Split::Test, &bench.env(1)).expect("scores");
    let four = find_anomalies(&loaded, Split::Test, &bench.env(4)).expect("scores");
    assert!(one.model.is_some());
    assert_eq!(one.surprise.limit.to_bits(), four.surprise.limit.to_bits());
    assert_eq!(one.surprise, four.surprise);
    assert_eq!(one.spans, four.spans);
}

#[test]
fn the_command_writes_a_table_and_says_the_same_as_its_json() {
    let dir = temp_dir();
    let project = example().join("line.gemba");
    let project = project.to_string_lossy();
    let args = [
        "anomaly",
        &*project,
        "--split",
        "test",
        "--out",
        "scores.csv",
        "--json",
    ];
    let json = gemba(dir.path(), &args).ended(0).json();
    let table = gemba::base::read_text(&dir.path().join("scores.csv")).expect("a table");
    let rows: Vec<Vec<&str>> = table.lines().map(|row| row.split(',').collect()).collect();
    assert_eq!(
        rows[0][..5],
        ["episode", "step", "time", "score", "flagged"]
    );
    assert_eq!(json["steps"].as_u64(), Some(rows.len() as u64 - 1));
    let flagged = rows.iter().filter(|row| row[4] == "1").count() as f64;
    let share = json["flagged_frac"].as_f64().expect("a share");
    assert!((share - flagged / (rows.len() - 1) as f64).abs() < 1e-9);
    assert!(
        rows.iter()
            .all(|row| row.len() == rows[0].len() && !row.contains(&"NaN"))
    );
}
