//! Durable event streams, and a service that decides on them: what a program needs to embed tallyfold
//! and lose power with it.
//!
//! A [`Store`] keeps the lines of one event log, each exactly as it was appended, in one order
//! without gaps. [`LedgerService`] ties store and fold together: it takes requests, records them as
//! events, and answers what was decided.
//!
#![cfg_attr(feature = "sqlite", doc = "```")]
#![cfg_attr(not(feature = "sqlite"), doc = "```ignore")]
//! use std::sync::Arc;
//! use tallyfold_core::*;
//! use tallyfold_store::*;
//!
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("ledger.db");
//! let store = SqliteStore::open(path, FutureLimit::default())?;
//! let service = LedgerService::new(Arc::new(store), ServiceSettings::default());
//! service.publish(None, RatePublished::per_day("AutoCAD", 7)?)?;
//! service.purchase("acme", None, PackPurchased::new("P1", 100)?)?;
//!
//! let open = SessionOpened::new("s1", "ana", "AutoCAD")?;
//! let opened = service.open_session("acme", "request-1", open)?;
//! assert!(matches!(opened.outcome, Opened::Admitted(Admitted { charge: 1, .. })));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Types
//!
//! | what | items |
//! | --- | --- |
//! | the service | [`LedgerService`], [`ServiceSettings`]; `AsyncLedgerService` (feature `async`) is its front for async programs |
//! | its answers | [`Recorded`] with [`Opened`], [`Contact`], [`Closed`], [`Produced`], or the [`Outcome`] of an event that [brings its own time](LedgerService::ingest) |
//! | errors | [`ServiceError`], [`StoreError`]; [`ErrorKind`] says what to do |
//! | stores | [`Store`] says what every store promises, also on a crash; [`MemoryStore`] is for tests; `SqliteStore` (feature `sqlite`) is one file; `PostgresStore` (feature `postgres`) is for several machines |
//! | your own store | `store_contract!` (feature `contract`) tests it against what every store promises |
//! | what is appended and read | [`NewEvent`], [`Batch`], [`StoredEvent`], [`Position`], [`Version`], [`Stream`] |
//! | the log, from a position on | [`LogEvents`], [`Tail`]; [`Journal`] for what was decided, [`Notices`] for what somebody must be told |
//! | clocks | [`Clock`], [`FutureLimit`]: events from the future are refused |
//! | metrics | [`StoreObserver`], [`Observation`], [`StoreSettings`] |
//! | upkeep | [`verify`](verify()), [`rebuild`](rebuild()), [`drop_after`] |
//!
//! # What it is not
//!
//! It is no server: HTTP, keys and limits are up to you. It decides nothing itself: the rules are those of
//! `tallyfold-core`.
//!
//! The lines of a store are of version 1 of the log format ([`FormatVersion::V1`](tallyfold_log::FormatVersion::V1))
//! in every schema so far: 1 to 3 of SQLite, 1 and 2 of PostgreSQL.

#![forbid(unsafe_code)]

#[cfg(feature = "async")]
mod async_service;
mod cause;
mod clock;
#[cfg(feature = "contract")]
pub mod contract;
mod digest;
mod error;
mod event;
mod export;
#[cfg_attr(
    not(any(feature = "postgres", feature = "sqlite")),
    expect(dead_code, reason = "memory has no rows that could be damaged")
)]
mod integrity;
mod log;
mod log_end;
mod memory;
mod observer;
mod place;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod rebuild;
mod repair;
#[cfg_attr(
    not(any(feature = "postgres", feature = "sqlite")),
    expect(dead_code, reason = "memory has no rows that could be damaged")
)]
mod row_digest;
mod service;
#[cfg(feature = "postgres")]
mod shared_reading;
#[cfg(feature = "sqlite")]
mod sqlite;
mod store;
mod verifier;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod writer;

#[cfg(feature = "async")]
pub use async_service::{
    AsyncDeliveries, AsyncJournal, AsyncLedgerService, AsyncNotices, Delivery,
};
pub use clock::{Clock, FutureLimit, SystemClock};
pub use digest::{Chain, Digest, digest_of};
pub use error::{
    AppendError, BatchError, DeliveryError, ErrorKind, ImportError, NewEventError, ServiceError,
    StoreError,
};
pub use event::{Batch, IdKey, LogLine, NewEvent, StoredEvent};
pub use export::{LogBytes, StoreSource};
pub use log::{LogEvents, Tail};
pub use memory::MemoryStore;
pub use observer::{Observation, StoreObserver, StoreSettings, Unobserved};
pub use place::{Position, Stream, Version};
#[cfg(feature = "postgres")]
pub use postgres::{PostgresSettings, PostgresStore};
pub use repair::{Cut, Dropped, RepairError, drop_after};
pub use service::*;
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteStore;
pub use store::{
    Appended, Expected, Head, Rebuilt, Receipt, SnapshotBytes, SnapshotPart, Store, Verified,
};

/// The crate whose transaction [`SqliteStore::consume`] hands over: your own tables change in it together
/// with the checkpoint, so each event is dealt with exactly once. Use it from here, and it is always the
/// version that fits. It changes with this crate's own breaking versions only.
#[cfg(feature = "sqlite")]
#[doc(no_inline)]
pub use rusqlite;
/// The crate whose transaction [`PostgresStore::consume`] hands over, for the same reason as
/// `rusqlite`.
#[cfg(feature = "postgres")]
#[doc(no_inline)]
pub use tokio_postgres;
