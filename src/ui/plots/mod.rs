//! The time-series view: lanes over one clock, strips of media, the heat map of the gap.
//!
//! Nothing here is handed more than four points a pixel: long columns come through
//! `data::Pyramid`, rollouts are short by nature.

mod head;
mod heat;
mod lane;
mod series;
mod strip;
mod time_axis;

pub(crate) use head::{lane_head_shaded_ui, lane_head_ui};
pub(crate) use heat::{HeatMap, heat_map_ui};
pub(crate) use lane::{Lane, LaneClock, LaneDrawn, Mark, RangeShade, lane_ui};
pub(crate) use series::{Area, Measured, Trace};
pub(crate) use strip::{EventMark, FrameCell, event_strip_ui, frame_strip_ui, sound_strip_ui};
pub(crate) use time_axis::TimeAxis;
