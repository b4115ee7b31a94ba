"""The fifth set of plants for `rigs`, written by somebody who had not seen the models; each runs in first."""
import math
import random

from plants import Steps, clip, lead, smooth, tones


def separator(rng, n):
    """A three-phase separator under slugs: three loops, two set points in; water, oil, pressure, oil valve out."""
    # A slug holds back the gas, which comes after it; the share of gas wanders by 3 %, which nothing logs. A full
    # water side runs over the weir. Both control valves have a limited speed.
    cut, goal, hold = Steps(rng, 0.2, 0.5, 250), Steps(rng, 40, 62, 120), Steps(rng, 9, 11.5, 200)
    choke, back, own = Steps(rng, 0.4, 1, 150), tones(rng, 4, 6.5, 400, 40), random.Random(rng.random())
    rich, left, slug, feed, held, mix = smooth(own, 0.98, 0.03), 20, False, 1.0, 0.0, 2.0
    water, oil, p, valve, total, gas_valve, vented, dump = 55.0, 50.0, 10.0, 0.5, 0.5, 0.5, 0.5, 0.3
    for at in lead(rng, n, 400):
        target, bar, open_, wet, beyond = float(round(goal())), round(hold(), 1), choke(), cut(), next(back)
        left -= 1
        if left <= 0:
            slug = not slug
            left = rng.randint(6, 14) if slug else rng.randint(18, 55)
        feed += 0.5 * ((0.7 + 1.7 * open_ if slug else 0.9 - 0.35 * open_) - feed) + rng.gauss(0, 0.03)
        plugged = clip((feed - 0.9) / 0.8, 0.0, 0.9)
        gas = (1.0 - plugged) * ((0.9 + 0.3 * open_) * (1.0 + next(rich)) + 0.15 * held)
        held += plugged * (0.9 + 0.3 * open_) - (1.0 - plugged) * 0.15 * held
        vented = clip(vented + 0.006 * (p - bar), 0.0, 1.0)
        gas_valve += clip(clip(vented + 0.12 * (p - bar), 0.0, 1.0) - gas_valve, -0.06, 0.06)
        p += 0.16 * (gas - 0.22 * gas_valve * math.sqrt(max(p * p - 9.0, 0.0)))
        total = clip(total + 0.0006 * (oil - target), 0.0, 1.0)
        valve += clip(clip(total + 0.025 * (oil - target), 0.0, 1.0) - valve, -0.03, 0.03)
        dump += 0.3 * (clip((water - 45.0) / 25.0, 0.0, 1.0) - dump)
        root = math.sqrt(max(p - beyond, 0.0) / 5.0)
        settled, over = 0.12 * mix, 0.08 * max(water - 66.0, 0.0)
        mix += wet * feed - settled
        water = max(water + 1.3 * (settled - 1.1 * dump * root - over), 0.0)
        oil = clip(oil + 1.1 * ((1.0 - wet) * feed + over - 1.6 * valve * root), 0.0, 100.0)
        if at >= 0:
            yield ([60.0 * feed, 100.0 * wet, 100.0 * open_, target, bar, beyond], [water, oil, p, 100.0 * valve],
                   [0.4, 0.4, 0.03, 0.5])


