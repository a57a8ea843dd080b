//! How a PostgreSQL server is used.

use std::num::NonZeroUsize;
use std::time::Duration;

use crate::clock::FutureLimit;
use crate::observer::StoreSettings;

/// How a PostgreSQL server is used. A [`FutureLimit`], or [`StoreSettings`], convert into this.
#[derive(Clone, Debug)]
pub struct PostgresSettings {
    /// What is the same for any store.
    pub store: StoreSettings,
    /// How long a call may take from its start: getting a connection, the transaction, and asking
    /// once more where a connection was lost. Then its connection is dropped, and the call answers
    /// [`StoreError::Unavailable`](crate::StoreError::Unavailable). An append may wait for the one
    /// before it, so it answers within twice this time. Long work, such as a verification, has
    /// this time for each page.
    pub deadline: Duration,
    /// How many connections a process has at most, besides the one that listens.
    pub connections: NonZeroUsize,
}

impl Default for PostgresSettings {
    /// 10 seconds, and 16 connections.
    fn default() -> PostgresSettings {
        StoreSettings::default().into()
    }
}

impl From<StoreSettings> for PostgresSettings {
    fn from(store: StoreSettings) -> PostgresSettings {
        let connections = NonZeroUsize::MIN.saturating_add(15);
        PostgresSettings { store, deadline: Duration::from_secs(10), connections }
    }
}

impl From<FutureLimit> for PostgresSettings {
    fn from(future_limit: FutureLimit) -> PostgresSettings {
        StoreSettings::from(future_limit).into()
    }
}
