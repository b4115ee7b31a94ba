//! How firmly an answer may be told: the judge's verdict, weakened by what stands beside it.

use super::{Judgement, Support, Verdict};
use crate::metrics::PairedKpi;

/// How firmly an answer may be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Nothing was changed, so nothing was asked.
    Unasked,
    /// As it is.
    Firm,
    /// With what limits it: the log answers in part, B leaves the data on the way, two ways to work out
    /// the interval disagree, or the model is the first one of a training.
    Guarded,
    /// Not at all.
    Refused,
}

/// The standing of an answer whose first KPI came out as `paired`.
///
/// A question that this log answers may still be asked of a plan that the data carry only to some
/// step; what is told of the whole horizon is then no plain yes. Nor is what a provisional model
/// says, which a better one may correct a minute later.
pub fn standing(
    judgement: &Judgement,
    support: &Support,
    paired: Option<&PairedKpi>,
    is_provisional: bool,
) -> Standing {
    let agrees = !is_provisional && paired.is_none_or(|paired| paired.methods_agree);
    match judgement.verdict {
        _ if judgement.is_unasked() => Standing::Unasked,
        Verdict::NotFromThisLog => Standing::Refused,
        Verdict::Answerable if support.exit_step.is_none() && agrees => Standing::Firm,
        Verdict::Answerable | Verdict::Partly => Standing::Guarded,
    }
}
