//! Whether an equation can be let loose: it must not run away, and must forget where it came from.

use super::{equation::NarxEquation, fit::Ground, group::Group, run::Runner};
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
        let n_members = equation.members.len();
        let of = |equation, member| Runner::new(equation, member, self.limits, self.prepared.n_obs);
        let both = self.both_ways();
        let stays = |member: usize| {
            let own = of(equation, member);
            both.iter().all(|group| {
                let mut runs = own
                    .free_runs(&group.seats, &self.others_of(group))
                    .into_iter();
                runs.all(|run| !run.went_away)
            })
        };
        if !(0..n_members).all(stays) {
            return false;
        }
        drop(both);
        let levels = self.levels(equation.output);
        let pasts = levels.map(|level| self.pasts_at(equation.output, level));
        let ends = pasts.each_ref().map(|past| self.after(past));
        (0..n_members).all(|member| {
            let kept = |equation| self.kept(&of(equation, member), &ends, equation.output);
            let left = kept(equation);
            left <= LEFT || left <= SLOWER * kept(&straight)
        })
    }

    /// Every start with its own future, then with that of another.
    pub(super) fn both_ways(&self) -> Vec<Group<'_>> {
        let starts = &self.leftout.starts;
        let own = starts.iter().map(|start| start.sim_start([false; 3]));
        let shifted = starts.iter().enumerate().map(|(at, start)| {
            let other = starts[(at + starts.len() / 2) % starts.len()].sim_start([false; 3]);
            SimStart {
                future_input: other.future_input,
                ..start.sim_start([false; 3])
            }
        });
        let all: Vec<(usize, SimStart<'_>)> = own.enumerate().chain(shifted.enumerate()).collect();
        self.seated(all)
    }

    /// Just beyond either end of the range met.
    fn levels(&self, output: usize) -> [f64; 2] {
        let limits = self.limits[output];
        let width = limits.high - limits.low;
        [limits.low - BEYOND * width, limits.high + BEYOND * width]
    }

    /// The measured past of every start with one output at a level all along.
    fn pasts_at(&self, output: usize, level: f64) -> Vec<Vec<f32>> {
        let past = |start: &LeftOutStart| {
            let mut past = start.sim_start([false; 3]).past_obs.to_vec();
            let own = past.iter_mut().skip(output).step_by(self.prepared.n_obs);
            own.for_each(|value| *value = to_f32(level));
            past
        };
        self.leftout.starts.iter().map(past).collect()
    }

    /// Every start after another past.
    fn after<'s>(&'s self, pasts: &'s [Vec<f32>]) -> Vec<Group<'s>> {
        let starts = self.leftout.starts.iter().zip(pasts);
        let starts = starts.map(|(start, past)| SimStart {
            past_obs: past,
            ..start.sim_start([false; 3])
        });
        self.seated(starts.enumerate().collect())
    }

    /// The most, over all starts, that is left at the end of a run of the difference of two pasts just
    /// beyond either end of the range met, in widths of it.
    ///
    /// A plant forgets (fading memory; Boyd and Chua 1985), as its linear equation does. A polynomial
    /// may have a place of rest that the plant does not know, just beyond what was met: a run that comes
    /// near it stays there under some inputs, although no left-out run ever did.
    fn kept(&self, runner: &Runner<'_>, ends: &[Vec<Group<'_>>; 2], output: usize) -> f64 {
        let limits = self.limits[output];
        let levels = self.levels(output);
        let [low, high] = [0, 1].map(|end| {
            let groups = ends[end].iter();
            let runs =
                groups.flat_map(|group| runner.free_runs(&group.seats, &self.others_of(group)));
            let last = runs.map(|run| run.track.raw.last().copied().unwrap_or(levels[end]));
            last.collect::<Vec<f64>>()
        });
        let apart = high.iter().zip(&low).map(|(high, low)| (high - low).abs());
        apart.fold(0.0, f64::max) / (limits.high - limits.low).max(1e-12)
    }
}
