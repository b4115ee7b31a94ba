//! Chooses lags, degree and the number of terms by free runs on left-out folds.

use super::{
    candidates::{Candidates, Factor, budget},
    desk::{DEEPEST_ALONE, Desk, Kind, RIDGES, kinds},
    equation::{MAX_DEGREE, NarxEquation, NarxModel, Polynomial},
    forward::{Correlations, Sums},
    group::{Group, Look},
    grow::Soil,
    limits::Limits,
    refine::{Material, refine},
    run::Track,
    spread::spread,
};
use crate::{
    base::{StopToken, Stopped, to_count},
    model::{
        leftout::LeftOut,
        linear::{
            EpisodeSeries, Equation, LinearModel, Term, count_known, tell_between, to_series,
        },
        prepared::{Prepared, Simulator as _},
        rails::FREE,
    },
};

/// Numbers of terms that are tried.
const SIZES: [usize; 14] = [2, 3, 4, 5, 6, 8, 10, 12, 15, 18, 22, 27, 33, 40];
/// A more complex candidate must be better by this factor.
const MARGIN: f64 = 0.99;
/// Starts for the first look at a kind.
pub(super) const FIRST_LOOK: usize = 30;
/// How many kinds are looked at closely.
const N_CLOSE: usize = 6;
/// Greatest rank of equations that grow.
const GROWN_RANK: usize = 4;
/// Most products that growth chooses from.
const GROWN_FROM: usize = 200;
/// Most products that are grown.
const MOST_GROWN: usize = 14;
/// Growth ends after so many terms that were no gain.
const PATIENCE: usize = 3;
/// The best of hundreds of candidates looks better on the same starts by luck alone: it must beat
/// the linear family by this factor.
pub(super) const WORTH: f64 = 0.95;
/// Deepest lag of another output.
const COUPLED_RANK: usize = 3;
/// Multiply-adds that the normal equations of all outputs may cost.
const WORK: f64 = 4e9;

/// What every step of the search looks at.
pub(super) struct Ground<'a> {
    pub(super) prepared: &'a Prepared,
    /// The rows by columns, clipped.
    pub(super) series: &'a [EpisodeSeries],
    pub(super) leftout: &'a LeftOut,
    pub(super) limits: &'a [Limits],
    pub(super) max_lag: usize,
    /// What every output did from each start on; empty while equations look at their own past only.
    pub(super) others: Vec<Vec<Track>>,
    /// The starts of a first look at a candidate, and of a close one.
    pub(super) first_look: Vec<Group<'a>>,
    pub(super) close_look: Vec<Group<'a>>,
}

/// One candidate on its way.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) equation: NarxEquation,
    /// Its left-out error.
    pub(super) score: f64,
}

impl Found {
    fn n_terms(&self) -> usize {
        let members = self.equation.members.iter();
        members.map(|member| member.products.len()).sum()
    }
}

/// Fits the polynomial family. An output whose every polynomial is refused, or hardly better than
/// the linear family, keeps its linear equation; `None` where they are refused for all outputs.
///
/// `told` hears the share of the outputs that are done; results do not depend on `n_threads`.
///
/// # Errors
///
/// [`Stopped`] where it was asked to stop.
pub(crate) fn fit_narx(
    prepared: &Prepared,
    leftout: &LeftOut,
    linear: &LinearModel,
    n_threads: usize,
    (stop, told): (&StopToken, &dyn Fn(f64)),
) -> Result<Option<NarxModel>, Stopped> {
    let mut series = to_series(prepared);
    tell_between(&mut series, prepared, linear);
    let limits = limits_of(prepared, &series);
    for one in &mut series {
        for (column, limits) in one.columns.iter_mut().zip(&limits) {
            for value in column {
                *value = limits.clip(*value);
            }
        }
    }
    let longest = series
        .iter()
        .flat_map(|one| one.reach.iter().copied())
        .max();
    let max_lag = (longest.unwrap_or(0) / 3).clamp(1, 60);
    let mut ground = Ground::new(prepared, leftout, &series, (&limits, max_lag));
    let bars = scores_of_linear(linear, leftout, prepared.n_obs);
    let mut equations = Vec::with_capacity(prepared.n_obs);
    let mut is_any = false;
    let n_coupled = ground.coupled(linear).len();
    let share = ((bars.len() + n_coupled) as f64).recip();
    let fit = |output: usize| {
        stop.check()?;
        ground.fit_output(output, &linear.own[output], stop)
    };
    let told_own = |done: usize| told(done as f64 * share);
    let found = spread(bars.len(), n_threads, &fit, &told_own)?;
    for (output, (found, bar)) in found.into_iter().zip(&bars).enumerate() {
        let own = &linear.own[output];
        is_any |= found.is_some();
        let worth = found.filter(|found| found.score < WORTH * bar);
        equations.push(worth.map_or_else(
            || NarxEquation {
                output,
                members: plain(own),
                outside: plain(own),
                gain: own.gain,
            },
            |found| found.equation,
        ));
    }
    let told = |done: usize| told((bars.len() + done) as f64 * share);
    let coupled = ground.fit_coupled(&equations, linear, &bars, n_threads, (stop, &told))?;
    Ok(is_any.then_some(NarxModel {
        n_obs: prepared.n_obs,
        n_in: prepared.n_in,
        limits,
        equations,
        coupled,
        is_together: true,
    }))
}

