//! Packs as the journal tells of them.

#[cfg(doc)]
use tallyfold_core::spec::*;

use tallyfold_core::{Posting, Timestamp, Tokens};

use crate::names::Names;
use crate::row::words;

/// What became of a pack.
#[derive(Clone, Debug)]
pub(crate) struct PackUsage {
    /// As it was bought: the smaller pack burns first (P3).
    size: Tokens,
    pub(crate) expires_at: Timestamp,
    has_expired: bool,
    /// What is left, as long as it has not expired.
    pub(crate) available: Tokens,
    /// Net of refunds.
    pub(crate) burned: Tokens,
}

/// Tokens that came into a pack or left it other than by charges.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Movement {
    pub(crate) at: Timestamp,
    pub(crate) pack: u32,
    pub(crate) kind: MovementKind,
    pub(crate) tokens: Tokens,
    pub(crate) balance_after: Tokens,
}

/// How tokens came into a pack or left it.
///
/// Exhaustive: reports.md names them all, and a statement that does not know one would not add up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MovementKind {
    /// The pack was bought ([P1]).
    Purchased,
    /// It was corrected by hand ([P6]).
    Adjusted,
    /// What was left in it expired ([P5]).
    Expired,
}

words!(MovementKind { Purchased = "purchased", Adjusted = "adjusted", Expired = "expired" });

/// All packs of an account.
#[derive(Clone, Debug, Default)]
pub(crate) struct Packs {
    names: Names,
    pub(crate) list: Vec<PackUsage>,
    pub(crate) movements: Vec<Movement>,
    charged_last: u32,
    /// What is left in all packs.
    pub(crate) available: Tokens,
}

impl Packs {
    pub(crate) fn name(&self, pack: u32) -> &str {
        self.names.name(pack)
    }

    pub(crate) fn add(&mut self, name: &str, tokens: Tokens, at: Timestamp, expires_at: Timestamp) {
        let pack = self.names.number(name);
        let (available, burned) = (tokens, Tokens::ZERO);
        self.list.push(PackUsage {
            size: tokens,
            expires_at,
            has_expired: false,
            available,
            burned,
        });
        self.moved(at, pack, MovementKind::Purchased, tokens);
    }

    pub(crate) fn adjust(&mut self, name: &str, tokens: Tokens, at: Timestamp) {
        if let Some(pack) = self.names.find(name) {
            self.list[pack as usize].available += tokens;
            self.moved(at, pack, MovementKind::Adjusted, tokens);
        }
    }

    pub(crate) fn expire(&mut self, name: &str, tokens: Tokens, at: Timestamp) {
        if let Some(pack) = self.names.find(name) {
            self.list[pack as usize].has_expired = true;
            self.moved(at, pack, MovementKind::Expired, -tokens);
        }
    }

    fn moved(&mut self, at: Timestamp, pack: u32, kind: MovementKind, tokens: Tokens) {
        self.available += tokens;
        let balance_after = self.available;
        self.movements.push(Movement { at, pack, kind, tokens, balance_after });
    }

    pub(crate) fn charge(&mut self, postings: &[Posting<'_>]) {
        for posting in postings {
            if let Some(pack) = self.find(&posting.pack) {
                let it = &mut self.list[pack as usize];
                it.available -= posting.tokens;
                it.burned += posting.tokens;
                self.available -= posting.tokens;
            }
        }
    }

    /// The number of a pack. Nearly always it is the one that was charged last.
    fn find(&mut self, name: &str) -> Option<u32> {
        let is_last = self.list.get(self.charged_last as usize).is_some()
            && self.names.name(self.charged_last) == name;
        if !is_last {
            self.charged_last = self.names.find(name)?;
        }
        Some(self.charged_last)
    }

    /// Tokens go back to their packs; what belongs to an expired one is expired at once (X2).
    pub(crate) fn refund(&mut self, postings: &[Posting<'_>], at: Timestamp) {
        for posting in postings {
            if let Some(pack) = self.names.find(&posting.pack) {
                let it = &mut self.list[pack as usize];
                it.burned -= posting.tokens;
                it.available += posting.tokens;
                self.available += posting.tokens;
                if it.has_expired {
                    self.expire(&posting.pack, posting.tokens, at);
                }
            }
        }
    }

    /// The packs that can be charged at an instant, in burn order (P3).
    pub(crate) fn usable_at(&self, at: Timestamp) -> Vec<&PackUsage> {
        let is_usable = |pack: &&PackUsage| !pack.has_expired && at < pack.expires_at;
        let mut usable: Vec<_> = self.list.iter().filter(is_usable).collect();
        // The sort keeps the order of purchase where all else is equal.
        usable.sort_by_key(|pack| (pack.expires_at.utc_day(), pack.size, pack.expires_at));
        usable
    }
}
