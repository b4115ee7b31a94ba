//! What several tests lean on: the built binary, an example project, the shared data.
#![expect(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a helper that cannot do its part fails the test that called it, or says why it skips"
)]

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use gemba::{
    base::{Clock, Silent, StopToken, SystemClock},
    engine::Env,
};
use serde_json::Value;
use tempfile::TempDir;

/// What a run of the binary gave.
#[derive(Debug)]
pub(crate) struct Run {
    /// The exit status.
    pub(crate) code: i32,
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
}

impl Run {
    /// The JSON object on stdout.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("no JSON ({error}): {}\n{}", self.stdout, self.stderr))
    }

    /// The same run, which must have ended with this status.
    pub(crate) fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\n{}", self.stdout, self.stderr);
        self
    }

    /// The same run, whose stderr must name all of these.
    pub(crate) fn says(self, parts: &[&str]) -> Self {
        for part in parts {
            assert!(
                self.stderr.contains(part),
                "{part:?} not in:\n{}",
                self.stderr
            );
        }
        self
    }
}

/// Runs the built binary in a folder, without any display.
pub(crate) fn gemba(dir: &Path, args: &[&str]) -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_gemba"))
        .args(args)
        .current_dir(dir)
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("WAYLAND_SOCKET")
        .output()
        .expect("the binary starts");
    Run {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// A folder of one's own.
pub(crate) fn temp_dir() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// Writes a small file and gives its path.
pub(crate) fn file(dir: &Path, name: &str, content: &str) -> PathBuf {
    let path = dir.join(name);
    gemba::base::write_atomic(&path, content.as_bytes()).expect("a writable folder");
    path
}

/// Three hours of the built-in plant, imported and trained with the tiny preset; made once.
///
/// The folder holds `plant`, `line.gemba`, `A.toml` and `B.toml`; nobody may change it.
pub(crate) fn example() -> &'static Path {
    static EXAMPLE: OnceLock<TempDir> = OnceLock::new();
    EXAMPLE
        .get_or_init(|| {
            let dir = temp_dir();
            make_example(dir.path());
            dir
        })
        .path()
}

/// Builds what [`example`] gives, in another folder.
pub(crate) fn make_example(dir: &Path) {
    let synth = ["synth", "filling", "--hours", "3", "--out", "plant"];
    gemba(dir, &synth).ended(0);
    gemba(dir, &["import", "plant", "--project", "line.gemba"]).ended(0);
    gemba(
        dir,
        &["train", "line.gemba", "--preset", "tiny", "--members", "2"],
    )
    .ended(0);
    scenario(dir, "A.toml", "");
    scenario(dir, "B.toml", &edit("conveyor_speed", "scale", "1.05"));
}

/// Writes a scenario of 60 steps with these further lines.
pub(crate) fn scenario(dir: &Path, name: &str, rest: &str) -> PathBuf {
    let head = "format = \"gemba-scenario\"\nversion = 1\n";
    let stem = name.trim_end_matches(".toml");
    let text = format!(
        "{head}name = \"{stem}\"\n\n[start]\nstep = 120\ncontext_steps = 40\n\n[horizon]\nsteps = 60\n{rest}"
    );
    file(dir, name, &text)
}

/// The lines of one edit.
pub(crate) fn edit(channel: &str, op: &str, value: &str) -> String {
    format!("\n[[edit]]\nchannel = \"{channel}\"\nop = \"{op}\"\nvalue = {value}\n")
}

/// A copy of a folder.
pub(crate) fn copy_dir(from: &Path, to: &Path) {
    gemba::base::create_dir_all(to).expect("a writable folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy_dir(&path, &target);
        } else {
            std::fs::copy(&path, &target).expect("a copy");
        }
    }
}

/// The same JSON without durations, which two runs need not share.
pub(crate) fn without_secs(mut value: Value) -> String {
    strip(&mut value);
    value.to_string()
}

fn strip(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|key, _| key != "secs" && key != "fit_secs");
            map.values_mut().for_each(strip);
        }
        Value::Array(list) => list.iter_mut().for_each(strip),
        _ => {}
    }
}

/// What the use cases need, quiet and on one or more threads.
pub(crate) struct Bench {
    clock: SystemClock,
    stop: StopToken,
}

impl Bench {
    /// A quiet bench.
    pub(crate) fn new() -> Self {
        Self {
            clock: SystemClock::new(),
            stop: StopToken::new(),
        }
    }

    /// Its environment.
    pub(crate) fn env(&self, n_threads: usize) -> Env<'_> {
        Env {
            clock: &self.clock as &dyn Clock,
            reporter: &Silent,
            stop: &self.stop,
            n_threads,
        }
    }

    /// Asks whatever runs with it to end.
    pub(crate) fn stop(&self) {
        self.stop.stop();
    }
}

/// The folder of real data; `None` and a line on stdout where it is not there.
pub(crate) fn shared(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("GEMBA_SHARED_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"),
        PathBuf::from,
    );
    let path = root.join(name);
    if path.exists() {
        return Some(path);
    }
    assert!(
        std::env::var("CI").as_deref() != Ok("true"),
        "shared data missing in CI"
    );
    println!("skipped: no shared data");
    None
}

/// Writes a file of a test and the folders above it.
pub(crate) fn write(dir: &Path, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = dir.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    #[expect(clippy::disallowed_methods, reason = "a test file")]
    std::fs::write(&path, content).unwrap();
    path
}
