//! Tests of the plant that look inside the room.

use super::{
    disturbance::Disturbances,
    operators::Operators,
    run::{Run, run},
    signals::*,
    truth::deltas_of,
    *,
};
use crate::scenario::ScenarioSpec;

fn spec(hours: f64, excitation: Excitation, faults: &[&str], seed: u64) -> SynthSpec {
    SynthSpec {
        plant: "filling".to_owned(),
        hours,
        excitation,
        faults: faults.iter().map(|&fault| fault.to_owned()).collect(),
        seed,
    }
}

fn dither(faults: &[&str]) -> Run {
    run(&spec(3.0, Excitation::Dither, faults, 5), 0).unwrap()
}

fn scenario(text: &str) -> ScenarioSpec {
    ScenarioSpec::parse(text, "s.toml").unwrap()
}

fn as_run() -> ScenarioSpec {
    scenario(include_str!("../../scenarios/filling-as-run.toml"))
}

fn faster() -> ScenarioSpec {
    scenario(include_str!("../../scenarios/filling-speed-plus-8.toml"))
}

#[test]
fn a_rerun_under_the_recorded_controls_is_the_record() {
    let spec = spec(2.0, Excitation::Dither, &["wear:bearing@30m+1h"], 3);
    let run = run(&spec, 300).unwrap();
    let controls: Vec<[f64; 4]> = run.truth[300..]
        .iter()
        .map(|row| [row[SPEED], row[SETPOINT], row[PUMP], row[VALVE]])
        .collect();
    let again = run.again(&spec, 300, &controls).unwrap();
    assert_eq!(again, run.truth[300..]);
}

#[test]
fn the_true_delta_of_a_scenario_with_itself_is_zero() {
    let spec = spec(3.0, Excitation::Dither, &[], 1);
    for delta in deltas_of(&spec, &faster(), &faster()).unwrap() {
        assert_eq!(
            delta.baseline.to_bits(),
            delta.variant.to_bits(),
            "{}",
            delta.kpi.name
        );
    }
}

#[test]
fn the_baseline_as_it_was_run_gives_the_recorded_truth() {
    let spec = spec(3.0, Excitation::Dither, &["stuck:conveyor_speed@1h+1h"], 1);
    let run = run(&spec, 0).unwrap();
    let deltas = deltas_of(&spec, &as_run(), &faster()).unwrap();
    let last = &run.truth[run.n_steps - 360..];
    let mean = last.iter().map(|row| row[REJECTS]).sum::<f64>() / 360.0;
    assert_eq!(deltas[0].baseline.to_bits(), mean.to_bits());
}

#[test]
fn a_faster_belt_gives_more_rejects_and_output_and_a_colder_heater_saves_energy() {
    let colder = scenario(include_str!("../../scenarios/filling-heater-minus-2.toml"));
    for excitation in Excitation::ALL {
        for seed in 0..4 {
            let spec = spec(4.0, excitation, &[], seed);
            let deltas = deltas_of(&spec, &as_run(), &faster()).unwrap();
            let moved: Vec<f64> = deltas.iter().map(|d| d.variant - d.baseline).collect();
            assert!(moved[0] > 0.3, "{excitation:?} {seed}: rejects {moved:?}");
            assert!(moved[1] > 100.0, "{excitation:?} {seed}: output {moved:?}");
            let deltas = deltas_of(&spec, &as_run(), &colder).unwrap();
            let saved = deltas[2].variant - deltas[2].baseline;
            assert!(
                (-12.0..-4.0).contains(&saved),
                "{excitation:?} {seed}: {saved}"
            );
        }
    }
}

#[test]
fn a_horizon_beyond_the_record_has_a_truth_too() {
    let text =
        "format = \"gemba-scenario\"\nversion = 1\n[start]\nstep = 1079\n[horizon]\nsteps = 99\n";
    let spec = spec(3.0, Excitation::Dither, &[], 1);
    let deltas = deltas_of(&spec, &scenario(text), &scenario(text)).unwrap();
    assert_eq!(deltas.len(), 2);
    assert!(deltas.iter().all(|delta| delta.baseline.is_finite()));
}

#[test]
fn disturbances_do_not_depend_on_the_length_of_the_run() {
    let short = Disturbances::new(4, 900, &[]);
    let long = Disturbances::new(4, 5000, &[]);
    for step in [0, 400, 899] {
        let inputs = [&short, &long].map(|all| format!("{:?}", all.inputs(step, [0.0; 4])));
        assert_eq!(inputs[0], inputs[1]);
    }
}

