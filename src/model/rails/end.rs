//! An end of a range, raw and normalized.

/// Lower and upper end of a channel that has none.
pub(crate) const FREE: [f32; 2] = [f32::NEG_INFINITY, f32::INFINITY];

/// An end of a channel's range, in its own unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct End {
    /// What it cannot pass.
    pub(crate) value: f64,
    /// How far beyond or short of it its sensor's noise may read there.
    pub(crate) blur: f64,
}

impl End {
    /// An end at which every reading is the same.
    pub(crate) fn exact(value: f64) -> Self {
        Self { value, blur: 0.0 }
    }
}

/// Whether a normalized value lies at an end.
pub(crate) fn rests_at([low, high]: [f32; 2], value: f64) -> bool {
    value <= f64::from(low) || value >= f64::from(high)
}
