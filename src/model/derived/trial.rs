//! Lets inputs made of others in where free runs on left-out folds are better with them.

use super::{Derived, Level, find_levels};
use crate::{
    base::{Issue, Issues, Place, Severity, StopToken},
    data::Dataset,
    model::{
        ModelError, Tier,
        leftout::LeftOut,
        linear::fit_linear,
        prepare::View,
        prepared::Block,
        runs::TierRuns,
        transport::{Transport, find_transports},
    },
};

/// Some output's left-out error must fall to this share at most …
const GAIN: f64 = 0.9;
/// … and, once the polynomial family had its say as well, all of them to this share on average.
const WORTH: f64 = 0.99;
/// Inputs at few levels that are tried, one after the other: each trial is a fit of the linear family.
const MOST_TRIALS: usize = 6;

/// A view, and the linear family's left-out error of each output that moves.
struct Known {
    view: View,
    errors: Vec<f64>,
}

impl Known {
    fn of(view: View, stop: &StopToken) -> Result<Self, ModelError> {
        let errors = free_run_errors(&view, stop)?;
        Ok(Self { view, errors })
    }

    /// The view with these inputs more, where the linear family's free runs are better with them.
    fn with(
        &self,
        dataset: &Dataset,
        found: &[Derived],
        stop: &StopToken,
    ) -> Result<Option<Self>, ModelError> {
        let wider = Self::of(self.view.deriving(dataset, found, stop)?, stop)?;
        Ok(is_better(&self.errors, &wider.errors).then_some(wider))
    }
}

/// The view with further inputs and what there is to say of them, where the linear family's free runs
/// are better with them: what a belt carries, and each level of an input that has few.
///
/// # Errors
///
/// [`ModelError::Stopped`].
pub(crate) fn with_derived(
    dataset: &Dataset,
    view: &View,
    stop: &StopToken,
) -> Result<Option<(View, Issues)>, ModelError> {
    let carried = find_transports(&view.prepared, &view.normalizer.inputs, stop)?;
    let blocks: Vec<Block> = view.prepared.folds.iter().flatten().copied().collect();
    let levels = find_levels(dataset, &blocks, &view.normalizer.inputs);
    if carried.is_empty() && levels.is_empty() {
        return Ok(None);
    }
    let mut notes = Issues::new();
    let mut known = Known::of(view.clone(), stop)?;
    let found: Vec<Derived> = carried.iter().copied().map(Derived::Carried).collect();
    if !found.is_empty()
        && let Some(wider) = known.with(dataset, &found, stop)?
    {
        for (at, one) in carried.iter().enumerate() {
            // Of several things that one line carries the first is said.
            let pair = |one: &Transport| (one.source, one.pace);
            if carried[..at].iter().all(|other| pair(other) != pair(one)) {
                notes.push(told_carried(one, view));
            }
        }
        known = wider;
    }
    for levels in levels.iter().take(MOST_TRIALS) {
        let found: Vec<Derived> = levels.iter().copied().map(Derived::Near).collect();
        if let Some(wider) = known.with(dataset, &found, stop)? {
            notes.push(told_levels(levels, view));
            known = wider;
        }
    }
    Ok((!notes.is_empty()).then_some((known.view, notes)))
}

/// The linear family's left-out error of each output that moves.
fn free_run_errors(view: &View, stop: &StopToken) -> Result<Vec<f64>, ModelError> {
    let (prepared, n_obs) = (&view.prepared, view.prepared.n_obs);
    let leftout = LeftOut::new(prepared);
    let fit = fit_linear(prepared, &leftout, stop)?;
    let runs = TierRuns::new(Tier::Linear, &fit.model, &leftout, [true; 3], n_obs);
    let error = |output| runs.sums(&leftout, output, None, n_obs).rmse();
    Ok((0..n_obs).map(error).collect())
}

/// Whether one output gains clearly and all together gain.
fn is_better(before: &[f64], after: &[f64]) -> bool {
    let ratios = before
        .iter()
        .zip(after)
        .map(|(before, after)| after / before);
    let known: Vec<f64> = ratios.filter(|ratio| ratio.is_finite()).collect();
    let least = known.iter().copied().fold(f64::INFINITY, f64::min);
    least <= GAIN && known.iter().map(|ratio| ratio.ln()).sum::<f64>() < 0.0
}

/// Whether the better of the quick families gains by further inputs, as a geometric mean over outputs; of
/// the same errors none does.
pub(crate) fn pays(before: &[f64], after: &[f64]) -> bool {
    let ratios = before
        .iter()
        .zip(after)
        .map(|(before, after)| (after / before).ln());
    let known: Vec<f64> = ratios.filter(|ratio| ratio.is_finite()).collect();
    known.iter().sum::<f64>() < WORTH.ln() * known.len() as f64
}

/// Says what is carried, and how late it is at the mean pace.
fn told_carried(one: &Transport, view: &View) -> Issue {
    let (source, pace) = (
        &view.normalizer.inputs[one.source],
        &view.normalizer.inputs[one.pace],
    );
    let secs = one.length / pace.scale.center * view.prepared.step_secs;
    let secs = if secs < 10.0 {
        format!("{secs:.1}")
    } else {
        format!("{secs:.0}")
    };
    let text = format!(
        "acts as late as “{}” says: {secs} s at its mean, sooner where it is faster",
        pace.name
    );
    let place = Place::default().in_column(&source.name);
    Issue::new(place, Severity::Info, "input-carried", text)
        .with("pace", &pace.name)
        .with("secs", secs)
}

/// Says which input is taken by its levels.
fn told_levels(levels: &[Level], view: &View) -> Issue {
    let source = levels
        .first()
        .map(|level| &view.normalizer.inputs[level.source]);
    let name = source.map_or("", |source| source.name.as_str());
    let count = levels.len() + 2;
    let text = format!(
        "acts at each of its {count} levels in its own way, not in proportion to its number"
    );
    let place = Place::default().in_column(name);
    Issue::new(place, Severity::Info, "input-levels", text).with("count", count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn further_inputs_pay_where_the_better_of_the_quick_families_gains() {
        assert!(pays(&[0.5, 0.4], &[0.3, 0.41]));
        assert!(!pays(&[0.5, 0.4], &[0.5, 0.4]));
        assert!(!pays(&[0.2, 0.4], &[0.325, 0.38]));
        // What never moves and what was not scored have no say.
        assert!(pays(&[0.0, 0.4, f64::INFINITY], &[0.0, 0.3, f64::INFINITY]));
        assert!(!pays(&[], &[]));
    }
}
