//! Subscriptions are bought, and their seats taken and given back (S1, S3, W8).

use crate::account::{Account, Subject};
use crate::event::{SubscriptionAssigned, SubscriptionPurchased, SubscriptionUnassigned};
use crate::journal::{Entry, Noted, Sink, WindowEnd};
use crate::turn::Turn;

impl Account {
    /// S1: seats for an offering and a term.
    pub(crate) fn purchase_subscription<S: Sink>(
        &mut self,
        turn: &mut Turn<'_, S>,
        event: &SubscriptionPurchased<'_>,
    ) {
        self.subscriptions.add(event, turn.view.key);
        turn.write(|| Entry::Noted(Noted::SubscriptionPurchased(event.clone())));
    }

    /// S3: a user takes a seat. That cuts no window paid with tokens (W8).
    pub(crate) fn assign_seat<S: Sink>(
        &mut self,
        turn: &mut Turn<'_, S>,
        event: &SubscriptionAssigned<'_>,
        subscription: Subject,
    ) {
        let user = self.uses.user_mut(turn.hashed(&event.user));
        self.subscriptions.assign(subscription, &mut user.seats);
        turn.write(|| Entry::Noted(Noted::SubscriptionAssigned(event.clone())));
    }

    /// S3, W8: a user gives a seat back; the windows that it covers end, in order of charge.
    pub(crate) fn unassign_seat<S: Sink>(
        &mut self,
        turn: &mut Turn<'_, S>,
        event: &SubscriptionUnassigned<'_>,
        subscription: Subject,
    ) {
        let name = turn.hashed(&event.user);
        self.subscriptions.unassign(subscription, &mut self.uses.user_mut(name).seats);
        turn.write(|| Entry::Noted(Noted::SubscriptionUnassigned(event.clone())));
        let uses = self.uses.user(name).map_or(&[][..], |user| &user.uses);
        let covered = |&number: &u32| {
            let window = self.uses.get(number).window.filter(|window| window.holds(turn.at))?;
            (window.subscription == Some(subscription)).then_some((window.charge, number))
        };
        let mut covered: Vec<_> = uses.iter().filter_map(covered).collect();
        covered.sort_unstable();
        for (_, in_use) in covered {
            self.end_window(turn, in_use, WindowEnd::CoverEnded);
        }
    }
}
