//! Subscriptions: their purchase, their seats, and what they cover (S1 to S3).

use crate::event::{
    SubscriptionAssigned, SubscriptionPurchased, SubscriptionUnassigned, Timestamp,
};
use crate::journal::{Entry, Finding, Noted, Sink};
use crate::rules::context::{CatalogView, Context, EventView};
use crate::rules::windows;
use crate::state::account::Account;
use crate::state::ids::SubscriptionId;
use crate::state::subscriptions::{Subscription, Subscriptions};

/// S1: a subscription id is taken once and for all.
pub(crate) fn check_purchase(
    account: &Account,
    view: &EventView<'_>,
    event: &SubscriptionPurchased<'_>,
) -> Result<(), Finding> {
    match account.subscriptions.find(view.hashed(&event.subscription)) {
        Some(_) => Err(Finding::DuplicateSubscription),
        None => Ok(()),
    }
}

/// Seats are bought for an offering and a term (S1).
pub(crate) fn purchase<S: Sink>(
    account: &mut Account,
    ctx: &mut Context<'_, S>,
    event: &SubscriptionPurchased<'_>,
) {
    account.subscriptions.add(ctx.hashed(&event.subscription), event);
    ctx.write(|| Entry::Noted(Noted::SubscriptionPurchased(event.clone())));
}

/// S3: the subscription is there, the user does not hold a seat of it yet, and one is free; in this
/// order.
pub(crate) fn check_assignment(
    account: &Account,
    view: &EventView<'_>,
    event: &SubscriptionAssigned<'_>,
) -> Result<SubscriptionId, Finding> {
    let found = account.subscriptions.find(view.hashed(&event.subscription));
    let id = found.ok_or(Finding::UnknownSubscription)?;
    let subscription = account.subscriptions.get(id);
    if account.users.seats(view.hashed(&event.user)).contains(&id) {
        Err(Finding::AlreadyAssigned)
    } else if subscription.taken == subscription.seats {
        Err(Finding::NoFreeSeat)
    } else {
        Ok(id)
    }
}

/// A user takes a seat (S3).
pub(crate) fn assign_seat<S: Sink>(
    account: &mut Account,
    ctx: &mut Context<'_, S>,
    event: &SubscriptionAssigned<'_>,
    id: SubscriptionId,
) {
    account.subscriptions.get_mut(id).taken += 1;
    let user = account.users.find_or_add(ctx.hashed(&event.user));
    let seats = &mut account.users.get_mut(user).seats;
    seats.insert(place_among(seats, &account.subscriptions, id), id);
    ctx.write(|| Entry::Noted(Noted::SubscriptionAssigned(event.clone())));
}

/// The subscription is there, and the user holds a seat of it (S3).
pub(crate) fn check_unassignment(
    account: &Account,
    view: &EventView<'_>,
    event: &SubscriptionUnassigned<'_>,
) -> Result<SubscriptionId, Finding> {
    let found = account.subscriptions.find(view.hashed(&event.subscription));
    let id = found.ok_or(Finding::UnknownSubscription)?;
    let is_held = account.users.seats(view.hashed(&event.user)).contains(&id);
    if is_held { Ok(id) } else { Err(Finding::NotHeld) }
}

/// A user gives a seat back (S3), and the windows that it covers end (W8).
pub(crate) fn unassign_seat<S: Sink>(
    account: &mut Account,
    ctx: &mut Context<'_, S>,
    event: &SubscriptionUnassigned<'_>,
    id: SubscriptionId,
) {
    account.subscriptions.get_mut(id).taken -= 1;
    let user = account.users.find_or_add(ctx.hashed(&event.user));
    account.users.get_mut(user).seats.retain(|&other| other != id);
    ctx.write(|| Entry::Noted(Noted::SubscriptionUnassigned(event.clone())));
    windows::end_covered_by(account, ctx, user, id);
}

/// S2: of the seats that a user holds, one covers at an instant if its term holds it and it is for
/// the product. Of several, the one whose term ends last; then the one assigned first.
pub(crate) fn covering(
    account: &Account,
    view: &EventView<'_>,
    seats: &[SubscriptionId],
    product: &str,
) -> Option<SubscriptionId> {
    let subscription = |&id: &SubscriptionId| (id, account.subscriptions.get(id));
    // They are in the order that the rule asks for: those that have ended come last.
    let running = seats.iter().map(subscription).take_while(|(_, it)| view.at < it.ends);
    let mut in_term = running.filter(|(_, it)| term_holds(it, view.at));
    let (id, _) = in_term.find(|(_, it)| is_for(view.catalog, &it.offering, product))?;
    Some(id)
}

/// Where a subscription stands among those that a user holds: the longer it lasts the earlier, and
/// behind those that last as long (S2).
fn place_among(
    seats: &[SubscriptionId],
    subscriptions: &Subscriptions,
    id: SubscriptionId,
) -> usize {
    let ends = subscriptions.get(id).ends;
    seats.partition_point(|&other| subscriptions.get(other).ends >= ends)
}

/// Whether an offering is the product, or a collection that holds it (S2).
fn is_for(catalog: CatalogView<'_>, offering: &str, product: &str) -> bool {
    let holds_it = || {
        let products = catalog.collection(offering)?;
        products.binary_search_by(|name| name.as_str().cmp(product)).ok()
    };
    offering == product || holds_it().is_some()
}

/// A term is `[starts, ends)` (S1).
fn term_holds(subscription: &Subscription, at: Timestamp) -> bool {
    subscription.starts <= at && at < subscription.ends
}

/// The seats of all subscriptions whose term holds an instant (N1).
pub(crate) fn seats_in_force(account: &Account, at: Timestamp) -> u64 {
    let in_force = account.subscriptions.iter().filter(|it| term_holds(it, at));
    in_force.map(|it| u64::from(it.seats)).sum()
}
