#!/usr/bin/env python3
"""A plain ARX on the milling machine's currents: the yardstick that the data README does not give.

Needs: pip install numpy      Usage: peer_arx.py [FOLDER of cnc_mill]

Least squares with a little ridge on single steps; past outputs and inputs 1, 2, 4 or 8 each, chosen by the
free run of the eleventh run; learned from eleven runs, tested by the free run of the twelfth after 50 rows.
Beside it what tells whether anything is left to learn from the past: the error of a single step ahead, the
autocorrelation of the free run's errors at lags 1, 2 and 5, and the noise of the sensor by second
differences (white noise of that size alone would give them).
"""
import csv, os, pathlib, sys
import numpy as np

shared = os.environ.get("GEMBA_SHARED_DATA", "../shared/data")
folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else shared + "/cnc_mill")
OUTPUTS = [f"{axis}_{what}" for axis in ("X1", "Y1", "S1") for what in ("CurrentFeedback", "OutputCurrent")]
WARM = 50

runs = [list(csv.DictReader(path.open())) for path in sorted(folder.glob("*.csv"))]
inputs = [name for name in runs[0][0] if "Command" in name or name == "M1_CURRENT_FEEDRATE"]
take = lambda rows, names: np.array([[float(row[name]) for name in names] for row in rows])
runs = [(take(rows, inputs), take(rows, OUTPUTS)) for rows in runs]
known = np.vstack([u for u, _ in runs[:-1]])
runs = [((u - known.mean(0)) / (known.std(0) + 1e-9), y) for u, y in runs]


def row(y, u, t, n_y, n_u):
    return np.concatenate([y[t - n_y:t][::-1], u[t - n_u + 1:t + 1][::-1].ravel(), [1.0]])


def fit(runs, at, n_y, n_u, ridge):
    steps = [(row(y[:, at], u, t, n_y, n_u), y[t, at]) for u, y in runs for t in range(max(n_y, n_u), len(y))]
    x, target = np.array([one for one, _ in steps]), np.array([one for _, one in steps])
    products = x.T @ x
    products[np.diag_indices_from(products)] += ridge * len(target) * 1e-3
    return np.linalg.solve(products, x.T @ target)


def errors(weights, run, at, n_y, n_u, is_free=True):
    u, y = run
    said = y[:, at].copy()
    for t in range(WARM, len(y)):
        past = said if is_free else y[:, at]
        said[t] = np.clip(weights @ row(past, u, t, n_y, n_u), -1e4, 1e4)
    return (y[:, at] - said)[WARM:]


rms = lambda values: float(np.sqrt(np.mean(values ** 2)))
print("| current | lags of y, u | ARX, free run | one step ahead | autocorrelation 1, 2, 5 | noise by second differences |")
print("|---|---|---|---|---|---|")
for at, name in enumerate(OUTPUTS):
    tried = []
    for n_y in (1, 2, 4, 8):
        for n_u in (1, 2, 4, 8):
            for ridge in (0.001, 0.1, 10.0):
                weights = fit(runs[:-2], at, n_y, n_u, ridge)
                tried.append((rms(errors(weights, runs[-2], at, n_y, n_u)), n_y, n_u, ridge))
    _, n_y, n_u, ridge = min(tried)
    weights = fit(runs[:-1], at, n_y, n_u, ridge)
    free = errors(weights, runs[-1], at, n_y, n_u)
    ahead = errors(weights, runs[-1], at, n_y, n_u, is_free=False)
    hang = ", ".join(f"{np.mean(free[k:] * free[:-k]) / np.mean(free ** 2):.2f}" for k in (1, 2, 5))
    y = runs[-1][1][WARM:, at]
    noise = rms(y[1:-1] - (y[:-2] + y[2:]) / 2) / 1.5 ** 0.5
    print(f"| {name} | {n_y}, {n_u} | {rms(free):.2f} | {rms(ahead):.2f} | {hang} | {noise:.2f} |", flush=True)
