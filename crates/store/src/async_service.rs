//! The embedding face for async programs: the same service, off the threads that must not wait.

mod deliveries;
mod lanes;

#[cfg(doc)]
use tallyfold_core::spec::*;

use std::any::Any;
use std::fmt;
use std::num::NonZeroUsize;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::time::Duration;

use tallyfold_core::{
    Action, Admission, CatalogChange, Heartbeat, IntoName, Ledger, Name, PackPurchased,
    ResultProduced, SessionClosed, SessionOpened, Timestamp,
};
use tokio::sync::Semaphore;
use tokio::task::{JoinError, spawn_blocking};

use crate::error::{ServiceError, StoreError};
use crate::event::NewEvent;
use crate::place::Stream;
use crate::service::{
    Applied, Closed, Contact, IntoId, LedgerService, Opened, Outcome, Produced, Recorded,
};

pub use deliveries::{AsyncDeliveries, AsyncJournal, AsyncNotices, Delivery};
use lanes::Lanes;

/// A [`LedgerService`] for async programs: each method does what the one of the same name does
/// there, and gives the same answers and errors. What it is handed goes to another thread, so a name is
/// a text or [`Name`] that borrows nothing.
///
/// What waits for a disk or a server runs on the blocking threads of tokio, at most so many at
/// once; who comes after them waits without a thread. Requests of one account, which are decided
/// one after another anyway, never take more than a quarter of the threads, so that a busy account
/// does not keep the others waiting. Clones share the service and the limits.
///
/// # When a future is dropped
///
/// A request that waits for its turn is then gone and nothing was recorded. One whose turn has
/// come is finished all the same: the event may be recorded although nobody heard the answer. A
/// request with an id can be made again: it is recorded once, and answered as the first time.
///
/// ```
/// use std::num::NonZeroUsize;
/// use std::sync::Arc;
/// use tallyfold_core::*;
/// use tallyfold_store::*;
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("ledger.db");
/// # let runtime = tokio::runtime::Runtime::new()?;
/// # runtime.block_on(async {
/// let store = Arc::new(SqliteStore::open(path, FutureLimit::default())?);
/// let service = LedgerService::new(store, ServiceSettings::default());
/// let threads = NonZeroUsize::new(16).unwrap_or(NonZeroUsize::MIN);
/// let service = AsyncLedgerService::new(Arc::new(service), threads);
///
/// let result = ResultProduced::new("ana", "Forma")?;
/// let asked = service.produce_result("acme", None, result).await?;
/// assert_eq!(asked.outcome, Produced::Denied(Refusal::NoRate));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct AsyncLedgerService {
    service: Arc<LedgerService>,
    threads: Arc<Semaphore>,
    lanes: Lanes,
}

impl AsyncLedgerService {
    /// A front for a service that keeps at most so many threads waiting. Appenders that wait
    /// together share one fsync, so a store that groups its commits wants a few dozen.
    #[must_use]
    pub fn new(service: Arc<LedgerService>, threads: NonZeroUsize) -> AsyncLedgerService {
        let threads = threads.get().min(Semaphore::MAX_PERMITS);
        let lanes = Lanes::new(threads.div_ceil(4));
        AsyncLedgerService { service, threads: Arc::new(Semaphore::new(threads)), lanes }
    }

    /// The service behind it, for who may wait.
    #[must_use]
    pub fn service(&self) -> &Arc<LedgerService> {
        &self.service
    }

    /// Asks the service anything, off the async threads and within the same limit.
    ///
    /// # Errors
    ///
    /// What the question answers; [`StoreError::Unavailable`] where the runtime is shutting down
    /// and takes no more work.
    ///
    /// # Panics
    ///
    /// Where the question does.
    pub async fn run<T, E>(
        &self,
        question: impl FnOnce(&LedgerService) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        // Nobody closes the semaphore.
        let turn = self.threads.clone().acquire_owned().await;
        let service = self.service.clone();
        #[cfg(feature = "tracing")]
        let asked_in = tracing::Span::current();
        let asked = spawn_blocking(move || {
            // It is held until the thread is done, also when nobody waits for the answer any more.
            let _turn = turn;
            #[cfg(feature = "tracing")]
            let _asked_in = asked_in.entered();
            question(&service)
        });
        asked.await.unwrap_or_else(|failed| Err(self.was_not_asked(failed).into()))
    }

