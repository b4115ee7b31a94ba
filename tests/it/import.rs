//! Tests of import: real files of many makers, hostile files, recipes, media.
#![expect(
    clippy::unwrap_used,
    clippy::format_push_string,
    clippy::too_many_lines,
    reason = "helpers of tests may give up and say so; speed does not matter here"
)]

use std::path::{Path, PathBuf};

use gemba::{
    base::{Purpose, Silent, StopToken, Stream},
    data::{Channel, Dataset, Grade, Modality, Role, Split},
    import::{ImportError, ImportRequest, Imported, import, preview},
};

use crate::{
    imports::{has_issue, keeps_promises, load, names},
    support::{shared, write},
};

fn load_one(source: &Path) -> Imported {
    load(&[source.to_path_buf()], None).unwrap()
}

fn load_text(name: &str, content: impl AsRef<[u8]>) -> Result<Imported, ImportError> {
    let dir = tempfile::tempdir().unwrap();
    let path = write(dir.path(), name, content);
    load(&[path], None)
}

fn n_steps(dataset: &Dataset, split: Split) -> usize {
    dataset
        .spans_of(split)
        .map(gemba::data::Span::n_steps)
        .sum()
}

/// A log of `n_rows` rows with a control and an observation, ten seconds apart.
fn log(n_rows: usize, start: usize) -> String {
    let mut text = "time,valve [%],level [cm]\n".to_owned();
    for row in start..start + n_rows {
        let secs = row * 10;
        let (hour, minute, second) = (secs / 3600, secs / 60 % 60, secs % 60);
        let valve = 40 + row / 20 % 3 * 10;
        let level = 50.0 + 5.0 * (row as f64 / 7.0).sin();
        text += &format!("2026-01-05T{hour:02}:{minute:02}:{second:02}+09:00,{valve},{level:.3}\n");
    }
    text
}

#[test]
fn cascaded_tanks_become_a_train_and_a_whole_test_file() {
    let Some(dir) = shared("cascaded_tanks") else {
        return;
    };
    let imported = load_one(&dir);
    let dataset = &imported.dataset;
    assert_eq!(names(dataset, Role::Control), ["u_pump"]);
    assert_eq!(names(dataset, Role::Observation), ["y_level"]);
    assert_eq!((imported.n_rows, dataset.has_clock), (2048, false));
    assert!((dataset.step_secs - 4.0).abs() < 1e-12);
    assert_eq!(n_steps(dataset, Split::Test), 1024);
    assert_eq!(n_steps(dataset, Split::Train), 819);
    let test = dataset.spans_of(Split::Test).next().unwrap();
    assert_eq!(dataset.episodes[test.episode].name, "cascaded_tanks_test");
    let level = &dataset.episodes[test.episode].columns[1];
    assert_eq!((level[0], level[2]), (4.9728, 4.9703));
    keeps_promises(&imported, &[dir]);
}

#[test]
fn each_small_identification_set_finds_its_input() {
    let Some(dir) = shared("small_sysid") else {
        return;
    };
    for (file, controls, rows) in [
        ("ced_prbs.csv", vec!["u_motor"], 1500),
        ("daisy_dryer.csv", vec!["u_heater"], 1000),
        ("daisy_exchanger.csv", vec!["q"], 4000),
        ("hydraulic_actuator.csv", vec!["u_valve"], 1024),
        ("rgp_tank.csv", vec!["u"], 2500),
    ] {
        let path = dir.join(file);
        let imported = load_one(&path);
        assert_eq!(names(&imported.dataset, Role::Control), controls, "{file}");
        assert_eq!(imported.n_rows, rows, "{file}");
        assert!(n_steps(&imported.dataset, Split::Test) > 100, "{file}");
        keeps_promises(&imported, &[path]);
    }
}

#[test]
fn heaters_are_controls_and_a_heater_that_never_moved_is_left_out() {
    let Some(dir) = shared("tclab") else {
        return;
    };
    let imported = load_one(&dir);
    assert_eq!(names(&imported.dataset, Role::Control), ["Q1"]);
    assert_eq!(names(&imported.dataset, Role::Observation), ["T1", "T2"]);
    assert_eq!(names(&imported.dataset, Role::Ignore), ["Q2"]);
    assert!(has_issue(&imported, "constant"));
    keeps_promises(&imported, &[dir]);
}

#[test]
fn a_test_bench_without_controls_is_all_observations_and_labels() {
    let Some(dir) = shared("skab/valve1") else {
        return;
    };
    let imported = load_one(&dir);
    let dataset = &imported.dataset;
    assert!(names(dataset, Role::Control).is_empty());
    assert_eq!(names(dataset, Role::Observation).len(), 8);
    assert_eq!(names(dataset, Role::Label), ["anomaly", "changepoint"]);
    assert_eq!((imported.n_rows, dataset.step_secs), (18_160, 1.0));
    keeps_promises(&imported, &[dir]);
}

