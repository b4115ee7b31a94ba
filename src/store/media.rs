//! Pictures, sound, answers and features as one binary file, read with every length checked.
//!
//! Little-endian; a text or list is its length in 64 bits, then its content.

use crate::data::{Answer, AnswerValue, Clip, FeatureItem, FeatureTrack, Frame, Media, Modality};

const MAGIC: &[u8] = b"gemba-media\0";
const VERSION: u64 = 1;

/// The records as a file.
pub(super) fn encode(media: &Media) -> Vec<u8> {
    let mut out = Writer(MAGIC.to_vec());
    out.whole(VERSION);
    out.list(&media.frames, |out, frame| {
        out.time(frame.time_ns);
        out.text(&frame.source);
        out.whole(frame.thumb_width as u64);
        out.whole(frame.thumb_height as u64);
        out.bytes(&frame.thumb_rgb);
    });
    out.list(&media.clips, |out, clip| {
        out.time(clip.start_ns);
        out.real(clip.secs);
        out.text(&clip.source);
        out.real(clip.sample_rate_hz);
        out.list(&clip.mel_db, |out, bands| out.singles(bands));
        out.singles(&clip.level_db);
    });
    out.list(&media.answers, |out, answer| {
        out.time(answer.time_ns);
        out.text(&answer.item);
        out.answer(&answer.value);
        out.text(&answer.written);
        out.text(&answer.who);
    });
    out.list(&media.tracks, |out, track| {
        out.text(track.modality.name());
        out.list(&track.names, |out, name| out.text(name));
        out.list(&track.items, |out, item| {
            out.whole(item.episode as u64);
            out.whole(item.step as u64);
            out.singles(&item.features);
        });
    });
    out.0
}

/// Reads the records back.
pub(super) fn decode(bytes: &[u8]) -> Result<Media, String> {
    let Some(rest) = bytes.strip_prefix(MAGIC) else {
        return Err("it does not start as a media file".to_owned());
    };
    let mut from = Reader {
        rest,
        n_bytes: bytes.len(),
    };
    let version = from.whole()?;
    if version != VERSION {
        return Err(format!("found version {version}, expected {VERSION}"));
    }
    let media = Media {
        frames: from.list(40, frame)?,
        clips: from.list(48, clip)?,
        answers: from.list(33, answer)?,
        tracks: from.list(24, track)?,
    };
    if from.rest.is_empty() {
        Ok(media)
    } else {
        Err(format!("{} bytes follow its end", from.rest.len()))
    }
}

fn frame(from: &mut Reader<'_>) -> Result<Frame, String> {
    Ok(Frame {
        time_ns: from.time()?,
        source: from.text()?,
        thumb_width: from.size()?,
        thumb_height: from.size()?,
        thumb_rgb: from.bytes()?.to_vec(),
    })
}

fn clip(from: &mut Reader<'_>) -> Result<Clip, String> {
    Ok(Clip {
        start_ns: from.time()?,
        secs: from.real()?,
        source: from.text()?,
        sample_rate_hz: from.real()?,
        mel_db: from.list(8, Reader::singles)?,
        level_db: from.singles()?,
    })
}

fn answer(from: &mut Reader<'_>) -> Result<Answer, String> {
    Ok(Answer {
        time_ns: from.time()?,
        item: from.text()?,
        value: from.answer()?,
        written: from.text()?,
        who: from.text()?,
    })
}

fn track(from: &mut Reader<'_>) -> Result<FeatureTrack, String> {
    let name = from.text()?;
    Ok(FeatureTrack {
        modality: Modality::from_name(&name).ok_or_else(|| format!("unknown modality {name:?}"))?,
        names: from.list(8, Reader::text)?,
        items: from.list(24, |from| {
            Ok(FeatureItem {
                episode: from.size()?,
                step: from.size()?,
                features: from.singles()?,
            })
        })?,
    })
}

struct Writer(Vec<u8>);

impl Writer {
    fn whole(&mut self, number: u64) {
        self.0.extend(number.to_le_bytes());
    }

    fn time(&mut self, ns: i64) {
        self.0.extend(ns.to_le_bytes());
    }

