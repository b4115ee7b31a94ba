//! The one integration binary: candle and egui link once.

mod app;
mod cli;
mod data;
mod engine;
mod import;
mod import_sources;
mod import_text;
mod import_time;
mod modalities;
mod model;
mod parity;
mod plots;
mod report;
mod scenario;
mod store;
mod support;
mod synth;
mod trust;
mod ui;
mod words;
