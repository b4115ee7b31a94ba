//! Free runs of one equation, or of several together: polynomial inside the range met, linear outside.
//!
//! A step needs the one before, so runs are taken side by side, a lane each. A lane's numbers do not
//! depend on the others': sums are taken in the order of their terms, and no product is fused with a sum.
#![expect(
    clippy::inline_always,
    reason = "loops must be compiled inside the function that knows the wide registers"
)]

use super::{
    equation::{MAX_DEGREE, NarxEquation, Polynomial},
    limits::{Limits, Wide},
};
use crate::model::{
    dynamics::{Work, on_widest},
    linear::Term,
    prepared::SimStart,
};

/// Runs side by side, where there are several.
pub(super) const LANES: usize = 8;

/// A polynomial with its past values numbered, so that a step is a few multiplications.
#[derive(Debug, Clone)]
pub(super) struct Compiled {
    /// The past values that occur.
    pub(super) factors: Vec<Term>,
    /// Positions in the list of factors; the number of factors stands for the constant 1.
    pub(super) products: Vec<[usize; MAX_DEGREE]>,
}

impl Compiled {
    /// Numbers the past values of some products.
    pub(super) fn new(products: &[Vec<Term>]) -> Self {
        let mut factors: Vec<Term> = products.iter().flatten().copied().collect();
        factors.sort_unstable_by_key(|term| (term.source, term.lag));
        factors.dedup();
        let one = factors.len();
        let number = |product: &Vec<Term>| {
            let mut places = [one; MAX_DEGREE];
            for (place, term) in places.iter_mut().zip(product) {
                *place = factors.iter().position(|one| one == term).unwrap_or(one);
            }
            places
        };
        Self {
            products: products.iter().map(number).collect(),
            factors,
        }
    }

    /// The polynomial's value in each lane where its factors have these values, of which the last is
    /// the constant 1.
    fn sum<const L: usize>(&self, coef: &[f64], values: &[[f64; L]]) -> [f64; L] {
        on_widest(Summing {
            compiled: self,
            coef,
            values,
        })
    }
}

/// A unit of its own, and by numbers instead of iterators, so that the sums stay in registers.
struct Summing<'a, const L: usize> {
    compiled: &'a Compiled,
    coef: &'a [f64],
    values: &'a [[f64; L]],
}

impl<const L: usize> Work for Summing<'_, L> {
    type Out = [f64; L];

    #[inline(always)]
    fn run<const R: usize>(self) -> [f64; L] {
        let products = &self.compiled.products;
        let mut sum = [self.coef[products.len()]; L];
        for (&[a, b, c], weight) in products.iter().zip(self.coef) {
            // What could panic would see the sums, so they would have to lie in memory.
            let [Some(a), Some(b), Some(c)] = [a, b, c].map(|place| self.values.get(place)) else {
                continue;
            };
            for lane in 0..L {
                sum[lane] += weight * a[lane] * b[lane] * c[lane];
            }
        }
        sum
    }
}

/// One channel's values over the warm-up and the steps after it.
#[derive(Debug, Clone, Default)]
pub(super) struct Track {
    pub(super) raw: Vec<f64>,
    /// As polynomials see them.
    clipped: Vec<f64>,
    /// How far each lies beyond the range met.
    beyond: Vec<f64>,
}

impl Track {
    /// Values that are known, with what polynomials see of them.
    pub(super) fn of(raw: Vec<f64>, limits: Limits) -> Self {
        Self {
            clipped: raw.iter().map(|value| limits.clip(*value)).collect(),
            beyond: raw.iter().map(|value| limits.beyond(*value)).collect(),
            raw,
        }
    }
}

/// One channel's values side by side.
#[derive(Debug, Clone, Default)]
struct Channel<const L: usize> {
    raw: Vec<[f64; L]>,
    /// What polynomials see; missing where that is the same and nothing lies beyond the range met.
    bent: Option<Bent<L>>,
}

#[derive(Debug, Clone)]
struct Bent<const L: usize> {
    clipped: Vec<[f64; L]>,
    beyond: Vec<[f64; L]>,
    /// Whether anything lies beyond, step by step.
    is_beyond: Vec<bool>,
}

impl<const L: usize> Bent<L> {
    fn with_room(n_steps: usize) -> Self {
        Self {
            clipped: Vec::with_capacity(n_steps),
            beyond: Vec::with_capacity(n_steps),
            is_beyond: Vec::with_capacity(n_steps),
        }
    }

    #[inline(always)]
    fn push(&mut self, [clipped, beyond]: [[f64; L]; 2]) {
        self.clipped.push(clipped);
        self.beyond.push(beyond);
        self.is_beyond.push(beyond.iter().any(|one| *one > 0.0));
    }
}

