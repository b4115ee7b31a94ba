//! The channels' scales in a model's file.

use super::archive::{Archive, damaged};
use crate::model::{
    ModelError,
    normalizer::{NamedScale, Scale},
};

/// Seven numbers a channel: centre, unit, spread, ends, and whether it rests at either.
pub(super) fn put_scales(archive: &mut Archive, name: &str, list: &[NamedScale]) {
    let numbers = list.iter().flat_map(|one| {
        let scale = one.scale;
        [
            scale.center,
            scale.unit,
            scale.spread,
            scale.low,
            scale.high,
            f64::from(u8::from(scale.rests[0])),
            f64::from(u8::from(scale.rests[1])),
        ]
    });
    archive.put(name, numbers);
}

/// Reads the scales back.
///
/// # Errors
///
/// [`ModelError::Damaged`] where the array is absent or has another length.
pub(super) fn take_scales(
    archive: &mut Archive,
    name: &str,
    names: &[String],
) -> Result<Vec<NamedScale>, ModelError> {
    let numbers = archive.take(name)?;
    // Files before version 5 do not say where channels rest.
    let n = if numbers.len() == 5 * names.len() {
        5
    } else {
        7
    };
    if numbers.len() != n * names.len() {
        return Err(damaged(
            name,
            numbers.len().to_string(),
            "seven numbers a channel",
        ));
    }
    let scales = numbers.chunks(n).zip(names).map(|(row, name)| NamedScale {
        name: name.clone(),
        scale: Scale {
            center: row[0],
            unit: row[1],
            spread: row[2],
            low: row[3],
            high: row[4],
            rests: [5, 6].map(|at| row.get(at).is_some_and(|rests| *rests > 0.0)),
        },
        derived: None,
    });
    Ok(scales.collect())
}
