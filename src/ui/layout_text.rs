//! The places of the views as one line of text, so that they outlive the program.
//!
//! `row(0.4:tabs(home,data,model,gap,jobs),0.6:tabs(compare))`: what stands beside or under each
//! other with its share of the room, and in the tabs the names of the views.

use egui_tiles::{Container, Linear, LinearDir, Tile, TileId, Tiles, Tree};

use crate::app::Panel;

/// How deep views can lie in each other; a text that goes deeper was not written here.
const DEPTH: usize = 8;

/// Writes the places down; `None` where all views lie behind each other, as at first.
pub(super) fn write(tree: &Tree<Panel>) -> Option<String> {
    let root = tree.root()?;
    let is_plain = matches!(
        tree.tiles.get(root)?,
        Tile::Pane(_) | Tile::Container(Container::Tabs(_))
    );
    if is_plain {
        return None;
    }
    let mut text = String::new();
    write_tile(&tree.tiles, root, &mut text)?;
    Some(text)
}

fn write_tile(tiles: &Tiles<Panel>, id: TileId, text: &mut String) -> Option<()> {
    let container = match tiles.get(id)? {
        Tile::Pane(panel) => {
            text.push_str(panel.name());
            return Some(());
        }
        Tile::Container(container) => container,
    };
    let (word, linear) = match container {
        Container::Tabs(_) => ("tabs", None),
        Container::Linear(linear) if linear.dir == LinearDir::Vertical => ("column", Some(linear)),
        Container::Linear(linear) => ("row", Some(linear)),
        Container::Grid(_) => ("row", None),
    };
    text.push_str(word);
    let mut mark = '(';
    for &child in container.children() {
        text.push(mark);
        mark = ',';
        if word != "tabs" {
            let share = linear.map_or(1.0, |linear| linear.shares[child]);
            let share = format!("{share:.3}:");
            text.push_str(&share);
        }
        write_tile(tiles, child, text)?;
    }
    text.push(')');
    Some(())
}

/// Reads the places; `None` where the text is not one of ours or leaves a view out.
pub(super) fn read(text: &str, id: eframe::egui::Id) -> Option<Tree<Panel>> {
    let mut reader = Reader {
        rest: text.trim(),
        tiles: Tiles::default(),
        seen: Vec::new(),
    };
    let root = reader.tile(0)?;
    let is_whole = reader.rest.is_empty() && reader.seen.len() == Panel::ALL.len();
    is_whole.then(|| Tree::new(id, root, reader.tiles))
}

struct Reader<'a> {
    rest: &'a str,
    tiles: Tiles<Panel>,
    seen: Vec<Panel>,
}

impl Reader<'_> {
    fn tile(&mut self, depth: usize) -> Option<TileId> {
        let end = self
            .rest
            .find(|sign: char| !sign.is_ascii_lowercase())
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        if !self.take('(') {
            return self.pane(word);
        }
        if depth >= DEPTH {
            return None;
        }
        let mut children = Vec::new();
        loop {
            let share = if word == "tabs" { 1.0 } else { self.share()? };
            children.push((self.tile(depth + 1)?, share));
            if self.take(')') {
                return self.container(word, &children);
            }
            if !self.take(',') {
                return None;
            }
        }
    }

    fn pane(&mut self, name: &str) -> Option<TileId> {
        let panel = Panel::ALL.into_iter().find(|panel| panel.name() == name)?;
        if self.seen.contains(&panel) {
            return None;
        }
        self.seen.push(panel);
        Some(self.tiles.insert_pane(panel))
    }

    fn container(&mut self, word: &str, children: &[(TileId, f32)]) -> Option<TileId> {
        let ids = children.iter().map(|child| child.0).collect();
        let dir = match word {
            "tabs" => return Some(self.tiles.insert_tab_tile(ids)),
            "row" => LinearDir::Horizontal,
            "column" => LinearDir::Vertical,
            _ => return None,
        };
        let mut linear = Linear::new(dir, ids);
        for &(id, share) in children {
            linear.shares.set_share(id, share);
        }
        Some(self.tiles.insert_container(linear))
    }

    fn share(&mut self) -> Option<f32> {
        let (number, rest) = self.rest.split_once(':')?;
        self.rest = rest;
        let share: f32 = number.parse().ok()?;
        (share.is_finite() && share > 0.0).then_some(share)
    }

    fn take(&mut self, sign: char) -> bool {
        let rest = self.rest.strip_prefix(sign);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> eframe::egui::Id {
        eframe::egui::Id::unique("layout-test")
    }

    #[test]
    fn places_survive_being_written_and_read() {
        let text = "row(0.400:tabs(home,data,jobs),0.600:column(1.000:tabs(compare,gap),\
                    2.000:tabs(model)))";
        let tree = read(text, id()).expect("a layout of ours");
        assert_eq!(write(&tree).as_deref(), Some(text));
    }

    #[test]
    fn views_behind_each_other_need_no_text() {
        let tree = Tree::new_tabs(id(), Panel::ALL.to_vec());
        assert_eq!(write(&tree), None);
    }

    #[test]
    fn a_text_that_loses_or_doubles_a_view_is_refused() {
        for text in [
            "",
            "tabs(home,data)",
            "tabs(home,data,model,compare,gap,gap)",
            "tabs(home,data,model,compare,gap,jobs",
            "tabs(home,data,model,compare,gap,jobs))",
            "heap(1:tabs(home,data,model,compare,gap,jobs))",
            "row(nan:tabs(home,data,model,compare,gap,jobs))",
            "row(1:row(1:row(1:row(1:row(1:row(1:row(1:row(1:row(1:row(1:tabs(home",
        ] {
            assert!(read(text, id()).is_none(), "{text}");
        }
    }
}
