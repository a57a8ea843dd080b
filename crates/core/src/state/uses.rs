//! Uses, their windows, and the users they belong to (W1 to W9).

use std::collections::BTreeMap;
use std::hint::black_box;

use serde::{Deserialize, Serialize};

use crate::snapshot::RestoreError;
use crate::state::access::{Mark, OpenProducts};
use crate::state::append;
use crate::state::charges::Charges;
use crate::state::coded::{Coded, coded};
use crate::state::index::{Index, NOWHERE};
use crate::state::names::{HashKey, Hashed, Names};
use crate::state::sessions::Chain;
use crate::state::subscriptions::HeldSeats;
use crate::time::Instant;

/// What is known of a user.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) mark: Mark,
    /// What replaces the account's access for this user (A3).
    pub(crate) open_products: Option<Box<OpenProducts>>,
    pub(crate) seats: HeldSeats,
    /// All uses of this user.
    pub(crate) uses: Vec<u32>,
}

/// The pair of a user and a product: what is charged. One cache line.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[repr(align(64))]
pub(crate) struct Use {
    pub(crate) user: u32,
    pub(crate) product: u32,
    pub(crate) sessions: Chain,
    /// The last window, in force or not.
    pub(crate) window: Option<Window>,
}

impl Use {
    /// The hash of its names, by which it is found.
    fn hash(&self, users: &Names, products: &Names, key: &HashKey) -> u64 {
        let hash = |name: &str| key.hash(name.as_bytes());
        hash_of_use(hash(users.name(self.user)), hash(products.name(self.product)))
    }
}

/// What is known of the user and the use that an event names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    pub(crate) user: Option<u32>,
    pub(crate) in_use: Option<u32>,
}

/// The time that a charge pays for: `[starts, ends)`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Window {
    pub(crate) charge: u64,
    pub(crate) starts: Instant,
    pub(crate) ends: Instant,
    /// The number of the rulebook that the charge saw (T5).
    pub(crate) rulebook: u32,
    /// The subscription that covers it; `None` where tokens paid.
    pub(crate) subscription: Option<u32>,
    /// Whether it ends with the last live session of its use (W5).
    pub(crate) ends_with_last_session: bool,
    /// Whether the charge was made by an open, alone, for more than 0 tokens (W6).
    pub(crate) may_be_graced: bool,
}

impl Window {
    /// In force at t: starts ≤ t < ends.
    pub(crate) fn holds(&self, at: Instant) -> bool {
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

impl Coded for User {
    fn encode(&self, bytes: &mut Vec<u8>) {
        self.mark.encode(bytes);
        self.open_products.encode(bytes);
        self.seats.encode(bytes);
    }

    fn decode(bytes: &mut &[u8]) -> Result<User, RestoreError> {
        let (mark, (open_products, seats)) = Coded::decode(bytes)?;
        Ok(User { mark, open_products, seats, uses: Vec::new() })
    }
}

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

/// All users, products and uses of an account.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Uses {
    pub(crate) users: Names,
    pub(crate) products: Names,
    known: Vec<User>,
    list: Vec<Use>,
    /// By use, the start of the last charge that was refunded by grace (W6).
    graced_starts: BTreeMap<u32, Instant>,
    #[serde(skip)]
    index: Index,
}

impl Uses {
    pub(crate) fn get(&self, number: u32) -> &Use {
        &self.list[number as usize]
    }

