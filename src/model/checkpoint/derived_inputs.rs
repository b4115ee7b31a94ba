//! Inputs that are made of others, as numbers in a model's file.

use super::archive::{Archive, damaged};
use crate::{
    base::to_count,
    model::{
        ModelError,
        derived::{Derived, Level},
        normalizer::NamedScale,
        transport::{Cargo, Transport},
    },
};

/// What is carried: position, those of source and pace, the length, and what of it acts.
const TRANSPORTS: &str = "normalizer.transports";
/// Levels: position, that of the source, and three knots.
const LEVELS: &str = "normalizer.levels";
/// Numbers of one row of either.
const WIDTH: usize = 5;

/// Puts both arrays; none where nothing is of its kind.
pub(super) fn put_derived(archive: &mut Archive, inputs: &[NamedScale]) {
    let (mut carried, mut levels) = (Vec::new(), Vec::new());
    for (at, input) in inputs.iter().enumerate() {
        match input.derived {
            Some(Derived::Carried(one)) => {
                let kind = Cargo::ALL.iter().position(|kind| *kind == one.cargo);
                carried.extend([at, one.source, one.pace].map(|place| place as f64));
                carried.extend([one.length, kind.unwrap_or(0) as f64]);
            }
            Some(Derived::Near(one)) => {
                levels.extend([at, one.source].map(|place| place as f64));
                levels.extend(one.knots);
            }
            None => {}
        }
    }
    for (name, numbers) in [(TRANSPORTS, carried), (LEVELS, levels)] {
        if !numbers.is_empty() {
            archive.put(name, numbers);
        }
    }
}

/// Reads them back.
///
/// # Errors
///
/// [`ModelError::Damaged`] where one is made of what is no input or is made of others itself.
pub(super) fn take_derived(
    archive: &mut Archive,
    inputs: &mut [NamedScale],
) -> Result<(), ModelError> {
    let mut rows = |name: &str| -> Result<Vec<[f64; WIDTH]>, ModelError> {
        if !archive.has(name) {
            return Ok(Vec::new());
        }
        let numbers = archive.take(name)?;
        let (rows, rest) = numbers.as_chunks::<WIDTH>();
        if !rest.is_empty() {
            return Err(damaged(name, format!("{rest:?}"), "five numbers a row"));
        }
        Ok(rows.to_vec())
    };
    let (carried, levels) = (rows(TRANSPORTS)?, rows(LEVELS)?);
    let n_plain = inputs.len().saturating_sub(carried.len() + levels.len());
    let place = |place: f64, range: std::ops::Range<usize>| {
        let is_whole = place.fract() == 0.0 && place >= 0.0;
        (is_whole && range.contains(&to_count(place))).then(|| to_count(place))
    };
    let all = n_plain..inputs.len();
    for row in carried {
        let [at, source, pace, length, kind] = row;
        let is_length = length.is_finite() && length >= 0.0;
        let read = || {
            let one = Transport {
                source: place(source, 0..n_plain)?,
                pace: place(pace, 0..n_plain)?,
                length: Some(length).filter(|_| is_length)?,
                cargo: Cargo::ALL[place(kind, 0..Cargo::ALL.len())?],
            };
            Some((place(at, all.clone())?, Derived::Carried(one)))
        };
        let expected = "position, source, pace, length and kind of inputs that are carried";
        let found = read().ok_or_else(|| damaged(TRANSPORTS, format!("{row:?}"), expected));
        let (at, one) = found?;
        inputs[at].derived = Some(one);
    }
    for row in levels {
        let [at, source, low, level, high] = row;
        let rises = low < level && level < high && (high - low).is_finite();
        let read = || {
            let one = Level {
                source: place(source, 0..n_plain)?,
                knots: Some([low, level, high]).filter(|_| rises)?,
            };
            Some((place(at, all.clone())?, Derived::Near(one)))
        };
        let expected = "position, source and three rising levels of an input";
        let found = read().ok_or_else(|| damaged(LEVELS, format!("{row:?}"), expected));
        let (at, one) = found?;
        inputs[at].derived = Some(one);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::normalizer::Scale;

    fn inputs(derived: &[Option<Derived>]) -> Vec<NamedScale> {
        let named = |derived: &Option<Derived>| NamedScale {
            name: "input".to_owned(),
            scale: Scale::SILENT,
            derived: *derived,
        };
        derived.iter().map(named).collect()
    }

    fn read(name: &str, numbers: Vec<f64>) -> Result<Vec<NamedScale>, ModelError> {
        let mut archive = Archive::default();
        archive.put(name, numbers);
        let mut inputs = inputs(&[None; 3]);
        take_derived(&mut archive, &mut inputs)?;
        Ok(inputs)
    }

    #[test]
    fn what_is_made_of_others_is_read_back() {
        let all = inputs(&[
            None,
            None,
            Some(Derived::Carried(Transport {
                source: 0,
                pace: 1,
                length: 12.5,
                cargo: Cargo::Amount,
            })),
            Some(Derived::Near(Level {
                source: 1,
                knots: [0.0, 1.0, 3.0],
            })),
        ]);
        let mut archive = Archive::default();
        put_derived(&mut archive, &all);
        let mut back = inputs(&[None; 4]);
        take_derived(&mut archive, &mut back).unwrap();
        assert_eq!(back, all);
    }

    #[test]
    fn a_damaged_file_makes_no_input_of_what_is_none() {
        assert!(read(TRANSPORTS, vec![2.0, 0.0, 1.0, 12.0, 0.0]).is_ok());
        assert!(read(LEVELS, vec![2.0, 0.0, 1.0, 2.0, 3.0]).is_ok());
        for numbers in [
            // Made of itself, of one that is not there, of a part of one.
            vec![2.0, 2.0, 1.0, 12.0, 0.0],
            vec![2.0, 0.0, 9.0, 12.0, 0.0],
            vec![2.0, 0.5, 1.0, 12.0, 0.0],
            // In the place of a channel; of a negative, an endless or no length; of no kind; cut off.
            vec![0.0, 0.0, 1.0, 12.0, 0.0],
            vec![2.0, 0.0, 1.0, -1.0, 0.0],
            vec![2.0, 0.0, 1.0, f64::INFINITY, 0.0],
            vec![2.0, 0.0, 1.0, f64::NAN, 0.0],
            vec![2.0, 0.0, 1.0, 12.0, 3.0],
            vec![2.0, 0.0, 1.0, 12.0],
        ] {
            let found = read(TRANSPORTS, numbers.clone());
            assert!(
                matches!(found, Err(ModelError::Damaged { .. })),
                "{numbers:?}"
            );
        }
        for numbers in [
            vec![2.0, 2.0, 1.0, 2.0, 3.0],
            vec![2.0, 0.0, 1.0, 1.0, 3.0],
            vec![2.0, 0.0, 3.0, 2.0, 1.0],
            vec![2.0, 0.0, f64::NEG_INFINITY, 2.0, 3.0],
            vec![2.0, 0.0, 1.0, f64::NAN, 3.0],
            vec![0.0, 0.0, 1.0, 2.0, 3.0],
            vec![2.0],
        ] {
            let found = read(LEVELS, numbers.clone());
            assert!(
                matches!(found, Err(ModelError::Damaged { .. })),
                "{numbers:?}"
            );
        }
    }
}
