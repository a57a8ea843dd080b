//! Packs: what was bought, and where its tokens are.

#[cfg(doc)]
use crate::spec::*;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::event::{PackTokens, Timestamp, Tokens};
use crate::journal::Posting;
use crate::state::append;
use crate::state::burnable::{BurnOrder, Burnable};
use crate::state::coded::{Coded, RestoreError, coded};
use crate::state::ids::{Id, PackId, ids};
use crate::state::names::{HashKey, Hashed, Names};
use crate::state::takings::{Taking, Takings};

/// A lot of prepaid tokens.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Pack {
    pub(crate) purchased_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    pub(crate) balance: Balance,
    /// When notice of the expiry is given, if it still is to be (N3).
    pub(crate) notice_at: Option<Timestamp>,
    /// Whether its expiry was fired.
    pub(crate) retired: bool,
}

/// [P7](crate::spec::P7): where tokens are. Always purchased + adjusted = available + burned + expired.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
    /// Whether no token was lost or made ([P7]).
    #[must_use]
    pub fn is_conserved(&self) -> bool {
        self.purchased + self.adjusted == self.available + self.burned + self.expired
            && self.available >= Tokens::ZERO
            && self.burned >= Tokens::ZERO
            && self.expired >= Tokens::ZERO
    }

    /// Lets what is left expire, and says how much it was.
    pub(crate) fn expire(&mut self) -> Tokens {
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
    fn bought(&self) -> Tokens {
        self.balance.purchased + self.balance.adjusted
    }
}

coded!(Pack { purchased_at, expires_at, balance, notice_at, retired });
coded!(Balance { purchased, adjusted, burned, expired, available });

/// What is left of usable packs, and what they started with (N2).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usable {
    pub(crate) available: Tokens,
    /// Purchased and adjusted.
    pub(crate) bought: Tokens,
}

impl Usable {
    fn add(&mut self, pack: &Pack) {
        self.available += pack.balance.available;
        self.bought += pack.bought();
    }

    /// Without a pack that is counted.
    pub(crate) fn remove(&mut self, pack: &Pack) {
        self.available -= pack.balance.available;
        self.bought -= pack.bought();
    }
}

/// What a pack is from its purchase on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewPack {
    pub(crate) tokens: Tokens,
    pub(crate) purchased_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    pub(crate) notice_at: Option<Timestamp>,
}

/// How a pack's place in burn order is made (P3).
pub(crate) type MakeBurnOrder = fn(PackId, &Pack) -> BurnOrder;

