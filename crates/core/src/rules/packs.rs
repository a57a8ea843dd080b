//! Packs: purchase, order, payment, correction, expiry (P1 to P6).

use crate::event::{PackPurchased, Rulebook, Timestamp, Tokens, TokensAdjusted};
use crate::journal::{Entry, Finding, Refusal, Sink};
use crate::rules::context::{Context, EventView};
use crate::rules::notices;
use crate::state::account::Account;
use crate::state::burnable::BurnOrder;
use crate::state::ids::PackId;
use crate::state::packs::{Balance, NewPack, Pack, Packs, Usable};
use crate::state::takings::{Taking, Takings};
use crate::state::timers::Timed;

/// P2: a pack id is taken once and for all.
pub(crate) fn check_purchase(
    account: &Account,
    view: &EventView<'_>,
    event: &PackPurchased<'_>,
) -> Result<(), Finding> {
    match account.packs.find(view.hashed(&event.pack)) {
        Some(_) => Err(Finding::DuplicatePack),
        None => Ok(()),
    }
}

/// A pack is bought, and its deadlines are fixed (P1, N3, T5).
pub(crate) fn purchase<S: Sink>(
    account: &mut Account,
    ctx: &mut Context<'_, S>,
    event: &PackPurchased<'_>,
) {
    let expires_at = expiry(ctx.at, ctx.rulebook());
    let new = NewPack {
        tokens: event.tokens.get(),
        purchased_at: ctx.at,
        expires_at,
        notice_at: notices::expiry_notice(ctx.at, expires_at, ctx.rulebook()),
    };
    let pack = account.packs.add(ctx.hashed(&event.pack), new, burn_order);
    account.timers.set(expires_at, Timed::Expiry(pack));
    if let Some(notice_at) = new.notice_at {
        account.timers.set(notice_at, Timed::Notice(pack));
    }
    let (pack, tokens) = (&*event.pack, new.tokens);
    ctx.write(|| Entry::PackAdded { pack: pack.into(), tokens, expires_at });
    notices::set_level(account, ctx);
}

/// P1: a pack expires a fixed time after its purchase, and is usable until then.
fn expiry(purchased_at: Timestamp, rulebook: &Rulebook) -> Timestamp {
    purchased_at + rulebook.validity()
}

/// Whether a pack is usable (P1).
fn is_usable(pack: &Pack, at: Timestamp) -> bool {
    at < pack.expires_at
}

/// P3: packs burn by the UTC date of their expiry; of one date the smaller first, as bought; then by
/// the instant of expiry; then in log order.
pub(crate) fn burn_order(id: PackId, pack: &Pack) -> BurnOrder {
    BurnOrder {
        expiry_day: pack.expires_at.utc_day(),
        size: pack.balance.purchased,
        expires_at: pack.expires_at,
        pack: id,
    }
}

/// P4: tokens are taken in burn order from as many usable packs as needed, in full or not at all.
#[inline(always)]
pub(crate) fn pay(packs: &Packs, tokens: Tokens, at: Timestamp) -> Result<Takings, Refusal> {
    let mut takings = Takings::default();
    let mut missing = tokens;
    // What was not retired holds at least what is usable, so this costs no look at the packs.
    if packs.usable().available < tokens {
        return Err(Refusal::InsufficientTokens);
    }
    for id in packs.burnable() {
        if missing.is_zero() {
            break;
        }
        let pack = packs.get(id);
        if is_usable(pack, at) {
            let part = missing.min(pack.balance.available);
            takings.push(Taking { pack: id, tokens: part });
            missing -= part;
        }
    }
    if missing.is_zero() { Ok(takings) } else { Err(Refusal::InsufficientTokens) }
}

/// P6: the pack is there, is usable, and holds what is taken from it; in this order.
pub(crate) fn check_adjustment(
    account: &Account,
    view: &EventView<'_>,
    event: &TokensAdjusted<'_>,
) -> Result<PackId, Finding> {
    let id = account.packs.find(view.hashed(&event.pack)).ok_or(Finding::UnknownPack)?;
    let pack = account.packs.get(id);
    if !is_usable(pack, view.at) {
        Err(Finding::PackExpired)
    } else if pack.balance.available + event.tokens.get() < Tokens::ZERO {
        Err(Finding::Overdrawn)
    } else {
        Ok(id)
    }
}

/// A pack is corrected by hand (P6).
pub(crate) fn adjust<S: Sink>(
    account: &mut Account,
    ctx: &mut Context<'_, S>,
    event: &TokensAdjusted<'_>,
    pack: PackId,
) {
    let tokens = event.tokens.get();
    account.packs.adjust(pack, tokens);
    ctx.write(|| Entry::Adjusted {
        pack: (&*event.pack).into(),
        tokens,
        reason: event.reason.as_str().into(),
    });
    notices::set_level(account, ctx);
}

/// P5: what is left in packs at their expiry is expired. None of them is usable any more when the
/// first is written down (P1).
pub(crate) fn expire<S: Sink>(
    account: &mut Account,
    ctx: &mut Context<'_, S>,
    expiring: &[PackId],
) {
    expiring.iter().for_each(|&pack| account.packs.retire(pack));
    for &pack in expiring {
        let tokens = account.packs.expire(pack);
        let name = account.packs.name(pack);
        ctx.write(|| Entry::PackExpired { pack: name.into(), tokens });
        notices::set_level(account, ctx);
    }
}

/// A pack's balance at an instant, its expiry included (P5).
pub(crate) fn balance_at(pack: &Pack, at: Timestamp) -> Balance {
    let mut balance = pack.balance;
    if !is_usable(pack, at) {
        balance.expire();
    }
    balance
}

/// What is usable at an instant, expiries that were not fired yet included (P1).
pub(crate) fn usable_at(packs: &Packs, at: Timestamp) -> Usable {
    let mut usable = packs.usable();
    let expired = packs.iter().filter(|pack| !pack.retired && !is_usable(pack, at));
    expired.for_each(|pack| usable.remove(pack));
    usable
}

/// Whether the expiry of any pack is due at an instant and was not fired yet (P5).
pub(crate) fn is_expiry_due(packs: &Packs, at: Timestamp) -> bool {
    packs.iter().any(|pack| !pack.retired && !is_usable(pack, at))
}
