//! Which stage of proof an answer has reached.

/// The check that needs data from after the model was made.
const LATER: &str = "proof-later-data";

/// A stage of proof, and what was passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageReport {
    /// 1 simulated plant, 2 recorded data, 3 continuous.
    pub stage: u8,
    /// Checks as (locale key, passed, evidence in the language of the report).
    pub checks: Vec<(&'static str, bool, String)>,
}

/// The stage that passed checks reach; none is skipped, and a stage without a check is not
/// reached.
///
/// `proof-later-data` belongs to the third stage, every other key to the second. The first one
/// needs no check: the program's own tests hold it against the simulated plant.
pub fn stage_report(checks: Vec<(&'static str, bool, String)>) -> StageReport {
    let passed = |is_later: bool| {
        let of_stage = checks.iter().filter(|check| (check.0 == LATER) == is_later);
        let passed: Vec<bool> = of_stage.map(|check| check.1).collect();
        !passed.is_empty() && passed.into_iter().all(|is_passed| is_passed)
    };
    let stage = match (passed(false), passed(true)) {
        (true, true) => 3,
        (true, false) => 2,
        (false, _) => 1,
    };
    StageReport { stage, checks }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(checks: &[(&'static str, bool)], expected: u8) {
        let checks = checks.iter().map(|&(key, ok)| (key, ok, String::new()));
        assert_eq!(stage_report(checks.collect()).stage, expected);
    }

    #[test]
    fn no_stage_is_skipped() {
        let (naive, held_out) = ("proof-naive-beaten", "proof-held-out");
        check(&[], 1);
        check(&[(naive, true), (held_out, true)], 2);
        check(&[(naive, true), (held_out, true), (LATER, false)], 2);
        check(&[(naive, true), (held_out, true), (LATER, true)], 3);
        check(&[(naive, false), (held_out, true), (LATER, true)], 1);
        check(&[(naive, true), (held_out, false)], 1);
        check(&[(LATER, true)], 1);
    }
}
