//! Numbers as people read them, the same in the window, on paper and in sentences.

use super::to_count;

/// A number with so many decimals, thousands apart, a true minus sign; a dash where there is none.
pub fn grouped(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let written = thousands_apart(&format!("{:.decimals$}", value.abs()));
    let is_zero = written.chars().all(|sign| matches!(sign, '0' | '.'));
    if value < 0.0 && !is_zero {
        format!("−{written}")
    } else {
        written
    }
}

/// Digits without a sign, thousands apart; decimals stay as they are.
pub fn thousands_apart(digits: &str) -> String {
    let (whole, fraction) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let n_digits = whole.chars().count();
    let mut out = String::with_capacity(digits.len() + n_digits / 3);
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (n_digits - position).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out.push_str(fraction);
    out
}

/// Below this a number is told by its power of ten: as a decimal it would read as zero.
const TINY: f64 = 1e-6;

/// A number with as many decimals as its size asks for: three digits or four.
pub fn measure(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    if value.abs() < TINY {
        return format!("{value:.2e}").replace('-', "−");
    }
    grouped(value, decimals_for(value))
}

/// A number that somebody chose, such as a limit, with all its digits and no more.
pub fn exact(value: f64) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    // Nobody types ten digits: what lies behind them came in with a change of unit.
    let chosen: f64 = format!("{value:.8e}").parse().unwrap_or(value);
    let written = thousands_apart(&chosen.abs().to_string());
    if chosen < 0.0 {
        format!("−{written}")
    } else {
        written
    }
}

/// How many decimals show a number to about three digits of `scale`.
pub fn decimals_of(scale: f64) -> usize {
    if !(scale.is_finite() && scale > 0.0) {
        return 2;
    }
    to_count((2.0 - scale.log10().floor()).clamp(0.0, 6.0))
}

/// A difference, always with its sign, with the decimals that fit `scale`.
pub fn signed(value: f64, scale: f64) -> String {
    with_plus(value, grouped(value, decimals_for(scale)))
}

/// A written number with a plus sign where it is above zero and not written as zero.
pub fn with_plus(value: f64, written: String) -> String {
    let is_zero = !written.chars().any(|sign| ('1'..='9').contains(&sign));
    if value > 0.0 && !is_zero {
        format!("+{written}")
    } else {
        written
    }
}

/// How many decimals show three digits of a number, four where it is above one.
pub fn decimals_for(value: f64) -> usize {
    match value.abs() {
        size if size >= 1000.0 => 0,
        size if size >= 100.0 => 1,
        size if size >= 1.0 => 2,
        size if size < TINY => 3,
        size => to_count(2.0 - size.log10().floor()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_have_a_true_minus() {
        assert_eq!(grouped(1_234_567.0, 0), "1,234,567");
        assert_eq!(grouped(-12_345.678, 2), "−12,345.68");
        assert_eq!(grouped(-0.456, 2), "−0.46");
        assert_eq!(grouped(-0.001, 2), "0.00");
        assert_eq!(grouped(999.9, 0), "1,000");
        assert_eq!(grouped(f64::NAN, 2), "–");
        assert_eq!(grouped(f64::INFINITY, 2), "–");
        assert_eq!(thousands_apart("86400"), "86,400");
        assert_eq!(measure(104.23), "104.2");
    }

    #[test]
    fn what_is_small_keeps_three_digits() {
        let cases = [
            (0.0, "0"),
            (0.745, "0.745"),
            (0.055_41, "0.0554"),
            (0.001_234, "0.00123"),
            (-0.000_012_34, "−0.0000123"),
            (2.5e-8, "2.50e−8"),
        ];
        for (value, expected) in cases {
            assert_eq!(measure(value), expected);
        }
    }

    #[test]
    fn what_somebody_chose_has_its_digits_and_no_more() {
        assert_eq!(exact(75.0), "75");
        assert_eq!(exact(-12_000.5), "−12,000.5");
        assert_eq!(exact(0.1 + 0.2), "0.3");
        assert_eq!(exact(f64::NAN), "–");
    }

    #[test]
    fn a_difference_shows_its_sign() {
        assert_eq!(signed(0.42, 1.3), "+0.42");
        assert_eq!(signed(-0.11, 3.0), "−0.11");
        assert_eq!(signed(0.0, 3.0), "0.00");
        assert_eq!(signed(0.001, 3.0), "0.00");
        assert_eq!(signed(5665.4, 5665.4), "+5,665");
    }
}
