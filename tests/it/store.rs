//! Tests of store.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "helpers of tests"
)]

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use gemba::{
    base::{Digest, Draws, Issue, Issues, Place, Purpose, Severity, StopToken, Stream},
    data::{
        Answer, AnswerValue, Band, Channel, Clip, Dataset, Episode, FeatureItem, FeatureTrack,
        Frame, Media, Modality, Role, Span, Split, Trajectory,
    },
    store::{
        Access, ImportRecord, ModelRecord, Project, SourceMark, StoreError,
        write_trajectory_parquet,
    },
};

const CHILD: &str = "GEMBA_STORE_CHILD";
const WRITER: &str = "GEMBA_STORE_WRITER";
const READER: &str = "GEMBA_STORE_READER";

fn draws(id: u64) -> Draws {
    Stream::new(7, Purpose::Test, &[id]).draws()
}

/// Odd numbers in odd shapes: everything that a file may carry.
fn dataset(mark: f64) -> Dataset {
    let column = |n: usize, shift: f64| -> Vec<f64> {
        let odd = [
            0.0,
            -0.0,
            f64::NAN,
            f64::INFINITY,
            f64::MIN_POSITIVE / 8.0,
            f64::MAX,
        ];
        (0..n)
            .map(|step| {
                odd.get(step)
                    .copied()
                    .unwrap_or((step as f64 + shift).sin() / 3.0)
            })
            .collect()
    };
    let mut level = Channel::new("タンク水位 \"L1\"", Role::Kpi, "mm");
    level.limits.high = Some(0.1 + 0.2);
    level.limits.trip_low = Some(f64::NEG_INFINITY);
    level.findings = vec!["stuck".to_owned()];
    Dataset {
        name: format!("line <{mark}>"),
        step_secs: 0.1,
        has_clock: true,
        utc_offset_secs: Some(-12_600),
        channels: vec![level, Channel::new("pump.speed", Role::Control, "1/min")],
        episodes: vec![
            Episode {
                name: "day 1".to_owned(),
                start_ns: 1_767_607_200_000_000_001,
                columns: vec![column(700, mark), column(700, 0.5)],
            },
            Episode {
                name: "empty".to_owned(),
                start_ns: -1,
                columns: vec![Vec::new(), Vec::new()],
            },
            Episode {
                name: "day 2".to_owned(),
                start_ns: 0,
                columns: vec![vec![mark], vec![-0.0]],
            },
        ],
        spans: vec![Span {
            episode: 0,
            start: 3,
            end: 700,
            split: Split::Train,
        }],
        media: media(),
    }
}

fn media() -> Media {
    let answer = |value: AnswerValue| Answer {
        time_ns: 5,
        item: "軸受の音".to_owned(),
        value,
        written: "○\u{202e}".to_owned(),
        who: "佐藤".to_owned(),
    };
    Media {
        frames: vec![Frame {
            time_ns: 1,
            source: "cam/a b.png".to_owned(),
            thumb_width: 2,
            thumb_height: 1,
            thumb_rgb: vec![0, 255, 3, 4, 5, 6],
        }],
        clips: vec![Clip {
            start_ns: -7,
            secs: 1.5,
            source: "mic.wav".to_owned(),
            sample_rate_hz: 16_000.0,
            mel_db: vec![vec![-80.0, 0.5], Vec::new()],
            level_db: vec![-12.25, f32::INFINITY],
        }],
        answers: vec![
            answer(AnswerValue::YesNo(true)),
            answer(AnswerValue::Grade(0.5)),
            answer(AnswerValue::Number(-0.0)),
            answer(AnswerValue::Note("異音\0あり".to_owned())),
            answer(AnswerValue::Unknown),
        ],
        tracks: vec![FeatureTrack {
            modality: Modality::Sound,
            names: vec!["level".to_owned()],
            items: vec![FeatureItem {
                episode: 0,
                step: 9,
                features: vec![0.1, -0.0],
            }],
        }],
    }
}

