//! The range a channel was met in, and a soft clip to it.

/// Room on either side of the range met, as a share of its width; the outer half of it is where
/// values bend.
const MARGIN: f64 = 0.25;
/// Spikes beyond this many units are no ground to stand on.
const FAR: f64 = 8.0;

/// The normalised range of one channel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Limits {
    /// The least value met.
    pub(crate) low: f64,
    /// The greatest value met.
    pub(crate) high: f64,
}

impl Limits {
    /// The range of some values, without spikes.
    pub(crate) fn of(values: impl Iterator<Item = f64>) -> Self {
        let finite = values.filter(|value| value.is_finite());
        let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        if low > high {
            return Self {
                low: 0.0,
                high: 0.0,
            };
        }
        Self {
            low: low.clamp(-FAR, FAR),
            high: high.clamp(-FAR, FAR),
        }
    }

    /// Where no clipped value ever is.
    pub(crate) fn outer(&self) -> (f64, f64) {
        let margin = MARGIN * (self.high - self.low);
        (self.low - margin, self.high + margin)
    }

    /// Whether a value lies beyond the outer limits.
    pub(crate) fn is_away(&self, value: f64) -> bool {
        let (least, greatest) = self.outer();
        !(least..=greatest).contains(&value)
    }

    /// Leaves values near the range alone and bends others, so that none passes the outer limits.
    pub(crate) fn clip(&self, value: f64) -> f64 {
        let bend = 0.5 * MARGIN * (self.high - self.low);
        if value.is_nan() || bend <= 0.0 {
            return self.high;
        }
        let (low, high) = (self.low - bend, self.high + bend);
        if value > high {
            high + bend * ((value - high) / bend).tanh()
        } else if value < low {
            low + bend * ((value - low) / bend).tanh()
        } else {
            value
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_near_the_range_stay_and_none_passes_the_outer_limits() {
        let limits = Limits::of([-1.0, 3.0, f64::NAN].into_iter());
        assert_eq!(limits.outer(), (-2.0, 4.0));
        for value in [-1.4, 0.0, 3.4] {
            assert!((limits.clip(value) - value).abs() < 1e-12);
        }
        for value in [4.0, 1e9, f64::INFINITY, -1e9, f64::NAN] {
            assert!(!limits.is_away(limits.clip(value)), "{value}");
        }
        let (near, far) = (limits.clip(3.6), limits.clip(3.9));
        assert!(3.5 < near && near < far && far < 4.0, "{near} {far}");
    }
}
