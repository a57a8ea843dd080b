//! Subscriptions and how many of their seats are taken.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use crate::event::{Seats, SubscriptionPurchased, Timestamp};
use crate::state::coded::{Coded, RestoreError, coded};
use crate::state::ids::{Id, SubscriptionId};
use crate::state::names::{HashKey, Hashed, Names, is_name};
use crate::state::users::HeldSeats;

/// Seats for an offering during a term (S1).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Subscription {
    pub(crate) offering: CompactString,
    pub(crate) seats: u32,
    pub(crate) taken: u32,
    pub(crate) starts: Timestamp,
    pub(crate) ends: Timestamp,
}

coded!(Subscription { offering, seats, taken, starts, ends });

/// All subscriptions of an account.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Subscriptions {
    names: Names<SubscriptionId>,
    list: Vec<Subscription>,
}

impl Subscriptions {
    pub(crate) fn get(&self, subscription: SubscriptionId) -> &Subscription {
        &self.list[subscription.place()]
    }

    pub(crate) fn get_mut(&mut self, subscription: SubscriptionId) -> &mut Subscription {
        &mut self.list[subscription.place()]
    }

    pub(crate) fn name(&self, subscription: SubscriptionId) -> &str {
        self.names.name(subscription)
    }

    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Subscription> {
        self.list.iter()
    }

    pub(crate) fn find(&self, name: Hashed<'_>) -> Option<SubscriptionId> {
        self.names.find(name)
    }

    pub(crate) fn add(&mut self, name: Hashed<'_>, event: &SubscriptionPurchased<'_>) {
        self.names.find_or_add(name);
        self.list.push(Subscription {
            offering: CompactString::from(&*event.offering),
            seats: event.seats.get(),
            taken: 0,
            starts: event.term.starts(),
            ends: event.term.ends(),
        });
    }

    /// Names and subscriptions, as [`Coded`].
    pub(crate) fn encode(&self, bytes: &mut Vec<u8>) {
        self.names.encode(bytes);
        self.list.encode(bytes);
    }

    pub(crate) fn decode(bytes: &mut &[u8]) -> Result<Subscriptions, RestoreError> {
        let (names, list) = Coded::decode(bytes)?;
        Ok(Subscriptions { names, list })
    }

    /// Builds the index anew after a snapshot was read; the seats that users hold are given.
    pub(crate) fn restore<'a>(
        &mut self,
        key: &HashKey,
        held: impl Iterator<Item = &'a HeldSeats>,
    ) -> Result<(), RestoreError> {
        self.names.restore(key)?;
        let sold = |it: &Subscription| {
            is_name(&it.offering) && it.starts < it.ends && Seats::new(it.seats).is_ok()
        };
        RestoreError::unless(self.list.iter().all(sold), "a subscription that no event can sell")?;
        let mut taken = vec![0_u32; self.len()];
        let mut last_holder = vec![None; self.len()];
        for (holder, seats) in held.enumerate() {
            RestoreError::unless(
                seats.iter().all(|subscription| subscription.place() < self.len())
                    && seats.is_sorted_by(|&a, &b| self.get(a).ends >= self.get(b).ends),
                "held seats do not fit the subscriptions",
            )?;
            for subscription in seats {
                let place = subscription.place();
                let again = last_holder[place].replace(holder) == Some(holder);
                RestoreError::unless(!again, "a user holds two seats of one subscription")?;
                taken[place] += 1;
            }
        }
        let fits = |(it, taken): (&Subscription, &u32)| it.taken == *taken && it.taken <= it.seats;
        RestoreError::unless(
            self.names.len() == self.len() && self.list.iter().zip(&taken).all(fits),
            "subscriptions and held seats differ",
        )
    }
}
