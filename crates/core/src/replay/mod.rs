//! A replay: the fold of a whole log, settled at the end or as of an instant (T6).

mod account_bytes;
mod snapshot;
mod split;

use std::iter;

use serde::{Deserialize, Serialize};

use crate::ask::AccountAt;
use crate::event::{Event, Timestamp};
use crate::journal::{Finding, Rejection, Sink};
use crate::ledger::Ledger;
use crate::state::RestoreError;
use crate::state::names::HashKey;

pub use account_bytes::AccountBytes;
pub use snapshot::Snapshot;

/// T6: folds a whole log, then settles every account.
///
/// Without as-of every account is settled at its clock. With as-of T only what has `at` ≤ T counts
/// and every account is settled at T. What is late in the whole log is late in every as-of, so the
/// events after T must be handed in as well.
///
/// ```
/// use tallyfold_core::{Ledger, LogFold};
///
/// let mut journal = Vec::new();
/// let mut replay = LogFold::new(Ledger::default(), None);
/// // replay.apply(&event, &mut journal) for every event of the log, then:
/// replay.settle(&mut journal);
/// assert_eq!(replay.ledger().accounts().count(), 0);
/// ```
#[derive(Clone, Debug)]
pub struct LogFold {
    ledger: Ledger,
    /// How many events of accounts were folded, findings included.
    account_events: u64,
    /// The same of the catalog. Every part of a parted replay folds all of them.
    catalog_events: u64,
    as_of: Option<AsOf>,
}

/// An as-of needs a second ledger, which folds the whole log to tell what is late.
#[derive(Clone, Debug)]
struct AsOf {
    at: Timestamp,
    whole: Ledger,
}

/// A replay on its way through a log, in a form that serde can write and read.
///
/// Going on after [`LogFold::restore`] gives the same journal and result as never having stopped.
/// What is said of [`Snapshot`] holds here too.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LogFoldSnapshot<'a> {
    ledger: Snapshot<'a>,
    account_events: u64,
    catalog_events: u64,
}

/// More events than any log holds, so that counting on does not wrap.
const MOST_EVENTS: u64 = u64::MAX / 2;