def shots(rng, n):
    """Injection moulding, a row a shot: pauses cool the mould and overheat the melt; weight, cushion, mould, fill."""
    # A lot of granules is thicker or thinner by 2 %, and the check ring shuts a little differently each time: neither
    # is logged. Packing longer than the gate stays open adds nothing.
    water, barrel, pack = Steps(rng, 40, 75, 160), Steps(rng, 215, 245, 200), Steps(rng, 300, 600, 60)
    hold, cool, pace = Steps(rng, 2, 8, 70), Steps(rng, 9, 20, 90), Steps(rng, 40, 120, 80)
    mixed, own = Steps(rng, 0, 2.999, 250), random.Random(rng.random())
    mould, platen, melt, lot, left, run = 65.0, 50.0, 230.0, 0.0, 0, 30
    for at in lead(rng, n, 250):
        run, left, idle = run - 1, left - 1, 0.0
        if run <= 0:
            run, idle = rng.randint(15, 140), float(rng.choice((1, 2, 3, 5, 10, 15, 45)))
        if left <= 0:
            lot, left = own.gauss(0, 0.02), own.randint(120, 260)
        jacket, heat, bar = float(round(water())), float(round(barrel())), float(round(pack()))
        seconds, rest, speed = float(round(hold())), float(round(cool())), float(round(pace()))
        regrind = (0.0, 10.0, 25.0)[int(mixed())]
        cycle = 3.5 + seconds + rest + 60.0 * idle
        platen += (1.0 - math.exp(-cycle / 1500.0)) * (mould - platen)
        sink = 0.75 * jacket + 0.25 * platen
        mould = sink + (mould - sink) * math.exp(-cycle / 140.0)
        melt += 0.25 * (heat + 0.05 * (speed - 80.0) - melt) + 0.9 * min(idle, 10.0)
        thick = math.exp(-0.012 * (melt - 230.0)) * (1.0 - 0.004 * regrind) * (1.0 + lot)
        fill = 620.0 * thick * (speed / 80.0) ** 0.4 * (1.0 + 0.002 * (60.0 - mould))
        shut = 1.0 - math.exp(-((seconds / (4.0 + 0.06 * (mould - 60.0))) ** 2))
        weight = 31.8 * (1.0 + 0.00012 * (bar * shut - 400.0) - 0.0006 * (melt - 230.0) - 0.0004 * (mould - 60.0))
        cushion = 7.0 - 0.004 * (bar - 400.0) * shut / thick - 1.2 * (weight - 31.8) + own.gauss(0, 0.06)
        mould += 0.02 * (melt - mould)
        if at >= 0:
            yield ([jacket, heat, bar, seconds, rest, speed, regrind, idle], [weight, max(cushion, 0.0), mould, fill],
                   [0.015, 0.05, 0.4, 0.006 * fill])


def soak(rng, n):
    """A batch furnace on a ramp and soak programme: a saturating PID; chamber, charge and heater power out."""
    # Nothing but a fan cools: down ramps are not met. The mains' voltage wanders by 1 %, which nothing logs.
    own, segments, goal, e, c, wall, load = random.Random(rng.random()), [], 80.0, 90.0, 85.0, 90.0, 60.0
    mains, total, u, mass, shut, door, past = smooth(own, 0.95, 0.01), 0.0, 0.0, 1.0, 0, 0.0, 85.0
    for at in lead(rng, n, 500):
        if not segments:
            peak, mid, mass = 10.0 * rng.randint(52, 88), 10.0 * rng.randint(25, 45), round(rng.uniform(0.3, 1.5), 2)
            up, down = float(rng.randint(3, 9)), float(rng.randint(3, 10))
            segments = [(150.0, 20.0, rng.randint(2, 20), 0.0), (mid, up, rng.randint(10, 50), 0.0),
                        (peak, up, rng.randint(20, 90), 0.0),
                        (mid + 50.0, down, rng.randint(5, 30), float(rng.random() < 0.5)),
                        (120.0, 10.0, rng.randint(10, 60), 1.0)][rng.randint(0, 1):]
            shut, goal, load, total, stay = 4, 80.0, 25.0, 0.0, 0
        aim, ramp, time, fan = segments[0]
        shut, door = max(shut - 1, 0), float(shut > 0)
        if not door:
            goal += clip(aim - goal, -ramp, ramp)
            stay += goal == aim
            if stay > time:
                segments, stay = segments[1:], 0
        asked = total + 0.012 * (goal - c) - 0.02 * (c - past)
        past, u = c, clip(asked, 0.0, 1.0) * (1.0 - door)
        total = clip(total + 0.0012 * (goal - c), -0.2, 1.0) if abs(asked - u) < 1e-9 else total
        power = 230.0 * u * (1.0 + next(mains)) ** 2
        for _ in range(6):
            give, shine = 0.5 * (e - c), (0.12 + 0.5 * ((c + 273.0) / 1100.0) ** 3) * (c - load)
            e += (power - give) / 6.0
            wall_in = 0.3 * (c - wall)
            c += (give - shine * mass**0.7 - wall_in - (0.3 * fan + 0.5 * door) * (c - 30.0)) / 6.0 / 2.0
            load += shine * mass**0.7 / (9.0 * mass) / 6.0
            wall += (wall_in - 0.1 * (wall - 30.0)) / 12.0 / 6.0
        if at >= 0:
            yield [goal, mass, fan, door], [c, load, 100.0 * u], [0.8, 0.8, 0.4]


