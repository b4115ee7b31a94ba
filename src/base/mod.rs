//! What every room leans on: random numbers, stopping, progress, issues, files, digests, words.
//!
//! Leans on no other room. Nothing here knows what a factory is.
//!
//! Invariants: random numbers are a pure function of (seed, purpose, ids, index); a file is
//! either the old one or the new one, never half of each; nothing reads the machine's locale.

mod clock;
mod digest;
mod figures;
mod file;
mod fonts;
mod issue;
mod number;
mod parallel;
mod phrase;
mod progress;
mod rng;
mod stop;
mod text;
mod toml_words;

pub use clock::{Clock, SystemClock, format_local, format_time, format_zoned, offset_name};
pub use digest::Digest;
pub use figures::{
    decimals_for, decimals_of, exact, grouped, measure, signed, thousands_apart, with_plus,
};
pub use file::{
    FileError, NewFile, create_dir_all, digest_file, io_phrase, open_file, read_file, read_text,
    sync_dir, write_atomic,
};
pub use fonts::{FONT_BOLD, FONT_REGULAR};
pub use issue::{Issue, Issues, Place, Severity};
pub use number::{time_of_step, to_byte, to_count, to_f32, to_i64};
pub use parallel::{n_threads, parallel_map};
pub use phrase::Phrase;
pub use progress::{Progress, Reporter, Silent};
pub use rng::{Draws, Purpose, Stream};
pub use stop::{Large, StopToken, Stopped, Watched};
pub use text::{Locale, Text};
pub use toml_words::toml_words;
