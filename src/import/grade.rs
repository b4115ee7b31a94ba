//! Gives every sensor a school grade with the findings behind it.

use crate::{base::Issues, data::Dataset};

/// Grades all channels.
pub(super) fn grade(dataset: &mut Dataset, issues: &mut Issues) {
    let _unused = (dataset, issues);
}
