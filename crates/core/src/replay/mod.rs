//! A replay: the fold of a whole log, settled at the end or as of an instant (T6).

mod account_bytes;
mod snapshot;
mod split;

#[cfg(doc)]
use crate::spec::*;

use std::collections::BTreeMap;
use std::{iter, mem};

use serde::{Deserialize, Serialize};

use crate::ask::AccountAt;
use crate::event::{Event, Timestamp};
use crate::journal::{Consumer, Feed, Finding, FoldedEvent, Sink};
use crate::ledger::{Ahead, Ledger};
use crate::state::RestoreError;
use crate::state::account::Account;
use crate::state::ids::AccountId;
use crate::state::names::HashKey;

pub use account_bytes::AccountBytes;
pub use snapshot::Snapshot;

/// [T6](crate::spec::T6): folds a whole log, then settles every account.
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
    /// The same of the catalog. Every part of a fold that was split folds all of them.
    catalog_events: u64,
    /// Whether another part was handed the catalog's events before this one.
    is_later_part: bool,
    as_of: Option<AsOf>,
}

/// What is known as of an instant, beside the ledger of the whole log, which tells what is late.
#[derive(Clone, Debug)]
struct AsOf {
    at: Timestamp,
    /// Each account that has passed the instant, as it was before; `None` where it was not yet.
    passed: BTreeMap<AccountId, Option<Box<Account>>>,
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
        Ok(LogFold { account_events, catalog_events, ..LogFold::new(ledger, None) })
    }

    /// A fold that goes on from `ledger`.
    #[must_use]
    pub fn new(ledger: Ledger, as_of: Option<Timestamp>) -> LogFold {
        let as_of = as_of.map(|at| AsOf { at, passed: BTreeMap::new() });
        LogFold { ledger, account_events: 0, catalog_events: 0, is_later_part: false, as_of }
    }

    /// Folds the next event of the log.
    ///
    /// # Errors
    ///
    /// A [`Finding`] where the event cannot be applied. Those after the as-of are not reported.
    pub fn apply<S: Sink>(&mut self, event: &Event<'_>, sink: &mut S) -> Result<(), Finding> {
        let mut finding = Ok(());
        self.apply_each(iter::once((0, event)), sink, |_, it| {
            finding = it.rejection.map_or(Ok(()), |rejection| Err(rejection.finding));
        });
        finding
    }

    /// Folds the next events of the log into a consumer, as [`Ledger::apply_all`] does. What is after
    /// the as-of is not told.
    pub fn apply_all<'e, 'n: 'e, C: Consumer>(
        &mut self,
        events: impl IntoIterator<Item: Into<(u64, &'e Event<'n>)>, IntoIter: Clone>,
        consumer: &mut C,
    ) {
        self.apply_each(events, &mut Feed(consumer), |Feed(consumer), it| {
            if C::EVENTS {
                consumer.event(it);
            }
        });
    }

    /// Folds the next events of the log, hands the journal to a sink, and tells what came of each
    /// event that is within the as-of.
    pub fn apply_each<'e, 'n: 'e, S: Sink>(
        &mut self,
        events: impl IntoIterator<Item: Into<(u64, &'e Event<'n>)>, IntoIter: Clone>,
        sink: &mut S,
        mut tell: impl FnMut(&mut S, &FoldedEvent<'_, 'n>),
    ) {
        let LogFold { ledger, account_events, catalog_events, is_later_part, as_of } = self;
        ledger.for_each(events.into_iter().map(Into::into), |ledger, it| {
            if let Some(as_of) = as_of.as_mut().filter(|as_of| it.event.at() > as_of.at) {
                as_of.pass(ledger, &it);
                return;
            }
            let is_of_catalog = matches!(it.event, Event::Catalog(_));
            *(if is_of_catalog { &mut *catalog_events } else { &mut *account_events }) += 1;
            let rejection = ledger.apply_ahead(&it, sink);
            let is_shared = is_of_catalog && *is_later_part;
            tell(sink, &FoldedEvent { line: it.line, event: it.event, rejection, is_shared });
        });
    }

    /// Settles every account, in byte order of their names: at the as-of, else at its clock.
    /// Timers that are due write to the journal.
    pub fn settle<S: Sink>(&mut self, sink: &mut S) {
        self.forget_what_is_after();
        for id in self.ledger.in_name_order() {
            let clock = self.ledger.get(id).clock;
            let at = self.as_of.as_ref().map_or(clock, |as_of| as_of.at);
            self.ledger.settle(id, at, sink);
        }
    }

    /// Settles every account at one instant, in byte order of their names, as a report does ([T6]).
    /// Timers that are due write to the journal; an account whose clock is later stays as it is.
    pub fn settle_at<S: Sink>(&mut self, at: Timestamp, sink: &mut S) {
        self.forget_what_is_after();
        for id in self.ledger.in_name_order() {
            self.ledger.settle(id, at, sink);
        }
    }

    /// Lets the ledger be as it was as of the instant. What is late is asked of it no more.
    fn forget_what_is_after(&mut self) {
        if let Some(as_of) = &mut self.as_of {
            self.ledger.go_back(as_of.at, mem::take(&mut as_of.passed));
        }
    }

    /// How many events were folded, findings included.
    #[must_use]
    pub fn event_count(&self) -> u64 {
        self.account_events + self.catalog_events
    }

    /// The instant as of which accounts are settled.
    #[must_use]
    pub fn as_of(&self) -> Option<Timestamp> {
        self.as_of.as_ref().map(|as_of| as_of.at)
    }

    /// All accounts as they are settled, in byte order of their names.
    pub fn accounts(&self) -> impl Iterator<Item = AccountAt<'_>> {
        let passed = self.as_of.as_ref().map(|as_of| &as_of.passed);
        let account = move |id| match passed.and_then(|passed| passed.get(&id)) {
            None => Some(self.ledger.view_as(id, self.ledger.get(id))),
            Some(before) => Some(self.ledger.view_as(id, before.as_deref()?)),
        };
        let accounts = self.ledger.in_name_order().into_iter().filter_map(account);
        let as_of = self.as_of();
        accounts.map(move |it| it.at(as_of.unwrap_or(it.clock())))
    }

    /// The ledger, to be asked. As of an instant it is that of the whole log before it is
    /// [settled](LogFold::settle), and that as of the instant from then on.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The ledger alone.
    #[must_use]
    pub fn into_ledger(self) -> Ledger {
        self.ledger
    }

    /// Splits the accounts, which never affect each other, so that each part can be folded in
    /// parallel. `part_of` answers for an account which part it belongs to, from 0 on.
    ///
    /// Hand every event of an account to its part, and every catalog event to all parts, each in
    /// log order. All parts find the same of a catalog event. Then [merge](LogFold::merge) them.
    ///
    /// ```
    /// use tallyfold_core::{Ledger, LogFold};
    ///
    /// let mut parts = LogFold::new(Ledger::default(), None).split(2, |name| name.len() % 2);
    /// // parts[part].apply(&event, &mut journal) for every event of the log, then:
    /// let second = parts.remove(1);
    /// let mut whole = parts.remove(0);
    /// whole.merge(second);
    /// # assert_eq!(whole.event_count(), 0);
    /// ```
    ///
    /// # Panics
    ///
    /// Where there are no parts, or an account is of none of them.
    #[must_use]
    pub fn split(self, parts: usize, part_of: impl Fn(&str) -> usize) -> Vec<LogFold> {
        let LogFold { ledger, account_events, catalog_events, as_of, .. } = self;
        let as_of = as_of.map(|AsOf { at, passed }| (at, ledger.by_name(passed)));
        let mut folds: Vec<_> = ledger
            .split(parts, &part_of)
            .into_iter()
            .map(|ledger| {
                let as_of = as_of.as_ref().map(|(at, _)| *at);
                LogFold { catalog_events, is_later_part: true, ..LogFold::new(ledger, as_of) }
            })
            .collect();
        (folds[0].account_events, folds[0].is_later_part) = (account_events, false);
        for (name, account) in as_of.into_iter().flat_map(|(_, passed)| passed) {
            folds[part_of(&name)].set_passed(&name, account);
        }
        folds
    }

    /// Takes in the accounts of another part of the same fold.
    ///
    /// # Panics
    ///
    /// Where the two did not fold the same catalog events, or both have an account.
    pub fn merge(&mut self, part: LogFold) {
        assert_eq!(self.catalog_events, part.catalog_events, "all parts fold the whole catalog");
        self.account_events += part.account_events;
        self.is_later_part &= part.is_later_part;
        let passed = part.as_of.map(|as_of| part.ledger.by_name(as_of.passed));
        self.ledger.merge(part.ledger);
        for (name, account) in passed.into_iter().flatten() {
            self.set_passed(&name, account);
        }
    }

    fn set_passed(&mut self, name: &str, account: Option<Box<Account>>) {
        if let (Some(as_of), Some(id)) = (&mut self.as_of, self.ledger.find(name)) {
            as_of.passed.insert(id, account);
        }
    }
}

impl AsOf {
    /// Folds an event after the instant. The account that it moves there is kept as it was before.
    fn pass(&mut self, ledger: &mut Ledger, it: &Ahead<'_, '_>) {
        let Event::Account(event) = it.event else {
            ledger.apply_ahead(it, &mut ());
            return;
        };
        let before = ledger.find(&event.account);
        if before.is_some_and(|id| self.passed.contains_key(&id)) {
            ledger.apply_ahead(it, &mut ());
        } else if ledger.check(it.event).is_ok() {
            let before = before.map(|id| Box::new(ledger.get(id).clone()));
            ledger.apply_ahead(it, &mut ());
            if let Some(id) = ledger.find(&event.account) {
                self.passed.insert(id, before);
            }
        }
    }
}
