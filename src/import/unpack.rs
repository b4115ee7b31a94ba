//! Tells containers by their first bytes, and unpacks them within limits from declared sizes.

use std::io::{self, Read};

use flate2::{bufread::MultiGzDecoder, read::DeflateDecoder};
use ruzstd::decoding::{
    StreamingDecoder,
    errors::{FrameDecoderError, ReadFrameHeaderError},
};

use crate::base::{Phrase, StopToken};

/// Up to here a high ratio is no bomb: it does no harm.
const HARMLESS_BYTES: u64 = 64 << 20;
/// Text of sensors packs 3 to 30 times; beyond this the file is made to exhaust memory.
const MOST_RATIO: u64 = 200;
/// More than this is read by nobody in one piece.
const MOST_BYTES: u64 = 4 << 30;

/// Bytes that are unpacked between two looks at whether the end was asked for.
const PIECE_BYTES: u64 = 8 << 20;

/// What a file is by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Container {
    /// Text, or anything else.
    Plain,
    /// One packed file.
    Gzip,
    /// One packed file, by a newer method.
    Zstandard,
    /// A ZIP: an Excel workbook, or an archive.
    Zip,
    /// The old binary Excel format.
    OldExcel,
    /// Apache Parquet.
    Parquet,
    /// Arrow IPC as a file or a stream, also called Feather.
    Arrow,
    /// A SQLite database.
    Sqlite,
}

/// Looks at a file's first bytes.
pub(super) fn sniff(bytes: &[u8]) -> Container {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    if starts(b"\x1f\x8b") {
        Container::Gzip
    } else if starts(b"\x28\xb5\x2f\xfd") {
        Container::Zstandard
    } else if starts(b"PK\x03\x04") || starts(b"PK\x05\x06") {
        Container::Zip
    } else if starts(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        Container::OldExcel
    } else if starts(b"PAR1") {
        Container::Parquet
    } else if starts(b"ARROW1") || starts(b"FEA1") || is_arrow_stream(bytes) {
        Container::Arrow
    } else if starts(b"SQLite format 3\0") {
        Container::Sqlite
    } else {
        Container::Plain
    }
}

/// A stream has no name of its own: it begins with a mark that no text begins with and the length
/// of its schema, a multiple of eight.
fn is_arrow_stream(bytes: &[u8]) -> bool {
    const MOST_SCHEMA_BYTES: u32 = 64 << 20;
    let Some((mark, rest)) = bytes.split_first_chunk::<4>() else {
        return false;
    };
    let length = rest
        .first_chunk::<4>()
        .map_or(0, |length| u32::from_le_bytes(*length));
    *mark == [0xff; 4] && length.is_multiple_of(8) && (8..=MOST_SCHEMA_BYTES).contains(&length)
}

/// Unpacks a gzip file.
///
/// # Errors
///
/// A sentence where it is broken, cut off or larger than is read.
pub(super) fn gunzip(bytes: &[u8], stop: &StopToken) -> Result<Vec<u8>, Phrase> {
    let packed = bytes.len() as u64;
    let limit = most_bytes(packed);
    let tail = bytes
        .last_chunk::<4>()
        .map_or(0, |tail| u32::from_le_bytes(*tail));
    // What the library says of it is told in one language only, and helps nobody further.
    let cut = |_: io::Error| {
        let words = "the gzip stream breaks off or is damaged; copy the file again";
        Phrase::new("detail-gzip-cut", words)
    };
    // The size at the end counts modulo 4 GiB. Where it is too large the stream is counted without
    // being kept: a cut file ends in any four bytes.
    if u64::from(tail) > limit {
        let mut stream = MultiGzDecoder::new(bytes).take(limit + 1);
        let found = io::copy(&mut stream, &mut io::sink()).map_err(cut)?;
        return Err(bomb(packed, found.max(u64::from(tail))));
    }
    let mut text = Vec::new();
    fill(&mut text, MultiGzDecoder::new(bytes), limit, stop).map_err(cut)?;
    if text.len() as u64 > limit {
        return Err(bomb(packed, text.len() as u64));
    }
    Ok(text)
}

