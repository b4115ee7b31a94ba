"""The fourth set of plants for `rigs`, written by somebody who had not seen the models; each runs in first."""
import math
import random

from plants import Steps, clip, lead, smooth, tones


def heatloop(rng, n):
    """A heater in closed loop: set point, flow and steam pressure in; temperature and the controller's valve out."""
    # The valve's speed is limited and the integral stops at its ends; hot set points at full flow are not met.
    goal, flow, supply = Steps(rng, 42, 80, 50), Steps(rng, 0.5, 1.2, 40), tones(rng, 3.6, 5.4, 300, 50)
    t, seen, valve, total, late = 50.0, 50.0, 0.6, 0.6, [50.0] * 4
    for at in lead(rng, n, 300):
        target, water, steam = float(round(goal())), flow(), next(supply)
        asked = total + 0.014 * (target - seen)
        valve += clip(asked - valve, -0.02, 0.02)
        valve = clip(valve, 0.0, 1.0)
        total += 0.014 / 18.0 * (target - seen) + 0.08 * (valve - asked)
        lift = 30.0 ** (valve - 1.0) - 30.0**-1
        t += 0.06 * (water * (15.0 - t) + 80.0 * steam / 4.5 * lift)
        late.append(t)
        seen += 0.5 * (late.pop(0) - seen)
        if at >= 0:
            yield [target, water, steam], [seen, 100.0 * valve], [0.15, 0.3]


def hardening(rng, n):
    """Charges heated, held and quenched by a recipe; length keeps what the steel went through; phase is an input."""
    # Heating and cooling end where the core's temperature says so: the phase number follows an output.
    phase, clock, wall, core, set_, gas, mass, soak = 0, 5, 120.0, 25.0, 850.0, 0.6, 1.0, 20
    gamma = plate = 0.0
    for at in lead(rng, n, 300):
        clock -= 1
        if phase == 1 and core > set_ - 12.0:
            phase, clock = 2, soak
        elif phase == 2 and clock <= 0:
            phase = 3
        elif phase == 3 and core < 70.0:
            phase, clock, core, gamma, plate = 0, rng.randint(3, 12), 25.0, 0.0, 0.0
            set_, gas, mass = 10.0 * rng.randint(74, 92), rng.uniform(0.2, 1.0), rng.uniform(0.6, 1.4)
            soak = rng.randint(4, 25)
        elif phase == 0 and clock <= 0:
            phase = 1
        for _ in range(4):
            if phase in (1, 2):
                wall += 0.25 * clip(0.25 * (set_ - wall), -6.0, 24.0 - 8.0 * mass)
                core += 0.25 * 0.12 / mass * (wall - core) * (0.3 + 0.7 * ((wall + 273.0) / 1173.0) ** 3)
            else:
                wall += 0.25 * (0.04 + 0.1 * gas * (phase == 3)) * (60.0 - wall)
                core += 0.25 * (0.02 * (wall - core) if phase == 0 else (0.03 + 0.15 * gas) / mass * (30.0 - core))
            born = 0.05 * max(clip((core - 730.0) / 60.0, 0.0, 1.0) - gamma, 0.0)
            gone = 0.12 * math.exp(-(((core - 590.0) / 70.0) ** 2)) * gamma * (phase == 3)
            hard = max((gamma + plate) * (1.0 - math.exp(-0.011 * max(300.0 - core, 0.0))) - plate, 0.0) * (phase == 3)
            gamma, plate = gamma + born - gone - hard, plate + hard
        length = 0.012 * core * (1.0 - gamma) + gamma * (0.023 * core - 9.5) + 3.0 * plate
        if at >= 0:
            yield [float(phase), set_, gas, mass], [wall, core, length], [2.0, 2.0, 0.05]


