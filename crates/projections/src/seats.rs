//! Subscriptions, seats and marks as the journal tells of them.

use std::collections::BTreeSet;

use tallyfold_core::{Instant, Noted, Plan};

use crate::cells::Cells;
use crate::names::Names;

/// A subscription and who holds its seats.
#[derive(Clone, Debug)]
pub(crate) struct Subscription {
    pub(crate) offering: Box<str>,
    pub(crate) seats: u32,
    pub(crate) starts: Instant,
    pub(crate) ends: Instant,
    /// Users, by number.
    pub(crate) held_by: BTreeSet<u32>,
}

/// All subscriptions of an account.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seats {
    names: Names,
    pub(crate) list: Vec<Subscription>,
    /// What was chosen last (N1).
    pub(crate) chosen_plan: Plan,
}

impl Seats {
    pub(crate) fn name(&self, subscription: u32) -> &str {
        self.names.name(subscription)
    }

    pub(crate) fn number(&mut self, subscription: &str) -> u32 {
        self.names.number(subscription)
    }

    pub(crate) fn note(&mut self, noted: &Noted<'_>, cells: &mut Cells) {
        match noted {
            Noted::SubscriptionPurchased(it) => {
                self.names.number(&it.subscription);
                self.list.push(Subscription {
                    offering: it.offering.as_str().into(),
                    seats: it.seats.get(),
                    starts: it.term.starts(),
                    ends: it.term.ends(),
                    held_by: BTreeSet::new(),
                });
            }
            Noted::SubscriptionAssigned(it) => {
                let user = cells.user_number(&it.user);
                self.held_by(&it.subscription).map(|held| held.insert(user));
            }
            Noted::SubscriptionUnassigned(it) => {
                let user = cells.user_number(&it.user);
                self.held_by(&it.subscription).map(|held| held.remove(&user));
            }
            Noted::PlanSelected(it) => self.chosen_plan = it.plan,
            Noted::FlexAssigned(_) | Noted::FlexUnassigned(_) | Noted::FlexAccessSet(_) => {}
        }
    }

    fn held_by(&mut self, subscription: &str) -> Option<&mut BTreeSet<u32>> {
        let number = self.names.find(subscription)?;
        self.list.get_mut(number as usize).map(|subscription| &mut subscription.held_by)
    }
}
