//! Cover: what pays for a window, or why nothing does (W1, R3, S4).

use crate::event::{Per, Tokens};
use crate::journal::Refusal;
use crate::rules::context::EventView;
use crate::rules::{access, packs, subscriptions};
use crate::state::account::Account;
use crate::state::ids::{SubscriptionId, UserId};
use crate::state::names::Hashed;
use crate::state::takings::Takings;
use crate::state::users::User;

/// What pays for a window or for results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cover {
    /// A seat of this subscription.
    Subscription(SubscriptionId),
    /// Tokens, from these packs.
    Tokens(Takings),
}

/// W1: a subscription if one covers, otherwise tokens for the whole rate.
/// S4: so subscriptions come first, and need neither tokens, nor rates, nor access.
pub(crate) fn of(
    account: &Account,
    view: &EventView<'_>,
    user: Option<UserId>,
    product: Hashed<'_>,
) -> Result<Cover, Refusal> {
    let user = user.map(|user| account.users.get(user));
    let seats = user.map_or(&[][..], |user| &user.seats);
    match subscriptions::covering(account, view, seats, product.name) {
        Some(subscription) => Ok(Cover::Subscription(subscription)),
        None => payment(account, view, user, product, Price::OfADay).map(Cover::Tokens),
    }
}

/// What is paid for.
#[derive(Clone, Copy)]
pub(crate) enum Price {
    /// A window.
    OfADay,
    /// So many results.
    OfResults(u32),
}

/// Access, then a rate, then tokens for all of it (W1, R2).
pub(crate) fn payment(
    account: &Account,
    view: &EventView<'_>,
    user: Option<&User>,
    product: Hashed<'_>,
    price: Price,
) -> Result<Takings, Refusal> {
    access::check(account, user, product.name, view.rulebook())?;
    packs::pay(&account.packs, rate(view, product, price)?, view.at)
}

/// R3: a product that is rated per day produces no results, and one rated per result is not opened.
fn rate(view: &EventView<'_>, product: Hashed<'_>, price: Price) -> Result<Tokens, Refusal> {
    let (per, quantity) = match price {
        Price::OfADay => (Per::Day, 1),
        Price::OfResults(quantity) => (Per::Result, quantity),
    };
    let rate = view.catalog.rate(product).filter(|rate| rate.per == per);
    Ok(rate.ok_or(Refusal::NoRate)?.tokens.times(quantity))
}
