//! The built-in plant through its door: files, truth, refusals.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{collections::BTreeMap, path::Path};

use gemba::{
    base::{Progress, Reporter, Silent, StopToken},
    scenario::ScenarioSpec,
    synth::{Excitation, SynthError, SynthSpec, plant_dataset, true_deltas, write_plant},
};

fn spec(seed: u64) -> SynthSpec {
    SynthSpec {
        plant: "filling".to_owned(),
        hours: 2.0,
        excitation: Excitation::Dither,
        faults: vec!["dropout:power@30m+10m".to_owned()],
        seed,
    }
}

fn write(spec: &SynthSpec, dir: &Path) {
    write_plant(spec, dir, &Silent, &StopToken::new()).unwrap();
}

fn contents(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for folder in ["", "camera", "microphone"] {
        for entry in std::fs::read_dir(dir.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let name = path
                    .strip_prefix(dir)
                    .unwrap()
                    .to_string_lossy()
                    .into_owned();
                files.insert(name, gemba::base::read_file(&path).unwrap());
            }
        }
    }
    files
}

fn scenario(file: &str) -> ScenarioSpec {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("scenarios")
        .join(file);
    ScenarioSpec::parse(&gemba::base::read_text(&path).unwrap(), file).unwrap()
}

#[test]
fn the_same_seed_writes_the_same_bytes_and_another_seed_other_ones() {
    let dir = tempfile::tempdir().unwrap();
    let [first, second, other] = ["a", "b", "c"].map(|name| dir.path().join(name));
    write(&spec(1), &first);
    write(&spec(1), &second);
    write(&spec(2), &other);
    let files = contents(&first);
    assert_eq!(files, contents(&second));
    let others = contents(&other);
    for (name, bytes) in &files {
        assert_ne!(bytes, &others[name], "{name}");
    }
    let count = |ending: &str| files.keys().filter(|name| name.ends_with(ending)).count();
    assert_eq!(
        [count(".png"), count(".wav"), count(".csv"), count(".json")],
        [120, 12, 2, 1]
    );
    assert!(files.contains_key("camera/2026-01-05T095900.png"));
}

#[test]
fn an_earlier_longer_plant_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    write(&spec(1), dir.path());
    let shorter = SynthSpec {
        hours: 1.0,
        ..spec(1)
    };
    write(&shorter, dir.path());
    assert_eq!(contents(dir.path()).len(), 60 + 6 + 3);
}

#[test]
fn the_csv_holds_what_the_dataset_in_memory_holds() {
    let dir = tempfile::tempdir().unwrap();
    write(&spec(1), dir.path());
    let dataset = plant_dataset(&spec(1)).unwrap();
    let text = gemba::base::read_text(&dir.path().join("sensors.csv")).unwrap();
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    for (name, channel) in header[1..].iter().zip(&dataset.channels) {
        assert_eq!(*name, channel.source);
        assert_eq!(*name, format!("{} [{}]", channel.name, channel.unit));
    }
    for (step, line) in lines.enumerate() {
        let cells = line.split(',').skip(1);
        for (cell, column) in cells.zip(&dataset.episodes[0].columns) {
            let value: f64 = if cell.is_empty() {
                f64::NAN
            } else {
                cell.parse().unwrap()
            };
            assert_eq!(value.to_bits(), column[step].to_bits(), "step {step}");
        }
    }
}

#[test]
fn a_folder_answers_with_the_truth_about_two_scenarios() {
    let dir = tempfile::tempdir().unwrap();
    write(&spec(1), dir.path());
    let (a, b) = (
        scenario("filling-as-run.toml"),
        scenario("filling-speed-plus-8.toml"),
    );
    let deltas = true_deltas(dir.path(), &a, &b).unwrap();
    let names: Vec<&str> = deltas.iter().map(|delta| delta.kpi.name.as_str()).collect();
    assert_eq!(names, ["scrap", "output", "power"]);
    assert!(deltas[0].variant > deltas[0].baseline);
    let back = true_deltas(dir.path(), &b, &a).unwrap();
    for (delta, back) in deltas.iter().zip(&back) {
        assert_eq!(delta.variant.to_bits(), back.baseline.to_bits());
    }
}

/// Asks for the end when half is written.
struct StopMidway(StopToken);

impl Reporter for StopMidway {
    fn report(&self, progress: Progress) {
        if progress.done_frac > Some(0.4) {
            self.0.stop();
        }
    }
}

fn write_half(spec: &SynthSpec, dir: &Path) {
    let stop = StopToken::new();
    let error = write_plant(spec, dir, &StopMidway(stop.clone()), &stop).unwrap_err();
    assert!(matches!(error, SynthError::Stopped));
}

