//! Where the events are.

use std::sync::Arc;

use anyhow::Context;
use tallyfold_store::{FutureLimit, PostgresStore, SqliteStore, Store};

/// Opens a store, and makes it where there is none: a PostgreSQL server by its URL, or an SQLite
/// file by its path.
pub(crate) fn open(store: &str) -> anyhow::Result<Arc<dyn Store>> {
    let limit = FutureLimit::default();
    let opened: Result<Arc<dyn Store>, _> = if is_server(store) {
        PostgresStore::connect(store, limit).map(|it| Arc::new(it) as _)
    } else {
        SqliteStore::open(store, limit).map(|it| Arc::new(it) as _)
    };
    opened.context("cannot open the store")
}

fn is_server(store: &str) -> bool {
    store.starts_with("postgres://") || store.starts_with("postgresql://")
}