fn import_record() -> ImportRecord {
    let issue = Issue::new(
        Place::file("a.csv").at_row(4).in_column("L1"),
        Severity::Warning,
        "stuck",
        "stuck for 40 rows",
    );
    ImportRecord {
        recipe_toml: "format = \"gemba-recipe\"".to_owned(),
        sources: vec!["a.csv".to_owned()],
        marks: vec![SourceMark {
            source: "a.csv".to_owned(),
            n_bytes: 12,
            digest: "abc".to_owned(),
        }],
        n_rows: u64::from(u32::MAX) + 5,
        issues: vec![issue.with("rows", 40)],
        kpis_toml: String::new(),
    }
}

fn model(id: &str) -> ModelRecord {
    ModelRecord {
        id: id.to_owned(),
        tier: "linear".to_owned(),
        rmse_norm: 0.1 + 0.2,
        saved_ns: 17,
        in_use: true,
        data_digest: "abc".to_owned(),
        learned: Vec::new(),
        trial: None,
    }
}

fn bits(dataset: &Dataset) -> Vec<Vec<Vec<u64>>> {
    let column = |values: &Vec<f64>| values.iter().map(|value| value.to_bits()).collect();
    dataset
        .episodes
        .iter()
        .map(|episode| episode.columns.iter().map(column).collect())
        .collect()
}

/// A closed project with something of every kind.
fn full_project(dir: &Path) -> PathBuf {
    let path = dir.join("line.gemba");
    let mut project = Project::open_or_create(&path).unwrap();
    let (stop, detail) = (StopToken::new(), "{\"seed\":0}");
    project
        .save_dataset_unless(&stop, &dataset(1.0), &import_record(), (10, Some(detail)))
        .unwrap();
    for (name, byte) in [("old", 1), ("new", 2)] {
        project
            .save_trained(&model(name), &[byte; 900], detail)
            .unwrap();
    }
    project.save_training_state(&[3; 900]).unwrap();
    project
        .save_text("scenario/A", Some("name = \"A\""))
        .unwrap();
    project.save_text("layout", Some("{}")).unwrap();
    path
}

/// All that a project says, in words that can be compared.
fn read_all(path: &Path) -> Result<(String, Issues), StoreError> {
    let project = Project::open(path)?;
    let mut issues = Issues::new();
    let loaded = project.load_dataset()?;
    let numbers = loaded.as_ref().map(|(dataset, _)| bits(dataset));
    let model = project.load_model(None, &mut issues)?;
    let all = format!(
        "{loaded:?}{numbers:?}{:?}{model:?}{:?}{:?}{}",
        project.models()?,
        project.load_training_state()?,
        project.texts("")?,
        project.audit_is_whole()?,
    );
    Ok((all, issues))
}

fn files(path: &Path) -> BTreeMap<PathBuf, Digest> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(path).unwrap().flatten() {
        if entry.path().is_dir() {
            found.extend(files(&entry.path()));
        } else {
            found.insert(entry.path(), Digest::of(&fs::read(entry.path()).unwrap()));
        }
    }
    found
}

#[test]
fn a_dataset_comes_back_bit_by_bit() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("充填 ?#%.gemba");
    let mut project = Project::open_or_create(&path).unwrap();
    assert_eq!(project.load_dataset().unwrap(), None);
    let (dataset, record) = (dataset(2.5), import_record());
    project.save_dataset(&dataset, &record, 5).unwrap();
    drop(project);
    let (found, found_record) = Project::open(&path)
        .unwrap()
        .load_dataset()
        .unwrap()
        .unwrap();
    assert_eq!(bits(&found), bits(&dataset));
    assert_eq!(found.digest(), dataset.digest());
    assert_eq!(found.media, dataset.media);
    assert_eq!(found.channels, dataset.channels);
    assert_eq!((found.spans, found.name), (dataset.spans, dataset.name));
    assert_eq!(found_record, record);
}

#[test]
fn a_dataset_without_channels_or_episodes_comes_back() {
    let dir = tempfile::tempdir().unwrap();
    let mut project = Project::open_or_create(&dir.path().join("p.gemba")).unwrap();
    for n_channels in [0, 2] {
        let mut bare = dataset(0.0);
        bare.channels.truncate(n_channels);
        bare.episodes.clear();
        bare.spans.clear();
        project
            .save_dataset(&bare, &ImportRecord::default(), 0)
            .unwrap();
        assert_eq!(project.load_dataset().unwrap().unwrap().0, bare);
    }
}

