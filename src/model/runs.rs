//! What families say about starts that they did not see.

use super::{
    ModelError, Tier,
    blend::Blend,
    leftout::{LeftOut, LeftOutStart},
    prepared::{SimOutput, SimStart, Simulator},
};
use crate::base::StopToken;

/// Starts that are run together.
const CHUNK: usize = 16;
/// A risk counts as at least this share of the worst one's.
const LEAST_RISK: f64 = 0.01;

/// What one family, or a blend of them, said about every left-out start.
#[derive(Debug, Clone)]
pub(crate) struct TierRuns {
    /// The family.
    pub(crate) tier: Tier,
    /// How many members it has.
    pub(crate) n_members: usize,
    /// Mean of the member that did not see the fold, `[start][H, O]`.
    pub(crate) mean: Vec<Vec<f32>>,
    /// Mean over the members that did see it, likewise; empty where there are none.
    pub(crate) others: Vec<Vec<f32>>,
    /// The scale of the one that did not, likewise.
    pub(crate) scale: Vec<Vec<f32>>,
    /// How its members differ.
    pub(crate) middle: Between,
    /// How they differ once moved apart; absent where they are not.
    apart: Option<Between>,
    /// Each member's squared error over the starts of all folds, `[O][M]`.
    risks: Vec<Vec<f64>>,
}

/// How members differ.
#[derive(Debug, Clone)]
pub(crate) struct Between {
    /// Variance between all members, `[start][H, O]`.
    pub(crate) seen: Vec<Vec<f32>>,
    /// The same where the inputs after the start are those of another start: a future that no
    /// member learned from.
    pub(crate) unseen: Vec<Vec<f32>>,
    /// Variance between members of each run's mean over the measured steps, `[start][O]`; 0 where
    /// nothing was measured.
    pub(crate) of_means: Vec<Vec<f64>>,
}

impl Between {
    fn with_capacity(n_starts: usize) -> Self {
        Self {
            seen: Vec::with_capacity(n_starts),
            unseen: Vec::with_capacity(n_starts),
            of_means: Vec::with_capacity(n_starts),
        }
    }

    fn add(&mut self, members: [&[SimOutput]; 2], target: &[f32], n_obs: usize) {
        let [seen, unseen] = members;
        self.seen.push(variances(seen));
        self.unseen.push(variances(unseen));
        let of_means = (0..n_obs).map(|output| {
            let means = seen
                .iter()
                .map(|one| known_mean(&one.mean, target, output, n_obs));
            variance(means)
        });
        self.of_means.push(of_means.collect());
    }
}

impl TierRuns {
    /// Runs every member of one family from every start.
    pub(crate) fn new(
        tier: Tier,
        simulator: &dyn Simulator,
        leftout: &LeftOut,
        modalities: [bool; 3],
        n_obs: usize,
    ) -> Self {
        let mut runs = Self::empty(tier, simulator.n_members(), leftout, n_obs);
        for chunk in Chunk::all(leftout, modalities) {
            let sims: Vec<[Vec<SimOutput>; 2]> = (0..runs.n_members)
                .map(|member| {
                    [&chunk.starts, &chunk.shifted].map(|starts| simulator.simulate(member, starts))
                })
                .collect();
            for at in 0..chunk.starts.len() {
                let [seen, unseen] = [0, 1].map(|future| {
                    let members = sims.iter().map(|one| one[future][at].clone());
                    members.collect::<Vec<SimOutput>>()
                });
                runs.add(
                    &leftout.starts[chunk.first + at],
                    [&seen, &unseen],
                    None,
                    n_obs,
                );
            }
        }
        runs
    }

    /// Runs a blend from every start.
    ///
    /// # Errors
    ///
    /// [`ModelError::Stopped`].
    pub(crate) fn of_blend(
        blend: &Blend<'_>,
        leftout: &LeftOut,
        modalities: [bool; 3],
        n_obs: usize,
        stop: &StopToken,
    ) -> Result<Self, ModelError> {
        let n_members = leftout.starts.iter().map(|start| start.fold + 1).max();
        let mut runs = Self::empty(Tier::Linear, n_members.unwrap_or(0), leftout, n_obs);
        runs.apart = Some(Between::with_capacity(leftout.starts.len()));
        for chunk in Chunk::all(leftout, modalities) {
            let seen = blend.answer(&chunk.starts, stop)?;
            let unseen = blend.answer(&chunk.shifted, stop)?;
            for (at, (seen, unseen)) in seen.iter().zip(&unseen).enumerate() {
                let pair = [seen, unseen];
                let middle = pair.map(|answer| answer.middle.as_slice());
                let apart = pair.map(|answer| answer.apart.as_slice());
                let start = &leftout.starts[chunk.first + at];
                runs.add(start, middle, Some(apart), n_obs);
            }
        }
        Ok(runs)
    }

