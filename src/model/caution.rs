//! How much the flexible families may say where a rollout's inputs leave what was ever met.
//!
//! A flexible family has learned nothing about such inputs, and all its members may be wrong in
//! the same way; the linear one extrapolates plainly. Nobody knows which is right, so outside the
//! members share the ground between them out (`blend`).

use super::normalizer::{Normalizer, Scale};
use crate::base::to_f32;

/// At this distance, in units of the whole range met, the flexible family has half a say.
const HALF_SAY: f64 = 0.25;
/// At this distance an error tells half as much of the errors inside.
const HALF_LIKE: f64 = 0.1;
/// Outputs may come so far beyond the range met by themselves, in units of it: that an answer lies
/// where the log never was is often the answer …
const FREE: f64 = 0.5;
/// … and so much further they leave flexible families half a say.
const HALF_LOST: f64 = 0.1;
/// What is left of an excursion's effect after a step: the line remembers it for a while.
const MEMORY: f64 = 0.98;

/// The say of the flexible family at each step, 1 inside what was met, toward 0 far outside.
pub(super) fn say_of_step(normalizer: &Normalizer, future_input: &[f32]) -> Vec<f64> {
    let away = away_of_step(normalizer, future_input);
    away.map(|away| falling(away, HALF_SAY)).collect()
}

/// How much each step is like those inside what was met, likewise.
pub(super) fn likeness_of_step(normalizer: &Normalizer, future_input: &[f32]) -> Vec<f64> {
    likeness(away_of_step(normalizer, future_input)).collect()
}

/// How much steps are like those inside what was met, from how far their inputs are outside it.
pub(super) fn likeness(away: impl Iterator<Item = f64>) -> impl Iterator<Item = f64> {
    away.map(|away| falling(away, HALF_LIKE))
}

/// How far inputs have been outside what was met at each step, in units of the whole range; an
/// excursion is remembered for a while.
pub(super) fn remembered(now: impl Iterator<Item = f64>) -> impl Iterator<Item = f64> {
    now.scan(0.0, |away: &mut f64, now| {
        *away = now.max(*away * MEMORY);
        Some(*away)
    })
}

fn away_of_step(normalizer: &Normalizer, future_input: &[f32]) -> impl Iterator<Item = f64> {
    let n_in = normalizer.inputs.len().max(1);
    remembered(future_input.chunks(n_in).map(|row| {
        let inputs = row.iter().zip(&normalizer.inputs);
        let now = inputs.map(|(&value, input)| input.scale.beyond(f64::from(value)));
        now.fold(0.0, f64::max)
    }))
}

fn falling(away: f64, half: f64) -> f64 {
    if away < 1e-3 {
        return 1.0;
    }
    1.0 / (1.0 + (away / half).powi(2))
}

/// How far an output's run is outside the range met, with its sign, from how far it was the step before:
/// like an input's, its excursion is remembered for a while.
pub(super) fn astray(before: f64, value: f64, [low, high]: [f64; 2]) -> f64 {
    let now = (value - high).max(0.0) + (value - low).min(0.0);
    let left = before * MEMORY;
    if now.abs() >= left.abs() { now } else { left }
}

/// How far flexible families have left the range that an output was met in, further than the linear one.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Excursion(f64);

impl Excursion {
    /// What they may still say at the next step, 1 while they stay inside or go with the linear one.
    ///
    /// Inputs can each be inside what was met and their combination not; a product of them then goes
    /// anywhere, and an output that nobody ever saw there tells.
    pub(super) fn say(&mut self, [flexible, linear]: [f64; 2], [low, high]: [f64; 2]) -> f64 {
        let past = |value: f64| (value - high).max(low - value).max(0.0);
        let further = past(flexible) - past(linear);
        if further.is_finite() && high > low {
            self.0 = (further / (high - low) - FREE).max(self.0 * MEMORY);
        }
        falling(self.0, HALF_LOST)
    }
}