impl<'a> Ground<'a> {
    /// The material, and its left-out starts side by side.
    pub(super) fn new(
        prepared: &'a Prepared,
        leftout: &'a LeftOut,
        series: &'a [EpisodeSeries],
        (limits, max_lag): (&'a [Limits], usize),
    ) -> Self {
        let mut ground = Self {
            prepared,
            series,
            leftout,
            limits,
            max_lag,
            others: Vec::new(),
            first_look: Vec::new(),
            close_look: Vec::new(),
        };
        ground.first_look = ground.grouped(Look::First);
        ground.close_look = ground.grouped(Look::Close);
        ground
    }
}

impl Ground<'_> {
    pub(super) fn fit_output(
        &self,
        output: usize,
        linear: &Equation,
        stop: &StopToken,
    ) -> Result<Option<Found>, Stopped> {
        let Some(n_rows) = self.count_rows(output) else {
            return Ok(None);
        };
        let work = WORK / self.prepared.n_obs as f64;
        // The dead time that free runs chose for the linear equation, and none: a too long one
        // cannot be repaired.
        let dead = dead_times(linear, self.prepared);
        let none = vec![0; dead.len()];
        let is_delayed = dead != none;
        let mut found = Vec::new();
        for dead in [Some(none), is_delayed.then_some(dead)]
            .into_iter()
            .flatten()
        {
            stop.check()?;
            let n_most = budget(n_rows, work);
            let factors = self.factors(output, linear, &dead, n_most);
            let candidates = Candidates::new(factors, n_most);
            let width = candidates.products.len() as f64 + 2.0;
            let stride = to_stride(n_rows as f64 * width * width / work);
            let folds = &self.prepared.folds;
            let sums = Sums::new(self.series, folds, &candidates, (output, stride));
            let correlations: Option<Vec<Correlations>> =
                (0..folds.len()).map(|fold| sums.without(fold)).collect();
            let Some(correlations) = correlations else {
                continue;
            };
            let desk = Desk {
                output,
                outside: &plain(linear),
                candidates: &candidates,
                correlations: &correlations,
            };
            found.extend(self.search(&desk, linear, stop)?);
        }
        found.retain(|one: &Found| one.score.is_finite() && self.stands_firm(&one.equation));
        found.sort_by_key(Found::n_terms);
        let best = found.into_iter().reduce(simpler);
        Ok(best.map(|best| self.damp(best)))
    }

    /// Forward regression on single steps, then growth on free runs.
    fn search(
        &self,
        desk: &Desk<'_>,
        linear: &Equation,
        stop: &StopToken,
    ) -> Result<Vec<Found>, Stopped> {
        // A first look at every kind on few starts, then a close one at the most promising.
        let mut looks = Vec::new();
        for kind in kinds(linear, self.prepared.n_obs) {
            stop.check()?;
            let best = self.best_size(desk, kind, RIDGES[0], Look::First);
            looks.extend(best.map(|found| (found.score, kind)));
        }
        looks.sort_by(|a, b| a.0.total_cmp(&b.0));
        // Kinds that end with the same terms need one look only.
        looks.dedup_by(|a, b| a.0.to_bits() == b.0.to_bits());
        let material = Material {
            series: self.series,
            folds: &self.prepared.folds,
            limits: self.limits,
        };
        let mut found = Vec::new();
        for &(_, kind) in looks.iter().take(N_CLOSE) {
            stop.check()?;
            let sizes = RIDGES.map(|ridge| self.best_size(desk, kind, ridge, Look::Close));
            let Some(look) = sizes.into_iter().flatten().reduce(simpler) else {
                continue;
            };
            let refined = self.scored(refine(&material, &look.equation), Look::Close);
            found.push(if refined.score < look.score {
                refined
            } else {
                look
            });
        }
        for rank in 1..=GROWN_RANK {
            found.extend(self.grown(desk, rank, &material, stop)?);
        }
        Ok(found)
    }