impl LogFold {
    /// All that the replay knows, before it is settled. The same log gives the same snapshot,
    /// whether it was folded in parts or not. `None` of a replay as of an instant, which left out
    /// events that a longer log would need.
    #[must_use]
    pub fn snapshot(&mut self) -> Option<LogFoldSnapshot<'_>> {
        if self.as_of.is_some() {
            return None;
        }
        self.ledger.sort();
        Some(LogFoldSnapshot {
            ledger: self.ledger.snapshot(),
            account_events: self.account_events,
            catalog_events: self.catalog_events,
        })
    }

    /// The replay as it was when the snapshot was taken.
    ///
    /// # Errors
    ///
    /// [`RestoreError`] where the snapshot is of another version, or does not fit together.
    pub fn restore(snapshot: LogFoldSnapshot<'_>, key: HashKey) -> Result<LogFold, RestoreError> {
        let LogFoldSnapshot { ledger, account_events, catalog_events } = snapshot;
        let fits = account_events.max(catalog_events) <= MOST_EVENTS;
        RestoreError::unless(fits, "more events than any log can hold")?;
        let ledger = Ledger::restore(ledger, key)?;
        Ok(LogFold { ledger, account_events, catalog_events, as_of: None })
    }

    /// A replay that goes on from `ledger`.
    #[must_use]
    pub fn new(ledger: Ledger, as_of: Option<Timestamp>) -> LogFold {
        let as_of = as_of.map(|at| AsOf { at, whole: ledger.clone() });
        LogFold { ledger, account_events: 0, catalog_events: 0, as_of }
    }

    /// Folds the next event of the log.
    ///
    /// # Errors
    ///
    /// A [`Finding`] where the event cannot be applied. Those after the as-of are not reported.
    pub fn apply<S: Sink>(&mut self, event: &Event<'_>, sink: &mut S) -> Result<(), Finding> {
        let mut finding = Ok(());
        let mut report = |_: &mut S, it: Rejection<'_, '_>| finding = Err(it.finding);
        self.apply_all(iter::once((0, event)), sink, &mut report);
        finding
    }

    /// Folds the next events of the log, each with its line (0 for none), as [`Ledger::apply_all`] does.
    pub fn apply_all<'e, 'n: 'e, S: Sink>(
        &mut self,
        events: impl Iterator<Item = (u64, &'e Event<'n>)> + Clone,
        sink: &mut S,
        report: &mut impl FnMut(&mut S, Rejection<'_, 'n>),
    ) {
        if self.as_of.is_none() {
            events.clone().for_each(|(_, event)| self.count(event));
            return self.ledger.apply_all(events, sink, report);
        }
        for event in events {
            self.apply_as_of(event, sink, report);
        }
    }

    /// Folds an event if it is within the as-of. Late is what is late in the whole log (T6).
    fn apply_as_of<'e, 'n: 'e, S: Sink>(
        &mut self,
        (line, event): (u64, &'e Event<'n>),
        sink: &mut S,
        report: &mut impl FnMut(&mut S, Rejection<'_, 'n>),
    ) {
        let Some(as_of) = &mut self.as_of else { return };
        let is_within = event.at() <= as_of.at;
        let mut is_well = true;
        let mut report_within = |_: &mut (), rejection: Rejection<'_, 'n>| {
            is_well = false;
            if is_within {
                report(sink, rejection);
            }
        };
        as_of.whole.apply_all(iter::once((line, event)), &mut (), &mut report_within);
        if is_within {
            self.count(event);
        }
        if is_within && is_well {
            self.ledger.apply_all(iter::once((line, event)), sink, report);
        }
    }

    fn count(&mut self, event: &Event<'_>) {
        match event {
            Event::Catalog(_) => self.catalog_events += 1,
            Event::Account(_) => self.account_events += 1,
        }
    }

    /// Settles every account, in byte order of their names: at the as-of, else at its clock.
    /// Timers that are due write to the journal.
    pub fn settle<S: Sink>(&mut self, sink: &mut S) {
        for id in self.ledger.in_name_order() {
            let clock = self.ledger.get(id).clock;
            let at = self.as_of.as_ref().map_or(clock, |as_of| as_of.at);
            self.ledger.settle(id, at, sink);
        }
    }

    /// Settles every account at one instant, in byte order of their names, as a report does (T6).
    /// Timers that are due write to the journal; an account whose clock is later stays as it is.
    pub fn settle_at<S: Sink>(&mut self, at: Timestamp, sink: &mut S) {
        for id in self.ledger.in_name_order() {
            self.ledger.settle(id, at, sink);
        }
    }

    /// How many events were folded, findings included.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.account_events + self.catalog_events
    }

    /// The instant as of which accounts are settled.
    #[must_use]
    pub fn as_of(&self) -> Option<Timestamp> {
        self.as_of.as_ref().map(|as_of| as_of.at)
    }

    /// All accounts as they are settled, in byte order of their names.
    pub fn accounts(&self) -> impl Iterator<Item = AccountAt<'_>> {
        let as_of = self.as_of();
        self.ledger.accounts().map(move |it| it.at(as_of.unwrap_or(it.clock())))
    }

    /// The ledger, to be asked.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Parts the accounts, which never affect each other, so that the parts can be folded beside
    /// one another. `part_of` answers for an account which part it belongs to, from 0 on.
    ///
    /// Hand every event of an account to its part, and every catalog event to all parts, each in
    /// log order. All parts answer a catalog event alike; report what the first one answers. Then
    /// put them together with [`merge`](LogFold::merge).
    ///
    /// ```
    /// use tallyfold_core::{Ledger, LogFold};
    ///
    /// let mut parts = LogFold::new(Ledger::default(), None).split(2, |name| name.len() % 2);
    /// // parts[part].apply(&event, &mut journal) for every event of the log, then:
    /// let second = parts.remove(1);
    /// let mut whole = parts.remove(0);
    /// whole.merge(second);
    /// # assert_eq!(whole.events(), 0);
    /// ```
    ///
    /// # Panics
    ///
    /// Where there are no parts, or an account is of none of them.
    #[must_use]
    pub fn split(self, parts: usize, part_of: impl Fn(&str) -> usize) -> Vec<LogFold> {
        let (at, whole) = match self.as_of {
            None => (None, Vec::new()),
            Some(AsOf { at, whole }) => (Some(at), whole.split(parts, &part_of)),
        };
        let mut whole = whole.into_iter();
        let part = |ledger| {
            let as_of = at.zip(whole.next()).map(|(at, whole)| AsOf { at, whole });
            LogFold { ledger, account_events: 0, catalog_events: self.catalog_events, as_of }
        };
        let mut replays: Vec<_> = self.ledger.split(parts, part_of).into_iter().map(part).collect();
        replays[0].account_events = self.account_events;
        replays
    }

    /// Takes in the accounts of another part of the same replay.
    ///
    /// # Panics
    ///
    /// Where the two did not fold the same catalog events, or both have an account.
    pub fn merge(&mut self, part: LogFold) {
        assert_eq!(self.catalog_events, part.catalog_events, "all parts fold the whole catalog");
        self.account_events += part.account_events;
        self.ledger.merge(part.ledger);
        if let (Some(as_of), Some(other)) = (&mut self.as_of, part.as_of) {
            as_of.whole.merge(other.whole);
        }
    }
}
