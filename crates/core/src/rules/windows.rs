//! Windows open, are renewed, and end (W1 to W8).

use crate::account::Account;
use crate::journal::{ChargeReason, Charged, ChargedWindow, Entry, RefundReason, Sink, WindowEnd};
use crate::refusal::Refusal;
use crate::rules::Cover;
use crate::state::packs::Taking;
use crate::state::sessions::NONE;
use crate::state::uses::{Known, Window};
use crate::time::{Instant, Span};
use crate::tokens::Tokens;
use crate::turn::{Moment, Turn};

impl Account {
    /// The window of a use that is in force. One that ends with the last live session of its use
    /// is not, once all of them have lapsed (W5), even if their timers were not fired yet.
    pub(crate) fn window_in_force(&self, in_use: u32, moment: Moment) -> Option<&Window> {
        let it = self.uses.get(in_use);
        let window = it.window.as_ref().filter(|window| window.holds(moment.at))?;
        let has_lapsed = |session| moment.has_lapsed(self.sessions.get(session).lapses_at);
        let was_closed = window.ends_with_last_session
            && !it.sessions.is_empty()
            && self.sessions.chained(it.sessions).all(has_lapsed);
        (!was_closed).then_some(window)
    }

    /// W2: the window that an open joins.
    pub(crate) fn window_to_join(&self, known: Known, at: Instant) -> Option<&Window> {
        self.window_in_force(known.in_use?, Moment::of_event(at))
    }

    /// W3, W7: cover for the window that a heartbeat proves was due. It starts on the grid of the
    /// last one, or now where the whole use was idle.
    pub(crate) fn renew_at_heartbeat<S: Sink>(
        &mut self,
        turn: &mut Turn<'_, S>,
        session: u32,
    ) -> Result<(), Refusal> {
        let it = self.sessions.get(session);
        if it.seen_cover(turn.at).is_some() {
            return Ok(());
        }
        let it = self.uses.get(it.in_use);
        let Some(due) = it.window.filter(|window| !window.holds(turn.at)) else {
            return Ok(());
        };
        let start = if turn.rulebook().idle_aware && it.sessions.is_idle() {
            (ChargeReason::Resumed, turn.at)
        } else {
            let start = turn.at.floor_to_grid(due.ends, turn.rulebook().window());
            (ChargeReason::Renewed, start)
        };
        self.renew(turn, session, start)
    }

    /// W3: cover for the window that a close proves was due before it.
    pub(crate) fn renew_at_close<S: Sink>(
        &mut self,
        turn: &mut Turn<'_, S>,
        session: u32,
    ) -> Result<(), Refusal> {
        let it = self.uses.get(self.sessions.get(session).in_use);
        let Some(due) = it.window.filter(|window| window.ends < turn.at) else {
            return Ok(());
        };
        let before_close = turn.at - Span::NANOSECOND;
        let start = before_close.floor_to_grid(due.ends, turn.rulebook().window());
        self.renew(turn, session, (ChargeReason::Renewed, start))
    }

    fn renew<S: Sink>(
        &mut self,
        turn: &mut Turn<'_, S>,
        session: u32,
        start: (ChargeReason, Instant),
    ) -> Result<(), Refusal> {
        let mut takings = std::mem::take(&mut self.takings);
        let in_use = self.sessions.get(session).in_use;
        let user = self.uses.get(in_use).user;
        let product = turn.hashed(self.uses.names(in_use).1);
        let cover = self.cover(turn.view, Some(user), product, turn.at, &mut takings);
        if let Ok(cover) = cover {
            self.charge_window(turn, session, start, (cover, &takings));
        }
        self.takings = takings;
        cover.map(drop)
    }

