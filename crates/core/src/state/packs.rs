//! Packs: what was bought, what is left, and in which order it burns (P1 to P7).

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::event::PackTokens;
use crate::journal::Posting;
use crate::refusal::Finding;
use crate::snapshot::RestoreError;
use crate::state::append;
use crate::state::burnable::{BurnOrder, Burnable};
use crate::state::coded::{Coded, coded};
use crate::state::names::{HashKey, Hashed, Names};
use crate::time::Instant;
use crate::tokens::Tokens;

/// A lot of prepaid tokens.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Pack {
    pub(crate) purchased_at: Instant,
    pub(crate) expires_at: Instant,
    pub(crate) balance: Balance,
    /// When notice of the expiry is given, if it still is to be (N3).
    pub(crate) notice_at: Option<Instant>,
    /// Whether its expiry was fired.
    retired: bool,
}

/// Where tokens are: always purchased + adjusted = available + burned + expired (P7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// Tokens bought.
    pub purchased: Tokens,
    /// Corrections by hand, signed.
    pub adjusted: Tokens,
    /// Tokens charged, net of refunds.
    pub burned: Tokens,
    /// Tokens that were left when their pack expired, or came back to it after.
    pub expired: Tokens,
    /// Tokens that can still be charged.
    pub available: Tokens,
}

impl Balance {
    /// Whether no token was lost or made (P7).
    #[must_use]
    pub fn is_conserved(&self) -> bool {
        self.purchased + self.adjusted == self.available + self.burned + self.expired
            && self.available >= Tokens::ZERO
            && self.burned >= Tokens::ZERO
            && self.expired >= Tokens::ZERO
    }

    /// What is left, expired.
    fn expire(&mut self) -> Tokens {
        let left = std::mem::take(&mut self.available);
        self.expired += left;
        left
    }
}

impl std::ops::AddAssign for Balance {
    fn add_assign(&mut self, other: Balance) {
        self.purchased += other.purchased;
        self.adjusted += other.adjusted;
        self.burned += other.burned;
        self.expired += other.expired;
        self.available += other.available;
    }
}

impl Pack {
    /// A pack is usable while t < expires_at (P1).
    pub(crate) fn is_usable(&self, at: Instant) -> bool {
        at < self.expires_at
    }

    /// The pack's balance at an instant, its expiry included (P5).
    pub(crate) fn balance_at(&self, at: Instant) -> Balance {
        let mut balance = self.balance;
        if !self.is_usable(at) {
            balance.expire();
        }
        balance
    }

    fn burn_order(&self, number: u32) -> BurnOrder {
        BurnOrder {
            expiry_day: self.expires_at.utc_day(),
            size: self.balance.purchased,
            expires_at: self.expires_at,
            pack: number,
        }
    }

    fn bought(&self) -> Tokens {
        self.balance.purchased + self.balance.adjusted
    }
}

coded!(Pack { purchased_at, expires_at, balance, notice_at, retired });
coded!(Balance { purchased, adjusted, burned, expired, available });

/// A part of a charge: so much from this pack.
pub(crate) type Taking = (u32, Tokens);

/// What is left of usable packs, and what they started with (N2).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usable {
    pub(crate) available: Tokens,
    /// Purchased and adjusted.
    pub(crate) bought: Tokens,
}

/// All packs of an account.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Packs {
    names: Names,
    list: Vec<Pack>,
    #[serde(skip)]
    burnable: Burnable,
    /// Over packs that were not retired.
    #[serde(skip)]
    usable: Usable,
}

impl Packs {
    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    pub(crate) fn get(&self, pack: u32) -> &Pack {
        &self.list[pack as usize]
    }

    pub(crate) fn name(&self, pack: u32) -> &str {
        self.names.name(pack)
    }

    pub(crate) fn burn_order(&self, number: u32) -> BurnOrder {
        self.get(number).burn_order(number)
    }

