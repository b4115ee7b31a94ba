//! Lets carried inputs in where free runs on left-out folds are better with them.

use super::{Transport, find_transports};
use crate::{
    base::{Issue, Issues, Place, Severity, StopToken},
    data::Dataset,
    model::{
        ModelError, Tier, leftout::LeftOut, linear::fit_linear, prepare::View, runs::TierRuns,
    },
};

/// Some output's left-out error must fall to this share at most.
const GAIN: f64 = 0.9;

/// The view with what is carried as further inputs and what there is to say of it, where the linear
/// family's free runs are better with them.
///
/// # Errors
///
/// [`ModelError::Stopped`].
pub(crate) fn with_transports(
    dataset: &Dataset,
    view: &View,
    stop: &StopToken,
) -> Result<Option<(View, Issues)>, ModelError> {
    let found = find_transports(&view.prepared, &view.normalizer.inputs, stop)?;
    if found.is_empty() {
        return Ok(None);
    }
    let wider = view.carrying(dataset, &found, stop)?;
    let [before, after] = [view, &wider].map(|one| free_run_errors(one, stop));
    if !is_better(&before?, &after?) {
        return Ok(None);
    }
    let mut notes = Issues::new();
    for (at, one) in found.iter().enumerate() {
        // Of several things that one line carries the first is said.
        let pair = |one: &Transport| (one.source, one.pace);
        if found[..at].iter().all(|other| pair(other) != pair(one)) {
            notes.push(carried(one, view));
        }
    }
    Ok(Some((wider, notes)))
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

/// Says what is carried, and how late it is at the mean pace.
fn carried(one: &Transport, view: &View) -> Issue {
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
