#!/usr/bin/env python3
"""Writes the outside truth that the Rust tests are held to.

Needs: pip install torch numpy scipy scikit-learn scoringrules      Usage: make_golden.py

dynamics.json: one member of the neural family, written down a second time from its equations (see the
head of src/model/dynamics/fused.rs) in PyTorch with float64: free run, losses, gradients by autograd,
steps of torch.optim.AdamW after torch's gradient clipping, torch's step-size schedulers, and spectral
radii by numpy. metrics.json: scores by scikit-learn and scoringrules, quantiles and distributions by
numpy and scipy. All inputs are multiples of 1/256, so they are exact in float32 too.
"""
import json, math, pathlib
import numpy as np, scipy.stats, sklearn.metrics as skm, scoringrules as sr, torch

HERE = pathlib.Path(__file__).parent
torch.set_default_dtype(torch.float64)
rng = np.random.default_rng(7)

O, U, X, H, HE, C, L, F, N, K = 2, 2, 3, 5, 4, 2, 2, (3, 0, 2), 16, 6
STEP = 2 * O + U            # output, its mask, input
PAST = L * STEP
LIMIT, FLOOR, LOG_SCALE, LOG_PREC, HUBER = 30.0, 1e-3, (-7.0, 2.0), (-4.0, 4.0), 4.0
SPREAD = [0.75, 1.25]


def draw(*shape, size=1.0):
    return np.round(np.clip(rng.normal(size=shape) * size, -3, 3) * 256) / 256


# Order and names as in src/model/dynamics/params.rs: (name, rows, columns, size of the numbers).
SLOTS = [
    ("enc.linear", X, PAST, 0.2), ("enc.bias", X, 1, 0.2), ("enc.hidden", HE, PAST, 0.3),
    ("enc.hidden_bias", HE, 1, 0.3), ("enc.out", X, HE, 0.3), ("hidden", H, X + U, 0.5),
    ("hidden_bias", H, 1, 0.5), ("core", X + O, X + U, 0.3), ("core_bias", X + O, 1, 0.2),
    ("residual", X + O, H, 0.25), ("scale", O, H, 0.3), ("scale_bias", O, 1, 0.5),
    ("context.hidden", H, C, 0.3), ("context.core", X + O, C, 0.3),
    ("context.0.mean", C, F[0], 0.5), ("context.0.mean_bias", C, 1, 0.5),
    ("context.0.precision", C, F[0], 0.5), ("context.0.precision_bias", C, 1, 0.5),
    ("context.2.mean", C, F[2], 0.5), ("context.2.mean_bias", C, 1, 0.5),
    ("context.2.precision", C, F[2], 0.5), ("context.2.precision_bias", C, 1, 0.5),
]
LINEAR = {"enc.linear", "enc.bias", "core", "core_bias", "scale_bias"}
theta0 = {name: draw(rows, cols, size=size) for name, rows, cols, size in SLOTS}
past, inputs, target = draw(PAST, N), draw(K, U, N), draw(K, O, N)
target[rng.random(target.shape) < 0.2] = np.nan
target[0, 0, 1] = 9.0       # beyond every Huber bound
features = [draw(f, N) for f in F]
present = [np.array([0.0 if f == 0 or lane % (m + 2) == 0 else 1.0 for lane in range(N)]) for m, f in enumerate(F)]


def free_run(w):
    total, pulled = torch.ones(C, N), torch.zeros(C, N)
    for m, f in enumerate(F):
        if f:
            x = torch.tensor(features[m])
            mean = w[f"context.{m}.mean"] @ x + w[f"context.{m}.mean_bias"]
            log_prec = w[f"context.{m}.precision"] @ x + w[f"context.{m}.precision_bias"]
            prec = log_prec.clamp(*LOG_PREC).exp() * torch.tensor(present[m])
            total, pulled = total + prec, pulled + prec * mean
    context = pulled / total
    p = torch.tensor(past)
    state = w["enc.linear"] @ p + w["enc.bias"]
    state = state + w["enc.out"] @ torch.tanh(w["enc.hidden"] @ p + w["enc.hidden_bias"])
    state = state.clamp(-LIMIT, LIMIT)
    means, log_scales = [], []
    for t in range(K):
        drive = torch.cat([state, torch.tensor(inputs[t])])
        hidden = torch.tanh(w["hidden"] @ drive + w["hidden_bias"] + w["context.hidden"] @ context)
        core = w["core"] @ drive + w["core_bias"] + w["residual"] @ hidden + w["context.core"] @ context
        state = core[:X].clamp(-LIMIT, LIMIT)
        means.append(core[X:])
        log_scales.append(w["scale"] @ hidden.detach() + w["scale_bias"])
    return torch.stack(means), torch.stack(log_scales)


