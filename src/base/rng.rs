//! Counter-based random numbers: a pure function of seed, purpose, ids and index.
//!
//! Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011). A
//! sequential generator would put scenario B out of step with A after one extra draw, and would
//! make results depend on the number of threads.

/// What random numbers are for; streams of different purposes never meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub enum Purpose {
    /// First weights.
    Init = 1,
    /// Order of training windows.
    Shuffle = 2,
    /// Noise added to inputs while training.
    Augment = 3,
    /// Latent noise of a rollout.
    Latent = 4,
    /// Resampling in statistics.
    Bootstrap = 6,
    /// Choice of blocks and windows.
    Split = 7,
    /// Latent noise of the paths that a member's answer is a mean of.
    Path = 9,
    /// Latent noise of training windows.
    Window = 10,
    /// Sensors of the built-in plant.
    Sensor = 21,
    /// Its camera.
    Camera = 22,
    /// Its microphone.
    Microphone = 23,
    /// Its checklist.
    Checklist = 24,
    /// Its operators.
    Operator = 25,
    /// Its disturbances.
    Disturbance = 26,
    /// Inputs of property tests.
    Test = 99,
}

/// A table of random numbers, indexed at will.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stream {
    key: [u32; 2],
    high: [u32; 2],
}

impl Stream {
    /// The stream of one seed, purpose and list of ids (episode, member, channel …).
    pub fn new(seed: u64, purpose: Purpose, ids: &[u64]) -> Self {
        let mut key = mix(seed ^ 0x9E37_79B9_7F4A_7C15);
        let mut high = mix(key ^ purpose as u64);
        for (position, id) in ids.iter().enumerate() {
            key = mix(key ^ mix(id.wrapping_add(position as u64 + 1)));
            high = mix(high.wrapping_add(key));
        }
        Self {
            key: halves(key),
            high: halves(high),
        }
    }

    /// 64 random bits at an index.
    pub fn bits_at(&self, index: u64) -> u64 {
        let block = philox(self.counter(index / 2), self.key);
        if index.is_multiple_of(2) {
            join(block[0], block[1])
        } else {
            join(block[2], block[3])
        }
    }

    /// A number in `[0, 1)` at an index.
    pub fn uniform_at(&self, index: u64) -> f64 {
        to_unit(self.bits_at(index))
    }

    /// A standard normal number at an index (Box and Muller 1958).
    pub fn normal_at(&self, index: u64) -> f64 {
        let block = philox(self.counter(index), self.key);
        let radius = (-2.0 * (1.0 - to_unit(join(block[0], block[1]))).ln()).sqrt();
        let angle = std::f64::consts::TAU * to_unit(join(block[2], block[3]));
        radius * angle.cos()
    }

    /// The blocks at consecutive indices, word by word; meant to be inlined into a loop that the compiler
    /// vectorises. Words that are not used are not made.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "wide registers need it inlined")]
    pub fn blocks_at<const N: usize>(&self, first: u64) -> [[u32; N]; 4] {
        let mut words = [[0; N]; 4];
        let [a, b, c, d] = &mut words;
        for at in 0..N {
            [a[at], b[at], c[at], d[at]] = philox(self.counter(first + at as u64), self.key);
        }
        words
    }

    /// The generator's key and the upper half of its counter, for the same numbers made elsewhere,
    /// such as on a GPU.
    pub fn words(&self) -> [u32; 4] {
        [self.key[0], self.key[1], self.high[0], self.high[1]]
    }

    /// The numbers one after the other, for code that is sequential anyway.
    pub fn draws(&self) -> Draws {
        self.draws_from(0)
    }

    /// The same from an index on.
    pub fn draws_from(&self, next: u64) -> Draws {
        Draws {
            stream: *self,
            next,
            rest: None,
        }
    }

    fn counter(&self, index: u64) -> [u32; 4] {
        let low = halves(index);
        [low[0], low[1], self.high[0], self.high[1]]
    }
}

/// A [`Stream`] read one number after the other.
#[derive(Debug, Clone)]
pub struct Draws {
    stream: Stream,
    next: u64,
    /// The other half of the newest block, and its index.
    rest: Option<(u64, u64)>,
}

impl Draws {
    /// The next number in `[0, 1)`.
    pub fn uniform(&mut self) -> f64 {
        to_unit(self.bits())
    }

