//! A project on disk: SQLite index, Parquet series, media features, model files.
//!
//! ```text
//! name.gemba/
//!   project.sqlite            the index; switched last, in one transaction
//!   project.lock              held by the process that may write
//!   series/<digest>.parquet   one row group an episode
//!   media/<digest>.bin        pictures, sound, answers, features
//!   models/<digest>.safetensors, models/<digest>.training
//! ```
//!
//! Invariants: whatever was acknowledged survives a crash at any moment; big files are immutable
//! and named by their digest, the index is switched last; a project that is not understood is
//! never changed; every file and every row of the index is checked against a digest when it is
//! read.

mod audit;
mod blob;
mod datasets;
mod error;
mod index;
mod media;
mod migrate;
mod models;
mod project;
mod rows;
mod series;
mod texts;

pub use datasets::{ImportRecord, SourceMark};
pub use error::StoreError;
pub use models::{Learned, ModelRecord, Regime, Trial};
pub use project::{Access, Project};
pub use series::write_trajectory_parquet;
