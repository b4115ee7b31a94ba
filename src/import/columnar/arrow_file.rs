//! Reads an Arrow file or stream as text, batch by batch; nested columns are left out and named.

use std::io::Cursor;

use arrow_array::RecordBatch;
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_schema::ArrowError;

use super::{
    arrow_cells::{is_flat, teller},
    arrow_limits::{check, damaged},
    flat::{Flat, no_flat_column},
};
use crate::{
    base::{Phrase, StopToken, Stopped},
    import::cells::CellText,
};

type Batches<'a> = Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>> + 'a>;

/// Reads a whole file. The reader behind it may panic on a schema that nobody writes.
///
/// # Errors
///
/// A sentence where it is broken, packed by an unknown method or larger than is read, or on a stop.
pub(in crate::import) fn read(bytes: &[u8], stop: &StopToken) -> Result<Flat, Phrase> {
    if bytes.starts_with(b"FEA1") {
        let words = "it is a Feather file of the first version, expected the second; write it \
                     again with version=2";
        return Err(Phrase::new("detail-feather-first", words));
    }
    let declared = check(bytes, stop)?;
    let mut out = CellText::default();
    let (mut kept, mut nested) = (Vec::new(), Vec::new());
    for (at, field) in declared.schema.fields().iter().enumerate() {
        if is_flat(field.data_type()) {
            kept.push(at);
            out.push(field.name());
        } else {
            nested.push(field.name().clone());
        }
    }
    if kept.is_empty() {
        return Err(no_flat_column());
    }
    out.end_row()?;
    let say = |error: ArrowError| damaged(&error);
    let batches: Batches<'_> = if declared.is_stream {
        Box::new(StreamReader::try_new(bytes, Some(kept)).map_err(say)?)
    } else {
        Box::new(FileReader::try_new(Cursor::new(bytes), Some(kept)).map_err(say)?)
    };
    for batch in batches {
        push_batch(&mut out, &batch.map_err(say)?, stop)?;
    }
    Ok(Flat {
        text: out.into_text(),
        nested,
    })
}

