//! Metrics held to scikit-learn, scoringrules, numpy and scipy; see `tests/golden/make_golden.py`.

use gemba::{
    data::Band,
    metrics::{Pairing, channel_gap, stats},
};
use serde_json::Value;

/// Sums of a few dozen doubles in another order.
const EXACT: f64 = 1e-9;
/// Scores that go through draws, which are f32.
const SINGLE: f64 = 1e-6;

fn golden() -> Value {
    let text = include_str!("../golden/metrics.json");
    serde_json::from_str(text).expect("the script writes JSON")
}

fn list(value: &Value) -> Vec<f64> {
    let items = value.as_array().expect("a list");
    items
        .iter()
        .map(|item| item.as_f64().expect("a number"))
        .collect()
}

fn near(what: &str, found: f64, golden: &Value, tolerance: f64) {
    let golden = golden.as_f64().expect("a number");
    let off = (found - golden).abs();
    assert!(
        off <= tolerance * golden.abs().max(1.0),
        "{what}: {found} {golden}"
    );
}

#[test]
#[expect(
    clippy::cast_possible_truncation,
    reason = "the draws are exact in f32"
)]
fn gap_scores_agree_with_scikit_learn_and_scoringrules() {
    let golden = golden();
    let [real, mean, lo, hi] = ["real", "predicted", "low", "high"].map(|name| list(&golden[name]));
    let draws: Vec<Vec<f32>> = golden["draws"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|draw| list(draw).iter().map(|v| *v as f32).collect())
        .collect();
    let band = Band { lo, hi };
    let pairing = Pairing {
        real: &real,
        mean: &mean,
        band90: Some(&band),
        draws: &draws,
        last_seen: golden["last_seen"].as_f64().expect("a number"),
    };
    let naive_mae = golden["naive_mae"].as_f64().expect("a number");
    let gap = channel_gap(&[pairing], naive_mae);
    near("RMSE", gap.rmse, &golden["rmse"], EXACT);
    near("MAE", gap.mae, &golden["mae"], EXACT);
    near("R²", 1.0 - gap.nrmse * gap.nrmse, &golden["r2"], EXACT);
    near(
        "FIT",
        1.0 - (1.0 - gap.fit_percent / 100.0).powi(2),
        &golden["r2"],
        EXACT,
    );
    near("MASE", gap.mase * naive_mae, &golden["mae"], EXACT);
    near("bias", gap.bias, &golden["bias"], EXACT);
    near("fair CRPS", gap.crps, &golden["crps_fair"], SINGLE);
    near("coverage", gap.coverage90, &golden["coverage"], EXACT);
    near("width", gap.width90, &golden["width"], EXACT);
    near("skill", gap.skill_vs_persistence, &golden["skill"], EXACT);
    for (at, share) in gap.theil.iter().enumerate() {
        near("Theil", *share, &golden["theil"][at], EXACT);
    }
}

#[test]
fn quantiles_and_moments_agree_with_numpy() {
    let golden = golden();
    let real = list(&golden["real"]);
    let predicted = list(&golden["predicted"]);
    for (at, p) in list(&golden["probabilities"]).into_iter().enumerate() {
        let found = stats::quantile(&real, p);
        near("quantile", found, &golden["quantiles"][at], EXACT);
    }
    let variance = stats::sample_variance(&real);
    near("variance", variance, &golden["variance"], EXACT);
    near("std", stats::population_std(&real), &golden["std"], EXACT);
    let robust = stats::robust_std(&real);
    near("robust std", robust, &golden["robust_std"], EXACT);
    let correlation = stats::correlation(real.iter().zip(&predicted));
    near("correlation", correlation, &golden["correlation"], EXACT);
    let series = list(&golden["series"]);
    let own = stats::autocorrelation(&series, 3);
    near("autocorrelation", own, &golden["autocorrelation3"], EXACT);
}

#[test]
fn normal_and_student_quantiles_and_wilson_agree_with_scipy() {
    let golden = golden();
    for case in golden["normal"].as_array().expect("a list") {
        let found = stats::normal_quantile(case[0].as_f64().expect("a number"));
        near("normal", found, &case[1], SINGLE);
    }
    for case in golden["student"].as_array().expect("a list") {
        let [p, dof] = [0, 1].map(|at| case[at].as_f64().expect("a number"));
        near("Student", stats::t_quantile(p, dof), &case[2], SINGLE);
    }
    let (low, high) = stats::wilson(13, 40, 0.95);
    near("Wilson", low, &golden["wilson"][0], SINGLE);
    near("Wilson", high, &golden["wilson"][1], SINGLE);
}