    fn empty(tier: Tier, n_members: usize, leftout: &LeftOut, n_obs: usize) -> Self {
        let n_starts = leftout.starts.len();
        Self {
            tier,
            n_members,
            mean: Vec::with_capacity(n_starts),
            others: Vec::with_capacity(n_starts),
            scale: Vec::with_capacity(n_starts),
            middle: Between::with_capacity(n_starts),
            apart: None,
            risks: vec![vec![0.0; n_members]; n_obs],
        }
    }

    /// Takes what all members said about the next start, in its own future and in another's.
    fn add(
        &mut self,
        start: &LeftOutStart,
        middle: [&[SimOutput]; 2],
        apart: Option<[&[SimOutput]; 2]>,
        n_obs: usize,
    ) {
        let own = middle[0].get(start.fold).cloned().unwrap_or_default();
        self.others.push(mean_without(middle[0], start.fold));
        self.mean.push(own.mean);
        self.scale.push(own.scale);
        self.middle.add(middle, &start.target, n_obs);
        for (output, risks) in self.risks.iter_mut().enumerate() {
            for (risk, said) in risks.iter_mut().zip(middle[0]) {
                *risk += squared_error(&said.mean, &start.target, output, n_obs);
            }
        }
        if let (Some(between), Some(members)) = (&mut self.apart, apart) {
            between.add(members, &start.target, n_obs);
        }
    }

    /// The members' weights in the mean over them in one output: the inverse of each one's risk.
    ///
    /// A member errs most on the fold that it did not see. Where nothing else resembles that fold
    /// it errs there by far more than the others do on theirs, and knows less of the whole.
    pub(crate) fn weights(&self, output: usize) -> Vec<f64> {
        let risks = &self.risks[output];
        let finite = risks.iter().copied().filter(|risk| risk.is_finite());
        let floor = LEAST_RISK * finite.fold(0.0, f64::max);
        let inverse = risks.iter().map(|risk| {
            let weight = risk.max(floor).recip();
            if weight.is_finite() { weight } else { 0.0 }
        });
        let inverse: Vec<f64> = inverse.collect();
        let whole: f64 = inverse.iter().sum();
        if whole > 0.0 {
            return inverse.iter().map(|weight| weight / whole).collect();
        }
        vec![1.0 / risks.len().max(1) as f64; risks.len()]
    }

    /// How the members differ as they stand in a rollout.
    pub(crate) fn apart(&self) -> &Between {
        self.apart.as_ref().unwrap_or(&self.middle)
    }

    /// Sums of one output in one fold, or in all.
    pub(crate) fn sums(
        &self,
        leftout: &LeftOut,
        output: usize,
        fold: Option<usize>,
        n_obs: usize,
    ) -> ErrorSums {
        let mut sums = ErrorSums::default();
        for (at, start) in leftout.starts.iter().enumerate() {
            if fold.is_some_and(|fold| fold != start.fold) {
                continue;
            }
            for cell in (output..start.target.len()).step_by(n_obs) {
                let target = f64::from(start.target[cell]);
                if target.is_finite() {
                    sums.squared += (f64::from(self.mean[at][cell]) - target).powi(2);
                    sums.count += 1.0;
                }
            }
        }
        sums
    }
}

impl TierRuns {
    /// By what factor the mean over members is better than the left-out member in one output.
    pub(crate) fn gain(&self, leftout: &LeftOut, output: usize, n_obs: usize) -> f64 {
        let (mut squared, mut between, mut unseen) = (0.0, 0.0, 0.0);
        for (at, start) in leftout.starts.iter().enumerate() {
            for cell in (output..start.target.len()).step_by(n_obs) {
                let target = f64::from(start.target[cell]);
                if target.is_finite() {
                    squared += (f64::from(self.mean[at][cell]) - target).powi(2);
                    between += f64::from(self.middle.seen[at][cell]);
                    unseen += f64::from(self.middle.unseen[at][cell]);
                }
            }
        }
        averaging_gain(squared, between.min(unseen), self.n_members)
    }
}

