//! Uses and their windows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Counts;
use super::sessions::Chain;
use crate::event::Timestamp;
use crate::state::append;
use crate::state::charges::Charges;
use crate::state::coded::{Coded, RestoreError, coded};
use crate::state::ids::{
    ChargeNumber, Id, ProductId, RulebookId, SubscriptionId, UseId, UserId, ids,
};
use crate::state::index::Index;
use crate::state::names::{HashKey, Hashed, Hint, Names};
use crate::state::users::Users;

/// The pair of a user and a product: what is charged. One cache line.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[repr(align(64))]
pub(crate) struct Use {
    pub(crate) user: UserId,
    pub(crate) product: ProductId,
    sessions: Chain,
    window: Option<Window>,
}

impl Use {
    /// Its live sessions.
    pub(crate) fn chain(&self) -> Chain {
        self.sessions
    }

    /// The last window, in force or not.
    pub(crate) fn window(&self) -> Option<&Window> {
        self.window.as_ref()
    }

    /// The hash of its names, by which it is found.
    fn hash(&self, users: &Users, products: &Names<ProductId>, key: &HashKey) -> u64 {
        let hash = |name: &str| key.hash(name.as_bytes());
        hash_of_use(hash(users.name(self.user)), hash(products.name(self.product)))
    }
}

/// What is known of the user and the use that an event names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KnownUse {
    pub(crate) user: Option<UserId>,
    pub(crate) use_id: Option<UseId>,
}

/// The names of user and product.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HashedUse<'a> {
    pub(crate) user: Hashed<'a>,
    pub(crate) product: Hashed<'a>,
    /// Where the use probably stands.
    pub(crate) hint: Hint,
}

/// The time that a charge pays for: `[starts, ends)`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Window {
    pub(crate) charge: ChargeNumber,
    pub(crate) starts: Timestamp,
    pub(crate) ends: Timestamp,
    /// The rulebook that the charge saw (T5).
    pub(crate) rulebook: RulebookId,
    /// The subscription that covers it; `None` where tokens paid.
    pub(crate) subscription: Option<SubscriptionId>,
    /// Whether it ends with the last live session of its use (W5).
    pub(crate) ends_with_last_session: bool,
    /// Whether the charge was made by an open, alone, for more than 0 tokens (W6).
    pub(crate) may_be_graced: bool,
}

impl Window {
    /// In force at t: starts ≤ t < ends.
    pub(crate) fn holds(&self, at: Timestamp) -> bool {
        self.starts <= at && at < self.ends
    }
}

coded!(Window {
    charge,
    starts,
    ends,
    rulebook,
    subscription,
    ends_with_last_session,
    may_be_graced
});

impl Coded for Use {
    /// Its sessions know that they are its own.
    fn encode(&self, bytes: &mut Vec<u8>) {
        self.user.encode(bytes);
        self.product.encode(bytes);
        self.window.encode(bytes);
    }

    fn decode(bytes: &mut &[u8]) -> Result<Use, RestoreError> {
        let (user, (product, window)) = Coded::decode(bytes)?;
        Ok(Use { user, product, sessions: Chain::EMPTY, window })
    }
}

/// All products and uses of an account.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Uses {
    pub(super) products: Names<ProductId>,
    list: Vec<Use>,
    /// By use, the start of the last charge that was refunded by grace (W6).
    graced_starts: BTreeMap<UseId, Timestamp>,
    #[serde(skip)]
    index: Index<UseId>,
}

impl Uses {
    pub(super) fn get(&self, use_id: UseId) -> &Use {
        &self.list[use_id.place()]
    }

    fn get_mut(&mut self, use_id: UseId) -> &mut Use {
        &mut self.list[use_id.place()]
    }

