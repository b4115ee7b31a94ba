//! What a model knows of pictures, sound and checklists, in its file.

use serde::{Deserialize, Serialize};

use crate::{
    base::to_f32,
    model::{
        FittedModel, ModelError,
        picture::{Decoder, Painter},
        senses::{Attend, Dims, Encoder, Fused, Memory, Reader, Scale, Senses, Shape, Sighted},
    },
};

use super::archive::{Archive, damaged};

/// The part that is words and small numbers.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct SensesHeader {
    /// Oldest record that counts and how many are averaged, of each modality that is read.
    readers: [Option<(usize, usize)>; 3],
    sighted: Vec<SightedHeader>,
    /// What learned encoders read: rows, columns and channels of the grid, features, numbers,
    /// nets.
    #[serde(default)]
    encoders: [Option<[usize; 6]>; 3],
    /// How modalities are put together, where they are.
    #[serde(default)]
    fused: Option<FusedHeader>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct FusedHeader {
    tokens: [usize; 3],
    state: usize,
    numbers: usize,
    n_blocks: usize,
    readers: [Option<(usize, usize)>; 3],
    reader: (usize, usize),
}

#[derive(Debug, Serialize, Deserialize)]
struct SightedHeader {
    set: [bool; 3],
    /// Which outputs its model answers.
    better: Vec<bool>,
    /// Which of them it answers however far; all in files from before that was looked at.
    #[serde(default)]
    far: Vec<bool>,
    #[serde(default)]
    until: usize,
    #[serde(default)]
    is_fused: bool,
}

/// Writes the arrays and gives the header.
pub(super) fn put_senses(archive: &mut Archive, senses: &Senses) -> SensesHeader {
    let readers = put_readers(archive, "senses", &senses.readers);
    let encoders = [0, 1, 2].map(|at| {
        let encoder = senses.encoders[at].as_ref();
        encoder.map(|encoder| put_encoder(archive, at, encoder))
    });
    let fused = senses.fused.as_ref().map(|one| put_fused(archive, one));
    for (set, sighted) in senses.sighted.iter().enumerate() {
        archive.put_bytes(&format!("senses.model{set}"), sighted.model.to_bytes());
    }
    let sighted = senses.sighted.iter().map(|one| SightedHeader {
        set: one.set,
        better: one.better.clone(),
        far: one.far.clone(),
        until: one.until,
        is_fused: one.is_fused,
    });
    SensesHeader {
        readers,
        sighted: sighted.collect(),
        encoders,
        fused,
    }
}

/// Reads [`put_senses`] back.
pub(super) fn take_senses(
    archive: &mut Archive,
    header: &SensesHeader,
) -> Result<Senses, ModelError> {
    let mut senses = Senses {
        readers: take_readers(archive, "senses", &header.readers)?,
        ..Senses::default()
    };
    for (at, sizes) in header.encoders.iter().enumerate() {
        let sizes = sizes.as_ref();
        senses.encoders[at] = sizes
            .map(|sizes| take_encoder(archive, at, *sizes))
            .transpose()?;
    }
    let fused = header.fused.as_ref();
    senses.fused = fused
        .map(|header| take_fused(archive, header))
        .transpose()?;
    for (set, one) in header.sighted.iter().enumerate() {
        let bytes = archive.take_bytes(&format!("senses.model{set}"))?;
        senses.sighted.push(Sighted {
            set: one.set,
            is_fused: one.is_fused,
            far: if one.far.len() == one.better.len() {
                one.far.clone()
            } else {
                vec![true; one.better.len()]
            },
            until: one.until,
            better: one.better.clone(),
            model: Box::new(FittedModel::from_bytes(&bytes)?),
        });
    }
    Ok(senses)
}

type Ages = [Option<(usize, usize)>; 3];

fn put_readers(archive: &mut Archive, section: &str, readers: &[Option<Reader>; 3]) -> Ages {
    [0, 1, 2].map(|at| {
        let reader = readers[at].as_ref()?;
        Some(put_reader(archive, &format!("{section}.{at}"), reader))
    })
}

fn put_reader(archive: &mut Archive, section: &str, reader: &Reader) -> (usize, usize) {
    let name = |part: &str| format!("{section}.{part}");
    archive.put(&name("center"), reader.center.clone());
    archive.put(&name("weights"), reader.weights.clone());
    archive.put(&name("explained"), reader.explained.clone());
    archive.put(&name("memory"), reader.memory.slopes.concat());
    (reader.max_age_steps, reader.n_mean)
}

fn take_readers(
    archive: &mut Archive,
    section: &str,
    ages: &Ages,
) -> Result<[Option<Reader>; 3], ModelError> {
    let mut readers = [None, None, None];
    for (at, age) in ages.iter().enumerate() {
        if let Some(age) = *age {
            readers[at] = Some(take_reader(archive, &format!("{section}.{at}"), age)?);
        }
    }
    Ok(readers)
}

