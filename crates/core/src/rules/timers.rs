//! Timers fire: pack notices, pack expiries and session lapses (T3, T4).

use crate::event::Timestamp;
use crate::journal::Sink;
use crate::rules::context::{CatalogView, Context, EventView};
use crate::rules::{notices, packs, sessions};
use crate::state::account::Account;
use crate::state::ids::{PackId, SessionId};
use crate::state::timers::{Timed, Timer};

/// Before an event is applied (T3).
pub(crate) fn fire_before_event<S: Sink>(account: &mut Account, ctx: &mut Context<'_, S>) {
    fire(account, ctx, Due::BeforeEvent(ctx.at));
}

/// When an account is settled (T3).
pub(crate) fn fire_through<S: Sink>(
    account: &mut Account,
    ctx: &mut Context<'_, S>,
    at: Timestamp,
) {
    fire(account, ctx, Due::Through(at));
}

/// Up to where timers fire.
#[derive(Clone, Copy, Debug)]
enum Due {
    BeforeEvent(Timestamp),
    Through(Timestamp),
}

impl Due {
    /// T3: before an event fires all that is due before its instant, and the notices and expiries of
    /// that instant; its lapses fire after all events of it. Settled is all that is due.
    fn includes(self, timer: Timer) -> bool {
        match self {
            Due::Through(at) => timer.at <= at,
            Due::BeforeEvent(at) => {
                timer.at < at || timer.at == at && !matches!(timer.what, Timed::Lapse(_))
            }
        }
    }
}

/// T4: timers fire in order of instant; at one instant notices, then expiries, each in burn order,
/// then lapses in order of opening. They see what the last applied event saw (T2).
fn fire<S: Sink>(account: &mut Account, ctx: &mut Context<'_, S>, due: Due) {
    while let Some(first) = account.timers.next().filter(|&timer| due.includes(timer)) {
        let alike = account.timers.take_alike(first);
        let catalog = CatalogView { seen: account.seen, ..ctx.catalog };
        let view = EventView::at(first.at, catalog);
        let ctx = &mut Context { account: ctx.account, line: 0, view, sink: &mut *ctx.sink };
        match first.what {
            Timed::Notice(_) => {
                let packs = in_burn_order(account, &alike);
                packs.into_iter().for_each(|pack| notices::give_expiry_notice(account, ctx, pack));
            }
            Timed::Expiry(_) => packs::expire(account, ctx, &in_burn_order(account, &alike)),
            Timed::Lapse(_) => {
                let due = still_due(account, ctx.at, &alike);
                due.into_iter().for_each(|session| sessions::lapse(account, ctx, session));
            }
        }
    }
}

fn in_burn_order(account: &Account, alike: &[Timed]) -> Vec<PackId> {
    let pack = |timed: &Timed| match timed {
        Timed::Notice(pack) | Timed::Expiry(pack) => Some(*pack),
        Timed::Lapse(_) => None,
    };
    let mut packs: Vec<PackId> = alike.iter().filter_map(pack).collect();
    packs.sort_unstable_by_key(|&pack| account.packs.burn_order(pack));
    packs
}

/// The sessions that lapse, in order of opening. The timer of one that was in contact since is set
/// again.
fn still_due(account: &mut Account, at: Timestamp, alike: &[Timed]) -> Vec<SessionId> {
    let mut due = Vec::new();
    for timed in alike {
        if let Timed::Lapse(session) = *timed
            && sessions::is_lapse_due(account, session, at)
        {
            due.push(session);
        }
    }
    due.sort_unstable_by_key(|&session| account.usage.opening(session).order);
    due
}
