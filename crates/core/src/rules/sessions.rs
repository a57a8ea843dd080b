//! Sessions open, stay in contact, and close (W2 to W7, C2).

use crate::account::{Account, Subject};
use crate::event::SessionOpened;
use crate::journal::{ChargeReason, Entry, SessionEnd, Sink};
use crate::lookup::Lookup;
use crate::refusal::Refusal;
use crate::rules::Cover;
use crate::state::names::Hashed;
use crate::state::packs::Taking;
use crate::state::sessions::NONE;
use crate::state::timers::TimerKind;
use crate::state::uses::Known;
use crate::time::Instant;
use crate::turn::{Turn, View};

impl Account {
    /// W2: an open joins the window in force, else it takes cover for a window of its own; where
    /// that is refused the session is denied (W4).
    pub(crate) fn open_session<S: Sink>(
        &mut self,
        turn: &mut Turn<'_, S>,
        event: &SessionOpened<'_>,
        lookup: &Lookup,
    ) {
        let names = lookup.names_of_use(turn.view.key, (&event.user, &event.product));
        let known = self.uses.find(names, lookup.in_use);
        let mut takings = std::mem::take(&mut self.takings);
        match self.cover_open(turn.view, (known, names.1), turn.at, &mut takings) {
            Ok(cover) => {
                let in_use = self.uses.number(known, names);
                let name = lookup.session(turn.view.key, &event.session);
                self.go_live(turn, (in_use, name, event), cover, &takings);
            }
            Err(reason) => turn.write(|| Entry::SessionDenied {
                session: (&*event.session).into(),
                user: (&*event.user).into(),
                product: (&*event.product).into(),
                version: event.version.as_deref().map(Into::into),
                reason,
            }),
        }
        self.takings = takings;
    }

    /// What pays for an open; nothing needs to where a window is in force.
    fn cover_open(
        &self,
        view: View<'_>,
        (known, product): (Known, Hashed<'_>),
        at: Instant,
        takings: &mut Vec<Taking>,
    ) -> Result<Option<Cover>, Refusal> {
        if self.window_to_join(known, at).is_some() {
            return Ok(None);
        }
        self.cover(view, known.user, product, at, takings).map(Some)
    }

    /// The session goes live, in a window of its own where it took cover.
    fn go_live<S: Sink>(
        &mut self,
        turn: &mut Turn<'_, S>,
        (in_use, name, event): (u32, Hashed<'_>, &SessionOpened<'_>),
        cover: Option<Cover>,
        takings: &[Taking],
    ) {
        let version = event.version.as_deref();
        let version = version.map_or(NONE, |it| self.versions.number(turn.hashed(it)));
        let chain = &mut self.uses.get_mut(in_use).sessions;
        let session = self.sessions.open(name, (in_use, version), turn.at, chain);
        if let Some(cover) = cover {
            self.charge_window(turn, session, (ChargeReason::Opened, turn.at), (cover, takings));
        }
        self.contact(turn, session, true);
        let charge = self.uses.get(in_use).window.map_or(0, |window| window.charge);
        turn.write(|| Entry::SessionOpened {
            session: (&*event.session).into(),
            user: (&*event.user).into(),
            product: (&*event.product).into(),
            version: event.version.as_deref().map(Into::into),
            charge,
        });
    }

    /// W3, W4, W7: a heartbeat renews the window where one is due. Where that is refused, every
    /// live session of the use is locked out.
    pub(crate) fn heartbeat<S: Sink>(
        &mut self,
        turn: &mut Turn<'_, S>,
        is_active: bool,
        session: Subject,
    ) {
        let takes_cover = is_active || !turn.rulebook().idle_aware;
        let renewal = if takes_cover { self.renew_at_heartbeat(turn, session) } else { Ok(()) };
        match renewal {
            Ok(()) => self.contact(turn, session, is_active),
            Err(refusal) => self.lock_out(turn, session, refusal),
        }
    }

    /// W3, W4, W5, W6: a close renews a window that was due before, ends the session, and with the
    /// last session of its use may give the charge back or end the window.
    pub(crate) fn close_session<S: Sink>(&mut self, turn: &mut Turn<'_, S>, session: Subject) {
        let is_idle = self.sessions.get(session).is_idle;
        if !(turn.rulebook().idle_aware && is_idle)
            && let Err(reason) = self.renew_at_close(turn, session)
        {
            turn.write(|| {
                let it = self.sessions.get(session);
                let (user, product) = self.uses.names(it.in_use);
                Entry::Unpaid {
                    user: user.into(),
                    product: product.into(),
                    session: it.name.as_str().into(),
                    reason,
                }
            });
        }
        let in_use = self.end_session(turn, session, SessionEnd::Closed, None);
        if !self.give_grace(turn, in_use) {
            self.end_window_with_last_session(turn, in_use);
        }
    }

    /// C2, T5: a contact sets when the session lapses, by the funding of the use's last window.
    fn contact<S: Sink>(&mut self, turn: &Turn<'_, S>, session: u32, is_active: bool) {
        let limit = if self.is_covered(session, turn.at) {
            turn.rulebook().subscription_offline_limit()
        } else {
            turn.rulebook().offline_limit()
        };
        let it = self.sessions.get(session);
        if it.is_idle == is_active {
            let chain = &mut self.uses.get_mut(it.in_use).sessions;
            self.sessions.set_idle(session, !is_active, chain);
        }
        let lapses_at = turn.at + limit;
        if self.sessions.contact(session, turn.at, lapses_at) {
            self.timers.set(lapses_at, TimerKind::Lapse, session);
        }
    }

    /// Whether a subscription covers the last window of a session's use. The use is not looked at
    /// while the window that was seen there last is in force: most contacts need the session only.
    fn is_covered(&mut self, session: u32, at: Instant) -> bool {
        let it = self.sessions.get(session);
        if let Some(is_covered) = it.seen_cover(at) {
            return is_covered;
        }
        let Some(window) = self.uses.get(it.in_use).window else {
            return false;
        };
        let is_covered = window.subscription.is_some();
        self.sessions.see_window(session, window.ends, is_covered);
        is_covered
    }

    /// W4: every live session of the use is locked out, in order of opening.
    fn lock_out<S: Sink>(&mut self, turn: &mut Turn<'_, S>, session: u32, refusal: Refusal) {
        let in_use = self.sessions.get(session).in_use;
        let chain = self.uses.get(in_use).sessions;
        let locked_out: Vec<u32> = self.sessions.chained(chain).collect();
        for session in locked_out {
            self.end_session(turn, session, SessionEnd::LockedOut, Some(refusal));
        }
    }

    /// Ends a session and returns its use.
    pub(crate) fn end_session<S: Sink>(
        &mut self,
        turn: &mut Turn<'_, S>,
        session: u32,
        reason: SessionEnd,
        because: Option<Refusal>,
    ) -> u32 {
        let in_use = self.sessions.get(session).in_use;
        let ended =
            self.sessions.close(session, turn.view.key, &mut self.uses.get_mut(in_use).sessions);
        turn.write(|| {
            let (user, product) = self.uses.names(in_use);
            Entry::SessionClosed {
                session: ended.name.as_str().into(),
                user: user.into(),
                product: product.into(),
                reason,
                because,
            }
        });
        in_use
    }
}
