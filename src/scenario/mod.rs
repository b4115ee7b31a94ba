//! What-if questions: a scenario is a small diff against what was really run.
//!
//! `spec` is the file, `plan` is the checked form that the model is asked with, `shown` is what
//! people read it is called. Delta is always variant − baseline. No I/O beyond text in and text
//! out.

mod direction;
mod edits;
mod error;
mod kpi;
mod names;
mod parse;
mod phrases;
mod plan;
mod shown;
mod spec;
mod start;
#[cfg(test)]
mod tests;
mod write;

pub use direction::usual_better;
pub use edits::on_points;
pub use error::ScenarioError;
pub use kpi::Kpi;
pub use plan::{Plan, make_plan};
pub use spec::{Better, Edit, EditOp, KpiSpec, Reduce, ScenarioSpec, StartLines, StartSpec};
pub use start::Start;
