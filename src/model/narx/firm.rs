//! Whether an equation can be let loose: it must not run away, and must forget where it came from.

use super::{
    equation::NarxEquation,
    fit::Ground,
    run::{From, LANES, Runner},
};
use crate::{
    base::to_f32,
    model::{leftout::LeftOutStart, prepared::SimStart},
};

/// A wrong past lies this far beyond either end of the range met, in widths of it: runs get there by
/// themselves.
const BEYOND: f64 = 0.05;
/// What is left of two pasts' difference at the end of a run may be this many widths …
const LEFT: f64 = 0.1;
/// … or this many times what the linear equation keeps of it.
const SLOWER: f64 = 2.0;

impl Ground<'_> {
    /// Whether no member runs away from any start, its own fold's or another's, nor where the
    /// inputs after a start are those of another one, a future that no member learned from; and
    /// whether all forget their past.
    pub(super) fn stands_firm(&self, equation: &NarxEquation) -> bool {
        let straight = NarxEquation {
            members: equation.outside.clone(),
            ..equation.clone()
        };
        (0..equation.members.len()).all(|member| {
            let of = |equation| Runner::new(equation, member, self.limits, self.prepared.n_obs);
            let own = of(equation);
            let kept = |runner: &Runner<'_>| self.kept(runner, equation.output);
            let stays = self.both_ways().chunks(LANES).all(|starts| {
                let mut runs = own.free_runs(starts).into_iter();
                runs.all(|run| !run.went_away)
            });
            stays && {
                let left = kept(&own);
                left <= LEFT || left <= SLOWER * kept(&of(&straight))
            }
        })
    }

    /// Every start with its own future and with that of another.
    fn both_ways(&self) -> Vec<From<'_>> {
        let starts = &self.leftout.starts;
        let pairs = starts.iter().enumerate().flat_map(|(at, start)| {
            let start = start.sim_start([false; 3]);
            let other = starts[(at + starts.len() / 2) % starts.len()].sim_start([false; 3]);
            let shifted = SimStart {
                future_input: other.future_input,
                ..start
            };
            [(start, self.others_at(at)), (shifted, self.others_at(at))]
        });
        pairs.collect()
    }

    /// The most, over all starts, that is left at the end of a run of the difference of two pasts just
    /// beyond either end of the range met, in widths of it.
    ///
    /// A plant forgets (fading memory; Boyd and Chua 1985), as its linear equation does. A polynomial
    /// may have a place of rest that the plant does not know, just beyond what was met: a run that comes
    /// near it stays there under some inputs, although no left-out run ever did.
    fn kept(&self, runner: &Runner<'_>, output: usize) -> f64 {
        let limits = self.limits[output];
        let width = limits.high - limits.low;
        let ends = [limits.low - BEYOND * width, limits.high + BEYOND * width];
        let starts = self.leftout.starts.iter().enumerate();
        let pasts: Vec<Vec<f32>> = self
            .leftout
            .starts
            .iter()
            .flat_map(|start| ends.map(|level| self.past_at(start, output, level)))
            .collect();
        let starts: Vec<From<'_>> = starts
            .zip(pasts.chunks_exact(2))
            .flat_map(|((at, start), pasts)| {
                [0, 1].map(|end| {
                    let start = SimStart {
                        past_obs: &pasts[end],
                        ..start.sim_start([false; 3])
                    };
                    (start, self.others_at(at))
                })
            })
            .collect();
        let runs = runner.free_runs(&starts);
        let apart = runs.chunks_exact(2).map(|pair| {
            let last = |end: usize| pair[end].track.raw.last().copied().unwrap_or(ends[end]);
            (last(1) - last(0)).abs() / width.max(1e-12)
        });
        apart.fold(0.0, f64::max)
    }

    /// The measured past of a start with one output at a level all along.
    fn past_at(&self, start: &LeftOutStart, output: usize, level: f64) -> Vec<f32> {
        let mut past = start.sim_start([false; 3]).past_obs.to_vec();
        let own = past.iter_mut().skip(output).step_by(self.prepared.n_obs);
        own.for_each(|value| *value = to_f32(level));
        past
    }
}