/// Unpacks a Zstandard file of any number of frames.
///
/// # Errors
///
/// A sentence where it is broken, cut off, damaged or larger than is read.
pub(super) fn unzstd(bytes: &[u8], stop: &StopToken) -> Result<Vec<u8>, Phrase> {
    let packed = bytes.len() as u64;
    let limit = most_bytes(packed);
    let cut = || {
        let words = "the Zstandard stream breaks off or is damaged; copy the file again";
        Phrase::new("detail-zstd-cut", words)
    };
    let mut text = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let mut stream = match StreamingDecoder::new(&mut rest) {
            Ok(stream) => stream,
            Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                length,
                ..
            })) => {
                // A frame of somebody's own.
                let behind = rest.get(length as usize..);
                rest = behind.ok_or_else(cut)?;
                continue;
            }
            Err(_) => return Err(cut()),
        };
        let declared = (text.len() as u64).saturating_add(stream.decoder.content_size());
        if declared > limit {
            return Err(bomb(packed, declared));
        }
        fill(&mut text, &mut stream, limit, stop).map_err(|_damage| cut())?;
        if text.len() as u64 > limit {
            return Err(bomb(packed, text.len() as u64));
        }
        let decoder = stream.into_frame_decoder();
        let written = decoder.get_checksum_from_data();
        if written.is_some() && written != decoder.get_calculated_checksum() {
            return Err(cut());
        }
    }
    Ok(text)
}

/// Reads a stream to its end, or to one byte beyond a limit for all of the text.
fn fill(text: &mut Vec<u8>, mut stream: impl Read, limit: u64, stop: &StopToken) -> io::Result<()> {
    loop {
        let room = (limit + 1).saturating_sub(text.len() as u64);
        let n_read = (&mut stream)
            .take(room.min(PIECE_BYTES))
            .read_to_end(text)?;
        if n_read == 0 {
            return Ok(());
        }
        stop.check().map_err(io::Error::other)?;
    }
}

fn most_bytes(packed: u64) -> u64 {
    packed
        .saturating_mul(MOST_RATIO)
        .clamp(HARMLESS_BYTES, MOST_BYTES)
}

fn bomb(packed: u64, unpacked: u64) -> Phrase {
    let most = most_bytes(packed);
    Phrase::new(
        "detail-unpack-bomb",
        format!(
            "{packed} bytes unpack to {unpacked} or more, expected at most {most}; unpack it by hand \
             if it can be trusted"
        ),
    )
    .with("packed", packed)
    .with("unpacked", unpacked)
    .with("most", most)
}

/// Checks that a ZIP holds what it declares and that this is not too much.
///
/// # Errors
///
/// A sentence where it is broken, or larger than is read.
pub(super) fn check_zip(bytes: &[u8]) -> Result<(), Phrase> {
    let broken = || {
        let words = "the ZIP has no readable list of contents; copy the file again";
        Phrase::new("detail-zip-no-list", words)
    };
    let packed = bytes.len() as u64;
    let entries = entries_of(bytes).ok_or_else(broken)?;
    let declared: u64 = entries.iter().map(|entry| entry.size).sum();
    if declared > most_bytes(packed) {
        return Err(bomb(packed, declared));
    }
    for entry in &entries {
        let data = entry.data(bytes).ok_or_else(broken)?;
        if !entry.is_deflated {
            continue;
        }
        // Sizes in the list can lie: each entry is unpacked once into nothing.
        let mut stream = DeflateDecoder::new(data).take(entry.size + 1);
        let found = io::copy(&mut stream, &mut io::sink()).map_err(|_damage| {
            let words = "a part of the ZIP is damaged and cannot be unpacked; copy the file again";
            Phrase::new("detail-zip-part", words)
        })?;
        let size = entry.size;
        if found > size {
            let words = format!(
                "a part of the ZIP declares {size} bytes and holds more; such files are not read"
            );
            return Err(Phrase::new("detail-zip-lies", words).with("size", size));
        }
    }
    Ok(())
}

struct Entry {
    is_deflated: bool,
    packed: usize,
    size: u64,
    header: usize,
}

impl Entry {
    fn data<'a>(&self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        let header = bytes.get(self.header..)?;
        header.starts_with(b"PK\x03\x04").then_some(())?;
        let start = 30 + u16_at(header, 26)? + u16_at(header, 28)?;
        header.get(start..)?.get(..self.packed)
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<usize> {
    let pair = bytes.get(at..)?.first_chunk::<2>()?;
    Some(usize::from(u16::from_le_bytes(*pair)))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..)?.first_chunk::<4>()?;
    Some(u32::from_le_bytes(*four))
}

