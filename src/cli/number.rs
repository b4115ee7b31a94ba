//! Numbers for people.

use crate::base::with_plus;

/// A number as the window tells it; a dash where there is none.
pub(crate) use crate::base::measure as figures;

/// The same with a sign.
pub(crate) fn signed(number: f64) -> String {
    with_plus(number, figures(number))
}

/// A share between 0 and 1 in per cent.
pub(crate) fn percent(share_frac: f64) -> String {
    if share_frac.is_finite() {
        format!("{:.1} %", share_frac * 100.0)
    } else {
        "–".to_owned()
    }
}

/// Seconds as people say them.
pub(crate) fn duration(secs: f64) -> String {
    if secs < 60.0 {
        format!("{secs:.1} s")
    } else if secs < 3600.0 {
        format!("{:.1} min", secs / 60.0)
    } else if secs < 86_400.0 * 2.0 {
        format!("{:.1} h", secs / 3600.0)
    } else {
        format!("{:.0} d", secs / 86_400.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_as_in_the_window() {
        assert_eq!(figures(0.0), "0");
        assert_eq!(figures(12.345_67), "12.35");
        assert_eq!(figures(-0.001_234_5), "−0.00123");
        assert_eq!(figures(123_456.7), "123,457");
        assert_eq!(figures(f64::NAN), "–");
        assert_eq!(signed(1.0), "+1.00");
    }
}
