//! The SQLite store: the contract, and what is its own.

use std::path::Path;

use tallyfold_core::Span;
use tallyfold_store::{FutureLimit, SqliteStore, StoreError};
use tempfile::TempDir;

use crate::lines::now;

contract!(sqlite, crate::sqlite::open);

pub(crate) fn limit() -> FutureLimit {
    FutureLimit::new(now, Span::minutes(1))
}

pub(crate) fn open_at(folder: &Path) -> Result<SqliteStore, StoreError> {
    SqliteStore::open(folder.join("ledger.db"), limit())
}

/// An empty store, and the folder that is deleted with it.
pub(crate) fn open() -> (SqliteStore, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (open_at(folder.path()).unwrap(), folder)
}
