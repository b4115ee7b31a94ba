//! What a moved slider costs beside the rollout: checking the plan and judging its support.

#![expect(clippy::print_stdout, reason = "a bench says what it measured")]
#![expect(clippy::expect_used, reason = "a bench on the built-in plant")]

use gemba::{
    base::{Clock as _, Issues, SystemClock},
    scenario::{ScenarioSpec, make_plan},
    synth::{Excitation, SynthSpec, plant_dataset},
    trust::SupportModel,
};

const N_ROUNDS: usize = 50;

fn main() {
    let spec = SynthSpec {
        plant: "filling".to_owned(),
        hours: 48.0,
        excitation: Excitation::Dither,
        faults: Vec::new(),
        seed: 0,
    };
    let dataset = plant_dataset(&spec).expect("the built-in plant needs no files");
    let text = include_str!("../scenarios/filling-speed-plus-8.toml");
    let scenario =
        ScenarioSpec::parse(text, "filling-speed-plus-8.toml").expect("a tested example");
    let clock = SystemClock::new();
    let before = clock.monotonic_secs();
    let support = SupportModel::fit(&dataset);
    println!(
        "fit support on {} steps: {:.1} ms",
        dataset.n_steps(),
        (clock.monotonic_secs() - before) * 1e3
    );
    assert!(support.control_range(dataset.controls()[0]).is_some());
    let mut secs: Vec<f64> = (0..N_ROUNDS)
        .map(|_round| {
            let before = clock.monotonic_secs();
            make_plan(&scenario, &dataset, &[], &mut Issues::new()).expect("a tested example");
            clock.monotonic_secs() - before
        })
        .collect();
    secs.sort_unstable_by(f64::total_cmp);
    println!("plan: median {:.3} ms", secs[N_ROUNDS / 2] * 1e3);
}
