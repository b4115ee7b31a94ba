//! The engine's answers and the command line's JSON are the same numbers.

use gemba::{
    data::Split,
    engine::{CompareRequest, GapRequest, Loaded, compare, inspect_gap, judge, read_scenario},
};
use serde_json::{Value, json};

use crate::support::{Bench, example, gemba};

fn assert_same(left: &Value, right: f64) {
    let left = left.as_f64().unwrap_or(f64::NAN);
    assert_eq!(left.to_bits(), right.to_bits(), "{left} is not {right}");
}

#[test]
fn a_comparison_is_the_same_from_both_faces() {
    let dir = example();
    let bench = Bench::new();
    let loaded = Loaded::open(&dir.join("line.gemba")).expect("the example");
    let request = CompareRequest {
        baseline: read_scenario(&dir.join("A.toml")).expect("A"),
        variant: read_scenario(&dir.join("B.toml")).expect("B"),
        n_draws: 50,
        delta: None,
        seed: 3,
    };
    let answer = compare(&loaded, &request, &bench.env(1)).expect("an answer");
    let args = [
        "compare",
        "line.gemba",
        "--json",
        "--baseline",
        "A.toml",
        "--variant",
        "B.toml",
        "--draws",
        "50",
        "--seed",
        "3",
    ];
    let json = gemba(dir, &args).ended(0).json();
    assert_eq!(
        json["kpis"].as_array().map(Vec::len),
        Some(answer.kpis.len())
    );
    for (line, json) in answer
        .kpis
        .iter()
        .zip(json["kpis"].as_array().into_iter().flatten())
    {
        assert_eq!(json["name"], json!(line.kpi.name));
        assert_same(&json["delta"]["mean"], line.paired.delta.mean);
        assert_same(&json["delta"]["lo"], line.paired.delta.lo);
        assert_same(&json["delta"]["hi"], line.paired.delta.hi);
        assert_same(&json["p_better"], line.paired.p_better);
    }
    assert_eq!(
        json["judge"]["verdict"],
        json!(answer.judgement.verdict.name())
    );
    assert_eq!(json["digests"]["model"], json!(answer.digests[1]));
}

#[test]
fn a_gap_is_the_same_from_both_faces() {
    let dir = example();
    let bench = Bench::new();
    let loaded = Loaded::open(&dir.join("line.gemba")).expect("the example");
    let request = GapRequest {
        split: Split::Val,
        horizon_steps: Some(15),
        warmup_steps: 30,
        n_draws: 30,
        seed: 0,
        tier: None,
    };
    let answer = inspect_gap(&loaded, &request, &bench.env(2)).expect("an answer");
    let args = [
        "gap",
        "line.gemba",
        "--json",
        "--split",
        "val",
        "--horizon",
        "15",
        "--warmup",
        "30",
        "--draws",
        "30",
    ];
    let json = gemba(dir, &args).ended(0).json();
    for (score, json) in answer
        .scores
        .iter()
        .zip(json["channels"].as_array().into_iter().flatten())
    {
        assert_eq!(json["n"], json!(score.n));
        if score.rmse.is_finite() {
            assert_same(&json["rmse"], score.rmse);
            assert_same(&json["coverage90"], score.coverage90);
        }
    }
}

#[test]
fn a_judgement_is_the_same_from_both_faces() {
    let dir = example();
    let bench = Bench::new();
    let loaded = Loaded::open(&dir.join("line.gemba")).expect("the example");
    let spec = read_scenario(&dir.join("B.toml")).expect("B");
    let (judgement, support) = judge(&loaded, &spec, &bench.env(1)).expect("an answer");
    let args = ["judge", "line.gemba", "--scenario", "B.toml", "--json"];
    let json = gemba(dir, &args).json();
    assert_eq!(json["verdict"], json!(judgement.verdict.name()));
    assert_eq!(json["support"]["exit_step"], json!(support.exit_step));
}