def paper(rng, n):
    """A paper machine, grades 0 to 3: the crew moves stock, speed and steam together; weight, moisture, caliper."""
    # The stock's consistency wanders by 0.8 %, which nothing logs; hall humidity and shower pressure do nothing.
    grades = ((80.0, 0.82, 1.0, 1.3, 0.12), (52.0, 0.9, 1.35, 1.6, 0.25), (110.0, 0.75, 0.9, 1.1, 0.06),
              (65.0, 0.86, 1.15, 1.45, 0.16))
    kind, pace, own = Steps(rng, 0, 3.999, 130), Steps(rng, 0.85, 1.15, 80), random.Random(rng.random())
    trims, pulp = [Steps(rng, -1, 1, hold) for hold in (35, 45, 55, 40, 50)], smooth(own, 0.98, 0.008)
    hall, shower, speed, weight, past = smooth(rng, 0.995), smooth(rng, 0.8), 1.0, 75.0, [80.0] * 6
    want, ease, drums, now, basis = 75.0, 1.1, [1.0, 1.0], [0.84, 1.1, 1.35], 75.0
    for at in lead(rng, n, 400):
        grade = int(kind())
        target, *goal, quick = grades[grade]
        one, two, three, four, five = (trim() for trim in trims)
        speed += clip(pace() - speed, -0.006, 0.006)
        want += clip(target - want, -2.0, 2.0)
        ease += 0.06 * (goal[1] - ease)
        stock = want * speed / 0.83 * (1.0 + 0.06 * one)
        steam = [3.0 * want / 80.0 * speed / ease * (1.0 + 0.1 * trim) for trim in (two, three)]
        press, nip = 0.5 + 0.5 * four, 60.0 + 20.0 * five
        now = [value + 0.08 * (new - value) for value, new in zip(now, goal)]
        past = [*past[1:], stock * (1.0 + next(pulp))]
        weight += quick * 1.5 * (past[-round(5.0 / speed)] * now[0] / speed - weight)
        drums = [heat + 0.12 * (bar / 3.0 - heat) for heat, bar in zip(drums, steam)]
        heat = 0.4 * drums[0] + 0.6 * drums[1]
        left = (1.45 - 0.25 * press) * math.exp(-3.0 * now[1] * heat / (weight / 80.0 * speed))
        basis += 0.6 * (weight * (1.0 + left) - basis)
        if at >= 0:
            spare = [45.0 + 5.0 * next(hall), 8.0 + next(shower)]
            yield ([stock, 900.0 * speed, *steam, float(grade), press, nip, *spare],
                   [basis, 100.0 * left / (1.0 + left), basis * now[2] * (1.3 - 0.005 * nip)], [0.2, 0.1, 0.5])


def chiller(rng, n):
    """A compressor under a thermostat with least run and rest times; water temperature and power are outputs."""
    # Nothing is unmeasured, but a cycle's phase forgets no error: a free run that is a little wrong drifts out of step.
    goal, load, air = Steps(rng, 6, 12, 80), Steps(rng, 0.15, 0.95, 40), tones(rng, 15, 35, 400, 60)
    on, since, coil, t = rng.random() < 0.5, 20, 0.0, 9.0
    for at in lead(rng, n, 200):
        target, heat, outside = round(2.0 * goal()) / 2, load(), next(air)
        since += 1
        if (t > target + 0.7 and not on and since > 10) or (t < target - 0.7 and on and since > 8):
            on, since = not on, 0
        coil += 0.45 * (on - coil)
        t += 0.2 * (heat - coil * (1.35 - 0.012 * (outside - 25.0) + 0.02 * (t - 9.0))) + 0.001 * (outside - t)
        power = on * (9.0 + 0.14 * (outside - 25.0) + 0.2 * (t - 9.0) + 6.0 * (1.0 - coil)) + 0.8
        if at >= 0:
            yield [target, heat, outside], [t, power], [0.05, 0.15]


