//! Checks what an Arrow file declares before its reader gives memory to it.
//!
//! The reader takes lengths of parts, rows and packed buffers at their word. Here each part has to
//! lie inside the file, all together they are no longer than the file, and packed buffers are
//! unpacked once for nothing, so that their true length is known.

use std::{
    fmt::Display,
    io::{self, Read as _},
};

use arrow_ipc::{
    Block, CompressionType, Message, MessageHeader, RecordBatch, Schema, convert::fb_to_schema,
    reader::read_footer_length, root_as_footer, root_as_message,
};
use lz4_flex::frame::FrameDecoder;

use crate::{
    base::{Phrase, StopToken, Stopped},
    import::cells::MOST_TEXT_BYTES,
};

/// The magic word at the begin of a file, padded, and the length and magic word at its end.
const HEAD_BYTES: usize = 8;
const TAIL_BYTES: usize = 10;
const CONTINUATION: [u8; 4] = [0xff; 4];
/// What stands for a buffer that was not worth packing.
const NOT_PACKED: i64 = -1;

/// What a file is and what its columns are.
#[derive(Debug)]
pub(super) struct Declared {
    pub(super) is_stream: bool,
    pub(super) schema: arrow_schema::Schema,
}

/// What the parts of a file declare together.
#[derive(Debug, Default)]
struct Sums {
    n_rows: u64,
    part_bytes: usize,
    unpacked_bytes: u64,
}

/// Looks at every part of a file.
///
/// # Errors
///
/// A sentence where a part is broken, lies outside the file, declares more than is read or is
/// packed by another method than LZ4, or on a stop.
pub(super) fn check(bytes: &[u8], stop: &StopToken) -> Result<Declared, Phrase> {
    let is_stream = bytes.starts_with(&CONTINUATION);
    let mut sums = Sums::default();
    let schema = if is_stream {
        check_stream(bytes, &mut sums, stop)?
    } else {
        check_file(bytes, &mut sums, stop)?
    };
    let n_columns = schema.fields().len();
    let most = MOST_TEXT_BYTES as u64;
    if sums.n_rows.saturating_mul(n_columns as u64) > most {
        let n_rows = sums.n_rows;
        let words = format!(
            "it declares {n_rows} rows of {n_columns} columns, expected at most {most} cells; \
             export a shorter stretch of time"
        );
        return Err(Phrase::new("detail-arrow-large", words)
            .with("rows", n_rows)
            .with("columns", n_columns)
            .with("most", most));
    }
    // The smallest cell is one bit; a column of nothing could declare any number of rows.
    if sums.n_rows / 8 > bytes.len() as u64 + sums.unpacked_bytes {
        let (n_rows, n_bytes) = (sums.n_rows, bytes.len());
        let words = format!("{n_rows} rows do not fit into {n_bytes} bytes");
        return Err(broken(
            Phrase::new("detail-arrow-no-room", words)
                .with("rows", n_rows)
                .with("bytes", n_bytes),
        ));
    }
    Ok(Declared { is_stream, schema })
}

/// What is said of any broken part.
fn broken(cause: Phrase) -> Phrase {
    let words = format!("it is no whole Arrow file ({cause}); copy or export it again");
    Phrase::new("detail-arrow-broken", words).with_phrase("cause", cause)
}

/// The same, for a cause without values.
fn flaw(key: &'static str, words: &'static str) -> Phrase {
    broken(Phrase::new(key, words))
}

/// The same, in the words of a reader that is not ours.
pub(super) fn damaged(error: &dyn Display) -> Phrase {
    broken(Phrase::plain(error.to_string()))
}

