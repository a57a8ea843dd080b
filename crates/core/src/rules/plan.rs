//! The plan of an account (N1).

use crate::event::{Plan, PlanSelected, Rulebook, Timestamp};
use crate::journal::{Entry, Noted, Sink};
use crate::rules::context::Context;
use crate::rules::subscriptions;
use crate::state::account::Account;

/// A plan is chosen. Whether it is in force is decided when it is asked for.
pub(crate) fn select<S: Sink>(
    account: &mut Account,
    ctx: &mut Context<'_, S>,
    event: PlanSelected,
) {
    account.chosen_plan = event.plan;
    ctx.write(|| Entry::Noted(Noted::PlanSelected(event)));
}

/// N1: Premium must have been chosen last, and enough seats must be in force. Packs never count.
pub(crate) fn in_force(account: &Account, at: Timestamp, rulebook: &Rulebook) -> Plan {
    let is_premium = account.chosen_plan == Plan::Premium
        && subscriptions::seats_in_force(account, at) >= u64::from(rulebook.premium_min_seats());
    if is_premium { Plan::Premium } else { Plan::Standard }
}
