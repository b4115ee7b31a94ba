//! Writes what a factory would hand over: sensors, pictures, sound, checklist, and the truth.

use std::{fmt::Write as _, fs, io, path::Path};

use super::{
    SynthError, SynthSpec, camera, checklist,
    dataset::START_NS,
    microphone,
    plant::STEP_SECS,
    run::{Run, run},
    signals::SIGNALS,
    truth,
};
use crate::base::{FileError, Progress, Reporter, StopToken, create_dir_all, to_i64, write_atomic};

/// Steps between two pictures: a minute.
const PICTURE_STEPS: usize = 6;

/// Steps between two clips: ten minutes.
const CLIP_STEPS: usize = 60;

/// The folders inside the plant's, which are emptied before they are written.
const FOLDERS: [&str; 2] = ["camera", "microphone"];

/// Simulates the plant and writes what a factory would hand over, and `truth.json`.
///
/// The folder must be new or empty or one that a plant wrote before. `truth.json` is written last:
/// a folder without it is not whole.
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
    spec.resolve()?;
    make_room(out)?;
    tell(reporter, "simulating", 0.0);
    let run = run(spec, 0)?;
    write_atomic(&out.join("sensors.csv"), sensors_csv(&run).as_bytes())?;
    let checks = checklist::to_csv(spec.seed, &run, iso_time);
    write_atomic(&out.join("checklist.csv"), checks.as_bytes())?;
    for step in (0..run.n_steps).step_by(PICTURE_STEPS) {
        if stop.is_stopped() {
            return Err(SynthError::Stopped);
        }
        let name = file_time(step);
        let file = out.join(FOLDERS[0]).join(format!("{name}.png"));
        let pixels = camera::picture(spec.seed, step, &run.truth[step], run.rattle[step]);
        match camera::to_png(&pixels) {
            Ok(bytes) => write_plain(&file, &bytes)?,
            Err(source) => return Err(SynthError::Picture { file, source }),
        }
        if step.is_multiple_of(CLIP_STEPS) {
            let file = out.join(FOLDERS[1]).join(format!("{name}.wav"));
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
    write_atomic(&out.join(truth::FILE), truth::to_json(spec).as_bytes())?;
    tell(reporter, "writing", 1.0);
    Ok(())
}

/// Empties an earlier plant's folder; refuses one with anything else in it.
fn make_room(out: &Path) -> Result<(), SynthError> {
    create_dir_all(out)?;
    let wrap = |source| FileError::new("look into the folder", out, source);
    let is_empty = fs::read_dir(out).map_err(wrap)?.next().is_none();
    let truth = out.join(truth::FILE);
    let is_unfinished = FOLDERS.iter().all(|folder| out.join(folder).is_dir());
    if !is_empty && !truth.is_file() && !is_unfinished {
        return Err(SynthError::NotEmpty {
            dir: out.to_path_buf(),
        });
    }
    if truth.is_file() {
        remove(&truth, |file| fs::remove_file(file))?;
    }
    for folder in FOLDERS {
        let dir = out.join(folder);
        if dir.is_dir() {
            remove(&dir, |dir| fs::remove_dir_all(dir))?;
        }
        create_dir_all(&dir)?;
    }
    Ok(())
}

fn remove(path: &Path, with: impl Fn(&Path) -> io::Result<()>) -> Result<(), FileError> {
    with(path).map_err(|source| FileError::new("remove what an earlier run wrote", path, source))
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
