//! Results are charged at once (R2).

use crate::event::ResultProduced;
use crate::journal::{ChargeReason, Charged, Entry, Sink};
use crate::rules::context::Context;
use crate::rules::cover::{self, Price};
use crate::rules::notices;
use crate::state::account::Account;
use crate::state::takings::Takings;

/// R2: rate × quantity at once, or a denial. Subscriptions do not cover results.
pub(crate) fn produce<S: Sink>(
    account: &mut Account,
    ctx: &mut Context<'_, S>,
    event: &ResultProduced<'_>,
) {
    let user = account.users.named(ctx.hashed(&event.user));
    let price = Price::OfResults(event.quantity.get());
    match cover::payment(account, &ctx.view, user, ctx.hashed(&event.product), price) {
        Ok(takings) => charge(account, ctx, event, &takings),
        Err(reason) => ctx.write(|| Entry::ResultDenied {
            user: (&*event.user).into(),
            product: (&*event.product).into(),
            quantity: event.quantity.get(),
            reason,
        }),
    }
}

fn charge<S: Sink>(
    account: &mut Account,
    ctx: &mut Context<'_, S>,
    event: &ResultProduced<'_>,
    takings: &Takings,
) {
    account.packs.take(takings);
    let user = account.users.find_or_add(ctx.hashed(&event.user));
    let product = account.usage.find_or_add_product(ctx.hashed(&event.product));
    let charge = account.charges.add(user, product, takings);
    ctx.write(|| {
        Entry::Charged(Charged {
            charge: charge.0,
            user: (&*event.user).into(),
            product: (&*event.product).into(),
            session: None,
            version: None,
            reason: ChargeReason::Result,
            tokens: takings.total(),
            postings: account.packs.postings(takings),
            subscription: None,
            window: None,
            quantity: Some(event.quantity.get()),
        })
    });
    notices::set_level(account, ctx);
}