    /// The numbers of all packs in burn order (P3).
    pub(crate) fn in_burn_order(&self) -> impl Iterator<Item = u32> + use<> {
        let mut order: Vec<_> = (0..self.len() as u32).map(|pack| self.burn_order(pack)).collect();
        order.sort_unstable();
        order.into_iter().map(|order| order.pack)
    }

    /// A pack id is taken once and for all (P2).
    pub(crate) fn check_new(&self, name: Hashed<'_>) -> Result<(), Finding> {
        match self.names.find(name) {
            Some(_) => Err(Finding::DuplicatePack),
            None => Ok(()),
        }
    }

    /// The pack that an adjustment may change (P6).
    pub(crate) fn check_adjustment(
        &self,
        name: Hashed<'_>,
        tokens: Tokens,
        at: Instant,
    ) -> Result<u32, Finding> {
        let number = self.names.find(name).ok_or(Finding::UnknownPack)?;
        let pack = self.get(number);
        if !pack.is_usable(at) {
            Err(Finding::PackExpired)
        } else if pack.balance.available + tokens < Tokens::ZERO {
            Err(Finding::Overdrawn)
        } else {
            Ok(number)
        }
    }

    /// Adds a pack (P1) and returns its number.
    pub(crate) fn add(
        &mut self,
        name: Hashed<'_>,
        tokens: Tokens,
        (purchased_at, expires_at): (Instant, Instant),
        notice_at: Option<Instant>,
    ) -> u32 {
        let number = self.names.number(name);
        let balance = Balance { purchased: tokens, available: tokens, ..Balance::default() };
        let pack = Pack { purchased_at, expires_at, balance, notice_at, retired: false };
        append(&mut self.list, pack);
        self.enter(number);
        number
    }

    /// Says that the notice of a pack was given, and what the pack holds (N3).
    pub(crate) fn give_notice(&mut self, number: u32) -> Tokens {
        let pack = &mut self.list[number as usize];
        pack.notice_at = None;
        pack.balance.available
    }

    /// Changes a usable pack by hand (P6).
    pub(crate) fn adjust(&mut self, number: u32, tokens: Tokens) {
        self.leave(number);
        let balance = &mut self.list[number as usize].balance;
        balance.adjusted += tokens;
        balance.available += tokens;
        self.enter(number);
    }

    /// Takes packs out of use whose expiry has come (P1).
    pub(crate) fn retire(&mut self, expiring: &[u32]) {
        for &number in expiring {
            self.leave(number);
            self.list[number as usize].retired = true;
        }
    }

    /// Lets what is left in a retired pack expire (P5).
    pub(crate) fn expire(&mut self, number: u32) -> Tokens {
        self.list[number as usize].balance.expire()
    }

    /// What is usable once all expiries up to now were fired.
    pub(crate) fn usable(&self) -> Usable {
        self.usable
    }

    /// What is usable at an instant, expiries that were not fired yet included.
    pub(crate) fn usable_at(&self, at: Instant) -> Usable {
        let mut usable = self.usable;
        for pack in self.list.iter().filter(|pack| !pack.retired && !pack.is_usable(at)) {
            usable.available -= pack.balance.available;
            usable.bought -= pack.bought();
        }
        usable
    }

    /// Whether a pack expires after `clock` and not after `at`.
    pub(crate) fn any_expiry_due(&self, at: Instant) -> bool {
        self.list.iter().any(|pack| !pack.retired && !pack.is_usable(at))
    }

    /// From which packs a charge takes its tokens: in burn order, as many as needed, in full or
    /// not at all (P4). Returns whether the tokens suffice.
    pub(crate) fn plan(&self, tokens: Tokens, at: Instant, takings: &mut Vec<Taking>) -> bool {
        takings.clear();
        if self.usable.available < tokens {
            return false;
        }
        let mut missing = tokens;
        for number in self.burnable.iter() {
            if missing.is_zero() {
                break;
            }
            let pack = self.get(number);
            if pack.is_usable(at) {
                let part = missing.min(pack.balance.available);
                append(takings, (number, part));
                missing -= part;
            }
        }
        missing.is_zero()
    }

