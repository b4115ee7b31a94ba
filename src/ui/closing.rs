//! Asks once before the window closes over work that would be lost.

use eframe::egui::{Context, Id, Modal, ViewportCommand};

use super::{
    View,
    parts::{self, rich},
    theme::{self, GAP_S, GAP_XS, Theme},
};

/// Work that is lost, or not done, where the window closes before it ends.
const WORK: [&str; 5] = ["train", "import", "save", "report", "example"];

/// The question, and what was answered.
#[derive(Debug, Default)]
pub(crate) struct Closing {
    asks: bool,
    is_sure: bool,
}

impl Closing {
    /// Whether the question is on the screen.
    pub(crate) fn is_open(&self) -> bool {
        self.asks
    }

    /// Keeps the window open while it asks; closes it where it was told to.
    pub(crate) fn ui(&mut self, ctx: &Context, view: &View<'_>) {
        let work = unfinished(view);
        let is_wanted = ctx.input(|input| input.viewport().close_requested());
        if is_wanted && !self.is_sure && !work.is_empty() {
            ctx.send_viewport_cmd(ViewportCommand::CancelClose);
            self.asks = true;
        }
        // What it was about has ended meanwhile: nothing is left to ask.
        self.asks &= !work.is_empty();
        if !self.asks {
            return;
        }
        let modal = Modal::new(Id::unique("closing")).show(ctx, |ui| {
            ui.set_width(420.0);
            let theme = Theme::of(ui);
            let title = view.text.get("ui-closing-title");
            ui.label(rich(title, theme::body_bold(), theme.fg()));
            ui.add_space(GAP_XS);
            for kind in &work {
                parts::quiet(ui, &view.text.get(&format!("ui-closing-{kind}")));
            }
            ui.add_space(GAP_S);
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = GAP_S;
                let stays = parts::accent_button(ui, &view.text.get("ui-closing-stay"));
                let closes = parts::button(ui, &view.text.get("ui-closing-close"));
                (stays.clicked(), closes.clicked())
            })
            .inner
        });
        match modal.inner {
            (_, true) => {
                (self.asks, self.is_sure) = (false, true);
                ctx.send_viewport_cmd(ViewportCommand::Close);
            }
            (true, false) => self.asks = false,
            (false, false) => self.asks = !modal.should_close(),
        }
    }
}

/// The kinds of work that have not ended.
fn unfinished(view: &View<'_>) -> Vec<&'static str> {
    let is_open = |kind: &&str| view.session.is_busy_with(kind);
    WORK.into_iter().filter(is_open).collect()
}
