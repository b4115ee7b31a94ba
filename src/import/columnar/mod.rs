//! Reads files of columns, Parquet and Arrow, as text, so that they meet the reader of plain files.

mod arrow_cells;
mod arrow_file;
mod arrow_limits;
mod flat;
mod parquet_file;

pub(super) use arrow_file::read as read_arrow;
pub(super) use parquet_file::read as read_parquet;