    pub(crate) fn get_mut(&mut self, number: u32) -> &mut Use {
        &mut self.list[number as usize]
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = (u32, &Use)> {
        (0..).zip(&self.list)
    }

    /// The names of a use: user and product.
    pub(crate) fn names(&self, number: u32) -> (&str, &str) {
        let it = self.get(number);
        (self.users.name(it.user), self.products.name(it.product))
    }

    pub(crate) fn user(&self, name: Hashed<'_>) -> Option<&User> {
        self.users.find(name).map(|number| &self.known[number as usize])
    }

    pub(crate) fn user_numbered(&self, number: u32) -> &User {
        &self.known[number as usize]
    }

    /// The user of this name, who becomes known if they were not.
    pub(crate) fn user_mut(&mut self, name: Hashed<'_>) -> &mut User {
        let number = self.user_number(name);
        &mut self.known[number as usize]
    }

    pub(crate) fn user_number(&mut self, name: Hashed<'_>) -> u32 {
        let number = self.users.number(name);
        if self.known.len() == number as usize {
            append(&mut self.known, User::default());
        }
        number
    }

    /// The seats that a user holds.
    pub(crate) fn seats(&self, user: Hashed<'_>) -> &[u32] {
        self.user(user).map_or(&[], |user| &user.seats)
    }

    /// What is known of a user and of their use of a product, which may have the number `hint`. The
    /// use is found by both names at once; they are looked up one by one only where it is new.
    pub(crate) fn find(&self, names: NamesOfUse<'_>, hint: u32) -> Known {
        match self.find_use(names, hint) {
            Some(number) => Known { user: Some(self.get(number).user), in_use: Some(number) },
            None => Known { user: self.users.find(names.0), in_use: None },
        }
    }

    fn find_use(&self, names: NamesOfUse<'_>, hint: u32) -> Option<u32> {
        let (user, product) = names;
        let is = |number: u32| self.names(number) == (user.name, product.name);
        if (hint as usize) < self.list.len() && is(hint) {
            return Some(hint);
        }
        self.index.find(hash_of_use(user.hash, product.hash), self.list.len(), is)
    }

    /// What is probably the number of the use that has this hash.
    pub(crate) fn hint(&self, hash: u64) -> u32 {
        self.index.hint(hash)
    }

    /// Fetches a use into the processor's cache.
    pub(crate) fn fetch(&self, number: u32) {
        if let Some(it) = self.list.get(number as usize) {
            black_box(self.known.get(it.user as usize).map(|user| user.mark));
        }
    }

    /// The number of the use that was looked for, which becomes known if it was not.
    pub(crate) fn number(&mut self, known: Known, (user, product): NamesOfUse<'_>) -> u32 {
        if let Some(number) = known.in_use {
            return number;
        }
        let hash = hash_of_use(user.hash, product.hash);
        let user_number = known.user.unwrap_or_else(|| self.user_number(user));
        let product = self.products.number(product);
        let number = self.list.len() as u32;
        self.known[user_number as usize].uses.push(number);
        let it = Use { user: user_number, product, sessions: Chain::EMPTY, window: None };
        append(&mut self.list, it);
        let Uses { users, products, list, index, .. } = self;
        let hash_of = |number: u32| Some(list[number as usize].hash(users, products, user.key));
        index.insert((hash, number), list.len(), hash_of);
        number
    }

    /// The start of the last charge of a use that was refunded by grace (W6).
    pub(crate) fn graced_start(&self, number: u32) -> Option<Instant> {
        self.graced_starts.get(&number).copied()
    }

    pub(crate) fn set_graced_start(&mut self, number: u32, start: Instant) {
        self.graced_starts.insert(number, start);
    }

    /// Users, products and uses, as [`Coded`].
    pub(crate) fn encode(&self, bytes: &mut Vec<u8>) {
        self.users.encode(bytes);
        self.known.encode(bytes);
        self.products.encode(bytes);
        self.list.encode(bytes);
        let graced: Vec<_> = self.graced_starts.iter().map(|(it, start)| (*it, *start)).collect();
        graced.encode(bytes);
    }

    pub(crate) fn decode(bytes: &mut &[u8]) -> Result<Uses, RestoreError> {
        let (users, known) = Coded::decode(bytes)?;
        let (products, (list, graced)) = Coded::decode(bytes)?;
        let graced: Vec<(u32, Instant)> = graced;
        let graced_starts = graced.into_iter().collect();
        Ok(Uses { users, products, known, list, graced_starts, index: Index::default() })
    }

    /// The live sessions of a use, where there is one of this number.
    pub(crate) fn chain_mut(&mut self, number: u32) -> Option<&mut Chain> {
        self.list.get_mut(number as usize).map(|it| &mut it.sessions)
    }

    /// Builds the indexes anew after a snapshot was read.
    pub(crate) fn restore(
        &mut self,
        key: &HashKey,
        rulebooks: usize,
        subscriptions: usize,
        charges: &Charges,
    ) -> Result<(), RestoreError> {
        self.users.restore(key)?;
        self.products.restore(key)?;
        let fits = self.users.len() == self.known.len();
        RestoreError::unless(fits, "users and names differ")?;
        let mut lists = self.known.iter().filter_map(|user| user.open_products.as_deref());
        let restorable = lists.all(OpenProducts::is_restorable);
        RestoreError::unless(restorable, "a list of open products is out of order")?;
        let last_graced = self.graced_starts.last_key_value().map(|(number, _)| *number as usize);
        let fits = last_graced.is_none_or(|number| number < self.list.len());
        RestoreError::unless(fits, "grace was given to no use")?;
        self.known.iter_mut().for_each(|user| user.uses.clear());
        for number in 0..self.list.len() as u32 {
            let it = self.get(number);
            let window_fits = it.window.is_none_or(|window| {
                charges.is_of(window.charge, it.user, it.product)
                    && window.starts <= window.ends
                    && (window.rulebook as usize) < rulebooks
                    && window.subscription.is_none_or(|it| (it as usize) < subscriptions)
            });
            RestoreError::unless(
                (it.user as usize) < self.users.len()
                    && (it.product as usize) < self.products.len()
                    && window_fits
                    && (it.sessions.is_empty() || it.window.is_some()),
                "a use does not fit the account",
            )?;
            let user = it.user;
            self.known[user as usize].uses.push(number);
        }
        self.restore_index(key)
    }

    /// Builds the index anew. A use that is not found by its own names stands there twice.
    fn restore_index(&mut self, key: &HashKey) -> Result<(), RestoreError> {
        let Uses { users, products, list, index, .. } = self;
        index.build(list.len(), |number| Some(list[number as usize].hash(users, products, key)));
        let is_found = |number: u32| {
            let (user, product) = self.names(number);
            let names = (key.hashed(user), key.hashed(product));
            self.find_use(names, NOWHERE) == Some(number)
        };
        let all_found = (0..self.list.len() as u32).all(is_found);
        RestoreError::unless(all_found, "a use stands in a list twice")
    }

    pub(crate) fn held_seats(&self) -> impl Iterator<Item = &HeldSeats> {
        self.known.iter().map(|user| &user.seats)
    }

    pub(crate) fn chains(&self) -> Vec<Chain> {
        self.list.iter().map(|it| it.sessions).collect()
    }
}

/// The names of user and product.
pub(crate) type NamesOfUse<'a> = (Hashed<'a>, Hashed<'a>);

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
