//! One clock under all lanes: seconds since a zero time, ticks at round times, words for times.

use crate::{
    base::{Locale, format_time, to_i64},
    ui::text::words_of,
};

/// Steps between ticks that people can read, in seconds.
const TICK_SECS: [f64; 19] = [
    1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1_800.0, 3_600.0, 7_200.0,
    14_400.0, 21_600.0, 43_200.0, 86_400.0, 604_800.0,
];
const DAY_SECS: f64 = 86_400.0;
const HOUR_SECS: f64 = 3_600.0;

/// The clock of a view: x is seconds since `zero_ns`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct TimeAxis {
    /// The time of x = 0, ns since 1970 UTC.
    pub(crate) zero_ns: i64,
    /// Whether times mean anything; else elapsed time is shown.
    pub(crate) has_clock: bool,
    /// How far the clock that is shown is ahead of UTC, in seconds.
    pub(crate) offset_secs: i32,
    /// The language of elapsed times.
    pub(crate) locale: Locale,
}

impl TimeAxis {
    /// The x of a time.
    pub(crate) fn x_of(&self, time_ns: i64) -> f64 {
        time_ns.saturating_sub(self.zero_ns) as f64 * 1e-9
    }

    /// The distance of ticks for a range of `span_secs` with at most `n_ticks`.
    pub(crate) fn tick_secs(span_secs: f64, n_ticks: usize) -> f64 {
        let least = span_secs / n_ticks.max(1) as f64;
        let found = TICK_SECS.into_iter().find(|&step| step >= least);
        found.unwrap_or_else(|| (least / DAY_SECS).ceil() * DAY_SECS)
    }

    /// The ticks inside a range, at round times of the clock.
    pub(crate) fn ticks(&self, low: f64, high: f64, n_ticks: usize) -> Vec<f64> {
        let span = high - low;
        if !span.is_finite() || span <= 0.0 {
            return Vec::new();
        }
        let step = Self::tick_secs(high - low, n_ticks);
        // Round on the clock of the wall, not on the distance from the zero time.
        let phase = if self.has_clock {
            (self.zero_ns as f64 * 1e-9 + f64::from(self.offset_secs)).rem_euclid(step)
        } else {
            0.0
        };
        let first = ((low + phase) / step).ceil() * step - phase;
        let mut ticks = Vec::new();
        let mut tick = first;
        while tick <= high && ticks.len() < 200 {
            ticks.push(tick);
            tick += step;
        }
        ticks
    }

    /// A time in words: the clock's hours and minutes, or elapsed time where there is no clock.
    pub(crate) fn label(&self, x: f64, step_secs: f64) -> String {
        if self.has_clock {
            return self.clock_label(x, step_secs);
        }
        let (key, number) = if step_secs >= HOUR_SECS {
            ("unit-hours", x / HOUR_SECS)
        } else if step_secs >= 60.0 {
            ("unit-mins", x / 60.0)
        } else {
            ("unit-secs", x)
        };
        words_of(self.locale).with(key, &[("n", &trimmed(number))])
    }

    /// The same with the day before it, where there is a clock.
    pub(crate) fn dated(&self, x: f64, step_secs: f64) -> String {
        let time = self.label(x, step_secs.min(HOUR_SECS));
        if !self.has_clock {
            return time;
        }
        let secs = (self.zero_ns as f64 * 1e-9 + f64::from(self.offset_secs) + x).round();
        let day: String = format_time(to_i64(secs * 1e9)).chars().take(10).collect();
        format!("{day} {time}")
    }

    fn clock_label(&self, x: f64, step_secs: f64) -> String {
        let secs = (self.zero_ns as f64 * 1e-9 + f64::from(self.offset_secs) + x).round();
        let of_day = secs.rem_euclid(DAY_SECS);
        let (hour, minute, second) = (
            (of_day / HOUR_SECS).floor(),
            ((of_day % HOUR_SECS) / 60.0).floor(),
            of_day % 60.0,
        );
        if step_secs >= DAY_SECS {
            return format_time(to_i64(secs * 1e9))
                .chars()
                .skip(5)
                .take(5)
                .collect();
        }
        if step_secs >= 60.0 {
            format!("{hour:02}:{minute:02}")
        } else {
            format!("{hour:02}:{minute:02}:{second:02}")
        }
    }
}

