#!/usr/bin/env python3
"""The dynamics family of this project in eager PyTorch, to be timed beside `benches/world_model.rs`.

Needs: pip install torch numpy      Usage: peer_torch.py [--preset small|medium] [--threads 2] [--compile]

Same equations (src/model/dynamics/fused.rs), same sizes, same losses, all five members as one batched
graph, as src/model/dynamics/eager.rs has it: encoder over the past window, linear core with tanh residual,
mean and log scale, beta-NLL, global clip to 1, AdamW. Only the recurrence is a loop; outputs and loss of all
steps are one product each. Prints one JSON object: milliseconds of a training step of all members (median),
of 64-step free runs of one member for 1, 64 and 1024 trajectories, multiply-adds of a training step's
forward pass, and the machine's matrix rate for the floor. The batch is ready in memory here; the Rust side
draws and disturbs its own.
"""
import argparse, json, statistics, time
import torch

p = argparse.ArgumentParser()
p.add_argument("--preset", default="small"); p.add_argument("--threads", type=int, default=2)
p.add_argument("--compile", action="store_true"); p.add_argument("--device", default="cpu")
a = p.parse_args()
torch.set_num_threads(a.threads)
dev = torch.device(a.device)
M = 5
O, U, X, H, L, N, K = (8, 2, 9, 32, 20, 64, 96) if a.preset == "small" else (32, 8, 20, 48, 8, 96, 96)
HE, E, D, C = min(H, 32), L * (O + U), X + U, X + O
FLOOR, LIMIT, HUBER = 1e-3, 30.0, 4.0


def leaf(*shape, size=0.1):
    return torch.nn.Parameter(torch.randn(M, *shape, device=dev) * size)


W = {"enc": leaf(X, E, size=0.02), "enc_b": leaf(X, 1), "ench": leaf(HE, E, size=E**-0.5), "ench_b": leaf(HE, 1),
     "enco": leaf(X, HE), "hid": leaf(H, D, size=D**-0.5), "hid_b": leaf(H, 1), "core": leaf(C, D, size=0.2 * D**-0.5),
     "core_b": leaf(C, 1), "res": leaf(C, H, size=0.02), "scale": leaf(O, H), "scale_b": leaf(O, 1)}


def free_run(w, past, inputs):
    """past [M, E, N], inputs [K, M, U, N] to mean and log scale [M, O, K * N]."""
    state = torch.baddbmm(w["enc_b"], w["enc"], past) + w["enco"] @ torch.tanh(torch.baddbmm(w["ench_b"], w["ench"], past))
    state = state.clamp(-LIMIT, LIMIT)
    both = torch.cat([w["core"], w["res"]], 2)
    to_state, to_mean = both[:, :X].contiguous(), both[:, X:].contiguous()
    state_b, mean_b = w["core_b"][:, :X], w["core_b"][:, X:]
    rows, hiddens = [], []
    for u in inputs:
        drive = torch.cat([state, u], 1)
        hidden = torch.tanh(torch.baddbmm(w["hid_b"], w["hid"], drive))
        row = torch.cat([drive, hidden], 1)
        state = torch.baddbmm(state_b, to_state, row).clamp(-LIMIT, LIMIT)
        rows.append(row); hiddens.append(hidden.detach())
    mean = torch.baddbmm(mean_b, to_mean, torch.cat(rows, 2))
    return mean, torch.baddbmm(w["scale_b"], w["scale"], torch.cat(hiddens, 2))


def loss_of(w, past, inputs, target):
    mean, log_scale = free_run(w, past, inputs)
    scale = FLOOR + log_scale.clamp(-7, 2).exp()
    z = (target - mean) / scale
    slope = z.clamp(-HUBER, HUBER)
    nll = scale.log() + slope * (z - 0.5 * slope)
    return (scale.detach() * nll).mean((1, 2)).sum()


def sync():
    if dev.type == "cuda": torch.cuda.synchronize()


def median_ms(f, n, warm=3):
    for _ in range(warm): f()
    ts = []
    for _ in range(n):
        sync(); t = time.perf_counter(); f(); sync(); ts.append((time.perf_counter() - t) * 1e3)
    return statistics.median(ts)


past, inputs = torch.randn(M, E, N, device=dev), torch.randn(K, M, U, N, device=dev)
target = torch.randn(M, O, K * N, device=dev)
params = list(W.values())
adam = torch.optim.AdamW(params, 1e-3, betas=(0.9, 0.99))
f = torch.compile(loss_of) if a.compile else loss_of


def step():
    adam.zero_grad(); loss = f(W, past, inputs, target); loss.backward()
    torch.nn.utils.clip_grad_norm_(params, 1.0); adam.step(); return loss.item()


macs_step = M * N * (K * (H * D + C * (D + H) + O * H) + (X + HE) * E + X * HE)
out = {"side": "pytorch", "preset": a.preset, "torch": torch.__version__, "threads": a.threads, "device": str(dev),
       "compiled": a.compile, "params_a_member": sum(x[0].numel() for x in params),
       "mmacs_forward": round(macs_step / 1e6, 2), "train_step_ms": round(median_ms(step, 11), 3)}
one = {k: v[:1].detach() for k, v in W.items()}
with torch.no_grad():
    for n in (1, 64, 1024):
        e, u = torch.randn(1, E, n, device=dev), torch.randn(64, 1, U, n, device=dev)
        out[f"rollout64_{n}_ms"] = round(median_ms(lambda: free_run(one, e, u)[1].exp(), 9), 3)
x = torch.randn(1024, 1024, device=dev)
out["matmul_gflops"] = round(2 * 1024**3 / median_ms(lambda: x @ x, 9) / 1e6, 1)
print(json.dumps(out))
