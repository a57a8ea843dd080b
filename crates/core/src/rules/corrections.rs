//! Charges are given back (X1, X2).

use crate::event::{ChargeReversed, Tokens};
use crate::journal::{Entry, Finding, RefundReason, Refunded, Sink};
use crate::rules::context::{Context, EventView};
use crate::rules::notices;
use crate::state::account::Account;
use crate::state::ids::ChargeNumber;
use crate::state::packs::Packs;
use crate::state::takings::{Taking, Takings};

/// X1: the charge is there, is of this user and product, took tokens, and was not given back yet; in
/// this order.
pub(crate) fn check_reversal(
    account: &Account,
    view: &EventView<'_>,
    event: &ChargeReversed<'_>,
) -> Result<ChargeNumber, Finding> {
    let number = ChargeNumber(event.charge.get());
    let charge = account.charges.find(number).ok_or(Finding::UnknownCharge)?;
    let user = account.users.find(view.hashed(&event.user));
    let product = account.usage.find_product(view.hashed(&event.product));
    if Some(charge.user) != user || Some(charge.product) != product {
        Err(Finding::ChargeMismatch)
    } else if !charge.took_tokens() || charge.is_refunded {
        Err(Finding::NothingToRefund)
    } else {
        Ok(number)
    }
}

/// A charge is reversed by hand (X1). That ends no window.
pub(crate) fn reverse<S: Sink>(
    account: &mut Account,
    ctx: &mut Context<'_, S>,
    event: &ChargeReversed<'_>,
    charge: ChargeNumber,
) {
    refund(account, ctx, charge, RefundReason::Reversed, Some(event.reason.as_str()));
}

/// A charge is given back whole, and the level set anew (W6, X1, N2).
pub(crate) fn refund<S: Sink>(
    account: &mut Account,
    ctx: &mut Context<'_, S>,
    charge: ChargeNumber,
    reason: RefundReason,
    note: Option<&str>,
) {
    let takings = account.charges.refund(charge);
    let forfeited = give_back(&mut account.packs, &takings);
    ctx.write(|| {
        Entry::Refunded(Refunded {
            charge: charge.0,
            reason,
            tokens: takings.total(),
            postings: account.packs.postings(&takings),
            forfeited,
            note: note.map(Into::into),
        })
    });
    notices::set_level(account, ctx);
}

/// X2: each posting goes back to its pack; what belongs to an expired pack is expired at once. Says
/// how much that was.
fn give_back(packs: &mut Packs, takings: &Takings) -> Tokens {
    let mut forfeited = Tokens::ZERO;
    for taking @ Taking { pack, tokens } in takings.iter() {
        if packs.get(pack).retired {
            packs.give_back_expired(taking);
            forfeited += tokens;
        } else {
            packs.give_back(taking);
        }
    }
    forfeited
}
