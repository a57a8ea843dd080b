//! The embedding face: a ledger that decides, remembers and answers.

mod account_ledger;
mod answers;
mod audit;
mod clock;
mod deciding;
mod ledger_cache;
mod notices;
mod remembered;
mod request;
mod snapshots;

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tallyfold_core::{
    Action, Admission, CatalogChange, Finding, HashKey, Heartbeat, Ledger, Name, PackPurchased,
    ResultProduced, Rulebook, SessionClosed, SessionOpened, Span, Timestamp,
};

use crate::error::StoreError;
use crate::place::Stream;
use crate::store::Store;

use ledger_cache::{LedgerCache, lock};
use request::{Body, Request};
use snapshots::Snapshots;

pub use answers::{
    Admitted, ChargeMade, Closed, Contact, OpenCover, Opened, Produced, Recorded, ServiceError,
};
pub use audit::{rebuild, verify};
pub use notices::{DeliveryError, Notices};

/// How a service is set.
#[derive(Clone, Debug)]
pub struct ServiceSettings {
    /// How many accounts are kept in memory; the least recently used make room.
    pub cached_accounts: NonZeroUsize,
    /// After how many events of an account its snapshot is taken anew, at the least: an account
    /// whose snapshot is large waits for more.
    pub snapshot_every: u64,
    /// How long after it is due a notice that no event caused is delivered: longer than the clocks
    /// of the machines are apart.
    pub notice_delay: Span,
    /// The key of the hash tables; best drawn at random when the service starts.
    pub hash_key: HashKey,
}

impl Default for ServiceSettings {
    /// 1,000 accounts, a snapshot every 1,000 events, notices after five minutes, a fixed key.
    fn default() -> ServiceSettings {
        ServiceSettings {
            cached_accounts: NonZeroUsize::MIN.saturating_add(999),
            snapshot_every: 1_000,
            notice_delay: Span::minutes(5),
            hash_key: HashKey::default(),
        }
    }
}