impl<const L: usize> Channel<L> {
    /// An input over some starts.
    fn of_input(starts: &[SimStart<'_>], input: usize, n_in: usize, limits: Wide) -> Self {
        let mut raw: Vec<[f64; L]> = Vec::new();
        let parts: [Vec<&[f32]>; 2] = [
            starts.iter().map(|start| start.past_input).collect(),
            starts.iter().map(|start| start.future_input).collect(),
        ];
        for rows in parts {
            let cells = (0..rows[0].len()).skip(input).step_by(n_in);
            raw.extend(cells.map(|cell| in_lanes(&rows, |rows| f64::from(rows[cell]))));
        }
        let is_plain = raw.iter().all(|values| limits.are_plain(*values));
        let bent = (!is_plain).then(|| {
            let mut bent = Bent::with_room(raw.len());
            for values in &raw {
                bent.push(limits.see(*values));
            }
            bent
        });
        Self { raw, bent }
    }

    /// Another output's runs.
    fn of_tracks(tracks: &[&[Track]], output: usize) -> Self {
        let n_steps = tracks.first().map_or(0, |all| all[output].raw.len());
        let mut bent = Bent::with_room(n_steps);
        let mut raw = Vec::with_capacity(n_steps);
        for step in 0..n_steps {
            let of =
                |values: fn(&Track) -> &[f64]| in_lanes(tracks, |all| values(&all[output])[step]);
            raw.push(of(|track| &track.raw));
            bent.push([of(|track| &track.clipped), of(|track| &track.beyond)]);
        }
        Self {
            raw,
            bent: Some(bent),
        }
    }
}

/// One number of each, that of the last again where there are fewer than lanes.
fn in_lanes<const L: usize, T>(all: &[T], number: impl Fn(&T) -> f64) -> [f64; L] {
    let mut lanes = [0.0; L];
    for (lane, value) in lanes.iter_mut().enumerate() {
        *value = number(&all[lane.min(all.len() - 1)]);
    }
    lanes
}

/// Starts of runs of the same length side by side, and what every equation sees of their inputs.
pub(super) struct Seats<'a, const L: usize = LANES> {
    /// One to `L`.
    pub(super) starts: Vec<SimStart<'a>>,
    n_past: usize,
    n_steps: usize,
    /// Empty for those that nothing looks at.
    inputs: Vec<Channel<L>>,
}

impl<'a, const L: usize> Seats<'a, L> {
    /// Seats starts in their order, those of other lengths apart; only inputs that are looked at are
    /// prepared.
    pub(super) fn of<'s>(
        starts: &'s [SimStart<'a>],
        limits: &'s [Limits],
        n_obs: usize,
        is_seen: impl Fn(usize) -> bool + 's,
    ) -> impl Iterator<Item = Self> + 's {
        let n_in = limits.len() - n_obs;
        let alike = starts.chunk_by(|a, b| sizes(a) == sizes(b));
        let groups = alike.flat_map(|starts| starts.chunks(L));
        groups.map(move |starts| {
            let (n_past, n_ahead) = sizes(&starts[0]);
            let (n_past, n_ahead) = (n_past / n_obs.max(1), n_ahead / n_in);
            let input = |(input, limits): (usize, &Limits)| {
                if is_seen(input) {
                    Channel::of_input(starts, input, n_in, Wide::new(*limits))
                } else {
                    Channel::default()
                }
            };
            Self {
                starts: starts.to_vec(),
                n_past,
                n_steps: n_past + n_ahead,
                inputs: limits[n_obs..].iter().enumerate().map(input).collect(),
            }
        })
    }
}

impl<const L: usize> Seats<'_, L> {
    /// Values drawn towards what was measured, by a cell of the past; as they are where nothing was.
    #[inline(always)]
    fn corrected(&self, mut values: [f64; L], cell: usize, runner: &Runner<'_>) -> [f64; L] {
        let measured: [f64; L] = in_lanes(&self.starts, |start| f64::from(start.past_obs[cell]));
        for (value, measured) in values.iter_mut().zip(measured) {
            let wrong = measured - *value;
            let wrong = if measured.is_finite() { wrong } else { 0.0 };
            *value += runner.equation.gain * wrong;
        }
        values
    }
}

/// Lengths of what was measured and of what comes.
pub(super) fn sizes(start: &SimStart<'_>) -> (usize, usize) {
    (start.past_obs.len(), start.future_input.len())
}

/// One output's run.
pub(super) struct Run {
    /// Its values, those of the warm-up first.
    pub(super) track: Track,
    /// Whether it left the range met by more than the margin after the start.
    pub(super) went_away: bool,
}

