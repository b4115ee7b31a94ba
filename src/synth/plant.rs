//! The physics of the line in continuous time.
//!
//! A buffer tank is filled by a pump and heated by an electric heater with its own temperature
//! controller; a filler draws from it through a valve into bottles on a conveyor. Ordinary
//! differential equations, integrated by the classical Runge-Kutta method of fourth order with a
//! fixed step of 5 s; controls are constant over a step of 10 s. The pipe to the filler is a pure
//! delay of 40 s.

use super::signals::{
    AMBIENT, CURRENT, FILL_TEMP, FILL_WEIGHT, LEVEL, N_SIGNALS, OUTPUT, POWER, PUMP, REJECTS, Row,
    SETPOINT, SPEED, VALVE, VIBRATION, VISCOSITY,
};

/// The base clock.
pub(super) const STEP_SECS: f64 = 10.0;

const SUB_STEPS: usize = 2;
const SUB_SECS: f64 = STEP_SECS / SUB_STEPS as f64;
/// The pipe's delay in sub-steps.
const PIPE_SUB_STEPS: usize = 8;

/// Volume of the full tank.
const TANK_LITRES: f64 = 600.0;
/// Flow of the pump at full speed against no head.
const PUMP_LITRES_PER_MIN: f64 = 145.0;
/// The level (of a full tank) at which the pump delivers nothing any more.
const SHUT_OFF_LEVEL: f64 = 0.9;
/// Head of the filler's pipe, as a level of the tank.
const PIPE_HEAD: f64 = 0.5;
/// Heat capacity of the product, which weighs 1 kg a litre.
const KJ_PER_LITRE_K: f64 = 4.18;
const HEATER_MAX_KW: f64 = 120.0;
const HEATER_KW_PER_K: f64 = 12.0;
const HEATER_RESET_SECS: f64 = 200.0;
const LOSS_KW_PER_K: f64 = 0.15;
/// What a bottle should weigh.
pub(super) const NOMINAL_GRAMS: f64 = 500.0;

/// What acts on the line during a step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Inputs {
    pub(super) controls: [f64; 4],
    pub(super) ambient: f64,
    /// Of the lot at 76 °C, mPa·s.
    pub(super) viscosity: f64,
    /// Bearing wear, 0 (new) to 1 (about to seize).
    pub(super) wear: f64,
    pub(super) feed_temp: f64,
    /// Pressure of the feed, 1 = nominal.
    pub(super) feed_gain: f64,
    /// Free area of the nozzles, 1 = clean.
    pub(super) nozzle: f64,
    /// How loose the guide rail is, 0 = tight.
    pub(super) rattle: f64,
}

/// Level (of full), tank °C, heater integral kW, filler °C, fill weight g, rejects %.
type State = [f64; 6];

/// The line's state.
#[derive(Debug, Clone)]
pub(super) struct Plant {
    state: State,
    pipe: [f64; PIPE_SUB_STEPS],
    oldest: usize,
}

impl Plant {
    /// The line near its usual working point.
    pub(super) fn new() -> Self {
        Self {
            state: [0.6, 76.0, 60.0, 76.0, NOMINAL_GRAMS, 1.0],
            pipe: [76.0; PIPE_SUB_STEPS],
            oldest: 0,
        }
    }

    /// Goes on by one step of the base clock and gives the true value of every signal at its end.
    pub(super) fn step(&mut self, inputs: &Inputs) -> Row {
        for _sub in 0..SUB_STEPS {
            let arriving = self.pipe[self.oldest];
            let before = self.state;
            let k1 = slope(&before, inputs, arriving);
            let k2 = slope(&moved(&before, &k1, SUB_SECS / 2.0), inputs, arriving);
            let k3 = slope(&moved(&before, &k2, SUB_SECS / 2.0), inputs, arriving);
            let k4 = slope(&moved(&before, &k3, SUB_SECS), inputs, arriving);
            for (idx, value) in self.state.iter_mut().enumerate() {
                *value += SUB_SECS / 6.0 * (k1[idx] + 2.0 * k2[idx] + 2.0 * k3[idx] + k4[idx]);
            }
            self.pipe[self.oldest] = self.state[1];
            self.oldest = (self.oldest + 1) % PIPE_SUB_STEPS;
        }
        signals_of(&self.state, inputs)
    }
}

fn moved(state: &State, slope: &State, secs: f64) -> State {
    std::array::from_fn(|idx| state[idx] + secs * slope[idx])
}

