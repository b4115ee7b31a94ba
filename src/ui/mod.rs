//! Draws values, posts commands; decides nothing and waits for nothing.
//!
//! Invariants: colours, distances and type sizes come from `theme`; words from the locale files;
//! whatever the user does becomes a command in the outbox; `Screen` needs no thread and no file.

mod closing;
mod dialogs;
mod layout;
mod layout_text;
mod opener;
mod outbox;
mod palette;
mod panels;
mod parts;
mod place_field;
mod plots;
mod present;
mod screen;
mod shell;
mod shortcuts;
mod status_bar;
mod text;
mod theme;
mod toasts;
mod top_bar;
mod widgets;

pub use dialogs::{DialogAnswer, Dialogs, NativeDialogs};
pub use outbox::{Outbox, View};
pub use panels::{ComparePanel, DataPanel, GapPanel, HomePanel, JobsPanel, ModelPanel};
pub use screen::Screen;
pub use shell::{Renderer, RunError, RunOptions, run};
pub use theme::Theme;
