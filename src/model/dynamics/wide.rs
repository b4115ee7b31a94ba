//! The choice of the processor's widest registers at run time.
//!
//! Each inner loop is a [`Work`] of its own. Inlined into something large, whether its sums stay in registers
//! would depend on how the rest of the crate falls into the compiler's units (docs/speed.md).

/// Two matrices of the same number of rows as one, side by side.
pub(super) fn side_by_side(n_rows: usize, left: &[f32], right: &[f32]) -> Vec<f32> {
    let widths = [left, right].map(|part| part.len() / n_rows.max(1));
    let mut all = Vec::with_capacity(left.len() + right.len());
    for row in 0..n_rows {
        all.extend_from_slice(&left[row * widths[0]..][..widths[0]]);
        all.extend_from_slice(&right[row * widths[1]..][..widths[1]]);
    }
    all
}

/// Work that is compiled once for each width of registers.
pub(crate) trait Work {
    /// What it gives.
    type Out;

    /// Does the work with `R` rows and columns of an outer product in registers. Must be inlined
    /// always, and so must every loop that it calls, unless that is work of its own: what is neither
    /// leaves the wide registers unused.
    fn run<const R: usize>(self) -> Self::Out;
}

/// Does the work with the widest registers that this processor has; results do not depend on it.
#[cfg(target_arch = "x86_64")]
#[expect(
    unsafe_code,
    reason = "a function for a feature may be called where the feature was found"
)]
pub(crate) fn on_widest<T: Work>(work: T) -> T::Out {
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
        work.run::<1>()
    }
}

/// Does the work with the registers that every processor of this kind has.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn on_widest<T: Work>(work: T) -> T::Out {
    work.run::<1>()
}

#[cfg(target_arch = "x86_64")]
#[inline(never)]
#[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512bw")]
fn with_512<T: Work>(work: T) -> T::Out {
    work.run::<4>()
}

#[cfg(target_arch = "x86_64")]
#[inline(never)]
#[target_feature(enable = "avx2")]
fn with_256<T: Work>(work: T) -> T::Out {
    work.run::<1>()
}
