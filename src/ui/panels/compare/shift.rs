//! What a slider of a control stands for, and what moving it makes of B's edits.

use super::own::{Own, own_of, replaced, whole};
use crate::scenario::{Edit, EditOp, on_points};

/// Where the slider of a control stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Stand {
    /// The mean of what the edits ask for; moving it moves all of it.
    Free(f64),
    /// Several edits, or edits of parts of the horizon: one number cannot stand for them.
    Tied,
}

/// Where B's control stands by its edits alone: the handle follows the hand at once, the answer comes a
/// moment later.
pub(super) fn stand(edits: &[Edit], name: &str, recorded: &[f64]) -> Stand {
    let edit = match own_of(edits, name) {
        Own::None => return Stand::Free(mean(recorded)),
        Own::Whole(edit) => edit,
        Own::Parts => return Stand::Tied,
    };
    match edit.op {
        EditOp::Set => Stand::Free(edit.value),
        EditOp::Add => Stand::Free(mean(recorded) + edit.value),
        EditOp::Scale => Stand::Free(mean(recorded) * edit.value),
        EditOp::Schedule => Stand::Free(mean(&scheduled(&edit.points, recorded))),
        EditOp::RampTo | EditOp::Hold => Stand::Tied,
    }
}

/// The edits with this control moved as a whole so that its mean is `to`. A schedule keeps its shape
/// and a set value stays one; anything else becomes a shift of what was recorded.
pub(super) fn moved(
    edits: &[Edit],
    (name, recorded): (&str, &[f64]),
    to: f64,
    bounds: (Option<f64>, Option<f64>),
) -> Vec<Edit> {
    let own = edits.iter().find(|edit| edit.channel == name);
    let new = match own.map(|edit| (edit.op, edit)) {
        Some((EditOp::Set, _)) => whole(name, EditOp::Set, to),
        Some((EditOp::Schedule, edit)) => Edit {
            points: shifted(&edit.points, recorded, to, bounds),
            ..whole(name, EditOp::Schedule, 0.0)
        },
        _ => whole(name, EditOp::Add, to - mean(recorded)),
    };
    replaced(edits, name, Some(new))
}

/// The points moved by one distance, so far that the mean over the horizon is `to` and no point passes a
/// hard bound.
fn shifted(
    points: &[(usize, f64)],
    recorded: &[f64],
    to: f64,
    (low, high): (Option<f64>, Option<f64>),
) -> Vec<(usize, f64)> {
    let first = points.first().map_or(0, |point| point.0);
    let n_moved = recorded.len().saturating_sub(first).max(1);
    let missing = to - mean(&scheduled(points, recorded));
    let mut by = missing * recorded.len() as f64 / n_moved as f64;
    let values = || points.iter().map(|point| point.1);
    if let Some(high) = high {
        by = by.min(high - values().fold(f64::NEG_INFINITY, f64::max));
    }
    if let Some(low) = low {
        by = by.max(low - values().fold(f64::INFINITY, f64::min));
    }
    points
        .iter()
        .map(|&(step, value)| (step, value + by))
        .collect()
}

/// The course that a schedule makes of the recorded one: unchanged before the first point, straight lines
/// between points, the last one kept.
fn scheduled(points: &[(usize, f64)], recorded: &[f64]) -> Vec<f64> {
    let recorded = recorded.iter().enumerate();
    let value = |(step, &before): (usize, &f64)| on_points(points, step).unwrap_or(before);
    recorded.map(value).collect()
}

/// The mean; NaN of nothing.
pub(super) fn mean(row: &[f64]) -> f64 {
    if row.is_empty() {
        return f64::NAN;
    }
    row.iter().sum::<f64>() / row.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const FREE: (Option<f64>, Option<f64>) = (None, None);

    fn edit(op: EditOp, value: f64) -> Edit {
        whole("speed", op, value)
    }

    #[test]
    fn the_handle_stands_where_the_edit_says() {
        let recorded = [103.0, 105.0];
        let edits = moved(&[], ("speed", &recorded), 112.0, FREE);
        assert_eq!(edits, [edit(EditOp::Add, 8.0)]);
        assert_eq!(stand(&edits, "speed", &recorded), Stand::Free(112.0));
        assert_eq!(stand(&edits, "pump", &recorded), Stand::Free(104.0));
        let set = moved(&[edit(EditOp::Set, 90.0)], ("speed", &recorded), 95.0, FREE);
        assert_eq!(set, [edit(EditOp::Set, 95.0)]);
    }

    #[test]
    fn a_slider_moves_a_schedule_and_keeps_its_shape() {
        let recorded = vec![10.0; 11];
        let drawn = Edit {
            points: vec![(0, 10.0), (10, 20.0)],
            ..edit(EditOp::Schedule, 0.0)
        };
        let edits = [drawn];
        assert_eq!(stand(&edits, "speed", &recorded), Stand::Free(15.0));
        let up = moved(&edits, ("speed", &recorded), 18.0, FREE);
        assert_eq!(up[0].op, EditOp::Schedule);
        assert_eq!(up[0].points, [(0, 13.0), (10, 23.0)]);
        assert_eq!(stand(&up, "speed", &recorded), Stand::Free(18.0));
        let held = moved(&edits, ("speed", &recorded), 18.0, (None, Some(21.0)));
        assert_eq!(held[0].points, [(0, 11.0), (10, 21.0)]);
        // One that begins later leaves what is before it.
        let late = Edit {
            points: vec![(6, 20.0)],
            ..edit(EditOp::Schedule, 0.0)
        };
        let moved = moved(&[late], ("speed", &recorded), 20.0, FREE);
        assert_eq!(stand(&moved, "speed", &recorded), Stand::Free(20.0));
    }

    #[test]
    fn no_number_stands_for_edits_of_parts_of_the_horizon() {
        let recorded = [1.0; 4];
        let part = Edit {
            to_step: Some(2),
            ..edit(EditOp::Set, 3.0)
        };
        let ramp = edit(EditOp::RampTo, 3.0);
        let two = [edit(EditOp::Set, 3.0), edit(EditOp::Add, 1.0)];
        for edits in [vec![part], vec![ramp], two.to_vec()] {
            assert_eq!(stand(&edits, "speed", &recorded), Stand::Tied);
        }
    }
}
