//! Faults as written on the command line, and what they do to the log.

use super::{
    SynthError,
    plant::STEP_SECS,
    signals::{N_SIGNALS, SIGNALS},
};
use crate::base::{Phrase, to_count};

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FaultKind {
    Stuck,
    Bias,
    Drift,
    Dropout,
    Gain,
    Lag,
    ClockOffset,
    Wear,
    Regime,
    Rattle,
}

/// Every kind with its name and the size it has where none is given. A size below zero is a share
/// of the signal's range, for which the range is only known later.
const KINDS: [(FaultKind, &str, f64); 10] = [
    (FaultKind::Stuck, "stuck", 0.0),
    (FaultKind::Bias, "bias", -0.05),
    (FaultKind::Drift, "drift", -0.1),
    (FaultKind::Dropout, "dropout", 0.0),
    (FaultKind::Gain, "gain", 0.8),
    (FaultKind::Lag, "lag", 7.0),
    (FaultKind::ClockOffset, "clock-offset", 60.0),
    (FaultKind::Wear, "wear", 0.5),
    (FaultKind::Regime, "regime", 0.06),
    (FaultKind::Rattle, "rattle", 0.6),
];

/// Parts of the line that are no signals.
const OF_LINE: [&str; 3] = ["bearing", "line", "rail"];

/// One fault. Size: bias, drift (reached at the end) in the unit; gain a factor; lag in steps;
/// clock-offset in seconds; wear 0 to 1; regime the share of the nozzles that is clogged; rattle 0 to 1, how
/// loose the guide rail is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fault {
    pub(super) kind: FaultKind,
    signal: usize,
    pub(super) from_step: usize,
    pub(super) to_step: usize,
    pub(super) size: f64,
}

/// Reads `kind:channel@start+duration[*size]`.
pub(super) fn parse(text: &str) -> Result<Fault, SynthError> {
    let bad = |found: Phrase, expected: Phrase| SynthError::Fault {
        fault: text.to_owned(),
        found,
        expected,
    };
    let form = || {
        let (found, expected) = another_form();
        bad(found, expected)
    };
    let (kind, rest) = text.split_once(':').ok_or_else(form)?;
    let (channel, rest) = rest.split_once('@').ok_or_else(form)?;
    let (from, rest) = rest.split_once('+').ok_or_else(form)?;
    let (duration, size) = match rest.split_once('*') {
        Some((duration, size)) => (duration, Some(size)),
        None => (rest, None),
    };
    let &(kind, _, usual) = KINDS
        .iter()
        .find(|(_, name, _)| *name == kind)
        .ok_or_else(|| {
            let names = KINDS.map(|(_, name, _)| name).join(", ");
            let found = Phrase::new("detail-fault-kind", format!("the kind {kind:?}"));
            bad(found.with("kind", format!("{kind:?}")), one_of(&names))
        })?;
    let is_of_line = matches!(
        kind,
        FaultKind::Wear | FaultKind::Regime | FaultKind::Rattle
    );
    let signal = match find_signal(channel) {
        Some(signal) => signal,
        // These act on the line, whatever they are said to be seen on.
        None if is_of_line && OF_LINE.contains(&channel) => 0,
        None => {
            let mut names: Vec<&str> = SIGNALS.iter().map(|signal| signal.name).collect();
            if is_of_line {
                names.extend(OF_LINE);
            }
            let found = Phrase::new("detail-fault-channel", format!("the channel {channel:?}"));
            let found = found.with("channel", format!("{channel:?}"));
            return Err(bad(found, one_of(&names.join(", "))));
        }
    };
    let time = |written: &str| {
        secs_of(written).ok_or_else(|| {
            let (found, expected) = no_time(written);
            bad(found, expected)
        })
    };
    let from_step = steps_of_secs(time(from)?);
    let n_steps = steps_of_secs(time(duration)?);
    if n_steps == 0 {
        return Err(bad(
            Phrase::new(
                "detail-fault-duration",
                format!("the duration {duration:?}"),
            )
            .with("time", format!("{duration:?}")),
            Phrase::new("detail-fault-durations", format!("at least {STEP_SECS} s"))
                .with("secs", STEP_SECS),
        ));
    }
    let size = match size {
        Some(size) => size.parse().ok().filter(|size: &f64| size.is_finite()),
        None if usual < 0.0 => {
            let (low, high) = SIGNALS[signal].range;
            Some(-usual * (high - low))
        }
        None => Some(usual),
    };
    Ok(Fault {
        kind,
        signal,
        from_step,
        to_step: from_step + n_steps,
        size: size.ok_or_else(|| {
            bad(
                Phrase::new("detail-fault-size", "a wrong size"),
                Phrase::new("detail-a-number", "a number"),
            )
        })?,
    })
}

