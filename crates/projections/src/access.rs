//! Who may use tokens, and for which products, as the journal tells of it (A1 to A3).

use std::collections::{BTreeMap, BTreeSet};

use tallyfold_core::{Assignment, FlexAccess, Products, Timestamp};

/// The present mark of a user (A1).
#[derive(Clone, Copy, Debug)]
struct Mark {
    is_assigned: bool,
    since: Timestamp,
}

/// The products open to tokens (A3).
#[derive(Clone, Debug)]
enum OpenProducts {
    AllExcept(BTreeSet<Box<str>>),
    Only(BTreeSet<Box<str>>),
}

/// The marks and access sets of an account, users by their numbers.
#[derive(Clone, Debug, Default)]
pub(crate) struct TokenAccess {
    marks: BTreeMap<u32, Mark>,
    of_account: Option<OpenProducts>,
    of_users: BTreeMap<u32, OpenProducts>,
}

impl TokenAccess {
    /// A1: a user gets a mark in place of the one before.
    pub(crate) fn mark(&mut self, user: u32, is_assigned: bool, since: Timestamp) {
        self.marks.insert(user, Mark { is_assigned, since });
    }

    /// A3: which products are open, for the account or for one user.
    pub(crate) fn set(&mut self, user: Option<u32>, access: &FlexAccess<'_>) {
        let open = OpenProducts::set_by(access);
        match (user, open) {
            (None, open) => self.of_account = open,
            (Some(user), Some(open)) => drop(self.of_users.insert(user, open)),
            (Some(user), None) => drop(self.of_users.remove(&user)),
        }
    }

    /// Since when a user is marked assigned.
    pub(crate) fn assigned_since(&self, user: u32) -> Option<Timestamp> {
        self.marks.get(&user).filter(|mark| mark.is_assigned).map(|mark| mark.since)
    }

    /// Everybody who is marked assigned.
    pub(crate) fn assigned(&self) -> impl Iterator<Item = u32> + '_ {
        self.marks.iter().filter(|(_, mark)| mark.is_assigned).map(|(user, _)| *user)
    }

    /// A2: whether a user may use tokens.
    pub(crate) fn allows(&self, user: u32, assignment: Assignment) -> bool {
        let mark = self.marks.get(&user).map(|mark| mark.is_assigned);
        match assignment {
            Assignment::Open => mark != Some(false),
            Assignment::Required => mark == Some(true),
        }
    }

    /// A3: whether a product is open to a user; what was set for them goes before the account's.
    pub(crate) fn opens(&self, user: u32, product: &str) -> bool {
        let set = self.of_users.get(&user).or(self.of_account.as_ref());
        set.is_none_or(|open| open.holds(product))
    }
}

impl OpenProducts {
    fn set_by(access: &FlexAccess<'_>) -> Option<OpenProducts> {
        let listed = |products: &Products<'_>| {
            products.as_slice().iter().map(|name| name.as_str().into()).collect()
        };
        match access {
            FlexAccess::AllExcept(products) => Some(OpenProducts::AllExcept(listed(products))),
            FlexAccess::Only(products) => Some(OpenProducts::Only(listed(products))),
            FlexAccess::Default => None,
        }
    }

    fn holds(&self, product: &str) -> bool {
        match self {
            OpenProducts::AllExcept(listed) => !listed.contains(product),
            OpenProducts::Only(listed) => listed.contains(product),
        }
    }
}