    /// The postings of a charge, for the journal.
    pub(crate) fn postings(&self, takings: &[Taking]) -> Cow<'_, [Posting<'_>]> {
        let posting = |&(pack, tokens): &Taking| Posting { pack: self.name(pack).into(), tokens };
        takings.iter().map(posting).collect()
    }

    /// Takes what was planned.
    pub(crate) fn take(&mut self, takings: &[Taking]) {
        for &(number, tokens) in takings {
            let balance = &mut self.list[number as usize].balance;
            balance.available -= tokens;
            balance.burned += tokens;
            let exhausted = balance.available.is_zero();
            self.usable.available -= tokens;
            if exhausted {
                self.burn_no_more(number);
            }
        }
    }

    /// Gives a part of a charge back to its pack. Returns what expires at once, because the pack
    /// has (X2).
    pub(crate) fn give_back(&mut self, (number, tokens): Taking) -> Tokens {
        let pack = &mut self.list[number as usize];
        pack.balance.burned -= tokens;
        if pack.retired {
            pack.balance.expired += tokens;
            return tokens;
        }
        pack.balance.available += tokens;
        self.usable.available += tokens;
        self.burn(number);
        Tokens::ZERO
    }

    /// Lets a pack burn in its turn.
    fn burn(&mut self, number: u32) {
        let Packs { list, burnable, .. } = self;
        burnable.insert(number, |pack| list[pack as usize].burn_order(pack));
    }

    /// Lets a pack burn no more: it is exhausted or retired.
    fn burn_no_more(&mut self, number: u32) {
        let Packs { list, burnable, .. } = self;
        burnable.remove(number, |pack| list[pack as usize].burn_order(pack));
    }

    /// Counts a pack among the usable ones.
    fn enter(&mut self, number: u32) {
        let pack = &self.list[number as usize];
        self.usable.available += pack.balance.available;
        self.usable.bought += pack.bought();
        if !pack.balance.available.is_zero() {
            self.burn(number);
        }
    }

    /// Counts a pack no longer among the usable ones.
    fn leave(&mut self, number: u32) {
        let pack = &self.list[number as usize];
        self.usable.available -= pack.balance.available;
        self.usable.bought -= pack.bought();
        self.burn_no_more(number);
    }

    /// Names and packs, as [`Coded`].
    pub(crate) fn encode(&self, bytes: &mut Vec<u8>) {
        self.names.encode(bytes);
        self.list.encode(bytes);
    }

    pub(crate) fn decode(bytes: &mut &[u8]) -> Result<Packs, RestoreError> {
        let (names, list) = Coded::decode(bytes)?;
        Ok(Packs { names, list, ..Packs::default() })
    }

    /// Builds the indexes anew after a snapshot was read.
    pub(crate) fn restore(&mut self, key: &HashKey) -> Result<(), RestoreError> {
        self.names.restore(key)?;
        RestoreError::unless(self.names.len() == self.list.len(), "packs and names differ")?;
        let conserved = self.list.iter().all(|pack| pack.balance.is_conserved());
        RestoreError::unless(conserved, "a pack's balance does not add up (P7)")?;
        let bought = |pack: &Pack| PackTokens::new(pack.balance.purchased).is_ok();
        let bought = self.list.iter().all(bought);
        RestoreError::unless(bought, "a pack is of a size that no event can have")?;
        for number in 0..self.len() as u32 {
            if !self.get(number).retired {
                self.enter(number);
            }
        }
        Ok(())
    }

    /// Whether the expiry of a pack was fired.
    pub(crate) fn is_retired(&self, number: u32) -> bool {
        self.get(number).retired
    }
}
