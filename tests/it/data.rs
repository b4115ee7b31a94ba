//! Tests of data.

use gemba::{
    base::{Purpose, Stream},
    data::Pyramid,
};

/// A noisy column with spikes, gaps and infinities, some of them long.
fn column(seed: u64, n: usize) -> Vec<f64> {
    let mut draws = Stream::new(seed, Purpose::Test, &[n as u64]).draws();
    let mut missing = 0_usize;
    (0..n)
        .map(|step| {
            if draws.uniform() < 0.002 {
                missing = draws.below(300);
            }
            if missing > 0 {
                missing -= 1;
                return if missing.is_multiple_of(7) {
                    f64::INFINITY
                } else {
                    f64::NAN
                };
            }
            let spike = if draws.uniform() < 0.001 { 50.0 } else { 1.0 };
            (step as f64 * 0.01).sin() + spike * (draws.uniform() - 0.5)
        })
        .collect()
}

/// What a pixel must show, found by looking at every value.
fn by_hand(values: &[f64], from: usize, to: usize) -> Vec<(f64, f64)> {
    let finite: Vec<usize> = (from..to).filter(|&at| values[at].is_finite()).collect();
    let Some((&first, &last)) = finite.first().zip(finite.last()) else {
        return vec![(from as f64, f64::NAN)];
    };
    let (mut min, mut max) = (first, first);
    for &at in &finite {
        if values[at] < values[min] {
            min = at;
        }
        if values[at] > values[max] {
            max = at;
        }
    }
    let mut places = vec![first, min, max, last];
    places.sort_unstable();
    places.dedup();
    places
        .into_iter()
        .map(|at| (at as f64, values[at]))
        .collect()
}

fn bits(points: &[(f64, f64)]) -> Vec<(u64, u64)> {
    points
        .iter()
        .map(|&(x, y)| (x.to_bits(), if y.is_nan() { 1 } else { y.to_bits() }))
        .collect()
}

#[test]
fn a_slice_equals_a_search_through_every_value() {
    for seed in 0..200 {
        let mut draws = Stream::new(seed, Purpose::Test, &[99]).draws();
        let n = 1 + draws.below(20_000);
        let values = column(seed, n);
        let pyramid = Pyramid::build(&values);
        let start = draws.below(n);
        let end = start + draws.below(n - start + 1);
        let width = 1 + draws.below(300);
        let found = pyramid.slice(&values, start, end, width);
        let asked = end - start;
        let expected: Vec<(f64, f64)> = if asked <= 4 * width {
            (start..end)
                .map(|at| {
                    (
                        at as f64,
                        if values[at].is_finite() {
                            values[at]
                        } else {
                            f64::NAN
                        },
                    )
                })
                .collect()
        } else {
            (0..width)
                .flat_map(|px| {
                    by_hand(
                        &values,
                        start + px * asked / width,
                        start + (px + 1) * asked / width,
                    )
                })
                .collect()
        };
        assert_eq!(
            bits(&found),
            bits(&expected),
            "seed {seed}, {start}..{end} at {width} px"
        );
        assert!(
            found.len() <= 4 * width,
            "seed {seed}: more than four points a pixel"
        );
        assert!(
            found.windows(2).all(|pair| pair[0].0 < pair[1].0),
            "seed {seed}: out of order"
        );
    }
}

#[test]
fn one_spike_in_a_million_values_is_seen_at_any_width() {
    let mut values = vec![0.0; 1_000_000];
    values[654_321] = 9.0;
    let pyramid = Pyramid::build(&values);
    for width in [1, 7, 800, 3000] {
        let points = pyramid.slice(&values, 0, values.len(), width);
        assert!(points.contains(&(654_321.0, 9.0)), "lost at {width} px");
    }
}

#[test]
fn a_pyramid_takes_less_than_a_tenth_of_its_column() {
    let values = column(3, 300_000);
    assert!(Pyramid::build(&values).n_bytes() * 10 <= values.len() * 8);
}

#[test]
fn a_column_without_values_gives_gap_marks_only() {
    let values = vec![f64::NAN; 5000];
    let pyramid = Pyramid::build(&values);
    let points = pyramid.slice(&values, 0, 5000, 10);
    assert_eq!(points.len(), 10);
    assert!(points.iter().all(|point| point.1.is_nan()));
    assert_eq!(pyramid.range(&values, 0, 5000), None);
    assert!(Pyramid::build(&[]).slice(&[], 0, 10, 5).is_empty());
}