#[test]
fn an_office_has_valve_and_setpoint_as_controls_and_no_copy_of_them() {
    let Some(dir) = shared("hvac_office") else {
        return;
    };
    let imported = load_one(&dir);
    let dataset = &imported.dataset;
    assert_eq!(names(dataset, Role::Control), ["valve", "T_set"]);
    assert!(names(dataset, Role::Observation).contains(&"T_in"));
    assert_eq!(names(dataset, Role::Ignore), ["u"]);
    // The room keeps 18.4 degrees to the digit for the last 15.6 days of the first file.
    let still = imported.issues.as_slice().iter();
    let still = still
        .clone()
        .find(|issue| issue.code == "line-still")
        .unwrap();
    assert_eq!(
        (&*still.args["time"], &*still.args["unit"]),
        ("15.6", "days")
    );
    let room = &dataset.channels[dataset.channel_idx("T_in").unwrap()];
    assert_eq!(room.findings, ["mostly-still", "line-still"]);
    assert_eq!(room.grade, Grade::A);
    for split in Split::ALL {
        assert!(n_steps(dataset, split) > 5000, "{}", split.name());
    }
}

#[test]
fn a_copy_that_looks_like_an_input_is_marked() {
    let mut text = "time,pump_speed,outlet_valve,level,level_mm\n".to_owned();
    for row in 0..400 {
        let (minute, second) = (row / 6, row % 6 * 10);
        let (hour, minute) = (minute / 60, minute % 60);
        let speed = 40 + row / 20 % 3 * 10;
        let level = 50.0 + 5.0 * (f64::from(row) / 7.0).sin();
        text += &format!(
            "2026-01-05 {hour:02}:{minute:02}:{second:02},{speed},{},",
            100 - speed
        );
        text += &format!("{level:.3},{:.2}\n", 10.0 * level);
    }
    let dataset = load_text("tank.csv", text).unwrap().dataset;
    assert_eq!(names(&dataset, Role::Ignore), ["outlet_valve", "level_mm"]);
    let findings = |name: &str| &dataset.channels[dataset.channel_idx(name).unwrap()].findings;
    assert_eq!(findings("outlet_valve"), &[Channel::MOVES_ALONG]);
    // What is measured twice hides nobody's effect.
    assert!(findings("level_mm").is_empty());
}

#[test]
fn milling_runs_have_commands_feed_rate_and_labels() {
    let Some(dir) = shared("cnc_mill") else {
        return;
    };
    let imported = load_one(&dir);
    let dataset = &imported.dataset;
    let controls = names(dataset, Role::Control);
    assert_eq!(controls.len(), 13);
    assert!(
        controls
            .iter()
            .all(|name| name.contains("Command") || *name == "M1_CURRENT_FEEDRATE")
    );
    let observations = names(dataset, Role::Observation);
    assert!(
        observations
            .iter()
            .filter(|name| name.contains("Actual"))
            .count()
            == 12
    );
    for label in ["Machining_Process", "tool_condition"] {
        assert!(names(dataset, Role::Label).contains(&label));
    }
    assert_eq!(dataset.episodes.len(), 12);
    for split in Split::ALL {
        assert!(dataset.spans_of(split).all(|span| span.start == 0));
        assert!(dataset.spans_of(split).count() > 0);
    }
}

#[test]
fn a_robot_weld_brings_sound_and_photos_whose_clock_is_reported() {
    let Some(dir) = shared(
        "robot_welds/good-weld-test/good_weld_30_12-21-22_plane_plate_BSK46/12-21-22-0462-00",
    ) else {
        return;
    };
    let imported = load_one(&dir);
    let dataset = &imported.dataset;
    assert_eq!(names(dataset, Role::Control), ["CO2 Weld Flow", "Feed"]);
    assert_eq!(
        names(dataset, Role::Observation),
        ["Pressure", "Primary Weld Current", "Secondary Weld Voltage"]
    );
    assert_eq!(
        (dataset.media.frames.len(), dataset.media.clips.len()),
        (5, 1)
    );
    let offset = imported
        .issues
        .as_slice()
        .iter()
        .find(|issue| issue.code == "media-offset");
    assert_eq!(offset.unwrap().args["secs"], "-202094.831");
    let sound = dataset
        .media
        .tracks
        .iter()
        .find(|track| track.modality == Modality::Sound);
    assert!(sound.unwrap().items.len() > 30);
    keeps_promises(&imported, &[dir]);
}

#[test]
fn files_of_one_logger_agree_on_the_order_of_day_and_month() {
    let Some(dir) = shared("robot_welds/good-weld-test") else {
        return;
    };
    let imported = load_one(&dir);
    let feb = imported
        .dataset
        .episodes
        .iter()
        .find(|episode| episode.name == "02-09-23-0006-00")
        .unwrap();
    let start = gemba::base::format_time(feb.start_ns);
    assert!(start.starts_with("2023-02-09"), "{start}");
    assert!(!has_issue(&imported, "ambiguous-date"));
}

