//! BLAKE3 digests that name data, models and scenarios.

use std::fmt;

/// 32 bytes that name a content.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }

    /// The digest of several parts; moving a byte from one part to the next changes it.
    pub fn of_parts<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut hasher = blake3::Hasher::new();
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        Self(*hasher.finalize().as_bytes())
    }

    /// The digest of numbers by their bits, so that NaN counts too.
    pub fn of_numbers(numbers: &[f64]) -> Self {
        // Long pieces let the hash work on several chunks at once.
        const PIECE: usize = 4096;
        let mut hasher = blake3::Hasher::new();
        let mut bytes = Vec::with_capacity(8 * PIECE.min(numbers.len()));
        for piece in numbers.chunks(PIECE) {
            bytes.clear();
            bytes.extend(
                piece
                    .iter()
                    .flat_map(|number| number.to_bits().to_le_bytes()),
            );
            hasher.update(&bytes);
        }
        Self(*hasher.finalize().as_bytes())
    }

    /// The raw bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads 64 hexadecimal digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        blake3::Hash::from_hex(text)
            .ok()
            .map(|hash| Self(*hash.as_bytes()))
    }

    /// The first twelve hexadecimal digits, for people.
    pub fn short(&self) -> String {
        self.to_string().chars().take(12).collect()
    }
}

/// Takes bytes in piece by piece.
#[derive(Debug, Default)]
pub(super) struct Hasher(blake3::Hasher);

impl Hasher {
    /// Adds some bytes.
    pub(super) fn take(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all bytes so far.
    pub(super) fn digest(&self) -> Digest {
        Digest(*self.0.finalize().as_bytes())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(blake3::Hash::from(self.0).to_hex().as_str())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({})", self.short())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cannot_be_shifted() {
        let left = Digest::of_parts([b"ab".as_slice(), b"c"]);
        let right = Digest::of_parts([b"a".as_slice(), b"bc"]);
        assert_ne!(left, right);
    }

    #[test]
    fn hex_is_read_back() {
        let digest = Digest::of(b"gemba");
        assert_eq!(Digest::from_hex(&digest.to_string()), Some(digest));
    }
}
