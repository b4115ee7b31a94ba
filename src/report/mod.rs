//! Answers on paper: one self-contained HTML page, Japanese or English, no script, everything
//! from a file escaped; and rollouts as CSV.
//!
//! Invariants: the same input gives the same bytes; the page loads nothing from anywhere; every
//! number shown has a unit and an origin; colour never speaks alone, a symbol stands beside it.

mod chart;
mod figures;
mod format;
mod html;
mod input;
mod page;
mod picture;
mod proof;
mod table;
mod tables;

pub use chart::{Area, ChartSpec, Line};
pub use input::{ReportInput, ReportSide};
pub use page::html_page;
pub use picture::picture_png;
pub use table::trajectory_csv;