#[test]
fn a_dataset_that_does_not_hold_together_is_refused_and_the_old_one_stays() {
    let dir = tempfile::tempdir().unwrap();
    let path = full_project(dir.path());
    let before = read_all(&path).unwrap().0;
    let mut broken = dataset(3.0);
    broken.episodes[0].columns[1].pop();
    let mut project = Project::open(&path).unwrap();
    let error = project
        .save_dataset(&broken, &import_record(), 0)
        .unwrap_err();
    assert!(error.to_string().contains("day 1"), "{error}");
    drop(project);
    assert_eq!(read_all(&path).unwrap().0, before);
}

#[test]
fn the_last_two_datasets_and_every_model_keep_their_files() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("p.gemba");
    let mut project = Project::open_or_create(&path).unwrap();
    for round in 0..5_u8 {
        project
            .save_dataset(&dataset(f64::from(round)), &import_record(), 0)
            .unwrap();
        project
            .save_model(&model(&format!("m{round}")), &[round; 9])
            .unwrap();
        project.save_training_state(&[round; 9]).unwrap();
    }
    let count = |folder: &str| fs::read_dir(path.join(folder)).unwrap().count();
    assert_eq!(
        (count("series"), count("media"), count("models")),
        (2, 1, 6)
    );
    project.save_trained(&model("m4"), &[4; 9], "{}").unwrap();
    assert!(project.audit_is_whole().unwrap());
    assert_eq!(project.load_training_state().unwrap(), None);
    assert_eq!(count("models"), 5);
    let ids: Vec<String> = project
        .models()
        .unwrap()
        .into_iter()
        .map(|model| model.id)
        .collect();
    assert_eq!(ids, ["m4", "m3", "m2", "m1", "m0"]);
    assert_eq!(
        project
            .models()
            .unwrap()
            .iter()
            .filter(|model| model.in_use)
            .count(),
        1
    );
}

#[test]
fn a_model_saved_again_is_replaced_and_becomes_the_newest() {
    let dir = tempfile::tempdir().unwrap();
    let path = full_project(dir.path());
    let mut project = Project::open(&path).unwrap();
    let not_a_number = ModelRecord {
        rmse_norm: f64::NAN,
        ..model("old")
    };
    project.save_model(&not_a_number, &[9; 5]).unwrap();
    let models = project.models().unwrap();
    assert_eq!(models.len(), 2);
    assert_eq!(models[0].id, "old");
    assert!(models[0].rmse_norm.is_nan() && models[0].in_use && !models[1].in_use);
    let mut issues = Issues::new();
    assert_eq!(
        project.load_model(None, &mut issues).unwrap(),
        Some(vec![9; 5])
    );
    assert_eq!(
        project.load_model(Some("new"), &mut issues).unwrap(),
        Some(vec![2; 900])
    );
    let error = project.load_model(Some("none"), &mut issues).unwrap_err();
    assert!(
        error.to_string().contains("old") && error.hint().is_some(),
        "{error}"
    );
}

#[test]
fn texts_are_found_by_prefix_and_forgotten_on_request() {
    let dir = tempfile::tempdir().unwrap();
    let path = full_project(dir.path());
    let mut project = Project::open(&path).unwrap();
    project.save_text("scenario/B", Some("b")).unwrap();
    project.save_text("scenario/A", None).unwrap();
    let found = project.texts("scenario/").unwrap();
    assert_eq!(found, [("scenario/B".to_owned(), "b".to_owned())]);
    assert_eq!(project.texts("").unwrap().len(), 2);
}