fn check_file(
    bytes: &[u8],
    sums: &mut Sums,
    stop: &StopToken,
) -> Result<arrow_schema::Schema, Phrase> {
    let Some(tail) = bytes.last_chunk::<TAIL_BYTES>() else {
        return Err(flaw("detail-arrow-no-end", "its end is missing"));
    };
    let length = read_footer_length(*tail).map_err(|error| damaged(&error))?;
    let footer_end = bytes.len() - TAIL_BYTES;
    let Some(end) = footer_end
        .checked_sub(length)
        .filter(|end| *end >= HEAD_BYTES)
    else {
        let n_bytes = bytes.len();
        let words = format!("its list of parts declares {length} bytes, the file has {n_bytes}");
        return Err(broken(
            Phrase::new("detail-arrow-list-long", words)
                .with("declared", length)
                .with("bytes", n_bytes),
        ));
    };
    let footer = root_as_footer(&bytes[end..footer_end]).map_err(|error| damaged(&error))?;
    let (Some(schema), Some(blocks)) = (footer.schema(), footer.recordBatches()) else {
        return Err(flaw(
            "detail-arrow-list-empty",
            "its list of parts is empty",
        ));
    };
    let schema = plain_schema(schema)?;
    let dictionaries = footer.dictionaries();
    for block in dictionaries.into_iter().flatten().chain(blocks) {
        stop.check().map_err(Stopped::phrase)?;
        let Some((head, body)) = part_of(&bytes[..end], block) else {
            return Err(flaw(
                "detail-arrow-part-outside",
                "a part lies outside the file",
            ));
        };
        let message = root_as_message(head).map_err(|error| damaged(&error))?;
        check_part(&message, body, sums, stop)?;
        // Parts that share bytes would be a small file that reads as a large one.
        sums.part_bytes = sums.part_bytes.saturating_add(head.len() + body.len());
        if sums.part_bytes > bytes.len() {
            return Err(flaw(
                "detail-arrow-parts-overlap",
                "its parts lie over each other",
            ));
        }
    }
    Ok(schema)
}

fn check_stream(
    bytes: &[u8],
    sums: &mut Sums,
    stop: &StopToken,
) -> Result<arrow_schema::Schema, Phrase> {
    let cut = || flaw("detail-arrow-cut", "it breaks off");
    let mut rest = bytes;
    let mut schema = None;
    while !rest.is_empty() {
        stop.check().map_err(Stopped::phrase)?;
        let mut length = take(&mut rest, 4).ok_or_else(cut)?;
        if length == CONTINUATION {
            length = take(&mut rest, 4).ok_or_else(cut)?;
        }
        let length = usize::try_from(length_of(length)).unwrap_or(usize::MAX);
        if length == 0 {
            break;
        }
        let head = take(&mut rest, length).ok_or_else(cut)?;
        let message = root_as_message(head).map_err(|error| damaged(&error))?;
        let length = usize::try_from(message.bodyLength()).unwrap_or(usize::MAX);
        let body = take(&mut rest, length).ok_or_else(cut)?;
        if schema.is_some() {
            check_part(&message, body, sums, stop)?;
        } else {
            let first = message.header_as_schema().ok_or_else(|| {
                flaw("detail-arrow-no-columns", "its first part names no columns")
            })?;
            schema = Some(plain_schema(first)?);
        }
    }
    schema.ok_or_else(cut)
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (head, behind) = rest.split_at_checked(length)?;
    *rest = behind;
    Some(head)
}

/// A length of four bytes; negative ones fit nowhere.
fn length_of(bytes: &[u8]) -> i32 {
    bytes
        .first_chunk::<4>()
        .map_or(-1, |bytes| i32::from_le_bytes(*bytes))
}

fn plain_schema(schema: Schema<'_>) -> Result<arrow_schema::Schema, Phrase> {
    if !schema.endianness().equals_to_target_endianness() {
        let words = "its numbers have their bytes in the other order; write it again on this \
                     machine, or as Parquet";
        return Err(Phrase::new("detail-arrow-byte-order", words));
    }
    Ok(fb_to_schema(schema))
}

/// Head and body of a part that the list of parts names.
fn part_of<'a>(bytes: &'a [u8], block: &Block) -> Option<(&'a [u8], &'a [u8])> {
    let start = usize::try_from(block.offset()).ok()?;
    let head = usize::try_from(block.metaDataLength()).ok()?;
    let body = usize::try_from(block.bodyLength()).ok()?;
    let (head, rest) = bytes.get(start..)?.split_at_checked(head)?;
    let skipped = if head.starts_with(&CONTINUATION) {
        8
    } else {
        4
    };
    Some((head.get(skipped..)?, rest.get(..body)?))
}

fn check_part(
    message: &Message<'_>,
    body: &[u8],
    sums: &mut Sums,
    stop: &StopToken,
) -> Result<(), Phrase> {
    let batch = match message.header_type() {
        MessageHeader::RecordBatch => message.header_as_record_batch(),
        MessageHeader::DictionaryBatch => message
            .header_as_dictionary_batch()
            .and_then(|dictionary| dictionary.data()),
        // A reader takes a part of no kind for the end.
        _ => None,
    };
    let Some(batch) = batch else {
        return Err(flaw("detail-arrow-part-empty", "a part holds no rows"));
    };
    if message.header_type() == MessageHeader::RecordBatch {
        let n_rows = u64::try_from(batch.length()).unwrap_or(u64::MAX);
        sums.n_rows = sums.n_rows.saturating_add(n_rows);
    }
    for node in batch.nodes().into_iter().flatten() {
        if !(0..=node.length()).contains(&node.null_count()) {
            return Err(flaw(
                "detail-arrow-below-nothing",
                "a column declares a length below nothing",
            ));
        }
    }
    check_buffers(&batch, body, sums, stop)
}

