//! Sessions open, stay in contact, and end (C1, C2, W2, W4, W7).

use crate::event::Timestamp;
use crate::event::{Name, SessionOpened, Span};
use crate::journal::{ChargeReason, Entry, Finding, Refusal, SessionEnd, Sink};
use crate::rules::context::{Context, EventView};
use crate::rules::cover::{self, Cover};
use crate::rules::windows;
use crate::state::account::Account;
use crate::state::ids::{SessionId, UseId};
use crate::state::names::Hashed;
use crate::state::timers::Timed;
use crate::state::usage::{KnownUse, LapseTimer};

/// C1: a session id is taken while it is live,
/// and only a live session can be in contact or be closed.
fn find_live(account: &Account, name: Hashed<'_>, at: Timestamp) -> Option<SessionId> {
    let session = account.usage.find_session(name)?;
    // Contact exactly at the limit still counts (C2, T3).
    (at <= account.usage.session(session).lapses_at).then_some(session)
}

/// No live session has the id that an open gives (C1).
pub(crate) fn check_open(
    account: &Account,
    view: &EventView<'_>,
    event: &SessionOpened<'_>,
) -> Result<(), Finding> {
    match find_live(account, view.session(&event.session), view.at) {
        Some(_) => Err(Finding::DuplicateSession),
        None => Ok(()),
    }
}

/// The live session that a heartbeat or a close names (C1).
pub(crate) fn check_live(
    account: &Account,
    view: &EventView<'_>,
    session: &Name<'_>,
) -> Result<SessionId, Finding> {
    find_live(account, view.session(session), view.at).ok_or(Finding::UnknownSession)
}

/// W2: an open joins the window in force, free; else it takes cover for a window of its own.
pub(crate) fn open<S: Sink>(
    account: &mut Account,
    ctx: &mut Context<'_, S>,
    event: &SessionOpened<'_>,
) {
    let names = ctx.use_of(&event.user, &event.product);
    let known = account.find_use(&names);
    match cover_of_open(account, &ctx.view, known, names.product) {
        Ok(cover) => {
            let use_id = account.usage.find_or_add(&mut account.users, known, &names);
            go_live(account, ctx, event, use_id, cover);
        }
        Err(refusal) => deny(ctx, event, refusal),
    }
}

/// What pays for an open; nothing needs to where a window is in force (W2).
fn cover_of_open(
    account: &Account,
    view: &EventView<'_>,
    known: KnownUse,
    product: Hashed<'_>,
) -> Result<Option<Cover>, Refusal> {
    if windows::to_join(account, known, view.at).is_some() {
        return Ok(None);
    }
    cover::of(account, view, known.user, product).map(Some)
}

/// The session goes live, in a window of its own where it took cover.
fn go_live<S: Sink>(
    account: &mut Account,
    ctx: &mut Context<'_, S>,
    event: &SessionOpened<'_>,
    use_id: UseId,
    cover: Option<Cover>,
) {
    let version = event.version.as_deref().map(|it| account.versions.find_or_add(ctx.hashed(it)));
    let name = ctx.session(&event.session);
    let session = account.usage.open_session(name, use_id, version, ctx.at);
    if let Some(cover) = cover {
        windows::charge(account, ctx, session, (ChargeReason::Opened, ctx.at), &cover);
    }
    contact(account, ctx, session, true);
    let window = account.usage.get(use_id).window();
    debug_assert!(window.is_some(), "a session is live without a window");
    let charge = window.map_or(0, |window| window.charge.0);
    ctx.write(|| Entry::SessionOpened {
        session: (&*event.session).into(),
        user: (&*event.user).into(),
        product: (&*event.product).into(),
        version: event.version.as_deref().map(Into::into),
        charge,
    });
}

/// The session is denied, and never becomes live (W4).
fn deny<S: Sink>(ctx: &mut Context<'_, S>, event: &SessionOpened<'_>, reason: Refusal) {
    ctx.write(|| Entry::SessionDenied {
        session: (&*event.session).into(),
        user: (&*event.user).into(),
        product: (&*event.product).into(),
        version: event.version.as_deref().map(Into::into),
        reason,
    });
}