#[test]
fn a_second_opener_reads_and_may_not_write() {
    let dir = tempfile::tempdir().unwrap();
    let path = full_project(dir.path());
    let first = Project::open(&path).unwrap();
    let mut second = Project::open(&path).unwrap();
    assert_eq!(
        (first.access(), second.access()),
        (Access::ReadWrite, Access::ReadOnly)
    );
    assert!(second.load_dataset().unwrap().is_some());
    let error = second.save_text("layout", Some("mine")).unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error}");
    assert!(error.hint().unwrap().contains("other window"));
    assert!(
        second
            .save_dataset(&dataset(0.0), &import_record(), 0)
            .is_err()
    );
    drop(first);
    assert_eq!(Project::open(&path).unwrap().access(), Access::ReadWrite);
}

#[test]
fn a_reader_follows_a_writer_that_replaces_the_dataset() {
    let dir = tempfile::tempdir().unwrap();
    let path = full_project(dir.path());
    let mut writer = Project::open(&path).unwrap();
    let reader = Project::open(&path).unwrap();
    for round in 0..4_u8 {
        writer
            .save_dataset(&dataset(f64::from(round)), &import_record(), 0)
            .unwrap();
        let (found, _) = reader.load_dataset().unwrap().unwrap();
        assert_eq!(found.name, dataset(f64::from(round)).name);
    }
}

#[test]
fn a_newer_project_is_refused_and_nothing_is_changed() {
    let dir = tempfile::tempdir().unwrap();
    let path = full_project(dir.path());
    let index = rusqlite::Connection::open(path.join("project.sqlite")).unwrap();
    index.pragma_update(None, "user_version", 99).unwrap();
    index.close().unwrap();
    let before = files(&path);
    for error in [
        Project::open(&path).unwrap_err(),
        Project::open_or_create(&path).unwrap_err(),
    ] {
        assert!(
            matches!(error, StoreError::Newer { found: 99, .. }),
            "{error}"
        );
        assert!(error.hint().unwrap().contains("newer version of Gemba"));
    }
    assert_eq!(files(&path), before);
}

#[test]
fn what_is_no_project_is_refused_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let error = Project::open(&dir.path().join("absent")).unwrap_err();
    assert!(error.to_string().contains("absent"), "{error}");
    let photos = dir.path().join("photos");
    fs::create_dir(&photos).unwrap();
    fs::write(photos.join("a.png"), "x").unwrap();
    let file = dir.path().join("file.gemba");
    fs::write(&file, "x").unwrap();
    let foreign = dir.path().join("foreign");
    fs::create_dir(&foreign).unwrap();
    let other = rusqlite::Connection::open(foreign.join("project.sqlite")).unwrap();
    other.execute_batch("CREATE TABLE t (x)").unwrap();
    other.close().unwrap();
    let before = files(dir.path());
    for place in [&photos, &file, &foreign] {
        for opened in [Project::open(place), Project::open_or_create(place)] {
            let error = opened.unwrap_err();
            assert!(matches!(error, StoreError::NotAProject { .. }), "{error}");
            assert!(error.hint().is_some());
        }
    }
    assert_eq!(files(dir.path()), before);
}

#[test]
fn an_interrupted_creation_is_finished_by_the_next() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("p.gemba");
    fs::create_dir_all(path.join("series")).unwrap();
    fs::write(path.join("project.lock"), "").unwrap();
    fs::write(path.join("project.sqlite"), "").unwrap();
    assert!(Project::open(&path).is_err());
    let project = Project::open_or_create(&path).unwrap();
    assert_eq!(project.access(), Access::ReadWrite);
}

#[test]
fn a_cut_index_is_an_error_that_names_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = full_project(dir.path());
    let index = path.join("project.sqlite");
    let whole = fs::read(&index).unwrap();
    for n in [0, 10, 100, 4096, whole.len() / 2, whole.len() - 4096] {
        fs::write(&index, &whole[..n]).unwrap();
        for opened in [Project::open(&path), Project::open_or_create(&path)] {
            let error = opened.unwrap_err();
            assert!(
                matches!(error, StoreError::DamagedIndex { .. }),
                "{n} bytes: {error}"
            );
            assert!(
                error.to_string().contains("project.sqlite"),
                "{n} bytes: {error}"
            );
            assert!(error.hint().unwrap().contains("backup"));
        }
    }
    fs::write(&index, &whole).unwrap();
    read_all(&path).unwrap();
}

