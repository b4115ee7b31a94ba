//! The line's signals: names, units, roles, bounds and instruments.

use crate::{
    base::{Purpose, Stream},
    data::{
        Channel, Limits,
        Role::{self, Control, Disturbance, Kpi, Observation},
    },
};

/// How many signals there are.
pub(super) const N_SIGNALS: usize = 14;

/// How many of them, the first, are controls.
pub(super) const N_CONTROLS: usize = 4;

// Positions of the signals.
pub(super) const SPEED: usize = 0;
pub(super) const SETPOINT: usize = 1;
pub(super) const PUMP: usize = 2;
pub(super) const VALVE: usize = 3;
pub(super) const AMBIENT: usize = 4;
pub(super) const VISCOSITY: usize = 5;
pub(super) const LEVEL: usize = 6;
pub(super) const FILL_TEMP: usize = 7;
pub(super) const FILL_WEIGHT: usize = 8;
pub(super) const CURRENT: usize = 9;
pub(super) const POWER: usize = 10;
pub(super) const VIBRATION: usize = 11;
pub(super) const REJECTS: usize = 12;
pub(super) const OUTPUT: usize = 13;

/// One value of every signal.
pub(super) type Row = [f64; N_SIGNALS];

/// One signal and its instrument.
pub(super) struct Signal {
    pub(super) name: &'static str,
    pub(super) unit: &'static str,
    pub(super) role: Role,
    /// Hard bounds of a control; the usual range of everything else.
    pub(super) range: (f64, f64),
    /// Standard deviation of the instrument's noise, in the unit.
    noise: f64,
    /// Readings a unit: 10 = one decimal.
    per_unit: f64,
    /// Steps between two readings.
    pub(super) every: usize,
    /// Whether the log is blank between two readings; else it repeats the last.
    pub(super) is_blank: bool,
}

impl Signal {
    const fn new(
        name: &'static str,
        unit: &'static str,
        role: Role,
        range: (f64, f64),
        noise: f64,
        per_unit: f64,
    ) -> Self {
        Self {
            name,
            unit,
            role,
            range,
            noise,
            per_unit,
            every: 1,
            is_blank: false,
        }
    }

    const fn every(mut self, steps: usize, is_blank: bool) -> Self {
        self.every = steps;
        self.is_blank = is_blank;
        self
    }

    /// A value as the instrument shows it.
    pub(super) fn rounded(&self, value: f64) -> f64 {
        (value * self.per_unit).round() / self.per_unit
    }

    /// The channel of a dataset.
    pub(super) fn channel(&self) -> Channel {
        let mut channel = Channel::new(self.name, self.role, self.unit);
        channel.source = format!("{} [{}]", self.name, self.unit);
        if self.role == Control {
            channel.limits = Limits {
                low: Some(self.range.0),
                high: Some(self.range.1),
                ..Limits::default()
            };
        }
        channel
    }
}

/// All signals.
pub(super) const SIGNALS: [Signal; N_SIGNALS] = [
    Signal::new(
        "conveyor_speed",
        "bottles/min",
        Control,
        (40.0, 160.0),
        0.0,
        100.0,
    ),
    Signal::new("heater_setpoint", "°C", Control, (60.0, 90.0), 0.0, 100.0),
    Signal::new("pump_speed", "%", Control, (30.0, 90.0), 0.0, 100.0),
    Signal::new("valve_opening", "%", Control, (35.0, 65.0), 0.0, 100.0),
    Signal::new("ambient_temp", "°C", Disturbance, (10.0, 35.0), 0.05, 10.0).every(3, false),
    Signal::new("viscosity", "mPa·s", Disturbance, (6.0, 20.0), 0.05, 100.0),
    Signal::new("tank_level", "%", Observation, (0.0, 100.0), 0.3, 10.0),
    Signal::new("fill_temp", "°C", Observation, (55.0, 95.0), 0.08, 100.0),
    Signal::new("fill_weight", "g", Observation, (400.0, 600.0), 1.0, 10.0).every(3, true),
    Signal::new("motor_current", "A", Observation, (0.0, 20.0), 0.05, 100.0),
    Signal::new("power", "kW", Observation, (0.0, 150.0), 0.4, 10.0),
    Signal::new("vibration", "mm/s", Observation, (0.0, 10.0), 0.08, 100.0),
    Signal::new("reject_rate", "%", Kpi, (0.0, 20.0), 0.1, 100.0),
    Signal::new("output_rate", "bottles/h", Kpi, (2000.0, 9000.0), 12.0, 1.0),
];

/// The line's instruments.
pub(super) struct Instruments {
    noise: Vec<Stream>,
    shown: Row,
}

impl Instruments {
    /// The instruments of a seed.
    pub(super) fn new(seed: u64) -> Self {
        Self {
            noise: (0..N_SIGNALS as u64)
                .map(|signal| Stream::new(seed, Purpose::Sensor, &[signal]))
                .collect(),
            shown: [f64::NAN; N_SIGNALS],
        }
    }

    /// What the instruments show after a step; slow ones show their last reading.
    pub(super) fn read(&mut self, step: usize, truth: &Row) -> Row {
        for (idx, signal) in SIGNALS.iter().enumerate() {
            if step.is_multiple_of(signal.every) || self.shown[idx].is_nan() {
                let noise = signal.noise * self.noise[idx].normal_at(step as u64);
                self.shown[idx] = signal.rounded(truth[idx] + noise);
            }
        }
        // A scale that shows less than nothing is nowhere to be found.
        for idx in [LEVEL, CURRENT, POWER, VIBRATION, REJECTS, OUTPUT] {
            self.shown[idx] = self.shown[idx].max(0.0);
        }
        self.shown
    }
}
