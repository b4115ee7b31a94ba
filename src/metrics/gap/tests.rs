//! Hand-computed scores and laws of the gap.

use super::*;
use crate::base::{Purpose, Stream};

fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "{found} {expected}");
}

fn pairing<'a>(real: &'a [f64], mean: &'a [f64]) -> Pairing<'a> {
    Pairing {
        real,
        mean,
        band90: None,
        draws: &[],
        last_seen: 1.0,
    }
}

#[test]
fn scores_match_the_hand_calculation_and_skip_what_is_missing() {
    let real = [1.0, 2.0, f64::NAN, 4.0, 5.0];
    let mean = [2.0, 2.0, 9.0, 3.0, 7.0];
    let band = Band {
        lo: vec![0.0, 2.5, 0.0, 3.0, 4.0],
        hi: vec![2.0, 3.5, 9.0, 5.0, 8.0],
    };
    let mut one = pairing(&real, &mean);
    one.band90 = Some(&band);
    let gap = channel_gap(&[one], 0.5);
    assert_eq!(gap.n, 4);
    near(gap.rmse, 1.5_f64.sqrt());
    near(gap.mae, 1.0);
    near(gap.bias, 0.5);
    near(gap.nrmse, (1.5_f64 / 2.5).sqrt());
    near(gap.fit_percent, 100.0 * (1.0 - 0.6_f64.sqrt()));
    near(gap.mase, 2.0);
    near(gap.coverage90, 0.75);
    near(gap.width90, 2.25);
    // Persistence stays at 1: squares 0, 1, 9, 16.
    near(gap.skill_vs_persistence, 1.0 - (6.0_f64 / 26.0).sqrt());
    near(gap.theil.iter().sum(), 1.0);
    near(gap.theil[0], 0.25 / 1.5);
}

#[test]
fn fair_crps_matches_the_definition() {
    // mean |x − y| = 4/3, mean over the three pairs of |x_i − x_j| = 2, halved.
    near(fair_crps(&mut [3.0, 0.0, 1.0], 2.0), 4.0 / 3.0 - 1.0);
    near(fair_crps(&mut [3.0], 1.0), 2.0);
}

#[test]
fn pooling_two_pairings_is_scoring_their_rows_together() {
    let (real, mean) = ([1.0, 2.0, 3.0, 5.0], [1.5, 2.5, 2.0, 5.0]);
    let whole = channel_gap(&[pairing(&real, &mean)], 1.0);
    let parts = channel_gap(
        &[
            pairing(&real[..1], &mean[..1]),
            pairing(&real[1..], &mean[1..]),
        ],
        1.0,
    );
    near(whole.rmse, parts.rmse);
    near(whole.nrmse, parts.nrmse);
    near(whole.crps, parts.crps);
}

#[test]
fn a_perfect_prediction_has_no_gap_and_nothing_scored_is_not_a_number() {
    let real = [1.0, 2.0, 4.0];
    let gap = channel_gap(&[pairing(&real, &real)], 1.0);
    near(gap.rmse, 0.0);
    near(gap.fit_percent, 100.0);
    assert_eq!(gap.theil, [0.0; 3]);
    let none = channel_gap(&[], 1.0);
    assert_eq!(none.n, 0);
    assert!(none.rmse.is_nan() && none.crps.is_nan());
}

#[test]
fn a_late_prediction_has_a_positive_lag_and_noise_has_none() {
    for seed in 0..20 {
        let mut draws = Stream::new(seed, Purpose::Test, &[1]).draws();
        let mut level = 0.0;
        let mut signal: Vec<f64> = Vec::new();
        for _step in 0..300 {
            level = 0.9 * level + draws.normal();
            signal.push(level);
        }
        let noisy: Vec<f64> = signal.iter().map(|v| v + 0.3 * draws.normal()).collect();
        let late = pairing(&noisy[7..], &signal[..293]);
        assert_eq!(lag_of(&[late]), 7, "seed {seed}");
        let early = pairing(&noisy[..293], &signal[7..]);
        assert_eq!(lag_of(&[early]), -7, "seed {seed}");
        assert_eq!(lag_of(&[pairing(&noisy, &signal)]), 0, "seed {seed}");
    }
}

#[test]
fn the_scores_of_each_step_pool_to_the_whole() {
    let (first, second) = ([1.0, 2.0], [3.0, 5.0]);
    let (guess, other) = ([2.0, 2.0], [3.0, 3.0]);
    let both = [pairing(&first, &guess), pairing(&second, &other)];
    let steps = by_horizon(&both);
    let spread = stats::population_std(&[1.0, 2.0, 3.0, 5.0]);
    near(steps[0].0, 0.5_f64.sqrt() / spread);
    near(steps[1].0, 2.0_f64.sqrt() / spread);
    assert!(steps[0].1.is_nan());
    let whole = channel_gap(&both, 1.0).nrmse;
    near(
        ((steps[0].0 * steps[0].0 + steps[1].0 * steps[1].0) / 2.0).sqrt(),
        whole,
    );
}

#[test]
fn scaling_the_unit_scales_the_gap_and_nothing_else() {
    for seed in 0..200 {
        let mut draws = Stream::new(seed, Purpose::Test, &[2]).draws();
        let real: Vec<f64> = (0..24).map(|_| draws.normal()).collect();
        let mean: Vec<f64> = (0..24).map(|_| draws.normal()).collect();
        let gap = channel_gap(&[pairing(&real, &mean)], 1.0);
        let by_four = |values: &[f64]| values.iter().map(|v| 4.0 * v).collect::<Vec<_>>();
        let (real4, mean4) = (by_four(&real), by_four(&mean));
        let scaled = channel_gap(&[pairing(&real4, &mean4)], 4.0);
        near(scaled.rmse, 4.0 * gap.rmse);
        near(scaled.nrmse, gap.nrmse);
        near(scaled.mase, gap.mase);
        near(scaled.theil.iter().sum(), 1.0);
        assert!(
            gap.theil.iter().all(|part| (0.0..=1.0).contains(part)),
            "seed {seed}"
        );
    }
}
