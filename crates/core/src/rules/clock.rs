//! The clock of an account (T1, T7).

use crate::event::AccountEvent;
use crate::journal::Finding;
use crate::rules::context::Context;
use crate::state::account::Account;

/// T1: an event does not come before the clock; and, next,
/// T7: none of the same id was applied at the same instant.
pub(crate) fn check(account: &Account, event: &AccountEvent<'_>) -> Result<(), Finding> {
    let is_repeated = || event.id.as_ref().is_some_and(|id| account.recent_ids.contains(id));
    if event.at < account.clock {
        Err(Finding::LateEvent)
    } else if event.at == account.clock && is_repeated() {
        Err(Finding::DuplicateEvent)
    } else {
        Ok(())
    }
}

/// An event that is applied moves the clock to its instant (T1).
pub(crate) fn advance<S>(account: &mut Account, ctx: &Context<'_, S>, event: &AccountEvent<'_>) {
    if account.clock != event.at {
        account.recent_ids.clear();
        account.clock = event.at;
        account.clock_line = ctx.line;
    }
    account.seen = ctx.catalog.seen;
    if let Some(id) = &event.id {
        account.recent_ids.insert(id, ctx.catalog.key);
    }
}
