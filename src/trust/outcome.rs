//! What came out for a KPI: better, worse, or neither, and why neither.

use super::{Reason, Standing, is_unlearned};
use crate::{
    metrics::PairedKpi,
    scenario::{Better, Kpi},
};

/// What came out for a KPI. Window, page and workbook mark its difference by this, so that none
/// of them says more than [`super::verdict_sentence`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// B is better.
    Better,
    /// B is worse.
    Worse,
    /// B is greater or less; which of them is good nobody said.
    Differs,
    /// The interval holds zero.
    Unclear,
    /// All of the interval is too small to matter.
    Equal,
    /// B is A.
    Same,
    /// The log does not answer, or the data do not carry the whole horizon: the figures are
    /// neither good nor bad.
    Untold,
}

impl Outcome {
    /// What came out for a KPI of an answer that stands so firmly, `doubts` being what the model leaves
    /// open about it, and `carried` the share of the horizon that the data carry.
    pub fn of(
        kpi: &Kpi,
        paired: &PairedKpi,
        doubts: &[Reason],
        standing: Standing,
        carried: f64,
    ) -> Self {
        let delta = paired.delta;
        if is_unlearned(doubts) || standing == Standing::Refused {
            // A model that knows nothing of a control finds no difference either.
            Self::Untold
        } else if paired.is_same() {
            Self::Same
        } else if carried < 1.0 {
            Self::Untold
        } else if paired.is_too_small() {
            Self::Equal
        } else if !(delta.lo > 0.0 || delta.hi < 0.0) {
            Self::Unclear
        } else if kpi.better == Better::Unknown {
            Self::Differs
        } else if (delta.lo > 0.0) == (kpi.better == Better::Higher) {
            Self::Better
        } else {
            Self::Worse
        }
    }

    /// P(better) as it is told beside this outcome; none where it is not known what is better.
    pub fn chance_words(self, kpi: &Kpi, paired: &PairedKpi) -> String {
        match self {
            Self::Untold => "–".to_owned(),
            Self::Same => paired.chance_words(),
            _ if kpi.better == Better::Unknown => "–".to_owned(),
            _ => paired.chance_words(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{metrics::Interval, scenario::Reduce};

    fn check((lo, hi): (f64, f64), standing: Standing, carried: f64, expected: (Outcome, &str)) {
        told(Better::Lower, (lo, hi), standing, carried, expected);
    }

    fn told(
        better: Better,
        (lo, hi): (f64, f64),
        standing: Standing,
        carried: f64,
        expected: (Outcome, &str),
    ) {
        let kpi = Kpi {
            name: "scrap".to_owned(),
            channel: 0,
            reduce: Reduce::Mean,
            better,
            unit: "%".to_owned(),
            delta: None,
        };
        let mean = f64::midpoint(lo, hi);
        let paired = PairedKpi {
            a: Interval::default(),
            b: Interval::default(),
            delta: Interval { mean, lo, hi },
            level: 0.95,
            p_better: 0.02,
            p_equal: 0.5,
            variance_ratio: 1.0,
            delta_min: 0.1,
            methods_agree: true,
        };
        let outcome = Outcome::of(&kpi, &paired, &[], standing, carried);
        let unlearned = [crate::trust::unlearned("scrap")];
        let untold = Outcome::of(&kpi, &paired, &unlearned, standing, carried);
        assert_eq!(untold, Outcome::Untold);
        let found = (outcome, outcome.chance_words(&kpi, &paired));
        assert_eq!(found, (expected.0, expected.1.to_owned()), "{lo} to {hi}");
    }

    #[test]
    fn a_difference_is_good_or_bad_only_where_it_is_told_and_matters() {
        let (firm, guarded, refused) = (Standing::Firm, Standing::Guarded, Standing::Refused);
        check((0.2, 0.4), firm, 1.0, (Outcome::Worse, "2 %"));
        check((-0.4, -0.2), guarded, 1.0, (Outcome::Better, "2 %"));
        check((-0.1, 0.4), firm, 1.0, (Outcome::Unclear, "2 %"));
        check((0.01, 0.05), firm, 1.0, (Outcome::Equal, "2 %"));
        check((-0.05, 0.05), firm, 1.0, (Outcome::Equal, "2 %"));
        check((-0.4, -0.2), refused, 1.0, (Outcome::Untold, "–"));
        check((-0.4, -0.2), guarded, 0.7, (Outcome::Untold, "–"));
        check((0.0, 0.0), guarded, 0.7, (Outcome::Same, "="));
        check((0.0, 0.0), refused, 0.0, (Outcome::Untold, "–"));
        check((f64::NAN, f64::NAN), firm, 1.0, (Outcome::Unclear, "2 %"));
    }

    #[test]
    fn nothing_is_good_or_bad_where_nobody_said_which_way_is() {
        let firm = Standing::Firm;
        let open = |ends, outcome, chance| {
            told(Better::Unknown, ends, firm, 1.0, (outcome, chance));
        };
        open((0.2, 0.4), Outcome::Differs, "–");
        open((-0.4, -0.2), Outcome::Differs, "–");
        open((-0.1, 0.4), Outcome::Unclear, "–");
        open((-0.05, 0.05), Outcome::Equal, "–");
        open((0.0, 0.0), Outcome::Same, "=");
    }
}
