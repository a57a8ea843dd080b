//! What the laws need of a service: take an event, and say what was decided.

#[cfg(doc)]
use tallyfold_core::spec::*;

use tallyfold_core::{
    Admission, Event, Finding, HashKey, Ledger, LogFold, Record, Snapshot, Timestamp,
};

use crate::model::{Model, SettledAccount};

/// A service that folds events into a journal: the [`Ledger`], the model, or your own.
///
/// Two methods are needed. The others are questions that not every service answers; a law that
/// asks one of them has nothing to say of a service that does not.
///
/// ```
/// use tallyfold_core::*;
/// use tallyfold_testkit::{History, Service, laws};
///
/// /// Your own service, behind whatever client it has.
/// #[derive(Default)]
/// struct Billing {
///     ledger: Ledger, // in place of a connection
/// }
///
/// impl Service for Billing {
///     fn apply(
///         &mut self,
///         event: &Event<'_>,
///         journal: &mut Vec<Record<'static>>,
///     ) -> Result<(), Finding> {
///         self.ledger.apply(event, journal)
///     }
///
///     fn settled(&self, at: Option<Timestamp>) -> Vec<Record<'static>> {
///         self.ledger.settled(at)
///     }
/// }
///
/// let start = || Box::new(Billing::default()) as Box<dyn Service>;
/// let history = History::of_seed(1, 20..=40);
/// for law in laws::all() {
///     assert_eq!(law.check(&start, Rulebook::default(), &history), Ok(()), "{}", law.name());
/// }
/// ```
pub trait Service {
    /// Folds one event, and adds what is decided to the journal.
    ///
    /// # Errors
    ///
    /// The [`Finding`] of an event that cannot be applied, which changes nothing ([T1]).
    fn apply(
        &mut self,
        event: &Event<'_>,
        journal: &mut Vec<Record<'static>>,
    ) -> Result<(), Finding>;

    /// What the timers due by an instant, or without one by each account's clock, would write: a
    /// question, which changes nothing ([T3]).
    fn settled(&self, at: Option<Timestamp>) -> Vec<Record<'static>>;

    /// The service as it is after it was stopped, stored and started again.
    fn reopened(&self) -> Option<Box<dyn Service>> {
        None
    }

    /// A service that goes on from this one as of an instant: it is handed the whole log, counts
    /// what has `at` ≤ T, and settles at T ([T6]).
    fn as_of(&self, at: Timestamp) -> Option<Box<dyn Service>> {
        let _ = at;
        None
    }

    /// What an open would do now ([W2]).
    fn admit(
        &self,
        account: &str,
        user: &str,
        product: &str,
        at: Timestamp,
    ) -> Option<Admission<'_>> {
        let _ = (account, user, product, at);
        None
    }

    /// An account as it is settled at its clock: balances, plan, level, live sessions, windows.
    /// `None` also for an account without events.
    fn account(&self, name: &str) -> Option<SettledAccount> {
        let _ = name;
        None
    }
}

/// Starts an empty service: always under the same first rulebook.
pub type Start<'a> = &'a dyn Fn() -> Box<dyn Service>;

impl Service for Ledger {
    fn apply(
        &mut self,
        event: &Event<'_>,
        journal: &mut Vec<Record<'static>>,
    ) -> Result<(), Finding> {
        Ledger::apply(self, event, journal)
    }

    fn settled(&self, at: Option<Timestamp>) -> Vec<Record<'static>> {
        let mut journal = Vec::new();
        LogFold::new(self.clone(), at).settle(&mut journal);
        journal
    }

    /// Through the bytes of a [`Snapshot`].
    fn reopened(&self) -> Option<Box<dyn Service>> {
        let bytes = serde_json::to_vec(&self.snapshot()).ok()?;
        let snapshot: Snapshot<'_> = serde_json::from_slice(&bytes).ok()?;
        let ledger = Ledger::restore(snapshot, HashKey::default()).ok()?;
        Some(Box::new(ledger))
    }

    fn as_of(&self, at: Timestamp) -> Option<Box<dyn Service>> {
        Some(Box::new(AsOf(LogFold::new(self.clone(), Some(at)))))
    }

    fn admit(
        &self,
        account: &str,
        user: &str,
        product: &str,
        at: Timestamp,
    ) -> Option<Admission<'_>> {
        Ledger::admit(self, account, user, product, at).ok()
    }

    fn account(&self, name: &str) -> Option<SettledAccount> {
        Ledger::account(self, name).map(|account| account.at_last_event().into())
    }
}

impl Service for Model {
    fn apply(
        &mut self,
        event: &Event<'_>,
        journal: &mut Vec<Record<'static>>,
    ) -> Result<(), Finding> {
        Model::apply(self, event, journal)
    }

    fn settled(&self, at: Option<Timestamp>) -> Vec<Record<'static>> {
        let mut journal = Vec::new();
        self.clone().settle(at, &mut journal);
        journal
    }

    fn as_of(&self, at: Timestamp) -> Option<Box<dyn Service>> {
        Some(Box::new(ModelAsOf { whole: self.clone(), until: self.clone(), at }))
    }

    fn account(&self, name: &str) -> Option<SettledAccount> {
        self.accounts().into_iter().find(|it| it.account == name)
    }
}

/// A model as of an instant, beside one of the whole log that knows what is late (T6).
struct ModelAsOf {
    whole: Model,
    until: Model,
    at: Timestamp,
}

impl Service for ModelAsOf {
    fn apply(
        &mut self,
        event: &Event<'_>,
        journal: &mut Vec<Record<'static>>,
    ) -> Result<(), Finding> {
        let in_whole = self.whole.apply(event, &mut Vec::new());
        if event.at() > self.at {
            return Ok(());
        }
        if in_whole == Err(Finding::LateEvent) {
            return in_whole;
        }
        self.until.apply(event, journal)
    }

    fn settled(&self, _: Option<Timestamp>) -> Vec<Record<'static>> {
        self.until.settled(Some(self.at))
    }
}

/// A replay as of an instant.
struct AsOf(LogFold);

impl Service for AsOf {
    fn apply(
        &mut self,
        event: &Event<'_>,
        journal: &mut Vec<Record<'static>>,
    ) -> Result<(), Finding> {
        self.0.apply(event, journal)
    }

    /// Always at the instant of the as-of.
    fn settled(&self, _: Option<Timestamp>) -> Vec<Record<'static>> {
        let mut journal = Vec::new();
        self.0.clone().settle(&mut journal);
        journal
    }
}
