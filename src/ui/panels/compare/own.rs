//! B's edits of one control: what they come to, and others put in their place.

use crate::scenario::{Edit, EditOp};

/// What B's edits say of a control.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Own<'e> {
    /// Nothing: it stays as it was recorded.
    None,
    /// One thing, all over the horizon.
    Whole(&'e Edit),
    /// Several things, or something of a part of the horizon.
    Parts,
}

/// What B's edits say of a control.
pub(super) fn own_of<'e>(edits: &'e [Edit], name: &str) -> Own<'e> {
    let mut mine = edits.iter().filter(|edit| edit.channel == name);
    match (mine.next(), mine.next()) {
        (None, _) => Own::None,
        (Some(edit), None) if edit.from_step == 0 && edit.to_step.is_none() => Own::Whole(edit),
        _ => Own::Parts,
    }
}

/// An edit of a control all over the horizon.
pub(super) fn whole(name: &str, op: EditOp, value: f64) -> Edit {
    Edit {
        channel: name.to_owned(),
        op,
        value,
        points: Vec::new(),
        from_step: 0,
        to_step: None,
        line: 0,
    }
}

/// The edits with all of a control's given up for one, or for what was recorded.
pub(super) fn replaced(edits: &[Edit], name: &str, own: Option<Edit>) -> Vec<Edit> {
    let others = edits.iter().filter(|edit| edit.channel != name).cloned();
    others.chain(own).collect()
}
