//! Controls of our own.

mod density_slider;

pub(crate) use density_slider::{DensitySlider, density_slider_ui};
