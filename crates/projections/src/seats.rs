//! Subscriptions and who holds their seats, as the journal tells of it (S1 to S3).

use std::collections::BTreeMap;

use tallyfold_core::{SubscriptionPurchased, Term, Timestamp};

use crate::names::Names;

/// A subscription and who holds its seats.
#[derive(Clone, Debug)]
pub(crate) struct Subscription {
    pub(crate) offering: Box<str>,
    pub(crate) seats: u32,
    pub(crate) term: Term,
    /// Users, by number, and since when.
    pub(crate) held_by: BTreeMap<u32, Timestamp>,
}

/// All subscriptions of an account, in order of purchase.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seats {
    names: Names,
    list: Vec<Subscription>,
}

impl Seats {
    pub(crate) fn name(&self, subscription: u32) -> &str {
        self.names.name(subscription)
    }

    pub(crate) fn number(&mut self, subscription: &str) -> u32 {
        self.names.number(subscription)
    }

    /// All subscriptions with their numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &Subscription)> {
        (0..).zip(&self.list)
    }

    pub(crate) fn purchase(&mut self, event: &SubscriptionPurchased<'_>) {
        self.names.number(&event.subscription);
        self.list.push(Subscription {
            offering: event.offering.as_str().into(),
            seats: event.seats.get(),
            term: event.term,
            held_by: BTreeMap::new(),
        });
    }

    pub(crate) fn assign(&mut self, subscription: &str, user: u32, at: Timestamp) {
        if let Some(subscription) = self.find(subscription) {
            subscription.held_by.insert(user, at);
        }
    }

    pub(crate) fn unassign(&mut self, subscription: &str, user: u32) {
        if let Some(subscription) = self.find(subscription) {
            subscription.held_by.remove(&user);
        }
    }

    fn find(&mut self, subscription: &str) -> Option<&mut Subscription> {
        let number = self.names.find(subscription)?;
        self.list.get_mut(number as usize)
    }

    /// Everybody who holds a seat: their subscriptions in order of purchase, each with the instant
    /// since when.
    pub(crate) fn by_holder(&self) -> BTreeMap<u32, Vec<(u32, Timestamp)>> {
        let mut by_holder: BTreeMap<u32, Vec<(u32, Timestamp)>> = BTreeMap::new();
        for (number, subscription) in self.iter() {
            for (user, since) in &subscription.held_by {
                by_holder.entry(*user).or_default().push((number, *since));
            }
        }
        by_holder
    }

    pub(crate) fn get(&self, subscription: u32) -> &Subscription {
        &self.list[subscription as usize]
    }
}
