//! Time: T1 to T7.

use tallyfold_core::{AccountEvent, Action, EventId, Finding, Timestamp};

use super::Flaw;
use super::moment::Moment;

/// What a timer does when it fires (T3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Due {
    Notice,
    Expiry,
    Lapse,
}

/// A timer of the pack or of the live session at a place of its list.
#[derive(Clone, Copy, Debug)]
struct Timer {
    at: Timestamp,
    due: Due,
    place: usize,
}

/// T7: whether two events have the same id.
pub(super) fn is_same_id(
    one: Option<&EventId<'_>>,
    other: Option<&EventId<'_>>,
    flaw: Option<Flaw>,
) -> bool {
    let name = |id: &EventId<'_>| match id {
        EventId::Plain(id) | EventId::Sourced { id, .. } => id.as_str().to_owned(),
    };
    match (one, other) {
        (Some(one), Some(other)) if flaw == Some(Flaw::SourceIgnored) => name(one) == name(other),
        (Some(one), Some(other)) => one == other,
        _ => false,
    }
}

impl Moment<'_> {
    /// T1: an event earlier than the account's clock is late.
    fn is_late(&self) -> bool {
        let is_before = |clock| self.before(self.at, clock, Flaw::SameInstantIsLate);
        self.account.clock.is_some_and(is_before)
    }

    /// T7: an event of this id was applied at this instant.
    fn is_repeated(&self, id: Option<&EventId<'_>>) -> bool {
        self.account.ids.iter().any(|(at, applied)| {
            self.needs(*at == self.at, Flaw::IdTakenForEver)
                && is_same_id(Some(applied), id, self.flaw)
        })
    }

    /// What keeps an event from being applied; asked before anything changes, even by a timer.
    pub(super) fn check(&self, event: &AccountEvent<'_>) -> Result<(), Finding> {
        if self.is_late() {
            return Err(Finding::LateEvent);
        }
        if self.is_repeated(event.id.as_ref()) {
            return Err(Finding::DuplicateEvent);
        }
        match &event.action {
            Action::PackPurchased(it) => self.check_purchase(it),
            Action::TokensAdjusted(it) => self.check_adjustment(it),
            Action::ChargeReversed(it) => self.check_reversal(it),
            Action::SessionOpened(it) => self.check_open(it),
            Action::Heartbeat(it) => self.check_live(&it.session),
            Action::SessionClosed(it) => self.check_live(&it.session),
            Action::SubscriptionPurchased(it) => self.check_subscription(it),
            Action::SubscriptionAssigned(it) => self.check_seat_assigned(it),
            Action::SubscriptionUnassigned(it) => self.check_seat_unassigned(it),
            Action::FlexAssigned(it) => self.check_flex_assigned(&it.user),
            Action::FlexUnassigned(it) => self.check_flex_unassigned(&it.user),
            Action::ResultProduced(_) | Action::FlexAccessSet(_) | Action::PlanSelected(_) => {
                Ok(())
            }
        }
    }

    /// T3: before an event at t every timer due before t fires, and so do notices and expiries
    /// due at t; lapses due at t fire after all events at t.
    pub(super) fn fire_before_event(&mut self) {
        let limit = self.at;
        self.fire_while(|moment, timer| match timer.due {
            Due::Notice => timer.at <= limit,
            Due::Expiry if moment.is(Flaw::ExpiryFiresAfterEventAtItsInstant) => timer.at < limit,
            Due::Expiry => timer.at <= limit,
            Due::Lapse => moment.before(timer.at, limit, Flaw::LapseFiresBeforeEventAtItsInstant),
        });
    }

    /// T3: `settle(T)` is as if every timer due ≤ T had fired.
    pub(super) fn settle(&mut self) {
        let limit = self.at;
        self.fire_while(|moment, timer| {
            let is_left = timer.due == Due::Lapse && moment.is(Flaw::SettleLeavesLapses);
            timer.at <= limit && !(is_left && timer.at == limit)
        });
    }

    /// Fires timers at their own instants, one after another.
    fn fire_while(&mut self, is_due: impl Fn(&Self, &Timer) -> bool) {
        let at = self.at;
        loop {
            let timers = self.timers().into_iter().filter(|timer| is_due(self, timer));
            // Of those at the first instant, the first in the order of T4.
            let Some(timer) = timers.min_by_key(|timer| timer.at) else { break };
            self.at = timer.at;
            match timer.due {
                Due::Notice => self.give_notice(timer.place),
                Due::Expiry => self.expire(timer.place),
                Due::Lapse => self.lapse(timer.place),
            }
        }
        self.at = at;
    }

    /// T4: at one instant notices, then expiries, each in burn order, then lapses, in order of
    /// opening.
    fn timers(&self) -> Vec<Timer> {
        let account = &*self.account;
        let packs = match self.is(Flaw::PackTimersInLogOrder) {
            true => (0..account.packs.len()).collect(),
            false => self.burn_order(),
        };
        let notices = packs.iter().filter_map(|&place| {
            let at = account.packs[place].notice_at?;
            Some(Timer { at, due: Due::Notice, place })
        });
        let expiries = packs.iter().filter_map(|&place| {
            let pack = &account.packs[place];
            let at = pack.expires_at;
            (!pack.is_expired).then_some(Timer { at, due: Due::Expiry, place })
        });
        let lapses = account.sessions.iter().enumerate().map(|(place, session)| {
            let at = session.lapses_at;
            Timer { at, due: Due::Lapse, place }
        });
        match self.flaw {
            Some(Flaw::ExpiriesBeforeNotices) => expiries.chain(notices).chain(lapses).collect(),
            Some(Flaw::LapsesBeforeExpiries) => notices.chain(lapses).chain(expiries).collect(),
            Some(Flaw::LapsesInReverse) => notices.chain(expiries).chain(lapses.rev()).collect(),
            _ => notices.chain(expiries).chain(lapses).collect(),
        }
    }

    /// T1, T2, T7: the event is applied: the clock moves, the id is taken, and from now on timers
    /// see what this event sees.
    pub(super) fn move_clock(&mut self, event: &AccountEvent<'_>, seen: usize) {
        self.account.clock = Some(self.at);
        self.account.settled_at = None;
        self.account.seen = seen;
        let id = event.id.clone().map(EventId::into_owned);
        self.account.ids.extend(id.map(|id| (self.at, id)));
    }

    /// T1: a finding changes nothing, not even the clock. Flaws leave traces all the same.
    pub(super) fn leave_traces(&mut self, event: &AccountEvent<'_>, finding: Finding) {
        let is_late = finding == Finding::LateEvent;
        let moves_clock = match is_late {
            true => self.is(Flaw::LateEventMovesClock),
            false => self.is(Flaw::FindingMovesClock),
        };
        if moves_clock {
            self.account.clock = Some(self.at);
        }
        if !is_late && self.is(Flaw::FindingTakesId) {
            let id = event.id.clone().map(EventId::into_owned);
            self.account.ids.extend(id.map(|id| (self.at, id)));
        }
    }
}
