//! May this answer be believed? Support along the rollout, answerability, causes of the gap.
//!
//! `support` says how well the data cover a rollout, step by step. `judge` says whether the
//! question may be answered from this log at all: `excitation` measures what of a control's
//! movement does not merely follow past outputs, `loops` finds controls that answer an edited one, `left_out`
//! what import left out. `causes` ranks why a prediction missed.
//! `doubt` names what the model leaves open about one KPI. `sentence` puts it in words, weaker where a
//! check failed; `standing` says how firmly it may be told
//! and `outcome` whether a KPI's difference is good or bad.
//!
//! Invariants: no I/O, no clock, no random number; English words are those of the English locale
//! file; every threshold is a share or a count, never a value of one plant.

mod causes;
mod checks;
mod doubt;
mod excitation;
mod judge;
mod left_out;
mod limits;
mod log;
mod loops;
mod outcome;
mod recordings;
mod regress;
mod sentence;
mod similar;
mod standing;
mod suggest;
mod support;
mod symptoms;
mod words;

pub use causes::{Cause, rank_causes};
pub use checks::{StageReport, stage_report};
pub use doubt::{
    between_levels, beyond_bands, held, is_unlearned, lost_start, no_skill, unlearned,
};
pub use judge::{Judgement, Reason, Verdict, judge, judge_difference};
pub use left_out::judge_left_out;
pub use limits::{exceedance_words, untold_limit};
pub use outcome::Outcome;
pub use sentence::verdict_sentence;
pub use standing::{Standing, standing, standing_with, weaker_support};
pub use support::{Breach, ControlRange, Support, SupportLevel, SupportModel};
pub use words::{
    format_number, format_signed, localized_cause, localized_reason, localized_suggestion,
};
