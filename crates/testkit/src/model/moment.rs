//! One account at one instant: what every rule looks at.

use std::borrow::Cow;

use tallyfold_core::{Action, Entry, Record, Rulebook, Timestamp};

use super::Flaw;
use super::catalog::Seen;
use super::state::ModelAccount;

/// One account at one instant, with the catalog that it sees and the journal that it writes.
///
/// Every rule is a method; those of one group are in one file.
#[derive(Debug)]
pub(super) struct Moment<'m> {
    pub account: &'m mut ModelAccount,
    pub at: Timestamp,
    pub seen: Seen<'m>,
    pub journal: &'m mut Vec<Record<'static>>,
    pub flaw: Option<Flaw>,
}

pub(super) fn own(text: &str) -> Cow<'static, str> {
    Cow::Owned(text.to_owned())
}

impl Moment<'_> {
    /// The rulebook that the event sees (T5).
    pub(super) fn rulebook(&self) -> Rulebook {
        self.seen.rulebook()
    }

    /// Writes an entry; one that moves tokens sets the level (N2).
    pub(super) fn write(&mut self, entry: Entry<'static>) {
        let (is_free, moves_tokens) = match &entry {
            Entry::PackAdded { .. } | Entry::PackExpired { .. } => (false, true),
            Entry::Adjusted { .. } | Entry::Refunded(_) => (false, true),
            Entry::Charged(charged) => (charged.tokens.is_zero(), true),
            _ => (false, false),
        };
        let account = own(&self.account.name);
        self.journal.push(Record { account, at: self.at, entry });
        if moves_tokens && !(is_free && self.is(Flaw::LevelNeedsAnAmount)) {
            self.set_level();
        }
    }

    /// One flat match from event to rule. The event was checked and its timers have fired.
    pub(super) fn decide(&mut self, action: &Action<'_>) {
        match action {
            Action::PackPurchased(it) => self.purchase_pack(it),
            Action::TokensAdjusted(it) => self.adjust(it),
            Action::ChargeReversed(it) => self.reverse(it),
            Action::SessionOpened(it) => self.open(it),
            Action::Heartbeat(it) => self.heartbeat(it),
            Action::SessionClosed(it) => self.close(&it.session),
            Action::ResultProduced(it) => self.produce(it),
            Action::SubscriptionPurchased(it) => self.purchase_subscription(it),
            Action::SubscriptionAssigned(it) => self.assign_seat(it),
            Action::SubscriptionUnassigned(it) => self.unassign_seat(it),
            Action::FlexAssigned(it) => self.assign_flex(it),
            Action::FlexUnassigned(it) => self.unassign_flex(it),
            Action::FlexAccessSet(it) => self.set_access(it),
            Action::PlanSelected(it) => self.select_plan(*it),
        }
    }

    /// Whether a deliberate error is switched on; never outside tests.
    pub(super) fn is(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    /// Whether a condition of a rule holds. The flaw forgets to ask.
    pub(super) fn needs(&self, condition: bool, forgotten: Flaw) -> bool {
        condition || self.is(forgotten)
    }

    /// Whether one instant is before another. The flaw takes `<=` for `<`.
    pub(super) fn before(&self, one: Timestamp, other: Timestamp, or_at: Flaw) -> bool {
        one < other || one == other && self.is(or_at)
    }
}
