//! The channels' scales in a model's file.

use super::archive::{Archive, damaged};
use crate::model::{
    ModelError,
    normalizer::{NamedScale, Scale},
    rails::End,
};

/// Eleven numbers a channel: centre, unit, spread, the least and the greatest value met, whether it rests
/// at its lower and at its upper end, and where and how blurred each of these is.
pub(super) fn put_scales(archive: &mut Archive, name: &str, list: &[NamedScale]) {
    let numbers = list.iter().flat_map(|one| {
        let scale = one.scale;
        let [low, high] = scale.ends;
        [
            scale.center,
            scale.unit,
            scale.spread,
            scale.low,
            scale.high,
            f64::from(u8::from(low.is_some())),
            f64::from(u8::from(high.is_some())),
            low.map_or(0.0, |end| end.value),
            low.map_or(0.0, |end| end.blur),
            high.map_or(0.0, |end| end.value),
            high.map_or(0.0, |end| end.blur),
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
    // Files before version 5 do not say whether channels rest, those before 12 only that they rest at
    // the least or the greatest value met.
    let of_before = [5, 7]
        .into_iter()
        .find(|n| numbers.len() == n * names.len());
    let n = of_before.unwrap_or(11);
    if numbers.len() != n * names.len() {
        return Err(damaged(
            name,
            numbers.len().to_string(),
            "eleven numbers a channel",
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
            ends: [0, 1].map(|at| {
                let rests = row.get(5 + at).is_some_and(|rests| *rests > 0.0);
                let end = End {
                    value: row.get(7 + 2 * at).copied().unwrap_or(row[3 + at]),
                    blur: row.get(8 + 2 * at).copied().unwrap_or(0.0),
                };
                rests.then_some(end)
            }),
        },
        derived: None,
    });
    Ok(scales.collect())
}