#[test]
fn a_flipped_bit_in_any_file_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let path = full_project(dir.path());
    let (pristine, _) = read_all(&path).unwrap();
    let targets: Vec<PathBuf> = files(&path)
        .into_keys()
        .filter(|file| file.file_name().unwrap() != "project.lock")
        .collect();
    assert_eq!(targets.len(), 6, "{targets:?}");
    let (mut n_found, mut n_harmless) = (0, 0);
    for round in 0..90_u64 {
        let mut draws = draws(round);
        let file = &targets[round as usize % targets.len()];
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let whole = fs::read(file).unwrap();
        let mut flipped = whole.clone();
        // Most of an index is free space, where a flip changes nothing: aim at what is written.
        let written: Vec<usize> = (0..whole.len()).filter(|&at| whole[at] != 0).collect();
        flipped[written[draws.below(written.len())]] ^= 1 << draws.below(8);
        fs::write(file, &flipped).unwrap();
        match read_all(&path) {
            Err(error) => {
                assert!(
                    error.to_string().contains(&path.display().to_string()),
                    "{error}"
                );
                n_found += 1;
            }
            Ok((_, issues)) if !issues.is_empty() => {
                assert!(issues.as_slice()[0].text.contains(&name), "{issues:?}");
                n_found += 1;
            }
            // The audit trail says by itself that it was changed.
            Ok((all, _)) if all.ends_with("false") => n_found += 1,
            Ok((all, _)) => {
                assert!(all == pristine, "round {round}: {name} was believed");
                // The old model is not read while the new one is whole.
                let project = Project::open(&path).unwrap();
                let old = project.load_model(Some("old"), &mut Issues::new());
                assert!(
                    old.is_err() || name == "project.sqlite",
                    "round {round}: {name}"
                );
                n_found += u32::from(old.is_err());
                n_harmless += u32::from(old.is_ok());
            }
        }
        fs::write(file, &whole).unwrap();
    }
    println!("{n_found} flips found, {n_harmless} without any effect");
    assert!(n_found >= 75, "{n_found} found");
    assert_eq!(read_all(&path).unwrap().0, pristine);
}

#[test]
fn a_damaged_model_gives_way_to_an_older_whole_one_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let path = full_project(dir.path());
    let file = |byte: u8| path.join(format!("models/{}.safetensors", Digest::of(&[byte; 900])));
    fs::write(file(2), "rubbish").unwrap();
    let project = Project::open(&path).unwrap();
    let mut issues = Issues::new();
    assert_eq!(
        project.load_model(None, &mut issues).unwrap(),
        Some(vec![1; 900])
    );
    assert_eq!(issues.as_slice().len(), 1);
    assert!(issues.as_slice()[0].text.contains("older model old"));
    assert!(project.load_model(Some("new"), &mut issues).is_err());
    fs::remove_file(file(1)).unwrap();
    let error = project.load_model(None, &mut issues).unwrap_err();
    assert!(
        matches!(error, StoreError::NoWholeModel { count: 2, .. }),
        "{error}"
    );
}

#[test]
fn what_the_audit_trail_cannot_tell_of_is_not_saved() {
    let dir = tempfile::tempdir().unwrap();
    let path = full_project(dir.path());
    let before = read_all(&path).unwrap().0;
    let raw = rusqlite::Connection::open(path.join("project.sqlite")).unwrap();
    let no_line = "CREATE TRIGGER no_line BEFORE INSERT ON audit
                   BEGIN SELECT RAISE(ABORT, 'the disk is full'); END;";
    raw.execute_batch(no_line).unwrap();
    drop(raw);
    let mut project = Project::open(&path).unwrap();
    let (stop, line) = (StopToken::new(), (7, Some("{}")));
    project
        .save_dataset_unless(&stop, &dataset(5.0), &import_record(), line)
        .unwrap_err();
    project
        .save_trained(&model("newest"), &[5; 900], "{}")
        .unwrap_err();
    drop(project);
    assert_eq!(read_all(&path).unwrap().0, before);
}

