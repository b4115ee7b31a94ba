//! Which stage of proof an answer has reached.

/// Checks that only the built-in plant, whose truth is known, can pass.
const SYNTHETIC: [&str; 3] = ["check-aa-zero", "check-truth", "check-refusal"];
/// Checks that need data from after the model was made.
const CONTINUOUS: [&str; 3] = ["check-later-data", "check-drift", "check-ledger"];

/// A stage of proof, and what was passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageReport {
    /// 1 synthetic, 2 near real, 3 continuous.
    pub stage: u8,
    /// Checks as (locale key, passed, evidence in English).
    pub checks: Vec<(&'static str, bool, String)>,
}

/// The stage that passed checks reach; none is skipped, and a stage without a check is not
/// reached.
///
/// Keys of the first and third stage are `check-aa-zero`, `check-truth`, `check-refusal` and
/// `check-later-data`, `check-drift`, `check-ledger`; every other key belongs to the second.
pub fn stage_report(checks: Vec<(&'static str, bool, String)>) -> StageReport {
    let stage_of = |key: &str| {
        if SYNTHETIC.contains(&key) {
            1
        } else if CONTINUOUS.contains(&key) {
            3
        } else {
            2
        }
    };
    let passed = |stage: u8| {
        let mut of_stage = checks
            .iter()
            .filter(|check| stage_of(check.0) == stage)
            .peekable();
        of_stage.peek().is_some() && of_stage.all(|check| check.1)
    };
    let synthetic_failed = checks
        .iter()
        .any(|check| stage_of(check.0) == 1 && !check.1);
    let stage = match (synthetic_failed, passed(2), passed(3)) {
        (false, true, true) => 3,
        (false, true, false) => 2,
        _ => 1,
    };
    StageReport { stage, checks }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage(checks: &[(&'static str, bool)]) -> u8 {
        stage_report(
            checks
                .iter()
                .map(|&(key, ok)| (key, ok, String::new()))
                .collect(),
        )
        .stage
    }

    #[test]
    fn no_stage_is_skipped() {
        assert_eq!(stage(&[]), 1);
        assert_eq!(
            stage(&[("check-answerable", true), ("check-support", true)]),
            2
        );
        assert_eq!(
            stage(&[("check-answerable", false), ("check-drift", true)]),
            1
        );
        assert_eq!(
            stage(&[("check-answerable", true), ("check-drift", true)]),
            3
        );
        assert_eq!(
            stage(&[("check-answerable", true), ("check-drift", false)]),
            2
        );
        assert_eq!(
            stage(&[("check-aa-zero", false), ("check-support", true)]),
            1
        );
    }
}
