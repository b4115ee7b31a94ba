//! Checklists.
#[derive(Debug)]
pub(super) struct Sheet;
use super::{dialect::Dialect, encoding::Decoded};
use crate::base::Issues;
pub(super) fn read(_d: &Decoded<'_>, _l: &Dialect, _s: &str, _is: bool, _i: &mut Issues) -> Option<Sheet> { None }
