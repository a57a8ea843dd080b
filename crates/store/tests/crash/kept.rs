//! The store of a trial, and how the writing processes find it.

use std::path::Path;
use std::sync::Arc;

use tallyfold_store::{FutureLimit, SqliteStore, Store};
#[cfg(feature = "postgres")]
use {crate::cluster::Cluster, tallyfold_store::PostgresStore};

pub(crate) enum Kept {
    File(tempfile::TempDir),
    #[cfg(feature = "postgres")]
    Server(Cluster),
}

impl Kept {
    /// What a writer is told.
    pub(crate) fn place(&self) -> String {
        match self {
            Kept::File(folder) => folder.path().join("ledger.db").display().to_string(),
            #[cfg(feature = "postgres")]
            Kept::Server(cluster) => cluster.server("postgres"),
        }
    }
}

/// Opens the store at a place.
pub(crate) fn open(place: &str) -> Arc<dyn Store> {
    let limit = FutureLimit::default();
    #[cfg(feature = "postgres")]
    if place.starts_with("host=") {
        return Arc::new(PostgresStore::connect(place, limit).unwrap());
    }
    Arc::new(SqliteStore::open(Path::new(place), limit).unwrap())
}
