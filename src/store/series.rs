//! The sensors' numbers as Parquet: one column a channel, one row group an episode, exact to the
//! bit.
//!
//! Plain encoding without a dictionary: a dictionary would merge 0 and −0. Missing values are NaN,
//! as everywhere in the program, not nulls.

use std::{collections::BTreeSet, io::Write, ops::Range, path::Path, sync::Arc};

use parquet::{
    basic::{Compression, Repetition, Type as Physical},
    column::{reader::ColumnReader, writer::ColumnWriter},
    errors::ParquetError,
    file::{
        metadata::KeyValue,
        properties::{EnabledStatistics, WriterProperties},
        reader::{FileReader as _, SerializedFileReader},
        writer::SerializedFileWriter,
    },
    schema::types::Type,
};

use super::{StoreError, blob};
use crate::{
    base::{n_threads, open_file, parallel_map, time_of_step, write_atomic},
    data::{Dataset, Trajectory},
};

/// Parquet numbers row groups with 16 bits; beyond this many episodes several share one.
const MAX_GROUPS: usize = 30_000;

/// Series of fewer rows are read by one thread.
const SHORT_ROWS: usize = 100_000;

/// A column to write.
enum Column<'a> {
    Whole(Vec<i64>),
    Real(&'a [f64]),
}

/// Writes the dataset's numbers as a file.
pub(super) fn encode<W: Write + Send>(dataset: &Dataset, out: W) -> Result<(), ParquetError> {
    let names: Vec<String> = dataset
        .channels
        .iter()
        .map(|channel| channel.name.clone())
        .collect();
    let per_group = episodes_per_group(dataset.episodes.len());
    if per_group == 1 {
        let groups: Vec<Vec<Column<'_>>> = dataset
            .episodes
            .iter()
            .map(|episode| {
                episode
                    .columns
                    .iter()
                    .map(|column| Column::Real(column))
                    .collect()
            })
            .collect();
        return encode_groups("gemba-series", &names, &groups, out);
    }
    let joined: Vec<Vec<Vec<f64>>> = dataset
        .episodes
        .chunks(per_group)
        .map(|episodes| {
            (0..names.len())
                .map(|channel| {
                    episodes
                        .iter()
                        .flat_map(|episode| episode.columns[channel].iter().copied())
                        .collect()
                })
                .collect()
        })
        .collect();
    let groups: Vec<Vec<Column<'_>>> = joined
        .iter()
        .map(|group| group.iter().map(|column| Column::Real(column)).collect())
        .collect();
    encode_groups("gemba-series", &names, &groups, out)
}

/// The columns of each episode, `[episode][channel]`.
pub(super) fn decode(
    path: &Path,
    n_channels: usize,
    lengths: &[usize],
) -> Result<Vec<Vec<Vec<f64>>>, StoreError> {
    // Each thread opens the file for itself; for a short one that costs more than it brings.
    let n_rows = lengths
        .iter()
        .fold(0, |sum: usize, length| sum.saturating_add(*length));
    let n_shares = if n_rows < SHORT_ROWS { 1 } else { n_threads() };
    let n_shares = n_shares.min(n_channels).max(1);
    let shares = (0..n_shares)
        .map(|share| share * n_channels / n_shares..(share + 1) * n_channels / n_shares)
        .collect();
    let mut episodes: Vec<Vec<Vec<f64>>> = vec![Vec::with_capacity(n_channels); lengths.len()];
    for share in parallel_map(shares, |channels| read_channels(path, channels, lengths)) {
        for column in share? {
            for (episode, values) in episodes.iter_mut().zip(column) {
                episode.push(values);
            }
        }
    }
    Ok(episodes)
}

/// The columns of some channels, `[channel][episode]`.
fn read_channels(
    path: &Path,
    channels: Range<usize>,
    lengths: &[usize],
) -> Result<Vec<Vec<Vec<f64>>>, StoreError> {
    let wrap = |error: ParquetError| blob::damaged(path, error.to_string());
    let reader = SerializedFileReader::new(open_file(path)?).map_err(wrap)?;
    let mut columns: Vec<Vec<Vec<f64>>> = vec![Vec::with_capacity(lengths.len()); channels.len()];
    for (group, lengths) in lengths
        .chunks(episodes_per_group(lengths.len()))
        .enumerate()
    {
        let group = reader.get_row_group(group).map_err(wrap)?;
        let n_rows: usize = lengths.iter().sum();
        for (column, channel) in columns.iter_mut().zip(channels.clone()) {
            let open = group.get_column_reader(channel).map_err(wrap)?;
            let mut values = read_reals(open, n_rows).map_err(wrap)?;
            if values.len() != n_rows {
                let found = format!(
                    "column {channel} has {} rows, expected {n_rows}",
                    values.len()
                );
                return Err(blob::damaged(path, found));
            }
            // From the end on, so that a lone episode keeps what was read.
            let mut parts = Vec::with_capacity(lengths.len());
            for length in lengths.iter().skip(1).rev() {
                parts.push(values.split_off(values.len() - length));
            }
            parts.push(values);
            column.extend(parts.into_iter().rev());
        }
    }
    Ok(columns)
}