    /// Asks the service anything about one account, off the async threads: at most a quarter of
    /// them are in use for any one account.
    ///
    /// # Errors
    ///
    /// As for [`AsyncLedgerService::run`].
    ///
    /// # Panics
    ///
    /// Where the question does.
    pub async fn run_for<T, E>(
        &self,
        account: Name<'static>,
        question: impl FnOnce(&LedgerService, Name<'static>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let lane = self.lanes.enter(&account).await;
        self.run(move |service| {
            let _lane = lane;
            question(service, account)
        })
        .await
    }

    fn was_not_asked(&self, failed: JoinError) -> StoreError {
        let panic: Result<Box<dyn Any + Send>, JoinError> = failed.try_into_panic();
        if let Ok(panic) = panic {
            resume_unwind(panic);
        }
        let problem = "the program is shutting down".to_owned();
        StoreError::Unavailable { store: self.service.store().name(), problem }
    }

    /// Opens a session, or records that it is denied ([W1], [W2]).
    ///
    /// # Errors
    ///
    /// As for [`LedgerService::open_session`].
    pub async fn open_session(
        &self,
        account: impl IntoName<'static>,
        id: impl IntoId<'static>,
        open: SessionOpened<'static>,
    ) -> Result<Recorded<Opened>, ServiceError> {
        let (account, id) = (account.into_name()?, id.into_id()?);
        self.run_for(account, move |service, account| service.open_session(account, id, open)).await
    }

    /// Says that a session is still running ([W3], [W4], [W7]).
    ///
    /// # Errors
    ///
    /// As for [`LedgerService::heartbeat`].
    pub async fn heartbeat(
        &self,
        account: impl IntoName<'static>,
        id: impl IntoId<'static>,
        heartbeat: Heartbeat<'static>,
    ) -> Result<Recorded<Contact>, ServiceError> {
        let (account, id) = (account.into_name()?, id.into_id()?);
        self.run_for(account, move |service, account| service.heartbeat(account, id, heartbeat))
            .await
    }

    /// Closes a session ([W4], [W5], [W6]).
    ///
    /// # Errors
    ///
    /// As for [`LedgerService::close_session`].
    pub async fn close_session(
        &self,
        account: impl IntoName<'static>,
        id: impl IntoId<'static>,
        close: SessionClosed<'static>,
    ) -> Result<Recorded<Closed>, ServiceError> {
        let (account, id) = (account.into_name()?, id.into_id()?);
        self.run_for(account, move |service, account| service.close_session(account, id, close))
            .await
    }

    /// Charges for results, or records that they are denied ([R2]).
    ///
    /// # Errors
    ///
    /// As for [`LedgerService::produce_result`].
    pub async fn produce_result(
        &self,
        account: impl IntoName<'static>,
        id: impl IntoId<'static>,
        result: ResultProduced<'static>,
    ) -> Result<Recorded<Produced>, ServiceError> {
        let (account, id) = (account.into_name()?, id.into_id()?);
        self.run_for(account, move |service, account| service.produce_result(account, id, result))
            .await
    }

    /// Adds a pack ([P1]).
    ///
    /// # Errors
    ///
    /// As for [`LedgerService::purchase`].
    pub async fn purchase(
        &self,
        account: impl IntoName<'static>,
        id: impl IntoId<'static>,
        pack: PackPurchased<'static>,
    ) -> Result<Recorded<Applied>, ServiceError> {
        let (account, id) = (account.into_name()?, id.into_id()?);
        self.run_for(account, move |service, account| service.purchase(account, id, pack)).await
    }

    /// Records any other event of an account: seats, access, corrections, the plan.
    ///
    /// # Errors
    ///
    /// As for [`LedgerService::record`].
    pub async fn record(
        &self,
        account: impl IntoName<'static>,
        id: impl IntoId<'static>,
        action: impl Into<Action<'static>>,
    ) -> Result<Recorded<Applied>, ServiceError> {
        let (account, id, action) = (account.into_name()?, id.into_id()?, action.into());
        self.run_for(account, move |service, account| service.record(account, id, action)).await
    }

    /// Changes the catalog: a rulebook, a rate, or a collection, for all accounts.
    ///
    /// # Errors
    ///
    /// As for [`LedgerService::publish`].
    pub async fn publish(
        &self,
        id: impl IntoId<'static>,
        change: impl Into<CatalogChange<'static>>,
    ) -> Result<Recorded<Applied>, ServiceError> {
        let (id, change) = (id.into_id()?, change.into());
        self.run(move |service| service.publish(id, change)).await
    }

    /// Records an event that another system accepted, at the instant that it says.
    ///
    /// # Errors
    ///
    /// As for [`LedgerService::ingest`].
    pub async fn ingest<E>(&self, event: E) -> Result<Recorded<Outcome>, ServiceError>
    where
        E: TryInto<NewEvent, Error: Into<ServiceError>>,
    {
        let event = event.try_into().map_err(Into::into)?;
        match event.stream() {
            Stream::Account(account) => {
                self.run_for(account.clone(), move |service, _| service.ingest(event)).await
            }
            _ => self.run(move |service| service.ingest(event)).await,
        }
    }

    /// What an open would do now. Changes nothing.
    ///
    /// # Errors
    ///
    /// As for [`LedgerService::admit`].
    pub async fn admit(
        &self,
        account: impl IntoName<'static>,
        user: impl IntoName<'static>,
        product: impl IntoName<'static>,
    ) -> Result<Admission<'static>, ServiceError> {
        let (user, product) = (user.into_name()?, product.into_name()?);
        let account = account.into_name()?;
        self.run_for(account, move |service, account| service.admit(account, user, product)).await
    }

    /// Asks an account's ledger, as [`LedgerService::ask`] does.
    ///
    /// # Errors
    ///
    /// As for [`LedgerService::ask`].
    pub async fn ask<T: Send + 'static>(
        &self,
        account: impl IntoName<'static>,
        question: impl FnOnce(&Ledger, Timestamp) -> T + Send + 'static,
    ) -> Result<T, ServiceError> {
        let account = account.into_name()?;
        self.run_for(account, move |service, account| service.ask(account, question)).await
    }

    /// Keeps snapshots for a graceful shutdown, as [`LedgerService::keep_snapshots`] does.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub async fn keep_snapshots(&self, at_most: Duration) -> Result<usize, StoreError> {
        self.run(move |service| service.keep_snapshots(at_most)).await
    }
}

impl fmt::Debug for AsyncLedgerService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let free = self.threads.available_permits();
        let service = &self.service;
        f.debug_struct("AsyncLedgerService")
            .field("service", service)
            .field("free_threads", &free)
            .finish_non_exhaustive()
    }
}
