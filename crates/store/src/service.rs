//! The embedding face: a ledger that decides, remembers and answers.

mod account_ledger;
mod answers;
mod audit;
mod clock;
mod deciding;
mod follower;
mod ingest;
mod journal;
mod ledger_cache;
mod notices;
mod observed;
mod remembered;
mod request;
mod settings;
mod snapshots;

#[cfg(doc)]
use tallyfold_core::spec::*;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tallyfold_core::{
    Action, Admission, CatalogChange, Heartbeat, IntoName, Ledger, PackPurchased, ResultProduced,
    SessionClosed, SessionOpened, Timestamp,
};

use crate::error::{ServiceError, StoreError};
use crate::observer::Observation;
use crate::place::Stream;
use crate::store::Store;

use account_ledger::AccountLedger;
use deciding::Decision;
use ledger_cache::LedgerCache;
use request::{Body, Request};
use snapshots::Snapshots;

pub use answers::{
    Admitted, Applied, ChargeMade, Closed, Contact, OpenCover, Opened, Outcome, Produced, Recorded,
};
pub use audit::{rebuild, verify};
pub use journal::{EntryId, Journal, JournalEntry};
pub use notices::Notices;
pub use request::IntoId;
pub use settings::{ServiceSettings, ServiceSettingsBuilder};

/// A ledger that a licensing service embeds: it takes requests, appends them as events at the
/// instant of the store's clock, and answers what was decided.
///
/// Accounts, ids and users are texts or [names](tallyfold_core::Name); an id may be `None`.
///
/// Every answer is given after its event is durable. A request with an id may be made again, by
/// the same machine or another: it is recorded once and answered as the first time. Requests of
/// different accounts are decided beside each other; those of one account one after another. Several
/// services, also on several machines, may work on one store.
///
/// ```
/// use std::sync::Arc;
/// use tallyfold_core::*;
/// use tallyfold_store::*;
///
/// let folder = tempfile::tempdir()?;
/// let store = SqliteStore::open(folder.path().join("ledger.db"), FutureLimit::default())?;
/// let service = LedgerService::new(Arc::new(store), ServiceSettings::default());
///
/// service.publish(None, RatePublished::per_day("AutoCAD", 7)?)?;
/// service.purchase("acme", "order-1", PackPurchased::new("P1", 100)?)?;
///
/// let open = SessionOpened::new("s1", "ana", "AutoCAD")?;
/// let opened = service.open_session("acme", "request-1", open)?;
/// let Opened::Admitted(admitted) = opened.outcome else { panic!("denied") };
/// assert_eq!(admitted.charge, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct LedgerService {
    store: Arc<dyn Store>,
    cache: LedgerCache,
    snapshots: Snapshots,
    settings: ServiceSettings,
}

