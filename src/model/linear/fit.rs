//! Chooses orders, dead times and ridge of the linear family by free runs on left-out folds.

use super::{
    dead_time::DeadTimes,
    equation::{Equation, FAR, LinearModel, Term, free_run},
    gram::{Gram, Ridge, RowRule},
    refine::refine,
    series::{EpisodeSeries, is_sparse, to_series},
    sparse,
    stability::stabilize,
};
use crate::{
    base::{StopToken, Stopped, to_count},
    model::{leftout::LeftOut, prepared::Prepared, rails::FREE},
};

/// Pairs of orders: past of the output, past of each input.
const ORDERS: [(usize, usize); 12] = [
    (1, 1),
    (2, 2),
    (3, 3),
    (4, 4),
    (1, 6),
    (6, 6),
    (8, 8),
    (2, 12),
    (12, 12),
    (16, 16),
    (20, 20),
    (0, 20),
];
/// Ridge strengths on inputs, strongest first.
const RIDGES: [f64; 4] = [1e-1, 1e-2, 1e-3, 1e-5];
/// A more complex candidate must be better by this factor.
pub(super) const MARGIN: f64 = 0.99;
/// Starts for the first look at an order.
const FIRST_LOOK: usize = 30;
/// How many orders are looked at closely.
const N_CLOSE: usize = 3;
/// Multiply-adds that the normal equations of one kind may cost.
const GRAM_WORK: f64 = 8e8;

/// The linear family with what else was learned on the way.
#[derive(Debug, Clone)]
pub(crate) struct LinearFit {
    /// The model.
    pub(crate) model: LinearModel,
    /// The same with all outputs by the joint equations; `None` where there are none.
    pub(crate) together: Option<LinearModel>,
    /// The shortest dead time of each input over all outputs, in steps.
    pub(crate) dead_time: Vec<usize>,
}

/// What becomes of a row whose target is at an end that it cannot pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bounds {
    /// It counts like any other.
    Counted,
    /// It tells a bound only, so least squares leaves it out.
    LeftOut,
}

/// What every step of the search looks at.
pub(super) struct Ground<'a> {
    /// The data.
    pub(super) prepared: &'a Prepared,
    /// The same by columns.
    pub(super) series: &'a [EpisodeSeries],
    /// The starts that are scored.
    pub(super) leftout: &'a LeftOut,
    /// The deepest lag that the recordings allow.
    pub(super) max_lag: usize,
}

/// Goes through candidates from simple to complex; a later one must be better by the margin.
fn simplest_of(candidates: Vec<(Equation, f64)>) -> Option<(Equation, f64)> {
    candidates
        .into_iter()
        .reduce(|held, new| if new.1 < MARGIN * held.1 { new } else { held })
}

/// Fits the linear family.
///
/// # Errors
///
/// [`Stopped`] where it was asked to stop.
pub(crate) fn fit_linear(
    prepared: &Prepared,
    leftout: &LeftOut,
    stop: &StopToken,
) -> Result<LinearFit, Stopped> {
    let series = to_series(prepared);
    let longest = series
        .iter()
        .flat_map(|one| one.reach.iter().copied())
        .max();
    let ground = Ground {
        prepared,
        series: &series,
        leftout,
        max_lag: (longest.unwrap_or(0) / 3).clamp(1, 60),
    };
    let n_obs = prepared.n_obs;
    let dead_times = DeadTimes::new(prepared, &series, stop)?;
    let mut own = Vec::with_capacity(n_obs);
    let mut own_scores = Vec::with_capacity(n_obs);
    let mut dead_time = vec![usize::MAX; prepared.n_in];
    for output in 0..n_obs {
        stop.check()?;
        let seen = dead_times.of(output, stop)?;
        for (shortest, &one) in dead_time.iter_mut().zip(&seen) {
            *shortest = (*shortest).min(one);
        }
        let (equation, score) = ground.fit_own(output, &seen, stop)?;
        own.push(equation);
        own_scores.push(score);
    }
    let joint = ground.fit_joint(stop)?;
    let mut model = LinearModel {
        n_obs,
        n_in: prepared.n_in,
        own,
        joint: Vec::new(),
        use_joint: vec![false; n_obs],
        rails: prepared.rails.clone(),
    };
    let mut together = None;
    if let Some((equations, scores)) = joint {
        together = Some(LinearModel {
            joint: equations.clone(),
            use_joint: vec![true; n_obs],
            ..model.clone()
        });
        let better = |output: usize| scores[output] < 0.98 * own_scores[output];
        model.use_joint = (0..n_obs).map(better).collect();
        if model.use_joint.contains(&true) {
            model.joint = equations;
        }
    }
    Ok(LinearFit {
        model,
        together,
        dead_time,
    })
}