def oven(rng, n):
    """A tunnel oven of six zones: quick to heat, slow to cool; two zones and what leaves the belt are measured."""
    # Twelve inputs; the damper and the humidity do nothing, the hall's temperature little.
    recipe, trims = Steps(rng, 160, 225, 80), [Steps(rng, -22, 22, 60 + 8 * k) for k in range(6)]
    pace, mass, fan = Steps(rng, 0.09, 0.2, 60), Steps(rng, 0.2, 1.4, 45), Steps(rng, 30, 55, 70)
    air = smooth(rng, 0.995, 3.0)
    damper, wet, zones, belt, exit_ = Steps(rng, 10, 90, 70), smooth(rng, 0.99, 6.0), [190.0] * 6, [], 180.0
    for at in lead(rng, n, 400):
        base, speed, load, blow, hall = recipe(), pace(), mass(), fan() / 45.0, 24.0 + next(air)
        goals = [float(round(base + trim())) for trim in trims]
        belt, drawn, leaves = [*belt, [0.0, hall, load]], [0.0] * 6, []
        for item in belt:
            at_zone = min(int(item[0]), 5)
            gain = 0.035 * blow**0.6 / (0.4 + 0.6 * item[2]) * (zones[at_zone] - item[1])
            item[:2] = item[0] + speed, item[1] + gain
            drawn[at_zone] += 0.045 * gain * item[2]
            if item[0] >= 6.0:
                leaves.append(item[1])
        belt = [item for item in belt if item[0] < 6.0]
        exit_ += 0.6 * (sum(leaves) / len(leaves) - exit_) if leaves else 0.0
        beside = [hall + 0.6 * (zones[0] - hall), *zones, hall + 0.6 * (zones[5] - hall)]
        zones = [t + 3.0 * clip(0.15 * (goal - t), 0.0, 1.0) - 0.0028 * (0.5 + 0.5 * blow) * (t - hall) - pull
                 + 0.012 * (beside[k] + beside[k + 2] - 2.0 * t)
                 for k, (t, goal, pull) in enumerate(zip(zones, goals, drawn))]
        if at >= 0:
            yield ([*goals, 10.0 * speed, load, 45.0 * blow, damper(), hall, 50.0 + next(wet)],
                   [zones[1], zones[4], exit_], [0.4, 0.4, 0.8])


def hopper(rng, n):
    """A weigher fills to a target and dumps by itself; a counter adds up the dumps until the shift's bell clears it."""
    # Nothing is unmeasured, but as with any cycle that nothing restarts a small error of the feed rate adds up.
    drive, want, silo, filling = Steps(rng, 0.35, 1.0, 20), Steps(rng, 30, 70, 40), rng.uniform(0.3, 0.9), False
    weight, flow, total, dumping, shift = rng.uniform(0, 40), 2.0, 0.0, False, rng.randint(20, 150)
    for at in lead(rng, n, 150):
        u, target = drive(), float(round(want()))
        filling = silo < 0.95 if filling else silo < 0.2
        silo += 0.04 * filling - 0.0012 * flow
        shift -= 1
        bell = shift <= 0
        total, shift = (0.0, rng.randint(70, 180)) if bell else (total, shift)
        dumping = weight > 1.5 if dumping else weight >= target
        flow += 0.6 * ((0.0 if dumping else 4.5 * u**1.3 * (0.55 + 0.45 * silo)) - flow)
        out = min(0.5 * weight + 1.0, weight + flow) if dumping else 0.0
        weight, total = weight + flow - out, total + out
        if at >= 0:
            yield [u, target, silo, float(bell)], [weight, total], [0.3, 0.5]


def tankfarm(rng, n):
    """A heated oil tank out of doors, a quarter hour a step: coil in three steps, oil in hundreds, day and night."""
    # Wind and rain on the wall are not logged; fills come at 40 degrees; the level sets how fast the oil changes.
    hour, steam, move = rng.uniform(0, 24), Steps(rng, 0, 1, 60), Steps(rng, 0.25, 1.0, 90)
    own = random.Random(rng.random())
    weather, wind = smooth(rng, 0.99, 4.0), smooth(own, 0.97, 0.25)
    oil, coil, depth = rng.uniform(50, 70), 70.0, rng.uniform(0.4, 0.9)
    for at in lead(rng, n, 1500):
        ambient = 11.0 + next(weather) + 6.0 * math.sin((hour + at / 4 - 9.0) / 24 * 2 * math.pi)
        open_, fill = steam(), clip(move() - depth, -0.012, 0.012)
        oil = (oil * depth + 40.0 * max(fill, 0.0)) / (depth + max(fill, 0.0))
        depth += fill
        coil += 0.33 * (0.8 * open_ * (165.0 - coil) - (coil - oil))
        oil += (2.2 * (coil - oil) - (0.4 + 0.6 * depth) * (1.0 + next(wind)) * (oil - ambient)) / (600.0 * depth)
        if at >= 0:
            yield [ambient, open_, 100.0 * depth], [oil, coil], [0.15, 0.5]