#[test]
fn shift_jis_and_utf8_twins_give_the_same_table() {
    let Some(dir) = shared("jma_tokyo") else {
        return;
    };
    for stem in [
        "data20131020-20141019",
        "data20141020-20151019",
        "data20151020-20161019",
    ] {
        let left = load_one(&dir.join(format!("{stem}.csv"))).dataset;
        let right = load_one(&dir.join(format!("{stem}_utf-8.csv"))).dataset;
        assert_eq!(left.channels, right.channels);
        let bits = |dataset: &Dataset| -> Vec<u64> {
            let columns = dataset
                .episodes
                .iter()
                .flat_map(|episode| episode.columns.iter());
            columns.flatten().map(|value| value.to_bits()).collect()
        };
        assert_eq!(bits(&left), bits(&right));
        assert!(left.n_steps() >= 365);
    }
    let unit = load_one(&dir.join("data20131020-20141019.csv")).dataset;
    let warmth = &unit.channels[unit.channel_idx("平均気温").unwrap()];
    assert_eq!(
        (warmth.unit.as_str(), warmth.role),
        ("℃", Role::Observation)
    );
}

#[test]
fn a_logger_export_is_read_without_a_recipe_as_its_maker_means_it() {
    let Some(dir) = shared("keyence_logger") else {
        return;
    };
    let path = dir.join("230207.CSV");
    let imported = load_one(&path);
    let expected = load_one(&dir.join("230207_expected.csv"));
    assert_eq!(
        (imported.n_rows, imported.dataset.channels.len()),
        (8830, 9)
    );
    assert_eq!(imported.dataset.channels[0].unit, "ﾟC");
    for (left, right) in imported
        .dataset
        .episodes
        .iter()
        .zip(&expected.dataset.episodes)
    {
        assert_eq!(left.start_ns, right.start_ns);
        assert_eq!(left.columns, right.columns);
    }
    keeps_promises(&imported, &[path]);
}

#[test]
fn midnight_rows_of_the_day_before_are_moved_and_counted() {
    let Some(dir) = shared("steel_energy") else {
        return;
    };
    let imported = load_one(&dir);
    let dataset = &imported.dataset;
    assert_eq!((dataset.episodes.len(), dataset.n_steps()), (1, 35_040));
    let moved = imported
        .issues
        .as_slice()
        .iter()
        .find(|issue| issue.code == "midnight-stamp");
    assert_eq!(moved.unwrap().args["count"], "365");
    assert_eq!(names(dataset, Role::Label).len(), 3);
}

#[test]
fn the_built_in_plants_columns_get_their_true_roles() {
    let head = "time,conveyor_speed [bottles/min],heater_setpoint [°C],pump_speed [%],\
                valve_opening [%],ambient_temp [°C],viscosity [mPa·s],tank_level [%],\
                fill_temp [°C],fill_weight [g],motor_current [A],power [kW],vibration [mm/s],\
                reject_rate [%],output_rate [bottles/h]\n";
    let mut text = head.to_owned();
    let stream = Stream::new(4, Purpose::Test, &[]);
    for row in 0..300_u64 {
        let (minute, second) = (row / 6 % 60, row % 6 * 10);
        text += &format!(
            "2026-01-05T{:02}:{minute:02}:{second:02}+09:00",
            8 + row / 360
        );
        for column in 0..14 {
            let value = stream.normal_at(row * 14 + column);
            // The scale reads every third step only.
            if column == 8 && !row.is_multiple_of(3) {
                text.push(',');
            } else {
                text += &format!(",{value:.3}");
            }
        }
        text.push('\n');
    }
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "sensors.csv", text);
    write(
        dir.path(),
        "checklist.csv",
        "time,item,answer,who,note\n2026-01-05T08:10:00+09:00,液漏れ / leak,○,佐藤,\n\
         2026-01-05T08:10:00+09:00,軸受の音 / bearing noise,△,佐藤,軸受から異音あり\n\
         2026-01-05T08:20:00+09:00,製品温度 / product temperature [°C],74,佐藤,\n",
    );
    let mut picture = image::RgbImage::new(64, 40);
    picture.put_pixel(3, 3, image::Rgb([255, 255, 255]));
    for minute in 0..5 {
        let name = format!("camera/2026-01-05T080{minute}00.png");
        let path = write(dir.path(), &name, "");
        picture.save(path).unwrap();
    }
    write(dir.path(), "microphone/2026-01-05T080500.wav", tone());
    let imported = load_one(dir.path());
    let dataset = &imported.dataset;
    let role = |role: Role| names(dataset, role).join(" ");
    assert_eq!(
        role(Role::Control),
        "conveyor_speed heater_setpoint pump_speed valve_opening"
    );
    assert_eq!(role(Role::Disturbance), "ambient_temp viscosity");
    assert_eq!(
        role(Role::Observation),
        "tank_level fill_temp fill_weight motor_current power vibration"
    );
    assert_eq!(role(Role::Kpi), "reject_rate output_rate");
    assert_eq!(dataset.channels[0].unit, "bottles/min");
    let weight = &dataset.channels[dataset.channel_idx("fill_weight").unwrap()];
    assert_eq!(
        (weight.grade, weight.findings.join(" ").as_str()),
        (Grade::A, "slow")
    );
    let media = &dataset.media;
    assert_eq!(
        (media.frames.len(), media.clips.len(), media.answers.len()),
        (5, 1, 4)
    );
    assert_eq!(
        media.frames[2].time_ns,
        dataset.episodes[0].start_ns + 120_000_000_000
    );
    let of = |modality| {
        media
            .tracks
            .iter()
            .find(|track| track.modality == modality)
            .unwrap()
    };
    assert_eq!(of(Modality::Image).items[2].step, 12);
    // Two seconds of sound that begin at step 30 are known from step 31 on.
    assert_eq!(of(Modality::Sound).items[0].step, 31);
    let checks = of(Modality::Checklist);
    // Three items, each with a mark where it was left open, and the letters of notes; ten minutes
    // apart is still one round.
    assert_eq!((checks.items.len(), checks.names.len()), (1, 2 * 3 + 32));
    let known: Vec<f32> = checks.items[0].features[..3].to_vec();
    let leak = checks
        .names
        .iter()
        .position(|name| name.contains("leak"))
        .unwrap();
    assert!((known[leak] - 1.0).abs() < 1e-6);
    for track in &media.tracks {
        assert!(
            track
                .items
                .iter()
                .all(|item| item.features.len() == track.names.len())
        );
    }
    keeps_promises(&imported, &[dir.path().to_path_buf()]);
}

