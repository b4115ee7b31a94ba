//! What-if questions: a scenario is a small diff against what was really run.
//!
//! `spec` is the file, `plan` is the checked form that the model is asked with. Delta is always
//! variant − baseline. No I/O beyond text in and text out.

mod error;
mod plan;
mod spec;

pub use error::ScenarioError;
pub use plan::{Kpi, Plan, Start, make_plan};
pub use spec::{Better, Edit, EditOp, KpiSpec, Reduce, ScenarioSpec, StartSpec};
