//! One account: its state, and the match from event to rule.

use serde::{Deserialize, Serialize};

use crate::event::{AccountEvent, Action, EventId, Heartbeat, Plan, SessionClosed};
use crate::journal::Sink;
use crate::lookup::Lookup;
use crate::refusal::Finding;
use crate::settled::Level;
use crate::state::access::{Mark, OpenProducts};
use crate::state::applied::AppliedIds;
use crate::state::catalog::Seen;
use crate::state::charges::Charges;
use crate::state::names::{HashKey, Names};
use crate::state::packs::{Packs, Taking};
use crate::state::sessions::Sessions;
use crate::state::subscriptions::Subscriptions;
use crate::state::timers::{Due, Timers};
use crate::state::uses::Uses;
use crate::time::Instant;
use crate::turn::Turn;

/// A team: one pool of tokens, one set of users.
///
/// In this order in memory: what every event needs comes first, so that it takes few cache lines.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[repr(C, align(64))]
pub(crate) struct Account {
    /// The instant of the last applied event (T1).
    pub(crate) clock: Instant,
    /// The line that moved the clock there; 0 where it is not known.
    pub(crate) clock_line: u64,
    #[serde(skip)]
    pub(crate) timers: Timers,
    /// What the last applied event saw of the catalog (T2).
    pub(crate) seen: Seen,
    pub(crate) sessions: Sessions,
    pub(crate) applied: AppliedIds,
    pub(crate) uses: Uses,
    pub(crate) packs: Packs,
    pub(crate) level: Option<Level>,
    pub(crate) charges: Charges,
    pub(crate) versions: Names,
    pub(crate) subscriptions: Subscriptions,
    pub(crate) open_products: Option<OpenProducts>,
    pub(crate) chosen_plan: Plan,
    /// Room to plan charges in, kept so that planning seldom allocates.
    #[serde(skip)]
    pub(crate) takings: Vec<Taking>,
}

/// What an action is about, found while it was checked: the number of the session, pack or
/// subscription that it names, if it names one that must exist.
pub(crate) type Subject = u32;

impl Account {
    /// An account as it is before its first event.
    pub(crate) fn new() -> Account {
        Account {
            clock: Instant::EARLIEST,
            clock_line: 0,
            seen: Seen::default(),
            applied: AppliedIds::default(),
            packs: Packs::default(),
            level: None,
            charges: Charges::default(),
            uses: Uses::default(),
            versions: Names::default(),
            sessions: Sessions::default(),
            subscriptions: Subscriptions::default(),
            open_products: None,
            chosen_plan: Plan::Standard,
            timers: Timers::default(),
            takings: Vec::new(),
        }
    }

    /// Whether an event can be applied, and to what. Changes nothing.
    ///
    /// No timer is fired: every check asks for the state as it is at the event's instant.
    pub(crate) fn check(
        &self,
        event: &AccountEvent<'_>,
        key: &HashKey,
        lookup: &Lookup,
    ) -> Result<Subject, Finding> {
        let at = event.at;
        if at < self.clock {
            return Err(Finding::LateEvent);
        }
        let repeated = |id| self.applied.contains(id);
        if at == self.clock && event.id.as_ref().is_some_and(repeated) {
            return Err(Finding::DuplicateEvent);
        }
        let none = |()| Subject::default();
        match &event.action {
            Action::PackPurchased(it) => self.packs.check_new(key.hashed(&it.pack)).map(none),
            Action::TokensAdjusted(it) => {
                self.packs.check_adjustment(key.hashed(&it.pack), it.tokens.get(), at)
            }
            Action::ChargeReversed(it) => self.check_reversal(it, key).map(none),
            Action::SessionOpened(it) => {
                self.sessions.check_new(lookup.session(key, &it.session), at).map(none)
            }
            Action::Heartbeat(Heartbeat { session, .. })
            | Action::SessionClosed(SessionClosed { session }) => {
                self.sessions.check_live(lookup.session(key, session), lookup.session, at)
            }
            Action::SubscriptionPurchased(it) => {
                self.subscriptions.check_new(key.hashed(&it.subscription)).map(none)
            }
            Action::SubscriptionAssigned(it) => {
                let seats = self.uses.seats(key.hashed(&it.user));
                self.subscriptions.check_assignment(key.hashed(&it.subscription), seats)
            }
            Action::SubscriptionUnassigned(it) => {
                let seats = self.uses.seats(key.hashed(&it.user));
                self.subscriptions.check_unassignment(key.hashed(&it.subscription), seats)
            }
            Action::FlexAssigned(it) => {
                self.check_mark(key.hashed(&it.user), Mark::Assigned).map(none)
            }
            Action::FlexUnassigned(it) => {
                self.check_mark(key.hashed(&it.user), Mark::Unassigned).map(none)
            }
            Action::ResultProduced(_) | Action::FlexAccessSet(_) | Action::PlanSelected(_) => {
                Ok(Subject::default())
            }
        }
    }

    /// Applies an action that was checked.
    pub(crate) fn apply<S: Sink>(
        &mut self,
        turn: &mut Turn<'_, S>,
        event: &AccountEvent<'_>,
        (subject, lookup): (Subject, &Lookup),
    ) {
        self.begin(turn, event.id.as_ref());
        match &event.action {
            Action::PackPurchased(it) => self.purchase_pack(turn, it),
            Action::TokensAdjusted(it) => self.adjust_pack(turn, it, subject),
            Action::ChargeReversed(it) => self.reverse_charge(turn, it),
            Action::SessionOpened(it) => self.open_session(turn, it, lookup),
            Action::Heartbeat(it) => self.heartbeat(turn, it.active, subject),
            Action::SessionClosed(_) => self.close_session(turn, subject),
            Action::ResultProduced(it) => self.produce_result(turn, it),
            Action::SubscriptionPurchased(it) => self.purchase_subscription(turn, it),
            Action::SubscriptionAssigned(it) => self.assign_seat(turn, it, subject),
            Action::SubscriptionUnassigned(it) => self.unassign_seat(turn, it, subject),
            Action::FlexAssigned(it) => self.assign_flex(turn, it),
            Action::FlexUnassigned(it) => self.unassign_flex(turn, it),
            Action::FlexAccessSet(it) => self.set_access(turn, it),
            Action::PlanSelected(it) => self.select_plan(turn, *it),
        }
        debug_assert!(self.is_conserved(), "tokens were lost or made (P7)");
    }

    /// Fires what is due before the event and moves the clock to it (T1, T3).
    fn begin<S: Sink>(&mut self, turn: &mut Turn<'_, S>, id: Option<&EventId<'_>>) {
        self.fire(turn, Due::BeforeEvent(turn.at));
        if self.clock != turn.at {
            self.applied.clear();
            self.clock = turn.at;
            self.clock_line = turn.line;
        }
        self.seen = turn.view.seen;
        if let Some(id) = id {
            self.applied.insert(id, turn.view.key);
        }
    }

    /// Whether no token was lost or made, in any pack (P7).
    fn is_conserved(&self) -> bool {
        (0..self.packs.len() as u32).all(|pack| self.packs.get(pack).balance.is_conserved())
    }
}
