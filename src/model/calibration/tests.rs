//! Bands of made-up families on made-up recordings.

use super::Calibration;
use crate::model::{
    Tier,
    leftout::LeftOut,
    prepared::{Block, Prepared, PreparedEpisode, SimOutput, SimStart, Simulator},
    runs::TierRuns,
};

/// Two members that always say 0.
#[derive(Debug)]
struct Nought;

impl Simulator for Nought {
    fn n_params(&self) -> usize {
        0
    }

    fn n_members(&self) -> usize {
        2
    }

    fn simulate(&self, _member: usize, starts: &[SimStart<'_>]) -> Vec<SimOutput> {
        let said = |start: &SimStart<'_>| SimOutput {
            mean: vec![0.0; start.future_input.len()],
            scale: vec![1.0; start.future_input.len()],
        };
        starts.iter().map(said).collect()
    }
}

/// Two members; the second had not met large inputs and says 0, the first repeats the input,
/// where it learns.
#[derive(Debug)]
struct Second {
    learns: bool,
}

impl Simulator for Second {
    fn n_params(&self) -> usize {
        0
    }

    fn n_members(&self) -> usize {
        2
    }

    fn simulate(&self, member: usize, starts: &[SimStart<'_>]) -> Vec<SimOutput> {
        let knows = self.learns && member == 0;
        let said = |start: &SimStart<'_>| SimOutput {
            mean: start
                .future_input
                .iter()
                .map(|u| if knows { *u } else { 0.0 })
                .collect(),
            scale: vec![1.0; start.future_input.len()],
        };
        starts.iter().map(said).collect()
    }
}

/// Two members; each repeats inputs of the level it had met and says 0 of the other's.
#[derive(Debug)]
struct Apart;

impl Simulator for Apart {
    fn n_params(&self) -> usize {
        0
    }

    fn n_members(&self) -> usize {
        2
    }

    fn simulate(&self, member: usize, starts: &[SimStart<'_>]) -> Vec<SimOutput> {
        let has_met = |u: f32| usize::from(u > 50.0) != member;
        let said = |start: &SimStart<'_>| SimOutput {
            mean: start
                .future_input
                .iter()
                .map(|u| if has_met(*u) { *u } else { 0.0 })
                .collect(),
            scale: vec![1.0; start.future_input.len()],
        };
        starts.iter().map(said).collect()
    }
}

/// Recordings of some steps, a fold each, that go from one level to another as their input does.
fn prepared(recordings: [(usize, f32, f32); 2]) -> Prepared {
    let episode = |(n_steps, from, to): (usize, f32, f32)| {
        let share = |step: usize| step as f32 / n_steps as f32;
        let levels: Vec<f32> = (0..n_steps)
            .map(|step| from + (to - from) * share(step))
            .collect();
        PreparedEpisode {
            n_steps,
            obs: levels.clone(),
            input: levels,
            context: vec![Vec::new(); 3],
        }
    };
    let fold = |(episode, (end, ..)): (usize, (usize, f32, f32))| {
        vec![Block {
            episode,
            start: 0,
            end,
        }]
    };
    Prepared {
        n_obs: 1,
        n_in: 1,
        n_features: [0; 3],
        step_secs: 1.0,
        episodes: recordings.map(episode).into(),
        folds: recordings.into_iter().enumerate().map(fold).collect(),
        rails: vec![crate::model::rails::FREE; 1],
        fading: crate::model::senses::Memory::default(),
    }
}

fn fitted(prepared: &Prepared, family: &dyn Simulator) -> (Calibration, usize) {
    let leftout = LeftOut::new(prepared);
    let runs = TierRuns::new(Tier::Linear, family, &leftout, [false; 3], 1);
    let calibration = Calibration::fit((&runs, &leftout), None, 0, 1);
    (calibration, leftout.horizon - 1)
}

#[test]
fn the_errors_of_a_fold_that_ended_early_still_count_in_late_bands() {
    // The plant stays at 1 in a long recording and at 10 in a short one.
    let prepared = prepared([(400, 1.0, 1.0), (96, 10.0, 10.0)]);
    let (calibration, last) = fitted(&prepared, &Nought);
    let late = calibration.halves(last, 1.0)[1];
    assert!(late >= 10.0, "{late}: {calibration:?}");
}

#[test]
fn errors_at_inputs_never_met_count_on_where_having_met_them_does_not_help() {
    let prepared = prepared([(400, 0.5, 1.0), (400, 0.0, 10.0)]);
    for (learns, narrow) in [(true, true), (false, false)] {
        let (calibration, last) = fitted(&prepared, &Second { learns });
        let [inside, anywhere] = [1.0, 0.0].map(|like| calibration.halves(last, like)[1]);
        assert!(anywhere > 5.0, "{calibration:?}");
        assert_eq!(inside < 2.0, narrow, "{learns} {calibration:?}");
    }
}

#[test]
fn folds_that_lie_outside_each_other_give_the_plain_bands() {
    let prepared = prepared([(400, 0.0, 1.0), (400, 100.0, 101.0)]);
    let leftout = LeftOut::new(&prepared);
    let likeness = leftout.starts.iter().flat_map(|start| &start.likeness);
    assert!(likeness.fold(0.0, |most, one| one.max(most)) < 1e-3);
    let (calibration, last) = fitted(&prepared, &Apart);
    for step in 0..=last {
        let [inside, anywhere] = [1.0, 0.0].map(|like| calibration.halves(step, like));
        let same = inside.map(f64::to_bits) == anywhere.map(f64::to_bits);
        assert!(same, "{step}: {calibration:?}");
        assert!(anywhere[1] > 50.0, "{step}: {calibration:?}");
    }
}