def mill(rng, n):
    """A ball mill in a closed circuit: coarse ore comes back six steps late; too full it grinds and draws less."""
    # Hardness wanders by 2 %, which nothing logs; oil temperature and bin level do nothing. The crew cuts the feed
    # when the mill is too full.
    feed, turn, water = Steps(rng, 0.024, 0.055, 40), Steps(rng, 0.9, 1.08, 70), Steps(rng, 0.5, 1.3, 50)
    own, lube, bin_ = random.Random(rng.random()), smooth(rng, 0.995), Steps(rng, 20, 95, 30)
    hard, load, fine, box, cut, back = smooth(own, 0.97, 0.02), 0.8, 0.03, 0.05, False, [0.04] * 6
    for at in lead(rng, n, 300):
        cut = load > 0.85 if cut else load > 1.4
        ore, speed, wet = (0.008 if cut else feed()), turn(), water()
        out = 0.1 * load * speed
        share = clip(0.62 * math.exp(-((load / 1.7) ** 2)) * speed * (0.8 + 0.2 * wet) * (1.0 - next(hard)), 0.05, 0.9)
        box += 0.4 * (out * (1.0 - share) - box)
        back.append(box)
        load = max(load + ore + back.pop(0) - out, 0.05)
        fine += 0.4 * (out * share - fine)
        draw = 900.0 * speed**1.2 + 1300.0 * speed * load * (1.0 - 0.5 * load)
        if at >= 0:
            yield ([3000.0 * ore, 100.0 * speed, 120.0 * wet, 42.0 + 3.0 * next(lube), bin_()],
                   [draw, 3000.0 * fine, 3000.0 * box], [5.0, 2.0, 3.0])


def blender(rng, n):
    """A short record of ratio control: additive after a wild flow; noise grows with flow, the analyser's has tails."""
    # The additive's pump ends at 5.2. One analyser reading in twelve is five times as noisy: 0.087 in the mean square.
    wild, ratio, main, dose, tank, seen = Steps(rng, 30, 100, 10), Steps(rng, 2.0, 8.0, 13), 60.0, 3.0, 4.5, 4.5
    for at in lead(rng, n, 100):
        flow, want = wild(), round(ratio(), 1)
        main += 0.6 * (flow - main)
        dose += 0.3 * (min(main * want / 100.0, 5.2) - dose)
        tank += main / 400.0 * (100.0 * dose / (main + dose) - tank)
        seen += 0.4 * (tank - seen)
        if at >= 0:
            yield [flow, want], [dose, seen], [0.025 * dose, 0.05 * (5.0 if rng.random() < 1 / 12 else 1.0)]


def cell(rng, n):
    """Three machines side by side between two buffers that starve and block them; counts of every five minutes."""
    # Hand loading scatters each cycle by a tenth, which nothing logs; whole parts fall in one row or the next.
    # Shift number and hall temperature do nothing.
    rate, pack, up = Steps(rng, 2, 7, 25), Steps(rng, 2, 7, 30), [Steps(rng, 0, 1, 12 + 5 * k) for k in range(3)]
    shift, hall, own, left = Steps(rng, 1, 3.999, 96), smooth(rng, 0.99), random.Random(rng.random()), [-1.0] * 3
    queue, store, credit, due, running = rng.randint(0, 40), rng.randint(0, 120), 0.0, 0.0, True
    for at in lead(rng, n, 90):
        come, speed, on, made, packed = round(rate(), 1), round(pack(), 1), [one() > 0.22 for one in up], 0, 0
        for _ in range(300):
            credit = min(credit + come / 60.0, 1.0)
            if credit >= 1.0 and queue < 40:
                credit, queue = 0.0, queue + 1
            for k in range(3):
                if on[k] and left[k] < 0.0 < queue:
                    queue, left[k] = queue - 1, (22.0, 28.0, 36.0)[k] * clip(own.gauss(1.0, 0.1), 0.8, 1.2)
                elif on[k] and left[k] >= 0.0:
                    left[k] = max(left[k] - 1.0, 0.0)
                    if left[k] == 0.0 and store < 120:
                        left[k], store, made = -1.0, store + 1, made + 1
            running = store > 0 if running else store >= 8
            due += running * speed / 60.0
            if due >= 1.0 and store > 0:
                due, store, packed = due - 1.0, store - 1, packed + 1
        if at >= 0:
            yield ([come, speed, *map(float, on), float(int(shift())), 22.0 + next(hall)],
                   [float(made), float(store), float(packed)], [1e-6, 1e-6, 1e-6])