    fn real(&mut self, number: f64) {
        self.0.extend(number.to_bits().to_le_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.whole(bytes.len() as u64);
        self.0.extend(bytes);
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    fn singles(&mut self, numbers: &[f32]) {
        self.whole(numbers.len() as u64);
        for number in numbers {
            self.0.extend(number.to_bits().to_le_bytes());
        }
    }

    fn list<T>(&mut self, items: &[T], write: impl Fn(&mut Self, &T)) {
        self.whole(items.len() as u64);
        for item in items {
            write(self, item);
        }
    }

    fn answer(&mut self, value: &AnswerValue) {
        match value {
            AnswerValue::Unknown => self.0.push(0),
            AnswerValue::YesNo(yes) => self.0.extend([1, u8::from(*yes)]),
            AnswerValue::Grade(grade) => {
                self.0.push(2);
                self.real(*grade);
            }
            AnswerValue::Number(number) => {
                self.0.push(3);
                self.real(*number);
            }
            AnswerValue::Note(note) => {
                self.0.push(4);
                self.text(note);
            }
        }
    }
}

struct Reader<'a> {
    rest: &'a [u8],
    n_bytes: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, n: usize) -> Result<&'a [u8], String> {
        let Some((taken, rest)) = self.rest.split_at_checked(n) else {
            let at = self.n_bytes - self.rest.len();
            return Err(format!("{n} bytes are missing at byte {at}"));
        };
        self.rest = rest;
        Ok(taken)
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let mut out = [0; N];
        out.copy_from_slice(self.take(N)?);
        Ok(out)
    }

    fn whole(&mut self) -> Result<u64, String> {
        self.fixed().map(u64::from_le_bytes)
    }

    fn time(&mut self) -> Result<i64, String> {
        self.fixed().map(i64::from_le_bytes)
    }

    fn real(&mut self) -> Result<f64, String> {
        self.whole().map(f64::from_bits)
    }

    fn size(&mut self) -> Result<usize, String> {
        usize::try_from(self.whole()?).map_err(|error| error.to_string())
    }

    /// A length that the rest of the file can hold, so that nothing is reserved for a lie.
    fn length(&mut self, least_bytes: usize) -> Result<usize, String> {
        let length = self.size()?;
        let most = self.rest.len() / least_bytes;
        if length > most {
            return Err(format!("a list of {length} items where {most} fit"));
        }
        Ok(length)
    }

    fn bytes(&mut self) -> Result<&'a [u8], String> {
        let length = self.length(1)?;
        self.take(length)
    }

    fn text(&mut self) -> Result<String, String> {
        String::from_utf8(self.bytes()?.to_vec()).map_err(|error| error.to_string())
    }

    fn singles(&mut self) -> Result<Vec<f32>, String> {
        let length = self.length(4)?;
        (0..length)
            .map(|_| {
                self.fixed()
                    .map(|bits| f32::from_bits(u32::from_le_bytes(bits)))
            })
            .collect()
    }

    fn list<T>(
        &mut self,
        least_bytes: usize,
        read: impl Fn(&mut Self) -> Result<T, String>,
    ) -> Result<Vec<T>, String> {
        let length = self.length(least_bytes)?;
        (0..length).map(|_| read(self)).collect()
    }

    fn answer(&mut self) -> Result<AnswerValue, String> {
        let [tag] = self.fixed()?;
        Ok(match tag {
            0 => AnswerValue::Unknown,
            1 => AnswerValue::YesNo(self.fixed()? == [1]),
            2 => AnswerValue::Grade(self.real()?),
            3 => AnswerValue::Number(self.real()?),
            4 => AnswerValue::Note(self.text()?),
            _ => return Err(format!("unknown kind of answer {tag}")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_cut_or_lies_about_lengths_is_refused_without_panic() {
        let media = Media {
            answers: vec![Answer {
                time_ns: -5,
                item: "軸受".to_owned(),
                value: AnswerValue::Note("△".to_owned()),
                written: "△".to_owned(),
                who: String::new(),
            }],
            ..Media::default()
        };
        let bytes = encode(&media);
        assert_eq!(decode(&bytes), Ok(media));
        for cut in 0..bytes.len() {
            assert!(decode(&bytes[..cut]).is_err(), "cut at {cut}");
        }
        let mut lying = bytes;
        lying[MAGIC.len() + 8..MAGIC.len() + 16].copy_from_slice(&u64::MAX.to_le_bytes());
        assert!(decode(&lying).is_err());
    }
}