/// A number without trailing zeros, with a true minus sign; a tiny negative one is zero.
fn trimmed(number: f64) -> String {
    let text = format!("{number:.2}");
    match text.trim_end_matches('0').trim_end_matches('.') {
        "-0" => "0".to_owned(),
        text => text.replace('-', "−"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEN: i64 = 1_767_607_200_000_000_000;

    #[test]
    fn ticks_stand_at_round_times_of_the_clock() {
        let axis = TimeAxis {
            zero_ns: TEN + 7_000_000_000,
            has_clock: true,
            offset_secs: 0,
            locale: Locale::En,
        };
        let labels: Vec<String> = axis
            .ticks(0.0, 3_600.0, 4)
            .into_iter()
            .map(|tick| axis.label(tick, 900.0))
            .collect();
        assert_eq!(labels, ["10:15", "10:30", "10:45", "11:00"]);
    }

    #[test]
    fn times_and_ticks_are_those_of_the_logs_own_clock() {
        let axis = TimeAxis {
            zero_ns: TEN,
            has_clock: true,
            offset_secs: 5 * 3600 + 1800,
            locale: Locale::En,
        };
        let ticks = axis.ticks(0.0, 7_200.0, 2);
        let labels: Vec<String> = ticks.iter().map(|&x| axis.label(x, 3_600.0)).collect();
        assert_eq!(labels, ["16:00", "17:00"]);
        let evening = TimeAxis {
            zero_ns: TEN + 6 * 3_600_000_000_000,
            offset_secs: 9 * 3600,
            ..axis
        };
        assert_eq!(
            evening.label(0.0, DAY_SECS),
            "01-06",
            "it is after midnight there"
        );
    }

    #[test]
    fn a_time_of_many_days_is_told_with_its_day() {
        let axis = TimeAxis {
            zero_ns: TEN,
            has_clock: true,
            offset_secs: 9 * 3600,
            locale: Locale::En,
        };
        assert_eq!(axis.dated(0.0, 60.0), "2026-01-05 19:00");
        assert_eq!(axis.dated(DAY_SECS, 1.0), "2026-01-06 19:00:00");
        assert_eq!(axis.dated(6.0 * HOUR_SECS, DAY_SECS), "2026-01-06 01:00");
        let elapsed = TimeAxis {
            has_clock: false,
            ..axis
        };
        assert_eq!(elapsed.dated(90.0, 60.0), "1.5 min");
    }

    #[test]
    fn without_a_clock_elapsed_time_is_shown() {
        let axis = TimeAxis {
            zero_ns: 0,
            has_clock: false,
            offset_secs: 0,
            locale: Locale::En,
        };
        assert_eq!(axis.label(90.0, 60.0), "1.5 min");
        assert_eq!(axis.label(7_200.0, 3_600.0), "2 h");
        assert_eq!(axis.label(-90.0, 60.0), "−1.5 min");
    }

    #[test]
    fn elapsed_time_is_told_in_the_language_of_the_window() {
        let axis = TimeAxis {
            zero_ns: 0,
            has_clock: false,
            offset_secs: 0,
            locale: Locale::Ja,
        };
        assert_eq!(axis.label(90.0, 60.0), "1.5 分");
        assert_eq!(axis.label(7_200.0, 3_600.0), "2 時間");
        assert_eq!(axis.label(5.0, 1.0), "5 秒");
    }

    #[test]
    fn the_tick_at_zero_has_no_sign() {
        let axis = TimeAxis {
            offset_secs: 0,
            zero_ns: 0,
            has_clock: false,
            locale: Locale::En,
        };
        for x in [-1e-9, -0.0, 0.0] {
            assert_eq!(axis.label(x, 60.0), "0 min");
            assert_eq!(axis.label(x, 1.0), "0 s");
        }
    }

    #[test]
    fn an_empty_or_endless_range_has_no_ticks() {
        let axis = TimeAxis {
            zero_ns: 0,
            has_clock: false,
            offset_secs: 0,
            locale: Locale::En,
        };
        assert!(axis.ticks(5.0, 5.0, 4).is_empty());
        assert!(axis.ticks(0.0, f64::INFINITY, 4).is_empty());
        assert!(axis.ticks(f64::NAN, 1.0, 4).is_empty());
    }
}