    /// W1, W9: a charge, and the window that it opens. A window covered by a subscription ends
    /// with its term if that is earlier.
    pub(crate) fn charge_window<S: Sink>(
        &mut self,
        turn: &mut Turn<'_, S>,
        session: u32,
        (reason, starts): (ChargeReason, Instant),
        (cover, takings): (Cover, &[Taking]),
    ) {
        let in_use = self.sessions.get(session).in_use;
        let (rulebook_number, rulebook) = turn.view.catalog.rulebook(turn.view.seen);
        let ends = starts + rulebook.window();
        let (tokens, subscription, ends) = match cover {
            Cover::Tokens(tokens) => (tokens, None, ends),
            Cover::Subscription(number) => {
                (Tokens::ZERO, Some(number), ends.min(self.subscriptions.get(number).ends))
            }
        };
        self.packs.take(takings);
        let it = self.uses.get_mut(in_use);
        let charge = self.charges.add(it.user, it.product, takings);
        it.window = Some(Window {
            charge,
            starts,
            ends,
            rulebook: rulebook_number,
            subscription,
            ends_with_last_session: rulebook.close_ends_window,
            may_be_graced: reason == ChargeReason::Opened
                && it.sessions.live == 1
                && !tokens.is_zero(),
        });
        turn.write(|| {
            let (user, product) = self.uses.names(in_use);
            Entry::Charged(Charged {
                charge,
                user: user.into(),
                product: product.into(),
                session: Some(self.sessions.get(session).name.as_str().into()),
                version: self.version(session).map(Into::into),
                reason,
                tokens,
                postings: self.packs.postings(takings),
                subscription: subscription.map(|it| self.subscriptions.name(it).into()),
                window: Some(ChargedWindow { starts_at: starts, ends_at: ends }),
                quantity: None,
            })
        });
        self.set_level(turn);
    }

    /// W6: the charge is given back and the window ends, when the last live session of a use
    /// closes soon after a charge that its open made. Returns whether it was.
    pub(crate) fn give_grace<S: Sink>(&mut self, turn: &mut Turn<'_, S>, in_use: u32) -> bool {
        let Some(window) = self.window_to_grace(turn, in_use) else {
            return false;
        };
        self.refund(turn, window.charge, RefundReason::Grace, None);
        self.uses.set_graced_start(in_use, window.starts);
        self.uses.get_mut(in_use).window = Some(Window { ends: turn.at, ..window });
        true
    }

    /// W6: the window in force whose charge is to be given back, all by the rulebook that the
    /// charge saw.
    fn window_to_grace<S: Sink>(&self, turn: &Turn<'_, S>, in_use: u32) -> Option<Window> {
        let it = self.uses.get(in_use);
        let window = it.window.filter(|window| window.holds(turn.at))?;
        if !it.sessions.is_empty() || !window.may_be_graced {
            return None;
        }
        let rulebook = turn.view.catalog.rulebook_numbered(window.rulebook);
        let was_graced = || {
            let start = self.uses.graced_start(in_use).filter(|_| rulebook.grace_once);
            start.is_some_and(|start| window.starts - start < rulebook.window())
        };
        let is_graced = turn.at - window.starts < rulebook.grace()
            && !was_graced()
            && !self.charges.is_refunded(window.charge);
        is_graced.then_some(window)
    }

    /// W5: a window whose rulebook says so ends with the last live session of its use.
    pub(crate) fn end_window_with_last_session<S: Sink>(
        &mut self,
        turn: &mut Turn<'_, S>,
        in_use: u32,
    ) {
        let it = self.uses.get(in_use);
        let ends = |window: Window| window.ends_with_last_session && window.holds(turn.at);
        if it.sessions.is_empty() && it.window.is_some_and(ends) {
            self.end_window(turn, in_use, WindowEnd::Closed);
        }
    }

    /// W5, W8: a window ends before its time.
    pub(crate) fn end_window<S: Sink>(
        &mut self,
        turn: &mut Turn<'_, S>,
        in_use: u32,
        reason: WindowEnd,
    ) {
        let it = self.uses.get_mut(in_use);
        let Some(window) = &mut it.window else {
            return;
        };
        window.ends = turn.at;
        let charge = window.charge;
        self.sessions.forget_window(it.sessions);
        turn.write(|| {
            let (user, product) = self.uses.names(in_use);
            Entry::WindowEnded { charge, user: user.into(), product: product.into(), reason }
        });
    }

    /// The version of a session, where it has one.
    pub(crate) fn version(&self, session: u32) -> Option<&str> {
        let version = self.sessions.opening(session).version;
        (version != NONE).then(|| self.versions.name(version))
    }
}