    /// The best number of terms of one kind.
    fn best_size(&self, desk: &Desk<'_>, kind: Kind, ridge: f64, look: Look) -> Option<Found> {
        let (allowed, forced) = desk.pools(kind);
        let most = SIZES[SIZES.len() - 1];
        let orders: Vec<Vec<usize>> = desk
            .correlations
            .iter()
            .map(|one| one.select(&forced, &allowed, most))
            .collect();
        let longest = orders.iter().map(Vec::len).max().unwrap_or(0);
        let fitting = |size: &&usize| **size >= forced.len() && **size <= longest;
        SIZES
            .iter()
            .filter(fitting)
            .filter_map(|&size| desk.members(&orders, size, ridge))
            .map(|members| {
                let equation = NarxEquation {
                    output: desk.output,
                    members,
                    outside: desk.outside.to_vec(),
                    gain: 1.0,
                };
                self.scored(equation, look)
            })
            .reduce(simpler)
    }

    /// Starts from the plain terms up to a rank and lets products grow by what they bring to the
    /// free run; gives the best stage.
    fn grown(
        &self,
        desk: &Desk<'_>,
        rank: usize,
        material: &Material<'_>,
        stop: &StopToken,
    ) -> Result<Option<Found>, Stopped> {
        let kind = Kind {
            rank,
            degree: MAX_DEGREE,
            is_forced: true,
            alone: rank,
        };
        let (allowed, forced) = desk.pools(kind);
        let orders = vec![forced.clone(); desk.correlations.len()];
        let Some(members) = desk.members(&orders, forced.len(), RIDGES[0]) else {
            return Ok(None);
        };
        let start = NarxEquation {
            output: desk.output,
            members,
            outside: desk.outside.to_vec(),
            gain: 1.0,
        };
        let products = allowed.iter().take(GROWN_FROM);
        let soil = Soil {
            material,
            candidates: products.map(|&at| desk.candidates.terms(at)).collect(),
        };
        let mut now = refine(material, &start);
        let mut best = self.scored(now.clone(), Look::Close);
        let mut banned = vec![Vec::new(); now.members.len()];
        let mut since = 0;
        for _stage in 0..MOST_GROWN {
            stop.check()?;
            if since >= PATIENCE || !self.grow_members(&soil, &mut now, &mut banned) {
                break;
            }
            let new = self.scored(now.clone(), Look::Close);
            if new.score < MARGIN * best.score || !best.score.is_finite() {
                best = new;
                since = 0;
            } else {
                since += 1;
            }
        }
        Ok(Some(best))
    }

    /// Lets every member grow by one product; one that would make it run away on its left-out
    /// starts is refused for good. Says whether anything was tried.
    fn grow_members(
        &self,
        soil: &Soil<'_>,
        now: &mut NarxEquation,
        banned: &mut [Vec<Vec<Term>>],
    ) -> bool {
        let mut is_tried = false;
        for (member, banned) in banned.iter_mut().enumerate() {
            let place = (now.output, member);
            let Some(grown) = soil.grow(&now.members[member], place, banned) else {
                continue;
            };
            is_tried = true;
            let before = std::mem::replace(&mut now.members[member], grown);
            if self.errors(now, Some(member), Look::Close).is_none() {
                let grown = std::mem::replace(&mut now.members[member], before);
                banned.extend(grown.products.last().cloned());
            }
        }
        is_tried
    }

    /// Lets measurements correct the warm-up only in part, where that helps.
    fn damp(&self, best: Found) -> Found {
        let mut best = best;
        for gain in [0.6, 0.3, 0.12] {
            let mut damped = best.equation.clone();
            damped.gain = gain;
            best = simpler(best, self.scored(damped, Look::Close));
        }
        best
    }

