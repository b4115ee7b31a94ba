//! The one integration binary: candle and egui link once.

mod app;
mod cli;
mod data;
mod engine;
mod golden;
mod import;
mod import_media;
mod import_recipe;
mod import_sources;
mod import_stop;
mod import_text;
mod import_time;
mod laws;
mod modalities;
mod model;
mod parity;
mod plots;
mod report;
mod scenario;
mod store;
mod support;
mod surprise;
mod synth;
mod trust;
mod ui;
mod words;