    /// The next 64 random bits.
    pub fn bits(&mut self) -> u64 {
        let index = self.step();
        if let Some((_, bits)) = self.rest.take_if(|(at, _)| *at == index) {
            return bits;
        }
        if index.is_multiple_of(2) {
            // Two numbers come out of one block.
            let block = philox(self.stream.counter(index / 2), self.stream.key);
            self.rest = Some((index + 1, join(block[2], block[3])));
            return join(block[0], block[1]);
        }
        self.stream.bits_at(index)
    }

    /// The next number in `[low, high)`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// The next standard normal number.
    pub fn normal(&mut self) -> f64 {
        let index = self.step();
        self.stream.normal_at(index)
    }

    /// The next whole number below `bound`; 0 where `bound` is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        let wide = u128::from(self.bits()) * bound as u128;
        usize::try_from(wide >> 64).unwrap_or(0)
    }

    fn step(&mut self) -> u64 {
        let index = self.next;
        self.next += 1;
        index
    }
}

#[inline]
fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for _round in 0..10 {
        let left = u64::from(counter[0]) * 0xD251_1F53;
        let right = u64::from(counter[2]) * 0xCD9E_8D57;
        let (left, right) = (halves(left), halves(right));
        counter = [
            right[1] ^ counter[1] ^ key[0],
            right[0],
            left[1] ^ counter[3] ^ key[1],
            left[0],
        ];
        key[0] = key[0].wrapping_add(0x9E37_79B9);
        key[1] = key[1].wrapping_add(0xBB67_AE85);
    }
    counter
}

/// The finaliser of SplitMix64 (Steele, Lea and Flood 2014).
fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

/// Low and high half of 64 bits.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "cutting is the point")]
fn halves(bits: u64) -> [u32; 2] {
    [bits as u32, (bits >> 32) as u32]
}

fn join(low: u32, high: u32) -> u64 {
    u64::from(low) | (u64::from(high) << 32)
}

/// The upper 53 bits as a number in `[0, 1)`.
fn to_unit(bits: u64) -> f64 {
    (bits >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_the_stream_read_in_order_whatever_is_mixed() {
        let stream = Stream::new(3, Purpose::Test, &[1]);
        let mut draws = stream.draws();
        assert_eq!(stream.draws_from(7).bits(), stream.bits_at(7));
        for index in 0..60 {
            if index % 7 == 3 {
                let (found, expected) = (draws.normal(), stream.normal_at(index));
                assert_eq!(found.to_bits(), expected.to_bits());
            } else {
                let (found, expected) = (draws.uniform(), stream.uniform_at(index));
                assert_eq!(found.to_bits(), expected.to_bits());
            }
        }
    }

    #[test]
    fn philox_gives_the_published_answers() {
        // Known answers shipped with Random123 (kat_vectors, philox4x32 10).
        assert_eq!(
            philox([0; 4], [0; 2]),
            [0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8]
        );
        assert_eq!(
            philox([u32::MAX; 4], [u32::MAX; 2]),
            [0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD]
        );
    }

    #[test]
    fn an_index_gives_the_same_number_in_any_order() {
        let stream = Stream::new(7, Purpose::Test, &[1, 2]);
        let forward: Vec<u64> = (0..9).map(|index| stream.bits_at(index)).collect();
        let backward: Vec<u64> = (0..9).rev().map(|index| stream.bits_at(index)).collect();
        assert!(forward.iter().eq(backward.iter().rev()));
    }

    #[test]
    fn purposes_and_ids_give_other_numbers() {
        let first = Stream::new(7, Purpose::Init, &[1]).bits_at(0);
        assert_ne!(first, Stream::new(7, Purpose::Latent, &[1]).bits_at(0));
        assert_ne!(first, Stream::new(7, Purpose::Init, &[2]).bits_at(0));
        assert_ne!(first, Stream::new(8, Purpose::Init, &[1]).bits_at(0));
    }

    #[test]
    fn normals_have_mean_zero_and_variance_one() {
        let stream = Stream::new(3, Purpose::Test, &[]);
        let numbers: Vec<f64> = (0..40_000).map(|index| stream.normal_at(index)).collect();
        let mean = numbers.iter().sum::<f64>() / 40_000.0;
        let variance = numbers.iter().map(|x| x * x).sum::<f64>() / 40_000.0;
        assert!(mean.abs() < 0.02, "{mean}");
        assert!((variance - 1.0).abs() < 0.03, "{variance}");
    }
}