/// Two seconds of a tone as a WAV file, 8 kHz, 16 bits.
fn tone() -> Vec<u8> {
    let samples: Vec<u8> = (0..16_000)
        .flat_map(|at| {
            #[expect(clippy::cast_possible_truncation, reason = "within 16 bits")]
            let value = ((f64::from(at) * 0.4).sin() * 9000.0) as i16;
            value.to_le_bytes()
        })
        .collect();
    let mut bytes = b"RIFF".to_vec();
    bytes.extend(u32::try_from(36 + samples.len()).unwrap().to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    bytes.extend(8000_u32.to_le_bytes());
    bytes.extend(16_000_u32.to_le_bytes());
    bytes.extend(b"\x02\0\x10\0data");
    bytes.extend(u32::try_from(samples.len()).unwrap().to_le_bytes());
    bytes.extend(samples);
    bytes
}

#[test]
fn many_spellings_give_the_same_numbers() {
    let plain: Vec<(f64, f64)> = (0..40)
        .map(|row| (f64::from(row % 5) + 0.5, 1000.25 + f64::from(row)))
        .collect();
    let spell = |mark: &str, decimal: &str, head: &str| {
        let mut text = head.to_owned();
        for (row, (valve, level)) in plain.iter().enumerate() {
            let cell = |value: f64| value.to_string().replace('.', decimal);
            let day = row % 28 + 1;
            let month = row / 28 + 1;
            let cells = [
                format!("2026/{month:02}/{day:02} 10:00:00"),
                cell(*valve),
                cell(*level),
            ];
            text += &cells.join(mark);
            text.push('\n');
        }
        text
    };
    let expected = load_text("a.csv", spell(",", ".", "time,valve,level\n"))
        .unwrap()
        .dataset;
    let utf16 = {
        let text = spell("\t", ".", "time\tvalve\tlevel\n");
        let mut bytes = vec![0xff, 0xfe];
        bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        bytes
    };
    let variants: Vec<(&str, Vec<u8>)> = vec![
        (
            "semicolon",
            spell(";", ",", "time;valve;level\n").into_bytes(),
        ),
        (
            "mark",
            format!("\u{feff}{}", spell("|", ".", "time|valve|level\n")).into_bytes(),
        ),
        ("utf16", utf16),
        (
            "crlf",
            spell(",", ".", "time,valve,level\n")
                .replace('\n', "\r\n")
                .into_bytes(),
        ),
        (
            "cr",
            spell(",", ".", "time,valve,level\n")
                .replace('\n', "\r")
                .into_bytes(),
        ),
        (
            "wide",
            spell(",", ".", "time,valve,level\n")
                .replace('1', "１")
                .replace('-', "−")
                .into_bytes(),
        ),
        (
            "preamble",
            format!(
                "Logger 7\nmade by us\n\n{}end of file\n",
                spell(",", ".", "time,valve,level\n")
            )
            .into_bytes(),
        ),
        (
            "units",
            spell(",", ".", "time,valve,level\n,[%],[cm]\n").into_bytes(),
        ),
    ];
    for (name, bytes) in variants {
        let found = load_text("a.csv", bytes).unwrap().dataset;
        assert_eq!(
            found.episodes[0].columns, expected.episodes[0].columns,
            "{name}"
        );
        assert_eq!(
            found.episodes[0].start_ns, expected.episodes[0].start_ns,
            "{name}"
        );
        assert_eq!(names(&found, Role::Control), ["valve"], "{name}");
    }
}

#[test]
fn missing_words_and_infinities_are_missing_values_with_a_place() {
    let mut text = "time,valve,level\n".to_owned();
    for row in 0..60 {
        let level = match row {
            5 => "NaN".to_owned(),
            6 => "inf".to_owned(),
            7 => "欠測".to_owned(),
            8 => "#N/A".to_owned(),
            9 => "oops".to_owned(),
            _ => (50 + row % 7).to_string(),
        };
        text += &format!("{row},{},{level}\n", row % 4);
    }
    let imported = load_text("log.csv", text).unwrap();
    let column = &imported.dataset.episodes[0].columns[1];
    assert!((5..10).all(|step| column[step].is_nan()));
    assert!(column[10].is_finite());
    let find = |code: &str| {
        let issue = imported
            .issues
            .as_slice()
            .iter()
            .find(|issue| issue.code == code);
        issue.unwrap().place.to_string()
    };
    assert_eq!(find("infinite"), "log.csv, row 8, level");
    assert_eq!(find("not-a-number"), "log.csv, row 11, level");
    assert!(has_issue(&imported, "missing-cells"));
}

#[test]
fn a_misbehaving_clock_is_repaired_by_a_stated_policy() {
    let sound = load_text("log.csv", log(120, 0)).unwrap().dataset;
    let mut lines: Vec<String> = log(120, 0).lines().map(str::to_owned).collect();
    lines.swap(40, 41);
    lines.insert(61, lines[60].clone());
    let imported = load_text("log.csv", lines.join("\n")).unwrap();
    assert_eq!(
        imported.dataset.episodes[0].columns,
        sound.episodes[0].columns
    );
    assert!(has_issue(&imported, "backward-times"));
    assert!(has_issue(&imported, "duplicate-times"));
}

#[test]
fn a_long_gap_ends_an_episode_and_a_short_one_is_bridged() {
    let text = log(200, 0);
    let rows: Vec<&str> = text.lines().collect();
    let mut cut = rows[..50].to_vec();
    cut.extend(&rows[53..100]);
    cut.extend(&rows[150..]);
    let imported = load_text("log.csv", cut.join("\n")).unwrap();
    let steps: Vec<usize> = imported
        .dataset
        .episodes
        .iter()
        .map(gemba::data::Episode::n_steps)
        .collect();
    assert_eq!(steps, [99, 51]);
    assert!(
        imported.dataset.episodes[0]
            .columns
            .iter()
            .flatten()
            .all(|value| value.is_finite())
    );
}

#[test]
fn files_of_other_columns_join_by_time_and_strangers_at_their_starts() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "a.csv", log(300, 0));
    let mut lab = "time,viscosity\n".to_owned();
    for row in 0..30 {
        let minute = row + 5;
        lab += &format!(
            "2026-01-05T00:{minute:02}:00+09:00,{}\n",
            10.0 + f64::from(row % 3)
        );
    }
    write(dir.path(), "lab.csv", &lab);
    let imported = load_one(dir.path());
    let dataset = &imported.dataset;
    let viscosity = dataset.channel_idx("viscosity").unwrap();
    let column = &dataset.episodes[0].columns[viscosity];
    assert!((column[30] - 10.0).abs() < 1e-9 && (column[36] - 11.0).abs() < 1e-9);
    assert_eq!(dataset.channels[viscosity].role, Role::Disturbance);
    write(
        dir.path(),
        "lab.csv",
        lab.replace("2026-01-05", "2026-02-05"),
    );
    let apart = load_one(dir.path());
    let offset = apart
        .issues
        .as_slice()
        .iter()
        .find(|issue| issue.code == "clock-offset");
    assert_eq!(offset.unwrap().args["secs"], "-2678700.000");
    assert!(apart.dataset.episodes[0].columns[viscosity][0].is_finite());
}

