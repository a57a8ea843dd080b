//! What a charge takes, pack by pack.

use crate::event::Tokens;
use crate::state::append;
use crate::state::ids::PackId;

/// The part of a charge taken from one pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Taking {
    pub(crate) pack: PackId,
    pub(crate) tokens: Tokens,
}

/// The parts of a charge, in burn order. Nearly every charge takes from one pack, so the first part
/// needs no memory of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Takings {
    first: Option<Taking>,
    more: Vec<Taking>,
}

impl Takings {
    pub(crate) fn push(&mut self, taking: Taking) {
        match self.first {
            None => self.first = Some(taking),
            Some(_) => append(&mut self.more, taking),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Taking> {
        self.first.iter().chain(&self.more).copied()
    }

    pub(crate) fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.more.len()
    }

    /// All parts together.
    pub(crate) fn total(&self) -> Tokens {
        self.iter().map(|taking| taking.tokens).sum()
    }
}

impl FromIterator<Taking> for Takings {
    fn from_iter<T: IntoIterator<Item = Taking>>(parts: T) -> Takings {
        let mut takings = Takings::default();
        parts.into_iter().for_each(|taking| takings.push(taking));
        takings
    }
}
