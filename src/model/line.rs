//! One output's future: the members' paths, their middle and its bands.

use super::{
    calibration::{Calibration, Z90},
    normalizer::Scale,
    prepared::SimOutput,
};
use crate::{
    base::to_f32,
    data::{Band, Trajectory},
};

/// A member this many spreads away from the others' median has left the model's ground.
const ASTRAY: f64 = 5.0;
/// Noise never vanishes: at least this share of the calibrated variance.
const MIN_NOISE: f64 = 0.1;
/// A band whose members agree keeps at least this share of its calibrated variance.
const MIN_FOLLOWED: f64 = 0.25;
/// The 75 % point of the standard normal distribution.
const Z50: f64 = 0.674_489_8;

/// What the members say about one output, normalised, `[M][H]`.
pub(super) struct Paths {
    mean: Vec<Vec<f64>>,
    scale: Vec<Vec<f64>>,
}

impl Paths {
    /// The members' rows of one output.
    pub(super) fn take(
        members: &[SimOutput],
        position: usize,
        n_obs: usize,
        n_steps: usize,
    ) -> Self {
        let column = |values: &[f32]| -> Vec<f64> {
            values
                .iter()
                .skip(position)
                .step_by(n_obs)
                .take(n_steps)
                .map(|&x| f64::from(x))
                .collect()
        };
        Self {
            mean: members.iter().map(|one| column(&one.mean)).collect(),
            scale: members.iter().map(|one| column(&one.scale)).collect(),
        }
    }

    /// Replaces members that went astray by the others' mean from that step on; gives the mean,
    /// the variance between members and the mean scale of each step.
    fn settle(&mut self, spread: f64) -> Vec<(f64, f64, f64)> {
        let n_members = self.mean.len();
        let n_steps = self.mean.first().map_or(0, Vec::len);
        let mut alive = vec![true; n_members];
        let mut out = Vec::with_capacity(n_steps);
        for step in 0..n_steps {
            let mut values: Vec<f64> = (0..n_members)
                .filter(|&member| alive[member] && self.mean[member][step].is_finite())
                .map(|member| self.mean[member][step])
                .collect();
            values.sort_unstable_by(f64::total_cmp);
            let median = values.get(values.len() / 2).copied().unwrap_or(0.0);
            for (path, alive) in self.mean.iter().zip(&mut alive) {
                let away = (path[step] - median).abs();
                // Two members cannot tell which of them is wrong.
                if !away.is_finite() || (n_members > 2 && away > ASTRAY * spread) {
                    *alive = false;
                }
            }
            let speaking: Vec<usize> = (0..n_members).filter(|&member| alive[member]).collect();
            let count = speaking.len().max(1) as f64;
            let center = if speaking.is_empty() {
                median
            } else {
                speaking.iter().map(|&m| self.mean[m][step]).sum::<f64>() / count
            };
            let variance = speaking
                .iter()
                .map(|&m| (self.mean[m][step] - center).powi(2))
                .sum::<f64>()
                / (count - 1.0).max(1.0);
            let scale = speaking.iter().map(|&m| self.scale[m][step]).sum::<f64>() / count;
            for member in (0..n_members).filter(|&member| !alive[member]) {
                self.mean[member][step] = center;
            }
            let scale = if scale.is_finite() && scale > 0.0 {
                scale
            } else {
                1.0
            };
            out.push((center, variance, scale));
        }
        out
    }
}

/// One output's future in its own unit.
pub(super) struct Line<'a> {
    /// Path of each member, `[M][H]`.
    paths: Vec<Vec<f64>>,
    mean: Vec<f64>,
    half50: Vec<f64>,
    half90: Vec<f64>,
    /// Standard deviation of the noise in the draws.
    noise: Vec<f64>,
    between: Vec<f64>,
    /// Where it can go.
    scale: Scale,
    calibration: Option<&'a Calibration>,
}

impl<'a> Line<'a> {
    /// A channel that stays where it is.
    pub(super) fn constant(value: f64, n_members: usize, n_steps: usize) -> Self {
        Self {
            paths: vec![vec![value; n_steps]; n_members],
            mean: vec![value; n_steps],
            half50: vec![0.0; n_steps],
            half90: vec![0.0; n_steps],
            noise: vec![0.0; n_steps],
            between: vec![0.0; n_steps],
            scale: Scale::SILENT,
            calibration: None,
        }
    }

