//! The level of the balance, and notices (N2, N3).

use crate::event::{Rulebook, Timestamp};
use crate::journal::{Entry, Level, Notice, Sink};
use crate::rules::context::Context;
use crate::state::account::Account;
use crate::state::ids::PackId;
use crate::state::packs::Usable;

/// N2: empty when nothing is available, low below a part of what the usable packs started with.
pub(crate) fn level_of(usable: Usable, rulebook: &Rulebook) -> Level {
    if usable.available.is_zero() {
        Level::Empty
    } else if usable.available.times(100) < usable.bought.times(rulebook.low_balance_percent()) {
        Level::Low
    } else {
        Level::Ok
    }
}

/// After every entry that moves tokens the level is set; when it got worse, notice is given. The
/// first time sets it silently (N2).
pub(crate) fn set_level<S: Sink>(account: &mut Account, ctx: &mut Context<'_, S>) {
    if account.packs.is_empty() {
        return;
    }
    let usable = account.packs.usable();
    let level = level_of(usable, ctx.rulebook());
    let before = account.level.replace(level);
    if before.is_some_and(|before| level > before) {
        let available = usable.available;
        ctx.write(|| {
            Entry::Notice(match level {
                Level::Empty => Notice::NoTokens { available },
                Level::Low | Level::Ok => Notice::LowBalance { available },
            })
        });
    }
}

/// N3: notice of an expiry is given some time before it, if that is later than the purchase.
pub(crate) fn expiry_notice(
    purchased_at: Timestamp,
    expires_at: Timestamp,
    rulebook: &Rulebook,
) -> Option<Timestamp> {
    let notice_at = expires_at - rulebook.expiry_notice();
    let is_given = rulebook.expiry_notice_days() > 0 && purchased_at < notice_at;
    is_given.then_some(notice_at)
}

/// A pack is about to expire: that is told where it still holds tokens (N3).
pub(crate) fn give_expiry_notice<S: Sink>(
    account: &mut Account,
    ctx: &mut Context<'_, S>,
    pack: PackId,
) {
    let tokens = account.packs.give_notice(pack);
    if !tokens.is_zero() {
        let pack = account.packs.name(pack);
        ctx.write(|| Entry::Notice(Notice::Expiring { pack: pack.into(), tokens }));
    }
}
