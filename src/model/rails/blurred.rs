//! Ends of a range that the noise of a sensor blurs.
//!
//! The position of a valve that its controller opens wide is read as 99.8, 100.3, 99.9: no value stands
//! there twice, and the readings alone look like those of a channel that is held at a set point. What
//! tells an end is that a line goes on where the readings stay. So an end is supposed where free runs
//! of the linear family on left-out folds pass the readings' crowded edge, and believed where the family,
//! held there, errs clearly less.

use super::End;
use crate::{
    base::{Issues, StopToken},
    model::{
        ModelError, Tier,
        leftout::LeftOut,
        linear::{LinearModel, fit_linear},
        normalizer::{quantile, rests_note},
        prepare::View,
        runs::TierRuns,
    },
};

/// Readings at an end lie within so many standard deviations of their noise.
const BLUR: f64 = 3.5;
/// A run is beyond an end from so many of them on.
const BEYOND: f64 = 5.0;
/// So many readings at least lie at an end while a run is beyond it …
const LEAST: usize = 6;
/// … and this share of all that do while it is.
const SHARE: f64 = 0.7;
/// What runs err there is this share at least of all they err in that output.
const BURDEN: f64 = 0.1;
/// Noise of a greater share of the range blurs too much.
const MOST_NOISE: f64 = 0.05;
/// Held at its ends, an output's left-out error must fall to this share.
const GAIN: f64 = 0.8;
/// Trials, one after the other: each is a fit of the linear family.
const MOST_TRIALS: usize = 6;

/// Supposed ends of one output, and what share of its error lies there.
struct Supposed {
    /// Position among the outputs that move.
    output: usize,
    ends: [Option<End>; 2],
    burden: f64,
}

/// What is known so far: the view and the linear family's runs from its left-out starts.
struct Known {
    view: View,
    leftout: LeftOut,
    runs: TierRuns,
    together: Option<TierRuns>,
}

/// The view with further ends and what there is to say of them, where free runs of the linear family
/// pass an output's readings and err clearly less once they are held.
///
/// # Errors
///
/// [`ModelError::Stopped`].
pub(crate) fn with_blurred_ends(
    view: &View,
    (runs, together, leftout): (&TierRuns, Option<&LinearModel>, &LeftOut),
    stop: &StopToken,
) -> Result<Option<(View, Issues)>, ModelError> {
    let n_obs = view.prepared.n_obs;
    // An output's own past does not lead it past an end; those that it follows do.
    let together = together.map(|model| runs_of(model, leftout, n_obs));
    let mut notes = Issues::new();
    let mut known: Option<Known> = None;
    let mut refused = vec![false; n_obs];
    for _trial in 0..MOST_TRIALS {
        stop.check()?;
        // What lies beyond one end hides what little lies beyond another.
        let from = known.as_ref();
        let first = (view, runs, together.as_ref(), leftout);
        let (view, runs, together, leftout) = from.map_or(first, Known::parts);
        let open = (0..n_obs).filter(|&output| !refused[output]);
        let supposed = open.flat_map(|output| {
            let both = std::iter::once(runs).chain(together);
            both.filter_map(move |runs| suppose(view, (runs, leftout), output))
        });
        let Some(one) = supposed.max_by(|a, b| a.burden.total_cmp(&b.burden)) else {
            break;
        };
        let held = Known::of(view.ending(one.output, one.ends), stop)?;
        if held.gains(runs, one.output, n_obs) {
            let active = view.normalizer.active()[one.output];
            let name = &view.normalizer.outputs[active].name;
            let found = one.ends.into_iter().flatten();
            found.for_each(|end| notes.push(rests_note(name, end)));
            known = Some(held);
        } else {
            refused[one.output] = true;
        }
    }
    Ok(known.map(|known| (known.view, notes)))
}

impl Known {
    fn of(view: View, stop: &StopToken) -> Result<Self, ModelError> {
        let prepared = &view.prepared;
        let leftout = LeftOut::new(prepared);
        let fit = fit_linear(prepared, &leftout, stop)?;
        let n_obs = prepared.n_obs;
        let runs = runs_of(&fit.model, &leftout, n_obs);
        let together = fit.together.as_ref();
        let together = together.map(|model| runs_of(model, &leftout, n_obs));
        Ok(Self {
            view,
            leftout,
            runs,
            together,
        })
    }

    fn parts(&self) -> (&View, &TierRuns, Option<&TierRuns>, &LeftOut) {
        (
            &self.view,
            &self.runs,
            self.together.as_ref(),
            &self.leftout,
        )
    }