    /// The line of what members said; `added` is what inputs outside those met add to their
    /// variance, `likeness` how much each step is like those met ([`super::caution::likeness`]), and
    /// `folds` the only member that may speak at each step.
    pub(super) fn new(
        (mut paths, added): (Paths, &[f64]),
        scale: Scale,
        (calibration, likeness): (&'a Calibration, &[f64]),
        folds: &[Option<usize>],
    ) -> Self {
        let raw_paths = paths.mean.clone();
        let settled = paths.settle(scale.spread);
        let mut line = Self::constant(0.0, paths.mean.len(), settled.len());
        line.calibration = Some(calibration);
        line.scale = scale;
        for (step, &(center, variance, predicted)) in settled.iter().enumerate() {
            let only = folds[step].filter(|&fold| {
                let path = raw_paths.get(fold).map(|path| path[step]);
                path.is_some_and(f64::is_finite)
            });
            let center = only.map_or(center, |fold| raw_paths[fold][step]);
            let [inner, outer] = calibration.halves(step, likeness[step]);
            let usual = calibration.between_at(step) * predicted * predicted;
            let total = (outer * predicted / Z90).powi(2);
            // Members that disagree more than usual know less here, and the band follows them.
            let beyond = variance - added[step] - usual;
            let kept = match only {
                Some(_) => beyond.max(0.0),
                None => beyond / (paths.mean.len().max(1) as f64).sqrt(),
            };
            let excess = (kept, added[step]);
            line.mean[step] = scale.held(scale.raw(center));
            line.half50[step] = scale.unit * followed(inner * predicted, Z50, excess);
            line.half90[step] = scale.unit * followed(outer * predicted, Z90, excess);
            line.noise[step] = scale.unit * (total - usual).max(MIN_NOISE * total).sqrt();
            line.between[step] = scale.unit * variance.sqrt();
            for (member, path) in line.paths.iter_mut().enumerate() {
                let said = only.map_or(paths.mean[member][step], |fold| raw_paths[fold][step]);
                path[step] = scale.held(scale.raw(said));
            }
        }
        line
    }

    /// Adds mean, bands and spreads to the answer.
    pub(super) fn describe(&self, out: &mut Trajectory) {
        let band = |half: &[f64]| Band {
            lo: self
                .mean
                .iter()
                .zip(half)
                .map(|(mean, half)| self.scale.held(mean - half))
                .collect(),
            hi: self
                .mean
                .iter()
                .zip(half)
                .map(|(mean, half)| self.scale.held(mean + half))
                .collect(),
        };
        out.band50.push(band(&self.half50));
        out.band90.push(band(&self.half90));
        out.mean.push(self.mean.clone());
        out.aleatoric.push(self.noise.clone());
        out.epistemic.push(self.between.clone());
    }

    /// Fills one draw: the member's path plus noise with the residuals' memory.
    pub(super) fn draw_into(&self, values: &mut [f32], member: usize, pairs: &[[f32; 2]]) {
        let (share, rho) = self
            .calibration
            .map_or((0.0, 0.0), |one| (one.slow_share, one.rho));
        let (slow_part, fast_part) = (share.sqrt(), (1.0 - share).sqrt());
        let fresh = (1.0 - rho * rho).sqrt();
        let mut slow = 0.0;
        for (step, (value, pair)) in values.iter_mut().zip(pairs).enumerate() {
            let [first, second] = pair.map(f64::from);
            slow = if step == 0 {
                first
            } else {
                rho * slow + fresh * first
            };
            let noise = slow_part * slow + fast_part * second;
            let drawn = self.paths[member][step] + self.noise[step] * noise;
            *value = to_f32(self.scale.held(drawn));
        }
    }
}

/// A calibrated half width where the variance between members is not the usual one.
///
/// `kept` is what the mean over members keeps of the difference. Of errors that are independent it
/// keeps one part in as many as there are members, of errors in common all; nothing measured tells
/// which they are, so it is the geometric middle. What inputs outside those met add comes on top.
fn followed(half: f64, z: f64, (kept, added): (f64, f64)) -> f64 {
    let calibrated = half * half;
    let follows = (calibrated + z * z * kept).max(MIN_FOLLOWED * calibrated);
    (follows + z * z * added).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_band_follows_its_members_by_what_their_mean_keeps_of_their_disagreement() {
        let calibration = Calibration {
            knots: vec![0.0],
            half50: vec![Z50],
            half90: vec![Z90],
            inside: [vec![Z50], vec![Z90]],
            between: vec![1.0],
            ..Calibration::default()
        };
        let half = |members: [f64; 5], only: Option<usize>| {
            let paths = Paths {
                mean: members.map(|one| vec![one]).into(),
                scale: vec![vec![1.0]; 5],
            };
            let scale = Scale {
                spread: 100.0,
                unit: 1.0,
                ..Scale::SILENT
            };
            Line::new((paths, &[0.0]), scale, (&calibration, &[1.0]), &[only]).half90[0] / Z90
        };
        // Sample variances of 1, of 6 and of almost 0; the usual one is 1.
        let usual = [-1.0, -1.0, 0.0, 1.0, 1.0];
        assert!((half(usual, None) - 1.0).abs() < 1e-9);
        let wide = usual.map(|one| one * 6.0_f64.sqrt());
        let kept = 5.0 / 5.0_f64.sqrt();
        assert!((half(wide, None) - (1.0 + kept).sqrt()).abs() < 1e-9);
        assert!(half(usual.map(|one| 0.1 * one), None) < 0.8);
        // A member that speaks alone keeps all of it.
        assert!((half(wide, Some(0)) - 6.0_f64.sqrt()).abs() < 1e-9);
        assert!(half(usual.map(|one| 0.1 * one), Some(0)) >= 1.0);
    }
}
