//! Where the events are.

use std::sync::Arc;

use anyhow::Context;
use tallyfold_store::{FutureLimit, SqliteStore, Store};

/// Opens a store by its path.
pub(crate) fn open(store: &str) -> anyhow::Result<Arc<dyn Store>> {
    let limit = FutureLimit::default();
    let opened = SqliteStore::open(store, limit).context("cannot open the store")?;
    Ok(Arc::new(opened))
}
