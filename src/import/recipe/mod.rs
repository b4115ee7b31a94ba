//! The recipe: how files become a dataset.

mod check;
mod file;

pub(super) use file::{
    Block, ChannelSection, FORMAT, GridSection, LayoutSection, LimitsSection, Recipe, RecipeFile,
    SplitSection, TimeSection, VERSION, write,
};
