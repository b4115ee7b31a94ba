//! Numbers and durations as people read and type them; words come from `base::Text`.

use std::sync::LazyLock;

use crate::base::{Locale, Text, format_local};

pub(crate) use crate::base::{exact, grouped as number, measure, signed, with_plus};

/// How far a full-width sign is from its plain one.
const FULL_WIDTH: u32 = 0xFEE0;

static ENGLISH: LazyLock<Text> = LazyLock::new(|| Text::new(Locale::En));
static JAPANESE: LazyLock<Text> = LazyLock::new(|| Text::new(Locale::Ja));

/// The words of a language, for what is drawn without a view, such as the ticks of a plot.
pub(crate) fn words_of(locale: Locale) -> &'static Text {
    match locale {
        Locale::En => &ENGLISH,
        Locale::Ja => &JAPANESE,
    }
}

/// A number as it stands in a field that it can be changed in: thousands are not set apart, so that
/// no comma changes its meaning with the digits around it.
pub(crate) fn editable(value: f64) -> String {
    measure(value).replace(',', "")
}

/// What was typed, without blanks around it and with the signs of a full-width keyboard as plain
/// ones.
pub(crate) fn folded(written: &str) -> String {
    let plain = |sign: char| match sign {
        '０'..='９' | '．' | '，' | '＋' | '－' | '％' => {
            char::from_u32(u32::from(sign) - FULL_WIDTH).unwrap_or(sign)
        }
        '−' | 'ー' => '-',
        '。' => '.',
        '、' => ',',
        other => other,
    };
    written.trim().chars().map(plain).collect()
}

/// A number as it is typed. One comma before exactly three last digits, and several commas, set
/// thousands apart; any other comma is the decimal mark. Where commas and points are written, the
/// last sign is the decimal mark.
pub(crate) fn typed_number(written: &str) -> Option<f64> {
    let plain = folded(written);
    let mark = match (plain.rfind(','), plain.rfind('.')) {
        (Some(_), None) if is_grouped(&plain, ',') => None,
        (comma, point) => Some(if comma > point { ',' } else { '.' }),
    };
    let apart = if mark == Some(',') { '.' } else { ',' };
    let at = mark.and_then(|mark| plain.rfind(mark));
    let (whole, fraction) = plain.split_at(at.unwrap_or(plain.len()));
    let whole = if is_grouped(whole, apart) {
        whole.replace(apart, "")
    } else {
        whole.to_owned()
    };
    let number: f64 = format!("{whole}{}", fraction.replacen(',', ".", 1))
        .parse()
        .ok()?;
    number.is_finite().then_some(number)
}

/// Whether `apart` stands between thousands, and only there.
fn is_grouped(whole: &str, apart: char) -> bool {
    let mut groups = whole.trim_start_matches(['+', '-']).split(apart);
    let first = groups.next().unwrap_or_default();
    let rest: Vec<&str> = groups.collect();
    let is_number = |group: &str| group.chars().all(|sign| sign.is_ascii_digit());
    let begins = (1..=3).contains(&first.len()) && is_number(first) && !first.starts_with('0');
    let follows = |group: &&str| group.len() == 3 && is_number(group);
    begins && !rest.is_empty() && rest.iter().all(follows)
}

/// A share from 0 to 1 as a percentage.
pub(crate) fn percent(share: f64) -> String {
    let decimals = usize::from(share != 0.0 && share.abs() < 0.01);
    format!("{} %", number(share * 100.0, decimals))
}

/// A duration in the two units that matter.
pub(crate) fn duration(secs: f64, text: &Text) -> String {
    let secs = if secs.is_finite() { secs.max(0.0) } else { 0.0 };
    let (hours, minutes) = ((secs / 3600.0).floor(), (secs / 60.0).floor());
    if secs > 0.0 && secs < 0.05 {
        text.with("unit-secs", &[("n", "< 0.1")])
    } else if secs < 10.0 {
        let decimals = usize::from(secs.fract() != 0.0);
        text.with("unit-secs", &[("n", &number(secs, decimals))])
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
    fn a_typed_number_is_read_as_it_is_meant() {
        let cases = [
            ("1,800", Some(1800.0)),
            ("1,5", Some(1.5)),
            ("1,25", Some(1.25)),
            ("1,2345", Some(1.2345)),
            ("0,500", Some(0.5)),
            ("-1,200", Some(-1200.0)),
            ("1,234,567", Some(1_234_567.0)),
            ("1,030.5", Some(1030.5)),
            ("1.030,5", Some(1030.5)),
            ("1.800", Some(1.8)),
            (" 42 ", Some(42.0)),
            ("1e3", Some(1000.0)),
            ("１２．５", Some(12.5)),
            ("　１，８００　", Some(1800.0)),
            ("ー３", Some(-3.0)),
            ("−３", Some(-3.0)),
            ("1,2,3", None),
            ("1.2.3", None),
            ("1,23.4", None),
            ("12 s", None),
            ("inf", None),
            ("", None),
        ];
        for (written, expected) in cases {
            assert_eq!(typed_number(written), expected, "{written}");
        }
    }

    #[test]
    fn a_duration_has_the_digits_it_needs_and_is_never_nothing() {
        let text = words_of(Locale::En);
        let cases = [
            (0.0, "0 s"),
            (0.004, "< 0.1 s"),
            (2.0, "2 s"),
            (2.26, "2.3 s"),
            (59.6, "60 s"),
            (115.0, "1 min 55 s"),
        ];
        for (secs, expected) in cases {
            assert_eq!(duration(secs, text), expected);
        }
    }

    #[test]
    fn a_number_that_can_be_changed_is_read_back_as_it_stands() {
        for value in [
            0.25,
            1.8,
            300.0,
            1800.0,
            86_400.0,
            -12.5,
            1_234_567.0,
            0.0,
            0.00123,
            2.5e-8,
        ] {
            assert_eq!(typed_number(&editable(value)), Some(value));
        }
    }
}
