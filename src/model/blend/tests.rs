//! How shares, places and means hold together.

use super::{
    means::{Means, deviation, mixed},
    place::{AXES, Place, leaning, spaced},
    shares::{N, PLACES, Shares},
};
use crate::model::{Tier, prepared::SimOutput};

const ALL: [bool; N] = [true; N];

fn near(found: [f64; N], expected: [f64; N]) -> bool {
    found
        .iter()
        .zip(expected)
        .all(|(a, b)| (a - b).abs() < 1e-12)
}

#[test]
fn places_are_orthogonal_axes_of_unit_variance() {
    for n_members in [3, 4, 5, 8] {
        let places = spaced(n_members);
        // Three members have room for two axes only.
        let n_axes = AXES.min(n_members - 1);
        for axis in 0..n_axes {
            let mean: f64 = places.iter().map(|place| place[axis]).sum();
            let square: f64 = places.iter().map(|place| place[axis].powi(2)).sum();
            assert!(mean.abs() < 1e-9);
            assert!((square / (n_members as f64 - 1.0) - 1.0).abs() < 1e-9);
        }
        for (a, b) in [(0, 1), (0, 2), (1, 2)] {
            let cross: f64 = places.iter().map(|place| place[a] * place[b]).sum();
            assert!(cross.abs() < 1e-9);
        }
    }
    assert!(spaced(1)[0].iter().all(|&x| x == 0.0));
}

#[test]
fn members_vary_as_a_pick_of_a_family_by_its_share_does() {
    let shares = Shares([0.2, 0.3, 0.4, 0.1]);
    let rows = Place::new(shares, ALL).contrasts(1.0);
    for a in PLACES {
        for b in PLACES {
            let found: f64 = rows.iter().map(|row| row[a] * row[b]).sum();
            let own = if a == b { shares.0[a] } else { 0.0 };
            assert!((found - (own - shares.0[a] * shares.0[b])).abs() < 1e-12);
        }
    }
}

#[test]
fn a_family_alone_stays_where_it_is_inside_and_stands_back_outside() {
    let neural = Shares::only(Tier::Neural);
    let place = Place::new(neural, ALL);
    assert!(place.contrasts(1.0).iter().flatten().all(|&x| x == 0.0));
    assert!(near(place.weights(0.0), [0.5, 0.0, 0.5, 0.0]));
    // Either view lies one standard deviation from the middle.
    assert!(near(place.contrasts(0.0)[0], [-0.5, 0.0, 0.5, 0.0]));
    let linear = Shares::LINEAR;
    let place = Place::new(linear, ALL);
    assert!(near(place.weights(0.0), [1.0, 0.0, 0.0, 0.0]));
    assert!(near(place.contrasts(0.0)[0], [-0.5, 0.0, 0.5, 0.0]));
    // Where there is no other view nothing can be said.
    let place = Place::new(linear, [true, false, false, false]);
    assert!(place.contrasts(0.0).iter().flatten().all(|&x| x == 0.0));
}

#[test]
fn what_flexible_families_lose_the_linear_one_gets() {
    assert!(near(
        leaning([0.25, 0.25, 0.5, 0.0], 1.0),
        [0.25, 0.25, 0.5, 0.0]
    ));
    assert!(near(
        leaning([0.25, 0.25, 0.5, 0.0], 0.2),
        [0.85, 0.05, 0.1, 0.0]
    ));
    let one = |weighted: f64| Means {
        plain: weighted,
        weighted,
    };
    let means = [one(9.0), one(1.0), one(4.0), one(f64::NAN)];
    assert!((Means::flexible(means, [0.0, 0.5, 0.25, 0.25]) - 2.0).abs() < 1e-12);
    assert!(Means::flexible(means, [1.0, 0.0, 0.0, 0.0]).is_nan());
}

#[test]
fn a_family_without_a_word_moves_nothing() {
    let family = |value: f64| Means {
        plain: value,
        weighted: value,
    };
    let means = [family(1.0), family(f64::NAN), family(3.0), family(f64::NAN)];
    let (center, means) = Means::settled(means, [0.5, 0.25, 0.25, 0.0]);
    assert!((center - 5.0 / 3.0).abs() < 1e-12);
    assert!((means[1].weighted - center).abs() < 1e-12);
}

#[test]
fn members_count_by_their_weights() {
    let one = |value: f32| SimOutput {
        mean: vec![value],
        scale: vec![1.0],
    };
    let members = [one(1.0), one(3.0)];
    let members: Vec<&SimOutput> = members.iter().collect();
    let means = Means::of(&members, &[0.75, 0.25], 0, 1.0);
    assert!((means.plain - 2.0).abs() < 1e-12 && (means.weighted - 1.5).abs() < 1e-12);
}

#[test]
fn a_broken_family_leaves_its_share_to_the_others() {
    let one = |value: f32| SimOutput {
        mean: vec![value],
        scale: vec![1.0],
    };
    let (linear, narx) = (one(2.0), one(f32::NAN));
    let runs = [vec![&linear], vec![&narx], Vec::new(), Vec::new()];
    let mean = mixed(&runs, [0.5, 0.5, 0.0, 0.0], |one| one.mean[0], 0);
    assert!((mean - 2.0).abs() < 1e-12);
    let weights = [0.5, 0.5, 0.0, 0.0];
    let means = PLACES.map(|at| Means::of(&runs[at], &[], 0, 1.0));
    assert!(deviation(&runs, weights, means, 0, 0).abs() < 1e-12);
    let far: Vec<SimOutput> = [1.0, 1.0, 1.0, 1e9].map(one).into();
    let far: Vec<&SimOutput> = far.iter().collect();
    let means = Means::of(&far, &[0.25; 4], 0, 1.0);
    assert!((means.plain - 1.0).abs() < 1e-12 && (means.weighted - 1.0).abs() < 1e-12);
}
