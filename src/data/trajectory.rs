//! What a rollout gives: many possible futures of every output.

use crate::base::to_f32;

/// A lower and an upper line, one value a step.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Band {
    /// The lower line.
    pub lo: Vec<f64>,
    /// The upper line.
    pub hi: Vec<f64>,
}

/// Many possible futures of every output under one control plan.
///
/// Invariant: all arrays have `n_steps` values a channel; draws are `[N, O, H]`, draw first.
#[derive(Debug, Clone, PartialEq)]
pub struct Trajectory {
    /// The length of a step in seconds.
    pub step_secs: f64,
    /// When the first predicted step ends, ns since 1970 UTC.
    pub start_ns: i64,
    /// The dataset's indices of the outputs.
    pub channels: Vec<usize>,
    /// How many steps were rolled out.
    pub n_steps: usize,
    /// The member that made each draw.
    pub member_of_draw: Vec<usize>,
    /// Every draw, `[N, O, H]`, in the channels' units.
    pub draws: Vec<f32>,
    /// The centre of each output, `[O][H]`.
    pub mean: Vec<Vec<f64>>,
    /// The calibrated 50 % band of each output.
    pub band50: Vec<Band>,
    /// The calibrated 90 % band of each output.
    pub band90: Vec<Band>,
    /// Spread within a member (noise), standard deviation, `[O][H]`.
    pub aleatoric: Vec<Vec<f64>>,
    /// Spread between members (ignorance), standard deviation, `[O][H]`.
    pub epistemic: Vec<Vec<f64>>,
}

impl Trajectory {
    /// How many draws there are.
    pub fn n_draws(&self) -> usize {
        self.member_of_draw.len()
    }

    /// One draw of one output, `[H]`.
    pub fn draw(&self, draw: usize, output: usize) -> &[f32] {
        let start = (draw * self.channels.len() + output) * self.n_steps;
        &self.draws[start..start + self.n_steps]
    }

    /// What tables hold of one output: the centre and both bands, each with what its name ends in.
    pub fn columns(&self, output: usize) -> [(&'static str, &[f64]); 5] {
        let (inner, outer) = (&self.band50[output], &self.band90[output]);
        [
            ("", &self.mean[output]),
            ("_lo50", &inner.lo),
            ("_hi50", &inner.hi),
            ("_lo90", &outer.lo),
            ("_hi90", &outer.hi),
        ]
    }

    /// Gives another trajectory a part in one output, from 0 to 1 a step.
    ///
    /// Draw by draw: both must have the same draws, outputs and steps, and noise of the same draw.
    pub fn mix(&mut self, other: &Self, output: usize, parts: &[f64]) {
        let [inner, outer] = [&other.band50[output], &other.band90[output]];
        let [own_inner, own_outer] = [&mut self.band50[output], &mut self.band90[output]];
        let curves = [
            (&mut self.mean[output], &other.mean[output]),
            (&mut own_inner.lo, &inner.lo),
            (&mut own_inner.hi, &inner.hi),
            (&mut own_outer.lo, &outer.lo),
            (&mut own_outer.hi, &outer.hi),
            (&mut self.aleatoric[output], &other.aleatoric[output]),
            (&mut self.epistemic[output], &other.epistemic[output]),
        ];
        for (own, other) in curves {
            for ((own, other), part) in own.iter_mut().zip(other).zip(parts) {
                *own = mixed(*own, *other, *part);
            }
        }
        for draw in 0..self.n_draws() {
            let start = (draw * self.channels.len() + output) * self.n_steps;
            let own = self.draws[start..start + self.n_steps].iter_mut();
            for ((own, other), part) in own.zip(other.draw(draw, output)).zip(parts) {
                *own = to_f32(mixed(f64::from(*own), f64::from(*other), *part));
            }
        }
    }

    /// The position of a dataset's channel among the outputs.
    pub fn output_of(&self, channel: usize) -> Option<usize> {
        self.channels.iter().position(|&output| output == channel)
    }
}

/// What has no part leaves neither rounding nor NaN behind.
fn mixed(own: f64, other: f64, part: f64) -> f64 {
    if part >= 1.0 {
        other
    } else if part > 0.0 {
        own + part * (other - own)
    } else {
        own
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trajectory(level: f64) -> Trajectory {
        let band = |half: f64| Band {
            lo: vec![level - half; 3],
            hi: vec![level + half; 3],
        };
        Trajectory {
            step_secs: 1.0,
            start_ns: 0,
            channels: vec![4, 7],
            n_steps: 3,
            member_of_draw: vec![0, 1],
            draws: vec![to_f32(level); 12],
            mean: vec![vec![level; 3]; 2],
            band50: vec![band(1.0), band(1.0)],
            band90: vec![band(2.0), band(2.0)],
            aleatoric: vec![vec![level; 3]; 2],
            epistemic: vec![vec![level; 3]; 2],
        }
    }

    #[test]
    fn a_part_is_given_step_by_step_in_one_output() {
        let (mut mixed, other) = (trajectory(10.0), trajectory(20.0));
        mixed.mix(&other, 1, &[1.0, 0.25, 0.0]);
        let course = [20.0, 12.5, 10.0];
        assert_eq!(mixed.mean[1], course);
        assert_eq!(mixed.aleatoric[1], course);
        assert_eq!(mixed.band90[1].lo, [18.0, 10.5, 8.0]);
        assert_eq!(mixed.band50[1].hi, [21.0, 13.5, 11.0]);
        assert_eq!(mixed.draw(1, 1), [20.0, 12.5, 10.0]);
        assert_eq!(mixed.draw(1, 0), [10.0; 3]);
        assert_eq!(mixed.mean[0], [10.0; 3]);
        // No part of what is not a number leaves the other as it is.
        let mut kept = trajectory(10.0);
        kept.mix(&trajectory(f64::NAN), 0, &[0.0; 3]);
        assert_eq!(kept, trajectory(10.0));
    }
}
