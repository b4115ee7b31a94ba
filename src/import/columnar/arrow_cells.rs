//! Writes the cells of one Arrow column as text, whatever kind the column is.

use std::fmt::Display;

use arrow_array::{
    Array, ArrowPrimitiveType,
    cast::AsArray as _,
    types::{
        Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type,
        DecimalType, DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType,
        DurationSecondType, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
        Int64Type, Time32MillisecondType, Time32SecondType, Time64MicrosecondType,
        Time64NanosecondType, TimestampMicrosecondType, TimestampMillisecondType,
        TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type,
        UInt64Type,
    },
};
use arrow_schema::{DataType, TimeUnit};

use super::flat::{clock_text, date_text};
use crate::import::cells::{CellText, iso_time};

const DAY_MS: i64 = 86_400_000;
/// A longer cell is no measurement and no note.
const MOST_CELL_BYTES: usize = 1 << 20;

/// Writes the cell of a row.
pub(super) type Teller<'a> = Box<dyn Fn(&mut CellText, usize) + 'a>;

/// Whether a cell of this kind is one value.
pub(super) fn is_flat(kind: &DataType) -> bool {
    match kind {
        DataType::Dictionary(_, words) => is_flat(words),
        DataType::Interval(_) | DataType::RunEndEncoded(_, _) => false,
        other => !other.is_nested(),
    }
}

/// What writes the cells of a column; an empty cell and a column that is not flat are no text.
pub(super) fn teller(array: &dyn Array) -> Teller<'_> {
    let tell = values(array);
    let Some(nulls) = array.logical_nulls() else {
        return tell;
    };
    Box::new(move |out, row| {
        if nulls.is_null(row) {
            out.push("");
        } else {
            tell(out, row);
        }
    })
}

fn values(array: &dyn Array) -> Teller<'_> {
    match array.data_type() {
        DataType::Boolean => {
            let bits = array.as_boolean();
            words(move |row| if bits.value(row) { "1" } else { "0" })
        }
        DataType::Int8 => whole::<Int8Type>(array),
        DataType::Int16 => whole::<Int16Type>(array),
        DataType::Int32 => whole::<Int32Type>(array),
        DataType::Int64 => whole::<Int64Type>(array),
        DataType::UInt8 => whole::<UInt8Type>(array),
        DataType::UInt16 => whole::<UInt16Type>(array),
        DataType::UInt32 => whole::<UInt32Type>(array),
        DataType::UInt64 => whole::<UInt64Type>(array),
        DataType::Float16 => {
            let numbers = array.as_primitive::<Float16Type>();
            single(move |row| numbers.value(row).into())
        }
        DataType::Float32 => {
            let numbers = array.as_primitive::<Float32Type>();
            single(move |row| numbers.value(row))
        }
        DataType::Float64 => {
            let numbers = array.as_primitive::<Float64Type>();
            Box::new(move |out, row| out.push_number(numbers.value(row)))
        }
        DataType::Decimal32(_, _) => decimal::<Decimal32Type>(array),
        DataType::Decimal64(_, _) => decimal::<Decimal64Type>(array),
        DataType::Decimal128(_, _) => decimal::<Decimal128Type>(array),
        DataType::Decimal256(_, _) => decimal::<Decimal256Type>(array),
        DataType::Dictionary(_, _) => dictionary(array),
        other if other.is_temporal() => times(array),
        _ => texts(array),
    }
}

fn whole<T: ArrowPrimitiveType<Native: Display>>(array: &dyn Array) -> Teller<'_> {
    let numbers = array.as_primitive::<T>();
    Box::new(move |out, row| out.push(&numbers.value(row).to_string()))
}

/// A single-precision number is written as its own shortest text: 0.1 stays 0.1.
fn single<'a>(number: impl Fn(usize) -> f32 + 'a) -> Teller<'a> {
    Box::new(move |out, row| match number(row) {
        value if value.is_nan() => out.push(""),
        value => out.push(&value.to_string()),
    })
}

fn decimal<T: DecimalType + ArrowPrimitiveType>(array: &dyn Array) -> Teller<'_> {
    let numbers = array.as_primitive::<T>();
    Box::new(move |out, row| out.push(&numbers.value_as_string(row)))
}

fn dictionary(array: &dyn Array) -> Teller<'_> {
    let coded = array.as_any_dictionary();
    let known = coded.values();
    if known.is_empty() {
        return words(|_| "");
    }
    let keys = coded.normalized_keys();
    let tell = teller(known.as_ref());
    Box::new(move |out, row| tell(out, keys[row]))
}