    /// Past values in order of priority: by rank, then by what the linear equation makes of them.
    fn factors(
        &self,
        output: usize,
        linear: &Equation,
        dead: &[usize],
        n_most: usize,
    ) -> Vec<Factor> {
        let (n_obs, n_in) = (self.prepared.n_obs, self.prepared.n_in);
        let weight = |input: usize| -> f64 {
            let members = linear.coef.iter();
            let of_member = |coef: &Vec<f64>| {
                let terms = linear.terms.iter().zip(coef);
                let own = terms.filter(|(term, _)| term.source == n_obs + input);
                own.map(|(_, weight)| weight.abs()).sum::<f64>()
            };
            members.map(of_member).sum()
        };
        let mut inputs: Vec<(usize, f64)> = (0..n_in).map(|at| (at, weight(at))).collect();
        inputs.sort_by(|a, b| b.1.total_cmp(&a.1));
        let mut factors = Vec::new();
        for rank in 1..=DEEPEST_ALONE {
            let own = Term {
                source: output,
                lag: rank,
            };
            let driven = inputs.iter().map(|&(input, _)| Term {
                source: n_obs + input,
                lag: dead[input] + rank - 1,
            });
            let is_coupled = !self.others.is_empty() && rank <= COUPLED_RANK;
            let coupled = (0..n_obs).filter(|&other| is_coupled && other != output);
            let coupled = coupled.map(|source| Term { source, lag: rank });
            let terms = std::iter::once(own).chain(driven).chain(coupled);
            let fitting = terms.filter(|term| term.lag <= self.max_lag);
            factors.extend(fitting.map(|term| Factor { term, rank }));
        }
        // Half of the budget at least is for products.
        factors.truncate((n_most / 2).max(1));
        factors
    }

    /// How many rows an output has; `None` where its last step is hardly ever known.
    fn count_rows(&self, output: usize) -> Option<usize> {
        let told = |episode: usize| self.series[episode].told[output].as_slice();
        let (measured, paired) = count_known(&self.prepared.folds, told);
        (paired > 0 && paired * 4 >= measured).then_some(paired)
    }

    fn scored(&self, equation: NarxEquation, look: Look) -> Found {
        let score = self.score(&equation, look);
        Found { equation, score }
    }
}

/// The linear family's left-out error of each output.
fn scores_of_linear(linear: &LinearModel, leftout: &LeftOut, n_obs: usize) -> Vec<f64> {
    let mut sums = vec![(0.0, 0.0); n_obs];
    for start in &leftout.starts {
        for run in linear.simulate(start.fold, &[start.sim_start([false; 3])]) {
            for (cell, (value, target)) in run.mean.iter().zip(&start.target).enumerate() {
                if target.is_finite() {
                    let (sum, count) = &mut sums[cell % n_obs];
                    *sum += f64::from(value - target).powi(2);
                    *count += 1.0;
                }
            }
        }
    }
    let scores = sums.into_iter();
    scores
        .map(|(sum, count): (f64, f64)| (sum / count).sqrt())
        .collect()
}

/// The least lag of each input in a linear equation.
fn dead_times(linear: &Equation, prepared: &Prepared) -> Vec<usize> {
    let least = |input: usize| {
        let own = linear.terms.iter();
        let own = own.filter(|term| term.source == prepared.n_obs + input);
        own.map(|term| term.lag).min().unwrap_or(0)
    };
    (0..prepared.n_in).map(least).collect()
}

fn to_stride(ratio: f64) -> usize {
    to_count(ratio.ceil().max(1.0))
}

/// Holds the simpler one, which comes first, unless the other is better by the margin.
fn simpler(held: Found, new: Found) -> Found {
    if new.score < MARGIN * held.score || !held.score.is_finite() {
        new
    } else {
        held
    }
}

/// The members of a linear equation as polynomials of degree one.
fn plain(linear: &Equation) -> Vec<Polynomial> {
    let products: Vec<Vec<Term>> = linear.terms.iter().map(|&term| vec![term]).collect();
    let member = |coef: &Vec<f64>| Polynomial {
        products: products.clone(),
        coef: coef.clone(),
    };
    linear.coef.iter().map(member).collect()
}

fn limits_of(prepared: &Prepared, series: &[EpisodeSeries]) -> Vec<Limits> {
    let blocks = || prepared.folds.iter().flatten();
    (0..prepared.n_obs + prepared.n_in)
        .map(|source| {
            let limits = Limits::of(blocks().flat_map(|block| {
                let column = &series[block.episode].columns[source];
                column[block.start..block.end].iter().copied()
            }));
            limits.within(prepared.rails.get(source).copied().unwrap_or(FREE))
        })
        .collect()
}