#[test]
fn the_order_of_files_changes_nothing_and_contiguous_files_are_one_episode() {
    let dir = tempfile::tempdir().unwrap();
    let first = write(dir.path(), "1.csv", log(100, 0));
    let second = write(dir.path(), "2.csv", log(100, 100));
    let forward = load(&[first.clone(), second.clone()], None).unwrap();
    let backward = load(&[second, first], None).unwrap();
    assert_eq!(forward.dataset.digest(), backward.dataset.digest());
    assert_eq!(forward.dataset.episodes.len(), 1);
    assert_eq!(forward.dataset.n_steps(), 200);
}

/// A plant of two inputs held for 30 to 90 steps at random levels and a sensor that follows both; names
/// are the columns', the third is the sensor's.
fn held_inputs(names: [&str; 4]) -> String {
    let mut draws = Stream::new(11, Purpose::Test, &[]).draws();
    let mut text = format!("time,{}\n", names.join(","));
    let (mut held, mut left, mut slow) = ([0.0; 2], [0_usize; 2], 0.0);
    for row in 0..2_400 {
        for (held, left) in held.iter_mut().zip(&mut left) {
            if *left == 0 {
                *left = 30 + draws.below(60);
                *held = draws.between(10.0, 20.0);
            }
            *left -= 1;
        }
        slow += 0.1 * (held[0] + 0.5 * held[1] - slow);
        let (day, hour, minute) = (row / 1440 + 5, row / 60 % 24, row % 60);
        text += &format!(
            "2026-01-{day:02}T{hour:02}:{minute:02}:00Z,{:.3},{:.3},{:.3},{:.3}\n",
            held[0],
            held[1],
            slow + 0.2 * draws.normal(),
            draws.normal()
        );
    }
    text
}

