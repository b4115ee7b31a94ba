//! Writes what a factory would hand over: sensors, pictures, sound, checklist, and the truth.

use std::{
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    SynthError, SynthSpec, camera, checklist,
    dataset::{LOG, START_NS},
    microphone,
    plant::STEP_SECS,
    run::{Run, run},
    signals::SIGNALS,
    truth,
};
use crate::base::{
    FileError, Progress, Reporter, StopToken, create_dir_all, sync_dir, to_i64, write_atomic,
};

/// Steps between two pictures: a minute.
const PICTURE_STEPS: usize = 6;

/// Steps between two clips: ten minutes.
const CLIP_STEPS: usize = 60;

/// The folders inside the plant's.
const FOLDERS: [&str; 2] = ["camera", "microphone"];

/// The checklist's file.
const CHECKLIST: &str = "checklist.csv";

/// Where a plant is written until it is whole; an import passes it by. It lies inside its folder,
/// because what lies beside it may be another disk.
const UNFINISHED: &str = ".unfinished-plant";

/// Simulates the plant and writes what a factory would hand over, and `truth.json`.
///
/// The folder must be new or empty or one that a plant wrote before; until the new one is whole it
/// stays as it was. `truth.json` is written last: a folder without it is not whole.
///
/// # Errors
///
/// [`SynthError`] for an unknown plant or fault and where files cannot be written.
pub fn write_plant(
    spec: &SynthSpec,
    out: &Path,
    reporter: &dyn Reporter,
    stop: &StopToken,
) -> Result<(), SynthError> {
    spec.check_faults()?;
    let room = Room::begin(out)?;
    tell(reporter, "simulating", 0.0);
    let run = run(spec, 0)?;
    write_atomic(&room.place(&log_file()), sensors_csv(&run).as_bytes())?;
    let checks = checklist::to_csv(spec.seed, &run, iso_time);
    write_atomic(&room.place(CHECKLIST), checks.as_bytes())?;
    for step in (0..run.n_steps).step_by(PICTURE_STEPS) {
        if stop.is_stopped() {
            return Err(SynthError::Stopped);
        }
        let name = file_time(step);
        let file = room.place(FOLDERS[0]).join(format!("{name}.png"));
        let pixels = camera::picture(spec.seed, step, &run.truth[step], run.rattle[step]);
        match camera::to_png(&pixels) {
            Ok(bytes) => write_plain(&file, &bytes)?,
            Err(source) => return Err(SynthError::Picture { file, source }),
        }
        if step.is_multiple_of(CLIP_STEPS) {
            let file = room.place(FOLDERS[1]).join(format!("{name}.wav"));
            let bytes = microphone::clip(
                spec.seed,
                step,
                &run.truth[step],
                (run.wear[step], run.rattle[step]),
            );
            write_plain(&file, &bytes)?;
            tell(reporter, "writing", step as f64 / run.n_steps as f64);
        }
    }
    write_atomic(&room.place(truth::FILE), truth::to_json(spec).as_bytes())?;
    room.finish()?;
    tell(reporter, "writing", 1.0);
    Ok(())
}

/// A plant that is being written; unless it is finished, what was made for it goes again.
struct Room {
    out: PathBuf,
    /// The folders that were not there before, the innermost first.
    made: Vec<PathBuf>,
}

impl Room {
    /// Refuses a folder with anything else in it.
    fn begin(out: &Path) -> Result<Self, SynthError> {
        let parents = out
            .ancestors()
            .take_while(|dir| !dir.as_os_str().is_empty());
        let room = Self {
            out: out.to_path_buf(),
            made: parents
                .take_while(|dir| !dir.exists())
                .map(Path::to_path_buf)
                .collect(),
        };
        create_dir_all(out)?;
        let wrap = |source| FileError::new("look into the folder", out, source);
        let is_empty = fs::read_dir(out).map_err(wrap)?.next().is_none();
        let is_ours = out.join(truth::FILE).is_file() || out.join(UNFINISHED).is_dir();
        if !is_empty && !is_ours {
            return Err(SynthError::NotEmpty {
                dir: out.to_path_buf(),
            });
        }
        remove(&out.join(UNFINISHED))?;
        for folder in FOLDERS {
            create_dir_all(&room.place(folder))?;
        }
        Ok(room)
    }

    /// Where a part is written.
    fn place(&self, part: &str) -> PathBuf {
        self.out.join(UNFINISHED).join(part)
    }

    /// Puts the parts in the place of an earlier plant's.
    fn finish(self) -> Result<(), SynthError> {
        let log = log_file();
        let parts = [&log, CHECKLIST, FOLDERS[0], FOLDERS[1], truth::FILE];
        // The truth goes first and comes last, as it tells a whole folder from half of one.
        for part in parts.into_iter().rev() {
            remove(&self.out.join(part))?;
        }
        for part in parts {
            let to = self.out.join(part);
            let moved = fs::rename(self.place(part), &to);
            moved.map_err(|source| FileError::new("write the file", &to, source))?;
        }
        Ok(sync_dir(&self.out)?)
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        // What cannot be removed is taken over by the next plant of this folder.
        remove(&self.out.join(UNFINISHED)).ok();
        for dir in &self.made {
            // A folder with something in it stays.
            fs::remove_dir(dir).ok();
        }
    }
}

/// Removes a file or a folder of an earlier plant, where it is there.
fn remove(path: &Path) -> Result<(), FileError> {
    let removed = if path.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
    match removed {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(FileError::new(
            "remove what an earlier run wrote",
            path,
            source,
        )),
        _ => Ok(()),
    }
}

fn log_file() -> String {
    format!("{LOG}.csv")
}

/// Writes one of thousands of files; waiting for the disk after each would take minutes, and
/// `truth.json` tells a whole folder from half of one.
fn write_plain(file: &Path, bytes: &[u8]) -> Result<(), FileError> {
    #[expect(clippy::disallowed_methods, reason = "see above")]
    let written = fs::write(file, bytes);
    written.map_err(|source| FileError::new("write the file", file, source))
}

fn sensors_csv(run: &Run) -> String {
    let mut text = String::with_capacity(run.n_steps * 110);
    text.push_str("time");
    for signal in &SIGNALS {
        // Writing into a string cannot fail.
        write!(text, ",{} [{}]", signal.name, signal.unit).ok();
    }
    text.push('\n');
    for step in 0..run.n_steps {
        text.push_str(&iso_time(secs_of(step)));
        for column in &run.log {
            let value = column[step];
            text.push(',');
            if !value.is_nan() {
                write!(text, "{value}").ok();
            }
        }
        text.push('\n');
    }
    text
}

fn secs_of(step: usize) -> i64 {
    to_i64(step as f64 * STEP_SECS)
}

/// `2026-01-05T08:00:00` so many seconds after the start, by the clock on the wall.
fn wall_time(secs: i64) -> jiff::civil::DateTime {
    let offset = jiff::tz::Offset::constant(9);
    let start = jiff::Timestamp::from_second(START_NS / 1_000_000_000 + secs);
    offset.to_datetime(start.unwrap_or_default())
}

fn iso_time(secs: i64) -> String {
    format!("{}+09:00", wall_time(secs))
}

fn file_time(step: usize) -> String {
    wall_time(secs_of(step)).to_string().replace(':', "")
}

fn tell(reporter: &dyn Reporter, stage: &'static str, done_frac: f64) {
    reporter.report(Progress {
        stage,
        done_frac: Some(done_frac),
        detail: String::new(),
    });
}