/// Starts that are run together.
struct Chunk<'a> {
    first: usize,
    starts: Vec<SimStart<'a>>,
    /// The same pasts with the inputs that came after another start.
    shifted: Vec<SimStart<'a>>,
}

impl<'a> Chunk<'a> {
    fn all(leftout: &'a LeftOut, modalities: [bool; 3]) -> impl Iterator<Item = Self> {
        let all = &leftout.starts;
        let n_starts = all.len();
        (0..n_starts).step_by(CHUNK).map(move |first| {
            let range = first..(first + CHUNK).min(n_starts);
            let starts: Vec<SimStart<'a>> = all[range.clone()]
                .iter()
                .map(|start| start.sim_start(modalities))
                .collect();
            let other = |at: usize| all[(at + n_starts / 2) % n_starts].sim_start(modalities);
            let pairs = starts.iter().zip(range);
            let shifted = pairs.map(|(start, at)| SimStart {
                future_input: other(at).future_input,
                ..*start
            });
            Self {
                first,
                shifted: shifted.collect(),
                starts,
            }
        })
    }
}

/// The mean over all members but one of each cell.
fn mean_without(members: &[SimOutput], left_out: usize) -> Vec<f32> {
    let others = members.iter().enumerate();
    let others = others.filter(|(member, _)| *member != left_out);
    let mut sums: Vec<f64> = Vec::new();
    let mut count = 0.0;
    for (_, one) in others {
        sums.resize(one.mean.len(), 0.0);
        for (sum, &said) in sums.iter_mut().zip(&one.mean) {
            *sum += f64::from(said);
        }
        count += 1.0;
    }
    let means = sums.into_iter().map(|sum| crate::base::to_f32(sum / count));
    means.collect()
}

/// The variance between members of each cell.
fn variances(members: &[SimOutput]) -> Vec<f32> {
    let size = members.first().map_or(0, |one| one.mean.len());
    let cell = |at: usize| variance(members.iter().map(|one| f64::from(one.mean[at])));
    (0..size).map(|at| crate::base::to_f32(cell(at))).collect()
}

fn variance(values: impl Iterator<Item = f64>) -> f64 {
    let (mut count, mut first, mut second) = (0.0, 0.0, 0.0);
    for value in values {
        count += 1.0;
        first += value;
        second += value * value;
    }
    let spread = second - first * first / f64::max(count, 1.0);
    (spread / f64::max(count - 1.0, 1.0)).max(0.0)
}

/// Sums of errors over left-out steps.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ErrorSums {
    squared: f64,
    count: f64,
}

impl ErrorSums {
    /// Root mean square error of the left-out member; NaN without any measurement.
    pub(crate) fn rmse(&self) -> f64 {
        (self.squared / self.count).sqrt()
    }
}

/// By what factor the mean over members is better than one member that did not see the block.
///
/// A member's squared error is that of the mean plus its own deviation from the mean. On its
/// left-out fold it stands apart from members that have seen it, which overstates the deviation;
/// hence callers give the smaller of that variance and the one in futures nobody has seen. The
/// floor guards against members that disagree by chance on a few steps.
pub(crate) fn averaging_gain(squared: f64, between: f64, n_members: usize) -> f64 {
    if squared <= 0.0 {
        return 1.0;
    }
    let own = between * (1.0 - 1.0 / n_members as f64);
    (1.0 - own / squared).max(0.3).sqrt()
}

fn squared_error(values: &[f32], target: &[f32], output: usize, n_obs: usize) -> f64 {
    let cells = (output..target.len()).step_by(n_obs);
    let known = cells.filter(|&cell| target[cell].is_finite());
    known
        .map(|cell| (f64::from(values[cell]) - f64::from(target[cell])).powi(2))
        .sum()
}

fn known_mean(values: &[f32], target: &[f32], output: usize, n_obs: usize) -> f64 {
    let cells = (output..target.len()).step_by(n_obs);
    let known: Vec<f64> = cells
        .filter(|&cell| target[cell].is_finite())
        .map(|cell| f64::from(values[cell]))
        .collect();
    known.iter().sum::<f64>() / known.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn averaging_never_helps_beyond_the_floor() {
        assert!((averaging_gain(1.0, 0.0, 5) - 1.0).abs() < 1e-12);
        assert!((averaging_gain(1.0, 9.0, 5) - 0.3_f64.sqrt()).abs() < 1e-12);
        assert!((averaging_gain(1.0, 0.5, 5) - 0.6_f64.sqrt()).abs() < 1e-12);
    }
}
