//! Where the events are.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tallyfold_store::{PostgresSettings, PostgresStore, SqliteStore, Store, StoreSettings};

use crate::observe::StoreMetrics;

/// Opens a store, and makes it where there is none: a PostgreSQL server by its URL, or an SQLite
/// file by its path.
pub(crate) fn open(store: &str, deadline: Duration) -> anyhow::Result<Arc<dyn Store>> {
    let settings = StoreSettings { observer: Arc::new(StoreMetrics), ..StoreSettings::default() };
    let opened: Result<Arc<dyn Store>, _> = if is_server(store) {
        PostgresStore::connect(store, PostgresSettings { deadline, ..settings.into() })
            .map(|it| Arc::new(it) as _)
    } else {
        SqliteStore::open(store, settings).map(|it| Arc::new(it) as _)
    };
    opened.context("cannot open the store")
}

fn is_server(store: &str) -> bool {
    store.starts_with("postgres://") || store.starts_with("postgresql://")
}
