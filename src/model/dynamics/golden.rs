//! Free run, losses, gradients and steps held to values that PyTorch gives (float64).
//!
//! `tests/golden/make_golden.py` writes the values. Ours are computed in f32, so they agree to
//! 1e-5 of each array's largest number in one pass and to 2e-4 after five steps of the optimiser.

use candle_core::Device;
use serde_json::Value;

use super::{
    backward::backward,
    batch::Batch,
    config::DynamicsConfig,
    eager::Eager,
    fused::{self, Tape},
    member::rate_at,
    optimizer::{Rate, descend, spectral_radius},
    params::{Dims, Layout},
};
use crate::{
    base::to_f32,
    model::{
        learning::{AdamW, BEND, Gauge, Phase, clip},
        rails::FREE,
    },
};

const ONE_PASS: f64 = 1e-5;
const FIVE_STEPS: f64 = 2e-4;

struct Golden {
    values: Value,
    layout: Layout,
    batch: Batch,
    theta: Vec<f32>,
    gauge: Gauge,
}

fn doubles(value: &Value) -> Vec<f64> {
    let list = value.as_array().expect("a list");
    list.iter()
        .map(|v| v.as_f64().unwrap_or(f64::NAN))
        .collect()
}

fn floats(value: &Value) -> Vec<f32> {
    doubles(value).into_iter().map(to_f32).collect()
}

fn size(value: &Value) -> usize {
    usize::try_from(value.as_u64().expect("a number")).expect("small")
}

fn golden() -> Golden {
    let text = include_str!("../../../tests/golden/dynamics.json");
    let values: Value = serde_json::from_str(text).expect("the script writes JSON");
    let dims: Dims = serde_json::from_value(values["dims"].clone()).expect("the sizes");
    let layout = Layout::new(&dims);
    let names: Vec<&str> = layout.slots.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(serde_json::json!(names), values["names"], "another order");
    let (n, k) = (size(&values["n_lanes"]), size(&values["n_steps"]));
    let mut batch = Batch::new(&dims, n, k);
    assert_eq!(batch.n_lanes, n, "the golden lanes must fill the chunks");
    batch.past = floats(&values["past"]);
    batch.input = floats(&values["input"]);
    batch.target = floats(&values["target"]);
    for m in 0..3 {
        batch.features[m] = floats(&values["features"][m]);
        batch.present[m] = floats(&values["present"][m]);
    }
    let theta = floats(&values["theta"]);
    assert_eq!(theta.len(), layout.n_params);
    let spread = floats(&values["spread"]);
    let rails = vec![FREE; spread.len()];
    let gauge = Gauge { spread, rails };
    Golden {
        values,
        layout,
        batch,
        theta,
        gauge,
    }
}

/// Holds an array to its golden values, within a share of their largest.
fn near(what: &str, found: &[f32], golden: &[f64], tolerance: f64) {
    assert_eq!(found.len(), golden.len(), "{what}");
    let most = golden.iter().fold(0.0_f64, |most, g| most.max(g.abs()));
    for (at, (found, golden)) in found.iter().zip(golden).enumerate() {
        let off = (f64::from(*found) - golden).abs();
        assert!(
            off <= tolerance * most,
            "{what}[{at}]: {found}, PyTorch {golden}"
        );
    }
}

fn phase_of(name: &str) -> Phase {
    if name == "huber" {
        Phase::Huber
    } else {
        Phase::Likelihood
    }
}

fn fused_pass(golden: &Golden, theta: &[f32], phase: Phase) -> ([f64; 2], Vec<f32>) {
    let mut tape = Tape::default();
    let mut grad = vec![0.0; golden.layout.n_params];
    fused::forward(&golden.layout, theta, &golden.batch, &mut tape);
    let loss = fused::loss(&golden.batch, &mut tape, &golden.gauge, phase);
    backward(&golden.layout, theta, &golden.batch, &tape, &mut grad);
    (loss, grad)
}

#[test]
fn the_free_run_agrees_with_pytorch() {
    let golden = golden();
    let mut tape = Tape::default();
    fused::forward(&golden.layout, &golden.theta, &golden.batch, &mut tape);
    near(
        "mean",
        &tape.mean,
        &doubles(&golden.values["mean"]),
        ONE_PASS,
    );
    let log_scale = doubles(&golden.values["log_scale"]);
    near("log scale", &tape.log_scale, &log_scale, ONE_PASS);
}

