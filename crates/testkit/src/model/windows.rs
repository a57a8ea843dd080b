//! Cover and windows: W1 to W9.

use tallyfold_core::{
    ChargeReason, Charged, ChargedWindow, Entry, Per, RefundReason, Refusal, Span, Timestamp,
    Tokens, WindowEnd,
};

use super::Flaw;
use super::moment::{Moment, own};
use super::state::{ModelCharge, ModelSession, Use};

/// What covers a use at an instant (W1).
struct ModelCover {
    tokens: Tokens,
    /// A subscription and the end of its term.
    subscription: Option<(String, Timestamp)>,
}

impl Moment<'_> {
    /// W1: a subscription (S2), before tokens always (S4); otherwise tokens for a whole day.
    fn cover(&self, of: &Use) -> Result<ModelCover, Refusal> {
        let price = self.price(of, Per::Day, 1);
        let by_tokens = price.map(|tokens| ModelCover { tokens, subscription: None });
        if by_tokens.is_ok() && self.is(Flaw::TokensBeforeSubscriptions) {
            return by_tokens;
        }
        let Some(covering) = self.covering(of) else { return by_tokens };
        if self.is(Flaw::CoverNeedsAccess) {
            self.check_access(&of.user, &of.product)?;
        }
        let subscription = Some((covering.subscription.to_string(), covering.term.ends()));
        Ok(ModelCover { tokens: Tokens::ZERO, subscription })
    }

    /// W1: takes cover at t for a window from `starts`; answers the place of the charge.
    fn take_cover(
        &mut self,
        session: &ModelSession,
        starts: Timestamp,
        reason: ChargeReason,
    ) -> Result<usize, Refusal> {
        let ModelCover { tokens, subscription } = self.cover(&session.of)?;
        let term_end = subscription.as_ref().map(|(_, ends)| *ends);
        let window = (starts, self.window_end(starts, term_end));
        let postings = self.burn(tokens);
        let named = self.charged_session(session).clone();
        let was_alone = !self.has_live_session(&session.of);
        let charged = Charged {
            charge: self.next_charge(),
            user: own(&session.of.user),
            product: own(&session.of.product),
            session: Some(own(&named.name)),
            version: named.version.as_deref().map(own),
            reason,
            tokens,
            postings: self.named(&postings),
            subscription: subscription.as_ref().map(|(name, _)| own(name)),
            window: Some(ChargedWindow { starts_at: window.0, ends_at: window.1 }),
            quantity: None,
        };
        self.account.charges.push(ModelCharge {
            of: session.of.clone(),
            version: session.version.clone(),
            reason,
            tokens,
            postings,
            subscription: subscription.map(|(name, _)| name),
            window: Some(window),
            rulebook: self.rulebook(),
            was_alone,
            refund: None,
        });
        self.write(Entry::Charged(charged));
        Ok(self.account.charges.len() - 1)
    }

    /// W9: a charge names the session whose event made it.
    fn charged_session<'s>(&'s self, session: &'s ModelSession) -> &'s ModelSession {
        match self.live_sessions(&session.of).next() {
            Some(first) if self.is(Flaw::VersionOfTheUse) => first,
            _ => session,
        }
    }

    /// W1: a window of `window_hours`; a covered one ends at the end of the term if that is
    /// earlier.
    fn window_end(&self, starts: Timestamp, term_end: Option<Timestamp>) -> Timestamp {
        let ends = starts + self.window_length();
        match term_end {
            Some(term_end) if !self.is(Flaw::TermDoesNotCut) => ends.min(term_end),
            _ => ends,
        }
    }

    fn window_length(&self) -> Span {
        Span::hours(self.rulebook().window_hours())
    }

    /// Charges are numbered 1, 2, 3… per account.
    pub(super) fn next_charge(&self) -> u64 {
        self.account.charges.len() as u64 + 1
    }

    /// In force at t: starts ≤ t < ends.
    pub(super) fn is_in_force(&self, charge: &ModelCharge) -> bool {
        charge.window.is_some_and(|(starts, ends)| {
            starts <= self.at && self.before(self.at, ends, Flaw::InForceAtEnd)
        })
    }

    /// The place of the charge whose window is in force for a use.
    pub(super) fn in_force(&self, of: &Use) -> Option<usize> {
        let is_it = |charge: &ModelCharge| charge.of == *of && self.is_in_force(charge);
        self.account.charges.iter().rposition(is_it)
    }

    /// The last charge of a use that opened a window, and when that ends.
    pub(super) fn last_window(&self, of: &Use) -> Option<(&ModelCharge, Timestamp)> {
        let windows = self.account.charges.iter().rev().filter(|charge| charge.of == *of);
        windows.filter_map(|charge| Some((charge, charge.window?.1))).next()
    }

    /// W2: with a window in force the session joins it, whatever its version; otherwise cover at
    /// t, window from t. Answers the place of the charge.
    pub(super) fn join_or_charge(&mut self, session: &ModelSession) -> Result<usize, Refusal> {
        let joins = |place: &usize| {
            let is_same = self.account.charges[*place].version == session.version;
            is_same || !self.is(Flaw::JoinNeedsSameVersion)
        };
        match self.in_force(&session.of).filter(joins) {
            Some(place) => Ok(place),
            None => self.take_cover(session, self.opens_from(&session.of), ChargeReason::Opened),
        }
    }

    /// W2, W3: a later open starts afresh, whether or not another session is live.
    fn opens_from(&self, of: &Use) -> Timestamp {
        let is_live = self.has_live_session(of);
        match self.last_window(of) {
            Some((_, ended)) if is_live && self.is(Flaw::OpenOnTheGrid) && ended <= self.at => {
                self.on_grid(ended, false)
            }
            _ => self.at,
        }
    }

    /// W3: a heartbeat or close of a live session proves that the product was left open when a new
    /// window was due: no window in force, the last one ended at e ≤ t (e < t for a close).
    pub(super) fn renew(&mut self, session: &ModelSession, is_close: bool) -> Result<(), Refusal> {
        let Some((_, ended)) = self.last_window(&session.of) else { return Ok(()) };
        let is_free_at_end = match is_close {
            true => !self.is(Flaw::CloseAtEndRenews),
            false => self.is(Flaw::HeartbeatAtEndIsFree),
        };
        let is_due = ended < self.at || ended == self.at && !is_free_at_end;
        if self.in_force(&session.of).is_some() || !is_due {
            return Ok(());
        }
        let (starts, reason) = match !is_close && self.is_resumed(session) {
            true if self.is(Flaw::ResumedOnTheGrid) => {
                (self.on_grid(ended, is_close), ChargeReason::Resumed)
            }
            true => (self.at, ChargeReason::Resumed),
            false => (self.on_grid(ended, is_close), ChargeReason::Renewed),
        };
        self.take_cover(session, starts, reason).map(drop)
    }

    /// W3: the latest e + k × 24 h ≤ t (< t for a close), k ≥ 0.
    fn on_grid(&self, ended: Timestamp, is_close: bool) -> Timestamp {
        // Centuries may have passed, which in nanoseconds is too long for a `Span`.
        let passed = i128::from(self.at.unix_nanos()) - i128::from(ended.unix_nanos());
        let step = self.window_length();
        let since_grid = match passed % i128::from(step.nanos()) {
            0 if is_close && !self.is(Flaw::CloseStartsWindowAtItself) => step,
            since => Span::from_nanos(since as i64),
        };
        match self.flaw {
            Some(Flaw::RenewedFromNow) => self.at,
            Some(Flaw::RenewedFromLastEnd) => ended,
            _ => self.at - since_grid,
        }
    }

    /// W7: whether the rulebook lets inactive sessions rest.
    pub(super) fn is_idle_aware(&self) -> bool {
        self.rulebook().idle_aware() || self.is(Flaw::IdleAlwaysAware)
    }

    /// W7: every live session of the use had an inactive last contact.
    fn is_resumed(&self, session: &ModelSession) -> bool {
        let all_were_inactive = match self.is(Flaw::ResumedByItself) {
            true => session.was_inactive,
            false => self.live_sessions(&session.of).all(|live| live.was_inactive),
        };
        self.is_idle_aware() && all_were_inactive
    }

    /// W5: if the window's rulebook says so, it ends when the last live session of its use closes
    /// or lapses.
    pub(super) fn close_ends_window(&mut self, of: &Use) {
        let Some(place) = self.in_force(of) else { return };
        let rulebook = match self.is(Flaw::CloseEndsWindowOfTheClose) {
            true => self.rulebook(),
            false => self.account.charges[place].rulebook,
        };
        if rulebook.close_ends_window() {
            self.end_window(place);
            self.write_window_ended(place, WindowEnd::Closed);
        }
    }

    /// W6: whether a close that leaves the use without a live session refunds the charge of the
    /// window in force, all by the rulebook that the charge saw.
    pub(super) fn has_grace(&self, place: usize) -> bool {
        let charge = &self.account.charges[place];
        let Some((starts, _)) = charge.window else { return false };
        let rulebook = match self.is(Flaw::GraceOfTheClose) {
            true => self.rulebook(),
            false => charge.rulebook,
        };
        let grace_end = starts + Span::minutes(rulebook.grace_minutes());
        let is_opened = charge.reason == ChargeReason::Opened;
        let is_fresh = match self.flaw {
            Some(Flaw::GraceForRenewals) => !is_opened || charge.was_alone,
            Some(Flaw::GraceForLateComers) => is_opened,
            _ => is_opened && charge.was_alone,
        };
        self.before(self.at, grace_end, Flaw::GraceAtTheLimit)
            && is_fresh
            && self.needs(!charge.tokens.is_zero(), Flaw::GraceForNothing)
            && self.needs(charge.refund.is_none(), Flaw::GraceAfterReversal)
            && self.needs(!rulebook.grace_once() || !self.had_grace(place), Flaw::GraceOnceIgnored)
    }

    /// W6, `grace_once`: an earlier charge of the use that started less than `window_hours` before
    /// this one was refunded so.
    fn had_grace(&self, place: usize) -> bool {
        let charge = &self.account.charges[place];
        let Some((starts, _)) = charge.window else { return false };
        let length = Span::hours(charge.rulebook.window_hours());
        self.account.charges[..place].iter().any(|earlier| {
            let is_near = earlier.window.is_some_and(|(earlier_starts, _)| {
                self.before(starts, earlier_starts + length, Flaw::GraceOnceAtTheLimit)
            });
            let is_refunded_so = match earlier.refund {
                Some(RefundReason::Grace) => true,
                Some(RefundReason::Reversed) => self.is(Flaw::GraceOnceCountsReversals),
                None => false,
            };
            earlier.of == charge.of && is_refunded_so && self.needs(is_near, Flaw::GraceOnceForEver)
        })
    }

    /// W6: the charge is refunded and its window ends, without an entry for that.
    pub(super) fn give_grace(&mut self, place: usize) {
        self.refund(place, RefundReason::Grace, None);
        if self.is(Flaw::GraceEndsWindowAloud) {
            self.write_window_ended(place, WindowEnd::Closed);
        }
        if !self.is(Flaw::GraceKeepsWindow) {
            self.end_window(place);
        }
    }

    /// W8: ends windows in force, in order of charge number.
    pub(super) fn end_covered_windows(&mut self, is_covered: impl Fn(&ModelCharge) -> bool) {
        for place in 0..self.account.charges.len() {
            let charge = &self.account.charges[place];
            if is_covered(charge) && self.is_in_force(charge) {
                self.end_window(place);
                self.write_window_ended(place, WindowEnd::CoverEnded);
            }
        }
    }

    /// The window ends at t.
    pub(super) fn end_window(&mut self, place: usize) {
        if let Some((_, ends)) = &mut self.account.charges[place].window {
            *ends = self.at.min(*ends);
        }
    }

    fn write_window_ended(&mut self, place: usize, reason: WindowEnd) {
        let of = &self.account.charges[place].of;
        let (user, product) = (own(&of.user), own(&of.product));
        self.write(Entry::WindowEnded { charge: place as u64 + 1, user, product, reason });
    }
}
