//! Lists of media.
#[derive(Debug)]
pub(super) struct Manifest;
use super::{dialect::Dialect, encoding::Decoded};
pub(super) fn read(_d: &Decoded<'_>, _l: &Dialect) -> Option<Manifest> { None }