/// One equation of one member, ready to be run from many starts.
pub(super) struct Runner<'a> {
    limits: &'a [Limits],
    n_obs: usize,
    equation: &'a NarxEquation,
    inside: (&'a [f64], Compiled),
    outside: (&'a [f64], Compiled),
    /// The other outputs that occur.
    others: Vec<usize>,
}

impl<'a> Runner<'a> {
    /// The position of its output.
    pub(super) fn output(&self) -> usize {
        self.equation.output
    }

    /// Whether it looks at an input.
    pub(super) fn sees(&self, input: usize) -> bool {
        let factors = self.inside.1.factors.iter().chain(&self.outside.1.factors);
        let mut sources = factors.map(|term| term.source);
        sources.any(|source| source == self.n_obs + input)
    }

    /// Prepares an equation.
    pub(super) fn new(
        equation: &'a NarxEquation,
        member: usize,
        limits: &'a [Limits],
        n_obs: usize,
    ) -> Self {
        let compile = |polynomial: &'a Polynomial| {
            let compiled = Compiled::new(&polynomial.products);
            (polynomial.coef.as_slice(), compiled)
        };
        let inside = compile(&equation.members[member]);
        let outside = compile(&equation.outside[member]);
        let factors = inside.1.factors.iter().chain(&outside.1.factors);
        let mut others: Vec<usize> = factors
            .map(|term| term.source)
            .filter(|source| *source < n_obs && *source != equation.output)
            .collect();
        others.sort_unstable();
        others.dedup();
        Self {
            limits,
            n_obs,
            equation,
            inside,
            outside,
            others,
        }
    }

    /// Rolls out after warming up on what was measured.
    ///
    /// `others` holds, start by start, what each output does, for equations that look at others; it may
    /// be empty for one that does not.
    pub(super) fn free_runs<const L: usize>(
        &self,
        seats: &Seats<'_, L>,
        others: &[&[Track]],
    ) -> Vec<Run> {
        let mut channels = vec![Channel::default(); self.n_obs];
        for &output in &self.others {
            channels[output] = Channel::of_tracks(others, output);
        }
        let mut runs = on_widest(Rolling {
            runners: &[self],
            seats,
            others: channels,
        });
        runs.pop().unwrap_or_default()
    }
}