#[test]
fn a_changed_audit_trail_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let path = full_project(dir.path());
    assert!(Project::open(&path).unwrap().audit_is_whole().unwrap());
    let raw = || rusqlite::Connection::open(path.join("project.sqlite")).unwrap();
    for sql in [
        "UPDATE audit SET what = 'x'",
        "DELETE FROM audit WHERE seq = 3",
    ] {
        let error = raw().execute(sql, []).unwrap_err();
        assert!(error.to_string().contains("only grows"), "{error}");
    }
    let drop_triggers = "DROP TRIGGER audit_is_never_changed; DROP TRIGGER audit_is_never_cut;";
    raw().execute_batch(drop_triggers).unwrap();
    raw()
        .execute("UPDATE audit SET detail = '{}' WHERE seq = 2", [])
        .unwrap();
    assert!(!Project::open(&path).unwrap().audit_is_whole().unwrap());
    raw()
        .execute("UPDATE audit SET detail = '{\"seed\":0}' WHERE seq = 2", [])
        .unwrap();
    assert!(Project::open(&path).unwrap().audit_is_whole().unwrap());
    raw()
        .execute("DELETE FROM audit WHERE seq = 2", [])
        .unwrap();
    assert!(!Project::open(&path).unwrap().audit_is_whole().unwrap());
    raw()
        .execute("DELETE FROM audit WHERE seq = 3", [])
        .unwrap();
    let error = Project::open(&path).unwrap_err();
    assert!(matches!(error, StoreError::DamagedIndex { .. }), "{error}");
}

#[test]
fn a_rollout_is_written_as_parquet_that_reads_back() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("run.parquet");
    let line = vec![0.5, f64::NAN, -0.0];
    let band = Band {
        lo: line.clone(),
        hi: line.clone(),
    };
    let trajectory = Trajectory {
        step_secs: 0.1,
        start_ns: 1_000,
        channels: vec![0],
        n_steps: 3,
        member_of_draw: vec![0],
        draws: vec![0.0; 3],
        mean: vec![line.clone()],
        band50: vec![band.clone()],
        band90: vec![band],
        aleatoric: vec![line.clone()],
        epistemic: vec![line],
    };
    write_trajectory_parquet(&path, &dataset(0.0), &trajectory).unwrap();
    let file = fs::File::open(&path).unwrap();
    let reader = parquet::file::reader::SerializedFileReader::new(file).unwrap();
    let rows: Vec<String> = reader
        .into_iter()
        .map(|row| row.unwrap().to_string())
        .collect();
    assert_eq!(rows.len(), 3);
    assert!(
        rows[2].contains("step: 2, time_ns: 200001000"),
        "{}",
        rows[2]
    );
    assert!(rows[0].contains("\"L1\"_hi90: 0.5"), "{}", rows[0]);
}

/// Saves in a loop until it is killed; run by `a_save_that_was_acknowledged_survives_a_kill`.
#[test]
fn child_that_saves_in_a_loop() {
    let Ok(orders) = std::env::var(CHILD) else {
        return;
    };
    let (from, path) = orders.split_once(' ').unwrap();
    let mut project = Project::open_or_create(Path::new(path)).unwrap();
    for round in from.parse::<u32>().unwrap().. {
        project
            .save_text("round", Some(&round.to_string()))
            .unwrap();
        println!("\nack text {round}");
        let (stop, line) = (StopToken::new(), (0, Some("{}")));
        project
            .save_dataset_unless(&stop, &dataset(f64::from(round)), &import_record(), line)
            .unwrap();
        println!("\nack dataset {round}");
        project
            .save_model(&model("m"), &round.to_le_bytes().repeat(5000))
            .unwrap();
        println!("\nack model {round}");
        project
            .save_training_state(&round.to_le_bytes().repeat(5000))
            .unwrap();
        println!("\nack training {round}");
    }
}