fn check_buffers(
    batch: &RecordBatch<'_>,
    body: &[u8],
    sums: &mut Sums,
    stop: &StopToken,
) -> Result<(), Phrase> {
    let packing = batch.compression().map(|packing| packing.codec());
    if packing.is_some_and(|codec| codec != CompressionType::LZ4_FRAME) {
        let words = "it is packed with Zstandard inside, expected LZ4 or none; write it again \
                     with compression=\"lz4\" or \"uncompressed\"";
        return Err(Phrase::new("detail-arrow-zstd", words));
    }
    let mut used = 0_usize;
    for buffer in batch.buffers().into_iter().flatten() {
        let start = usize::try_from(buffer.offset()).ok();
        let length = usize::try_from(buffer.length()).ok();
        let cells = start
            .zip(length)
            .and_then(|(start, length)| body.get(start..)?.get(..length));
        let Some(cells) = cells else {
            return Err(flaw(
                "detail-arrow-column-outside",
                "a column lies outside its part",
            ));
        };
        used = used.saturating_add(cells.len());
        if used > body.len() {
            return Err(flaw(
                "detail-arrow-columns-overlap",
                "its columns lie over each other",
            ));
        }
        if packing.is_some() && !cells.is_empty() {
            stop.check().map_err(Stopped::phrase)?;
            let left = (MOST_TEXT_BYTES as u64).saturating_sub(sums.unpacked_bytes);
            sums.unpacked_bytes += unpacked_bytes(cells, left)?;
        }
    }
    Ok(())
}

/// How many bytes a packed buffer holds, which has to be what it declares.
fn unpacked_bytes(cells: &[u8], most: u64) -> Result<u64, Phrase> {
    let Some((length, packed)) = cells.split_first_chunk::<8>() else {
        return Err(flaw(
            "detail-arrow-no-length",
            "a packed column declares no length",
        ));
    };
    let length = i64::from_le_bytes(*length);
    if length == NOT_PACKED {
        return Ok(0);
    }
    let declared = u64::try_from(length).unwrap_or(u64::MAX);
    if declared > most {
        let words = format!(
            "it declares more than {MOST_TEXT_BYTES} bytes of unpacked columns, expected less; \
             export a shorter stretch of time"
        );
        return Err(Phrase::new("detail-arrow-unpacked", words).with("most", MOST_TEXT_BYTES));
    }
    if declared == 0 {
        return Ok(0);
    }
    let mut stream = FrameDecoder::new(packed).take(declared + 1);
    let found = io::copy(&mut stream, &mut io::sink()).map_err(|error| damaged(&error))?;
    if found != declared {
        let words = format!("a packed column declares {declared} bytes and holds {found}");
        return Err(broken(
            Phrase::new("detail-arrow-packed-lies", words)
                .with("declared", declared)
                .with("found", found),
        ));
    }
    Ok(declared)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use lz4_flex::frame::FrameEncoder;

    use super::*;
    use crate::import::error::told::is_told;

    #[test]
    fn a_packed_column_holds_what_it_declares_and_no_more_than_is_read() {
        let mut packer = FrameEncoder::new(Vec::new());
        packer.write_all(&vec![0; 1 << 20]).expect("memory");
        let packed = packer.finish().expect("memory");
        let column = |length: i64| [&length.to_le_bytes(), packed.as_slice()].concat();
        let most = 1 << 30;
        assert_eq!(unpacked_bytes(&column(1 << 20), most), Ok(1 << 20));
        assert_eq!(unpacked_bytes(&column(NOT_PACKED), most), Ok(0));
        let why = unpacked_bytes(&column(10), most).expect_err("it holds more");
        assert!(
            why.english().contains("declares 10 bytes and holds 11"),
            "{why}"
        );
        let mut refused = vec![why, unpacked_bytes(&[0], most).expect_err("cut")];
        for declared in [(1 << 20) + 1, 1 << 40, -2] {
            refused.push(unpacked_bytes(&column(declared), most).expect_err("a lie"));
        }
        is_told(&refused);
    }
}
