//! What plant is to be simulated.

use super::{
    SynthError,
    fault::{self, Fault},
};

/// The only plant so far.
const PLANT: &str = "filling";

/// The longest run, a year.
const MAX_HOURS: f64 = 8760.0;

/// How the controls are moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Excitation {
    /// Steps chosen without looking at the line.
    OpenLoop,
    /// Controllers with small deliberate moves on top.
    Dither,
    /// Controllers and operators only.
    ClosedLoop,
}

impl Excitation {
    /// Every way.
    pub const ALL: [Self; 3] = [Self::OpenLoop, Self::Dither, Self::ClosedLoop];

    /// The name in files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::OpenLoop => "open-loop",
            Self::Dither => "dither",
            Self::ClosedLoop => "closed-loop",
        }
    }

    /// Reads [`Excitation::name`] back.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.name() == name)
    }
}

/// What plant is to be simulated.
#[derive(Debug, Clone, PartialEq)]
pub struct SynthSpec {
    /// The plant's name; `filling` is the only one so far.
    pub plant: String,
    /// How long, from one minute to a year.
    pub hours: f64,
    /// How the controls are moved.
    pub excitation: Excitation,
    /// Faults as written on the command line, such as `stuck:tank_level@3h+2h`.
    pub faults: Vec<String>,
    /// Seed of everything random.
    pub seed: u64,
}

impl SynthSpec {
    /// Checks everything and gives the number of steps and the faults.
    pub(super) fn resolve(&self) -> Result<(usize, Vec<Fault>), SynthError> {
        if self.plant != PLANT {
            return Err(SynthError::Plant {
                found: self.plant.clone(),
                allowed: PLANT,
            });
        }
        if !(1.0 / 60.0..=MAX_HOURS).contains(&self.hours) {
            return Err(SynthError::Hours {
                found: self.hours,
                most: MAX_HOURS,
            });
        }
        let n_steps = fault::steps_of_secs(self.hours * 3600.0);
        let faults = self
            .faults
            .iter()
            .map(|text| fault::parse(text))
            .collect::<Result<_, _>>()?;
        Ok((n_steps, faults))
    }

    /// Refuses a fault that begins after the end of the log, where nobody would ever see it.
    ///
    /// Apart from [`Self::resolve`]: a truth that an older program wrote may hold such a one.
    pub(super) fn check_faults(&self) -> Result<(), SynthError> {
        let (n_steps, faults) = self.resolve()?;
        let late = self.faults.iter().zip(&faults);
        match late
            .into_iter()
            .find(|(_, fault)| fault.from_step >= n_steps)
        {
            None => Ok(()),
            Some((written, _)) => Err(fault::too_late(written, self.hours)),
        }
    }
}