/// The greatest difference between the logged controls and those that follow from the log's
/// outputs by the operators' rules alone.
fn independent_moves(excitation: Excitation) -> f64 {
    let run = run(&spec(5.0, excitation, &[], 8), 0).unwrap();
    let mut operators = Operators::new(12_345, Excitation::ClosedLoop);
    let mut seen = [0.0; N_SIGNALS];
    let mut worst: f64 = 0.0;
    for step in 0..run.n_steps {
        if step > 0 {
            let expected = operators.next(&seen);
            // The hand's memory of the time before the log fades in an hour.
            if step > 720 {
                for (control, value) in expected.iter().enumerate() {
                    worst = worst.max((run.log[control][step] - value).abs());
                }
            }
        }
        for (shown, column) in seen.iter_mut().zip(&run.log) {
            if !column[step].is_nan() {
                *shown = column[step];
            }
        }
    }
    worst
}

#[test]
fn closed_loop_controls_follow_from_past_outputs_and_dithered_ones_do_not() {
    let closed = independent_moves(Excitation::ClosedLoop);
    assert!(closed < 0.02, "{closed}");
    let dithered = independent_moves(Excitation::Dither);
    assert!(dithered > 3.0, "{dithered}");
}

#[test]
fn a_sensor_fault_changes_its_own_column_in_its_own_time_as_its_name_says() {
    let clean = dither(&[]);
    let kinds = [
        "stuck",
        "bias",
        "drift",
        "dropout",
        "gain",
        "lag",
        "clock-offset",
    ];
    for kind in kinds {
        let spoiled = dither(&[&format!("{kind}:tank_level@1h+1h")]);
        assert_eq!(spoiled.truth, clean.truth);
        for (idx, (column, before)) in spoiled.log.iter().zip(&clean.log).enumerate() {
            let differs = |step: &usize| column[*step].to_bits() != before[*step].to_bits();
            let changed: Vec<usize> = (0..clean.n_steps).filter(differs).collect();
            assert_eq!(
                changed.is_empty(),
                idx != LEVEL,
                "{kind} on {}",
                SIGNALS[idx].name
            );
            assert!(
                changed.iter().all(|step| (360..720).contains(step)),
                "{kind}"
            );
        }
        let (level, before) = (&spoiled.log[LEVEL], &clean.log[LEVEL]);
        let close = |left: f64, right: f64| (left - right).abs() < 0.11;
        match kind {
            "stuck" => assert_eq!(level[360..720], [before[360]; 360]),
            "bias" => assert!(close(level[500], before[500] + 5.0)),
            "drift" => assert!(close(level[719], before[719] + 10.0)),
            "dropout" => assert!(level[360..720].iter().all(|value| value.is_nan())),
            "gain" => assert!(close(level[500], before[500] * 0.8)),
            "lag" => assert_eq!(level[490..600], before[483..593]),
            _ => assert_eq!(level[490..600], before[496..606]),
        }
    }
}

#[test]
fn wear_and_regime_change_the_line_itself() {
    let mean = |run: &Run, signal: usize| {
        run.truth[360..720]
            .iter()
            .map(|row| row[signal])
            .sum::<f64>()
            / 360.0
    };
    let clean = dither(&[]);
    let worn = dither(&["wear:bearing@1h+1h"]);
    assert!(mean(&worn, VIBRATION) > mean(&clean, VIBRATION) + 0.5);
    assert!(mean(&worn, CURRENT) > mean(&clean, CURRENT) + 0.3);
    assert!(mean(&worn, REJECTS) > mean(&clean, REJECTS) + 0.1);
    let clogged = dither(&["regime:line@1h+1h*0.2"]);
    assert!(mean(&clogged, FILL_WEIGHT) < mean(&clean, FILL_WEIGHT) - 10.0);
}

#[test]
fn a_loose_rail_shows_in_rejects_alone_and_is_heard_and_noted() {
    let open_loop = |faults: &[&str]| run(&spec(2.0, Excitation::OpenLoop, faults, 0), 0).unwrap();
    let (clean, loose) = (open_loop(&[]), open_loop(&["rattle:rail@1h+1h"]));
    let mean = |run: &Run, signal: usize| {
        let rows = run.truth[360..720].iter();
        rows.map(|row| row[signal]).sum::<f64>() / 360.0
    };
    assert!(mean(&loose, REJECTS) > mean(&clean, REJECTS) + 0.5);
    for signal in [FILL_WEIGHT, CURRENT, VIBRATION, LEVEL] {
        let (was, is) = (mean(&clean, signal), mean(&loose, signal));
        assert!((was - is).abs() < 1e-12, "signal {signal}");
    }
    assert_eq!(clean.truth[..360], loose.truth[..360]);
    let heard = |rattle: f64| microphone::clip(0, 0, &clean.truth[0], (0.1, rattle));
    assert_ne!(heard(0.0), heard(0.6));
}

