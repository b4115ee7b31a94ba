//! The only reader of the machine's clock, so that everything else can be replayed.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Where durations and the date come from.
pub trait Clock: Send + Sync {
    /// Seconds on a monotonic clock whose zero means nothing.
    fn monotonic_secs(&self) -> f64;
    /// Nanoseconds since 1970-01-01T00:00:00 UTC.
    fn unix_nanos(&self) -> i64;
}

/// The machine's own clock.
#[derive(Debug, Clone)]
pub struct SystemClock {
    started: Instant,
}

impl SystemClock {
    /// A clock whose monotonic zero is now.
    pub fn new() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place that reads the clock"
        )]
        let started = Instant::now();
        Self { started }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn monotonic_secs(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    fn unix_nanos(&self) -> i64 {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place that reads the clock"
        )]
        let now = SystemTime::now();
        now.duration_since(UNIX_EPOCH)
            .ok()
            .and_then(|since| i64::try_from(since.as_nanos()).ok())
            .unwrap_or(0)
    }
}

/// Writes nanoseconds since 1970 as `2026-01-05T10:00:00Z`, always in UTC.
pub fn format_time(unix_nanos: i64) -> String {
    jiff::Timestamp::from_nanosecond(i128::from(unix_nanos))
        .map_or_else(|_| format!("{unix_nanos} ns"), |time| format!("{time:.0}"))
}

/// The same time on a clock that is `offset_secs` ahead of UTC, without its zone:
/// `2026-01-05T19:00:00`.
pub fn format_local(unix_nanos: i64, offset_secs: i32) -> String {
    let local = unix_nanos.saturating_add(i64::from(offset_secs).saturating_mul(1_000_000_000));
    let written = format_time(local);
    written.strip_suffix('Z').unwrap_or(&written).to_owned()
}

/// The same time with its zone, as files take it: `2026-01-05T19:00:00+09:00`, or with `Z`.
pub fn format_zoned(unix_nanos: i64, offset_secs: i32) -> String {
    if offset_secs == 0 {
        return format_time(unix_nanos);
    }
    let local = format_local(unix_nanos, offset_secs);
    format!("{local}{}", signed_hours(offset_secs, '-'))
}

/// The name of a clock that is so far ahead of UTC: `UTC+09:00`, or `UTC`.
pub fn offset_name(offset_secs: i32) -> String {
    if offset_secs == 0 {
        return "UTC".to_owned();
    }
    format!("UTC{}", signed_hours(offset_secs, '−'))
}

fn signed_hours(offset_secs: i32, minus: char) -> String {
    let sign = if offset_secs < 0 { minus } else { '+' };
    let minutes = offset_secs.unsigned_abs() / 60;
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_utc_to_the_second() {
        assert_eq!(
            format_time(1_767_607_200_000_000_000),
            "2026-01-05T10:00:00Z"
        );
    }

    #[test]
    fn a_local_time_is_written_without_its_zone_and_the_zone_by_its_offset() {
        let ten = 1_767_607_200_000_000_000;
        assert_eq!(format_local(ten, 9 * 3600), "2026-01-05T19:00:00");
        assert_eq!(format_local(ten, -12_600), "2026-01-05T06:30:00");
        for (offset_secs, written) in [
            (9 * 3600, "2026-01-05T19:00:00+09:00"),
            (-12_600, "2026-01-05T06:30:00-03:30"),
            (0, "2026-01-05T10:00:00Z"),
        ] {
            assert_eq!(format_zoned(ten, offset_secs), written);
            assert!(written.parse::<jiff::Timestamp>().is_ok());
        }
        assert_eq!(offset_name(9 * 3600), "UTC+09:00");
        assert_eq!(offset_name(-12_600), "UTC−03:30");
        assert_eq!(offset_name(0), "UTC");
    }
}
