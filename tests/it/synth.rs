//! The built-in plant through its door: files, truth, refusals.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{collections::BTreeMap, path::Path};

use gemba::{
    base::{Silent, StopToken},
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
    assert_eq!(names, ["scrap", "output", "energy"]);
    assert!(deltas[0].variant > deltas[0].baseline);
    let back = true_deltas(dir.path(), &b, &a).unwrap();
    for (delta, back) in deltas.iter().zip(&back) {
        assert_eq!(delta.variant.to_bits(), back.baseline.to_bits());
    }
}

#[test]
fn a_stopped_plant_leaves_no_truth() {
    let dir = tempfile::tempdir().unwrap();
    let stop = StopToken::new();
    stop.stop();
    let error = write_plant(&spec(1), dir.path(), &Silent, &stop).unwrap_err();
    assert!(matches!(error, SynthError::Stopped));
    assert!(!dir.path().join("truth.json").exists());
    // What was begun may be begun again.
    write(&spec(1), dir.path());
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