#[test]
fn what_cannot_be_simulated_is_refused_and_names_what_can() {
    let cases = [
        ("melt:tank_level@3h+2h", "one of stuck, bias"),
        ("stuck:boiler@3h+2h", "one of conveyor_speed"),
        ("stuck:speed@3h+2h", "one of conveyor_speed"),
        ("stuck:bearing@3h+2h", "one of conveyor_speed"),
        ("stuck:tank_level", "kind:channel@start+duration"),
        ("stuck:tank_level@soon+2h", "3h or 30m"),
        ("stuck:tank_level@-3h+2h", "3h or 30m"),
        ("stuck:tank_level@3h+1s", "at least 10 s"),
        ("bias:tank_level@3h+2h*much", "a number"),
    ];
    for (fault, allowed) in cases {
        let error = spec(1.0, Excitation::Dither, &[fault], 0)
            .resolve()
            .unwrap_err();
        let said = error.to_string();
        assert!(said.contains(fault) && said.contains(allowed), "{said}");
        assert!(error.hint().is_some());
    }
    for hours in [f64::NAN, f64::INFINITY, -1.0, 0.0, 1e9] {
        assert!(
            spec(hours, Excitation::Dither, &[], 0).resolve().is_err(),
            "{hours}"
        );
    }
    let mut other = spec(1.0, Excitation::Dither, &[], 0);
    other.plant = "bakery".to_owned();
    let said = other.resolve().unwrap_err().to_string();
    assert!(
        said.contains("bakery") && said.contains("filling"),
        "{said}"
    );
}

#[test]
fn a_signal_may_be_named_by_the_end_of_its_name_where_it_is_the_only_one() {
    assert_eq!(
        fault::parse("stuck:level@3h+2h").unwrap(),
        fault::parse("stuck:tank_level@180m+120m").unwrap()
    );
}

#[test]
fn the_pictures_show_level_and_weight() {
    let run = dither(&[]);
    let window = |level: f64| -> u32 {
        let mut row = run.truth[0];
        row[LEVEL] = level;
        let pixels = camera::picture(0, 0, &row, 0.0);
        let column = (14..54).map(|y| u32::from(pixels[(y * camera::WIDTH + 24) * 3]));
        column.sum()
    };
    assert!(window(80.0) > window(40.0) + 1500);
    let bytes = camera::to_png(&camera::picture(0, 0, &run.truth[0], 0.0)).unwrap();
    assert_eq!(&bytes[1..4], b"PNG");
    assert_eq!(camera::HEIGHT, 64);
}

#[test]
fn a_worn_bearing_is_louder_and_a_faster_one_higher() {
    let run = dither(&[]);
    let samples = |speed: f64, wear: f64| -> Vec<f64> {
        let mut row = run.truth[0];
        row[SPEED] = speed;
        let bytes = microphone::clip(0, 0, &row, (wear, 0.0));
        assert_eq!(bytes.len(), 44 + 32_000);
        let words = bytes[44..].chunks_exact(2);
        words
            .map(|word| f64::from(i16::from_le_bytes([word[0], word[1]])) / 32_767.0)
            .collect()
    };
    let level = |samples: &[f64]| samples.iter().map(|x| x * x).sum::<f64>() / 16_000.0;
    assert!(level(&samples(100.0, 0.8)) > 1.5 * level(&samples(100.0, 0.05)));
    // The share of the energy at the shaft's tone of 180 Hz.
    let tone = |samples: &[f64]| {
        let turn = std::f64::consts::TAU * 180.0 / 8000.0;
        let parts = samples
            .iter()
            .enumerate()
            .fold((0.0, 0.0), |(re, im), (n, x)| {
                let angle = turn * n as f64;
                (re + x * angle.cos(), im + x * angle.sin())
            });
        parts.0.hypot(parts.1)
    };
    assert!(tone(&samples(100.0, 0.1)) > 10.0 * tone(&samples(110.0, 0.1)));
}
