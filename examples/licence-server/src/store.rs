//! Where the events are.

use std::sync::Arc;

use anyhow::{Context, ensure};
use tallyfold_store::{FutureLimit, SqliteStore, Store};

/// Opens a store by its path.
pub(crate) fn open(store: &str) -> anyhow::Result<Arc<dyn Store>> {
    ensure!(!store.contains("://"), "--store is the path of an SQLite file, not a URL");
    let limit = FutureLimit::default();
    let opened = SqliteStore::open(store, limit).context("cannot open the store")?;
    Ok(Arc::new(opened))
}
