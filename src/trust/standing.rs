//! How firmly an answer may be told: the judge's verdict, weakened by what stands beside it.

use super::{Judgement, Reason, Support, Verdict, is_unlearned};
use crate::{metrics::PairedKpi, scenario::Plan};

/// How firmly an answer may be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Nothing was changed, so nothing was asked.
    Unasked,
    /// As it is.
    Firm,
    /// With what limits it: the log answers in part, a plan leaves the data on the way, two ways to work out
    /// the interval disagree, the model is the first one of a training, or it leaves something open
    /// about the KPI.
    Guarded,
    /// Not at all.
    Refused,
}

impl Standing {
    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unasked => "unasked",
            Self::Firm => "firm",
            Self::Guarded => "guarded",
            Self::Refused => "refused",
        }
    }
}

/// The support that an answer rests on, with the letter of its side: that of the side which is
/// edited; the worse one where both are, for a difference holds no further than both its sides.
pub fn weaker_support<'s>(
    (plan_a, a): (&Plan, &'s Support),
    (plan_b, b): (&Plan, &'s Support),
) -> (&'static str, &'s Support) {
    let is_worse = || {
        let ends = a.carried_frac().total_cmp(&b.carried_frac());
        ends.then(b.verdict.cmp(&a.verdict)).is_lt()
    };
    match (plan_a.edited.is_empty(), plan_b.edited.is_empty()) {
        (false, true) => ("A", a),
        (false, false) if is_worse() => ("A", a),
        _ => ("B", b),
    }
}

/// The standing of an answer about a KPI that came out as `paired`; `is_reserved` where something
/// else speaks against telling it firmly.
///
/// A question that this log answers may still be asked of a plan that the data carry only to some
/// step; what is told of the whole horizon is then no plain yes. Where nothing can be told at all the judge
/// says so himself, so that no answer is both refused and allowed. Nor is what a provisional model
/// says, which a better one may correct a minute later, nor what a model says of a KPI about which
/// it leaves something open ([`super::no_skill`], [`super::beyond_bands`]).
pub fn standing(
    judgement: &Judgement,
    support: &Support,
    paired: Option<&PairedKpi>,
    is_reserved: bool,
) -> Standing {
    let agrees = !is_reserved && paired.is_none_or(|paired| paired.methods_agree);
    match judgement.verdict {
        _ if judgement.is_unasked() => Standing::Unasked,
        Verdict::NotFromThisLog => Standing::Refused,
        Verdict::Answerable if support.exit_step.is_none() && agrees => Standing::Firm,
        Verdict::Answerable | Verdict::Partly => Standing::Guarded,
    }
}

/// The standing of an answer about a KPI of which the model leaves this open. What it never learned is
/// told not at all.
pub fn standing_with(
    judgement: &Judgement,
    support: &Support,
    paired: Option<&PairedKpi>,
    doubts: &[Reason],
    is_provisional: bool,
) -> Standing {
    let is_reserved = is_provisional || !doubts.is_empty();
    match standing(judgement, support, paired, is_reserved) {
        Standing::Firm | Standing::Guarded if is_unlearned(doubts) => Standing::Refused,
        known => known,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{base::Digest, data::ControlPlan, scenario::Start, trust::SupportLevel};

    fn plan(edited: &[usize]) -> Plan {
        let none = || ControlPlan::new(Vec::new(), Vec::new(), 10).expect("no rows");
        Plan {
            name: String::new(),
            start: Start {
                episode: 0,
                step: 0,
                context_steps: 0,
            },
            horizon_steps: 10,
            controls: none(),
            recorded: none(),
            edits: Vec::new(),
            edited: edited.to_vec(),
            kpis: Vec::new(),
            digest: Digest::of(b""),
        }
    }

    fn support(exit_step: Option<usize>, verdict: SupportLevel) -> Support {
        Support {
            verdict,
            exit_step,
            levels: vec![verdict; 10],
            breach: None,
            similar_hours: 1.0,
            n_campaigns: 1,
        }
    }

    #[test]
    fn an_answer_is_refused_where_the_judge_refuses_it_and_nowhere_else() {
        let judgement = |verdict| Judgement {
            verdict,
            reasons: vec![],
            suggestions: Vec::new(),
        };
        let of = |verdict, exit_step| {
            let support = support(exit_step, SupportLevel::Outside);
            standing(&judgement(verdict), &support, None, false)
        };
        for exit_step in [Some(0), Some(1), None] {
            let refused = of(Verdict::NotFromThisLog, exit_step);
            assert_eq!(refused, Standing::Refused);
            assert_eq!(of(Verdict::Partly, exit_step), Standing::Guarded);
            let whole = of(Verdict::Answerable, exit_step);
            assert_eq!(whole == Standing::Firm, exit_step.is_none());
        }
    }

    #[test]
    fn an_answer_rests_on_the_edited_side_and_of_two_on_the_worse() {
        let whole = support(None, SupportLevel::Inside);
        let rim = support(None, SupportLevel::Edge);
        let short = support(Some(4), SupportLevel::Outside);
        let check = |(in_a, a): (&[usize], &Support), (in_b, b): (&[usize], &Support), letter| {
            let found = weaker_support((&plan(in_a), a), (&plan(in_b), b));
            assert_eq!(found, (letter, if letter == "A" { a } else { b }));
        };
        check((&[], &short), (&[0], &whole), "B");
        check((&[0], &whole), (&[], &short), "A");
        check((&[0], &whole), (&[0], &short), "B");
        check((&[0], &short), (&[1], &whole), "A");
        check((&[0], &rim), (&[1], &whole), "A");
        check((&[0], &whole), (&[1], &whole), "B");
        check((&[], &whole), (&[], &whole), "B");
    }
}
