//! Numbers and times as people read them.

use crate::base::{Text, to_count, with_plus};

/// A number, a dash where there is none; a number that somebody wrote; decimals by a scale.
pub(super) use crate::base::{decimals_of as decimals, exact, grouped as number};

/// How many decimals tell values apart.
pub(super) fn decimals_apart(values: impl Iterator<Item = f64> + Clone) -> usize {
    let finite = values.filter(|value| value.is_finite());
    let low = finite.clone().fold(f64::INFINITY, f64::min);
    let high = finite.fold(f64::NEG_INFINITY, f64::max);
    let size = low.abs().max(high.abs());
    // As for the figures of the page where nothing moves, as for its charts elsewhere.
    decimals(if high - low > 1e-9 * size {
        high - low
    } else {
        size
    })
}

/// A difference, with its sign.
pub(super) fn signed(value: f64, decimals: usize) -> String {
    with_plus(value, number(value, decimals))
}

/// A number with the digits that it needs by itself.
pub(super) fn plain(value: f64) -> String {
    number(value, decimals(value.abs()))
}

/// A duration in the largest unit that needs no fraction beyond one digit.
pub(super) fn duration(secs: f64, text: &Text) -> String {
    let (unit, size) = time_unit(secs.abs());
    let n = secs / size;
    let n = if (n - n.round()).abs() < 1e-6 {
        number(n, 0)
    } else {
        number(n, 1)
    };
    text.with(unit, &[("n", &n)])
}

/// Round times between two ends, about `n` of them, with their words.
pub(super) fn time_ticks(from: f64, to: f64, n: usize, text: &Text) -> Vec<(f64, String)> {
    const STEPS: [f64; 23] = [
        1.0,
        2.0,
        5.0,
        10.0,
        15.0,
        30.0,
        60.0,
        120.0,
        300.0,
        600.0,
        900.0,
        1800.0,
        3600.0,
        7200.0,
        10800.0,
        21600.0,
        43200.0,
        86400.0,
        172_800.0,
        432_000.0,
        864_000.0,
        1_728_000.0,
        4_320_000.0,
    ];
    let asked = (to - from) / n.max(1) as f64;
    let step = if asked < 1.0 {
        nice_step(asked)
    } else {
        STEPS
            .into_iter()
            .find(|&step| step >= asked)
            .unwrap_or_else(|| 86_400.0 * nice_step(asked / 86_400.0))
    };
    multiples(from, to, step)
        .into_iter()
        .map(|secs| (secs, duration(secs, text)))
        .collect()
}

/// Round numbers between two ends, about `n` of them, with their words.
pub(super) fn ticks(from: f64, to: f64, n: usize) -> Vec<(f64, String)> {
    let step = nice_step((to - from) / n.max(1) as f64);
    let decimals = to_count((-(step.log10() + 1e-9).floor()).clamp(0.0, 9.0));
    // A step of 2.5 needs one more than its power says.
    let decimals = decimals + usize::from((step * 10_f64.powi(as_power(decimals))).fract() > 1e-6);
    multiples(from, to, step)
        .into_iter()
        .map(|value| (value, number(value, decimals)))
        .collect()
}

fn as_power(decimals: usize) -> i32 {
    i32::try_from(decimals).unwrap_or(0)
}

fn time_unit(secs: f64) -> (&'static str, f64) {
    if secs < 120.0 {
        ("report-secs", 1.0)
    } else if secs < 7200.0 {
        ("report-mins", 60.0)
    } else if secs < 172_800.0 {
        ("report-hours", 3600.0)
    } else {
        ("report-days", 86_400.0)
    }
}

/// The next of 1, 2, 2.5, 5, 10 times a power of ten.
fn nice_step(asked: f64) -> f64 {
    if !(asked.is_finite() && asked > 0.0) {
        return 1.0;
    }
    let power = 10_f64.powf(asked.log10().floor());
    [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .find(|&step| step * power >= asked * (1.0 - 1e-9))
        .unwrap_or(10.0)
        * power
}

fn multiples(from: f64, to: f64, step: f64) -> Vec<f64> {
    let first = (from / step - 1e-9).ceil();
    let mut out = Vec::new();
    let mut n = 0.0;
    // More than a hundred ticks would mean a range that is not one.
    while (first + n) * step <= to + step * 1e-9 && n < 100.0 {
        out.push((first + n) * step);
        n += 1.0;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Locale;

    #[test]
    fn numbers_carry_the_digits_that_their_interval_deserves() {
        assert_eq!(number(-0.000_4, decimals(0.5)), "0.000");
        assert_eq!(signed(1.234_5, decimals(2.0)), "+1.23");
        assert_eq!(signed(-1234.5, decimals(300.0)), "−1,234");
        assert_eq!(plain(5665.0), "5,665");
        assert_eq!(number(f64::NAN, 2), "–");
    }

    #[test]
    fn ticks_are_round_and_inside() {
        let words = |list: Vec<(f64, String)>| -> Vec<String> {
            list.into_iter().map(|tick| tick.1).collect()
        };
        assert_eq!(words(ticks(-0.3, 1.1, 4)), ["0.0", "0.5", "1.0"]);
        assert_eq!(
            words(ticks(0.0, 0.01, 4)),
            ["0.0000", "0.0025", "0.0050", "0.0075", "0.0100"]
        );
        let text = Text::new(Locale::En);
        assert_eq!(
            words(time_ticks(-600.0, 3600.0, 4, &text)),
            ["0 s", "30 min", "60 min"]
        );
    }
}