/// The central directory; `None` where there is none, or where sizes need 64 bits.
fn entries_of(bytes: &[u8]) -> Option<Vec<Entry>> {
    let from = bytes.len().saturating_sub(66_000);
    let tail = &bytes[from..];
    let end = tail.windows(4).rposition(|four| four == b"PK\x05\x06")?;
    let count = u16_at(tail, end + 10)?;
    let mut at = usize::try_from(u32_at(tail, end + 16)?).ok()?;
    let mut entries = Vec::new();
    for _ in 0..count {
        let entry = bytes.get(at..)?;
        entry.starts_with(b"PK\x01\x02").then_some(())?;
        let size = u32_at(entry, 24)?;
        (size != u32::MAX).then_some(())?;
        entries.push(Entry {
            is_deflated: u16_at(entry, 10)? == 8,
            packed: usize::try_from(u32_at(entry, 20)?).ok()?,
            size: u64::from(size),
            header: usize::try_from(u32_at(entry, 42)?).ok()?,
        });
        at += 46 + u16_at(entry, 28)? + u16_at(entry, 30)? + u16_at(entry, 32)?;
    }
    Some(entries)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        packer.write_all(text).expect("memory takes it");
        packer.finish().expect("memory takes it")
    }

    #[test]
    fn a_packed_text_comes_back_and_a_cut_one_is_refused() {
        let packed = gzip(b"a,b\n1,2\n");
        assert_eq!(
            gunzip(&packed, &StopToken::new()).expect("whole"),
            b"a,b\n1,2\n"
        );
        let why = gunzip(&packed[..packed.len() - 9], &StopToken::new()).expect_err("cut");
        assert!(why.english().contains("breaks off"), "{why}");
    }

    #[test]
    fn a_gzip_bomb_is_refused_before_it_is_unpacked() {
        let mut packed = gzip(&vec![b'0'; 100 << 20]);
        let why = gunzip(&packed, &StopToken::new()).expect_err("a bomb");
        assert!(why.english().contains("104857600"), "{why}");
        // A forged size at the end does not help it.
        let end = packed.len();
        packed[end - 4..].copy_from_slice(&9_u32.to_le_bytes());
        assert!(gunzip(&packed, &StopToken::new()).is_err());
    }

    fn zstd(text: &[u8]) -> Vec<u8> {
        ruzstd::encoding::compress_to_vec(text, ruzstd::encoding::CompressionLevel::Fastest)
    }

    #[test]
    fn zstandard_frames_come_back_and_broken_ones_are_refused() {
        let rows: Vec<String> = (0..3000)
            .map(|row| format!("{row},{}\n", row * row))
            .collect();
        let text = rows.concat().into_bytes();
        let stop = StopToken::new();
        let packed = zstd(&text);
        assert_eq!(unzstd(&packed, &stop).expect("whole"), text);
        let skipped = [
            b"\x50\x2a\x4d\x18\x03\0\0\0abc".as_slice(),
            &packed,
            &packed,
        ]
        .concat();
        assert_eq!(unzstd(&skipped, &stop).expect("whole"), text.repeat(2));
        for length in [5, 9, packed.len() / 2, packed.len() - 1] {
            let why = unzstd(&packed[..length], &stop).expect_err("cut");
            assert!(why.english().contains("breaks off"), "{length}: {why}");
        }
        // Behind the head, whose bits may be of no account, the checksum sees everything.
        for at in (16..packed.len()).step_by(37) {
            let mut flipped = packed.clone();
            flipped[at] ^= 0x10;
            let found = unzstd(&flipped, &stop);
            assert!(found.is_err(), "a flipped bit at {at} is not seen");
        }
    }

    #[test]
    fn a_zstandard_bomb_is_refused_whether_it_declares_its_size_or_not() {
        let stop = StopToken::new();
        let packed = zstd(&vec![b'0'; 100 << 20]);
        let why = unzstd(&packed, &stop).expect_err("a bomb");
        assert!(why.english().contains("bytes unpack to"), "{why}");
        // One frame that declares an exabyte and holds nothing.
        let mut lying = b"\x28\xb5\x2f\xfd\xe0".to_vec();
        lying.extend((1_u64 << 60).to_le_bytes());
        lying.extend([1, 0, 0]);
        assert!(unzstd(&lying, &stop).is_err());
    }

    #[test]
    fn unpacking_is_stopped_on_request() {
        let stop = StopToken::new();
        stop.stop();
        assert!(gunzip(&gzip(b"a,b\n1,2\n"), &stop).is_err());
        assert!(unzstd(&zstd(b"a,b\n1,2\n"), &stop).is_err());
    }
}
