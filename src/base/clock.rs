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
}
