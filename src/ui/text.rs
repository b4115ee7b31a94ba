//! Numbers and durations as people read them; words come from `base::Text`.

use crate::base::{Text, format_local};

/// A number with so many decimals, thousands apart, a true minus sign.
pub(crate) fn number(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let plain = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let mut grouped = String::new();
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if !fraction.is_empty() {
        grouped.push('.');
        grouped.push_str(fraction);
    }
    let is_zero = plain.chars().all(|sign| matches!(sign, '0' | '.'));
    if value < 0.0 && !is_zero {
        grouped.insert(0, '−');
    }
    grouped
}

/// A number with as many decimals as its size asks for: about four digits.
pub(crate) fn measure(value: f64) -> String {
    number(value, decimals_for(value))
}

/// A difference, always with its sign, with the decimals that fit `scale`.
pub(crate) fn signed(value: f64, scale: f64) -> String {
    let written = number(value, decimals_for(scale));
    if value > 0.0
        && written
            .chars()
            .any(|sign| sign.is_ascii_digit() && sign != '0')
    {
        format!("+{written}")
    } else {
        written
    }
}

/// A share from 0 to 1 as a percentage.
pub(crate) fn percent(share: f64) -> String {
    let decimals = usize::from(share != 0.0 && share.abs() < 0.01);
    format!("{} %", number(share * 100.0, decimals))
}

/// How many decimals show about four digits.
pub(crate) fn decimals_for(value: f64) -> usize {
    match value.abs() {
        size if size >= 1000.0 => 0,
        size if size >= 100.0 => 1,
        size if size >= 1.0 => 2,
        size if size >= 0.1 || size == 0.0 => 3,
        _ => 4,
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_have_a_true_minus() {
        assert_eq!(number(1_234_567.0, 0), "1,234,567");
        assert_eq!(number(-0.456, 2), "−0.46");
        assert_eq!(number(-0.001, 2), "0.00");
        assert_eq!(number(f64::NAN, 2), "–");
        assert_eq!(measure(104.23), "104.2");
    }

    #[test]
    fn a_difference_shows_its_sign() {
        assert_eq!(signed(0.42, 1.3), "+0.42");
        assert_eq!(signed(-0.11, 3.0), "−0.11");
        assert_eq!(signed(0.0, 3.0), "0.00");
    }
}
