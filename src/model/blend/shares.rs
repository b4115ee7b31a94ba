//! The families that may speak, and their shares in an output.

use crate::model::Tier;

/// The families that may have a share, simplest first.
pub(crate) const FAMILIES: [Tier; N] = [Tier::Linear, Tier::Narx, Tier::Neural, Tier::Transformer];
/// How many they are.
pub(crate) const N: usize = 4;
/// All their positions.
pub(crate) const PLACES: [usize; N] = [0, 1, 2, 3];

/// The shares of [`FAMILIES`] in one output; they add up to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Shares(pub(crate) [f64; N]);

impl Shares {
    /// The linear family alone.
    pub(crate) const LINEAR: Self = Self([1.0, 0.0, 0.0, 0.0]);

    /// One family alone; the linear one where it has no share in anything.
    pub(crate) fn only(tier: Tier) -> Self {
        Self(FAMILIES.map(|one| if one == tier { 1.0 } else { 0.0 })).or_linear()
    }

    fn or_linear(self) -> Self {
        if self.0.iter().sum::<f64>() > 0.0 {
            self
        } else {
            Self::LINEAR
        }
    }

    /// The family with the largest share; of equals the simplest.
    pub(crate) fn strongest(self) -> Tier {
        let mut best = 0;
        for at in 1..FAMILIES.len() {
            if self.0[at] > self.0[best] {
                best = at;
            }
        }
        FAMILIES[best]
    }

    /// The family that answers alone, where one does.
    pub(crate) fn alone(self) -> Option<Tier> {
        let tier = self.strongest();
        (self == Self::only(tier)).then_some(tier)
    }

    /// How evenly they are spread; 0 where one family answers alone.
    pub(crate) fn entropy(self) -> f64 {
        let parts = self.0.iter().filter(|&&share| share > 0.0);
        -parts.map(|share| share * share.ln()).sum::<f64>()
    }
}
