//! How long a server may be silent: a connection that was cut without a word looks like a slow one.

use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::error::{Answer, ServerError};

/// Until when the server has to have answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline {
    until: Instant,
    after: Duration,
}

impl Deadline {
    /// So long from now.
    pub(super) fn after(after: Duration) -> Deadline {
        let now = Instant::now();
        // As good as never, where the clock cannot tell so far.
        let far = Duration::from_secs(365 * 24 * 60 * 60);
        Deadline { until: now.checked_add(after).unwrap_or(now + far), after }
    }

    /// For what goes through whole tables: a new schema, statistics, counts.
    pub(super) fn of_long_work() -> Deadline {
        Deadline::after(Duration::from_secs(60 * 60))
    }

    /// The same time again, from now: for the next step of long work.
    pub(super) fn again(self) -> Deadline {
        Deadline::after(self.after)
    }

    /// Whether it is after a pause.
    pub(super) fn allows(self, pause: Duration) -> bool {
        Instant::now() + pause < self.until
    }

    /// Does work, or gives it up: then its connection must not be used any more.
    pub(super) async fn met<T>(self, work: impl Future<Output = Answer<T>>) -> Answer<T> {
        timeout_at(self.until, work).await.unwrap_or(Err(ServerError::Silent(self.after)))
    }
}