fn push_batch(out: &mut CellText, batch: &RecordBatch, stop: &StopToken) -> Result<(), Phrase> {
    let columns: Vec<_> = batch
        .columns()
        .iter()
        .map(|column| teller(column.as_ref()))
        .collect();
    for row in 0..batch.num_rows() {
        if row.is_multiple_of(4096) {
            stop.check().map_err(Stopped::phrase)?;
        }
        for column in &columns {
            column(out, row);
            // Few bytes may name a long word in every column.
            if out.is_full() {
                break;
            }
        }
        out.end_row()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{panic::catch_unwind, sync::Arc};

    use arrow_array::{ArrayRef, NullArray};
    use arrow_ipc::writer::FileWriter;

    use super::*;
    use crate::import::error::told::is_told;

    const BARE: &[u8] = include_bytes!("../../../tests/golden/arrow/uncompressed.feather");
    const LZ4: &[u8] = include_bytes!("../../../tests/golden/arrow/lz4.feather");
    const ZSTD: &[u8] = include_bytes!("../../../tests/golden/arrow/zstd.feather");
    const STREAM: &[u8] = include_bytes!("../../../tests/golden/arrow/log.arrows");

    fn flat(bytes: &[u8]) -> Result<Flat, Phrase> {
        read(bytes, &StopToken::new())
    }

    /// As the import calls it: a panic of the reader is an error.
    fn guarded(bytes: &[u8]) -> Result<Flat, Phrase> {
        catch_unwind(|| flat(bytes)).unwrap_or_else(|_| Err("it gave up".into()))
    }

    #[test]
    fn every_kind_of_cell_is_what_pyarrow_wrote() {
        let read = flat(BARE).expect("whole");
        assert_eq!(read.nested, ["deep"]);
        let rows: Vec<&str> = read.text.lines().collect();
        assert_eq!(rows.len(), 41);
        assert_eq!(
            rows[0],
            "time\tlevel\tvalve\tmode\truns\tsingle\tprice\tday\tshift\tlocal\tnote\tview\ttook\t\
             none\tcount"
        );
        assert_eq!(
            rows[2],
            "2026-01-05T00:00:10Z\t50.125\t40\t手動\t1\t0.1\t0.25\t2026-01-05\t06:00:01.000000\t\
             2026-01-05T00:00:10\t\"a b 1\"\ta longer word than fits 1\t0.001\t\t\
             9223372036854775809"
        );
        // The second batch has its rows too, and what is null is empty.
        assert_eq!(
            rows[40],
            "2026-01-05T00:06:30Z\t50.5\t40\t\t\t\t\t\t\t\t\t\t\t\t"
        );
        for other in [LZ4, STREAM] {
            assert_eq!(flat(other).expect("whole").text, read.text);
        }
    }

    #[test]
    fn other_packing_and_the_first_feather_are_refused_with_the_next_step() {
        let zstd = flat(ZSTD).expect_err("Zstandard");
        assert!(zstd.english().contains("compression=\"lz4\""), "{zstd}");
        let first = flat(b"FEA1 and more FEA1").expect_err("the first version");
        assert!(first.english().contains("version=2"), "{first}");
        is_told(&[zstd, first]);
    }

    #[test]
    fn a_file_that_is_cut_anywhere_is_refused_and_a_stream_ends_only_between_its_parts() {
        let mut refused = Vec::new();
        for bytes in [BARE, LZ4] {
            for length in 0..bytes.len() {
                let why = flat(&bytes[..length]).expect_err("cut");
                let words = why.english();
                assert!(words.contains("copy or export it again"), "{length}: {why}");
                refused.push(why);
            }
        }
        refused.extend((0..STREAM.len()).filter_map(|length| flat(&STREAM[..length]).err()));
        is_told(&refused);
        let whole = (0..STREAM.len())
            .filter(|length| flat(&STREAM[..*length]).is_ok())
            .count();
        // Behind the schema, the dictionary, both batches, and within the mark of the end.
        assert!((4..=6).contains(&whole), "{whole} cuts pass for whole");
    }

    #[test]
    fn damaged_files_never_panic_beyond_the_guard_nor_take_more_memory_than_is_read() {
        let mut refused = Vec::new();
        for bytes in [BARE, LZ4, STREAM] {
            let mut bytes = bytes.to_vec();
            // A length of a terabyte that were given memory would end the test.
            let words = (0..bytes.len() - 8).step_by(4);
            for (at, word) in words.flat_map(|at| [1_i64 << 40, i64::MAX, -1].map(|w| (at, w))) {
                let good: [u8; 8] = bytes[at..at + 8].try_into().expect("eight");
                bytes[at..at + 8].copy_from_slice(&word.to_le_bytes());
                refused.extend(guarded(&bytes).err());
                bytes[at..at + 8].copy_from_slice(&good);
            }
            for at in (0..bytes.len()).step_by(3) {
                bytes[at] ^= 0xa5;
                refused.extend(guarded(&bytes).err());
                bytes[at] ^= 0xa5;
            }
        }
        let n_refused = refused.len();
        assert!(n_refused > 5_000, "only {n_refused} damages are seen");
        is_told(refused.iter().filter(|why| !why.key().is_empty()));
    }

    #[test]
    fn rows_of_nothing_are_no_bomb() {
        let mut refused = Vec::new();
        for n_rows in [1 << 40, 1 << 28] {
            let column: ArrayRef = Arc::new(NullArray::new(n_rows));
            let batch = RecordBatch::try_from_iter([("a", column)]).expect("one column");
            let mut bytes = Vec::new();
            let mut file = FileWriter::try_new(&mut bytes, &batch.schema()).expect("memory");
            file.write(&batch).expect("memory");
            file.finish().expect("memory");
            drop(file);
            let why = flat(&bytes).expect_err("a bomb");
            assert!(why.english().contains("rows"), "{why}");
            refused.push(why);
        }
        is_told(&refused);
    }

    #[test]
    fn reading_is_stopped_on_request() {
        let stop = StopToken::new();
        stop.stop();
        assert!(read(BARE, &stop).is_err());
        assert!(read(STREAM, &stop).is_err());
    }
}
