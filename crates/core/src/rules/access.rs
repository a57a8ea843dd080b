//! Access to tokens (A1 to A4).

use crate::event::{Assignment, FlexAccessSet, FlexAssigned, FlexUnassigned, Rulebook};
use crate::journal::{Entry, Finding, Noted, Refusal, Sink};
use crate::rules::context::{Context, EventView};
use crate::state::access::{Mark, OpenProducts};
use crate::state::account::Account;
use crate::state::users::User;

/// A1: a user's present mark is not repeated; a user without one may get either.
pub(crate) fn check_mark(
    account: &Account,
    view: &EventView<'_>,
    user: &str,
    mark: Mark,
) -> Result<(), Finding> {
    let present = account.users.named(view.hashed(user)).map_or(Mark::None, |user| user.mark);
    match (present == mark, mark) {
        (true, Mark::Assigned) => Err(Finding::AlreadyAssigned),
        (true, _) => Err(Finding::NotHeld),
        (false, _) => Ok(()),
    }
}

/// A user is marked as one who may use tokens (A1).
pub(crate) fn assign_flex<S: Sink>(
    account: &mut Account,
    ctx: &mut Context<'_, S>,
    event: &FlexAssigned<'_>,
) {
    mark(account, ctx, &event.user, Mark::Assigned);
    ctx.write(|| Entry::Noted(Noted::FlexAssigned(event.clone())));
}

/// A user is marked as one who may not use tokens (A1).
pub(crate) fn unassign_flex<S: Sink>(
    account: &mut Account,
    ctx: &mut Context<'_, S>,
    event: &FlexUnassigned<'_>,
) {
    mark(account, ctx, &event.user, Mark::Unassigned);
    ctx.write(|| Entry::Noted(Noted::FlexUnassigned(event.clone())));
}

/// A4: the windows in force stay; the mark counts at the next cover.
fn mark<S: Sink>(account: &mut Account, ctx: &Context<'_, S>, user: &str, mark: Mark) {
    let user = account.users.find_or_add(ctx.hashed(user));
    account.users.get_mut(user).mark = mark;
}

/// The products open to tokens are set, for the account or for one user (A3).
pub(crate) fn set_open_products<S: Sink>(
    account: &mut Account,
    ctx: &mut Context<'_, S>,
    event: &FlexAccessSet<'_>,
) {
    let open_products = OpenProducts::set_by(&event.access);
    match &event.user {
        None => account.open_products = open_products,
        Some(user) => {
            let user = account.users.find_or_add(ctx.hashed(user));
            account.users.get_mut(user).open_products = open_products.map(Box::new);
        }
    }
    ctx.write(|| Entry::Noted(Noted::FlexAccessSet(event.clone())));
}

/// Whether a user may use tokens for a product: first A2, then A3.
pub(crate) fn check(
    account: &Account,
    user: Option<&User>,
    product: &str,
    rulebook: &Rulebook,
) -> Result<(), Refusal> {
    if !may_use_tokens(user, rulebook.assignment()) {
        Err(Refusal::NotAssigned)
    } else if !is_open_to_tokens(account, user, product) {
        Err(Refusal::ProductExcluded)
    } else {
        Ok(())
    }
}

/// A2: all but those who are marked as unassigned, or only those who are marked as assigned.
fn may_use_tokens(user: Option<&User>, assignment: Assignment) -> bool {
    let mark = user.map_or(Mark::None, |user| user.mark);
    match assignment {
        Assignment::Open => mark != Mark::Unassigned,
        Assignment::Required => mark == Mark::Assigned,
    }
}

/// A3: what was set for the user replaces what was set for the account. At first all are open.
fn is_open_to_tokens(account: &Account, user: Option<&User>, product: &str) -> bool {
    let own = user.and_then(|user| user.open_products.as_deref());
    own.or(account.open_products.as_ref()).is_none_or(|open| open.includes(product))
}
