//! Time as an argument, and the events that come before their time.

use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use tallyfold_core::{Instant, Span};

use crate::error::AppendError;
use crate::event::Batch;

/// Tells what time it is. Every closure that does is one.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Instant;
}

impl<F: Fn() -> Instant + Send + Sync> Clock for F {
    fn now(&self) -> Instant {
        self()
    }
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    /// The present instant; the nearest that an event may carry where the clock is beyond those.
    fn now(&self) -> Instant {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
        let nanos = since_1970.map_or(i64::MIN, |it| it.as_nanos().try_into().unwrap_or(i64::MAX));
        let bound = if nanos < 0 { Instant::EARLIEST } else { Instant::LATEST };
        Instant::from_unix_nanos(nanos).unwrap_or(bound)
    }
}

/// How far ahead of the clock an event may be. One bad clock would otherwise freeze an account:
/// no event may be earlier than those before it (T1).
#[derive(Clone)]
pub struct FutureLimit {
    clock: Arc<dyn Clock>,
    tolerance: Span,
}

impl FutureLimit {
    /// Events may be this much later than the clock.
    pub fn new(clock: impl Clock + 'static, tolerance: Span) -> FutureLimit {
        FutureLimit { clock: Arc::new(clock), tolerance }
    }

    /// The present instant by the same clock.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// How much later than the clock an event may be.
    #[must_use]
    pub fn tolerance(&self) -> Span {
        self.tolerance
    }

    /// Whether all events of a batch may be appended now.
    ///
    /// # Errors
    ///
    /// [`AppendError::FromTheFuture`] where one is later than clock and tolerance.
    pub fn check(&self, batch: &Batch) -> Result<(), AppendError> {
        let now = self.clock.now();
        let latest = now + self.tolerance;
        match batch.events().iter().map(|event| event.at()).find(|at| *at > latest) {
            Some(at) => Err(AppendError::FromTheFuture { at, now }),
            None => Ok(()),
        }
    }
}

impl Default for FutureLimit {
    /// The machine's clock and one minute.
    fn default() -> FutureLimit {
        FutureLimit::new(SystemClock, Span::minutes(1))
    }
}

impl fmt::Debug for FutureLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FutureLimit").field("tolerance", &self.tolerance).finish_non_exhaustive()
    }
}