fn times(array: &dyn Array) -> Teller<'_> {
    use TimeUnit::{Microsecond, Millisecond, Nanosecond, Second};
    let unit_ns = |unit: &TimeUnit| match unit {
        Second => 1_000_000_000,
        Millisecond => 1_000_000,
        Microsecond => 1_000,
        Nanosecond => 1,
    };
    match array.data_type() {
        DataType::Timestamp(unit, zone) => {
            let (unit_ns, is_utc) = (i128::from(unit_ns(unit)), zone.is_some());
            let stamp = counts(array);
            Box::new(move |out, row| {
                let nanos = i128::from(stamp(row)) * unit_ns;
                out.push(&iso_time(nanos, is_utc));
            })
        }
        DataType::Date32 => {
            let days = array.as_primitive::<Date32Type>();
            Box::new(move |out, row| out.push(&date_text(i64::from(days.value(row)))))
        }
        DataType::Date64 => {
            let millis = array.as_primitive::<Date64Type>();
            Box::new(move |out, row| {
                let value = millis.value(row);
                if value.rem_euclid(DAY_MS) == 0 {
                    out.push(&date_text(value.div_euclid(DAY_MS)));
                } else {
                    out.push(&iso_time(i128::from(value) * 1_000_000, false));
                }
            })
        }
        DataType::Time32(unit) | DataType::Time64(unit) => {
            let unit_ns: i64 = unit_ns(unit);
            let count = counts(array);
            Box::new(move |out, row| {
                let nanos = count(row).saturating_mul(unit_ns);
                out.push(&clock_text(nanos.div_euclid(1_000)));
            })
        }
        DataType::Duration(unit) => {
            let unit_ns: i64 = unit_ns(unit);
            let per_second = 1_000_000_000 / unit_ns;
            let count = counts(array);
            Box::new(move |out, row| out.push_number(count(row) as f64 / per_second as f64))
        }
        _ => words(|_| ""),
    }
}

/// How many units a cell of a time, a time of day or a duration counts.
fn counts(array: &dyn Array) -> Box<dyn Fn(usize) -> i64 + '_> {
    use TimeUnit::{Microsecond, Millisecond, Nanosecond, Second};
    fn long<T: ArrowPrimitiveType<Native = i64>>(
        array: &dyn Array,
    ) -> Box<dyn Fn(usize) -> i64 + '_> {
        let numbers = array.as_primitive::<T>();
        Box::new(move |row| numbers.value(row))
    }
    fn short<T: ArrowPrimitiveType<Native = i32>>(
        array: &dyn Array,
    ) -> Box<dyn Fn(usize) -> i64 + '_> {
        let numbers = array.as_primitive::<T>();
        Box::new(move |row| i64::from(numbers.value(row)))
    }
    match array.data_type() {
        DataType::Timestamp(Second, _) => long::<TimestampSecondType>(array),
        DataType::Timestamp(Millisecond, _) => long::<TimestampMillisecondType>(array),
        DataType::Timestamp(Microsecond, _) => long::<TimestampMicrosecondType>(array),
        DataType::Timestamp(Nanosecond, _) => long::<TimestampNanosecondType>(array),
        DataType::Time32(Second) => short::<Time32SecondType>(array),
        DataType::Time32(_) => short::<Time32MillisecondType>(array),
        DataType::Time64(Microsecond) => long::<Time64MicrosecondType>(array),
        DataType::Time64(_) => long::<Time64NanosecondType>(array),
        DataType::Duration(Second) => long::<DurationSecondType>(array),
        DataType::Duration(Millisecond) => long::<DurationMillisecondType>(array),
        DataType::Duration(Microsecond) => long::<DurationMicrosecondType>(array),
        DataType::Duration(Nanosecond) => long::<DurationNanosecondType>(array),
        _ => Box::new(|_| 0),
    }
}

fn texts(array: &dyn Array) -> Teller<'_> {
    let text = |bytes| std::str::from_utf8(bytes).unwrap_or("");
    match array.data_type() {
        DataType::Utf8 => {
            let cells = array.as_string::<i32>();
            words(move |row| cells.value(row))
        }
        DataType::LargeUtf8 => {
            let cells = array.as_string::<i64>();
            words(move |row| cells.value(row))
        }
        DataType::Utf8View => {
            let cells = array.as_string_view();
            words(move |row| cells.value(row))
        }
        DataType::Binary => {
            let cells = array.as_binary::<i32>();
            words(move |row| text(cells.value(row)))
        }
        DataType::LargeBinary => {
            let cells = array.as_binary::<i64>();
            words(move |row| text(cells.value(row)))
        }
        DataType::BinaryView => {
            let cells = array.as_binary_view();
            words(move |row| text(cells.value(row)))
        }
        DataType::FixedSizeBinary(_) => {
            let cells = array.as_fixed_size_binary();
            words(move |row| text(cells.value(row)))
        }
        // A column of nothing, and kinds that are left out.
        _ => words(|_| ""),
    }
}

fn words<'a>(word: impl Fn(usize) -> &'a str + 'a) -> Teller<'a> {
    Box::new(move |out, row| {
        let word = word(row);
        out.push(if word.len() > MOST_CELL_BYTES {
            ""
        } else {
            word
        });
    })
}
