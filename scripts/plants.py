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


# Rows of the record that is learned.
FIRST = {valve: 1200, reactor: 1500, tanks: 1000, drive: 1500, linear: 800, furnace: 1500, exchanger: 1200,
         level: 1000, backlash: 1200, products: 2000, heater: 1000, crane: 1200}
SECOND = {titration: 1500, arm: 1000, winder: 2000, gasjet: 300, evaporator: 3000, servo: 2500, boiler: 3000,
          rooms: 2000, cooler: 1500, fouling: 1600, resonator: 3000, hysteresis: 2000, saturated: 400}
