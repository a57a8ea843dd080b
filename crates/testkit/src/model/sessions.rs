//! Sessions: W2, W4, C1 and C2.

use tallyfold_core::{
    Entry, Finding, Heartbeat, Refusal, SessionEnd, SessionOpened, Span, Timestamp,
};

use super::Flaw;
use super::moment::{Moment, own};
use super::state::{ModelSession, Use};

impl Moment<'_> {
    /// C1, T3: the place of the live session of a name. One that lapses at t is live at t.
    fn live(&self, name: &str) -> Option<usize> {
        self.account.sessions.iter().position(|session| {
            let has_lapsed =
                self.before(session.lapses_at, self.at, Flaw::LapseFiresBeforeEventAtItsInstant);
            session.name == name && !has_lapsed
        })
    }

    /// The live sessions of a use, in order of opening.
    pub(super) fn live_sessions(&self, of: &Use) -> impl Iterator<Item = &ModelSession> {
        self.account.sessions.iter().filter(move |session| session.of == *of)
    }

    pub(super) fn has_live_session(&self, of: &Use) -> bool {
        self.live_sessions(of).next().is_some()
    }

    /// C1: a session id that is live already.
    pub(super) fn check_open(&self, opened: &SessionOpened<'_>) -> Result<(), Finding> {
        let is_other = |place: usize| {
            let of = &self.account.sessions[place].of;
            *of != Use::new(&opened.user, &opened.product)
        };
        match self.live(&opened.session) {
            Some(place) if is_other(place) && self.is(Flaw::SessionIdPerUse) => Ok(()),
            Some(_) => Err(Finding::DuplicateSession),
            None => Ok(()),
        }
    }

    /// C1: a session that is not live.
    pub(super) fn check_live(&self, session: &str) -> Result<(), Finding> {
        self.live(session).map(drop).ok_or(Finding::UnknownSession)
    }

    /// W2, W4: the session runs in a window, or is denied and never becomes live.
    pub(super) fn open(&mut self, opened: &SessionOpened<'_>) {
        let mut session = ModelSession {
            name: opened.session.to_string(),
            of: Use::new(&opened.user, &opened.product),
            version: opened.version.as_deref().map(str::to_owned),
            opened_at: self.at,
            last_contact: self.at,
            was_inactive: false,
            lapses_at: self.at,
        };
        let (user, product) = (own(&opened.user), own(&opened.product));
        let (name, version) = (own(&opened.session), opened.version.as_deref().map(own));
        match self.join_or_charge(&session) {
            Err(reason) => {
                self.write(Entry::SessionDenied { session: name, user, product, version, reason });
            }
            Ok(place) => {
                let charge = place as u64 + 1;
                self.write(Entry::SessionOpened { session: name, user, product, version, charge });
                session.lapses_at = self.lapse_after_contact(&session.of);
                self.account.sessions.push(session);
            }
        }
    }

    /// W3, W7: a heartbeat renews, unless it is inactive and the rulebook idle-aware.
    /// W4: refused, it locks out every live session of the use.
    pub(super) fn heartbeat(&mut self, heartbeat: &Heartbeat<'_>) {
        let Some(place) = self.live(&heartbeat.session) else { return };
        let session = self.account.sessions[place].clone();
        let rests =
            !heartbeat.active && self.is_idle_aware() && !self.is(Flaw::IdleHeartbeatTakesCover);
        let lapse_before = self.lapse_after_contact(&session.of);
        if !rests && let Err(refusal) = self.renew(&session, false) {
            return self.lock_out(&session, refusal);
        }
        let lapses_at = match self.flaw {
            Some(Flaw::LapseByEarlierFunding) => lapse_before,
            Some(Flaw::InactiveIsNoContact) if !heartbeat.active => session.lapses_at,
            _ => self.lapse_after_contact(&session.of),
        };
        let session = &mut self.account.sessions[place];
        session.last_contact = self.at;
        session.was_inactive = !heartbeat.active;
        session.lapses_at = lapses_at;
    }

    /// C2, T5: the offline limit after this contact, by the rulebook that it sees: the longer one
    /// if the use's last window is covered by a subscription.
    fn lapse_after_contact(&self, of: &Use) -> Timestamp {
        let is_covered = self.last_window(of).is_some_and(|(it, _)| it.subscription.is_some());
        let rulebook = self.rulebook();
        if is_covered && !self.is(Flaw::LapseAlwaysAsPaid) {
            self.at + Span::days(rulebook.subscription_offline_days())
        } else {
            self.at + Span::hours(rulebook.offline_hours())
        }
    }

    /// W4: every live session of the use is locked out, in order of opening.
    fn lock_out(&mut self, session: &ModelSession, refusal: Refusal) {
        let live = self.live_sessions(&session.of).map(|live| live.name.clone());
        let mut names: Vec<String> = live.collect();
        match self.flaw {
            Some(Flaw::OneLockedOut) => names.retain(|name| *name == session.name),
            Some(Flaw::LockedOutInReverse) => names.reverse(),
            _ => {}
        }
        for name in names {
            self.end_session(&name, SessionEnd::LockedOut, Some(refusal));
        }
    }

    /// W3, W4, W7: a close renews what was due, unless the session was inactive and the rulebook
    /// idle-aware; refused, it writes `unpaid` and closes as usual.
    pub(super) fn close(&mut self, name: &str) {
        let Some(place) = self.live(name) else { return };
        let session = self.account.sessions[place].clone();
        let rests =
            session.was_inactive && self.is_idle_aware() && !self.is(Flaw::IdleCloseTakesCover);
        if !rests && let Err(reason) = self.renew(&session, true) {
            self.write_unpaid(&session, reason);
        }
        self.end_session(name, SessionEnd::Closed, None);
        self.leave_window(&session.of);
    }

    /// W5, W6: the last live session of a use has closed: its charge is refunded within the grace
    /// time, or else its window may end.
    fn leave_window(&mut self, of: &Use) {
        let is_last = !self.has_live_session(of);
        let in_grace = self.in_force(of).filter(|&place| self.has_grace(place));
        match in_grace {
            Some(place) if is_last || self.is(Flaw::GraceBesideOthers) => self.give_grace(place),
            _ if is_last || self.is(Flaw::AnyCloseEndsWindow) => self.close_ends_window(of),
            _ => {}
        }
    }

    /// C2, W5: the session at a place closes by itself, free of charge.
    pub(super) fn lapse(&mut self, place: usize) {
        let ModelSession { name, of, .. } = self.account.sessions[place].clone();
        self.end_session(&name, SessionEnd::Lapsed, None);
        let is_last = !self.has_live_session(&of);
        if is_last && !self.is(Flaw::LapseKeepsWindow) {
            self.close_ends_window(&of);
        }
    }

    /// The session is not live any more.
    fn end_session(&mut self, name: &str, reason: SessionEnd, because: Option<Refusal>) {
        let Some(place) = self.account.sessions.iter().position(|it| it.name == name) else {
            return;
        };
        let ModelSession { name, of, .. } = self.account.sessions.remove(place);
        let (session, user, product) = (own(&name), own(&of.user), own(&of.product));
        self.write(Entry::SessionClosed { session, user, product, reason, because });
    }

    fn write_unpaid(&mut self, session: &ModelSession, reason: Refusal) {
        let (user, product) = (own(&session.of.user), own(&session.of.product));
        let session = own(&session.name);
        if !self.is(Flaw::UnpaidIsSilent) {
            self.write(Entry::Unpaid { user, product, session, reason });
        }
    }
}