#[test]
fn inputs_that_are_held_and_followed_are_controls_whatever_their_names_say() {
    for names_of in [
        ["heater_power", "belt_speed", "tank_level", "xyz"],
        ["加熱出力", "フィーダ量", "水位", "abc"],
        ["rpm", "steam", "ph", "column"],
    ] {
        let imported = load_text("log.csv", held_inputs(names_of)).unwrap();
        assert_eq!(names(&imported.dataset, Role::Control), names_of[..2]);
        let issues = imported.issues.as_slice().iter();
        let unsure: Vec<_> = issues
            .filter(|issue| issue.code == "role-unsure")
            .map(|issue| (issue.args["reason"].as_str(), issue.text.as_str()))
            .collect();
        let reasons: Vec<&str> = unsure.iter().map(|(reason, _)| *reason).collect();
        assert_eq!(reasons, ["moves", "nameless"]);
        let lines = format!(
            "[[channel]] / name = {:?} / role = \"observation\"",
            names_of[0]
        );
        assert!(unsure[0].1.contains(&lines), "{}", unsure[0].1);
    }
}

#[test]
fn what_is_held_and_not_followed_is_asked_about_and_a_decided_role_is_not() {
    let mut text = held_inputs(["a", "power", "level", "temp"]);
    // Nothing follows it any more.
    let mut draws = Stream::new(12, Purpose::Test, &[]).draws();
    let lines: Vec<String> = text
        .lines()
        .enumerate()
        .map(
            |(row, line)| match line.split(',').collect::<Vec<_>>()[..] {
                [time, a, power, _, temp] if row > 0 => {
                    format!("{time},{a},{power},{:.3},{temp}", draws.normal())
                }
                _ => line.to_owned(),
            },
        )
        .collect();
    text = lines.join("\n");
    let imported = load_text("log.csv", &text).unwrap();
    let of = |imported: &Imported| -> Vec<(String, String)> {
        let issues = imported.issues.as_slice().iter();
        let unsure = issues.filter(|issue| issue.code == "role-unsure");
        let args =
            unsure.map(|issue| (issue.args["reason"].clone(), issue.args["columns"].clone()));
        args.collect()
    };
    assert_eq!(
        of(&imported),
        [("stands".to_owned(), "a, power".to_owned())]
    );
    let dir = tempfile::tempdir().unwrap();
    let path = write(dir.path(), "log.csv", text);
    let recipe = "format = \"gemba-recipe\"\nversion = 1\n[[channel]]\nname = \"a\"\nrole = \"control\"\n\
                  [[channel]]\nname = \"power\"\nrole = \"observation\"\n";
    assert!(of(&load(&[path], Some(recipe)).unwrap()).is_empty());
}

#[test]
fn a_split_that_is_cut_or_lacks_validation_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let path = write(dir.path(), "log.csv", log(400, 0));
    let with = |split: &str| {
        let recipe = format!("format = \"gemba-recipe\"\nversion = 1\n[split]\n{split}");
        load(std::slice::from_ref(&path), Some(&recipe)).unwrap()
    };
    let whole = with("train = [[0, 250]]\nval = [[260, 300]]\ntest = [[310, 400]]\n");
    assert!(!has_issue(&whole, "rows-beyond") && !has_issue(&whole, "no-val-split"));
    let cut = with("train = [[0, 250]]\ntest = [[300, 900]]\n");
    assert!(has_issue(&cut, "rows-beyond") && has_issue(&cut, "no-val-split"));
    assert_eq!(n_steps(&cut.dataset, Split::Test), 100);
}

#[test]
fn a_recipe_has_the_last_word_on_roles_names_limits_and_split() {
    let dir = tempfile::tempdir().unwrap();
    let path = write(dir.path(), "log.csv", log(200, 0));
    let recipe = r#"
format = "gemba-recipe"
version = 1
[grid]
step_secs = 20.0
[[channel]]
name = "opening"
source = "valve"
role = "disturbance"
unit = "percent"
limits = { low = 0.0, high = 100.0 }
[split]
train = [[0, 50]]
val = [[55, 70]]
test = [["2026-01-05T00:25:00+09:00", "2026-01-05T00:30:00+09:00"]]
"#;
    let imported = load(&[path], Some(recipe)).unwrap();
    let channel = &imported.dataset.channels[0];
    assert_eq!(
        (channel.name.as_str(), channel.role),
        ("opening", Role::Disturbance)
    );
    assert_eq!(
        (channel.unit.as_str(), channel.limits.high),
        ("percent", Some(100.0))
    );
    let cut: Vec<(usize, usize)> = imported
        .dataset
        .spans
        .iter()
        .map(|span| (span.start, span.end))
        .collect();
    assert_eq!(cut, [(0, 50), (55, 70), (75, 90)]);
    assert!((imported.dataset.step_secs - 20.0).abs() < 1e-12);
}

