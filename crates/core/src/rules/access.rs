//! Access to tokens and the choice of plan (A1 to A4, N1).

use crate::account::Account;
use crate::event::{FlexAccessSet, FlexAssigned, FlexUnassigned, Plan, PlanSelected};
use crate::journal::{Entry, Noted, Sink};
use crate::refusal::{Finding, Refusal};
use crate::rulebook::Rulebook;
use crate::state::access::{Mark, OpenProducts};
use crate::state::names::Hashed;
use crate::state::uses::User;
use crate::time::Instant;
use crate::turn::Turn;

impl Account {
    /// A2, A3: whether a user may use tokens for a product.
    pub(crate) fn check_access(
        &self,
        user: Option<&User>,
        product: &str,
        rulebook: &Rulebook,
    ) -> Result<(), Refusal> {
        user.map_or(Mark::None, |user| user.mark).check(rulebook.assignment)?;
        let own = user.and_then(|user| user.open_products.as_deref());
        own.or(self.open_products.as_ref()).map_or(Ok(()), |open| open.check(product))
    }

    /// A1: whether a user's mark would change.
    pub(crate) fn check_mark(&self, user: Hashed<'_>, mark: Mark) -> Result<(), Finding> {
        self.uses.user(user).map_or(Mark::None, |user| user.mark).check_change(mark)
    }

    /// A1: a user may use tokens.
    pub(crate) fn assign_flex<S: Sink>(
        &mut self,
        turn: &mut Turn<'_, S>,
        event: &FlexAssigned<'_>,
    ) {
        self.uses.user_mut(turn.hashed(&event.user)).mark = Mark::Assigned;
        turn.write(|| Entry::Noted(Noted::FlexAssigned(event.clone())));
    }

    /// A1: a user may not use tokens.
    pub(crate) fn unassign_flex<S: Sink>(
        &mut self,
        turn: &mut Turn<'_, S>,
        event: &FlexUnassigned<'_>,
    ) {
        self.uses.user_mut(turn.hashed(&event.user)).mark = Mark::Unassigned;
        turn.write(|| Entry::Noted(Noted::FlexUnassigned(event.clone())));
    }

    /// A3: which products are open to tokens, for the account or for one user.
    pub(crate) fn set_access<S: Sink>(
        &mut self,
        turn: &mut Turn<'_, S>,
        event: &FlexAccessSet<'_>,
    ) {
        let open_products = OpenProducts::set_by(&event.access);
        match &event.user {
            Some(user) => {
                self.uses.user_mut(turn.hashed(user)).open_products = open_products.map(Box::new)
            }
            None => self.open_products = open_products,
        }
        turn.write(|| Entry::Noted(Noted::FlexAccessSet(event.clone())));
    }

    /// N1: a plan is chosen. Whether it is in force is decided when it is asked for.
    pub(crate) fn select_plan<S: Sink>(&mut self, turn: &mut Turn<'_, S>, event: PlanSelected) {
        self.chosen_plan = event.plan;
        turn.write(|| Entry::Noted(Noted::PlanSelected(event)));
    }

    /// N1: Premium needs to be chosen, and enough seats in force.
    pub(crate) fn plan_at(&self, at: Instant, rulebook: &Rulebook) -> Plan {
        let is_premium = self.chosen_plan == Plan::Premium
            && self.subscriptions.seats_in_force(at) >= u64::from(rulebook.premium_min_seats);
        if is_premium { Plan::Premium } else { Plan::Standard }
    }
}
