//! What a store tells about its own work, to whoever measures it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::FutureLimit;

/// Something that a store, or a service on it, did or waited for.
///
/// Non-exhaustive, because more kinds will come: match with a last arm `_ => {}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Observation<'a> {
    /// Appends that waited together were committed in one transaction.
    Committed {
        /// How many appends shared the commit.
        appends: u64,
        /// From the start of the transaction until it was on stable storage.
        took: Duration,
    },
    /// A transaction did not commit: all appends in it were answered with an error.
    CommitFailed {
        /// How many appends shared it.
        appends: u64,
    },
    /// A service answered a request or a question.
    Answered {
        /// The type of the event as the log names it, such as `SessionOpened`; `ask` for a question.
        request: &'a str,
        /// The word for the answer: the `code` of its outcome, `repeated`, or the `code` of its error.
        outcome: &'a str,
        /// From when it was asked until it was answered.
        took: Duration,
    },
    /// An account was asked for and its ledger was in memory.
    LedgerFound,
    /// An account was asked for and its ledger had to be loaded.
    LedgerLoaded {
        /// How long it took to read its snapshot, and to fold the events after that.
        took: Duration,
    },
    /// An account changed while a request was being decided, which is decided again.
    Contended,
    /// A consumer looked for new events.
    ConsumerLag {
        /// Its name.
        consumer: &'a str,
        /// How many events are after those that it has dealt with.
        events: u64,
    },
    /// A snapshot of an account was written.
    SnapshotKept {
        /// Its size.
        bytes: u64,
        /// How long it took to make and to write.
        took: Duration,
    },
    /// A transaction got a connection to the PostgreSQL server.
    ConnectionAcquired {
        /// How long it waited for one that was free or new.
        waited: Duration,
    },
    /// A connection to the PostgreSQL server was dropped because no answer came in time.
    ConnectionDropped,
    /// A verification has come so far.
    Verified {
        /// How many events were read and checked.
        events: u64,
    },
    /// The size of the write-ahead log beside an SQLite file, after a commit.
    WalSize {
        /// Bytes on the disk.
        bytes: u64,
    },
}

/// Is told what a store and the services on it do: for metrics. Every closure that takes an [`Observation`] is one.
///
/// It is called on the threads that do the work, so it must be quick, and must not use the store.
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use tallyfold_store::{FutureLimit, Observation, SqliteStore, StoreSettings};
///
/// let appends = Arc::new(AtomicU64::new(0));
/// let counter = appends.clone();
/// let settings = StoreSettings {
///     observer: Arc::new(move |observation: &Observation<'_>| {
///         if let Observation::Committed { appends, .. } = observation {
///             counter.fetch_add(*appends, Ordering::Relaxed);
///         }
///     }),
///     ..StoreSettings::default()
/// };
/// # let folder = tempfile::tempdir()?;
/// let store = SqliteStore::open(folder.path().join("ledger.db"), settings)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait StoreObserver: Send + Sync {
    /// Takes note of something that the store did.
    fn observe(&self, observation: &Observation<'_>);
}

impl<F: Fn(&Observation<'_>) + Send + Sync> StoreObserver for F {
    fn observe(&self, observation: &Observation<'_>) {
        self(observation);
    }
}

/// Takes note of nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unobserved;

impl StoreObserver for Unobserved {
    fn observe(&self, _: &Observation<'_>) {}
}

/// How any store is opened. A [`FutureLimit`] alone is enough: it converts into settings.
#[derive(Clone)]
pub struct StoreSettings {
    /// The clock, and how far ahead of it an event may be.
    pub future_limit: FutureLimit,
    /// Who is told what the store does.
    pub observer: Arc<dyn StoreObserver>,
}

impl Default for StoreSettings {
    /// The machine's clock and one minute; nobody is told.
    fn default() -> StoreSettings {
        FutureLimit::default().into()
    }
}

impl From<FutureLimit> for StoreSettings {
    fn from(future_limit: FutureLimit) -> StoreSettings {
        StoreSettings { future_limit, observer: Arc::new(Unobserved) }
    }
}

impl fmt::Debug for StoreSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let limit = &self.future_limit;
        f.debug_struct("StoreSettings").field("future_limit", limit).finish_non_exhaustive()
    }
}
