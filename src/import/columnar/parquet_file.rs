//! Reads a Parquet file as text, row by row; nested columns are left out and named.

use std::path::Path;

use parquet::{
    basic::{LogicalType, TimeUnit},
    errors::ParquetError,
    file::reader::{FileReader as _, SerializedFileReader},
    record::Field,
    schema::types::Type,
};

use super::flat::{Flat, clock_text, date_text, no_flat_column};
use crate::{
    base::{Phrase, StopToken, Stopped, io_phrase, open_file},
    import::cells::{CellText, MOST_TEXT_BYTES, iso_time},
};

/// How a column of whole numbers tells time.
#[derive(Debug, Clone, Copy)]
struct Clock {
    unit_ns: i128,
    is_utc: bool,
}

/// Reads a whole file.
///
/// # Errors
///
/// A sentence where it is broken, packed by an unknown method or larger than is read, or on a stop.
pub(in crate::import) fn read(path: &Path, stop: &StopToken) -> Result<Flat, Phrase> {
    let file = open_file(path).map_err(|error| io_phrase(&error.source))?;
    let reader = SerializedFileReader::new(file).map_err(|error| no_parquet(&error))?;
    let meta = reader.metadata();
    check_size(meta)?;
    let schema = meta.file_metadata().schema();
    let (mut kept, mut nested, mut clocks) = (Vec::new(), Vec::new(), Vec::new());
    for field in schema.get_fields() {
        if field.is_primitive() {
            clocks.push(clock_of(field));
            kept.push(field.clone());
        } else {
            nested.push(field.name().to_owned());
        }
    }
    if kept.is_empty() {
        return Err(no_flat_column());
    }
    let mut out = CellText::default();
    for field in &kept {
        out.push(field.name());
    }
    out.end_row()?;
    let wanted = Type::group_type_builder(schema.name())
        .with_fields(kept)
        .build()
        .map_err(|error| no_rows(&error))?;
    let rows = reader
        .get_row_iter(Some(wanted))
        .map_err(|error| no_rows(&error))?;
    for (number, row) in rows.enumerate() {
        if number.is_multiple_of(4096) {
            stop.check().map_err(Stopped::phrase)?;
        }
        let row = row.map_err(|error| packed_how(number, &error))?;
        for ((_, field), clock) in row.get_column_iter().zip(&clocks) {
            push(&mut out, field, *clock);
        }
        out.end_row()?;
    }
    Ok(Flat {
        text: out.into_text(),
        nested,
    })
}

fn no_parquet(error: &ParquetError) -> Phrase {
    let words = format!("it is no Parquet file that can be read ({error})");
    Phrase::new("detail-parquet", words).with("error", error)
}

fn no_rows(error: &ParquetError) -> Phrase {
    let words = format!("its rows cannot be read ({error})");
    Phrase::new("detail-parquet-rows", words).with("error", error)
}

fn packed_how(row: usize, error: &ParquetError) -> Phrase {
    let row = row + 1;
    let words = format!(
        "it breaks off at row {row} ({error}); write it again without compression, or with snappy \
         or gzip"
    );
    Phrase::new("detail-parquet-cut", words)
        .with("row", row)
        .with("error", error)
}

/// Sizes are declared in the file's last part: they are checked before anything is unpacked.
fn check_size(meta: &parquet::file::metadata::ParquetMetaData) -> Result<(), Phrase> {
    let declared: i64 = meta
        .row_groups()
        .iter()
        .map(|group| group.total_byte_size().max(0))
        .fold(0, i64::saturating_add);
    let n_rows = meta.file_metadata().num_rows();
    let n_columns = meta.file_metadata().schema_descr().num_columns();
    let n_cells = u64::try_from(n_rows)
        .unwrap_or(0)
        .saturating_mul(n_columns as u64);
    let most = MOST_TEXT_BYTES as u64;
    if u64::try_from(declared).unwrap_or(0) > most || n_cells > most {
        return Err(too_large(n_rows, n_columns, declared));
    }
    Ok(())
}

fn too_large(n_rows: i64, n_columns: usize, n_bytes: i64) -> Phrase {
    let words = format!(
        "it declares {n_rows} rows of {n_columns} columns and {n_bytes} bytes, expected at most \
         {MOST_TEXT_BYTES}; export a shorter stretch of time"
    );
    Phrase::new("detail-parquet-large", words)
        .with("rows", n_rows)
        .with("columns", n_columns)
        .with("bytes", n_bytes)
        .with("most", MOST_TEXT_BYTES)
}

/// The unit of a time column. The row reader knows milliseconds and microseconds by itself.
fn clock_of(field: &Type) -> Option<Clock> {
    let Some(LogicalType::Timestamp(kind)) = field.get_basic_info().logical_type_ref() else {
        return None;
    };
    let unit_ns = match kind.unit {
        TimeUnit::MILLIS => 1_000_000,
        TimeUnit::MICROS => 1_000,
        TimeUnit::NANOS => 1,
    };
    Some(Clock {
        unit_ns,
        is_utc: kind.is_adjusted_to_u_t_c,
    })
}

fn push(out: &mut CellText, field: &Field, clock: Option<Clock>) {
    let is_utc = clock.is_some_and(|clock| clock.is_utc);
    let time = |value: i64, unit_ns: i128| iso_time(i128::from(value) * unit_ns, is_utc);
    match field {
        Field::Double(value) => out.push_number(*value),
        // A single-precision number is written as its own shortest text: 0.1 stays 0.1.
        Field::Float(value) if value.is_nan() => out.push(""),
        Field::Float(value) => out.push(&value.to_string()),
        Field::Long(value) => match clock {
            Some(clock) => out.push(&time(*value, clock.unit_ns)),
            None => out.push(&value.to_string()),
        },
        Field::TimestampMillis(value) => out.push(&time(*value, 1_000_000)),
        Field::TimestampMicros(value) => out.push(&time(*value, 1_000)),
        Field::Date(days) => out.push(&date_text(i64::from(*days))),
        Field::TimeMillis(value) => out.push(&clock_text(i64::from(*value) * 1000)),
        Field::TimeMicros(value) => out.push(&clock_text(*value)),
        Field::Bool(yes) => out.push(if *yes { "1" } else { "0" }),
        Field::Int(value) => out.push(&value.to_string()),
        Field::Short(value) => out.push(&value.to_string()),
        Field::Byte(value) => out.push(&value.to_string()),
        Field::UByte(value) => out.push(&value.to_string()),
        Field::UShort(value) => out.push(&value.to_string()),
        Field::UInt(value) => out.push(&value.to_string()),
        Field::ULong(value) => out.push(&value.to_string()),
        Field::Float16(value) => out.push(&value.to_string()),
        Field::Str(text) => out.push(text),
        Field::Decimal(_) => out.push(field.to_string().trim_matches('"')),
        Field::Bytes(bytes) => out.push(std::str::from_utf8(bytes.data()).unwrap_or("")),
        Field::Null | Field::Group(_) | Field::ListInternal(_) | Field::MapInternal(_) => {
            out.push("");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::error::told::is_told;

    #[test]
    fn broken_and_too_large_files_are_told() {
        let error = ParquetError::General("no such codec".to_owned());
        is_told(&[
            no_parquet(&error),
            no_rows(&error),
            packed_how(6, &error),
            too_large(1 << 40, 3, 1 << 41),
        ]);
    }
}