def loss_of(w, phase):
    mean, log_scale = free_run(w)
    known = torch.tensor(np.isfinite(target))
    y = torch.tensor(np.nan_to_num(target))
    spread = torch.tensor(SPREAD).reshape(1, O, 1)
    residual = (y - mean) / spread
    scale = FLOOR + log_scale.clamp(*LOG_SCALE).exp()
    seen = residual.detach() if phase == "huber" else residual
    z = seen / scale
    nll = torch.log(scale) + torch.nn.functional.huber_loss(z, torch.zeros_like(z), reduction="none", delta=HUBER)
    # Beta-NLL with beta 0.5: weighted by the detached standard deviation.
    loss = scale.detach() * nll
    if phase == "huber":
        loss = loss + torch.nn.functional.huber_loss(mean / spread, y / spread, reduction="none", delta=1.0)
    square = (residual[known] ** 2).mean()
    return loss[known].mean(), square


def leaves():
    return {name: torch.tensor(value, requires_grad=True) for name, value in theta0.items()}


def flat(arrays, digits=9):
    return [float(f"{v:.{digits}g}") for name, *_ in SLOTS for v in np.asarray(arrays[name]).ravel()]


def series(array, digits=9):
    return [float(f"{v:.{digits}g}") if math.isfinite(v) else None for v in np.asarray(array).ravel()]


out = {
    "dims": {"n_obs": O, "n_in": U, "n_state": X, "n_hidden": H, "n_enc": HE, "n_context": C, "n_lags": L,
             "has_mask": True, "n_features": list(F)},
    "n_lanes": N, "n_steps": K, "spread": SPREAD, "names": [slot[0] for slot in SLOTS],
    "theta": flat(theta0), "past": series(past), "input": series(inputs), "target": series(target),
    "features": [series(f) for f in features], "present": [series(p) if F[m] else [] for m, p in enumerate(present)],
}
w = leaves()
mean, log_scale = free_run(w)
out["mean"], out["log_scale"] = series(mean.detach()), series(log_scale.detach())
out["phases"] = {}
for phase in ("huber", "nll"):
    w = leaves()
    loss, square = loss_of(w, phase)
    loss.backward()
    out["phases"][phase] = {"loss": loss.item(), "square": square.item(),
                            "grad": flat({name: t.grad for name, t in w.items()})}

# Optimiser: five steps, the first two on the linear part alone, as training does.
N_PLAN, RATE, LINEAR_SHARE, DECAY, KEEP = 100, 3e-3, 0.5, 1.0, 0.98
w = leaves()
groups = {"decayed": [], "bias": [], "linear": []}
for name, _rows, cols, _size in SLOTS:
    groups["linear" if name in LINEAR else "decayed" if cols > 1 else "bias"].append(w[name])
adam = torch.optim.AdamW([{"params": g, "name": k} for k, g in groups.items()], lr=RATE, betas=(0.9, 0.99), eps=1e-8)
ema = {name: t.detach().clone() for name, t in w.items()}
steps = []
for step in range(5):
    phase = "huber" if step < 3 else "nll"
    size = RATE * (step + 1) / 5
    residual, linear = (0.0, 0.1 * size) if step < 2 else (size, size * LINEAR_SHARE)
    for group in adam.param_groups:
        group["lr"] = linear if group["name"] == "linear" else residual
        group["weight_decay"] = DECAY if group["name"] == "decayed" else 0.0
    adam.zero_grad()
    loss, _ = loss_of(w, phase)
    (8.0 * loss).backward()     # large enough that the clip bites
    norm = torch.nn.utils.clip_grad_norm_(list(w.values()), 1.0).item()
    adam.step()
    keep = min(KEEP, (step + 1) / (step + 11))
    for name, t in w.items():
        ema[name] += (1 - keep) * (t.detach() - ema[name])
    radius = float(np.abs(np.linalg.eigvals(w["core"].detach().numpy()[:X, :X])).max())
    assert radius < 0.98, "the golden run must not touch the stability bound"
    steps.append({"phase": phase, "residual": residual, "linear": linear, "loss": loss.item(), "norm": norm})
