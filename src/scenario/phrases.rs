//! Phrases that several errors of a scenario share.

use crate::base::Phrase;

/// A horizon that was asked for.
pub(super) fn horizon(n_steps: usize) -> Phrase {
    Phrase::new("detail-horizon", format!("a horizon of {n_steps} steps")).with("steps", n_steps)
}

/// Any number of steps up to the most.
pub(super) fn steps_up_to(most: usize) -> Phrase {
    Phrase::new("detail-steps-up-to", format!("1 to {most} steps")).with("most", most)
}

/// A time as a scenario wants it.
pub(super) fn zoned_time() -> Phrase {
    Phrase::new(
        "detail-zoned-time",
        "a time with its zone such as \"2026-01-05T10:00:00+09:00\"",
    )
}

/// One of some words.
pub(super) fn one_of(names: &str) -> Phrase {
    Phrase::new("detail-one-of", format!("one of {names}")).with("names", names)
}