/// The same inputs, held at the ends of the range met; `None` where they never leave it.
pub(super) fn held_inside(normalizer: &Normalizer, future_input: &[f32]) -> Option<Vec<f32>> {
    let n_in = normalizer.inputs.len().max(1);
    let held = future_input.iter().enumerate().map(|(at, &value)| {
        let scale = normalizer.inputs.get(at % n_in).map(|one| one.scale);
        let Some(scale) = scale.filter(Scale::moves) else {
            return value;
        };
        let ends = [scale.low, scale.high].map(|end| to_f32(scale.normed(end)));
        value.max(ends[0]).min(ends[1])
    });
    let held: Vec<f32> = held.collect();
    (held != future_input).then_some(held)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::Issues,
        model::normalizer::{Normalizer, fit_input},
    };

    fn normalizer() -> Normalizer {
        let values: Vec<f64> = (0..=100).map(f64::from).collect();
        Normalizer {
            outputs: Vec::new(),
            inputs: vec![fit_input("u", &values, &mut Issues::new())],
        }
    }

    fn says(raw: &[f64]) -> Vec<f64> {
        let normalizer = normalizer();
        let scale = normalizer.inputs[0].scale;
        let row: Vec<f32> = raw.iter().map(|&x| to_f32(scale.normed(x))).collect();
        say_of_step(&normalizer, &row)
    }

    #[test]
    fn inside_what_was_met_the_chosen_family_speaks_alone() {
        assert!(says(&[0.0, 50.0, 100.0]).iter().all(|&say| say >= 1.0));
    }

    #[test]
    fn inputs_are_held_at_the_ends_of_what_was_met() {
        let normalizer = normalizer();
        let scale = normalizer.inputs[0].scale;
        let row =
            |raw: &[f64]| -> Vec<f32> { raw.iter().map(|&x| to_f32(scale.normed(x))).collect() };
        let held = held_inside(&normalizer, &row(&[50.0, 300.0, -9.0]));
        assert_eq!(held, Some(row(&[50.0, 100.0, 0.0])));
        assert_eq!(held_inside(&normalizer, &row(&[0.0, 100.0])), None);
    }

    #[test]
    fn flexible_families_lose_their_say_where_they_alone_leave_what_was_met() {
        let range = [-1.0, 1.0];
        let mut one = Excursion::default();
        assert!(one.say([0.9, 0.5], range) >= 1.0 && one.say([2.0, 2.0], range) >= 1.0);
        assert!(one.say([f64::NAN, 0.0], range) >= 1.0);
        assert!(one.say([1.9, 1.0], range) >= 1.0, "much is free");
        // By 0.7 of the range further than the linear one, of which 0.5 are free.
        let left = one.say([2.4, 0.5], range);
        assert!((left - 0.2).abs() < 1e-9, "{left}");
        let after = one.say([0.0, 0.0], range);
        assert!(after > left && after < 0.25, "{after}");
    }

    #[test]
    fn an_outputs_excursion_is_remembered_with_its_sign() {
        let run = [0.5, 1.5, 0.5, -3.0, 0.0];
        let found: Vec<f64> = (run.iter())
            .scan(0.0, |before, &value| {
                *before = astray(*before, value, [-1.0, 1.0]);
                Some(*before)
            })
            .collect();
        assert!(found[0].abs() < 1e-12 && (found[1] - 0.5).abs() < 1e-12);
        assert!(found[2] > 0.4 && found[2] < 0.5);
        assert!((found[3] + 2.0).abs() < 1e-12 && found[4] < -1.9);
    }

    #[test]
    fn far_outside_the_linear_family_speaks_and_the_effect_fades() {
        let says = says(&[50.0, 300.0, 50.0, 50.0]);
        assert!(says[0] >= 1.0 && says[1] < 0.05, "{says:?}");
        assert!(says[2] < says[3] && says[3] < 0.1, "{says:?}");
    }
}
