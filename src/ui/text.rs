//! Numbers and durations as people read them; words come from `base::Text`.

use crate::base::{Text, format_local};

pub(crate) use crate::base::{grouped as number, measure, signed};

/// A share from 0 to 1 as a percentage.
pub(crate) fn percent(share: f64) -> String {
    let decimals = usize::from(share != 0.0 && share.abs() < 0.01);
    format!("{} %", number(share * 100.0, decimals))
}

/// A duration in the two units that matter.
pub(crate) fn duration(secs: f64, text: &Text) -> String {
    let secs = if secs.is_finite() { secs.max(0.0) } else { 0.0 };
    let (hours, minutes) = ((secs / 3600.0).floor(), (secs / 60.0).floor());
    if secs < 10.0 {
        text.with("unit-secs", &[("n", &number(secs, 1))])
    } else if secs < 90.0 {
        text.with("unit-secs", &[("n", &number(secs, 0))])
    } else if hours < 1.0 {
        let rest = secs - minutes * 60.0;
        if rest < 0.5 {
            return text.with("unit-mins", &[("n", &number(minutes, 0))]);
        }
        let rest = number(rest, 0);
        text.with("unit-min-secs", &[("m", &number(minutes, 0)), ("s", &rest)])
    } else if hours < 48.0 {
        let rest = minutes - hours * 60.0;
        if rest < 1.0 {
            return text.with("unit-hours", &[("n", &number(hours, 0))]);
        }
        let rest = number(rest, 0);
        text.with("unit-hours-min", &[("h", &number(hours, 0)), ("m", &rest)])
    } else {
        text.with("unit-days", &[("n", &number(hours / 24.0, 1))])
    }
}

/// How long something may take: no finer than it can be known.
pub(crate) fn rough_duration(secs: f64, text: &Text) -> String {
    if secs < 55.0 {
        let tens = (secs / 10.0).ceil().max(1.0) * 10.0;
        return text.with("unit-secs", &[("n", &number(tens, 0))]);
    }
    if secs < 5400.0 {
        return text.with("unit-mins", &[("n", &number((secs / 60.0).ceil(), 0))]);
    }
    duration(secs, text)
}

/// A moment to the minute, on a clock so far ahead of UTC.
pub(crate) fn moment(unix_nanos: i64, offset_secs: i32) -> String {
    let written = format_local(unix_nanos, offset_secs);
    match (written.get(..10), written.get(11..16)) {
        (Some(day), Some(minute)) => format!("{day} {minute}"),
        _ => written,
    }
}