/// Starts the child, kills it after a while, and gives what it acknowledged.
fn run_and_kill(path: &Path, from: u32, wait: Duration) -> BTreeMap<String, u32> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "store::child_that_saves_in_a_loop",
            "--exact",
            "--nocapture",
        ])
        .env(CHILD, format!("{from} {}", path.display()))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let out = child.stdout.take().unwrap();
    let acknowledged = thread::scope(|scope| {
        let reading = thread::Builder::new().spawn_scoped(scope, || {
            let mut last = BTreeMap::new();
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                let words: Vec<&str> = line.split(' ').collect();
                if let ["ack", kind, round] = words[..] {
                    last.insert(kind.to_owned(), round.parse().unwrap());
                }
            }
            last
        });
        thread::sleep(wait);
        child.kill().unwrap();
        reading.unwrap().join().unwrap()
    });
    child.wait().unwrap();
    acknowledged
}

#[test]
fn a_save_that_was_acknowledged_survives_a_kill() {
    let n_kills = std::env::var("GEMBA_KILLS").map_or(30, |n| n.parse().unwrap());
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("p.gemba");
    let mut known: BTreeMap<String, u32> = BTreeMap::new();
    let mut from = 1;
    for kill in 0..n_kills {
        let millis = draws(1000 + kill).between(5.0, 160.0);
        known.extend(run_and_kill(
            &path,
            from,
            Duration::from_secs_f64(millis / 1000.0),
        ));
        if !path.join("project.sqlite").exists() {
            assert!(known.is_empty());
            continue;
        }
        let project = match Project::open(&path) {
            Ok(project) => project,
            // Killed while the project was being made: nothing was acknowledged yet.
            Err(StoreError::NotAProject { .. }) if known.is_empty() => continue,
            Err(error) => panic!("kill {kill}: {error}"),
        };
        assert_eq!(project.access(), Access::ReadWrite, "kill {kill}");
        let n_files = files(&path).len();
        assert!(
            n_files <= 11,
            "kill {kill}: rubbish stayed, {n_files} files"
        );
        let number = |bytes: Vec<u8>| {
            assert_eq!(bytes, bytes[..4].repeat(5000), "kill {kill}: torn");
            u32::from_le_bytes(bytes[..4].try_into().unwrap())
        };
        let mut issues = Issues::new();
        let texts = project.texts("round").unwrap();
        let loaded = project.load_dataset().unwrap().map(|(found, _)| {
            let round = found.episodes[2].columns[0][0];
            assert_eq!(bits(&found), bits(&dataset(round)), "kill {kill}: torn");
            round as u32
        });
        let found = [
            (
                "text",
                texts.first().map(|(_, round)| round.parse().unwrap()),
            ),
            ("dataset", loaded),
            (
                "model",
                project.load_model(None, &mut issues).unwrap().map(number),
            ),
            (
                "training",
                project.load_training_state().unwrap().map(number),
            ),
        ];
        assert!(
            issues.is_empty() && project.audit_is_whole().unwrap(),
            "kill {kill}"
        );
        for (kind, found) in found {
            let found = found.unwrap_or(0);
            let acknowledged = known.get(kind).copied().unwrap_or(0);
            assert!(
                found >= acknowledged,
                "kill {kill}: {kind} {acknowledged} was acknowledged, {found} is there"
            );
            from = from.max(found + 1);
        }
    }
    println!("{n_kills} kills, last acknowledged: {known:?}");
    assert_eq!(known.len(), 4, "the child never came far enough: {known:?}");
}

/// Reads a project where it may not write; run by `a_project_that_may_not_be_written_is_read`.
#[test]
fn child_that_may_not_write() {
    let Ok(path) = std::env::var(READER) else {
        return;
    };
    let path = Path::new(&path);
    assert!(
        fs::write(path.join("probe"), "x").is_err(),
        "the folder can be written"
    );
    let mut project = Project::open(path).unwrap();
    assert_eq!(project.access(), Access::ReadOnly);
    assert!(project.load_dataset().unwrap().is_some());
    let error = project.save_text("layout", None).unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error}");
    println!("\nread only as it should be");
}

