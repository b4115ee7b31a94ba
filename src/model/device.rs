//! Which devices this build and machine have, and which one tensors go to.

use std::sync::{Mutex, PoisonError};

use super::{DeviceChoice, ModelError};
use crate::base::Phrase;

/// The devices that this build and machine have, as (name, usable, why not).
pub fn devices() -> Vec<(String, bool, Phrase)> {
    let mut found = vec![("cpu".to_owned(), true, Phrase::plain(""))];
    for choice in [DeviceChoice::Cuda, DeviceChoice::Metal] {
        let why_not = open(choice).err();
        let usable = why_not.is_none();
        found.push((
            choice.name().to_owned(),
            usable,
            why_not.unwrap_or_else(|| Phrase::plain("")),
        ));
    }
    found
}

/// The device of a choice; `Auto` takes a GPU where there is one and else the CPU.
///
/// # Errors
///
/// [`ModelError::Device`] where a device was named that is not there.
pub(crate) fn resolve(choice: DeviceChoice) -> Result<candle_core::Device, ModelError> {
    let refused = |reason: Phrase| ModelError::Device {
        asked: choice.name().to_owned(),
        reason,
    };
    match choice {
        DeviceChoice::Cpu => Ok(candle_core::Device::Cpu),
        DeviceChoice::Auto => Ok(open(DeviceChoice::Cuda)
            .or_else(|_reason| open(DeviceChoice::Metal))
            .unwrap_or(candle_core::Device::Cpu)),
        DeviceChoice::Cuda | DeviceChoice::Metal => open(choice).map_err(refused),
    }
}

/// The name of a device in words and files.
pub(crate) fn device_name(device: &candle_core::Device) -> &'static str {
    match device {
        candle_core::Device::Cpu => "cpu",
        candle_core::Device::Cuda(_) => "cuda",
        candle_core::Device::Metal(_) => "metal",
    }
}

impl DeviceChoice {
    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Cpu => "cpu",
            Self::Cuda => "cuda",
            Self::Metal => "metal",
        }
    }

    /// Reads [`DeviceChoice::name`] back.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Auto, Self::Cpu, Self::Cuda, Self::Metal]
            .into_iter()
            .find(|choice| choice.name() == name)
    }
}

/// Opens a device; a card only once for the whole program, because its libraries take a while.
fn open(choice: DeviceChoice) -> Result<candle_core::Device, Phrase> {
    static CARD: Mutex<Option<candle_core::Device>> = Mutex::new(None);
    if choice != DeviceChoice::Cuda {
        return open_now(choice);
    }
    let mut card = CARD.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(card) = &*card {
        return Ok(card.clone());
    }
    let opened = open_now(choice)?;
    *card = Some(opened.clone());
    Ok(opened)
}

fn open_now(choice: DeviceChoice) -> Result<candle_core::Device, Phrase> {
    let (built, opened) = match choice {
        DeviceChoice::Cuda => (
            candle_core::utils::cuda_is_available(),
            candle_core::Device::new_cuda(0),
        ),
        DeviceChoice::Metal => (
            candle_core::utils::metal_is_available(),
            candle_core::Device::new_metal(0),
        ),
        DeviceChoice::Auto | DeviceChoice::Cpu => (true, Ok(candle_core::Device::Cpu)),
    };
    if !built {
        let words = format!("this build has no {} support", choice.name());
        return Err(Phrase::new("detail-no-device-support", words).with("device", choice.name()));
    }
    opened.map_err(|error| Phrase::plain(error.to_string().lines().next().unwrap_or("")))
}
