//! Gemba (現場) learns a world model of a production line and compares what-if scenarios.
//!
//! Files become a [`data::Dataset`]; a model learns from it; scenarios A and B are rolled out from
//! one situation with the same random numbers; every answer says how far it can be trusted.
//! Start reading in `engine` (what the program can do), `app::command` (how the window asks for
//! it) and `model` (how it learns). `docs/architecture.md` walks through all rooms.

pub mod app;
pub mod base;
pub mod cli;
pub mod data;
pub mod engine;
pub mod import;
pub mod metrics;
pub mod model;
pub mod report;
pub mod scenario;
pub mod store;
pub mod synth;
pub mod trust;
pub mod ui;