def pump(rng, n):
    """A pump behind a strainer that clogs until it is cleaned, which is logged; past a threshold it cavitates."""
    # The clogging is not measured; flow and pressure tell it. Once cavitating it stays so until there is some room.
    turn, choke, warm = Steps(rng, 0.6, 1, 22), Steps(rng, 0.35, 1, 30), Steps(rng, 20, 72, 40)
    basin, flow, wild, bubbles = tones(rng, 1, 4, 300, 40), 0.8, False, 0.0
    clog, limit, stop = rng.uniform(0, 0.6), rng.uniform(0.5, 1.1), 0
    for at in lead(rng, n, 200):
        speed, valve, depth, heat = turn(), choke(), next(basin), warm()
        stop = 6 if clog > limit and stop == 0 else max(stop - 1, 0)
        if stop:
            speed = 0.0
            clog, limit = (0.02, rng.uniform(0.5, 1.1)) if stop == 1 else (clog, limit)
        for _ in range(3):
            loss = (0.8 + 3.0 * clog) * flow**2
            room = 8.3 + depth - 0.06 * math.exp(0.0545 * heat) - loss - 3.4 - 3.2 * flow**2
            wild = speed > 0.0 and (room < 0.7 if wild else room < 0.0)
            bubbles += 0.3 * ((clip(0.35 - room / 3.0, 0.15, 1.0) if wild else 0.0) - bubbles)
            lift = (40.0 * speed**2 - 6.0 * flow**2) * (1.0 - 0.4 * bubbles)
            flow += 0.12 * (lift + depth - loss - 8.0 - 12.0 * (flow / valve) ** 2) / 12.0
            flow = max(flow, 0.0)
        clog += 0.006 * flow
        shake = 0.4 + 2.2 * speed**2 + 2.0 * (speed > 0.0) / (1.0 + ((speed - 0.83) / 0.04) ** 2) + 7.0 * bubbles
        if at >= 0:
            yield ([speed, valve, depth, heat, float(stop > 0)],
                   [60.0 * flow, (depth - loss + max(lift, 0.0)) / 10.2, shake], [0.6, 0.02, 0.15])


def press(rng, n):
    """A printing press with stops, web breaks and nights at zero speed: solvent, bearing and power decay when idle."""
    # The job number does nothing. A cold start draws more power, as the grease is stiff.
    ink, air, pace, run, left = Steps(rng, 10, 70, 35), Steps(rng, 0.8, 1.2, 50), Steps(rng, 80, 220, 30), True, 60
    water, job, speed, pool, fumes = Steps(rng, 14, 24, 60), rng.randint(0, 49), 0.0, 0.0, 2.0
    bearing, housing = 35.0, 30.0
    for at in lead(rng, n, 300):
        left -= 1
        if left <= 0:
            run = not run
            left = rng.randint(20, 110) if run else rng.choice((3, 5, 8, 12, 50, 90, 180))
            job = rng.randint(0, 49) if run else job
        want, cover, fan, cold = pace(), float(round(ink())), air(), water()
        speed += clip((want if run else 0.0) - speed, -60.0, 12.0)
        fan *= 1.0 if speed > 0.0 else 0.3
        pool += 0.0004 * cover * speed - 0.05 * pool
        fumes += 0.0005 * cover * speed + 0.09 * pool - 0.35 * fan * fumes
        stiff = math.exp(-0.03 * (bearing - 45.0))
        drag = stiff * (speed / 100.0) ** 2 + 0.4 * (speed / 100.0)
        bearing += 0.9 * drag - 0.05 * (bearing - housing)
        housing += 0.012 * (bearing - housing) - (0.008 + 0.012 * speed / 150.0) * (housing - cold)
        if at >= 0:
            yield ([speed, cover, fan, cold, float(job)],
                   [fumes, bearing, 1.5 * (speed > 0.0) + 4.0 * drag + 0.08 * speed], [0.25, 0.2, 0.3])


# Rows of the record that is learned.
FOURTH = {heatloop: 1800, hardening: 3000, paper: 3000, chiller: 2000, oven: 3500, hopper: 1500, tankfarm: 4000,
          mill: 2500, blender: 400, cell: 2000, pump: 1800, press: 2000}
