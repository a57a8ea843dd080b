//! The charging rules again, written from `docs/rules.md` for reading and not for speed: a second
//! opinion on the fold of `tallyfold-core`.
//!
//! With rules.md beside it, each group of rules is one file, each rule a short function, and its
//! number is in the comment. Nothing is remembered but plain lists, and every question is a scan of
//! them. The model shares with the core what an event, a journal entry, a finding, a refusal, a
//! rulebook, an instant and an amount of tokens are, and not one decision.
//!
//! ```
//! use tallyfold_core::*;
//! use tallyfold_testkit::model;
//!
//! let event = Event::Account(AccountEvent {
//!     account: Name::new("acme")?,
//!     at: "2026-01-05T09:00:00Z".parse()?,
//!     id: None,
//!     action: Action::PackPurchased(PackPurchased {
//!         pack: Name::new("P1")?,
//!         tokens: PackTokens::new(Tokens::whole(100))?,
//!     }),
//! });
//! let outcome = model::replay(&[event], Rulebook::default(), None);
//! assert_eq!(outcome.accounts[0].tokens.available, Tokens::whole(100));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod access;
mod catalog;
mod corrections;
mod flaw;
mod moment;
mod notices;
mod packs;
mod rates;
mod sessions;
mod settled;
mod state;
mod subscriptions;
mod time;
mod windows;

#[cfg(doc)]
use tallyfold_core::spec::*;

use std::collections::BTreeMap;

use tallyfold_core::{AccountEvent, Event, Finding, Record, Rulebook, Timestamp};

pub use flaw::Flaw;
pub use settled::{SettledAccount, SettledPack, SettledSession, SettledWindow};

use catalog::{Catalog, Seen};
use moment::Moment;
use state::ModelAccount;
use time::is_same_id;

/// The rules as plain lists and scans. Folds events as `tallyfold_core::Ledger` does.
///
/// ```
/// use tallyfold_core::{Ledger, Rulebook};
/// use tallyfold_testkit::model::Model;
/// use tallyfold_testkit::{Fold, History};
///
/// let history = History::of_seed(7, 20..=200);
/// let model = Fold::of(&|| Box::new(Model::new(Rulebook::default())), &history);
/// let core = Fold::of(&|| Box::<Ledger>::default(), &history);
/// assert_eq!(model.turns, core.turns);
/// ```
#[derive(Clone, Debug)]
pub struct Model {
    catalog: Catalog,
    /// In byte order of the names. One without a clock has had findings only.
    accounts: BTreeMap<String, ModelAccount>,
    flaw: Option<Flaw>,
}

/// What came of a whole log ([T6]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Every entry, in the order of decision.
    pub journal: Vec<Record<'static>>,
    /// The events that could not be applied, by their place in the log.
    pub findings: Vec<(usize, Finding)>,
    /// How many events were folded, findings included.
    pub event_count: u64,
    /// All accounts as they are settled, in byte order of their names.
    pub accounts: Vec<SettledAccount>,
}

