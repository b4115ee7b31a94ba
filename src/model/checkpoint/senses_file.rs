//! What a model knows of pictures, sound and checklists, in its file.

use serde::{Deserialize, Serialize};

use crate::model::{
    FittedModel, ModelError,
    picture::Decoder,
    senses::{Memory, Reader, Senses, Sighted},
};

use super::{archive::Archive, model_file::damaged};

/// The part that is words and small numbers.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct SensesHeader {
    /// Oldest record that counts and how many are averaged, of each modality that is read.
    readers: [Option<(usize, usize)>; 3],
    sighted: Vec<SightedHeader>,
}

#[derive(Debug, Serialize, Deserialize)]
struct SightedHeader {
    set: [bool; 3],
    /// Which outputs its model answers.
    better: Vec<bool>,
}

/// Writes the arrays and gives the header.
pub(super) fn put_senses(archive: &mut Archive, senses: &Senses) -> SensesHeader {
    for (at, reader) in senses.readers.iter().enumerate() {
        if let Some(reader) = reader {
            let name = |part: &str| format!("senses.{at}.{part}");
            archive.put(&name("center"), reader.center.clone());
            archive.put(&name("weights"), reader.weights.clone());
            archive.put(&name("explained"), reader.explained.clone());
            archive.put(&name("memory"), reader.memory.slopes.concat());
        }
    }
    for (set, sighted) in senses.sighted.iter().enumerate() {
        archive.put_bytes(&format!("senses.model{set}"), sighted.model.to_bytes());
    }
    let readers = [0, 1, 2].map(|at| {
        let reader = senses.readers[at].as_ref();
        reader.map(|reader| (reader.max_age_steps, reader.n_mean))
    });
    let sighted = senses.sighted.iter().map(|one| SightedHeader {
        set: one.set,
        better: one.better.clone(),
    });
    SensesHeader {
        readers,
        sighted: sighted.collect(),
    }
}

/// Reads [`put_senses`] back.
pub(super) fn take_senses(
    archive: &mut Archive,
    header: &SensesHeader,
) -> Result<Senses, ModelError> {
    let mut senses = Senses::default();
    for (at, reader) in header.readers.iter().enumerate() {
        if let Some((max_age_steps, n_mean)) = *reader {
            senses.readers[at] = Some(take_reader(archive, at, (max_age_steps, n_mean))?);
        }
    }
    for (set, one) in header.sighted.iter().enumerate() {
        let bytes = archive.take_bytes(&format!("senses.model{set}"))?;
        senses.sighted.push(Sighted {
            set: one.set,
            better: one.better.clone(),
            model: Box::new(FittedModel::from_bytes(&bytes)?),
        });
    }
    Ok(senses)
}

fn take_reader(
    archive: &mut Archive,
    at: usize,
    (max_age_steps, n_mean): (usize, usize),
) -> Result<Reader, ModelError> {
    let mut take = |part: &str| archive.take(&format!("senses.{at}.{part}"));
    let center = take("center")?;
    let weights = take("weights")?;
    let explained = take("explained")?;
    let memory = take("memory")?;
    let n_dims = weights.len() / center.len().max(1);
    let knots = memory.len() / n_dims.max(1);
    if n_dims == 0 || knots == 0 || memory.len() != n_dims * knots {
        let found = format!("{} of {}", memory.len(), weights.len());
        return Err(damaged("senses", found, "as many slopes as numbers need"));
    }
    Ok(Reader {
        center,
        weights,
        explained,
        max_age_steps,
        n_mean,
        memory: Memory {
            slopes: memory.chunks(knots).map(<[f64]>::to_vec).collect(),
        },
    })
}

/// Writes a decoder of pictures and gives their width and height.
pub(super) fn put_decoder(archive: &mut Archive, decoder: Option<&Decoder>) -> [usize; 2] {
    let Some(one) = decoder else { return [0, 0] };
    archive.put_single("picture.mean", vec![one.mean.len()], &one.mean);
    archive.put_single("picture.basis", vec![one.basis.len()], &one.basis);
    archive.put("pictures.ranges", one.ranges.concat());
    archive.put("pictures.weights", one.weights.clone());
    [one.width, one.height]
}

/// Reads [`put_decoder`] back.
pub(super) fn take_decoder(
    archive: &mut Archive,
    [width, height]: [usize; 2],
) -> Result<Option<Decoder>, ModelError> {
    if width * height == 0 {
        return Ok(None);
    }
    let mut singles = archive.take_singles("picture.");
    let mut take = |name: &str| singles.remove(name).map(|one| one.1).unwrap_or_default();
    let (mean, basis) = (take("mean"), take("basis"));
    let ranges = archive.take("pictures.ranges")?;
    let weights = archive.take("pictures.weights")?;
    if mean.len() != 3 * width * height || basis.is_empty() || basis.len() % mean.len() != 0 {
        let found = format!("{} and {} values", mean.len(), basis.len());
        return Err(damaged(
            "picture",
            found,
            "pictures of the size that is said",
        ));
    }
    Ok(Some(Decoder {
        width,
        height,
        mean,
        basis,
        ranges: ranges.as_chunks::<2>().0.to_vec(),
        weights,
    }))
}
