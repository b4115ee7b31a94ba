//! The range a channel was met in, and what happens to values outside of it.
#![expect(
    clippy::inline_always,
    reason = "loops must be compiled inside the function that knows the wide registers"
)]

use crate::model::rails::FREE;

/// Room on either side of the range met, as a share of its width; in the outer half of it values
/// bend before polynomials see them.
const MARGIN: f64 = 0.25;
/// No run goes further beyond the range met than this many times its width.
const HOLD: f64 = 4.0;
/// Spikes beyond this many units are no ground to stand on.
const FAR: f64 = 8.0;

/// The normalised range of one channel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Limits {
    /// The least value met.
    pub(crate) low: f64,
    /// The greatest value met.
    pub(crate) high: f64,
    /// Lower and upper end that no run passes; infinite where there is none.
    pub(crate) rails: [f64; 2],
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
                rails: FREE.map(f64::from),
            };
        }
        Self {
            low: low.clamp(-FAR, FAR),
            high: high.clamp(-FAR, FAR),
            rails: FREE.map(f64::from),
        }
    }

    /// The same for a channel that cannot pass some ends.
    pub(crate) fn within(self, rails: [f32; 2]) -> Self {
        let rails = rails.map(f64::from);
        Self { rails, ..self }
    }

    /// The end that a value has passed, if any.
    pub(super) fn passed(&self, value: f64) -> Option<f64> {
        let [low, high] = self.rails;
        if value > high {
            Some(high)
        } else {
            (value < low).then_some(low)
        }
    }

    fn width(&self) -> f64 {
        self.high - self.low
    }

    /// How far a value lies beyond the range met, in widths of it; 0 for a channel that never
    /// moved, which has no say.
    pub(super) fn beyond(&self, value: f64) -> f64 {
        let past = (value - self.high).max(self.low - value);
        if self.width() > 0.0 {
            (past / self.width()).max(0.0)
        } else {
            0.0
        }
    }

    /// Whether a value lies beyond the margin.
    pub(super) fn is_away(&self, value: f64) -> bool {
        Self::is_past_margin(self.beyond(value))
    }

    /// Whether that is so far beyond the range met.
    pub(super) fn is_past_margin(beyond: f64) -> bool {
        beyond > MARGIN
    }

    /// What polynomials see: values near the range as they are, others bent so that none passes
    /// the margin.
    pub(super) fn clip(&self, value: f64) -> f64 {
        self.bend(value, 0.5 * MARGIN, 0.5 * MARGIN)
    }

    /// Where a run is held at last, so that it can never diverge.
    pub(super) fn hold(&self, value: f64) -> f64 {
        let held = self.bend(value, 0.5 * HOLD, 0.5 * HOLD);
        self.passed(held).unwrap_or(held)
    }

    /// The polynomial's say where its farthest value lies so far beyond: all of it in the inner
    /// half of the margin, none from one and a half margins on.
    #[inline(always)]
    pub(super) fn say(beyond: f64) -> f64 {
        let way = ((1.5 * MARGIN - beyond) / MARGIN).clamp(0.0, 1.0);
        way * way * (3.0 - 2.0 * way)
    }

    /// Leaves values alone up to `free` widths beyond the range; no other passes `room` more.
    fn bend(&self, value: f64, free: f64, room: f64) -> f64 {
        let (free, room) = (free * self.width(), room * self.width());
        if value.is_nan() || room <= 0.0 {
            return self.high;
        }
        let (low, high) = (self.low - free, self.high + free);
        if value > high {
            high + room * ((value - high) / room).tanh()
        } else if value < low {
            low + room * ((value - low) / room).tanh()
        } else {
            value
        }
    }
}

/// The limits of one channel for values side by side, most of which lie well inside.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wide {
    limits: Limits,
    /// Between these, values are kept and seen as they are.
    plain: [f64; 2],
}

impl Wide {
    /// Prepares the limits.
    pub(super) fn new(limits: Limits) -> Self {
        // Without a width every value is bent, to the only one that was met.
        let plain = if limits.width() > 0.0 {
            let [low, high] = limits.rails;
            [limits.low.max(low), limits.high.min(high)]
        } else {
            [f64::INFINITY, f64::NEG_INFINITY]
        };
        Self { limits, plain }
    }

    /// Whether all values lie where they are kept and seen as they are.
    #[inline(always)]
    pub(super) fn are_plain<const L: usize>(&self, values: [f64; L]) -> bool {
        let [low, high] = self.plain;
        let mut are_plain = true;
        for value in values {
            are_plain &= value >= low && value <= high;
        }
        are_plain
    }

    /// [`Limits::hold`].
    #[inline(always)]
    pub(super) fn hold<const L: usize>(&self, values: [f64; L]) -> [f64; L] {
        if self.are_plain(values) {
            values
        } else {
            values.map(|value| self.limits.hold(value))
        }
    }

    /// [`Limits::clip`] and [`Limits::beyond`].
    #[inline(always)]
    pub(super) fn see<const L: usize>(&self, values: [f64; L]) -> [[f64; L]; 2] {
        if self.are_plain(values) {
            return [values, [0.0; L]];
        }
        let clipped = values.map(|value| self.limits.clip(value));
        [clipped, values.map(|value| self.limits.beyond(value))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_near_the_range_stay_and_none_passes_the_margin() {
        let limits = Limits::of([-1.0, 3.0, f64::NAN].into_iter());
        for value in [-1.4, 0.0, 3.4] {
            assert!((limits.clip(value) - value).abs() < 1e-12);
        }
        for value in [4.0, 1e9, f64::INFINITY, -1e9, f64::NAN] {
            assert!(!limits.is_away(limits.clip(value)), "{value}");
            assert!(limits.beyond(limits.hold(value)) <= HOLD, "{value}");
        }
        let (near, far) = (limits.clip(3.6), limits.clip(3.9));
        assert!(3.5 < near && near < far && far < 4.0, "{near} {far}");
    }

    #[test]
    fn values_side_by_side_are_held_and_seen_as_each_alone() {
        let met = Limits::of([-1.0, 3.0].into_iter());
        let flat = Limits::of([2.0].into_iter());
        for limits in [met, met.within([0.0, 2.5]), flat] {
            let wide = Wide::new(limits);
            for values in [[-0.5, 2.0], [0.5, 2.7], [-1.4, 3.6], [f64::NAN, 1e9]] {
                let alike = |side_by_side: [f64; 2], alone: fn(&Limits, f64) -> f64| {
                    let pairs = side_by_side.into_iter().zip(values);
                    for (one, value) in pairs {
                        assert_eq!(one.to_bits(), alone(&limits, value).to_bits(), "{value}");
                    }
                };
                alike(wide.hold(values), Limits::hold);
                let [clipped, beyond] = wide.see(values);
                alike(clipped, Limits::clip);
                alike(beyond, Limits::beyond);
            }
        }
    }

    #[test]
    fn the_polynomial_speaks_alone_near_the_range_and_not_at_all_far_from_it() {
        assert!(Limits::say(0.1) >= 1.0 && Limits::say(0.4) <= 0.0);
        assert!((Limits::say(0.25) - 0.5).abs() < 1e-12);
    }
}
