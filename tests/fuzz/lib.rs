//! The rooms that read files, without the rest of the program.

#![allow(missing_docs, unreachable_pub, unused, reason = "the crate itself is where these are held")]

#[path = "../../src/base/mod.rs"]
pub mod base;
#[path = "../../src/data/mod.rs"]
pub mod data;
#[path = "../../src/import/mod.rs"]
pub mod import;
