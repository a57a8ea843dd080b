//! The ledger: the fold itself, over all accounts.

#[cfg(doc)]
use crate::spec::*;

use std::num::NonZeroU64;

use crate::event::{AccountEvent, CatalogEvent, Event, Rulebook, Timestamp};
use crate::journal::{Consumer, Feed, Finding, FoldedEvent, LogClock, Rejection, Sink};
use crate::prefetch::{AHEAD, Directory, Prefetched};
use crate::rules;
use crate::rules::context::{CatalogView, Context, EventView};
use crate::state::account::Account;
use crate::state::catalog::{Catalog, Rate, Seen};
use crate::state::ids::{AccountId, Id, ids};
use crate::state::names::{HashKey, Names};

/// The fold of an event log: catalog and accounts as they are after the last applied event.
///
/// ```
/// use tallyfold_core::*;
///
/// let monday: Timestamp = "2026-01-05T09:00:00Z".parse()?;
/// let mut ledger = Ledger::default();
/// let mut journal: Vec<Record> = Vec::new();
/// ledger.apply(&RatePublished::per_day("AutoCAD", 7)?.from(monday), &mut journal)?;
/// ledger.apply(&PackPurchased::new("P1", 100)?.on("acme", monday)?, &mut journal)?;
/// assert_eq!(journal.len(), 1);
///
/// let admission = ledger.admit("acme", "ana", "AutoCAD", monday)?;
/// assert!(matches!(admission, Admission::Charged { tokens, .. } if tokens == Tokens::whole(7)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Ledger {
    pub(crate) key: HashKey,
    pub(crate) catalog: Catalog,
    pub(crate) names: Names<AccountId>,
    pub(crate) accounts: Vec<Account>,
    /// What every account is before its first event.
    pub(crate) new_account: Account,
}

/// An event of a log that was looked up ahead.
pub(crate) struct Ahead<'e, 'n> {
    pub(crate) line: u64,
    pub(crate) event: &'e Event<'n>,
    found: Prefetched,
}

impl Default for Ledger {
    /// An empty ledger under the launch rulebook, with a fixed hash key.
    fn default() -> Ledger {
        Ledger::builder().build()
    }
}

/// Makes an empty [`Ledger`]. What is not said is as in the default one: the launch rulebook, and a
/// fixed hash key.
///
/// ```
/// use tallyfold_core::{HashKey, Ledger, Preset};
///
/// let key = HashKey::new([7; 16]); // drawn at random where strangers choose names
/// let ledger = Ledger::builder().rulebook(Preset::Current).hash_key(key).build();
/// assert_eq!(ledger.account_count(), 0);
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "it makes nothing before it is built"]
pub struct LedgerBuilder {
    first_rulebook: Rulebook,
    key: HashKey,
}

impl LedgerBuilder {
    /// The rulebook that holds before the first `RulebookAdopted`: a [`Preset`](crate::Preset), or one
    /// with [`Overrides`](crate::Overrides).
    pub fn rulebook(self, first: impl Into<Rulebook>) -> LedgerBuilder {
        LedgerBuilder { first_rulebook: first.into(), ..self }
    }

    /// The key of the hash tables. See [`HashKey`] for when to draw one.
    pub fn hash_key(self, key: HashKey) -> LedgerBuilder {
        LedgerBuilder { key, ..self }
    }

    /// The ledger.
    #[must_use]
    pub fn build(self) -> Ledger {
        Ledger {
            key: self.key,
            catalog: Catalog::new(self.first_rulebook),
            names: Names::default(),
            accounts: Vec::new(),
            new_account: Account::new(),
        }
    }
}

impl Ledger {
    /// Makes an empty ledger: under which rulebook, with which hash key.
    pub fn builder() -> LedgerBuilder {
        LedgerBuilder::default()
    }

    /// Whether an event could be applied now. Changes nothing.
    ///
    /// # Errors
    ///
    /// The [`Finding`] that [`apply`](Ledger::apply) would answer.
    pub fn check(&self, event: &Event<'_>) -> Result<(), Finding> {
        match event {
            Event::Catalog(event) => rules::catalog::check(&self.catalog, event),
            Event::Account(it) => {
                let hashes = self.directory().look_up(event).hashes;
                let catalog = self.catalog_view(self.catalog.seen_at(it.at));
                let view = EventView { at: it.at, catalog, hashes };
                rules::check(self.account_or_new(&it.account), &view, it)
            }
        }
    }

