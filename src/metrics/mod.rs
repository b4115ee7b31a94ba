//! Numbers that compare; pure functions on arrays. NaN in a measured series means missing.
//!
//! `gap` holds model against reality, `paired` and `trace` hold variant against baseline, `kpi`
//! makes one number of a trajectory, `exceedance` says how likely it passes a limit, `stats` has the distributions behind them. Delta is always
//! variant − baseline; no I/O, no clock, no unseeded random number.

mod detection;
mod exceedance;
mod gap;
mod kpi;
mod paired;
mod picture;
pub mod stats;
mod trace;

pub use detection::{Detection, detection};
pub use exceedance::{EXCEEDANCE_LEVEL, Exceedance, LimitLine, exceedance};
pub use gap::{ChannelGap, Pairing, by_horizon, channel_gap};
pub use kpi::{kpi_of_draw, kpi_of_series};
pub use paired::{Interval, PairedKpi, paired_kpi};
pub use picture::structural_similarity;
pub use trace::{DeltaTrace, delta_trace};
