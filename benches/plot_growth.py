#!/usr/bin/env python3
"""Draws docs/img/speed-growth.svg from `cargo bench --bench world_model -- growth` on standard input.

Plain SVG, no library. Lines are `what,axis,value,milliseconds`.
"""
import math, pathlib, sys

rows = [line.strip().split(",") for line in sys.stdin if line.count(",") == 3]
PANELS = [("channels", "channels"), ("steps", "steps ahead"), ("draws", "draws")]
NAMES = {"train_step_ms": ("one training step, 5 members", "#0072b2"),
         "rollout64_64_ms": ("64 free runs of 64 steps", "#009e73"),
         "answer_ms": ("a whole answer", "#d55e00")}
W, H, L, T = 300, 240, 56, 40
out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{3 * (W + L) + 20}" height="{H + 110}" '
       'font-family="sans-serif" font-size="12">', '<rect width="100%" height="100%" fill="white"/>']
ys = [float(r[3]) for r in rows]
low, high = math.floor(math.log10(min(ys))), math.ceil(math.log10(max(ys)))


def y_of(ms): return T + H * (1 - (math.log10(ms) - low) / (high - low))


for at, (axis, label) in enumerate(PANELS):
    own = [r for r in rows if r[1] == axis]
    xs = sorted({float(r[2]) for r in own})
    x0 = L + at * (W + L)
    a, b = math.log2(xs[0]), math.log2(xs[-1])
    def x_of(x): return x0 + 10 + (W - 30) * (math.log2(x) - a) / (b - a)
    for power in range(low, high + 1):
        y = y_of(10.0**power)
        out.append(f'<line x1="{x0}" y1="{y:.1f}" x2="{x0 + W - 10}" y2="{y:.1f}" stroke="#ddd"/>')
        out.append(f'<text x="{x0 - 6}" y="{y + 4:.1f}" text-anchor="end">{10.0**power:g}</text>')
    for x in xs:
        out.append(f'<text x="{x_of(x):.1f}" y="{T + H + 18}" text-anchor="middle">{x:g}</text>')
    out.append(f'<text x="{x0 + W / 2}" y="{T + H + 36}" text-anchor="middle">{label}</text>')
    for what, (_, colour) in NAMES.items():
        points = sorted((float(r[2]), float(r[3])) for r in own if r[0] == what)
        if points:
            path = " ".join(f"{x_of(x):.1f},{y_of(y):.1f}" for x, y in points)
            out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
            out += [f'<circle cx="{x_of(x):.1f}" cy="{y_of(y):.1f}" r="3" fill="{colour}"/>' for x, y in points]
out.append(f'<text x="{L}" y="20">milliseconds, two threads</text>')
for at, (name, colour) in enumerate(NAMES.values()):
    x = L + at * 300
    out.append(f'<line x1="{x}" y1="{T + H + 58}" x2="{x + 24}" y2="{T + H + 58}" stroke="{colour}" stroke-width="2"/>')
    out.append(f'<text x="{x + 30}" y="{T + H + 62}">{name}</text>')
out.append("</svg>")
target = pathlib.Path(__file__).parent.parent / "docs" / "img" / "speed-growth.svg"
target.write_text("\n".join(out) + "\n")
