//! Weights packed for the inner loops, and the choice of the widest registers at run time.

/// A matrix in blocks of four rows, the block's columns one after the other.
#[derive(Debug, Clone, Default)]
pub(super) struct Packed {
    n_cols: usize,
    values: Vec<f32>,
}

impl Packed {
    /// Packs matrices of the same number of rows, side by side.
    pub(super) fn of(n_rows: usize, parts: &[&[f32]]) -> Self {
        let widths: Vec<usize> = parts.iter().map(|p| p.len() / n_rows.max(1)).collect();
        let n_cols = widths.iter().sum();
        let mut values = Vec::with_capacity(n_rows * n_cols);
        for first in (0..n_rows).step_by(4) {
            let rows = first..n_rows.min(first + 4);
            for (part, width) in parts.iter().zip(&widths) {
                for col in 0..*width {
                    values.extend(rows.clone().map(|row| part[row * width + col]));
                }
            }
        }
        Self { n_cols, values }
    }

    /// The blocks; the last may have fewer rows.
    #[inline(always)]
    pub(super) fn blocks(&self) -> impl Iterator<Item = &[f32]> {
        self.values.chunks((4 * self.n_cols).max(1))
    }
}

/// Work that is compiled once for each width of registers.
pub(super) trait Work {
    /// What it gives.
    type Out;

    /// Does the work with `W` lanes and `R` rows of an outer product in registers. Must be inlined
    /// always, and so must all that it calls, or the wide registers stay unused.
    fn run<const W: usize, const R: usize>(self) -> Self::Out;
}

/// Does the work with the widest registers that this processor has; results do not depend on it.
#[cfg(target_arch = "x86_64")]
#[expect(
    unsafe_code,
    reason = "a function for a feature may be called where the feature was found"
)]
pub(super) fn on_widest<T: Work>(work: T) -> T::Out {
    let has_512 = is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512bw");
    if has_512 {
        // SAFETY: the processor has these features.
        unsafe { with_512(work) }
    } else if is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has this feature.
        unsafe { with_256(work) }
    } else {
        work.run::<8, 1>()
    }
}

/// Does the work with the registers that every processor of this kind has.
#[cfg(not(target_arch = "x86_64"))]
pub(super) fn on_widest<T: Work>(work: T) -> T::Out {
    work.run::<16, 2>()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512bw")]
fn with_512<T: Work>(work: T) -> T::Out {
    work.run::<64, 4>()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn with_256<T: Work>(work: T) -> T::Out {
    work.run::<16, 2>()
}
