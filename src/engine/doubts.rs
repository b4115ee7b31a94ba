//! What the model leaves open about a KPI.

use crate::{
    data::Dataset,
    model::FittedModel,
    scenario::{Kpi, Plan},
    trust::{self, Reason},
};

/// The newest readings whose gaps say how far apart an output is read: a slider waits for the answer.
const MOST_READ: usize = 100;
/// A reading older than so many of an output's usual gaps says that its sensor is lost.
const LOST: usize = 3;

/// What the model leaves open about a KPI under two plans from one start: whether it foretells the
/// output, for how long, from where, and under which values of the controls.
pub(super) fn doubts(
    dataset: &Dataset,
    model: &FittedModel,
    kpi: &Kpi,
    plans: [&Plan; 2],
    output: Option<usize>,
) -> Vec<Reason> {
    let plan = plans[0];
    let name = &dataset.channels[kpi.channel].name;
    let Some(output) = output else {
        return Vec::new();
    };
    let Some(skill) = model.skill(output) else {
        // Where both plans set the same, both come out the same whatever it is that moves it.
        let is_asked = plans[0].controls != plans[1].controls;
        return is_asked
            .then(|| trust::unlearned(name))
            .into_iter()
            .collect();
    };
    let no_skill = !skill.beats_naive;
    let no_skill = no_skill.then(|| trust::no_skill(name, skill.error, skill.naive_error));
    let (measured, asked) = (skill.measured_steps, plan.horizon_steps);
    let short = trust::beyond_bands(name, measured, asked, dataset.step_secs);
    let lost = lost_for(dataset, kpi.channel, plan);
    let lost = lost.map(|steps| trust::lost_start(name, steps, dataset.step_secs));
    let mut all: Vec<Reason> = no_skill.into_iter().chain(short).chain(lost).collect();
    for plan in plans {
        for one in between_levels(dataset, model, plan) {
            if !all.contains(&one) {
                all.push(one);
            }
        }
    }
    all
}

/// How many steps before the start an output was last read, where that is longer than what is shown to the
/// model and than its readings usually lie apart; all steps before it where it never was.
fn lost_for(dataset: &Dataset, channel: usize, plan: &Plan) -> Option<usize> {
    let column = &dataset.episodes.get(plan.start.episode)?.columns[channel];
    let before = &column[..plan.start.step.min(column.len())];
    let is_read = |at: &usize| before[*at].is_finite();
    let newest = (0..before.len()).rev().find(is_read);
    let age = newest.map_or(before.len(), |at| before.len() - 1 - at);
    if age < plan.start.context_steps.min(before.len()) {
        return None;
    }
    let read = (0..before.len()).rev().filter(is_read).take(MOST_READ);
    let read: Vec<usize> = read.collect();
    let mut gaps: Vec<usize> = read.windows(2).map(|pair| pair[0] - pair[1]).collect();
    gaps.sort_unstable();
    let usual = gaps.get(gaps.len() / 2).copied().unwrap_or(1);
    (age > LOST * usual).then_some(age)
}

/// The edited controls that act by their levels and are asked for a value between them.
fn between_levels(dataset: &Dataset, model: &FittedModel, plan: &Plan) -> Vec<Reason> {
    let of = |&channel: &usize| {
        let name = &dataset.channels[channel].name;
        let levels = model.levels_of(name);
        let (low, high) = (*levels.first()?, *levels.last()?);
        let is_met = |value: f64| {
            let near = |level: &f64| (level - value).abs() <= 1e-6 * (high - low);
            levels.iter().any(near)
        };
        let rows = plan.controls.row_of(channel)?.iter();
        let mut asked = rows.zip(plan.recorded.row_of(channel)?);
        // What was really run is not asked for, and was met.
        let unmet =
            asked.find(|(asked, run)| asked.to_bits() != run.to_bits() && !is_met(**asked))?;
        Some(trust::between_levels(name, *unmet.0, &levels))
    };
    plan.edited.iter().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::Digest,
        data::{Channel, ControlPlan, Episode, Media, Role},
        scenario::Start,
    };

    fn asked(column: Vec<f64>, step: usize) -> Option<usize> {
        let none = || ControlPlan::new(Vec::new(), Vec::new(), 10).expect("no rows");
        let plan = Plan {
            name: String::new(),
            start: Start {
                episode: 0,
                step,
                context_steps: 5,
            },
            horizon_steps: 10,
            controls: none(),
            recorded: none(),
            edits: Vec::new(),
            edited: Vec::new(),
            kpis: Vec::new(),
            digest: Digest::of(b""),
        };
        let dataset = Dataset {
            name: "line".to_owned(),
            step_secs: 1.0,
            has_clock: false,
            utc_offset_secs: None,
            channels: vec![Channel::new("level", Role::Observation, "m")],
            spans: Vec::new(),
            media: Media::default(),
            episodes: vec![Episode {
                name: "one".to_owned(),
                start_ns: 0,
                columns: vec![column],
            }],
        };
        lost_for(&dataset, 0, &plan)
    }

    #[test]
    fn a_sensor_that_died_is_lost_and_one_that_is_read_seldom_is_not() {
        let dies = |at: usize| (0..100).map(move |step| if step < at { 1.0 } else { f64::NAN });
        assert_eq!(asked(dies(60).collect(), 90), Some(30));
        assert_eq!(
            asked(dies(60).collect(), 62),
            None,
            "it is still in what is known"
        );
        assert_eq!(asked(dies(0).collect(), 90), Some(90));
        let seldom = |step: usize| {
            if step.is_multiple_of(20) {
                1.0
            } else {
                f64::NAN
            }
        };
        assert_eq!(asked((0..100).map(seldom).collect(), 98), None);
    }
}
