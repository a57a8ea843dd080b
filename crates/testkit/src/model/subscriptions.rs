//! Subscriptions: S1 to S4.

use tallyfold_core::{
    Entry, Finding, Noted, SubscriptionAssigned, SubscriptionPurchased, SubscriptionUnassigned,
};

use super::Flaw;
use super::moment::Moment;
use super::state::{Seat, Use};

impl Moment<'_> {
    fn subscription(&self, name: &str) -> Option<&SubscriptionPurchased<'static>> {
        self.account.subscriptions.iter().find(|it| *it.subscription == *name)
    }

    fn holds_seat(&self, name: &str, user: &str) -> bool {
        self.account.seats.iter().any(|seat| seat.subscription == name && seat.user == user)
    }

    /// S1: a known id.
    pub(super) fn check_subscription(
        &self,
        purchased: &SubscriptionPurchased<'_>,
    ) -> Result<(), Finding> {
        match self.subscription(&purchased.subscription) {
            Some(_) => Err(Finding::DuplicateSubscription),
            None => Ok(()),
        }
    }

    /// S1. It covers nothing before this event, for it was not there.
    pub(super) fn purchase_subscription(&mut self, purchased: &SubscriptionPurchased<'_>) {
        let purchased = purchased.clone().into_owned();
        self.account.subscriptions.push(purchased.clone());
        self.write(Entry::Noted(Noted::SubscriptionPurchased(purchased)));
    }

    /// S2: the subscription that covers a use at t: the user holds one of its seats, t is in its
    /// term, and its offering is the product or a collection that holds it. Of several, the one
    /// whose term ends last; then the one assigned first.
    pub(super) fn covering(&self, of: &Use) -> Option<&SubscriptionPurchased<'static>> {
        let seats = self.account.seats.iter().filter(|seat| seat.user == of.user);
        let held = seats.filter_map(|seat| self.subscription(&seat.subscription));
        let covering = held.filter(|it| self.is_in_term(it) && self.offers(it, &of.product));
        covering.reduce(|best, next| {
            let is_better = match self.flaw {
                Some(Flaw::FirstAssignedCovers) => false,
                Some(Flaw::LastAssignedCovers) => next.term.ends() >= best.term.ends(),
                _ => next.term.ends() > best.term.ends(),
            };
            if is_better { next } else { best }
        })
    }

    /// S1, S2: t is in the term `[starts, ends)`.
    fn is_in_term(&self, it: &SubscriptionPurchased<'_>) -> bool {
        self.needs(it.term.starts() <= self.at, Flaw::CoversBeforeItsTerm)
            && self.before(self.at, it.term.ends(), Flaw::CoversAtTermEnd)
    }

    /// S2: the offering is the product, or a collection that holds the product at t.
    fn offers(&self, it: &SubscriptionPurchased<'_>, product: &str) -> bool {
        let mut definitions = self.seen.definitions(&it.offering, product);
        let is_held = match self.flaw {
            Some(Flaw::CollectionIsNoOffering) => false,
            Some(Flaw::CollectionsAddUp) => definitions.any(|holds| holds),
            _ => definitions.next().unwrap_or(false),
        };
        *it.offering == *product || is_held
    }

    /// S3: unknown id, then already held by the user, then all seats taken.
    pub(super) fn check_seat_assigned(
        &self,
        assigned: &SubscriptionAssigned<'_>,
    ) -> Result<(), Finding> {
        let name = assigned.subscription.as_str();
        let Some(subscription) = self.subscription(name) else {
            return Err(Finding::UnknownSubscription);
        };
        let taken = self.account.seats.iter().filter(|seat| seat.subscription == name).count();
        let is_full = taken >= subscription.seats.get() as usize;
        if is_full && self.is(Flaw::NoFreeSeatBeforeHeld) {
            Err(Finding::NoFreeSeat)
        } else if self.holds_seat(name, &assigned.user) {
            Err(Finding::AlreadyAssigned)
        } else if is_full {
            Err(Finding::NoFreeSeat)
        } else {
            Ok(())
        }
    }

    /// S3: takes a seat for a user.
    pub(super) fn assign_seat(&mut self, assigned: &SubscriptionAssigned<'_>) {
        let (subscription, user) = (assigned.subscription.to_string(), assigned.user.to_string());
        self.account.seats.push(Seat { subscription, user });
        self.write(Entry::Noted(Noted::SubscriptionAssigned(assigned.clone().into_owned())));
        if self.is(Flaw::AssignCutsPaidWindows) {
            self.end_covered_windows(|charge| {
                charge.of.user == *assigned.user && charge.subscription.is_none()
            });
        }
    }

    /// S3: unknown id, then not held by the user.
    pub(super) fn check_seat_unassigned(
        &self,
        unassigned: &SubscriptionUnassigned<'_>,
    ) -> Result<(), Finding> {
        let name = unassigned.subscription.as_str();
        if self.subscription(name).is_none() {
            Err(Finding::UnknownSubscription)
        } else if !self.holds_seat(name, &unassigned.user) {
            Err(Finding::NotHeld)
        } else {
            Ok(())
        }
    }

    /// S3, W8: frees the seat and ends every window in force that it covers.
    pub(super) fn unassign_seat(&mut self, unassigned: &SubscriptionUnassigned<'_>) {
        let (name, user) = (unassigned.subscription.as_str(), unassigned.user.as_str());
        let is_seat = |seat: &Seat| seat.subscription == name && seat.user == user;
        if self.is(Flaw::SeatsAreNotFreed) {
            let given_back = self.account.seats.iter_mut().filter(|seat| is_seat(seat));
            given_back.for_each(|seat| seat.user.clear());
        }
        self.account.seats.retain(|seat| !is_seat(seat));
        self.write(Entry::Noted(Noted::SubscriptionUnassigned(unassigned.clone().into_owned())));
        let cuts_paid = self.is(Flaw::UnassignCutsPaidWindows);
        if !self.is(Flaw::UnassignKeepsWindows) {
            self.end_covered_windows(|charge| {
                let is_covered = charge.subscription.as_deref() == Some(name);
                let is_paid = charge.subscription.is_none() && cuts_paid;
                charge.of.user == user && (is_covered || is_paid)
            });
        }
    }
}
