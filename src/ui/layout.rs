//! The main area: one view in front, or several side by side that can be dragged.

use eframe::egui::{self, Color32, Stroke, Ui, Visuals, WidgetText};
use egui_tiles::{
    Behavior, SimplificationOptions, TabState, Tile, TileId, Tiles, Tree, UiResponse,
};

use super::{
    Outbox, View, layout_text,
    panels::Panels,
    parts::rich,
    theme::{self, Theme},
};
use crate::app::{Command, Panel, WindowCommand};

/// Which views are where.
pub(crate) struct Layout {
    tree: Tree<Panel>,
    is_split: bool,
    front: Option<Panel>,
    /// The places as they are remembered; empty = all behind each other.
    kept: String,
}

impl Default for Layout {
    fn default() -> Self {
        Self {
            tree: Tree::new_tabs(tree_id(), Panel::ALL.to_vec()),
            is_split: false,
            front: None,
            kept: String::new(),
        }
    }
}

impl Layout {
    /// The places as a text tells them; a text that is not understood gives the default.
    pub(crate) fn from_text(text: &str) -> Self {
        let Some(tree) = layout_text::read(text, tree_id()) else {
            return Self::default();
        };
        Self {
            is_split: layout_text::write(&tree).is_some(),
            tree,
            front: None,
            kept: text.to_owned(),
        }
    }

    /// Back to all views behind each other.
    pub(crate) fn reset(&mut self) {
        let kept = std::mem::take(&mut self.kept);
        *self = Self {
            kept,
            ..Self::default()
        };
    }

    /// Remembers where the views are, once the hand has let go of them.
    fn keep(&mut self, ui: &Ui, out: &mut Outbox) {
        if ui.input(|input| input.pointer.any_down()) {
            return;
        }
        let text = layout_text::write(&self.tree).unwrap_or_default();
        if text != self.kept {
            self.kept.clone_from(&text);
            out.post(Command::Window(WindowCommand::KeepLayout(text)));
        }
    }

    /// Puts a view on the right of all others.
    pub(crate) fn open_beside(&mut self, beside: Panel) {
        let mut tiles = Tiles::default();
        let (right, left): (Vec<Panel>, Vec<Panel>) =
            Panel::ALL.iter().partition(|panel| **panel == beside);
        let mut tabs = |panels: Vec<Panel>| {
            let panes = panels
                .into_iter()
                .map(|pane| tiles.insert_pane(pane))
                .collect();
            tiles.insert_tab_tile(panes)
        };
        let children = vec![tabs(left), tabs(right)];
        let root = tiles.insert_horizontal_tile(children);
        self.tree = Tree::new(tree_id(), root, tiles);
        self.is_split = true;
        self.front = None;
    }

    /// Draws the views.
    pub(crate) fn ui(
        &mut self,
        ui: &mut Ui,
        panels: &mut Panels,
        view: &View<'_>,
        out: &mut Outbox,
    ) {
        let wanted = view.session.panel;
        if self.front != Some(wanted) {
            self.tree
                .make_active(|_, tile| matches!(tile, Tile::Pane(pane) if *pane == wanted));
            self.front = Some(wanted);
        }
        let mut docking = Docking {
            panels,
            view,
            out: &mut *out,
            theme: Theme::of(ui),
            is_split: self.is_split,
        };
        self.tree.ui(&mut docking, ui);
        self.keep(ui, out);
    }
}

fn tree_id() -> egui::Id {
    egui::Id::unique("views")
}

struct Docking<'a> {
    panels: &'a mut Panels,
    view: &'a View<'a>,
    out: &'a mut Outbox,
    theme: Theme,
    is_split: bool,
}

impl Behavior<Panel> for Docking<'_> {
    fn pane_ui(&mut self, ui: &mut Ui, _tile_id: TileId, pane: &mut Panel) -> UiResponse {
        ui.painter()
            .rect_filled(ui.max_rect(), 0.0, self.theme.bg0());
        self.panels.ui(*pane, ui, self.view, self.out);
        UiResponse::None
    }

    fn tab_title_for_pane(&mut self, pane: &Panel) -> WidgetText {
        let title = self.view.text.get(&format!("ui-panel-{}", pane.name()));
        rich(title, theme::dense(), self.theme.fg2()).into()
    }

    fn is_tab_bar_visible(&self, _tile_id: TileId, _tabs: &egui_tiles::Tabs) -> bool {
        self.is_split
    }

    fn tab_bar_height(&self, _style: &egui::Style) -> f32 {
        30.0
    }

    fn tab_bar_color(&self, _visuals: &Visuals) -> Color32 {
        self.theme.bg1()
    }

    fn tab_bg_color(
        &self,
        _visuals: &Visuals,
        _tiles: &Tiles<Panel>,
        _tile_id: TileId,
        state: &TabState,
    ) -> Color32 {
        if state.active {
            self.theme.bg3()
        } else {
            Color32::TRANSPARENT
        }
    }

    fn tab_outline_stroke(
        &self,
        _visuals: &Visuals,
        _tiles: &Tiles<Panel>,
        _tile_id: TileId,
        _state: &TabState,
    ) -> Stroke {
        Stroke::NONE
    }

    fn tab_bar_hline_stroke(&self, _visuals: &Visuals) -> Stroke {
        self.theme.hairline()
    }

    fn min_size(&self) -> f32 {
        240.0
    }

    fn cycle_tabs_with_keyboard(&self) -> bool {
        false
    }

    fn simplification_options(&self) -> SimplificationOptions {
        SimplificationOptions {
            all_panes_must_have_tabs: true,
            ..SimplificationOptions::default()
        }
    }
}