    pub(super) fn at(&self, use_id: UseId) -> Option<&Use> {
        self.list.get(use_id.place())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (UseId, &Use)> {
        ids(self.list.len()).zip(&self.list)
    }

    /// The live sessions of a use.
    pub(super) fn chain_mut(&mut self, use_id: UseId) -> &mut Chain {
        &mut self.get_mut(use_id).sessions
    }

    /// The live sessions of a use, where there is one of this number.
    pub(super) fn chain_at(&mut self, use_id: UseId) -> Option<&mut Chain> {
        self.list.get_mut(use_id.place()).map(|it| &mut it.sessions)
    }

    pub(super) fn set_window(&mut self, use_id: UseId, window: Window) {
        self.get_mut(use_id).window = Some(window);
    }

    /// Ends the last window, and says which it was.
    pub(super) fn end_window(&mut self, use_id: UseId, at: Timestamp) -> Option<Window> {
        let window = self.get_mut(use_id).window.as_mut();
        debug_assert!(window.is_some(), "a window ends of a use that never had one");
        let window = window?;
        window.ends = at;
        Some(*window)
    }

    /// The use is found by both names at once; they are looked up one by one only where it is new.
    #[inline(always)]
    pub(super) fn find(&self, users: &Users, names: &HashedUse<'_>) -> KnownUse {
        match self.find_use(users, names) {
            Some(use_id) => KnownUse { user: Some(self.get(use_id).user), use_id: Some(use_id) },
            None => KnownUse { user: users.find(names.user), use_id: None },
        }
    }

    #[inline(always)]
    fn find_use(&self, users: &Users, names: &HashedUse<'_>) -> Option<UseId> {
        let HashedUse { user, product, hint } = *names;
        let is = |use_id: UseId| {
            self.list.get(use_id.place()).is_some_and(|it| {
                users.name(it.user) == user.name && self.products.name(it.product) == product.name
            })
        };
        let hinted = hint.map(UseId::of_raw).filter(|&use_id| is(use_id));
        let hash = || hash_of_use(user.hash, product.hash);
        hinted.or_else(|| self.index.find(hash(), self.list.len(), is))
    }

    /// Where the use that has this hash probably stands.
    pub(super) fn hint(&self, hash: u64) -> Hint {
        self.index.hint(hash).map(UseId::raw)
    }

    /// The use that was looked for, which becomes known if it was not.
    pub(super) fn find_or_add(
        &mut self,
        users: &mut Users,
        known: KnownUse,
        names: &HashedUse<'_>,
    ) -> UseId {
        if let Some(use_id) = known.use_id {
            return use_id;
        }
        let user = known.user.unwrap_or_else(|| users.find_or_add(names.user));
        let product = self.products.find_or_add(names.product);
        let use_id = UseId::at(self.list.len());
        users.get_mut(user).uses.push(use_id);
        append(&mut self.list, Use { user, product, sessions: Chain::EMPTY, window: None });
        let Uses { products, list, index, .. } = self;
        let hash_of = |id: UseId| Some(list[id.place()].hash(users, products, names.user.key));
        let hash = hash_of_use(names.user.hash, names.product.hash);
        index.insert(use_id, hash, list.len(), hash_of);
        use_id
    }

    pub(super) fn graced_start(&self, use_id: UseId) -> Option<Timestamp> {
        self.graced_starts.get(&use_id).copied()
    }

    pub(super) fn set_graced_start(&mut self, use_id: UseId, start: Timestamp) {
        self.graced_starts.insert(use_id, start);
    }

    /// Products and uses, as [`Coded`].
    pub(super) fn encode(&self, bytes: &mut Vec<u8>) {
        self.products.encode(bytes);
        self.list.encode(bytes);
        let graced: Vec<_> = self.graced_starts.iter().map(|(it, start)| (*it, *start)).collect();
        graced.encode(bytes);
    }

    pub(super) fn decode(bytes: &mut &[u8]) -> Result<Uses, RestoreError> {
        let (products, (list, graced)) = Coded::decode(bytes)?;
        let graced: Vec<(UseId, Timestamp)> = graced;
        let graced_starts = graced.into_iter().collect();
        Ok(Uses { products, list, graced_starts, index: Index::default() })
    }

    /// Builds the indexes anew after a snapshot was read, and enters each use with its user.
    pub(super) fn restore(
        &mut self,
        key: &HashKey,
        users: &mut Users,
        charges: &Charges,
        counts: &Counts,
    ) -> Result<(), RestoreError> {
        self.products.restore(key)?;
        let last_graced = self.graced_starts.last_key_value().map(|(use_id, _)| use_id.place());
        let fits = last_graced.is_none_or(|place| place < self.list.len());
        RestoreError::unless(fits, "grace was given to no use")?;
        for (use_id, it) in self.iter() {
            RestoreError::unless(self.fits(it, users, charges, counts), MISFIT)?;
            users.get_mut(it.user).uses.push(use_id);
        }
        self.restore_index(key, users)
    }

    /// Whether what a use names is there.
    fn fits(&self, it: &Use, users: &Users, charges: &Charges, counts: &Counts) -> bool {
        let window_fits = |window: &Window| {
            let charge = charges.find(window.charge);
            charge.is_some_and(|charge| (charge.user, charge.product) == (it.user, it.product))
                && window.starts <= window.ends
                && window.rulebook.place() < counts.rulebooks
                && window.subscription.is_none_or(|it| it.place() < counts.subscriptions)
        };
        users.at(it.user).is_some()
            && it.product.place() < self.products.len()
            && it.window().is_none_or(window_fits)
            && (it.sessions.is_empty() || it.window.is_some())
    }

    /// Builds the index anew. A use that is not found by its own names stands there twice.
    fn restore_index(&mut self, key: &HashKey, users: &Users) -> Result<(), RestoreError> {
        let Uses { products, list, index, .. } = self;
        index.build(list.len(), |id| Some(list[id.place()].hash(users, products, key)));
        let is_found = |(use_id, it): (UseId, &Use)| {
            let user = key.hashed(users.name(it.user));
            let product = key.hashed(self.products.name(it.product));
            self.find_use(users, &HashedUse { user, product, hint: None }) == Some(use_id)
        };
        RestoreError::unless(self.iter().all(is_found), "a use stands in a list twice")
    }

    pub(super) fn chains(&self) -> Vec<Chain> {
        self.list.iter().map(|it| it.sessions).collect()
    }
}

const MISFIT: &str = "a use does not fit the account";

/// The hashes of user and product as one. They are turned against each other, so that a user named
/// like a product is no special pair.
pub(crate) fn hash_of_use(user: u64, product: u64) -> u64 {
    user ^ product.rotate_left(32)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn uses_of_one_user_or_one_product_do_not_collide() {
        let names: Vec<_> = (0..1_000).map(|n| n.to_string()).collect();
        let key = HashKey::default();
        for (user, product) in [(None, Some("7")), (Some("7"), None), (None, None)] {
            let pair = |name| (user.unwrap_or(name), product.unwrap_or(name));
            let hash = |name: &str| key.hash(name.as_bytes());
            let hashes: BTreeSet<_> = names
                .iter()
                .map(|name| pair(name))
                .map(|(user, product)| hash_of_use(hash(user), hash(product)))
                .collect();
            assert_eq!(hashes.len(), 1_000);
        }
    }
}
