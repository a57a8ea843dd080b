//! Durable event streams: what a service needs to embed tallyfold and lose power with it.
//!
//! A [`Store`] keeps the lines of one event log, each exactly as it was appended, in one order
//! without gaps. [`SqliteStore`] is the embedded default: one file, nothing to install. With the
//! feature `postgres` there is `PostgresStore`, for several machines.
//!
//! - Append with an expected [`Version`] or without, idempotent by event id: [`Store::append`].
//! - Read the log, or what one account sees of it, from a [`Position`]: [`LogEvents`], [`Tail`].
//! - [`NewEvent`] is what may be appended, [`StoredEvent`] what is read, to the byte.
//! - [`LedgerService`] ties store and fold together; `AsyncLedgerService` (feature `async`) is its
//!   front for async programs.
//! - Events from the future are refused: [`FutureLimit`].
//! - A [`StoreObserver`] is told what the store does, for metrics.
//!
//! What is promised on a crash is said by [`Store`].

#![forbid(unsafe_code)]

#[cfg(feature = "async")]
mod async_service;
mod cause;
mod clock;
mod digest;
mod error;
mod event;
mod export;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod integrity;
mod log;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod log_end;
mod observer;
mod place;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod rebuild;
mod repair;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod row_digest;
mod service;
#[cfg(feature = "postgres")]
mod shared_reading;
#[cfg(feature = "sqlite")]
mod sqlite;
mod store;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod verifier;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod writer;

#[cfg(feature = "async")]
pub use async_service::{AsyncLedgerService, AsyncNotices, Delivery};
pub use clock::{Clock, FutureLimit, SystemClock};
pub use digest::{Chain, Digest, digest_of};
pub use error::{AppendError, BatchError, ImportError, NewEventError, StoreError};
pub use event::{Batch, IdKey, LogLine, NewEvent, StoredEvent};
pub use export::{LogBytes, StoreSource};
pub use log::{LogEvents, Tail};
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