/// Replays a whole log, with as-of ([T6]).
#[must_use]
pub fn replay(events: &[Event<'_>], first_rulebook: Rulebook, as_of: Option<Timestamp>) -> Outcome {
    Model::new(first_rulebook).replay(events, as_of)
}

impl Model {
    /// A model that has seen nothing yet.
    #[must_use]
    pub fn new(first_rulebook: Rulebook) -> Model {
        let catalog = Catalog { first_rulebook, entries: Vec::new() };
        Model { catalog, accounts: BTreeMap::new(), flaw: None }
    }

    /// The model with a deliberate rule error.
    #[cfg(feature = "flaws")]
    #[must_use]
    pub fn with_flaw(self, flaw: Flaw) -> Model {
        Model { flaw: Some(flaw), ..self }
    }

    /// Applies one event and writes what was decided to the journal.
    ///
    /// # Errors
    ///
    /// A [`Finding`] where the event cannot be applied; it changes nothing.
    pub fn apply(
        &mut self,
        event: &Event<'_>,
        journal: &mut Vec<Record<'static>>,
    ) -> Result<(), Finding> {
        match event {
            Event::Catalog(event) => self.catalog.apply(event, self.flaw),
            Event::Account(event) => self.apply_to_account(event, journal),
        }
    }

    fn apply_to_account(
        &mut self,
        event: &AccountEvent<'_>,
        journal: &mut Vec<Record<'static>>,
    ) -> Result<(), Finding> {
        let (at, flaw) = (event.at, self.flaw);
        let is_taken_elsewhere = self.is_taken_elsewhere(event);
        let name = event.account.to_string();
        let new = || ModelAccount { name: name.clone(), ..ModelAccount::default() };
        let account = self.accounts.entry(name.clone()).or_insert_with(new);
        let seen = self.catalog.seen_at(at, flaw);
        // T2: timers see what the account's last applied event saw.
        let seen_before = match flaw {
            Some(Flaw::TimersSeeTheEventsCatalog) => seen,
            _ => account.seen,
        };
        let mut before = moment(account, at, self.catalog.seen(seen_before), journal, flaw);
        if let Err(finding) = before.check(event) {
            before.leave_traces(event, finding);
            return Err(finding);
        }
        if is_taken_elsewhere {
            return Err(Finding::DuplicateEvent);
        }
        before.fire_before_event();
        let mut now = moment(account, at, self.catalog.seen(seen), journal, flaw);
        now.move_clock(event, seen);
        now.decide(&event.action);
        Ok(())
    }

    /// T7: only ids of the same account count; the flaw looks at all of them.
    fn is_taken_elsewhere(&self, event: &AccountEvent<'_>) -> bool {
        let mut ids = self.accounts.values().flat_map(|account| &account.ids);
        self.flaw == Some(Flaw::IdTakenInEveryAccount)
            && ids.any(|(at, id)| *at == event.at && is_same_id(Some(id), event.id.as_ref(), None))
    }

    /// Settles every account at its clock, or at an instant ([T3], [T6]), in byte order of the names.
    /// An instant before an account's clock is taken as its clock.
    ///
    /// A replay ends with it: the lapses due at the clock fire, so that no event of that instant
    /// may follow.
    pub fn settle(&mut self, at: Option<Timestamp>, journal: &mut Vec<Record<'static>>) {
        for account in self.accounts.values_mut() {
            let Some(clock) = account.clock else { continue };
            let at = at.map_or(clock, |at| at.max(clock));
            let seen = self.catalog.seen(account.seen);
            moment(account, at, seen, journal, self.flaw).settle();
            account.settled_at = Some(at);
        }
    }

    /// All accounts with at least one applied event, in byte order of their names, each as it is
    /// settled at its clock, or where [`settle`](Model::settle) has brought it. Changes nothing.
    #[must_use]
    pub fn accounts(&self) -> Vec<SettledAccount> {
        let settled = self.accounts.values().filter_map(|account| {
            let at = account.settled_at.or(account.clock)?;
            let (mut account, mut unread) = (account.clone(), Vec::new());
            let seen = self.catalog.seen(account.seen);
            let mut moment = moment(&mut account, at, seen, &mut unread, self.flaw);
            moment.settle();
            Some(moment.shown())
        });
        settled.collect()
    }

    /// Replays a whole log from here on, with as-of ([T6]).
    ///
    /// With as-of T only what has `at` ≤ T is folded, and every account is settled at T; but what
    /// is late in the whole log is late in every as-of.
    #[must_use]
    pub fn replay(mut self, events: &[Event<'_>], as_of: Option<Timestamp>) -> Outcome {
        let late = self.late_in_whole(events, as_of);
        let (mut journal, mut findings, mut folded) = (Vec::new(), Vec::new(), 0);
        for (place, event) in events.iter().enumerate() {
            if as_of.is_some_and(|as_of| event.at() > as_of) {
                continue;
            }
            folded += 1;
            let applied = match late.contains(&place) {
                true => Err(Finding::LateEvent),
                false => self.apply(event, &mut journal),
            };
            findings.extend(applied.err().map(|finding| (place, finding)));
        }
        self.settle(as_of, &mut journal);
        Outcome { journal, findings, event_count: folded, accounts: self.accounts() }
    }

    /// T6: the places of the events that are late in the whole log; asked for an as-of only.
    fn late_in_whole(&self, events: &[Event<'_>], as_of: Option<Timestamp>) -> Vec<usize> {
        if as_of.is_none() || self.flaw == Some(Flaw::AsOfForgetsLateness) {
            return Vec::new();
        }
        let (mut whole, mut unread) = (self.clone(), Vec::new());
        let late = events.iter().enumerate().filter_map(|(place, event)| {
            let is_late = whole.apply(event, &mut unread) == Err(Finding::LateEvent);
            is_late.then_some(place)
        });
        late.collect()
    }
}

fn moment<'m>(
    account: &'m mut ModelAccount,
    at: Timestamp,
    seen: Seen<'m>,
    journal: &'m mut Vec<Record<'static>>,
    flaw: Option<Flaw>,
) -> Moment<'m> {
    Moment { account, at, seen, journal, flaw }
}
