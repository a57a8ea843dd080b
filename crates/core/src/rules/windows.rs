//! Windows open, are renewed, and end (W3, W5, W6, W8, W9).

use crate::event::{Span, Timestamp, Tokens};
use crate::journal::{
    ChargeReason, Charged, ChargedWindow, Entry, RefundReason, Refusal, Sink, WindowEnd,
};
use crate::rules::context::Context;
use crate::rules::cover::{self, Cover};
use crate::rules::{corrections, notices};
use crate::state::account::Account;
use crate::state::ids::{ChargeNumber, SessionId, SubscriptionId, UseId, UserId};
use crate::state::takings::Takings;
use crate::state::usage::{KnownUse, Window};

/// An instant, and how far the lapses of that instant have come (T3).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    at: Timestamp,
    /// Sessions have lapsed whose deadline is before this.
    lapsed_before: Timestamp,
}

impl Moment {
    /// As an event sees it: lapses due at that instant fire after it.
    pub(crate) fn of_event(at: Timestamp) -> Moment {
        Moment { at, lapsed_before: at }
    }

    /// As it is settled: lapses due at that instant have fired.
    pub(crate) fn settled(at: Timestamp) -> Moment {
        Moment { at, lapsed_before: at.just_after() }
    }

    pub(crate) fn has_lapsed(self, lapses_at: Timestamp) -> bool {
        lapses_at < self.lapsed_before
    }
}

/// The window of a use that is in force. One that ends with the last live session of its use is not,
/// once all of them have lapsed (W5), even if their timers were not fired yet.
pub(crate) fn in_force(account: &Account, use_id: UseId, moment: Moment) -> Option<&Window> {
    let usage = account.usage.get(use_id);
    let window = usage.window().filter(|window| window.holds(moment.at))?;
    let has_lapsed = |session| moment.has_lapsed(account.usage.session(session).lapses_at);
    let was_closed = window.ends_with_last_session
        && !usage.chain().is_empty()
        && account.usage.sessions_of(use_id).all(has_lapsed);
    (!was_closed).then_some(window)
}

/// The window that an open joins (W2).
pub(crate) fn to_join(account: &Account, known: KnownUse, at: Timestamp) -> Option<&Window> {
    in_force(account, known.use_id?, Moment::of_event(at))
}

/// Cover for the window that a heartbeat proves was due (W3, W7).
pub(crate) fn renew_at_heartbeat<S: Sink>(
    account: &mut Account,
    ctx: &mut Context<'_, S>,
    session: SessionId,
) -> Result<(), Refusal> {
    if account.usage.is_in_seen_window(session, ctx.at) {
        return Ok(());
    }
    let usage = account.usage.of(session);
    let Some(last) = usage.window().filter(|window| !window.holds(ctx.at)) else {
        return Ok(());
    };
    let start = if ctx.rulebook().idle_aware() && usage.chain().is_idle() {
        // The whole use was idle: what is used from now on is paid from now on (W7).
        (ChargeReason::Resumed, ctx.at)
    } else {
        (ChargeReason::Renewed, on_grid(last, ctx.at, ctx.rulebook().window()))
    };
    renew(account, ctx, session, start)
}

/// Cover for the window that a close proves was due before it (W3).
pub(crate) fn renew_at_close<S: Sink>(
    account: &mut Account,
    ctx: &mut Context<'_, S>,
    session: SessionId,
) -> Result<(), Refusal> {
    let Some(last) = account.usage.of(session).window().filter(|window| window.ends < ctx.at)
    else {
        return Ok(());
    };
    let before_close = ctx.at - Span::NANOSECOND;
    let start = on_grid(last, before_close, ctx.rulebook().window());
    renew(account, ctx, session, (ChargeReason::Renewed, start))
}

/// W3: a renewed window starts on the grid of the last one: a whole number of windows after its end,
/// the latest that is not after `at`.
fn on_grid(last: &Window, at: Timestamp, window: Span) -> Timestamp {
    at.floor_to_grid(last.ends, window)
}

fn renew<S: Sink>(
    account: &mut Account,
    ctx: &mut Context<'_, S>,
    session: SessionId,
    start: (ChargeReason, Timestamp),
) -> Result<(), Refusal> {
    let user = account.usage.of(session).user;
    let product = ctx.hashed(account.names_of(session).1);
    let cover = cover::of(account, &ctx.view, Some(user), product)?;
    charge(account, ctx, session, start, &cover);
    Ok(())
}

