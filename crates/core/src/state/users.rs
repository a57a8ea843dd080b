//! What is known of the users of an account.

use serde::{Deserialize, Serialize};

use crate::state::access::{Mark, OpenProducts};
use crate::state::append;
use crate::state::coded::{Coded, RestoreError};
use crate::state::ids::{Id, SubscriptionId, UseId, UserId};
use crate::state::names::{HashKey, Hashed, Names};

/// The subscriptions of which a user holds a seat, in the order in which they are looked at for cover.
pub(crate) type HeldSeats = Vec<SubscriptionId>;

/// What is known of a user.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) mark: Mark,
    /// What replaces the account's access for this user (A3).
    pub(crate) open_products: Option<Box<OpenProducts>>,
    pub(crate) seats: HeldSeats,
    /// All uses of this user.
    pub(crate) uses: Vec<UseId>,
}

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

/// All users of an account.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Users {
    names: Names<UserId>,
    list: Vec<User>,
}

impl Users {
    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    pub(crate) fn get(&self, user: UserId) -> &User {
        &self.list[user.place()]
    }

    pub(crate) fn get_mut(&mut self, user: UserId) -> &mut User {
        &mut self.list[user.place()]
    }

    /// The user of this number, where there is one.
    pub(crate) fn at(&self, user: UserId) -> Option<&User> {
        self.list.get(user.place())
    }

    pub(crate) fn name(&self, user: UserId) -> &str {
        self.names.name(user)
    }

    pub(crate) fn find(&self, name: Hashed<'_>) -> Option<UserId> {
        self.names.find(name)
    }

    /// The user of this name, where they are known.
    pub(crate) fn named(&self, name: Hashed<'_>) -> Option<&User> {
        self.find(name).map(|user| self.get(user))
    }

    /// The seats that a user holds.
    pub(crate) fn seats(&self, name: Hashed<'_>) -> &[SubscriptionId] {
        self.named(name).map_or(&[], |user| &user.seats)
    }

    /// The user of this name, who becomes known if they were not.
    pub(crate) fn find_or_add(&mut self, name: Hashed<'_>) -> UserId {
        let user = self.names.find_or_add(name);
        if self.list.len() == user.place() {
            append(&mut self.list, User::default());
        }
        user
    }

    pub(crate) fn held_seats(&self) -> impl Iterator<Item = &HeldSeats> {
        self.list.iter().map(|user| &user.seats)
    }

    /// Names and users, as [`Coded`].
    pub(crate) fn encode(&self, bytes: &mut Vec<u8>) {
        self.names.encode(bytes);
        self.list.encode(bytes);
    }

    pub(crate) fn decode(bytes: &mut &[u8]) -> Result<Users, RestoreError> {
        let (names, list) = Coded::decode(bytes)?;
        Ok(Users { names, list })
    }

    /// Builds the index anew after a snapshot was read. The uses of each user are entered by
    /// [`Usage`](crate::state::usage::Usage).
    pub(crate) fn restore(&mut self, key: &HashKey) -> Result<(), RestoreError> {
        self.names.restore(key)?;
        RestoreError::unless(self.names.len() == self.list.len(), "users and names differ")?;
        let mut lists = self.list.iter().filter_map(|user| user.open_products.as_deref());
        let restorable = lists.all(OpenProducts::is_restorable);
        RestoreError::unless(restorable, "a list of open products is out of order")?;
        self.list.iter_mut().for_each(|user| user.uses.clear());
        Ok(())
    }
}