/// A ledger that a licensing service embeds: it takes requests, appends them as events at the
/// instant of the store's clock, and answers what was decided.
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
/// let name = |text: &'static str| Name::new(text);
/// service.publish(None, RatePublished::per_day("AutoCAD", 7)?)?;
/// let pack = PackPurchased::new("P1", 100)?;
/// service.purchase(name("acme")?, Some(name("order-1")?), pack)?;
///
/// let open = SessionOpened::new("s1", "ana", "AutoCAD")?;
/// let opened = service.open_session(name("acme")?, Some(name("request-1")?), open)?;
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

    /// Opens a session, or records that it is denied (W1, W2).
    ///
    /// # Errors
    ///
    /// [`ServiceError::Finding`] where the session is live already (C1), and error with the id
    /// or the store.
    pub fn open_session(
        &self,
        account: Name<'_>,
        id: Option<Name<'_>>,
        open: SessionOpened<'_>,
    ) -> Result<Recorded<Opened>, ServiceError> {
        let session = open.session.clone();
        let action = Action::SessionOpened(open);
        self.decide(&Request { id, body: Body::Account(account, action) }, |decision| {
            decision.opened(&session)
        })
    }

    /// Says that a session is still running (W3, W4, W7).
    ///
    /// # Errors
    ///
    /// [`ServiceError::Finding`] where no such session is live (C1), and error with the id or
    /// the store.
    pub fn heartbeat(
        &self,
        account: Name<'_>,
        id: Option<Name<'_>>,
        heartbeat: Heartbeat<'_>,
    ) -> Result<Recorded<Contact>, ServiceError> {
        let session = heartbeat.session.clone();
        let body = Body::Account(account, Action::Heartbeat(heartbeat));
        self.decide(&Request { id, body }, |decision| {
            Ok(Contact::of(&session, decision.own_entries()))
        })
    }

    /// Closes a session (W4, W5, W6).
    ///
    /// # Errors
    ///
    /// As for [`LedgerService::heartbeat`].
    pub fn close_session(
        &self,
        account: Name<'_>,
        id: Option<Name<'_>>,
        close: SessionClosed<'_>,
    ) -> Result<Recorded<Closed>, ServiceError> {
        let body = Body::Account(account, Action::SessionClosed(close));
        self.decide(&Request { id, body }, |decision| Ok(Closed::of(decision.own_entries())))
    }

    /// Charges for results, or records that they are denied (R2).
    ///
    /// # Errors
    ///
    /// An error of the id or the store.
    pub fn produce_result(
        &self,
        account: Name<'_>,
        id: Option<Name<'_>>,
        result: ResultProduced<'_>,
    ) -> Result<Recorded<Produced>, ServiceError> {
        let body = Body::Account(account, Action::ResultProduced(result));
        self.decide(&Request { id, body }, |decision| {
            Produced::of(decision.own_entries()).ok_or("results are charged or denied")
        })
    }

    /// Adds a pack (P1).
    ///
    /// # Errors
    ///
    /// [`ServiceError::Finding`] where the pack's id is taken (P2), and error with the id or the
    /// store.
    pub fn purchase(
        &self,
        account: Name<'_>,
        id: Option<Name<'_>>,
        pack: PackPurchased<'_>,
    ) -> Result<Recorded<()>, ServiceError> {
        self.record(account, id, Action::PackPurchased(pack))
    }

    /// Records any other event of an account: seats, access, corrections, the plan.
    ///
    /// # Errors
    ///
    /// The [`ServiceError::Finding`] of its rule, and error with the id or the store.
    pub fn record<'a>(
        &self,
        account: Name<'a>,
        id: Option<Name<'a>>,
        action: impl Into<Action<'a>>,
    ) -> Result<Recorded<()>, ServiceError> {
        self.decide(&Request { id, body: Body::Account(account, action.into()) }, |_| Ok(()))
    }

    /// Changes the catalog: a rulebook, a rate, or a collection, for all accounts.
    ///
    /// # Errors
    ///
    /// An error of the id or the store.
    pub fn publish<'a>(
        &self,
        id: Option<Name<'a>>,
        change: impl Into<CatalogChange<'a>>,
    ) -> Result<Recorded<()>, ServiceError> {
        self.decide(&Request { id, body: Body::Catalog(change.into()) }, |_| Ok(()))
    }

    /// What an open would do now. Changes nothing. Takes names, as an open does: what cannot be
    /// opened cannot be asked for.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn admit<T>(
        &self,
        account: Name<'_>,
        user: Name<'_>,
        product: Name<'_>,
        answer: impl FnOnce(Result<Admission<'_>, Finding>) -> T,
    ) -> Result<T, StoreError> {
        let name = account.clone();
        self.ask(account, |ledger, now| answer(ledger.admit(&name, &user, &product, now)))
    }

    /// A ledger without events, to fold some beside those of the service: its hash tables have the
    /// service's own key.
    #[must_use]
    pub fn empty_ledger(&self) -> Ledger {
        Ledger::new(Rulebook::default(), self.settings.hash_key.clone())
    }

    /// Asks an account's ledger, as it is at the end of the log, together with the present instant
    /// (or the account's clock, where that is later). The ledger knows no other account.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn ask<T>(
        &self,
        account: Name<'_>,
        question: impl FnOnce(&Ledger, Timestamp) -> T,
    ) -> Result<T, StoreError> {
        let stream = Stream::Account(account.into_owned());
        let slot = self.cache.slot(&stream);
        let mut slot = lock(&slot);
        let (account_ledger, is_current) = self.cache.account_ledger(&stream, &mut slot)?;
        if !is_current {
            self.cache.catch_up(account_ledger)?;
        }
        let now = self.store.now()?.max(account_ledger.clock());
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
            let has_moved = lock(slot).as_ref().is_some_and(|it| it.events_since_snapshot() > 0);
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
