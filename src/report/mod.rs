//! Answers on paper: one self-contained HTML page, Japanese or English, no script, everything
//! from a file escaped; the same as a PDF and as an Excel workbook; and rollouts as CSV.
//!
//! Invariants: the same input gives the same bytes; the page loads nothing from anywhere; the
//! workbook has no formula; every number shown has a unit and an origin; colour never speaks
//! alone, a symbol stands beside it.

mod block;
mod chart;
mod courses;
mod document;
mod error;
mod figures;
mod format;
mod html;
mod input;
mod page;
#[cfg(feature = "pdf")]
mod pdf;
mod picture;
mod proof;
mod sheet;
mod table;
mod tables;
mod workbook;

pub use chart::{Area, ChartSpec, Line};
pub use error::ReportError;
pub use input::{ReportInput, ReportKpi, ReportSide};
pub use page::html_page;
#[cfg(feature = "pdf")]
pub use pdf::pdf;
pub use picture::picture_png;
pub use table::{name_cell, trajectory_csv};
pub use workbook::workbook;
