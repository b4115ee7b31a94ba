//! How an input comes about that is no channel of the dataset.

use super::Level;
use crate::model::transport::Transport;

/// How an input comes about that is no channel of the dataset.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Derived {
    /// It is what arrives of another one.
    Carried(Transport),
    /// It says how near another one is to one of its levels.
    Near(Level),
}

impl Derived {
    /// The position of the input that it is made of.
    pub(crate) fn source(&self) -> usize {
        match self {
            Self::Carried(one) => one.source,
            Self::Near(one) => one.source,
        }
    }
}