def coldstore(rng, n):
    """A frozen goods warehouse, five minutes a step: two coils frost up and are defrosted in turn, which is logged."""
    # Nothing measures the frost nor the draught through a door, which wanders by 15 %; a compressor's slide follows a
    # set point that is lower at night. Air, goods and power; goods take days.
    hour, weather, day = rng.uniform(0, 24), smooth(rng, 0.997, 4.0), rng.randint(0, 6)
    doors, lorries, own = Steps(rng, 0, 3.5, 9), Steps(rng, 0, 8, 25), random.Random(rng.random())
    draught, frost, due, left, turn = smooth(own, 0.9, 0.15), [0.4, 0.2], rng.randint(20, 80), 0, 0
    t, goods, slide, total, low, high = -23.0, -23.0, 0.5, 0.5, -26.0, -22.0
    for at in lead(rng, n, 800):
        hour += 1 / 12
        clock, week = hour % 24, (day + int(hour // 24)) % 7
        if clock < 1 / 12:
            low, high = rng.choice((-26.0, -26.0, -25.0, -24.0)), rng.choice((-22.0, -22.0, -21.0, -23.0))
        target = low if clock < 6 or clock > 22 else high
        busy = week < 5 and 6 < clock < 20
        open_, come = (float(int(doors())), float(int(lorries()))) if busy else (0.0, 0.0)
        outside = 14.0 + next(weather) + 6.0 * math.sin((clock - 9.0) / 24 * 2 * math.pi)
        due -= 1
        if due <= 0 and left == 0:
            left, turn, due = rng.choice((4, 5, 6, 6, 8)), 1 - turn, rng.choice((36, 48, 48, 72))
        melting = [float(left > 0 and turn == k) for k in (0, 1)]
        left = max(left - 1, 0)
        total = clip(total + 0.012 * (t - target), 0.1, 1.0)
        asked = clip(total + 0.25 * (t - target), 0.1, 1.0)
        slide += clip(asked - slide, -0.1, 0.05)
        share = [(1.0 - hot) / (1.0 + 0.9 * ice * ice) for hot, ice in zip(melting, frost)]
        pull = 0.42 * slide * sum(share) / (0.6 + 0.2 * sum(share)) * (1.0 + 0.02 * (t + 23.0))
        leak = 0.004 * open_ * (outside - t) * (1.0 + next(draught))
        frost = [max(ice + 0.0015 + 0.05 * leak * (hot < 1) - 0.22 * hot, 0.02) for hot, ice in zip(melting, frost)]
        t += 0.0014 * (outside - t) + leak + 0.05 * (goods - t) + 0.2 * sum(melting) - pull
        goods += 0.004 * (t - goods) + 0.0006 * come * (-14.0 - goods)
        power = 28.0 + 62.0 * slide**1.2 * (1.0 + 0.012 * (outside - 15.0)) + 9.0 * sum(melting)
        if at >= 0:
            yield [outside, target, open_, come, *melting], [t, goods, power], [0.1, 0.05, 0.012 * power]


def acidity(excess, weak):
    """pH from the base in excess, in meq/l, against two weak buffers."""
    low, high = 0.0, 14.0
    for _ in range(40):
        ph = (low + high) / 2
        held = weak * (1.0 / (1.0 + 10.0 ** (6.4 - ph)) + 0.8 / (1.0 + 10.0 ** (9.0 - ph)))
        low, high = (ph, high) if held + 1000.0 * (10.0 ** (ph - 14.0) - 10.0**-ph) < excess else (low, ph)
    return ph


def effluent(rng, n):
    """Acid waste water neutralised with lye, then a long pipe whose delay goes with flow: pH twice, the lye pump."""
    # Strength is known from conductivity but for 3 %, and buffers wander, which nothing logs. The pump has a limited
    # speed and is at its end when much strong acid comes; the outfall's probe is slow.
    flow, strong, goal = Steps(rng, 0.5, 1.5, 45), Steps(rng, 8, 24, 70), Steps(rng, 7.0, 9.2, 150)
    own = random.Random(rng.random())
    off, weak, acid, lye, pump = smooth(own, 0.97, 0.03), smooth(own, 0.995, 0.08), 15.0, 20.0, 0.5
    trim, seen, pipe, far, water = 0.0, 8.0, [[30.0, 5.0]], 8.0, 1.0
    for at in lead(rng, n, 300):
        water += 0.3 * (flow() - water)
        salt, target, buffer = strong(), round(goal(), 1), 5.0 * (1.0 + next(weak))
        asked = water * (salt + 4.5 + 1.0 * (target - 8.0) + trim) / 36.0
        pump += clip(clip(asked, 0.0, 1.0) - pump, -0.04, 0.04)
        trim = clip(trim + 0.05 * clip(target - seen, -1.5, 1.5) * (0.0 < asked < 1.0), -6.0, 6.0)
        acid += 0.1 * water * (salt * (1.0 + next(off)) - acid)
        lye += 0.1 * (36.0 * pump - water * lye)
        now = acidity(lye - acid, buffer)
        seen += 0.5 * (now - seen)
        pipe.append([water, lye - acid])
        moved, out = water, 0.0
        while moved > 1e-9:
            part = min(moved / pipe[0][0], 1.0)
            moved, out = moved - part * pipe[0][0], out + part * pipe[0][0] * pipe[0][1]
            pipe[0][0] *= 1.0 - part
            if part == 1.0:
                pipe.pop(0)
        far += 0.2 * (acidity(out / water, buffer) - far)
        if at >= 0:
            yield [40.0 * water, salt, target], [seen, far, 100.0 * pump], [0.04, 0.04, 0.3]


def stand(rng, n):
    """A cold rolling stand, coil after coil: the gauge trims the screws late; thickness, force, screws out."""
    # Rolls grow with their work and shrink again; a coil is harder or softer by 2 %, which nothing logs, and the
    # back-up roll is out of round by three microns. The gauge is three metres off.
    own, grade, done, length, speed, rolls, grown = random.Random(rng.random()), 0, 1.0, 0.0, 1.0, 0.0, 0.05
    coarse, screws, trim, turn, late = smooth(rng, 0.9, 0.008), 1.0, 0.0, 0.0, [1.6] * 8
    seen, nominal, aim = 1.6, 2.4, 1.7
    tug, pull, cool = Steps(rng, 40, 110, 60), Steps(rng, 60, 150, 70), Steps(rng, 0.6, 1.4, 200)
    for at in lead(rng, n, 500):
        if done >= length:
            grade, length, done, top = int(rng.uniform(0, 3.999)), rng.uniform(500, 1500), 0.0, rng.uniform(4, 10)
            nominal = round(rng.uniform(2.0, 2.8), 1)
            aim, trim, own_hard = round(nominal * rng.uniform(0.66, 0.82), 2), 0.0, 1.0 + own.gauss(0, 0.02)
        speed += clip((1.5 if done < 25.0 or done > length - 60.0 else top) - speed, -0.5, 0.25)
        done += speed
        entry = nominal + next(coarse) + 0.012 * math.sin(0.12 * done)
        behind, front, spray = tug(), pull(), cool()
        hard = (520.0, 600.0, 690.0, 800.0)[grade]
        grip = 0.85 + 0.3 / (1.0 + speed / 4.0)
        stress = 1.2 * grip * (hard * own_hard - 0.4 * behind - 0.25 * front)
        cut = nominal - aim
        guess = 1.16 * (hard - 65.0) * math.sqrt(0.25e-3 * cut) * (1.0 + 0.25 * cut / nominal)
        trim = clip(trim + 0.06 * (aim - seen) * min(speed / 3.0, 1.0), -0.3, 0.3)
        screws += clip(aim - (guess - 6.0) / 5.0 + trim - screws, -0.06, 0.06)
        turn += speed / 0.65
        low, high = 0.3, entry
        for _ in range(30):
            h = (low + high) / 2
            force = stress * math.sqrt(0.25e-3 * max(entry - h, 0.01)) * (1.0 + 0.25 * (entry - h) / entry)
            gap = screws - grown + 0.003 * math.sin(turn) + (force - 6.0) / 5.0
            low, high = (h, high) if gap > h else (low, h)
        heat = force * (entry - h) * speed
        rolls += 0.02 * (0.01 * heat - spray * rolls)
        grown += 0.004 * (0.9 * rolls - grown)
        late = [*late[1:], h]
        ago = min(3.0 / speed, 6.9)
        seen = late[-1 - int(ago)] + (ago % 1.0) * (late[-2 - int(ago)] - late[-1 - int(ago)])
        if at >= 0:
            yield ([aim, entry, speed, behind, front, float(grade), spray], [seen, force, screws],
                   [0.003, 0.006 * force, 0.003])


def airstation(rng, n):
    """Three air compressors: two are off, idle or loaded (0, 1, 2) by a sequencer, the third's speed holds pressure."""
    # Idle, a machine blows down and draws less and less; pressure, the third's speed, power and one oil temperature.
    shift, big, small = Steps(rng, 6, 26, 90), Steps(rng, 0, 4, 14), Steps(rng, 6.4, 7.4, 180)
    own, warm, p, speed, total = random.Random(rng.random()), tones(rng, 12, 32, 900, 200), 7.0, 0.6, 0.6
    load, blown, mode, wait, oil, drain, leaks = [0.0] * 2, [1.0] * 2, [2, 0], [0, 0], 70.0, 40, smooth(own, 0.99, 0.15)
    for at in lead(rng, n, 300):
        use, goal, air = max(shift() + big() + rng.gauss(0, 0.2), 0.0), round(small(), 1), next(warm)
        drain -= 1
        dry = float(drain <= 0)
        drain = rng.randint(50, 70) if drain <= -6 else drain
        wait = [one + 1 for one in wait]
        for k in (0, 1):
            if mode[k] == 0 and p < goal - 0.25 - 0.1 * k and speed > 0.97:
                mode[k], wait[k] = 1, 0
            elif mode[k] == 1 and (p < goal - 0.2 - 0.1 * k) and wait[k] > 3:
                mode[k], wait[k] = 2, 0
            elif mode[k] == 2 and (p > goal + 0.7 or p > goal + 0.2 - 0.05 * k and speed < 0.3 and wait[k] > 6):
                mode[k], wait[k] = 1, 0
            elif mode[k] == 1 and wait[k] > 60:
                mode[k], wait[k] = 0, 0
        total = clip(total + 0.03 * (goal - p), 0.25, 1.0)
        speed += clip(clip(total + 0.8 * (goal - p), 0.25, 1.0) - speed, -0.05, 0.03)
        load = [now + 0.5 * ((one == 2) - now) for now, one in zip(load, mode)]
        blown = [0.0 if one == 2 else min(now + 0.06 * (1.0 - now), 1.0) for now, one in zip(blown, mode)]
        made = (10.0 * load[0] + 7.0 * load[1] + 14.0 * speed) * (1.0 - 0.03 * (p - 7.0))
        p = max(p + 0.011 * (made - use - (0.35 + 0.05 * next(leaks)) * p - 1.8 * dry), 0.5)
        work = 0.75 + 0.25 * p / 7.0
        power = 3.0 + 92.0 * speed * work * (1.1 - 0.1 * speed)
        power += sum(size * ((0.55 - 0.3 * gone) * (one > 0) * (1.0 - on) + on * work)
                     for size, one, on, gone in zip((62.0, 45.0), mode, load, blown))
        heat = 62.0 * (load[0] * work + 0.3 * (mode[0] > 0) * (1.0 - load[0]))
        oil += 0.02 * (0.75 * heat - (oil - air) * (0.55 + 0.025 * clip(oil - 72.0, 0.0, 10.0)))
        if at >= 0:
            yield ([use, goal, air, dry, *map(float, mode)], [p, 100.0 * speed, power, oil],
                   [0.015, 0.4, 0.01 * power, 0.3])


def turbine(rng, n):
    """A steam turbine: a governor on load, or the valve by hand (0, 1); quick and slow power, and a condenser."""
    # Nothing is unmeasured. Four nozzle groups make the valve's curve wavy; it shuts faster than it opens and sticks
    # within 0.3 %. Warm sea water costs power; extracted steam is drawn off after the first stage.
    load, hand, take, by = Steps(rng, 14, 46, 70), Steps(rng, 35, 95, 60), Steps(rng, 0, 28, 90), Steps(rng, 0, 1, 130)
    steam, sea, grid = tones(rng, 56, 66, 400, 40), tones(rng, 6, 24, 2000, 500), smooth(rng, 0.97, 0.02)
    valve, total, first, slow, ref, vacuum = 0.6, 0.6, 20.0, 20.0, 30.0, 45.0
    for at in lead(rng, n, 300):
        want, pos, drawn, manual = round(load(), 1), round(hand()) / 100.0, take(), by() > 0.75
        bar, cool, slip = next(steam), next(sea), next(grid)
        ref += clip(want - ref, -0.25, 0.25)
        power = first + slow
        miss = ref - 18.0 * slip - power
        total = valve if manual else clip(total + 0.002 * miss, 0.05, 1.0)
        asked = pos if manual else clip(total + 0.008 * miss, 0.05, 1.0)
        valve += clip(asked - valve, -0.06, 0.015) if abs(asked - valve) > 0.003 else 0.0
        groups = [clip(4.6 * valve - 1.15 * k, 0.0, 1.4) for k in range(4)]
        passed = bar / 62.0 * sum(46.0 * (1.0 - math.exp(-2.2 * one**1.3)) for one in groups)
        first += 0.7 * (0.105 * passed - first)
        low = max(passed - drawn, 0.0)
        slow += 0.13 * (0.245 * low * (1.0 - 0.0018 * (vacuum - 45.0)) - 1.0 - slow)
        warm = cool + 0.16 * low + 4.0
        vacuum += 0.025 * (6.1 * math.exp(17.27 * warm / (warm + 237.3)) + 6.0 - vacuum)
        if at >= 0:
            yield ([want, float(manual), 100.0 * pos, bar, drawn, cool, slip], [first + slow, 100.0 * valve, vacuum],
                   [0.12, 0.15, 0.5])


def plating(rng, n):
    """A short record, a row a rack: nickel, its brightener used up and dosed by hand; carbon clears the bath."""
    # Additive and its waste are measured by nothing but gloss; the hand that doses is 8 % off. Thickness scatters by
    # 2 %, and an edge of the rack takes its share of the current.
    part, dense, time = Steps(rng, 0, 4.999, 18), Steps(rng, 2.0, 6.0, 14), Steps(rng, 12, 40, 20)
    bath, own = Steps(rng, 50, 62, 45), random.Random(rng.random())
    bright, waste, solids, left, spent, t = 1.0, 0.3, 1.0, 20, 0.0, 56.0
    limit, clean = 400.0, rng.randint(20, 200)
    for at in lead(rng, n, 150):
        area, asked, minutes = (18.0, 30.0, 24.0, 42.0, 12.0)[int(part())], dense(), float(round(time()))
        t += 0.3 * (bath() - t)
        amps = float(round(min(area * asked, 150.0)))
        hours, clean = amps * minutes / 60.0, clean - 1
        spent += hours
        dose = 0.0
        if spent > limit:
            dose, spent, limit = 25.0 * round(spent / 100.0), 0.0, rng.uniform(250, 650)
        carbon = float(clean <= 0)
        clean = rng.randint(110, 240) if carbon else clean
        used = (0.0009 * hours + 0.004 * 1.09 ** (t - 56.0)) * min(bright, 1.5)
        bright = (bright - used + 0.0036 * dose * (1.0 + own.gauss(0, 0.08))) * (0.5 if carbon else 1.0)
        bright, waste = max(bright, 0.02), (waste + 0.5 * used) * (0.15 if carbon else 0.992)
        solids += 0.03 * (1.0 + 0.0015 * (area - 25.0) - solids)
        lit = amps / (area + 3.0)
        yield_ = 0.97 - 0.03 * waste - 0.02 * max(lit - 4.0, 0.0) - 0.004 * abs(t - 57.0)
        thick = 0.205 * lit * minutes * yield_
        gloss = 95.0 * bright / (0.25 + bright) * (1.0 - 0.35 * waste / (1.0 + waste)) * (1.0 - math.exp(-thick / 5.0))
        volts = 2.0 + lit * (0.75 - 0.012 * (t - 56.0)) + 0.25 * waste + 0.02 * area / solids
        if at >= 0:
            yield [area, amps, minutes, t, dose, carbon], [thick, gloss, volts], [0.02 * thick, 1.0, 0.04]


def electrolyser(rng, n):
    """A PEM stack behind a wind farm: power and temperature goals in; current, volts, temperature, cooling valve."""
    # Power comes slowly and goes at once; a cold stack may not take it all. Running tires the cells, a rest (logged)
    # restores them; pressure counts a little. The pump's step is 0 to 2.
    wind, share, rest = tones(rng, 0.1, 1.1, 500, 30), Steps(rng, 0.6, 1.0, 80), Steps(rng, 0, 1, 110)
    goal, hold, step = Steps(rng, 54, 68, 250), Steps(rng, 8, 30, 200), Steps(rng, 0, 2.999, 120)
    river, own = tones(rng, 8, 22, 3000, 600), random.Random(rng.random())
    i, t, tired, valve, total, p, met, pure = 0.8, 55.0, 0.01, 0.3, 0.3, 20.0, 55.0, smooth(own, 0.99, 0.01)
    for at in lead(rng, n, 600):
        off, target, bar, cold = float(rest() > 0.8), float(round(goal())), float(round(hold())), next(river)
        offer, turn = 0.0 if off else max(next(wind), 0.0) * share(), int(step())
        p += clip(bar - p, -0.3, 0.3)
        ohm = 0.15 * math.exp(-0.012 * (t - 60.0)) * (1.0 + next(pure)) + tired
        rest_volts = 1.2 - 0.0009 * (t - 60.0) + 0.0135 * math.log(p)
        volts = rest_volts + 0.03 * math.asinh(1000.0 * i * math.exp(-0.04 * (t - 60.0))) + ohm * i
        ask = min(3.9 * offer / volts, 0.7 + 0.04 * max(t - 25.0, 0.0), 2.0)
        i = max(i + clip(0.6 * (ask - i), -1.0, 0.04), 0.0)
        tired += 0.004 * (0.03 * i - tired) if i > 0.05 else -0.02 * tired
        met += 0.4 * (t - met)
        total = clip(total + 0.0012 * (met - target), 0.0, 1.0)
        valve += clip(clip(total + 0.03 * (met - target), 0.0, 1.0) - valve, -0.04, 0.04)
        washed = (0.012, 0.02, 0.03)[turn] * (1.0 - math.exp(-3.0 * valve))
        t += 1.3 * i * (volts - 1.48) - washed * (t - cold) - 0.001 * (t - 18.0)
        if at >= 0:
            yield ([100.0 * offer, off, target, bar, cold, float(turn)], [i, volts, met, 100.0 * valve],
                   [0.01, 0.004, 0.2, 0.4])


def loop(rng, n):
    """A probe of one thing: a heater under a controller whose valve goes from 0 to 100 %, read with some noise."""
    goal, load, t, total, late = Steps(rng, 40, 90, 60), smooth(rng, 0.98, 2.0), 50.0, 0.5, [50.0] * 3
    for at in lead(rng, n, 300):
        target, cold = float(round(goal())), 15.0 + next(load)
        asked = total + 0.03 * (target - late[0])
        valve = clip(asked, 0.0, 1.0)
        total += 0.03 / 15.0 * (target - late[0]) + 0.2 * (valve - asked)
        t += 0.05 * (cold + 75.0 * valve - t)
        late = [*late[1:], t]
        if at >= 0:
            yield [target, cold], [late[0], 100.0 * valve], [0.15, 0.3]


# Rows of the record that is learned.
FIFTH = {separator: 3000, shots: 2000, soak: 3000, coldstore: 4000, effluent: 2500, stand: 4000, airstation: 2500,
         turbine: 3000, plating: 500, electrolyser: 3500, loop: 1500}