#[test]
fn losses_and_gradients_of_both_paths_agree_with_pytorch_in_every_block() {
    let golden = golden();
    for name in ["huber", "nll"] {
        let truth = &golden.values["phases"][name];
        let loss_truth = truth["loss"].as_f64().expect("a number");
        let ([loss, square], fused_grad) = fused_pass(&golden, &golden.theta, phase_of(name));
        let eager = Eager::new(golden.layout.clone(), Device::Cpu);
        let batches = std::slice::from_ref(&golden.batch);
        let both = eager
            .loss_and_grad(&[&golden.theta], batches, &golden.gauge, phase_of(name))
            .expect("the tensors run");
        let (eager_loss, eager_grad) = &both[0];
        for found in [loss, *eager_loss] {
            let off = (found - loss_truth).abs();
            assert!(off < ONE_PASS * loss_truth.abs(), "{name} {found}");
        }
        let square_truth = truth["square"].as_f64().expect("a number");
        assert!((square - square_truth).abs() < ONE_PASS * square_truth);
        let grad = doubles(&truth["grad"]);
        for slot in &golden.layout.slots {
            let truth = &grad[slot.range.clone()];
            assert!(
                truth.iter().all(|g| g.abs() > 0.0),
                "{} has no gradient",
                slot.name
            );
            for (path, found) in [("fused", &fused_grad), ("eager", eager_grad)] {
                let what = format!("{path} {name} {}", slot.name);
                near(&what, &found[slot.range.clone()], truth, 2.0 * ONE_PASS);
            }
        }
    }
}

#[test]
fn five_clipped_steps_agree_with_the_optimizer_of_pytorch() {
    let golden = golden();
    let truth = &golden.values["adam"];
    let number = |value: &Value| value.as_f64().expect("a number");
    let mut theta = golden.theta.clone();
    let mut adam = AdamW::new(&theta);
    for step in truth["steps"].as_array().expect("a list") {
        let phase = phase_of(step["phase"].as_str().expect("a name"));
        let ([loss, _], mut grad) = fused_pass(&golden, &theta, phase);
        assert!((loss - number(&step["loss"])).abs() < FIVE_STEPS * loss.abs());
        for slope in &mut grad {
            *slope *= to_f32(number(&truth["factor"]));
        }
        let norm = clip(&mut grad);
        assert!(norm > 1.0, "the golden run must be clipped");
        assert!((norm - number(&step["norm"])).abs() < FIVE_STEPS * norm);
        let rate = Rate {
            residual: to_f32(number(&step["residual"])),
            linear: to_f32(number(&step["linear"])),
            decay: to_f32(number(&truth["decay"])),
            keep: to_f32(number(&truth["keep"])),
        };
        descend(&mut adam, &golden.layout, &mut theta, &grad, rate);
    }
    let [weights, means] = ["theta", "mean_weights"].map(|name| doubles(&truth[name]));
    for slot in &golden.layout.slots {
        let range = slot.range.clone();
        let moved = (golden.theta[range.clone()]
            .iter()
            .zip(&weights[range.clone()]))
        .any(|(before, after)| (f64::from(*before) - after).abs() > 1e-3);
        assert!(moved, "{} did not move", slot.name);
        near(
            &slot.name,
            &theta[range.clone()],
            &weights[range.clone()],
            FIVE_STEPS,
        );
        near(
            &slot.name,
            &adam.mean_weights[range.clone()],
            &means[range],
            FIVE_STEPS,
        );
    }
}

#[test]
fn the_step_sizes_are_the_warm_up_and_cosine_of_pytorch() {
    let golden = golden();
    let truth = doubles(&golden.values["schedule"]["sizes"]);
    let plan = DynamicsConfig {
        n_steps: size(&golden.values["schedule"]["n_steps"]),
        rate: 1.0,
        linear_share: 1.0,
        linear_first: 0.0,
        ..DynamicsConfig::for_data(&super::tests::tanks(120, 1, 0.0, false), None)
    };
    for (step, size) in truth.iter().enumerate() {
        let found = f64::from(rate_at(&plan, step, 1.0).residual);
        assert!((found - size).abs() < 1e-6, "step {step}: {found} {size}");
    }
}