    /// Folds one event. Every journal entry is handed to `sink` as it is decided.
    ///
    /// # Errors
    ///
    /// A [`Finding`] where the event cannot be applied; then nothing has changed.
    pub fn apply<S: Sink>(&mut self, event: &Event<'_>, sink: &mut S) -> Result<(), Finding> {
        let found = self.directory().look_up(event);
        self.apply_prefetched(0, event, &found, sink)
    }

    /// Folds some events, one after another, into a consumer. That is what [`apply`](Ledger::apply)
    /// does with each of them, but quicker: what they name is looked up some events ahead.
    ///
    /// Takes a slice of events, or pairs of a line of the log (0 for none) and an event: the consumer
    /// is told the line.
    ///
    /// ```
    /// use tallyfold_core::*;
    ///
    /// /// The line of each event that could not be applied, and why.
    /// #[derive(Default)]
    /// struct Findings(Vec<(u64, Finding)>);
    ///
    /// impl Consumer for Findings {
    ///     const RECORDS: bool = false;
    ///     const EVENTS: bool = true;
    ///
    ///     fn event(&mut self, it: &FoldedEvent<'_, '_>) {
    ///         self.0.extend(it.rejection.map(|rejection| (it.line, rejection.finding)));
    ///     }
    ///
    ///     fn merge(&mut self, later: Findings) {
    ///         self.0.extend(later.0);
    ///     }
    /// }
    ///
    /// let monday: Timestamp = "2026-01-05T09:00:00Z".parse()?;
    /// let events = [
    ///     PackPurchased::new("P1", 100)?.on("acme", monday)?,
    ///     Heartbeat::new("s1")?.on("acme", monday)?,
    /// ];
    /// let mut findings = Findings::default();
    /// Ledger::default().apply_all(&events, &mut findings);
    /// Ledger::default().apply_all((1..).zip(&events), &mut findings);
    /// assert_eq!(findings.0, [(0, Finding::UnknownSession), (2, Finding::UnknownSession)]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn apply_all<'e, 'n: 'e, C: Consumer>(
        &mut self,
        events: impl IntoIterator<Item: Into<(u64, &'e Event<'n>)>, IntoIter: Clone>,
        consumer: &mut C,
    ) {
        self.for_each(events.into_iter().map(Into::into), |ledger, it| {
            let rejection = ledger.apply_ahead(&it, &mut Feed(consumer));
            if C::EVENTS {
                let Ahead { line, event, .. } = it;
                consumer.event(&FoldedEvent { line, event, rejection, is_shared: false });
            }
        });
    }

    /// Does something with each of some events, all of them looked up ahead.
    pub(crate) fn for_each<'e, 'n: 'e>(
        &mut self,
        mut events: impl Iterator<Item = (u64, &'e Event<'n>)> + Clone,
        mut each: impl FnMut(&mut Ledger, Ahead<'e, 'n>),
    ) {
        let mut room = [Prefetched::default(); AHEAD];
        loop {
            let ahead = events.clone().map(|(_, event)| event);
            let count = self.directory().look_up_all(ahead, &mut room);
            if count == 0 {
                return;
            }
            for (found, (line, event)) in room[..count].iter().zip(&mut events) {
                each(self, Ahead { line, event, found: *found });
            }
        }
    }

    /// Folds an event that was looked up ahead, and says why not where it could not be applied.
    pub(crate) fn apply_ahead<S: Sink>(
        &mut self,
        it: &Ahead<'_, '_>,
        sink: &mut S,
    ) -> Option<Rejection> {
        let finding = self.apply_prefetched(it.line, it.event, &it.found, sink).err()?;
        Some(self.rejection(it.event, finding))
    }

    /// A finding, with the clock that a late event is behind.
    fn rejection(&self, event: &Event<'_>, finding: Finding) -> Rejection {
        let clock = (finding == Finding::LateEvent).then(|| self.clock_of(event)).flatten();
        Rejection { finding, clock }
    }

    /// The clock that an event must not be behind (T1, T2). None before the first event.
    fn clock_of(&self, event: &Event<'_>) -> Option<LogClock> {
        let (at, line) = match event {
            Event::Catalog(_) => (self.catalog.clock()?, self.catalog.clock_line()),
            Event::Account(event) => {
                let account = self.get(self.find(&event.account)?);
                (account.clock, account.clock_line)
            }
        };
        Some(LogClock { at, line: NonZeroU64::new(line) })
    }

    fn apply_prefetched<S: Sink>(
        &mut self,
        line: u64,
        event: &Event<'_>,
        found: &Prefetched,
        sink: &mut S,
    ) -> Result<(), Finding> {
        match event {
            Event::Catalog(event) => self.apply_to_catalog(line, event),
            Event::Account(event) => self.apply_to_account(line, event, found, sink),
        }
    }

    fn apply_to_catalog(&mut self, line: u64, event: &CatalogEvent<'_>) -> Result<(), Finding> {
        rules::catalog::check(&self.catalog, event)?;
        rules::catalog::apply(&mut self.catalog, line, event, &self.key);
        Ok(())
    }

    /// An account comes to be with the first event that is applied to it.
    fn apply_to_account<S: Sink>(
        &mut self,
        line: u64,
        event: &AccountEvent<'_>,
        found: &Prefetched,
        sink: &mut S,
    ) -> Result<(), Finding> {
        let Ledger { key, catalog, names, accounts, .. } = self;
        let name = found.account(key, &event.account);
        let catalog = CatalogView { catalog, key, seen: catalog.seen_at(event.at) };
        let view = EventView { at: event.at, catalog, hashes: found.hashes };
        let ctx = &mut Context { account: &event.account, line, view, sink };
        if let Some(id) = names.find(name) {
            return rules::apply(&mut accounts[id.place()], ctx, event);
        }
        let mut account = Account::new();
        rules::apply(&mut account, ctx, event)?;
        names.find_or_add(name);
        accounts.push(account);
        Ok(())
    }

    fn directory(&self) -> Directory<'_> {
        Directory { key: &self.key, names: &self.names, accounts: &self.accounts }
    }

    pub(crate) fn find(&self, account: &str) -> Option<AccountId> {
        self.names.find(self.key.hashed(account))
    }

    pub(crate) fn get(&self, id: AccountId) -> &Account {
        &self.accounts[id.place()]
    }

    pub(crate) fn account_or_new(&self, account: &str) -> &Account {
        self.find(account).map_or(&self.new_account, |id| self.get(id))
    }

    /// How many accounts there are.
    #[must_use]
    pub fn account_count(&self) -> usize {
        self.accounts.len()
    }

    /// The rates in force at an instant ([R1]), in byte order of the products.
    #[must_use]
    pub fn rates(&self, at: Timestamp) -> Vec<(&str, Rate)> {
        self.catalog.rates(self.catalog.seen_at(at))
    }

    /// The collections in force at an instant ([S2]), in byte order of their names; each with its
    /// products, in byte order.
    #[must_use]
    pub fn collections(&self, at: Timestamp) -> Vec<(&str, Vec<&str>)> {
        self.catalog.collections(self.catalog.seen_at(at))
    }

    /// The rulebook in force at an instant: what an event at that instant would see ([T2]).
    #[must_use]
    pub fn rulebook(&self, at: Timestamp) -> &Rulebook {
        self.catalog.rulebook(self.catalog.seen_at(at)).1
    }

    /// The instant of the last catalog event that was applied ([T2]).
    #[must_use]
    pub fn catalog_clock(&self) -> Option<Timestamp> {
        self.catalog.clock()
    }

    pub(crate) fn in_name_order(&self) -> Vec<AccountId> {
        let mut order: Vec<AccountId> = ids(self.accounts.len()).collect();
        order.sort_unstable_by_key(|&id| self.names.name(id));
        order
    }

    pub(crate) fn catalog_view(&self, seen: Seen) -> CatalogView<'_> {
        CatalogView { catalog: &self.catalog, key: &self.key, seen }
    }

    /// Fires every timer of an account that is due up to `at`, and writes what they decide (T3).
    pub(crate) fn settle<S: Sink>(&mut self, id: AccountId, at: Timestamp, sink: &mut S) {
        let account = &mut self.accounts[id.place()];
        let catalog = CatalogView { catalog: &self.catalog, key: &self.key, seen: account.seen };
        let view = EventView::at(at, catalog);
        let ctx = &mut Context { account: self.names.name(id), line: 0, view, sink };
        rules::timers::fire_through(account, ctx, at);
    }
}
