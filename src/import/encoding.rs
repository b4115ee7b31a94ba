//! Which encoding a file's bytes are in, and the text they spell.

use std::borrow::Cow;

use encoding_rs::{EUC_JP, Encoding, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::base::parallel_map;

/// Long files are looked through in pieces of this many bytes.
const PIECE_BYTES: usize = 4 << 20;

/// A file's text.
pub(super) struct Decoded<'a> {
    /// The text, with `\n` somewhere in every line end.
    pub(super) text: Cow<'a, str>,
    /// Such as `Shift_JIS`.
    pub(super) encoding: &'static str,
    /// Bytes that spell nothing: how many, and the first one's line.
    pub(super) broken: Option<(usize, u64)>,
    /// NUL bytes: how many, and the first one's line.
    pub(super) nuls: Option<(usize, u64)>,
}

/// Decodes a whole file or its beginning.
pub(super) fn decode(bytes: &[u8]) -> Decoded<'_> {
    // Most logs are ASCII, and gigabytes are looked at as seldom as can be.
    let told = Encoding::for_bom(bytes).map(|(encoding, _)| encoding);
    let wide = told.or_else(|| wide_without_mark(bytes));
    let body = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let may_be_plain = wide.is_none_or(|encoding| encoding == UTF_8);
    let whole = may_be_plain
        .then(|| std::str::from_utf8(body).ok())
        .flatten();
    let (text, encoding) = match whole {
        Some(text) => (Cow::Borrowed(text), UTF_8),
        None => lossy(bytes, body),
    };
    let marks = Marks::of(text.as_bytes());
    let broken = (!marks.is_ascii)
        .then(|| count_char(&text, '\u{fffd}'))
        .flatten();
    let nuls = marks.has_nul.then(|| count_char(&text, '\0')).flatten();
    let text = if nuls.is_some() {
        Cow::Owned(text.replace('\0', ""))
    } else {
        text
    };
    let text = if marks.has_cr && ends_lines_with_cr(text.as_bytes()) {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        text
    };
    Decoded {
        text,
        encoding: encoding.name(),
        broken,
        nuls,
    }
}

/// The text of bytes that are not plain UTF-8.
fn lossy<'a>(bytes: &'a [u8], body: &'a [u8]) -> (Cow<'a, str>, &'static Encoding) {
    let encoding = detect(bytes);
    let text = if encoding == UTF_8 {
        String::from_utf8_lossy(body)
    } else {
        encoding.decode(bytes).0
    };
    (text, encoding)
}

/// What stands somewhere in a text.
struct Marks {
    is_ascii: bool,
    has_nul: bool,
    has_cr: bool,
}

impl Marks {
    fn of(bytes: &[u8]) -> Self {
        // Bits of all bytes, and whether some byte is NUL or CR, in a form that is quick on
        // gigabytes.
        let look = |piece: &[u8]| {
            piece.iter().fold([0_u8; 3], |[all, nul, cr], &byte| {
                let (is_nul, is_cr) = (u8::from(byte == 0), u8::from(byte == b'\r'));
                [all | byte, nul | is_nul, cr | is_cr]
            })
        };
        let found = parallel_map(bytes.chunks(PIECE_BYTES).collect(), look);
        let [all, nul, cr] = found.into_iter().fold([0; 3], |sum, part| {
            [sum[0] | part[0], sum[1] | part[1], sum[2] | part[2]]
        });
        Self {
            is_ascii: all.is_ascii(),
            has_nul: nul > 0,
            has_cr: cr > 0,
        }
    }
}

/// Whether lines mostly end in carriage returns alone.
fn ends_lines_with_cr(bytes: &[u8]) -> bool {
    let behind = bytes.iter().skip(1).copied().chain([0]);
    let pairs = bytes.iter().zip(behind);
    let n_alone = pairs
        .filter(|(byte, next)| **byte == b'\r' && *next != b'\n')
        .count();
    let n_ends = bytes
        .iter()
        .fold(0, |count, byte| count + usize::from(*byte == b'\n'));
    n_alone > n_ends
}

fn count_char(text: &str, wanted: char) -> Option<(usize, u64)> {
    let first = text.find(wanted)?;
    let line = text[..first].matches('\n').count() as u64 + 1;
    Some((text[first..].matches(wanted).count(), line))
}

fn detect(bytes: &[u8]) -> &'static Encoding {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return encoding;
    }
    if let Some(wide) = wide_without_mark(bytes) {
        return wide;
    }
    let Err(flaw) = std::str::from_utf8(bytes) else {
        return UTF_8;
    };
    // A multi-byte letter cut off by the end of a preview is no flaw.
    if flaw.error_len().is_none() && bytes.len() - flaw.valid_up_to() < 4 {
        return UTF_8;
    }
    let (shift_jis, flawed) = SHIFT_JIS.decode_without_bom_handling(bytes);
    if !flawed && looks_japanese(&shift_jis, bytes) {
        return SHIFT_JIS;
    }
    let (euc, euc_flawed) = EUC_JP.decode_without_bom_handling(bytes);
    if !euc_flawed && euc.chars().any(is_kana_or_kanji) {
        return EUC_JP;
    }
    // Mostly good UTF-8 with a few broken bytes stays UTF-8; the bytes are counted.
    let lossy = String::from_utf8_lossy(bytes);
    let good = lossy
        .chars()
        .filter(|letter| !letter.is_ascii() && *letter != '\u{fffd}')
        .count();
    let bad = lossy.matches('\u{fffd}').count();
    if good > 4 * bad {
        return UTF_8;
    }
    if flawed && shift_jis.matches('\u{fffd}').count() * 20 < count_japanese(&shift_jis) {
        return SHIFT_JIS;
    }
    WINDOWS_1252
}

/// UTF-16 shows as NUL in every other byte of plain text.
fn wide_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(2048)];
    let count = |parity: usize| {
        head.iter()
            .skip(parity)
            .step_by(2)
            .filter(|byte| **byte == 0)
            .count()
    };
    let (even, odd) = (count(0), count(1));
    let half = head.len() / 2;
    if half < 8 {
        None
    } else if odd * 2 > half && even * 10 < half {
        Some(UTF_16LE)
    } else if even * 2 > half && odd * 10 < half {
        Some(UTF_16BE)
    } else {
        None
    }
}

fn is_kana_or_kanji(letter: char) -> bool {
    matches!(letter, '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}')
}

fn count_japanese(text: &str) -> usize {
    text.chars()
        .filter(|&letter| is_kana_or_kanji(letter))
        .count()
}

/// Latin-1 text with single accents also decodes as `Shift_JIS`, into lone half-width katakana and
/// rare kanji; real Japanese has common double-byte letters or runs of half-width ones.
fn looks_japanese(text: &str, bytes: &[u8]) -> bool {
    let rare = bytes.iter().filter(|byte| **byte >= 0xe0).count();
    let mut common = 0;
    let mut lone = 0;
    let mut run = 0;
    for letter in text.chars().chain(std::iter::once(' ')) {
        if matches!(letter, '\u{ff61}'..='\u{ff9f}') {
            run += 1;
            continue;
        }
        match run {
            0 => {}
            1 => lone += 1,
            _ => common += run,
        }
        run = 0;
        let is_letter = is_kana_or_kanji(letter)
            || matches!(letter, '\u{2103}' | '\u{3000}'..='\u{303f}' | '\u{ff01}'..='\u{ff5e}');
        common += usize::from(is_letter);
    }
    common > lone + rare / 2
}