impl Ground<'_> {
    fn fit_own(
        &self,
        output: usize,
        seen: &[usize],
        stop: &StopToken,
    ) -> Result<(Equation, f64), Stopped> {
        let zeros = vec![0; seen.len()];
        let is_delayed = seen.iter().any(|&one| one > 0);
        let mut grams = Vec::new();
        for bounds in self.uses_of_bounds(output) {
            let deads = [zeros.as_slice(), seen].into_iter();
            for dead in deads.take(1 + usize::from(is_delayed)) {
                grams.push((dead, self.own_gram(output, dead, bounds)));
            }
        }
        // A first look at every order on few starts, then a close one at the most promising.
        let mut looks = Vec::new();
        for (position, (dead, gram)) in grams.iter().enumerate() {
            for order in ORDERS {
                stop.check()?;
                if let Some(equation) = self.equation(gram, output, (order, dead), RIDGES[1]) {
                    let score = self.score(std::slice::from_ref(&equation), FIRST_LOOK)[0];
                    looks.push((score, position, order));
                }
            }
        }
        looks.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut found = vec![self.scored(self.mean_only(output))];
        for &(_, position, order) in looks.iter().take(N_CLOSE) {
            stop.check()?;
            let (dead, gram) = &grams[position];
            let tried = RIDGES.map(|ridge| self.equation(gram, output, (order, dead), ridge));
            let tried = tried.into_iter().flatten().map(|one| self.scored(one));
            if let Some(mut candidate) = simplest_of(tried.collect()) {
                refine(self, &mut candidate);
                found.push(candidate);
            }
        }
        if is_sparse(self.series, &self.prepared.folds, output) {
            found.extend(self.fit_sparse(output, stop)?);
        }
        found.sort_by_key(|(equation, _)| equation.terms.len());
        let mut best = simplest_of(found).unwrap_or((self.mean_only(output), f64::INFINITY));
        for gain in [0.6, 0.3, 0.12] {
            let mut damped = best.0.clone();
            damped.gain = gain;
            let candidate = self.scored(damped);
            if candidate.1 < MARGIN * best.1 {
                best = candidate;
            }
        }
        Ok(best)
    }

    /// The most promising equations of an output that is seldom measured.
    fn fit_sparse(&self, output: usize, stop: &StopToken) -> Result<Vec<(Equation, f64)>, Stopped> {
        let mut looks = Vec::new();
        for (past, lags) in sparse::grid(self) {
            stop.check()?;
            if let Some(equation) = sparse::equation(self, output, &past, lags) {
                let score = self.score(std::slice::from_ref(&equation), FIRST_LOOK)[0];
                looks.push((score, equation));
            }
        }
        looks.sort_by(|a, b| a.0.total_cmp(&b.0));
        let close = looks.into_iter().take(N_CLOSE);
        Ok(close
            .map(|(_, equation)| {
                let mut candidate = self.scored(equation);
                refine(self, &mut candidate);
                candidate
            })
            .collect())
    }

    fn scored(&self, equation: Equation) -> (Equation, f64) {
        let score = self.score(std::slice::from_ref(&equation), usize::MAX)[0];
        (equation, score)
    }

    /// Fits one order with one ridge; `None` where the data do not carry it.
    fn equation(
        &self,
        gram: &Gram,
        output: usize,
        (order, dead): ((usize, usize), &[usize]),
        ridge: f64,
    ) -> Option<Equation> {
        let n_obs = self.prepared.n_obs;
        let picks: Vec<usize> = (0..gram.terms.len())
            .filter(|&at| {
                let term = gram.terms[at];
                if term.source < n_obs {
                    term.lag <= order.0
                } else {
                    term.lag < dead[term.source - n_obs] + order.1
                }
            })
            .collect();
        let wanted = order.0 + order.1 * self.prepared.n_in;
        let is_complete = picks.len() == wanted || order.0 == 0;
        if picks.is_empty() || !is_complete {
            return None;
        }
        let ridge = Ridge {
            inputs: ridge,
            n_obs,
        };
        let coef: Option<Vec<Vec<f64>>> = (0..self.prepared.folds.len())
            .map(|fold| gram.solve(fold, &picks, 0, ridge))
            .collect();
        let mut equation = Equation {
            output,
            terms: picks.iter().map(|&at| gram.terms[at]).collect(),
            coef: coef?,
            gain: 1.0,
        };
        self.all_stable(std::slice::from_mut(&mut equation))
            .then_some(equation)
    }

    fn own_gram(&self, output: usize, dead: &[usize], bounds: Bounds) -> Gram {
        let n_obs = self.prepared.n_obs;
        let depth = (160 / dead.len()).clamp(2, 20);
        // A sparsely measured output cannot be fitted to its own last step.
        let is_sparse = is_sparse(self.series, &self.prepared.folds, output);
        let mut terms = Vec::new();
        if !is_sparse {
            let own = (1..=20.min(self.max_lag)).map(|lag| Term {
                source: output,
                lag,
            });
            terms.extend(own);
        }
        for (input, &dead) in dead.iter().enumerate() {
            let lags = (0..depth).map(|lag| lag + dead);
            terms.extend(lags.filter(|&lag| lag <= self.max_lag).map(|lag| Term {
                source: n_obs + input,
                lag,
            }));
        }
        self.gram(terms, &[output], !is_sparse, bounds)
    }

    /// How rows in which an output is at an end of its range may be used.
    pub(super) fn uses_of_bounds(&self, output: usize) -> impl Iterator<Item = Bounds> {
        let has_end = self.prepared.rails[output] != FREE;
        [Bounds::Counted, Bounds::LeftOut]
            .into_iter()
            .take(1 + usize::from(has_end))
    }

    pub(super) fn gram(
        &self,
        terms: Vec<Term>,
        targets: &[usize],
        needs_previous: bool,
        bounds: Bounds,
    ) -> Gram {
        let rows: usize = self
            .prepared
            .folds
            .iter()
            .flatten()
            .map(|block| block.end - block.start)
            .sum();
        let width = (terms.len() + targets.len() + 1) as f64;
        let outputs = (self.prepared.n_obs / targets.len()) as f64;
        let allowed = (GRAM_WORK / (width * width * outputs)).max(500.0);
        let stride = to_count((rows as f64 / allowed).ceil().max(1.0));
        let rule = RowRule {
            targets,
            needs_previous,
            stride,
            rails: match bounds {
                Bounds::Counted => &[],
                Bounds::LeftOut => &self.prepared.rails,
            },
        };
        Gram::new(self.series, &self.prepared.folds, terms, rule)
    }

    /// Each member's mean of the other folds: where nothing better can be found.
    fn mean_only(&self, output: usize) -> Equation {
        let coef = (0..self.prepared.folds.len())
            .map(|left_out| {
                let (mut sum, mut count) = (0.0, 0.0);
                for (fold, blocks) in self.prepared.folds.iter().enumerate() {
                    for block in blocks.iter().filter(|_| fold != left_out) {
                        let one = &self.series[block.episode];
                        for step in (block.start..block.end).filter(|&at| one.known[output][at]) {
                            sum += one.columns[output][step];
                            count += 1.0;
                        }
                    }
                }
                vec![if count > 0.0 { sum / count } else { 0.0 }]
            })
            .collect();
        Equation {
            output,
            terms: Vec::new(),
            coef,
            gain: 1.0,
        }
    }

    pub(super) fn all_stable(&self, equations: &mut [Equation]) -> bool {
        (0..self.prepared.folds.len())
            .all(|member| stabilize(equations, member, self.prepared.n_obs))
    }

    /// Root mean square of the free-run errors on left-out folds, one an equation; infinite
    /// where a run goes away. At most about `n_starts` starts are looked at.
    pub(super) fn score(&self, equations: &[Equation], n_starts: usize) -> Vec<f64> {
        let (n_obs, n_in) = (self.prepared.n_obs, self.prepared.n_in);
        let mut sums = vec![0.0; equations.len()];
        let mut counts = vec![0.0; equations.len()];
        let every = self.leftout.starts.len().div_ceil(n_starts).max(1);
        for start in self.leftout.starts.iter().step_by(every) {
            let sim = start.sim_start([false; 3]);
            let runs = free_run(equations, start.fold, &sim, &self.prepared.rails, n_in);
            for (position, run) in runs.iter().enumerate() {
                if run.iter().any(|value| value.abs() >= FAR) {
                    sums[position] = f64::INFINITY;
                }
                let output = equations[position].output;
                for (step, value) in run.iter().enumerate() {
                    let target = f64::from(start.target[step * n_obs + output]);
                    if target.is_finite() {
                        sums[position] += (value - target).powi(2);
                        counts[position] += 1.0;
                    }
                }
            }
        }
        sums.iter()
            .zip(&counts)
            .map(|(sum, count)| {
                if *count > 0.0 {
                    (sum / count).sqrt()
                } else {
                    f64::INFINITY
                }
            })
            .collect()
    }
}