#[test]
fn a_stopped_plant_leaves_everything_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    write_half(&spec(1), &dir.path().join("deep/plant"));
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    // A folder that was there before stays, and what an earlier plant wrote into it.
    let (empty, plant) = (dir.path().join("empty"), dir.path().join("plant"));
    std::fs::create_dir(&empty).unwrap();
    write_half(&spec(1), &empty);
    assert_eq!(std::fs::read_dir(&empty).unwrap().count(), 0);
    write(&spec(1), &plant);
    gemba::base::write_atomic(&plant.join("A.toml"), b"mine").unwrap();
    let before = contents(&plant);
    write_half(&spec(2), &plant);
    assert_eq!(contents(&plant), before);
    write(&spec(2), &plant);
    assert_ne!(contents(&plant), before);
    assert!(plant.join("A.toml").is_file());
    assert_eq!(std::fs::read_dir(&plant).unwrap().count(), 6);
}

#[test]
fn what_a_killed_plant_left_is_taken_over() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(dir.path().join(".unfinished-plant/camera")).unwrap();
    write(&spec(1), dir.path());
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 5);
}

#[test]
fn folders_of_other_pictures_and_sound_are_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    for folder in ["camera", "microphone"] {
        std::fs::create_dir(dir.path().join(folder)).unwrap();
    }
    let error = write_plant(&spec(1), dir.path(), &Silent, &StopToken::new()).unwrap_err();
    assert!(matches!(error, SynthError::NotEmpty { .. }));
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2);
}

#[test]
fn a_fault_that_begins_after_the_log_is_refused_before_anything_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("plant");
    let with = |fault: &str| SynthSpec {
        faults: vec!["stuck:power@1h+30m".to_owned(), fault.to_owned()],
        ..spec(1)
    };
    for late in ["dropout:power@2h+1h", "wear:bearing@3d+1h*0.5"] {
        let error = write_plant(&with(late), &out, &Silent, &StopToken::new()).unwrap_err();
        let said = error.to_string();
        assert!(
            said.contains(late) && said.contains("less than 2h"),
            "{said}"
        );
        assert!(!out.exists());
    }
    write(&with("dropout:power@119m+1h"), &out);
}

#[test]
fn the_truth_finds_the_recording_as_a_project_does_and_refuses_another() {
    let dir = tempfile::tempdir().unwrap();
    let day_and_a_half = SynthSpec {
        hours: 30.0,
        faults: Vec::new(),
        ..spec(1)
    };
    write(&day_and_a_half, dir.path());
    let from = |start: &str| {
        let edit = "[[edit]]\nchannel = \"conveyor_speed\"\nop = \"scale\"\nvalue = 1.05\n";
        let text = format!(
            "format = \"gemba-scenario\"\nversion = 1\n[start]\n{start}[horizon]\nsteps = 60\n{edit}"
        );
        let asked = ScenarioSpec::parse(&text, "B.toml").unwrap();
        true_deltas(dir.path(), &asked, &asked)
    };
    let latest = from("").unwrap();
    assert_eq!(from("episode = \"sensors\"\n").unwrap(), latest);
    assert_eq!(from("episode = \"sensors-2\"\n").unwrap(), latest);
    // The day's last hour and not the log's: 16 h after eight in the morning.
    let day = from("episode = \"2026-01-05\"\n").unwrap();
    assert_eq!(day, from("step = 5700\n").unwrap());
    assert_ne!(day, latest);
    let error = from("step = 500\nepisode = \"yesterday\"\n").unwrap_err();
    let said = error.to_string();
    assert!(said.starts_with("B.toml, line 5: no episode"), "{said}");
    assert!(said.contains("sensors"), "{said}");
}

#[test]
fn a_folder_with_other_files_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    gemba::base::write_atomic(&dir.path().join("thesis.txt"), b"mine").unwrap();
    let error = write_plant(&spec(1), dir.path(), &Silent, &StopToken::new()).unwrap_err();
    assert!(matches!(error, SynthError::NotEmpty { .. }));
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn a_damaged_missing_or_newer_truth_is_refused_and_says_why() {
    let dir = tempfile::tempdir().unwrap();
    let a = scenario("filling-as-run.toml");
    let ask = || true_deltas(dir.path(), &a, &a).unwrap_err();
    assert!(matches!(ask(), SynthError::File(_)));
    let cases = [
        ("{", "no JSON"),
        ("{\"format\": \"other\"}", "gemba-truth"),
        ("{\"format\": \"gemba-truth\", \"version\": 2}", "version 2"),
        ("{\"format\": \"gemba-truth\", \"version\": 1}", "seed"),
    ];
    for (text, said) in cases {
        gemba::base::write_atomic(&dir.path().join("truth.json"), text.as_bytes()).unwrap();
        let error = ask();
        assert!(error.to_string().contains(said), "{error}");
        assert!(error.hint().is_some());
    }
}
