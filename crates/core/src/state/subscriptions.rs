//! Subscriptions and their seats (S1 to S4).

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use crate::event::{Seats, SubscriptionPurchased};
use crate::refusal::Finding;
use crate::snapshot::RestoreError;
use crate::state::coded::{Coded, coded};
use crate::state::names::{HashKey, Hashed, Names, is_name};
use crate::time::Instant;

/// Seats for an offering during a term (S1).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Subscription {
    pub(crate) offering: CompactString,
    pub(crate) seats: u32,
    taken: u32,
    starts: Instant,
    pub(crate) ends: Instant,
}

coded!(Subscription { offering, seats, taken, starts, ends });

impl Subscription {
    pub(crate) fn term_holds(&self, at: Instant) -> bool {
        self.starts <= at && at < self.ends
    }
}

/// The subscriptions of which a user holds a seat: the one whose term ends last first, of those
/// the one assigned first (S2).
pub(crate) type HeldSeats = Vec<u32>;

/// All subscriptions of an account.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Subscriptions {
    names: Names,
    list: Vec<Subscription>,
}

impl Subscriptions {
    pub(crate) fn get(&self, number: u32) -> &Subscription {
        &self.list[number as usize]
    }

    pub(crate) fn name(&self, number: u32) -> &str {
        self.names.name(number)
    }

    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    /// A subscription id is taken once and for all (S1).
    pub(crate) fn check_new(&self, name: Hashed<'_>) -> Result<(), Finding> {
        match self.names.find(name) {
            Some(_) => Err(Finding::DuplicateSubscription),
            None => Ok(()),
        }
    }

    /// The subscription of which a user may take a seat (S3).
    pub(crate) fn check_assignment(&self, name: Hashed<'_>, held: &[u32]) -> Result<u32, Finding> {
        let number = self.names.find(name).ok_or(Finding::UnknownSubscription)?;
        let subscription = self.get(number);
        if held.contains(&number) {
            Err(Finding::AlreadyAssigned)
        } else if subscription.taken == subscription.seats {
            Err(Finding::NoFreeSeat)
        } else {
            Ok(number)
        }
    }

    /// The subscription whose seat a user may give back (S3).
    pub(crate) fn check_unassignment(
        &self,
        name: Hashed<'_>,
        held: &[u32],
    ) -> Result<u32, Finding> {
        let number = self.names.find(name).ok_or(Finding::UnknownSubscription)?;
        if held.contains(&number) { Ok(number) } else { Err(Finding::NotHeld) }
    }

    pub(crate) fn add(&mut self, event: &SubscriptionPurchased<'_>, key: &HashKey) {
        self.names.number(key.hashed(&event.subscription));
        self.list.push(Subscription {
            offering: CompactString::from(&*event.offering),
            seats: event.seats.get(),
            taken: 0,
            starts: event.term.starts(),
            ends: event.term.ends(),
        });
    }

    pub(crate) fn assign(&mut self, number: u32, held: &mut HeldSeats) {
        self.list[number as usize].taken += 1;
        let ends = self.get(number).ends;
        let place = held.partition_point(|&other| self.get(other).ends >= ends);
        held.insert(place, number);
    }

    pub(crate) fn unassign(&mut self, number: u32, held: &mut HeldSeats) {
        self.list[number as usize].taken -= 1;
        held.retain(|&other| other != number);
    }

    /// The subscription that covers at an instant, of those held (S2).
    pub(crate) fn covering(
        &self,
        held: &[u32],
        at: Instant,
        offers: impl Fn(&str) -> bool,
    ) -> Option<u32> {
        let running = held.iter().copied().take_while(|&number| at < self.get(number).ends);
        let mut running = running.map(|number| (number, self.get(number)));
        running.find(|(_, it)| it.term_holds(at) && offers(&it.offering)).map(|(number, _)| number)
    }

    /// The seats of the subscriptions whose term holds an instant (N1).
    pub(crate) fn seats_in_force(&self, at: Instant) -> u64 {
        let in_force = self.list.iter().filter(|subscription| subscription.term_holds(at));
        in_force.map(|subscription| u64::from(subscription.seats)).sum()
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
                seats.iter().all(|&number| (number as usize) < self.len())
                    && seats.is_sorted_by(|&a, &b| self.get(a).ends >= self.get(b).ends),
                "held seats do not fit the subscriptions",
            )?;
            for &number in seats {
                let again = last_holder[number as usize].replace(holder) == Some(holder);
                RestoreError::unless(!again, "a user holds two seats of one subscription")?;
                taken[number as usize] += 1;
            }
        }
        let fits = |(it, taken): (&Subscription, &u32)| it.taken == *taken && it.taken <= it.seats;
        RestoreError::unless(
            self.names.len() == self.len() && self.list.iter().zip(&taken).all(fits),
            "subscriptions and held seats differ",
        )
    }
}
