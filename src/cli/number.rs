//! Numbers for people.

use crate::base::to_count;

/// A number with about four figures that matter; a dash where there is none.
pub(crate) fn figures(number: f64) -> String {
    if !number.is_finite() {
        return "–".to_owned();
    }
    let size = number.abs();
    if size == 0.0 {
        "0".to_owned()
    } else if (1e-4..1e7).contains(&size) {
        let after = to_count(3.0 - size.log10().floor());
        format!("{number:.after$}")
    } else {
        format!("{number:.3e}")
    }
}

/// The same with a sign.
pub(crate) fn signed(number: f64) -> String {
    let text = figures(number);
    if number > 0.0 {
        format!("+{text}")
    } else {
        text
    }
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
    fn four_figures_are_kept() {
        assert_eq!(figures(0.0), "0");
        assert_eq!(figures(12.345_67), "12.35");
        assert_eq!(figures(-0.001_234_5), "-0.001234");
        assert_eq!(figures(123_456.7), "123457");
        assert_eq!(figures(f64::NAN), "–");
        assert_eq!(signed(1.0), "+1.000");
    }
}
