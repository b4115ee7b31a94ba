//! Equations that look at other outputs: each is found beside what the others did, then all run together.
//!
//! In a plant under feedback a valve follows a temperature and the temperature the valve. Each is simple
//! beside the other as it was measured, and neither is without it: an equation that looked at the other's
//! own run would learn from what that run errs. Whether they hold together is seen in runs of all of
//! them at once, on left-out folds; one that is no gain there is dropped, the worst first.

use super::{
    equation::{NarxEquation, closed},
    fit::{Found, Ground, WORTH},
    group::{Group, Look},
    run::{Run, Runner, Track, run_together},
    spread::spread,
};
use crate::{
    base::{StopToken, Stopped},
    model::{leftout::LeftOutStart, linear::LinearModel},
};

/// More outputs than this are not looked at together.
const MOST_COUPLED: usize = 8;
/// So few outputs are all tried.
const FEW: usize = 4;
/// Looking at other outputs must be better by this factor.
const COUPLING: f64 = 0.98;

impl Ground<'_> {
    /// The outputs that are tried with other outputs' past: all of a few, else those to which it was a
    /// gain in the linear family.
    pub(super) fn coupled(&self, linear: &LinearModel) -> Vec<usize> {
        let n_obs = self.prepared.n_obs;
        if !(2..=MOST_COUPLED).contains(&n_obs) {
            return Vec::new();
        }
        let is_tried = |output: &usize| n_obs <= FEW || linear.use_joint[*output];
        (0..n_obs).filter(is_tried).collect()
    }

    /// Equations that look at other outputs too, where that is a gain to them and to the linear family.
    pub(super) fn fit_coupled(
        &mut self,
        own: &[NarxEquation],
        linear: &LinearModel,
        bars: &[f64],
        n_threads: usize,
        (stop, told): (&StopToken, &dyn Fn(usize)),
    ) -> Result<Vec<NarxEquation>, Stopped> {
        let coupled = self.coupled(linear);
        if coupled.is_empty() {
            return Ok(Vec::new());
        }
        let starts = self.leftout.starts.iter();
        self.others = starts.map(|start| self.measured(start)).collect();
        let fit = |at: usize| {
            stop.check()?;
            self.fit_output(coupled[at], &linear.own[coupled[at]], stop)
        };
        let found = spread(coupled.len(), n_threads, &fit, told)?;
        self.others.clear();
        let with_bar = |found: Found| {
            let output = found.equation.output;
            let score = self.score(&own[output], Look::Close);
            (found, (COUPLING * score).min(WORTH * bars[output]))
        };
        let mut set: Vec<(Found, f64)> = found.into_iter().flatten().map(with_bar).collect();
        while let Some(worst) = self.least_gain(own, &set) {
            stop.check()?;
            set.remove(worst);
        }
        Ok(set.into_iter().map(|(found, _)| found.equation).collect())
    }

    /// Which of some equations, each with what it must err less than, is to be dropped before all outputs
    /// can run together; `None` where all may stay.
    fn least_gain(&self, own: &[NarxEquation], set: &[(Found, f64)]) -> Option<usize> {
        let equations = set.iter().map(|(found, _)| found.equation.clone());
        let equations: Vec<NarxEquation> = equations.collect();
        let held = self.errors_together(own, &equations);
        let held = held.filter(|_| self.stand_together(own, &equations));
        let is_firm = held.is_some();
        // Where they do not hold together, the one that was the least gain beside measurements goes.
        let errors = held.unwrap_or_else(|| set.iter().map(|(found, _)| found.score).collect());
        let ratios = errors.iter().zip(set).map(|(error, (_, bar))| error / bar);
        let worst = ratios.enumerate().max_by(|a, b| a.1.total_cmp(&b.1));
        let (place, ratio) = worst?;
        let is_gain = is_firm && ratio < 1.0;
        (!is_gain).then_some(place)
    }

    /// What was measured of every output before and after a start; gaps hold the value before.
    fn measured(&self, start: &LeftOutStart) -> Vec<Track> {
        let n_obs = self.prepared.n_obs;
        let of = |output: usize| {
            let past = start.sim_start([false; 3]).past_obs.iter();
            let both = past.skip(output).step_by(n_obs);
            let both = both.chain(start.target.iter().skip(output).step_by(n_obs));
            let mut column: Vec<f64> = both.map(|value| f64::from(*value)).collect();
            let first = column.iter().copied().find(|value| value.is_finite());
            let mut held = first.unwrap_or(0.0);
            for value in &mut column {
                if value.is_finite() {
                    held = *value;
                } else {
                    *value = held;
                }
            }
            Track::of(column, self.limits[output])
        };
        (0..n_obs).map(of).collect()
    }

    /// One member's runs of all outputs together, a row an output.
    fn together(
        &self,
        own: &[NarxEquation],
        coupled: &[NarxEquation],
        member: usize,
        group: &Group<'_>,
    ) -> Vec<Vec<Run>> {
        let runner = |equation| Runner::new(equation, member, self.limits, self.prepared.n_obs);
        let own: Vec<Runner<'_>> = own.iter().map(runner).collect();
        let coupled: Vec<Runner<'_>> = coupled.iter().map(runner).collect();
        run_together(&closed(&own, &coupled), &group.seats)
    }

    /// Root mean square of the left-out errors of each coupled output in runs of all outputs together;
    /// `None` where any goes away.
    fn errors_together(&self, own: &[NarxEquation], coupled: &[NarxEquation]) -> Option<Vec<f64>> {
        let n_obs = self.prepared.n_obs;
        let mut all: Vec<(usize, Vec<Run>)> = Vec::new();
        for group in self.groups_of(Look::Close) {
            let mut runs = self.together(own, coupled, self.fold_of(group), group);
            if runs.iter().flatten().any(|run| run.went_away) {
                return None;
            }
            for &place in group.places.iter().rev() {
                all.push((place, runs.iter_mut().filter_map(Vec::pop).collect()));
            }
        }
        // Summed in the order of starts, whichever were run together.
        all.sort_by_key(|(at, _)| *at);
        let error = |equation: &NarxEquation| {
            let (mut sum, mut count) = (0.0, 0.0);
            for (at, runs) in &all {
                let raw = &runs[equation.output].track.raw;
                let targets = self.leftout.starts[*at].target.iter();
                let targets = targets.skip(equation.output).step_by(n_obs);
                let said = &raw[raw.len() - self.leftout.horizon..];
                for (value, target) in said.iter().zip(targets) {
                    let target = f64::from(*target);
                    if target.is_finite() {
                        sum += (value - target).powi(2);
                        count += 1.0;
                    }
                }
            }
            (sum / f64::max(count, 1.0)).sqrt()
        };
        Some(coupled.iter().map(error).collect())
    }

    /// Whether no member runs away from any start, also under another start's inputs.
    fn stand_together(&self, own: &[NarxEquation], coupled: &[NarxEquation]) -> bool {
        let both = self.both_ways();
        let n_members = coupled.first().map_or(0, |one| one.members.len());
        (0..n_members).all(|member| {
            both.iter().all(|group| {
                let runs = self.together(own, coupled, member, group);
                runs.iter().flatten().all(|run| !run.went_away)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        base::{Purpose, StopToken, Stream, to_f32},
        model::{
            leftout::LeftOut,
            linear::fit_linear,
            narx::{NarxModel, fit_narx},
            prepared::{Prepared, Simulator as _},
            rails::FREE,
        },
    };

    /// A temperature that bends upwards with its valve, and a controller that moves the valve between its
    /// ends.
    fn under_control() -> Prepared {
        let noise = Stream::new(9, Purpose::Test, &[]);
        let centred = |value: f64| to_f32(value - 0.6);
        let (mut warm, mut valve, mut before) = (0.5, 0.4, 0.0);
        let (mut obs, mut goals) = (Vec::new(), Vec::new());
        for step in 0..1500_u64 {
            let goal = 0.2 + 1.6 * noise.uniform_at(step / 25);
            let wrong = goal - warm;
            valve += 0.4 * (wrong - before) + 0.05 * wrong;
            valve = valve.clamp(0.1, 0.9);
            before = wrong;
            warm += 0.15 * (0.6 * valve + 1.2 * valve * valve - warm);
            obs.push([warm + 0.003 * noise.normal_at(9000 + step), valve].map(centred));
            goals.push(to_f32(goal - 1.0));
        }
        let mut prepared = Prepared::of_columns(vec![0.0; obs.len()], goals, 5);
        prepared.n_obs = 2;
        prepared.rails = vec![FREE, [0.1, 0.9].map(centred)];
        prepared.episodes[0].obs = obs.into_flattened();
        prepared
    }

    /// Root mean square of the left-out errors of both outputs.
    fn errors(model: &NarxModel, leftout: &LeftOut) -> [f64; 2] {
        let (mut squares, mut count) = ([0.0; 2], 0.0);
        for start in &leftout.starts {
            let said = model.simulate(start.fold, &[start.sim_start([false; 3])]);
            for (said, target) in said[0].mean.chunks(2).zip(start.target.chunks(2)) {
                if target.iter().all(|value| value.is_finite()) {
                    count += 1.0;
                    for output in 0..2 {
                        squares[output] += f64::from(said[output] - target[output]).powi(2);
                    }
                }
            }
        }
        squares.map(|sum| (sum / f64::max(count, 1.0)).sqrt())
    }

    #[test]
    fn what_follows_each_other_is_learned_beside_each_other_and_runs_together() {
        let prepared = under_control();
        let (leftout, stop) = (LeftOut::new(&prepared), StopToken::new());
        let linear = fit_linear(&prepared, &leftout, &stop).unwrap().model;
        let fit = |n_threads| {
            fit_narx(&prepared, &leftout, &linear, n_threads, (&stop, &|_| {}))
                .unwrap()
                .unwrap()
        };
        let model = fit(2);
        assert_eq!(model, fit(1));
        assert_eq!(model.coupled.len(), 2);
        let together = errors(&model, &leftout);
        // As models of older files answer: each beside what the other would do by itself.
        let beside = NarxModel {
            is_together: false,
            ..model.clone()
        };
        let beside = errors(&beside, &leftout);
        let apart = NarxModel {
            coupled: Vec::new(),
            ..model
        };
        let apart = errors(&apart, &leftout);
        let all = format!("{together:?}, {beside:?}, {apart:?}");
        assert!(together[0] < 0.6 * apart[0], "{all}");
        assert!(together[0] < 0.9 * beside[0], "{all}");
        assert!(together[0] < 0.02 && together[1] < 0.02, "{all}");
    }
}
