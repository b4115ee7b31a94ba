//! Undo and redo of B's edits; a drag of one slider is one step.

use crate::scenario::Edit;

/// How many steps back are kept.
const DEPTH: usize = 200;
/// Changes of the same controls that follow this closely are one step.
const MERGE_SECS: f64 = 0.8;

/// The states of B before and after the present one.
#[derive(Debug, Default)]
pub(super) struct History {
    undo: Vec<Vec<Edit>>,
    redo: Vec<Vec<Edit>>,
    last: Option<(f64, Vec<String>)>,
}

impl History {
    /// Notes that `before` is about to become `after`.
    pub(super) fn push(&mut self, before: &[Edit], after: &[Edit], now_secs: f64) {
        let changed = changed_channels(before, after);
        let is_same_drag = self
            .last
            .as_ref()
            .is_some_and(|(secs, channels)| now_secs - secs < MERGE_SECS && *channels == changed);
        if !is_same_drag {
            self.undo.push(before.to_vec());
            if self.undo.len() > DEPTH {
                self.undo.remove(0);
            }
        }
        self.redo.clear();
        self.last = Some((now_secs, changed));
    }

    /// The state before the last change.
    pub(super) fn undo(&mut self, present: &[Edit]) -> Option<Vec<Edit>> {
        let before = self.undo.pop()?;
        self.redo.push(present.to_vec());
        self.last = None;
        Some(before)
    }

    /// The state that was undone last.
    pub(super) fn redo(&mut self, present: &[Edit]) -> Option<Vec<Edit>> {
        let after = self.redo.pop()?;
        self.undo.push(present.to_vec());
        self.last = None;
        Some(after)
    }

    /// Steps back and forth.
    pub(super) fn depth(&self) -> (usize, usize) {
        (self.undo.len(), self.redo.len())
    }

    /// Forgets everything, for another project.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

fn changed_channels(before: &[Edit], after: &[Edit]) -> Vec<String> {
    let mut changed: Vec<String> = before
        .iter()
        .filter(|edit| !after.contains(edit))
        .chain(after.iter().filter(|edit| !before.contains(edit)))
        .map(|edit| edit.channel.clone())
        .collect();
    changed.sort();
    changed.dedup();
    changed
}
