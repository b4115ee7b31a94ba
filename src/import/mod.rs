//! The only readers of the customer's files: from any factory's files to one dataset.
//!
//! Files are found and sorted by kind, tables are read once into columns, those of the same columns become one log,
//! columns get roles, rows go onto one time grid, steps are dealt to splits, sensors are graded, media join by time.
//! Invariants: a bad row never stops an import, it becomes an issue with place and severity; the same files give the
//! same dataset, bit by bit, in any order; nothing depends on the locale; a clock is never moved in silence.

mod agree;
mod alone;
mod blocks;
mod cells;
mod channels;
mod checklist;
mod clock;
mod column;
mod columnar;
mod containers;
mod course;
mod database;
mod dialect;
mod doubts;
mod draft;
mod encoding;
mod error;
mod exif_time;
mod file_time;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod grade;
mod grid;
mod half_day;
mod header;
mod images;
mod intake;
mod json_rows;
mod jumps;
mod keys;
mod long_form;
mod looks;
mod manifest;
mod matrix;
mod media;
mod media_only;
mod mend;
mod merge;
mod number;
mod pipeline;
mod placing;
mod plain;
mod plain_lines;
mod preview;
mod quick_stamp;
mod quotes;
mod recipe;
mod records;
mod reshape;
mod roles;
mod rows;
mod runs;
mod shape;
mod sound;
mod sources;
mod split;
mod spreadsheet;
mod stamp;
mod still;
mod table;
mod ticks;
mod timeline;
mod units;
mod unpack;
mod walk;
mod watch;

pub use draft::{RecipeDraft, Setting, TimeChoice};
pub use error::ImportError;
pub use pipeline::{ImportRequest, Imported, import};
pub use plain::{PlainTable, read_plain};
pub use preview::{Excerpt, Preview, PreviewFact, PreviewZone, excerpt, preview};
pub use shape::{Shape, shape_of};