/// All packs of an account.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Packs {
    names: Names<PackId>,
    list: Vec<Pack>,
    #[serde(skip)]
    burn_orders: Vec<BurnOrder>,
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

    pub(crate) fn get(&self, pack: PackId) -> &Pack {
        &self.list[pack.place()]
    }

    pub(crate) fn name(&self, pack: PackId) -> &str {
        self.names.name(pack)
    }

    pub(crate) fn find(&self, name: Hashed<'_>) -> Option<PackId> {
        self.names.find(name)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Pack> {
        self.list.iter()
    }

    pub(crate) fn burn_order(&self, pack: PackId) -> BurnOrder {
        self.burn_orders[pack.place()]
    }

    /// All packs in burn order.
    pub(crate) fn in_burn_order(&self) -> impl Iterator<Item = PackId> + use<> {
        let mut order = self.burn_orders.clone();
        order.sort_unstable();
        order.into_iter().map(|order| order.pack)
    }

    /// The packs that hold something and were not retired, in burn order.
    pub(crate) fn burnable(&self) -> impl Iterator<Item = PackId> {
        self.burnable.iter()
    }

    pub(crate) fn add(&mut self, name: Hashed<'_>, new: NewPack, order: MakeBurnOrder) -> PackId {
        let id = self.names.find_or_add(name);
        let balance =
            Balance { purchased: new.tokens, available: new.tokens, ..Balance::default() };
        let NewPack { purchased_at, expires_at, notice_at, .. } = new;
        let pack = Pack { purchased_at, expires_at, balance, notice_at, retired: false };
        append(&mut self.burn_orders, order(id, &pack));
        append(&mut self.list, pack);
        self.enter(id);
        id
    }

    /// Says that the notice of a pack was given, and what the pack holds.
    pub(crate) fn give_notice(&mut self, id: PackId) -> Tokens {
        let pack = &mut self.list[id.place()];
        pack.notice_at = None;
        pack.balance.available
    }

    /// Changes a pack that was not retired by hand.
    pub(crate) fn adjust(&mut self, id: PackId, tokens: Tokens) {
        self.leave(id);
        let balance = &mut self.list[id.place()].balance;
        balance.adjusted += tokens;
        balance.available += tokens;
        self.enter(id);
    }

    /// Takes a pack out of use.
    pub(crate) fn retire(&mut self, id: PackId) {
        self.leave(id);
        self.list[id.place()].retired = true;
    }

    /// Lets what is left in a retired pack expire.
    pub(crate) fn expire(&mut self, id: PackId) -> Tokens {
        debug_assert!(self.get(id).retired, "a pack expires while it is counted as usable");
        self.list[id.place()].balance.expire()
    }

    /// What the packs that were not retired hold.
    pub(crate) fn usable(&self) -> Usable {
        self.usable
    }

    /// The postings of a charge, for the journal.
    pub(crate) fn postings(&self, takings: &Takings) -> Cow<'_, [Posting<'_>]> {
        let posting = |it: Taking| Posting { pack: self.name(it.pack).into(), tokens: it.tokens };
        takings.iter().map(posting).collect()
    }

    /// Takes the parts of a charge.
    pub(crate) fn take(&mut self, takings: &Takings) {
        for Taking { pack, tokens } in takings.iter() {
            let balance = &mut self.list[pack.place()].balance;
            balance.available -= tokens;
            balance.burned += tokens;
            let is_exhausted = balance.available.is_zero();
            self.usable.available -= tokens;
            if is_exhausted {
                self.burnable.remove(pack, |pack| self.burn_orders[pack.place()]);
            }
        }
    }

    /// Gives a part of a charge back to a pack that was not retired.
    pub(crate) fn give_back(&mut self, Taking { pack, tokens }: Taking) {
        let balance = &mut self.list[pack.place()].balance;
        balance.burned -= tokens;
        balance.available += tokens;
        self.usable.available += tokens;
        self.burnable.insert(pack, |pack| self.burn_orders[pack.place()]);
    }

    /// Gives a part of a charge back to a pack that was retired: it expires at once.
    pub(crate) fn give_back_expired(&mut self, Taking { pack, tokens }: Taking) {
        let balance = &mut self.list[pack.place()].balance;
        balance.burned -= tokens;
        balance.expired += tokens;
    }

    /// Counts a pack among the usable ones.
    fn enter(&mut self, id: PackId) {
        let pack = &self.list[id.place()];
        self.usable.add(pack);
        if !pack.balance.available.is_zero() {
            self.burnable.insert(id, |pack| self.burn_orders[pack.place()]);
        }
    }

    /// Counts a pack no longer among the usable ones.
    fn leave(&mut self, id: PackId) {
        self.usable.remove(&self.list[id.place()]);
        self.burnable.remove(id, |pack| self.burn_orders[pack.place()]);
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
    pub(crate) fn restore(
        &mut self,
        key: &HashKey,
        order: MakeBurnOrder,
    ) -> Result<(), RestoreError> {
        self.names.restore(key)?;
        RestoreError::unless(self.names.len() == self.list.len(), "packs and names differ")?;
        let conserved = self.list.iter().all(|pack| pack.balance.is_conserved());
        RestoreError::unless(conserved, "a pack's balance does not add up (P7)")?;
        let bought = |pack: &Pack| PackTokens::new(pack.balance.purchased).is_ok();
        let bought = self.list.iter().all(bought);
        RestoreError::unless(bought, "a pack is of a size that no event can have")?;
        self.burn_orders = ids(self.len()).map(|id| order(id, self.get(id))).collect();
        for id in ids(self.len()) {
            if !self.get(id).retired {
                self.enter(id);
            }
        }
        Ok(())
    }
}
