"""Plants of many kinds for `rigs`: what each yields a step is inputs, true outputs and its sensors' noise."""
import math

clip = lambda x, low, high: min(max(x, low), high)


class Steps:
    """Inputs that hold a level for a while and move to another."""

    def __init__(self, rng, low, high, hold):
        self.rng, self.low, self.high, self.hold, self.left = rng, low, high, hold, 0

    def __call__(self):
        if self.left == 0:
            self.level, self.left = self.rng.uniform(self.low, self.high), self.rng.randint(self.hold // 3, 2 * self.hold)
        self.left -= 1
        return self.level


def valve(rng, n):
    """A valve with a dead zone and an end stop before a damped second order, five steps late."""
    move, x, v, late = Steps(rng, -1.5, 1.5, 25), 0.0, 0.0, [0.0] * 5
    for _ in range(n):
        u = move()
        late.append(u)
        seen = late.pop(0)
        open_ = clip(math.copysign(max(abs(seen) - 0.2, 0.0), seen), -0.8, 0.8)
        v += 0.3 * (open_ - x - 0.7 * v)
        x += 0.3 * v
        yield [u], [x], [0.02]


def reactor(rng, n):
    """A stirred exothermic reactor: coolant in, temperature and concentration out."""
    cool, feed, c, t = Steps(rng, 295, 305, 40), Steps(rng, 0.9, 1.1, 90), 0.9, 325.0
    for _ in range(n):
        uc, uf = cool(), feed()
        for _ in range(5):
            rate = c * math.exp(9.0 - 3000.0 / t)
            c += 0.04 * (uf * (1.0 - c) - rate)
            t += 0.04 * (uf * (350.0 - t) * 0.5 + 40.0 * rate + 1.5 * (uc - t))
        yield [uc, uf], [t, c], [0.15, 0.004]


def tanks(rng, n):
    """Two cascaded tanks that can overflow."""
    pump, a, b = Steps(rng, 0.2, 2.2, 30), 1.0, 1.0
    for _ in range(n):
        u = pump()
        a = clip(a + 0.1 * (u - math.sqrt(max(a, 0.0))), 0.0, 4.0)
        b = clip(b + 0.1 * (math.sqrt(a) - 0.9 * math.sqrt(max(b, 0.0))), 0.0, 4.5)
        yield [u], [b], [0.03]


def drive(rng, n):
    """A motor with dry friction and a load on a soft shaft."""
    torque, w, wl, twist = Steps(rng, -2, 2, 20), 0.0, 0.0, 0.0
    for _ in range(n):
        u = torque()
        for _ in range(4):
            shaft = 3.0 * twist + 0.2 * (w - wl)
            w += 0.05 * (u - shaft - 0.4 * math.tanh(20 * w) - 0.1 * w)
            wl += 0.05 * (0.5 * shaft - 0.1 * wl)
            twist += 0.05 * (w - wl)
        yield [u], [wl], [0.03]


def linear(rng, n):
    """Two inputs, two outputs, nothing nonlinear, much noise: the linear family should answer."""
    moves, x = [Steps(rng, -1, 1, 15), Steps(rng, -1, 1, 30)], [0.0] * 3
    for _ in range(n):
        u = [move() for move in moves]
        x = [0.95 * x[0] + 0.1 * u[0], 0.8 * x[1] + 0.1 * x[0] + 0.1 * u[1], 0.9 * x[2] + 0.1 * x[1]]
        yield u, [x[0] + x[1], 3 * x[2]], [0.15, 0.15]


def furnace(rng, n):
    """Heat lost by radiation, and a slow disturbance that nothing measures."""
    power, t, wind = Steps(rng, 0, 1, 40), 400.0, 0.0
    for _ in range(n):
        u = power()
        wind = 0.98 * wind + rng.gauss(0, 0.05)
        t += 0.05 * (900.0 * u - 1.2e-8 * (t ** 4 - 300.0 ** 4) - 0.3 * (t - 300.0) + 20.0 * wind)
        yield [u], [t], [1.0]


def exchanger(rng, n):
    """Two flows that multiply: the gain of one depends on the other."""
    hot, cold, t, wall = Steps(rng, 0.2, 1.0, 25), Steps(rng, 0.2, 1.0, 35), 40.0, 45.0
    for _ in range(n):
        uh, uc = hot(), cold()
        wall += 0.1 * (uh * (90.0 - wall) - (wall - t) * math.sqrt(uc))
        t += 0.1 * (uc * (15.0 - t) + (wall - t) * math.sqrt(uc))
        yield [uh, uc], [t], [0.2]


def level(rng, n):
    """An integrator whose level is held by hand: filled and emptied in turn."""
    pump, tap, x, fill = Steps(rng, 0.3, 1, 20), Steps(rng, 0.3, 1, 30), 50.0, 1.0
    for _ in range(n):
        fill = -1.0 if x > 80 else 1.0 if x < 20 else fill
        uin, uout = (pump(), 0.2) if fill > 0 else (0.2, tap())
        x += 2.0 * (uin - uout * math.sqrt(max(x, 0.0) / 50.0))
        yield [uin, uout], [x], [0.4]


def backlash(rng, n):
    """A lever with play before a first order: what the input was decides which side it is on."""
    move, lever, x = Steps(rng, -1, 1, 12), 0.0, 0.0
    for _ in range(n):
        u = move()
        lever = clip(lever, u - 0.25, u + 0.25)
        x += 0.25 * (lever - x)
        yield [u], [x], [0.015]


def products(rng, n):
    """Three products, each with another gain and speed; the product is a number in the log."""
    kind, speed, x = Steps(rng, 0, 2.999, 120), Steps(rng, 0.5, 1.5, 20), 0.0
    for _ in range(n):
        k, u = int(kind()), speed()
        x += (0.05, 0.12, 0.3)[k] * ((1.0, 1.8, 0.6)[k] * u * u - x)
        yield [float(k), u], [x], [0.05]


def heater(rng, n):
    """A heater under feedback: the log holds the controller's moves, which follow the output."""
    goal, t, total = Steps(rng, 40, 70, 80), 30.0, 0.0
    for _ in range(n):
        target = goal()
        total = clip(total + 0.002 * (target - t), -1.0, 1.0)
        u = clip(0.05 * (target - t) + total + rng.gauss(0, 0.05), 0.0, 1.0)
        t += 0.05 * (60.0 * u - (t - 20.0) - 0.002 * (t - 20.0) ** 2)
        yield [u], [t], [0.2]


def crane(rng, n):
    """A load on a rope: hardly damped, and not linear when it swings far."""
    push, x, v, a, w = Steps(rng, -0.7, 0.7, 10), 0.0, 0.0, 0.0, 0.0
    for _ in range(n):
        u = push()
        for _ in range(4):
            force = 4.0 * u - 1.0 * v
            w += 0.05 * (-2.5 * math.sin(a) - 0.15 * w - force * math.cos(a) * 0.6)
            a += 0.05 * w
            v += 0.05 * (force + 0.2 * math.sin(a) - 0.3 * x)
            x += 0.05 * v
        yield [u], [x, a], [0.03, 0.02]


# The second set: written after every rule that the first one found, in sight of none of them.


def smooth(rng, memory, spread=1.0):
    """A coloured disturbance that nothing measures: first order, of the given spread."""
    value = 0.0
    while True:
        value = memory * value + spread * math.sqrt(1 - memory**2) * rng.gauss(0, 1)
        yield value


def titration(rng, n):
    """Neutralisation: the curve is steep where acid and base are even, and flat elsewhere."""
    base, feed, acid, alkali = Steps(rng, 0.6, 1.4, 25), Steps(rng, 0.9, 1.1, 80), 1.0, 1.0
    for _ in range(n):
        b, f = base(), feed()
        acid += 0.06 * f * (1.0 - acid)
        alkali += 0.06 * (b - f * alkali)
        yield [b, f], [7.0 + 3.5 * math.asinh(8.0 * (alkali - acid)) / 2.0], [0.05]


def arm(rng, n):
    """A flexible arm shaken by broad noise: two hardly damped modes, acceleration measured at once."""
    push, a, va, b, vb = smooth(rng, 0.6), 0.0, 0.0, 0.0, 0.0
    for _ in range(n):
        u = next(push)
        for _ in range(4):
            fa, fb = u - 0.5 * a - 0.03 * va, u - 3.0 * b - 0.06 * vb
            va, vb = va + 0.25 * fa, vb + 0.25 * fb
            a, b = a + 0.25 * va, b + 0.25 * vb
        yield [u], [fa - 0.6 * fb], [0.1]


def winder(rng, n):
    """Five inputs that hold two levels each, two tensions: products of speeds and strains."""
    moves = [Steps(rng, 0, 1.999, 10 + 6 * at) for at in range(5)]
    one, two = 0.5, 0.5
    for _ in range(n):
        u = [0.8 + 0.4 * int(move()) for move in moves]
        one += 0.15 * (0.8 * u[1] - 0.7 * u[0] + 0.4 + 0.2 * u[3] - one * u[1])
        two += 0.15 * (0.8 * u[2] - 0.7 * u[1] + 0.4 + 0.2 * u[4] + 0.3 * one - two * u[2])
        yield u, [one, two], [0.01, 0.01]


def gasjet(rng, n):
    """A short record of one input, late by three steps, under a disturbance as large as its effect."""
    feed, other, x, late = smooth(rng, 0.93), smooth(rng, 0.9, 0.7), 0.0, [0.0] * 3
    for _ in range(n):
        u = next(feed)
        late.append(u)
        x += 0.35 * (-1.5 * late.pop(0) - x)
        yield [u], [53.0 + x + next(other)], [0.05]


def evaporator(rng, n):
    """Three inputs, three outputs, slow; one flow divides by another."""
    moves, level, strength, vapour = [Steps(rng, 0.7, 1.3, 60), Steps(rng, 0.7, 1.3, 45), Steps(rng, 0.8, 1.2, 100)], 1.0, 1.0, 1.0
    for _ in range(n):
        feed, steam, outlet = (move() for move in moves)
        vapour += 0.1 * (steam * math.sqrt(max(level, 0.05)) - vapour)
        level = clip(level + 0.02 * (2.0 * feed - vapour - outlet * level), 0.0, 3.0)
        strength += 0.03 * (feed * (1.0 - strength) + 0.5 * (vapour - 1.0) * strength) / max(level, 0.2)
        yield [feed, steam, outlet], [level, strength, vapour], [0.02, 0.02, 0.01]


def servo(rng, n):
    """A position axis with dry friction that follows a path: the voltage is what its controller asked for."""
    path, x, v, goal = Steps(rng, -1, 1, 60), 0.0, 0.0, 0.0
    for _ in range(n):
        goal += clip(path() - goal, -0.03, 0.03)
        u = clip(20.0 * (goal - x) - 2.0 * v, -5.0, 5.0)
        for _ in range(5):
            v += 0.02 * (6.0 * u - 4.0 * v - 5.0 * math.tanh(50.0 * v))
            x += 0.02 * v
        yield [u], [x], [0.002]


def boiler(rng, n):
    """A drum: pressure, and a level that swells before it falls; a slow controller feeds water."""
    steam, fire, p, w, swell = Steps(rng, 0.8, 1.2, 70), Steps(rng, 0.9, 1.1, 110), 1.0, 0.0, 0.0
    for _ in range(n):
        s, q = steam(), fire()
        seen = w + 0.8 * swell
        water = clip(1.0 - 0.6 * seen + rng.gauss(0, 0.08), 0.4, 1.6)
        p += 0.02 * (q * 1.1 - s * math.sqrt(max(p, 0.1)) - 0.1 * p)
        swell += 0.1 * ((s - 1.0) - 0.4 * (water - 1.0) - swell)
        w += 0.03 * (water - s)
        yield [s, q, water], [p, w + 0.8 * swell], [0.01, 0.02]


def rooms(rng, n):
    """A room over weeks of quarter hours: outdoor air, sun, heat, and people that nothing counts."""
    weather, heat, room, wall = smooth(rng, 0.995, 4.0), Steps(rng, 0, 1, 20), 20.0, 18.0
    for at in range(n):
        hour, day = at / 4 % 24, at // 96
        outdoor = 5.0 + next(weather) + 3.0 * math.sin((hour - 9.0) / 24 * 2 * math.pi)
        sun, q = max(0.0, math.sin((hour - 6.0) / 12 * math.pi)) * (0.3 + 0.7 * (day * 7919 % 10) / 10), heat()
        people = 1.0 if 8 < hour < 17 and day % 7 < 5 else 0.0
        room += 0.1 * (0.5 * (wall - room) + 0.12 * (outdoor - room) + 4.0 * q + 1.0 * sun + 0.8 * people)
        wall += 0.02 * (room - wall + 0.3 * (outdoor - wall))
        yield [outdoor, sun, q], [room], [0.1]


def cooler(rng, n):
    """A compressor that is on or off by a thermostat with another set point now and then; the door opens at times."""
    goal, on, t, coil, door = Steps(rng, 2, 8, 120), 1.0, 6.0, 0.0, Steps(rng, 0, 1.15, 8)
    for _ in range(n):
        target, opened = goal(), float(door() > 1.0)
        on = 1.0 if t > target + 0.8 else 0.0 if t < target - 0.8 else on
        coil += 0.12 * (on - coil)
        t += 0.05 * ((20.0 - t) * (0.25 + 0.6 * opened) - 6.5 * coil)
        yield [on, opened], [t], [0.05]


def fouling(rng, n):
    """A heat exchanger that gets dirty: a fifth of its gain is gone at the end of the record, and in test runs."""
    flow, t, dirt = Steps(rng, 0.3, 1, 25), 50.0, 0.0 if n > 500 else 0.2
    for _ in range(n):
        u = flow()
        dirt += 0.2 / 1600
        t += 0.12 * (60.0 * (1.0 - dirt) * u / (0.3 + u) - (t - 20.0))
        yield [u], [t], [0.2]


def resonator(rng, n):
    """A mass on a hardening spring under a sum of sines that grows and fades."""
    tones, x, v = [(rng.uniform(0.05, 0.6), rng.uniform(0, 6.28)) for _ in range(15)], 0.0, 0.0
    for at in range(n):
        u = (0.6 + 0.4 * math.sin(at / 400)) * sum(math.sin(w * at + phase) for w, phase in tones) / 3
        for _ in range(4):
            v += 0.25 * (0.16 * u - 0.06 * v - 0.12 * x - 0.05 * x**3)
            x += 0.25 * v
        yield [u], [x], [0.01]


def hysteresis(rng, n):
    """Bouc and Wen: the force remembers which way it came."""
    push, x, v, z = smooth(rng, 0.9, 1.2), 0.0, 0.0, 0.0
    for _ in range(n):
        u = next(push)
        for _ in range(4):
            v += 0.1 * (u - 0.4 * v - 0.6 * x - z)
            z += 0.1 * (v - 0.8 * abs(v) * z - 0.6 * v * abs(z))
            x += 0.1 * v
        yield [u], [x], [0.02]


def saturated(rng, n):
    """A short record: linear inside, and a sensor that bends at both ends."""
    move, a, b = Steps(rng, -1.5, 1.5, 12), 0.0, 0.0
    for _ in range(n):
        u = move()
        a += 0.3 * (u - a)
        b += 0.2 * (a - b)
        yield [u], [math.tanh(1.4 * b)], [0.02]


# The third set: written blind, by someone who had not seen the model; each runs a while before its first row.


def tones(rng, low, high, slowest, quickest, count=8):
    """A sum of sines between about two levels; periods in steps."""
    waves = [(math.exp(rng.uniform(math.log(quickest), math.log(slowest))), rng.uniform(0, 2 * math.pi))
             for _ in range(count)]
    at = 0
    while True:
        total = sum(math.sin(2 * math.pi * at / period + phase) for period, phase in waves)
        yield (low + high) / 2 + (high - low) / 2 * clip(total / math.sqrt(2 * count), -1.2, 1.2)
        at += 1


def lead(rng, n, most):
    """Steps of a run that has been going for up to `most` steps before its first row, which is number 0."""
    return range(-rng.randint(most // 3, most), n)


def battery(rng, n):
    """A cell under a drive cycle, current in C: charge adds up, two lags relax, the curve bends at both ends."""
    drive, charge, fast, slow, filling = Steps(rng, -0.6, 1.9, 6), rng.uniform(0.15, 0.9), 0.0, 0.0, rng.random() < 0.4
    warm = rng.uniform(1.0, 6.0)
    for at in lead(rng, n, 60):
        filling = charge < 0.93 if filling else charge < 0.12
        i = -0.7 * clip((1.0 - charge) / 0.2, 0.2, 1.0) if filling else drive()
        charge -= i / 360
        ohms = 1.0 + 0.6 * math.exp(-8.0 * charge) - 0.02 * (warm - 4.0)
        fast += 0.25 * (0.03 * i * ohms - fast)
        slow += 0.02 * (0.06 * i * ohms - slow)
        warm += 0.015 * (6.0 * i * i * ohms - warm)
        rest = 3.4 + 0.35 * charge + 0.4 * charge**4 - 0.45 * math.exp(-20.0 * charge)
        if at >= 0:
            yield [i], [rest - 0.05 * i * ohms - fast - slow, 22.0 + warm], [0.004, 0.08]


def column(rng, n):
    """Wood and Berry's distillation: reflux, steam and feed cross over, each with its dead time, under two loops."""
    ways = (((12.8, 16.7, 1), (-18.9, 21.0, 3), (3.8, 14.9, 8)), ((6.6, 10.9, 7), (-19.4, 14.4, 3), (4.9, 13.2, 3)))
    goals, feed = [Steps(rng, -1.2, 1.2, 150), Steps(rng, -1.5, 1.5, 200)], Steps(rng, -0.25, 0.25, 110)
    unseen, past = [smooth(rng, 0.97, 0.15), smooth(rng, 0.97, 0.2)], [[0.0] * 3] * 9
    x, total, dev = [[0.0] * 3, [0.0] * 3], [0.0, 0.0], [0.0, 0.0]
    for at in lead(rng, n, 200):
        miss = [goal() - now for goal, now in zip(goals, dev)]
        total = [total[0] + 0.375 / 8.29 * miss[0], total[1] - 0.075 / 23.6 * miss[1]]
        u = [clip(total[0] + 0.375 * miss[0] + rng.gauss(0, 0.01), -0.8, 0.8),
             clip(total[1] - 0.075 * miss[1] + rng.gauss(0, 0.01), -0.8, 0.8), feed()]
        past = [*past[1:], u]
        x = [[one + (gain * past[-1 - late][k] - one) / lag for k, (one, (gain, lag, late)) in enumerate(zip(*row))]
             for row in zip(x, ways)]
        dev = [sum(row) + next(other) for row, other in zip(x, unseen)]
        if at >= 0:
            yield ([1.95 + u[0], 1.71 + u[1], 2.45 + u[2]],
                   [100.0 - 3.75 * math.exp(-dev[0] / 3.75), 0.5 * math.exp(dev[1] / 2.0)], [0.03, 0.012])


def conveyor(rng, n):
    """Ore dropped on a belt in grabs: it leaves as late as the belt's speed says; flow and motor power."""
    grab, speed, v, seen, belt = Steps(rng, -3.0, 4.0, 9), Steps(rng, 0.5, 1.6, 40), 1.0, 1.0, [[12.0, 10.0]]
    for at in lead(rng, n, 60):
        ore, u = max(grab(), 0.0), speed()
        v += 0.4 * (u - v)
        belt.append([v, ore])
        moved, left = v, 0.0
        while moved > 1e-9:
            length, mass = belt[0]
            part = min(moved / length, 1.0)
            moved, left = moved - part * length, left + part * mass
            belt[0] = [length - part * length, mass - part * mass]
            if part == 1.0:
                belt.pop(0)
        seen += 0.5 * (left - seen)
        if at >= 0:
            yield [ore, u], [seen, v * (3.0 + 0.12 * sum(mass for _, mass in belt))], [0.04, 0.06]


def cylinder(rng, n):
    """A pneumatic cylinder between its end stops: two valves that are on or off; stroke and both pressures."""
    order, air, x, v = Steps(rng, -1, 1, 30), smooth(rng, 0.98, 0.4), rng.uniform(0, 0.2), 0.0
    cap, rod = 3.0 * (0.02 + x), 3.5 * (0.22 - x)
    for at in lead(rng, n, 60):
        want, supply = order(), 6.5 + next(air)
        out, back = float(want > 0.2), float(want < -0.2)
        for _ in range(20):
            pc, pr = cap / (0.02 + x), rod / (0.22 - x)
            cap += 0.001 * (0.8 * out * (supply - pc) - 0.6 * back * (pc - 1.0) - 0.004 * (pc - 1.0))
            rod += 0.001 * (0.8 * back * (supply - pr) - 0.6 * out * (pr - 1.0) - 0.004 * (pr - 1.0))
            v += 0.001 / 15.0 * (126.0 * (pc - 1.0) - 106.0 * (pr - 1.0) - 80.0 * math.tanh(v / 0.02) - 250.0 * v)
            x += 0.001 * v
            if not 0.0 <= x <= 0.2:
                x, v = clip(x, 0.0, 0.2), 0.0
        if at >= 0:
            yield [out, back, supply], [1000.0 * x, pc, pr], [0.8, 0.03, 0.03]


def network(rng, n):
    """A pump, a supply tank and four valves that are open or shut, the last one seldom open: roots and smaller-ofs."""
    taps, rare = [Steps(rng, 0, 1, 20 + 15 * k) for k in range(3)], Steps(rng, 0, 1, 60)
    pump, throttle, p, level = Steps(rng, 0.65, 1.0, 80), Steps(rng, 0.2, 1.0, 50), 30.0, rng.uniform(2.5, 4.5)
    for at in lead(rng, n, 400):
        speed, turn = pump(), throttle()
        on = [*(float(tap() < 0.5) for tap in taps), float(rare() < 0.07)]
        for _ in range(5):
            root = math.sqrt(max(p, 0.0))
            held = min(0.6 * root * on[2], 2.2)
            lift = min(math.sqrt(max(60.0 * speed**2 - p, 0.0) / 0.5), 4.0 * math.sqrt(level))
            p += 0.3 * (lift - (0.35 * turn + 0.3 * on[0] + 0.45 * on[1] + 0.6 * on[3]) * root - held)
            level = max(level + 0.0015 * (4.6 * clip(5.0 - level, 0.0, 1.0) - lift), 0.05)
        if at >= 0:
            yield [speed, turn, *on], [p / 10.2, lift, held, level], [0.03, 0.06, 0.03, 0.02]


def extruder(rng, n):
    """Screw speed and barrel zones that move together by recipe; melt in whole degrees, pressure, torque."""
    recipes = ((185.0, 60.0), (195.0, 95.0), (205.0, 80.0), (215.0, 110.0), (200.0, 50.0))
    trims, lot, left = [Steps(rng, -3, 3, 300) for _ in range(3)], Steps(rng, 0.94, 1.06, 300), 0
    rpm, screw, melt, barrel = Steps(rng, -12, 12, 45), 80.0, 200.0, [200.0] * 3
    for at in lead(rng, n, 500):
        if left == 0:
            (heat, pace), left = rng.choice(recipes), rng.randint(150, 450)
        left -= 1
        want = [heat + step + round(trim()) for step, trim in zip((-15.0, -5.0, 0.0), trims)]
        speed, batch = round(pace + rpm()), lot()
        screw += 0.5 * (speed - screw)
        barrel = [t + 0.03 * (goal - t) + 0.002 * (melt - t) for t, goal in zip(barrel, want)]
        thick = batch * math.exp(-0.018 * (melt - 200.0)) * (screw / 80.0) ** -0.6
        mean = 0.2 * barrel[0] + 0.3 * barrel[1] + 0.5 * barrel[2]
        melt += 0.05 * (mean - melt) + 1.2 * thick * (screw / 80.0) ** 2 - 0.003 * screw / 80.0 * (melt - 60.0)
        load = 12.0 + 48.0 * thick * (screw / 80.0) + 0.1 * (190.0 - barrel[0])
        if at >= 0:
            yield ([float(speed), *want], [float(round(melt + rng.gauss(0, 0.2))), 140.0 * thick * screw / 80.0, load],
                   [1e-6, 0.8, 0.3])


def aeration(rng, n):
    """A sewage basin a quarter of an hour a step: a daily load, blowers under feedback; oxygen and ammonia."""
    hour, rain, life, nh, o, total = rng.randrange(24), Steps(rng, 0, 1, 40), smooth(rng, 0.998, 0.06), 4.0, 2.0, 0.8
    goal, water, days = Steps(rng, 0.8, 3.0, 90), smooth(rng, 0.999, 1.5), smooth(rng, 0.99, 0.08)
    for at in lead(rng, n, 300):
        day, storm, target, warm = (hour + at / 4 - 9) / 24 * 2 * math.pi, rain(), goal(), 15.0 + next(water)
        flow = (1.0 + 0.35 * math.sin(day) + 0.12 * math.sin(2 * day)) * (1.0 + next(days)) + 0.8 * (storm > 0.93)
        strength = (26.0 + 6.0 * math.sin(day + 0.5)) / (1.0 + 0.5 * (storm > 0.93))
        total = clip(total + 0.03 * (target - o), 0.2, 2.0)
        air, alive = clip(total + 0.15 * (target - o) + rng.gauss(0, 0.02), 0.2, 2.0), 1.0 + next(life)
        for _ in range(5):
            burnt = 1.1 * alive * 1.07 ** (warm - 15.0) * nh / (1.0 + nh) * o / (0.4 + o)
            nh = max(nh + 0.2 * (flow / 32.0 * (strength - nh) - burnt), 0.0)
            o = clip(o + 0.2 * (1.1 * air**0.8 * (9.0 - o) - 4.3 * burnt - 2.5 * flow * o / (0.2 + o)), 0.0, 9.0)
        if at >= 0:
            yield [flow, strength, air, warm], [o, nh], [0.05, 0.2]


def compressor(rng, n):
    """Greitzer's compressor: below its surge line flow and pressure swing, until the recycle valve opens."""
    pace, turn, flow, p, back = Steps(rng, 0.85, 1.05, 90), tones(rng, 0.46, 0.84, 400, 25), 0.6, 0.5, 0.0
    for at in lead(rng, n, 60):
        speed, open_ = pace(), next(turn)
        back = max(0.94 * back, clip(1.5 * (0.5 * speed - flow), 0.0, 0.3))
        for _ in range(15):
            z = flow / (0.25 * speed) - 1.0
            rise = speed**2 * (0.3 + 0.18 * (1.0 + 1.5 * z - 0.5 * z**3))
            flow += 0.1 * ((rise - p) / 3.0 + rng.gauss(0, 0.004))
            p = max(p + 0.1 / 7.7 * (flow - (open_ + back) * math.sqrt(p)), 0.01)
        if at >= 0:
            yield [9000.0 * speed, open_, back], [1.0 + 4.0 * p, 100.0 * flow], [0.015, 0.5]


def motor(rng, n):
    """A direct current motor: speed and current in seconds, which are the steps, winding and housing in minutes."""
    volts, load, rest = Steps(rng, 14, 48, 40), Steps(rng, 0.2, 1.5, 25), Steps(rng, 0, 1, 80)
    u, w, winding, housing = 24.0, 200.0, rng.uniform(45, 80), rng.uniform(35, 60)
    for at in lead(rng, n, 1800):
        run, want, torque = rest() > 0.25, volts(), load()
        u += clip((want if run else 0.0) - u, -4.0, 4.0)
        ohms = 0.6 * (1.0 + 0.0039 * (winding - 20.0))
        for _ in range(10):
            i = (u - 0.1 * w) / ohms
            w += 0.1 / 0.02 * (0.1 * i - (torque + 0.05) * math.tanh(w / 20.0) - 0.0003 * w)
        pass_ = (winding - housing) / 0.35
        winding += (i * i * ohms - pass_) / 150.0
        housing += (pass_ - (housing - 22.0) * (1.2 + 0.004 * w)) / 1200.0
        if at >= 0:
            yield [u, torque], [9.55 * w, i, winding, housing], [20.0, 0.3, 0.4, 0.3]


def fermenter(rng, n):
    """Batches of thirty hours, the hour is an input: cells grow on sugar that nothing measures; cells, oxygen, gas."""
    hour, warm, stir, probe, gas = 30.0, Steps(rng, 33.5, 38.5, 50), Steps(rng, 0.8, 1.2, 45), 90.0, 0.0
    for at in lead(rng, n, 360):
        if hour >= 29.9:
            hour, cells, sugar, first = 0.0, 0.4 * math.exp(rng.gauss(0, 0.12)), 18.0, rng.uniform(8, 13)
            pump = Steps(rng, 0.3, 1.6, 25)
        hour += 0.25
        feed, t, s = (pump() if hour > first else 0.0), warm(), stir()
        grow = 0.4 * math.exp(-(((t - 37.0) / 5.0) ** 2)) * cells * sugar / (0.5 + sugar)
        grow = min(grow, 3.6 * s * s, 0.5 * (sugar / 0.25 + feed))
        sugar = max(sugar + 0.25 * (feed - grow / 0.5), 0.0)
        cells += 0.25 * (grow - 0.008 * cells)
        probe += 0.5 * (100.0 * (1.0 - (grow + 0.03 * cells) / (4.6 * s * s)) - probe)
        gas += 0.4 * (0.9 * grow + 0.04 * cells - gas)
        if at >= 0:
            yield [hour, feed, t, s], [cells, max(probe, 0.0), gas], [0.2, 1.0, 0.04]


def cleanroom(rng, n):
    """Particles counted in a clean room: people and a door bring them, a fan clears; noise is the count's root."""
    fan, people, door = Steps(rng, 15, 60, 35), Steps(rng, 0, 6.999, 25), Steps(rng, 0, 1, 6)
    busy, dust, shed = smooth(rng, 0.9, 0.1), rng.uniform(30, 200), 0.0
    for at in lead(rng, n, 40):
        turns, inside, opened = fan(), int(people()), float(door() > 0.88)
        shed += 0.4 * (inside - shed)
        dust += 8.0 + 16.0 * max(shed * (1.0 + next(busy)), 0.0) + 60.0 * opened - turns / 120.0 * dust
        if at >= 0:
            yield [turns, float(inside), opened], [dust], [math.sqrt(dust)]


def dryer(rng, n):
    """Twelve inputs: three matter, four copy these, five do nothing; surface water leaves fast, bound water slowly."""
    feed, heat, fan = smooth(rng, 0.97), smooth(rng, 0.98), smooth(rng, 0.96)
    others = [smooth(rng, memory) for memory in (0.999, 0.9, 0.995, 0.5)]
    shift, air, surface, bound, metal = Steps(rng, 0, 2.999, 200), 85.0, 0.2, 0.05, 80.0
    for at in lead(rng, n, 500):
        wet, hot, blow = (clip(next(one), -2.2, 2.2) for one in (feed, heat, fan))
        wet, hot, blow = 100.0 + 12.0 * wet, 185.0 + 8.0 * hot, 50.0 + 4.0 * blow
        copies = [0.0009 * wet**2 + rng.gauss(0, 0.15), 0.0003 * blow**3 + rng.gauss(0, 1.0),
                  0.4 * blow**2 / 100.0 + rng.gauss(0, 0.2), hot - 6.0 + rng.gauss(0, 1.5)]
        pull = 0.01 * (air - 30.0) * (blow / 50.0) ** 0.6
        surface = max(surface + 0.25 * (0.004 * wet - pull * surface / (0.15 + surface) - 0.2 * surface), 0.0)
        bound += 0.02 * (0.03 + 0.25 * surface - 0.25 * (air - 60.0) / 100.0 * bound - bound * 0.3)
        air += 0.2 * (blow / 50.0 * (hot - air) - 190.0 * pull * surface / (0.15 + surface) - 0.3 * (air - metal))
        metal += 0.02 * (air - metal - 0.3 * (metal - 25.0))
        if at >= 0:
            spare = [base + width * next(one) for one, base, width in zip(others, (21, 230, 45, 4), (3, 2, 8, 0.2))]
            yield [*spare, wet, copies[0], hot, copies[3], blow, *copies[1:3], float(int(shift()))], \
                [air, 45.0 * (0.2 * surface + bound)], [0.4, 0.03]


# Rows of the record that is learned.
FIRST = {valve: 1200, reactor: 1500, tanks: 1000, drive: 1500, linear: 800, furnace: 1500, exchanger: 1200,
         level: 1000, backlash: 1200, products: 2000, heater: 1000, crane: 1200}
SECOND = {titration: 1500, arm: 1000, winder: 2000, gasjet: 300, evaporator: 3000, servo: 2500, boiler: 3000,
          rooms: 2000, cooler: 1500, fouling: 1600, resonator: 3000, hysteresis: 2000, saturated: 400}
THIRD = {battery: 4000, column: 2000, conveyor: 1500, cylinder: 1000, network: 2500, extruder: 3000, aeration: 2000,
         compressor: 1500, motor: 4000, fermenter: 2400, cleanroom: 400, dryer: 1200}