fn put_encoder(archive: &mut Archive, at: usize, encoder: &Encoder) -> [usize; 6] {
    let name = |part: &str| format!("learned.{at}.{part}");
    let scale = &encoder.scale;
    let parts = [
        ("grid", &scale.grid),
        ("grid_spread", &scale.grid_spread),
        ("row", &scale.row),
        ("row_spread", &scale.row_spread),
        ("code", &encoder.code),
    ];
    for (part, values) in parts {
        archive.put_single(&name(part), vec![values.len()], values);
    }
    for (net, weights) in encoder.nets.iter().enumerate() {
        archive.put_single(&name(&format!("net{net}")), vec![weights.len()], weights);
    }
    let [rows, columns, channels] = encoder.dims.grid;
    let dims = encoder.dims;
    [
        rows,
        columns,
        channels,
        dims.row,
        dims.numbers,
        encoder.nets.len(),
    ]
}

fn take_encoder(
    archive: &mut Archive,
    at: usize,
    [rows, columns, channels, row, numbers, n_nets]: [usize; 6],
) -> Result<Encoder, ModelError> {
    let mut singles = archive.take_singles(&format!("learned.{at}."));
    let mut take = |name: &str| singles.remove(name).map(|one| one.1).unwrap_or_default();
    let encoder = Encoder {
        dims: Dims {
            grid: [rows, columns, channels],
            row,
            numbers,
        },
        scale: Scale {
            grid: take("grid"),
            grid_spread: take("grid_spread"),
            row: take("row"),
            row_spread: take("row_spread"),
        },
        code: take("code"),
        nets: (0..n_nets).map(|net| take(&format!("net{net}"))).collect(),
    };
    let (scale, n_grid) = (&encoder.scale, encoder.dims.n_grid());
    let fits = scale.grid.len() == n_grid
        && (n_grid == 0 || scale.grid_spread.len() == channels)
        && scale.row.len() == row
        && scale.row_spread.len() == row
        && encoder.is_whole();
    if !fits {
        let found = format!("{n_nets} nets of {rows}×{columns}×{channels} and {row}");
        return Err(damaged("learned", found, "weights and scales of that size"));
    }
    Ok(encoder)
}

fn put_fused(archive: &mut Archive, fused: &Fused) -> FusedHeader {
    for (at, block) in fused.attend.blocks.iter().enumerate() {
        archive.put_single(&format!("attend.block{at}"), vec![block.len()], block);
    }
    FusedHeader {
        tokens: fused.attend.shape.tokens,
        state: fused.attend.shape.state,
        numbers: fused.attend.shape.numbers,
        n_blocks: fused.attend.blocks.len(),
        readers: put_readers(archive, "voices", &fused.readers),
        reader: put_reader(archive, "fused", &fused.reader),
    }
}

fn take_fused(archive: &mut Archive, header: &FusedHeader) -> Result<Fused, ModelError> {
    let mut singles = archive.take_singles("attend.");
    let mut take = |name: &str| singles.remove(name).map(|one| one.1).unwrap_or_default();
    let attend = Attend {
        shape: Shape {
            tokens: header.tokens,
            state: header.state,
            numbers: header.numbers,
        },
        blocks: (0..header.n_blocks)
            .map(|at| take(&format!("block{at}")))
            .collect(),
    };
    let n_weights = attend.n_weights();
    if attend.blocks.is_empty() || attend.blocks.iter().any(|block| block.len() != n_weights) {
        let found = format!("{} blocks", header.n_blocks);
        return Err(damaged("attend", found, "weights of the size that is said"));
    }
    Ok(Fused {
        readers: take_readers(archive, "voices", &header.readers)?,
        attend,
        reader: take_reader(archive, "fused", header.reader)?,
    })
}

fn take_reader(
    archive: &mut Archive,
    section: &str,
    (max_age_steps, n_mean): (usize, usize),
) -> Result<Reader, ModelError> {
    let mut take = |part: &str| archive.take(&format!("{section}.{part}"));
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
    if let Some(painter) = &one.painter {
        let (scales, weights) = (&painter.scales, &painter.weights);
        archive.put_single("painter.scales", vec![scales.len()], scales);
        archive.put_single("painter.weights", vec![weights.len()], weights);
        archive.put("paint.gains", [f64::from(painter.gain), painter.brought]);
    }
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
    let painter = take_painter(archive, [width, height])?;
    Ok(Some(Decoder {
        painter,
        width,
        height,
        mean,
        basis,
        ranges: ranges.as_chunks::<2>().0.to_vec(),
        weights,
    }))
}

/// Reads the net beside a decoder; models without one have no such arrays.
fn take_painter(
    archive: &mut Archive,
    [width, height]: [usize; 2],
) -> Result<Option<Painter>, ModelError> {
    let mut singles = archive.take_singles("painter.");
    if singles.is_empty() {
        return Ok(None);
    }
    let mut take = |name: &str| singles.remove(name).map(|one| one.1).unwrap_or_default();
    let gains = archive.take("paint.gains")?;
    let &[gain, brought] = gains.as_slice() else {
        return Err(damaged("painter", gains.len().to_string(), "2 numbers"));
    };
    let painter = Painter {
        scales: take("scales"),
        weights: take("weights"),
        gain: to_f32(gain),
        brought,
    };
    if !painter.fits(width, height) {
        let found = format!("{} weights", painter.weights.len());
        return Err(damaged(
            "painter",
            found,
            "weights of the size that is said",
        ));
    }
    Ok(Some(painter))
}