/// The time derivative of the state, per second.
fn slope(state: &State, inputs: &Inputs, arriving: f64) -> State {
    let [level, tank_temp, _, fill_temp, weight, rejects] = *state;
    let [speed, setpoint, pump, _] = inputs.controls;
    let grams = grams_now(level, fill_temp, inputs);
    let head = (1.0 - level / SHUT_OFF_LEVEL).max(0.0);
    let flow_in = inputs.feed_gain * pump / 100.0 * PUMP_LITRES_PER_MIN * head.sqrt() / 60.0;
    // The outlet runs dry smoothly; what comes above the rim runs over.
    let flow_out = speed * grams / 1000.0 / 60.0 * (level / (level.abs() + 0.02)).max(0.0);
    let spill = 20.0 * (level - 0.98).max(0.0);
    let litres = TANK_LITRES * level.max(0.05);

    let (heat, unbounded) = heater_kw(state, setpoint);
    let loss = LOSS_KW_PER_K * (tank_temp - inputs.ambient);
    let warming = flow_in * (inputs.feed_temp - tank_temp) / litres
        + (heat - loss) / (KJ_PER_LITRE_K * litres);
    // The integral is led back while the heater is at its bound.
    let integral = HEATER_KW_PER_K / HEATER_RESET_SECS * (setpoint - tank_temp)
        + (heat - unbounded) / HEATER_RESET_SECS;

    let cooled = arriving - 0.02 * (arriving - inputs.ambient);
    [
        (flow_in - flow_out - spill) / TANK_LITRES,
        warming,
        integral,
        (cooled - fill_temp) / 30.0,
        (grams - weight) / 20.0,
        (rejects_at(weight, fill_temp, inputs) - rejects) / 120.0,
    ]
}

/// Power of the heater, and what its controller asks for.
fn heater_kw(state: &State, setpoint: f64) -> (f64, f64) {
    let asked = HEATER_KW_PER_K * (setpoint - state[1]) + state[2];
    (asked.clamp(0.0, HEATER_MAX_KW), asked)
}

/// What a bottle filled now weighs: more head, a wider valve, a slower belt and a thinner product
/// give more.
fn grams_now(level: f64, fill_temp: f64, inputs: &Inputs) -> f64 {
    let [speed, _, _, valve] = inputs.controls;
    let viscosity = inputs.viscosity * (-0.018 * (fill_temp - 76.0)).exp();
    let head = ((PIPE_HEAD + level) / (PIPE_HEAD + 0.6)).max(0.01);
    NOMINAL_GRAMS
        * inputs.nozzle
        * (valve / 50.0).max(0.01).sqrt()
        * head.powf(0.3)
        * (100.0 / speed.max(1.0)).powf(0.12)
        * (12.0 / viscosity.max(0.1)).powf(0.15)
}

/// The share of rejects that the line settles at: underfilling counts more than overfilling, and
/// a fast belt knocks bottles over, which swings a loose guide rail.
fn rejects_at(weight: f64, fill_temp: f64, inputs: &Inputs) -> f64 {
    let error = weight - NOMINAL_GRAMS;
    let under = 1.0 / (1.0 + (error / 4.0).exp());
    let misfit = error * error * (0.15 + 0.85 * under);
    let speed = inputs.controls[SPEED];
    let tipped = 1.2 * ((speed - 104.0) / 6.0).exp().ln_1p();
    let swept = 3.0 * inputs.rattle * ((speed - 103.0) / 2.0).exp().ln_1p();
    let cold = 0.02 * (fill_temp - 75.0).powi(2);
    0.3 + 10.0 * misfit / (misfit + 700.0) + tipped + swept + cold + 0.6 * inputs.wear
}

fn signals_of(state: &State, inputs: &Inputs) -> Row {
    let [level, _, _, fill_temp, weight, rejects] = *state;
    let [speed, setpoint, pump, valve] = inputs.controls;
    let current = 3.0 + 0.055 * speed * (1.0 + 0.25 * inputs.wear);
    let (heat, _) = heater_kw(state, setpoint);
    let mut row = [0.0; N_SIGNALS];
    row[SPEED] = speed;
    row[SETPOINT] = setpoint;
    row[PUMP] = pump;
    row[VALVE] = valve;
    row[AMBIENT] = inputs.ambient;
    row[VISCOSITY] = inputs.viscosity;
    row[LEVEL] = 100.0 * level;
    row[FILL_TEMP] = fill_temp;
    row[FILL_WEIGHT] = weight;
    row[CURRENT] = current;
    // Heater, drive at 400 V, pump, the rest of the line.
    row[POWER] = heat + 0.6 * current + 6.0 * (pump / 100.0).powi(3) + 2.0;
    row[VIBRATION] = 0.5 + 1.2 * (speed / 100.0).powi(2) * (1.0 + 2.0 * inputs.wear);
    row[REJECTS] = rejects;
    row[OUTPUT] = 60.0 * speed * (1.0 - rejects / 100.0);
    row
}
