//! How many draws are held: as many as were asked, or as fit into memory.

use super::{EngineError, Env};
use crate::base::{Issue, Issues, Phrase, Place, Severity};

/// Most numbers that the draws of one answer may take, 512 MB; beyond it fewer draws are kept.
const MAX_CELLS: usize = 128_000_000;
/// Fewest draws that still tell how a scenario may end.
pub(crate) const LEAST_OF_SCENARIO: usize = 20;
/// Fewest draws that the gap scores: bands do not rest on them, and the score allows for how few they are.
pub(crate) const LEAST_OF_GAP: usize = 5;

/// Refuses a number of draws that nothing can be told from.
pub(crate) fn check_draws(n_draws: usize) -> Result<(), EngineError> {
    if (2..=100_000).contains(&n_draws) {
        return Ok(());
    }
    Err(EngineError::Number {
        name: Phrase::new("detail-draws", "the number of draws"),
        found: n_draws.to_string(),
        expected: "2 to 100000".into(),
    })
}

/// As many draws of `(steps, outputs)` as were asked or as fit into memory, all stretches together;
/// that they are fewer is told. The limit is one of the program, not of the machine, so that the same
/// question has the same answer everywhere.
///
/// # Errors
///
/// [`EngineError::TooLarge`] where fewer than the least fit, of those that were asked.
pub(crate) fn fitting_draws(
    (asked, least): (usize, usize),
    (n_steps, n_outputs): (usize, usize),
    env: &Env<'_>,
) -> Result<usize, EngineError> {
    let fits = MAX_CELLS / n_steps.saturating_mul(n_outputs).max(1);
    if fits >= asked {
        return Ok(asked);
    }
    let needed = least.min(asked);
    if fits < needed {
        return Err(EngineError::TooLarge {
            n_steps,
            n_outputs,
            fits,
            needed,
        });
    }
    let text = format!(
        "{asked} draws of {n_steps} steps of {n_outputs} outputs do not fit into memory; {fits} were made"
    );
    let issue = Issue::new(Place::default(), Severity::Warning, "fewer-draws", text)
        .with("asked", asked)
        .with("kept", fits)
        .with("steps", n_steps)
        .with("outputs", n_outputs);
    let mut issues = Issues::new();
    issues.push(issue);
    env.tell_issues(issues);
    Ok(fits)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::base::{Progress, Reporter, StopToken, SystemClock};

    /// Keeps the codes and values of what is told.
    #[derive(Default)]
    struct Told(Mutex<Vec<(&'static str, String)>>);

    impl Reporter for Told {
        fn report(&self, _progress: Progress) {}

        fn note(&self, issue: &Issue) {
            let mut told = self.0.lock().expect("no panic while it was held");
            told.push((issue.code, issue.args["kept"].clone()));
        }
    }

    /// How many draws are kept of those asked, and what was told.
    fn kept(
        of: impl Fn(&Env<'_>) -> Result<usize, EngineError>,
    ) -> (Result<usize, EngineError>, Vec<(&'static str, String)>) {
        let told = Told::default();
        let env = Env {
            clock: &SystemClock::new(),
            reporter: &told,
            stop: &StopToken::new(),
            n_threads: 1,
        };
        let kept = of(&env);
        (kept, told.0.into_inner().expect("no panic"))
    }

    #[test]
    fn a_week_at_six_seconds_keeps_fewer_draws_and_says_so() {
        let (draws, told) = kept(|env| fitting_draws((200, LEAST_OF_SCENARIO), (100_800, 30), env));
        assert_eq!(draws.expect("enough"), 42);
        assert_eq!(told, [("fewer-draws", "42".to_owned())]);
        let (draws, told) = kept(|env| fitting_draws((200, LEAST_OF_SCENARIO), (360, 30), env));
        assert_eq!(draws.expect("all"), 200);
        assert!(told.is_empty());
    }

    #[test]
    fn what_leaves_no_room_for_the_fewest_draws_is_refused_with_numbers() {
        let (draws, told) =
            kept(|env| fitting_draws((200, LEAST_OF_SCENARIO), (1_000_000, 30), env));
        let error = draws.expect_err("too large");
        assert!(matches!(
            error,
            EngineError::TooLarge {
                n_steps: 1_000_000,
                n_outputs: 30,
                fits: 4,
                needed: 20
            }
        ));
        assert!(error.hint().is_some() && told.is_empty());
        // Whoever asks for fewer gets them.
        let (draws, _) = kept(|env| fitting_draws((4, LEAST_OF_SCENARIO), (1_000_000, 30), env));
        assert_eq!(draws.expect("few"), 4);
    }

    #[test]
    fn a_gap_goes_below_twenty_draws_before_it_is_refused() {
        let (draws, told) = kept(|env| fitting_draws((20, LEAST_OF_GAP), (100_000, 150), env));
        assert_eq!(draws.expect("enough"), 8);
        assert_eq!(told.len(), 1);
        let (draws, _) = kept(|env| fitting_draws((20, LEAST_OF_GAP), (1_000_000, 150), env));
        assert!(matches!(
            draws,
            Err(EngineError::TooLarge { needed: 5, .. })
        ));
    }

    #[test]
    fn numbers_beyond_all_measure_are_refused_and_no_steps_need_no_memory() {
        let (draws, _) = kept(|env| fitting_draws((20, LEAST_OF_SCENARIO), (usize::MAX, 3), env));
        assert!(draws.is_err());
        let (draws, _) = kept(|env| fitting_draws((20, LEAST_OF_SCENARIO), (0, 3), env));
        assert_eq!(draws.expect("nothing to hold"), 20);
    }
}
