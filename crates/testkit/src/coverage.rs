//! What generated histories reach: how often each journal entry, reason and finding occurs.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;
use tallyfold_core::{Event, Ledger, Record};

use crate::fold::Fold;

/// How often each journal entry with its reason, and each finding, occurred.
///
/// ```
/// use tallyfold_testkit::{Coverage, History};
///
/// let mut coverage = Coverage::default();
/// for seed in 0..20 {
///     coverage.add(&History::of_seed(seed, 20..=200));
/// }
/// assert!(coverage.count("charged opened") > 0);
/// println!("{coverage}");
/// ```
#[derive(Clone, Debug)]
pub struct Coverage {
    counts: BTreeMap<String, u64>,
    histories: u64,
    events: u64,
}

impl Default for Coverage {
    /// Every kind that there is, not yet seen.
    fn default() -> Coverage {
        let counts = KINDS.iter().map(|kind| ((*kind).to_owned(), 0)).collect();
        Coverage { counts, histories: 0, events: 0 }
    }
}

/// Every kind of entry with each of its reasons, and every finding (`events.md`, `rules.md`).
const KINDS: &[&str] = &[
    "adjusted",
    "charged opened",
    "charged opened by subscription",
    "charged renewed",
    "charged renewed by subscription",
    "charged result",
    "charged resumed",
    "charged resumed by subscription",
    "finding already_assigned",
    "finding charge_mismatch",
    "finding duplicate_event",
    "finding duplicate_pack",
    "finding duplicate_session",
    "finding duplicate_subscription",
    "finding late_event",
    "finding no_free_seat",
    "finding not_held",
    "finding nothing_to_refund",
    "finding overdrawn",
    "finding pack_expired",
    "finding unknown_charge",
    "finding unknown_pack",
    "finding unknown_session",
    "finding unknown_subscription",
    "notice expiring",
    "notice low_balance",
    "notice no_tokens",
    "noted FlexAccessSet",
    "noted FlexAssigned",
    "noted FlexUnassigned",
    "noted PlanSelected",
    "noted SubscriptionAssigned",
    "noted SubscriptionPurchased",
    "noted SubscriptionUnassigned",
    "pack_added",
    "pack_expired",
    "refunded grace",
    "refunded grace and forfeited",
    "refunded reversed",
    "refunded reversed and forfeited",
    "result_denied insufficient_tokens",
    "result_denied no_rate",
    "result_denied not_assigned",
    "result_denied product_excluded",
    "session_closed closed",
    "session_closed lapsed",
    "session_closed locked_out insufficient_tokens",
    "session_closed locked_out no_rate",
    "session_closed locked_out not_assigned",
    "session_closed locked_out product_excluded",
    "session_denied insufficient_tokens",
    "session_denied no_rate",
    "session_denied not_assigned",
    "session_denied product_excluded",
    "session_opened",
    "unpaid insufficient_tokens",
    "unpaid no_rate",
    "unpaid not_assigned",
    "unpaid product_excluded",
    "window_ended closed",
    "window_ended cover_ended",
];

impl Coverage {
    /// Folds a history and counts what comes of it.
    pub fn add(&mut self, events: &[Event<'_>]) {
        self.add_fold(&Fold::of(&|| Box::new(Ledger::default()), events));
    }

    /// Counts what came of a history.
    pub fn add_fold(&mut self, fold: &Fold) {
        self.histories += 1;
        self.events += fold.turns.len() as u64;
        for finding in fold.turns.iter().filter_map(|turn| turn.result.err()) {
            self.add_kind(format!("finding {}", text(serde_json::to_value(finding).ok().as_ref())));
        }
        fold.journal().for_each(|record| self.add_kind(kind_of(record)));
    }

    fn add_kind(&mut self, kind: String) {
        *self.counts.entry(kind).or_default() += 1;
    }

    /// How often a kind occurred: an entry with its reason, such as `charged opened`, or a finding,
    /// such as `finding late_event`.
    #[must_use]
    pub fn count(&self, kind: &str) -> u64 {
        self.counts.get(kind).copied().unwrap_or(0)
    }

    /// The kinds that never occurred.
    pub fn absent(&self) -> impl Iterator<Item = &str> {
        self.counts.iter().filter(|(_, count)| **count == 0).map(|(kind, _)| kind.as_str())
    }

    /// Kinds that occurred and are not in the list that every history is measured by.
    pub fn unlisted(&self) -> impl Iterator<Item = &str> {
        self.counts.keys().map(String::as_str).filter(|kind| !KINDS.contains(kind))
    }

    /// How many histories were counted.
    #[must_use]
    pub fn history_count(&self) -> u64 {
        self.histories
    }

    /// How many events they had.
    #[must_use]
    pub fn event_count(&self) -> u64 {
        self.events
    }
}

/// An entry's kind, with the reason that it gives.
fn kind_of(record: &Record<'_>) -> String {
    let entry = serde_json::to_value(&record.entry).unwrap_or_default();
    let mut kind = text(entry.get("entry"));
    for key in ["notice", "event", "reason", "because"] {
        if kind != "adjusted" && entry.get(key).is_some() {
            kind = format!("{kind} {}", text(entry.get(key)));
        }
    }
    if entry.get("subscription").is_some() && kind.starts_with("charged") {
        kind.push_str(" by subscription");
    }
    if entry.get("forfeited").is_some_and(|it| *it != 0) {
        kind.push_str(" and forfeited");
    }
    kind
}

fn text(value: Option<&Value>) -> String {
    value.and_then(Value::as_str).unwrap_or_default().to_owned()
}

impl fmt::Display for Coverage {
    /// A line for each kind, and how many histories and events they came from.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} histories of {} events", self.histories, self.events)?;
        self.counts.iter().try_for_each(|(kind, count)| writeln!(f, "{count:>10}  {kind}"))
    }
}
