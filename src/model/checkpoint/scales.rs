//! The channels' scales in a model's file.

use super::archive::{Archive, damaged};
use crate::{
    base::to_count,
    model::{
        ModelError,
        normalizer::{NamedScale, Scale},
        transport::{Cargo, Transport},
    },
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
        transport: None,
    });
    Ok(scales.collect())
}

/// The array of carried inputs.
const TRANSPORTS: &str = "normalizer.transports";

/// Five numbers a carried input: its position, those of source and pace, the length, and what of it acts;
/// nothing where none is carried.
pub(super) fn put_transports(archive: &mut Archive, inputs: &[NamedScale]) {
    let carried = inputs.iter().enumerate();
    let carried = carried.filter_map(|(at, input)| Some((at, input.transport?)));
    let numbers = carried.flat_map(|(at, one)| {
        let places = [at, one.source, one.pace].map(|place| place as f64);
        let kind = Cargo::ALL.iter().position(|kind| *kind == one.cargo);
        places
            .into_iter()
            .chain([one.length, kind.unwrap_or(0) as f64])
    });
    let numbers: Vec<f64> = numbers.collect();
    if !numbers.is_empty() {
        archive.put(TRANSPORTS, numbers);
    }
}

/// Reads them back.
///
/// # Errors
///
/// [`ModelError::Damaged`] where one is carried that is none of the inputs, or by what is carried itself.
pub(super) fn take_transports(
    archive: &mut Archive,
    inputs: &mut [NamedScale],
) -> Result<(), ModelError> {
    if !archive.has(TRANSPORTS) {
        return Ok(());
    }
    let numbers = archive.take(TRANSPORTS)?;
    let rows = numbers.as_chunks::<5>();
    let n_plain = inputs.len().saturating_sub(rows.0.len());
    for row @ [at, source, pace, length, kind] in rows.0 {
        let is_at = |place: f64, range: std::ops::Range<usize>| {
            place.fract() == 0.0 && place >= 0.0 && range.contains(&to_count(place))
        };
        let is_sound = is_at(*at, n_plain..inputs.len())
            && is_at(*source, 0..n_plain)
            && is_at(*pace, 0..n_plain)
            && is_at(*kind, 0..Cargo::ALL.len())
            && length.is_finite()
            && *length >= 0.0;
        if !is_sound || !rows.1.is_empty() {
            let expected = "position, source, pace, length and kind of inputs that are carried";
            return Err(damaged(TRANSPORTS, format!("{row:?}"), expected));
        }
        inputs[to_count(*at)].transport = Some(Transport {
            source: to_count(*source),
            pace: to_count(*pace),
            length: *length,
            cargo: Cargo::ALL[to_count(*kind)],
        });
    }
    Ok(())
}
