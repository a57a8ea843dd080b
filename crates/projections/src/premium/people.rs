//! `user summary`: everybody who is known.

#[cfg(doc)]
use tallyfold_core::spec::*;

use std::collections::{BTreeMap, BTreeSet};

use tallyfold_core::{Timestamp, Tokens};

use super::Pass;
use super::by_user::UserProduct;
use crate::reports::{ReportedAccount, Reports};
use crate::row::{row, words};
use crate::zone::LocalInstant;

row! {
    "user summary" =>
    /// `user summary`: an account and somebody who, up to the as-of, used something or was refused it,
    /// or who holds a seat or is marked assigned to tokens.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct UserRow {
        /// The account.
        pub account: String,
        /// The user.
        pub user: String,
        /// How many subscriptions in term they hold a seat of.
        pub seats_held: u64,
        /// Whether they may use tokens ([A2]).
        pub flex_access: FlexAnswer,
        /// Tokens used in the period.
        pub tokens_used: Tokens => summed,
        /// Days of use in the period, whatever paid.
        pub days_of_use: u64 => summed,
        /// How many products they used in the period.
        pub products: u64,
        /// Opens and results that were denied in the period.
        pub denied: u64 => summed,
        /// When they last used anything.
        pub last_used: Option<LocalInstant>,
        /// Days from the later of that and the latest assignment still held to the day of the as-of.
        pub days_inactive: Option<i64>,
    }
}

/// Whether somebody may use tokens.
///
/// Exhaustive: it is a yes or a no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FlexAnswer {
    /// They may.
    Yes,
    /// They may not.
    No,
}

words!(FlexAnswer { Yes = "yes", No = "no" });

/// What is known of an account's people.
struct People<'a> {
    known: BTreeSet<&'a str>,
    /// Seats that are held: the subscriptions, each with the instant of the assignment.
    seats: BTreeMap<u32, Vec<(u32, Timestamp)>>,
    last_used: BTreeMap<u32, Timestamp>,
}

impl<'a> People<'a> {
    fn of(account: &ReportedAccount<'a>) -> People<'a> {
        let usage = account.usage;
        let (seats, mut last_used) = (usage.seats.by_holder(), BTreeMap::new());
        for it in usage.uses.iter() {
            let last = last_used.entry(it.user).or_insert(it.last_used);
            *last = it.last_used.max(*last);
        }
        let known = last_used.keys().chain(seats.keys()).copied();
        let known = known.chain(usage.refusals.users()).chain(usage.access.assigned());
        People { known: known.map(|user| usage.user(user)).collect(), seats, last_used }
    }
}

impl<'a> Reports<'a> {
    /// `user summary`.
    #[must_use]
    pub fn user_summary(&self, _: Pass) -> Vec<UserRow> {
        self.accounts().flat_map(|account| self.people_of(account)).collect()
    }

    /// The names of everybody whom `user summary` lists.
    #[must_use]
    pub fn known_users(&self, _: Pass) -> BTreeSet<&'a str> {
        self.accounts().flat_map(|account| People::of(account).known).collect()
    }

    fn people_of(&self, account: &ReportedAccount<'a>) -> Vec<UserRow> {
        let people = People::of(account);
        let mut used: BTreeMap<&str, Vec<UserProduct<'_>>> = BTreeMap::new();
        for it in self.by_user(account, account.cells()) {
            used.entry(it.user).or_default().push(it);
        }
        let row = |user: &&str| {
            let used = used.get(user).map_or(&[][..], Vec::as_slice);
            self.user_row(account, &people, user, used)
        };
        people.known.iter().map(row).collect()
    }

    fn user_row(
        &self,
        account: &ReportedAccount<'_>,
        people: &People<'_>,
        name: &str,
        used: &[UserProduct<'_>],
    ) -> UserRow {
        let usage = account.usage;
        let user = usage.users.find(name).unwrap_or_default();
        let seats = people.seats.get(&user).map_or(&[][..], Vec::as_slice);
        let is_in_term = |number: u32| usage.seats.get(number).term.holds(self.facts.as_of);
        let in_term = seats.iter().filter(|(number, _)| is_in_term(*number));
        let last_used = people.last_used.get(&user).copied();
        let assigned = seats.iter().map(|(_, since)| *since).max();
        let assigned = assigned.max(usage.access.assigned_since(user));
        let may = usage.access.allows(user, self.facts.assignment);
        let days_since = |at| self.today.signed_duration_since(self.local(at).day()).num_days();
        UserRow {
            account: account.name.to_owned(),
            user: name.to_owned(),
            seats_held: in_term.count() as u64,
            flex_access: if may { FlexAnswer::Yes } else { FlexAnswer::No },
            tokens_used: used.iter().map(UserProduct::tokens_used).sum(),
            days_of_use: used.iter().map(UserProduct::days_of_use).sum(),
            products: used.len() as u64,
            denied: usage.refusals.during(user, self.period),
            last_used: last_used.map(|at| self.local(at)),
            days_inactive: last_used.max(assigned).map(days_since),
        }
    }
}
