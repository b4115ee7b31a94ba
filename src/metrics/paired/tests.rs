//! Hand-computed intervals and the laws of paired comparison.

use super::*;
use crate::scenario::Reduce;

fn kpi(better: Better) -> Kpi {
    Kpi {
        name: "scrap".into(),
        channel: 0,
        reduce: Reduce::Mean,
        better,
        unit: "%".into(),
        delta: None,
    }
}

/// Draws of five members with errors of their own, and the variant that adds `effect`.
fn sample(seed: u64, effect: f64) -> (Vec<f64>, Vec<f64>, Vec<usize>) {
    let mut draws = Stream::new(seed, Purpose::Test, &[]).draws();
    let errors: Vec<f64> = (0..5).map(|_| 0.2 * draws.normal()).collect();
    let members: Vec<usize> = (0..60).map(|draw| draw % 5).collect();
    let a: Vec<f64> = members.iter().map(|_| 3.0 + draws.normal()).collect();
    let b = a
        .iter()
        .zip(&members)
        .map(|(a, &member)| a + effect + errors[member] + 0.1 * draws.normal())
        .collect();
    (a, b, members)
}

#[test]
fn a_against_a_is_exactly_zero_in_everything() {
    let (a, _, members) = sample(1, 0.0);
    for delta_min in [0.0, 0.5] {
        let paired = paired_kpi(&a, &a, &members, &kpi(Better::Lower), delta_min, 1.3, 7);
        let delta = paired.delta;
        for end in [delta.mean, delta.lo, delta.hi, paired.p_better] {
            assert_eq!(end.to_bits(), 0);
        }
        assert_eq!(paired.p_equal.to_bits(), 1.0_f64.to_bits());
        assert_eq!(paired.variance_ratio.to_bits(), 1e6_f64.to_bits());
        assert!(paired.methods_agree);
    }
    let same = [2.0; 6];
    let paired = paired_kpi(
        &same,
        &same,
        &[0, 0, 1, 1, 2, 2],
        &kpi(Better::Lower),
        0.1,
        1.0,
        7,
    );
    assert_eq!(paired.variance_ratio.to_bits(), 1.0_f64.to_bits());
}

#[test]
fn the_interval_by_t_matches_the_hand_calculation() {
    // Member means of the difference 1, 2, 3 without noise within: s² = 1, error √(4/3),
    // t(0.975, 2) = 4.302653.
    let a = [5.0; 6];
    let b = [6.0, 6.0, 7.0, 7.0, 8.0, 8.0];
    let members = [0, 0, 1, 1, 2, 2];
    let paired = paired_kpi(&a, &b, &members, &kpi(Better::Higher), 0.0, 1.0, 0);
    let half = (4.0_f64 / 3.0).sqrt() * 4.302_653;
    assert!((paired.delta.mean - 2.0).abs() < 1e-12);
    assert!((paired.delta.lo - (2.0 - half)).abs() < 1e-5);
    assert!((paired.delta.hi - (2.0 + half)).abs() < 1e-5);
    let expected = stats::t_cdf(2.0 / (4.0_f64 / 3.0).sqrt(), 2.0);
    assert!((paired.p_better - expected).abs() < 1e-12);
}

#[test]
fn turning_the_question_round_negates_the_delta_exactly() {
    for seed in 0..60 {
        let (a, b, members) = sample(seed, 0.3);
        let forth = paired_kpi(&a, &b, &members, &kpi(Better::Lower), 0.1, 1.2, seed).delta;
        let back = paired_kpi(&b, &a, &members, &kpi(Better::Lower), 0.1, 1.2, seed).delta;
        assert_eq!(forth.mean.to_bits(), (-back.mean).to_bits(), "seed {seed}");
        assert_eq!(forth.lo.to_bits(), (-back.hi).to_bits(), "seed {seed}");
        assert_eq!(forth.hi.to_bits(), (-back.lo).to_bits(), "seed {seed}");
    }
}

#[test]
fn p_better_grows_with_the_effect_and_the_three_shares_make_one() {
    let mut last = 0.0;
    for step in 0..12 {
        let (a, b, members) = sample(4, 0.15 * f64::from(step));
        let up = paired_kpi(&a, &b, &members, &kpi(Better::Higher), 0.1, 1.0, 0);
        let down = paired_kpi(&a, &b, &members, &kpi(Better::Lower), 0.1, 1.0, 0);
        assert!(up.p_better >= last);
        assert!(up.variance_ratio > 1.0);
        let whole = up.p_better + down.p_better + up.p_equal;
        assert!((whole - 1.0).abs() < 1e-12, "{whole}");
        last = up.p_better;
    }
    assert!(last > 0.95);
}

#[test]
fn the_interval_covers_a_plant_that_is_like_another_member() {
    // The effect's own error is drawn as a member's is: 95 % must be covered.
    let mut covered = 0;
    for seed in 0..200 {
        let (a, b, members) = sample(seed, 0.5);
        let plant = 0.5 + 0.2 * Stream::new(seed, Purpose::Test, &[9]).normal_at(0);
        let delta = paired_kpi(&a, &b, &members, &kpi(Better::Lower), 0.0, 1.0, seed).delta;
        covered += usize::from(delta.lo <= plant && plant <= delta.hi);
    }
    assert!((180..=200).contains(&covered), "{covered}");
}

#[test]
fn both_methods_agree_on_a_clear_sign_and_missing_pairs_are_left_out() {
    let (a, mut b, members) = sample(3, 4.0);
    b[7] = f64::NAN;
    let paired = paired_kpi(&a, &b, &members, &kpi(Better::Higher), 0.1, 1.0, 0);
    assert!(paired.methods_agree && paired.delta.lo > 0.0);
    let none = paired_kpi(&[f64::NAN], &[1.0], &[0], &kpi(Better::Higher), 0.1, 1.0, 0);
    assert!(none.delta.mean.is_nan() && none.p_better.is_nan());
}
