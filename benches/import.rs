//! A long CSV file into a dataset: how long, in how much memory, and how soon a stop is obeyed.
//!
//! `cargo bench --bench import -- [FILE] [ROWS]` writes the file where it is not there (12 numbers
//! and a time a row); `scripts/import_speed` runs Polars and `DuckDB` on the same file.

#![expect(clippy::print_stdout, reason = "a bench says what it measured")]

use std::{
    fs::OpenOptions,
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
    sync::Mutex,
    time::Duration,
};

use gemba::{
    base::{Clock as _, Progress, Purpose, Reporter, StopToken, Stream, SystemClock},
    engine::{self, Env, ImportHow},
    import::{ImportRequest, import},
};

const N_CHANNELS: usize = 12;
const N_STOPS: u32 = 20;

/// Notes when each stage began.
struct Stages {
    clock: SystemClock,
    begun: Mutex<Vec<(&'static str, f64)>>,
}

impl Reporter for Stages {
    fn report(&self, progress: Progress) {
        let now = self.clock.monotonic_secs();
        if let Ok(mut begun) = self.begun.lock()
            && begun
                .last()
                .is_none_or(|(stage, _)| *stage != progress.stage)
        {
            begun.push((progress.stage, now));
        }
    }
}

fn main() {
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
    let file = args.next().map(PathBuf::from);
    let n_rows = args
        .next()
        .and_then(|rows| rows.parse().ok())
        .unwrap_or(200_000);
    let dir = tempfile::tempdir().expect("a folder for the file");
    let file = file.unwrap_or_else(|| dir.path().join("line.csv"));
    if !file.exists() {
        write(&file, n_rows).expect("the disk takes the file");
    }
    let n_bytes = file.metadata().expect("it is there").len();
    let request = ImportRequest {
        sources: vec![file],
        ..ImportRequest::default()
    };
    let stages = Stages {
        clock: SystemClock::new(),
        begun: Mutex::new(Vec::new()),
    };
    let imported = import(&request, &stages, &StopToken::new()).expect("a dataset");
    let all_secs = stages.clock.monotonic_secs();
    let begun = stages.begun.lock().expect("nobody panicked").clone();
    let read_secs = begun
        .iter()
        .find(|(stage, _)| *stage == "columns")
        .map_or(f64::NAN, |(_, secs)| *secs);
    let n_rows = imported.n_rows;
    let raw = n_rows as f64 * (N_CHANNELS + 1) as f64 * 8.0;
    drop(imported);
    println!("file {:.0} MB, {n_rows} rows", n_bytes as f64 / 1e6);
    println!(
        "gemba, read into columns: {read_secs:.3} s, {:.0} MB/s",
        n_bytes as f64 / 1e6 / read_secs
    );
    println!("gemba, whole import with grades: {all_secs:.3} s");
    if let Some(peak) = peak_bytes() {
        println!(
            "gemba, peak: {:.0} MB, {:.2} times the raw values",
            peak / 1e6,
            peak / raw
        );
    }
    let project = dir.path().join("line.gemba");
    let saved = end_of(&request, &project, None);
    println!("gemba, saved too: {:.3} s", saved.secs);
    std::fs::remove_dir_all(&project).expect("our own folder");
    let mut latencies: Vec<f64> = Vec::new();
    for at in 0..N_STOPS {
        let share = (f64::from(at) + 0.5) / f64::from(N_STOPS);
        let asked = saved.secs * share;
        let end = end_of(&request, &project, Some(asked));
        let secs = (end.secs - asked).max(0.0);
        let what = match (end.is_stopped, project.exists()) {
            (true, false) => "nothing is left",
            (false, true) => "saved before",
            _ => "WRONG",
        };
        println!(
            "stop at {:.0} % of the time: {:.0} ms, {what}",
            share * 100.0,
            secs * 1e3
        );
        if project.exists() {
            std::fs::remove_dir_all(&project).expect("our own folder");
        }
        latencies.push(secs);
    }
    latencies.sort_unstable_by(f64::total_cmp);
    println!(
        "stop: median {:.0} ms, longest {:.0} ms of {N_STOPS}",
        latencies[latencies.len() / 2] * 1e3,
        latencies[latencies.len() - 1] * 1e3
    );
}

/// How an import into a project ended.
struct End {
    secs: f64,
    is_stopped: bool,
}

/// Imports into a project; the end may be asked for after some seconds.
fn end_of(request: &ImportRequest, project: &Path, asked: Option<f64>) -> End {
    let clock = SystemClock::new();
    let stop = StopToken::new();
    std::thread::scope(|scope| {
        let work = scope.spawn(|| {
            let env = Env {
                clock: &clock,
                reporter: &gemba::base::Silent,
                stop: &stop,
                n_threads: 0,
            };
            let end = engine::import_data(project, request, &ImportHow::default(), &env);
            let secs = clock.monotonic_secs();
            let is_stopped = matches!(&end, Err(error) if error.is_stopped());
            assert!(is_stopped || end.is_ok(), "{end:?}");
            End { secs, is_stopped }
        });
        if let Some(asked) = asked {
            std::thread::sleep(Duration::from_secs_f64(asked));
            stop.stop();
        }
        work.join().expect("nobody panicked")
    })
}

/// The most memory that this process ever held, where the system tells it.
fn peak_bytes() -> Option<f64> {
    let status = gemba::base::read_file(Path::new("/proc/self/status")).ok()?;
    let status = String::from_utf8(status).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024.0)
}

/// A line with two set points that stand for a while and ten sensors that follow and tremble.
fn write(file: &Path, n_rows: u64) -> std::io::Result<()> {
    let target = OpenOptions::new().write(true).create_new(true).open(file)?;
    let mut out = BufWriter::with_capacity(1 << 20, target);
    writeln!(
        out,
        "time,valve_sp,speed_sp,temp_1,temp_2,temp_3,pressure_1,pressure_2,flow_1,flow_2,power,\
         vibration,level"
    )?;
    let stream = Stream::new(0, Purpose::Test, &[]);
    let mut state = [0.0_f64; N_CHANNELS];
    for row in 0..n_rows {
        let (day, second) = (row / 86_400, row % 86_400);
        let (month, day) = (1 + day / 28 % 12, 1 + day % 28);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        write!(
            out,
            "2024-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"
        )?;
        for (channel, held) in state.iter_mut().enumerate() {
            let draw = stream.uniform_at(row * N_CHANNELS as u64 + channel as u64) - 0.5;
            if channel < 2 {
                if row % 600 == 0 {
                    *held = 50.0 + 20.0 * draw;
                }
                write!(out, ",{held:.1}")?;
                continue;
            }
            *held += 0.1 * draw - 1e-4 * *held;
            let value = 30.0 * channel as f64 + *held + 0.4 * draw;
            write!(out, ",{value:.*}", 1 + channel % 4)?;
        }
        writeln!(out)?;
    }
    out.flush()
}
