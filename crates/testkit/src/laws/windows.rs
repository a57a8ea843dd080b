//! Windows: when they start, how long they last, who runs in them, and how they end.

use tallyfold_core::{
    Action, ChargeReason, Charged, ChargedWindow, Entry, Event, Record, RefundReason, SessionEnd,
    Span, WindowEnd,
};

use super::{Broken, Glance, holds};
use crate::books::{Use, Window};

/// The charge of an entry, with the window that it opens and the last one of its use.
fn opened<'a>(
    glance: &Glance<'a>,
) -> Option<(&'a Charged<'static>, ChargedWindow, Option<&'a Window>)> {
    let Entry::Charged(charged) = &glance.record?.entry else {
        return None;
    };
    let last = glance.account.window(&charged.user, &charged.product);
    Some((charged, charged.window?, last))
}

pub(super) fn windows_never_overlap(glance: &Glance<'_>) -> Result<(), Broken> {
    let Some((_, window, Some(last))) = opened(glance) else {
        return Ok(());
    };
    holds(last.ends <= window.starts_at, || {
        format!("the window of charge {} ends at {}", last.charge, last.ends)
    })
}

pub(super) fn windows_last_their_time(glance: &Glance<'_>) -> Result<(), Broken> {
    let Some((charged, window, _)) = opened(glance) else {
        return Ok(());
    };
    let full = window.starts_at + Span::hours(glance.rulebook().window_hours());
    let subscription = charged.subscription.as_deref();
    let term = subscription.and_then(|name| glance.account.subscriptions.get(name));
    let due = term.map_or(full, |it| full.min(it.term.ends()));
    holds(window.ends_at == due, || format!("the window ends at {due}"))
}

/// Whether an event is a heartbeat, and active.
fn heartbeat(event: Option<&Event<'_>>) -> Option<bool> {
    match event {
        Some(Event::Account(event)) => match &event.action {
            Action::Heartbeat(it) => Some(it.active),
            _ => None,
        },
        _ => None,
    }
}

fn is_close(event: Option<&Event<'_>>) -> bool {
    let Some(Event::Account(event)) = event else {
        return false;
    };
    matches!(event.action, Action::SessionClosed(_))
}

/// Whether every live session of a use was idle at its last contact (W7).
fn is_all_idle(glance: &Glance<'_>, in_use: Option<&Use>) -> bool {
    let is_idle =
        |name: &String| glance.account.sessions.get(name).is_some_and(|session| session.is_idle);
    in_use.is_some_and(|it| !it.live.is_empty() && it.live.iter().all(is_idle))
}

pub(super) fn windows_start_when_due(glance: &Glance<'_>) -> Result<(), Broken> {
    let (Some((charged, window, last)), Some(record)) = (opened(glance), glance.record) else {
        return Ok(());
    };
    let at = record.at;
    let starts = window.starts_at;
    let in_use = glance.account.use_of(&charged.user, &charged.product);
    let resumes = glance.rulebook().idle_aware()
        && is_all_idle(glance, in_use)
        && heartbeat(glance.event).is_some();
    match charged.reason {
        ChargeReason::Opened => holds(starts == at, || format!("an open starts at {at}")),
        ChargeReason::Resumed => {
            holds(resumes, || "not every session was idle, so use did not resume".into())?;
            holds(starts == at, || format!("use resumed at {at}"))
        }
        ChargeReason::Renewed => {
            holds(!resumes, || "every session was idle, so the use resumes".into())?;
            let last = last.ok_or_else(|| "there is no window to renew".to_owned())?;
            let latest = if is_close(glance.event) { at.unix_nanos() - 1 } else { at.unix_nanos() };
            let step = Span::hours(glance.rulebook().window_hours()).nanos();
            let on_grid = (starts - last.ends).nanos() % step == 0 && last.ends <= starts;
            let is_latest = starts.unix_nanos() <= latest && latest < starts.unix_nanos() + step;
            holds(on_grid && is_latest, || {
                format!("the grid goes on from {}, where charge {} ended", last.ends, last.charge)
            })
        }
        ChargeReason::Result => Err("results open no window".to_owned().into()),
    }
}

pub(super) fn sessions_run_in_windows(glance: &Glance<'_>) -> Result<(), Broken> {
    let account = glance.account;
    if let Some(Record { at, entry, .. }) = glance.record {
        let Entry::SessionOpened { user, product, charge, .. } = entry else {
            return Ok(());
        };
        let window = account.window(user, product).filter(|window| window.holds(*at));
        return holds(window.is_some_and(|it| it.charge == *charge), || match window {
            Some(window) => format!("the window in force is of charge {}", window.charge),
            None => "no window is in force".into(),
        });
    }
    let (Some(Event::Account(event)), None) = (glance.event, glance.finding) else {
        return Ok(());
    };
    let Action::Heartbeat(beat) = &event.action else {
        return Ok(());
    };
    let Some(session) = account.sessions.get(&*beat.session) else {
        return Ok(());
    };
    let takes_cover = beat.active || !glance.rulebook().idle_aware();
    let in_force = account.window(&session.user, &session.product);
    let is_covered = in_force.is_some_and(|window| window.holds(event.at));
    holds(is_covered || !takes_cover, || "the session is live, and no window is in force".into())
}