out["adam"] = {"decay": DECAY, "keep": KEEP, "factor": 8.0, "steps": steps,
               "theta": flat({k: v.detach() for k, v in w.items()}), "mean_weights": flat(ema)}

# Schedule: torch's warm-up and cosine, chained.
param = torch.nn.Parameter(torch.zeros(1))
sgd = torch.optim.SGD([param], lr=1.0)
warm = torch.optim.lr_scheduler.LinearLR(sgd, start_factor=1 / 20, end_factor=1.0, total_iters=19)
cosine = torch.optim.lr_scheduler.CosineAnnealingLR(sgd, T_max=N_PLAN, eta_min=0.0)
rates = []
for _ in range(N_PLAN):
    rates.append(sgd.param_groups[0]["lr"])
    sgd.step(), warm.step(), cosine.step()
# torch's floor is not scaled by the warm-up: warm-up × (floor + (1 − floor) × cosine).
ramp = [min((i + 1) / 20, 1.0) for i in range(N_PLAN)]
out["schedule"] = {"n_steps": N_PLAN, "floor": 0.0033,
                   "sizes": [float(f"{0.0033 * r + 0.9967 * v:.9g}") for r, v in zip(ramp, rates)]}

out["radii"] = []
for n, scale in ((1, 0.9), (2, 1.1), (4, 0.6), (6, 0.4)):
    a = draw(n, n, size=scale)
    out["radii"].append({"n": n, "matrix": series(a), "radius": float(np.abs(np.linalg.eigvals(a)).max())})
(HERE / "dynamics.json").write_text(json.dumps(out, separators=(",", ":")) + "\n")

# Metrics.
n, m = 40, 11
real = draw(n, size=2.0)
predicted = real * 0.875 + draw(n, size=0.5) + 0.25
draws = np.round((predicted + draw(m, n, size=0.75)) * 256) / 256
low, high = predicted - 1.25, predicted + 1.0
rmse = math.sqrt(skm.mean_squared_error(real, predicted))
errors, bias = predicted - real, float(np.mean(predicted - real))
mse = float(np.mean(errors**2))
theil = [bias**2, (predicted.std() - real.std()) ** 2,
         2 * (1 - scipy.stats.pearsonr(real, predicted).statistic) * real.std() * predicted.std()]
wilson = scipy.stats.binomtest(13, 40).proportion_ci(0.95, method="wilson")
inside = (low <= real) & (real <= high)
lagged = draw(60, size=1.0)
probs = [0.0, 0.05, 0.25, 0.5, 0.9, 0.975, 1.0]
t_points = [(p, d) for p in (0.6, 0.9, 0.975, 0.995) for d in (1.0, 2.5, 4.0, 30.0)]
metrics = {
    "real": series(real), "predicted": series(predicted), "draws": [series(d) for d in draws],
    "low": series(low), "high": series(high), "naive_mae": 0.8125, "last_seen": 0.5,
    "rmse": rmse, "mae": float(skm.mean_absolute_error(real, predicted)), "r2": float(skm.r2_score(real, predicted)),
    "bias": bias, "theil": [float(p / mse) for p in theil],
    "crps_fair": float(np.mean(sr.crps_ensemble(real, draws.T, estimator="fair"))),
    "coverage": float(inside.mean()), "width": float((high - low).mean()),
    "skill": 1 - rmse / math.sqrt(skm.mean_squared_error(real, np.full(n, 0.5))),
    "probabilities": probs, "quantiles": [float(np.quantile(real, p)) for p in probs],
    "variance": float(np.var(real, ddof=1)), "std": float(np.std(real)),
    "robust_std": float(scipy.stats.median_abs_deviation(real, scale="normal")),
    "correlation": float(np.corrcoef(real, predicted)[0, 1]),
    "series": series(lagged),
    "autocorrelation3": float(np.corrcoef(lagged[3:], lagged[:-3])[0, 1]),
    "normal": [[p, float(scipy.stats.norm.ppf(p))] for p in (0.001, 0.05, 0.5, 0.95, 0.975, 0.9999)],
    "student": [[p, d, float(scipy.stats.t.ppf(p, d))] for p, d in t_points],
    "crps_normal": [[e, s, float(sr.crps_normal(e, 0.0, s))] for e in (-2.5, -0.25, 0.0, 1.5) for s in (0.125, 1.0, 4.0)],
    "wilson": [float(wilson.low), float(wilson.high)],
}
(HERE / "metrics.json").write_text(json.dumps(metrics, separators=(",", ":")) + "\n")