#[test]
fn the_spectral_radius_agrees_with_eigenvalues_of_numpy() {
    for one in golden().values["radii"].as_array().expect("a list") {
        let radius = one["radius"].as_f64().expect("a number");
        let found = spectral_radius(&doubles(&one["matrix"]), size(&one["n"]));
        assert!((found / radius - 1.0).abs() < 1e-3, "{found} {radius}");
    }
}

/// Every slope of every block by central differences, with the loss summed in double precision.
#[test]
fn gradients_of_both_phases_agree_with_finite_differences_in_every_block() {
    let golden = golden();
    for phase in [Phase::Huber, Phase::Likelihood] {
        let (_, grad) = fused_pass(&golden, &golden.theta, phase);
        let base = detached(&golden);
        let loss = |theta: &[f32]| plain_loss(&golden, theta, phase, &base);
        for slot in &golden.layout.slots {
            let range = slot.range.clone();
            let most = grad[range.clone()]
                .iter()
                .fold(0.0_f32, |most, g| most.max(g.abs()));
            assert!(most > 1e-5, "{phase:?} {} has no gradient", slot.name);
            for index in range.clone().step_by(range.len().div_ceil(5)) {
                let step = 1.0 / 256.0;
                let mut moved = golden.theta.clone();
                moved[index] += step;
                let above = loss(&moved);
                moved[index] = golden.theta[index] - step;
                let slope = (above - loss(&moved)) / (2.0 * f64::from(step));
                let off = (slope - f64::from(grad[index])).abs();
                assert!(
                    off < 2e-3 * f64::from(most) + 1e-4 * slope.abs(),
                    "{phase:?} {}[{index}]: {slope} {}",
                    slot.name,
                    grad[index]
                );
            }
        }
    }
}

/// What the losses hold fixed: means, scales and hidden units at the point of the derivative.
struct Detached {
    mean: Vec<f32>,
    log_scale: Vec<f32>,
}

fn detached(golden: &Golden) -> Detached {
    let mut tape = Tape::default();
    fused::forward(&golden.layout, &golden.theta, &golden.batch, &mut tape);
    Detached {
        mean: tape.mean,
        log_scale: tape.log_scale,
    }
}

/// The loss as a plain function whose derivative is the gradient: what autograd detaches comes
/// from `base`, and the scale head sees the hidden units of the unmoved weights.
fn plain_loss(golden: &Golden, theta: &[f32], phase: Phase, base: &Detached) -> f64 {
    let mut tape = Tape::default();
    fused::forward(&golden.layout, theta, &golden.batch, &mut tape);
    let mut still = golden.theta.clone();
    for slot in &golden.layout.slots {
        if slot.name.starts_with("scale") {
            still[slot.range.clone()].copy_from_slice(&theta[slot.range.clone()]);
        }
    }
    let mut heads = Tape::default();
    fused::forward(&golden.layout, &still, &golden.batch, &mut heads);
    let n = golden.batch.n_lanes;
    let (mut total, mut count) = (0.0_f64, 0.0);
    for (at, target) in golden.batch.target.iter().enumerate() {
        if !target.is_finite() {
            continue;
        }
        let spread = f64::from(golden.gauge.spread[at / n % golden.gauge.spread.len()]);
        let scale = f64::from(fused::scale_of(heads.log_scale[at]));
        let weight = f64::from(fused::scale_of(base.log_scale[at]));
        let residual = f64::from(target - tape.mean[at]) / spread;
        let seen = if phase == Phase::Huber {
            f64::from(target - base.mean[at]) / spread
        } else {
            residual
        };
        let bent = |z: f64, bound: f64| {
            let slope = z.clamp(-bound, bound);
            slope * (z - 0.5 * slope)
        };
        total += weight * (scale.ln() + bent(seen / scale, f64::from(BEND)));
        if phase == Phase::Huber {
            total += bent(residual, 1.0);
        }
        count += 1.0;
    }
    total / count
}
