//! Sessions: opened once, closed once, locked out together, and lapsing on time.

use tallyfold_core::{Action, Entry, Event, Record, SessionEnd};

use super::{Broken, Glance, holds};
use crate::books::BookedSession;

/// The session that an event names.
fn named<'a>(event: Option<&'a Event<'_>>) -> Option<&'a str> {
    let Some(Event::Account(event)) = event else {
        return None;
    };
    match &event.action {
        Action::SessionOpened(it) => Some(&it.session),
        Action::Heartbeat(it) => Some(&it.session),
        Action::SessionClosed(it) => Some(&it.session),
        _ => None,
    }
}

pub(super) fn sessions_live_once(glance: &Glance<'_>) -> Result<(), Broken> {
    let (account, Some(record)) = (glance.account, glance.record) else {
        return names_a_live_one(glance);
    };
    let is_live = |session: &str| account.sessions.contains_key(session);
    match &record.entry {
        Entry::SessionOpened { session, .. } | Entry::SessionDenied { session, .. } => {
            holds(!is_live(session), || format!("session {session} is live already"))
        }
        Entry::SessionClosed { session, user, product, reason, because } => {
            let Some(BookedSession { user: of, product: with, .. }) =
                account.sessions.get(&**session)
            else {
                return Err(format!("no session {session} is live").into());
            };
            let is_theirs = of == user && with == product;
            holds(is_theirs, || format!("the session is of {of} and {with}"))?;
            let is_locked_out = *reason == SessionEnd::LockedOut;
            holds(because.is_some() == is_locked_out, || "only a lock-out has a refusal".into())
        }
        Entry::Charged(charged) => {
            let by = charged.session.as_deref();
            let is_window = charged.window.is_some();
            holds(by.is_some() == is_window, || "a window is charged by a session".into())?;
            let Some(by) = by else {
                return Ok(());
            };
            let is_named = named(glance.event) == Some(by);
            holds(is_named, || "the charge names a session that made no event (W9)".into())?;
            names_its_version(glance, by, charged.version.as_deref())
        }
        _ => Ok(()),
    }
}

/// W9: a charge has the version of its session.
fn names_its_version(glance: &Glance<'_>, by: &str, version: Option<&str>) -> Result<(), Broken> {
    let of_session = match glance.account.sessions.get(by) {
        Some(session) => session.version.as_deref(),
        None => match glance.event {
            Some(Event::Account(event)) => match &event.action {
                Action::SessionOpened(it) => it.version.as_deref(),
                _ => None,
            },
            _ => None,
        },
    };
    holds(version == of_session, || format!("session {by} has another version"))
}

/// C1: at its event's end a session that was refused, or closed, is not live.
fn names_a_live_one(glance: &Glance<'_>) -> Result<(), Broken> {
    let (Some(Event::Account(event)), None) = (glance.event, glance.finding) else {
        return Ok(());
    };
    let is_live = |session: &str| glance.account.sessions.contains_key(session);
    match &event.action {
        Action::SessionClosed(it) => {
            holds(!is_live(&it.session), || format!("session {} is still live", it.session))
        }
        Action::Heartbeat(it) => {
            let ended = glance.turn.iter().any(|record| {
                matches!(&record.entry, Entry::SessionClosed { session, .. } if *session == *it.session)
            });
            let was_live = is_live(&it.session) || ended;
            holds(was_live, || format!("a session that is not live, {}, was heard", it.session))
        }
        _ => Ok(()),
    }
}

pub(super) fn lock_out_is_complete(glance: &Glance<'_>) -> Result<(), Broken> {
    if glance.record.is_some() {
        return Ok(());
    }
    for record in glance.turn {
        if let Entry::SessionClosed { user, product, reason: SessionEnd::LockedOut, .. } =
            &record.entry
        {
            let left = glance.account.use_of(user, product).and_then(|it| it.live.first());
            holds(left.is_none(), || {
                format!(
                    "session {} of {user} and {product} is still live",
                    left.map_or("", |it| it)
                )
            })?;
        }
    }
    Ok(())
}

pub(super) fn sessions_lapse_on_time(glance: &Glance<'_>) -> Result<(), Broken> {
    let account = glance.account;
    if let Some(Record { at, entry: Entry::SessionClosed { session, reason, .. }, .. }) =
        glance.record
        && *reason == SessionEnd::Lapsed
    {
        let due = account.sessions.get(&**session).and_then(|it| it.lapses_at);
        return holds(due == Some(*at), || match due {
            Some(due) => format!("the session lapses at {due}"),
            None => "the session had no contact".into(),
        });
    }
    let (Some(at), None) = (glance.at(), glance.finding) else {
        return Ok(());
    };
    if glance.record.is_some() {
        return Ok(());
    }
    let overdue = account.overdue(at);
    overdue.map_or(Ok(()), |name| Err(format!("session {name} had to lapse before").into()))
}