    /// Whether the output whose ends are new gains clearly, and all together gain.
    fn gains(&self, before: &TierRuns, output: usize, n_obs: usize) -> bool {
        let error =
            |runs: &TierRuns, output: usize| runs.sums(&self.leftout, output, None, n_obs).rmse();
        let ratio = |output: usize| error(&self.runs, output) / error(before, output);
        let logs = (0..n_obs).map(|output| ratio(output).ln());
        let all: f64 = logs.filter(|log| log.is_finite()).sum();
        ratio(output) < GAIN && all < 0.0
    }
}

fn runs_of(model: &LinearModel, leftout: &LeftOut, n_obs: usize) -> TierRuns {
    TierRuns::new(Tier::Linear, model, leftout, [true; 3], n_obs)
}

/// The ends of an output that the family's runs pass while the readings stay.
fn suppose(view: &View, (runs, leftout): (&TierRuns, &LeftOut), output: usize) -> Option<Supposed> {
    let n_obs = view.prepared.n_obs;
    let scale = &view.normalizer.outputs[view.normalizer.active()[output]].scale;
    let values = readings(view, output);
    let noise = noise_of(&values);
    let known = || {
        values
            .iter()
            .flatten()
            .copied()
            .filter(|value| value.is_finite())
    };
    let low = known().fold(f64::INFINITY, f64::min);
    let high = known().fold(f64::NEG_INFINITY, f64::max);
    if !(noise > 0.0 && noise < MOST_NOISE * (high - low)) {
        return None;
    }
    let pairs = || {
        let starts = leftout.starts.iter().zip(&runs.mean);
        let cells = starts.flat_map(|(start, mean)| start.target.iter().zip(mean));
        let own = cells.skip(output).step_by(n_obs);
        let pairs = own.map(|(target, said)| [f64::from(*target), f64::from(*said)]);
        pairs.filter(|[target, said]| target.is_finite() && said.is_finite())
    };
    let all: f64 = pairs().map(|[target, said]| (said - target).powi(2)).sum();
    let (mut ends, mut burden) = ([None; 2], 0.0);
    for (at, (edge, sign)) in [(low, -1.0), (high, 1.0)].into_iter().enumerate() {
        if scale.ends[at].is_some() {
            continue;
        }
        // Upwards is outwards, for both ends.
        let outwards = |value: f64| sign * (value - edge);
        let passing = pairs().filter(|[_, said]| outwards(*said) > BEYOND * noise);
        let passing: Vec<[f64; 2]> = passing.collect();
        let room = -2.0 * BLUR * noise;
        let (there, elsewhere): (Vec<[f64; 2]>, Vec<[f64; 2]>) = passing
            .into_iter()
            .partition(|[target, _]| outwards(*target) >= room);
        let errs = |cells: &[[f64; 2]]| -> f64 {
            cells
                .iter()
                .map(|[target, said]| (said - target).powi(2))
                .sum()
        };
        let share = errs(&there) / all;
        let is_end = there.len() >= LEAST
            && there.len() as f64 >= SHARE * (there.len() + elsewhere.len()) as f64
            && share >= BURDEN;
        if !is_end {
            continue;
        }
        let mut targets: Vec<f64> = there.iter().map(|[target, _]| *target).collect();
        targets.sort_unstable_by(f64::total_cmp);
        let middle = quantile(&targets, 0.5);
        burden += share;
        ends[at] = Some(End {
            value: scale.raw(middle),
            blur: BLUR * noise * scale.unit,
        });
    }
    ends.iter().any(Option::is_some).then_some(Supposed {
        output,
        ends,
        burden,
    })
}

/// What was read of an output in each block, normalized, NaN where nothing was.
fn readings(view: &View, output: usize) -> Vec<Vec<f64>> {
    let prepared = &view.prepared;
    let of_block = |block: &crate::model::prepared::Block| {
        let obs = &prepared.episodes[block.episode].obs;
        let rows = obs[block.start * prepared.n_obs..block.end * prepared.n_obs].iter();
        let own = rows.skip(output).step_by(prepared.n_obs);
        own.map(|value| f64::from(*value)).collect()
    };
    prepared.folds.iter().flatten().map(of_block).collect()
}

/// The noise of a sensor, from its second differences: those of most rows hold little else.
fn noise_of(values: &[Vec<f64>]) -> f64 {
    let triples = values.iter().flat_map(|block| block.windows(3));
    let bends = triples.map(|three| (three[0] - 2.0 * three[1] + three[2]).abs());
    let mut bends: Vec<f64> = bends.filter(|bend| bend.is_finite()).collect();
    bends.sort_unstable_by(f64::total_cmp);
    if bends.is_empty() {
        return 0.0;
    }
    // The middle of a normal variable's size is 0.6745, and three independent readings add up.
    quantile(&bends, 0.5) / (0.6745 * 6.0_f64.sqrt())
}