pub(super) fn idle_time_is_free(glance: &Glance<'_>) -> Result<(), Broken> {
    let Some((charged, ..)) = opened(glance) else {
        return Ok(());
    };
    if !glance.rulebook().idle_aware() {
        return Ok(());
    }
    let by = charged.session.as_deref().and_then(|name| glance.account.sessions.get(name));
    let was_idle = by.is_some_and(|session| session.is_idle);
    let is_inactive_beat = heartbeat(glance.event) == Some(false);
    holds(!is_inactive_beat, || "an inactive heartbeat took cover".into())?;
    holds(!(is_close(glance.event) && was_idle), || "the session was idle when it closed".into())
}

/// Whether W6 gives the charge of a use's window back when its last session closes at `at`.
fn is_graced(glance: &Glance<'_>, in_use: &Use, at: tallyfold_core::Timestamp) -> bool {
    let Some(window) = in_use.window.as_ref().filter(|window| window.holds(at)) else {
        return false;
    };
    let rulebook = &window.rulebook;
    let was_graced = in_use.graced_start.is_some_and(|start| {
        rulebook.grace_once() && window.starts - start < Span::hours(rulebook.window_hours())
    });
    let is_refunded = glance.account.charge(window.charge).is_none_or(|charge| charge.is_refunded);
    in_use.live.is_empty()
        && window.may_be_graced
        && at - window.starts < Span::minutes(rulebook.grace_minutes())
        && !was_graced
        && !is_refunded
}

pub(super) fn grace_is_given_when_due(glance: &Glance<'_>) -> Result<(), Broken> {
    let account = glance.account;
    let (Some(at), Some(Event::Account(event)), None) = (glance.at(), glance.event, glance.finding)
    else {
        return Ok(());
    };
    if let Some(Record { entry: Entry::Refunded(refunded), .. }) = glance.record {
        let charge = account.charge(refunded.charge);
        let in_use = charge.and_then(|it| account.use_of(&it.user, &it.product));
        let is_of_window =
            |it: &&Use| it.window.as_ref().is_some_and(|window| window.charge == refunded.charge);
        let is_due = is_close(glance.event)
            && in_use.filter(is_of_window).is_some_and(|it| is_graced(glance, it, at));
        let is_grace = refunded.reason == RefundReason::Grace;
        return holds(is_due || !is_grace, || "no grace is due".into());
    }
    if glance.record.is_some() || !is_close(glance.event) {
        return Ok(());
    }
    for record in glance.turn.iter().filter(|record| record.at == event.at) {
        if let Entry::SessionClosed { user, product, reason: SessionEnd::Closed, .. } =
            &record.entry
        {
            let in_use = account.use_of(user, product);
            let is_missed = in_use.is_some_and(|it| is_graced(glance, it, at));
            holds(!is_missed, || format!("grace was due to {user} for {product}"))?;
        }
    }
    Ok(())
}

pub(super) fn windows_end_with_reason(glance: &Glance<'_>) -> Result<(), Broken> {
    let account = glance.account;
    let Some(record) = glance.record else {
        return none_outlives_its_reason(glance);
    };
    let Entry::WindowEnded { charge, user, product, reason } = &record.entry else {
        return Ok(());
    };
    let in_use = account.use_of(user, product);
    let window = in_use.and_then(|it| it.window.as_ref()).filter(|it| it.holds(record.at));
    let Some(window) = window.filter(|it| it.charge == *charge) else {
        return Err("no such window is in force".to_owned().into());
    };
    match reason {
        WindowEnd::Closed => {
            let is_last = in_use.is_some_and(|it| it.live.is_empty());
            holds(is_last, || "a session of the use is live".into())?;
            holds(window.rulebook.close_ends_window(), || "its rulebook ends no window so".into())
        }
        WindowEnd::CoverEnded => {
            let held = account.seats.get(&**user);
            let is_held = |name: &String| held.is_some_and(|it| it.contains(name));
            let lost = window.subscription.as_ref().is_some_and(|name| !is_held(name));
            holds(lost, || "the seat that covers is still held, or there is none".into())
        }
    }
}

/// W5, W8: after an event no window is in force whose seat is gone, nor one that had to end with
/// the sessions that closed.
fn none_outlives_its_reason(glance: &Glance<'_>) -> Result<(), Broken> {
    let (Some(Event::Account(event)), None) = (glance.event, glance.finding) else {
        return Ok(());
    };
    let account = glance.account;
    if let Action::SubscriptionUnassigned(it) = &event.action {
        let outlives = |window: &Window| {
            window.holds(event.at) && window.subscription.as_deref() == Some(&*it.subscription)
        };
        let mut of_user = account.uses_of(&it.user);
        let is_left = of_user.any(|it| it.window.as_ref().is_some_and(outlives));
        holds(!is_left, || "a window is in force that the seat covered".into())?;
    }
    for record in glance.turn {
        let Entry::SessionClosed { user, product, reason, .. } = &record.entry else {
            continue;
        };
        let Some(in_use) = account.use_of(user, product) else {
            continue;
        };
        // A lock-out finds no window in force.
        let outlives = *reason != SessionEnd::LockedOut
            && in_use.live.is_empty()
            && in_use.window.as_ref().is_some_and(|window| {
                window.rulebook.close_ends_window() && window.holds(event.at)
            });
        holds(!outlives, || format!("the window of {user} and {product} had to end"))?;
    }
    Ok(())
}