#[test]
fn a_recipe_for_a_column_that_is_not_there_names_line_and_columns() {
    let dir = tempfile::tempdir().unwrap();
    let path = write(dir.path(), "log.csv", log(50, 0));
    let recipe = "format = \"gemba-recipe\"\nversion = 1\n[[channel]]\nname = \"ghost\"\nrole = \"control\"\n";
    let error = load(&[path], Some(recipe)).unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("recipe.toml, line 4") && text.contains("valve"),
        "{text}"
    );
    assert!(error.hint().is_some());
}

#[test]
fn what_cannot_be_imported_is_refused_with_place_and_hint() {
    let dir = tempfile::tempdir().unwrap();
    let check = |path: PathBuf, expected: &str| {
        let error = load(&[path], None).unwrap_err();
        let text = error.to_string();
        assert!(text.contains(expected), "{text}");
        assert!(error.hint().is_some(), "{text}");
    };
    check(dir.path().join("ghost.csv"), "ghost.csv");
    check(write(dir.path(), "empty.csv", ""), "the file is empty");
    check(
        write(
            dir.path(),
            "one.csv",
            "time,level\n2026-01-05T00:00:00Z,5\n",
        ),
        "1 usable rows",
    );
    check(write(dir.path(), "head.csv", "time,level\n"), "head.csv");
    check(
        write(
            dir.path(),
            "flat.csv",
            "t,a\n".to_owned() + &"1,5\n".repeat(30),
        ),
        "flat.csv",
    );
    check(
        write(dir.path(), "words.csv", "a,b\nx,y\nz,w\n"),
        "words.csv",
    );
    let folder = dir.path().join("folder");
    write(&folder, "notes.docx", "x");
    check(folder, "no readable table");
    assert!(matches!(load(&[], None), Err(ImportError::NoSource)));
}

#[test]
fn a_stop_is_obeyed() {
    let dir = tempfile::tempdir().unwrap();
    let path = write(dir.path(), "log.csv", log(100, 0));
    let stop = StopToken::new();
    stop.stop();
    let request = ImportRequest {
        sources: vec![path],
        ..ImportRequest::default()
    };
    let error = import(&request, &Silent, &stop).unwrap_err();
    assert!(matches!(error, ImportError::Stopped(_)));
}

#[test]
fn ragged_rows_are_counted_and_papers_are_passed_over() {
    let dir = tempfile::tempdir().unwrap();
    let mut lines: Vec<String> = log(60, 0).lines().map(str::to_owned).collect();
    lines[10] = lines[10].rsplit_once(',').unwrap().0.to_owned();
    lines[20] += ",surplus";
    write(dir.path(), "log.csv", lines.join("\n"));
    write(dir.path(), "README.md", "# hello");
    write(dir.path(), "data.xyz", "?");
    let imported = load_one(dir.path());
    let places: Vec<String> = imported
        .issues
        .as_slice()
        .iter()
        .map(|issue| format!("{} {}", issue.code, issue.place))
        .collect();
    assert!(
        places.contains(&"short-rows log.csv, row 11".to_owned()),
        "{places:?}"
    );
    assert!(
        places.contains(&"long-rows log.csv, row 21".to_owned()),
        "{places:?}"
    );
    assert!(
        places.contains(&"not-understood data.xyz".to_owned()),
        "{places:?}"
    );
    assert!(!places.iter().any(|place| place.contains("README")));
}

#[cfg(unix)]
#[test]
fn a_pipe_is_refused_by_name_and_passed_over_in_a_folder() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "log.csv", log(60, 0));
    let pipe = dir.path().join("pipe.csv");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    if !made.is_ok_and(|status| status.success()) {
        println!("skipped: no mkfifo");
        return;
    }
    assert!(has_issue(&load_one(dir.path()), "not-a-file"));
    assert!(matches!(
        load(std::slice::from_ref(&pipe), None),
        Err(ImportError::NotAFile { .. })
    ));
    assert!(matches!(
        preview(&pipe, None),
        Err(ImportError::NotAFile { .. })
    ));
}

