//! Numbers of one kind as another, where the language has casts only.
//!
//! A cast cuts in silence. Here it stands once, with what it does to numbers that do not fit.

/// In single precision; what is too large becomes infinite.
#[inline]
#[expect(
    clippy::cast_possible_truncation,
    reason = "losing figures is the point"
)]
pub fn to_f32(value: f64) -> f32 {
    value as f32
}

/// The whole part as a count or position: 0 for what is negative or no number, the largest one for
/// what is beyond it.
#[inline]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates at both ends"
)]
pub fn to_count(value: f64) -> usize {
    value as usize
}

/// The whole part; 0 for what is no number, the nearest end for what is beyond it.
#[inline]
#[expect(
    clippy::cast_possible_truncation,
    reason = "the cast saturates at both ends"
)]
pub fn to_i64(value: f64) -> i64 {
    value as i64
}

/// The whole part as a byte, likewise.
#[inline]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates at both ends"
)]
pub fn to_byte(value: f64) -> u8 {
    value as u8
}

/// When a step ends or begins, in nanoseconds since 1970, on a grid of `step_secs`.
pub fn time_of_step(start_ns: i64, step: usize, step_secs: f64) -> i64 {
    start_ns.saturating_add(to_i64(step as f64 * step_secs * 1e9))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_becomes_the_nearest_that_does_and_no_number_becomes_0() {
        assert_eq!([-3.7, 3.7, f64::NAN].map(to_count), [0, 3, 0]);
        assert_eq!(to_count(f64::INFINITY), usize::MAX);
        assert_eq!([-3.7, 3.7, f64::NAN].map(to_i64), [-3, 3, 0]);
        assert_eq!(to_i64(-1e300), i64::MIN);
        assert_eq!([-1.0, 254.9, 1e9].map(to_byte), [0, 254, 255]);
        assert!(to_f32(1e300).is_infinite() && to_f32(f64::NAN).is_nan());
        assert_eq!(time_of_step(5, 3, 0.5), 1_500_000_005);
        assert_eq!(time_of_step(i64::MAX, 3, 0.5), i64::MAX);
    }
}