/// The error of a fault that begins after so many hours of log.
pub(super) fn too_late(fault: &str, hours: f64) -> SynthError {
    let start = fault.split_once('@').map_or("", |(_, rest)| rest);
    let start = start.split('+').next().unwrap_or(start);
    let found = Phrase::new("detail-fault-start", format!("the start {start:?}"));
    let expected = Phrase::new(
        "detail-fault-starts",
        format!("a start from 0h to less than {hours}h, where the log ends"),
    );
    SynthError::Fault {
        fault: fault.to_owned(),
        found: found.with("time", format!("{start:?}")),
        expected: expected.with("hours", hours),
    }
}

fn another_form() -> (Phrase, Phrase) {
    let forms = "kind:channel@start+duration or kind:channel@start+duration*size";
    (
        Phrase::new("detail-fault-form", "another form"),
        Phrase::new("detail-fault-forms", forms),
    )
}

fn no_time(written: &str) -> (Phrase, Phrase) {
    let times = "a number with d, h, m or s such as 3h or 30m";
    let found = Phrase::new("detail-fault-time", format!("the time {written:?}"));
    (
        found.with("time", format!("{written:?}")),
        Phrase::new("detail-fault-times", times),
    )
}

fn one_of(names: &str) -> Phrase {
    Phrase::new("detail-one-of", format!("one of {names}")).with("names", names)
}

/// A signal by its name, or by the end of its name where only one ends so.
fn find_signal(name: &str) -> Option<usize> {
    let ending = format!("_{name}");
    let position = |fits: &dyn Fn(&str) -> bool| {
        let mut found = (0..N_SIGNALS).filter(|&idx| fits(SIGNALS[idx].name));
        found.next().filter(|_| found.next().is_none())
    };
    position(&|known| known == name).or_else(|| position(&|known| known.ends_with(&ending)))
}

fn secs_of(text: &str) -> Option<f64> {
    let text = text.trim();
    let (number, unit_secs) = [("d", 86_400.0), ("h", 3600.0), ("m", 60.0), ("s", 1.0)]
        .iter()
        .find_map(|(unit, secs)| Some((text.strip_suffix(unit)?, *secs)))?;
    let secs = number.parse::<f64>().ok()? * unit_secs;
    (0.0..1e9).contains(&secs).then_some(secs)
}

/// Whole steps in a time that was checked to be sane.
pub(super) fn steps_of_secs(secs: f64) -> usize {
    to_count((secs / STEP_SECS).round())
}

/// Does to the log's columns what the faults of sensors do.
pub(super) fn spoil(columns: &mut [Vec<f64>], faults: &[Fault]) {
    for fault in faults {
        let clean = columns[fault.signal].clone();
        let to = fault.to_step.min(clean.len());
        let signal = &SIGNALS[fault.signal];
        let n_steps = (fault.to_step - fault.from_step) as f64;
        for step in fault.from_step..to {
            let value = clean[step];
            columns[fault.signal][step] = match fault.kind {
                // A stuck sensor still answers whenever it is asked.
                FaultKind::Stuck if value.is_nan() => value,
                FaultKind::Stuck => last_known(&clean, fault.from_step),
                FaultKind::Bias => signal.rounded(value + fault.size),
                FaultKind::Drift => {
                    let done_frac = (step - fault.from_step + 1) as f64 / n_steps;
                    signal.rounded(value + fault.size * done_frac)
                }
                FaultKind::Dropout => f64::NAN,
                FaultKind::Gain => signal.rounded(value * fault.size),
                FaultKind::Lag => shifted(&clean, step, -fault.size),
                // A slow clock writes what comes later at an earlier time.
                FaultKind::ClockOffset => shifted(&clean, step, fault.size / STEP_SECS),
                FaultKind::Wear | FaultKind::Regime | FaultKind::Rattle => value,
            };
        }
    }
}

fn last_known(column: &[f64], step: usize) -> f64 {
    let known = column[..=step].iter().rev().find(|value| !value.is_nan());
    known.copied().unwrap_or(f64::NAN)
}

fn shifted(column: &[f64], step: usize, steps: f64) -> f64 {
    let last = column.len().saturating_sub(1) as f64;
    column[to_count((step as f64 + steps).round().clamp(0.0, last))]
}