/// Writes a rollout as Parquet: step, time in ns since 1970 UTC, and five columns an output: its
/// name for the mean, then `_lo50`, `_hi50`, `_lo90`, `_hi90`.
///
/// # Errors
///
/// [`StoreError`] where the file cannot be written.
pub fn write_trajectory_parquet(
    path: &Path,
    dataset: &Dataset,
    trajectory: &Trajectory,
) -> Result<(), StoreError> {
    let steps: Vec<i64> = (0..).take(trajectory.n_steps).collect();
    let time = |step: usize| time_of_step(trajectory.start_ns, step, trajectory.step_secs);
    let times = (0..trajectory.n_steps).map(time).collect();
    let mut names = vec!["step".to_owned(), "time_ns".to_owned()];
    let mut columns = vec![Column::Whole(steps), Column::Whole(times)];
    for (output, &channel) in trajectory.channels.iter().enumerate() {
        let name = dataset
            .channels
            .get(channel)
            .map_or("", |channel| &channel.name);
        for (ending, values) in trajectory.columns(output) {
            names.push(format!("{name}{ending}"));
            columns.push(Column::Real(values));
        }
    }
    let mut bytes = Vec::new();
    encode_groups("gemba-trajectory", &unique(names), &[columns], &mut bytes)
        .map_err(|error| StoreError::no_form("rollout", &error))?;
    write_atomic(path, &bytes)?;
    Ok(())
}

fn episodes_per_group(n_episodes: usize) -> usize {
    n_episodes.div_ceil(MAX_GROUPS).max(1)
}

fn encode_groups<W: Write + Send>(
    format: &str,
    names: &[String],
    groups: &[Vec<Column<'_>>],
    out: W,
) -> Result<(), ParquetError> {
    let mut fields = Vec::with_capacity(names.len());
    for (position, name) in names.iter().enumerate() {
        let is_whole = groups
            .first()
            .is_some_and(|group| matches!(group[position], Column::Whole(_)));
        let physical = if is_whole {
            Physical::INT64
        } else {
            Physical::DOUBLE
        };
        let field = Type::primitive_type_builder(name, physical)
            .with_repetition(Repetition::REQUIRED)
            .build()?;
        fields.push(Arc::new(field));
    }
    let schema = Type::group_type_builder(format)
        .with_fields(fields)
        .build()?;
    let marks = [("format", format), ("version", "1")]
        .map(|(key, value)| KeyValue::new(key.to_owned(), value.to_owned()));
    let properties = WriterProperties::builder()
        .set_created_by("gemba".to_owned())
        .set_compression(Compression::SNAPPY)
        .set_dictionary_enabled(false)
        .set_statistics_enabled(EnabledStatistics::None)
        .set_key_value_metadata(Some(marks.to_vec()))
        .build();
    let mut writer = SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties))?;
    for group in groups {
        let mut row_group = writer.next_row_group()?;
        for column in group {
            let Some(mut open) = row_group.next_column()? else {
                break;
            };
            match (open.untyped(), column) {
                (ColumnWriter::DoubleColumnWriter(to), Column::Real(values)) => {
                    to.write_batch(values, None, None)?;
                }
                (ColumnWriter::Int64ColumnWriter(to), Column::Whole(values)) => {
                    to.write_batch(values, None, None)?;
                }
                _ => {
                    return Err(ParquetError::General(
                        "a column changed its type".to_owned(),
                    ));
                }
            }
            open.close()?;
        }
        row_group.close()?;
    }
    writer.close()?;
    Ok(())
}

fn read_reals(column: ColumnReader, n_rows: usize) -> Result<Vec<f64>, ParquetError> {
    let ColumnReader::DoubleColumnReader(mut reader) = column else {
        return Err(ParquetError::General("a column is not DOUBLE".to_owned()));
    };
    let mut values = Vec::new();
    while values.len() < n_rows {
        let (n_read, _, _) = reader.read_records(n_rows - values.len(), None, None, &mut values)?;
        if n_read == 0 {
            break;
        }
    }
    Ok(values)
}

/// Names that differ; a channel may be called `flow_lo50`.
fn unique(names: Vec<String>) -> Vec<String> {
    let mut taken = BTreeSet::new();
    names
        .into_iter()
        .map(|mut name| {
            while !taken.insert(name.clone()) {
                name.push('_');
            }
            name
        })
        .collect()
}
