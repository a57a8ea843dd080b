//! Time as an argument, and the events that come before their time.

mod watch;

#[cfg(doc)]
use tallyfold_core::spec::*;

use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use tallyfold_core::{Span, Timestamp};

use crate::error::{AppendError, StoreError};
use crate::event::Batch;
use watch::Watch;

/// Tells what time it is. Every closure that does is one.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

impl<F: Fn() -> Timestamp + Send + Sync> Clock for F {
    fn now(&self) -> Timestamp {
        self()
    }
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    /// The present instant; the nearest that an event may carry where the clock is beyond those.
    fn now(&self) -> Timestamp {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
        let nanos = since_1970.map_or(i64::MIN, |it| it.as_nanos().try_into().unwrap_or(i64::MAX));
        let bound = if nanos < 0 { Timestamp::EARLIEST } else { Timestamp::LATEST };
        Timestamp::from_unix_nanos(nanos).unwrap_or(bound)
    }
}

/// The clock of a store, how far ahead of it an event may be, and what watches it.
///
/// One bad clock would otherwise freeze an account: no event may be earlier than those before it
/// ([T1]). So events later than the clock and the tolerance are refused; and a clock that is
/// [watched](FutureLimit::watched) and strays from its reference by more than the tolerance is not
/// believed at all.
///
/// ```
/// use tallyfold_core::{Span, Timestamp};
/// use tallyfold_store::{FutureLimit, MemoryStore, Store};
///
/// // In tests the clock is yours.
/// let monday: Timestamp = "2026-01-05T09:00:00Z".parse()?;
/// let store = MemoryStore::new(FutureLimit::new(move || monday, Span::minutes(1)));
/// assert_eq!(store.now()?, monday);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct FutureLimit {
    clock: Arc<dyn Clock>,
    tolerance: Span,
    watch: Option<Arc<Watch>>,
}

impl FutureLimit {
    /// Events may be this much later than the clock. Whoever brings a clock vouches for it: it is
    /// not watched.
    pub fn new(clock: impl Clock + 'static, tolerance: Span) -> FutureLimit {
        FutureLimit { clock: Arc::new(clock), tolerance, watch: None }
    }

    /// From now on the clock has to go on as time passes, by the machine's monotonic time; in a
    /// PostgreSQL database it has to agree with that server's clock.
    #[must_use]
    pub fn watched(self) -> FutureLimit {
        let watch = Watch::starting_at(self.clock.now());
        FutureLimit { watch: Some(Arc::new(watch)), ..self }
    }

    /// The present instant.
    ///
    /// # Errors
    ///
    /// [`StoreError::WrongClock`] where a watched clock strays from its reference.
    pub fn now(&self, store: &str) -> Result<Timestamp, StoreError> {
        let now = self.clock.now();
        let strays = self.watch.as_ref().and_then(|watch| watch.strays(now, self.tolerance));
        match strays {
            None => Ok(now),
            Some(problem) => Err(StoreError::WrongClock { store: store.to_owned(), problem }),
        }
    }

    /// How much later than the clock an event may be.
    #[must_use]
    pub fn tolerance(&self) -> Span {
        self.tolerance
    }

    /// Whether all events of a batch may be appended to a store now.
    ///
    /// # Errors
    ///
    /// [`AppendError::FromTheFuture`] where one is later than clock and tolerance, and what
    /// [`FutureLimit::now`] answers.
    pub fn check(&self, store: &str, batch: &Batch) -> Result<(), AppendError> {
        let now = self.now(store)?;
        let latest = now + self.tolerance;
        match batch.events().iter().map(|event| event.at()).find(|at| *at > latest) {
            Some(at) => Err(AppendError::FromTheFuture { at, now }),
            None => Ok(()),
        }
    }

    /// Takes another clock for the reference of a watched one.
    #[cfg(feature = "postgres")]
    pub(crate) fn refer_to(&self, whose: &'static str, now: Timestamp) {
        if let Some(watch) = &self.watch {
            watch.refer_to(whose, now);
        }
    }

    /// Whether the clock is watched.
    #[cfg(feature = "postgres")]
    pub(crate) fn is_watched(&self) -> bool {
        self.watch.is_some()
    }
}

impl Default for FutureLimit {
    /// The machine's clock, watched, and one minute.
    fn default() -> FutureLimit {
        FutureLimit::new(SystemClock, Span::minutes(1)).watched()
    }
}

impl fmt::Debug for FutureLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FutureLimit").field("tolerance", &self.tolerance).finish_non_exhaustive()
    }
}
