//! Numbers and sentences for people: three digits, a true minus, any language.

use std::sync::LazyLock;

use super::{Cause, Reason};
use crate::base::{Locale, Text, thousands_apart, with_plus};

/// Values named in a sentence.
pub(super) type Args = Vec<(&'static str, String)>;

static ENGLISH: LazyLock<Text> = LazyLock::new(|| Text::new(Locale::En));

/// The English words of a key.
pub(super) fn english(key: &str, args: &[(&'static str, String)]) -> String {
    spoken(&ENGLISH, key, args)
}

/// The words of a key in any language.
pub(super) fn spoken(text: &Text, key: &str, args: &[(&'static str, String)]) -> String {
    text.with(key, &borrowed(args))
}

fn borrowed<'a>(args: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    args.iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect()
}

/// Writes a number with three significant digits and a true minus sign.
///
/// Whole digits are never cut: 12 345.6 is `12,346`.
pub fn format_number(value: f64) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let rounded = format!("{:.2e}", value.abs());
    let exponent: i32 = rounded
        .split_once('e')
        .and_then(|(_, exponent)| exponent.parse().ok())
        .unwrap_or(0);
    let digits = if value == 0.0 {
        "0".to_owned()
    } else if (-4..7).contains(&exponent) {
        let decimals = usize::try_from(2 - exponent).unwrap_or(0);
        let plain = thousands_apart(&format!("{:.decimals$}", value.abs()));
        if plain.contains('.') {
            plain.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            plain
        }
    } else {
        rounded.replace('-', "−")
    };
    if value < 0.0 {
        format!("−{digits}")
    } else {
        digits
    }
}

/// As [`format_number`], with a plus sign before what is above zero.
pub fn format_signed(value: f64) -> String {
    with_plus(value, format_number(value))
}

/// A number with its unit, where it has one.
pub(super) fn with_unit(value: f64, unit: &str) -> String {
    if unit.is_empty() {
        format_number(value)
    } else {
        format!("{} {unit}", format_number(value))
    }
}

/// A share as whole percent.
pub(super) fn percent(share: f64) -> String {
    if share.is_finite() {
        format!("{:.0}", 100.0 * share)
    } else {
        "–".to_owned()
    }
}

/// A reason in words.
pub fn localized_reason(reason: &Reason, text: &Text) -> String {
    let key = format!("judge-{}-{}", reason.check, reason.level.name());
    text.or(&key, &borrowed(&reason.args), &reason.text)
}

/// A suggestion of a judgement in words.
pub fn localized_suggestion(
    suggestion: &(&'static str, Vec<(&'static str, String)>, String),
    text: &Text,
) -> String {
    let (key, args, english) = suggestion;
    text.or(key, &borrowed(args), english)
}

/// A cause in words: title, evidence, action.
pub fn localized_cause(cause: &Cause, text: &Text) -> (String, String, String) {
    let args = borrowed(&cause.args);
    (
        text.or(&format!("cause-{}", cause.cause), &args, cause.cause),
        text.or(&format!("evidence-{}", cause.cause), &args, &cause.evidence),
        text.or(&format!("action-{}", cause.cause), &args, &cause.action),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits_and_a_true_minus() {
        let cases = [
            (0.0, "0"),
            (-0.421_6, "−0.422"),
            (9.996, "10"),
            (12_345.6, "12,346"),
            (-1_000.0, "−1,000"),
            (0.000_123_4, "0.000123"),
            (2.5e-7, "2.50e−7"),
            (3.0e9, "3.00e9"),
            (100.0, "100"),
            (f64::NAN, "–"),
        ];
        for (value, expected) in cases {
            assert_eq!(format_number(value), expected);
        }
        assert_eq!(format_signed(0.5), "+0.5");
        assert_eq!(format_signed(-0.5), "−0.5");
        assert_eq!(format_signed(0.0), "0");
    }
}