#[cfg(unix)]
#[test]
fn a_project_that_may_not_be_written_is_read() {
    use std::os::unix::{fs::PermissionsExt as _, process::CommandExt as _};
    let dir = tempfile::tempdir().unwrap();
    let path = full_project(dir.path());
    let mode = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    mode(dir.path(), 0o755);
    for file in files(&path).keys() {
        mode(file, 0o444);
    }
    for folder in ["series", "media", "models", ""] {
        mode(&path.join(folder), 0o555);
    }
    let before = files(&path);
    let mut child = Command::new(std::env::current_exe().unwrap());
    child
        .args(["store::child_that_may_not_write", "--exact", "--nocapture"])
        .env(READER, &path);
    // The administrator may write anywhere, so the child becomes somebody else.
    let is_root = fs::write(path.join("probe"), "x").is_ok();
    if is_root {
        fs::remove_file(path.join("probe")).unwrap();
        child.uid(65534).gid(65534);
    }
    match child.output() {
        Err(error) if is_root => println!("skipped: the test cannot run as nobody: {error}"),
        ended => {
            let said = ended.unwrap();
            let words = String::from_utf8_lossy(&said.stdout).into_owned();
            assert!(
                said.status.success() && words.contains("read only as it"),
                "{words}"
            );
        }
    }
    assert_eq!(files(&path), before);
    for folder in ["series", "media", "models", ""] {
        mode(&path.join(folder), 0o755);
    }
}

/// Saves something large where files may not grow; run by `a_refused_write_loses_nothing`.
#[test]
fn child_whose_files_may_not_grow() {
    let Ok(path) = std::env::var(WRITER) else {
        return;
    };
    let mut large = dataset(9.0);
    large.episodes[0].columns = vec![vec![1.5; 40_000], (0..40_000).map(f64::from).collect()];
    let text = "x".repeat(300_000);
    let saved = Project::open(Path::new(&path)).and_then(|mut project| {
        project.save_dataset(&large, &import_record(), 0)?;
        println!("\nsaved dataset");
        project.save_text("layout", Some(&text))?;
        println!("\nsaved text");
        project.save_model(&model("third"), &vec![7; 600_000])
    });
    match saved {
        Ok(()) => println!("\nsaved model"),
        Err(error) => println!("\nrefused: {:?}", error.hint().unwrap()),
    }
}

#[cfg(unix)]
#[test]
fn a_refused_write_loses_nothing() {
    let mut endings = BTreeMap::new();
    for kib in [0, 8, 20, 40, 100, 250, 320, 400, 500, 5000] {
        let dir = tempfile::tempdir().unwrap();
        let path = full_project(dir.path());
        let ended = Command::new("bash")
            .args([
                "-c",
                "trap '' XFSZ; ulimit -f \"$1\"; shift; exec \"$@\"",
                "bash",
            ])
            .arg(kib.to_string())
            .arg(std::env::current_exe().unwrap())
            .args([
                "store::child_whose_files_may_not_grow",
                "--exact",
                "--nocapture",
            ])
            .env(WRITER, &path)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&ended.stdout).into_owned();
        assert!(ended.status.success(), "{kib} KiB: {said}");
        let has = |what: &str| said.contains(&format!("saved {what}"));
        assert!(
            has("model") || said.contains("refused: "),
            "{kib} KiB: {said}"
        );
        let project = Project::open(&path).unwrap();
        let (found, _) = project.load_dataset().unwrap().unwrap();
        let n_steps = found.episodes[0].n_steps();
        assert!(
            n_steps == 40_000 || (n_steps == 700 && !has("dataset")),
            "{kib} KiB: {said}"
        );
        let layout = &project.texts("layout").unwrap()[0].1;
        assert!(
            layout.len() == 300_000 || (layout == "{}" && !has("text")),
            "{kib} KiB: {said}"
        );
        let mut issues = Issues::new();
        let model = project.load_model(None, &mut issues).unwrap().unwrap();
        assert!(
            model == vec![7; 600_000] || (model == [2; 900] && !has("model")),
            "{kib} KiB"
        );
        assert!(issues.is_empty() && project.audit_is_whole().unwrap());
        let n_saved = ["dataset", "text", "model"]
            .iter()
            .filter(|what| has(what))
            .count();
        *endings.entry(n_saved).or_insert(0) += 1;
    }
    println!("saves before the refusal, and how often: {endings:?}");
    assert!(
        endings.len() >= 3,
        "every write was refused at the same place: {endings:?}"
    );
}
