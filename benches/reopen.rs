//! A project of many points: how long until the first picture can be drawn, and any picture after.
//!
//! `cargo bench --bench reopen -- [ROWS] [DIR]`: 12 channels of that many rows; DIR is where the
//! project is written, else beside other temporary files.

#![expect(clippy::print_stdout, reason = "a bench says what it measured")]

use std::path::PathBuf;

use gemba::{
    base::{Clock as _, Purpose, Stream, SystemClock},
    data::{Channel, Dataset, Episode, Media, Pyramid, Role, Span, Split},
    engine::Loaded,
    store::{ImportRecord, Project},
};

const N_CHANNELS: usize = 12;
const WIDTH_PX: usize = 1_600;
const N_VIEWS: usize = 500;

fn main() {
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
    let n_rows = args
        .next()
        .and_then(|rows| rows.parse().ok())
        .unwrap_or(200_000);
    let dir = match args.next() {
        Some(dir) => tempfile::tempdir_in(PathBuf::from(dir)),
        None => tempfile::tempdir(),
    };
    let dir = dir.expect("a folder for the project");
    let path = dir.path().join("line.gemba");
    let clock = SystemClock::new();
    let dataset = dataset(n_rows);
    println!("{} points in {N_CHANNELS} channels", n_rows * N_CHANNELS);
    let before = clock.monotonic_secs();
    let mut project = Project::open_or_create(&path).expect("a new project");
    project
        .save_dataset(&dataset, &ImportRecord::default(), 0)
        .expect("the disk takes it");
    println!("save: {:.2} s", clock.monotonic_secs() - before);
    drop(project);
    drop(dataset);

    let before = clock.monotonic_secs();
    let loaded = Loaded::open(&path).expect("what was saved");
    let loaded_at = clock.monotonic_secs();
    let columns = &loaded.dataset.episodes[0].columns;
    let pyramids = Pyramid::build_all(columns);
    let built_at = clock.monotonic_secs();
    for (pyramid, column) in pyramids.iter().zip(columns) {
        let points = pyramid.slice(column, 0, n_rows, WIDTH_PX);
        assert!(!points.is_empty(), "a channel has values");
    }
    let drawn_at = clock.monotonic_secs();
    println!(
        "reopen: load {:.2} s, pyramids {:.2} s, points of all channels {:.4} s, in all {:.2} s",
        loaded_at - before,
        built_at - loaded_at,
        drawn_at - built_at,
        drawn_at - before
    );
    let n_bytes: usize = pyramids.iter().map(Pyramid::n_bytes).sum();
    println!(
        "pyramids: {:.1} % of the points",
        n_bytes as f64 / (n_rows * N_CHANNELS * 8) as f64 * 100.0
    );
    views(&clock, columns, &pyramids);
}

/// Any range of any channel at the width of a window.
fn views(clock: &SystemClock, columns: &[Vec<f64>], pyramids: &[Pyramid]) {
    let mut draws = Stream::new(1, Purpose::Test, &[]).draws();
    let n_rows = columns[0].len();
    let mut secs: Vec<f64> = (0..N_VIEWS)
        .map(|view| {
            let channel = view % columns.len();
            let start = draws.below(n_rows);
            let end = start + 1 + draws.below(n_rows - start);
            let before = clock.monotonic_secs();
            let points = pyramids[channel].slice(&columns[channel], start, end, WIDTH_PX);
            let took = clock.monotonic_secs() - before;
            assert!(points.len() <= 4 * WIDTH_PX, "{} points", points.len());
            took
        })
        .collect();
    secs.sort_unstable_by(f64::total_cmp);
    println!(
        "{N_VIEWS} ranges at {WIDTH_PX} px: median {:.3} ms, longest {:.3} ms",
        secs[N_VIEWS / 2] * 1e3,
        secs[N_VIEWS - 1] * 1e3
    );
}

fn dataset(n_rows: usize) -> Dataset {
    let mut channels = Vec::new();
    let mut columns = Vec::new();
    for at in 0..N_CHANNELS {
        let role = if at < 2 {
            Role::Control
        } else {
            Role::Observation
        };
        channels.push(Channel::new(format!("channel_{at}"), role, ""));
        let stream = Stream::new(at as u64, Purpose::Test, &[]);
        let mut level = 0.0;
        let column = (0..n_rows as u64).map(|row| {
            let draw = stream.uniform_at(row) - 0.5;
            if at < 2 {
                return (row / 600 % 7) as f64;
            }
            level += 0.1 * draw - 1e-4 * level;
            ((level + 0.4 * draw) * 1000.0).round() / 1000.0
        });
        columns.push(column.collect());
    }
    let train = Span {
        episode: 0,
        start: 0,
        end: n_rows * 7 / 10,
        split: Split::Train,
    };
    Dataset {
        name: "line".to_owned(),
        step_secs: 1.0,
        has_clock: true,
        utc_offset_secs: None,
        channels,
        episodes: vec![Episode {
            name: "line".to_owned(),
            start_ns: 0,
            columns,
        }],
        spans: vec![train],
        media: Media::default(),
    }
}