/// A heartbeat renews the window where one is due (W3), unless it is idle (W7).
pub(crate) fn heartbeat<S: Sink>(
    account: &mut Account,
    ctx: &mut Context<'_, S>,
    session: SessionId,
    is_active: bool,
) {
    let takes_cover = takes_cover(&ctx.view, is_active);
    let renewal =
        if takes_cover { windows::renew_at_heartbeat(account, ctx, session) } else { Ok(()) };
    match renewal {
        Ok(()) => contact(account, ctx, session, is_active),
        Err(refusal) => lock_out(account, ctx, session, refusal),
    }
}

/// W7: where the rulebook is aware of idle users, an inactive contact takes no cover.
fn takes_cover(view: &EventView<'_>, is_active: bool) -> bool {
    is_active || !view.rulebook().idle_aware()
}

/// W4: what is refused at an open is denied; at a heartbeat every live session of the use is locked
/// out, in order of opening; at a close it is unpaid.
fn lock_out<S: Sink>(
    account: &mut Account,
    ctx: &mut Context<'_, S>,
    session: SessionId,
    refusal: Refusal,
) {
    let use_id = account.usage.session(session).use_id;
    let locked_out: Vec<SessionId> = account.usage.sessions_of(use_id).collect();
    for session in locked_out {
        end(account, ctx, session, SessionEnd::LockedOut, Some(refusal));
    }
}

/// A close renews a window that was due before it (W3), and ends the session. The last one of its
/// use may take the charge back (W6) or end the window (W5).
pub(crate) fn close<S: Sink>(account: &mut Account, ctx: &mut Context<'_, S>, session: SessionId) {
    let was_active = !account.usage.session(session).is_idle;
    if takes_cover(&ctx.view, was_active)
        && let Err(reason) = windows::renew_at_close(account, ctx, session)
    {
        ctx.write(|| {
            let (user, product) = account.names_of(session);
            Entry::Unpaid {
                user: user.into(),
                product: product.into(),
                session: account.usage.session(session).name.as_str().into(),
                reason,
            }
        });
    }
    let use_id = end(account, ctx, session, SessionEnd::Closed, None);
    if !windows::give_grace(account, ctx, use_id) {
        windows::end_with_last_session(account, ctx, use_id);
    }
}

/// A contact sets when the session lapses (C2, T5).
fn contact<S: Sink>(
    account: &mut Account,
    ctx: &Context<'_, S>,
    session: SessionId,
    is_active: bool,
) {
    let lapses_at = ctx.at + offline_limit(account, &ctx.view, session);
    account.usage.set_idle(session, !is_active);
    if account.usage.contact(session, ctx.at, lapses_at) {
        account.timers.set(lapses_at, Timed::Lapse(session));
    }
}

/// C2: a session lapses when it was out of contact for too long: longer where a subscription covers
/// the last window of its use.
fn offline_limit(account: &mut Account, view: &EventView<'_>, session: SessionId) -> Span {
    if account.usage.is_covered(session, view.at) {
        view.rulebook().subscription_offline_limit()
    } else {
        view.rulebook().offline_limit()
    }
}

/// Whether a session lapses at the instant of its timer (C2). Where it was in contact since, the
/// timer is set again.
pub(crate) fn is_lapse_due(account: &mut Account, session: SessionId, at: Timestamp) -> bool {
    match account.usage.lapse_timer_fired(session, at) {
        LapseTimer::Due => true,
        LapseTimer::Void => false,
        LapseTimer::Again(at) => {
            account.timers.set(at, Timed::Lapse(session));
            false
        }
    }
}

/// A session closes by itself, free of charge (C2).
pub(crate) fn lapse<S: Sink>(account: &mut Account, ctx: &mut Context<'_, S>, session: SessionId) {
    let use_id = end(account, ctx, session, SessionEnd::Lapsed, None);
    windows::end_with_last_session(account, ctx, use_id);
}

/// Ends a session and says which use it was of.
fn end<S: Sink>(
    account: &mut Account,
    ctx: &mut Context<'_, S>,
    session: SessionId,
    reason: SessionEnd,
    because: Option<Refusal>,
) -> UseId {
    let use_id = account.usage.session(session).use_id;
    account.usage.end_session(session, ctx.catalog.key);
    ctx.write(|| {
        // What it was is there until another session takes its number.
        let (user, product) = account.names_of(session);
        Entry::SessionClosed {
            session: account.usage.session(session).name.as_str().into(),
            user: user.into(),
            product: product.into(),
            reason,
            because,
        }
    });
    use_id
}
