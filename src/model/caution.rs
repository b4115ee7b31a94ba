//! What a rollout does where its inputs leave what was ever met: lean on the linear family, and
//! widen the band by what the families disagree about.
//!
//! A flexible family has learned nothing about such inputs, and all its members may be wrong in
//! the same way; the linear one extrapolates plainly. Nobody knows which is right, so their
//! difference counts as ignorance.

use super::normalizer::Normalizer;

/// At this distance, in units of the whole range met, the flexible family has half a say.
const HALF_SAY: f64 = 0.25;
/// What is left of an excursion's effect after a step: the line remembers it for a while.
const MEMORY: f64 = 0.98;

/// The say of the flexible family at each step, 1 inside what was met, toward 0 far outside.
pub(super) fn say_of_step(normalizer: &Normalizer, future_input: &[f32]) -> Vec<f64> {
    let n_in = normalizer.inputs.len().max(1);
    let mut away = 0.0_f64;
    let says = future_input.chunks(n_in).map(|row| {
        let inputs = row.iter().zip(&normalizer.inputs);
        let now = inputs.map(|(&value, input)| input.scale.beyond(f64::from(value)));
        away = now.fold(away * MEMORY, f64::max);
        if away < 1e-3 {
            return 1.0;
        }
        1.0 / (1.0 + (away / HALF_SAY).powi(2))
    });
    says.collect()
}

/// Moves each member's path toward the linear one; gives the variance that the families' difference
/// adds at each step. All paths `[M][H]`.
pub(super) fn lean(
    paths: &mut [Vec<f64>],
    linear: &[Vec<f64>],
    neural: &[Vec<f64>],
    says: &[f64],
) -> Vec<f64> {
    let mean = |family: &[Vec<f64>], step: usize| {
        family.iter().map(|path| path[step]).sum::<f64>() / family.len().max(1) as f64
    };
    let added = says.iter().enumerate().map(|(step, say)| {
        let apart = (1.0 - say) * (mean(neural, step) - mean(linear, step));
        if apart.is_finite() {
            apart * apart
        } else {
            0.0
        }
    });
    let added = added.collect();
    for (path, plain) in paths.iter_mut().zip(linear) {
        for ((value, plain), say) in path.iter_mut().zip(plain).zip(says) {
            if *say < 1.0 {
                *value = say * *value + (1.0 - say) * plain;
            }
        }
    }
    added
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
        let row: Vec<f32> = raw
            .iter()
            .map(|&x| super::super::context::to_f32(scale.normed(x)))
            .collect();
        say_of_step(&normalizer, &row)
    }

    #[test]
    fn inside_what_was_met_the_chosen_family_speaks_alone() {
        assert!(says(&[0.0, 50.0, 100.0]).iter().all(|&say| say >= 1.0));
    }

    #[test]
    fn far_outside_the_linear_family_speaks_and_the_effect_fades() {
        let says = says(&[50.0, 300.0, 50.0, 50.0]);
        assert!(says[0] >= 1.0 && says[1] < 0.05, "{says:?}");
        assert!(says[2] < says[3] && says[3] < 0.1, "{says:?}");
    }

    #[test]
    fn families_that_disagree_outside_widen_the_band() {
        let mut paths = vec![vec![3.0, 3.0]];
        let (linear, neural) = (vec![vec![1.0, 1.0]], vec![vec![3.0, 3.0]]);
        let added = lean(&mut paths, &linear, &neural, &[1.0, 0.5]);
        assert_eq!(added.len(), 2);
        assert!(added[0].abs() < 1e-12 && (added[1] - 1.0).abs() < 1e-12);
        assert!((paths[0][0] - 3.0).abs() < 1e-12 && (paths[0][1] - 2.0).abs() < 1e-12);
    }
}
