//! What this machine and build can do, and what is missing.

use std::path::Path;

use super::{DeviceLine, DoctorAnswer, EngineError};
use crate::{
    base::{self, Phrase},
    model::{self, DeviceChoice},
};

/// Fonts that are part of the program, Japanese included: none of the system's is needed.
const FONTS: [&str; 2] = ["BIZ UDPGothic Regular", "BIZ UDPGothic Bold"];

/// Says what this machine and build can do.
pub fn doctor() -> DoctorAnswer {
    let devices: Vec<DeviceLine> = model::devices()
        .into_iter()
        .map(|(name, usable, why_not)| DeviceLine {
            name,
            usable,
            why_not,
        })
        .collect();
    let is_cpu = |line: &DeviceLine| line.name.to_lowercase().starts_with("cpu");
    let chosen = devices
        .iter()
        .find(|line| line.usable && !is_cpu(line))
        .or_else(|| devices.iter().find(|line| line.usable))
        .map_or_else(|| "cpu".to_owned(), |line| line.name.clone());
    let mut problems: Vec<(Phrase, Phrase)> = Vec::new();
    for line in devices.iter().filter(|line| !line.usable) {
        problems.push((
            Phrase::new(
                "detail-doctor-device",
                format!("{} cannot be used: {}", line.name, line.why_not),
            )
            .with("device", &line.name)
            .with_phrase("why", line.why_not.clone()),
            device_hint(&line.name),
        ));
    }
    if !has_display() {
        problems.push((
            Phrase::new(
                "detail-doctor-display",
                "no display was found, so the window cannot open",
            ),
            Phrase::new(
                "detail-doctor-session",
                "start it in a desktop session, or run gemba demo --headless",
            ),
        ));
    }
    let memory_gib = memory_gib();
    if memory_gib > 0.0 && memory_gib < 4.0 {
        problems.push((
            Phrase::new(
                "detail-doctor-memory",
                format!("the machine has only {memory_gib:.1} GiB of memory"),
            )
            .with("gib", format!("{memory_gib:.1}")),
            Phrase::new("detail-doctor-small", "train with --preset small"),
        ));
    }
    DoctorAnswer {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        devices,
        chosen,
        renderer: "wgpu (Vulkan / Metal / DirectX 12) / OpenGL".to_owned(),
        memory_gib,
        fonts: FONTS.map(str::to_owned).to_vec(),
        problems,
    }
}

/// Refuses a device that this build or machine has not, before any work is done.
///
/// # Errors
///
/// [`EngineError::NoDevice`] with the reason.
pub fn check_device(choice: DeviceChoice) -> Result<(), EngineError> {
    let asked = match choice {
        DeviceChoice::Auto | DeviceChoice::Cpu => return Ok(()),
        DeviceChoice::Cuda => "cuda",
        DeviceChoice::Metal => "metal",
    };
    let devices = model::devices();
    let mut found = devices
        .iter()
        .filter(|(name, _, _)| name.to_lowercase().contains(asked))
        .peekable();
    if found.clone().any(|(_, is_usable, _)| *is_usable) {
        return Ok(());
    }
    let why = found.peek().map(|(_, _, why)| why.clone());
    Err(EngineError::NoDevice {
        device: asked,
        why: why
            .unwrap_or_else(|| Phrase::new("detail-unknown-device", "this build does not know it")),
        hint: device_hint(asked),
    })
}

fn device_hint(name: &str) -> Phrase {
    let name = name.to_lowercase();
    if name.contains("cuda") {
        Phrase::new(
            "detail-build-cuda",
            "with an NVIDIA card and the CUDA toolkit, build with --features cuda",
        )
    } else if name.contains("metal") {
        Phrase::new(
            "detail-build-metal",
            "on an Apple machine, build with --features metal",
        )
    } else {
        Phrase::new("detail-cpu-works", "the CPU does the work")
    }
}

/// Whether a window could be shown.
pub fn has_display() -> bool {
    if !cfg!(all(unix, not(target_os = "macos"))) {
        return true;
    }
    ["WAYLAND_DISPLAY", "DISPLAY"]
        .into_iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// The machine's memory; 0 where it does not say.
fn memory_gib() -> f64 {
    let Ok(text) = base::read_text(Path::new("/proc/meminfo")) else {
        return 0.0;
    };
    text.lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|kib| kib.parse::<f64>().ok())
        .map_or(0.0, |kib| kib / (1024.0 * 1024.0))
}
