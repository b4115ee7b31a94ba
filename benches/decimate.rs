//! How long a plot waits for its points: pyramid slices of a long column at a window's width.

#![expect(clippy::print_stdout, reason = "a bench says what it measured")]

use gemba::{
    base::{Clock as _, Purpose, Stream, SystemClock},
    data::Pyramid,
};

const N_VALUES: usize = 10_000_000;
const WIDTH_PX: usize = 1_600;
const N_ROUNDS: usize = 50;

fn main() {
    let stream = Stream::new(0, Purpose::Test, &[]);
    let values: Vec<f64> = (0..N_VALUES as u64)
        .map(|index| stream.uniform_at(index))
        .collect();
    let clock = SystemClock::new();
    let before = clock.monotonic_secs();
    let pyramid = Pyramid::build(&values);
    let build_secs = clock.monotonic_secs() - before;
    println!("build {N_VALUES} values: {:.1} ms", build_secs * 1e3);
    for share in [1, 10, 1_000] {
        let n_shown = N_VALUES / share;
        let mut secs: Vec<f64> = (0..N_ROUNDS)
            .map(|round| {
                let start = round * (N_VALUES - n_shown) / N_ROUNDS;
                let before = clock.monotonic_secs();
                let points = pyramid.slice(&values, start, start + n_shown, WIDTH_PX);
                assert!(points.len() <= 4 * WIDTH_PX + 8, "{} points", points.len());
                clock.monotonic_secs() - before
            })
            .collect();
        secs.sort_unstable_by(f64::total_cmp);
        println!(
            "slice 1/{share} at {WIDTH_PX} px: median {:.3} ms",
            secs[N_ROUNDS / 2] * 1e3
        );
    }
}
