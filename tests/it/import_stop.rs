//! An import that is stopped leaves the project as it was, at whatever moment the stop comes.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use gemba::{
    base::{Progress, Reporter, StopToken, SystemClock, read_file},
    data::{Channel, Dataset, Episode, Role},
    engine::{self, EngineError, Env, ImportRequest, Loaded},
    store::{ImportRecord, Project, StoreError},
};
use tempfile::TempDir;

use crate::support::write;

/// Asks for the end when a stage begins.
struct StopAt {
    stage: &'static str,
    stop: StopToken,
}

impl Reporter for StopAt {
    fn report(&self, progress: Progress) {
        if progress.stage == self.stage {
            self.stop.stop();
        }
    }
}

fn log(dir: &Path, n_rows: usize) -> PathBuf {
    let mut text = "time,valve_sp,level\n".to_owned();
    for row in 0..n_rows {
        let (hour, minute, second) = (row / 3600, row / 60 % 60, row % 60);
        let sp = row / 50 % 3;
        let level = row * 37 % 101;
        let line = writeln!(
            text,
            "2024-05-01 {hour:02}:{minute:02}:{second:02},{sp},{level}"
        );
        line.expect("memory takes it");
    }
    write(dir, &format!("log_{n_rows}.csv"), text)
}

fn import_until(source: &Path, project: &Path, stage: &'static str) -> Result<Loaded, EngineError> {
    let stop = StopToken::new();
    let reporter = StopAt {
        stage,
        stop: stop.clone(),
    };
    let env = Env {
        clock: &SystemClock::new(),
        reporter: &reporter,
        stop: &stop,
        n_threads: 0,
    };
    let request = ImportRequest {
        sources: vec![source.to_path_buf()],
        ..ImportRequest::default()
    };
    engine::import_data(project, &request, &engine::ImportHow::default(), &env)
}

/// Every file of a folder with its bytes; what SQLite keeps beside its file comes and goes.
fn files(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(dir).expect("a folder").flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() {
            found.extend(files(&path));
        } else if !name.starts_with("project.sqlite") {
            found.insert(path.clone(), read_file(&path).expect("readable"));
        }
    }
    found
}

#[test]
fn a_stop_during_saving_leaves_the_earlier_project_and_no_other_file() {
    let dir = TempDir::new().expect("a folder");
    let project = dir.path().join("line.gemba");
    let first = import_until(&log(dir.path(), 300), &project, "never").expect("a dataset");
    let before = files(&project);
    let end = import_until(&log(dir.path(), 500), &project, "saving");
    assert!(matches!(&end, Err(error) if error.is_stopped()), "{end:?}");
    assert_eq!(files(&project), before);
    let again = Loaded::open(&project).expect("still whole");
    assert_eq!(again.dataset, first.dataset);
    assert_eq!(again.import, first.import);
}

#[test]
fn a_stop_leaves_no_folder_where_there_was_none() {
    for stage in ["reading", "columns", "saving"] {
        let dir = TempDir::new().expect("a folder");
        let source = log(dir.path(), 300);
        let project = dir.path().join("line.gemba");
        let end = import_until(&source, &project, stage);
        assert!(matches!(&end, Err(error) if error.is_stopped()), "{stage}");
        assert!(!project.exists(), "{stage}");
    }
}

#[test]
fn what_an_import_gives_is_what_the_project_holds() {
    let dir = TempDir::new().expect("a folder");
    let project = dir.path().join("line.gemba");
    let given = import_until(&log(dir.path(), 300), &project, "never").expect("a dataset");
    let read = Loaded::open(&project).expect("whole");
    assert_eq!(given.dataset, read.dataset);
    assert_eq!(given.import, read.import);
    assert_eq!(given.kpis, read.kpis);
}

/// A dataset that takes a while to write.
fn large() -> Dataset {
    const N_STEPS: usize = 1_500_000;
    let column = |at: u64| -> Vec<f64> {
        let value = |step: u64| (step * (at + 7919) % 104_729) as f64;
        (0..N_STEPS as u64).map(value).collect()
    };
    let channel = |at: u64| Channel::new(format!("sensor {at}"), Role::Observation, "A");
    Dataset {
        name: "line".to_owned(),
        step_secs: 1.0,
        channels: (0..4).map(channel).collect(),
        episodes: vec![Episode {
            name: "day".to_owned(),
            start_ns: 0,
            columns: (0..4).map(column).collect(),
        }],
        ..Dataset::default()
    }
}

#[test]
fn a_stop_amid_a_large_file_is_obeyed_and_takes_the_file_away() {
    let dir = TempDir::new().expect("a folder");
    let path = dir.path().join("line.gemba");
    let mut project = Project::open_or_create(&path).expect("a project");
    let dataset = large();
    let stop = StopToken::new();
    let begun = || {
        let entries = fs::read_dir(path.join("series")).expect("a folder");
        let mut sizes = entries.flatten().filter_map(|entry| entry.metadata().ok());
        sizes.any(|size| size.len() > 0)
    };
    let saved = thread::scope(|scope| {
        scope.spawn(|| {
            while !begun() {
                thread::sleep(Duration::from_millis(1));
            }
            stop.stop();
        });
        project.save_dataset_unless(&stop, &dataset, &ImportRecord::default(), (0, None))
    });
    assert!(matches!(saved, Err(StoreError::Stopped(_))), "{saved:?}");
    assert!(!begun(), "the half-written file is gone");
    assert_eq!(project.load_dataset().expect("readable"), None);
    // The same save goes through where nobody stops it.
    let record = ImportRecord::default();
    project.save_dataset(&dataset, &record, 0).expect("saved");
    let read = project.load_dataset().expect("whole").expect("there");
    assert!(read.0 == dataset, "bit by bit");
}