impl LedgerService {
    /// A service on a store. Reads nothing yet: an account is loaded when it is asked for.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, settings: ServiceSettings) -> LedgerService {
        let cache =
            LedgerCache::new(store.clone(), settings.hash_key.clone(), settings.cached_accounts);
        let snapshots = Snapshots::of(store.clone());
        LedgerService { store, cache, snapshots, settings }
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// Opens a session, or records that it is denied ([W1], [W2]).
    ///
    /// # Errors
    ///
    /// [`ServiceError::Finding`] where the session is live already ([C1]), and errors of the names, the
    /// id or the store.
    pub fn open_session<'a>(
        &self,
        account: impl IntoName<'a>,
        id: impl IntoId<'a>,
        open: SessionOpened<'a>,
    ) -> Result<Recorded<Opened>, ServiceError> {
        let session = open.session.clone();
        let request = Request::of_account(account, id, open)?;
        self.decide(&request, |decision| decision.opened(&session))
    }

    /// Says that a session is still running ([W3], [W4], [W7]).
    ///
    /// # Errors
    ///
    /// [`ServiceError::Finding`] where no such session is live ([C1]), and errors of the names, the id or
    /// the store.
    pub fn heartbeat<'a>(
        &self,
        account: impl IntoName<'a>,
        id: impl IntoId<'a>,
        heartbeat: Heartbeat<'a>,
    ) -> Result<Recorded<Contact>, ServiceError> {
        let session = heartbeat.session.clone();
        let request = Request::of_account(account, id, heartbeat)?;
        self.decide(&request, |decision| Ok(Contact::of(&session, decision.own_entries())))
    }

    /// Closes a session ([W4], [W5], [W6]).
    ///
    /// # Errors
    ///
    /// As for [`LedgerService::heartbeat`].
    pub fn close_session<'a>(
        &self,
        account: impl IntoName<'a>,
        id: impl IntoId<'a>,
        close: SessionClosed<'a>,
    ) -> Result<Recorded<Closed>, ServiceError> {
        let request = Request::of_account(account, id, close)?;
        self.decide(&request, |decision| Ok(Closed::of(decision.own_entries())))
    }

    /// Charges for results, or records that they are denied ([R2]).
    ///
    /// # Errors
    ///
    /// Errors of the names, the id or the store.
    pub fn produce_result<'a>(
        &self,
        account: impl IntoName<'a>,
        id: impl IntoId<'a>,
        result: ResultProduced<'a>,
    ) -> Result<Recorded<Produced>, ServiceError> {
        self.decide(&Request::of_account(account, id, result)?, Decision::produced)
    }

    /// Adds a pack ([P1]).
    ///
    /// # Errors
    ///
    /// [`ServiceError::Finding`] where the pack's id is taken ([P2]), and errors of the names, the id or
    /// the store.
    pub fn purchase<'a>(
        &self,
        account: impl IntoName<'a>,
        id: impl IntoId<'a>,
        pack: PackPurchased<'a>,
    ) -> Result<Recorded<Applied>, ServiceError> {
        self.record(account, id, pack)
    }

    /// Records any other event of an account: seats, access, corrections, the plan.
    ///
    /// # Errors
    ///
    /// The [`ServiceError::Finding`] of its rule, and errors of the names, the id or the store.
    pub fn record<'a>(
        &self,
        account: impl IntoName<'a>,
        id: impl IntoId<'a>,
        action: impl Into<Action<'a>>,
    ) -> Result<Recorded<Applied>, ServiceError> {
        self.decide(&Request::of_account(account, id, action)?, |_| Ok(Applied))
    }

    /// Changes the catalog: a rulebook, a rate, or a collection, for all accounts.
    ///
    /// # Errors
    ///
    /// Errors of the id or the store.
    pub fn publish<'a>(
        &self,
        id: impl IntoId<'a>,
        change: impl Into<CatalogChange<'a>>,
    ) -> Result<Recorded<Applied>, ServiceError> {
        let request = Request { id: id.into_id()?, body: Body::Catalog(change.into()) };
        self.decide(&request, |_| Ok(Applied))
    }

    /// What an open would do now. Changes nothing. Takes names, as an open does: what cannot be
    /// opened cannot be asked for.
    ///
    /// # Errors
    ///
    /// [`ServiceError::Value`] where a text is not a name, and errors of the store.
    pub fn admit<'a>(
        &self,
        account: impl IntoName<'a>,
        user: impl IntoName<'a>,
        product: impl IntoName<'a>,
    ) -> Result<Admission<'static>, ServiceError> {
        let (account, user) = (account.into_name()?, user.into_name()?);
        let product = product.into_name()?;
        let admission = self.ask(&account, |ledger, now| {
            ledger.admit(&account, &user, &product, now).map(Admission::into_owned)
        });
        Ok(admission??)
    }

    /// A ledger without events, to fold some beside those of the service: its hash tables have the
    /// service's own key.
    #[must_use]
    pub fn empty_ledger(&self) -> Ledger {
        Ledger::builder().hash_key(self.settings.hash_key.clone()).build()
    }

    /// Asks an account's ledger, as it is at the end of the log, together with the present instant
    /// (or the account's clock, where that is later). The ledger knows no other account.
    ///
    /// A question does not wait for a request of the account that is being recorded: it is answered by the
    /// ledger as it was before. A request waits for the questions before its event is folded, so ask briefly.
    ///
    /// # Errors
    ///
    /// [`ServiceError::Value`] where the account is not a name, and errors of the store.
    pub fn ask<'a, T>(
        &self,
        account: impl IntoName<'a>,
        question: impl FnOnce(&Ledger, Timestamp) -> T,
    ) -> Result<T, ServiceError> {
        let stream = Stream::Account(account.into_name()?.into_owned());
        let ask = || self.ask_in(&stream, question);
        self.observed(&stream, "ask", ask, |_| "answered")
    }

    fn ask_in<T>(
        &self,
        stream: &Stream,
        question: impl FnOnce(&Ledger, Timestamp) -> T,
    ) -> Result<T, ServiceError> {
        let slot = self.cache.slot(stream);
        let now_in = |it: &AccountLedger| self.store.now().map(|now| now.max(it.clock()));
        let held = slot.read();
        if let Some(account_ledger) = &*held
            && self.cache.is_current(account_ledger)?
        {
            self.store.observer().observe(&Observation::LedgerFound);
            return Ok(question(account_ledger.ledger(), now_in(account_ledger)?));
        }
        drop(held);
        let _turn = slot.turn();
        let mut held = slot.write();
        let (account_ledger, is_current) = self.cache.first_ledger(stream, &mut held)?;
        if !is_current {
            self.cache.catch_up(account_ledger)?;
        }
        let now = now_in(account_ledger)?;
        Ok(question(account_ledger.ledger(), now))
    }

    /// How many accounts are in memory.
    #[must_use]
    pub fn cached_accounts(&self) -> usize {
        self.cache.len()
    }

    /// Keeps a snapshot of every account in memory that has moved, for a graceful shutdown: begins
    /// with none after so long. Answers how many were left; they are only slower to load.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn keep_snapshots(&self, at_most: Duration) -> Result<usize, StoreError> {
        let started = Instant::now();
        let slots = self.cache.slots();
        for (done, slot) in slots.iter().enumerate() {
            if started.elapsed() >= at_most {
                return Ok(slots.len() - done);
            }
            let has_moved = slot.read().as_ref().is_some_and(|it| it.events_since_snapshot() > 0);
            // Where parts were not there, the second time writes them all.
            if has_moved && !snapshots::keep(&*self.store, slot)? {
                snapshots::keep(&*self.store, slot)?;
            }
        }
        Ok(0)
    }
}

impl fmt::Debug for LedgerService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let store = self.store.name();
        f.debug_struct("LedgerService").field("store", &store).finish_non_exhaustive()
    }
}