#[test]
fn hostile_tables_never_panic() {
    let dir = tempfile::tempdir().unwrap();
    let base = log(80, 0).into_bytes();
    let mut draws = Stream::new(11, Purpose::Test, &[]).draws();
    for case in 0..200 {
        let mut bytes = base.clone();
        if case % 2 == 0 {
            bytes.truncate(draws.below(bytes.len()));
        }
        for _ in 0..=draws.below(20) {
            if bytes.is_empty() {
                break;
            }
            let at = draws.below(bytes.len());
            match case % 5 {
                0 => bytes[at] = 0,
                1 => bytes[at] ^= 1 << draws.below(8),
                2 => bytes[at] = b'"',
                3 => bytes.insert(at, b','),
                _ => bytes[at] = b'\n',
            }
        }
        let path = write(dir.path(), "log.csv", &bytes);
        if let Err(error) = load(std::slice::from_ref(&path), None) {
            assert!(!error.to_string().is_empty(), "case {case}");
        }
        preview(&path, None).ok();
    }
}

#[test]
fn hostile_media_never_panic_and_are_counted() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "log.csv", log(80, 0));
    let mut png = Vec::new();
    image::RgbImage::new(40, 30)
        .write_to(&mut std::io::Cursor::new(&mut png), image::ImageFormat::Png)
        .unwrap();
    let wav = tone();
    let mut draws = Stream::new(12, Purpose::Test, &[]).draws();
    for case in 0..60 {
        let (base, name) = if case % 2 == 0 {
            (&png, format!("cam/{case}.png"))
        } else {
            (&wav, format!("mic/{case}.wav"))
        };
        let mut bytes = base.clone();
        for _ in 0..6 {
            // The head is where lengths and sizes stand.
            let at = draws.below(bytes.len().min(60));
            bytes[at] ^= 1 << draws.below(8);
        }
        if case % 3 == 0 {
            bytes.truncate(draws.below(bytes.len()));
        }
        write(dir.path(), &name, bytes);
    }
    let imported = load_one(dir.path());
    assert!(has_issue(&imported, "broken-media"));
    assert!(imported.dataset.media.frames.len() < 30);
}

#[test]
fn a_very_wide_table_is_read() {
    let mut text = "time".to_owned();
    for column in 0..3000 {
        text += &format!(",c{column}");
    }
    text.push('\n');
    for row in 0..12 {
        text += &row.to_string();
        for column in 0..3000 {
            text += &format!(",{}", (row * column) % 17);
        }
        text.push('\n');
    }
    let imported = load_text("wide.csv", text).unwrap();
    assert_eq!(imported.dataset.channels.len(), 3000);
}

#[test]
fn a_preview_shows_layout_roles_and_rows() {
    let dir = tempfile::tempdir().unwrap();
    let text = log(5000, 0).replace(',', ";").replace('.', ",");
    let text = text.replace("level", "タンク水位");
    let (shift_jis, _, _) = encoding_rs::SHIFT_JIS.encode(&text);
    let path = write(dir.path(), "log.csv", shift_jis);
    let shown = preview(&path, None).unwrap();
    assert_eq!(
        (shown.encoding.as_str(), shown.delimiter.as_str()),
        ("Shift_JIS", ";")
    );
    assert_eq!((shown.decimal, shown.rows.len()), (',', 200));
    assert_eq!(shown.header, ["time", "valve", "タンク水位"]);
    let roles: Vec<Role> = shown.channels.iter().map(|channel| channel.role).collect();
    assert_eq!(roles, [Role::Control, Role::Observation]);
    assert_eq!(shown.channels[1].unit, "cm");
}

#[test]
fn the_logs_own_offset_is_kept_and_the_times_inside_stay_utc() {
    let dir = tempfile::tempdir().unwrap();
    let log = |zone: &str| {
        let mut text = "time,valve,level\n".to_owned();
        for row in 0..120_u32 {
            let (minute, second) = (row / 60, row % 60);
            let level = f64::from(row * 7 % 31) * 0.5;
            text.push_str(&format!(
                "2026-01-05T10:{minute:02}:{second:02}{zone},{},{level}\n",
                row / 20 % 2
            ));
        }
        text
    };
    let read = |name: &str, zone: &str, recipe: Option<&str>| {
        let file = write(dir.path(), name, log(zone));
        load(&[file], recipe).unwrap().dataset
    };
    let ten_utc = 1_767_607_200_000_000_000;
    let hour_ns = 3_600_000_000_000;
    let japan = read("japan.csv", "+09:00", None);
    assert_eq!(japan.utc_offset_secs, Some(32_400));
    assert_eq!(japan.episodes[0].start_ns, ten_utc - 9 * hour_ns);
    assert_eq!(japan.zone_name().as_deref(), Some("UTC+09:00"));
    let utc = read("utc.csv", "Z", None);
    assert_eq!(utc.utc_offset_secs, Some(0));
    let silent = read("silent.csv", "", None);
    assert_eq!((silent.utc_offset_secs, silent.zone_name()), (None, None));
    let recipe = "format = \"gemba-recipe\"\nversion = 1\n[time]\ncolumns = [\"time\"]\nzone = \"Asia/Kolkata\"\n";
    let told = read("told.csv", "", Some(recipe));
    assert_eq!(told.utc_offset_secs, Some(19_800));
    assert_eq!(
        silent.episodes[0].start_ns - told.episodes[0].start_ns,
        19_800_000_000_000
    );
}