/// A charge, and the window that it opens (W1). One that a subscription covers ends with its term, if
/// that is earlier.
pub(crate) fn charge<S: Sink>(
    account: &mut Account,
    ctx: &mut Context<'_, S>,
    session: SessionId,
    (reason, starts): (ChargeReason, Timestamp),
    cover: &Cover,
) {
    let nothing = Takings::default();
    let ends = starts + ctx.rulebook().window();
    let (takings, subscription) = match cover {
        Cover::Tokens(takings) => (takings, None),
        Cover::Subscription(id) => (&nothing, Some(*id)),
    };
    let tokens = takings.total();
    let ends = subscription.map_or(ends, |id| ends.min(account.subscriptions.get(id).ends));
    account.packs.take(takings);
    let use_id = account.usage.session(session).use_id;
    let usage = account.usage.get(use_id);
    let number = account.charges.add(usage.user, usage.product, takings);
    let window = Window {
        charge: number,
        starts,
        ends,
        rulebook: ctx.catalog.rulebook_id(),
        subscription,
        ends_with_last_session: ctx.rulebook().close_ends_window(),
        may_be_graced: reason == ChargeReason::Opened
            && usage.chain().len() == 1
            && !tokens.is_zero(),
    };
    account.usage.open_window(use_id, window);
    ctx.write(|| Entry::Charged(entry(account, session, reason, tokens, takings, &window)));
    notices::set_level(account, ctx);
}

/// W9: a charge names the session whose event made it, and its version.
fn entry<'a>(
    account: &'a Account,
    session: SessionId,
    reason: ChargeReason,
    tokens: Tokens,
    takings: &Takings,
    window: &Window,
) -> Charged<'a> {
    let (user, product) = account.names_of(session);
    let name = |id: SubscriptionId| account.subscriptions.name(id).into();
    Charged {
        charge: window.charge.0,
        user: user.into(),
        product: product.into(),
        session: Some(account.usage.session(session).name.as_str().into()),
        version: account.version_of(session).map(Into::into),
        reason,
        tokens,
        postings: account.packs.postings(takings),
        subscription: window.subscription.map(name),
        window: Some(ChargedWindow { starts_at: window.starts, ends_at: window.ends }),
        quantity: None,
    }
}

/// The charge is given back and the window ends, where the last live session of a use closes within
/// grace (W6). Says whether it was.
pub(crate) fn give_grace<S: Sink>(
    account: &mut Account,
    ctx: &mut Context<'_, S>,
    use_id: UseId,
) -> bool {
    let Some(window) = within_grace(account, ctx, use_id) else {
        return false;
    };
    corrections::refund(account, ctx, window.charge, RefundReason::Grace, None);
    account.usage.set_graced_start(use_id, window.starts);
    account.usage.end_window(use_id, ctx.at);
    true
}

/// W6: the window in force whose charge is to be given back: of an open, alone, for tokens, not long
/// ago, and not refunded yet. All by the rulebook that the charge saw.
fn within_grace<S: Sink>(account: &Account, ctx: &Context<'_, S>, use_id: UseId) -> Option<Window> {
    let usage = account.usage.get(use_id);
    let window = usage.window().filter(|window| window.holds(ctx.at))?;
    if !usage.chain().is_empty() || !window.may_be_graced {
        return None;
    }
    let rulebook = ctx.catalog.catalog.rulebook_numbered(window.rulebook);
    let was_graced = || {
        let start = account.usage.graced_start(use_id).filter(|_| rulebook.grace_once());
        start.is_some_and(|start| window.starts - start < rulebook.window())
    };
    let is_graced = ctx.at - window.starts < rulebook.grace()
        && !was_graced()
        && !is_refunded(account, window.charge);
    is_graced.then_some(*window)
}

fn is_refunded(account: &Account, charge: ChargeNumber) -> bool {
    let charge = account.charges.find(charge);
    debug_assert!(charge.is_some(), "a window was opened by no charge");
    charge.is_some_and(|charge| charge.is_refunded)
}

/// W5: closing keeps the window, unless its rulebook says that it ends with the last live session of
/// its use.
pub(crate) fn end_with_last_session<S: Sink>(
    account: &mut Account,
    ctx: &mut Context<'_, S>,
    use_id: UseId,
) {
    let usage = account.usage.get(use_id);
    let ends = |window: &Window| window.ends_with_last_session && window.holds(ctx.at);
    if usage.chain().is_empty() && usage.window().is_some_and(ends) {
        end(account, ctx, use_id, WindowEnd::Closed);
    }
}

/// W8: the windows in force that a seat covers end when it is given back, in order of charge number.
pub(crate) fn end_covered_by<S: Sink>(
    account: &mut Account,
    ctx: &mut Context<'_, S>,
    user: UserId,
    subscription: SubscriptionId,
) {
    let covered = |&use_id: &UseId| {
        let window = account.usage.get(use_id).window().filter(|window| window.holds(ctx.at))?;
        (window.subscription == Some(subscription)).then_some((window.charge, use_id))
    };
    let mut covered: Vec<_> = account.users.get(user).uses.iter().filter_map(covered).collect();
    covered.sort_unstable();
    for (_, use_id) in covered {
        end(account, ctx, use_id, WindowEnd::CoverEnded);
    }
}

/// A window ends before its time (W5, W8).
fn end<S: Sink>(account: &mut Account, ctx: &mut Context<'_, S>, use_id: UseId, reason: WindowEnd) {
    let Some(window) = account.usage.end_window(use_id, ctx.at) else {
        return;
    };
    ctx.write(|| {
        let usage = account.usage.get(use_id);
        Entry::WindowEnded {
            charge: window.charge.0,
            user: account.users.name(usage.user).into(),
            product: account.usage.product(usage.product).into(),
            reason,
        }
    });
}