/// Rolls equations out together, each looking at what the others come to; one row of runs an equation.
/// Every output that one of them looks at is among them.
pub(super) fn run_together<const L: usize>(
    runners: &[&Runner<'_>],
    seats: &Seats<'_, L>,
) -> Vec<Vec<Run>> {
    let n_obs = runners.first().map_or(0, |runner| runner.n_obs);
    on_widest(Rolling {
        runners,
        seats,
        others: vec![Channel::default(); n_obs],
    })
}

/// Runs of some equations, each from starts side by side.
struct Rolling<'g, 'a, const L: usize> {
    runners: &'g [&'g Runner<'a>],
    seats: &'g Seats<'g, L>,
    /// What outputs do that none of the equations is of.
    others: Vec<Channel<L>>,
}

/// What a run has come to.
struct Own<const L: usize> {
    raw: Vec<[f64; L]>,
    bent: Bent<L>,
}

impl<const L: usize> Own<L> {
    fn with_room(n_steps: usize) -> Self {
        Self {
            raw: Vec::with_capacity(n_steps),
            bent: Bent::with_room(n_steps),
        }
    }

    /// The runs, lane by lane.
    fn split(&self, went_away: [bool; L], n_starts: usize) -> Vec<Run> {
        let runs = went_away.into_iter().take(n_starts).enumerate();
        let runs = runs.map(|(lane, went_away)| {
            let column = |values: &[[f64; L]]| values.iter().map(|all| all[lane]).collect();
            Run {
                track: Track {
                    raw: column(&self.raw),
                    clipped: column(&self.bent.clipped),
                    beyond: column(&self.bent.beyond),
                },
                went_away,
            }
        });
        runs.collect()
    }
}

impl<const L: usize> Rolling<'_, '_, L> {
    /// A past value and what polynomials see of it, with how far it lies beyond the range met where
    /// that is any way at all.
    #[inline(always)]
    fn past<'t>(
        &'t self,
        (own, slots): (&'t [Own<L>], &[usize]),
        term: &Term,
        step: usize,
    ) -> (&'t [f64; L], &'t [f64; L], Option<&'t [f64; L]>) {
        let at = step.saturating_sub(term.lag);
        let n_obs = slots.len();
        let (raw, bent) = if term.source < n_obs {
            let other = &self.others[term.source];
            own.get(slots[term.source])
                .map_or((&other.raw, other.bent.as_ref()), |own| {
                    (&own.raw, Some(&own.bent))
                })
        } else {
            let input = &self.seats.inputs[term.source - n_obs];
            (&input.raw, input.bent.as_ref())
        };
        let raw = &raw[at];
        bent.map_or((raw, raw, None), |bent| {
            let beyond = bent.is_beyond[at].then(|| &bent.beyond[at]);
            (raw, &bent.clipped[at], beyond)
        })
    }

    /// The next values: the polynomial's inside the range met, the linear equation's outside.
    #[inline(always)]
    fn predict(
        &self,
        runner: &Runner<'_>,
        own: (&[Own<L>], &[usize]),
        step: usize,
        values: &mut [[f64; L]],
    ) -> [f64; L] {
        let (coef, compiled) = &runner.inside;
        let mut is_beyond = false;
        for (value, term) in values.iter_mut().zip(&compiled.factors) {
            let (_, clipped, beyond) = self.past(own, term, step);
            *value = *clipped;
            is_beyond |= beyond.is_some();
        }
        values[compiled.factors.len()] = [1.0; L];
        let inside = compiled.sum(coef, values);
        if !is_beyond {
            return inside;
        }
        let mut most = [0.0_f64; L];
        for term in &compiled.factors {
            if let (_, _, Some(beyond)) = self.past(own, term, step) {
                for (most, value) in most.iter_mut().zip(beyond) {
                    *most = most.max(*value);
                }
            }
        }
        let say = most.map(Limits::say);
        if say.iter().all(|say| *say >= 1.0) {
            return inside;
        }
        let (coef, compiled) = &runner.outside;
        for (value, term) in values.iter_mut().zip(&compiled.factors) {
            *value = *self.past(own, term, step).0;
        }
        values[compiled.factors.len()] = [1.0; L];
        let outside = compiled.sum(coef, values);
        std::array::from_fn(|lane| {
            let (say, inside) = (say[lane], inside[lane]);
            if say >= 1.0 {
                inside
            } else {
                say * inside + (1.0 - say) * outside[lane]
            }
        })
    }
}

impl<const L: usize> Work for Rolling<'_, '_, L> {
    type Out = Vec<Vec<Run>>;

    #[inline(always)]
    fn run<const R: usize>(self) -> Vec<Vec<Run>> {
        let (runners, seats) = (self.runners, self.seats);
        let n_obs = runners.first().map_or(0, |runner| runner.n_obs);
        let mut slots = vec![usize::MAX; n_obs];
        let mut n_values = 0;
        for (at, runner) in runners.iter().enumerate() {
            slots[runner.equation.output] = at;
            for part in [&runner.inside, &runner.outside] {
                n_values = n_values.max(part.1.factors.len() + 1);
            }
        }
        let wide = |runner: &&Runner<'_>| Wide::new(runner.limits[runner.equation.output]);
        let limits: Vec<Wide> = runners.iter().map(wide).collect();
        let mut own: Vec<Own<L>> = runners
            .iter()
            .map(|_| Own::with_room(seats.n_steps))
            .collect();
        let mut went_away = vec![[false; L]; runners.len()];
        let mut values = vec![[0.0; L]; n_values];
        for step in 0..seats.n_steps {
            for (at, runner) in runners.iter().enumerate() {
                let (limits, output) = (limits[at], runner.equation.output);
                // The first step has no past of its own to be predicted from.
                let mut next = if step == 0 {
                    in_lanes(&seats.starts, |start| first_value(start, output, n_obs))
                } else {
                    limits.hold(self.predict(runner, (&own, &slots), step, &mut values))
                };
                if step < seats.n_past {
                    next = limits.hold(seats.corrected(next, step * n_obs + output, runner));
                }
                let own = &mut own[at];
                own.raw.push(next);
                own.bent.push(limits.see(next));
                if step >= seats.n_past && own.bent.is_beyond[step] {
                    for (went, beyond) in went_away[at].iter_mut().zip(&own.bent.beyond[step]) {
                        *went |= Limits::is_past_margin(*beyond);
                    }
                }
            }
        }
        let all = own.iter().zip(went_away);
        all.map(|(own, went_away)| own.split(went_away, seats.starts.len()))
            .collect()
    }
}

/// The first measured value before the start, 0 without any.
fn first_value(start: &SimStart<'_>, output: usize, n_obs: usize) -> f64 {
    let mut column = start.past_obs.iter().skip(output).step_by(n_obs);
    column
        .find(|value| value.is_finite())
        .map_or(0.0, |&value| f64::from(value))
}
